"""Word trees by hand, and against a plain count of neighbouring words."""

from collections import Counter
from itertools import pairwise

import pytest

from analysis import wordtree as room
from analysis.text import concordance

ENGLISH = {
    "a": "We trust the family now. They trust the families. Never trust them!",
    "b": "I trust the family. Trust\nThe family came.",
}
RUSSIAN = {
    "a": "Мы не понимаем семью. Она не понимала семьи! Он хорошо понимает людей.",
    "b": "Кто не понимает, тот молчит. Понимание приходит.",
}


def grown(*given, **options):
    table = room.branches(*given, **options)
    return list(table[["branch", "n", "documents"]].itertuples(index=False, name=None))


def test_right_by_hand():
    # Four with something after it: the family now, the families, them, the family; one alone on its line.
    assert grown(ENGLISH, "trust", language="en") == [
        ("the", 3, 2),
        ("the famili", 3, 2),
        ("the famili now", 1, 1),
        ("them", 1, 1),
    ]
    table = room.branches(ENGLISH, "trusted", language="en")
    assert table["share"].tolist() == pytest.approx([3 / 5, 1, 1 / 3, 1 / 5])
    assert table["phrase"].tolist() == ["the", "the family", "the family now", "them"]
    assert table["parent"].tolist() == ["", "the", "the famili", ""]
    assert table["depth"].tolist() == [1, 2, 3, 1]


def test_left_reads_in_order():
    table = room.branches(RUSSIAN, "понимать", side="left", depth=2)
    assert table["stem"].iloc[0] == "не" and table["n"].iloc[0] == 3
    assert set(table["phrase"]) == {"не", "мы не", "она не", "кто не", "хорошо", "он хорошо"}
    assert table.loc[table["phrase"] == "мы не", "branch"].tolist() == ["не мы"]
    assert table.loc[table["depth"] == 1, "share"].tolist() == [3 / 4, 1 / 4]


def test_nothing_stands_left_of_the_first_word():
    assert grown({"a": "Trust the family. Who trusts?"}, "trust", "en", "left") == [("who", 1, 1)]


def test_phrases_depth_and_minimum():
    table = room.branches(RUSSIAN, "не понимать")
    # понимаем семью, понимала семьи, понимает тот молчит: commas do not cut, sentences do.
    assert table["n"].tolist() == [2, 1, 1]
    assert table["phrase"].tolist() == ["семьи", "тот", "тот молчит"]
    assert grown(RUSSIAN, "не понимать", depth=1, minimum=2) == [("сем", 2, 1)]


def test_against_a_plain_count_of_neighbours():
    text = "b a c a c b a b c a a c b c a b a c c a b"
    table = room.branches({"d": text}, "a", language="en", depth=2)
    words = text.split()
    after = Counter(second for first, second in pairwise(words) if first == "a")
    top = table[table["depth"] == 1].set_index("branch")["n"]
    assert top.to_dict() == dict(after)
    two = Counter(
        f"{words[i + 1]} {words[i + 2]}" for i in range(len(words) - 2) if words[i] == "a"
    )
    assert table[table["depth"] == 2].set_index("branch")["n"].to_dict() == dict(two)
    mirrored = room.branches({"d": text[::-1]}, "a", language="en", depth=2, side="left")
    assert mirrored["branch"].tolist() == table["branch"].tolist()
    assert mirrored["n"].tolist() == table["n"].tolist()


def test_occurrences_are_those_of_the_concordance():
    table = room.occurrences(RUSSIAN, "понимать")
    other = concordance(RUSSIAN, "понимать")
    assert table[["document", "start", "end", "keyword"]].equals(
        other[["document", "start", "end", "keyword"]]
    )
    for row in table.itertuples():
        assert RUSSIAN[row.document][row.start : row.end] == row.keyword
    assert table[["left", "right"]].iloc[0].tolist() == ["Мы не", "семью."]
    pair = room.occurrences(RUSSIAN, "не понимать")
    assert pair["keyword"].tolist() == ["не понимаем", "не понимала", "не понимает"]


def test_nothing_found_and_refusals():
    assert room.branches(RUSSIAN, "слон").columns.tolist() == room.COLUMNS
    assert room.branches(RUSSIAN, "слон").empty and room.occurrences({}, "слон").empty
    for function in (room.branches, room.occurrences):
        with pytest.raises(ValueError, match="no word in '12!'"):
            function(RUSSIAN, "12!")
    with pytest.raises(ValueError, match="left or right"):
        room.branches(RUSSIAN, "слон", side="both")
    with pytest.raises(ValueError, match="both must be 1 or more"):
        room.branches(RUSSIAN, "слон", depth=0)
    with pytest.raises(ValueError, match="language is 'xx'"):
        room.branches(RUSSIAN, "слон", language="xx")
