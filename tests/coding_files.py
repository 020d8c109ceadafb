"""Small files as other tools write them, made after the tools' own tables, and short questions about what was read."""

import csv
import json
import sqlite3
import zipfile
from html import escape

import openpyxl

from analysis import readers
from analysis.readers import refi_write

FIRST = "И: Расскажите 😀 о семье."
SECOND = "Р: Тяжело, <но> мы справились 👩\u200d👧; «Бумажки» & сроки."
TEXT = f"{FIRST}\n{SECOND}"
HTML = f"<p>{escape(FIRST)}</p>\n<p>{escape(SECOND).replace('справились', '<b>справ</b>ились')}</p>"
PLAIN = "Lorem 😀 ipsum dolor.\nSit amet."


# ---- what was read --------------------------------------------------------------------------


def item(project, name):
    return project.report[project.report["item"] == name]


def count(project, name):
    return int(item(project, name)["n"].sum())


def places(project):
    return [tuple(row) for row in project.coding[["start", "end", "code", "quote"]].to_numpy()]


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


# ---- files of any kind ----------------------------------------------------------------------


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


def zipped(path, members):
    """A zip archive of these members: name -> content."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return path


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


# ---- Taguette -------------------------------------------------------------------------------


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


# ---- Requal ---------------------------------------------------------------------------------


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


# ---- QualCoder ------------------------------------------------------------------------------


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
