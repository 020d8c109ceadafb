"""What each column of a table must hold, checked with pandera in one pass, every problem kept.

Kinds, ranges, levels, empty cells and keys; what rows say about each other is in the other rooms.
"""

from __future__ import annotations

import calendar
import datetime
import difflib
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pandera.pandas as pa

from analysis import cells as texts
from analysis.printed import one_line, shown
from analysis.problem import MAX_KEPT, Problem

EARLIEST = datetime.date(1950, 1, 1)
THREE_NUMBERS = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})")
LOOKS_LIKE_A_DATE = ("%d.%m.%Y", "%d.%m.%y", "%Y/%m/%d", "%Y.%m.%d")
TWO_WAYS = (("%d/%m/%Y", "%m/%d/%Y"), ("%d-%m-%Y", "%m-%d-%Y"), ("%d/%m/%y", "%m/%d/%y"))


@dataclass(frozen=True)
class Expected:
    """What one column holds: `column` under its standard name, `theirs` as in the file.

    `kind` is text, date, number, count or truth; `levels` the only texts allowed, when there are
    any; `low`, `high` the range of a number; `ahead` whether a date may lie in the future; `may_lack`
    whether study.toml may say that the study has no such column.
    """

    column: str
    theirs: str
    kind: str = "text"
    empty: bool = True
    levels: tuple[str, ...] = ()
    low: float = -np.inf
    high: float = np.inf
    ahead: bool = False
    may_lack: bool = False


@dataclass(frozen=True)
class Fault:
    """One way for a text to be wrong, and how to say so."""

    kind: str
    passes: Callable[[str], bool]
    expected: str
    mend: Callable[[str], str]


def violations(
    frame: pd.DataFrame, file: str, columns: Sequence[Expected], key: Sequence[str]
) -> list[Problem]:
    """Every cell that is not as expected, and every row whose key stood there before.

    Parameters
    ----------
    frame
        Text cells (see `cells`) under standard names, indexed by the line in the file.
    key
        Standard names of the columns that together occur once; empty when rows may repeat.
    """
    faults = {column.column: list(_faults(column)) for column in columns}
    try:
        _schema(columns, faults, key).validate(frame, lazy=True)
    except pa.errors.SchemaErrors as error:
        theirs = {column.column: column.theirs for column in columns}
        cells = _of_cells(frame, file, columns, faults, error.failure_cases)
        return [*cells, *_of_keys(frame, file, theirs, key)]
    return []


def _schema(
    columns: Sequence[Expected], faults: Mapping[str, list[Fault]], key: Sequence[str]
) -> pa.DataFrameSchema:
    def check(fault: Fault) -> pa.Check:
        def passes(cells: pd.Series) -> pd.Series:
            return pd.Series(texts.judged(cells, fault.passes, empty=True), index=cells.index)

        return pa.Check(passes, name=fault.kind, ignore_na=False)

    return pa.DataFrameSchema(
        {
            c.column: pa.Column(None, [check(f) for f in faults[c.column]], nullable=c.empty)
            for c in columns
        },
        unique=list(key) or None,
        report_duplicates="exclude_first",
    )


def _faults(column: Expected) -> Iterator[Fault]:
    """In the order in which they are asked; a text with one fault is not asked for the next."""
    if column.levels:
        allowed, folded = set(column.levels), {name.casefold(): name for name in column.levels}
        yield Fault(
            "not a level",
            lambda text: text in allowed,
            f"one of {', '.join(column.levels[:30])}",
            lambda text: _mend_level(text, folded),
        )
    elif column.kind == "date":
        yield from _faults_of_dates(column)
    elif column.kind == "truth":
        yield Fault(
            "not True or False",
            lambda text: texts.truth(text) is not None,
            "True or False",
            lambda text: "write True or False.",
        )
    elif column.kind in ("number", "count"):
        yield _fault_of_numbers(column)


def _mend_level(text: str, folded: Mapping[str, str]) -> str:
    if text.casefold() in folded:
        return f"write {folded[text.casefold()]!r}; capitals count."
    near = difflib.get_close_matches(text.casefold(), folded, 1)
    asked = f"did you mean {folded[near[0]]!r}? " if near else ""
    return f"{asked}Spell it as in study.toml, or add it there if it is missing from the list."


def _fault_of_numbers(column: Expected) -> Fault:
    count = column.kind == "count"

    def passes(text: str) -> bool:
        value = texts.number(text)
        whole = value is not None and (not count or (value >= 0 and value.is_integer()))
        return value is not None and whole and column.low <= value <= column.high

    bounds = (column.low > -np.inf, column.high < np.inf)
    expected = "a whole number of 0 or more" if count else "a number"
    if all(bounds):
        expected += f" from {column.low:g} to {column.high:g}"
    elif bounds[0]:
        expected += f" of {column.low:g} or more"
    empty = ", or empty" if column.empty else ""
    return Fault(
        "not the number expected", passes, expected + empty, lambda text: _mend_number(text, column)
    )


def _mend_number(text: str, column: Expected) -> str:
    if text.startswith("="):
        return "this is a formula; copy the column and paste it as values."
    if "," in text and texts.number(text.replace(",", "", 1)) is not None:
        plain = text.replace(",", "")
        return f"it can be read two ways; write {text.replace(',', '.')} or {plain}."
    if texts.number(text) is None:
        return (
            f"write a number{', or leave the cell empty if there is none' if column.empty else ''}."
        )
    if column.high == np.inf:
        return "look it up where the table comes from, and correct it."
    return "look the rating up in the file of the case; if the scale is wider, correct low and high in study.toml."


