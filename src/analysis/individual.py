"""Reliable change of single families (Jacobson & Truax 1991): index, cut-offs, counts with shares.

Improved, unchanged and deteriorated are always reported together. A reliable change is larger than
measurement error; it is no evidence of what caused it.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.change import by_scale
from analysis.proportions import share
from analysis.waves import measured, pairs

STATUSES = ["improved", "unchanged", "deteriorated"]
Z = 1.96  # as printed by Jacobson & Truax


def jacobson_truax(sd: float, reliability: float) -> dict[str, float]:
    """Standard errors behind the reliable change index.

    S_E = sd sqrt(1 - r); S_diff = sqrt(2) S_E; smallest reliable change = 1.96 S_diff.

    Parameters
    ----------
    sd : SD of the scores before, in points (above 0).
    reliability : below 1. Retest reliability is what the formula asks for; alpha is usually higher
        and then calls too many changes reliable: say which one was used.

    Returns
    -------
    dict with s_e, s_diff, smallest_change (points). Checked against the paper: sd 7.5, r .80 give
    3.35, 4.74.
    """
    if not sd > 0:
        raise ValueError(f"the SD before must be above 0, not {sd}")
    if not 0 <= reliability < 1:
        raise ValueError(f"reliability must be at least 0 and below 1, not {reliability}")
    s_e = sd * np.sqrt(1 - reliability)
    s_diff = np.sqrt(2) * s_e
    return {"s_e": float(s_e), "s_diff": float(s_diff), "smallest_change": float(Z * s_diff)}


def cutoffs(
    mean_dysfunctional: float, sd_dysfunctional: float, mean_functional: float, sd_functional: float
) -> dict[str, float]:
    """Cut-offs for having left the dysfunctional and entered the functional population.

    a = M1 +- 2 s1 (away from the dysfunctional), b = M0 -+ 2 s0 (towards it), c = (s0 M1 + s1 M0) /
    (s0 + s1), with M1, s1 dysfunctional and M0, s0 functional; works for both directions.
    Checked against the paper: means 40 and 60, SD 7.5 give a 55, b 45, c 50.
    """
    if not (sd_dysfunctional > 0 and sd_functional > 0):
        raise ValueError("both standard deviations must be above 0")
    if mean_dysfunctional == mean_functional:
        raise ValueError("the two populations have the same mean; no cut-off separates them")
    way = np.sign(mean_functional - mean_dysfunctional)
    weighted = sd_functional * mean_dysfunctional + sd_dysfunctional * mean_functional
    return {
        "a": float(mean_dysfunctional + way * 2 * sd_dysfunctional),
        "b": float(mean_functional - way * 2 * sd_functional),
        "c": float(weighted / (sd_functional + sd_dysfunctional)),
    }


def reliable_change(
    scores: pd.DataFrame,
    first: str,
    last: str,
    reliability: Mapping[str, float],
    better: Mapping[str, str],
    sd: Mapping[str, float] | None = None,
) -> pd.DataFrame:
    """Reliable change index RC = (last - first) / S_diff of each family and scale.

    Parameters
    ----------
    scores, first, last : see `waves.pairs`.
    reliability : of each scale (see `jacobson_truax`); scales not named are left out.
    better : "lower" or "higher" for each of those scales.
    sd : SD before, by scale; where not given, that of all scores of the scale at `first`.

    Returns
    -------
    One row per family and scale: scale, family, centre, first, last, score_first, score_last,
    change, sd, reliability, s_diff, smallest_change, rci (positive = last higher), status (ordered
    categorical improved, unchanged, deteriorated; |RC| must exceed 1.96). Scales without pairs have
    no rows; where the scores at `first` do not vary and no sd is given, rci and status are missing.

    Notes
    -----
    Checked against Jacobson & Truax (1991): 32.5 to 47.5 with sd 7.5, r .80 gives RC 3.16.
    """
    _check(scores, reliability, better)
    known = measured(scores, [first, last])
    parts = []
    for scale, both in by_scale(scores, pairs(scores, first, last)):
        if scale not in reliability:
            continue
        before = known.loc[(known["scale"] == scale) & (known["wave"] == first), "score"]
        spread = (sd or {}).get(scale, before.std())
        row: dict[str, Any] = {"first": first, "last": last, "sd": spread}
        row |= {"reliability": reliability[scale], "s_diff": np.nan, "smallest_change": np.nan}
        if spread > 0:
            limits = jacobson_truax(spread, reliability[scale])
            row |= {key: limits[key] for key in ("s_diff", "smallest_change")}
        part = both.assign(**row)
        part["rci"] = part["change"] / part["s_diff"]
        gain = part["rci"] if better[scale] == "higher" else -part["rci"]
        part["status"] = _status(gain)
        parts.append(part.drop(columns="moved"))
    if not parts:
        raise ValueError("reliability names no scale that is in the scores")
    return pd.concat(parts, ignore_index=True)


def _check(
    scores: pd.DataFrame, reliability: Mapping[str, float], better: Mapping[str, str]
) -> None:
    for scale in reliability:
        if scale not in set(scores["scale"]):
            raise ValueError(f"reliability names scale {scale!r}, which is not in the scores")
        if better.get(scale) not in ("lower", "higher"):
            raise ValueError(
                f"better must say 'lower' or 'higher' for scale {scale!r}, not {better.get(scale)!r}"
            )


def _status(gain: pd.Series) -> pd.Categorical:
    """Status of each gain in units of S_diff, positive = better; NaN stays NaN."""
    codes = np.select([gain > Z, gain < -Z, gain.notna()], [0, 2, 1], default=-1)
    status = pd.CategoricalDtype(STATUSES, ordered=True)
    return pd.Categorical.from_codes(codes.astype(np.int8), dtype=status)


def reliable_change_summary(changes: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Families improved, unchanged and deteriorated on each scale, with shares.

    Parameters
    ----------
    changes : from `reliable_change`.

    Returns
    -------
    Three rows per scale: scale, first, last, reliability, smallest_change, status, count, n,
    share, low, high (Wilson), exact_low, exact_high, expected_without_change (2.5 %, 95 %, 2.5 %:
    what measurement error alone would give), test, p (exact sign test of improved against
    deteriorated, the same in the three rows). Centres are ignored.
    """
    fixed = ["first", "last", "reliability", "smallest_change"]
    tail = float(stats.norm.sf(Z))
    rows = []
    for scale, here in changes.groupby("scale", sort=False, observed=True):
        counts = here["status"].value_counts()
        moved = int(counts["improved"] + counts["deteriorated"])
        n = int(counts.sum())
        p = stats.binomtest(int(counts["improved"]), moved).pvalue if moved else 1.0
        for status in STATUSES:
            row: dict[Any, Any] = {"scale": scale} | here[fixed].iloc[0].to_dict()
            row |= {"status": status}
            row |= share(int(counts[status]), n, level)
            row |= {"expected_without_change": 1 - 2 * tail if status == "unchanged" else tail}
            row |= {"test": "sign, improved against deteriorated", "p": float(p) if n else np.nan}
            rows.append(row)
    return pd.DataFrame(rows)


def clinical_change(
    changes: pd.DataFrame, cutoff: Mapping[str, float], better: Mapping[str, str]
) -> pd.DataFrame:
    """Add `recovered`: reliably improved and crossed the cut-off of the scale in that time.

    Parameters
    ----------
    changes : from `reliable_change`.  cutoff : a, b or c of each scale (see `cutoffs`).
    better : "lower" or "higher" for each scale.

    Returns
    -------
    `changes` with cutoff and recovered (boolean). Raises ValueError for a scale without cut-off.
    """
    missing = set(changes["scale"]) - set(cutoff)
    if missing:
        raise ValueError(f"no cut-off for the scales {sorted(map(str, missing))}")
    line = changes["scale"].map(cutoff).astype(float)
    sign = changes["scale"].map(better).map({"higher": 1, "lower": -1}).astype(float)
    if sign.isna().any():
        raise ValueError("better must say 'lower' or 'higher' for every scale")
    crossed = (sign * (changes["score_first"] - line) < 0) & (
        sign * (changes["score_last"] - line) >= 0
    )
    return changes.assign(cutoff=line, recovered=crossed & (changes["status"] == "improved"))
