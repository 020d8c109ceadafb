"""Promised speeds against pingouin, statsmodels and scipy, with the same answers.

Run `OMP_NUM_THREADS=1 python -m pytest bench --benchmark-only`; ratios hold within one run only.
"""

import numpy as np
import pandas as pd
import pingouin as pg
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.association import association
from analysis.cronbach import bootstrap_alphas, cronbach_alpha
from analysis.mixed import random_intercept
from analysis.polychoric import polychoric_matrix
from analysis.ranks import rank_biserial, signed_rank


def answers(n, k, seed=1):
    """n answers to k five-point items with one common factor."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n, 1)) + rng.normal(size=(n, k))
    return pd.DataFrame(np.digitize(latent, [-1, 0, 1, 2]) + 1.0).add_prefix("item")


def test_bootstrap_of_alpha_500_x_10_2000_resamples(versus):
    items = answers(500, 10)

    def loop():
        rng = np.random.default_rng(2)
        rows = (rng.integers(500, size=500) for _ in range(2000))
        return np.array([pg.cronbach_alpha(items.iloc[row])[0] for row in rows])

    found, expected = versus(lambda: bootstrap_alphas(items.to_numpy(), 2000, 2), loop, 25)
    # Resamples differ in their order of drawing; their quantiles agree within sampling error.
    np.testing.assert_allclose(*np.quantile([found, expected], [0.025, 0.5, 0.975], 1).T, atol=3e-3)
    assert cronbach_alpha(items.cov().to_numpy()) == pytest.approx(pg.cronbach_alpha(items)[0])


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_correlations_of_30_variables_500_rows(versus, method):
    table = answers(500, 30)
    found, expected = versus(
        lambda: association(table, method), lambda: pg.pairwise_corr(table, method=method), 100
    )
    np.testing.assert_allclose(found["r"], expected["r"], atol=1e-12)
    np.testing.assert_allclose(found["p"], expected["p_unc"], rtol=1e-6, atol=1e-300)


def test_random_intercept_10000_families_4_waves(versus):
    rng = np.random.default_rng(1)
    family, wave = np.repeat(np.arange(10_000), 4), np.tile(np.arange(4), 10_000)
    centre = rng.integers(6, size=10_000)[family]
    y = 20 + rng.normal(0, 3, 10_000)[family] + rng.normal(0, 3, 40_000) - 0.4 * wave + centre
    X = pd.get_dummies(pd.DataFrame({"wave": wave, "centre": centre}), columns=["wave", "centre"])
    X = X.astype(float).drop(columns=["wave_0", "centre_0"]).assign(constant=1.0)
    kept = rng.random(40_000) < np.where(wave == 0, 1, 0.8)
    y, X, family = y[kept], X[kept], family[kept]

    def mixed_lm():
        return sm.MixedLM(y, X, family).fit(reml=True)

    (effects, variances), judge = versus(lambda: random_intercept(y, X, family), mixed_lm, 200)
    np.testing.assert_allclose(effects["estimate"], judge.fe_params, atol=1e-4)
    np.testing.assert_allclose(effects["se"], judge.bse_fe, rtol=1e-3)
    assert variances["reml"].item() == pytest.approx(-2 * judge.llf, abs=1e-3)


@pytest.mark.parametrize("kind", ["ordinal", "continuous"])
def test_signed_rank_and_rank_biserial_1000000_pairs(versus, kind):
    rng = np.random.default_rng(1)
    if kind == "ordinal":
        d = rng.integers(1, 6, 1_000_000) - rng.integers(1, 6, 1_000_000)
    else:
        d = rng.normal(0.001, 1, 1_000_000)

    def ours():
        return signed_rank(d), rank_biserial(d)

    # Less than 3 times the time of scipy, which gives no effect size.
    (test, size), judge = versus(
        ours, lambda: stats.wilcoxon(d, correction=False, method="asymptotic"), 1 / 3, 5, 5
    )
    assert test["p"] == pytest.approx(judge.pvalue, rel=1e-6)
    assert min(test["w_plus"], test["w_minus"]) == pytest.approx(judge.statistic)
    whole = test["w_plus"] + test["w_minus"]
    assert size["estimate"] == pytest.approx((test["w_plus"] - test["w_minus"]) / whole)


def test_polychoric_6_items_3000_rows_under_two_seconds(benchmark):
    benchmark.pedantic(lambda: polychoric_matrix(answers(3000, 6)), rounds=5, warmup_rounds=1)
    assert benchmark.stats.stats.median < 2
