"""The plan of stages: PERT days of each, CPM times and critical paths, and what the merging of paths adds.

Days that cases really took are in `stages`.
"""

from __future__ import annotations

import graphlib
from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from analysis import proportions

Draws = Mapping[str, NDArray[np.float64]]
COLUMNS = ["stage", "label", "after", "optimistic", "likely", "pessimistic"]
SAME = 1e-9  # days: closer than that is a tie


def estimates(stages: pd.DataFrame) -> pd.DataFrame:
    """Expected days of every stage, in an order in which they can be done.

    Parameters
    ----------
    stages : one row per stage: stage, label, after (stages that must end first, with ; between), and
        optimistic, likely, pessimistic in days.

    Returns
    -------
    The same rows with after as a tuple, mean = (o + 4m + p) / 6 and sd = (p - o) / 6 (Malcolm et al.
    1959), and median, low, high of the beta-PERT distribution (5, 50 and 95%).

    Raises
    ------
    ValueError : a column is missing, a stage stands twice, names an unknown stage or waits for itself
        on a detour, or its days do not rise from optimistic to pessimistic.

    Notes
    -----
    Checked against a solved exercise of fourteen activities (tests/reference/schedule.json).
    """
    if absent := set(COLUMNS) - set(stages.columns):
        raise ValueError(f"the table of stages lacks {', '.join(sorted(absent))}")
    table = stages[COLUMNS].assign(after=stages["after"].map(_names))
    _refuse_days(table)
    table = table.set_index("stage", drop=False).loc[_order(table)].reset_index(drop=True)
    o, m, p = (table[c].astype(float) for c in ("optimistic", "likely", "pessimistic"))
    a, b = _shape(o, m, p)
    table = table.assign(mean=(o + 4 * m + p) / 6, sd=(p - o) / 6)
    quantiles = {"median": 0.5, "low": 0.05, "high": 0.95}
    return table.assign(**{c: o + (p - o) * stats.beta.ppf(q, a, b) for c, q in quantiles.items()})


def _names(cell: object) -> tuple[str, ...]:
    if isinstance(cell, (tuple, list)):
        return tuple(cell)
    text = "" if pd.isna(cell) else str(cell)  # type: ignore[call-overload]
    return tuple(name.strip() for name in text.split(";") if name.strip())


def _refuse_days(table: pd.DataFrame) -> None:
    if table.empty:
        raise ValueError("the table of stages has no rows; give at least one stage")
    twice = table.loc[table["stage"].duplicated(), "stage"]
    if len(twice):
        raise ValueError(f"stage {twice.iloc[0]} stands twice in the table of stages; keep one row")
    for row in table.to_dict("records"):
        o, m, p = (float(row[c]) for c in ("optimistic", "likely", "pessimistic"))
        if not (0 <= o <= m <= p < np.inf):  # also when a number is missing
            raise ValueError(
                f"stage {row['stage']}: optimistic {o:g}, likely {m:g}, pessimistic {p:g} days; "
                "expected numbers of 0 or more that do not fall from one to the next"
            )


def _order(table: pd.DataFrame) -> list[str]:
    """Stages so that each stands behind those it waits for; otherwise as in the table."""
    waits = dict(zip(table["stage"], table["after"], strict=True))
    for stage, before in waits.items():
        for name in before:
            if name not in waits:
                raise ValueError(
                    f"stage {stage} waits for {name}, which is no stage; "
                    f"expected names among {', '.join(waits)}"
                )
    try:
        found = list(graphlib.TopologicalSorter(waits).static_order())
    except graphlib.CycleError as error:
        circle = " → ".join(reversed(error.args[1]))
        raise ValueError(
            f"the stages wait for each other in a circle: {circle}; take one of them out of `after`"
        ) from None
    place = {stage: number for number, stage in enumerate(waits)}
    depth: dict[str, int] = {}
    for stage in found:
        depth[stage] = 1 + max((depth[name] for name in waits[stage]), default=-1)
    return sorted(waits, key=lambda stage: (depth[stage], place[stage]))


