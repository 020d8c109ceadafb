"""Reliability and items arranged by scale. The numbers are tested in test_scales; alpha here is worked by hand."""

import numpy as np
import pandas as pd
import pytest

from analysis import measures
from analysis.study import Scale, Study

STUDY = Study(
    folder=None,
    title="t",
    synthetic=True,
    scales=(
        Scale("one", "One", ("a", "b"), 1, 4, "lower"),
        Scale("two", "Two", ("c", "d"), 0, 4, "lower", reverse=("d",)),
    ),
)
# a and b: by hand, alpha = 3/4; c and d reversed (4 - d) are equal, alpha = 1
RECORDS = pd.DataFrame(
    {"a": [1, 2, 3, 4], "b": [2, 1, 4, 3], "c": [0, 1, 2, 4], "d": [4, 3, 2, 0]}
).astype(float)


@pytest.mark.filterwarnings("ignore")
def test_one_row_per_scale_with_reversed_items_turned():
    table = measures.reliability_table(RECORDS, STUDY, bootstrap=200, seed=1)
    assert table["label"].tolist() == ["One", "Two"] and table["scale"].tolist() == ["one", "two"]
    np.testing.assert_allclose(table["alpha"], [0.75, 1.0])
    assert table["n"].tolist() == [4, 4] and table["k"].tolist() == [2, 2]


def test_item_table_covers_every_item_of_every_scale_once():
    table = measures.item_table(RECORDS, STUDY)
    assert table["item"].tolist() == ["a", "b", "c", "d"]
    assert table["scale"].tolist() == ["One", "One", "Two", "Two"]
    assert table["n"].tolist() == [4] * 4
    # shares at the lowest and highest level after turning d: 4 - d is 0, 1, 2, 4
    np.testing.assert_allclose(table["floor"], [0.25] * 4)
    np.testing.assert_allclose(table["ceiling"], [0.25] * 4)


def test_a_rating_out_of_range_is_refused():
    with pytest.raises(ValueError, match="a"):
        measures.item_table(RECORDS.replace({"a": {4: 99}}), STUDY)


def test_floor_share_counts_the_worst_end_of_the_scale_after_turning():
    row = measures.floor_share(RECORDS, "a", STUDY)
    assert (row["count"], row["n"], row["share"]) == (1, 4, 0.25)
    turned = measures.floor_share(RECORDS, "d", STUDY)  # d is reversed: its 4 is the floor
    assert (turned["count"], turned["n"]) == (1, 4)
    # R prop.test(1, 4, correct = FALSE): 0.0456 to 0.6994
    assert (row["low"], row["high"]) == pytest.approx((0.0456, 0.6994), abs=5e-5)


def test_floor_share_leaves_missing_ratings_out():
    with_gap = RECORDS.assign(a=[1, np.nan, 1, 4])
    row = measures.floor_share(with_gap, "a", STUDY)
    assert (row["count"], row["n"]) == (2, 3)


def test_the_lowest_is_chosen_before_anything_is_hidden():
    """B is lowest and hidden: A, which is not, must not be named in its place."""
    whole = pd.DataFrame({"label": ["A", "B"], "alpha": [0.8, 0.5]})
    shown = whole.assign(alpha=[0.8, np.nan])
    row = measures.extreme(whole, "alpha", most=False, shown=shown)
    assert row["label"] == "B" and np.isnan(row["alpha"])
    assert measures.extreme(whole, "alpha", most=False)["alpha"] == 0.5


def test_a_scale_of_which_two_items_never_vary_together_keeps_its_row():
    """a and b both vary, but b is 1 wherever a was rated with it: they have no correlation, and there are no components."""
    records = pd.DataFrame(
        {
            "a": [1, 2, 3, 4, 5, None, None, None],
            "b": [1, 1, 1, 1, 1, 3, 4, 5],
            "c": [2, 1, 4, 3, 5, 2, 1, 4],
        },
        dtype=float,
    )
    scale = Scale("s", "S", ("a", "b", "c"), 1, 5, "lower")
    row = measures.structure_table(
        records, Study(folder=None, title="t", synthetic=True, scales=(scale,)), 1
    ).iloc[0]
    assert row["k"] == 3 and pd.isna(row["components"])
