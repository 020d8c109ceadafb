"""Regression to the mean, bounds, tipping point and dropout, against papers and hand arithmetic."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.threats import (
    bounds,
    dropout_bounds,
    expected_regression,
    expected_regression_observed,
    left_by_centre,
    tipping_point,
    who_left,
)

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {row["name"]: row for row in json.loads((REFERENCE / "statistics.json").read_text())}


def scores_of(first, last, scale="x"):
    n = len(first)
    frame = pd.DataFrame(
        {
            "family": [*range(n), *range(n)],
            "centre": ["A" if i % 2 else "B" for i in range(n)] * 2,
            "wave": ["in"] * n + ["out"] * n,
            "scale": scale,
            "score": [*first, *last],
        }
    )
    return frame.assign(wave=pd.Categorical(frame["wave"], ["in", "out"], ordered=True))


# Regression to the mean


def test_expected_fall_is_that_of_barnett_2005():
    given = VECTORS["regression_to_mean"]["expected"]
    row = expected_regression(given["mu"], given["sd"], given["r"], given["cut"]).iloc[0]
    assert row["mean_admitted"] == pytest.approx(given["EX_selected"], abs=1e-9)
    assert row["expected_change"] == pytest.approx(-given["expected_drop_without_effect"], abs=1e-9)


@pytest.mark.parametrize(
    ("r", "cut", "fall", "back"),
    [
        (0.6, 0, 0.32, 0.30),
        (0.6, 1, 0.61, 0.54),
        (0.7, 0.5, 0.34, 0.36),
        (0.7, 1, 0.46, 0.47),
        (0.8, 0, 0.16, 0.21),
        (0.8, 1, 0.31, 0.39),
        (0.9, 0.5, 0.11, 0.21),
        (0.9, 1, 0.15, 0.27),
    ],
)
def test_fall_and_leaving_the_band_are_those_simulated_elsewhere(r, cut, fall, back):
    row = expected_regression(0, 1, r, cut).iloc[0]
    assert row["expected_change"] == pytest.approx(-fall, abs=0.006)
    assert row["share_back"] == pytest.approx(back, abs=0.006)


def test_half_plane_has_a_closed_form():
    # P(Y < 0 | X > 0) = 1/2 - arcsin(r) / pi
    row = expected_regression(0, 1, 0.7, 0).iloc[0]
    assert row["share_back"] == pytest.approx(0.5 - np.arcsin(0.7) / np.pi, abs=1e-12)
    assert row["share_admitted"] == 0.5


def test_regression_mirrors_and_has_sane_ends():
    above = expected_regression(3, 0.5, 0.7, 3.6).iloc[0]
    below = expected_regression(3, 0.5, 0.7, 2.4, "below").iloc[0]
    assert below["expected_change"] == pytest.approx(-above["expected_change"])
    assert below["expected_change"] > 0
    assert below["share_back"] == pytest.approx(above["share_back"])
    assert expected_regression(3, 0.5, 1, 3.6).loc[0, "expected_change"] == 0
    assert expected_regression(3, 0.5, 1, 3.6).loc[0, "share_back"] == pytest.approx(0, abs=1e-9)
    assert expected_regression(0, 1, 0, 1).loc[0, "share_back"] == pytest.approx(stats.norm.cdf(1))
    assert 20 < expected_regression(0, 1, 0.5, 20).loc[0, "mean_admitted"] < 20.1
    for wrong in ({"sd": 0}, {"r": 1.2}, {"side": "left"}, {"cut": 90}):
        with pytest.raises(ValueError):
            expected_regression(**({"mean": 0, "sd": 1, "r": 0.5, "cut": 1} | wrong))


def test_a_null_world_leaves_no_remainder():
    # Families above +1 SD, retest r .7, no programme: the fall is all regression to the mean.
    rng = np.random.default_rng(4)
    first = rng.normal(size=60_000)
    last = 0.7 * first + np.sqrt(1 - 0.49) * rng.normal(size=60_000)
    chosen = first > 1
    scores = scores_of(first[chosen], last[chosen])
    rows = expected_regression_observed(scores, "in", "out", [0.5, 0.7, 1.0], {"x": 0.0})
    rows = rows.set_index("r")
    assert rows.loc[0.7, "mean_change"] == pytest.approx(-0.457, abs=0.02)
    assert rows.loc[0.7, "low"] < 0 < rows.loc[0.7, "high"]
    assert rows.loc[1.0, "remainder"] == rows.loc[1.0, "mean_change"]  # r = 1: nothing regresses
    assert rows.loc[0.5, "remainder"] > 0.1  # too low an r explains more than happened
    assert rows["n"].eq(chosen.sum()).all()


def test_observed_regression_by_hand_and_its_errors():
    scores = scores_of([4.0, 5.0, 3.0], [3.0, 4.5, 3.0])
    row = expected_regression_observed(scores, "in", "out", [0.8], {"x": 3.0}).iloc[0]
    assert row["expected_change"] == pytest.approx(-0.2 * (4 - 3))
    assert row["remainder"] == pytest.approx(-0.5 + 0.2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        expected_regression_observed(scores, "in", "out", [1.5], {"x": 3.0})
    with pytest.raises(ValueError, match="'y'"):
        expected_regression_observed(scores, "in", "out", [0.5], {"y": 3.0})


# Bounds and tipping point


def test_bounds_and_tipping_point_worked_by_hand():
    # 30 % lost, D = -0.5 on a 1-5 mean: .7 * -.5 -+ .3 * 4; .5 * .7 / .3
    row = bounds(-0.5, 0.3, -4, 4).iloc[0]
    assert (row["bound_low"], row["bound_high"]) == pytest.approx((-1.55, 0.85))
    tip = tipping_point(-0.5, 0.3, -4, 4).iloc[0]
    assert tip["tipping_change"] == pytest.approx(1.1667, abs=1e-4) and tip["possible"]


def test_bounds_at_their_ends():
    assert bounds(-0.5, 0, -4, 4)[["bound_low", "bound_high"]].to_numpy().tolist() == [[-0.5, -0.5]]
    assert bounds(np.nan, 1, -4, 4)[["bound_low", "bound_high"]].to_numpy().tolist() == [[-4, 4]]
    assert tipping_point(-0.5, 0, -4, 4).loc[0, "reason"] == "nobody left"
    assert tipping_point(np.nan, 1, -4, 4).loc[0, "reason"] == "nobody stayed"
    assert not tipping_point(-0.5, 0.05, -4, 4).loc[0, "possible"]  # 9.5 points are not to be had
    for wrong in ((-0.5, 1.3, -4, 4), (-0.5, 0.3, 4, -4), (-9, 0.3, -4, 4)):
        with pytest.raises(ValueError):
            bounds(*wrong)


def test_bounds_from_scores_hold_whatever_the_lost_did():
    rng = np.random.default_rng(8)
    first, last = rng.integers(1, 6, (2, 40)).astype(float)
    seen = np.where(np.arange(40) % 4 == 0, np.nan, last)
    row = dropout_bounds(scores_of(first, seen), "in", "out", {"x": (1, 5)}).iloc[0]
    assert (row["n_first"], row["n"], row["n_missing"]) == (40, 30, 10)
    worst = [np.where(np.isnan(seen), end, seen) - first for end in (1, 5)]
    assert (row["start_low"], row["start_high"]) == pytest.approx([w.mean() for w in worst])
    assert row["bound_low"] <= row["start_low"] <= (last - first).mean() <= row["start_high"]
    assert row["start_high"] <= row["bound_high"]
    with_tip = np.where(np.isnan(seen), first + row["tipping_change"], seen) - first
    assert with_tip.mean() == pytest.approx(0, abs=1e-12)


def test_bounds_from_scores_when_nobody_left_or_scores_are_out_of_range():
    row = dropout_bounds(scores_of([2.0, 3], [1.0, 3]), "in", "out", {"x": (1, 5)}).iloc[0]
    assert row["bound_low"] == row["start_high"] == row["mean_change"] == -0.5
    assert row["reason"] == "nobody left"
    with pytest.raises(ValueError, match="outside 1 to 5"):
        dropout_bounds(scores_of([2.0, 3], [1.0, 6]), "in", "out", {"x": (1, 5)})


# Who left


def test_who_left_is_the_two_sample_t_of_scipy():
    first = np.array([4.0, 5, 4, 3, 2, 3, 1, 2, 3])
    last = np.where(np.arange(9) < 4, np.nan, 2.0)
    row = who_left(scores_of(first, last), "in", "out").iloc[0]
    outside = stats.ttest_ind(first[:4], first[4:])
    assert (row["n_left"], row["n_stayed"], row["df"]) == (4, 5, 7)
    assert (row["t"], row["p"]) == pytest.approx((outside.statistic, outside.pvalue))
    pooled = np.sqrt((3 * first[:4].var(ddof=1) + 4 * first[4:].var(ddof=1)) / 7)
    assert row["standardised_difference"] == pytest.approx((4 - 2.2) / pooled)
    at = row["low"] / np.sqrt(1 / 4 + 1 / 5)
    assert stats.nct.cdf(outside.statistic, 7, at) == pytest.approx(0.975, abs=1e-6)


def test_a_family_with_one_scale_missing_has_not_left():
    x = scores_of([1.0, 2, 3, 4], [1.0, 2, np.nan, np.nan])
    y = scores_of([1.0, 2, 3, 4], [1.0, 2, 3, np.nan], "y")
    rows = who_left(pd.concat([x, y]), "in", "out")
    assert rows["n_left"].tolist() == [1, 1] and rows["n_stayed"].tolist() == [3, 3]
    assert rows["standardised_difference"].isna().all() and (rows["reason"] != "").all()


@pytest.mark.parametrize(
    ("last", "reason"),
    [([1.0, 1, 1, 1], "nobody left"), ([np.nan] * 4, "nobody stayed")],
)
def test_nobody_left_or_stayed_keeps_the_row(last, reason):
    row = who_left(scores_of([1.0, 2, 3, 4], last), "in", "out").iloc[0]
    assert row["reason"] == reason and np.isnan(row["p"])


def test_equal_first_scores_give_no_infinite_difference():
    row = who_left(scores_of([2.0] * 4, [np.nan, np.nan, 1, 1]), "in", "out").iloc[0]
    assert np.isnan(row["standardised_difference"]) and "do not vary" in row["reason"]


def test_leaving_by_centre_counts_families_once():
    x = scores_of([1.0, 2, 3, 4], [1.0, np.nan, 3, np.nan])
    rows = left_by_centre(pd.concat([x, x.assign(scale="y")]), "in", "out").set_index("centre")
    assert rows["count"].to_dict() == {"A": 2, "B": 0} and rows["n"].tolist() == [2, 2]
