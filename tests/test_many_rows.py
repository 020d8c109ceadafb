"""What large tables take another way must be the same as the way of small ones."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import association, cronbach
from analysis.association import correlation_matrix, partial_association
from analysis.cronbach import bootstrap_alphas
from analysis.scoring import scores


def answers(n=3000, k=4, holes=0.0, seed=5):
    rng = np.random.default_rng(seed)
    values = np.digitize(rng.normal(size=(n, 1)) + rng.normal(size=(n, k)), [-1, 0, 1]) + 1.0
    values[rng.random(values.shape) < holes] = np.nan
    return values


@pytest.mark.parametrize("holes", [0.0, 0.05])
def test_multinomial_bootstrap_has_the_distribution_of_the_one_by_rows(holes, monkeypatch):
    values = answers(400, holes=holes)
    by_rows = bootstrap_alphas(values, 8000, 1)
    monkeypatch.setattr(cronbach, "ROW_BY_ROW", 100)
    by_counts = bootstrap_alphas(values, 8000, 2)
    # Two samples of 8,000: means differ by at most 4 standard errors, the spread by 5 %.
    error = by_rows.std() * np.sqrt(2 / 8000)
    assert abs(by_counts.mean() - by_rows.mean()) < 4 * error
    assert by_counts.std() == pytest.approx(by_rows.std(), rel=0.05)
    quantiles = np.quantile([by_rows, by_counts], [0.025, 0.975], axis=1)
    np.testing.assert_allclose(quantiles[:, 0], quantiles[:, 1], atol=0.15 * by_rows.std())


def test_multinomial_bootstrap_depends_on_the_seed_only_and_not_on_blocks(monkeypatch):
    values = answers(400, holes=0.05)
    monkeypatch.setattr(cronbach, "ROW_BY_ROW", 100)
    whole = bootstrap_alphas(values, 50, 1)
    np.testing.assert_array_equal(bootstrap_alphas(values, 50, 1), whole)
    monkeypatch.setattr(cronbach, "_BLOCK", 1000)
    np.testing.assert_allclose(bootstrap_alphas(values, 50, 1), whole, rtol=1e-12)


def test_equal_rows_are_held_once_and_missing_equals_missing():
    rows, often = cronbach._different(np.array([[1, np.nan], [1, 2], [1, np.nan], [np.nan, 2]]))
    held = {
        tuple(np.nan_to_num(row, nan=-1)): count for row, count in zip(rows, often, strict=True)
    }
    assert held == {(1, -1): 2, (1, 2): 1, (-1, 2): 1}  # hand arithmetic


def test_correlations_do_not_depend_on_the_size_of_blocks(monkeypatch):
    values = answers(holes=0.05)
    frame = pd.DataFrame(values).add_prefix("x").assign(centre=np.arange(3000) % 7)
    r, n = correlation_matrix(values)
    within = partial_association(frame, "centre", "pearson")
    np.testing.assert_allclose(r, pd.DataFrame(values).corr(), atol=1e-12)
    monkeypatch.setattr(association, "_BLOCK", 11)
    again, n_again = correlation_matrix(values)
    np.testing.assert_allclose(again, r, atol=1e-12)
    np.testing.assert_array_equal(n_again, n)
    other = partial_association(frame, "centre", "pearson")
    pd.testing.assert_frame_equal(other, within, rtol=1e-9)


SCALE = SimpleNamespace(name="z", items=("a", "b"), low=1, high=5, reverse=())


def test_scores_hold_text_as_categories_in_the_order_of_the_scales():
    frame = pd.DataFrame({"family": ["f2", "f1"], "centre": ["Y", "X"], "wave": ["t", "t"]})
    frame = frame.assign(a=[1.0, 5.0], b=[2.0, np.nan])
    table = scores(frame, [SCALE, SimpleNamespace(**vars(SCALE) | {"name": "y"})])
    kinds = {name: str(table[name].dtype) for name in ("family", "centre", "scale")}
    assert kinds == dict.fromkeys(kinds, "category")
    assert list(table["scale"]) == ["z", "z", "y", "y"]
    assert list(table["scale"].cat.categories) == ["z", "y"]
    assert list(table["family"]) == ["f2", "f1"] * 2
    numbered = scores(frame.assign(family=[2, 1]), [SCALE])
    assert numbered["family"].tolist() == [2, 1] and numbered["family"].dtype.kind == "i"


def test_a_value_out_of_range_is_named_by_family_and_wave_among_many():
    n = 50_000
    frame = pd.DataFrame({"family": np.arange(n), "wave": "t", "a": 3.0, "b": 2.0})
    frame.loc[[41_234, 45_000], "b"] = [7.0, 0.0]
    with pytest.raises(ValueError, match=r"'b', row family 41234, wave t: 7 .*\(2 such values"):
        scores(frame, [SCALE])
