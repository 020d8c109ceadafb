"""Cells of a table as text, held as categories, and what they mean as numbers, dates, yes and no.

Each different text is looked at once, however many rows it stands in. No file is read here.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pandas as pd

WORDS = ("quote", "translation")  # columns of running text
MISSING = ("", "NA", "NaN")
TRUE = ("true", "1", "yes", "да")
FALSE = ("false", "0", "no", "нет")
_PLAIN = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
_COMMA = re.compile(r"([+-]?)(\d+),(\d+)", re.ASCII)
_GROUPED = re.compile(r"[+-]?\d{1,3}([ \u00a0\u202f]\d{3})+([.,]\d+)?", re.ASCII)
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})([ T]00:00(:00(\.0+)?)?)?", re.ASCII)


def as_cells(values: Iterable[object], index: pd.Index | None = None) -> pd.Series:
    """Values as text cells: categories without blanks around them; what stands for nothing is missing.

    Parameters
    ----------
    values
        Texts, or a categorical of texts.
    index
        The line of each cell in its file.
    """
    given: Any = pd.Categorical(values)  # type: ignore[call-overload]
    texts = pd.Index(given.categories.astype("str").str.strip())
    codes, kept = pd.factorize(texts.where(~texts.isin(MISSING)), use_na_sentinel=True)
    at = np.append(codes, -1).astype(np.int32)[given.codes]
    cells: Any = pd.Categorical.from_codes(at, pd.Index(kept))  # type: ignore[arg-type]
    return pd.Series(cells, index=index)


def as_words(values: Iterable[object], index: pd.Index | None = None) -> pd.Series:
    """Running text as cells: every blank stays, for quotes are found again by their exact words."""
    given: Any = pd.Categorical(values)  # type: ignore[call-overload]
    texts = [text for text in given.categories if text.strip()]
    return pd.Series(given.set_categories(pd.Index(texts, dtype="str")), index=index)


def spread(cells: pd.Series, values: np.ndarray, missing: object) -> np.ndarray:
    """What holds for each different text, given to every row; `missing` for empty cells."""
    return np.append(values, np.array([missing], dtype=values.dtype))[cells.cat.codes]


def judged(cells: pd.Series, test: Callable[[str], bool], empty: bool = False) -> np.ndarray:
    """True in the rows whose text passes the test; `empty` is the verdict on empty cells."""
    verdicts = np.array([test(text) for text in cells.cat.categories], dtype=bool)
    return spread(cells, verdicts, empty)


def numbers(cells: pd.Series) -> np.ndarray:
    """Cells as float64, NaN where empty or no number."""
    found = [number(text) for text in cells.cat.categories]
    return spread(cells, np.array([np.nan if f is None else f for f in found], dtype=float), np.nan)


def days(cells: pd.Series) -> np.ndarray:
    """Cells as datetime64[s], NaT where empty or no day of the calendar."""
    found = [day(text) for text in cells.cat.categories]
    nat = np.datetime64("NaT", "s")
    return spread(cells, np.array(found, dtype="datetime64[s]"), nat)


def number(text: str) -> float | None:
    """A number written out: `2.5`, `2,5`, `1 250,5`. None for anything else.

    A comma is read as the decimal sign when nothing else can be meant: `1,250` may be one and a
    quarter or a thousand and more, and is no number here. Infinity and nan are none either.
    """
    if _PLAIN.fullmatch(text):
        value = float(text)
        return value if np.isfinite(value) else None
    if _GROUPED.fullmatch(text):
        return float(re.sub(r"[ \u00a0\u202f]", "", text).replace(",", "."))
    comma = _COMMA.fullmatch(text)
    if comma and (len(comma[3]) != 3 or comma[2].startswith("0")):
        return float(f"{comma[1]}{comma[2]}.{comma[3]}")
    return None


def day(text: str) -> datetime.date | None:
    """A day as YYYY-MM-DD, also with midnight behind it as spreadsheets write it; else None."""
    found = _DAY.fullmatch(text)
    if not found:
        return None
    try:
        return datetime.date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None


def truth(text: str) -> bool | None:
    """`True` and `False` as they are written in spreadsheets, in English or Russian; else None."""
    word = text.casefold()
    return word in TRUE if word in (*TRUE, *FALSE) else None
