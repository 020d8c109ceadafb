"""Who is in the records: counts and means of tiny frames, worked out by hand; intervals as in R."""

import numpy as np
import pandas as pd
import pytest

from analysis import description
from analysis.study import Scale, Study

STUDY = Study(
    folder=None,
    title="t",
    synthetic=True,
    waves=("w1", "w2", "w3"),
    wave_labels={"w1": "First"},
    scales=(
        Scale("bad", "Trouble", ("a", "b"), 1, 5, "lower"),
        Scale("good", "Care", ("c", "d"), 1, 5, "higher"),
    ),
)


@pytest.fixture
def monitoring():
    rows = [
        ("f1", "A", "k1", "w1", 1, 3),
        ("f2", "A", "k1", "w1", 2, 3),
        ("f3", "A", "k2", "w1", 2, np.nan),
        ("f4", "B", "k3", "w1", 3, 0),
        ("f1", "A", "k1", "w2", 3, 1),
        ("f4", "B", "k3", "w2", 1, 1),
    ]
    frame = pd.DataFrame(rows, columns=["family", "centre", "curator", "wave", "a", "b"])
    frame["wave"] = pd.Categorical(frame["wave"], STUDY.waves, ordered=True)
    return frame


def test_centres_and_all_together(monitoring):
    table = description.centres(monitoring, "w1")
    assert table["centre"].tolist() == ["A", "B", "All centres"]
    assert table["families"].tolist() == [3, 1, 4]
    assert table["curators"].tolist() == [2, 1, 3]
    np.testing.assert_allclose(table["families_per_curator"], [1.5, 1, 4 / 3])


def test_retention_counts_first_wave_families_only(monitoring):
    late = monitoring.iloc[[0]].assign(family="f9", wave="w2")
    table = description.retention(pd.concat([monitoring, late]).astype(monitoring.dtypes), "w1")
    assert table["count"].tolist() == [4, 2, 0] and table["n"].tolist() == [4, 4, 4]
    # R prop.test(2, 4, correct = FALSE): 0.15 to 0.85; prop.test(4, 4): 0.51 to 1
    np.testing.assert_allclose(table["low"][:2], [0.5101, 0.1500], atol=5e-5)
    np.testing.assert_allclose(table["high"][:2], [1, 0.8500], atol=5e-5)


def test_retention_by_centre(monitoring):
    table = description.retention_by_centre(monitoring, "w1")
    assert table.groupby("centre")["count"].apply(list).to_dict() == {
        "A": [3, 1, 0],
        "B": [1, 1, 0],
    }


def test_means_with_t_interval():
    # R t.test(c(1, 2, 3)): mean 2, 95 percent interval -0.4841 to 4.4841
    scores = pd.DataFrame({"scale": "bad", "wave": "w1", "score": [1, 2, 3, np.nan], "centre": "A"})
    row = description.means(scores, by="centre").iloc[0]
    assert (row["n"], row["mean"], row["sd"], row["centre"]) == (3, 2, 1, "A")
    assert (row["low"], row["high"]) == pytest.approx((-0.4841377, 4.4841377))


def test_mean_of_one_family_has_no_interval():
    scores = pd.DataFrame({"scale": ["bad"], "wave": ["w1"], "score": [2.0]})
    row = description.means(scores).iloc[0]
    assert row["n"] == 1 and row["mean"] == 2 and np.isnan(row["low"])


def test_item_shares_keep_levels_in_order_for_every_item(monitoring):
    table = description.item_shares(monitoring, ("a", "b"))
    # a: 1, 2, 2, 3, 3, 1; b: 3, 3, 0, 1, 1 and one missing
    assert table["part"].tolist() == ["0", "1", "2", "3"] * 2
    np.testing.assert_allclose(table["share"], [0, 1 / 3, 1 / 3, 1 / 3, 0.2, 0.4, 0, 0.4])
    assert table["n"].tolist() == [6] * 4 + [5] * 4


def test_item_shares_leave_out_an_item_nobody_rated_and_keep_half_points():
    frame = pd.DataFrame({"a": [2.5, 3.0], "b": [np.nan, np.nan]})
    table = description.item_shares(frame, ("a", "b"))
    assert table[["label", "part"]].to_numpy().tolist() == [["a", "2.5"], ["a", "3"]]


def test_improvement_turns_value_and_interval_where_lower_is_better():
    changes = pd.DataFrame(
        {"scale": ["bad", "good"], "m": [-1.0, -1.0], "low": [-3.0, -3.0], "high": [0.5, 0.5]}
    )
    turned = description.improvement(changes, STUDY, "m")
    assert turned[["m", "low", "high"]].to_numpy().tolist() == [[1, -0.5, 3], [-1, -3, 0.5]]
    assert changes["m"].tolist() == [-1, -1]  # the frame given is left as it was


def test_labels_say_the_good_direction():
    assert description.scale_labels(STUDY) == {
        "bad": "Trouble (lower is better)",
        "good": "Care (higher is better)",
    }


def test_named_waves_keep_their_order(monitoring):
    named = description.named_waves(monitoring, STUDY)["wave"]
    assert list(named.cat.categories) == ["First", "w2", "w3"] and named.cat.ordered
