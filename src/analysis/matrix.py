"""The evaluation matrix as data: CIPP, logframe and UTOS, row by row, with the result that answers each.

Reads data/evaluation; what the rows say is written there and not here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import pandas as pd
from docutils.nodes import make_id

from analysis.study import PROJECT

FOLDER = PROJECT / "data" / "evaluation"
STATUSES = {
    "stated": "a source that we read says so; the numbers in this book are not from it",
    "assumed": "it has to hold for the rest to follow; no source that we read shows that it does",
    "ours": "we added it",
}
CIPP = ("context", "input", "process", "product")
PRODUCT = ("impact", "effectiveness", "sustainability", "transportability")
LEVELS = ("goal", "purpose", "outputs", "activities")
COLUMNS = ("narrative", "indicators", "verification", "assumptions")
FACETS = ("units", "treatments", "observations", "settings")
DOMAINS = ("sample", "target", "extrapolation")
AXES: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "cipp": {"part": CIPP, "aspect": ("", *PRODUCT)},
    "logframe": {"level": LEVELS, "column": COLUMNS},
    "utos": {"facet": FACETS, "domain": DOMAINS},
}
UNANSWERED = "not answered: "
Answers = Mapping[tuple[str, str], str]


def table(name: str) -> pd.DataFrame:
    """One of the three tables (`cipp`, `logframe`, `utos`), every column text, empty cells empty texts."""
    return pd.read_csv(FOLDER / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")


def problems(
    name: str, frame: pd.DataFrame, sources: Collection[str], answers: Answers
) -> list[str]:
    """One sentence for each thing wrong with a table; none if it is right.

    Parameters
    ----------
    name : `cipp`, `logframe` or `utos`.
    frame : see `table`.
    sources : the keys of data/published/sources.csv.
    answers : (notebook, key) -> kind (`table`, `figure`, …) of all that stored notebooks print.
    """
    found = [f"{name}: no row for {' / '.join(cell)}" for cell in _empty_cells(name, frame)]
    for number, row in enumerate(frame.to_dict("records"), 2):
        where = f"{name}.csv line {number}"
        found += [
            f"{where}: {axis} is {row[axis]!r}; expected one of {', '.join(filter(None, values))}"
            for axis, values in AXES[name].items()
            if row[axis] not in values
        ]
        found += [f"{where}: {said}" for said in _wrong_origin(row, sources)]
        found += [f"{where}: {said}" for said in _wrong_answer(row, answers)]
    return found


def _empty_cells(name: str, frame: pd.DataFrame) -> list[tuple[str, ...]]:
    """Cells of the grid that no row fills; for CIPP the four parts, and the four aspects of product."""
    rows, columns = AXES[name]
    there = set(zip(frame[rows], frame[columns], strict=True))
    if name == "cipp":
        wanted = [(part, "") for part in CIPP[:3]] + [("product", aspect) for aspect in PRODUCT]
    else:
        wanted = [(r, c) for r in AXES[name][rows] for c in AXES[name][columns]]
    return [cell for cell in wanted if cell not in there]


def _wrong_origin(row: Mapping[Any, str], sources: Collection[str]) -> Iterable[str]:
    if row["status"] not in STATUSES:
        yield f"status is {row['status']!r}; expected one of {', '.join(STATUSES)}"
    if row["status"] == "stated" and not row["where"]:
        yield "is stated but names no source"
    for key in filter(None, row["where"].split("; ")):
        if key not in sources:
            yield f"source {key!r} is not in sources.csv"


def _wrong_answer(row: Mapping[Any, str], answers: Answers) -> Iterable[str]:
    place = (row["answer_notebook"], row["answer_key"])
    if any(place) != all(place) or bool(row["answer_kind"]) != any(place):
        yield "an answer needs a notebook, a key and a kind, or none of them"
    elif all(place) and place not in answers:
        yield f"leads to {place[1]!r} in notebooks/{place[0]}.ipynb, which does not print it"
    elif all(place) and answers[place] != row["answer_kind"]:
        yield f"{place[1]!r} of {place[0]} is a {answers[place]}, not a {row['answer_kind']}"
    if bool(row["answer"]) != (any(place) or row["answer"].startswith(UNANSWERED)):
        yield f"an answer without a result begins with “{UNANSWERED}”, one with a result has words"
    if all(place) and row["answer"].startswith(UNANSWERED):
        yield "is not answered and leads to a result all the same"


def address(notebook: str, key: str, kind: str) -> str:
    """Where in the book a result stands, seen from another notebook: `change.html#headlines`.

    The anchors are those of `pipeline.anchors`, which stands below this room: figures by their label, all else by its key.
    """
    return f"{notebook}.html#{make_id(f'{notebook}-{key}') if kind == 'figure' else key}"


def addresses(frame: pd.DataFrame) -> list[str]:
    """The address of every row's answer, an empty text where there is none."""
    rows = zip(frame["answer_notebook"], frame["answer_key"], frame["answer_kind"], strict=True)
    return [address(*row) if row[0] else "" for row in rows]


