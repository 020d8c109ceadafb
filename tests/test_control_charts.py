"""Control charts against the NIST handbook, R qcc and independent exact sums."""

from fractions import Fraction
from math import comb, exp, factorial

import numpy as np
import pandas as pd
import pytest

from analysis.control_charts import TAIL, p_chart, p_prime, signals, u_chart, xmr

# NIST/SEMATECH e-Handbook 6.3.2.2, flow rates.
FLOW = [49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1]
# Montgomery (1991) pp. 152-155; R qcc data(orangejuice), trial samples of 50 cans; also NIST 6.3.3.2.
JUICE = [12, 15, 8, 10, 4, 7, 16, 9, 14, 10, 5, 6, 17, 12, 22, 8, 10, 5, 13, 11]
JUICE += [20, 18, 24, 15, 9, 12, 7, 13, 9, 6]
CLOTH = [14, 12, 20, 11, 7, 10, 21, 16, 19, 23]  # R qcc data(dyedcloth)
YARDS = [10, 8, 13, 10, 10, 10, 12, 11, 12, 13]


def values(numbers):
    return pd.DataFrame({"x": range(1, len(numbers) + 1), "value": np.array(numbers, dtype=float)})


def counted(counts, n):
    sizes = n if isinstance(n, list) else [n] * len(counts)
    return pd.DataFrame({"x": range(1, len(counts) + 1), "count": counts, "n": sizes})


class TestXmR:
    def test_nist_flow_rates(self):
        chart = xmr(values(FLOW))
        row = chart.iloc[0]
        assert row["middle"] == pytest.approx(50.81)
        assert row["range_middle"] == pytest.approx(1.8778, abs=5e-5)
        assert (row["low"], row["high"]) == pytest.approx((45.8159, 55.8041), abs=5e-5)
        assert row["range_high"] == pytest.approx(3.267 * 1.87778, abs=1e-4)
        assert not chart["beyond"].any()  # NIST: in control
        constant = 3 / 1.128
        assert constant == pytest.approx(2.66, abs=5e-4)  # as Wheeler prints it

    def test_only_the_baseline_sets_the_limits(self):
        chart = xmr(values([*FLOW, 90.0]), baseline=10)
        assert chart["high"].iloc[-1] == pytest.approx(55.8041, abs=5e-5)
        assert chart["beyond"].tolist() == [False] * 10 + [True]
        assert chart["range_beyond"].tolist() == [False] * 10 + [True]
        assert chart["phase"].tolist() == ["baseline"] * 10 + ["after"]
        assert xmr(values([*FLOW, 90.0]))["high"].iloc[0] > 60

    def test_a_gap_gives_no_range_and_ends_a_run(self):
        chart = xmr(values([1, 2, np.nan, 5, 6]))
        assert chart["range_middle"].iloc[0] == 1  # |2-1|, |6-5|; not |5-2|
        steady = [0.0, 10.0] * 5
        broken = [*steady, 4.0, *[6.0] * 8, np.nan, 6.0]
        assert not xmr(values(broken), baseline=10)["in_run"].any()

    def test_nine_in_a_row_and_not_eight(self):
        steady = [0.0, 10.0] * 5  # middle 5
        eight = xmr(values([*steady, 4.0, *[6.0] * 8]), baseline=10)
        assert not eight["in_run"].any()
        assert xmr(values([*steady, 4.0, *[6.0] * 8]), baseline=10, run=8)["in_run"].sum() == 1
        ten = xmr(values([*steady, 4.0, *[6.0] * 10]), baseline=10)
        assert ten["in_run"].to_numpy().nonzero()[0].tolist() == [19, 20]

    def test_the_middle_itself_ends_a_run(self):
        chart = xmr(values([*[0.0, 10.0] * 5, 4.0, *[6.0] * 8, 5.0, 6.0]), baseline=10)
        assert not chart["in_run"].any()

    @pytest.mark.parametrize(
        ("points", "baseline", "said"),
        [
            (values([1, 2]).drop(columns="value"), None, "lack value"),
            (values([1, 2]).iloc[:0], None, "no points"),
            (values([1, 2]).iloc[::-1], None, "forward in time"),
            (values([1, 2]), 3, "baseline is 3"),
            (values([1, 2, 3]), 1, "no two values in a row"),
        ],
    )
    def test_refusals(self, points, baseline, said):
        with pytest.raises(ValueError, match=said):
            xmr(points, baseline)


