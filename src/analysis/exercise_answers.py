"""Right answers of the exercises on the pages “Learn the methods”, from the other rooms, and what usual mistakes would give.

One function an exercise: the changed parameter before and after, then what the page was made from; back come the values under
`right` and under the names of mistakes. Answers are checked in `exercises`. The tables that only these pages show are here too.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from analysis import agreement as coders
from analysis import joint as displays
from analysis import qca as comparative
from analysis.centres import sign_flip
from analysis.ordinary import what_if
from analysis.printed import parse_base
from analysis.proportions import attainable_share
from analysis.scales import reliability as scale_reliability
from analysis.sets import left_out
from analysis.study import Scale
from analysis.threats import dropout_bounds

LIMIT = 0.05


def reliability(
    before: bool,
    after: bool,
    *,
    items: pd.DataFrame,
    reverse: Sequence[str],
    valid_range: tuple[float, float],
) -> dict[str, float]:
    """How far alpha moves when the reversed items are not turned; `items` of one wave, one column per item. Missing without such items."""

    def alpha(chosen: pd.DataFrame, turned: bool) -> float:
        keys = [item for item in reverse if turned and item in chosen]
        row = scale_reliability(chosen, reverse=keys, bootstrap=0, valid_range=valid_range)
        return float(row["alpha"].iloc[0])

    if not reverse:
        return {"right": math.nan}
    old, new = alpha(items, before), alpha(items, after)
    rest = alpha(items.drop(columns=list(reverse)), after)
    return {
        "right": new - old,
        "level": new,
        "left_out": rest - old,
        "relative": 100 * (new - old) / old,
    }


def agreement(
    before: str, after: str, *, coding: pd.DataFrame, documents: Mapping[str, str], code: str
) -> dict[str, float]:
    """How far Krippendorff's alpha of one code moves from one unit to another."""
    old, new = (
        coders.agreement(coding, coders.units(documents, unit), [code], bootstrap=0, seed=0).iloc[0]
        for unit in (before, after)
    )
    moved = new["alpha"] - old["alpha"]
    return {
        "right": moved,
        "level": new["alpha"],
        "other_row": new["percent"] - old["percent"],
        "relative": 100 * moved / old["alpha"],
    }


def reach(planned: int, fewest: int = 4, most: int = 10) -> pd.DataFrame:
    """The smallest p the sign-flip test allows, by number of centres, and after Holm's correction for the `planned` scales.

    Returns
    -------
    DataFrame
        `centres, smallest_p` (2 / 2^k, all centres moving one way), `corrected` (times `planned`, at most 1), `reachable` (below .05).
    """
    rows = []
    for k in range(fewest, most + 1):
        smallest = sign_flip([1.0] * k)["smallest_p"]
        corrected = min(1.0, planned * smallest)
        rows.append((k, smallest, corrected, corrected < LIMIT))
    return pd.DataFrame(rows, columns=["centres", "smallest_p", "corrected", "reachable"])


def few_centres(before: int, after: int) -> dict[str, float]:
    """From how many centres on the sign-flip test can fall below .05 after correction for `after` scales."""

    def least(planned: float) -> float:
        return next(float(k) for k in range(2, 40) if planned * 2 / 2**k < LIMIT)

    table = reach(after, 2, 16)
    right = float(table.loc[table["reachable"], "centres"].min())
    return {
        "right": right,
        "uncorrected": least(before),
        "one_sided": least(after / 2),
        "one_more": right + 1,
    }


def regression(
    before: float,
    after: float,
    *,
    scores: pd.DataFrame,
    scale: Scale,
    first: str,
    last: str,
    above: float,
) -> dict[str, float]:
    """By how much the improvement expected with nothing done grows with another retest correlation."""
    old, new = what_if(scores, scale, first, last, [before, after], [above]).to_dict("records")
    grows = new["expected_improvement"] - old["expected_improvement"]
    return {
        "right": grows,
        "level": new["expected_improvement"],
        "in_deviations": (before - after) * above,
        "of_observed": 100 * grows / new["observed"] if new["observed"] else math.nan,
    }