def _faults_of_dates(column: Expected) -> Iterator[Fault]:
    expected = "a date such as 2022-03-15"

    def late(text: str) -> bool:
        found = texts.day(text)
        return found is not None and found > datetime.date.today() and not column.ahead

    def early(text: str) -> bool:
        found = texts.day(text)
        return found is not None and found < EARLIEST

    yield Fault("not a date", lambda text: texts.day(text) is not None, expected, _mend_date)
    look = "look the day up in the file of the case."
    yield Fault(
        "in the future", lambda t: not late(t), "a day that has already been", lambda _: look
    )
    yield Fault("too early", lambda t: not early(t), "a day after 1950", lambda _: look)


def _mend_date(text: str) -> str:
    for form in LOOKS_LIKE_A_DATE:
        if day := _read_as(text, form):
            return f"write {day:%Y-%m-%d}."
    for forms in TWO_WAYS:  # Europe has the day first, America the month; nothing here tells which
        days = dict.fromkeys(day for form in forms if (day := _read_as(text, form)))
        if days:
            meant = [f"{day:%Y-%m-%d} if that is {day.day} {day:%B}" for day in days]
            return f"write {', '.join(meant) if len(days) > 1 else f'{next(iter(days)):%Y-%m-%d}'}."
    if found := THREE_NUMBERS.fullmatch(text):
        return f"{_no_such_day(found)}; look the day up in the file of the case."
    return "write the year, the month and the day: 2022-03-15."


def _read_as(text: str, form: str) -> datetime.datetime | None:
    try:
        return datetime.datetime.strptime(text, form)
    except ValueError:
        return None


def _no_such_day(found: re.Match[str]) -> str:
    """`February 2023 has no 31st`, of three numbers that look like a date and are none."""
    first, month, last = int(found[1]), int(found[3]), int(found[4])
    year, day = (first, last) if len(found[1]) == 4 else (last, first)
    year += 2000 if year < 100 else 0
    if not 1 <= month <= 12:
        return f"there is no month {month}"
    if not 1 <= year <= 9999 or not 28 < day <= 31:
        return "there is no such day in the calendar"
    return f"{calendar.month_name[month]} {year} has no {day}{'st' if day == 31 else 'th'}"


def _of_cells(
    frame: pd.DataFrame,
    file: str,
    columns: Sequence[Expected],
    faults: Mapping[str, list[Fault]],
    failures: pd.DataFrame,
) -> Iterator[Problem]:
    known = {column.column: column for column in columns}
    cases = failures[failures["schema_context"] == "Column"]
    for (name, check), found in cases.groupby(["column", "check"], sort=False):
        theirs, rows = known[str(name)].theirs, found["index"].to_numpy()
        fault = next((f for f in faults[str(name)] if f.kind == check), None)
        if fault is not None and known[str(name)].levels:
            yield from _wrong_levels(file, frame.loc[rows, str(name)], theirs, fault)
            continue
        for row in map(int, rows[:MAX_KEPT]):
            if fault is None:
                yield empty_cell(file, row, theirs)
            else:
                yield _wrong_cell(file, row, theirs, str(frame.at[row, name]), fault)
        if len(rows) > MAX_KEPT:
            more = f"and {len(rows) - MAX_KEPT:,} more cells like these."
            yield Problem(file, more, column=theirs, kind=f"{check}, more")


def _wrong_levels(file: str, cells: pd.Series, column: str, fault: Fault) -> Iterator[Problem]:
    """One problem for each different text, at the first row in which it stands, and in how many it does."""
    rows = cells.astype("object").to_frame("text").groupby("text", sort=False)
    for text, found in list(rows)[:MAX_KEPT]:
        problem = _wrong_cell(file, int(found.index[0]), column, str(text), fault)
        more = f" So in {len(found):,} rows." if len(found) > 1 else ""
        yield replace(problem, said=problem.said + more)


def _wrong_cell(file: str, row: int, column: str, value: str, fault: Fault) -> Problem:
    said = f"{shown(value)}; expected {fault.expected}."
    found, mend = one_line(value)[:200], fault.mend(value)
    return Problem(file, said, row, column, found, fault.expected, mend, kind=fault.kind)


def empty_cell(file: str, row: int, column: str) -> Problem:
    """A cell that must not be empty and is."""
    return Problem(
        file,
        "empty; every row needs one.",
        row,
        column,
        "",
        "something in every row",
        "fill the cell, or delete the row if it stands for nobody.",
        kind="empty",
    )


def _of_keys(
    frame: pd.DataFrame, file: str, theirs: Mapping[str, str], key: Sequence[str]
) -> Iterator[Problem]:
    """Rows whose key stood there before; an empty cell is no key."""
    if not key:
        return
    keys = frame[list(key)].dropna()
    again = keys.duplicated()
    first = keys[~again].reset_index(names="line").set_index(list(key))["line"]
    for row, *values in keys[again].head(MAX_KEPT).itertuples():
        was = int(first.loc[values[0] if len(key) == 1 else tuple(values)])
        said = (
            f"family {values[0]} has wave {values[1]} a second time (first in row {was}); one row per family and wave."
            if tuple(key) == ("family", "wave")
            else f"{', '.join(f'{theirs[k]} {shown(v)}' for k, v in zip(key, values, strict=True))} a second time (first in row {was}); one row each."
        )
        expected = f"one row per {' and '.join(key)}"
        mend = f"compare it with row {was} and delete the one that is wrong."
        value = ", ".join(shown(v) for v in values)
        yield Problem(file, said, row, None, value, expected, mend, kind="key twice")
