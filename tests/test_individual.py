"""Reliable change, against the worked example of Jacobson & Truax (1991) and hand arithmetic."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.individual import (
    STATUSES,
    clinical_change,
    cutoffs,
    jacobson_truax,
    reliable_change,
    reliable_change_summary,
)

REFERENCE = Path(__file__).parent / "reference"
VECTOR = next(
    row["expected"]
    for row in json.loads((REFERENCE / "statistics.json").read_text())
    if row["name"] == "jacobson_truax_1991"
)


def scores_of(first, last, scale="x"):
    n = len(first)
    frame = pd.DataFrame({"family": [*range(n)] * 2, "centre": "A", "scale": scale})
    frame["wave"] = pd.Categorical(["in"] * n + ["out"] * n, ["in", "out"], ordered=True)
    return frame.assign(score=[*map(float, first), *map(float, last)])


def test_worked_example_of_the_paper():
    errors = jacobson_truax(VECTOR["s1"], VECTOR["rxx"])
    assert errors["s_e"] == pytest.approx(VECTOR["S_E"], abs=1e-9)
    assert errors["s_diff"] == pytest.approx(VECTOR["S_diff"], abs=1e-9)
    assert errors["smallest_change"] == pytest.approx(VECTOR["min_reliable_change"], abs=1e-9)
    scores = scores_of([VECTOR["x1"]], [VECTOR["x2"]])
    row = reliable_change(scores, "in", "out", {"x": 0.8}, {"x": "higher"}, {"x": 7.5}).iloc[0]
    assert row["rci"] == pytest.approx(VECTOR["RC"], abs=1e-9)  # printed 3.16
    assert row["status"] == "improved"


def test_cutoffs_of_the_paper_in_both_directions():
    expected = {name: VECTOR[f"cutoff_{name}"] for name in "abc"}
    assert cutoffs(40, 7.5, 60, 7.5) == expected
    assert cutoffs(-40, 7.5, -60, 7.5) == {name: -value for name, value in expected.items()}
    assert cutoffs(40, 5, 60, 10)["c"] == pytest.approx((10 * 40 + 5 * 60) / 15)  # by the formula
    for wrong in ((40, 0, 60, 7.5), (40, 7.5, 40, 7.5)):
        with pytest.raises(ValueError):
            cutoffs(*wrong)


def test_direction_comes_from_the_scale():
    # sd 1, r .5: S_diff 1, smallest reliable change 1.96 points
    scores = scores_of([5, 5, 5, 5, 5], [3.0, 3.1, 5, 6.9, 7.0])
    given = {"reliability": {"x": 0.5}, "sd": {"x": 1.0}}
    lower = reliable_change(scores, "in", "out", better={"x": "lower"}, **given)
    expected = ["improved", "unchanged", "unchanged", "unchanged", "deteriorated"]
    assert lower["status"].tolist() == expected
    higher = reliable_change(scores, "in", "out", better={"x": "higher"}, **given)
    assert higher["status"].tolist() == expected[::-1]
    assert list(lower["status"].cat.categories) == STATUSES
    assert lower["rci"].equals(higher["rci"])


def test_sd_is_that_of_everybody_at_the_first_wave():
    scores = scores_of([1, 2, 3, 6], [2, 2, 2, np.nan])
    changes = reliable_change(scores, "in", "out", {"x": 0.8}, {"x": "lower"})
    assert len(changes) == 3
    assert changes["sd"].eq(np.std([1, 2, 3, 6], ddof=1)).all()


def test_summary_shows_all_three_even_when_empty():
    scores = pd.concat(
        [scores_of([5, 5, 5, 5], [1, 1, 5, 5]), scores_of([1, 2, 3, 4], [1, 2, 3, 4], "y")]
    )
    reliability, better = {"x": 0.5, "y": 0.9}, {"x": "lower", "y": "higher"}
    changes = reliable_change(scores, "in", "out", reliability, better, {"x": 1.0})
    table = reliable_change_summary(changes).set_index(["scale", "status"])
    assert table["count"].unstack()[STATUSES].to_numpy().tolist() == [[2, 2, 0], [0, 4, 0]]
    assert (table["n"] == 4).all() and (table["low"] <= table["share"]).all()
    assert table.loc[("x", "improved"), "p"] == 0.5  # 2 against 0
    assert table.loc[("y", "improved"), "p"] == 1.0
    expected = table["expected_without_change"].groupby("scale").sum()
    assert expected.tolist() == pytest.approx([1, 1])


def test_without_change_about_five_percent_look_reliable():
    rng = np.random.default_rng(6)
    true = rng.normal(size=20_000) * np.sqrt(0.8)
    first, last = true + rng.normal(size=(2, 20_000)) * np.sqrt(0.2)
    changes = reliable_change(scores_of(first, last), "in", "out", {"x": 0.8}, {"x": "lower"})
    table = reliable_change_summary(changes).set_index("status")
    gap = (table["share"] - table["expected_without_change"]).abs()
    assert gap.max() < 0.006 and table.loc["improved", "share"] == pytest.approx(0.025, abs=0.004)


def test_no_spread_and_no_pairs():
    flat = reliable_change(scores_of([3, 3], [2, 4]), "in", "out", {"x": 0.8}, {"x": "lower"})
    assert flat["rci"].isna().all() and flat["status"].isna().all()
    table = reliable_change_summary(flat)
    assert (table["n"] == 0).all() and table["share"].isna().all() and table["p"].isna().all()
    nobody = scores_of([3, 4], [np.nan, np.nan])
    changes = reliable_change(nobody, "in", "out", {"x": 0.8}, {"x": "lower"})
    assert len(changes) == 0 and len(reliable_change_summary(changes)) == 0


def test_wrong_inputs_are_named():
    scores = scores_of([1, 2, 3], [1, 2, 2])
    with pytest.raises(ValueError, match="'y', which is not in the scores"):
        reliable_change(scores, "in", "out", {"y": 0.8}, {"y": "lower"})
    with pytest.raises(ValueError, match=r"'lower' or 'higher' for scale 'x', not None"):
        reliable_change(scores, "in", "out", {"x": 0.8}, {})
    with pytest.raises(ValueError, match="below 1"):
        reliable_change(scores, "in", "out", {"x": 1.0}, {"x": "lower"})
    with pytest.raises(ValueError, match="SD before"):
        jacobson_truax(0, 0.8)


def test_recovered_needs_a_reliable_change_and_a_crossing():
    # lower is better, cut-off 3, S_diff 1: crossing by 1 point is not reliable
    scores = scores_of([5, 3.5, 8, 2], [2, 2.5, 5, 0])
    better = {"x": "lower"}
    changes = reliable_change(scores, "in", "out", {"x": 0.5}, better, {"x": 1.0})
    table = clinical_change(changes, {"x": 3.0}, better)
    assert table["status"].tolist() == ["improved", "unchanged", "improved", "improved"]
    assert table["recovered"].tolist() == [True, False, False, False]
    with pytest.raises(ValueError, match="no cut-off"):
        clinical_change(changes, {}, better)


def test_expected_tail_is_that_of_196():
    changes = reliable_change(
        scores_of([1, 2, 3], [1, 2, 3]), "in", "out", {"x": 0.5}, {"x": "lower"}
    )
    table = reliable_change_summary(changes)
    assert table["expected_without_change"].min() == pytest.approx(stats.norm.sf(1.96))
