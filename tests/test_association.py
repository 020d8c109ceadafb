"""Correlations against R's cor.test (mtcars), scipy, pandas, pingouin and statsmodels."""

import json
from itertools import combinations
from pathlib import Path

import numpy as np
import pandas as pd
import pingouin as pg
import pytest
import statsmodels.api as sm
from scipy import stats

from analysis.association import association, correlation_matrix, partial_association

REFERENCE = Path(__file__).parent / "reference"
VECTOR = next(
    v
    for v in json.loads((REFERENCE / "statistics.json").read_text("utf-8"))
    if v["name"] == "rank_correlations_ties"
)  # source: R's cor.test on datasets::mtcars
CARS = pd.read_csv(REFERENCE / "mtcars5.csv")
COLUMNS = ["x", "y", "n", "r", "low", "high", "p", "p_holm"]


def pair(rows, x, y):
    return rows[(rows.x == x) & (rows.y == y)].iloc[0]


def with_holes(n=80, k=6, share=0.2, seed=4):
    """Correlated five-point answers with a share of them missing."""
    rng = np.random.default_rng(seed)
    latent = rng.normal(size=(n, 1)) + rng.normal(size=(n, k))
    table = pd.DataFrame(np.digitize(latent, [-1, 0, 1, 2]) + 1.0, columns=list("abcdef")[:k])
    return table.mask(rng.random(table.shape) < share)


# --- outside values -----------------------------------------------------------------------------


def test_rank_correlations_with_ties_are_those_of_r():
    expected, near = VECTOR["expected"], VECTOR["tolerance"]
    spearman = pair(association(CARS, "spearman"), "gear", "carb")
    assert spearman.r == pytest.approx(expected["spearman_rho"], abs=near)
    assert spearman.p == pytest.approx(expected["spearman_p"], abs=near)
    kendall = pair(association(CARS, "kendall"), "gear", "carb")
    assert kendall.r == pytest.approx(expected["kendall_tau_b"], abs=near)
    assert kendall.p == pytest.approx(expected["kendall_p"], abs=near)


def test_pearson_with_interval_is_that_of_r():
    expected, near = VECTOR["expected"], VECTOR["tolerance"]
    found = pair(association(CARS, "pearson"), "mpg", "hp")
    assert found.r == pytest.approx(expected["pearson_r"], abs=near)
    assert found.p == pytest.approx(expected["pearson_p"], rel=1e-6)
    assert found.low == pytest.approx(expected["pearson_ci_low"], abs=near)
    assert found.high == pytest.approx(expected["pearson_ci_high"], abs=near)


def test_bonett_wright_intervals_by_hand():
    # r = .5, n = 28: atanh = .549306. Spearman se = √((1 + .125) / 25) = .212132,
    # Kendall se = √(.437 / 24) = .134938; times 1.959964 and back through tanh.
    ranks = np.arange(28)
    spearman = association(pd.DataFrame({"a": ranks, "b": _shuffled_to(0.5)})).iloc[0]
    z, se = np.arctanh(spearman.r), np.sqrt((1 + spearman.r**2 / 2) / 25)
    assert spearman.low == pytest.approx(np.tanh(z - 1.959964 * se), abs=1e-6)
    assert spearman.high == pytest.approx(np.tanh(z + 1.959964 * se), abs=1e-6)
    kendall = association(pd.DataFrame({"a": ranks, "b": _shuffled_to(0.5)}), "kendall").iloc[0]
    z = np.arctanh(kendall.r)
    assert kendall.high == pytest.approx(np.tanh(z + 1.959964 * 0.134938), abs=1e-6)


def _shuffled_to(r):
    """28 values in an order whose rank correlation with 0..27 is near r."""
    rng = np.random.default_rng(0)
    noise = rng.normal(size=28) * np.sqrt(1 / r**2 - 1)
    return stats.zscore(np.arange(28)) + noise


# --- missing values -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "judge"),
    [
        ("spearman", stats.spearmanr),
        ("pearson", stats.pearsonr),
        ("kendall", lambda x, y: stats.kendalltau(x, y, method="asymptotic")),
    ],
)
@pytest.mark.parametrize("share", [0.0, 0.25])
def test_every_pair_is_that_of_scipy_on_its_complete_rows(method, judge, share):
    table = with_holes(share=share)
    found = association(table, method)
    assert found.columns.tolist() == COLUMNS
    assert len(found) == 15
    for x, y in combinations(table, 2):
        complete = table[[x, y]].dropna()
        expected = judge(complete[x], complete[y])
        ours = pair(found, x, y)
        assert ours.n == len(complete)
        assert ours.r == pytest.approx(expected.statistic, abs=1e-12)
        assert ours.p == pytest.approx(expected.pvalue, rel=1e-8)


