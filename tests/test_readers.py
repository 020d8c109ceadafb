"""Readers beside REFI-QDA: Taguette, Requal, QualCoder, ATLAS.ti and plain tables, and unsafe files.

The fixtures are made here, after the tools' own tables. Files written by the tools are read from
the folder that the environment variable CASEWORK_SAMPLES names.
"""

import csv
import json
import os
import sqlite3
import time
import zipfile
from html import escape
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis import readers
from analysis.cli import app
from analysis.readers import assembly, refi_write, sqlite, table, taguette
from analysis.readers.assembly import Node

FIRST = "И: Расскажите 😀 о семье."
SECOND = "Р: Тяжело, <но> мы справились 👩\u200d👧; «Бумажки» & сроки."
TEXT = f"{FIRST}\n{SECOND}"
HTML = f"<p>{escape(FIRST)}</p>\n<p>{escape(SECOND).replace('справились', '<b>справ</b>ились')}</p>"


def item(project, name):
    return project.report[project.report["item"] == name]


def count(project, name):
    return int(item(project, name)["n"].sum())


def places(project):
    return [tuple(row) for row in project.coding[["start", "end", "code", "quote"]].to_numpy()]


def database(path, tables):
    """An SQLite file: name -> (columns as in CREATE TABLE, rows)."""
    with sqlite3.connect(path) as connection:
        for name, (columns, rows) in tables.items():
            connection.execute(f"CREATE TABLE {name} ({columns})")
            for row in rows:
                marks = ", ".join("?" * len(row))
                connection.execute(f"INSERT INTO {name} VALUES ({marks})", row)
    connection.close()
    return path


# ---- Taguette ------------------------------------------------------------------------------


def span(words, text=TEXT):
    """Where words stand, in UTF-8 bytes: what Taguette stores."""
    start = text.index(words)
    return len(text[:start].encode()), len(text[: start + len(words)].encode())


def highlight(key, words, document=1, text=TEXT):
    return (key, document, *span(words, text), f"<p>{escape(words)}</p>")


def made(key, login="admin", moment="2026-05-06 07:08:09.123456"):
    payload = {"type": "highlight_add", "highlight_id": key, "tags": [1]}
    return (moment, login, json.dumps(payload))


def taguette_file(path, **changed):
    tables = {
        "projects": ("id, name", [(1, "Study")]),
        "documents": ("id INTEGER PRIMARY KEY, name, contents", [(1, "one", HTML)]),
        "tags": (
            "id INTEGER PRIMARY KEY, path, description",
            [(1, "Barrier", "what hinders"), (2, "Support", ""), (3, "Barrier.Time", "")],
        ),
        "highlights": (
            "id INTEGER PRIMARY KEY, document_id, start_offset, end_offset, snippet",
            [
                highlight(1, "😀 о семье"),
                highlight(2, "справились 👩\u200d👧"),
                highlight(3, "<но> мы"),
                highlight(4, "«Бумажки» & сроки"),
            ],
        ),
        "highlight_tags": ("highlight_id, tag_id", [(1, 1), (2, 2), (2, 3), (4, 1)]),
        "commands": ("date, user_login, payload", [made(1), made(2), made(1, moment="2027-01-01")]),
    }
    for name, rows in changed.items():
        tables[name] = (tables[name][0], rows)
    return database(path, tables)


def test_taguette_places_codes_and_dates(tmp_path):
    read = readers.read_project(taguette_file(tmp_path / "Анна.sqlite3"))
    assert read.documents == {"one": TEXT}
    expected = [
        (words, code)
        for words, code in [
            ("😀 о семье", "Barrier"),
            ("справились 👩\u200d👧", "Barrier.Time"),
            ("справились 👩\u200d👧", "Support"),
            ("«Бумажки» & сроки", "Barrier"),
        ]
    ]
    assert places(read) == [
        (TEXT.index(words), TEXT.index(words) + len(words), code, words) for words, code in expected
    ]
    assert read.coding["coder"].eq("Анна").all()
    assert count(read, "codings with the coder taken from the file name") == 4
    first = pd.Timestamp("2026-05-06T07:08:09.123456Z")  # the making, not the later change
    assert read.coding["created"].iloc[0] == first and pd.isna(read.coding["created"].iloc[3])
    assert count(read, "highlights") == 4 and count(read, "highlights without a tag") == 1
    assert count(read, "codings without a time") == 1
    assert str(read.coding["start"].dtype) == "int64"
    tree = read.codebook.set_index("code")["parent"].to_dict()
    assert tree == {"Barrier": "", "Barrier.Time": "Barrier", "Support": ""}
    assert read.codebook["description"].tolist() == ["what hinders", "", ""]
    assert "stored words in place 4 of 4" in item(read, "offset rule")["note"].iloc[0]


