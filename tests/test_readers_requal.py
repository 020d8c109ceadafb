"""Requal: positions that count from one with the end inside, categories, memos, attributes."""

from analysis import readers
from coding_files import PLAIN, count, places, requal_file


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
