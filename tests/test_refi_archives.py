"""REFI-QDA: odd, damaged and hostile files are read safely or refused."""

import io
import os
import struct
import zipfile

import pytest

from analysis import readers
from analysis.readers import archive, refi
from coding_files import count, item
from refi_files import pack, project, selection, source


@pytest.mark.parametrize("inner", ["project.qde", "Project.qde", "Trial.QDE", "folder/x.qde"])
@pytest.mark.parametrize("place", ["sources/A.txt", "Sources/a.TXT"])
def test_names_inside_the_archive(tmp_path, inner, place):
    path = pack(
        tmp_path,
        project(source(selection(0, 3))),
        {place: b"one", "sources/.root": b"", "__MACOSX/._p.qde": b""},
        inner,
    )
    read = refi.read_project(path)
    assert read.coding["quote"].tolist() == ["one"]
    assert (count(read, "project file not called project.qde") > 0) == (inner != "project.qde")


def test_no_or_several_project_files(tmp_path):
    with pytest.raises(ValueError, match=r"exactly one \.qde file; found none"):
        refi.read_project(pack(tmp_path, "", inner="readme.txt"))
    xml = project(source())
    with pytest.raises(ValueError, match=r"found a\.qde, b\.qde"):
        refi.read_project(pack(tmp_path, xml, {"b.qde": xml}, "a.qde"))
    with pytest.raises(ValueError, match="outermost element is CodeBook, not Project"):
        refi.read_project(pack(tmp_path, "<CodeBook/>"))


@pytest.mark.parametrize(
    "path", ["absolute:///{secret}", "relative:///../{name}", "internal://../../{name}", "{secret}"]
)
def test_paths_outside_the_project_are_never_opened(tmp_path, path):
    secret = tmp_path / "secret.txt"
    secret.write_text("one secret", "utf-8")
    where = path.format(secret=secret, name=secret.name)
    read = refi.read_project(pack(tmp_path, project(source(selection(0, 3), path=where))))
    assert read.coding.empty and not read.documents
    assert count(read, "source text") == 1
    assert item(read, "text selections")["status"].tolist() == ["read", "skipped"]


@pytest.mark.parametrize(
    "name", ["../evil.txt", "/evil.txt", "sources/../../x.txt", "C:/x.txt", "..\\x"]
)
def test_names_that_climb_out_are_refused(tmp_path, name):
    with pytest.raises(ValueError, match="leads out of the archive"):
        refi.read_project(pack(tmp_path, project(source()), {name: b"x"}))


def test_bombs_are_refused(tmp_path, monkeypatch):
    path = pack(tmp_path, project(source()), {"sources/A.txt": b"a" * 5_000_000})
    with pytest.raises(ValueError, match="unpacks to more than 300 times"):
        refi.read_project(path)
    path = pack(tmp_path, project(source()), {"sources/A.txt": os.urandom(5000)})
    monkeypatch.setattr(archive, "MAX_BYTES", 4000)
    with pytest.raises(ValueError, match="unpacks to more than 0 MB"):
        refi.read_project(path)


def test_a_false_size_in_the_header_does_not_help(tmp_path):
    path = pack(tmp_path, project(source()), {"sources/A.txt": b"a" * 5_000_000})
    data = path.read_bytes().replace(struct.pack("<I", 5_000_000), struct.pack("<I", 50))
    path.write_bytes(data)
    with pytest.raises(ValueError, match="damaged"):
        refi.read_project(path)


def test_encrypted_damaged_doubled_and_no_archive(tmp_path):
    path = pack(tmp_path, project(source()))
    data = bytearray(path.read_bytes())
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)
    with pytest.raises(ValueError, match="encrypted"):
        refi.read_project(path)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as z:
        z.writestr("project.qde", project(source()))
        with pytest.warns(UserWarning):
            z.writestr("project.qde", project(source()))
    path.write_bytes(buffer.getvalue())
    with pytest.raises(ValueError, match="stored twice"):
        refi.read_project(path)
    path.write_bytes(b"no archive")
    with pytest.raises(ValueError, match="not a zip archive as it has to be"):
        refi.read_project(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_document_types_and_entities_are_refused(tmp_path, encoding):
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", "utf-8")
    declared = f'<!DOCTYPE Project [<!ENTITY x SYSTEM "{secret.as_uri()}">]>'
    xml = project(source("<Description>&x;</Description>")).replace(
        "<Project", f"{declared}<Project"
    )
    xml = xml.replace('encoding="utf-8"', f'encoding="{encoding}"')
    with pytest.raises(ValueError, match="DOCTYPE"):
        refi.read_project(pack(tmp_path, xml.encode(encoding)))
    hidden = xml.replace("<!DOCTYPE", "<!-- <a --><!DOCTYPE", 1)
    with pytest.raises(ValueError, match="DOCTYPE"):
        refi.read_project(pack(tmp_path, hidden.encode(encoding)))


def test_broken_xml_and_foreign_encodings(tmp_path):
    with pytest.raises(ValueError, match="not well-formed"):
        refi.read_project(pack(tmp_path, "<Project>"))
    xml = project(source(selection(0, 3)))
    with pytest.raises(ValueError, match=r"byte 0 is not UTF-8.*Save the text as UTF-8"):
        refi.read_project(pack(tmp_path, xml, {"sources/A.txt": "Один".encode("cp1251")}))
    utf16 = "one two".encode("utf-16")
    read = refi.read_project(pack(tmp_path, xml, {"sources/A.txt": utf16}))
    assert read.coding["quote"].tolist() == ["one"]


def test_unpacked_project_and_its_links(tmp_path):
    (tmp_path / "Sources").mkdir()
    (tmp_path / "Sources" / "A.txt").write_bytes(b"one two")
    (tmp_path / "project.qde").write_text(project(source(selection(4, 7))), "utf-8")
    assert readers.read_coding(tmp_path / "project.qde")["quote"].tolist() == ["two"]
    (tmp_path / "secret").write_bytes(b"one two")
    (tmp_path / "Sources" / "A.txt").unlink()
    (tmp_path / "Sources" / "A.txt").symlink_to(tmp_path / "secret")
    assert readers.read_coding(tmp_path / "project.qde").empty