def test_matrix_is_that_of_pandas():
    table = with_holes(share=0.3)
    r, n = correlation_matrix(table.to_numpy())
    np.testing.assert_allclose(r, table.corr(), atol=1e-12)
    assert n[0, 1] == table[["a", "b"]].notna().all(axis=1).sum()
    ranks = association(table)
    assert pair(ranks, "a", "b").r == pytest.approx(table.corr(method="spearman").loc["a", "b"])


def test_holm_covers_the_pairs_that_have_a_test():
    table = with_holes(share=0).assign(same=3)
    found = association(table, "pearson")
    tested = found.p.notna()
    assert tested.sum() == 15
    _, expected = pg.multicomp(found.p[tested].to_numpy(), method="holm")
    np.testing.assert_allclose(found.p_holm[tested], expected)
    assert found.p_holm[~tested].isna().all()


# --- edges -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["spearman", "pearson", "kendall"])
def test_a_constant_column_stays_visible(method):
    table = pd.DataFrame({"a": [1, 2, 3, 4], "b": [2, 1, 4, 3], "same": [7.1, 7.1, 7.1, 7.1]})
    found = association(table, method)
    assert len(found) == 3
    assert np.isnan(pair(found, "a", "same").r)
    assert pair(found, "a", "same").n == 4
    assert len(pg.pairwise_corr(table)) == 1  # pingouin leaves those pairs out without a word


@pytest.mark.parametrize("method", ["spearman", "pearson", "kendall"])
def test_a_column_constant_on_the_shared_rows_only(method):
    table = pd.DataFrame({"a": [0.1, 0.1, 0.1, 0.1, 9], "b": [1, 2, 3, 4, np.nan]})
    found = association(table, method).iloc[0]
    assert found.n == 4
    assert np.isnan(found.r)


@pytest.mark.parametrize("method", ["spearman", "pearson", "kendall"])
def test_too_few_rows_have_no_estimate(method):
    table = pd.DataFrame({"a": [1, 2, np.nan, 4], "b": [2, 1, 3, np.nan], "c": [1, 3, 2, 5]})
    found = association(table, method)
    assert pair(found, "a", "b").n == 2
    assert pair(found, "a", "b")[["r", "low", "high", "p"]].isna().all()
    assert pair(found, "a", "c").n == 3
    assert np.isfinite(pair(found, "a", "c").r)
    assert np.isnan(pair(found, "a", "c").low)  # n - 3 = 0: no interval


def test_no_shared_rows_at_all():
    table = pd.DataFrame({"a": [1, 2, 3, np.nan, np.nan], "b": [np.nan, np.nan, np.nan, 1, 2]})
    for method in ("spearman", "pearson", "kendall"):
        found = association(table, method).iloc[0]
        assert found.n == 0
        assert np.isnan(found.r)


def test_a_perfect_relation_stays_within_one():
    table = pd.DataFrame({"a": np.arange(10) * 0.1, "b": np.arange(10) * -0.3})
    found = association(table, "pearson").iloc[0]
    assert found.r == pytest.approx(-1)
    assert -1 <= found.low <= found.high <= 1
    assert found.p < 1e-12


def test_large_offsets_do_not_spoil_the_correlation():
    table = with_holes(share=0.2)
    shifted = association(table + 1e8, "pearson")
    np.testing.assert_allclose(shifted.r, association(table, "pearson").r, atol=1e-6)


def test_ordered_categories_are_ranked():
    levels = ["low", "middle", "high"]
    risk = pd.Categorical(["low", "high", "middle", None, "high"], levels, ordered=True)
    table = pd.DataFrame({"risk": risk, "score": [1.0, 5, 2, 4, 3]})
    expected = stats.spearmanr([0, 2, 1, 2], [1, 5, 2, 3])
    found = association(table).iloc[0]
    assert (found.n, found.r) == (4, pytest.approx(expected.statistic))
    with pytest.raises(ValueError, match="'risk', row 0 holds 'low'"):
        association(table, "pearson")


@pytest.mark.parametrize(
    ("table", "method", "words"),
    [
        (CARS, "phi", "spearman, pearson, kendall"),
        (CARS[["mpg"]], "pearson", "at least two variables"),
        (CARS.assign(hp="strong"), "spearman", "'hp', row 0 holds 'strong'"),
        (CARS.assign(hp=np.inf), "spearman", "'hp', row 0.*infinite"),
    ],
)
def test_refusals(table, method, words):
    with pytest.raises(ValueError, match=words):
        association(table, method)


