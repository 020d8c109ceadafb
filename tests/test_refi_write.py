"""REFI-QDA, written: valid, the same bytes each time, and read back as it was."""

import re
import uuid
import zipfile
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from analysis import readers
from analysis.readers import archive, offsets, refi, refi_write
from refi_files import TEXT

WRITE = {"origin": "casework-evaluation 0.1", "created": "2024-01-01T00:00:00Z"}


def rows_of(documents, rows):
    return readers.coding_frame(
        {
            "document": d,
            "start": a,
            "end": b,
            "code": code,
            "coder": coder,
            "created": created,
            "memo": memo,
            "quote": documents[d][a:b],
        }
        for d, a, b, code, coder, created, memo in rows
    )


DOCUMENTS = {"Интервью 1": TEXT, "пусто": "", 'b <&> "c"': "plain\x0c text"}
CODEBOOK = pd.DataFrame(
    [
        ("Барьеры", "", "что мешает\nи как", False, ""),
        ("Барьеры/Другое", "Барьеры", "", True, str(uuid.UUID(int=9)).upper()),
        ("Нагрузка <3", "Барьеры", "", True, ""),
        ("Ресурсы", "", "", True, ""),
        ("Ресурсы/Другое", "Ресурсы", "", True, ""),
    ],
    columns=readers.CODEBOOK,
)
ROWS = [
    ("Интервью 1", 3, 20, "Барьеры/Другое", "Анна", "2024-02-03T04:05:06.789Z", ""),
    ("Интервью 1", 3, 20, "Ресурсы/Другое", "Анна", "2024-02-03T04:05:06Z", "one\n\n two "),
    ("Интервью 1", 3, 20, "Барьеры/Другое", "Вера", None, ""),
    ("Интервью 1", 11, len(TEXT), "Нагрузка <3", "", None, "memo"),
    ('b <&> "c"', 2, 9, "Ресурсы", "Вера", None, ""),
]


def written(folder, documents=DOCUMENTS, rows=ROWS, codebook=CODEBOOK):
    coding = rows_of(documents, rows)
    path = Path(folder) / "out.qdpx"
    return refi_write.write_project(documents, coding, codebook, path, **WRITE), coding


def test_round_trip(tmp_path):
    path, coding = written(tmp_path)
    read = refi.read_project(path)
    pd.testing.assert_frame_equal(read.coding, coding)
    assert read.documents == DOCUMENTS
    for column in ["code", "parent", "description", "codable"]:
        assert read.codebook[column].tolist() == CODEBOOK[column].tolist()
    assert read.codebook["guid"].iloc[1] == CODEBOOK["guid"].iloc[1]
    warned = set(read.report.loc[read.report["status"] == "warning", "item"])
    assert warned == {"codings without a coder", "codings without a time"}
    assert not (read.report["status"] == "skipped").any()


def test_written_file_is_valid_and_plain(tmp_path):
    path, _ = written(tmp_path)
    with zipfile.ZipFile(path) as z:
        names = z.namelist()
        schema = etree.XMLSchema(etree.parse(Path(archive.__file__).with_name("Project.xsd")))
        schema.assertValid(etree.fromstring(z.read("project.qde")))
        assert names[0] == "project.qde"
        assert all(re.fullmatch(r"sources/[0-9A-F-]{36}\.txt", name) for name in names[1:])
        assert TEXT.encode("utf-8") in [z.read(name) for name in names]


