"""Polychoric correlation against closed forms, Olsson (1979), Kirk (1973) and Mplus."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from analysis.polychoric import bivariate_normal_cdf, polychoric, polychoric_matrix
from analysis.scales import cronbach_alpha

REFERENCE = Path(__file__).parent / "reference"


def answers(table):
    """The two columns of answers that a table of counts stands for."""
    counts = np.asarray(table)
    rows, columns = np.indices(counts.shape)
    return np.repeat(rows, counts.ravel()), np.repeat(columns, counts.ravel())


@pytest.mark.parametrize("r", [-0.99, -0.5, 0.0, 0.3, 0.95])
def test_bivariate_normal_is_that_of_scipy(r):
    points = [-3.0, -0.7, 0.0, 0.4, 2.5]
    found = bivariate_normal_cdf(np.array(points)[:, None], np.array(points)[None, :], r)
    normal = multivariate_normal([0, 0], [[1, r], [r, 1]])
    expected = [[normal.cdf([h, k]) for k in points] for h in points]
    np.testing.assert_allclose(found, expected, atol=1e-7)


@pytest.mark.parametrize("r", [-0.8, 0.0, 0.5])
def test_quadrant_probability(r):
    # Sheppard (1899): P(X < 0, Y < 0) = 1/4 + asin(r) / 2π; for r = .5 this is 1/3
    assert float(bivariate_normal_cdf(0, 0, r)) == pytest.approx(0.25 + np.arcsin(r) / (2 * np.pi))


@pytest.mark.parametrize("a", [10, 25, 37, 48])
def test_even_margins_have_a_closed_form(a):
    # 100 answers, all margins 50: P(both low) = a/100, so r = sin(π/2 (4 a/100 - 1))
    x, y = answers([[a, 50 - a], [50 - a, a]])
    assert polychoric(x, y) == pytest.approx(np.sin(np.pi / 2 * (4 * a / 100 - 1)), abs=1e-5)


def test_olsson_example():
    # Olsson (1979), table quoted in R psych's ?polychoric: rho = .49; it has an empty cell
    x, y = answers([[13, 6, 0], [69, 113, 22], [41, 132, 104]])
    assert round(polychoric(x, y), 2) == 0.49


@pytest.mark.parametrize(
    ("margin", "joint", "expected"),
    [
        (0.5, 0.333333, 0.5),
        (0.5, 0.1150267, -0.75),
        (0.5, 0.397584, 0.8),
        (0.158655254, 0.145003, 0.99),
    ],
)
def test_kirk_examples(margin, joint, expected):
    # Kirk (1973), quoted in R psych's ?tetrachoric: equal margins and the joint probability
    share = np.array([[joint, margin - joint], [margin - joint, 1 - 2 * margin + joint]])
    x, y = answers(np.round(share * 100_000).astype(int))
    assert polychoric(x, y) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize(
    ("table", "mplus"),
    [
        ([[61661, 85], [1610, 20]], 0.35),
        ([[44268, 14], [193, 0]], 0.24),  # empty cell
        ([[62503, 768], [105, 0]], -0.10),  # empty cell
        ([[24875, 47], [265, 0]], 0.00),  # empty cell
    ],
)
def test_rare_events_as_mplus(table, mplus):
    # Values Mplus reports, quoted in R psych's ?tetrachoric (Gunther & Hofler 2006)
    assert polychoric(*answers(table)) == pytest.approx(mplus, abs=0.005)


def test_ordinal_alpha_of_bfi_neuroticism():
    items = pd.read_csv(REFERENCE / "bfi25.csv")[["N1", "N2", "N3", "N4", "N5"]].dropna()
    # psych::alpha(polychoric(x)$rho): .839
    assert cronbach_alpha(polychoric_matrix(items).to_numpy()) == pytest.approx(0.839, abs=5e-4)


def test_the_latent_correlation_is_found_again():
    rng = np.random.default_rng(7)
    latent = rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=20_000)
    x, y = np.digitize(latent.T, [0.6, 1.2, 1.9])  # 73 % at the floor
    # simulated truth .6; the standard error at this n is about .01
    assert polychoric(x, y) == pytest.approx(0.6, abs=0.03)
    assert np.corrcoef(x, y)[0, 1] < 0.52  # which Pearson's r of the answers misses


def test_order_of_arguments_and_direction_of_codes():
    rng = np.random.default_rng(1)
    x = rng.integers(1, 5, 400)
    y = np.clip(x + rng.integers(-2, 3, 400), 1, 6)
    r = polychoric(x, y)
    assert polychoric(y, x) == pytest.approx(r, abs=1e-6)
    assert polychoric(-x, y) == pytest.approx(-r, abs=1e-6)
    assert polychoric(x * 10, y**3) == pytest.approx(r, abs=1e-9)  # only order counts


def test_perfect_agreement_ends_at_the_bound():
    assert polychoric([1, 2, 3] * 20, [1, 2, 3] * 20) > 0.999


def test_missing_pairs_are_left_out():
    x, y = answers([[30, 12, 4], [10, 25, 9], [3, 11, 28]])
    x_holes = np.append(x, [np.nan, 1, 2]).astype(float)
    y_holes = np.append(y, [1, np.nan, np.nan]).astype(float)
    assert polychoric(x_holes, y_holes) == pytest.approx(polychoric(x, y))
    nullable = pd.Series(x, dtype="Int64")
    assert polychoric(nullable, pd.Series(y)) == pytest.approx(polychoric(x, y))


def test_matrix_takes_every_pair_from_its_own_rows():
    rng = np.random.default_rng(2)
    items = pd.DataFrame(rng.integers(1, 5, (200, 3)), columns=["a", "b", "c"]).astype(float)
    items.loc[:40, "c"] = np.nan
    found = polychoric_matrix(items)
    assert found.loc["a", "b"] == pytest.approx(polychoric(items.a, items.b))
    assert found.loc["c", "a"] == pytest.approx(polychoric(items.a[41:], items.c[41:]))
    assert (np.diag(found) == 1).all()
    pd.testing.assert_frame_equal(found, found.T)


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ([1, 1, 1], [1, 2, 3], "'x' has 1 different values"),
        (range(40), range(40), "'x' has 40 different values"),
        ([1, 2], [1, 2, 3], "same length"),
        (["low", "high"], [1, 2], "'x', row 0 holds 'low'"),
        ([np.nan, 1], [1, np.nan], "0 rows"),
    ],
)
def test_refusals(x, y, words):
    with pytest.raises(ValueError, match=words):
        polychoric(list(x), list(y))


def test_matrix_refusal_names_both_items():
    items = pd.DataFrame({"calm": [1, 2, 3, 1], "fed": [1, 1, 1, 1]})
    with pytest.raises(ValueError, match=r"'calm' and 'fed'.*'fed' has 1"):
        polychoric_matrix(items)


def test_a_correlation_of_one_is_no_argument():
    with pytest.raises(ValueError, match="strictly between"):
        bivariate_normal_cdf(0, 0, 1)
