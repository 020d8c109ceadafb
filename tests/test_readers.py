"""What readers of codings share, the command `casework coding`, and files that other tools wrote.

Those files are read from the folder that the environment variable CASEWORK_SAMPLES names.
"""

import json
import sqlite3

import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis import readers
from analysis.cli import app
from analysis.readers import assembly
from analysis.readers.assembly import Node
from coding_files import HTML, PLAIN, back, count, item, places, qualcoder_folder, taguette_file

# ---- what readers share ---------------------------------------------------------------------


def test_code_tree_order_and_circles():
    nodes = [
        Node(3, "c", 2),
        Node(1, "a"),
        Node(2, "b", 1),
        Node(4, "b", 4),
        Node(5, "e", 6),
        Node(6, "f", 5),
        Node(7, "g", "gone", "text", False),
    ]
    book, labels = assembly.code_tree(nodes)
    assert book["code"].tolist() == ["a", "a/b", "c", "g", "b", "e", "f"]
    assert book["parent"].tolist() == ["", "a", "a/b", "", "", "", "e"]
    assert labels == {1: "a", 2: "a/b", 3: "c", 7: "g", 4: "b", 5: "e", 6: "f"}
    assert book["codable"].tolist() == [True] * 3 + [False] + [True] * 3
    empty, none = assembly.code_tree([])
    assert empty.empty and none == {} and empty["codable"].dtype == bool


def test_coding_frame_keeps_whole_numbers_unless_a_position_is_missing():
    rows = [{"document": "d", "code": "A", "start": 1, "end": 2}]
    assert str(readers.coding_frame(rows)["end"].dtype) == "int64"
    mixed = readers.coding_frame([*rows, {"document": "d", "code": "A"}])
    assert str(mixed["end"].dtype) == "Int64" and mixed["end"].isna().tolist() == [False, True]
    assert readers.coding_frame([])["start"].dtype == "int64"


def test_stored_words_may_differ_in_their_blanks(tmp_path):
    # Tools show a line end inside a selection as a blank, or as a paragraph separator.
    start = PLAIN.index("dolor")
    drawn = [(1, 1, 1, "dolor.\u2029Sit", start, start + 10, "Eva", None, "", None)]
    folder = qualcoder_folder(tmp_path / "a.qda", code_text=drawn)
    assert [row[3] for row in places(readers.read_project(folder))] == ["dolor.\nSit"]


# ---- the command ----------------------------------------------------------------------------


def run(*words):
    return CliRunner().invoke(app, ["coding", *map(str, words)])


def test_command_says_what_was_read(tmp_path):
    result = run(taguette_file(tmp_path / "Анна.sqlite3"))
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert "read: 4 × highlights" in lines and "skipped: 1 × highlights without a tag" in lines
    assert result.stderr.strip() == (
        "4 codings, 3 codes, 1 coder in 1 document; all of the codings with a position"
    )


def test_command_as_json(tmp_path):
    result = run(taguette_file(tmp_path / "Анна.sqlite3"), "--json")
    found = json.loads(result.stdout)
    assert found["by_coder"] == {"Анна": 4} and found["placed"] == 4
    assert {"status": "read", "item": "codings", "document": "", "n": 4, "note": ""} in found[
        "report"
    ]


def test_command_refuses(tmp_path):
    result = run(tmp_path / "absent.qdpx")
    assert result.exit_code == 2 and result.stderr.endswith("Nothing was read.\n")
    assert result.stdout == ""
    path = tmp_path / "a.csv"
    path.write_text("name\nx\n", encoding="utf-8")
    assert run(path).exit_code == 2
    empty = taguette_file(tmp_path / "b.sqlite3", highlights=[])
    result = run(empty)
    assert result.exit_code == 2 and "no coding could be read" in result.stderr


def test_command_prints_nothing_dangerous(tmp_path):
    evil = "a\x1b[2Jb\u202ec\nd"
    path = taguette_file(
        tmp_path / "a.sqlite3", documents=[(1, evil, HTML)], projects=[(1, evil * 1000)]
    )
    result = run(path)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout and "\u202e" not in result.stdout
    assert r"a\x1b[2Jbc d" in result.stdout
    assert max(map(len, result.stdout.splitlines())) < 500


# ---- files of other tools -------------------------------------------------------------------


@pytest.mark.parametrize(("coder", "highlights", "uses"), [("A", 11, 15), ("B", 9, 10)])
def test_taguette_samples(samples, tmp_path, coder, highlights, uses):
    # The counts are those of the samples' own description; nine tags.
    folder = samples / "taguette-1.5.2"
    read = readers.read_project(folder / f"project_coder{coder}.sqlite3")
    assert count(read, "highlights") == highlights and len(read.coding) == uses
    assert len(read.codebook) == 9 and len(read.documents) == 2
    assert count(read, "highlights without a tag") == (coder == "A")
    rules = item(read, "offset rule")
    assert rules["note"].str.extract(r"(\d+ of \d+)$")[0].tolist() == [
        f"{n} of {n}" for n in rules["n"]
    ]
    assert read.coding["created"].notna().all() and rules["n"].sum() == highlights
    told = ["document", "code", "quote"]
    for ending in ["csv", "xlsx"]:
        table = readers.read_project(folder / f"highlights_coder{coder}.{ending}")
        assert table.coding[told].sort_values(told).to_numpy().tolist() == (
            read.coding[told].sort_values(told).to_numpy().tolist()
        )
        assert table.coding["start"].isna().all() and table.coding["coder"].eq("").all()
    again = back(read, tmp_path)
    pd.testing.assert_frame_equal(again.coding, read.coding)
    assert again.documents == read.documents
    assert again.codebook["code"].tolist() == read.codebook["code"].tolist()


def test_taguette_formula_sample(samples):
    # Taguette 1.5.2 wrote an interviewee's words as a live formula.
    read = readers.read_project(samples / "taguette-1.5.2" / "highlights_coderB.xlsx")
    quote = '=HYPERLINK("x") — так у меня выглядит половина ячеек'
    assert quote in read.coding["quote"].tolist()
    assert count(read, "cells stored as formulas") == 1


def test_a_codebook_is_read_and_holds_no_codings(samples):
    read = readers.read_project(samples / "taguette-1.5.2" / "codebook_coderA.csv")
    assert read.coding.empty and count(read, "codebook, without codings") == 1


def test_requal_sample(samples):
    path = samples / "requal" / "mock.requal"
    read = readers.read_project(path)
    assert len(read.documents) == 3 and count(read, "segments") == 23
    assert int(read.codebook["codable"].sum()) == count(read, "codes") == 4
    # 4 segments carry a memo and no code; every stored text is in its place, to the letter
    assert len(read.coding) == 19 and count(read, "segments without a code") == 4
    with sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True) as connection:
        stored = connection.execute(
            "SELECT doc_name, segment_start - 1, segment_end, segment_text FROM segments "
            "JOIN documents USING (doc_id)"
        ).fetchall()
    connection.close()
    assert all(read.documents[name][start:end] == words for name, start, end, words in stored)
    found = read.coding[["document", "start", "end", "quote"]].itertuples(index=False, name=None)
    assert set(found) <= set(stored)