def test_same_input_same_bytes(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first, coding = written(tmp_path / "a")
    shuffled = coding.sample(frac=1, random_state=3)
    second = refi_write.write_project(
        DOCUMENTS, shuffled, CODEBOOK, tmp_path / "b" / "out.qdpx", **WRITE
    )
    assert first.read_bytes() == second.read_bytes()


def test_a_refused_project_leaves_the_old_file(tmp_path):
    path, coding = written(tmp_path)
    before = path.read_bytes()
    with pytest.raises(ValueError, match="not in the codebook"):
        refi_write.write_project(DOCUMENTS, coding, CODEBOOK.iloc[:1], path, **WRITE)
    assert path.read_bytes() == before
    assert [file.name for file in tmp_path.iterdir()] == ["out.qdpx"]


def change(frame, column, value):
    frame = frame.copy()
    frame.loc[frame.index[0], column] = value
    return frame


@pytest.mark.parametrize(
    ("what", "message"),
    [
        ({"documents": DOCUMENTS | {"пусто": "a\r\nb"}}, "CR line ends"),
        ({"documents": DOCUMENTS | {"пусто": "\ufeffa"}}, "byte order mark"),
        ({"column": "document", "value": "nowhere"}, "no such document"),
        ({"column": "end", "value": 10**6}, "outside the text"),
        ({"column": "end", "value": 2}, "outside the text"),
        ({"column": "quote", "value": "other"}, "not the text at this place"),
        ({"column": "memo", "value": "bell \x07"}, "control character"),
        ({"book": "guid", "value": "no guid"}, "break the REFI-QDA schema"),
        ({"book": "parent", "value": "absent"}, "not in the codebook, or form a circle"),
        ({"book": "parent", "value": "Барьеры/Другое"}, "form a circle"),
        ({"book": "code", "value": "Ресурсы"}, "names a code twice"),
    ],
)
def test_writer_refuses(tmp_path, what, message):
    case = SimpleNamespace(documents=DOCUMENTS, column=None, book=None, value=None)
    vars(case).update(what)
    coding, codebook = rows_of(DOCUMENTS, ROWS), CODEBOOK
    coding = change(coding, case.column, case.value) if case.column else coding
    codebook = change(codebook, case.book, case.value) if case.book else codebook
    if case.book == "code":
        coding = coding[coding["code"] == "Ресурсы"]
        codebook = codebook[codebook["parent"] == ""]
    with pytest.raises(ValueError, match=message):
        refi_write.write_project(case.documents, coding, codebook, tmp_path / "x.qdpx", **WRITE)
    assert not list(tmp_path.iterdir())


def test_writer_refuses_repeats_and_missing_columns(tmp_path):
    coding = rows_of(DOCUMENTS, ROWS)
    twice = pd.concat([coding, coding.iloc[:1]], ignore_index=True)
    with pytest.raises(ValueError, match="given twice"):
        refi_write.write_project(DOCUMENTS, twice, CODEBOOK, tmp_path / "x.qdpx", **WRITE)
    with pytest.raises(ValueError, match=r"Columns missing .*: memo"):
        refi_write.write_project(
            DOCUMENTS, coding.drop(columns="memo"), CODEBOOK, tmp_path / "x.qdpx", **WRITE
        )


def test_nothing_at_all_can_be_written(tmp_path):
    path, _ = written(tmp_path, {}, [], CODEBOOK.iloc[:0])
    read = refi.read_project(path)
    assert read.coding.empty and read.codebook.empty and not read.documents


def test_a_name_that_cannot_be_kept_is_refused(tmp_path):
    book = pd.DataFrame(
        [("A", "", "", True, ""), ("x", "A", "", True, ""), ("x (2)", "", "", True, "")],
        columns=readers.CODEBOOK,
    )
    path, _ = written(tmp_path, {}, [], book)
    assert refi.read_project(path).codebook["code"].tolist() == ["A", "x", "x (2)"]
    book.loc[3] = ("A/x", "", "", True, "")
    book.loc[4] = ("B", "", "", True, "")
    book.loc[5] = ("B/x", "B", "", True, "")
    with pytest.raises(ValueError, match="would be read back as"):
        written(tmp_path, {}, [], book)


def test_codebook_round_trip(tmp_path):
    path = refi_write.write_codebook(CODEBOOK, tmp_path / "b.qdc", origin="test")
    schema = etree.XMLSchema(etree.parse(Path(archive.__file__).with_name("Codebook.xsd")))
    schema.assertValid(etree.parse(path))
    read = refi.read_codebook(path)
    assert read.drop(columns="guid").to_numpy().tolist() == (
        CODEBOOK.drop(columns="guid").to_numpy().tolist()
    )
    with pytest.raises(ValueError, match="at least one"):
        refi_write.write_codebook(CODEBOOK.iloc[:0], path, origin="test")


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_coding_of_any_text_survives(tmp_path, data):
    alphabet = st.one_of(st.sampled_from("аb .\n😀é\u0301\t"), st.characters(codec="utf-8"))
    clean = st.text(alphabet, max_size=40).map(offsets.normalise)
    clean = clean.filter(lambda text: not text.startswith("\ufeff"))
    documents = data.draw(st.dictionaries(st.sampled_from("abc"), clean, max_size=3))
    rows = []
    for name, text in documents.items():
        for _ in range(data.draw(st.integers(0, 4)) if text else 0):
            start = data.draw(st.integers(0, len(text) - 1))
            end = data.draw(st.integers(start + 1, len(text)))
            code = data.draw(st.sampled_from(CODEBOOK["code"].tolist()))
            rows.append((name, start, end, code, data.draw(st.sampled_from(["", "k"])), None, ""))
    path, coding = written(tmp_path, documents, list(dict.fromkeys(rows)))
    read = refi.read_project(path)
    assert read.documents == documents
    pd.testing.assert_frame_equal(read.coding, coding)
