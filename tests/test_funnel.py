"""Funnel limits against sums in exact fractions and hand arithmetic; no ranking."""

from fractions import Fraction
from math import comb

import numpy as np
import pandas as pd
import pytest
from scipy.stats import chi2_contingency

from analysis.funnel import curve, funnel, inflated, limits, overdispersion, standardised


def units(counts, n):
    return pd.DataFrame({"label": [*"FACEBDGH"][: len(n)], "count": counts, "n": n})


def slow(n, target, q):
    """Spiegelhalter (2005) A.1.1 with binomial sums in fractions."""
    p, q = Fraction(target), Fraction(q)
    below = total = Fraction(0)
    for r in range(n + 1):
        below, total = total, total + comb(n, r) * p**r * (1 - p) ** (n - r)
        if total >= q:
            return float(min(max((r - (total - q) / (total - below)) / n, 0), 1))


@pytest.mark.parametrize("n", [1, 2, 7, 30])
@pytest.mark.parametrize("target", [0.05, 0.5, 0.9])
@pytest.mark.parametrize("level", [0.95, 0.998])
def test_limits_against_exact_sums(n, target, level):
    row = limits([n], target, level).iloc[0]
    assert row["low"] == pytest.approx(slow(n, target, (1 - level) / 2), abs=1e-9)
    assert row["high"] == pytest.approx(slow(n, target, (1 + level) / 2), abs=1e-9)


def test_by_hand():
    # n = 2, target 1/2: F = 1/4, 3/4, 1. Upper .975: r = 2, (2 - (1 - .975) / (1/4)) / 2 = .95.
    # Lower .025: r = 0, (0 - (1/4 - .025) / (1/4)) / 2 < 0, so 0.
    row = limits([2], 0.5, 0.95).iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((0, 0.95))


def test_units_keep_their_order_and_are_judged_by_exact_tails():
    table = funnel(units([2, 15, 45, 50], [50, 50, 50, 50]), target=0.5)
    assert table["label"].tolist() == ["F", "A", "C", "E"]
    # binomial(50, .5): P(X <= 15) = .0033 lies between .001 and .025
    assert table["outside"].tolist() == ["99.8%", "95%", "99.8%", "99.8%"]
    assert not any("rank" in column for column in table)


def test_exact_border():
    # binomial(6, 1/2): P(X = 6) = 1/64 = .0156 < .025; P(X >= 5) = 7/64
    table = funnel(units([6, 5], [6, 6]), target=0.5)
    assert table["outside"].tolist() == ["95%", "no"]


def test_nobody_and_everybody():
    table = funnel(units([0, 3], [0, 10]))
    assert np.isnan(table["share"][0]) and table["outside"].tolist() == ["no", "no"]
    assert table["target"].iloc[0] == pytest.approx(0.3)
    assert set(funnel(units([4, 5], [4, 5]))["outside"]) == {"no"}
    with pytest.raises(ValueError, match="counts anybody"):
        funnel(units([0], [0]))
    with pytest.raises(ValueError, match="F: count 5 of 4"):
        funnel(units([5], [4]))


def test_curve_narrows():
    drawn = curve(200, 0.3)
    wide = drawn[drawn["level"].eq(0.998)].set_index("n")
    tight = drawn[drawn["level"].eq(0.95)].set_index("n")
    assert (wide["high"] >= tight["high"]).all() and (wide["low"] <= tight["low"]).all()
    assert wide["high"][200] < wide["high"][20]


class TestOverdispersion:
    def test_chi_square_as_scipy(self):
        table = units([15, 25, 10], [50, 60, 40])
        row = overdispersion(table).iloc[0]
        cells = [table["count"], table["n"] - table["count"]]
        known = chi2_contingency(cells, correction=False)
        assert (row["chi2"], row["df"], row["p"]) == pytest.approx(
            (known.statistic, known.dof, known.pvalue)
        )

    def test_phi_by_hand(self):
        # target .5, n 100: z = (share - .5) / .05 = -2, 0, 2; not drawn in: (4 + 0 + 4) / 3
        table = units([40, 50, 60], [100, 100, 100])
        assert overdispersion(table, 0.5, winsorised=0).iloc[0]["phi"] == pytest.approx(8 / 3)
        # drawn in to the 10% and 90% quantiles -1.6 and 1.6: 2 * 2.56 / 3
        assert overdispersion(table, 0.5).iloc[0]["phi"] == pytest.approx(5.12 / 3)
        assert overdispersion(table, 0.5).iloc[0]["df"] == 3

    def test_too_little(self):
        assert np.isnan(overdispersion(units([4], [9])).iloc[0]["phi"])
        assert np.isnan(overdispersion(units([0, 0], [9, 9])).iloc[0]["p"])

    def test_inflated_never_narrower_than_chance(self):
        one, low, four = (inflated([100], 0.5, 0.95, phi).iloc[0] for phi in (1, 0.3, 4))
        assert one["high"] == pytest.approx(0.5 + 1.959964 * 0.05)
        assert low["high"] == one["high"] and four["high"] == pytest.approx(0.5 + 1.959964 * 0.1)


def test_standardised_by_hand():
    # low risk 10/20 over all, high risk 6/8. A: 10 low, 2 high: expects 5 + 1.5; B: 5 + 4.5.
    strata = pd.DataFrame(
        [("A", "low", 6, 10), ("A", "high", 1, 2), ("B", "low", 4, 10), ("B", "high", 5, 6)],
        columns=["label", "stratum", "count", "n"],
    )
    table = standardised(strata).set_index("label")
    assert table["expected"].to_dict() == pytest.approx({"A": 6.5, "B": 9.5})
    assert table["ratio"]["A"] == pytest.approx(7 / 6.5)
    assert table["standardised_share"]["A"] == pytest.approx(7 / 6.5 * 16 / 28)
    # Garwood interval of 7 events: 2.814 to 14.423
    assert (table["low"]["A"] * 6.5, table["high"]["A"] * 6.5) == pytest.approx(
        (2.814, 14.423), abs=5e-4
    )
    assert table["count"].sum() == pytest.approx(table["expected"].sum())


def test_standardised_keeps_a_unit_in_which_nobody_is_counted():
    """B has nobody in any stratum; C has only families of a stratum in which nobody is counted at all."""
    strata = pd.DataFrame(
        [("A", "low", 1, 2), ("B", "low", 0, 0), ("B", "high", 0, 0), ("C", "high", 0, 3)],
        columns=["label", "stratum", "count", "n"],
    )
    table = standardised(strata).set_index("label")
    assert list(table.index) == ["A", "B", "C"] and table["n"].tolist() == [2, 0, 3]
    assert table["expected"].to_dict() == {"A": 1, "B": 0, "C": 0}
    missing = ["ratio", "low", "high", "standardised_share"]
    assert table.loc[["B", "C"], missing].isna().all(axis=None)
    assert np.isnan(table["share"]["B"]) and table["share"]["C"] == 0
    assert table["ratio"]["A"] == 1 and table["standardised_share"]["A"] == pytest.approx(1 / 5)
