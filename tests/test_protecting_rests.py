"""Counts, rests and sums under attack: what a reader can still work out of hidden counts, all values that fit tried one by one.

The attacker knows every base, hidden ones too, the sum where it is shown, and the rules; it shares no code with the rooms it attacks.
"""

import time

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import linprog

from analysis import protecting, small_groups
from analysis.shown_cells import TOTAL, of_base

MINIMUM = 5


def sums(ranges):
    """Every sum of one value from each range."""
    reached = {0}
    for values in ranges:
        reached = {one + other for one in reached for other in values}
    return reached


def fitting(own, others, known):
    """Values of a range that make up the known sum together with the other ranges; all of it when none is known."""
    if known is None:
        return set(own)
    rest = sums(others)
    return {value for value in own if known - value in rest}


def narrowed(shown, n, counts, minimum=MINIMUM):
    """Centres whose hidden count can be told to fewer than `minimum` + 1 values; "lost" where those of the hidden bases tell of few.

    `shown` as a room gives it (index centre, count, n), `n` and `counts` the truth.
    """
    total = shown["count"].get(TOTAL, pd.NA)
    known = None if pd.isna(total) else int(total)
    ranges, lost = {}, []
    for name, size in n.items():
        value = shown["count"][name]
        if pd.isna(shown["n"][name]):
            lost.append(name)
        elif pd.notna(value):
            ranges[name] = range(int(value), int(value) + 1)
        else:  # nobody and everybody are shown, except where no count of a base is
            ranges[name] = range(1, size) if size > minimum + 1 else range(size + 1)
    if lost:
        ranges["lost"] = range(sum(n[name] for name in lost) + 1)
    found = []
    for name, own in ranges.items():
        if name != "lost" and pd.notna(shown["count"][name]):
            continue
        fits = fitting(own, [r for other, r in ranges.items() if other != name], known)
        truth = sum(counts[c] for c in lost) if name == "lost" else counts[name]
        assert truth in fits
        rest = len(own) - 1 - truth
        told = 0 < truth < minimum or 0 < rest < minimum
        if max(fits) - min(fits) < minimum and (name != "lost" or told):
            found.append(name)
    return found


def drawn(seed):
    """Base and count by centre: small and large ones, often nearly nobody or nearly everybody."""
    rng = np.random.default_rng(seed)
    names = [f"Centre {k}" for k in range(rng.integers(2, 7))]
    n = {name: int(rng.integers(1, rng.choice([12, 60]))) for name in names}
    shares = rng.choice([0.0, 0.04, 0.5, 0.96, 1.0], len(names))
    return n, {c: int(rng.binomial(n[c], s)) for c, s in zip(names, shares, strict=True)}


def framed(n, counts):
    frame = pd.DataFrame({"centre": list(n), "count": counts.values(), "n": n.values()})
    whole = pd.DataFrame({"centre": [TOTAL], "count": [sum(counts.values())], "n": sum(n.values())})
    return pd.concat([frame, whole], ignore_index=True)


def none_small(shown):
    """Whether no base, count or rest that is shown is small."""
    rows = shown.dropna()
    told = [*shown["n"].dropna(), *shown["count"].dropna(), *(rows["n"] - rows["count"])]
    return not any(0 < number < MINIMUM for number in told)


def by_protected(n, counts):
    return protecting.protected(framed(n, counts), MINIMUM).set_index("centre")


def by_of_base(n, counts):
    return of_base(framed(n, counts)[:-1], MINIMUM).set_index("centre")


