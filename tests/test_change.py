"""Paired change, rank tests and effect sizes, against R, printed examples and enumeration."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.change import (
    change,
    effect_sizes,
    hedges_j,
    mean_test,
    noncentral_t_interval,
    signed_rank_change,
)
from analysis.ranks import friedman, rank_biserial, signed_rank
from analysis.waves import pairs

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {row["name"]: row for row in json.loads((REFERENCE / "statistics.json").read_text())}


def scores_of(waves, scale="x"):
    """Scores frame from {wave: scores of families 1, 2, ...}; NaN where a score is missing."""
    parts = [
        pd.DataFrame({"family": range(1, len(v) + 1), "centre": "A", "wave": w, "score": v})
        for w, v in waves.items()
    ]
    frame = pd.concat(parts, ignore_index=True).assign(scale=scale, curator="c")
    frame["wave"] = pd.Categorical(frame["wave"], categories=list(waves), ordered=True)
    return frame.astype({"score": float})


@pytest.fixture
def sleep():
    data = pd.read_csv(REFERENCE / "sleep_wide.csv")
    return scores_of({"one": data["g1"], "two": data["g2"]})


def test_paired_t_is_students_of_1908(sleep):
    expected = VECTORS["paired_sleep"]["expected"]  # R t.test(g1, g2): first minus last
    row = change(sleep, "one", "two").iloc[0]
    assert row["n"] == row["n_first"] == row["n_last"] == 10
    assert row["t"] == pytest.approx(-expected["t"], abs=1e-5)
    assert row["df"] == expected["df"]
    assert row["p"] == pytest.approx(expected["p"], abs=1e-5)
    assert row["low"] == pytest.approx(-expected["diff_ci_high"], abs=1e-5)
    assert row["high"] == pytest.approx(-expected["diff_ci_low"], abs=1e-5)
    assert row["mean_last"] - row["mean_first"] == pytest.approx(row["mean_change"])


def test_effect_sizes_match_r_effectsize(sleep):
    expected = VECTORS["paired_sleep"]["expected"]
    sizes = effect_sizes(sleep, "one", "two").set_index("effect")
    names = {"d_z": "dz", "g_z": "hedges_gz", "d_av": "dav", "d_rm": "drm"}
    for ours, theirs in names.items():
        key = theirs if theirs.startswith("hedges") else f"cohen_{theirs}"
        assert sizes.loc[ours, "estimate"] == pytest.approx(expected[key], abs=1e-5), ours
    assert sizes.loc["d_z", "low"] == pytest.approx(expected["cohen_dz_ci_low"], abs=1e-5)
    assert sizes.loc["d_z", "high"] == pytest.approx(expected["cohen_dz_ci_high"], abs=1e-5)
    assert sizes.loc["rank_biserial", "estimate"] == expected["rank_biserial"] == 1


def test_rank_biserial_does_not_pretend_certainty_when_all_went_one_way(sleep):
    # R effectsize prints [1, 1] from nine differences. Ours: 2 (.025)^(2/9) - 1, by hand -.1189.
    row = effect_sizes(sleep, "one", "two").set_index("effect").loc["rank_biserial"]
    assert (row["low"], row["high"]) == (pytest.approx(-0.1189, abs=1e-4), 1)
    assert "same way" in row["reason"]


def test_interval_of_d_av_is_bonetts():
    # Bonett (2008) written out: d^2 (s1^4 + s2^4 + 2 s12^2) / (8 s^4 df) + s_diff^2 / (s^2 n)
    a = np.array([3, 5, 4, 4, 2, 5, 3, 4.0])
    b = np.array([2, 4, 4, 3, 2, 3, 1, 4.0])
    cov, n = np.cov(a, b), len(a)
    s2 = (cov[0, 0] + cov[1, 1]) / 2
    d = (b - a).mean() / np.sqrt(s2)
    spread = d**2 * (cov[0, 0] ** 2 + cov[1, 1] ** 2 + 2 * cov[0, 1] ** 2) / (8 * s2**2 * (n - 1))
    error = np.sqrt(spread + (b - a).var(ddof=1) / (s2 * n))
    row = effect_sizes(scores_of({"1": a, "2": b}), "1", "2").set_index("effect").loc["d_av"]
    assert row["low"] == pytest.approx(d - 1.959964 * error, abs=1e-6)
    assert row["high"] == pytest.approx(d + 1.959964 * error, abs=1e-6)


def test_interval_of_d_rm_follows_from_numerical_slopes():
    a = np.array([3, 5, 4, 4, 2, 5, 3, 4.0])
    b = np.array([2, 4, 4, 3, 2, 3, 1, 5.0])
    n, cov = len(a), np.cov(a, b)
    at = np.array([cov[0, 0], cov[1, 1], cov[0, 1]])

    def unit(v):  # SD of change over sqrt(2 (1 - r))
        return np.sqrt((v[0] + v[1] - 2 * v[2]) / (2 * (1 - v[2] / np.sqrt(v[0] * v[1]))))

    d = (b - a).mean() / unit(at)
    steps = 1e-6 * np.eye(3)
    slope = np.array([(np.log(unit(at + s)) - np.log(unit(at - s))) / 2e-6 for s in steps])
    s = [(0, 0), (1, 1), (0, 1)]  # Wishart: cov(S_ij, S_kl) = (s_ik s_jl + s_il s_jk) / df
    wishart = [[cov[i, k] * cov[j, m] + cov[i, m] * cov[j, k] for k, m in s] for i, j in s]
    variance = (b - a).var(ddof=1) / n / unit(at) ** 2 + d**2 * slope @ wishart @ slope / (n - 1)
    row = effect_sizes(scores_of({"1": a, "2": b}), "1", "2").set_index("effect").loc["d_rm"]
    assert row["estimate"] == pytest.approx(d)
    assert row["high"] - d == pytest.approx(1.959964 * np.sqrt(variance), rel=1e-5)


def test_rounding_error_breaks_no_tie_and_hides_no_zero():
    # 2.4 - 2, 3.4 - 3 and 4.4 - 4 differ in the 16th digit; 0.1 + 0.2 is not 0.3
    frame = scores_of({"1": [2, 3, 4, 0.1 + 0.2], "2": [2.4, 3.4, 4.4, 0.3]})
    assert pairs(frame, "1", "2")["change"].tolist() == [0.4, 0.4, 0.4, 0]
    assert signed_rank_change(frame, "1", "2").loc[0, "n_zero"] == 1


@pytest.mark.slow
def test_intervals_cover_the_known_effect():
    # 500 studies of 50 normal pairs, each a "scale". The usual null-error interval of the
    # rank-biserial correlation covers 75 % here, so this test can fail.
    rng = np.random.default_rng(5)
    one = rng.normal(size=(500, 50))
    two = 0.6 * one + 0.8 * rng.normal(size=(500, 50)) + np.sqrt(0.8)  # sd 1, r .6, d_z 1
    frame = pd.concat(
        [
            scores_of({"1": a, "2": b}, f"s{i}")
            for i, (a, b) in enumerate(zip(one, two, strict=True))
        ]
    )
    sizes = effect_sizes(frame, "1", "2")
    true = {"d_z": 1, "g_z": 1, "d_av": np.sqrt(0.8), "d_rm": np.sqrt(0.8)}
    true["rank_biserial"] = 2 * stats.norm.cdf(np.sqrt(2)) - 1  # P(d1 + d2 > 0) - P(< 0)
    for effect, value in true.items():
        here = sizes[sizes["effect"] == effect]
        inside = ((here["low"] <= value) & (value <= here["high"])).mean()
        assert 0.92 <= inside <= 0.98, (effect, inside)


def test_hedges_j_is_the_exact_gamma_form():
    expected = VECTORS["hedges_J"]["expected"]
    for df, j in zip(expected["df"], expected["J"], strict=True):
        assert hedges_j(df) == pytest.approx(j, abs=1e-10)
    assert hedges_j(1e6) == pytest.approx(1, abs=1e-6)
    with pytest.raises(ValueError, match="degree of freedom"):
        hedges_j(1)


@pytest.mark.parametrize("shift", [-0.2, -1.0, 0.0])
def test_equal_changes_give_a_reason_and_not_p_zero(shift):
    start = np.array([3.1, 3.3, 2.7, 4.9, 3.0])
    frame = scores_of({"1": start, "2": start + shift})  # 3.3 - 0.2 - 3.3 is not exactly -0.2
    row = change(frame, "1", "2").iloc[0]
    assert row["mean_change"] == pytest.approx(shift)
    assert row[["t", "p", "low", "high"]].isna().all() and "same amount" in row["reason"]
    sizes = effect_sizes(frame, "1", "2").set_index("effect")
    assert sizes.loc[["d_z", "g_z", "d_av", "d_rm"], "estimate"].isna().all()
    assert (sizes["reason"] != "").all()
    rank = signed_rank_change(frame, "1", "2").iloc[0]
    assert rank["p"] == (1.0 if shift == 0 else pytest.approx(2 / 2**5))
    assert rank["n_zero"] == (5 if shift == 0 else 0)


@pytest.mark.parametrize("n", [0, 1])
def test_no_pair_and_one_pair_keep_their_row(n):
    second = [np.nan, np.nan, np.nan]
    second[:n] = [2.0] * n
    frame = scores_of({"1": [3.0, 4, 5], "2": second})
    row = change(frame, "1", "2").iloc[0]
    assert (row["n"], row["n_first"], row["n_last"]) == (n, 3, n)
    assert np.isnan(row["p"]) and row["reason"]
    assert effect_sizes(frame, "1", "2")["reason"].ne("").all()
    assert signed_rank_change(frame, "1", "2").loc[0, "n"] == n


@pytest.mark.parametrize(
    ("t", "df"), [(-3, 49), (7, 49), (-2, 1), (0.0, 4), (-60, 5), (900, 10**6)]
)
def test_noncentral_limits_put_t_at_their_tails(t, df):
    low, high = noncentral_t_interval(t, df)
    assert low < high
    assert stats.nct.cdf(t, df, low) == pytest.approx(0.975, abs=1e-6)
    assert stats.nct.cdf(t, df, high) == pytest.approx(0.025, abs=1e-6)
    assert noncentral_t_interval(-t, df) == pytest.approx((-high, -low))


def test_two_pairs_have_no_hedges_correction():
    sizes = effect_sizes(scores_of({"1": [3, 4], "2": [2, 1]}), "1", "2").set_index("effect")
    assert np.isfinite(sizes.loc["d_z", ["estimate", "low", "high"]].astype(float)).all()
    assert np.isnan(sizes.loc["g_z", "estimate"]) and sizes.loc["g_z", "reason"]


def test_waves_that_do_not_vary_or_correlate_perfectly_have_no_d_rm():
    for second in ([3, 3, 3], [2, 4, 6]):
        frame = scores_of({"1": [1, 2, 3], "2": second})
        sizes = effect_sizes(frame, "1", "2").set_index("effect")
        assert np.isnan(sizes.loc["d_rm", "estimate"]) and sizes.loc["d_rm", "reason"]
        assert np.isfinite(sizes.loc["d_av", "estimate"])


def test_means_are_those_of_the_pairs_and_missing_scores_are_counted():
    frame = scores_of({"1": [1, 5, np.nan, 3], "2": [2, np.nan, 4, 3]})
    row = change(frame, "1", "2").iloc[0]
    assert (row["n"], row["n_first"], row["n_last"]) == (2, 3, 3)
    assert (row["mean_first"], row["mean_last"], row["mean_change"]) == (2, 2.5, 0.5)


def test_a_frame_that_cannot_be_compared_is_refused_in_words(sleep):
    with pytest.raises(ValueError, match=r"wave 'three' is not in the data.*'one', 'two'"):
        change(sleep, "one", "three")
    with pytest.raises(ValueError, match="not in time order"):
        change(sleep, "two", "one")
    with pytest.raises(ValueError, match="must differ"):
        change(sleep, "one", "one")
    with pytest.raises(ValueError, match=r"lacks scale"):
        change(sleep.drop(columns="scale"), "one", "two")
    with pytest.raises(
        ValueError, match=r"family 1 has more than one score on scale x at wave one"
    ):
        change(pd.concat([sleep, sleep.head(1)]), "one", "two")
    with pytest.raises(ValueError, match=r"family 3, scale x, wave one: the score is infinite"):
        change(sleep.assign(score=sleep["score"].mask(sleep.index == 2, np.inf)), "one", "two")


def test_a_family_that_changed_centre_counts_where_it_began(sleep):
    moved = (sleep["family"] == 4) & (sleep["wave"] == "two")
    both = pairs(sleep.assign(centre=sleep["centre"].mask(moved, "B")), "one", "two")
    assert set(both["centre"]) == {"A"} and both.loc[both["moved"], "family"].tolist() == [4]


def test_nullable_scores_and_plain_text_waves_work(sleep):
    frame = sleep.assign(score=sleep["score"].astype("Float64"), wave=sleep["wave"].astype(str))
    assert change(frame, "one", "two").loc[0, "t"] == pytest.approx(4.06212768338)


def test_the_input_is_left_as_it_was(sleep):
    before = sleep.copy(deep=True)
    change(sleep, "one", "two"), effect_sizes(sleep, "one", "two")
    pd.testing.assert_frame_equal(sleep, before)


# Signed-rank


def test_signed_rank_is_hollander_and_wolfe():
    data = pd.read_csv(REFERENCE / "hamilton_depression.csv")
    expected = VECTORS["wilcoxon_hamilton"]["expected"]
    row = signed_rank(data["post"] - data["pre"])
    assert row["w_minus"] == expected["V"]  # R ranks pre - post, here last minus first
    assert row["p"] == pytest.approx(expected["p_two_sided_exact"], abs=1e-7)
    assert row["method"] == "exact"


@pytest.mark.parametrize("zeros", ["drop", "pratt"])
def test_signed_rank_with_tie_and_zero_is_coins_exact_p(zeros):
    expected = VECTORS["paired_sleep"]["expected"]
    data = pd.read_csv(REFERENCE / "sleep_wide.csv")
    row = signed_rank((data["g2"] - data["g1"]).round(9), zeros)
    key = "wilcoxon_exact_p_zero_dropped" if zeros == "drop" else "wilcoxon_exact_p_pratt"
    assert row["p"] == pytest.approx(expected[key], abs=1e-12)
    assert row["n_zero"] == 1 and row["zeros"] == zeros


@pytest.mark.parametrize("zeros", ["drop", "pratt"])
@pytest.mark.parametrize("seed", range(4))
def test_exact_p_equals_listing_every_sign_change(zeros, seed):
    d = np.random.default_rng(seed).integers(-3, 3, 11).astype(float)
    used = d[d != 0]
    ranks = stats.rankdata(abs(d))[d != 0] if zeros == "pratt" else stats.rankdata(abs(used))
    sums = np.array([np.dot(s, ranks) for s in product([-1, 1], repeat=len(used))])
    by_hand = (np.abs(sums) >= abs(np.dot(np.sign(used), ranks)) - 1e-9).mean()
    assert signed_rank(d, zeros)["p"] == pytest.approx(by_hand, abs=1e-12)


@pytest.mark.parametrize("n", [400, 3000])
def test_large_samples_agree_with_scipy_normal_approximation(n):
    d = np.random.default_rng(n).integers(-4, 5, n) - (np.arange(n) % 9 == 0)
    scipy_p = stats.wilcoxon(d[d != 0], method="asymptotic", correction=False).pvalue
    row = signed_rank(d)
    assert row["method"] == ("exact" if n == 400 else "normal")
    assert row["p"] == pytest.approx(scipy_p, rel=0.02 if n == 400 else 1e-9)


def test_a_million_ordinal_pairs_fit_in_memory():
    rng = np.random.default_rng(1)
    d = rng.integers(1, 6, 1_000_000) - rng.integers(1, 6, 1_000_000)
    assert signed_rank(d)["n"] == rank_biserial(d)["n"] == 1_000_000  # pingouin: 7 GB at 20,000


def test_rank_biserial_sign_and_hand_value():
    # differences 1, 2, -3, 4: W+ = 1 + 2 + 4, W- = 3, (7 - 3) / 10
    row = rank_biserial([1, 2, -3, 4])
    assert row["estimate"] == pytest.approx(0.4) and row["low"] < 0.4 < row["high"]
    assert rank_biserial([-1, -2, 3, -4])["estimate"] == pytest.approx(-0.4)
    assert rank_biserial([-1, -2, 3, -4])["low"] == pytest.approx(-row["high"])
    assert np.isnan(rank_biserial([0, 0])["estimate"]) and np.isnan(rank_biserial([])["estimate"])


def test_unknown_zero_handling_is_refused():
    with pytest.raises(ValueError, match="'drop' or 'pratt'"):
        signed_rank([1, 2], "split")


# Friedman


def test_friedman_is_hollander_and_wolfe():
    data = pd.read_csv(REFERENCE / "rounding_times.csv")
    expected = VECTORS["friedman_rounding_times"]["expected"]
    row = friedman(scores_of(dict(data.items())), list(data.columns)).iloc[0]
    assert row["n"] == 22 and row["df"] == expected["df"]
    assert row["chi2"] == pytest.approx(expected["chi2"], abs=1e-7)
    assert row["p"] == pytest.approx(expected["p"], abs=1e-7)
    assert row["kendall_w"] == pytest.approx(expected["kendall_W"], abs=1e-7)
    assert 0 <= row["low"] < row["kendall_w"] < row["high"] <= 1


def test_friedman_names_the_families_it_leaves_out():
    rng = np.random.default_rng(2)
    values = {w: rng.integers(1, 6, 30).astype(float) for w in "123"}
    values["3"][[4, 9]] = np.nan
    row = friedman(scores_of(values), list("123")).iloc[0]
    kept = np.delete(np.array(list(values.values())), [4, 9], axis=1)
    assert (row["n"], row["n_incomplete"]) == (28, 2)
    assert row["chi2"] == pytest.approx(stats.friedmanchisquare(*kept).statistic)


def test_friedman_without_variation_or_families_gives_a_reason():
    same = scores_of({wave: [2.0, 3, 4] for wave in "123"})
    row = friedman(same, list("123")).iloc[0]
    assert np.isnan(row["kendall_w"]) and np.isnan(row["p"]) and row["reason"]
    none = scores_of({"1": [1.0, 2], "2": [2.0, 1], "3": [np.nan, np.nan]})
    assert friedman(none, list("123")).loc[0, "n"] == 0
    two = friedman(same, ["1", "2"]).iloc[0]
    assert np.isnan(two["p"]) and two["n"] == 3 and "fewer than three waves" in two["reason"]


def test_mean_test_agrees_with_scipy():
    x = np.array([0.3, -1.2, 2.2, 0.9])
    row, outside = mean_test(x, 0.9), stats.ttest_1samp(x, 0)
    assert (row["t"], row["p"]) == (pytest.approx(outside.statistic), pytest.approx(outside.pvalue))
    assert (row["low"], row["high"]) == pytest.approx(outside.confidence_interval(0.9))