def everybody(stayed: float, share_missing: float, lost_change: float) -> float:
    """Mean change of all families if the lost changed by `lost_change` on average: (1 - m) D + m x.

    `stayed` is D and `share_missing` m, as in `threats.bounds`. Hand arithmetic: D = -0.5, 30 % lost, x = 1 gives -0.05.
    """
    return (1 - share_missing) * stayed + share_missing * lost_change


def dropout(
    before: float, after: float, *, scores: pd.DataFrame, scale: Scale, first: str, last: str
) -> dict[str, float]:
    """Mean change of all families if the lost changed by so many points."""
    limits = {scale.name: (scale.low, scale.high)}
    here = scores[scores["scale"] == scale.name]
    edge = dropout_bounds(here, first, last, limits).iloc[0]
    stayed, m = float(edge["mean_change"]), float(edge["share_missing"])
    return {
        "right": everybody(stayed, m, after),
        "not_changed": everybody(stayed, m, before),
        "stayed_only": stayed,
        "unweighted": (stayed + after) / 2,
        "swapped": m * stayed + (1 - m) * after,
    }


def related(display: pd.DataFrame, margin: float) -> pd.DataFrame:
    """A joint display (`joint.side_by_side`) with words and relation under another margin of balance."""
    words = [
        displays.words_say(good, bad, margin)
        for good, bad in zip(display["strengths"], display["barriers"], strict=True)
    ]
    pairs = zip(display["numbers"], words, strict=True)
    return display.assign(
        words=words, relation=[displays.RULE.get(pair, "silent") for pair in pairs]
    )


def joint(before: float, after: float, *, display: pd.DataFrame) -> dict[str, float]:
    """In how many centres words only expand the numbers, under another margin."""
    old, new = related(display, before)["relation"], related(display, after)["relation"]
    return {
        "right": float(new.eq("expands").sum()),
        "before": float(old.eq("expands").sum()),
        "discords": float(new.eq("discords").sum()),
        "inconclusive": float(display["numbers"].eq("inconclusive").sum()),
    }


def neighbours(percent: str, base: int) -> pd.DataFrame:
    """The whole counts on both sides of a printed percentage: `count, n, percent` as one decimal more than printed.

    Hand arithmetic: 18.0 of 117 lies between 21 (17.95) and 22 (18.80).
    """
    people = parse_base(base)
    below = math.floor(float(percent) * people / 100)
    counts = [count for count in range(below - 1, below + 3) if 0 <= count <= people]
    return pd.DataFrame({"count": counts, "n": people}).assign(
        percent=lambda table: 100 * table["count"] / table["n"]
    )


def audit(before: int, after: int) -> dict[str, float]:
    """Percent of wrong one-decimal figures that the check of whole people catches at another base."""

    def caught(base: int, decimals: int) -> float:
        return 100 * (1 - attainable_share(base, decimals))

    return {
        "right": caught(after, 1),
        "passes": 100 - caught(after, 1),
        "before": caught(before, 1),
        "whole": caught(after, 0),
    }


def qca(
    before: str, after: str, *, cases: pd.DataFrame, conditions: Sequence[str], outcome: str
) -> dict[str, float]:
    """Percent of the possible combinations without a case, once a condition is added to `conditions`."""

    def table(added: str) -> pd.DataFrame:
        return chosen(cases, conditions, added, outcome)

    new = comparative.diversity(comparative.truth_table(table(after), outcome))
    old = comparative.diversity(comparative.truth_table(table(before), outcome))
    unseen = 100 * new["remainders"] / new["possible"]
    return {
        "right": unseen,
        "before": 100 * old["remainders"] / old["possible"],
        "seen": 100 - unseen,
        "counted": float(new["remainders"]),
        "cases": 100 * len(left_out(table(after))) / len(cases),
    }


def chosen(
    cases: pd.DataFrame, conditions: Sequence[str], added: str, outcome: str
) -> pd.DataFrame:
    """The sets of an analysis: its conditions, one more if `added` names it, and the outcome."""
    return cases[[*conditions, *([added] if added else []), outcome]]


SOLVERS: Mapping[str, Callable[..., dict[str, float]]] = {
    "reliability": reliability,
    "agreement": agreement,
    "few_centres": few_centres,
    "regression": regression,
    "dropout": dropout,
    "joint": joint,
    "audit": audit,
    "qca": qca,
}
