"""The worlds themselves are tested in test_synthetic; here that the chapter counts what happens in them."""

import pandas as pd
import pytest

from analysis import robustness
from analysis.study import read_study


@pytest.fixture(scope="module")
def table():
    study = read_study("data/casework")
    return robustness.repeats(study, ["favourable", "null"], range(100, 108), 0.8)


def test_one_row_per_world_seed_and_confirmatory_scale(table):
    assert len(table) == 2 * 8 * 2
    assert not table.duplicated(["world", "seed", "scale"]).any()


def test_positive_is_better_whatever_the_scales_direction(table):
    better = table[table["world"].eq("favourable")].groupby("scale")["value"].mean()
    assert set(better.index) == {"difficulty", "wellbeing"} and (better > 0.2).all()


def test_the_null_world_is_near_zero_and_the_favourable_one_is_not(table):
    means = table.groupby("world")["value"].mean()
    assert abs(means["null"]) < 0.1 < means["favourable"]


def test_found_counts_p_values_below_the_level():
    # Hand arithmetic: of four repeats, p < .05 in two, one and none.
    frame = pd.DataFrame(
        {
            "world": "w",
            "scale": "s",
            "families": [0.01, 0.04, 0.2, 0.05],
            "centres": [0.04, 0.5, 0.5, 0.5],
            "flip": 0.3,
        }
    )
    counts = robustness.found(frame).set_index("test")
    assert counts["count"].tolist() == [2, 1, 0] and set(counts["n"]) == {4}


def test_typical_is_the_mean_and_the_middle_of_the_repeats():
    frame = pd.DataFrame({"world": "w", "scale": "s", "value": [float(v) for v in range(101)]})
    row = robustness.typical(frame).iloc[0]
    assert (row["value"], row["low"], row["high"], row["n"]) == (50, 2.5, 97.5, 101)


def test_the_declared_worlds_are_named_with_the_default_first():
    assert robustness.world_names() == ["favourable", "null", "regression", "dropout"]
