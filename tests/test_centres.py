"""Inference with six centres, against R clubSandwich, wildboottest and full enumeration."""

import json
from itertools import product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from analysis.centres import (
    centre_change,
    centre_test,
    cluster_robust,
    sign_flip,
    wild_cluster_bootstrap,
)
from analysis.change import change, mean_test

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {row["name"]: row for row in json.loads((REFERENCE / "statistics.json").read_text())}
WILD = json.loads((REFERENCE / "wild_cluster_bootstrap.json").read_text())
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


@pytest.fixture
def sleepstudy():
    data = pd.read_csv(REFERENCE / "sleepstudy_6clusters.csv")
    return data["Reaction"], pd.DataFrame({"const": 1.0, "Days": data["Days"]}), data["Subject"]


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


@pytest.mark.slow
def test_programmes_without_effect_are_found_out():
    # 400 no-effect programmes (each a "scale"), 5 % of the variance of change between six centres.
    # Simulated elsewhere with 4,000: paired t .289, t on six means .049, sign-flip .030.
    rng = np.random.default_rng(7)
    centres, families = np.repeat(list("ABCDEF"), 50), np.arange(300)
    parts = []
    for i in range(400):
        value = np.repeat(rng.normal(0, np.sqrt(0.05), 6), 50) + rng.normal(0, np.sqrt(0.95), 300)
        start = pd.DataFrame(
            {"family": families, "centre": centres, "scale": i, "wave": "in", "score": 0.0}
        )
        parts += [start, start.assign(wave="out", score=value)]
    scores = pd.concat(parts, ignore_index=True)
    ignoring = (change(scores, "in", "out")["p"] < 0.05).mean()
    table = centre_test(scores, "in", "out", confirmatory=[])
    assert ignoring > 0.2
    assert (table["p"] < 0.05).mean() == pytest.approx(0.049, abs=0.035)
    assert (table["p_flip"] < 0.05).mean() == pytest.approx(0.030, abs=0.028)


# Cluster-robust errors


@pytest.mark.parametrize("kind", ["CR0", "CR1", "CR2", "CR3"])
def test_cluster_robust_is_clubsandwich(sleepstudy, kind):
    expected = VECTORS["cluster_robust_6"]["expected"]
    row = cluster_robust(*sleepstudy, kind=kind).set_index("term").loc["Days"]
    assert row["estimate"] == pytest.approx(expected["b_Days"], abs=1e-6)
    assert row["se"] == pytest.approx(expected[kind]["se_Days"], abs=1e-6)
    assert row["df"] == pytest.approx(expected[kind]["df_satt"], abs=1e-6)
    assert row["p"] == pytest.approx(expected[kind]["p_satt"], abs=1e-6)
    assert (row["n"], row["clusters"]) == (42, 6)


def test_cr2_of_one_value_per_centre_is_the_t_test_on_means():
    row = cluster_robust(SIX["diff"], pd.DataFrame({"const": np.ones(6)}), SIX["centre"]).iloc[0]
    outside = mean_test(SIX["diff"])
    assert (row["se"], row["df"], row["p"]) == pytest.approx(
        (outside["mean"] / outside["t"], 5, outside["p"])
    )


def test_cr2_stands_a_cluster_with_a_dummy_of_its_own():
    # I - H is singular for that cluster; the wave effect must come out finite all the same.
    rng = np.random.default_rng(3)
    centre = np.repeat(np.arange(6), 20)
    X = pd.get_dummies(pd.Series(centre), prefix="c", dtype=float).assign(
        wave=np.tile([0.0, 1], 60)
    )
    table = cluster_robust(rng.normal(size=120), X, centre).set_index("term")
    assert np.isfinite(table.loc["wave", ["se", "df", "p"]].astype(float)).all()
    assert table.loc["wave", "df"] == pytest.approx(5)  # balanced: G - 1


@pytest.mark.parametrize("kind", ["CR0", "CR2"])
def test_centre_dummies_give_the_errors_of_the_model_within_centres(kind):
    # Pustejovsky & Tipton (2018): absorbing the centres must not change CR2 or its df.
    rng = np.random.default_rng(9)
    centre = np.repeat(np.arange(6), [4, 9, 12, 20, 7, 8])
    y, x = rng.normal(size=(2, 60)) + centre
    dummies = pd.get_dummies(pd.Series(centre), prefix="c", dtype=float).assign(x=x)
    full = cluster_robust(y, dummies, centre, kind).set_index("term").loc["x"]
    within = pd.DataFrame({"y": y, "x": x}) - pd.DataFrame({"y": y, "x": x}).groupby(
        centre
    ).transform("mean")
    absorbed = cluster_robust(within["y"], within[["x"]], centre, kind).iloc[0]
    for column in ("estimate", "se", "df", "p"):
        assert full[column] == pytest.approx(absorbed[column], rel=1e-8), column