def test_taguette_keeps_a_real_login(tmp_path):
    path = taguette_file(tmp_path / "x.db", commands=[made(1, "vera"), made(2), ("d", "u", "{")])
    coders = readers.read_coding(path).set_index("quote")["coder"]
    assert coders["😀 о семье"] == "vera" and coders["«Бумажки» & сроки"] == "x"


def test_taguette_blocks_without_line_end_are_set_apart(tmp_path):
    # Taguette counts "onetwothree"; the highlight runs over the end of a paragraph.
    html = "<h1>one</h1><p>two<br>three</p>\n<p>four</p>"
    drawn = [(1, 1, 0, 6, "<h1>one</h1><p>two</p>"), (2, 1, 3, 6, "two"), (3, 1, 6, 11, "three")]
    path = taguette_file(
        tmp_path / "a.sqlite3",
        documents=[(1, "one", html)],
        highlights=drawn,
        highlight_tags=[(1, 1), (2, 1), (3, 1)],
    )
    read = readers.read_project(path)
    assert read.documents["one"] == "one\ntwo\nthree\nfour"
    assert places(read) == [
        (0, 7, "Barrier", "one\ntwo"),
        (4, 7, "Barrier", "two"),
        (8, 13, "Barrier", "three"),
    ]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a &lt;b&gt; &amp;amp; &nbsp;c", "a <b> &amp; \xa0c"),
        ('<a href="x" title="1 > 0">y</a>', "y"),
        ("<p>1 < 2 and 3 > 2</p>", "1 < 2 and 3 > 2"),
        ("<!-- no --><p>yes</p><?php no ?>", "yes"),
        ("one<br/>\r\ntwo", "one\ntwo"),
        ("<pre>\nfirst\n</pre>", "first\n"),
        ("open <b unclosed", "open "),
        ("NUL \0 and \x1b[31m", "NUL \0 and \x1b[31m"),
        ("", ""),
    ],
)
def test_taguette_html_text(html, text):
    # Text of the HTML as its standard says; breaks never stand beside a line end.
    assert taguette.html_text(html)[0] == text


@pytest.mark.parametrize("bad", ['<a "', "<a b='", "<!--", "&", "<p>", "<pre ", "&#x"])
def test_taguette_html_costs_time_in_proportion(bad):
    begun = time.perf_counter()
    taguette.html_text(bad * 200_000)
    assert time.perf_counter() - begun < 5  # by the square of the length it would be an hour


def test_taguette_byte_order_mark_and_carriage_return(tmp_path):
    # Both are counted; the text read has neither.
    stored = "\ufeffодин\r\nдва три"
    html = "<p>\ufeffодин&#13;&#10;два три</p><p>end</p>"
    path = taguette_file(
        tmp_path / "a.sqlite3",
        documents=[(1, "one", html)],
        highlights=[highlight(1, "два", text=stored), highlight(2, "end", text=stored + "end")],
        highlight_tags=[(1, 1), (2, 1)],
    )
    read = readers.read_project(path)
    assert read.documents["one"] == "один\nдва три\nend"
    assert places(read) == [(5, 8, "Barrier", "два"), (13, 16, "Barrier", "end")]


def test_taguette_refuses_positions_that_miss_the_snippets(tmp_path):
    start = TEXT.index("Бумажки")  # code points where bytes belong
    wrong = [(1, 1, start, start + 7, "<p>Бумажки</p>"), (2, 1, start + 2, start + 10, "<p>x</p>")]
    path = taguette_file(tmp_path / "a.sqlite3", highlights=wrong)
    with pytest.raises(ValueError, match="only 0 of its 2 selections, so every quote"):
        readers.read_project(path)


def test_taguette_skips_single_wrong_highlights_and_says_so(tmp_path):
    inside = span("Тяжело")[0] + 1
    drawn = [
        highlight(1, "😀 о семье"),
        (2, 1, *span("семье"), "<p>another word</p>"),
        (3, 1, inside, inside + 2, ""),  # inside a Cyrillic letter
        (4, 1, 5, 10**9, ""),
        (5, 1, 4, 4, ""),
        (6, 9, 0, 2, ""),
    ]
    uses = [(n, 1) for n in range(1, 7)] + [(1, 99)]
    path = taguette_file(tmp_path / "a.sqlite3", highlights=drawn, highlight_tags=uses)
    read = readers.read_project(path)
    assert [row[3] for row in places(read)] == ["😀 о семье"]
    assert count(read, "selections whose stored words are not the text at their place") == 1
    assert count(read, "selections outside the text or inside a character") == 2
    assert count(read, "selections of no length") == 1
    assert count(read, "highlights in a document that is missing") == 1
    assert count(read, "tag uses on a highlight without a place") == 5
    assert count(read, "tag uses with a tag that is missing") == 1


