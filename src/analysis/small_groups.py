"""Groups too small to show: what hidden counts still can be, centres hidden on every page, steps of a curve, attributes of speakers.

Pure. Tables are made safe in `protecting` and `shown_cells`, by the same rule of what a sum tells of hidden counts (`cover`).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

TOTAL = "All centres"
Numbers = NDArray[np.float64]
Mask = NDArray[np.bool_]


def small(n: Any, minimum: int) -> bool:
    """Whether a count of people is too small to show: from 1 to `minimum` - 1; nobody is nobody's secret."""
    return not pd.isna(n) and 0 < n < minimum


def too_few(count: Any, n: Any, minimum: int) -> bool:
    """Whether "count of n" must not be shown: the base, the count or the rest of the base is small."""
    return small(n, minimum) or small(count, minimum) or small(n - count, minimum)


def hidden_centres(monitoring: pd.DataFrame, minimum: int) -> frozenset[str]:
    """Centres hidden on every page, so that no page's total gives back another page's small group.

    A centre is hidden when fewer than `minimum` of its families are rated at some wave; then the next smallest too, until at every wave
    any hidden centre's number of families is uncertain by `minimum` or more to somebody who knows what all hidden centres make together.

    Parameters
    ----------
    monitoring : columns family, centre, wave.
    """
    sizes = pd.crosstab(monitoring["centre"].astype(str), monitoring["wave"].astype(str))
    if len(sizes) < 2 or minimum < 2:
        return frozenset()
    least = sizes.where(sizes.gt(0)).min(axis=1)
    hidden = least.lt(minimum)
    for centre in least.sort_values(kind="stable").index:
        if not hidden.any() or sizes[hidden].apply(covered, minimum=minimum).all():
            break
        hidden[centre] = True
    return frozenset(hidden[hidden].index)


def covered(values: pd.Series, minimum: int) -> bool:
    """Whether hidden counts of unknown bases, each 1 or more, stay uncertain by `minimum` for who knows their sum."""
    count = values.to_numpy(dtype=float)
    least, most = least_and_most(count, np.ones(len(count)), np.full(len(count), count.sum()))
    return bool(len(count) > 1 and ((most - least) >= minimum).all())


def least_and_most(count: Numbers, low: Numbers, high: Numbers) -> tuple[Numbers, Numbers]:
    """Least and most that each hidden count can be, for who knows their sum and that each lies from its `low` to its `high`.

    least = max(low, sum - high of all others), most = min(high, sum - low of all others): both are reached, as whole numbers when the
    ends are whole. Checked against linear programming (scipy.optimize.linprog) and by trying all counts of small tables.
    """
    below, above = count - low, high - count
    least = count - np.minimum(below, above.sum() - above)
    return least, count + np.minimum(above, below.sum() - below)


def uncertain(count: Numbers, n: Numbers, lost: Mask, minimum: int) -> bool:
    """Whether hidden counts of bases `n` tell too little, to somebody who knows all n and the sum of the counts.

    Each count lies from 1 to n - 1, because 0 and n are shown (from 0 to n in bases up to `minimum` + 1, where no count is shown), and must be
    uncertain by `minimum`; the rest n - count is so as well. Counts whose base is hidden too (`lost`) are one group: uncertain by
    `minimum`, or neither its count nor its rest is small.
    """
    own, end = ~lost, np.where(n > minimum + 1, 1.0, 0.0)
    joint, whole = float(count[lost].sum()), float(n[lost].sum())
    least, most = least_and_most(
        np.append(count[own], joint), np.append(end[own], 0.0), np.append((n - end)[own], whole)
    )
    wide = most - least >= minimum
    harmless = not small(joint, minimum) and not small(whole - joint, minimum)
    return bool(wide[:-1].all() and (wide[-1] or harmless))


def cover(count: Numbers, n: Numbers, hidden: Mask, lost: Mask, minimum: int) -> Mask | None:
    """What must be hidden for the `hidden` counts to be `uncertain` when their sum is known: the smallest further base that is enough.

    Two or more where no single one is enough. Counts of nobody and of everybody are no cover. None when nothing that is left would do.
    """
    gone = hidden.copy()
    while gone.any() and not uncertain(count[gone], n[gone], lost[gone], minimum):
        places = np.flatnonzero(~gone & (count > 0) & (count < n))
        if not places.size:
            return None
        ordered = places[np.lexsort((np.minimum(count, n - count)[places], n[places]))]
        for place in ordered:
            more = gone.copy()
            more[place] = True
            if uncertain(count[more], n[more], lost[more], minimum):
                return more
        gone[ordered[0]] = True
    return gone


