"""Two one-sided tests against pingouin, statsmodels and hand arithmetic, and their wording."""

from pathlib import Path

import numpy as np
import pandas as pd
import pingouin as pg
import pytest
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from analysis import centres, change, waves
from analysis.equivalence import equivalence, tost, verdict

REFERENCE = Path(__file__).parent / "reference"
SLEEP = pd.read_csv(REFERENCE / "sleep_wide.csv")


def scores_of(first, last, centre="A", scale="x"):
    parts = [
        pd.DataFrame({"family": range(len(v)), "centre": centre, "wave": w, "score": v})
        for w, v in (("in", first), ("out", last))
    ]
    return pd.concat(parts, ignore_index=True).assign(scale=scale)


def six_centres(shift=0.0, between=0.3, seed=1):
    rng = np.random.default_rng(seed)
    centre = np.repeat(list("ABCDEF"), [40, 30, 20, 15, 10, 5])
    one = rng.normal(20, 3, 120)
    moved = shift + rng.normal(0, between, 6)[pd.factorize(centre)[0]]
    return scores_of(one, one + moved + rng.normal(0, 1, 120), centre)


@pytest.mark.parametrize("bound", [0.5, 1, 2, 3])
def test_tost_is_that_of_pingouin_and_statsmodels(bound):
    ours = tost(SLEEP["g2"] - SLEEP["g1"], bound)
    assert ours["p"] == pytest.approx(
        pg.tost(SLEEP["g2"], SLEEP["g1"], bound, paired=True)["pval"].item()
    )
    p, lower, upper = ttost_paired(SLEEP["g2"], SLEEP["g1"], -bound, bound)
    assert ours["p"] == pytest.approx(p)
    assert (ours["t_lower"], ours["p_lower"]) == pytest.approx(lower[:2])
    assert (ours["t_upper"], ours["p_upper"], ours["df"]) == pytest.approx(upper)


def test_tost_by_hand():
    # 1, 2, 3, 2: mean 2, sd sqrt(2/3), error .408248; (2 + 3) / .408248, (2 - 3) / .408248
    row = tost([1, 2, 3, 2], 3)
    assert (row["t_lower"], row["t_upper"]) == pytest.approx((12.24745, -2.449490), abs=1e-5)
    assert row["p"] == pytest.approx(0.045860, abs=1e-6)
    # 3 df, x = -sqrt(2): 1/2 + (x / (1 + x^2) + atan x) / pi = .5 + (-.471405 - .955317) / pi
    assert (row["low"], row["high"]) == pytest.approx((1.039245, 2.960755), abs=1e-5)  # t 2.353363


@pytest.mark.parametrize("bound", np.linspace(0.3, 4, 20))
def test_interval_lies_within_the_bounds_exactly_when_p_is_small(bound):
    row = tost(SLEEP["g2"] - SLEEP["g1"], bound)
    assert (-bound < row["low"] and row["high"] < bound) == (row["p"] < 0.05)


# Words


def test_a_large_p_is_undecided():
    row = tost([-3.0, 4, -2, 3, -4, 1], 0.5)
    assert row["p_difference"] > 0.8 and row["p"] > 0.05
    assert row["verdict"] == "undecided"


@pytest.mark.parametrize(
    ("p", "p_difference", "words"),
    [
        (0.01, 0.6, "equivalent within ±0.5"),
        (0.01, 0.01, "equivalent within ±0.5, though different from 0"),
        (0.4, 0.01, "different"),
        (0.4, 0.9, "undecided"),
        (0.05, 0.05, "undecided"),
        (np.nan, np.nan, "undecided"),
    ],
)
def test_verdicts(p, p_difference, words):
    assert verdict(p, p_difference, 0.5) == words


def test_no_verdict_ever_says_no_effect():
    rng = np.random.default_rng(3)
    found = {tost(rng.normal(m, 1, n), 0.4)["verdict"] for m in (0, 0.2, 1) for n in (2, 9, 400)}
    assert {"undecided", "different"} <= found and any("equivalent" in words for words in found)
    assert not any("no " in words for words in found)


# On scores


def test_families_and_centre_means():
    scores = six_centres()
    table = equivalence(scores, "in", "out", {"x": 0.5}).set_index("unit")
    both = waves.pairs(scores, "in", "out")
    means = both.groupby("centre")["change"].mean()
    theirs = pg.tost(both["score_last"], both["score_first"], 0.5, paired=True)["pval"].item()
    assert table.loc["families", "p"] == pytest.approx(theirs)
    assert table.loc["families", "n"] == 120 and table.loc["centre means", "n"] == 6
    judge = ttost_paired(means.to_numpy(), np.zeros(6), -0.5, 0.5)[0]
    assert table.loc["centre means", "p"] == pytest.approx(judge)
    assert table.loc["centre means", "df"] == 5


def test_when_centres_differ_families_promise_too_much():
    table = equivalence(six_centres(0.25, between=0.6), "in", "out", {"x": 0.6}).set_index("unit")
    assert table.loc["centre means", "high"] - table.loc["centre means", "low"] > 2 * (
        table.loc["families", "high"] - table.loc["families", "low"]
    )


def test_false_claims_of_equivalence_stay_at_five_percent():
    # True change exactly at the bound: by definition at most 5 % may be called equivalent.
    d = np.random.default_rng(5).normal(0.5, 1, (2000, 30))
    rate = np.mean([tost(row, 0.5)["p"] < 0.05 for row in d])
    assert 0.04 < rate < 0.06  # binomial 3 standard errors: .0146


def test_what_cannot_be_tested_is_undecided_with_a_reason():
    same = equivalence(scores_of([1.0, 2, 3], [2.0, 3, 4]), "in", "out", {"x": 2})
    assert same["verdict"].tolist() == ["undecided"] * 2
    assert same["reason"].tolist() == [change.SAME_CHANGE, centres.ONE_CENTRE]
    alone = equivalence(scores_of([1.0], [np.nan]), "in", "out", {"x": 2})
    assert alone["reason"].tolist() == [waves.NO_PAIRS, centres.NO_CENTRE]
    assert alone["p"].isna().all()


def test_only_scales_with_a_bound():
    scores = pd.concat([six_centres(), six_centres(seed=2).assign(scale="y")])
    assert equivalence(scores, "in", "out", {"y": 1})["scale"].tolist() == ["y", "y"]
    with pytest.raises(ValueError, match="without scores: \\['z'\\]"):
        equivalence(scores, "in", "out", {"z": 1})


@pytest.mark.parametrize("bound", [0, -1, np.nan, np.inf])
def test_a_bound_is_above_zero(bound):
    with pytest.raises(ValueError, match="above 0"):
        tost([1, 2, 3], bound)


def test_level_follows_alpha():
    d = SLEEP["g2"] - SLEEP["g1"]
    low, high = stats.t.interval(0.98, 9, d.mean(), d.sem())
    row = tost(d, 3, alpha=0.01)
    assert (row["low"], row["high"]) == pytest.approx((low, high))