def test_stored_words_may_differ_in_their_blanks(tmp_path):
    # Tools show a line end inside a selection as a blank, or as a paragraph separator.
    start = PLAIN.index("dolor")
    drawn = [(1, 1, 1, "dolor.\u2029Sit", start, start + 10, "Eva", None, "", None)]
    folder = qualcoder_folder(tmp_path / "a.qda", code_text=drawn)
    assert [row[3] for row in places(readers.read_project(folder))] == ["dolor.\nSit"]


def test_taguette_names(tmp_path):
    again = [(1, "one", "<p>a</p>"), (2, "one", "<p>b</p>")]
    path = taguette_file(tmp_path / "a.sqlite3", documents=again, highlights=[])
    read = readers.read_project(path)
    assert list(read.documents) == ["one", "one (2)"]
    assert count(read, "documents renamed, as two had one name") == 1
    two = taguette_file(tmp_path / "b.sqlite3", projects=[(1, "A"), (2, "B\x1b")])
    with pytest.raises(ValueError, match=r"holds 2 projects \('A', 'B\\x1b'\)"):
        readers.read_project(two)


def test_taguette_to_refi_and_back(tmp_path):
    read = readers.read_project(taguette_file(tmp_path / "Анна.sqlite3"))
    again = back(read, tmp_path)
    pd.testing.assert_frame_equal(again.coding, read.coding)
    pd.testing.assert_frame_equal(
        again.codebook.drop(columns="guid"), read.codebook.drop(columns="guid")
    )
    assert again.documents == read.documents


def back(read, folder):
    path = refi_write.write_project(
        read.documents,
        read.coding,
        read.codebook,
        folder / "again.qdpx",
        origin="casework-evaluation",
        created="2026-01-02",
    )
    return readers.read_project(path)


# ---- Requal --------------------------------------------------------------------------------

PLAIN = "Lorem 😀 ipsum dolor.\nSit amet."


def requal_file(path, **changed):
    def segment(key, words, code, user=1):
        start = PLAIN.index(words) + 1
        return (key, user, 1, code, start, start + len(words) - 1, words)

    times = [{"segment_id": 1}], [{"segment_id": 2}]
    tables = {
        "projects": ("project_name", [("mock",)]),
        "requal_version": ("version", [("1.2",)]),
        "users": ("user_id, user_name, user_login", [(1, "Eva", "e"), (2, None, "jan")]),
        "documents": (
            "doc_id INTEGER PRIMARY KEY, doc_name, doc_text",
            [(1, "d", PLAIN), (2, "e", "")],
        ),
        "codes": ("code_id, code_name, code_description", [(1, "A", "about A"), (2, "B", None)]),
        "categories": ("category_id, category_name", [(1, "Folder"), (2, "Other")]),
        "categories_codes_map": ("category_id, code_id", [(1, 1), (2, 1)]),
        "segments": (
            "segment_id, user_id, doc_id, code_id, segment_start, segment_end, segment_text",
            [
                segment(1, "Lorem", 1),
                segment(2, "😀 ipsum", 2, 2),
                segment(3, "amet.", 1),
                segment(4, "Sit", None),
                segment(5, "L", 7),
            ],
        ),
        "logs": (
            "action, payload, created_at",
            [("Add segment", json.dumps(t), "2025-09-20 12:00:00") for t in times]
            + [("Add segment", "not json", ""), ("Create project", "[]", "")],
        ),
        "memos": ("memo_id, text", [(1, "why"), (2, "loose")]),
        "memos_segments_map": ("memo_id, segment_id", [(1, 1)]),
        "cases": ("case_id, case_name", [(1, "Family")]),
        "cases_documents_map": ("case_id, doc_id", [(1, 1), (1, 2)]),
        "attributes": (
            "attribute_id, attribute_name, attribute_type",
            [(1, "place", "category"), (2, "size", "category")],
        ),
        "attribute_values": ("attribute_value_id, value", [(1, "north"), (2, "4")]),
        "attributes_documents_map": ("doc_id, attribute_id, attribute_value_id", [(2, 1, 1)]),
        "attributes_cases_map": ("case_id, attribute_id, attribute_value_id", [(1, 2, 2)]),
        "attributes_users_map": ("user_id", [(1,)]),
    }
    for name, rows in changed.items():
        tables[name] = (tables[name][0], rows)
    return database(path, tables)


