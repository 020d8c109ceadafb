"""Rows that stand twice where no key forbids it, and sums of money in two currencies or none.

Everything is told by whole columns, so that a million rows take a second.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.contract import TABLES
from analysis.printed import one_line, shown
from analysis.problem import MAX_KEPT, Problem
from analysis.record_sheets import Sheet
from analysis.study_parts import Study

CURRENCY = ("currency", "валюта")


def same_rows(sheet: Sheet, name: str) -> Iterator[Problem]:
    """Rows of a table without a key that are alike in every cell, also in columns that nobody uses."""
    if name not in TABLES or TABLES[name].key:
        return
    if any(column.name not in sheet.frame for column in TABLES[name].columns):
        return  # without its date every second contact would be one
    codes = pd.DataFrame(
        {n: sheet.raw[c].cat.codes for n, c in enumerate(sheet.raw)}, sheet.raw.index
    )
    yield from _again(sheet, codes, list(sheet.raw.columns), ("the same row", "counts twice"))


def same_quotes(sheet: Sheet) -> Iterator[Problem]:
    """Passages that were translated twice, in the same words or in others."""
    pair = ["document", "quote"]
    if set(pair) <= set(sheet.frame):
        codes = sheet.frame[pair].apply(lambda cells: cells.cat.codes)
        codes = codes[(codes >= 0).all(axis=1)]
        yield from _again(
            sheet, codes, pair, ("a translation of the same words", "is shown in one way only")
        )


def _again(
    sheet: Sheet, codes: pd.DataFrame, columns: list[str], what: tuple[str, str]
) -> Iterator[Problem]:
    """Rows whose codes stood there before, with the row in which they did."""
    groups = codes.groupby(list(codes.columns), sort=False, dropna=False).ngroup().to_numpy()
    _, first, place = np.unique(groups, return_index=True, return_inverse=True)
    was = first[place]
    for at in np.flatnonzero(was < np.arange(len(codes)))[:MAX_KEPT]:
        row, before = int(codes.index[at]), int(codes.index[was[at]])
        cells = sheet.raw.loc[row, [sheet.theirs.get(c, c) for c in columns]].dropna()
        value = one_line(", ".join(map(str, cells)))[:200]
        said = f"{what[0]} stands in row {before}; it {what[1]}."
        mend = f"compare it with row {before}, and delete one of them if both are the same."
        yield Problem(
            *(sheet.file, said, row, None, value, "each row once", mend),
            *("warning", "row twice"),
        )


def currencies(study: Study, sheet: Sheet) -> Iterator[Problem]:
    """Costs without a currency, in another one than study.toml declares, or in several added up."""
    column = next((c for c in sheet.raw.columns if str(c).casefold() in CURRENCY), None)
    if column is None:
        if not study.currency:
            said = f"no currency of the amounts in {sheet.file} is declared; they would be printed without a unit."
            mend = 'write what they are counted in: [costs] currency = "EUR".'
            yield Problem(
                *("study.toml", said, None, None, None, "[costs] currency", mend),
                *("warning", "no currency"),
            )
        return
    cells = sheet.raw[column]
    found = cells.value_counts()
    usual = str(found.index[0]) if len(found) and found.iloc[0] else ""
    others = [str(text) for text, n in found.items() if n and text != usual]
    meant = study.currency or usual
    for text in others if others else [usual] * (bool(usual) and usual != study.currency):
        row = int(cells.index[int((cells == text).to_numpy().argmax())])
        said = f"{shown(text)}, while {'other rows hold' if others else 'study.toml declares'} {shown(usual if others else meant)}."
        said += " Amounts of different currencies would be added up." if others else ""
        mend = (
            "write every amount in one currency and declare it under [costs]."
            if others
            else f"declare it under [costs], or correct the column: currency = {text!r}."
        )
        severity = "error" if others else "warning"
        yield Problem(
            *(sheet.file, said, row, str(column), one_line(text)[:200], "one currency", mend),
            *(severity, "currency"),
        )
