"""Odds of a worse level against R ordinal::clm, the sandwich written out and statsmodels GEE."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit
from statsmodels.miscmodels.ordinal_model import OrderedModel
from statsmodels.tools.numdiff import approx_fprime, approx_hess

from analysis import ordinal
from analysis.ordinal import proportional_odds, separated, worse_odds

WAVES, LEVELS = ["w1", "w2", "w3"], ["low", "medium", "high"]
# Ratings 1 to 5 of bitterness by temperature and contact: Randall (1989), R ordinal::wine
WINE = {
    ("cold", "no"): [4, 9, 5, 0, 0],
    ("cold", "yes"): [1, 7, 8, 2, 0],
    ("warm", "no"): [0, 5, 8, 3, 2],
    ("warm", "yes"): [0, 1, 5, 7, 5],
}


def wine(wave="temp", centre="contact"):
    rows = [
        (temp, contact, rating + 1)
        for (temp, contact), counts in WINE.items()
        for rating, n in enumerate(counts)
        for _ in range(n)
    ]
    frame = pd.DataFrame(rows, columns=["temp", "contact", "rating"])
    frame = frame.rename(columns={wave: "wave", centre: "centre"}).assign(family=range(72))
    frame["wave"] = pd.Categorical(frame["wave"], sorted(frame["wave"].unique()), ordered=True)
    return frame


def families(n=150, seed=1, step=-0.6, bend=0.0):
    """Three waves of levels with a family effect; `bend` moves the upper threshold only."""
    rng = np.random.default_rng(seed)
    who = np.repeat(np.arange(n), 3)
    wave = np.tile(np.arange(3), n)
    latent = rng.normal(0, 1.5, n)[who] + step * wave + rng.logistic(size=3 * n)
    place = (latent > -0.5).astype(int) + (latent > np.maximum(0.8 + bend * wave, -0.5))
    frame = pd.DataFrame({"family": who, "wave": np.array(WAVES)[wave]})
    frame["centre"] = np.array(list("ABCDEF"))[rng.integers(6, size=n)[who]]
    frame["risk"] = pd.Categorical(np.array(LEVELS)[place], LEVELS, ordered=True)
    frame["wave"] = pd.Categorical(frame["wave"], WAVES, ordered=True)
    return frame[rng.random(len(frame)) < 0.9].reset_index(drop=True)


def design(frame):
    parts = [pd.get_dummies(frame[c], dtype=float).iloc[:, 1:] for c in ("wave", "centre")]
    return np.column_stack(parts)


# Outside values


@pytest.mark.parametrize(
    ("wave", "centre", "log_odds"), [("temp", "contact", 2.5031), ("contact", "temp", 1.5278)]
)
def test_wine_is_that_of_clm(wave, centre, log_odds):
    # clm(rating ~ temp + contact, data = wine): tempwarm 2.5031, contactyes 1.5278
    row = worse_odds(wine(wave, centre), "rating").iloc[0]
    assert np.log(row["odds_ratio"]) == pytest.approx(log_odds, abs=5.1e-5)
    assert (row["n"], row["levels"], row["reason"]) == (72, 5, "")


def test_errors_are_the_sandwich_written_out():
    frame = families()
    X, y, n = design(frame), frame["risk"].cat.codes.to_numpy(), len(frame)
    family = pd.factorize(frame["family"])[0]

    def logs(point):  # b, then two thresholds as they are
        ends = np.array([-np.inf, *point[-2:], np.inf])
        eta = X @ point[:-2]
        return np.log(expit(ends[y + 1] - eta) - expit(ends[y] - eta))

    table = worse_odds(frame)
    fit = OrderedModel(frame["risk"], X, distr="logit").fit(method="bfgs", disp=0, gtol=1e-8)
    best = np.append(fit.params[:-2], fit.model.transform_threshold_params(fit.params)[1:3])
    pulls = pd.DataFrame(approx_fprime(best, logs, centered=True)).groupby(family).sum()
    bread = np.linalg.inv(approx_hess(best, lambda point: logs(point).sum()))
    groups = family.max() + 1
    inflate = groups / (groups - 1) * (n - 1) / (n - len(best))
    se = np.sqrt(np.diag(bread @ (pulls.T @ pulls).to_numpy() @ bread) * inflate)[:2]
    np.testing.assert_allclose(np.log(table["odds_ratio"]), best[:2], atol=1e-4)
    np.testing.assert_allclose(np.log(table["odds_ratio"]) / table["z"], se, rtol=1e-3)
    np.testing.assert_allclose(np.log(table["high"] / table["low"]) / 2, 1.959964 * se, rtol=1e-3)


def two_levels(frame):
    whether = np.where(frame["risk"] > "low", "medium", "low")
    return frame.assign(risk=pd.Categorical(whether, LEVELS, ordered=True))


def test_two_levels_are_the_logistic_gee():
    frame = two_levels(families())  # the level "high" is empty
    X = sm.add_constant(design(frame))
    judge = sm.GEE(
        (frame["risk"] > "low").astype(float), X, frame["family"], family=sm.families.Binomial()
    ).fit()
    table = worse_odds(frame)
    n, groups = len(frame), frame["family"].nunique()
    inflate = np.sqrt(groups / (groups - 1) * (n - 1) / (n - X.shape[1]))
    np.testing.assert_allclose(np.log(table["odds_ratio"]), judge.params[1:3], atol=1e-4)
    expected = judge.tvalues[1:3] / inflate
    np.testing.assert_allclose(table["z"], expected, rtol=1e-3)
    assert table["levels"].tolist() == [2, 2] and table["reason"].eq("").all()


def test_clustering_matters():
    frame = families()
    alone = frame.assign(family=range(len(frame)))
    with_families, without = worse_odds(frame), worse_odds(alone)
    np.testing.assert_allclose(with_families["odds_ratio"], without["odds_ratio"])
    assert (with_families["z"].abs() > 1.05 * without["z"].abs()).all()  # change is within families


def test_turning_the_levels_round_turns_the_odds_round():
    frame = families()
    turned = frame.assign(risk=frame["risk"].cat.reorder_categories(LEVELS[::-1]))
    ours, theirs = worse_odds(frame), worse_odds(turned)
    np.testing.assert_allclose(ours["odds_ratio"], 1 / theirs["odds_ratio"], rtol=1e-3)
    np.testing.assert_allclose(ours["low"], 1 / theirs["high"], rtol=1e-3)


def test_numeric_items_and_missing_ratings():
    frame = families()
    frame["item"] = frame["risk"].cat.codes + 1.0
    frame.loc[:9, ["item"]] = np.nan
    frame.loc[:9, "risk"] = None
    ours, theirs = worse_odds(frame, "item"), worse_odds(frame)
    pd.testing.assert_frame_equal(ours.drop(columns="outcome"), theirs.drop(columns="outcome"))
    assert ours["n"].iloc[0] == len(frame) - 10


# One odds ratio?


def test_brant_is_the_wald_test_of_stacked_gee():
    frame = families(bend=0.3)
    X = sm.add_constant(design(frame))
    place, blank = frame["risk"].cat.codes.to_numpy(), np.zeros_like(X)
    stacked = np.vstack([np.column_stack([X, blank]), np.column_stack([blank, X])])
    worse = np.concatenate([place > 0, place > 1]).astype(float)
    family = np.tile(frame["family"], 2)
    judge = sm.GEE(worse, stacked, family, family=sm.families.Binomial()).fit()
    p = X.shape[1]
    contrast = np.zeros((2, 2 * p))
    contrast[[0, 1], [1, 2]], contrast[[0, 1], [p + 1, p + 2]] = -1, 1
    expected = judge.wald_test(contrast, scalar=True)
    splits, test = proportional_odds(frame)
    row, groups = test.iloc[0], frame["family"].nunique()
    assert row["chi2"] == pytest.approx(expected.statistic * (groups - 1) / groups, rel=1e-6)
    assert (row["df"], row["splits"], row["reason"]) == (2, 2, "")
    np.testing.assert_allclose(
        np.log(splits["odds_ratio"]), judge.params[[1, 2, p + 1, p + 2]], atol=1e-7
    )
    assert splits["worse_than"].tolist() == ["low", "low", "medium", "medium"]
    assert splits["wave"].tolist() == ["w2", "w3", "w2", "w3"]


def test_brant_finds_what_bends_and_not_what_does_not():
    straight = [proportional_odds(families(seed=s))[1]["p"].item() for s in range(60)]
    assert np.mean(np.array(straight) < 0.05) < 0.17  # 5 % expected, 3 standard errors: .084
    assert proportional_odds(families(400, bend=0.8))[1]["p"].item() < 0.001


# Limits


def set_levels(frame, where, level):
    risk = frame["risk"].astype(object).where(~where, level)
    return frame.assign(risk=pd.Categorical(risk, LEVELS, ordered=True))


def test_an_extreme_centre_says_nothing_about_waves():
    frame = families()
    frame = set_levels(frame, frame["centre"] == "C", "low")
    table = worse_odds(frame)
    assert table["n_left_out"].eq((frame["centre"] == "C").sum()).all()
    assert table["reason"].eq("").all()
    # With the centre in, its coefficient runs off to minus infinity; the others are the same.
    fit = OrderedModel(frame["risk"], design(frame), distr="logit").fit(method="bfgs", disp=0)
    np.testing.assert_allclose(np.log(table["odds_ratio"]), fit.params.iloc[:2], atol=1e-3)
    assert fit.params.iloc[3] < -8


def test_an_extreme_wave_has_a_reason_and_leaves_the_other():
    frame = families()
    frame = set_levels(frame, frame["wave"] == "w3", "low")
    table = worse_odds(frame).set_index("wave")
    assert table["reason"].tolist() == ["", ordinal.ALL_EXTREME]
    assert np.isfinite(table.loc["w2", "odds_ratio"]) and np.isnan(table.loc["w3", "odds_ratio"])
    alone = worse_odds(frame[frame["wave"] != "w3"])
    assert table.loc["w2", "odds_ratio"] == pytest.approx(alone["odds_ratio"].iloc[0], rel=1e-4)
    first = worse_odds(set_levels(families(), families()["wave"] == "w1", "high"))
    assert first["reason"].tolist() == [ordinal.FIRST_EXTREME] * 2


def test_separation_within_the_cells_has_a_reason():
    # Nobody is extreme in a whole wave or centre, but wave and centre together tell all levels.
    place = {("w1", "A"): 1, ("w1", "B"): 2, ("w2", "A"): 0, ("w2", "B"): 1}
    rows = [(f"{c}{i}", c, w, LEVELS[k]) for (w, c), k in place.items() for i in range(20)]
    frame = pd.DataFrame(rows, columns=["family", "centre", "wave", "risk"])
    frame["wave"] = pd.Categorical(frame["wave"], ["w1", "w2"], ordered=True)
    frame["risk"] = pd.Categorical(frame["risk"], LEVELS, ordered=True)
    row = worse_odds(frame).iloc[0]
    assert row["reason"] == ordinal.SEPARATED and np.isnan(row["odds_ratio"])
    assert proportional_odds(frame)[1]["reason"].item() == ordinal.SEPARATED


@pytest.mark.parametrize(
    ("places", "x", "expected"),
    [
        ([0, 0, 1, 1], [0, 0, 1, 1], True),  # complete
        ([0, 0, 0, 1], [0, 0, 1, 1], True),  # quasi: nobody at 1 when x = 0
        ([0, 1, 0, 1], [0, 0, 1, 1], False),
        ([0, 1, 2, 0, 1, 2], [0, 0, 0, 1, 1, 1], False),
        ([0, 1, 1, 1, 2, 2], [0, 0, 0, 1, 1, 1], True),
        ([0, 1, 2, 1], [0, 0, 0, 1], False),  # only the middle at x = 1: finite
    ],
)
def test_separation(places, x, expected):
    assert separated(np.array(places), np.array(x, dtype=float)[:, None]) is expected


def test_a_separated_split_keeps_the_others():
    frame = families()
    high_at_two = (frame["wave"] == "w2") & (frame["risk"] == "high")
    splits, test = proportional_odds(set_levels(frame, high_at_two, "medium"))
    assert (
        splits.set_index(["worse_than", "wave"])["reason"].tolist()
        == ["", ""] + [ordinal.SEPARATED] * 2
    )
    assert test["reason"].item() == ordinal.FEW_SPLITS and np.isnan(test["p"].item())
    assert proportional_odds(two_levels(families()))[1]["reason"].item() == ordinal.ONE_SPLIT


def test_other_reasons():
    frame = families()
    same = set_levels(frame, frame["wave"].notna(), "medium")
    assert worse_odds(same)["reason"].tolist() == [ordinal.ONE_LEVEL] * 2
    assert proportional_odds(same)[1]["reason"].item() == ordinal.ONE_LEVEL
    gap = worse_odds(frame[frame["wave"] != "w2"]).set_index("wave")
    assert gap["reason"].tolist() == [ordinal.NOBODY, ""]
    late = worse_odds(frame[frame["wave"] != "w1"])
    assert late["reason"].tolist() == [ordinal.NO_FIRST] * 2
    only_first = worse_odds(frame[frame["wave"] == "w1"])
    assert only_first["reason"].tolist() == [ordinal.NOBODY] * 2
    assert (
        worse_odds(frame[frame["family"] < 6])["reason"]
        .isin([ordinal.TOO_FEW, ordinal.CONFOUNDED])
        .all()
    )
    apart = frame.assign(centre=np.where(frame["wave"] == "w1", "A", "B"))
    assert worse_odds(apart)["reason"].tolist() == [ordinal.CONFOUNDED] * 2
    assert len(worse_odds(frame.iloc[:0])) == 2


def test_refusals():
    frame = families()
    with pytest.raises(ValueError, match="lacks mood"):
        worse_odds(frame, "mood")
    with pytest.raises(ValueError, match="wave must be an ordered"):
        worse_odds(frame.astype({"wave": object}))
    with pytest.raises(ValueError, match="risk must be ordered"):
        worse_odds(frame.astype({"risk": object}))
    with pytest.raises(ValueError, match="has no centre at wave w1"):
        worse_odds(frame.assign(centre=None))
    with pytest.raises(ValueError, match="is rated twice at wave w1"):
        worse_odds(pd.concat([frame, frame]))
