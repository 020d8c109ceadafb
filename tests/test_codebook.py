"""Code trees and the history of a codebook, by hand."""

import numpy as np
import pandas as pd
import pytest

from analysis import codebook as room
from analysis.readers import Project, coding_frame

TEXTS = {"a": "0123456789" * 4}


def book(*rows):
    """Rows of code, parent, guid; the last two may be left out."""
    full = [(*row, "", "")[:3] for row in rows]
    table = pd.DataFrame(full, columns=["code", "parent", "guid"])
    return table.assign(description="", codable=True)


def coded(*rows, document="a"):
    return coding_frame(
        {"document": document, "start": s, "end": e, "code": c, "coder": k, "memo": "", "quote": ""}
        for c, s, e, k in ((*row, "k")[:4] for row in rows)
    )


def project(codes, codings=(), texts=TEXTS):
    nothing = pd.DataFrame()
    return Project(coded(*codings), texts, book(*codes), nothing, nothing)


def changes(before, after, **options):
    table = room.history(before, after, **options)
    assert table.columns.tolist() == room.CHANGES
    return list(table[["change", "before", "after", "by"]].itertuples(index=False, name=None))


TREE = book(("Top",), ("Left", "Top"), ("Leaf", "Left"), ("Right", "Top"), ("Alone",))


def test_ranges_are_counted_once_on_the_way_up():
    coding = coded(
        ("Leaf", 0, 4),
        ("Leaf", 0, 4, "k2"),
        ("Leaf", 20, 22),
        ("Left", 0, 4),  # the same stretch as its own child
        ("Right", 0, 4),  # and as the other branch
        ("Right", 8, 9),
        ("Alone", 0, 4),
    )
    table = room.tree_frequencies(coding, TREE).set_index("code")
    assert table["depth"].tolist() == [0, 1, 2, 1, 0]
    assert table["own_ranges"].tolist() == [0, 1, 2, 2, 1]
    assert table["ranges"].tolist() == [3, 2, 2, 2, 1]
    assert table["own_documents"].tolist() == [0, 1, 1, 1, 1]
    assert table["documents"].tolist() == [1, 1, 1, 1, 1]


def test_tree_of_an_unused_codebook():
    assert room.tree_frequencies(coded(), TREE)[["ranges", "documents"]].to_numpy().sum() == 0


def test_tree_refusals():
    with pytest.raises(ValueError, match="not in the codebook: Stray"):
        room.tree_frequencies(coded(("Stray", 0, 1)), TREE)
    with pytest.raises(ValueError, match="not in the codebook: Nowhere"):
        room.tree_frequencies(coded(), book(("A", "Nowhere")))
    with pytest.raises(ValueError, match="below itself"):
        room.tree_frequencies(coded(), book(("A", "B"), ("B", "A")))
    with pytest.raises(ValueError, match="below itself"):
        room.tree_frequencies(coded(), book(("C", "A"), ("A", "B"), ("B", "A")))
    with pytest.raises(ValueError, match="'A' is twice"):
        room.tree_frequencies(coded(), book(("A",), ("A",)))
    with pytest.raises(ValueError, match="have no place"):
        room.tree_frequencies(coded(("Top", None, None)), TREE)


def test_kept_added_removed():
    before, after = project([("A",), ("B",)]), project([("A",), ("C",)])
    assert changes(before, after) == [
        ("kept", "A", "A", "name"),
        ("removed", "B", "", ""),
        ("added", "", "C", ""),
    ]
    same = room.history(before, before)
    assert same["change"].tolist() == ["kept", "kept"] and same["overlap"].isna().all()


def test_renamed_by_guid_whatever_the_case_and_before_the_name():
    before = project([("A", "", "g1"), ("B", "", "g2")])
    after = project([("B", "", "G1"), ("A", "", "g2")])  # the names were exchanged
    assert changes(before, after) == [("renamed", "A", "B", "guid"), ("renamed", "B", "A", "guid")]


def test_renamed_by_text():
    # 0-10 and 0-9: 9 of 10 characters in common.
    before = project([("A", "", "g1")], [("A", 0, 10)])
    after = project([("Z", "", "g9")], [("Z", 0, 9)])
    assert changes(before, after) == [("renamed", "A", "Z", "overlap")]
    assert room.history(before, after)["overlap"].tolist() == [0.9]
    assert changes(before, after, least=0.95) == [("removed", "A", "", ""), ("added", "", "Z", "")]


