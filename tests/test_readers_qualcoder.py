"""QualCoder: projects of today and of older versions, and its report of coded text."""

import csv

import pandas as pd

from analysis import readers
from coding_files import PLAIN, back, count, places, qualcoder_folder, write_csv


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
