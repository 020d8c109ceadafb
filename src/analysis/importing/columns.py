"""What is in each column of a table: numbers, dates, how many different values, the same within a family or not."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

DATES = (
    ("%Y-%m-%d", re.compile(r"\d{4}-\d{1,2}-\d{1,2}(?:[ T].*)?$")),
    ("%d.%m.%Y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}$")),
    ("%d.%m.%y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{2}$")),
    ("%d/%m/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}$")),
    ("%m/%d/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}$")),
    ("%Y/%m/%d", re.compile(r"\d{4}/\d{1,2}/\d{1,2}$")),
    ("%d-%b-%Y", re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{4}$")),
)
MISSING = ("", "na", "nan", "n/a", "null", ".", "-", "#n/a", "нет данных", "-99", "-999")
NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?$")


@dataclass(frozen=True)
class Column:
    """A column of text cells, and what can be told from it. `labels` are the value labels of its codes, if the file had some."""

    name: str
    cells: pd.Series
    labels: tuple[tuple[str, str], ...] = ()

    @cached_property
    def filled(self) -> pd.Series:
        return self.cells.dropna()

    @cached_property
    def values(self) -> list[str]:
        """Its different values, in order of appearance."""
        return [str(value) for value in self.filled.unique()]

    @cached_property
    def numeric(self) -> bool:
        return bool(self.values) and all(NUMBER.match(value) for value in self.values)

    @cached_property
    def numbers(self) -> pd.Series:
        """The cells as numbers, NaN where there is none; empty when the column is not numeric."""
        table = {value: float(value.replace(",", ".")) for value in self.values}
        return self.cells.map(table).astype("float64")

    @cached_property
    def whole(self) -> bool:
        return self.numeric and bool((self.numbers.dropna() % 1 == 0).all())

    @cached_property
    def date_format(self) -> str | None:
        """The one way in which all its values are dates; None when there is none."""
        if self.numeric or not self.values:
            return None
        for form, shape in DATES:
            if all(shape.match(value) for value in self.values):
                texts = pd.Series(self.values).str.replace(r"[ T].*$", "", regex=True)
                if pd.to_datetime(texts, format=form, errors="coerce").notna().all():
                    return form
        return None

    @cached_property
    def earliest(self) -> pd.Timestamp:
        """The first of its dates; only for a column that has a `date_format`."""
        texts = pd.Series(self.values).str.replace(r"[ T].*$", "", regex=True)
        return pd.to_datetime(texts, format=self.date_format).min()


def columns_of(frame: pd.DataFrame, labels: Mapping[str, Mapping[str, str]]) -> dict[str, Column]:
    """Each column of a frame of text cells, with what stands for nothing as missing."""
    found = {}
    for name in frame:
        cells = frame[name].astype("category")
        cleaned = np.array([*map(_clean, cells.cat.categories), None], dtype=object)
        values = pd.Series(cleaned[cells.cat.codes], index=frame.index, dtype=object)
        found[str(name)] = Column(str(name), values, tuple(labels.get(str(name), {}).items()))
    return found


def _clean(cell: object) -> str | None:
    text = str(cell).strip()
    return None if text.lower() in MISSING else text