def test_moved_and_both():
    before = project([("P",), ("Q",), ("A", "P", "g"), ("B", "P")])
    after = project([("P",), ("Q",), ("A2", "Q", "g"), ("B", "")])
    found = changes(before, after)
    assert found[2:] == [
        ("renamed", "A", "A2", "guid"),
        ("moved", "A", "A2", "guid"),
        ("moved", "B", "B", "name"),
    ]
    row = room.history(before, after).iloc[-1]
    assert (row["parent_before"], row["parent_after"]) == ("P", "")


def test_a_renamed_parent_moves_nothing():
    before = project([("P", "", "g"), ("A", "P")])
    after = project([("P2", "", "g"), ("A", "P2")])
    assert changes(before, after) == [("renamed", "P", "P2", "guid"), ("kept", "A", "A", "name")]


def test_merged_into_a_code_that_stayed():
    before = project([("A",), ("B",)], [("A", 0, 10), ("B", 20, 25)])
    after = project([("A",)], [("A", 0, 10), ("A", 20, 24)])
    assert changes(before, after) == [("kept", "A", "A", "name"), ("merged", "B", "A", "overlap")]
    # A: 10 of 14 characters in common; B: 4 of its 5 are now under A.
    assert room.history(before, after)["overlap"].tolist() == pytest.approx([10 / 14, 4 / 5])


def test_two_codes_become_a_new_one():
    before = project([("A",), ("B",)], [("A", 0, 10), ("B", 20, 28)])
    after = project([("C",)], [("C", 0, 10), ("C", 20, 28)])
    assert changes(before, after) == [
        ("merged", "A", "C", "overlap"),
        ("merged", "B", "C", "overlap"),
    ]


def test_a_code_that_always_stood_on_the_same_text_is_not_merged():
    before = project([("A",), ("B",)], [("A", 0, 10), ("B", 2, 6)])
    after = project([("A",)], [("A", 0, 10)])
    assert changes(before, after)[1] == ("removed", "B", "", "")


def test_split_off_and_split_up():
    before = project([("A",)], [("A", 0, 10), ("A", 20, 28)])
    off = project([("A",), ("B",)], [("A", 0, 10), ("B", 20, 28)])
    assert changes(before, off) == [("kept", "A", "A", "name"), ("split", "A", "B", "overlap")]
    up = project([("X",), ("Y",)], [("X", 0, 10), ("Y", 20, 28)])
    assert changes(before, up) == [("split", "A", "X", "overlap"), ("split", "A", "Y", "overlap")]
    # A child that only repeats text its parent keeps is new, not split off.
    doubled = project([("A",), ("B", "A")], [("A", 0, 10), ("A", 20, 28), ("B", 20, 28)])
    assert changes(before, doubled) == [("kept", "A", "A", "name"), ("added", "", "B", "")]


def test_documents_with_another_text_prove_nothing():
    before = project([("A", "", "g1")], [("A", 0, 10)])
    after = project([("Z", "", "g9")], [("Z", 0, 10)], {"a": "another text"})
    assert {row[0] for row in changes(before, after)} == {"removed", "added"}


def test_every_code_has_its_row():
    rng = np.random.default_rng(5)
    versions = []
    for letters in ("ABCDEFG", "CDEFGHIJ"):
        starts = rng.integers(0, 30, 12)
        codings = [(rng.choice(list(letters)), int(s), int(s) + 5) for s in starts]
        versions.append(project([(letter,) for letter in letters], codings))
    table = room.history(*versions)
    assert set(table["before"]) - {""} == set("ABCDEFG")
    assert set(table["after"]) - {""} == set("CDEFGHIJ")


@pytest.mark.parametrize("least", [0.5, 1.1, 0])
def test_history_refusals(least):
    with pytest.raises(ValueError, match=r"over 0\.5 and up to 1"):
        room.history(project([("A",)]), project([("A",)]), least=least)


def test_history_needs_places():
    lost = project([("A",)], [("A", None, None)])
    with pytest.raises(ValueError, match="have no place"):
        room.history(lost, lost)


def test_history_needs_every_code_in_its_codebook():
    stray = project([("A",)], [("B", 0, 1)])
    with pytest.raises(ValueError, match="not in the codebook: B"):
        room.history(project([("A",)]), stray)
