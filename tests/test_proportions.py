"""Exact arithmetic of printed numbers, against published verdicts, R and counting by hand."""

import csv
import json
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal
from fractions import Fraction
from math import floor
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.printed import one_line, parse_base, parse_number, parse_percent, shown
from analysis.proportions import (
    attainable_share,
    explanation,
    fitting_roundings,
    grim,
    possible_counts,
    possible_sums,
    share,
    wilson,
)

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {
    vector["name"]: vector
    for vector in json.loads((REFERENCE / "statistics.json").read_text(encoding="utf-8"))
}


def rows(name):
    with (REFERENCE / VECTORS[name]["data"]).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def rounded(k, n, decimals):
    """Digits printed for k of n by each rule, in exact fractions; Python's own rounds half to even."""
    exact = Fraction(100 * 10**decimals * k, n)
    half = Fraction(1, 2)
    return {
        "half-up": floor(exact + half),
        "half-even": round(exact),
        "half-down": -floor(half - exact),
    }


def by_definition(percent, n):
    """Counts found by trying every one: half-up or half-even rounding prints the figure."""
    digits, decimals = parse_percent(percent)
    printed = [rounded(k, n, decimals) for k in range(n + 1)]
    return [k for k, by in enumerate(printed) if digits in (by["half-up"], by["half-even"])]


class TestReadingPrintedNumbers:
    @pytest.mark.parametrize(
        "text",
        [
            "72.0",
            "72,0",
            "72.0%",
            "72.0 %",
            " 72.0 ",
            "72.0\u00a0%",
            "\u202f72,0\u202f%",
            "\ufeff72.0",
        ],
    )
    def test_every_way_of_printing_it_is_the_same_figure(self, text):
        assert parse_percent(text) == (720, 1)

    def test_trailing_zeros_are_kept(self):
        assert [parse_percent(t) for t in ("72", "72.0", "72.00")] == [(72, 0), (720, 1), (7200, 2)]

    @pytest.mark.parametrize("text", ["0", "100", "0.0", "100.00"])
    def test_ends_are_included(self, text):
        assert parse_percent(text)

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("100.1", "cannot pass 100"),
            ("-3", "cannot be negative"),
            ("\u22123.0", "cannot be negative"),
            ("-0.0", "cannot be negative"),
            ("<1", "is a bound"),
            ("~30", "is a bound"),
            ("", "found nothing"),
            ("%", "one plain number"),
            (".", "one plain number"),
            ("5.", "one plain number"),
            ("1 000", "one plain number"),
            ("1.2.3", "one plain number"),
            ("12 or 13", "one plain number"),
            ("1e1", "one plain number"),
            ("nan", "one plain number"),
            ("\u0667\u0662", "one plain number"),
            ("9" * 5000, "one plain number"),
            (72.0, "which is not text"),
            (None, "which is not text"),
        ],
    )
    def test_anything_else_is_refused_with_a_sentence(self, text, words):
        with pytest.raises(ValueError, match=words):
            parse_percent(text)

    @pytest.mark.parametrize("text", ["157", 157, " 157 ", "0157"])
    def test_base(self, text):
        assert parse_base(text) == 157

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("157.0", "; write 157$"),
            ("157,", "; write 157$"),
            ("1 000", "for thousands write 1000$"),
            ("1\u00a0000", "for thousands write 1000$"),
            ("1,000", "for thousands write 1000$"),
            ("0", "at least one person"),
            ("-5", "whole number"),
            ("1e3", "whole number"),
            ("many", "whole number"),
            ("", "found nothing"),
            (True, "whole number"),
            (157.0, "; write 157$"),
        ],
    )
    def test_base_refused_with_a_way_to_mend_it(self, text, words):
        with pytest.raises(ValueError, match=words):
            parse_base(text)

    def test_minus_of_a_mean(self):
        assert parse_number("\u22121.25") == (-125, 2)


