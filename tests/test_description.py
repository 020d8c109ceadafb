"""Who is in the records: counts and means of tiny frames, worked out by hand; intervals as in R."""

from dataclasses import replace

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


def test_spread_by_hand_wave_by_wave():
    scores = pd.DataFrame({"wave": list("bbbaaaaa"), "score": [7, 7, np.nan, 1, 2, 3, 4, 10]})
    scores["wave"] = pd.Categorical(scores["wave"], ["a", "b", "c"], ordered=True)
    table = description.spread(scores)
    assert table["wave"].tolist() == ["a", "b"]  # c was not rated
    # 1, 2, 3, 4, 10: mean 20/5; squared distances 9 + 4 + 1 + 0 + 36 = 50, over 4
    found = table.loc[0, ["n", "mean", "std", "min", "25%", "50%", "75%", "max"]].astype(float)
    np.testing.assert_allclose(found, [5, 4, 12.5**0.5, 1, 2, 3, 4, 10])
    assert table.loc[1, ["n", "mean", "std"]].tolist() == [2, 7, 0]  # a missing score is none


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


class TestEndsOfAScale:
    """Bounds hang on the ends of a scale: guessed ones are said with an if."""

    GUESSED = Scale("g", "G", ("a",), 25, 63.5, "lower", ends_guessed=True)
    RUSSIAN = replace(STUDY, language="ru")

    def test_declared_ends_bound_whatever_happened(self):
        said = description.ends_said(STUDY, STUDY.scales[0])
        assert said == "whatever happened to those without a last score"
        tips = [description.tipping_said(STUDY, STUDY.scales[0], yes) for yes in (True, False)]
        assert tips == ["allows", "does not allow"]

    def test_guessed_ends_are_said_with_an_if(self):
        said = description.ends_said(STUDY, self.GUESSED)
        assert said.startswith("if the scale really ends at 25 and 63.5, ")
        tip = description.tipping_said(STUDY, self.GUESSED, False)
        assert tip == "does not allow, if it really ends at 25 and 63.5"
        assert "от 25 до 63.5" in description.ends_said(self.RUSSIAN, self.GUESSED)
        low = replace(self.GUESSED, low=-2.0)
        assert "ends at −2 and" in description.ends_said(STUDY, low)


def test_a_range_of_one_number_is_that_number():
    assert description.range_said(pd.Series([40, 40]), STUDY) == "40"
    assert description.range_said(pd.Series([40, 38]), STUDY) == "between 38 and 40"
    hidden = pd.Series([pd.NA, 38, 40], dtype="Int64")
    assert description.range_said(hidden, STUDY) == "between 38 and 40"
    assert description.range_said(hidden[:1], STUDY) == "–"


def test_families_rated_at_each_wave(monitoring):
    table = description.rated(monitoring)
    assert table["wave"].tolist() == ["w1", "w2"] and table["n"].tolist() == [4, 2]


def test_the_item_with_most_ratings_at_the_floor_or_that_there_is_none():
    study = replace(STUDY, scales=(Scale("s", "S", ("a", "b"), 1, 4, "lower"),))
    records = pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 1, 4]})
    items = pd.DataFrame({"item": ["a", "b"], "floor": [1 / 3, 2 / 3]})
    row = description.highest_floor(records, items, study)
    assert (row["count"], row["n"], row["name"]) == (2, 3, "item 2 of “S”")
    nowhere = description.highest_floor(records + 0.5, items.assign(floor=0.0), study)
    assert (nowhere["count"], nowhere["name"]) == (0, "none, as nobody is rated there")
