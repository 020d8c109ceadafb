"""Codings in tables: ATLAS.ti's quotations, our own column names, odd CSV files and unsafe workbooks."""

import csv
import zipfile

import openpyxl
import pandas as pd
import pytest

from analysis import readers
from analysis.readers import table
from coding_files import count, item, places, write_csv, write_xlsx, zipped

# ---- tables ---------------------------------------------------------------------------------


QUOTATIONS = [
    "ID|Quotation Name|Document|Quotation Content|Comment|Codes|Reference|Created by|Created",
    "1:1|n|Doc A|Тяжело; было|why|Барьер: срок\nПомощь|3 - 4|Eva|2024-05-06 07:08:09",
    "1:2|n|Doc A|no code|||5|Eva|",
    "2:1|n|Doc B|||Помощь|p. 1|Jan|",
    "2:2|n|Doc B|=SUM(1)||a, b|6|Jan|6.5.2024 7:08",
]


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1251", "cp866", "koi8-r"]
)
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
    assert count(read, "encoding guessed") == int("utf" not in encoding)
    assert count(read, "codings without a position") == 3


def test_a_guessed_encoding_is_named(tmp_path):
    rows = [line.split("|") for line in QUOTATIONS]
    read = readers.read_project(write_csv(tmp_path / "q.csv", rows, "cp866", delimiter=";"))
    (note,) = item(read, "encoding guessed")["note"]
    assert note.startswith("not UTF-8; read as cp866; look whether the letters are right")


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
        (b"document,code,quote\nd,A,x\0\n", "row 2: a NUL byte"),
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


# ---- workbooks ------------------------------------------------------------------------------


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
    return zipped(path, members)


SHEET = "xl/worksheets/sheet1.xml"
GOOD = [["document", "quote", "code"], ["d", "words", "A"]]


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("xl/bomb.xml", lambda _: b" " * 20_000_000, "unpacks to more than 300 times"),
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
    with pytest.raises(ValueError, match="row 2 holds something beyond column 256"):
        readers.read_project(path)


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
