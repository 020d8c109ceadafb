"""How curators and supervisors work together: meetings kept, their usefulness, and the alliance seen from both sides.

The pair is the unit: ratings of one curator at several dates are one mean first. Pairs of one supervisor
are not independent, which the intervals here do not know; the number of supervisors stands beside them.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.change import mean_test
from analysis.informants import icc
from analysis.proportions import share

SIDES = ("curator", "supervisor")


def kept(supervision: pd.DataFrame, by: pd.Series | None = None) -> pd.DataFrame:
    """Planned meetings that took place, together or by a group such as the centre.

    Parameters
    ----------
    supervision : table `supervision`.
    by : curator -> group (index: curator), such as `staff.set_index("curator")["centre"]`.

    Returns
    -------
    One row per group in alphabetical order: group ("all" without `by`), curators, count, n (meetings
    planned), share, low, high (Wilson; meetings of one curator are alike, so really wider).
    """
    rows = []
    for name, part in _groups(supervision, by):
        row = {"group": name, "curators": part["curator"].nunique()}
        row |= share(int(part["kept"].sum()), len(part))
        rows.append({key: cell for key, cell in row.items() if not key.startswith("exact")})
    return pd.DataFrame(rows)


def usefulness(supervision: pd.DataFrame, by: pd.Series | None = None) -> pd.DataFrame:
    """Mean usefulness of the meetings that took place, over curators.

    Each curator's ratings are one mean, so that who meets often does not weigh more. Meetings not kept
    and ratings not given are left out.

    Returns
    -------
    One row per group: group, n (curators who rated), ratings, mean, sd, low, high (t over curators).
    """
    held = supervision[supervision["kept"] & supervision["usefulness"].notna()]
    rows = []
    for name, part in _groups(held, by):
        test = mean_test(part.groupby("curator")["usefulness"].mean())
        rows.append({"group": name, "ratings": len(part)} | test)
    columns = ["group", "n", "ratings", "mean", "sd", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def monthly(supervision: pd.DataFrame) -> pd.DataFrame:
    """Meetings kept by month as points of a control chart: `x` (first day), `count` (kept), `n` (planned)."""
    month = supervision["date"].dt.to_period("M").dt.to_timestamp()
    table = supervision.groupby(month)["kept"].agg(count="sum", n="size")
    return table.rename_axis("x").reset_index()


def paired_sides(alliance: pd.DataFrame) -> pd.DataFrame:
    """Both sides' mean rating of each aspect: `curator, supervisor, aspect, by_curator, by_supervisor`.

    Pairs where only one side rated an aspect have the other missing. A curator who changed the
    supervisor is two pairs.

    Raises
    ------
    ValueError : a side that is neither "curator" nor "supervisor".
    """
    wrong = alliance.loc[~alliance["side"].isin(SIDES), "side"]
    if len(wrong):
        raise ValueError(
            f"row {wrong.index[0]}: side is {wrong.iloc[0]!r}; expected curator or supervisor"
        )
    keys = ["curator", "supervisor", "aspect"]
    means = alliance.groupby([*keys, "side"], sort=True)["rating"].mean().unstack("side")
    means = means.reindex(columns=list(SIDES)).add_prefix("by_")
    return means.rename_axis(columns=None).reset_index()


def by_aspect(alliance: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """How each side sees each aspect, how far they differ, and how well they agree about their pair.

    Returns
    -------
    One row per aspect, in the order of the table: aspect, n (pairs with both sides), supervisors,
    one_side (pairs rated by one side only), mean_curator, mean_supervisor, difference (curator less
    supervisor, rating points), low, high, test, t, df, p, reason (paired t), icc, icc_low, icc_high
    (absolute agreement of single ratings, see `agreement`).

    Notes
    -----
    A small mean difference is no agreement: sides may differ in each pair and cancel out over pairs;
    that is what icc tells. Checked by hand arithmetic; icc see `agreement`.
    """
    pairs = paired_sides(alliance)
    rows = []
    for aspect in dict.fromkeys(alliance["aspect"]):
        here = pairs[pairs["aspect"].eq(aspect)]
        both = here.dropna(subset=["by_curator", "by_supervisor"])
        test = mean_test(both["by_curator"] - both["by_supervisor"], level)
        row: dict[str, Any] = {"aspect": aspect, "n": test.pop("n")}
        row |= {"supervisors": both["supervisor"].nunique(), "one_side": len(here) - len(both)}
        row |= {f"mean_{side}": both[f"by_{side}"].mean() for side in SIDES}
        row |= {"difference": test.pop("mean")} | test
        rows.append(row | agreement(both[["by_curator", "by_supervisor"]], level))
    return pd.DataFrame(rows)


def agreement(ratings: pd.DataFrame, level: float = 0.95) -> dict[str, float]:
    """Intraclass correlation of absolute agreement, ICC(A,1): could one rater stand for the other?

    Parameters
    ----------
    ratings : one row per pair, one column per side, nothing missing.

    Returns
    -------
    dict with icc, icc_low, icc_high; missing with fewer than two pairs or when nothing varies, without an interval when the
    sides differ by a constant only. Computed and checked in `informants.icc`.
    """
    found = icc(ratings.to_numpy(dtype=float), level)
    return {f"icc{end}": float(found[f"agreement{end}"]) for end in ("", "_low", "_high")}


def _groups(table: pd.DataFrame, by: pd.Series | None) -> list[tuple[Any, pd.DataFrame]]:
    if by is None:
        return [("all", table)] if len(table) else []
    return list(table.groupby(table["curator"].map(by), sort=True, observed=True))