def grid(name: str, frame: pd.DataFrame) -> pd.DataFrame:
    """The statements of `logframe` or `utos` in rows and columns, each followed by its status.

    Returns
    -------
    First column: the rows' names; then one column for each value of the second axis. Several
    statements in one cell are numbered.
    """
    rows, columns = AXES[name]
    said = frame.assign(text=frame["text"] + " [" + frame["status"] + "]")
    table = pd.DataFrame({rows: list(AXES[name][rows])})
    for column in AXES[name][columns]:
        here = said[said[columns].eq(column)].groupby(rows)["text"].apply(_listed)
        table[column] = [here.get(row, "") for row in table[rows]]
    return table


def _listed(texts: pd.Series) -> str:
    if len(texts) == 1:
        return str(texts.iloc[0])
    return " ".join(f"({number}) {text}" for number, text in enumerate(texts, 1))


def counts(tables: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    """How many rows of each table have which status, how many lead to a result, how many are left unanswered."""
    rows = []
    for name, frame in tables.items():
        row: dict[str, object] = {"table": name, "rows": len(frame)}
        row |= {status: int(frame["status"].eq(status).sum()) for status in STATUSES}
        row["answered"] = int(frame["answer_key"].ne("").sum())
        row["unanswered"] = int(frame["answer"].str.startswith(UNANSWERED).sum())
        rows.append(row)
    return pd.DataFrame(rows)


def chain(logframe: pd.DataFrame) -> pd.DataFrame:
    """The logframe as a theory of change, in the order in which things are meant to follow.

    Returns
    -------
    level, column (narrative, then assumptions: what must hold on the way to the next level), text,
    status; from activities to goal.
    """
    kept = logframe[logframe["column"].isin(["narrative", "assumptions"])]
    place = {level: number for number, level in enumerate(reversed(LEVELS))}
    order = kept["level"].map(place) * 2 + kept["column"].eq("assumptions")
    return kept.loc[order.sort_values(kind="stable").index, ["level", "column", "text", "status"]]


def steps(links: pd.DataFrame) -> pd.DataFrame:
    """How many statements of a `chain` stand at each level with each mark, in its order: level, status, n."""
    return links.groupby(["level", "status"], sort=False).size().rename("n").reset_index()


def meanings() -> pd.DataFrame:
    """The statuses and what each means: status, meaning."""
    return pd.DataFrame(list(STATUSES.items()), columns=["status", "meaning"])


def spoken(links: pd.DataFrame, names: Mapping[str, str]) -> str:
    """The theory of change in words, for those who do not see its figure; `links` as from `chain`."""
    parts = []
    for (level, column), here in links.groupby(["level", "column"], sort=False):
        said = "; ".join(f"{t} ({s})" for t, s in zip(here["text"], here["status"], strict=True))
        head = names.get(str(level), str(level)) if column == "narrative" else "Only if"
        parts.append(f"{head}: {said}.")
    return " ".join(parts)
