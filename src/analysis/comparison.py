"""One question asked in every defensible way, answers side by side: what changed, and for whom that is said."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.centres import centre_test
from analysis.change import change
from analysis.clusters import cluster_robust, wild_cluster_bootstrap
from analysis.imputation import imputed_change
from analysis.mixed import mixed_change
from analysis.ranks import signed_rank
from analysis.study import Scale, Study
from analysis.waves import pairs

CENTRES, THESE = "other centres like these", "other families of these centres"


def ways(scores: pd.DataFrame, scale: str, first: str, last: str, seed: int) -> pd.DataFrame:
    """The mean change of one scale by every method, one row each.

    Parameters
    ----------
    scores : tidy scores of one or more scales.
    seed : of the wild bootstrap and of the imputations.

    Returns
    -------
    DataFrame
        `method, speaks_of` (to whom the answer extends), `value, low, high` (scale points; missing where the method gives a p
        only), `p, n` and `unit` (what n counts).
    """
    here = scores[scores["scale"] == scale]
    centres = centre_test(here, first, last).iloc[0]
    families = change(here, first, last).iloc[0]
    mixed = mixed_change(here, first, last).iloc[0]
    imputed = imputed_change(here, first, last, seed=seed).query("method == 'imputed, MAR'").iloc[0]
    both = pairs(here, first, last)
    constant = pd.DataFrame({"change": 1.0}, index=both.index)
    robust = cluster_robust(both["change"], constant, both["centre"]).iloc[0]
    wild = wild_cluster_bootstrap(both["change"], constant, both["centre"], "change", seed=seed)
    ranked = signed_rank(both["change"])
    k, n = int(centres["k"]), int(families["n"])
    nothing: dict[str, Any] = {"value": None, "low": None, "high": None}
    rows: list[dict[str, Any]] = [
        _way("Mean of centres, t", CENTRES, centres, "mean_of_means", k, "centres"),
        {
            "method": "Mean of centres, sign-flip",
            "speaks_of": CENTRES,
            **nothing,
            "p": centres["p_flip"],
            "n": k,
            "unit": "centres",
        },
        _way("Families, CR2 by centre", CENTRES, robust, "estimate", k, "centres"),
        {
            "method": "Families, wild bootstrap by centre",
            "speaks_of": CENTRES,
            **nothing,
            "p": wild["p"],
            "n": k,
            "unit": "centres",
        },
        _way("Families, paired t", THESE, families, "mean_change", n, "families"),
        {
            "method": "Families, signed rank",
            "speaks_of": THESE,
            **nothing,
            "p": ranked["p"],
            "n": n,
            "unit": "families",
        },
        _way("Mixed model, all waves", THESE, mixed, "mean_change", int(mixed["n"]), "families"),
        _way(
            "Multiple imputation of the lost",
            THESE,
            imputed,
            "mean_change",
            int(imputed["n"]),
            "families",
        ),
    ]
    return pd.DataFrame(rows)


def _way(
    method: str, speaks_of: str, row: pd.Series, value: str, n: int, unit: str
) -> dict[str, Any]:
    numbers = {"value": row[value], "low": row["low"], "high": row["high"], "p": row["p"]}
    return {"method": method, "speaks_of": speaks_of, **numbers, "n": n, "unit": unit}


def main_scale(study: Study) -> Scale:
    """The scale whose change is told first: the first confirmatory one, or the first of all."""
    return next((scale for scale in study.scales if scale.confirmatory), study.scales[0])