def test_models_that_cannot_be_fitted_are_refused(sleepstudy):
    y, X, cluster = sleepstudy
    with pytest.raises(ValueError, match="one cluster"):
        cluster_robust(y, X, np.zeros(len(y)))
    with pytest.raises(ValueError, match="linearly dependent"):
        cluster_robust(y, X.assign(twice=2 * X["Days"]), cluster)
    with pytest.raises(ValueError, match="missing"):
        cluster_robust(y.mask(y.index == 3), X, cluster)
    with pytest.raises(ValueError, match="equally long"):
        cluster_robust(y[:-1], X, cluster)
    with pytest.raises(ValueError, match="CR2"):
        cluster_robust(y, X, cluster, kind="HC3")


# Wild cluster bootstrap


def test_wild_bootstrap_agrees_with_wildboottest(sleepstudy):
    expected = WILD["sleepstudy_6clusters"]
    row = wild_cluster_bootstrap(*sleepstudy, "Days", "rademacher")
    assert row["p"] == expected["rademacher"] and row["n_draws"] == 64 and row["exact"]
    webb = wild_cluster_bootstrap(*sleepstudy, "Days", "webb")
    assert webb["p"] == pytest.approx(expected["webb"], abs=0.0015) and webb["n_draws"] == 6**6
    assert webb["estimate"] == pytest.approx(VECTORS["cluster_robust_6"]["expected"]["b_Days"])
    ones = pd.DataFrame({"const": np.ones(6)})
    six_webb = wild_cluster_bootstrap(SIX["diff"], ones, SIX["centre"], "const", "webb")
    assert six_webb["p"] == pytest.approx(WILD["six_centre_diffs"]["webb"], abs=0.0015)


@pytest.mark.parametrize("seed", range(5))
def test_rademacher_of_centre_means_is_the_sign_flip_test(seed):
    # With one value per centre t is a monotone function of |sum|, so both must give the same p.
    d = np.random.default_rng(seed).normal(0.4, 1, 6)
    ones = pd.DataFrame({"const": np.ones(6)})
    assert (
        wild_cluster_bootstrap(d, ones, range(6), "const", "rademacher")["p"] == sign_flip(d)["p"]
    )


def test_wild_bootstrap_draws_when_the_list_is_too_long_and_names_errors(sleepstudy):
    rng = np.random.default_rng(0)
    y, X = rng.normal(size=40), pd.DataFrame({"const": np.ones(40), "x": rng.normal(size=40)})
    row = wild_cluster_bootstrap(y, X, np.repeat(range(20), 2), "x")
    assert not row["exact"] and 0 < row["p"] <= 1
    assert row == wild_cluster_bootstrap(y, X, np.repeat(range(20), 2), "x")
    with pytest.raises(ValueError, match="no column 'z'"):
        wild_cluster_bootstrap(y, X, np.repeat(range(20), 2), "z")
    with pytest.raises(ValueError, match="webb"):
        wild_cluster_bootstrap(*sleepstudy, "Days", "mammen")


def test_statsmodels_corrections_are_those_of_r_and_the_paper():
    # Benjamini & Hochberg (1995), section 3; R p.adjust. Holm is what centre_test uses.
    vector = VECTORS["p_adjust_bh1995"]["expected"]
    p = pd.read_csv(REFERENCE / "bh1995_p.csv")["p"]
    for ours, theirs in (
        ("holm", "holm"),
        ("fdr_bh", "BH"),
        ("hommel", "hommel"),
        ("fdr_by", "BY"),
    ):
        assert multipletests(p, method=ours)[1] == pytest.approx(vector[theirs], abs=1e-9), ours
    assert multipletests(p, 0.05, "fdr_bh")[0].sum() == vector["n_rejected_BH_05"]
    assert multipletests(p, 0.05, "bonferroni")[0].sum() == vector["n_rejected_bonferroni_05"]