def plan(stages: pd.DataFrame) -> pd.DataFrame:
    """Earliest and latest days of every stage on its expected days, and where there is no slack.

    Returns
    -------
    The rows of `estimates` with earliest_start, earliest_finish (forward pass), latest_start,
    latest_finish (backward pass, without delaying the whole), slack and critical (slack is 0).

    Notes
    -----
    Checked against Taylor, Introduction to Management Science, chapter 8 (printed solutions), and
    against the longest of all paths written out one by one.
    """
    table = estimates(stages)
    waits = dict(zip(table["stage"], table["after"], strict=True))
    days = {s: np.array([d]) for s, d in zip(table["stage"], table["mean"], strict=True)}
    start, late = _passes(waits, days)
    earliest = pd.Series([float(start[s][0]) for s in table["stage"]])
    latest = pd.Series([float(late[s][0]) for s in table["stage"]])
    critical = (latest - earliest).abs() <= SAME
    latest = latest.mask(critical, earliest)  # a tie is a tie, not a billionth of a day
    table = table.assign(earliest_start=earliest, earliest_finish=earliest + table["mean"])
    table = table.assign(latest_start=latest, latest_finish=latest + table["mean"])
    return table.assign(slack=latest - earliest, critical=critical)


def _passes(waits: Mapping[str, tuple[str, ...]], days: Draws) -> tuple[Draws, Draws]:
    """Earliest and latest start of every stage, for each draw; `waits` in an order that can be done."""
    start: dict[str, NDArray[np.float64]] = {}
    for stage, before in waits.items():
        ends = [start[name] + days[name] for name in before]
        start[stage] = np.max(ends, axis=0) if ends else np.zeros_like(days[stage])
    whole = np.max([start[s] + days[s] for s in waits], axis=0)
    end = dict.fromkeys(waits, whole)
    late: dict[str, NDArray[np.float64]] = {}
    for stage in reversed(list(waits)):
        late[stage] = end[stage] - days[stage]
        for name in waits[stage]:
            end[name] = np.minimum(end[name], late[stage])
    return start, late


def critical_paths(planned: pd.DataFrame) -> pd.DataFrame:
    """Every path without slack from a first to a last stage; more than one when paths tie.

    Returns
    -------
    One row per path: path (labels with arrows), stages (tuple), n_stages, mean and sd in days, where
    sd is the root of the summed squares: PERT takes stages as independent of each other.
    """
    rows = planned.set_index("stage")
    whole = rows["earliest_finish"].max()
    ends = rows["earliest_finish"].to_dict()
    critical = rows["critical"].to_dict()
    after: dict[str, list[str]] = {stage: [] for stage in rows.index}
    for row in planned.to_dict("records"):
        for name in row["after"]:
            gap = row["earliest_start"] - ends[name]
            if row["critical"] and critical[name] and abs(gap) <= SAME:
                after[name].append(row["stage"])
    found = []
    for first in rows.index[rows["critical"] & ~rows["after"].map(bool)]:
        for path in _walks((first,), after):
            if abs(ends[path[-1]] - whole) <= SAME:
                found.append(_path(rows.loc[list(path)]))
    return pd.DataFrame(found)


def _walks(walk: tuple[str, ...], after: Mapping[str, list[str]]) -> Iterator[tuple[str, ...]]:
    if not after[walk[-1]]:
        yield walk
    for stage in after[walk[-1]]:
        yield from _walks((*walk, stage), after)


def _path(rows: pd.DataFrame) -> dict[str, object]:
    row: dict[str, object] = {"path": " → ".join(rows["label"]), "stages": tuple(rows.index)}
    row |= {"n_stages": len(rows), "mean": rows["mean"].sum()}
    return row | {"sd": float(np.sqrt((rows["sd"] ** 2).sum()))}