# --- within groups ---------------------------------------------------------------------------------


def six_centres(share=0.0):
    """Two variables unrelated within centres whose centre means go up together."""
    rng = np.random.default_rng(8)
    centre = np.repeat(list("ABCDEF"), [30, 22, 17, 12, 9, 6])
    level = pd.factorize(centre)[0] * 2.0
    table = pd.DataFrame(rng.normal(size=(96, 3)) + level[:, None], columns=["u", "v", "w"])
    table = table.mask(rng.random(table.shape) < share)
    return table.assign(centre=centre)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
@pytest.mark.parametrize("share", [0.0, 0.2])
def test_within_centres_is_the_partial_correlation_on_indicators(method, share):
    table = six_centres(share)
    found = partial_association(table, "centre", method)
    for x, y in combinations("uvw", 2):
        complete = table[[x, y, "centre"]].dropna()
        dummies = pd.get_dummies(complete["centre"], drop_first=True, dtype=float)
        values = complete[[x, y]].rank() if method == "spearman" else complete[[x, y]]
        together = values.join(dummies)
        judge = pg.partial_corr(together, x, y, list(dummies), method="pearson").iloc[0]
        ours = pair(found, x, y)
        assert (ours.n, ours.groups) == (len(complete), 6)
        assert ours.r == pytest.approx(judge.r, abs=1e-8)
        assert ours.p == pytest.approx(judge.p_val, rel=1e-6)
        if method == "pearson":
            assert [ours.low, ours.high] == pytest.approx(list(judge.CI95), abs=0.011)


def test_within_centres_p_is_that_of_the_regression():
    table = six_centres()
    design = sm.add_constant(
        table[["v"]].join(pd.get_dummies(table["centre"], drop_first=True, dtype=float))
    )
    expected = sm.OLS(table["u"], design).fit().pvalues["v"]
    found = pair(partial_association(table, "centre", "pearson"), "u", "v")
    assert found.p == pytest.approx(expected, rel=1e-8)


def test_differences_between_centres_do_not_make_the_correlation():
    table = six_centres()
    plain = pair(association(table.drop(columns="centre"), "pearson"), "u", "v")
    within = pair(partial_association(table, "centre", "pearson"), "u", "v")
    assert plain.r > 0.8
    assert abs(within.r) < 0.3


def test_one_group_is_the_plain_association():
    table = with_holes(share=0.2)
    for method in ("pearson", "spearman"):
        found = partial_association(table.assign(centre="A"), "centre", method)
        pd.testing.assert_frame_equal(found.drop(columns="groups"), association(table, method))


def test_rows_without_a_group_are_left_out_and_lonely_rows_add_nothing():
    table = six_centres()
    extra = pd.concat([table, table.head(3).assign(centre=None)], ignore_index=True)
    expected = partial_association(table, "centre")
    pd.testing.assert_frame_equal(partial_association(extra, "centre"), expected)
    lonely = pd.concat([table, table.head(1).assign(centre="G", u=50)], ignore_index=True)
    found = pair(partial_association(lonely, "centre", "pearson"), "u", "v")
    before = pair(partial_association(table, "centre", "pearson"), "u", "v")
    assert (found.n, found.groups) == (97, 7)
    assert (found.r, found.p) == pytest.approx((before.r, before.p))


def test_groups_without_remaining_freedom_have_no_estimate():
    table = pd.DataFrame({"a": [1, 2, 3, 5.0], "b": [2, 1, 5, 1.0], "centre": ["A", "A", "B", "C"]})
    assert np.isnan(partial_association(table, "centre", "pearson").iloc[0].r)


def test_unknown_group_column():
    with pytest.raises(ValueError, match="no column 'center'"):
        partial_association(six_centres(), "center")
    with pytest.raises(ValueError, match="spearman, pearson"):
        partial_association(six_centres(), "centre", "kendall")


# --- many variables --------------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_thirty_variables_are_those_of_pingouin(method):
    rng = np.random.default_rng(1)
    names = [f"v{i:02d}" for i in range(30)]
    table = pd.DataFrame(rng.normal(size=(500, 30)) + rng.normal(size=(500, 1)), columns=names)
    ours, theirs = association(table, method), pg.pairwise_corr(table, method=method)
    np.testing.assert_allclose(ours.r, theirs.r, atol=1e-12)
    np.testing.assert_allclose(ours.p, theirs.p_unc, rtol=1e-6, atol=1e-300)
