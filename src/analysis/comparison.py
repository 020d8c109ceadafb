"""One question asked in every defensible way, answers side by side: what changed, and for whom that is said."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.centres import centre_test, centres_with_pairs
from analysis.change import change
from analysis.clusters import cluster_robust, wild_cluster_bootstrap
from analysis.imputation import imputed_change
from analysis.mixed import mixed_change
from analysis.ranks import signed_rank
from analysis.study import Scale, Study
from analysis.waves import pairs

CENTRES, THESE = "other centres like these", "other families of these centres"
FAMILIES = "other families like these"
FEWEST_CENTRES = 4


def headline(study: Study, scores: pd.DataFrame) -> pd.DataFrame:
    """The change of each scale from the first to the last wave, on the widest units that the records hold.

    Centres are the units where `FEWEST_CENTRES` of them have families with a score at both waves; else every family is one. Two or three
    means can lie close together by luck, and then a t interval over them is narrow for no reason.

    Returns
    -------
    DataFrame
        `scale, units` ("centres" or "families"), `base` (the column that counts them: k, or n for families), then as
        `centres.centre_test`, the change itself as `estimate`.
    """
    first, last = study.first_wave, study.last_wave
    confirmatory = [scale.name for scale in study.scales if scale.confirmatory]
    enough = centres_with_pairs(scores, first, last) >= FEWEST_CENTRES
    counted = scores if enough else scores.assign(centre=scores["family"])
    tests = centre_test(counted, first, last, confirmatory)
    tests.insert(1, "units", "centres" if enough else "families")
    tests.insert(2, "base", "k" if enough else "n")
    return tests.rename(columns={"mean_of_means": "estimate"})


def ways(scores: pd.DataFrame, scale: str, first: str, last: str, seed: int) -> pd.DataFrame:
    """The mean change of one scale by every method, one row each; where fewer than two centres can be compared, by those of families.

    Parameters
    ----------
    scores : tidy scores of one or more scales.
    seed : of the wild bootstrap and of the imputations.

    Returns
    -------
    DataFrame
        `method, speaks_of` (to whom the answer extends), `change, low, high` (scale points; missing where the method gives a p
        only), `p, n` and `unit` (what n counts).
    """
    here = scores[scores["scale"] == scale]
    families = _over_families(here, first, last, seed)
    if centres_with_pairs(here, first, last) < 2:
        return pd.DataFrame([row | {"speaks_of": FAMILIES} for row in families])
    return pd.DataFrame([*_over_centres(here, first, last, seed), *families])


def _over_centres(scores: pd.DataFrame, first: str, last: str, seed: int) -> list[dict[str, Any]]:
    """Methods whose answer extends to other centres; n counts centres."""
    means = centre_test(scores, first, last).iloc[0]
    both = pairs(scores, first, last)
    constant = pd.DataFrame({"change": 1.0}, index=both.index)
    robust = cluster_robust(both["change"], constant, both["centre"]).iloc[0]
    wild = wild_cluster_bootstrap(both["change"], constant, both["centre"], "change", seed=seed)
    rows = [
        _way("Mean of centres, t", means, "mean_of_means"),
        _p_only("Mean of centres, sign-flip", means["p_flip"]),
        _way("Families, CR2 by centre", robust, "estimate"),
        _p_only("Families, wild bootstrap by centre", wild["p"]),
    ]
    return [row | {"speaks_of": CENTRES, "n": int(means["k"]), "unit": "centres"} for row in rows]


def _over_families(scores: pd.DataFrame, first: str, last: str, seed: int) -> list[dict[str, Any]]:
    """Methods whose answer extends to other families of the same centres; n counts families."""
    paired = change(scores, first, last).iloc[0]
    ranked = signed_rank(pairs(scores, first, last)["change"])
    mixed = mixed_change(scores, first, last).iloc[0]
    imputed = (
        imputed_change(scores, first, last, seed=seed).query("method == 'imputed, MAR'").iloc[0]
    )
    rows = [
        _way("Families, paired t", paired, "mean_change") | {"n": int(paired["n"])},
        _p_only("Families, signed rank", ranked["p"]) | {"n": int(paired["n"])},
        _way("Mixed model, all waves", mixed, "mean_change") | {"n": int(mixed["n"])},
        _way("Multiple imputation of the lost", imputed, "mean_change") | {"n": int(imputed["n"])},
    ]
    return [row | {"speaks_of": THESE, "unit": "families"} for row in rows]


def _way(method: str, row: pd.Series, value: str) -> dict[str, Any]:
    numbers = {"change": row[value], "low": row["low"], "high": row["high"], "p": row["p"]}
    return {"method": method, "speaks_of": "", **numbers}


def _p_only(method: str, p: float) -> dict[str, Any]:
    return {"method": method, "speaks_of": "", "change": None, "low": None, "high": None, "p": p}


def main_scale(study: Study) -> Scale:
    """The scale whose change is told first: the first confirmatory one, or the first of all."""
    return next((scale for scale in study.scales if scale.confirmatory), study.scales[0])


def corrected(row: pd.Series) -> pd.Series:
    """A row of `headline` with the p that counts: corrected by Holm for a scale named in advance, as it is for any other."""
    return row.rename({"p_holm": "p", "p": "p_alone"}) if pd.notna(row["p_holm"]) else row


def smallest_that_matters(study: Study, share: float) -> dict[str, float]:
    """The smallest change that matters on each scale, in scale points: the same share of every scale's range."""
    return {s.name: share * (s.high - s.low) for s in study.scales}