class TestPossibleCounts:
    def test_published_verdicts(self):
        expected = VECTORS["grim_percent_published"]["expected"]["consistent"]
        found = [len(possible_counts(r["pct"], r["n"])) > 0 for r in rows("grim_percent_published")]
        assert found == expected  # scrutiny, pigs2

    @pytest.mark.parametrize(
        ("percent", "n", "counts"),
        [
            ("72.0", 157, [113]),  # by hand: 113/157 = 71.975 %
            ("17.5", 157, []),  # 27/157 = 17.197 %, 28/157 = 17.834 %
            ("18.0", 117, []),  # 21/117 = 17.949 %, 22/117 = 18.803 %
            ("2.5", 40, [1]),
            ("0", 40, [0]),
            ("100", 40, [40]),
            ("0", 1000, [0, 1, 2, 3, 4, 5]),  # 5/1000 = 0.5 % may be printed as 0 or 1
            ("100.0", 3, [3]),
            ("33", 3, [1]),
            ("50", 1, []),
            ("12", 8, [1]),  # 1/8 = 12.5 %: half-even 12, half-up 13
            ("13", 8, [1]),
            ("38", 8, [3]),  # 3/8 = 37.5 %: both rules 38
            ("37", 8, []),
            ("57", 40, []),  # 23/40 = 57.5 %: both rules 58
            ("58", 40, [23]),
            ("100", 1, [1]),
            ("0.0", 40, [0]),
        ],
    )
    def test_by_hand(self, percent, n, counts):
        assert list(possible_counts(percent, n)) == counts

    @given(n=st.integers(1, 400), decimals=st.integers(0, 2), share=st.fractions(0, 1))
    def test_against_trying_every_count(self, n, decimals, share):
        printed = floor(share * 100 * 10**decimals)
        percent = f"{printed // 10**decimals}.{printed % 10**decimals:0{decimals}d}".rstrip(".")
        percent = percent if decimals else str(printed)
        assert list(possible_counts(percent, n)) == by_definition(percent, n)

    @given(n=st.integers(1, 2000), k=st.integers(0, 2000), decimals=st.integers(0, 3))
    def test_no_figure_rounded_half_up_or_half_even_is_ever_called_impossible(self, n, k, decimals):
        k = min(k, n)
        exact = Context(prec=60).divide(Decimal(100 * k), Decimal(n))  # a tie has few decimals
        for rule in (ROUND_HALF_UP, ROUND_HALF_EVEN):
            printed = str(exact.quantize(Decimal(1).scaleb(-decimals), rounding=rule))
            assert k in possible_counts(printed, n), printed

    @given(n=st.integers(1, 2000), k=st.integers(0, 2000), decimals=st.integers(0, 3))
    def test_figures_formatted_from_floats_are_possible_or_explained(self, n, k, decimals):
        k = min(k, n)
        for printed in (f"{100 * k / n:.{decimals}f}", f"{k / n:.{decimals}%}"):
            if k not in possible_counts(printed, n):
                assert k in possible_counts(printed, n, "half-down")
                assert explanation(printed, n) == "half rounded down"

    def test_what_python_prints_for_a_tie_is_impossible_and_explained(self):
        assert f"{23 / 40:.0%}" == "57%"  # 57.5 %: neither half-up (58) nor half-even (58)
        assert list(possible_counts("57%", 40)) == []
        assert explanation("57%", 40) == "half rounded down"
        assert explanation("37", 8) == "half rounded down"  # not truncation, which also gives it

    def test_rules_that_fit(self):
        assert fitting_roundings("58", 40) == ("half-up", "half-even")
        assert fitting_roundings("12", 8) == ("half-even",)
        assert fitting_roundings("13", 8) == ("half-up",)
        assert fitting_roundings("57", 40) == ()

    @pytest.mark.parametrize(
        ("percent", "n", "rule", "counts"),
        [
            ("2", 40, "half-up", []),  # 1/40 = 2.5 %
            ("3", 40, "half-up", [1]),
            ("2", 40, "half-even", [1]),
            ("3", 40, "half-even", []),
            ("7", 40, "half-down", [3]),  # 3/40 = 7.5 %
            ("17.9", 117, "truncation", [21]),  # 17.948
            ("18.0", 117, "double rounding", [21]),  # 17.948 -> 17.95 -> 18.0
            ("8.6", 117, "double rounding", [10]),  # 8.547 -> 8.55 -> 8.6
            ("17.2", 157, "truncation", []),
            ("17.1", 157, "truncation", [27]),  # 17.197
            ("17.9", 157, "rounding up", [28]),  # 17.834
        ],
    )
    def test_rules_by_hand(self, percent, n, rule, counts):
        assert list(possible_counts(percent, n, rule)) == counts

    def test_explanations_in_order(self):
        assert explanation("17.1", 157) == "truncation"
        assert explanation("18.0", 117) == "double rounding"
        assert explanation("17.9", 157) == "rounding up"
        assert explanation("17.5", 157) == "half a person"  # 27.5/157 = 17.516 %
        assert explanation("17.4", 157) == ""

    def test_large_bases_are_not_listed_one_by_one(self):
        assert len(possible_counts("50", 10**11)) == 10**9 + 1

    def test_unknown_rule(self):
        with pytest.raises(ValueError, match="expected one of"):
            possible_counts("50", 40, "bankers")