def optimism(stages: pd.DataFrame, repeats: int, seed: int) -> pd.DataFrame:
    """What PERT promises for the whole, beside a simulation in which every path may turn out the longest.

    Where paths merge, the whole lasts as long as the slowest of them, so its mean lies above the mean
    of the path that looks longest on paper (merge bias; Clark 1961). PERT does not see that.

    Returns
    -------
    One row, days: pert_mean, pert_sd (the critical path; the largest sd when paths tie), n (draws),
    difference, low, high (how much longer than the critical path the whole is on average, with the 95%
    interval of the simulation's own error), mean = pert_mean + difference, sd, median, q05, q95 of
    the draws, and count and share of draws that end within pert_mean.

    Notes
    -----
    Stages are independent draws from beta-PERT: alpha = 1 + 4(m - o)/(p - o), beta = 1 + 4(p - m)/(p - o),
    whose mean is PERT's; its sd, root of (mean - o)(p - mean)/7, is not (p - o)/6. Checked against the
    integral of 1 - F(x)^2 for two equal stages side by side (scipy).
    """
    table = estimates(stages)
    paths = critical_paths(plan(stages))
    waits = dict(zip(table["stage"], table["after"], strict=True))
    days = _drawn(table, repeats, seed)
    start, _ = _passes(waits, days)
    whole = np.max([start[s] + days[s] for s in waits], axis=0)
    # Against the same draws of the critical path, whose mean is known: most of the noise cancels.
    longer = whole - np.sum([days[s] for s in paths["stages"].iloc[0]], axis=0)
    pert, error = float(paths["mean"].iloc[0]), 1.96 * longer.std(ddof=1) / np.sqrt(repeats)
    q05, median, q95 = np.quantile(whole, [0.05, 0.5, 0.95])
    count = int((whole <= pert + SAME).sum())
    row = {"pert_mean": pert, "pert_sd": paths["sd"].max(), "n": repeats}
    row |= {"difference": longer.mean(), "low": longer.mean() - error}
    row |= {"high": longer.mean() + error, "mean": pert + longer.mean(), "sd": whole.std(ddof=1)}
    row |= {"median": median, "q05": q05, "q95": q95, "count": count, "share": count / repeats}
    return pd.DataFrame([row])


def criticality(stages: pd.DataFrame, repeats: int, seed: int) -> pd.DataFrame:
    """How often each stage lies on the longest path when days vary.

    Returns
    -------
    stage, label, n (draws), count, share, low, high (Wilson 95%, the simulation's own error).
    """
    table = estimates(stages)
    waits = dict(zip(table["stage"], table["after"], strict=True))
    start, late = _passes(waits, _drawn(table, repeats, seed))
    counts = [int((late[s] - start[s] <= SAME).sum()) for s in table["stage"]]
    shares = pd.DataFrame([proportions.share(count, repeats) for count in counts])
    return table[["stage", "label"]].join(shares[["n", "count", "share", "low", "high"]])


def _drawn(table: pd.DataFrame, repeats: int, seed: int) -> Draws:
    """Beta-PERT days of every stage, `repeats` draws each."""
    if repeats < 2:
        raise ValueError(f"repeats is {repeats}; expected a whole number of 2 or more")
    rng = np.random.default_rng(seed)
    days = {}
    for row in table.to_dict("records"):
        o, m, p = (float(row[c]) for c in ("optimistic", "likely", "pessimistic"))
        a, b = _shape(o, m, p)
        days[str(row["stage"])] = o + (p - o) * rng.beta(a, b, repeats)
    return days


def _shape(
    o: ArrayLike, m: ArrayLike, p: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Alpha and beta of beta-PERT; a stage of fixed length has width 0 and any shape will do."""
    low, mode, high = (np.asarray(days, dtype=float) for days in (o, m, p))
    width = np.where(high > low, high - low, 1.0)
    return 1 + 4 * (mode - low) / width, 1 + 4 * (high - mode) / width
