"""Errors within clusters, against R clubSandwich, wildboottest and identities with centre means."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.centres import sign_flip
from analysis.change import mean_test
from analysis.clusters import cluster_robust, wild_cluster_bootstrap

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {row["name"]: row for row in json.loads((REFERENCE / "statistics.json").read_text())}
WILD = json.loads((REFERENCE / "wild_cluster_bootstrap.json").read_text())
SIX = pd.read_csv(REFERENCE / "six_centre_diffs.csv")


@pytest.fixture
def sleepstudy():
    data = pd.read_csv(REFERENCE / "sleepstudy_6clusters.csv")
    return data["Reaction"], pd.DataFrame({"const": 1.0, "Days": data["Days"]}), data["Subject"]


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