@pytest.mark.parametrize("room", [by_protected, by_of_base])
class TestAttacked:
    def test_nothing_small_is_shown_and_no_hidden_count_or_rest_told(self, room):
        for seed in range(300):
            n, counts = drawn(seed)
            shown = room(n, counts)
            assert none_small(shown), (seed, shown)
            assert narrowed(shown, n, counts) == [], (seed, n, counts, shown)

    def test_the_rests_are_as_safe_as_the_counts(self, room):
        """What "yes" hides "no" hides: tables of the rests have their gaps at the same places."""
        for seed in range(60):
            n, counts = drawn(seed)
            rests = {c: n[c] - counts[c] for c in n}
            assert room(n, counts).isna().equals(room(n, rests).isna()), (seed, n, counts)

    def test_enough_is_left(self, room):
        """Protection by hiding everything would pass all of the above: of large centres with middling shares nothing is hidden."""
        n = {c: 40 + k for k, c in enumerate("ABCDEF")}
        assert room(n, {c: size // 2 for c, size in n.items()}).notna().all(axis=None)
        one_small = room(n, {c: size // 2 for c, size in n.items()} | {"D": 2})
        assert one_small["count"].isna().sum() == 2 and pd.notna(one_small["count"][TOTAL])


class TestTheAttacker:
    """An attacker who finds nothing anywhere proves nothing."""

    def test_finds_a_rest_that_the_total_gives_back(self):
        """48 of 50 and 39 of 40 hidden, 137 of 190 and 50 of 100 shown: 87 of 90, so A is 48 or 49."""
        n, counts = {"A": 50, "B": 40, "C": 100}, {"A": 48, "B": 39, "C": 50}
        shown = framed(n, counts).set_index("centre").astype("Int64")
        shown.loc[["A", "B"], "count"] = pd.NA
        assert "A" in narrowed(shown, n, counts)
        assert narrowed(by_protected(n, counts), n, counts) == []
        everybody = by_protected(n, counts | {"B": 40})["count"]  # 40 of 40 is shown, and no cover
        assert everybody.isna().tolist() == [True, False, True, False]

    def test_finds_what_hidden_bases_make_together(self):
        """21 of 62 less 20 of 50: 1 of the 12 in A and B."""
        n, counts = {"A": 3, "B": 9, "C": 50}, {"A": 1, "B": 0, "C": 20}
        shown = framed(n, counts).set_index("centre").astype("Int64")
        shown.loc[["A", "B"]] = pd.NA
        assert narrowed(shown, n, counts) == ["lost"]
        for room in (by_protected, by_of_base):
            result = room(n, counts)
            assert pd.isna(result["count"]["C"]) and result["count"][TOTAL] == 21
            assert narrowed(result, n, counts) == []


class TestLeastAndMost:
    @pytest.mark.parametrize("seed", range(20))
    def test_against_linear_programming(self, seed):
        rng = np.random.default_rng(seed)
        low, room = rng.integers(0, 3, 5), rng.integers(0, 30, 5)
        count = low + rng.integers(0, room + 1)
        least, most = small_groups.least_and_most(
            *(x.astype(float) for x in (count, low, low + room))
        )
        bounds = list(zip(low, low + room, strict=True))
        for k in range(5):
            for sign, found in ((1, least[k]), (-1, most[k])):
                aim = sign * np.eye(5)[k]
                solved = linprog(aim, A_eq=np.ones((1, 5)), b_eq=[count.sum()], bounds=bounds)
                assert sign * solved.fun == pytest.approx(found)

    def test_one_alone_is_what_the_sum_says(self):
        least, most = small_groups.least_and_most(*(np.array([x]) for x in (3.0, 1.0, 29.0)))
        assert (least[0], most[0]) == (3, 3)

    def test_no_cover_is_none(self):
        """1 of 8 and 0 of 12: nobody is no cover, and nothing else is there."""
        count, n, lost = np.array([1.0, 0]), np.array([8.0, 12]), np.array([False, False])
        assert small_groups.cover(count, n, np.array([True, False]), lost, 5) is None


class TestBasesByAnyName:
    def test_a_small_rest_of_any_declared_base(self):
        for name in ("n", "families", "clients", "interviews", "n_answered"):
            frame = pd.DataFrame({name: [60, 60, 60], "share": [57 / 60, 3 / 60, 0.5]})
            assert protecting.protected(frame, 5)["share"].isna().tolist() == [True, True, False]
            parts = pd.DataFrame({name: [60, 60, 60], "count": [57, 3, 30]})
            assert protecting.protected(parts, 5)["count"].isna().tolist() == [True, True, False]

    def test_n_is_the_base_where_it_stands(self):
        """12 people left, but 30 of 60 is no half of those."""
        frame = pd.DataFrame({"n": [60], "n_left": [8], "share": [0.5]})
        assert protecting.protected(frame, 5).equals(frame)

    def test_shares_by_centre_that_the_total_gives_back(self):
        """38 of 40 hidden alone would be 68 - 10 - 20."""
        frame = pd.DataFrame(
            {"centre": [*"ABC", TOTAL], "families": [40, 30, 50, 120], "share": 0.0}
        ).assign(share=[38 / 40, 10 / 30, 20 / 50, 68 / 120])
        shown = protecting.protected(frame, 5)
        assert shown["share"].isna().tolist() == [True, True, False, False]
        assert protecting.protected(shown, 5).equals(shown)

    def test_in_small_bases_no_part_is_shown(self):
        """Of 5 or 6 every part but none and all is small or has a small rest: shown ones would tell of the others."""
        frame = pd.DataFrame({"n": [5, 6, 7, 6], "count": [0, 6, 0, 3]})
        assert protecting.protected(frame, 5)["count"].isna().tolist() == [True, True, False, True]
        assert protecting.protected(frame, 5)["n"].tolist() == [5, 6, 7, 6]


def test_levels_of_a_small_base_go_together():
    """1 + 2 + 4 = 7: each would lie from 1 to 5, and no fourth level could cover; so nobody's level is told either."""
    frame = pd.DataFrame({"risk": [*"abcd"], "count": [1, 2, 4, 0], "n": 7})
    assert protecting.protected(frame, 5)["count"].isna().all()


def test_where_nothing_covers_the_total_goes():
    """1 of 8 and 0 of 12: with "1 of 20" on the page the first would be told."""
    shown = by_protected({"A": 8, "B": 12}, {"A": 1, "B": 0})
    assert shown["count"].isna().tolist() == [True, False, True]
    shown = by_protected({"A": 8, "B": 12}, {"A": 5, "B": 0})  # a rest of 3; 5 of 20 is not small
    assert shown["count"].isna().tolist() == [True, False, True]


@pytest.mark.parametrize("room", [by_protected, by_of_base])
def test_hundreds_of_centres_take_well_under_a_second(room):
    """Every page of a sweep calls this."""
    rng = np.random.default_rng(3)
    n = {f"Centre {k}": int(rng.integers(4, 60)) for k in range(300)}
    counts = {c: int(rng.binomial(size, rng.uniform())) for c, size in n.items()}
    start = time.process_time()
    assert none_small(room(n, counts))
    assert time.process_time() - start < 1
