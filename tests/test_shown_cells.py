"""Counts of a base: nothing small printed, and nothing that an onlooker who tries every table could work out."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from analysis.shown_cells import (
    TOTAL,
    attention,
    bands,
    bases,
    enough,
    of_base,
    of_centre,
    only_large,
    rounded,
    said,
    said_with_interval,
)  # fmt: skip
from analysis.wording import catalogue

WORDS = catalogue("en")


def table(counts, n):
    return pd.DataFrame({"centre": [*"ABCDEF"][: len(n)], "count": counts, "n": n})


def shown(counts, n, minimum=5):
    return of_base(table(counts, n), minimum).set_index("centre")


def fitting(result, n):
    """All counts that fit what is shown, one tuple each, found by trying."""
    names = [c for c in result.index if c != TOTAL]
    ranges = []
    for name, size in zip(names, n, strict=True):
        value = result["count"][name]
        free = range(size + 1) if result["n"].isna()[name] else range(1, size)
        ranges.append(free if pd.isna(value) else [int(value)])
    total = result["count"].get(TOTAL, pd.NA)
    return [t for t in product(*ranges) if pd.isna(total) or sum(t) == int(total)]


def possible(result, n, counts):
    """Values each hidden count of a shown base can take."""
    fits = fitting(result, n)
    assert tuple(counts) in fits
    names = [c for c in result.index if c != TOTAL]
    return {name: {t[k] for t in fits} for k, name in enumerate(names)}


class TestOfBase:
    def test_nothing_small_nothing_hidden(self):
        result = shown([10, 12], [20, 30])
        assert result["count"].tolist() == [10, 12, 22] and result["n"].tolist() == [20, 30, 50]

    def test_small_count_and_small_rest_are_hidden_zero_and_all_are_not(self):
        result = shown([3, 17, 0, 20, 9, 9], [20] * 6)
        assert result["count"].isna().tolist()[:4] == [True, True, False, False]

    def test_one_small_count_is_not_what_is_left_of_the_total(self):
        result = shown([3, 12, 15], [30, 25, 40])
        assert pd.isna(result["count"]["A"])
        fits = possible(result, [30, 25, 40], [3, 12, 15])["A"]
        assert max(fits) - min(fits) >= 5
        # the total alone and one part: with two centres the other would give it away
        pair = shown([3, 12], [30, 25])
        assert pair["count"].isna().tolist()[:1] == [True]
        assert max(f := possible(pair, [30, 25], [3, 12])["A"]) - min(f) >= 5

    def test_what_hidden_bases_make_together_is_not_left_of_the_total(self):
        """21 of 62 less 20 of 50 would be "1 of 12" in A and B; with C hidden it is anything from 0 to 12."""
        result = shown([1, 0, 20], [3, 9, 50])
        assert result["n"].isna().tolist() == [True, True, False, False]
        assert result["count"].isna().tolist() == [True, True, True, False]
        rests = shown([2, 9, 30], [3, 9, 50])  # 11 of 12: a rest of 1
        assert rests["count"].isna().tolist() == [True, True, True, False]
        # everybody in C is no cover: then the total goes
        assert shown([1, 0, 50], [3, 9, 50])["count"].isna().tolist() == [True, True, False, True]
        # 5 of 12 is not small, and nobody of 12 no secret
        assert shown([1, 4, 20], [3, 9, 50])["count"].isna().tolist() == [True, True, False, False]
        assert shown([0, 0, 20], [3, 9, 50])["count"].isna().tolist() == [True, True, False, False]

    def test_bases_alone_decide_which_bases_are_shown(self):
        n = [4, 20, 30, 9]
        one, two = shown([4, 10, 10, 5], n), shown([0, 2, 28, 9], n)
        assert one["n"].isna().tolist() == two["n"].isna().tolist()
        assert pd.isna(one["n"]["A"]) and one["n"].isna().sum() >= 2

    def test_one_centre_has_no_total(self):
        assert shown([10], [20])["count"].tolist() == [10]
        assert shown([3], [20])["count"].isna().all()

    def test_minimum_of_one_hides_nothing(self):
        assert shown([1, 0], [2, 1], minimum=1)["count"].tolist() == [1, 0, 1]

    def test_refusals(self):
        with pytest.raises(ValueError, match="once"):
            shown([3], [2])

    @pytest.mark.parametrize("seed", range(60))
    def test_against_an_onlooker_who_tries_everything(self, seed):
        rng = np.random.default_rng(seed)
        n = rng.integers(1, 14, size=rng.integers(2, 5)).tolist()
        counts = [int(rng.integers(0, size + 1)) for size in n]
        result, minimum = shown(counts, n, 3), 3
        for name, size, count in zip(result.index, n, counts, strict=False):
            if pd.notna(result["count"][name]):
                assert count == 0 or count >= minimum
                assert count == size or size - count >= minimum
            if pd.notna(result["n"][name]):
                assert size >= minimum
        fits = possible(result, n, counts)
        for name, values in fits.items():
            if pd.isna(result["count"][name]) and pd.notna(result["n"][name]):
                assert max(values) - min(values) >= minimum, (n, counts, result)
        lost = [k for k, name in enumerate(fits) if pd.isna(result["n"][name])]
        joint = {sum(t[k] for k in lost) for t in fitting(result, n)}
        truth, whole = sum(counts[k] for k in lost), sum(n[k] for k in lost)
        if 0 < truth < minimum or 0 < whole - truth < minimum:
            assert max(joint) - min(joint) >= minimum, (n, counts, result)


def test_bases_hide_small_ones_and_what_gives_them_away():
    result = bases(pd.Series({"A": 3, "B": 20, "C": 30}), 5)
    assert pd.isna(result["A"]) and result.isna().sum() >= 2


def test_bands_are_all_or_nothing():
    kinds = pd.CategoricalDtype(["x", "y", "z"], ordered=True)
    fine = pd.Series([*"x" * 5, *"y" * 6], dtype=kinds)
    assert (
        bands(fine, 5)["count"].tolist() == [5, 6, 0] and bands(fine, 5)["n"].tolist() == [11] * 3
    )
    assert bands(pd.Series([*"x" * 4, *"y" * 6], dtype=kinds), 5).empty
    assert bands(fine[:0], 5).empty


def test_attention_and_a_centre():
    frame = pd.DataFrame(
        {"centre": ["A"] * 20 + ["B"] * 20, "attention": [True] * 8 + [False] * 32}
    )
    result = attention({"late": frame, "unseen": None}, 5)
    assert of_centre(result, "late", "A") == (8, 20)
    assert of_centre(result, "late", "B") == (0, 20)
    assert of_centre(result, "late", "C") == (0, 0)  # no open family
    assert of_centre(result, "late", TOTAL) == (8, 40)
    assert of_centre(result, "unseen", "A") == (None, None)


def test_words():
    assert said(7, 25, WORDS) == "7 of 25 (28%)" and said(0, 0, WORDS) == "0 of 0"
    assert said(pd.NA, 25, WORDS) == "not shown (small numbers)"
    assert said(None, None, WORDS) == "not recorded"
    # Wilson interval of 7 of 25: 14.3 to 47.6% (R prop.test, correct = FALSE)
    assert said_with_interval(7, 25, WORDS) == "7 of 25 (28%; 95% interval 14 to 48%)"
    assert said_with_interval(pd.NA, 25, WORDS) == "not shown (small numbers)"


def test_rounded_enough_only_large():
    assert (rounded(22.4, 5), rounded(22.5, 5), rounded(3.3, 1)) == (20, 25, 3.3)
    assert np.isnan(rounded(np.nan, 5))
    points = enough(pd.DataFrame({"x": [1, 2], "count": [3, 5], "n": [4, 5]}), 5)
    assert points["n"].isna().tolist() == [True, False] and points["count"][1] == 5
    large = only_large(pd.DataFrame({"a": ["p", "q"], "n": [4, 5], "m": [1.0, 2.0]}), "n", 5)
    assert large["m"].isna().tolist() == [True, False] and large["a"].tolist() == ["p", "q"]
