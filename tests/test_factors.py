"""One factor, omega and fit against R psych, statsmodels' maximum likelihood and exact matrices."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.multivariate.factor import Factor

from analysis.factors import (
    guttman_lambda6,
    minres_loadings,
    omega_total,
    one_factor,
    parallel_analysis,
)

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {v["name"]: v for v in json.loads((REFERENCE / "statistics.json").read_text("utf-8"))}
BFI = pd.read_csv(REFERENCE / "bfi25.csv")
NEUROTICISM = BFI[["N1", "N2", "N3", "N4", "N5"]]


def rows_with_correlation(r, n=200, seed=0):
    """n rows whose sample correlations are exactly r."""
    z = np.random.default_rng(seed).normal(size=(n, len(r)))
    z = z - z.mean(axis=0)
    white = np.linalg.solve(np.linalg.cholesky(np.cov(z.T)), z.T).T
    columns = [f"q{i + 1}" for i in range(len(r))]
    return pd.DataFrame(white @ np.linalg.cholesky(r).T, columns=columns)


def one_factor_correlations(loadings):
    r = np.outer(loadings, loadings)
    np.fill_diagonal(r, 1)
    return r


def test_omega_is_that_of_psych():
    vector = VECTORS["omega_total_bfi_N_1factor_minres"]  # source: psych::omega(nfactors=1)
    expected = vector["expected"]["omega_total"]
    assert one_factor(NEUROTICISM).omega == pytest.approx(expected, abs=vector["tolerance"])


def test_fit_of_bfi_neuroticism():
    found = one_factor(NEUROTICISM.dropna())
    # measured independently by confirmatory factor analysis: RMSEA .163, though alpha is .81
    assert found.rmsea == pytest.approx(0.163, abs=5e-4)
    assert found.df == 5
    assert found.rmsea_low < found.rmsea < found.rmsea_high
    assert found.p < 1e-50


def test_chi2_is_the_maximum_likelihood_minimum():
    r, n = NEUROTICISM.dropna().corr().to_numpy(), len(NEUROTICISM.dropna())
    loading = np.abs(Factor(corr=r, n_factor=1, method="ml", nobs=n).fit().loadings[:, 0])
    implied = one_factor_correlations(loading)  # statsmodels' solution, the textbook discrepancy
    discrepancy = (
        np.log(np.linalg.det(implied) / np.linalg.det(r)) + np.trace(r @ np.linalg.inv(implied)) - 5
    )
    found = one_factor(NEUROTICISM.dropna())
    assert found.chi2 == pytest.approx((n - 1) * discrepancy, rel=1e-6)
    independence = -(n - 1) * np.log(np.linalg.det(r))
    assert found.cfi == pytest.approx(1 - (found.chi2 - 5) / (independence - 10), rel=1e-6)


def test_an_exact_one_factor_matrix_is_recovered():
    true = np.array([0.9, 0.8, 0.7, 0.6, 0.3])
    found = one_factor(rows_with_correlation(one_factor_correlations(true)))
    np.testing.assert_allclose(found.loadings, true, atol=1e-6)
    assert found.chi2 == pytest.approx(0, abs=1e-6)
    assert (found.rmsea, found.cfi) == (0, 1)
    assert found.srmr == pytest.approx(0, abs=1e-6)
    # hand arithmetic: (Σl)² = 3.3² = 10.89; Σ(1-l²) = 5 - 2.39 = 2.61; 10.89 / 13.5
    assert found.omega == pytest.approx(10.89 / 13.5, abs=1e-6)


def test_a_negatively_keyed_item_has_a_negative_loading():
    true = np.array([0.8, 0.7, 0.6, -0.5])
    found = one_factor(rows_with_correlation(one_factor_correlations(true)))
    np.testing.assert_allclose(found.loadings, true, atol=1e-6)
    assert found.loadings.index.tolist() == ["q1", "q2", "q3", "q4"]


def test_most_loadings_are_positive_whatever_the_eigenvectors_sign():
    rng = np.random.default_rng(6)
    for size in range(3, 12):
        true = rng.uniform(0.4, 0.9, size)
        found = minres_loadings(one_factor_correlations(true))
        np.testing.assert_allclose(found, true, atol=1e-5)


def test_three_items_are_just_identified():
    # r12 = .56, r13 = .48, r23 = .42: l1² = r12 r13 / r23 = .64, so loadings .8, .7, .6
    r = np.array([[1, 0.56, 0.48], [0.56, 1, 0.42], [0.48, 0.42, 1]])
    found = one_factor(rows_with_correlation(r))
    assert found.loadings.tolist() == pytest.approx([0.8, 0.7, 0.6], abs=1e-6)
    assert found.df == 0
    assert all(np.isnan(value) for value in (found.rmsea, found.cfi, found.p))


def test_minres_is_a_minimum_of_the_off_diagonal_residuals():
    r = NEUROTICISM.corr().to_numpy()
    best = minres_loadings(r)
    off = ~np.eye(5, dtype=bool)

    def residual(loading):
        return ((r - np.outer(loading, loading))[off] ** 2).sum()

    rng = np.random.default_rng(1)
    for _ in range(200):
        assert residual(best + rng.normal(scale=0.02, size=5)) > residual(best)
    # at the minimum every loading is the regression of r_i. on the other loadings
    for i in range(5):
        others = np.delete(best, i)
        assert best[i] == pytest.approx(np.delete(r[i], i) @ others / (others @ others), abs=1e-6)


def test_a_heywood_case_stays_inside_the_bound():
    r = np.array([[1, 0.9, 0.9, 0.5], [0.9, 1, 0.6, 0.3], [0.9, 0.6, 1, 0.3], [0.5, 0.3, 0.3, 1]])
    loadings = minres_loadings(r)
    assert np.abs(loadings).max() <= np.sqrt(0.995) + 1e-12
    assert omega_total(loadings) < 1


def test_rmsea_interval_holds_the_quantiles_it_claims():
    found = one_factor(NEUROTICISM.dropna())
    scale = found.df * (found.n - 1)
    low, high = found.rmsea_low**2 * scale, found.rmsea_high**2 * scale
    # Steiger (1990): the noncentralities at which chi2 is the 95th and the 5th percentile
    assert stats.ncx2.cdf(found.chi2, found.df, low) == pytest.approx(0.95, abs=1e-6)
    assert stats.ncx2.cdf(found.chi2, found.df, high) == pytest.approx(0.05, abs=1e-6)


def test_lambda6_by_hand_and_where_it_does_not_exist():
    # two items: smc = r², λ6 = 1 - 2 (1 - r²) / (2 + 2 r) = r
    assert guttman_lambda6(np.array([[1, 0.4], [0.4, 1]])) == pytest.approx(0.4)
    assert np.isnan(guttman_lambda6(np.ones((3, 3))))


def test_linearly_dependent_items_have_no_chi2():
    items = NEUROTICISM.dropna().head(200)
    items = items.assign(total=items.sum(axis=1))
    found = one_factor(items)
    assert np.isnan(found.chi2)
    assert np.isfinite(found.omega)


@pytest.mark.parametrize(
    ("items", "words"),
    [
        (NEUROTICISM[["N1", "N2"]], "at least 3 items; got 2"),
        (NEUROTICISM.assign(same=1), "'N1' and 'same' have no correlation"),
        (NEUROTICISM.assign(N1="often"), "'N1', row 0 holds 'often'"),
    ],
)
def test_refusals(items, words):
    with pytest.raises(ValueError, match=words):
        one_factor(items)


def test_parallel_analysis_of_the_bfi():
    # psych::fa.parallel(bfi[1:25]): "the number of components = 6", as printed in several courses
    found = parallel_analysis(BFI, seed=1, draws=20)
    assert found.retained.sum() == 6
    assert found.eigenvalue.sum() == pytest.approx(25)
    expected = np.linalg.eigvalsh(BFI.corr().to_numpy())[::-1]  # pandas' pairwise correlations
    np.testing.assert_allclose(found.eigenvalue, expected, atol=1e-10)


def test_parallel_analysis_of_noise_and_of_one_factor():
    rng = np.random.default_rng(5)
    noise = pd.DataFrame(rng.normal(size=(150, 6)))
    assert parallel_analysis(noise, seed=2).retained.sum() <= 1
    one = pd.DataFrame(rng.normal(size=(150, 1)) + rng.normal(size=(150, 6)))
    assert parallel_analysis(one, seed=2).retained.tolist() == [True] + [False] * 5


def test_parallel_analysis_stops_at_the_first_component_below_chance():
    # Items without any relation have eigenvalues of exactly 1: below chance at first, and above it
    # from the middle on, since chance spreads them out. None of those is a component.
    found = parallel_analysis(rows_with_correlation(np.eye(6)), seed=3)
    assert (found.eigenvalue > found.random_high).any()
    assert not found.retained.any()


def test_parallel_analysis_is_fixed_by_its_seed():
    first, again = (parallel_analysis(NEUROTICISM, seed=9, draws=5) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
