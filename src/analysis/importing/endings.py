"""Rows below a table that are no families: totals and means, notes."""

from __future__ import annotations

import csv
import re
from itertools import takewhile

import pandas as pd

from analysis.importing.columns import NUMBER
from analysis.importing.guess import LIKELY, Guesses
from analysis.importing.words import lists

BOTTOM = 6  # last rows that may be totals
NOTE = 12  # characters from which several words below a table are a note and no id
ROUNDED = 0.051  # how far a total or mean of two decimals or one may lie from the true one
TOTAL_OF = re.compile(r"(total|sum|mean|average|итого|всего) (of|for|по|за)\b", re.IGNORECASE)
WIDE = 3  # columns from which a row of one cell may be a note


def above_endings(cells: pd.DataFrame, guesses: Guesses) -> pd.DataFrame:
    """Without the last rows that sum up the others or are notes."""
    end = len(cells)
    while end > max(1, len(cells) - BOTTOM) and _no_family(cells.iloc[end - 1]):
        end -= 1
    for line, row in cells.iloc[end:].iterrows():
        guesses.add("rows", f"row {line} left out", LIKELY, _no_family(row))
    if end > 2 and _adds_up(cells.iloc[:end]):
        end -= 1
        why = "its first cell is empty, and its numbers are the sums or means of those above"
        guesses.add("rows", f"row {cells.index[end]} left out", LIKELY, why)
    return cells.iloc[:end]


def _no_family(row: pd.Series) -> str:
    """Why a row at the end of a table is no family: a total, or a note of several words; "" when it may be one."""
    word = _sums_up(row)
    filled = row.dropna().astype(str)
    if word or len(row) < WIDE or len(filled) != 1:
        return f"it says {word!r}, and is no family" if word else ""
    return "a note below the table" if _reads_as_note(filled.iloc[0].strip()) else ""


def _adds_up(cells: pd.DataFrame) -> bool:
    """Whether the last row names nobody and holds the sums of two or more columns above, or their means."""
    blank = cells.iloc[-1].isna().to_numpy()
    if not blank[0] or (~blank).sum() < 2:
        return False
    texts = cells.loc[:, ~blank].astype(object).apply(lambda column: column.str.replace(",", "."))
    numbers = texts.apply(pd.to_numeric, errors="coerce")
    above, last = numbers.iloc[:-1], numbers.iloc[-1]
    return any(((last - of).abs() < ROUNDED).all() for of in (above.sum(), above.mean()))


def _sums_up(row: pd.Series) -> str:
    """The word before the first number by which a row says that it is a total, "" when none does; a number of the row may stand first."""
    known = set(lists()["totals"]["known"])
    texts = [str(cell).strip() for cell in row.dropna()]
    words = takewhile(
        lambda text: not NUMBER.match(text), texts[bool(texts and NUMBER.match(texts[0])) :]
    )
    for word in words:
        if word.strip(" :.=").lower() in known or TOTAL_OF.match(word):
            return word
    return ""


def is_note(line: bytes, mark: str) -> bool:
    """Whether a line of a text file that is too short is a note and no row cut off: words, and no number in a cell."""
    cells = next(csv.reader([line.decode("utf-8", "replace").strip()], delimiter=mark), [])
    texts = [cell.strip() for cell in cells if cell.strip()]
    return _reads_as_note(" ".join(texts)) and not any(map(NUMBER.match, texts))


def _reads_as_note(text: str) -> bool:
    return text.startswith("*") or (len(text) > NOTE and " " in text)
