"""What the further tables of a study say that cannot be, or does not fit the monitoring table.

Their columns by themselves are checked in `record_sheets`; text tables in, problems out.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.cells import days, numbers
from analysis.printed import one_line, shown
from analysis.problem import MAX_KEPT, Problem
from analysis.record_sheets import Sheet

Sheets = Mapping[str, Sheet]
OUTSIDE = {"family": "warning", "curator": "warning", "supervisor": "warning"}


def of_tables(sheets: Sheets, monitoring: Sheet | None) -> Iterator[Problem]:
    """Everything that is wrong between tables and between the columns of one row.

    Parameters
    ----------
    sheets
        Name of a further table -> the table, those that could be read.
    monitoring
        The monitoring table, when the study has one that could be read.
    """
    for name, sheet in sheets.items():
        if monitoring is not None:
            yield from _strangers(sheet, monitoring, "monitoring")
        if name != "staff" and "staff" in sheets and "supervisor" in sheet.frame:
            yield from _unknown(sheet, "supervisor", _held(sheets["staff"], "supervisor"), "staff")
        if name != "stages" and "stages" in sheets and "stage" in sheet.frame:
            yield from _unknown(sheet, "stage", _held(sheets["stages"], "stage"), "stages")
        yield from RULES.get(name, lambda _: iter(()))(sheet)
    if monitoring is not None and "staff" in sheets and "curator" in monitoring.frame:
        yield from _unknown(monitoring, "curator", _held(sheets["staff"], "curator"), "staff")


def of_stages(sheet: Sheet) -> Iterator[Problem]:
    """Stages that wait for unknown ones or, in a circle, for themselves; guesses out of order."""
    yield from _ordered(sheet, ("optimistic", "likely", "pessimistic"))
    if not {"stage", "after"} <= set(sheet.frame):
        return
    rows = sheet.frame.dropna(subset=["stage"]).astype("str")
    waits = {
        stage: [part.strip() for part in after.split(";") if part.strip()]
        for stage, after in zip(rows["stage"], rows["after"].fillna(""), strict=True)
    }
    for row, stage, after in rows[["stage", "after"]].fillna("").itertuples():
        for other in (part.strip() for part in after.split(";")):
            if other and other not in waits:
                yield _stranger(sheet, int(row), "after", other, waits, "stages")
        if _waits_for_itself(stage, waits):
            said = f"{shown(after)}; the stage {shown(stage)} waits for itself in a circle."
            mend = "take out of `after` what does not have to end first."
            expected = "stages that begin earlier"
            yield Problem(
                sheet.file,
                said,
                int(row),
                "after",
                one_line(after)[:200],
                expected,
                mend,
                kind="circle",
            )


def of_case_log(sheet: Sheet) -> Iterator[Problem]:
    """Stages that end before they start."""
    if {"start", "end"} <= set(sheet.frame):
        start, end = days(sheet.frame["start"]), days(sheet.frame["end"])
        for at in np.flatnonzero(end < start)[:MAX_KEPT]:
            value = str(end[at])[:10]
            said = f"{value} is before the start ({str(start[at])[:10]})."
            yield _wrong(sheet, at, "end", value, said, "a day after the start")


def of_documents(sheet: Sheet) -> Iterator[Problem]:
    """More complete files than were checked; months not written by their first day."""
    yield from _ordered(sheet, ("complete", "checked"))
    yield from _months(sheet)


def of_costs(sheet: Sheet) -> Iterator[Problem]:
    """Amounts outside their own bounds; months not written by their first day."""
    yield from _ordered(sheet, ("low", "amount", "high"))
    yield from _months(sheet)


RULES: Mapping[str, Callable[[Sheet], Iterator[Problem]]] = {
    "stages": of_stages,
    "case_log": of_case_log,
    "documents": of_documents,
    "costs": of_costs,
}


def of_interviews(interviews: Sheet, sheets: Sheets, monitoring: Sheet | None) -> Iterator[Problem]:
    """Centres, curators and supervisors of interviews that no other table knows: warnings, for anybody may be asked."""
    known = [("centre", monitoring), ("curator", monitoring), ("supervisor", sheets.get("staff"))]
    for column, sheet in known:
        if sheet is not None and column in interviews.frame:
            where = "staff" if column == "supervisor" else "monitoring"
            for problem in _unknown(interviews, column, _held(sheet, column), where):
                yield replace(problem, severity="warning")


def centre_of_family(sheet: Sheet, monitoring: Sheet) -> Iterator[Problem]:
    """Families that another table puts in another centre than monitoring does."""
    pair = ["family", "centre"]
    if not (set(pair) <= set(sheet.frame) and set(pair) <= set(monitoring.frame)):
        return
    known = set(
        monitoring.frame[pair].dropna().drop_duplicates().itertuples(index=False, name=None)
    )
    families, centres = _held(monitoring, "family"), _held(monitoring, "centre")
    told = sheet.frame[pair].dropna().drop_duplicates()
    for row, family, centre in told.itertuples():
        if family in families and centre in centres and (family, centre) not in known:
            said = f"{shown(centre)}; {monitoring.file} has family {shown(family)} elsewhere."
            mend = "one of the two tables is wrong, or the family has moved."
            yield Problem(
                sheet.file,
                said,
                int(row),
                "centre",
                one_line(centre)[:200],
                f"the centre of the family in {monitoring.file}",
                mend,
                "warning",
                "another centre",
            )


def _strangers(sheet: Sheet, monitoring: Sheet, name: str) -> Iterator[Problem]:
    for column in ("family", "centre", "curator"):
        if column in sheet.frame and column in monitoring.frame:
            yield from _unknown(sheet, column, _held(monitoring, column), name)
    yield from centre_of_family(sheet, monitoring)


def _held(sheet: Sheet, column: str) -> set[str]:
    return set(sheet.frame[column].cat.categories) if column in sheet.frame else set()


def _unknown(sheet: Sheet, column: str, known: set[str], where: str) -> Iterator[Problem]:
    """Each different text that the other table does not know, at its first row, with the number of rows that hold it."""
    cells = sheet.frame[column]
    strange = [text for text in cells.cat.categories if text not in known] if known else []
    if not strange:
        return
    found = cells[cells.isin(strange)]
    rows = found.value_counts()
    for row, text in list(found.drop_duplicates().items())[:MAX_KEPT]:
        problem = _stranger(sheet, int(row), column, str(text), known, where)  # type: ignore[call-overload]
        more = f" (so in {rows[text]} rows)" if rows[text] > 1 else ""
        yield replace(problem, said=f"{problem.said.removesuffix('.')}{more}.")


def _stranger(
    sheet: Sheet, row: int, column: str, text: str, known: set[str] | Mapping, where: str
) -> Problem:
    near = difflib.get_close_matches(text, list(known)[:500], 1)
    mend = f"did you mean {near[0]!r}? " if near else ""
    said = f"{shown(text)} is not known in {where}."
    expected = f"a {column} of {where}"
    mend += f"spell it as there, or add it to {where}."
    severity = OUTSIDE.get(column, "error")
    theirs = sheet.theirs.get(column, column)
    value, kind = one_line(text)[:200], f"unknown {column}"
    return Problem(sheet.file, said, row, theirs, value, expected, mend, severity, kind)


def _waits_for_itself(stage: str, waits: Mapping[str, list[str]]) -> bool:
    ahead, seen = list(waits[stage]), set()
    while ahead:
        here = ahead.pop()
        if here == stage:
            return True
        if here not in seen:
            seen.add(here)
            ahead += waits.get(here, [])
    return False


def _ordered(sheet: Sheet, columns: tuple[str, ...]) -> Iterator[Problem]:
    """Rows in which a number is above the one that should be the larger."""
    there = [column for column in columns if column in sheet.frame]
    values = {column: numbers(sheet.frame[column]) for column in there}
    for small, large in pairwise(there):
        for at in np.flatnonzero(values[small] > values[large])[:MAX_KEPT]:
            value = f"{values[small][at]:g}"
            said = f"{value} is more than {large} ({values[large][at]:g})."
            yield _wrong(sheet, at, small, value, said, f"at most {large}")


def _months(sheet: Sheet) -> Iterator[Problem]:
    if "month" not in sheet.frame:
        return
    found = days(sheet.frame["month"])
    first = found.astype("datetime64[M]").astype("datetime64[s]")
    for at in np.flatnonzero(~np.isnat(found) & (found != first))[:MAX_KEPT]:
        value = str(found[at])[:10]
        said = f"{value} is not the first day of its month."
        mend = f"write {value[:8]}01; two rows of one month would count as two months."
        row = int(sheet.frame.index[at])
        expected = "the first day of the month"
        yield Problem(sheet.file, said, row, "month", value, expected, mend, kind="month")


def _wrong(sheet: Sheet, at: int, column: str, value: str, said: str, expected: str) -> Problem:
    row = int(pd.Index(sheet.frame.index)[at])
    mend = "one of the two is wrong; look it up."
    return Problem(sheet.file, said, row, column, value, expected, mend, kind=f"{column} order")
