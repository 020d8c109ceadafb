"""Random-intercept model against lme4, lmerTest and statsmodels, and its limits."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from analysis import mixed
from analysis.change import change
from analysis.mixed import mixed_change, random_intercept

REFERENCE = Path(__file__).parent / "reference"
# Davies & Goldsmith (1972) p. 136 and Box & Tiao (1973) p. 246, six batches of five, as printed
# in lme4::Dyestuff and lme4::Dyestuff2.
DYESTUFF = """1545 1440 1440 1520 1580  1540 1555 1490 1560 1495  1595 1550 1605 1510 1560
1445 1440 1595 1465 1545  1595 1630 1515 1635 1625  1520 1455 1450 1480 1445"""
DYESTUFF2 = """7.298 3.846 2.434 9.566 7.990  5.220 6.556 0.608 11.788 -0.892
0.110 10.386 13.434 5.510 8.166  2.212 4.852 7.092 9.288 4.980
0.282 9.014 4.458 9.446 7.198  1.722 4.782 8.106 0.758 3.758"""


def batches(text):
    return np.array(text.split(), dtype=float), pd.DataFrame({"c": np.ones(30)}), np.arange(30) // 5


def unbalanced(families=120, seed=3):
    """Scores at four waves with a family effect, six unequal centres and 25 % of rows lost."""
    rng = np.random.default_rng(seed)
    family = np.repeat(np.arange(families), 4)
    frame = pd.DataFrame({"family": family, "wave": np.tile(["w1", "w2", "w3", "w4"], families)})
    frame["centre"] = rng.choice(list("ABCDEF"), families, p=[0.4, 0.2, 0.15, 0.1, 0.1, 0.05])[
        family
    ]
    frame["score"] = 20 + rng.normal(0, 2, families)[family] + rng.normal(0, 3, len(frame))
    frame["score"] -= 0.7 * (frame["wave"] == "w4") + 0.3 * (frame["centre"] == "B")
    frame["wave"] = pd.Categorical(frame["wave"], ["w1", "w2", "w3", "w4"], ordered=True)
    return frame[rng.random(len(frame)) < 0.75].assign(scale="x").reset_index(drop=True)


def design(frame):
    parts = [pd.get_dummies(frame[c], dtype=float).iloc[:, 1:] for c in ("wave", "centre")]
    return pd.concat(parts, axis=1).assign(constant=1.0)


def statsmodels_fit(frame):
    """MixedLM by REML; its default optimisers stop at 1e-5, or at a singular matrix."""
    model = sm.MixedLM(frame["score"], design(frame), frame["family"])
    return model.fit(reml=True, method="bfgs", gtol=1e-8)


# Outside values


def test_sleepstudy_is_that_of_lme4_and_lmertest():
    data = pd.read_csv(REFERENCE / "sleepstudy.csv")
    X = pd.DataFrame({"constant": 1.0, "days": data["Days"]})
    effects, variances = random_intercept(data["Reaction"], X, data["Subject"])
    # lme4: lmer(Reaction ~ Days + (1 | Subject), sleepstudy); df from lmerTest's summary
    row = variances.iloc[0]
    assert effects["estimate"].tolist() == pytest.approx([251.4051, 10.4673], abs=5e-5)
    assert effects["se"].tolist() == pytest.approx([9.7467, 0.8042], abs=5e-5)
    assert effects["df"].tolist() == pytest.approx([22.8102, 161], abs=5e-5)
    assert effects["t"].tolist() == pytest.approx([25.79, 13.02], abs=5e-3)
    assert np.sqrt(row["sigma2_group"]) == pytest.approx(37.12, abs=5e-3)
    assert np.sqrt(row["sigma2_residual"]) == pytest.approx(30.99, abs=5e-3)
    assert row["reml"] == pytest.approx(1786.465, abs=5e-4)
    assert (row["n"], row["groups"], row["converged"], row["reason"]) == (180, 18, True, "")


def test_dyestuff_is_that_of_lme4():
    effects, variances = random_intercept(*batches(DYESTUFF))
    # Bates, lme4 book, 1.3: REML 319.6543, batch 42.00, residual 49.51, 1527.5 (se 19.38)
    assert variances["reml"].item() == pytest.approx(319.6543, abs=5e-5)
    assert np.sqrt(variances["sigma2_group"].item()) == pytest.approx(42.00, abs=5e-3)
    assert np.sqrt(variances["sigma2_residual"].item()) == pytest.approx(49.51, abs=5e-3)
    assert effects["se"].item() == pytest.approx(19.38, abs=5e-3)
    assert effects["df"].item() == pytest.approx(5)  # balanced: batches - 1


def test_no_variance_between_groups_says_so():
    y, X, batch = batches(DYESTUFF2)
    effects, variances = random_intercept(y, X, batch)
    row = variances.iloc[0]
    # Bates, lme4 book, 1.3: REML 161.8283, batch 0, residual 3.7157, 5.6656 (se 0.6784)
    assert (row["sigma2_group"], row["icc"], row["reason"]) == (0, 0, mixed.NO_BETWEEN)
    assert row["reml"] == pytest.approx(161.8283, abs=5e-5)
    assert np.sqrt(row["sigma2_residual"]) == pytest.approx(3.7157, abs=5e-5)
    ordinary = sm.OLS(y, X).fit()
    assert effects["se"].item() == pytest.approx(ordinary.bse.item()) == pytest.approx(0.6784, 1e-4)
    assert effects["p"].item() == pytest.approx(ordinary.pvalues.item())
    assert effects["df"].item() == 29


@pytest.mark.parametrize("seed", [3, 4, 5])
def test_unbalanced_data_agree_with_statsmodels(seed):
    frame = unbalanced(seed=seed)
    X = design(frame)
    effects, variances = random_intercept(frame["score"], X, frame["family"])
    judge = statsmodels_fit(frame)
    row = variances.iloc[0]
    np.testing.assert_allclose(effects["estimate"], judge.fe_params, atol=1e-6)
    np.testing.assert_allclose(effects["se"], judge.bse_fe, rtol=2e-3)  # theirs: numerical Hessian
    assert row["reml"] == pytest.approx(-2 * judge.llf, abs=1e-6)
    assert row["sigma2_group"] == pytest.approx(judge.cov_re.iloc[0, 0], rel=1e-5)
    assert row["sigma2_residual"] == pytest.approx(judge.scale, rel=1e-5)


def test_satterthwaite_from_numerical_derivatives():
    frame = unbalanced()
    X = design(frame)
    effects, variances = random_intercept(frame["score"], X, frame["family"])
    groups, x, y = pd.factorize(frame["family"])[0], X.to_numpy(), frame["score"].to_numpy()
    same = groups[:, None] == groups

    def pieces(point):  # the textbook formulas with the full n x n matrix
        inverse = np.linalg.inv(point[0] * same + point[1] * np.eye(len(y)))
        c = np.linalg.inv(x.T @ inverse @ x)
        r = y - x @ c @ x.T @ inverse @ y
        logs = -np.linalg.slogdet(inverse)[1] - np.linalg.slogdet(c)[1]
        return logs + r @ inverse @ r, np.diag(c)

    best = variances[["sigma2_group", "sigma2_residual"]].iloc[0].to_numpy(dtype=float)
    steps = np.eye(2) * best * 1e-3
    hessian = [
        [
            (
                pieces(best + a + b)[0]
                - pieces(best + a - b)[0]
                - pieces(best - a + b)[0]
                + pieces(best - a - b)[0]
            )
            / (4 * a.sum() * b.sum())
            for a in steps
        ]
        for b in steps
    ]
    slope = np.array([(pieces(best + s)[1] - pieces(best - s)[1]) / (2 * s.sum()) for s in steps])
    variance = np.einsum("ip,ij,jp->p", slope, 2 * np.linalg.inv(hessian), slope)
    np.testing.assert_allclose(effects["df"], 2 * pieces(best)[1] ** 2 / variance, rtol=1e-3)


def test_large_means_cost_no_digits():
    frame = unbalanced()
    X = design(frame)
    plain, variances = random_intercept(frame["score"], X, frame["family"])
    far, shifted = random_intercept(frame["score"] + 1e7, X, frame["family"])
    np.testing.assert_allclose(far["p"].iloc[:-1], plain["p"].iloc[:-1], rtol=1e-5)
    assert shifted["icc"].item() == pytest.approx(variances["icc"].item(), rel=1e-6)


# Limits


@pytest.mark.parametrize(
    ("y", "group", "reason"),
    [
        ([1.0, 2, 3, 5], [1, 2, 3, 4], mixed.MEASURED_ONCE),
        ([1.0, 2, 3, 5], [1, 1, 1, 1], mixed.ONE_FAMILY),
        ([3.7, 3.7, 3.7, 3.7], [1, 1, 2, 2], mixed.NO_RESIDUAL),
        ([1.1, 1.1, 2.3, 2.3], [1, 1, 2, 2], mixed.NO_RESIDUAL),
        ([1.0], [1], mixed.NO_ROWS),
        ([], [], mixed.NO_ROWS),
    ],
)
def test_what_cannot_be_estimated_has_a_reason(y, group, reason):
    effects, variances = random_intercept(y, pd.DataFrame({"c": np.ones(len(y))}), group)
    assert variances["reason"].item() == reason and not variances["converged"].item()
    assert effects[["estimate", "se", "low", "high", "p"]].isna().all(axis=None)


@pytest.mark.parametrize(
    ("y", "x", "group", "words"),
    [
        ([1, 2, 3], [1, 1], [1, 1, 2], "equally long"),
        ([1, np.nan, 3], [1, 1, 1], [1, 1, 2], "missing or infinite"),
        ([1, 2, 3], [1, 1, 1], [1, None, 2], "missing or infinite"),
        ([1, 2, 3, 4], [0, 0, 0, 0], [1, 1, 2, 2], "linearly dependent"),
    ],
)
def test_refusals(y, x, group, words):
    with pytest.raises(ValueError, match=words):
        random_intercept(y, pd.DataFrame({"c": x}, dtype=float), group)


def test_dependent_columns_are_refused():
    frame = unbalanced()
    with pytest.raises(ValueError, match="linearly dependent"):
        random_intercept(
            frame["score"], design(frame).assign(twice=lambda x: 3 * x["w2"]), frame["family"]
        )


# The contrast of two waves


def test_complete_pairs_of_one_centre_give_the_paired_t_test():
    # With every family at both waves and no centre the contrast is the paired t test: n - 1 df.
    sleep = pd.read_csv(REFERENCE / "sleep_wide.csv")
    frame = sleep[["g1", "g2"]].melt(var_name="wave", value_name="score", ignore_index=False)
    frame = frame.assign(family=frame.index, centre="A", scale="x")
    row, paired = (f(frame, "g1", "g2").iloc[0] for f in (mixed_change, change))
    for name in ("mean_change", "low", "high", "t", "df", "p"):
        assert row[name] == pytest.approx(paired[name], rel=1e-6), name
    assert (row["n"], row["n_scores"], row["n_first"], row["n_last"]) == (10, 20, 10, 10)


def test_contrast_is_the_coefficient_of_the_model_over_all_waves():
    frame = unbalanced()
    row = mixed_change(frame, "w1", "w4").iloc[0]
    judge = statsmodels_fit(frame)
    assert row["mean_change"] == pytest.approx(judge.fe_params["w4"], abs=1e-6)
    assert row["n_scores"] == len(frame) and row["n"] == frame["family"].nunique()
    middle = mixed_change(frame, "w2", "w4").iloc[0]
    expected = judge.fe_params["w4"] - judge.fe_params["w2"]
    assert middle["mean_change"] == pytest.approx(expected, abs=1e-6)


def test_those_measured_once_count():
    frame = unbalanced()
    twice = frame[frame.groupby("family")["score"].transform("size") > 1]
    assert mixed_change(frame, "w1", "w4")["n"].item() > mixed_change(twice, "w1", "w4")["n"].item()


def test_dropout_that_follows_the_first_score_is_allowed_for():
    # 20,000 families, no change at all; the worse half (high scores) leaves more often. The mean of
    # those at the last wave falls by about .3; the model's contrast does not.
    rng = np.random.default_rng(1)
    effect = rng.normal(size=20_000)
    one, two = effect + rng.normal(size=20_000), effect + rng.normal(size=20_000)
    stays = rng.random(20_000) < np.where(one > 0, 0.3, 0.9)
    parts = [("w1", one, np.ones(20_000, bool)), ("w2", two, stays)]
    frame = pd.concat(
        pd.DataFrame({"family": np.flatnonzero(here), "wave": wave, "score": y[here]})
        for wave, y, here in parts
    ).assign(centre="A", scale="x")
    assert two[stays].mean() - one.mean() < -0.25
    assert abs(mixed_change(frame, "w1", "w2")["mean_change"].item()) < 0.04


def test_scales_that_cannot_be_compared_keep_their_row():
    frame = unbalanced()
    early = frame[frame["wave"] < "w4"].assign(scale="early")
    split = frame[frame["wave"].isin(["w1", "w4"])].assign(scale="split")
    split = split.assign(centre=np.where(split["wave"] == "w1", "A", "B"))
    table = mixed_change(pd.concat([frame, early, split]), "w1", "w4").set_index("scale")
    assert table["reason"].tolist() == ["", mixed.NOT_AT_BOTH, mixed.CONFOUNDED]
    assert table["mean_change"].isna().tolist() == [False, True, True]


def test_no_centre_is_refused():
    frame = unbalanced()
    frame.loc[0, "centre"] = None
    with pytest.raises(ValueError, match="has no centre"):
        mixed_change(frame, "w1", "w4")
