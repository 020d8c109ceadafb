"""The cumulative logit on distinct rows against statsmodels on every row, and hand arithmetic."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit
from statsmodels.discrete.discrete_model import Logit
from statsmodels.miscmodels.ordinal_model import OrderedModel

from analysis.cumulative import Distinct, clustered, cumulative_logit, distinct


def ratings(n=400, seed=3, levels=4):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {"family": np.arange(n) // 2, "wave": np.array(["b", "a"])[np.arange(n) % 2]}
    )
    frame["centre"] = np.array(list("XYZ"))[rng.integers(3, size=n)]
    latent = rng.logistic(size=n) + 0.7 * (frame["wave"] == "a") + (frame["centre"] == "Z")
    return frame.assign(y=np.digitize(latent, np.linspace(-1, 2, levels - 1)).astype(float))


def every_row(frame, held):
    return held.x[held.kind], held.place[held.kind]


def test_distinct_holds_every_rating_once():
    frame = ratings()
    held, waves = distinct(frame, "b")
    x, place = every_row(frame, held)
    assert waves == ["a"] and held.count.sum() == len(frame) and len(held.place) <= 4 * 2 * 3
    np.testing.assert_array_equal(place, frame["y"])
    np.testing.assert_array_equal(x[:, 0], frame["wave"] == "a")
    np.testing.assert_array_equal(x[:, 1:], pd.get_dummies(frame["centre"]).iloc[:, 1:])
    np.testing.assert_array_equal(held.family, frame["family"])


def test_estimates_and_errors_are_those_of_ordered_model_on_every_row():
    frame = ratings()
    held, _ = distinct(frame, "b")
    x, place = every_row(frame, held)
    judge = OrderedModel(pd.Series(pd.Categorical(place, ordered=True)), x, distr="logit")
    judge = judge.fit(method="newton", disp=0)
    fit = cumulative_logit(held)
    thresholds = judge.model.transform_threshold_params(judge.params)[1:-1]
    assert fit.converged
    np.testing.assert_allclose(fit.estimate, [*judge.params[:3], *thresholds], rtol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance))[:3], judge.bse[:3], rtol=1e-4)
    np.testing.assert_allclose(held.count @ fit.pull, 0, atol=1e-5)


def test_two_levels_are_logistic_regression():
    frame = ratings(levels=2)
    held, _ = distinct(frame, "b")
    x, place = every_row(frame, held)
    judge = Logit(place, np.column_stack([x, np.ones(len(x))])).fit(disp=0)
    fit = cumulative_logit(held)
    np.testing.assert_allclose(fit.estimate, judge.params * [1, 1, 1, -1], rtol=1e-6)
    np.testing.assert_allclose(np.sqrt(np.diag(fit.covariance)), judge.bse, rtol=1e-5)


def test_without_design_thresholds_are_logits_of_cumulative_shares():
    counts = np.array([1, 10_000, 30, 5])  # hand arithmetic; also far out on both sides
    kind = np.repeat(np.arange(4), counts)
    held = Distinct(np.arange(4), np.empty((4, 0)), counts, kind, np.arange(len(kind)))
    expected = logit(counts.cumsum()[:-1] / counts.sum())
    np.testing.assert_allclose(cumulative_logit(held).estimate, expected, rtol=1e-8)


def test_a_split_has_two_levels_and_the_same_ratings():
    held, _ = distinct(ratings(), "b")
    upper = held.split(1)
    assert upper.place.tolist() == (held.place > 1).astype(int).tolist()
    assert upper.count is held.count and upper.kind is held.kind


def test_pulls_are_summed_over_the_ratings_of_a_family():
    held = Distinct(
        np.array([0, 1]), np.empty((2, 0)), np.array([2, 1]), *np.array([[0, 1, 0], [0, 0, 1]])
    )
    pull = np.array([[1.0, 10.0], [2.0, 20.0]])
    assert clustered(held, pull).tolist() == [[3.0, 30.0], [1.0, 10.0]]


def test_a_separated_fit_is_not_called_converged_at_a_finite_place():
    held = Distinct(
        np.array([0, 1]), np.array([[0.0], [1.0]]), np.array([9, 9]), np.zeros(0), np.zeros(0)
    )
    fit = cumulative_logit(held)  # the callers ask `ordinal.separated` first
    assert not fit.converged or np.abs(fit.estimate).max() > 10


@pytest.mark.parametrize("reverse", [False, True])
def test_order_of_rows_does_not_matter(reverse):
    frame = ratings()
    shuffled = frame.iloc[::-1] if reverse else frame.sample(frac=1, random_state=1)
    ours, theirs = (cumulative_logit(distinct(f, "b")[0]).estimate for f in (frame, shuffled))
    np.testing.assert_allclose(ours, theirs, rtol=1e-12)
