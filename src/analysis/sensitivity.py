"""How far a result hangs on its uncertain inputs: one at a time, and all at once by seeded draws.

Inputs are ranges somebody declared (`input, value, low, high`), not samples: what comes out says how far the declared ranges
reach, never how likely they are to be right. What the inputs cost is in `costs`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

Array = NDArray[np.floating[Any]]
Model = Callable[[Array], Array]
SHAPES = ("pert", "triangular")
COLUMNS = ("input", "value", "low", "high")


def tornado(inputs: pd.DataFrame, model: Model) -> pd.DataFrame:
    """The result with one input at a time at the ends of its range, the others as declared.

    Parameters
    ----------
    inputs : columns input, value, low, high.
    model : sets x inputs (columns in the order of `inputs`) to one result per set, such as `costs.per(units)`.

    Returns
    -------
    DataFrame, widest first: input, value, low, high, base (nothing changed), at_low, at_high, swing (distance between the two),
    share (of the sum of the swings). Inputs without a range stand last with swing 0. No inputs give no rows.

    Raises
    ------
    ValueError : see `checked`.

    Notes
    -----
    One-way analysis leaves out what inputs do together; see `summary`. Checked by hand: x + 2y at (10, 5) with ranges 8 to 13
    and 4 to 5 goes from 18 to 23 and from 18 to 20.
    """
    declared = checked(inputs)
    value = declared["value"].to_numpy(dtype=float)
    columns = [*COLUMNS, "base", "at_low", "at_high", "swing", "share"]
    if not len(declared):
        return pd.DataFrame(columns=columns)
    ends = {}
    for end in ("low", "high"):
        sets = np.tile(value, (len(value), 1))
        np.fill_diagonal(sets, declared[end].to_numpy(dtype=float))
        ends[f"at_{end}"] = model(sets)
    table = declared.assign(base=float(model(value[None, :])[0]), **ends)
    table["swing"] = (table["at_high"] - table["at_low"]).abs()
    total = table["swing"].sum()
    table["share"] = table["swing"] / total if total > 0 else np.nan
    return table.sort_values("swing", ascending=False, kind="stable", ignore_index=True)[columns]


def bars(inputs: pd.DataFrame, model: Model) -> pd.DataFrame:
    """The `tornado` of the inputs that have a range, each with its `n`: an input that nobody doubts has no bar."""
    table = tornado(inputs, model)
    table["n"] = table["input"].map(inputs.set_index("input")["n"])
    return table[table["swing"].gt(0)]


def checked(inputs: pd.DataFrame) -> pd.DataFrame:
    """The inputs with an empty end of a range set to the value itself; other columns are left out.

    Raises
    ------
    ValueError
        For a column that is not there, an input twice, a value that is no number, or a value outside its own range.
    """
    if absent := [column for column in COLUMNS if column not in inputs]:
        raise ValueError(f"the inputs lack {', '.join(absent)}; expected {', '.join(COLUMNS)}")
    table = inputs[list(COLUMNS)].reset_index(drop=True)
    twice = table.loc[table["input"].duplicated(), "input"]
    if len(twice):
        raise ValueError(f"input {twice.iloc[0]!r} stands there twice; give each input one row")
    numbers = table[["value", "low", "high"]].astype(float)
    numbers["low"] = numbers["low"].fillna(numbers["value"])
    numbers["high"] = numbers["high"].fillna(numbers["value"])
    for name, row in zip(table["input"], numbers.to_dict("records"), strict=True):
        if not np.isfinite(list(row.values())).all():
            raise ValueError(f"input {name!r}: value, low and high must be numbers, not {row}")
        if not row["low"] <= row["value"] <= row["high"]:
            raise ValueError(
                f"input {name!r}: {row['value']:g} lies outside its own range, "
                f"{row['low']:g} to {row['high']:g}; correct one of the three"
            )
    return numbers.assign(input=table["input"])[list(COLUMNS)]


def pert(low: float, likely: float, high: float) -> Any:
    """The beta-PERT distribution on [low, high] with its peak at `likely` (weight 4), as a frozen scipy distribution.

    Mean (low + 4 likely + high) / 6; variance (mean - low)(high - mean) / 7, which is ((high - low) / 6)^2 only in special cases.

    Notes
    -----
    Shapes 1 + 4 (likely - low) / (high - low) and 1 + 4 (high - likely) / (high - low), as `method = "vose"` of R
    prevalence::betaPERT and mc2d::dpert. Checked against that form and, for (10, 30, 90), by integrating the density.

    Raises
    ------
    ValueError : unless low <= likely <= high and low < high.
    """
    width = _width(low, likely, high)
    first = 1 + 4 * (likely - low) / width
    second = 1 + 4 * (high - likely) / width
    return stats.beta(first, second, loc=low, scale=width)


def triangular(low: float, likely: float, high: float) -> Any:
    """The triangular distribution on [low, high] with its peak at `likely`, as a frozen scipy distribution.

    Mean (low + likely + high) / 3, variance (l^2 + m^2 + h^2 - lm - lh - mh) / 18: (0, 1, 3) gives 4/3 and 7/18.
    """
    width = _width(low, likely, high)
    return stats.triang((likely - low) / width, loc=low, scale=width)


def _width(low: float, likely: float, high: float) -> float:
    if not low <= likely <= high or low == high:
        raise ValueError(f"expected low <= likely <= high and low < high: {low}, {likely}, {high}")
    return high - low


def draws(
    inputs: pd.DataFrame, model: Model, n: int = 10_000, seed: int = 20230, shape: str = "pert"
) -> Array:
    """Results of the model for `n` sets of inputs drawn from their ranges, independently of each other.

    Parameters
    ----------
    inputs, model : see `tornado`.  shape : "pert" or "triangular"; the declared value is the peak.

    Notes
    -----
    Independence is an assumption: where inputs rise together (wages in every item, say) the true spread is wider. An input
    without a range stays at its value. Checked against the exact mean and variance of a sum of triangular inputs.
    """
    if shape not in SHAPES:
        raise ValueError(f"shape must be one of {', '.join(SHAPES)}, not {shape!r}")
    declared = checked(inputs)
    curve = pert if shape == "pert" else triangular
    generator = np.random.default_rng(seed)
    sets = np.tile(declared["value"].to_numpy(dtype=float), (n, 1))
    ranges = declared[["low", "value", "high"]].to_numpy(dtype=float)
    for place, (low, likely, high) in enumerate(ranges):
        if low < high:
            sets[:, place] = curve(low, likely, high).rvs(n, random_state=generator)
    return np.asarray(model(sets), dtype=float)


def summary(values: ArrayLike, level: float = 0.95) -> dict[str, Any]:
    """What the draws say: mean, spread, the middle `level` of them, and how much of that is chance of drawing.

    Returns
    -------
    dict with n (draws), mean, sd, median, low, high (percentiles of the draws), mc_error (standard error of the mean,
    sd / sqrt(n)), low_error, high_error (half the width of the 95 % interval of each percentile from the order statistics).
    The middle of the draws is a statement about declared ranges, not a confidence interval.
    """
    x = np.sort(np.asarray(values, dtype=float))
    n = len(x)
    names = ("mean", "sd", "median", "low", "high", "mc_error", "low_error", "high_error")
    if n < 2:
        return {"n": n, **dict.fromkeys(names, np.nan)}
    tail = (1 - level) / 2
    low, middle, high = np.quantile(x, [tail, 0.5, 1 - tail])
    sd = float(x.std(ddof=1))
    numbers = (x.mean(), sd, middle, low, high, sd / np.sqrt(n), *_ends(x, tail))
    return {"n": n, **{name: float(value) for name, value in zip(names, numbers, strict=True)}}


def _ends(x: Array, tail: float) -> tuple[float, float]:
    """Half widths of the distribution-free 95 % intervals of the lower and the upper percentile."""
    n, widths = len(x), []
    for share in (tail, 1 - tail):
        first, last = stats.binom.ppf([0.025, 0.975], n, share).astype(int)
        widths.append((x[min(last, n - 1)] - x[max(first - 1, 0)]) / 2)
    return widths[0], widths[1]


def convergence(values: ArrayLike, sizes: Sequence[int], level: float = 0.95) -> pd.DataFrame:
    """`summary` of the first draws only, one row for each number of draws: does more drawing still move the result?

    Sizes above the number of draws are left out; all draws are always the last row.
    """
    x = np.asarray(values, dtype=float)
    counts = [size for size in sorted(set(sizes)) if size < len(x)]
    return pd.DataFrame([summary(x[:size], level) for size in [*counts, len(x)]])