def test_requal_counts_from_one_with_the_end_inside(tmp_path):
    read = readers.read_project(requal_file(tmp_path / "p.requal"))
    end = len(PLAIN)
    assert places(read) == [
        (0, 5, "A", "Lorem"),
        (6, 13, "B", "😀 ipsum"),
        (end - 5, end, "A", "amet."),
    ]
    assert read.coding["coder"].tolist() == ["Eva", "jan", "Eva"]
    assert read.coding["memo"].tolist() == ["why", "", ""]
    assert read.coding["created"].notna().tolist() == [True, True, False]
    assert count(read, "times without a time zone, taken as UTC") == 2
    assert count(read, "segments without a code") == 1
    assert count(read, "segments with a code that is missing") == 1
    assert count(read, "memos that are not on a segment") == 1
    assert count(read, "further categories of a code") == 1
    assert count(read, "attributes of users") == 1
    book = read.codebook[["code", "parent", "codable"]].to_numpy().tolist()
    top = [["Folder", "", False], ["A", "Folder", True], ["Other", "", False], ["B", "", True]]
    assert book == top
    assert read.variables.to_numpy().tolist() == [
        ["e", "", "place", "category", "north"],
        ["d", "Family", "size", "category", "4"],
        ["e", "Family", "size", "category", "4"],
    ]


# ---- QualCoder -----------------------------------------------------------------------------


def qualcoder_folder(path, **changed):
    def segment(key, words, code, owner="Eva", memo="", important=None):
        start = PLAIN.index(words)
        place = (start, start + len(words))
        return (key, code, 1, words, *place, owner, "2024-01-15 10:00:00", memo, important)

    tables = {
        "project": ("databaseversion", [("v8",)]),
        "source": ("id, name, fulltext", [(1, "d", PLAIN), (2, "photo.jpg", None)]),
        "code_cat": (
            "catid, name, memo, supercatid",
            [(1, "Top", "m", None), (2, "Under", None, 1), (3, "x", "", 4), (4, "y", "", 3)],
        ),
        "code_name": (
            "cid, name, memo, catid, supercid",
            [(1, "A", "def", 2, None), (2, "Top", "", 1, None), (3, "A1", "", None, 1)],
        ),
        "code_text": (
            "ctid, cid, fid, seltext, pos0, pos1, owner, date, memo, important",
            [
                segment(1, "Lorem", 1, memo="why"),
                segment(2, "😀 ipsum", 2, "Jan"),
                segment(3, "dolor.\nSit", 3, important=1),
            ],
        ),
        "code_image": ("imid", [(1,)]),
        "annotation": ("anid", [(1,), (2,)]),
        "cases": ("caseid, name", [(1, "Family"), (2, "Lonely")]),
        "case_text": ("caseid, fid", [(1, 1), (1, 1)]),
        "attribute_type": ("name, valuetype", [("size", "numeric"), ("place", "character")]),
        "attribute": (
            "name, attr_type, value, id",
            [
                ("size", "case", "4", 1),
                ("size", "case", "2", 2),
                ("place", "file", "north", 1),
                ("place", "file", "", 2),
                ("place", "journal", "x", 1),
            ],
        ),
    }
    for name, found in changed.items():
        tables[name] = found if isinstance(found, tuple) else (tables[name][0], found)
    path.mkdir()
    database(path / "data.qda", tables)
    return path


def test_qualcoder_project(tmp_path):
    folder = qualcoder_folder(tmp_path / "study.qda")
    read = readers.read_project(folder)
    at = PLAIN.index("dolor")
    assert places(read) == [
        (0, 5, "A", "Lorem"),
        (6, 13, "Top/Top", "😀 ipsum"),
        (at, at + 10, "A1", "dolor.\nSit"),
    ]
    assert read.coding["coder"].tolist() == ["Eva", "Jan", "Eva"]
    assert read.coding["memo"].tolist() == ["why", "", ""]
    tree = read.codebook.set_index("code")["parent"].to_dict()
    assert tree == {
        "Top": "",
        "Under": "Top",
        "A": "Under",
        "A1": "A",
        "Top/Top": "Top",
        "x": "",  # x and y are each other's parents
        "y": "x",
    }
    assert read.codebook.set_index("code")["codable"]["Top"] == 0
    assert read.variables.to_numpy().tolist() == [
        ["d", "Family", "size", "Float", "4"],
        ["", "Lonely", "size", "Float", "2"],
        ["d", "", "place", "Text", "north"],
    ]
    assert count(read, "sources without text") == 1
    assert count(read, "codings of pictures") == 1
    assert count(read, "annotations (comments without a code)") == 2
    assert count(read, "empty values of variables") == 1
    assert count(read, "values of variables that belong to no case or file") == 1
    assert count(read, "marks «important»") == 1
    same = readers.read_project(folder / "data.qda")
    pd.testing.assert_frame_equal(same.coding, read.coding)
    again = back(read, tmp_path)
    pd.testing.assert_frame_equal(again.coding, read.coding)


