"""Coded segments: counts by hand, intervals and tests against R and scipy."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import fisher_exact

from analysis import coding as room
from analysis.fisher import fisher_exact_p
from analysis.readers import coding_frame
from analysis.units import set_matrix, unit_matrix, units

REFERENCE = Path(__file__).parent / "reference"
ENTRIES = {e["name"]: e for e in json.loads((REFERENCE / "statistics.json").read_text("utf-8"))}

DOCUMENTS = {"a": "0123456789", "b": "abcde\nfghij\n", "c": "x" * 8}


def coded(rows):
    frame = pd.DataFrame(rows, columns=["document", "start", "end", "code", "coder"])
    frame["created"] = pd.NaT
    frame["memo"] = ""
    frame["quote"] = [
        DOCUMENTS.get(d, "")[s:e]
        for d, s, e in zip(frame["document"], frame["start"], frame["end"], strict=True)
    ]
    return frame


CODING = coded(
    [
        ("a", 0, 4, "A", "k1"),
        ("a", 0, 4, "A", "k2"),
        ("a", 0, 4, "B", "k1"),
        ("a", 2, 6, "A", "k1"),
        ("b", 6, 11, "A", "k1"),
        ("b", 0, 5, "B", "k2"),
    ]
)


def test_ranges_merge_codes_per_coder():
    table = room.ranges(CODING)
    assert table.to_dict("records") == [
        dict(zip(table.columns, row, strict=True))
        for row in [
            ("a", 0, 4, "k1", 2, "A; B"),
            ("a", 0, 4, "k2", 1, "A"),
            ("a", 2, 6, "k1", 1, "A"),
            ("b", 0, 5, "k2", 1, "B"),
            ("b", 6, 11, "k1", 1, "A"),
        ]
    ]


def test_frequencies_by_hand():
    table = room.frequencies(CODING, DOCUMENTS, ["B", "A", "unused"]).set_index("code")
    assert table["codings"].tolist() == [2, 4, 0]
    assert table["ranges"].tolist() == [2, 3, 0]
    assert table["documents"].tolist() == [2, 2, 0]
    assert set(table["n"]) == {3}
    # A covers 0-6 of a and 6-11 of b: 11 of 10 + 12 + 8 characters.
    assert table.loc["A", "coverage"] == pytest.approx(11 / 30)
    assert table.loc["B", "coverage"] == pytest.approx(9 / 30)
    assert table.loc["unused", "coverage"] == 0
    assert room.frequencies(CODING, DOCUMENTS)["code"].tolist() == ["A", "B"]


@pytest.mark.parametrize("row", ENTRIES["proportion_cis"]["expected"])
def test_interval_is_wilson_against_r(row):
    documents = {f"d{i}": "x" for i in range(row["n"])}
    coding = coded([(f"d{i}", 0, 1, "A", "k") for i in range(row["x"])])
    got = room.frequencies(coding, documents).iloc[0]
    assert got["low"] == pytest.approx(row["wilson_low"], abs=1e-8)
    assert got["high"] == pytest.approx(row["wilson_high"], abs=1e-8)
    assert got["share"] == row["x"] / row["n"]


def test_unknown_document_is_refused():
    for function in (room.frequencies, room.code_by_document):
        with pytest.raises(ValueError, match="without a text: z"):
            function(coded([("z", 0, 1, "A", "k")]), DOCUMENTS)


def test_empty_coding():
    none = CODING.iloc[:0]
    assert room.ranges(none).empty
    assert room.frequencies(none, DOCUMENTS).empty
    assert room.cooccurrence(none).empty
    assert room.quotes(none, DOCUMENTS, "A").empty
    assert room.code_by_document(none, DOCUMENTS).columns.tolist() == ["a", "b", "c"]


def interviews(groups):
    return pd.DataFrame({"document": [f"d{i}" for i in range(len(groups))], "role": groups})


def mention(documents, code="A"):
    return coded([(f"d{i}", 0, 1, code, "k") for i in documents])


def test_by_variable_against_scipy_fisher():
    # 3 of 4 against 1 of 4: Fisher's tea, p = .4857.
    people = interviews(["curator"] * 4 + ["supervisor"] * 4)
    table = room.by_variable(mention([0, 1, 2, 4]), people, "role")
    assert table["documents"].tolist() == [3, 1]
    assert table["n"].tolist() == [4, 4]
    assert table["p"].iloc[0] == pytest.approx(fisher_exact([[3, 1], [1, 3]]).pvalue)
    assert table["p"].iloc[0] == pytest.approx(34 / 70)
    assert "independent" in table["note"].iloc[0]


def test_by_variable_adjusts_once_per_code():
    people = interviews(["x"] * 5 + ["y"] * 5)
    coding = pd.concat([mention(range(5)), mention([0, 5], "B")])
    table = room.by_variable(coding, people, "role")
    one = fisher_exact_p([5, 0], [5, 5])
    assert table["p"].tolist() == pytest.approx([one, one, 1, 1])
    assert table["p_holm"].tolist() == pytest.approx([2 * one, 2 * one, 1, 1])


def test_by_variable_leaves_out_missing_values_and_says_so():
    table = room.by_variable(mention([0, 2]), interviews(["x", "y", None]), "role")
    assert table["n"].tolist() == [1, 1]
    assert table["documents"].tolist() == [1, 0]
    assert "left out: 1" in table["note"].iloc[0]


def test_by_variable_refusals():
    people = interviews(["x", "y"])
    with pytest.raises(ValueError, match="no column 'age'"):
        room.by_variable(mention([0]), people, "age")
    with pytest.raises(ValueError, match="missing from the interviews: d7"):
        room.by_variable(mention([7]), people, "role")
    with pytest.raises(ValueError, match="listed twice"):
        room.by_variable(mention([0]), pd.concat([people, people]), "role")


def test_cooccurrence_by_hand():
    row = room.cooccurrence(CODING).iloc[0]
    # A on 0-4 and 2-6 (k1) overlaps B on 0-4 (k1): two pairs; in b different coders and places.
    assert (row["code_a"], row["code_b"]) == ("A", "B")
    assert (row["n_a"], row["n_b"], row["together"]) == (3, 2, 2)
    assert row["documents"] == 1
    assert row["c"] == pytest.approx(2 / (3 + 2 - 2))
    # Characters: A 6 + 5, B 4 + 5, shared 4, either 16.
    assert row["jaccard"] == pytest.approx(4 / 16)


def test_touching_stretches_do_not_overlap():
    row = room.cooccurrence(coded([("a", 0, 4, "A", "k"), ("a", 4, 6, "B", "k")])).iloc[0]
    assert (row["together"], row["c"], row["jaccard"]) == (0, 0, 0)


def test_c_coefficient_out_of_range_is_missing():
    parts = [("a", i, i + 1, "A", "k") for i in range(4)]
    row = room.cooccurrence(coded([*parts, ("a", 0, 10, "B", "k")])).iloc[0]
    assert row["together"] == 4 and np.isnan(row["c"])
    assert row["jaccard"] == pytest.approx(0.4)


def test_code_by_document_counts_stretches():
    table = room.code_by_document(CODING, DOCUMENTS)
    assert table.loc["A"].tolist() == [2, 1, 0]
    assert table.loc["B"].tolist() == [1, 1, 0]


def test_quotes_have_stable_identifiers_and_places():
    table = room.quotes(CODING, DOCUMENTS, "A")
    assert table["quote"].tolist() == ["0123", "2345", "fghij"]
    assert table["coders"].tolist() == ["k1; k2", "k1", "k1"]
    assert table["line"].tolist() == [1, 1, 2]
    assert table["lines"].tolist() == [1, 1, 2]
    # sha256("0123") begins 1be2e452 (coreutils sha256sum).
    assert table["quote_id"].iloc[0] == "a:0-4:1be2e452"
    shuffled = CODING.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(room.quotes(shuffled, DOCUMENTS, "A"), table)


def test_quotes_refuse_other_texts():
    with pytest.raises(ValueError, match="Use the texts that were coded"):
        room.quotes(CODING, DOCUMENTS | {"a": "another text"}, "A")


@pytest.mark.parametrize("places", [[(0, 10), (2, 4)], [(2, 4), (0, 10)], [(0, 6), (4, 10)]])
def test_coverage_counts_nested_stretches_once(places):
    coding = coded([("a", start, end, "A", "k") for start, end in places])
    assert room.frequencies(coding, {"a": "0123456789"})["coverage"].tolist() == [1]


def kinds(coding, *given):
    row = room.cooccurrence(coding, *given).iloc[0]
    return [row[name] for name in ("n_a", "n_b", "together", "documents")]


def test_cooccurrence_of_every_kind_by_hand():
    # The very same range: only 0-4 by k1; near by 5: also none more in a; in b the coders differ.
    assert kinds(CODING, "same range") == [3, 2, 1, 1]
    assert kinds(CODING, "near", 5) == [3, 2, 2, 1]
    # One coder gave both A and B in document a only.
    assert kinds(CODING, "same document") == [2, 2, 1, 1]
    assert room.cooccurrence(CODING, "same document")["c"].tolist() == [1 / 3]
    one_coder = CODING.assign(coder="k")
    # In b, A stands on 6-11 and B on 0-5: one character between them.
    assert kinds(one_coder, "near", 0) == [3, 2, 2, 1]
    assert kinds(one_coder, "near", 1) == [3, 2, 3, 2]
    assert np.isnan(room.cooccurrence(one_coder, "near", 1)["c"].iloc[0])
    assert kinds(one_coder, "same document") == [2, 2, 2, 2]
    assert room.cooccurrence(one_coder, "same document")["c"].tolist() == [1]


def test_touching_is_near_by_nothing():
    touching = coded([("a", 0, 4, "A", "k"), ("a", 4, 6, "B", "k")])
    assert room.cooccurrence(touching, "near", 0)["c"].tolist() == [1]


def test_cooccurrence_refusals():
    with pytest.raises(ValueError, match="same range, overlap, near"):
        room.cooccurrence(CODING, "beside")
    with pytest.raises(ValueError, match="0 characters or more"):
        room.cooccurrence(CODING, "near", -1)


def test_codings_without_places_are_refused_by_everything_that_counts_stretches():
    table = coding_frame([*CODING.to_dict("records"), {"document": "a", "code": "A", "quote": "x"}])
    assert table["start"].isna().sum() == 1
    for function in (
        room.ranges,
        room.cooccurrence,
        lambda coding: room.frequencies(coding, DOCUMENTS),
        lambda coding: room.code_by_document(coding, DOCUMENTS),
        lambda coding: room.quotes(coding, DOCUMENTS, "A"),
        lambda coding: unit_matrix(coding, units(DOCUMENTS, "line"), "A"),
        lambda coding: set_matrix(coding, units(DOCUMENTS, "line")),
    ):
        with pytest.raises(
            ValueError, match=r"1 of 7 codings have no place.*'a', code 'A'.*sqlite3"
        ):
            function(table)
        function(table[table["start"].notna()])
