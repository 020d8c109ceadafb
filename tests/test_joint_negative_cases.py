"""Negative cases: predictions from medians and voices counted by hand."""

import pandas as pd
import pytest

from analysis import negative_cases as cases

# Load: A 10, B 12, C 14, D 12; median 12, so only C is above. T voiced in A and B; nobody interviewed in D.
MEASURES = pd.DataFrame(
    {"measure": "load", "unit": list("ABCD"), "value": [10.0, 12, 14, 12], "n": 30}
)
INTERVIEWS = pd.DataFrame({"interview": ["I1", "I2", "I3"], "centre": ["A", "B", "C"]})
CODING = pd.DataFrame(
    [
        ("I1", "T", "a"),
        ("I1", "T", "b"),
        ("I2", "T", "a"),
        ("I2", "T", "b"),
        ("I3", "T", "a"),
        ("I3", "U", "b"),
    ],
    columns=["document", "code", "coder"],
)
CODES = ["T", "U"]


def expected(**changed):
    row = {"id": "e", "measure": "load", "when": "high", "theme": "T"} | changed
    return pd.DataFrame([row])


def found(measures=MEASURES, interviews=INTERVIEWS, coding=CODING, **changed):
    return cases.cases(expected(**changed), measures, coding, interviews, CODES)


def test_each_centre_by_hand():
    table = found().set_index("unit")
    assert table["case"].to_dict() == {
        "A": cases.NOT_PREDICTED,
        "B": cases.NOT_PREDICTED,  # at the median nothing is predicted
        "C": cases.NOT_VOICED,  # one of two coders is not every coder
        "D": cases.NO_INTERVIEW,
    }
    assert set(table["median"]) == {12.0}
    assert table["interviews"].tolist() == [1, 1, 1, 0]


def test_low_turns_the_prediction():
    assert found(when="low").set_index("unit")["case"].to_dict() == {
        "A": cases.AS_PREDICTED,
        "B": cases.NOT_PREDICTED,
        "C": cases.AS_PREDICTED,
        "D": cases.NO_INTERVIEW,
    }


def test_everything_silent():
    table = found(coding=CODING.iloc[:0])
    assert table["case"].tolist() == [
        cases.AS_PREDICTED,
        cases.AS_PREDICTED,
        cases.NOT_VOICED,
        cases.NO_INTERVIEW,
    ]


@pytest.mark.parametrize(
    ("changed", "measures", "reason"),
    [
        ({"theme": "gone"}, MEASURES, cases.NO_CODE),
        ({"measure": "other"}, MEASURES, cases.NO_MEASURE),
        ({}, MEASURES.head(1), cases.NO_MEASURE),  # one centre has nothing to lie above
        ({}, MEASURES.assign(value=1.0), cases.NO_SPREAD),
        ({}, MEASURES, ""),
    ],
)
def test_why_an_expectation_has_no_cases(changed, measures, reason):
    table = found(measures, **changed)
    assert table.empty == bool(reason)
    row = cases.summary(expected(**changed), measures, table, CODES).iloc[0]
    assert row["reason"] == reason and row["units"] == len(table)


def test_summary_and_the_negative_ones():
    table = found()
    row = cases.summary(expected(), MEASURES, table, CODES).iloc[0]
    assert row[
        ["units", "as_predicted", "not_voiced", "not_predicted", "no_interview"]
    ].tolist() == [
        4,
        0,
        1,
        2,
        1,
    ]
    negative = cases.negative(table)
    assert negative["unit"].tolist() == ["C", "A", "B"]
    assert cases.negative(table.iloc[:0]).empty


def test_by_curator_and_without_the_column():
    named = INTERVIEWS.assign(curator=["A", "B", ""])
    by = cases.cases(expected(), MEASURES, CODING, named, CODES, "curator")
    assert by["case"].tolist()[2:] == [cases.NO_INTERVIEW] * 2
    without = cases.cases(expected(), MEASURES, CODING, INTERVIEWS, CODES, "curator")
    assert set(without["case"]) == {cases.NO_INTERVIEW}
