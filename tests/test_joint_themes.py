"""Statistics by theme: means and permutations counted by hand, Welch's interval against R."""

from math import nan

import numpy as np
import pandas as pd
import pytest

from analysis import joint_themes as themes
from analysis.answers import permutation_p

# Improvement by centre. A and B voice X, B alone voices Y in one of two interviews, everybody voices Z; in D
# nobody was interviewed; Q is heard by one of two coders only.
IMPROVEMENT = pd.DataFrame({"centre": list("ABCDE"), "value": [3.0, 4.0, 1.0, 99.0, 2.0]})
INTERVIEWS = pd.DataFrame(
    {"interview": ["I1", "I2", "I3", "I4", "I5"], "centre": ["A", "B", "B", "C", "E"]}
)
GIVEN = {"I1": "XZ", "I2": "XYZ", "I3": "Z", "I4": "Z", "I5": "Z"}
BOTH = [(name, code, coder) for name, codes in GIVEN.items() for code in codes for coder in "ab"]
CODING = pd.DataFrame([*BOTH, ("I1", "Q", "a")], columns=["document", "code", "coder"])


def found(codes="XYZQ", improvement=IMPROVEMENT):
    return themes.by_theme(improvement, CODING, INTERVIEWS, list(codes)).set_index("code")


def test_units_are_counted_and_a_centre_without_interviews_is_not():
    table = found()
    assert table[["n_voiced", "n_others"]].to_numpy().tolist() == [[2, 2], [1, 3], [4, 0], [0, 4]]
    # X: (3 + 4) / 2 - (1 + 2) / 2 = 2. Y: 4 - (3 + 1 + 2) / 3 = 2.
    assert table["difference"].tolist()[:2] == [2.0, 2.0]
    assert table["reason"].tolist() == ["", themes.SINGLE, themes.EVERYWHERE, themes.NOWHERE]


def test_p_by_counting_and_never_without_an_interval():
    table = found()
    # X: of the six sums of two of 1, 2, 3, 4 two lie as far from 5 as 3 + 4 does.
    assert table.loc["X", "p"] == pytest.approx(2 / 6) == table.loc["X", "smallest_p"]
    assert table.loc["X", "p_holm"] == pytest.approx(2 / 6)  # one test was made
    assert table["p"].notna().tolist() == table["low"].notna().tolist() == [True, *[False] * 3]
    assert table.loc["Y", "smallest_p"] == 0.25  # one of four choices


def test_welch_interval_against_r():
    # R: t.test(extra ~ group, data = sleep): -3.3654832 to 0.2054832, means 0.75 and 2.33
    a = np.array([0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0.0, 2.0])
    b = np.array([1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4])
    row = themes.difference(a, b)
    assert (row["voiced"], row["others"]) == pytest.approx((0.75, 2.33))
    assert (row["low"], row["high"]) == pytest.approx((-3.3654832, 0.2054832), abs=1e-7)


class TestPermutation:
    def test_unequal_groups_have_no_mirror(self):
        # choices of one of 5, 1, 2, 3 (mean 2.75): only 5 lies 2.25 off
        assert themes.permutation(np.array([5.0]), np.array([1.0, 2, 3])) == (0.25, 0.25)
        assert themes.permutation(np.array([1.0]), np.array([5.0, 2, 3])) == (0.5, 0.25)

    def test_ties_count_and_rounding_does_not(self):
        assert themes.permutation(np.array([1.0, 1]), np.array([1.0, 1]))[0] == 1
        p, _ = themes.permutation(np.array([0.1 + 0.2, 0.3]), np.array([0.3, 0.6]))
        # sums 0.6, 0.6, 0.9, 0.6, 0.9, 0.9 around 0.75: every one is 0.15 off
        assert p == 1

    def test_too_many_choices_are_drawn(self):
        # 155,117,520 choices of 15 of 30. Counted without listing them: ways[k, s] is how many choices of k numbers sum to s.
        a, b = np.arange(15), np.arange(15) + 4
        ways = np.zeros((16, 400))
        ways[0, 0] = 1
        for value in [*a, *b]:
            ways[1:, value:] += ways[:-1, : 400 - value].copy()
        chosen = ways[15]
        assert chosen.sum() == 155_117_520
        far = np.abs(2 * np.arange(400) - (a.sum() + b.sum()))
        exact = chosen[far >= abs(a.sum() - b.sum())].sum() / chosen.sum()
        row = themes.difference(a.astype(float), b.astype(float))
        assert 0.01 < exact < 0.05
        assert row["p"] == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / 9_999))
        assert (row["smallest_p"], row["reason"]) == (1e-4, "")
        assert row["p"] == themes.difference(a.astype(float), b.astype(float))["p"]
        assert row["p"] == permutation_p(a, b)  # the same test as of who answered


def test_no_spread_and_one_centre_and_nothing():
    row = themes.difference(np.array([2.0, 2.0]), np.array([1.0, 1.0]))
    assert row["difference"] == 1 and row["reason"] == themes.ALIKE and np.isnan(row["p"])
    one = found("X", IMPROVEMENT.head(1))
    assert one.loc["X", "reason"] == themes.EVERYWHERE and np.isnan(one.loc["X", "difference"])
    assert found("X", IMPROVEMENT.iloc[:0]).loc["X", "reason"] == themes.NOWHERE
    assert found("").empty


def test_values_that_are_missing_and_units_that_stand_twice():
    gap = IMPROVEMENT.assign(value=[3.0, nan, 1.0, 99.0, 2.0])
    assert found("X", gap)["n_voiced"].tolist() == [1]
    with pytest.raises(ValueError, match="centre 'A' stands twice"):
        found("X", pd.concat([IMPROVEMENT, IMPROVEMENT]))


def test_by_curator():
    named = INTERVIEWS.assign(curator=["K1", "K2", "K2", "", "K3"])
    given = pd.DataFrame({"curator": ["K1", "K2", "K3", "K4"], "value": [1.0, 2.0, 0.5, 9.0]})
    table = themes.by_theme(given, CODING, named, ["X"], "curator")
    assert table[["n_voiced", "n_others", "difference"]].iloc[0].tolist() == [2, 1, 1.0]


def test_names_and_drawing():
    table = found().reset_index()
    assert themes.named(table, themes.EVERYWHERE, "none") == "Z"
    assert themes.named(table, themes.ALIKE, "none") == "none"
    assert themes.drawn(table)["label"].tolist() == ["X", "Y"]
    assert themes.drawn(table)["n"].tolist() == [2, 1]