def test_qualcoder_older_database_without_later_columns(tmp_path):
    folder = qualcoder_folder(
        tmp_path / "old.qda",
        code_name=("cid, name, memo, catid", [(1, "A", "", None)]),
        code_cat=("catid, name", []),
    )
    read = readers.read_project(folder)
    assert [row[2] for row in places(read)] == ["A"]
    assert count(read, "segments with a code that is missing") == 2


def test_qualcoder_report(tmp_path):
    path = tmp_path / "coded.csv"
    header = ["File/case", "Coder", "Coded", "Id", "Codename", "Coded_Memo", "Category", "Category"]
    lines = [
        header,
        ["d", "Eva", "Lorem\r\nipsum", "ctid:1", "A", "why", "Under", "Top"],
        ["d", "Jan", "", "imid:4", "A", "", "Under", "Top"],
        ["d", "Jan", "dolor", "ctid:2", "B", "", "", ""],
    ]
    write_csv(path, lines, quoting=csv.QUOTE_ALL)
    read = readers.read_project(path)
    found = read.coding[["document", "code", "coder", "memo", "quote"]].to_numpy().tolist()
    assert found == [["d", "A", "Eva", "why", "Lorem\nipsum"], ["d", "B", "Jan", "", "dolor"]]
    assert read.codebook.set_index("code")["parent"].to_dict() == {
        "Top": "",
        "Under": "Top",
        "A": "Under",
        "B": "",
    }
    assert count(read, "codings of pictures, sound and video") == 1
    assert read.coding["start"].isna().all() and str(read.coding["start"].dtype) == "Int64"


# ---- tables --------------------------------------------------------------------------------


def write_csv(path, rows, encoding="utf-8", **options):
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, **options).writerows(rows)
    return path


def write_xlsx(path, rows, title="Sheet"):
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


QUOTATIONS = [
    "ID|Quotation Name|Document|Quotation Content|Comment|Codes|Reference|Created by|Created",
    "1:1|n|Doc A|Тяжело; было|why|Барьер: срок\nПомощь|3 - 4|Eva|2024-05-06 07:08:09",
    "1:2|n|Doc A|no code|||5|Eva|",
    "2:1|n|Doc B|||Помощь|p. 1|Jan|",
    "2:2|n|Doc B|=SUM(1)||a, b|6|Jan|6.5.2024 7:08",
]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1251"])
def test_atlasti_quotations(tmp_path, encoding):
    path = write_csv(
        tmp_path / "q.csv", [line.split("|") for line in QUOTATIONS], encoding, delimiter=";"
    )
    read = readers.read_project(path)
    found = read.coding[["document", "code", "coder", "quote"]].to_numpy().tolist()
    assert found == [
        ["Doc A", "Барьер: срок", "Eva", "Тяжело; было"],
        ["Doc A", "Помощь", "Eva", "Тяжело; было"],
        ["Doc B", "a, b", "Jan", "=SUM(1)"],
    ]
    assert read.coding["created"].notna().tolist() == [True, True, False]
    assert count(read, "codings with a time that cannot be read") == 1
    assert count(read, "quotations") == 4 and count(read, "quotations without a code") == 1
    assert count(read, "quotations without words (pictures, sound, video)") == 1
    assert count(read, "cells with a comma or semicolon inside a code") == 1
    assert count(read, "encoding guessed") == int(encoding == "cp1251")
    assert count(read, "codings without a position") == 3


