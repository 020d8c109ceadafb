"""Scoring and reliability against R psych 2.2.9 (vectors), hand arithmetic and literal loops."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pingouin as pg
import pytest

from analysis.scales import (
    bootstrap_alphas,
    cronbach_alpha,
    feldt_interval,
    item_statistics,
    reliability,
    score,
    scores,
    split_half,
)

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {v["name"]: v for v in json.loads((REFERENCE / "statistics.json").read_text("utf-8"))}
BFI = pd.read_csv(REFERENCE / "bfi25.csv")
ATTITUDE = pd.read_csv(REFERENCE / "attitude.csv")
LSAT6 = pd.read_csv(REFERENCE / "lsat6.csv")
ITEMS_A, ITEMS_C, ITEMS_N = BFI.columns[:5], BFI.columns[5:10], BFI.columns[15:20]

# vector name, its data, how it was asked for
PSYCH = [
    ("alpha_attitude", ATTITUDE, {}),
    ("alpha_bfi_A_unkeyed_pairwise", BFI[ITEMS_A], {}),
    ("alpha_bfi_A_keyed_pairwise", BFI[ITEMS_A], {"reverse": ["A1"]}),
    ("alpha_bfi_A_keyed_listwise", BFI[ITEMS_A], {"reverse": ["A1"], "missing": "listwise"}),
    ("alpha_bfi_C", BFI[ITEMS_C], {"reverse": ["C4", "C5"]}),
    ("kr20_lsat6", LSAT6, {}),
]
SUMMARY = {
    "n": "n",
    "k": "k",
    "alpha": "raw_alpha",
    "alpha_std": "std_alpha",
    "g6": "G6",
    "mean_r": "average_r",
    "median_r": "median_r",
    "feldt_low": "feldt_lower",
    "feldt_high": "feldt_upper",
}
PER_ITEM = {
    "alpha_dropped": "alpha_if_dropped_raw",
    "item_rest_r": "item_rest_r",
    "n": "item_n",
    "mean": "item_mean",
    "sd": "item_sd",
}


def row(*args, **kwargs):
    kwargs.setdefault("bootstrap", 0)
    return reliability(*args, **kwargs).iloc[0]


# --- reliability: outside values ----------------------------------------------------------------


@pytest.mark.parametrize(("name", "items", "how"), PSYCH, ids=[case[0] for case in PSYCH])
def test_summary_is_that_of_psych_alpha(name, items, how):
    vector = VECTORS[name]  # source: R 4.2.2, psych 2.2.9 alpha(); Feldt with the right n
    found = row(items, **how)
    for ours, theirs in SUMMARY.items():
        expected = vector["expected"][theirs]
        assert found[ours] == pytest.approx(expected, abs=vector["tolerance"]), ours


@pytest.mark.parametrize(("name", "items", "how"), PSYCH, ids=[case[0] for case in PSYCH])
def test_item_statistics_are_those_of_psych_alpha(name, items, how):
    vector = VECTORS[name]  # source: R 4.2.2, psych 2.2.9 alpha()
    found = item_statistics(items, **how).set_index("item")
    for ours, theirs in PER_ITEM.items():
        for item, expected in vector["expected"][theirs].items():
            value = found.loc[item.rstrip("-"), ours]  # psych marks reversed items "A1-"
            assert value == pytest.approx(expected, abs=vector["tolerance"]), (item, ours)


def test_kr20_as_published():
    assert round(row(LSAT6).alpha, 3) == 0.295  # Rizopoulos (2006), JSS 17(5)


def test_omega_total_is_that_of_psych():
    vector = VECTORS["omega_total_bfi_N_1factor_minres"]  # source: psych::omega(nfactors=1)
    expected = vector["expected"]["omega_total"]
    assert row(BFI[ITEMS_N]).omega == pytest.approx(expected, abs=vector["tolerance"])


def test_fine_alpha_and_poor_fit_stand_side_by_side():
    found = row(BFI[ITEMS_N], missing="listwise")
    # Measured independently on the bfi's Neuroticism: ordinal alpha .839 (psych), RMSEA .163 (CFA).
    assert found.alpha_ordinal == pytest.approx(0.839, abs=0.0005)
    assert found.rmsea == pytest.approx(0.163, abs=0.0005)
    # Pairwise gives .8396 and .1635: the printed values come from complete rows.
    assert row(BFI[ITEMS_N]).alpha_ordinal == pytest.approx(0.839, abs=0.001)


def test_alpha_by_hand():
    # Items (1,2,3), (1,2,3), (3,2,4): variances 1, 1, 1; covariances 1, .5, .5.
    # Σ C = 3 + 2 (1 + .5 + .5) = 7; alpha = 3/2 (1 - 3/7) = 6/7. Mean r = 2/3, so
    # standardised alpha = 3 (2/3) / (1 + 2 (2/3)) = 6/7 too.
    found = row(pd.DataFrame({"a": [1, 2, 3], "b": [1, 2, 3], "c": [3, 2, 4]}))
    assert found.alpha == pytest.approx(6 / 7)
    assert found.alpha_std == pytest.approx(6 / 7)
    assert found.mean_r == pytest.approx(2 / 3)


def test_two_items_give_the_spearman_brown_value():
    # k = 2: standardised alpha = 2 r / (1 + r), r of (1,2,3,4) and (1,3,2,4) = .8 -> 1.6 / 1.8.
    found = row(pd.DataFrame({"a": [1, 2, 3, 4], "b": [1, 3, 2, 4]}))
    assert found.alpha_std == pytest.approx(1.6 / 1.8)
    assert np.isnan(found.omega)  # one factor is not determined by one correlation


# --- the n of the interval: where pingouin (and psych) are wrong ------------------------------------


def test_listwise_interval_uses_the_complete_rows_where_pingouin_uses_all():
    data = pg.read_dataset("cronbach_wide_missing")  # pingouin's own documentation example
    assert (len(data), len(data.dropna())) == (12, 9)
    alpha, pingouin_interval = pg.cronbach_alpha(data=data, nan_policy="listwise")
    found = row(data, missing="listwise")
    assert found.alpha == pytest.approx(alpha)
    assert round(found.alpha, 4) == 0.8017
    assert found.n == 9
    # R psych: alpha.ci(.8017, n.obs=9, n.var=11) prints .53 - .95
    assert (found.feldt_low, found.feldt_high) == pytest.approx((0.533, 0.947), abs=5e-4)
    # pingouin 0.7.0 prints the interval for 12 rows; psych::alpha(use="complete.obs")$feldt as well
    assert list(pingouin_interval) == [0.581, 0.933]
    assert list(pingouin_interval) == pytest.approx(feldt_interval(alpha, 12, 11), abs=5e-4)


def test_listwise_interval_of_80_rows_of_which_35_are_complete():
    # Measured with pingouin 0.7.0: [.691, .847] for n = 80. The alpha behind it is .7783
    # (Feldt solved for alpha, five items); with the 35 complete rows the interval is [.636, .876].
    assert feldt_interval(0.7783, 80, 5) == pytest.approx((0.691, 0.847), abs=6e-4)
    assert feldt_interval(0.7783, 35, 5) == pytest.approx((0.636, 0.876), abs=6e-4)


def test_listwise_psych_interval_is_too_narrow():
    expected = VECTORS["alpha_bfi_A_keyed_listwise"]["expected"]
    found = row(BFI[ITEMS_A], reverse=["A1"], missing="listwise")
    wrong = expected["psych_feldt"]  # psych 2.2.9, for all 2,800 rows
    assert found.n == 2709
    assert found.feldt_low < wrong["lower"] < wrong["upper"] < found.feldt_high
    assert feldt_interval(found.alpha, 2800, 5) == pytest.approx(tuple(wrong.values()), abs=1e-6)


@pytest.mark.parametrize("missing", ["pairwise", "listwise"])
def test_empty_rows_do_not_count(missing):
    sixty = BFI[ITEMS_N].dropna().head(60)
    more = pd.concat([sixty, pd.DataFrame(np.nan, index=range(5000, 5040), columns=ITEMS_N)])
    without = reliability(sixty, missing=missing, bootstrap=50)
    pd.testing.assert_frame_equal(reliability(more, missing=missing, bootstrap=50), without)
    # pingouin narrows its interval because of the 40 rows that hold nothing
    narrow = np.diff(pg.cronbach_alpha(data=more)[1])
    assert narrow < np.diff(pg.cronbach_alpha(data=sixty)[1])


# --- bootstrap -------------------------------------------------------------------------------------


@pytest.mark.parametrize("holes", [False, True], ids=["complete", "pairwise"])
def test_bootstrap_equals_the_literal_loop(holes):
    items = BFI[ITEMS_N].iloc[:60]
    items = items.mask(np.random.default_rng(3).random(items.shape) < 0.15) if holes else items
    items = items.dropna(how="all") if holes else items.dropna()
    drawn = np.random.default_rng(11).integers(len(items), size=(40, len(items)))
    literal = [cronbach_alpha(items.iloc[rows].cov().to_numpy()) for rows in drawn]
    fast = bootstrap_alphas(items.to_numpy(), 40, 11)
    np.testing.assert_allclose(fast, literal, rtol=1e-10)
    found = reliability(items, bootstrap=40, seed=11).iloc[0]
    expected = np.percentile(literal, [2.5, 97.5])
    assert (found.alpha_low, found.alpha_high) == pytest.approx(tuple(expected))


def test_bootstrap_does_not_depend_on_the_size_of_its_blocks(monkeypatch):
    items = ATTITUDE.to_numpy(float)
    whole = bootstrap_alphas(items, 101, 5)
    monkeypatch.setattr("analysis.cronbach._BLOCK", 7 * len(items))
    np.testing.assert_allclose(bootstrap_alphas(items, 101, 5), whole, rtol=1e-12)


def test_bootstrap_depends_on_the_seed_only():
    first, again = (reliability(ATTITUDE, bootstrap=200, seed=1) for _ in range(2))
    pd.testing.assert_frame_equal(first, again)
    other = reliability(ATTITUDE, bootstrap=200, seed=2)
    assert other.alpha_low.item() != first.alpha_low.item()


def test_alpha_and_its_intervals_have_no_unit():
    tiny = reliability(ATTITUDE * 1e-8, bootstrap=100).iloc[0]
    usual = reliability(ATTITUDE, bootstrap=100).iloc[0]
    for name in ("alpha", "alpha_low", "alpha_high", "alpha_std", "omega"):
        assert tiny[name] == pytest.approx(usual[name], rel=1e-8)


def test_resamples_without_variance_are_left_out_and_counted():
    rare = pd.DataFrame({"a": [0] * 7 + [1], "b": [0] * 7 + [1]})
    found = reliability(rare, bootstrap=500, seed=1).iloc[0]
    never = (7 / 8) ** 8  # share of resamples without the one family that differs: .344
    assert found.resamples == pytest.approx(500 * (1 - never), abs=3 * np.sqrt(500 * never))
    assert found.alpha_low == pytest.approx(1)


# --- items that should not be there ---------------------------------------------------------------


def test_an_item_against_the_rest_is_named():
    # psych warns for A1; pingouin says nothing
    assert row(BFI[ITEMS_A]).against == "A1"
    assert row(BFI[ITEMS_C]).against == "C4, C5"
    assert row(BFI[ITEMS_C], reverse=["C4", "C5"]).against == ""
    found = item_statistics(BFI[ITEMS_C]).set_index("item")
    assert found.index[found.against].tolist() == ["C4", "C5"]


def test_two_opposed_items_are_both_named():
    opposed = pd.DataFrame({"a": [1, 2, 3, 4, 5], "b": [5, 4, 3, 1, 2]})
    assert row(opposed).against == "a, b"
    assert row(opposed).alpha < 0


def test_a_constant_item_is_dropped_and_named():
    padded = ATTITUDE.assign(same=3.0, empty=np.nan)
    found = row(padded)
    # psych drops it with a warning: .843, seven items; pingouin prints .826 for eight, in silence
    assert (found.k, round(found.alpha, 3), found.dropped) == (7, 0.843, "same, empty")
    assert pg.cronbach_alpha(ATTITUDE.assign(same=3.0))[0] == pytest.approx(0.826, abs=5e-4)
    table = item_statistics(padded).set_index("item")
    assert table.index[table.dropped].tolist() == ["same", "empty"]
    assert np.isnan(table.loc["same", "item_rest_r"])
    assert table.loc["empty", "n"] == 0


def test_a_constant_item_costs_no_complete_rows():
    holes = ATTITUDE.assign(same=[3.0, np.nan] * 15)
    assert row(holes, missing="listwise").n == 30


def test_reversing_keeps_alpha_and_uses_the_declared_range():
    turned = BFI[ITEMS_A].assign(A1=7 - BFI["A1"])
    assert row(BFI[ITEMS_A], reverse=["A1"]).alpha == pytest.approx(row(turned).alpha)
    declared = item_statistics(BFI[ITEMS_A], reverse=["A1"], valid_range=(0, 10)).set_index("item")
    assert declared.loc["A1", "mean"] == pytest.approx(10 - BFI["A1"].mean())
    assert declared.loc["A1", "reversed"]


def test_floor_and_ceiling_by_hand():
    items = pd.DataFrame({"a": [1, 1, 2, np.nan], "b": [1, 5, 5, 5], "c": [2, 3, 4, 4]})
    found = item_statistics(items, valid_range=(1, 5)).set_index("item")
    assert found.loc["a", "floor"] == pytest.approx(2 / 3)
    assert found.loc["a", "missing"] == 0.25
    assert found.loc["b", "ceiling"] == 0.75
    assert found.loc["c", ["floor", "ceiling"]].tolist() == [0, 0]


@pytest.mark.parametrize(
    ("items", "how", "words"),
    [
        (ATTITUDE[["rating"]], {}, "at least two items"),
        (pd.DataFrame({"a": [1, 1, 1], "b": [2, 2, 2]}), {}, "vary"),
        (pd.DataFrame({"a": [1, 2, 3], "b": [2, 2, 2]}), {}, "only a does"),
        (pd.DataFrame({"a": [1, 2, 3], "b": ["x", "y", "z"]}), {}, "'b', row 0 holds 'x'"),
        (pd.DataFrame({"a": [1, 2, np.inf], "b": [1, 2, 3]}), {}, "'a', row 2.*infinite"),
        (
            pd.DataFrame({"a": [1, 2, 99], "b": [1, 2, 3]}, index=["f1", "f2", "f3"]),
            {"valid_range": (1, 5)},
            "'a', row f3: 99 lies outside 1 to 5",
        ),
        (
            pd.DataFrame({"a": [1, 2, 3, np.nan], "b": [1, 2, np.nan, 4]}),
            {"missing": "listwise"},
            "Only 2 complete rows",
        ),
        (
            pd.DataFrame({"a": [1, 2, 3, 4, *[np.nan] * 4], "b": [*[np.nan] * 4, 1, 2, 3, 4]}),
            {},
            "'a' and 'b' are both rated in only 0 rows",
        ),
        (ATTITUDE, {"reverse": ["nobody"]}, "nobody"),
        (ATTITUDE, {"missing": "impute"}, "'pairwise' or 'listwise'"),
        (pd.DataFrame([[1, 2], [2, 3], [3, 3]], columns=["a", "a"]), {}, "'a' occurs twice"),
        (pd.DataFrame({"a": [], "b": []}), {}, "Only 0 rows"),
    ],
)
def test_refusals_say_what_and_where(items, how, words):
    with pytest.raises(ValueError, match=words):
        reliability(items, bootstrap=0, **how)


def test_a_stray_99_makes_alpha_near_one_where_no_range_is_declared():
    stray = BFI[ITEMS_N].dropna().head(60).copy()
    stray.iloc[:3] = 99
    assert pg.cronbach_alpha(stray)[0] > 0.99  # what pingouin shows without a word
    with pytest.raises(ValueError, match=r"'N1', row 0: 99 lies outside 1 to 6 \(15 such values"):
        reliability(stray, valid_range=(1, 6))


def test_a_pair_that_does_not_vary_on_shared_rows_leaves_the_models_out():
    items = pd.DataFrame(
        {
            "a": [1, 1, 1, 1, 2, 3, 4, 5],
            "b": [1, 2, 3, 4, np.nan, np.nan, np.nan, np.nan],
            "c": [2, 1, 3, 4, 2, 3, 5, 4],
        }
    )
    found = row(items)
    assert np.isfinite(found.alpha)
    assert np.isnan([found.omega, found.alpha_ordinal]).all()


def test_many_categories_have_no_ordinal_alpha():
    assert np.isnan(row(ATTITUDE).alpha_ordinal)  # percentages: up to 26 different values
    assert np.isfinite(row(ATTITUDE).omega)


def test_nullable_integers_and_integer_names_are_fine():
    items = BFI[ITEMS_N].head(100)
    nullable = items.astype("Int64").set_axis(range(5), axis=1)
    assert row(nullable).alpha == pytest.approx(row(items).alpha)


# --- split halves ----------------------------------------------------------------------------------


def test_split_half_bounds_are_those_of_psych():
    vector = VECTORS["guttman_lambdas_attitude"]  # source: psych::splitHalf(attitude)
    expected, near = vector["expected"], vector["tolerance"]
    found = split_half(ATTITUDE).iloc[0]
    assert found.splits == 35  # C(7, 3)
    assert found.lambda4 == pytest.approx(expected["max_split_half_lambda4"], abs=near)
    assert found.lambda6 == pytest.approx(expected["lambda6"], abs=near)
    assert found.alpha_std == pytest.approx(expected["alpha_std"], abs=near)


def test_split_half_average_and_minimum_where_psych_stops_half_way():
    """With seven items psych takes 18 of the 35 splits and divides their sum by 17.5."""
    from itertools import combinations

    expected = VECTORS["guttman_lambdas_attitude"]["expected"]
    r = ATTITUDE.corr().to_numpy()
    literal = []
    for half in combinations(range(7), 3):
        rest = [item for item in range(7) if item not in half]
        literal.append(4 * r[np.ix_(half, rest)].sum() / r.sum())
    assert min(literal[:18]) == pytest.approx(expected["min_split_half_beta"], abs=1e-6)
    assert sum(literal[:18]) / 17.5 == pytest.approx(expected["average_split_half"], abs=1e-6)
    found = split_half(ATTITUDE).iloc[0]
    assert found.minimum == pytest.approx(min(literal))  # .675, not .743
    assert found.average == pytest.approx(np.mean(literal))  # .822, not .851
    assert found.minimum < expected["min_split_half_beta"]


def test_the_average_split_half_of_an_even_number_of_items_is_alpha():
    found = split_half(ATTITUDE.iloc[:, :6]).iloc[0]  # Cronbach (1951)
    assert found.splits == 10  # C(6, 3) / 2
    assert found.average == pytest.approx(found.alpha_std)


def test_many_items_are_split_at_random_and_say_so():
    found = split_half(BFI.dropna().head(300), seed=4)
    assert found.splits.item() == 20_000
    pd.testing.assert_frame_equal(found, split_half(BFI.dropna().head(300), seed=4))


# --- scoring -----------------------------------------------------------------------------------------

SCALE = SimpleNamespace(
    name="strain",
    label="Strain",
    items=("q1", "q2", "q3", "q4", "q5"),
    low=1,
    high=5,
    better="lower",
    reverse=("q2",),
)


def monitoring(*rows):
    """Rows of five answers as a monitoring table, two waves per family."""
    table = pd.DataFrame(rows, columns=list(SCALE.items), dtype=float)
    table["family"] = [f"SYN-{1 + i // 2:04d}" for i in range(len(rows))]
    table["wave"] = [("before", "after")[i % 2] for i in range(len(rows))]
    table["centre"], table["curator"] = "North", "K1"
    return table


def test_score_reverses_about_the_declared_range():
    # q2 = 2 counts as 1 + 5 - 2 = 4, although nobody used 5: (1 + 4 + 1 + 1 + 1) / 5 = 1.6
    assert score(monitoring([1, 2, 1, 1, 1]), SCALE).tolist() == pytest.approx([1.6])


def test_score_needs_four_of_five_items():
    table = monitoring([1, np.nan, 2, 3, 4], [1, np.nan, np.nan, 3, 4], [np.nan] * 5)
    found = score(table, SCALE)
    assert found.iloc[0] == pytest.approx(10 / 4)  # 4 of 5 = exactly the minimum share of .8
    assert found.iloc[1:].isna().all()
    assert score(table, SCALE, minimum_share=0.6).iloc[1] == pytest.approx(8 / 3)


def test_scores_are_one_row_per_family_wave_and_scale():
    other = SimpleNamespace(**{**vars(SCALE), "name": "bond", "reverse": ()})
    table = monitoring([1, 5, 1, 1, 1], [5, 1, 5, 5, 5], [np.nan] * 5)
    found = scores(table, [SCALE, other])
    assert found.columns.tolist() == ["family", "centre", "curator", "wave", "scale", "score"]
    assert len(found) == 6
    assert found.score.tolist()[:2] == [1, 5]
    assert found.scale.unique().tolist() == ["strain", "bond"]
    assert found.score.isna().sum() == 2
    assert scores(table, []).empty


def test_scores_keep_the_order_of_waves():
    table = monitoring([1] * 5, [2] * 5)
    table["wave"] = pd.Categorical(table["wave"], ["before", "after"], ordered=True)
    found = scores(table.drop(columns="curator"), [SCALE])
    assert found.wave.cat.categories.tolist() == ["before", "after"]
    assert found.curator.isna().all()


def test_scoring_refusals_name_family_and_wave():
    with pytest.raises(ValueError, match="'q3', row family SYN-0001, wave after: 99 lies outside"):
        score(monitoring([1] * 5, [1, 1, 99, 1, 1]), SCALE)
    with pytest.raises(ValueError, match="no column q5"):
        score(monitoring([1] * 5).drop(columns="q5"), SCALE)
    with pytest.raises(ValueError, match="'q1', row 0 holds 'often'"):
        score(monitoring([1] * 5).assign(q1="often"), SCALE)
    with pytest.raises(ValueError, match="Two rows for family SYN-0001, wave before"):
        scores(pd.concat([monitoring([1] * 5)] * 2), [SCALE])
    with pytest.raises(ValueError, match="no column wave"):
        scores(monitoring([1] * 5).drop(columns="wave"), [SCALE])
    with pytest.raises(ValueError, match="q9"):
        score(
            monitoring([1] * 5).assign(q9=1), SimpleNamespace(**{**vars(SCALE), "reverse": ("q9",)})
        )
