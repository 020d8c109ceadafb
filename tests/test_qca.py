"""Comparative analysis of cases. Expected: R QCA's printed results on Lipset's data, textbook functions, a brute-force minimiser."""

import json
from itertools import combinations, product
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import qca, sets, sources
from analysis.minimisation import prime_implicants, smallest_covers

LIPSET = json.loads((Path(__file__).parent / "reference" / "lipset.json").read_text())
EXPECTED = LIPSET["expected"]
NAMES = [*LIPSET["conditions"], LIPSET["outcome"]]


def lipset(kind):
    return pd.DataFrame.from_dict(LIPSET[kind], orient="index", columns=NAMES, dtype=float)


CRISP, FUZZY = lipset("crisp"), lipset("fuzzy")
ABSENT = CRISP.assign(SURV=1 - CRISP["SURV"])


def printed(fitted):
    """Fit as R prints it: term -> inclS, PRI, covS, covU; covU only where there are several terms."""
    found = {}
    for row in fitted.to_dict("records"):
        alone = row["term"] == "whole" or len(fitted) == 2
        numbers = [round(row[name], 3) for name in ("consistency", "pri", "coverage")]
        found[row["term"]] = [*numbers, None if alone else round(row["unique"], 3)]
    return found


class TestLipsetAsRPrintsIt:
    def test_truth_table(self):
        table = qca.truth_table(CRISP, "SURV", 1)
        seen = table[table["result"].ne("?")]
        key = seen[LIPSET["conditions"]].astype(str).agg("".join, axis=1)
        rows = dict(zip(key, seen[["n", "consistency"]].to_numpy().tolist(), strict=True))
        assert rows == EXPECTED["crisp_rows"]
        assert qca.diversity(table) == {
            "possible": 32,
            "observed": 9,
            "remainders": 23,
            "contradictory": 0,
            "positive": 3,
            "cases": 18,
        }

    @pytest.mark.parametrize(
        ("cases", "cut", "solve", "expected"),
        [
            (CRISP, 1, qca.conservative, "crisp_conservative"),
            (CRISP, 1, qca.parsimonious, "crisp_parsimonious"),
            (ABSENT, 1, qca.parsimonious, "absent_parsimonious"),
            (FUZZY, 0.8, qca.conservative, "fuzzy_conservative"),
            (FUZZY, 0.8, qca.parsimonious, "fuzzy_parsimonious"),
        ],
    )
    def test_solution_and_fit(self, cases, cut, solve, expected):
        models = solve(qca.truth_table(cases, "SURV", cut))
        assert len(models) == 1
        assert printed(qca.fit(cases, models, "SURV")) == EXPECTED[expected]

    def test_absent_outcome_without_remainders(self):
        (model,) = qca.conservative(qca.truth_table(ABSENT, "SURV", 1))
        assert sorted(model) == sorted(EXPECTED["absent_conservative"])

    def test_simplifying_assumptions(self):
        table = qca.truth_table(CRISP, "SURV", 1)
        found = qca.assumptions(table, qca.parsimonious(table))[LIPSET["conditions"]]
        assert found.astype(str).agg("".join, axis=1).tolist() == EXPECTED["crisp_assumptions"]
        table = qca.truth_table(ABSENT, "SURV", 1)
        found = qca.assumptions(table, qca.parsimonious(table))
        assert len(found) == EXPECTED["absent_assumptions"]

    def test_cases_of_a_term(self):
        table = qca.fit(CRISP, [("DEV*LIT*IND*STB",)], "SURV")
        assert set(table["cases"][0]) == {"FR", "SE", "BE", "CZ", "NL", "UK"}


class TestMinimisation:
    def test_textbook_function_with_an_unneeded_prime(self):
        # McCluskey's example: ones at 4, 8, 10, 11, 12, 15, free 9, 14 in A B C D; the minimum is
        # BC'D' + AB' + AC or BC'D' + AD' + AC
        primes = prime_implicants([4, 8, 10, 11, 12, 15, 9, 14], 4)
        assert set(primes) == {
            (0b0111, 0b0100),
            (0b1100, 0b1000),
            (0b1001, 0b1000),
            (0b1010, 0b1010),
        }
        covers = smallest_covers(primes, [4, 8, 10, 11, 12, 15])
        assert [set(c) for c in covers] == [
            {(0b0111, 0b0100), (0b1010, 0b1010), extra}
            for extra in ((0b1100, 0b1000), (0b1001, 0b1000))
        ]

    def test_cyclic_function_has_both_minimal_covers(self):
        # ones at 0, 1, 2, 5, 6, 7 of three conditions: six primes in a ring, two covers of three
        primes = prime_implicants([0, 1, 2, 5, 6, 7], 3)
        assert len(primes) == 6 and len(smallest_covers(primes, [0, 1, 2, 5, 6, 7])) == 2

    def test_everything_and_nothing(self):
        assert prime_implicants(range(8), 3) == [(0, 0)]
        assert prime_implicants([], 3) == [] and smallest_covers([], []) == []

    @pytest.mark.parametrize("seed", range(40))
    def test_all_minimal_solutions_as_by_brute_force(self, seed):
        rng = np.random.default_rng(seed)
        k = int(rng.integers(2, 5))
        kinds = rng.choice(["1", "0", "?"], size=2**k)
        ones, free = (np.flatnonzero(kinds == kind).tolist() for kind in "1?")
        found = smallest_covers(prime_implicants([*ones, *free], k), ones)
        assert {frozenset(cover) for cover in found} == brute(ones, free, k)


