"""Case-ranked display: extremes and ties by hand."""

from math import isnan, nan

import pandas as pd
import pytest

from analysis import joint_cases as cases

SIDES = {"Strengths": ["S1", "S2"], "Barriers": ["B"]}
INTERVIEWS = pd.DataFrame({"interview": ["I1", "I2", "I3", "I4"], "centre": ["A", "A", "C", "B"]})
GIVEN = {"I1": ["S1"], "I2": ["S1", "S2"], "I3": ["B"], "I4": ["S2"]}
CODING = pd.DataFrame(
    [(name, code, coder) for name, codes in GIVEN.items() for code in codes for coder in "ab"],
    columns=["document", "code", "coder"],
)


def improvement(values, names="ABCDEF"):
    table = pd.DataFrame({"centre": list(names)[: len(values)], "value": values, "n": 20})
    return table.assign(low=table["value"] - 0.4, high=table["value"] + 0.4)


def of(ends):
    return dict(zip(ends["centre"], ends["case"], strict=True))


class TestExtremes:
    def test_one_at_either_end(self):
        ends = cases.extremes(improvement([0.9, 0.5, 0.1]))
        assert of(ends) == {"A": cases.MOST, "C": cases.LEAST}
        assert ends["rank"].tolist() == [1, 3] and set(ends["of"]) == {3}

    def test_ties_at_the_border_stand_together(self):
        ends = cases.extremes(improvement([0.9, 0.9, 0.5, 0.1]))
        assert of(ends) == {"A": cases.MOST, "B": cases.MOST, "D": cases.LEAST}
        assert ends["rank"].tolist() == [1, 1, 4]

    def test_at_most_half_of_them(self):
        assert of(cases.extremes(improvement([3, 2, 1]), each=5)) == {
            "A": cases.MOST,
            "C": cases.LEAST,
        }

    @pytest.mark.parametrize("values", [[], [1.0], [1.0, 1.0, 1.0], [1.0, nan]])
    def test_nothing_to_rank(self, values):
        assert cases.extremes(improvement(values)).empty

    def test_ties_that_would_stand_at_both_ends(self):
        # the second largest and the second smallest are both 1
        assert cases.extremes(improvement([2.0, 1.0, 1.0, 0.0]), each=2).empty
        assert cases.extremes(improvement([2.0, 1.0, 1.0, 1.0]), each=1)["case"].tolist() == [
            cases.MOST,
            *[cases.LEAST] * 3,
        ]


def test_apart_when_every_interval_lies_above():
    assert cases.apart(cases.extremes(improvement([2.0, 1.0])))  # 1.6 above 1.4
    assert not cases.apart(cases.extremes(improvement([1.5, 1.0])))
    assert not cases.apart(cases.extremes(improvement([1.0])))
    unknown = cases.extremes(improvement([2.0, 1.0])).assign(low=nan)
    assert not cases.apart(unknown)


def test_said_names_the_loudest_theme_of_each_side():
    ends = cases.extremes(improvement([0.9, 0.5, 0.1]))
    table = cases.said(ends, CODING, INTERVIEWS, SIDES)
    assert table["interviews"].tolist() == [2, 1]
    assert table["Strengths"].tolist() == ["S1", ""]
    assert table["Barriers"].tolist() == ["", "B"]
    assert list(cases.said(ends.iloc[:0], CODING, INTERVIEWS, SIDES))[-2:] == list(SIDES)


def test_contrast_counts_interviews_and_sorts_by_difference():
    ends = cases.extremes(improvement([0.9, 0.5, 0.1]))
    table = cases.contrast(ends, CODING, INTERVIEWS, SIDES).set_index("code")
    assert table.index.tolist() == ["S1", "B", "S2"]
    assert table.loc["S1", ["most", "n_most", "least", "n_least"]].tolist() == [2, 2, 0, 1]
    assert table["difference"].tolist() == [1.0, -1.0, 0.5]


def test_contrast_without_interviews_or_extremes():
    ends = cases.extremes(improvement([0.9, 0.5, 0.1], "XYZ"))
    table = cases.contrast(ends, CODING, INTERVIEWS, SIDES)
    assert table["n_most"].eq(0).all() and table["difference"].isna().all()
    assert cases.contrast(ends.iloc[:0], CODING, INTERVIEWS, SIDES).empty


def test_pooled_takes_interviewed_units_and_never_a_single_one():
    given = improvement([4.0, 3.0, 2.0, 1.0, 0.0])  # D and E were not interviewed
    assert cases.pooled(given, INTERVIEWS, "centre").empty  # A against C would be single
    more = pd.concat(
        [INTERVIEWS, pd.DataFrame({"interview": ["I5"], "centre": ["D"]})], ignore_index=True
    )
    pooled = cases.pooled(given, more, "centre")
    assert of(pooled) == {"A": cases.MOST, "B": cases.MOST, "C": cases.LEAST, "D": cases.LEAST}
    assert cases.pooled(given, INTERVIEWS.drop(columns="centre"), "centre").empty


def test_best():
    assert cases.best(improvement([0.1, nan, 0.9, 0.9]), "centre", "none")["centre"] == "C"
    nobody = cases.best(improvement([]), "centre", "none")
    assert nobody["centre"] == "none" and isnan(nobody["value"])