def test_plain_with_positions_in_any_order_of_columns(tmp_path):
    rows = [
        ["Memo", "CODE", "end", "quote", "start", "Document", "extra"],
        ["m", "B", "9", "=HYPERLINK", "0", "d", "x"],
        ["", "A", "5", "12345", "0", "d", ""],
        ["", "A", "5", "12345", "0", "d", ""],
        ["", " ", "5", "12345", "0", "d", ""],
        [],
    ]
    expected = [(0, 5, "A", "12345"), (0, 9, "B", "=HYPERLINK")]
    for path in [
        write_csv(tmp_path / "a.csv", rows),
        write_csv(tmp_path / "a.tsv", rows, delimiter="\t"),
        write_xlsx(tmp_path / "a.xlsx", rows),
    ]:
        read = readers.read_project(path)
        assert places(read) == expected
        assert str(read.coding["start"].dtype) == "int64" and read.documents == {}
        assert count(read, "codings given twice") == 1
        assert count(read, "rows without a code") == 1
        assert count(read, "other columns") == 1
        # "=HYPERLINK" has ten characters, its row says nine
        assert count(read, "quotes that are not end - start characters long") == 1


def test_plain_with_quotes_only(tmp_path):
    rows = [
        ["document", "quote", "code", "coder"],
        ["d", "да", "A", "Eva"],
        ["d", "да", "A", "Eva"],
    ]
    read = readers.read_project(write_csv(tmp_path / "a.csv", rows))
    assert len(read.coding) == 2  # perhaps two places with the same word
    assert read.coding["start"].isna().all() and read.coding["end"].isna().all()
    assert read.codebook["code"].tolist() == ["A"]


def test_plain_names_every_wrong_row(tmp_path):
    rows = [["document", "start", "end", "code", "quote"], ["", "1", "2", "A", ""]]
    rows += [["d", "1.5", "x", "A", ""], ["d", "4", "4", "A", ""], ["d", "3", "", "A", "q"]]
    rows += [["d", "", "", "A", ""], ["d", "-1", "4", "A", ""], ["d", "", "", "A", "fine"]]
    with pytest.raises(ValueError, match="row 2: no document") as caught:
        readers.read_project(write_csv(tmp_path / "a.csv", rows))
    found = str(caught.value)
    for said in ["row 3: start is '1.5'", "row 3: end is 'x'", "row 4: end 4 is not after start 4"]:
        assert said in found
    for said in [
        "row 5: end is nothing",
        "row 6: neither start and end nor",
        "row 7: start is '-1'",
    ]:
        assert said in found
    assert "row 8" not in found


def test_a_whole_answer_in_one_cell(tmp_path):
    words = "слово " * 170_000  # 1,020,000 characters
    before = 131_072  # the csv module's own limit
    csv.field_size_limit(before)
    rows = [["document", "quote", "code"], ["d", words, "A"]]
    assert readers.read_coding(write_csv(tmp_path / "a.csv", rows))["quote"].iloc[0] == words
    assert csv.field_size_limit() == before
    rows[1][1] = "x" * (table.MAX_CELL + 1)
    with pytest.raises(ValueError, match="line 2 is not CSV"):
        readers.read_coding(write_csv(tmp_path / "b.csv", rows))
    assert csv.field_size_limit() == before


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "the table is empty"),
        (b"\n\n ,\n", "the table is empty"),
        (b"document,code,quote\nd,A\n", "row 2 has 2 filled cells of 2, the header 3"),
        (b"document,code,quote\nd,A,x,y\n", "row 2 has 4 filled cells of 4, the header 3"),
        (b'document,code,quote\nd,A,"x\n', "line 2 is not CSV"),
        (b"document,code,quote\nd,A,x\0\n", "line 2 holds a NUL byte"),
        (b"document,code,quote,code\nd,A,x,B\n", "'code' stands there more than once"),
        (b"name,value\na,1\n", "no reader knows it. Found 'name', 'value'. Tried taguette_table"),
        (b"PK\x03\x04rest", r"a workbook \(.xlsx\) or zip archive"),
    ],
)
def test_wrong_csv_is_refused_with_the_place(tmp_path, content, said):
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        readers.read_project(path)


