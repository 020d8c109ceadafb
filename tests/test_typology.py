"""Typology tables, summary grids and quote matrices, by hand; intervals as in proportions."""

import numpy as np
import pandas as pd
import pytest

from analysis import typology as room
from analysis.coding import quotes
from analysis.proportions import share
from analysis.readers import coding_frame

TEXTS = {name: f"{name} says one. And {name} says two, at greater length." for name in "abcde"}
INTERVIEWS = pd.DataFrame(
    {
        "document": list("abcde"),
        "centre": ["N", "N", "N", "S", "S"],
        "role": ["curator", "curator", "head", "head", None],
        "years": [2.0, 4.0, 9.0, np.nan, 5.0],
    }
)
ONE, TWO = (0, 11), (12, 47)


def coded(*rows):
    return coding_frame(
        {"document": d, "start": s, "end": e, "code": c, "coder": k, "memo": memo}
        | {"quote": TEXTS[d][s:e]}
        for d, (s, e), c, k, memo in rows
    )


CODING = coded(
    ("a", ONE, "T", "k1", "first"),
    ("a", ONE, "T", "k2", "first"),
    ("a", TWO, "T", "k1", ""),
    ("b", TWO, "T", "k1", "second"),
    ("b", TWO, "T", "k2", " "),
    ("d", ONE, "T", "k1", ""),
    ("c", ONE, "U", "k1", ""),
    ("b", ONE, "U", "k1", ""),
)
TYPED = room.types(CODING, INTERVIEWS["document"], ["T"])


def records(table):
    return list(table.itertuples(index=False, name=None))


def test_types():
    assert records(TYPED) == [
        ("a", "T"), ("b", "T"), ("c", "without"), ("d", "T"), ("e", "without"),
    ]  # fmt: skip
    both = room.types(CODING, list("abcde"), ["U", "T"])
    assert both["type"].tolist() == ["T", "U + T", "U", "T", "without"]
    with pytest.raises(ValueError, match="missing from the interviews: d"):
        room.types(CODING, list("abce"), ["T"])


def test_type_of_a_centre_needs_more_than_half():
    table = room.centre_types(TYPED, INTERVIEWS)
    assert records(table) == [("N", "T", 3, 2), ("S", "mixed", 2, 1)]


def test_means_of_interview_variables_by_hand():
    table = room.means(TYPED, INTERVIEWS, ["years"])
    assert table["type"].tolist() == ["T", "without"]
    assert table[["units", "n", "mean", "lowest", "highest"]].to_numpy().tolist() == [
        [3, 2, 3, 2, 4],  # a 2, b 4, d unknown
        [2, 2, 7, 5, 9],  # c 9, e 5
    ]
    assert table["sd"].tolist() == pytest.approx([2**0.5, 8**0.5])


def test_ratings_meet_interviews_through_the_centre_and_each_centre_counts_once():
    monitoring = pd.DataFrame(
        {"centre": ["N", "N", "N", "S", "E"], "care": [1.0, 2.0, np.nan, 4.0, 3.5]}
    )
    values = room.centre_means(monitoring, ["care"])
    assert records(values) == [("E", 1, 3.5), ("N", 3, 1.5), ("S", 1, 4.0)]
    typed = pd.DataFrame({"centre": ["E", "N", "S"], "type": ["T", "T", "mixed"]})
    table = room.means(typed, values, ["care"], unit="centre")
    # (3.5 + 1.5) / 2, not the mean of families (3.5 + 1 + 2) / 3.
    assert records(table[["type", "units", "n", "mean"]]) == [
        ("T", 2, 2, 2.5),
        ("mixed", 1, 1, 4.0),
    ]
    assert table["sd"].tolist() == pytest.approx([2**0.5, np.nan], nan_ok=True)


