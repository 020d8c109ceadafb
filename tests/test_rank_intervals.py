"""Ranks with their uncertainty. Expected: scipy's binomtest over every overlap, hand arithmetic, simulated coverage."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from analysis import rank_intervals as ranks


def counted(counts, n, high=None):
    return pd.DataFrame(
        {
            "statement": [f"s{i}" for i in range(len(counts))],
            "count_low": counts,
            "count_high": high or counts,
            "n": n,
        }
    )


class TestMoreNamed:
    @pytest.mark.parametrize(
        ("more", "fewer", "n"), [(36, 31, 117), (16, 4, 40), (9, 2, 12), (12, 9, 12), (7, 0, 7)]
    )
    def test_is_the_largest_mcnemar_p_over_every_possible_overlap(self, more, fewer, n):
        # independent: exact McNemar at each overlap that the margins allow
        overlaps = range(max(0, more + fewer - n), fewer + 1)
        every = [
            binomtest(more - both, more + fewer - 2 * both, 0.5, "greater").pvalue
            for both in overlaps
            if more + fewer > 2 * both
        ]
        assert ranks.more_named_p(more, fewer, n) == pytest.approx(max(every), rel=1e-12)

    def test_by_hand(self):
        # 4 against 0: all four discordant people on one side, 1/2 to the fourth
        assert ranks.more_named_p(4, 0, 40) == pytest.approx(1 / 16)
        # 3 against 1: at least 3 of 4 on one side, (4 + 1)/16
        assert ranks.more_named_p(3, 1, 40) == pytest.approx(5 / 16)

    def test_a_full_base_forces_an_overlap(self):
        # 9 and 5 of 10: at least 4 named both, so at most 6 named one only: 5 of 6 or more, 7/64
        assert ranks.more_named_p(9, 5, 10) == pytest.approx(7 / 64)

    def test_not_above_is_no_evidence(self):
        assert ranks.more_named_p(5, 5, 10) == 1 and ranks.more_named_p(0, 5, 10) == 1

    @pytest.mark.parametrize("counts", [(11, 2), (2, -1)])
    def test_a_count_outside_its_base(self, counts):
        with pytest.raises(ValueError, match="from 0 to 10"):
            ranks.more_named_p(*counts, 10)


class TestRankSets:
    def test_far_apart_counts_are_put_in_order(self):
        table = ranks.rank_sets(counted([90, 50, 10], 100))
        assert table[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 1], [2, 2], [3, 3]]
        assert ranks.told_apart(table) == {"count": 3, "n": 3, "share": 1.0}

    def test_equal_counts_can_have_every_place_and_share_the_best(self):
        table = ranks.rank_sets(counted([7, 7, 7, 7], 40))
        assert table["rank"].tolist() == [1, 1, 1, 1]
        assert set(table["rank_low"]) == {1} and set(table["rank_high"]) == {4}

    def test_by_hand_two_statements(self):
        # two ordered pairs; Holm doubles the smaller p: 2/2^k against 0.05 needs k = 6
        assert ranks.rank_sets(counted([6, 0], 40))["rank_high"].tolist() == [1, 2]
        assert ranks.rank_sets(counted([5, 0], 40))["rank_high"].tolist() == [2, 2]

    def test_the_step_of_holm_is_used(self):
        # six ordered pairs; p of 9:0 is 1/512 (times 6), then of 8:0 is 1/256 (times 5 = .0195)
        table = ranks.rank_sets(counted([9, 8, 0], 40))
        assert table["below"].tolist() == [1, 1, 0] and table["above"].tolist() == [0, 0, 2]

    def test_an_open_count_is_taken_at_its_least_favourable_end(self):
        # first as 6 for sure: shown to be above 0; as 5 or 6: not
        assert ranks.rank_sets(counted([6, 0], 40))["above"].tolist() == [0, 1]
        assert ranks.rank_sets(counted([5, 0], 40, [6, 0]))["above"].tolist() == [0, 0]

    def test_every_set_holds_the_printed_place(self):
        table = ranks.rank_sets(counted([36, 31, 28, 25, 24, 3, 2], 117))
        assert table["rank"].between(table["rank_low"], table["rank_high"]).all()

    def test_first_places(self):
        table = ranks.rank_sets(counted([90, 50, 49, 1], 100))
        assert ranks.among_first(table, 1) == {"surely": ["s0"], "possibly": ["s0"]}
        assert ranks.among_first(table, 2) == {"surely": ["s0"], "possibly": ["s0", "s1", "s2"]}

    @pytest.mark.parametrize("method", [ranks.rank_sets, ranks.rank_sets_by_intervals])
    @pytest.mark.parametrize("alike", [0.0, 0.8])
    def test_coverage_holds_for_dependent_answers(self, method, alike):
        """A shared liking to name things makes answers hang together; all true places must be held at once."""
        rng = np.random.default_rng(20)
        true = np.array([0.4, 0.3, 0.3, 0.1, 0.05])
        # places by probability; the two equal ones may each be second or third
        best, worst = np.array([1, 2, 2, 4, 5]), np.array([1, 3, 3, 4, 5])
        held = 0
        for _ in range(150):
            person = rng.random((60, 1)) < alike
            draws = np.where(person, rng.random((60, 1)), rng.random((60, 5)))
            table = method(counted((draws < true).sum(axis=0).tolist(), 60))
            held += ((table["rank_low"] <= best).all() and (table["rank_high"] >= best).all()) or (
                (table["rank_low"] <= worst).all() and (table["rank_high"] >= worst).all()
            )
        assert held / 150 >= 0.95


class TestIntervals:
    def test_apart_and_overlapping(self):
        # Clopper-Pearson of 0/40 at 1 - .05/2 ends at 1 - .0125^(1/40) = 10.4 %; of 20/40 it starts at 31.3 %
        table = ranks.rank_sets_by_intervals(counted([20, 0], 40))
        assert table[["rank_low", "rank_high"]].to_numpy().tolist() == [[1, 1], [2, 2]]
        assert ranks.rank_sets_by_intervals(counted([6, 0], 40))["above"].tolist() == [0, 0]

    def test_never_narrower_here_than_the_pairs(self):
        frame = counted([36, 31, 28, 25, 24, 16, 12, 3, 2], 117)
        pairs, intervals = ranks.rank_sets(frame), ranks.rank_sets_by_intervals(frame)
        assert (intervals["rank_low"] <= pairs["rank_low"]).all()
        assert (intervals["rank_high"] >= pairs["rank_high"]).all()


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (counted([1], 40), "at least two"),
        (counted([1, 2], 40).assign(n=[40, 117]), "bases 40, 117"),
        (counted([1, 41], 40), "from 0 to 40"),
        (counted([2, 1], 40, [1, 1]), "the lower one first"),
        (counted([2, 1], 40).drop(columns="n"), "no column n"),
    ],
)
def test_what_cannot_be_ranked_is_refused(frame, said):
    with pytest.raises(ValueError, match=said):
        ranks.rank_sets(frame)


def test_level_is_a_share():
    with pytest.raises(ValueError, match="level 95"):
        ranks.rank_sets(counted([1, 2], 40), 95)
