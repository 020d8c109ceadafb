"""Reading the printed figures and claims, the project's own tables and a user's, and their bases.

Files are read and checked here, every problem at once; the arithmetic is in `proportions`, the
verdicts are in `audit`.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.delimited import listed, raise_problems, read_delimited
from analysis.printed import one_line, parse_base, parse_percent, shown

FIGURE_COLUMNS = ("statement", "n", "percent")
PERCENTAGE_COLUMNS = [
    "id",
    "source",
    "survey",
    "place",
    "question",
    "choice",
    "statement",
    "group",
    "n",
    "base",
    "percent",
    "printed",
    "same_as",
    "status",
]
VERBAL_COLUMNS = [
    "id",
    "source",
    "place",
    "phrase",
    "relation",
    "numerator",
    "denominator",
    "percentage",
]
ALLOWED = {
    "choice": ("single", "multiple", "none"),
    "base": ("stated", "inferred", "none"),
    "printed": ("figure", "words", "fraction", "derived"),
    "status": ("first-hand", "second-hand"),
}
RELATIONS = ("about", "almost", "more-than", "slightly-less-than", "exactly")


def read_figures(path: Path) -> tuple[pd.DataFrame, list[str]]:
    """A user's table of printed percentages, ready for `audit.audit`.

    Parameters
    ----------
    path
        CSV with the columns `statement, n, percent` in any order; others are kept. Delimiter
        comma, semicolon or tab; in any encoding that `record_csv.decoded` knows.

    Returns
    -------
    frame
        One row per figure, all columns text, indexed by `line` (line of the file).
    notices
        What was assumed in reading, one sentence each.

    Raises
    ------
    ValueError
        Every problem, one per line: file, line, column, what was found, what was expected.
    """
    frame, notices = read_delimited(path, FIGURE_COLUMNS)
    raise_problems(path, figure_problems(frame))
    return frame, notices


def read_percentages(path: Path) -> pd.DataFrame:
    """The project's table of published percentages, one row per printed figure, all text.

    Columns: `PERCENTAGE_COLUMNS` and any further ones. Raises ValueError naming every problem:
    ids that repeat, words outside `ALLOWED`, `same_as` without such an id, figures or bases that
    cannot be read.
    """
    frame, notices = read_delimited(path, PERCENTAGE_COLUMNS)
    problems = [*notices, *figure_problems(frame), *_id_problems(frame)]
    for column, words in ALLOWED.items():
        problems += _word_problems(frame, column, words)
    problems += _word_problems(frame, "same_as", {"", *frame["id"]}, "an id of this table")
    raise_problems(path, problems)
    return frame.reset_index(drop=True)


def read_verbal(path: Path, percentages: pd.DataFrame) -> pd.DataFrame:
    """The project's table of claims in words beside a figure, one row per phrase, all text.

    Columns: `VERBAL_COLUMNS` and any further ones; `percentage` is the `id` of the figure beside
    the phrase, in `percentages`, or empty. Raises ValueError naming every problem.
    """
    frame, notices = read_delimited(path, VERBAL_COLUMNS)
    problems = [*notices, *_id_problems(frame), *_word_problems(frame, "relation", RELATIONS)]
    known = {"", *percentages["id"]}
    problems += _word_problems(frame, "percentage", known, "an id of the percentages")
    for column in ("numerator", "denominator"):
        problems += _parse_problems(frame, column, parse_base)
    raise_problems(path, problems)
    return frame.reset_index(drop=True)


def bases(percentages: pd.DataFrame) -> pd.DataFrame:
    """Which bases the figures stand on: one row per `source, group, n, base`, in printed order.

    `statements` counts the figures on that base; `n` is whole, missing where no base is printed.
    """
    keys = ["source", "group", "n", "base"]
    counted = percentages.groupby(keys, sort=False).size().reset_index(name="statements")
    counted["n"] = pd.to_numeric(counted["n"].where(counted["n"] != "")).astype("Int64")
    return counted


def figure_problems(frame: pd.DataFrame) -> list[str]:
    """Everything that keeps a table of figures from being audited, one sentence per problem.

    Rows whose `base` is ``none`` need no `n`. Each sentence names the row (by `line` where the
    frame came from a file), the column, what was found and what was expected.
    """
    missing = [column for column in FIGURE_COLUMNS if column not in frame]
    if missing:
        return [
            f"there is no column {', '.join(missing)}; found {listed(frame.columns)}, "
            f"expected at least {', '.join(FIGURE_COLUMNS)}"
        ]
    empty = frame["statement"].map(is_blank).astype(bool)
    problems = [
        f"{_where(frame, label)}, column statement: found nothing; expected the claim in words"
        for label in frame.index[empty]
    ]
    without = without_base(frame)
    problems += _parse_problems(frame, "percent", parse_percent)
    empty = frame["n"].map(is_blank).astype(bool)
    problems += _parse_problems(frame[~without & ~empty], "n", parse_base)
    problems += [
        f"{_where(frame, label)}, column n: found nothing; expected a whole number such as 157, "
        "or 'none' in a column base where no base is printed"
        for label in frame.index[~without & empty]
    ]
    problems += [
        f"{_where(frame, label)}, column n: found {shown(frame['n'].get(label))} although base is "
        "'none'; leave n empty, or say in base where it comes from"
        for label in frame.index[without & ~empty]
    ]
    return problems


def without_base(frame: pd.DataFrame) -> pd.Series:
    """True where the column `base`, if there is one, says ``none``: such a figure has no base."""
    if "base" not in frame:
        return pd.Series(False, index=frame.index)
    return frame["base"].astype(str).str.strip().str.casefold().eq("none")


def is_blank(value: Any) -> bool:
    """Whether a cell is missing or holds nothing but blanks and invisible marks."""
    return bool(pd.isna(value)) or not one_line(str(value))


def _parse_problems(frame: pd.DataFrame, column: str, parse) -> list[str]:
    problems = []
    for label, value in frame[column].items():
        try:
            parse("" if is_blank(value) else value)
        except ValueError as error:
            problems.append(f"{_where(frame, label)}, column {column}: {error}")
    return problems


def _word_problems(
    frame: pd.DataFrame, column: str, allowed: Collection[str], expected: str = ""
) -> list[str]:
    wanted = expected or "one of " + ", ".join(allowed)
    wrong = frame.loc[~frame[column].isin(list(allowed)), column]
    return [
        f"{_where(frame, label)}, column {column}: found {shown(value)}; expected {wanted}"
        for label, value in wrong.items()
    ]


def _id_problems(frame: pd.DataFrame) -> list[str]:
    wrong = frame.loc[frame["id"].duplicated() | frame["id"].eq(""), "id"]
    return [
        f"{_where(frame, label)}, column id: found {shown(value)}; expected an id used once"
        for label, value in wrong.items()
    ]


def _where(frame: pd.DataFrame, label: object) -> str:
    return f"{frame.index.name or 'row'} {label}"
