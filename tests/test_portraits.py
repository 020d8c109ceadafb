"""Portraits and likeness of documents: by hand, against single characters, scipy and a published tree."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial import distance

from analysis import portraits as room
from analysis.coding import code_by_document
from analysis.readers import coding_frame

DOCUMENTS = {"b": "0123456789", "a": "слово два три четыре", "empty": "нет кодов"}


def coded(rows):
    return coding_frame(
        dict(zip(["document", "start", "end", "code", "coder", "quote"], row, strict=True))
        | {"memo": ""}
        for row in rows
    )


CODING = coded(
    [
        ("b", 2, 6, "A", "k1", "2345"),
        ("b", 4, 8, "B", "k1", "4567"),
        ("b", 2, 6, "A", "k2", "2345"),
        ("b", 6, 7, "A", "k2", "6"),
        ("a", 0, 5, "B", "k1", "слово"),
        ("a", 6, 9, "A", "k1", "два"),
    ]
)


def test_runs_by_hand():
    table = room.runs(CODING, DOCUMENTS)
    first = table[table["document"] == "b"]
    assert first[["start", "end", "codes"]].to_numpy().tolist() == [
        [0, 2, ""],
        [2, 4, "A"],
        [4, 7, "A; B"],
        [7, 8, "B"],
        [8, 10, ""],
    ]
    assert first["n_codes"].tolist() == [0, 1, 2, 1, 0]
    assert first["share"].tolist() == pytest.approx([0.2, 0.2, 0.3, 0.1, 0.2])
    assert table.groupby("document")["share"].sum().tolist() == pytest.approx([1, 1, 1])
    assert table["document"].unique().tolist() == ["b", "a", "empty"]
    assert table.iloc[-1][["codes", "share"]].tolist() == ["", 1]


@pytest.mark.parametrize("seed", range(10))
def test_runs_and_code_lines_against_every_character(seed):
    rng = np.random.default_rng(seed)
    text = "x" * 37
    starts = rng.integers(0, 30, 8)
    coding = coded(
        [
            ("d", int(s), int(s + rng.integers(0, 8)), rng.choice(list("ABC")), "k", "")
            for s in starts
        ]
    )
    under = [
        {
            c
            for c, s, e in zip(coding["code"], coding["start"], coding["end"], strict=True)
            if s <= i < e
        }
        for i in range(37)
    ]
    table = room.runs(coding, {"d": text})
    assert [
        set(filter(None, r.codes.split("; ")))
        for r in table.itertuples()
        for _ in range(r.start, r.end)
    ] == under
    assert (table["codes"] != table["codes"].shift()).all()
    lines = room.code_lines(coding, {"d": text}, ["A", "Z"], bins=5)
    for row in lines.itertuples():
        assert row.characters == sum(row.code in under[i] for i in range(row.start, row.end))
    assert lines.loc[lines["code"] == "Z", "share"].tolist() == [0] * 5


def test_shares_in_order_of_appearance():
    table = room.shares(CODING, DOCUMENTS)
    assert table[["document", "code", "first", "ranges", "characters"]].to_numpy().tolist() == [
        ["b", "A", 2, 2, 5],
        ["b", "B", 4, 1, 4],
        ["a", "B", 0, 1, 5],
        ["a", "A", 6, 1, 3],
    ]
    assert table["share"].tolist() == pytest.approx([0.5, 0.4, 5 / 20, 3 / 20])


def test_code_lines_by_hand():
    table = room.code_lines(CODING, {"b": DOCUMENTS["b"], "a": DOCUMENTS["a"]}, ["A"], bins=3)
    first = table[table["document"] == "b"]
    # 10 characters in three: 0-3, 3-6, 6-10; A covers 2-7.
    assert first[["bin", "start", "end", "characters"]].to_numpy().tolist() == [
        [1, 0, 3, 1],
        [2, 3, 6, 3],
        [3, 6, 10, 1],
    ]
    assert first["share"].tolist() == pytest.approx([1 / 3, 1, 1 / 4])
    with pytest.raises(ValueError, match="too short for it: empty"):
        room.code_lines(CODING, DOCUMENTS, ["A"], bins=10)
    with pytest.raises(ValueError, match="bins is 0"):
        room.code_lines(CODING, DOCUMENTS, ["A"], bins=0)


def test_normalised_by_hand():
    table = code_by_document(CODING, DOCUMENTS)
    assert table.to_numpy().tolist() == [[2, 1, 0], [1, 1, 0]]
    np.testing.assert_allclose(
        room.normalised(table, "document"), [[2 / 3, 1 / 2, np.nan], [1 / 3, 1 / 2, np.nan]]
    )
    np.testing.assert_allclose(
        room.normalised(table, "code"), [[2 / 3, 1 / 3, 0], [1 / 2, 1 / 2, 0]]
    )
    # No words in the digits; four in "a".
    np.testing.assert_allclose(
        room.per_thousand_words(table, DOCUMENTS), [[np.nan, 250, 0], [np.nan, 250, 0]]
    )
    with pytest.raises(ValueError, match="document or code"):
        room.normalised(table, "both")


def test_similarities_by_hand():
    table = pd.DataFrame({"p": [1, 0, 3, 0], "q": [2, 1, 0, 0]}, index=list("WXYZ"))
    row = room.similarities(table).iloc[0]
    assert row[["both", "only_a", "only_b", "neither"]].tolist() == [1, 1, 1, 1]
    assert row["jaccard"] == pytest.approx(1 / 3)
    assert row["simple_matching"] == pytest.approx(2 / 4)
    assert row["cosine"] == pytest.approx(2 / (10**0.5 * 5**0.5))


def test_similarities_against_scipy():
    rng = np.random.default_rng(3)
    table = pd.DataFrame(rng.poisson(0.8, size=(9, 6)) + np.eye(9, 6, dtype=int))
    pairs = room.similarities(table)
    counts = table.to_numpy().T
    assert 1 - pairs["jaccard"].to_numpy() == pytest.approx(distance.pdist(counts > 0, "jaccard"))
    assert 1 - pairs["simple_matching"].to_numpy() == pytest.approx(
        distance.pdist(counts > 0, "hamming")
    )
    assert 1 - pairs["cosine"].to_numpy() == pytest.approx(
        distance.pdist(counts.astype(float), "cosine")
    )


def published():
    """Distances of five 5S ribosomal RNA sequences, the worked example of UPGMA in textbooks."""
    distances = {
        "ab": 17, "ac": 21, "ad": 31, "ae": 23, "bc": 30,
        "bd": 34, "be": 21, "cd": 28, "ce": 39, "de": 43,
    }  # fmt: skip
    rows = [(pair[0], pair[1], 1 - d / 100) for pair, d in distances.items()]
    return pd.DataFrame(rows, columns=["document_a", "document_b", "cosine"])


def test_tree_of_the_textbook_example():
    # By hand: ab 17; with e (23 + 21) / 2 = 22; cd 28; abe with cd (2 x 25.5 + 39 + 2 x 32.5 + 43) / 6 = 33.
    table = room.merges(published(), "cosine")
    assert (100 * table["distance"]).tolist() == pytest.approx([17, 22, 28, 33])
    assert table["size"].tolist() == [2, 3, 2, 5]
    joined = [{*row.left.split("; "), *row.right.split("; ")} for row in table.itertuples()]
    assert joined == [set("ab"), set("abe"), set("cd"), set("abcde")]
    found = "".join(room.order(published(), "cosine"))
    assert sorted(found) == list("abcde")
    assert {"ab", "ba"} & {found[:2], found[1:3], found[2:4], found[3:]}
    assert {"cd", "dc"} & {found[:2], found[3:]}


def test_order_does_not_need_the_pairs_in_order():
    shuffled = published().sample(frac=1, random_state=2)
    table = room.merges(shuffled, "cosine")
    assert table["distance"].tolist() == pytest.approx([0.17, 0.22, 0.28, 0.33])


def test_refusals():
    pairs = room.similarities(code_by_document(CODING, DOCUMENTS))
    with pytest.raises(ValueError, match="'b' and 'empty' have no jaccard similarity"):
        room.order(pairs)
    with pytest.raises(ValueError, match="fewer than two documents"):
        room.merges(pairs.iloc[:0])
    with pytest.raises(ValueError, match="one of jaccard, simple_matching, cosine"):
        room.order(pairs, "euclid")
    with pytest.raises(ValueError, match="no such place in the texts"):
        room.runs(CODING, {"b": "0123"})
    with pytest.raises(ValueError, match="have no place"):
        room.runs(CODING.assign(start=pd.array([pd.NA] * 6, dtype="Int64")), DOCUMENTS)


def test_no_codings():
    none = CODING.iloc[:0]
    assert room.runs(none, DOCUMENTS)["share"].tolist() == [1, 1, 1]
    assert room.shares(none, DOCUMENTS).empty
    assert room.code_lines(none, DOCUMENTS, ["A"], bins=2)["characters"].sum() == 0
    assert room.similarities(code_by_document(none, DOCUMENTS))["jaccard"].isna().all()
