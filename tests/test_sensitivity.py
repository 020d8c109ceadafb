"""One-way and probabilistic sensitivity, against hand arithmetic, exact moments and slow integration."""

import numpy as np
import pandas as pd
import pytest
from scipy import integrate

from analysis import figures_tornado
from analysis.sensitivity import (
    bars,
    checked,
    convergence,
    draws,
    pert,
    summary,
    tornado,
    triangular,
)


def inputs(*rows):
    return pd.DataFrame(rows, columns=["input", "value", "low", "high"])


def total(sets):
    return sets.sum(axis=1)


TWO = inputs(("y", 5, 4, 5), ("x", 10, 8, 13))


# Tornado


def test_tornado_by_hand_widest_first():
    """x + 2y: x from 8 to 13 gives 18 to 23; y from 4 to 5 gives 18 to 20; 5 and 2 of 7."""
    table = tornado(TWO, lambda sets: 2 * sets[:, 0] + sets[:, 1])
    assert list(table["input"]) == ["x", "y"]
    assert list(table["base"]) == [20, 20]
    assert list(table["at_low"]) == [18, 18] and list(table["at_high"]) == [23, 20]
    assert list(table["swing"]) == [5, 2]
    assert list(table["share"]) == pytest.approx([5 / 7, 2 / 7])


def test_bars_are_the_inputs_with_a_range_each_with_its_n():
    # x + 2y as above: y goes from 18 to 20, x from 18 to 23; z stays
    given = inputs(("z", 1, 1, 1), ("y", 5, 4, 5), ("x", 10, 8, 13)).assign(n=[7, 8, 9])
    table = bars(given, lambda sets: sets @ [0, 2, 1])
    assert table["input"].tolist() == ["x", "y"] and table["n"].tolist() == [9, 8]
    assert table["swing"].tolist() == [5, 2]
    assert bars(given[:0], lambda sets: sets @ [0, 2, 1]).empty


def test_an_input_that_lowers_the_result_has_its_high_end_below():
    table = tornado(inputs(("clients", 10, 5, 20)), lambda sets: 100 / sets[:, 0])
    assert table.loc[0, ["at_low", "base", "at_high", "swing"]].tolist() == [20, 10, 5, 15]


def test_no_range_no_swing_and_no_inputs_no_rows():
    table = tornado(inputs(("a", 3, np.nan, np.nan)), total)
    assert table.loc[0, "swing"] == 0 and np.isnan(table.loc[0, "share"])
    empty = tornado(inputs(), total)
    assert empty.empty and "swing" in empty


def test_the_frame_given_is_left_as_it_was():
    before = TWO.copy()
    tornado(TWO, total)
    pd.testing.assert_frame_equal(TWO, before)


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ([("a", 1, 0, 2), ("a", 1, 0, 2)], "'a' stands there twice"),
        ([("a", 3, 0, 2)], "'a': 3 lies outside its own range, 0 to 2"),
        ([("a", np.nan, 0, 2)], "must be numbers"),
        ([("a", 1, 0, np.inf)], "must be numbers"),
    ],
)
def test_inputs_that_cannot_be_used(rows, words):
    with pytest.raises(ValueError, match=words):
        checked(inputs(*rows))


def test_a_missing_column_is_named():
    with pytest.raises(ValueError, match="lack low, high"):
        checked(pd.DataFrame({"input": ["a"], "value": [1]}))


# Distributions


def vose(low, likely, high):
    """Shapes of R prevalence::betaPERT(method = "vose"), k = 4, transcribed from its source."""
    mean = (low + 4 * likely + high) / 6
    if mean == likely:
        first = 3.0
    else:
        first = (mean - low) * (2 * likely - low - high) / ((likely - mean) * (high - low))
    return first, first * (high - mean) / (mean - low)


@pytest.mark.parametrize("ends", [(10, 30, 90), (0, 5, 10), (2, 2, 8), (-3, 1, 1)])
def test_pert_has_the_shapes_of_r_prevalence(ends):
    assert pert(*ends).args == pytest.approx(vose(*ends))


@pytest.mark.parametrize("ends", [(10, 30, 90), (0, 5, 10), (2, 2, 8)])
def test_pert_moments_by_formula_and_by_integration(ends):
    low, likely, high = ends
    mean = (low + 4 * likely + high) / 6
    curve = pert(*ends)
    assert curve.mean() == pytest.approx(mean)
    assert curve.var() == pytest.approx((mean - low) * (high - mean) / 7)
    slow = integrate.quad(lambda x: (x - mean) ** 2 * curve.pdf(x), low, high)[0]
    assert curve.var() == pytest.approx(slow)