def steps(curve: pd.DataFrame, minimum: int, centres: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Step curves in which no step tells of fewer than `minimum`: what is not shown is left out, not blank.

    Parameters
    ----------
    curve : as `survival.kaplan_meier` gives it: centre, time, n_at_risk, events, censored, survival, low, high.

    A group needs `minimum` at its start and is no hidden centre; a point is shown, the first as well, when `minimum` still are at risk, at
    least as many events (or none at the start) have come since the last point shown, and those left over are none or as many. The curve of
    all together has no point from which those of the others could be taken away. Numbers at risk stay at the start only, events nowhere.
    """
    if minimum < 2:
        return curve
    names = curve["centre"].astype(str)
    starts = curve.groupby(names, sort=False)["n_at_risk"].first()
    parts = starts.drop(TOTAL, errors="ignore").sort_values(kind="stable")
    gone = set(parts.index[parts.lt(minimum) | parts.index.isin(centres)])
    for centre in parts.index:
        if not gone or covered(parts[list(gone)], minimum):
            break
        gone.add(centre)
    gone |= set(starts.index[[small(n, minimum) for n in starts]])
    own = {c: curve[names.eq(c)] for c in starts.index}
    kept = {c: [] if c in gone else _kept(own[c], minimum, own[c].index) for c in parts.index}
    if TOTAL in own and TOTAL not in gone:
        safe = [i for i, time in own[TOTAL]["time"].items() if _safe(own, kept, time, minimum)]
        kept[TOTAL] = _kept(own[TOTAL], minimum, safe)
    shown = curve.loc[sorted(place for places in kept.values() for place in places)]
    first = ~shown["centre"].astype(str).duplicated()
    blank = {c: np.nan for c in ("events", "censored", "se") if c in shown}
    start = shown["centre"].astype(str).map(starts).where(first)
    return shown.assign(n_at_risk=start, **blank).reset_index(drop=True)


def _kept(part: pd.DataFrame, minimum: int, allowed: Iterable[Any]) -> list[Any]:
    """Rows of one curve that may be shown, of those allowed."""
    kept: list[Any] = []
    waiting, may = 0, set(allowed)
    for place, row in part.iterrows():
        waiting += row["events"]
        enough = waiting >= minimum or (not kept and not waiting)
        left = row["n_at_risk"] - row["events"]
        if place in may and enough and row["n_at_risk"] >= minimum and not small(left, minimum):
            kept.append(place)
            waiting = 0
    return kept


def _safe(
    own: dict[str, pd.DataFrame], kept: dict[str, list[Any]], time: Any, minimum: int
) -> bool:
    """Whether all together may be shown at a time: what the centres hide until then cannot be worked out, nor can who is left of them."""
    events, left = [], []
    for centre, places in kept.items():
        until = own[centre][own[centre]["time"].le(time)]
        told = until.index.isin(places)
        since = until.iloc[int(told.nonzero()[0].max()) + 1 :] if told.any() else until
        if since["events"].sum():
            events.append(float(since["events"].sum()))
            left.append(float((since["n_at_risk"] - since["events"]).iloc[-1]))
    return not events or (covered(pd.Series(events), minimum) and not small(sum(left), minimum))


def attributes(speakers: pd.DataFrame, passages: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Passages without what tells too few speakers apart: of each row, the first columns that `minimum` speakers share stay.

    Parameters
    ----------
    speakers : one row per interview, with what is known of the speaker (role, centre, ...).
    passages : may have columns of the same names; a value that would leave fewer than `minimum` speakers becomes empty.
    """
    shown = passages.copy()
    known = [c for c in passages if c in speakers]
    rows: list[tuple[Any, pd.Series]] = list(passages[known].iterrows())
    for place, row in rows:
        alike = pd.Series(True, index=speakers.index)
        for column in known:
            more = alike & speakers[column].astype(str).eq(str(row.at[column]))
            if more.sum() >= minimum:
                alike = more
            else:
                shown[column] = shown[column].astype(object)
                shown.loc[place, column] = ""
    return shown
