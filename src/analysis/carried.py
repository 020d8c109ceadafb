"""How a printed thing carries its numbers in a notebook's output, and how prose finds it: the only user of glue."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
from IPython.display import display

RECORD = "application/vnd.casework+json"
FIRST = re.compile(
    r"[0-9]*(?:[.,](?P<decimals>[0-9]+)|[0-9])"
)  # the first number of a text, with its decimals
P = re.compile(r"p(_\w+)?|\w+_p")
DRAWN, SIGNIFICANT = 2, 4  # decimals of what a figure shows; digits that a number keeps at least


def record(
    key: str,
    value: Any,
    inside: tuple[Any, Any, Any] = (None, None, None),
    text: str = "",
    place: tuple[str, str] = ("", ""),
) -> dict[str, Any]:
    """One row of results.csv; `inside` is low, high and n, `place` the row and column of a table."""
    numbers = dict(zip(("value", "low", "high", "n"), (value, *inside), strict=True))
    where = {"key": key, "row": place[0], "column": place[1], "text": text}
    return where | {k: plain(v) for k, v in numbers.items()}


def plain(value: Any) -> float | int | None:
    """Ten significant digits: more than anyone prints, fewer than differ between processors."""
    if value is None or pd.isna(value) or math.isinf(value):
        return None  # JSON knows no infinity; the text beside it says so
    rounded = float(f"{float(value):.10g}")
    return int(rounded) if rounded.is_integer() and abs(rounded) < 1e15 else rounded


def is_p(record: Mapping[str, Any]) -> bool:
    """Whether a record of a table is a p, by the name of its column."""
    return P.fullmatch(record["column"]) is not None


def as_shown(record: Mapping[str, Any]) -> dict[str, Any]:
    """Value, low and high of a record hardly more precise than they are shown: an exact p tells the counts that it is made from.

    A p keeps the decimals of its text; anything else four significant digits, or the decimals of its text where those are more.
    """
    found = FIRST.search(record["text"])
    decimals = len(found["decimals"] or "") if found else DRAWN

    def told(number: float) -> float | int | None:
        size = math.floor(math.log10(abs(number))) if number else 0
        return plain(
            round(number, decimals if is_p(record) else max(decimals, SIGNIFICANT - 1 - size))
        )

    names = ("value", "low", "high")
    return {name: told(record[name]) for name in names if record[name] is not None}


def show(
    key: str,
    kind: str,
    data: dict[str, Any],
    records: Sequence[dict[str, Any]],
    origin: str,
    extra: Mapping[str, str] | None = None,
) -> None:
    """Display `data` (by media type) with its records; `extra` are caption and alternative text of a figure."""
    note = {"kind": kind, "key": key, "origin": origin, "records": list(records), **(extra or {})}
    display({**data, RECORD: note}, raw=True)


class _Said:
    """What glue is given: the words, and the numbers behind them."""

    def __init__(self, text: str, note: dict[str, Any]):
        self.bundle = {"text/plain": text, RECORD: note}

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        return self.bundle


def glue(key: str, text: str, records: list[dict[str, Any]], origin: str) -> None:
    """Make a text available to prose under its key, with the numbers behind it."""
    from myst_nb import glue

    glue(key, _Said(text, {"kind": "prose", "key": key, "origin": origin, "records": records}))