def test_the_classical_sd_is_not_that_of_the_beta_unless_symmetric():
    """(0, 5, 10): 25/7 = 3.571 against (10/6)^2 = 2.778; the two differ even there."""
    assert pert(0, 5, 10).var() == pytest.approx(25 / 7)
    assert pert(0, 5, 10).var() > (10 / 6) ** 2


def test_triangular_moments_by_hand():
    """(0, 1, 3): mean 4/3, variance (0 + 1 + 9 - 0 - 0 - 3) / 18 = 7/18."""
    assert triangular(0, 1, 3).mean() == pytest.approx(4 / 3)
    assert triangular(0, 1, 3).var() == pytest.approx(7 / 18)


@pytest.mark.parametrize("ends", [(1, 1, 1), (2, 1, 3), (0, 4, 3)])
def test_no_distribution_without_a_range(ends):
    with pytest.raises(ValueError, match="expected low <= likely <= high"):
        pert(*ends)


# Draws


@pytest.mark.parametrize(("shape", "curve"), [("pert", pert), ("triangular", triangular)])
def test_draws_of_a_sum_have_its_exact_mean_and_variance(shape, curve):
    """Sums of independent inputs: means add, variances add. Three Monte Carlo errors of room."""
    ranges = [(0, 1, 3), (10, 12, 20)]
    declared = inputs(*((str(i), m, low, high) for i, (low, m, high) in enumerate(ranges)))
    said = summary(draws(declared, total, 40_000, 7, shape))
    mean = sum(curve(*r).mean() for r in ranges)
    variance = sum(curve(*r).var() for r in ranges)
    assert said["mean"] == pytest.approx(mean, abs=3 * said["mc_error"])
    assert said["sd"] == pytest.approx(np.sqrt(variance), rel=0.02)
    assert said["mc_error"] == pytest.approx(np.sqrt(variance / 40_000), rel=0.02)


def test_draws_stay_within_the_ranges_and_repeat_with_the_seed():
    first = draws(TWO, total, 500, 1)
    assert first.min() >= 12 and first.max() <= 18
    assert (first == draws(TWO, total, 500, 1)).all()
    assert (first != draws(TWO, total, 500, 2)).any()


def test_inputs_without_a_range_are_not_drawn():
    assert set(draws(inputs(("a", 3, 3, 3), ("b", 4, np.nan, np.nan)), total, 50)) == {7.0}


def test_unknown_shape():
    with pytest.raises(ValueError, match="pert, triangular"):
        draws(TWO, total, shape="normal")


def test_percentiles_and_their_errors_of_known_numbers():
    """1..1001: median 501, the middle 95 % from 26 to 976. binom(1001, .025): .025 and .975 points 16 and 35."""
    said = summary(np.arange(1, 1002))
    assert (said["median"], said["low"], said["high"]) == pytest.approx((501, 26, 976))
    assert said["low_error"] == pytest.approx((36 - 16) / 2)
    assert said["high_error"] == pytest.approx(said["low_error"], abs=1)


def test_too_few_draws_give_no_numbers():
    assert np.isnan(summary([1.0])["mean"]) and summary([])["n"] == 0


def test_the_error_of_a_percentile_covers():
    """Of 200 runs of 400 uniform draws, the interval half-width reaches the true 2.5 % point nearly always."""
    generator, hits = np.random.default_rng(3), 0
    for _ in range(200):
        said = summary(generator.uniform(size=400))
        hits += abs(said["low"] - 0.025) <= 1.5 * said["low_error"]
    assert hits > 170


def test_convergence_ends_with_all_draws_and_error_shrinks():
    values = np.random.default_rng(5).normal(size=4000)
    table = convergence(values, [100, 1000, 9000])
    assert list(table["n"]) == [100, 1000, 4000]
    assert table["mc_error"].is_monotonic_decreasing
    assert table["mean"].iloc[-1] == pytest.approx(values.mean())
    assert table["mean"].iloc[0] == pytest.approx(values[:100].mean())


# Figure


def test_the_figure_labels_every_end_and_the_base():
    table = tornado(TWO, total).assign(n=[24, 12])
    figure = figures_tornado.tornado(table, "Title", "Cost per client", 1)
    (ax,) = figure.axes
    assert [t.get_text() for t in ax.texts] == ["13.0", "18.0", "14.0", "15.0"]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["x  (n=24)", "y  (n=12)"]
    assert ax.get_xlabel() == "Cost per client  (line: 15.0)"


def test_the_figure_of_nothing_is_a_figure():
    assert figures_tornado.tornado(tornado(inputs(), total), "T", "x").axes
