"""Saturation: by hand, and against every order of five interviews."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from analysis import saturation as room


def heard(interviews):
    rows = [
        {"document": name, "code": code, "coder": coder}
        for name, codes in interviews.items()
        for code in codes
        for coder in ("k1", "k2")
    ]
    return pd.DataFrame(rows, columns=["document", "code", "coder"])


FIVE = {"i1": "AB", "i2": "BC", "i3": "", "i4": "ADE", "i5": "A"}
# New codes: 3, 2, 2, 1 in the base (8 in all), then 1, 0, 0, 1, 0, 0, 0.
ELEVEN = {
    f"i{n:02}": codes
    for n, codes in enumerate(
        ["ABC", "ADE", "BFG", "AH", "AI", "B", "C", "AJ", "D", "AE", "F"], start=1
    )
}


def test_new_codes_by_hand():
    table = room.new_codes(heard(FIVE), list(FIVE))
    assert table["codes"].tolist() == [2, 2, 0, 3, 1]
    assert table["new"].tolist() == [2, 1, 0, 2, 0]
    assert table["heard"].tolist() == [2, 3, 3, 5, 5]
    assert table["names"].tolist() == ["A; B", "C", "", "D; E", ""]
    turned = room.new_codes(heard(FIVE), list(FIVE)[::-1])
    assert turned["new"].tolist() == [1, 2, 0, 2, 0]
    assert turned["names"].tolist() == ["A", "D; E", "", "B; C", ""]


def test_expected_is_the_mean_of_all_orders():
    counts = np.array(
        [
            [len(set().union(*(FIVE[name] for name in names[:k]))) for k in range(1, 6)]
            for names in permutations(FIVE)
        ]
    )
    table = room.curve(heard(FIVE), list(FIVE), permutations=4000, seed=1)
    assert table["expected"].tolist() == pytest.approx(counts.mean(axis=0))
    # By hand: after one interview the mean of 2, 2, 0, 3, 1.
    assert table["expected"].iloc[0] == pytest.approx(8 / 5)
    low, high = np.percentile(counts, [2.5, 97.5], axis=0)
    assert table["low"].tolist() == low.tolist()
    assert table["high"].tolist() == high.tolist()
    assert table[["low", "high", "heard"]].iloc[-1].tolist() == [5, 5, 5]


def test_band_is_the_middle_95_percent():
    # One code in one of 25 interviews is heard first in 4% of the orders, last in another 4%.
    one = {f"i{n}": "A" if n == 0 else "" for n in range(25)}
    table = room.curve(heard(one), list(one), permutations=4000)
    assert table[["low", "high"]].iloc[0].tolist() == [0, 1]
    assert table[["low", "high"]].iloc[23].tolist() == [0, 1]
    assert table["expected"].tolist() == pytest.approx([k / 25 for k in range(1, 26)])


def test_bands_are_seeded():
    one, same, other = (
        room.curve(heard(ELEVEN), list(ELEVEN), permutations=30, seed=seed) for seed in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one, same)
    assert not one["low"].equals(other["low"]) or not one["high"].equals(other["high"])
    assert one["expected"].equals(other["expected"])


def test_runs_by_hand():
    table = room.runs(heard(ELEVEN), list(ELEVEN), base=4, run=2)
    assert set(table["base_codes"]) == {8}
    assert table[["before", "first", "last", "new"]].to_numpy().tolist() == [
        [4, 5, 6, 1],
        [5, 6, 7, 0],
        [6, 7, 8, 1],
        [7, 8, 9, 1],
        [8, 9, 10, 0],
        [9, 10, 11, 0],
    ]
    assert table["share"].tolist() == [1 / 8, 0, 1 / 8, 1 / 8, 0, 0]


def test_reached_by_hand():
    table = room.reached(heard(ELEVEN), list(ELEVEN), (4, 5), (2, 3), (0.12, 0.125, 0.0))
    got = {(r.base, r.run, r.threshold): r.written for r in table.itertuples()}
    # Base 4: 1/8 = .125 is at most .125 but not at most .12. Base 5 has 9 codes: 0/9 at once.
    assert got[4, 2, 0.12] == "5+2"
    assert got[4, 2, 0.125] == "4+2"
    assert got[4, 2, 0.0] == "5+2"
    assert got[4, 3, 0.0] == "8+3"  # three in a row without a new code: 9, 10, 11
    assert got[5, 2, 0.0] == "5+2"
    assert got[5, 3, 0.12] == "5+3"  # 1 new of 9 = .111
    row = table.iloc[0]
    assert (row["before"], row["last"], row["share"]) == (5, 7, 0)


def test_not_reached_and_too_few():
    growing = {f"i{n}": letter for n, letter in enumerate("ABCDEFG")}
    table = room.reached(heard(growing), list(growing), (4, 6), (2,), (0.05,))
    assert table["written"].tolist() == ["not reached in 7", ""]
    assert table["before"].isna().all()
    assert table["share"].iloc[0] == 2 / 4
    assert table["note"].iloc[1] == "needs 8 interviews, there are 7"


def test_refusals():
    order = list(FIVE)
    with pytest.raises(ValueError, match="missing from the order of interviews: i1"):
        room.new_codes(heard(FIVE), order[1:])
    with pytest.raises(ValueError, match="Named twice in the order of interviews: i5"):
        room.new_codes(heard(FIVE), [*order, "i5"])
    with pytest.raises(ValueError, match="names no interviews"):
        room.new_codes(heard({}), [])
    with pytest.raises(ValueError, match="at least 6 interviews"):
        room.runs(heard(FIVE), order)
    with pytest.raises(ValueError, match="No code is heard in the first 1"):
        room.runs(heard(FIVE), ["i3", "i1", "i2", "i4", "i5"], base=1)
    with pytest.raises(ValueError, match="permutations is 0"):
        room.curve(heard(FIVE), order, permutations=0)


def test_no_codes_at_all():
    table = room.curve(heard({}), ["i1", "i2"], permutations=3)
    assert table["heard"].tolist() == [0, 0] == table["expected"].tolist()
