"""Regression to the mean as a what-if: how much improvement a return to the ordinary would bring, over declared assumptions.

Needs two things that a programme's own records cannot tell: how stable ratings are without it, and how much worse than usual
families were when they came. Both are assumed, over a range, and nothing here is an estimate.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from analysis.study import Scale
from analysis.waves import pairs


def expected_improvement(sd: float, retest: float, above: float) -> float:
    """Improvement expected with nothing done, in scale points: (1 - r) times how much worse than usual families came.

    Parameters
    ----------
    sd : standard deviation of the scores at the first wave.
    retest : correlation of two ratings of a family without a programme, 0 to 1.
    above : how many standard deviations worse than their ordinary level families were at the first wave.

    Notes
    -----
    Barnett, van der Pols & Dobson (2005): (1 - r)(E[X given admitted] - mu), with E[X] - mu = above * sd. Their example: mean 15,
    SD 4, r .7, admitted above 20, so 6.9153 points above: 2.0746.
    """
    if not (sd > 0 and 0 <= retest <= 1):
        raise ValueError(f"sd must be above 0 and retest between 0 and 1, not {sd} and {retest}")
    return (1 - retest) * above * sd


def what_if(
    scores: pd.DataFrame,
    scale: Scale,
    first: str,
    last: str,
    retests: Sequence[float],
    above: Sequence[float],
) -> pd.DataFrame:
    """Expected improvement of one scale for every assumption, beside what was observed.

    Returns
    -------
    DataFrame
        One row for each pair of assumptions, those given twice once: `retest, above, expected_improvement` (missing where the first scores do not vary), `observed, n` and `share_of_observed` (missing where nothing improved). Positive is
        better for families; families with a score at both waves.
    """
    both = pairs(scores[scores["scale"] == scale.name], first, last)
    sign = -1 if scale.better == "lower" else 1
    observed, sd = sign * both["change"].mean(), both["score_first"].std()
    rows = [
        {
            "retest": r,
            "above": a,
            "expected_improvement": expected_improvement(sd, r, a) if sd > 0 else float("nan"),
            "observed": observed,
            "n": len(both),
        }
        for r in dict.fromkeys(retests)
        for a in dict.fromkeys(above)
    ]
    table = pd.DataFrame(rows)
    share = table["expected_improvement"] / observed if observed > 0 else float("nan")
    return table.assign(share_of_observed=share)


def grid(table: pd.DataFrame) -> pd.DataFrame:
    """The expected improvements of `what_if` as a matrix: retest correlations by how much worse than usual families came, both rising."""
    return table.pivot(index="retest", columns="above", values="expected_improvement")
