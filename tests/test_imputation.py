"""Rubin's rules against mice and by hand; imputation against Anderson (1957) and known truth."""

import numpy as np
import pandas as pd
import pytest

from analysis import imputation, waves
from analysis.change import change
from analysis.imputation import imputed_change, pool
from analysis.threats import dropout_bounds

WAVES = ["w1", "w2", "w3"]


def scores_of(wide, centre="A", scale="x"):
    """Scores frame from an array (families, waves); NaN where a score is missing."""
    frame = pd.DataFrame(wide, columns=WAVES[: np.shape(wide)[1]]).assign(
        centre=centre, scale=scale
    )
    long = frame.rename_axis("family").reset_index()
    long = long.melt(["family", "centre", "scale"], var_name="wave", value_name="score")
    return long.assign(wave=pd.Categorical(long["wave"], WAVES, ordered=True))


def dropouts(n=200, seed=1, fall=-0.5):
    """Three waves; the higher the last score, the likelier the leaving (missing at random)."""
    rng = np.random.default_rng(seed)
    y = np.empty((n, 3))
    y[:, 0] = rng.normal(10, 2, n)
    for w in (1, 2):
        y[:, w] = 10 + 0.7 * (y[:, w - 1] - 10) + rng.normal(0, 1.4, n) + fall * (w == 2)
        gone = np.isnan(y[:, w - 1]) | (rng.random(n) < 0.5 / (1 + np.exp(-(y[:, w - 1] - 10))))
        y[gone, w] = np.nan
    return y


# Rubin's rules


def variances(within, between, m=10):
    """m estimates and variances with exactly this mean variance and variance of estimates."""
    z = np.arange(m) - (m - 1) / 2
    return z / z.std(ddof=1) * np.sqrt(between), np.full(m, within)


@pytest.mark.parametrize(
    ("estimate", "ubar", "b", "total", "df", "riv", "share", "fmi"),
    [
        (30.50, 3.408, 1.454, 5.01, 12.4, 0.469, 0.319, 0.408),
        (-2.13, 0.906, 0.238, 1.17, 15.1, 0.289, 0.224, 0.310),
    ],
)
def test_pooling_is_that_of_mice(estimate, ubar, b, total, df, riv, share, fmi):
    # pool(with(mice(nhanes, m = 10, seed = 24415), lm(bmi ~ age))), dfcom = 23: van Buuren (2018)
    spread, u = variances(ubar, b)
    row = pool(spread + estimate, u, 23)
    assert row["estimate"] == pytest.approx(estimate)
    assert row["total"] == pytest.approx(total, abs=6e-3)
    assert row["df"] == pytest.approx(df, abs=0.06)
    assert (row["riv"], row["share"], row["fmi"]) == pytest.approx((riv, share, fmi), abs=6e-4)


def test_pooling_by_hand():
    # 1, 2, 3 with variance 1: B = 1, T = 1 + 4/3, lambda = 4/7, df = 2 (7/4)^2 = 6.125,
    # r = 4/3, fmi = (4/3 + 2 / 9.125) / (7/3)
    row = pool([1, 2, 3], [1, 1, 1])
    assert (row["within"], row["between"], row["total"]) == pytest.approx((1, 1, 7 / 3))
    assert (row["share"], row["df"]) == pytest.approx((4 / 7, 6.125))
    assert row["fmi"] == pytest.approx(0.665362, abs=1e-6)
    assert row["t"] == pytest.approx(2 / np.sqrt(7 / 3))
    # Barnard & Rubin with 10 complete df: 11/13 * 10 * 3/7 = 330/91, and 1 / (8/49 + 91/330)
    assert pool([1, 2, 3], [1, 1, 1], 10)["df"] == pytest.approx(16170 / 7099)


def test_nothing_missing_pools_to_the_complete_analysis():
    row = pool([2.0, 2, 2], [0.25, 0.25, 0.25], 9)
    assert (row["df"], row["fmi"], row["se"]) == (9, 0, 0.5)


def test_pool_refusals():
    with pytest.raises(ValueError, match="two or more"):
        pool([1], [1])
    with pytest.raises(ValueError, match="above 0"):
        pool([1, 2], [1, 0])


# Imputed change


def test_many_imputations_reach_the_maximum_likelihood_estimate():
    # Anderson (1957): with y2 missing, mean(y2) = mean over everybody of the regression on y1,
    # fitted where both are known.
    y = dropouts(300)[:, [0, 1]]
    both = ~np.isnan(y[:, 1])
    slope, constant = np.polyfit(y[both, 0], y[both, 1], 1)
    expected = np.where(both, y[:, 1], constant + slope * y[:, 0]).mean() - y[:, 0].mean()
    row = imputed_change(scores_of(y), "w1", "w2", m=500).iloc[1]
    error = np.sqrt(row["fmi"]) * row["se"] / np.sqrt(500)
    assert row["mean_change"] == pytest.approx(expected, abs=4 * error)
    assert abs(change(scores_of(y), "w1", "w2")["mean_change"].item() - expected) > 8 * error


def test_imputing_undoes_dropout_that_follows_the_scores():
    y = dropouts(20_000)
    table = imputed_change(scores_of(y), "w1", "w3", m=5).set_index("method")
    # truth: -.5 by construction; the standard error is about .02
    assert table.loc["imputed, MAR", "mean_change"] == pytest.approx(-0.5, abs=0.08)
    assert abs(table.loc["complete cases", "mean_change"] + 0.5) > 0.2