class TestPower:
    @pytest.mark.parametrize(("n", "printed"), [(157, 15.8), (117, 11.8), (40, 4.1)])
    def test_published_shares_with_one_decimal(self, n, printed):
        assert round(100 * attainable_share(n, 1), 1) == printed

    def test_whole_percentages(self):
        assert attainable_share(157, 0) == attainable_share(100, 0) == 1
        assert round(100 * attainable_share(40, 0, "half-up"), 1) == 40.6
        # 41 counts; of the 20 ties 2.5, 7.5, ... 97.5 the ten above even digits are printed twice
        assert attainable_share(40, 0) == 51 / 101

    @pytest.mark.parametrize("decimals", [0, 1])
    @pytest.mark.parametrize(
        "n", [1, 2, 3, 4, 7, 8, 16, 24, 39, 40, 48, 80, 99, 100, 117, 157, 200, 400, 640, 999, 1000]
    )
    def test_by_counting_every_value(self, n, decimals):
        by_count = [rounded(k, n, decimals) for k in range(n + 1)]
        values = {rule: {by[rule] for by in by_count} for rule in by_count[0]}
        values["either"] = values["half-up"] | values["half-even"]
        for rule, attained in values.items():
            total = 100 * 10**decimals + 1
            assert attainable_share(n, decimals, rule) == len(attained) / total, rule

    @pytest.mark.parametrize("n", [1, 8, 16, 40, 157, 200])
    def test_is_the_share_of_figures_that_pass(self, n):
        passing = sum(len(possible_counts(f"{p / 10:.1f}", n)) > 0 for p in range(1001))
        assert attainable_share(n, 1) == passing / 1001

    def test_unknown_rule(self):
        with pytest.raises(ValueError, match="expected 'either'"):
            attainable_share(40, 0, "truncation")


class TestWilson:
    @pytest.mark.parametrize("row", VECTORS["proportion_cis"]["expected"])
    def test_r_prop_test(self, row):
        low, high = wilson(row["x"], row["n"])
        tolerance = 100 * VECTORS["proportion_cis"]["tolerance"]
        assert low == pytest.approx(100 * row["wilson_low"], abs=tolerance)
        assert high == pytest.approx(100 * row["wilson_high"], abs=tolerance)

    @pytest.mark.parametrize("n", [1, 7, 40, 157])
    def test_ends_are_exact(self, n):
        assert wilson(0, n)[0] == 0
        assert wilson(n, n)[1] == 100

    def test_arrays_at_once(self):
        low, high = wilson([13, 1], [40, 40])
        assert (low[1], high[1]) == wilson(1, 40)
        assert low[0] == pytest.approx(20.0845022318)  # R prop.test(13, 40, correct=FALSE)


