"""Inference with six centres, against hand arithmetic and full enumeration; see test_simulations."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.centres import centre_change, centre_test, sign_flip
from analysis.change import mean_test

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {row["name"]: row for row in json.loads((REFERENCE / "statistics.json").read_text())}
SIX = pd.read_csv(REFERENCE / "six_centre_diffs.csv")


def scores_from(changes, scale="x"):
    """Scores frame from {centre: changes of its families}; every family starts at 3."""
    rows = []
    for centre, values in changes.items():
        for i, value in enumerate(values):
            for wave, score in (("in", 3.0), ("out", 3.0 + value)):
                rows.append((f"{centre}{i}", centre, wave, scale, score))
    frame = pd.DataFrame(rows, columns=["family", "centre", "wave", "scale", "score"])
    return frame.assign(wave=pd.Categorical(frame["wave"], ["in", "out"], ordered=True))


def six(means, scale="x"):
    return scores_from({f"C{i}": [m - 0.5, m, m + 0.5] for i, m in enumerate(means)}, scale)


# Sign-flip


def test_sign_flip_of_six_centres_that_agree_is_two_in_64():
    expected = VECTORS["sign_flip_6"]["expected"]
    row = sign_flip(SIX["diff"])
    assert row["mean"] == pytest.approx(expected["mean"], abs=1e-9)
    assert row["p"] == expected["p_two_sided"] == 0.03125
    assert row["smallest_p"] == expected["smallest_attainable_p"]
    assert row["n_permutations"] == expected["n_permutations"] and row["method"] == "exact"


@pytest.mark.parametrize("seed", range(5))
def test_sign_flip_equals_listing_with_ties_and_zeros(seed):
    d = np.round(np.random.default_rng(seed).normal(0.3, 1, 7), 1) * np.array(
        [1, 1, 1, 1, 1, 1, seed > 2]
    )
    sums = np.array([abs(np.dot(s, d)) for s in product([-1, 1], repeat=7)])
    assert sign_flip(d)["p"] == (sums >= abs(d.sum()) - 1e-9).mean()
    assert sign_flip(d)["smallest_p"] == (sums >= abs(d).sum() - 1e-9).mean()


def test_sign_flip_edges():
    assert sign_flip([2.0])["p"] == 1 and sign_flip([0.0] * 6)["p"] == 1
    assert np.isnan(sign_flip([])["p"])
    d = np.full(20, 1.0)
    row = sign_flip(d, draws=999)
    assert (row["method"], row["p"]) == ("random", 1 / 1000)  # never 0
    assert sign_flip(np.arange(-9.0, 11)) == sign_flip(np.arange(-9.0, 11))  # seeded


# Centre means


def test_centre_means_and_their_t_test_are_those_of_six_numbers():
    table = centre_test(six(SIX["diff"] / 100), "in", "out").iloc[0]
    outside = mean_test(SIX["diff"] / 100)  # checked against scipy in test_change
    assert (table["n"], table["k"], table["df"]) == (18, 6, 5)
    for ours, theirs in (("mean_of_means", "mean"), ("low", "low"), ("high", "high"), ("p", "p")):
        assert table[ours] == pytest.approx(outside[theirs]), ours
    assert table["p_flip"] == table["smallest_p"] == 0.03125
    by_hand = [np.delete(SIX["diff"].to_numpy(), i).mean() / 100 for i in range(6)]
    assert (table["loo_low"], table["loo_high"]) == pytest.approx((min(by_hand), max(by_hand)))


def test_after_holm_two_confirmatory_scales_cannot_be_reached_by_six_centres():
    scores = pd.concat([six([-1, -0.8, -1.2, -0.9, -1.1, -1], s) for s in ("a", "b")])
    both = centre_test(scores, "in", "out")
    assert (both["p_flip"] == 0.03125).all() and not both["reachable"].any()
    assert (both["p_flip_holm"] == 0.0625).all()
    one = centre_test(scores, "in", "out", confirmatory=["a"]).set_index("scale")
    assert one["reachable"].all() and one.loc["a", "p_flip_holm"] == 0.03125
    assert one.loc["b", "role"] == "exploratory" and np.isnan(one.loc["b", "p_holm"])
    with pytest.raises(ValueError, match="'c'"):
        centre_test(scores, "in", "out", confirmatory=["c"])
    none = centre_test(scores, "in", "out", confirmatory=[])
    assert none["p_holm"].isna().all() and (none["m"] == 1).all()


def test_five_centres_can_never_be_significant_by_sign_flip():
    row = centre_test(six([-1, -1.1, -0.9, -1.2, -1.3]), "in", "out").iloc[0]
    assert row["smallest_p"] == 0.0625 and not row["reachable"] and row["p"] < 0.001


def test_a_planned_test_that_could_not_be_made_still_counts():
    gone = six([1] * 6, "b")
    gone.loc[gone["wave"] == "out", "score"] = np.nan
    table = centre_test(pd.concat([six([1, 2, 3, 4, 5, 6], "a"), gone]), "in", "out")
    table = table.set_index("scale")
    assert table.loc["a", "p_holm"] == pytest.approx(2 * table.loc["a", "p"])
    assert np.isnan(table.loc["b", "p_holm"]) and table.loc["b", "k"] == 0
    assert not table.loc["b", "reachable"] and table.loc["b", "reason"]


def test_centres_without_pairs_or_with_one_pair_stay_visible():
    scores = scores_from({"A": [1, 2], "B": [1.5], "C": [0.3]})
    scores.loc[(scores["centre"] == "C") & (scores["wave"] == "out"), "score"] = np.nan
    table = centre_change(scores, "in", "out").set_index("centre")
    assert table["n"].to_dict() == {"A": 2, "B": 1, "C": 0}
    assert table.loc["B", "mean_change"] == 1.5 and np.isnan(table.loc["B", "low"])
    assert (table.loc[["B", "C"], "reason"] != "").all()
    test = centre_test(scores, "in", "out").iloc[0]
    assert (test["k"], test["n_centres"], test["mean_of_means"]) == (2, 3, 1.5)


def test_one_centre_gives_no_test():
    row = centre_test(scores_from({"A": [1, 2, 4]}), "in", "out").iloc[0]
    assert np.isnan(row["p"]) and row["p_flip"] == 1 and "one centre" in row["reason"]
    assert np.isnan(row["loo_low"]) and not row["reachable"]


def test_families_without_a_centre_are_refused_and_movers_counted():
    scores = six([1] * 6)
    with pytest.raises(ValueError, match="family C00 has no centre"):
        centre_change(
            scores.assign(centre=scores["centre"].mask(scores["family"] == "C00")), "in", "out"
        )
    moved = (scores["family"] == "C00") & (scores["wave"] == "out")
    table = centre_change(scores.assign(centre=scores["centre"].mask(moved, "C5")), "in", "out")
    assert table.set_index("centre")["n_moved"].to_dict() == {"C0": 1} | {
        f"C{i}": 0 for i in range(1, 6)
    }