@pytest.mark.slow
def test_intervals_cover_the_truth():
    hits = 0
    for seed in range(300):
        row = imputed_change(scores_of(dropouts(80, seed)), "w1", "w3", m=10, seed=seed).iloc[1]
        hits += row["low"] < -0.5 < row["high"]
    assert 0.91 < hits / 300 < 0.99  # binomial, 3 standard errors: .038


def test_complete_cases_are_those_of_change():
    scores = scores_of(dropouts())
    ours, theirs = (f(scores, "w1", "w3").iloc[0] for f in (imputed_change, change))
    assert ours["method"] == "complete cases"
    for name in ("n", "mean_change", "low", "high", "t", "df", "p"):
        assert ours[name] == pytest.approx(theirs[name]), name


def test_delta_moves_the_mean_by_the_share_imputed():
    scores = scores_of(dropouts())
    table = imputed_change(scores, "w1", "w3", delta=[-1, 0, 2])
    assert table["method"].tolist() == [
        "complete cases",
        "imputed, MNAR",
        "imputed, MAR",
        "imputed, MNAR",
    ]
    low, zero, high = table["mean_change"].iloc[1:]
    share = table["n_imputed"].iloc[1] / table["n"].iloc[1]
    assert low == pytest.approx(zero - share) and high == pytest.approx(zero + 2 * share)
    whole = dropout_bounds(scores, "w1", "w3", {"x": (0.0, 20.0)}).iloc[0]
    assert (table["n"].iloc[1], table["n_imputed"].iloc[1]) == (
        whole["n_first"],
        whole["n_missing"],
    )
    assert whole["bound_low"] < zero < whole["bound_high"]


def test_same_seed_same_result():
    scores = scores_of(dropouts())
    once, again = (imputed_change(scores, "w1", "w3", seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(once, again)
    other = imputed_change(scores, "w1", "w3", seed=6)
    assert once["mean_change"].iloc[1] != other["mean_change"].iloc[1]
    assert once["mean_change"].iloc[0] == other["mean_change"].iloc[0]


def test_a_family_seen_again_after_a_gap_keeps_its_score():
    y = dropouts()
    back = np.flatnonzero(np.isnan(y[:, 1]))[:10]
    y[back, 2] = 9.0
    table = imputed_change(scores_of(y), "w1", "w3")
    assert table["n_imputed"].iloc[1] == np.isnan(y[:, 2]).sum()
    assert table["n"].iloc[0] == (~np.isnan(y[:, 2])).sum()


def test_nothing_missing_is_the_paired_t_test():
    y = np.where(np.isnan(dropouts()), 8.0, dropouts())
    plain, imputed = imputed_change(scores_of(y), "w1", "w3").to_dict("records")
    assert imputed["reason"] == imputation.NOTHING_MISSING and imputed["fmi"] == 0
    assert (imputed["low"], imputed["p"]) == pytest.approx((plain["low"], plain["p"]))


def test_centres_are_imputed_from_their_own_families():
    # Two centres 6 points apart at the last wave, no relation to the first score, no noise to speak
    # of: the lost families of each centre must land near their own centre.
    rng = np.random.default_rng(1)
    y = np.column_stack([rng.normal(10, 1, 80), np.repeat([4.0, 10.0], 40)])
    y[:, 1] += rng.normal(0, 0.01, 80)
    y[40:70, 1] = np.nan
    row = imputed_change(scores_of(y, np.repeat(["A", "B"], 40)), "w1", "w2").iloc[1]
    assert row["mean_change"] == pytest.approx(7 - y[:, 0].mean(), abs=0.02)


# Limits


def test_what_cannot_be_imputed_has_a_reason():
    few = np.full((8, 2), 3.0)
    few[:, 0] = np.arange(8)
    few[3:, 1] = np.nan
    assert imputed_change(scores_of(few), "w1", "w2")["reason"].iloc[1] == imputation.TOO_FEW
    y = dropouts()[:, :2]
    y[:50, 1] = np.nan
    gone = scores_of(y, np.where(np.arange(200) < 50, "A", "B"))
    table = imputed_change(gone, "w1", "w2")
    assert table["reason"].tolist() == ["", imputation.NO_MODEL]
    assert np.isnan(table["mean_change"].iloc[1]) and table["mean_change"].notna().iloc[0]
    nobody = imputed_change(scores_of(np.array([[np.nan, 1.0]])), "w1", "w2")
    assert nobody["reason"].tolist() == [waves.NO_PAIRS, waves.NO_PAIRS]


def test_a_wave_a_scale_skipped_is_no_obstacle():
    y = dropouts()
    skipped = y.copy()
    skipped[:, 1] = np.nan
    both = pd.concat([scores_of(y), scores_of(skipped, scale="skips")])
    table = imputed_change(both, "w1", "w3").set_index(["scale", "method"])
    assert table["reason"].tolist() == [""] * 4
    assert np.isfinite(table.loc[("skips", "imputed, MAR"), "mean_change"])


def test_refusals():
    with pytest.raises(ValueError, match="two or more imputations"):
        imputed_change(scores_of(dropouts()), "w1", "w3", m=1)
    with pytest.raises(ValueError, match="has no centre"):
        imputed_change(scores_of(dropouts(), centre=None), "w1", "w3")
