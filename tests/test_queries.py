"""Complex queries: by hand on digits, and against a slow look at every single character."""

import numpy as np
import pandas as pd
import pytest

from analysis import queries as room
from analysis.readers import coding_frame
from analysis.units import units

DOCUMENTS = {"a": "0123456789" * 3, "b": "abcdefghij"}


def coded(rows, texts=DOCUMENTS):
    return coding_frame(
        {
            "document": document,
            "start": start,
            "end": end,
            "code": code,
            "coder": "k",
            "created": None,
            "memo": "",
            "quote": texts[document][start:end],
        }
        for document, start, end, code in rows
    )


CODING = coded(
    [
        ("a", 0, 10, "A"),
        ("a", 20, 25, "A"),
        ("b", 0, 4, "A"),
        ("a", 5, 12, "B"),
        ("a", 6, 8, "B"),
        ("a", 13, 15, "C"),
        ("a", 0, 10, "C"),
    ]
)
A, B, C = (room.segments(CODING, [code]) for code in "ABC")
NOTHING = room.segments(CODING, ["never used"])


def places(found):
    assert found.columns.tolist() == ["document", "start", "end", "quote", "codes"]
    for row in found.itertuples():
        assert row.quote == DOCUMENTS[row.document][row.start : row.end]
    return list(found[["document", "start", "end"]].itertuples(index=False, name=None))


def test_segments_are_unique_stretches_with_the_codes_asked_for():
    assert places(A) == [("a", 0, 10), ("a", 20, 25), ("b", 0, 4)]
    assert set(A["codes"]) == {"A"}
    both = room.segments(CODING, ["A", "C"])
    assert places(both) == [("a", 0, 10), ("a", 13, 15), ("a", 20, 25), ("b", 0, 4)]
    assert both["codes"].tolist() == ["A; C", "C", "A", "A"]
    assert places(NOTHING) == []


def test_overlap_is_the_part_in_common():
    found = room.overlap(A, B)
    assert places(found) == [("a", 5, 10), ("a", 6, 8)]
    assert found["codes"].tolist() == ["A; B", "A; B"]
    assert places(room.overlap(B, A)) == places(found)
    # Three codes: the queries go into each other.
    assert room.overlap(found, C)["codes"].tolist() == ["A; B; C", "A; B; C"]


def test_remainder_is_the_part_outside():
    assert places(room.remainder(A, B)) == [("a", 0, 5), ("a", 20, 25), ("b", 0, 4)]
    middle = room.segments(coded([("a", 2, 4, "M"), ("a", 6, 7, "M")]), ["M"])
    cut = room.remainder(A, middle)
    assert places(cut)[:3] == [("a", 0, 2), ("a", 4, 6), ("a", 7, 10)]
    assert set(cut["codes"]) == {"A"}
    assert places(room.remainder(B, A)) == [("a", 10, 12)]
    assert places(room.remainder(A, A)) == []


def test_whole_stretches_overlapping_and_within():
    assert places(room.overlapping(A, B)) == [("a", 0, 10)]
    assert room.overlapping(A, B)["codes"].tolist() == ["A; B"]
    assert places(room.within(B, A)) == [("a", 6, 8)]
    assert places(room.within(A, C)) == [("a", 0, 10)]  # the same range lies inside itself


def test_inside_two_neighbours_together_is_not_inside_one():
    neighbours = room.segments(coded([("a", 0, 7, "N"), ("a", 7, 12, "N")]), ["N"])
    assert places(room.within(B, neighbours)) == []


@pytest.mark.parametrize(("distance", "expected"), [(4, []), (5, [("a", 20, 25)])])
def test_near_counts_the_characters_between(distance, expected):
    # From 13-15 to 20-25 there are five characters: 15, 16, 17, 18, 19.
    later = A[A["start"] > 12]
    assert places(room.near(later, C, distance)) == expected


def test_near_includes_touching_and_overlap_and_stays_in_the_document():
    touching = room.segments(coded([("a", 25, 27, "T"), ("b", 0, 1, "T")]), ["T"])
    assert places(room.near(A, touching, 0)) == [("a", 20, 25), ("b", 0, 4)]
    with pytest.raises(ValueError, match="0 characters or more"):
        room.near(A, B, -1)