class TestShare:
    @pytest.mark.parametrize("case", VECTORS["proportion_cis"]["expected"])
    def test_wilson_and_exact_intervals_of_r(self, case):
        row = share(case["x"], case["n"])
        ours = [row[key] for key in ("low", "high", "exact_low", "exact_high")]
        theirs = [case[key] for key in ("wilson_low", "wilson_high", "cp_low", "cp_high")]
        assert ours == pytest.approx(theirs, abs=1e-8)
        assert (row["count"], row["n"]) == (case["x"], case["n"])
        assert row["share"] == case["x"] / case["n"]

    @pytest.mark.parametrize("n", [1, 7, 12])
    def test_nobody_and_everybody(self, n):
        none, everybody = share(0, n), share(n, n)
        assert none["share"] == none["low"] == none["exact_low"] == 0
        assert everybody["share"] == everybody["high"] == everybody["exact_high"] == 1
        # by hand: the exact end solves (1 - p)^n = 0.025
        assert none["exact_high"] == pytest.approx(1 - 0.025 ** (1 / n))
        assert everybody["exact_low"] == pytest.approx(0.025 ** (1 / n))

    def test_without_people_all_is_missing(self):
        row = share(0, 0)
        assert (row["count"], row["n"]) == (0, 0)
        missing = ("share", "low", "high", "exact_low", "exact_high")
        assert all(np.isnan(row[key]) for key in missing)

    def test_level(self):
        wide, narrow = share(13, 40, 0.99), share(13, 40, 0.9)
        assert wide["low"] < narrow["low"] and wide["exact_high"] > narrow["exact_high"]
        # by hand: at 13 of 40 and z = 1.644854, (13 + z^2/2 -+ z sqrt(13*27/40 + z^2/4)) / (40 + z^2)
        assert narrow["low"] == pytest.approx(0.21768, abs=5e-6)
        assert narrow["high"] == pytest.approx(0.45450, abs=5e-6)

    @pytest.mark.parametrize(
        ("count", "n", "level", "words"),
        [
            (5, 3, 0.95, "count 5 of n 3"),
            (1, 0, 0.95, "count 1 of n 0"),
            (-1, 3, 0.95, "count from 0 to n"),
            (2.5, 3, 0.95, "whole numbers"),
            (float("nan"), 3, 0.95, "whole numbers"),
            (1, 3, 95, "between 0 and 1"),
        ],
    )
    def test_refused(self, count, n, level, words):
        with pytest.raises(ValueError, match=words):
            share(count, n, level)


class TestGrim:
    def test_published_verdicts(self):
        expected = VECTORS["grim_published"]["expected"]["consistent"]
        found = [grim(r["x"], r["n"], int(r["items"])) for r in rows("grim_published")]
        assert found == expected
        assert len(found) == 17

    def test_trailing_zero_decides(self):
        assert grim("5.2", 28) and not grim("5.20", 28)  # 5.179 and 5.214 are the neighbours

    def test_sums_by_hand(self):
        assert list(possible_sums("5.18", 14, 2)) == [145]  # 145/28 = 5.1786
        assert list(possible_sums("0.24", 28)) == []

    def test_negative_mean_behaves_as_its_size(self):
        assert grim("-1.25", 4) and grim("\u22121.25", 4) and not grim("-1.26", 4)

    @pytest.mark.parametrize(("mean", "n", "items"), [("x", 5, 1), ("1.0", 0, 1), ("1.0", 5, 0)])
    def test_refused(self, mean, n, items):
        with pytest.raises(ValueError):
            grim(mean, n, items)


class TestShowing:
    @pytest.mark.parametrize(
        ("text", "line"),
        [
            ("a\nb\tc\r\n d", "a b c d"),
            ("\x1b[31mred\x1b[0m", "\\x1b[31mred\\x1b[0m"),
            ("bell\x07", "bell\\x07"),
            ("right\u202eleft\u200b", "rightleft"),
            ("line\u2028paragraph\u2029end", "line paragraph end"),
            ("\x9b31m", "\\x9b31m"),
            ("смартфоны", "смартфоны"),
        ],
    )
    def test_one_harmless_line(self, text, line):
        assert one_line(text) == line

    @given(st.text())
    def test_never_more_than_one_line(self, text):
        line = one_line(text)
        assert len(line.splitlines()) <= 1
        assert "\x1b" not in line

    def test_long_values_are_cut(self):
        assert len(shown("x" * 1000)) <= 42