def brute(ones, free, k):
    """Independent: every term over {0, 1, -} that covers no zero and cannot be shortened; every smallest choice."""
    allowed = set(ones) | set(free)

    def covered(term):
        bits = [(0, 1) if t is None else (t,) for t in term]
        return {int("".join(map(str, values)), 2) for values in product(*bits)}

    implicants = {t: covered(t) for t in product((0, 1, None), repeat=k) if covered(t) <= allowed}
    primes = {
        t: c for t, c in implicants.items() if not any(c < other for other in implicants.values())
    }
    if not ones:
        return set()
    for size in range(1, len(ones) + 1):
        covers = [
            c for c in combinations(primes, size) if set(ones) <= set().union(*map(covered, c))
        ]
        if covers:
            return {frozenset(map(as_numbers, cover)) for cover in covers}
    raise AssertionError("no cover")


def as_numbers(term):
    mask = int("".join("0" if t is None else "1" for t in term), 2)
    return mask, int("".join(str(t or 0) for t in term), 2)


def crisp(text, names="A B Y"):
    rows = [[np.nan if c == "-" else float(c) for c in row] for row in text.split()]
    return pd.DataFrame(rows, columns=names.split(), index=[f"c{i}" for i in range(len(rows))])


class TestTruthTable:
    def test_contradictory_row_and_cutoff(self):
        cases = crisp("111 111 111 110 000")
        row = qca.truth_table(cases, "Y", 0.75).iloc[3]
        assert row["contradictory"] and row["consistency"] == 0.75 and row["result"] == "1"
        assert qca.truth_table(cases, "Y", 0.8).iloc[3]["result"] == "0"
        assert qca.diversity(qca.truth_table(cases, "Y"))["contradictory"] == 1

    def test_frequency_makes_rare_rows_remainders(self):
        table = qca.truth_table(crisp("111 111 100 000"), "Y", 1, 2)
        assert table["result"].tolist() == ["?", "?", "?", "1"]
        assert table["n"].tolist() == [1, 0, 1, 2] and np.isnan(table["consistency"][0])

    def test_what_is_not_stated_is_left_out_and_named_never_absent(self):
        cases = crisp("111 1-1 0-0 00-")
        table = qca.truth_table(cases, "Y", 1)
        assert table["n"].sum() == 1 and table["cases"][3] == ("c0",)
        gone = sets.left_out(cases)
        assert gone.to_numpy().tolist() == [["c1", "B"], ["c2", "B"], ["c3", "Y"]]

    def test_no_positive_row_has_no_solution(self):
        table = qca.truth_table(crisp("110 000"), "Y", 1)
        assert qca.conservative(table) == qca.parsimonious(table) == []
        assert qca.text([]) == "none" and qca.assumptions(table, []).empty

    def test_every_row_positive_is_always(self):
        table = qca.truth_table(crisp("111 101 011 001"), "Y", 1)
        assert qca.text(qca.conservative(table)) == "always"
        fitted = qca.fit(crisp("111 101 011 001"), [("always",)], "Y")
        assert fitted["coverage"].tolist() == [1, 1]

    def test_two_conditions_that_go_together_give_two_parsimonious_solutions(self):
        table = qca.truth_table(crisp("111 000 000"), "Y", 1)
        assert qca.conservative(table) == [("A*B",)]
        assert qca.parsimonious(table) == [("A",), ("B",)]

    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"outcome": "Z"}, "no set 'Z'"),
            ({"consistency": 1.2}, "consistency 1.2"),
            ({"frequency": 0}, "frequency 0"),
            ({"cases": crisp("112")}, "outside 0 to 1"),
            ({"cases": crisp("111", "A* B Y")}, "must not hold"),
            ({"cases": crisp("1", "Y")}, "0 conditions"),
        ],
    )
    def test_refused(self, change, said):
        given = {"cases": crisp("111 000"), "outcome": "Y", "consistency": 1, "frequency": 1}
        with pytest.raises(ValueError, match=said):
            qca.truth_table(**(given | change))


