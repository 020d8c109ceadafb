"""Control charts of a process over time: single values (XmR), shares (p, p') and rates (u).

Every chart declares its baseline: the first points, from which alone the limits are computed. A signal
asks for a look at what happened; it proves no cause, and no signal does not prove that all is well.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

D2, D4 = 1.128, 3.267  # moving range of two normal values, as tables print them; 3 / 1.128 = 2.66
RUN = 9  # Nelson (1984) rule 2; the Western Electric rules (1956) ask for eight
TAIL = float(stats.norm.sf(3))  # what lies beyond three standard deviations on one side
ENOUGH = 12  # baseline points below which limits are only provisional (a rule of thumb)


def xmr(points: pd.DataFrame, baseline: int | None = None, run: int = RUN) -> pd.DataFrame:
    """Chart of single values and their moving ranges.

    Middle = mean; limits = middle -+ 3 / 1.128 (that is 2.66) mean moving ranges; highest moving range
    to expect = 3.267 mean moving ranges (Wheeler prints 3.268).

    Parameters
    ----------
    points : columns `x` (in order of time) and `value` (NaN where nothing was recorded).
    baseline : the first so many points set the limits; all of them when None.
    run : points in a row on one side of the middle that count as a signal.

    Returns
    -------
    `points` with moving_range (none across a gap), n_baseline, middle, low, high, range_middle,
    range_high, phase ("baseline" or "after"), beyond (outside the limits: rule 1), in_run (the
    `run`th point on one side, and those that go on: rule 2), range_beyond.

    Notes
    -----
    Checked against NIST/SEMATECH handbook 6.3.2.2: ten flow rates, limits 45.8159 and 55.8041.
    """
    chart = _checked(points, ["value"], baseline)
    value = chart["value"].astype(float)
    chart["moving_range"] = value.diff().abs()
    first = chart["phase"].eq("baseline")
    ranges = chart.loc[first, "moving_range"].dropna()
    if ranges.empty:
        raise ValueError(
            "the baseline holds no two values in a row, so no moving range; declare a longer one"
        )
    middle, mean_range = float(value[first].mean()), float(ranges.mean())
    chart["n_baseline"] = int(value[first].notna().sum())
    chart["middle"] = middle
    chart["low"], chart["high"] = (middle + sign * 3 * mean_range / D2 for sign in (-1, 1))
    chart["range_middle"], chart["range_high"] = mean_range, D4 * mean_range
    chart["beyond"] = value.lt(chart["low"]) | value.gt(chart["high"])
    chart["in_run"] = _runs(value - middle, run)
    return chart.assign(range_beyond=chart["moving_range"].gt(chart["range_high"]))


def p_chart(points: pd.DataFrame, baseline: int | None = None, run: int = RUN) -> pd.DataFrame:
    """Chart of shares with exact binomial limits.

    Middle = all counted of all looked at in the baseline. The limits of a point are the binomial
    quantiles at .00135 and .99865 (the tails of three standard deviations) for its own n: no share
    below 0, and no normal curve where n is small.

    Parameters
    ----------
    points : columns `x`, `count`, `n` (whole numbers, count within n; both NaN where not recorded).
    baseline, run : as for `xmr`.

    Returns
    -------
    `points` with value (share, 0 to 1), n_baseline, middle, low, high, phase, beyond, in_run.

    Notes
    -----
    Middle checked against R qcc on its orange juice data (.2313333; samples 15 and 23 beyond); limits
    against a sum of exact fractions. qcc and qicharts2 print normal limits (.0524, .4102) instead.
    """
    chart = _counted(points, baseline, most=True)
    n, middle = chart["n"].to_numpy(dtype=float), chart["middle"].to_numpy()
    ends = [stats.binom.ppf(tail, n, middle) for tail in (TAIL, 1 - TAIL)]
    return _discrete(chart, ends[0], ends[1], run)


def u_chart(points: pd.DataFrame, baseline: int | None = None, run: int = RUN) -> pd.DataFrame:
    """Chart of events per unit of exposure with exact Poisson limits.

    Parameters
    ----------
    points : columns `x`, `count` (events), `n` (exposure, above 0: families, days, files).
    baseline, run : as for `xmr`.

    Returns
    -------
    As `p_chart`; value is the rate per unit of exposure.

    Notes
    -----
    Middle checked against R qcc on its dyed cloth data (1.40367); limits against a sum of terms.
    """
    chart = _counted(points, baseline, most=False)
    expected = chart["middle"].to_numpy() * chart["n"].to_numpy(dtype=float)
    ends = [stats.poisson.ppf(tail, expected) for tail in (TAIL, 1 - TAIL)]
    return _discrete(chart, ends[0], ends[1], run)


def p_prime(points: pd.DataFrame, baseline: int | None = None, run: int = RUN) -> pd.DataFrame:
    """Chart of shares whose underlying share itself varies from point to point (Laney 2002).

    z = (share - middle) / sqrt(middle (1 - middle) / n); sigma_z = mean moving range of z in the
    baseline / 1.128; limits = middle -+ 3 sigma_z sqrt(middle (1 - middle) / n), within 0 and 1.

    Parameters
    ----------
    points, baseline, run : as for `p_chart`.

    Returns
    -------
    As `p_chart`, with sigma_z: 1 when shares vary as the binomial says, above 1 when they vary more.
    These limits are normal; with few per point prefer `p_chart`.

    Notes
    -----
    Formula and constants as in R qicharts2 (chart "pp"); checked by hand arithmetic.
    """
    chart = _counted(points, baseline, most=True)
    middle = chart["middle"]
    error = np.sqrt(middle * (1 - middle) / chart["n"].where(chart["n"].gt(0)))
    if not (0 < middle.iloc[0] < 1):
        raise ValueError(
            "the baseline share is 0 or 1: nothing varies, and no limits follow from it"
        )
    z: pd.Series = (chart["value"] - middle) / error
    ranges: pd.Series = z.diff().abs()[chart["phase"].eq("baseline")].dropna()
    if ranges.empty:
        raise ValueError("the baseline holds no two shares in a row; declare a longer one")
    chart["sigma_z"] = float(ranges.mean()) / D2
    reach = 3 * chart["sigma_z"] * error
    chart["low"], chart["high"] = (middle - reach).clip(lower=0), (middle + reach).clip(upper=1)
    chart["beyond"] = chart["value"].lt(middle - reach) | chart["value"].gt(middle + reach)
    return chart.assign(in_run=_runs(chart["value"] - middle, run))


def signals(chart: pd.DataFrame) -> pd.DataFrame:
    """What a chart says, in one row: `points, n_baseline, provisional, middle, beyond, in_run, last_signal`.

    `points` counts those with a value, `beyond` and `in_run` points with that signal, `provisional` is true
    when fewer than 12 points set the limits, `last_signal` names the latest point with any (or None).
    """
    flagged = chart.loc[chart["beyond"] | chart["in_run"], "x"]
    row: dict[str, Any] = {"points": int(chart["value"].notna().sum())}
    row |= {"n_baseline": int(chart["n_baseline"].iloc[0])}
    row |= {"provisional": bool(chart["n_baseline"].iloc[0] < ENOUGH)}
    row |= {"middle": float(chart["middle"].iloc[0])}
    row |= {"beyond": int(chart["beyond"].sum()), "in_run": int(chart["in_run"].sum())}
    return pd.DataFrame([row | {"last_signal": flagged.iloc[-1] if len(flagged) else None}])


def _checked(points: pd.DataFrame, columns: list[str], baseline: int | None) -> pd.DataFrame:
    absent = [column for column in ["x", *columns] if column not in points]
    if absent:
        raise ValueError(f"the points lack {', '.join(absent)}; a chart needs x, {columns}")
    if points.empty:
        raise ValueError("there are no points to chart")
    if not points["x"].is_monotonic_increasing or points["x"].duplicated().any():
        raise ValueError("x must run forward in time, each point once; sort and sum up first")
    length = len(points) if baseline is None else baseline
    if not 1 <= length <= len(points):
        raise ValueError(f"baseline is {length}; expected 1 to {len(points)}, the number of points")
    phase = np.where(np.arange(len(points)) < length, "baseline", "after")
    return points.reset_index(drop=True).assign(phase=phase)


def _counted(points: pd.DataFrame, baseline: int | None, most: bool) -> pd.DataFrame:
    """Checked points with value and middle; `most`: a count cannot exceed its n."""
    chart = _checked(points, ["count", "n"], baseline)
    count, n = (chart[c].astype("Float64").astype(float) for c in ("count", "n"))
    wrong = (
        count.lt(0) | n.lt(0) | (count % 1).gt(0) | (count.gt(n) if most else count.gt(0) & n.eq(0))
    )
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        raise ValueError(
            f"point {chart['x'].iloc[i]}: count {count[i]:g} of {n[i]:g}; expected a whole count of 0 "
            "or more, and not above n where n is a number of things looked at"
        )
    known = count.notna() & n.gt(0)
    chart["value"] = (count / n).where(known)
    first = known & chart["phase"].eq("baseline")
    if not first.any():
        raise ValueError("nothing was counted in the baseline; declare a longer one")
    chart = chart.assign(count=count, n=n, n_baseline=int(first.sum()))
    return chart.assign(middle=float(count[first].sum() / n[first].sum()))


def _discrete(chart: pd.DataFrame, least: Any, most: Any, run: int) -> pd.DataFrame:
    """Limits as whole counts; a point is beyond when its count is, so no rounding of shares decides."""
    known = chart["value"].notna()
    chart["low"] = (pd.Series(least) / chart["n"]).where(known)
    chart["high"] = (pd.Series(most) / chart["n"]).where(known)
    chart["beyond"] = known & (chart["count"].lt(least) | chart["count"].gt(most))
    return chart.assign(in_run=_runs(chart["value"] - chart["middle"], run))


def _runs(distance: pd.Series, run: int) -> pd.Series:
    """True from the `run`th neighbour on one side of the middle; a gap or the middle itself ends a run."""
    if run < 2:
        raise ValueError(f"run is {run}; expected 2 or more points in a row")
    side = np.sign(distance.round(12)).fillna(0)
    length = side.groupby(side.ne(side.shift()).cumsum()).cumcount() + 1
    return side.ne(0) & length.ge(run)