TURNS = "И: один?\nР: два.\nтри\nИ: четыре?\nР: пять."


def test_near_in_turns_by_hand():
    # Turns: "И: один?" 0-8, "Р: два.\nтри" 9-20, "И: четыре?" 21-31, "Р: пять." 32-40.
    texts = {"d": TURNS}
    turns = units(texts, "turn")
    assert turns["start"].tolist() == [0, 9, 21, 32]
    coding = coded([("d", 12, 15, "X"), ("d", 17, 20, "Y"), ("d", 35, 39, "Z")], texts)
    x, y, z = (room.segments(coding, [code]) for code in "XYZ")
    assert room.near_units(x, y, turns)["quote"].tolist() == ["два"]
    assert room.near_units(x, y, turns)["codes"].tolist() == ["X; Y"]
    assert room.near_units(x, z, turns, 1).empty
    assert room.near_units(x, z, turns, 2)["quote"].tolist() == ["два"]
    # Over an edge: from the first turn into the second; on the line end alone: in no turn.
    edges = coded([("d", 3, 12, "X"), ("d", 8, 9, "Y")], texts)
    wide, none = (room.segments(edges, [code]) for code in "XY")
    assert len(room.near_units(wide, y, turns)) == 1
    assert room.near_units(none, y, turns, 5).empty
    with pytest.raises(ValueError, match="0 units or more"):
        room.near_units(x, y, turns, -1)


def test_same_document_and_not():
    assert places(room.same_document(A, B)) == [("a", 0, 10), ("a", 20, 25)]
    assert places(room.without(A, room.same_document(A, B))) == [("b", 0, 4)]
    assert places(room.without(A, room.overlapping(A, B))) == [("a", 20, 25), ("b", 0, 4)]


def test_nothing_in_gives_nothing_out():
    for function in (room.overlap, room.overlapping, room.within, room.same_document):
        assert places(function(A, NOTHING)) == [] == places(function(NOTHING, A))
    assert places(room.near(A, NOTHING, 9)) == [] == places(room.near(NOTHING, A, 9))
    assert places(room.remainder(A, NOTHING)) == places(A) == places(room.without(A, NOTHING))
    assert places(room.remainder(NOTHING, A)) == [] == places(room.without(NOTHING, A))
    lines = units(DOCUMENTS, "line")
    assert places(room.near_units(A, NOTHING, lines)) == []


def test_a_stretch_without_a_character_overlaps_nothing():
    point = room.segments(coded([("a", 3, 3, "P")]), ["P"])
    assert places(room.overlapping(A, point)) == []
    assert places(room.near(A, point, 0)) == [("a", 0, 10)]


def characters(found):
    return {(d, i) for d, s, e in places(found) for i in range(s, e)}


@pytest.mark.parametrize("seed", range(20))
def test_against_every_single_character(seed):
    rng = np.random.default_rng(seed)
    rows = []
    for code in "PQ":
        for start in rng.integers(0, 25, 4):
            rows.append(("a", int(start), int(start + rng.integers(1, 6)), code))
    coding = coded(rows)
    p, q = room.segments(coding, ["P"]), room.segments(coding, ["Q"])
    assert characters(room.overlap(p, q)) == characters(p) & characters(q)
    assert characters(room.remainder(p, q)) == characters(p) - characters(q)
    under = {i for _, i in characters(q)}
    for distance in (0, 2):
        reach = {i + step for i in under for step in range(-distance - 1, distance + 2)}
        slow = [one for one in places(p) if reach & set(range(one[1], one[2]))]
        assert places(room.near(p, q, distance)) == slow
    slow = [one for one in places(p) if under & set(range(one[1], one[2]))]
    assert places(room.overlapping(p, q)) == slow


def test_refusals():
    with pytest.raises(ValueError, match=r"give a list, such as \['A'\]"):
        room.segments(CODING, "A")
    with pytest.raises(ValueError, match="has 1 characters, so it is not the text"):
        room.segments(CODING.assign(quote="x"), ["A"])
    lost = CODING.assign(start=pd.array([pd.NA] * len(CODING), dtype="Int64"))
    with pytest.raises(ValueError, match="7 of 7 codings have no place"):
        room.segments(lost, ["A"])
