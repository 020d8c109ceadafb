"""The verdict on one printed percentage, and the row that holds it. Tables are in `audit`."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from analysis.printed import parse_percent
from analysis.proportions import (
    attainable_share,
    explanation,
    fitting_roundings,
    possible_counts,
    wilson,
)

VERDICT_TYPES = {
    "possible": "boolean",
    "counts_low": "Int64",
    "counts_high": "Int64",
    "count": "Int64",
    "low": "float64",
    "high": "float64",
    "attainable": "float64",
    "power": "float64",
    "bases_by_chance": "float64",
}


def not_auditable() -> dict[str, Any]:
    """The row of a figure without a base: every column of a verdict, nothing known."""
    return {
        "verdict": "not auditable",
        "possible": pd.NA,
        "counts_low": pd.NA,
        "counts_high": pd.NA,
        "count": pd.NA,
        "low": float("nan"),
        "high": float("nan"),
        "rounding": "",
        "attainable": float("nan"),
        "power": float("nan"),
        "explanation": "",
        "nearest_bases": (),
        "bases_by_chance": float("nan"),
    }


@lru_cache(maxsize=2**15)
def figure_verdict(percent: str, n: int, reach: int) -> dict[str, Any]:
    """The verdict on one figure, the columns of `not_auditable`; what they mean stands in `audit`.

    Parameters
    ----------
    percent : as printed.  n : the base.  reach : how many smaller bases to try where impossible.

    The row is shared between equal figures, so it is to be read and not changed. Raises ValueError
    where the figure or the base cannot be read.
    """
    counts = possible_counts(percent, n)
    decimals = parse_percent(percent)[1]
    attainable = attainable_share(n, decimals)
    row = not_auditable() | {"attainable": attainable, "power": 1 - attainable}
    if not counts:
        tried = range(n - 1, max(n - 1 - reach, 0), -1)
        return row | {
            "verdict": "impossible",
            "possible": False,
            "explanation": explanation(percent, n),
            "nearest_bases": tuple(base for base in tried if possible_counts(percent, base)),
            "bases_by_chance": sum(attainable_share(base, decimals) for base in tried),
        }
    row |= {"verdict": "possible", "possible": True, "counts_low": counts[0]}
    row |= {"counts_high": counts[-1], "rounding": ", ".join(fitting_roundings(percent, n))}
    return row | ({"count": counts[0]} if len(counts) == 1 else {})


def intervals(counts: pd.Series, bases: list[int | None]) -> tuple[np.ndarray, np.ndarray]:
    """Wilson intervals in percent, all rows at once; missing where there is no count."""
    low, high = np.full(len(counts), np.nan), np.full(len(counts), np.nan)
    known = counts.notna().to_numpy()
    if known.any():
        people = np.array(bases, dtype=float)[known]
        low[known], high[known] = wilson(counts[known].to_numpy(dtype=float), people)
    return low, high
