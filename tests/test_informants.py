"""Ratings of the same family by several informants, and who answered: against R, published examples, hand arithmetic."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import answers
from analysis.clusters import cluster_robust
from analysis.informants import (
    OVERALL,
    SHIFTED,
    TOO_FEW,
    agreement,
    blanked,
    clustered_mean,
    differences,
    icc,
    limits_of_agreement,
    one,
    order,
    pairs,
)
from analysis.study import Study

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {row["name"]: row for row in json.loads((REFERENCE / "statistics.json").read_text())}
FLEISS = pd.read_csv(REFERENCE / "shrout_fleiss.csv").to_numpy()
PEFR = json.loads((REFERENCE / "pefr.json").read_text())
SLEEP = pd.read_csv(REFERENCE / "sleep_wide.csv")


def views(*rows):
    frame = pd.DataFrame(rows, columns=["family", "wave", "informant", "aspect", "rating"])
    return frame.astype({"rating": float})


def records(centres, waves=("in",), risk=None):
    rows = [(f, c, w) for f, c in centres.items() for w in waves]
    frame = pd.DataFrame(rows, columns=["family", "centre", "wave"])
    frame["wave"] = pd.Categorical(frame["wave"], waves, ordered=True)
    if risk:
        levels = ["low", "high"]
        frame["risk"] = pd.Categorical(frame["family"].map(risk), levels, ordered=True)
    return frame


def sided(theirs, own, informant="parent"):
    """Views of one aspect at one wave: informant and specialist, family by family."""
    rows = [(f"f{i}", "in", informant, "hope", r) for i, r in enumerate(theirs)]
    rows += [(f"f{i}", "in", "specialist", "hope", r) for i, r in enumerate(own)]
    return views(*rows)


def paired(theirs, own, centres=None):
    homes = centres or {f"f{i}": "A" for i in range(len(theirs))}
    return pairs(sided(theirs, own), records(homes), "specialist")


# Pairs


def test_pairs_hold_only_what_both_answered_and_the_mean_over_it():
    frame = views(
        ("f1", "in", "parent", "hope", 2),
        ("f1", "in", "parent", "respect", 4),
        ("f1", "in", "specialist", "hope", 4),
        ("f1", "in", "specialist", "respect", 5),
        ("f2", "in", "parent", "hope", None),
        ("f2", "in", "specialist", "hope", 5),
        ("f3", "in", "child", "hope", 1),
    )
    table = pairs(frame, records({"f1": "A", "f2": "B", "f3": "B"}), "specialist")
    found = table.set_index("aspect")["difference"]
    assert found.to_dict() == {OVERALL: -1.5, "hope": -2.0, "respect": -1.0}
    assert set(table["family"]) == {"f1"} and set(table["centre"]) == {"A"}


def test_an_unknown_reference_and_a_rating_twice_are_named():
    with pytest.raises(ValueError, match="no informant 'curator'; there are: parent, specialist"):
        pairs(sided([1], [2]), records({"f0": "A"}), "curator")
    twice = pd.concat([sided([1], [2]), sided([3], [4])])
    with pytest.raises(ValueError, match="parent rated hope of family f0 twice at in"):
        pairs(twice, records({"f0": "A"}), "specialist")


# Differences


def test_one_centre_is_r_t_test_on_sleep():
    """R t.test(Pair(x1, x2) ~ 1) on datasets::sleep: -1.58, -2.4599 to -0.7001, p .002833."""
    d = SLEEP.iloc[:, -2] - SLEEP.iloc[:, -1]
    d = d if d.mean() < 0 else -d
    row = clustered_mean(d, ["A"] * 10)
    assert row["mean"] == pytest.approx(-1.58)
    assert (row["low"], row["high"]) == pytest.approx((-2.4598858, -0.7001142), abs=1e-6)
    assert row["p"] == pytest.approx(0.00283289, abs=1e-7) and row["test"] == "t"


def test_several_centres_take_the_robust_error():
    d = np.array([-1, -2, -1, 0, -1, 0, -2, -3, 1, 0, -1, -1], dtype=float)
    centre = list("AABBBCCCDDDD")
    row = clustered_mean(d, centre)
    slow = cluster_robust(d, pd.DataFrame({"one": np.ones(12)}), centre).iloc[0]
    assert row["test"] == "CR2" and row["centres"] == 4
    assert (row["low"], row["high"], row["p"]) == pytest.approx(
        (slow["low"], slow["high"], slow["p"])
    )


def test_equal_centres_are_the_t_test_of_their_means():
    """With centres of equal size CR2 of a mean is the t interval over the centre means (here -1, 0, -2: mean -1, se .577)."""
    row = clustered_mean([-2, 0, 1, -1, -2, -2], list("AABBCC"))
    reach = stats.t.ppf(0.975, 2) / np.sqrt(3)
    assert (row["low"], row["high"]) == pytest.approx((-1 - reach, -1 + reach))


def test_differences_by_hand_with_direction():
    table = differences(paired([1, 2, 3, 5], [2, 4, 3, 4])).set_index("aspect").loc["hope"]
    assert table[["n", "mean", "mean_reference", "difference"]].tolist() == [4, 2.75, 3.25, -0.5]
    assert table[["higher", "equal", "lower"]].tolist() == [0.25, 0.25, 0.5]


def test_holm_over_the_aspects_without_the_mean_of_all():
    one = sided([1, 2, 2, 3, 1], [3, 3, 4, 4, 2])
    both = pd.concat([one, sided([3, 2, 4, 3, 1], [3, 3, 4, 4, 2]).assign(aspect="respect")])
    table = differences(pairs(both, records({f"f{i}": "A" for i in range(5)}), "specialist"))
    held = table.set_index("aspect")
    assert np.isnan(held.loc[OVERALL, "p_holm"])
    assert held.loc["hope", "p_holm"] == pytest.approx(2 * held.loc["hope", "p"])


def test_everybody_the_same_shift_has_no_interval_and_says_why():
    row = differences(paired([1, 2, 3], [2, 3, 4])).iloc[0]
    assert row["difference"] == -1 and np.isnan(row["low"]) and "same amount" in row["reason"]


def test_no_pairs_no_rows():
    assert differences(paired([None, None], [1, 2])).empty
    assert agreement(paired([None, None], [1, 2])).empty


# Agreement


def test_icc_is_that_of_r_psych_on_shrout_and_fleiss():
    expected = VECTORS["icc_shrout_fleiss"]["expected"]
    row = icc(FLEISS)
    for ours, theirs in (("agreement", "ICC2"), ("consistency", "ICC3")):
        assert row[ours] == pytest.approx(expected["ICC"][theirs], abs=1e-9)
        assert row[f"{ours}_low"] == pytest.approx(expected["lower"][theirs], abs=1e-9)
        assert row[f"{ours}_high"] == pytest.approx(expected["upper"][theirs], abs=1e-9)


def test_a_shift_costs_agreement_and_not_consistency():
    row = icc([[1, 2], [2, 3], [3, 4], [4, 5]])
    assert row["consistency"] == pytest.approx(1) and row["agreement"] < 0.8


@pytest.mark.parametrize("zero", [0, 1e6])
def test_a_shift_that_floats_blur_has_no_interval_and_says_why(zero):
    # By hand: means of families .2, .3, .8, so between = 2 x .10333; means of raters .2 apart, so raters = 3 x .02;
    # no error: agreement = .20667 / (.20667 + 2 x .06 / 3) = 31 / 37.
    row = icc(np.array([[0.1, 0.3], [0.2, 0.4], [0.7, 0.9]]) + zero)
    assert row["agreement"] == pytest.approx(31 / 37) and row["consistency"] == pytest.approx(1)
    ends = [
        row[f"{name}_{end}"] for name in ("agreement", "consistency") for end in ("low", "high")
    ]
    assert np.isnan(ends).all() and row["reason"] == SHIFTED


def test_a_shift_between_families_that_are_alike():
    # families do not differ at all: nothing agrees, and consistency is 0 / 0
    row = icc([[0.1, 0.3], [0.1, 0.3], [0.1, 0.3]])
    assert row["agreement"] == pytest.approx(0, abs=1e-12) and np.isnan(row["consistency"])
    assert row["reason"] == SHIFTED


def test_icc_without_variation_is_missing_with_the_reason():
    assert np.isnan(icc([[3, 3], [3, 3]])["agreement"]) and icc([[3, 3], [3, 3]])["reason"]
    assert "fewer than two families" in icc([[1, 2]])["reason"]
    assert "fewer than two raters" in icc([[1], [2]])["reason"]
    blurred = icc([[0.1 + 0.2, 0.3], [0.3, 0.3]])  # .30000000000000004 is .3
    assert np.isnan(blurred["agreement"]) and "the same" in blurred["reason"]
    assert icc([[1, 1], [2, 2], [3, 3]])["agreement"] == pytest.approx(1)


def test_agreement_holds_estimate_base_and_interval_together():
    generator = np.random.default_rng(2)
    own = generator.integers(1, 6, 60)
    theirs = np.clip(own + generator.integers(-1, 2, 60), 1, 5)
    row = agreement(paired(theirs, own)).iloc[0]
    assert row["n"] == 60 and row["low"] < row["icc"] < row["high"]
    assert row["alpha_low"] < row["alpha_ordinal"] < row["alpha_high"]
    again = agreement(paired(theirs, own)).iloc[0]
    assert again["alpha_low"] == row["alpha_low"]


def test_limits_of_agreement_are_those_of_bland_and_altman():
    """Paper: bias -2.1, sd 38.8, bias -22.0 to 17.8, lower limit (at 2 sd, -79.7) -114.3 to -45.1."""
    expected, frame = PEFR["expected"], paired(PEFR["wright"], PEFR["mini"])
    row = limits_of_agreement(frame).set_index("aspect").loc["hope"]
    assert (row["bias"], row["sd"]) == pytest.approx((expected["bias"], expected["sd"]), abs=0.05)
    assert 2 * row["reach"] == pytest.approx(69.2, abs=0.3)
    half = (expected["lower_limit_high"] - expected["lower_limit_low"]) / 2
    assert row["reach"] == pytest.approx(half, abs=0.1)
    assert row["low_limit"] == pytest.approx(-2.1176 - 1.959964 * 38.7651, abs=1e-3)
    spread = differences(frame).iloc[0]
    ends = (expected["low"], expected["high"])
    assert (spread["low"], spread["high"]) == pytest.approx(ends, abs=0.1)


# Small groups


def test_small_groups_are_blank_with_their_n():
    table = pd.DataFrame({"aspect": ["a", "b"], "n": [4, 5], "mean": [1.0, 2.0], "reason": ""})
    shown = blanked(table, 5)
    assert shown.loc[0, ["n", "mean"]].isna().all() and shown.loc[0, "reason"] == TOO_FEW
    assert shown.loc[1, ["n", "mean"]].tolist() == [5, 2.0]
    assert table.loc[0, "n"] == 4


def test_nothing_small_nothing_blank():
    table = pd.DataFrame({"n": [9], "mean": [1.0]})
    assert blanked(table, 5)["mean"].tolist() == [1.0]


def test_one_row_or_a_sentence_that_names_what_there_is():
    table = pd.DataFrame({"informant": ["parent", "child"], "wave": ["in", "in"], "n": [1, 2]})
    assert one(table, wave="in", informant="child")["n"] == 2
    with pytest.raises(
        ValueError, match="no informant 'mother' in this table; there is: child, parent"
    ):
        one(table, informant="mother")


def test_waves_sort_in_the_order_of_the_study():
    study = Study(Path(), "t", True, waves=("start", "end"))
    table = pd.DataFrame({"wave": ["end", "start", "start"], "informant": ["a", "b", "a"]})
    table = table.sort_values(["wave", "informant"], key=order(study))
    assert table.to_numpy().tolist() == [["start", "a"], ["start", "b"], ["end", "a"]]


# Who answered

ASKED = views(
    *(
        (f"f{i}", "in", "parent", a, r)
        for i, r in enumerate([1, 2, 3, None, None, None])
        for a in ("hope", "respect")
    )
)
SCORES = pd.DataFrame({"family": [f"f{i}" for i in range(6)], "score": [1.0, 2, 3, 4, 5, 6]})


def test_response_counts_families_and_hides_small_groups():
    row = answers.response(ASKED).iloc[0]
    assert row[["count", "n", "share"]].tolist() == [3, 6, 0.5]
    assert answers.response(ASKED, 4).iloc[0][["count", "n", "share", "low"]].isna().all()


def test_one_aspect_rated_is_an_answer():
    frame = ASKED.copy()
    frame.loc[frame["family"].eq("f5") & frame["aspect"].eq("hope"), "rating"] = 4
    assert answers.response(frame).iloc[0]["count"] == 4


def test_permutation_by_hand():
    """1, 2, 3 against 4, 5, 6: two of the 20 regroupings are as far apart."""
    assert answers.permutation_p([1, 2, 3], [4, 5, 6]) == pytest.approx(0.1)
    assert answers.permutation_p([1, 2], [1, 2]) == 1


def test_permutation_of_many_is_close_to_its_full_list_and_repeats():
    generator = np.random.default_rng(4)
    a, b = generator.normal(size=8), generator.normal(0.8, size=8)
    full = answers.permutation_p(a, b, draws=20_000)  # 12,870 regroupings, all of them
    some = answers.permutation_p(a, b, draws=4_000)
    assert some == pytest.approx(full, abs=4 * np.sqrt(full * (1 - full) / 4_000))
    assert some == answers.permutation_p(a, b, draws=4_000)


def test_who_answered_is_welch_as_in_r():
    """R t.test(extra ~ group, sleep), Welch: -1.58, -3.3654832 to 0.2054832."""
    first, second = SLEEP.iloc[:, -2].to_numpy(), SLEEP.iloc[:, -1].to_numpy()
    low, high = sorted([first, second], key=np.mean)
    scores = pd.DataFrame({"family": [f"f{i}" for i in range(20)], "score": [*low, *high]})
    asked = views(*((f"f{i}", "in", "parent", "hope", 3 if i < 10 else None) for i in range(20)))
    row = answers.who_answered(asked, scores, "in").iloc[0]
    assert (row["n_answered"], row["n_silent"]) == (10, 10)
    assert row["difference"] == pytest.approx(-1.58)
    assert (row["low"], row["high"]) == pytest.approx((-3.3654832, 0.2054832), abs=1e-6)
    assert 0.06 < row["p"] < 0.10  # Welch has .079


@pytest.mark.parametrize(("rating", "words"), [(3, "everybody"), (None, "nobody")])
def test_all_or_none_answered_is_said(rating, words):
    frame = ASKED.assign(rating=float(rating) if rating else np.nan)
    row = answers.who_answered(frame, SCORES, "in").iloc[0]
    assert np.isnan(row["difference"]) and row["reason"].startswith(words)
    homes = {f"f{i}": "A" for i in range(6)}
    found = answers.risk_of_answered(frame, records(homes, risk=dict.fromkeys(homes, "low")), "in")
    assert found.iloc[0]["reason"].startswith(words)


def test_one_family_alone_on_a_side_has_no_difference_and_a_reason():
    # scipy permutes samples of two or more and raises otherwise
    frame = views(*((f"f{i}", "in", "parent", "hope", 3 if i else None) for i in range(3)))
    scores = pd.DataFrame({"family": ["f0", "f1", "f2"], "score": [1.0, 2.0, 3.0]})
    row = answers.who_answered(frame, scores, "in").iloc[0]
    assert (row["n_answered"], row["n_silent"]) == (2, 1) and row["reason"] == answers.TOO_FEW
    assert row[["difference", "low", "high", "p"]].isna().all()


def test_risk_of_those_who_answered_by_hand():
    """Answered: 3 low, 0 high; silent: 0 low, 3 high. Fisher: 2 of 20 tables. Shares 0 and 1."""
    risk = {f"f{i}": "low" if i < 3 else "high" for i in range(6)}
    row = answers.risk_of_answered(ASKED, records(dict.fromkeys(risk, "A"), risk=risk), "in").iloc[
        0
    ]
    assert row["p"] == pytest.approx(0.1)
    assert (row["share_answered"], row["share_silent"], row["difference"]) == (0, 1, -1)


def test_small_counts_behind_a_share_of_risk_are_not_shown():
    risk = {f"f{i}": "high" if i == 0 else "low" for i in range(6)}
    homes = records(dict.fromkeys(risk, "A"), risk=risk)
    assert answers.risk_of_answered(ASKED, homes, "in").iloc[0]["share_answered"] == 1 / 3
    row = answers.risk_of_answered(ASKED, homes, "in", 2).iloc[0]
    assert row[["share_answered", "share_silent", "p"]].isna().all() and row["reason"] == TOO_FEW


def test_without_risk_levels_there_are_no_rows():
    table = answers.risk_of_answered(ASKED, records({"f0": "A"}), "in")
    assert table.empty and "share_silent" in table


def test_newcombe_interval_of_his_first_example():
    """Newcombe (1998), Stat Med 17:873, table II (a): 56/70 against 48/80, method 10: .0524 to .3339."""
    risk = {f"f{i}": "high" if i < 56 or 70 <= i < 118 else "low" for i in range(150)}
    rows = views(*((f"f{i}", "in", "parent", "hope", 3 if i < 70 else None) for i in range(150)))
    row = answers.risk_of_answered(rows, records(dict.fromkeys(risk, "A"), risk=risk), "in").iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)


def test_bounds_by_hand():
    """4, 4, 2 of five asked on 1 to 5: (10 + 2) / 5 and (10 + 10) / 5."""
    frame = views(
        *((f"f{i}", "in", "parent", "hope", r) for i, r in enumerate([4, 4, 2, None, None]))
    )
    row = answers.bounds(frame, (1, 5)).iloc[0]
    assert (row["n"], row["n_answered"], row["low"], row["high"]) == (5, 3, 2.4, 4.0)
    with pytest.raises(ValueError, match="parent, hope, in: a rating outside 1 to 3"):
        answers.bounds(frame, (1, 3))


def test_distribution_counts_sides_of_the_middle_and_hides_small_counts_for_good():
    """Parent: 2 below 3, 9 on it, 9 above; the 2 is hidden, and with it what would give it back."""
    rows = [(f"f{i}", "in", "parent", "hope", r) for i, r in enumerate([1] * 2 + [3] * 9 + [4] * 9)]
    rows += [
        (f"f{i}", "in", "specialist", "hope", r) for i, r in enumerate([2] * 8 + [3] * 8 + [5] * 8)
    ]
    full = answers.distribution(views(*rows), "in", (1, 5), 2).set_index("informant")
    assert full.loc["parent", ["below_middle", "on_middle", "above_middle", "Total"]].tolist() == [
        2,
        9,
        9,
        20,
    ]
    table = answers.distribution(views(*rows), "in", (1, 5), 5).set_index("informant")
    assert pd.isna(table.loc["parent", "below_middle"]) and table.loc["parent"].isna().sum() >= 2
    assert table.loc["specialist"].isna().sum() >= 2 and table["aspect"].eq("hope").all()
    assert answers.distribution(views(*rows), "out", (1, 5), 5).empty


def test_distribution_hides_nothing_when_the_smallest_count_shown_is_one():
    """Parent: 1 below, 3 above; specialist: 2 on the middle. With 2 the single parent is hidden."""
    rows = [(f"f{i}", "in", "parent", "hope", r) for i, r in enumerate([1, 5, 5, 5])]
    rows += [(f"f{i}", "in", "specialist", "hope", 3) for i in range(2)]
    table = answers.distribution(views(*rows), "in", (1, 5), 1).set_index("informant")
    assert table.drop(columns="aspect").to_dict("index") == {
        "parent": {"below_middle": 1, "on_middle": 0, "above_middle": 3, "Total": 4},
        "specialist": {"below_middle": 0, "on_middle": 2, "above_middle": 0, "Total": 2},
        "Total": {"below_middle": 1, "on_middle": 2, "above_middle": 3, "Total": 6},
    }
    two = answers.distribution(views(*rows), "in", (1, 5), 2).set_index("informant")
    assert pd.isna(two.loc["parent", "below_middle"])
    assert list(two.dtypes.items()) == list(table.dtypes.items())


def test_change_by_hand_among_those_who_answered_twice():
    rows = [(f"f{i}", "in", "parent", "hope", r) for i, r in enumerate([1, 2, 3, 4])]
    rows += [(f"f{i}", "out", "parent", "hope", r) for i, r in enumerate([2, 4, None, 4])]
    rows += [(f"f{i}", "out", "parent", "seen", 3) for i in range(4)]
    table = answers.change(views(*rows), records({f"f{i}": "A" for i in range(4)}), "in", "out")
    assert table[["aspect", "n", "change"]].values.tolist() == [["hope", 3, 1.0]]


def test_means_with_one_answer_have_no_interval():
    table = answers.means(sided([4, None], [3, 5]), records({"f0": "A", "f1": "A"}))
    row = table.set_index("informant").loc["parent"]
    assert row["mean"] == 4 and np.isnan(row["low"]) and row["reason"]