class TestFit:
    def test_fuzzy_formulas_by_hand(self):
        cases = pd.DataFrame({"A": [0.9, 0.6, 0.2], "Y": [0.8, 0.3, 0.4]}, index=list("abc"))
        row = qca.fit(cases, [("A",)], "Y").iloc[0]
        # sum min(x, y) = .8 + .3 + .2 = 1.3; sum x = 1.7; sum y = 1.5
        assert row["consistency"] == pytest.approx(1.3 / 1.7)
        assert row["coverage"] == pytest.approx(1.3 / 1.5)
        # sum min(x, y, 1 - y) = .2 + .3 + .2 = .7
        assert row["pri"] == pytest.approx((1.3 - 0.7) / (1.7 - 0.7))

    def test_necessity_by_hand(self):
        cases = crisp("111 101 011 000 010")
        table = qca.necessity(cases, "Y").set_index("condition")
        # three cases with Y, two of them with A; no other case has A
        assert table.loc["A", ["consistency", "coverage"]].tolist() == pytest.approx([2 / 3, 1])
        assert table.loc["B", ["consistency", "coverage"]].tolist() == pytest.approx([2 / 3, 2 / 3])
        assert set(table["n"]) == {5}


class TestFillings:
    def test_every_filling_is_counted_once(self):
        # c1 lacks B: as 1 it contradicts c0 (row 11 at 1/2), as 0 it is a row of its own
        table = qca.fillings(crisp("111 1-0 000"), "Y", 1)
        assert dict(zip(table["solution"], table["fillings"], strict=True)) == {
            "none": 1,
            "A*B": 1,
        }
        assert set(table["n"]) == {2}

    def test_without_gaps_there_is_the_solution_alone(self):
        cases = CRISP[["DEV", "STB", "SURV"]]
        table = qca.fillings(cases, "SURV", 1)
        assert table.to_numpy().tolist() == [["DEV*STB", 1, 1]]

    def test_agrees_with_filling_by_hand(self):
        cases = crisp("111 0-0 -01 1-0 001")
        table = qca.fillings(cases, "Y", 0.8)
        counted = {}
        for values in product((0.0, 1.0), repeat=3):
            full = cases.copy()
            full.loc["c1", "B"], full.loc["c2", "A"], full.loc["c3", "B"] = values
            solution = qca.text(qca.conservative(qca.truth_table(full, "Y", 0.8)))
            counted[solution] = counted.get(solution, 0) + 1
        assert dict(zip(table["solution"], table["fillings"], strict=True)) == counted

    def test_too_many(self):
        with pytest.raises(ValueError, match="gaps in the codes"):
            qca.fillings(crisp("--- --- --- --- ---"), "Y", 1)


class TestSets:
    RULES = pd.DataFrame(
        [("A", "kind", "x", "1"), ("A", "kind", "y", "0"), ("A", "kind", "not stated", "")],
        columns=["set", "column", "value", "member"],
    )

    def test_members_others_and_open(self):
        cases = pd.DataFrame({"id": list("abc"), "kind": ["x", "y", "not stated"]})
        found = sets.calibrated(cases, self.RULES)["A"]
        assert found["a"] == 1 and found["b"] == 0 and np.isnan(found["c"])

    def test_a_value_in_no_rule_is_named(self):
        with pytest.raises(ValueError, match="kind 'z' is in no rule"):
            sets.calibrated(pd.DataFrame({"id": ["a"], "kind": ["z"]}), self.RULES)

    def test_a_column_that_is_not_there(self):
        with pytest.raises(ValueError, match="found 'kind'"):
            sets.calibrated(pd.DataFrame({"id": ["a"]}), self.RULES)

    def test_membership_of_a_term(self):
        cases = pd.DataFrame({"A": [0.9, 0.2], "B": [0.3, 0.6]})
        assert sets.membership(cases, "A*~B").tolist() == pytest.approx([0.7, 0.2])
        assert sets.membership(cases, "always").tolist() == [1, 1]

    def test_published_rules_fit_the_published_cases(self):
        found = sets.calibrated(sources.table("policy_cases"), sources.table("policy_sets"))
        assert found.loc["karelia-access-bill"].isna().all()
        assert found.loc["petrozavodsk-inclusive-education"].eq(1).all()
        # nothing is in a set, or out of it, that the table says nothing of
        stated = sources.table("policy_cases").set_index("id")["level"].ne("not stated")
        assert (found["BEYOND"].notna() == stated).all()
