"""Outside value: the worked numbers of Barnett, van der Pols & Dobson (2005), IJE 34:215, as in reference/statistics.json."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from analysis import ordinary

VECTORS = json.loads(
    (Path(__file__).parent / "reference" / "statistics.json").read_text(encoding="utf-8")
)
BARNETT = next(v for v in VECTORS if v["name"] == "regression_to_mean")["expected"]


def test_the_published_drop():
    above = (BARNETT["EX_selected"] - BARNETT["mu"]) / BARNETT["sd"]
    found = ordinary.expected_improvement(BARNETT["sd"], BARNETT["r"], above)
    assert found == pytest.approx(BARNETT["expected_drop_without_effect"], abs=1e-9)


def test_stable_ratings_do_not_regress_and_nonsense_is_refused():
    assert ordinary.expected_improvement(2, 1, 3) == 0
    with pytest.raises(ValueError, match="between 0 and 1"):
        ordinary.expected_improvement(2, 1.2, 3)


@pytest.mark.parametrize(("better", "observed"), [("lower", 1.0), ("higher", -1.0)])
def test_every_assumption_beside_the_observed(better, observed):
    rows = [
        (f"F{i}", "C", w, "care", s)
        for i, s0 in enumerate((2, 3, 4))
        for w, s in (("a", s0), ("b", s0 - 1))
    ]
    scores = pd.DataFrame(rows, columns=["family", "centre", "wave", "scale", "score"])
    scores["wave"] = pd.Categorical(scores["wave"], ["a", "b"], ordered=True)
    scale = SimpleNamespace(name="care", better=better)
    table = ordinary.what_if(scores, scale, "a", "b", [0.5, 0.8], [1.0])
    # Hand arithmetic: every family falls by 1, the first scores 2, 3, 4 have SD 1, so .5 and .2 points are expected.
    assert table["expected_improvement"].tolist() == pytest.approx([0.5, 0.2])
    assert set(table["observed"]) == {observed}
    if observed > 0:
        assert table["share_of_observed"].tolist() == pytest.approx([0.5, 0.2])
    else:
        assert table["share_of_observed"].isna().all()


def test_the_matrix_of_assumptions_each_once():
    scores = pd.DataFrame(
        {"family": list("pqrpqr"), "centre": "C", "wave": list("aaabbb"), "scale": "care"}
    ).assign(score=[2, 3, 4, 2, 2, 2])
    scores["wave"] = pd.Categorical(scores["wave"], ["a", "b"], ordered=True)
    scale = SimpleNamespace(name="care", better="lower")
    table = ordinary.what_if(scores, scale, "a", "b", [0.8, 0.5, 0.8], [1.0, 0.5, 0.5])
    assert len(table) == 4
    grid = ordinary.grid(table)
    assert grid.index.tolist() == [0.5, 0.8] and grid.columns.tolist() == [0.5, 1.0]
    # first scores 2, 3, 4 have SD 1: (1 - r) times how many of it
    assert grid.to_numpy() == pytest.approx(np.array([[0.25, 0.5], [0.1, 0.2]]))