def test_shares_by_hand():
    table = room.shares(TYPED, INTERVIEWS, "role")
    assert records(table[["type", "value", "count", "n"]]) == [
        ("T", "curator", 2, 3),
        ("T", "head", 1, 3),
        ("without", "curator", 0, 1),
        ("without", "head", 1, 1),
    ]
    wanted = share(2, 3)
    assert table[["share", "low", "high"]].iloc[0].tolist() == [
        wanted[k] for k in ("share", "low", "high")
    ]
    levels = pd.Categorical(INTERVIEWS["role"], ["head", "never", "curator"], ordered=True)
    table = room.shares(TYPED, INTERVIEWS.assign(role=levels), "role")
    assert table["value"].tolist() == ["head", "never", "curator"] * 2
    assert table["count"].tolist() == [1, 0, 2, 1, 0, 0]


def test_typology_refusals():
    with pytest.raises(ValueError, match="no column 'age'"):
        room.means(TYPED, INTERVIEWS, ["age"])
    with pytest.raises(ValueError, match="document 'a' is listed twice"):
        room.means(TYPED, pd.concat([INTERVIEWS, INTERVIEWS]), ["years"])
    with pytest.raises(ValueError, match="Without a row of values: e"):
        room.shares(TYPED, INTERVIEWS[:4], "role")
    with pytest.raises(ValueError, match="no column 'centre'"):
        room.means(TYPED, INTERVIEWS, ["years"], unit="centre")


def test_summary_grid_by_hand():
    table = room.summary_grid(CODING, INTERVIEWS, "centre", ["T", "U"], limit=2)
    assert table[["case", "code", "n", "documents"]].to_numpy().tolist() == [
        ["N", "T", 3, 2],
        ["N", "U", 2, 2],
        ["S", "T", 1, 1],
        ["S", "U", 0, 0],
    ]
    first = f"{TEXTS['a'][0:11]} / {TEXTS['a'][12:47]}"
    assert table["text"].tolist() == [first, "b says one. / c says one.", "d says one.", ""]
    memos = room.summary_grid(CODING, INTERVIEWS, "document", ["T"], take="memo")
    assert memos["text"].tolist() == ["first", "second", "", "", ""]
    assert memos["case"].tolist() == list("abcde")


def test_long_passages_are_cut_at_a_word():
    long = CODING.head(1).assign(quote="слово " * 60)
    text = room.summary_grid(long, INTERVIEWS, "centre", ["T"])["text"].iloc[0]
    assert text.endswith("слово …") and len(text) <= room.WIDTH


def test_quote_matrix_by_hand():
    table = room.quote_matrix(CODING, TEXTS, INTERVIEWS, "role", ["T", "U"])
    assert table[
        ["code", "group", "passages", "documents", "n", "document"]
    ].to_numpy().tolist() == [
        # both coders gave both; the shorter first, one per interview
        ["T", "curator", 3, 2, 2, "a"],
        ["T", "curator", 3, 2, 2, "b"],
        ["T", "head", 1, 1, 2, "d"],
        ["U", "curator", 1, 1, 2, "b"],
        ["U", "head", 1, 1, 2, "c"],
    ]
    known = quotes(CODING, TEXTS, "T").set_index("quote_id")["quote"]
    for row in table[table["code"] == "T"].itertuples():
        assert known[row.quote_id] == row.quote
    assert table["coders"].tolist()[:3] == ["k1; k2", "k1; k2", "k1"]


def test_silence_has_a_row_in_the_quote_matrix():
    table = room.quote_matrix(CODING, TEXTS, INTERVIEWS, "centre", ["U"], limit=1)
    assert records(table[["group", "passages", "n", "quote"]]) == [
        ("N", 2, 3, "b says one."),
        ("S", 0, 2, ""),
    ]


def test_grid_refusals():
    with pytest.raises(ValueError, match="quote or memo"):
        room.summary_grid(CODING, INTERVIEWS, "centre", ["T"], take="words")
    with pytest.raises(ValueError, match="no column 'team'"):
        room.quote_matrix(CODING, TEXTS, INTERVIEWS, "team", ["T"])
    lost = CODING.assign(start=pd.array([pd.NA] * len(CODING), dtype="Int64"))
    with pytest.raises(ValueError, match="have no place"):
        room.quote_matrix(lost, TEXTS, INTERVIEWS, "role", ["T"])
