"""Both sides of supervision: hand arithmetic, and Shrout & Fleiss (1979) for agreement."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.alliance import agreement, by_aspect, kept, monthly, paired_sides, usefulness

REFERENCE = Path(__file__).parent / "reference"


def ratings(rows):
    frame = pd.DataFrame(
        rows, columns=["curator", "supervisor", "date", "side", "aspect", "rating"]
    )
    return frame.astype({"rating": float})


PAIRS = {"k1": (3, 4), "k2": (2, 4), "k3": (5, 5), "k4": (4, 5)}
ROWS = [
    (k, "s1" if k < "k3" else "s2", "2022-01-01", side, "goal", value)
    for k, both in PAIRS.items()
    for side, value in zip(("curator", "supervisor"), both, strict=True)
]


def test_agreement_of_shrout_and_fleiss():
    # Shrout & Fleiss 1979, table 4: ICC(2,1) = .29; R psych::ICC: .019 to .761
    table = pd.read_csv(REFERENCE / "shrout_fleiss.csv", comment="#")
    judges = table.select_dtypes("number")
    judges = judges.iloc[:, -4:]
    found = agreement(judges)
    assert judges.shape == (6, 4)
    assert found["icc"] == pytest.approx(0.29, abs=0.005)
    assert (found["icc_low"], found["icc_high"]) == pytest.approx((0.019, 0.761), abs=6e-4)


def test_agreement_without_anything_to_judge():
    assert np.isnan(agreement(pd.DataFrame({"a": [1.0], "b": [2.0]}))["icc"])
    assert np.isnan(agreement(pd.DataFrame({"a": [3.0, 3.0], "b": [3.0, 3.0]}))["icc"])
    same = agreement(pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 2, 3]}))
    assert same["icc"] == 1 and np.isnan(same["icc_low"])


def test_sides_that_differ_by_a_constant_have_no_interval():
    # by hand 31 / 37, see test_informants
    found = agreement(pd.DataFrame({"a": [0.1, 0.2, 0.7], "b": [0.3, 0.4, 0.9]}))
    assert found["icc"] == pytest.approx(31 / 37)
    assert np.isnan([found["icc_low"], found["icc_high"]]).all()


def test_by_aspect_by_hand():
    # curator less supervisor: -1, -2, 0, -1: mean -1, SD .8165, t = -1 / (.8165 / 2) = -2.449
    row = by_aspect(ratings(ROWS)).iloc[0]
    assert (row["n"], row["supervisors"], row["one_side"]) == (4, 2, 0)
    assert (row["mean_curator"], row["mean_supervisor"], row["difference"]) == (3.5, 4.5, -1)
    assert row["t"] == pytest.approx(-2.4495, abs=1e-4)
    assert row["low"] == pytest.approx(-1 - 3.18245 * 0.408248, abs=1e-4)


def test_several_dates_are_one_pair_and_a_lonely_side_is_counted():
    more = [
        ("k1", "s1", "2022-02-01", "curator", "goal", 5),
        ("k9", "s1", "2022-01-01", "curator", "goal", 1),
    ]
    table = ratings([*ROWS, *more])
    sides = paired_sides(table).set_index("curator")
    assert sides["by_curator"]["k1"] == 4 and np.isnan(sides["by_supervisor"]["k9"])
    assert by_aspect(table).iloc[0][["n", "one_side"]].tolist() == [4, 1]
    with pytest.raises(ValueError, match="side is 'boss'"):
        paired_sides(table.assign(side="boss"))


def test_meetings():
    meetings = pd.DataFrame(
        {
            "curator": ["k1", "k1", "k1", "k2"],
            "date": pd.to_datetime(["2022-01-03", "2022-01-20", "2022-02-01", "2022-02-02"]),
            "kept": [True, True, False, True],
            "usefulness": [2.0, 4.0, 5.0, 5.0],  # the 5 of a meeting not kept is left out
        }
    )
    assert kept(meetings).iloc[0][["group", "curators", "count", "n"]].tolist() == ["all", 2, 3, 4]
    by = kept(meetings, pd.Series({"k1": "A", "k2": "B"})).set_index("group")
    assert by["count"].to_dict() == {"A": 2, "B": 1}
    row = usefulness(meetings).iloc[0]
    assert (row["n"], row["ratings"], row["mean"]) == (2, 3, 4.0)  # mean of 3 and 5, not of 2, 4, 5
    assert monthly(meetings)[["count", "n"]].to_numpy().tolist() == [[2, 2], [1, 2]]
    assert usefulness(meetings[:0]).empty and kept(meetings[:0]).empty
