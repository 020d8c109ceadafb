"""A survey of one's own, one row per respondent, as the same tables that the printed survey gives.

From here on nothing knows whether the percentages were printed by somebody or counted from answers. Only `read` opens a file.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pandas as pd

from analysis.delimited import raise_problems, read_delimited
from analysis.published import PERCENTAGE_COLUMNS

DASHES = ("-", "–", "—")
NOTHING = (*DASHES, "none", "нет")  # among several answers; alone, "нет" may be the answer no
MARKED = {"1": True, "0": False, "": None}
KEYS = ("respondent", "group")


def read(path: Path | str) -> pd.DataFrame:
    """A table of answers from a delimited text file; see `percentages` for its columns.

    Comma, semicolon or tab between cells (put a cell with semicolons in quotes), UTF-8 or as `record_csv.decoded`. Names of columns
    are read in small letters.

    Raises
    ------
    ValueError
        Every problem of the file, with its line and column.
    """
    path = Path(path)
    frame, _ = read_delimited(path, KEYS)
    raise_problems(path, problems(frame))
    return frame


def problems(answers: pd.DataFrame) -> list[str]:
    """What is wrong with the keys of the answers, one sentence per problem."""
    found = []
    for name in KEYS:
        if name not in answers:
            found.append(
                f"there is no column {name}; expected one row per respondent with a group."
            )
            continue
        empty = answers.index[answers[name].fillna("").astype(str).str.strip().eq("")]
        found += [
            f"line {line}, column {name}: found nothing; expected a {name}." for line in empty
        ]
    if "respondent" in answers:
        twice = answers.index[answers["respondent"].duplicated() & answers["respondent"].ne("")]
        found += [
            f"line {line}, column respondent: {answers['respondent'][line]!r} is there already; "
            "a person may stand in one row and one group only."
            for line in twice
        ]
    return found


def percentages(
    answers: pd.DataFrame, multiple: Sequence[str], source: str = "own"
) -> pd.DataFrame:
    """Answers as a table of percentages, as `survey.mentions`, `audit` and the comparisons read it.

    Parameters
    ----------
    answers
        One row per respondent, text: `respondent` (unique), `group`, and one column per question. An empty cell is no answer and leaves
        the base of that question, also where a group was never asked; a dash is an answer that names nothing and stays in it,
        and so are `none` and `нет` where several answers are possible.
    multiple
        Questions with several answers: either one column of statements with semicolons between (`e-mail; tablets`), or one column
        per statement called `question: statement` holding 1, 0 or nothing. All other columns are single-choice; their names
        hold no colon.
    source : name written into `source`.

    Returns
    -------
    DataFrame
        Columns of `published.read_percentages`, all text, one row per statement, most named first; `percent` has so many
        decimals that one count only fits it (one below 1000 people, two below 10 000).

    Raises
    ------
    ValueError
        For keys that fail `problems`, a column `x: y` whose `x` is not in `multiple`, a question that is not there, a cell that
        is neither 1 nor 0, half-filled 0/1 rows.
    """
    wrong = problems(answers) + _unclaimed([str(name) for name in answers], multiple)
    if wrong:
        raise ValueError("\n".join(wrong))
    text = answers.fillna("").astype(str).apply(lambda column: column.str.strip())
    single = [name for name in text if name not in (*KEYS, *multiple) and ":" not in name]
    tables = [_counted(text, name, _one(text[name]), "single", source) for name in single]
    tables += [_counted(text, name, _several(text, name), "multiple", source) for name in multiple]
    frame = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()
    return frame.reindex(columns=PERCENTAGE_COLUMNS).fillna("")


def _unclaimed(names: Sequence[str], multiple: Sequence[str]) -> list[str]:
    """One sentence for each column that is called like a statement of a question nobody declared."""
    known = ", ".join(map(repr, multiple)) or "none"
    return [
        f"column {name!r}: a name with a colon is read as question: statement, and {name.partition(':')[0].strip()!r} is not "
        f"among the questions with several answers ({known}); add it to `multiple`, or take the colon out of the name."
        for name in names
        if ":" in name and name not in multiple and name.partition(":")[0].strip() not in multiple
    ]


def _one(column: pd.Series) -> pd.DataFrame:
    """Single choice as 0/1 columns; rows without an answer are left out, a dash is an answer that names no statement."""
    given = column[column.ne("")]
    named = given[~given.isin(DASHES)]
    marks = pd.get_dummies(named, dtype=bool)
    return marks.reindex(given.index, columns=list(dict.fromkeys(named)), fill_value=False)


def _several(text: pd.DataFrame, question: str) -> pd.DataFrame:
    """Several answers as 0/1 columns, from one column with semicolons or from one column per statement."""
    names = [str(name) for name in text]
    marks = [n for n in names if ":" in n and n.partition(":")[0].strip() == question]
    if question in text and marks:
        raise ValueError(
            f"question {question!r} is there twice: as one column and as {marks[0]!r}."
        )
    if question in text:
        return _split(text[question])
    if not marks:
        raise ValueError(
            f"there is no column {question!r} and none called {question + ': statement'!r}."
        )
    return _marked(text[marks], question)


def _split(column: pd.Series) -> pd.DataFrame:
    given = column[column.ne("")]
    named = [
        {part for part in map(_tidy, cell.split(";")) if part and part.casefold() not in NOTHING}
        for cell in given
    ]
    statements = dict.fromkeys(
        part
        for cell in given
        for part in map(_tidy, cell.split(";"))
        if part and part.casefold() not in NOTHING
    )
    rows = [[statement in person for statement in statements] for person in named]
    return pd.DataFrame(rows, index=given.index, columns=list(statements), dtype=bool)


def _marked(marks: pd.DataFrame, question: str) -> pd.DataFrame:
    for name in marks:
        wrong = marks.index[~marks[name].isin(list(MARKED))]
        if len(wrong):
            raise ValueError(
                f"line {wrong[0]}, column {name!r}: found {marks[name][wrong[0]]!r}; expected 1, 0 or nothing."
            )
    empty = marks == ""
    half = marks.index[empty.any(axis=1) & ~empty.all(axis=1)]
    if len(half):
        raise ValueError(
            f"line {half[0]}: some columns of {question!r} are empty and some not; write 0 where a thing was not named."
        )
    names = [_tidy(str(name).partition(":")[2]) for name in marks]
    return (marks[~empty.all(axis=1)] == "1").set_axis(names, axis=1)


def _counted(
    text: pd.DataFrame, question: str, named: pd.DataFrame, choice: str, source: str
) -> pd.DataFrame:
    """Rows of the table of percentages for one question."""
    n = len(named)
    if not n:
        return pd.DataFrame(columns=PERCENTAGE_COLUMNS)
    groups = text.loc[named.index, "group"].unique()
    counts = named.sum().sort_values(ascending=False, kind="stable")
    table = pd.DataFrame({"statement": counts.index.astype(str)})
    table["id"] = [f"{source}-{_slug(question)}-{i}" for i in range(1, len(table) + 1)]
    table["percent"] = [printed(int(count), n) for count in counts]
    fixed = {
        "source": source,
        "survey": source,
        "place": "counted",
        "question": question,
        "choice": choice,
        "group": groups[0] if len(groups) == 1 else "all",
        "n": str(n),
        "base": "stated",
        "printed": "figure",
        "same_as": "",
        "status": "first-hand",
    }
    return table.assign(**fixed)


def printed(count: int, n: int) -> str:
    """A share of `n` people as it would be printed, halves up, with as many decimals as tell every count apart.

    `printed(36, 117)` is `30.8`. Decimal arithmetic, because 23 of 40 is 57.5 and no float just below it.
    """
    decimals = max(1, len(str(n)) - 2)
    share = Decimal(100 * count) / Decimal(n)
    return str(share.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _slug(text: str) -> str:
    return re.sub(r"[^0-9a-zа-яё]+", "-", text.casefold()).strip("-")
