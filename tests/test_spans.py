"""Stretches of text: by hand, and against sets of single characters."""

import numpy as np
import pandas as pd
import pytest

from analysis import spans as room


def places(*rows):
    return pd.DataFrame(rows, columns=room.PLACE)


def characters(frame):
    return {(d, i) for d, s, e in frame[room.PLACE].itertuples(index=False) for i in range(s, e)}


def test_merged_by_hand():
    table = room.merged(
        places(("b", 3, 5), ("a", 4, 6), ("a", 0, 4), ("a", 7, 9), ("a", 8, 8), ("c", 2, 2))
    )
    # 0-4 and 4-6 touch; 7-9 stands off by one; nothing is left of an empty stretch.
    assert table.to_numpy().tolist() == [["a", 0, 6], ["a", 7, 9], ["b", 3, 5]]
    assert room.merged(places()).empty and room.covered(places()) == 0


@pytest.mark.parametrize("seed", range(20))
def test_against_single_characters(seed):
    rng = np.random.default_rng(seed)
    a, b = (
        places(
            *((rng.choice(["x", "y"]), s, s + rng.integers(0, 6)) for s in rng.integers(0, 20, 6))
        )
        for _ in range(2)
    )
    assert room.covered(a) == len(characters(a))
    assert characters(room.merged(a)) == characters(a)
    slow = {
        (i, j)
        for i in range(6)
        for j in range(6)
        if characters(a.iloc[[i]]) & characters(b.iloc[[j]])
    }
    found = room.pairs(a, b)
    assert set(zip(found["row_a"], found["row_b"], strict=True)) == slow


def test_pairs_of_every_kind():
    a, b = places(("x", 0, 4), ("y", 0, 4)), places(("x", 0, 4), ("x", 4, 6), ("x", 7, 9))
    assert room.pairs(a, b, "same range")["row_b"].tolist() == [0]
    assert room.pairs(a, b)["row_b"].tolist() == [0]
    assert room.pairs(a, b, "near", 0)["row_b"].tolist() == [0, 1]
    assert room.pairs(a, b, "near", 2)["row_b"].tolist() == [0, 1]
    assert room.pairs(a, b, "near", 3)["row_b"].tolist() == [0, 1, 2]
    assert room.pairs(b, a, "near", 3)["row_a"].tolist() == [0, 1, 2]


def test_pairs_of_one_coder_only():
    a = places(("x", 0, 4)).assign(coder="k1")
    b = places(("x", 0, 4), ("x", 2, 3)).assign(coder=["k2", "k1"])
    assert room.pairs(a, b, by="coder")["row_b"].tolist() == [1]
    assert room.pairs(a, b)["row_b"].tolist() == [0, 1]


@pytest.mark.parametrize("column", ["start", "end"])
def test_places_are_needed(column):
    table = places(("x", 0, 4), ("y", 1, 2)).astype({"start": "Int64", "end": "Int64"})
    room.check_places(table)
    table.loc[1, column] = pd.NA
    with pytest.raises(ValueError, match=r"1 of 2 codings have no place in the text .*'y'\)"):
        room.check_places(table)
    room.check_places(places())


def test_refusals():
    with pytest.raises(ValueError, match="kind is 'touching'"):
        room.pairs(places(), places(), "touching")
    with pytest.raises(ValueError, match="distance is -1"):
        room.pairs(places(), places(), "near", -1)