def exact_ends(n, middle):
    """Smallest counts whose cumulative binomial probability reaches each tail, summed in fractions."""
    p, total, ends = Fraction(middle), Fraction(0), []
    for q in (TAIL, 1 - TAIL):
        total, k = Fraction(0), -1
        while total < Fraction(q):
            k += 1
            total += comb(n, k) * p**k * (1 - p) ** (n - k)
        ends.append(k)
    return ends


class TestShares:
    def test_orange_juice(self):
        chart = p_chart(counted(JUICE, 50))
        assert chart["middle"].iloc[0] == pytest.approx(0.2313333, abs=5e-8)  # R qcc: center
        assert chart.loc[chart["beyond"], "x"].tolist() == [15, 23]  # R qcc: violations
        low, high = exact_ends(50, sum(JUICE) / 1500)
        assert (chart["low"].iloc[0], chart["high"].iloc[0]) == pytest.approx((low / 50, high / 50))
        assert (low / 50, high / 50) != pytest.approx((0.0524, 0.4102))  # the normal limits

    def test_limits_follow_each_n(self):
        points = counted([3, 9, 40, 18, 0], [4, 12, 50, 24, 0])
        chart = p_chart(points)
        for n, low, high in chart[["n", "low", "high"]].to_numpy()[:4]:
            assert [low * n, high * n] == pytest.approx(exact_ends(int(n), 70 / 90))
        assert chart.iloc[4][["value", "low", "high"]].isna().all() and not chart["beyond"].iloc[4]
        assert chart["n_baseline"].iloc[0] == 4

    def test_nothing_beyond_when_all_or_none(self):
        for count in (0, 20):
            chart = p_chart(counted([count] * 3, 20))
            assert not chart["beyond"].any() and chart["low"].iloc[0] == chart["high"].iloc[0]

    def test_missing_months(self):
        points = counted([3, 4, 5], 10).astype({"count": "Int64", "n": "Int64"})
        points.loc[1, ["count", "n"]] = pd.NA
        chart = p_chart(points)
        assert chart["middle"].iloc[0] == pytest.approx(8 / 20)
        assert chart["value"].isna().tolist() == [False, True, False]

    @pytest.mark.parametrize("count", [-1, 11, 2.5])
    def test_wrong_counts(self, count):
        with pytest.raises(ValueError, match="point 2: count"):
            p_chart(counted([3, count], 10))

    def test_an_empty_baseline(self):
        with pytest.raises(ValueError, match="nothing was counted in the baseline"):
            p_chart(counted([0, 3], [0, 10]), baseline=1)


def test_rates_dyed_cloth():
    chart = u_chart(counted(CLOTH, YARDS))
    assert chart["middle"].iloc[0] == pytest.approx(1.40367, abs=5e-6)  # R qcc: center
    expected = 153 / 109 * 10
    ends = []
    for q in (TAIL, 1 - TAIL):
        total, k = 0.0, -1
        while total < q:
            k += 1
            total += exp(-expected) * expected**k / factorial(k)
        ends.append(k / 10)
    assert (chart["low"].iloc[0], chart["high"].iloc[0]) == pytest.approx(tuple(ends))
    with pytest.raises(ValueError, match="point 1"):
        u_chart(counted([1], 0))


class TestPrime:
    def test_by_hand(self):
        # shares .4, .6, .4 of 100: middle 140/300, error sqrt(.46667 * .53333 / 100) = .0498888;
        # z = -1.33630, 2.67261, -1.33630; moving ranges 4.00892 twice; sigma_z = 4.00892 / 1.128.
        chart = p_prime(counted([40, 60, 40], 100))
        assert chart["sigma_z"].iloc[0] == pytest.approx(4.00892 / 1.128, rel=1e-5)
        reach = 3 * 4.00892 / 1.128 * 0.0498888
        assert chart["high"].iloc[0] == pytest.approx(140 / 300 + reach, rel=1e-5)
        assert chart["low"].iloc[0] == 0  # would be below

    def test_what_does_not_vary(self):
        with pytest.raises(ValueError, match="0 or 1"):
            p_prime(counted([5, 5], 5))


def test_signals():
    row = signals(p_chart(counted(JUICE, 50))).iloc[0]
    assert (row["points"], row["n_baseline"], row["beyond"], row["last_signal"]) == (30, 30, 2, 23)
    assert not row["provisional"] and signals(xmr(values(FLOW))).iloc[0]["provisional"]
    assert signals(xmr(values(FLOW))).iloc[0]["last_signal"] is None
