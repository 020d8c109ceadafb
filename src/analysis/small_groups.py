"""Groups too small to show: which centres are hidden on every page, which steps of a curve tell too much, who could tell a speaker.

Pure. Tables are made safe in `protecting`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

TOTAL = "All centres"


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
    """Whether hidden counts, each 1 or more, stay uncertain by `minimum` for who knows their sum: each lies from 1 to sum - others."""
    return len(values) > 1 and float(values.sum()) - len(values) >= minimum


def steps(curve: pd.DataFrame, minimum: int, centres: frozenset[str] = frozenset()) -> pd.DataFrame:
    """Step curves in which no step tells of fewer than `minimum`: what is not shown is left out, not blank.

    Parameters
    ----------
    curve : as `survival.kaplan_meier` gives it: centre, time, n_at_risk, events, censored, survival, low, high.

    A group needs `minimum` at its start and is no hidden centre; a point is shown when `minimum` still are at risk and at least as many
    events have come since the last point shown. Numbers at risk stay at the start only, events nowhere.
    """
    if minimum < 2:
        return curve
    starts = curve.groupby(curve["centre"].astype(str), sort=False)["n_at_risk"].first()
    parts = starts.drop(TOTAL, errors="ignore").sort_values(kind="stable")
    gone = set(parts.index[parts.lt(minimum) | parts.index.isin(centres)])
    for centre in parts.index:
        if not gone or covered(parts[list(gone)], minimum):
            break
        gone.add(centre)
    kept = []
    for centre, part in curve.groupby("centre", sort=False, observed=True):
        if str(centre) in gone or small(part["n_at_risk"].iloc[0], minimum):
            continue
        waiting = 0
        for place, row in part.iterrows():
            waiting += row["events"]
            if place == part.index[0] or (waiting >= minimum and row["n_at_risk"] >= minimum):
                kept.append(place)
                waiting = 0
    shown = curve.loc[kept]
    first = ~shown["centre"].astype(str).duplicated()
    blank = {c: np.nan for c in ("events", "censored", "se") if c in shown}
    return shown.assign(n_at_risk=shown["n_at_risk"].where(first), **blank).reset_index(drop=True)


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
