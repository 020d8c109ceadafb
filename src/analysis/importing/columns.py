"""What is in each column of a table: numbers, dates, how many different values, the same within a family or not."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

DATES = (
    ("%Y-%m-%d", re.compile(r"\d{4}-\d{1,2}-\d{1,2}$")),
    ("%d.%m.%Y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{4}$")),
    ("%d.%m.%y", re.compile(r"\d{1,2}\.\d{1,2}\.\d{2}$")),
    ("%d/%m/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}$")),
    ("%m/%d/%Y", re.compile(r"\d{1,2}/\d{1,2}/\d{4}$")),
    ("%d/%m/%y", re.compile(r"\d{1,2}/\d{1,2}/\d{2}$")),
    ("%m/%d/%y", re.compile(r"\d{1,2}/\d{1,2}/\d{2}$")),
    ("%Y/%m/%d", re.compile(r"\d{4}/\d{1,2}/\d{1,2}$")),
    ("%Y.%m.%d", re.compile(r"\d{4}\.\d{1,2}\.\d{1,2}$")),
    ("%d-%m-%Y", re.compile(r"\d{1,2}-\d{1,2}-\d{4}$")),
    ("%m-%d-%Y", re.compile(r"\d{1,2}-\d{1,2}-\d{4}$")),
    ("%d-%b-%Y", re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{4}$")),
    ("%d-%b-%y", re.compile(r"\d{1,2}-[A-Za-z]{3}-\d{2}$")),
    ("%d %b %Y", re.compile(r"\d{1,2} [A-Za-z]{3} \d{4}$")),
    ("%d %B %Y", re.compile(r"\d{1,2} [A-Za-z]{3,9} \d{4}$")),
    ("%b %d, %Y", re.compile(r"[A-Za-z]{3} \d{1,2}, \d{4}$")),
    ("%B %d, %Y", re.compile(r"[A-Za-z]{3,9} \d{1,2}, \d{4}$")),
)
DAY_FIRST = {"%d/%m/%Y": "%m/%d/%Y", "%d/%m/%y": "%m/%d/%y", "%d-%m-%Y": "%m-%d-%Y"}
MISSING = frozenset(
    {"", "na", "nan", "<na>", "n/a", "n.a.", "n/d", "null", ".", "-", "--", "–", "—", "?"}
    | {"#n/a", "#null!", "#value!", "#div/0!", "#ref!", "#н/д", "#знач!", "#дел/0!", "#ссылка!"}
    | {"н/д", "н.д.", "нд", "б/о", "н/о", "нет данных", "missing", "пропуск"}
)  # numbers such as -99 are no such word: `slips` looks at the others first, and says so
TIME = re.compile(r"(?:,? +|T)\d{1,2}[:.]\d{2}.*$")  # behind a date
NUMBERED, DATED = 0.98, 0.9  # shares of filled cells; the rest are slips, for `check`
NUMBER = re.compile(r"[+-]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][+-]?\d+)?$")


@dataclass(frozen=True)
class Column:
    """A column of text cells, and what can be told from it.

    `labels` are the value labels of its codes and `title` is its own label, if the file had some.
    """

    name: str
    cells: pd.Series
    labels: tuple[tuple[str, str], ...] = ()
    title: str = ""

    @cached_property
    def filled(self) -> pd.Series:
        return self.cells.dropna()

    @cached_property
    def values(self) -> list[str]:
        """Its different values, in order of appearance."""
        return [str(value) for value in self.filled.unique()]

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many cells hold each value, most frequent first."""
        return {str(value): int(n) for value, n in self.filled.value_counts().items()}

    def share(self, values: Collection[str]) -> float:
        """Share of the filled cells that hold one of these values."""
        known = set(values)
        held = sum(n for value, n in self.counts.items() if value in known)
        return held / max(len(self.filled), 1)

    @cached_property
    def numeric(self) -> bool:
        """Whether all its cells are numbers but for slips: one in fifty, or a single one of twenty."""
        odd = sum(n for value, n in self.counts.items() if not NUMBER.match(value))
        few = odd <= max(1, (1 - NUMBERED) * len(self.filled))
        return bool(self.values) and few and odd * 20 <= len(self.filled)

    @cached_property
    def numbers(self) -> pd.Series:
        """The cells as numbers, NaN where there is none."""
        table = {v: float(v.replace(",", ".")) for v in self.values if NUMBER.match(v)}
        return self.cells.map(table).astype("float64")

    @cached_property
    def whole(self) -> bool:
        return self.numeric and bool((self.numbers.dropna() % 1 == 0).all())

    @cached_property
    def date_format(self) -> str | None:
        """The way in which most of its values, and nearly all of its cells, are dates; None when there is none."""
        if self.numeric or not self.values:
            return None
        shares = {form: self.share(self._dated(form, shape)) for form, shape in DATES}
        best = max(shares, key=lambda form: shares[form])
        return best if shares[best] >= DATED else None

    @cached_property
    def day_or_month(self) -> bool:
        """Whether its dates, read with the day before the month, could all be read the other way round."""
        other = DAY_FIRST.get(self.date_format or "")
        shapes = dict(DATES)
        return other is not None and self.share(self._dated(other, shapes[other])) == 1

    def _dated(self, form: str, shape: re.Pattern[str]) -> list[str]:
        values = [value for value in self.values if shape.match(TIME.sub("", value))]
        texts = pd.Series([TIME.sub("", value) for value in values], dtype=object)
        read = pd.to_datetime(texts, format=form, errors="coerce").notna()
        return [value for value, is_date in zip(values, read, strict=True) if is_date]

    @cached_property
    def dates(self) -> pd.Series:
        """Its cells as days, NaT where there is none; only for a column that has a `date_format`."""
        texts = self.cells.map(lambda cell: TIME.sub("", cell), na_action="ignore")
        return pd.to_datetime(texts, format=self.date_format, errors="coerce")

    @cached_property
    def earliest(self) -> pd.Timestamp:
        """The first of its dates; only for a column that has a `date_format`."""
        return self.dates.min()


def columns_of(
    frame: pd.DataFrame,
    labels: Mapping[str, Mapping[str, str]],
    titles: Mapping[str, str] | None = None,
) -> dict[str, Column]:
    """Each column of a frame of text cells, with what stands for nothing as missing."""
    found = {}
    for name in frame:
        cells = frame[name].astype("category")
        cleaned = np.array([*map(_clean, cells.cat.categories), None], dtype=object)
        values = pd.Series(cleaned[cells.cat.codes], index=frame.index, dtype=object)
        title = (titles or {}).get(str(name), "")
        found[str(name)] = Column(
            str(name), values, tuple(labels.get(str(name), {}).items()), title
        )
    return found


def _clean(cell: object) -> str | None:
    text = str(cell).strip()
    return None if text.lower() in MISSING else text