def test_trailing_delimiters_are_no_cells(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("document,code,quote,,\nd,A,x,,\n", encoding="utf-8")
    assert readers.read_coding(path)["quote"].tolist() == ["x"]


# ---- workbooks -----------------------------------------------------------------------------


def test_a_formula_is_its_own_text(tmp_path):
    words = '=HYPERLINK("http://x","y") — сказала она'
    rows = [["id", "document", "tag", "content"], [1, "d", "A", words], [2.0, "d", "B", "ok"]]
    path = write_xlsx(tmp_path / "h.xlsx", rows)
    inner = zipfile.ZipFile(path).read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" in inner  # the fixture holds a live formula
    read = readers.read_project(path)
    assert read.coding.set_index("code")["quote"].to_dict() == {"A": words, "B": "ok"}
    assert count(read, "cells stored as formulas") == 1
    as_csv = readers.read_project(write_csv(tmp_path / "h.csv", rows))
    pd.testing.assert_frame_equal(as_csv.coding, read.coding)


def test_the_sheet_that_fits_is_read(tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["about", "this file"])
    book.create_sheet("empty")
    sheet = book.create_sheet("codings")
    sheet.append([None, None, None])
    for row in [["document", "quote", "code"], ["d", 12, "A"], [None, None, None]]:
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    read = readers.read_project(tmp_path / "a.xlsx")
    assert read.coding["quote"].tolist() == ["12"] and count(read, "other sheets") == 1


def changed(path, name, change):
    """A workbook with one member rewritten."""
    with zipfile.ZipFile(path) as archive:
        members = {m: archive.read(m) for m in archive.namelist()}
    members[name] = change(members.get(name, b""))
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return path


SHEET = "xl/worksheets/sheet1.xml"
GOOD = [["document", "quote", "code"], ["d", "words", "A"]]


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("xl/bomb.xml", lambda _: b" " * 20_000_000, "unpacks more than 300 times"),
        (SHEET, lambda d: b'<!DOCTYPE x [<!ENTITY a "b">]>' + d, "declares a document type"),
        (SHEET, lambda _: b"<worksheet", "damaged as a workbook"),
        ("xl/workbook.xml", lambda _: b"", "damaged as a workbook"),
        (SHEET, lambda d: d.replace(b'r="2"', b'r="99999999"'), "more than 1048576 rows"),
    ],
)
def test_unsafe_workbooks_are_refused(tmp_path, name, change, said):
    path = changed(write_xlsx(tmp_path / "a.xlsx", GOOD), name, change)
    with pytest.raises(ValueError, match=said):
        readers.read_project(path)


def test_a_sheet_may_lie_about_its_size(tmp_path):
    def lie(data):
        assert b'<dimension ref="A1:C2"' in data
        return data.replace(b'ref="A1:C2"', b'ref="A1:XFD1048576"').replace(b"C2", b"ZZZ2")

    path = changed(write_xlsx(tmp_path / "a.xlsx", GOOD), SHEET, lie)
    # the cell of the code stands in column ZZZ, so that its row has none
    assert count(readers.read_project(path), "rows without a code") == 1


def test_external_links_are_left_alone(tmp_path):
    path = write_xlsx(tmp_path / "a.xlsx", [*GOOD, ["d", "='http://x/[b.xlsx]S'!A1", "B"]])
    path = changed(path, "xl/externalLinks/externalLink1.xml", lambda _: b"<externalLink/>")
    quotes = readers.read_project(path).coding.set_index("code")["quote"]
    assert quotes["B"] == "='http://x/[b.xlsx]S'!A1"


def test_not_a_workbook(tmp_path):
    path = tmp_path / "a.xlsx"
    path.write_text("document,code,quote\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"no \.xlsx workbook"):
        readers.read_project(path)
    path.write_bytes(b"PK\3\4" + b"x" * 100)
    with pytest.raises(ValueError, match="damaged"):
        readers.read_project(path)


# ---- databases -----------------------------------------------------------------------------


def test_reading_a_database_leaves_no_trace(tmp_path):
    path = taguette_file(tmp_path / "a.sqlite3")
    before = path.read_bytes()
    readers.read_project(path)
    assert path.read_bytes() == before and [p.name for p in tmp_path.iterdir()] == ["a.sqlite3"]


def test_a_database_in_use_is_refused(tmp_path):
    path = taguette_file(tmp_path / "a.sqlite3")
    with sqlite3.connect(path) as writer:
        writer.execute("PRAGMA journal_mode=WAL")
        writer.execute("INSERT INTO highlight_tags VALUES (3, 1)")
        writer.commit()
        # the new coding stands only in the journal: reading on would lose it
        with pytest.raises(ValueError, match=r"a\.sqlite3-wal holds changes"):
            readers.read_project(path)
    writer.close()
    assert len(readers.read_coding(path)) == 5


def test_a_path_that_looks_like_a_query(tmp_path):
    path = taguette_file(tmp_path / "a?mode=rwc&x#y%41.sqlite3")
    assert len(readers.read_coding(path)) == 4


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "not an SQLite database"),
        (b"not a database at all", "not an SQLite database"),
        (sqlite.MAGIC + b"\0" * 200, "cannot be read|no reader knows it"),
    ],
)
def test_not_a_database(tmp_path, content, said):
    path = tmp_path / "a.sqlite3"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=said):
        readers.read_project(path)


