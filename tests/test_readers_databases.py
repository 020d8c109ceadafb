"""Databases of other tools are read without a trace, and refused where they are unknown, unsafe or damaged."""

import sqlite3

import pytest

from analysis import readers
from analysis.readers import sqlite
from coding_files import HTML, database, highlight, places, taguette_file


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