def test_a_cut_database_is_refused(tmp_path):
    path = taguette_file(tmp_path / "a.sqlite3")
    path.write_bytes(path.read_bytes()[:9000])
    with pytest.raises(ValueError, match="cannot be read"):
        readers.read_project(path)


def test_an_unknown_database_says_what_was_tried(tmp_path):
    path = database(tmp_path / "a.db", {"other": ("x", [])})
    with pytest.raises(ValueError, match=r"Found 'other'. Tried taguette: tables documents") as e:
        readers.read_project(path)
    assert "requal: " in str(e.value) and "qualcoder: " in str(e.value)


@pytest.mark.parametrize(
    "script",
    [
        # a view that never ends, a virtual table, a column that is computed
        "CREATE VIEW documents AS WITH RECURSIVE n(id) AS (SELECT 1 UNION ALL SELECT id + 1 FROM n)"
        " SELECT id, 'x' AS name, 'y' AS contents FROM n",
        "CREATE VIRTUAL TABLE documents USING fts5(id, name, contents)",
        "CREATE TABLE documents (id, name, contents AS (printf('%10000000d', 1)))",
    ],
)
def test_only_plain_tables_are_read(tmp_path, script):
    path = taguette_file(tmp_path / "a.sqlite3")
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE documents")
        connection.execute(script)
        if "printf" in script:
            connection.execute("INSERT INTO documents VALUES (1, 'x')")
    connection.close()
    with pytest.raises(ValueError, match=r"no reader knows it|no column contents"):
        readers.read_project(path)


def test_values_may_be_of_any_kind(tmp_path):
    drawn = highlight(1, "семье")
    as_text = (1, "1", str(drawn[2]), float(drawn[3]), drawn[4].encode())
    path = taguette_file(
        tmp_path / "a.sqlite3",
        documents=[("1", b"one\0two", HTML), (2, 7, None)],
        tags=[(1, 5, None)],
        highlights=[(1, 1, *as_text[2:])],
        highlight_tags=[(1, 1)],
    )
    read = readers.read_project(path)
    assert [row[2:] for row in places(read)] == [("5", "семье")]
    assert list(read.documents) == ["one\0two", "7"]


@pytest.mark.parametrize("wrong", ["x", None, 1.5, 10**17, "1e400"])
def test_a_position_that_is_no_number(tmp_path, wrong):
    path = taguette_file(tmp_path / "a.sqlite3", highlights=[(1, 1, wrong, 4, "")])
    with pytest.raises(ValueError, match=r"highlight 1: start_offset is .* not a whole number"):
        readers.read_project(path)


def test_limits_of_a_database(tmp_path, monkeypatch):
    path = taguette_file(tmp_path / "a.sqlite3")
    monkeypatch.setattr(sqlite, "LARGEST", 100)
    with pytest.raises(ValueError, match="too big"):
        readers.read_project(path)
    monkeypatch.undo()
    monkeypatch.setattr(sqlite, "MAX_BYTES", 1000)
    with pytest.raises(ValueError, match="larger than"):
        readers.read_project(path)
    monkeypatch.undo()
    with sqlite.opened(path) as base:
        base.left = 100  # what many rows leave of the whole
        with pytest.raises(ValueError, match="MB of text"):
            sqlite.rows(base, "documents", "contents")


def test_text_that_is_not_utf_8(tmp_path):
    path = taguette_file(tmp_path / "a.sqlite3", documents=[(1, "one", "é".encode("latin-1"))])
    with pytest.raises(ValueError, match=r"documents.contents: byte 0 of a text is not UTF-8"):
        readers.read_project(path)


def test_a_missing_column_is_named(tmp_path):
    path = taguette_file(tmp_path / "a.sqlite3")
    with sqlite3.connect(path) as connection:
        connection.execute("ALTER TABLE highlights DROP COLUMN end_offset")
    connection.close()
    with pytest.raises(ValueError, match="table highlights has no column end_offset"):
        readers.read_project(path)


def test_a_folder_that_is_no_project(tmp_path):
    with pytest.raises(ValueError, match=r"a folder without data\.qda"):
        readers.read_project(tmp_path)


# ---- what readers share --------------------------------------------------------------------


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


# ---- the command ---------------------------------------------------------------------------


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


# ---- files of other tools ------------------------------------------------------------------


@pytest.fixture
def samples():
    folder = os.environ.get("CASEWORK_SAMPLES")
    if not folder:
        pytest.skip("CASEWORK_SAMPLES does not name the folder with files of other tools")
    return Path(folder)


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
