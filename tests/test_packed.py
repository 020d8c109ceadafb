"""Zip archives, damaged and hostile by hand: bytes of the layout that PKWARE's APPNOTE.TXT describes."""

import struct
import zipfile

import pytest

from analysis import packed
from analysis.packed import members, unpacked
from analysis.problem import TableError
from coding_files import zipped

WORDS = b"words, words; " * 50
# In the list of members: signature, 4 bytes of versions, then flags and method, two bytes each.
LIST, FLAGS, METHOD = b"PK\x01\x02", 8, 10


@pytest.fixture
def path(tmp_path):
    return zipped(tmp_path / "a.zip", {"one.txt": WORDS, "film.mp4": b"f" * 2**21})


def refused(path, most=2**20, endings=(".txt",)):
    with pytest.raises(TableError) as caught:
        list(unpacked(path, most, endings))
    (problem,) = caught.value.problems
    assert problem.file == path.name and problem.mend and "save or export it again" in problem.said
    return problem.said


def test_only_what_is_wanted_is_looked_at(path):
    assert list(unpacked(path, len(WORDS), (".txt",))) == [("one.txt", WORDS)]
    assert [member.filename for member in members(path, len(WORDS), (".txt",))] == ["one.txt"]
    assert "'film.mp4' unpacks to more than 300 times" in refused(path, 2**30, ("",))
    assert "unpacks to more than 0 MB" in refused(path, len(WORDS) - 1)


def test_too_many_members(path, monkeypatch):
    monkeypatch.setattr(packed, "MAX_MEMBERS", 1)
    assert refused(path).startswith("holds 2 files; allowed are 1")


def test_content_that_is_no_deflate_stream(path):
    data = bytearray(path.read_bytes())
    start = 30 + len("one.txt")  # the local header has 30 bytes and the name
    data[start] = 0b111  # last block, of type 3, which RFC 1951 calls an error
    path.write_bytes(data)
    assert members(path, 2**20, (".txt",))
    assert refused(path).startswith("damaged, or not a zip archive as it has to be: 'one.txt' (")


@pytest.mark.parametrize(
    ("at", "value"),
    [
        (0, b"XX"),  # the signature of the first entry
        (30, b"\xff\xff"),  # further fields of 65,535 bytes
        (METHOD, struct.pack("<H", 12)),  # bzip2, which this stream is not
        (METHOD, struct.pack("<H", 99)),  # no such method
        (42, b"\xff\xff\xff\x7f"),  # content behind the end of the file
    ],
)
def test_a_damaged_list_of_members(path, at, value):
    data = bytearray(path.read_bytes())
    at += data.index(LIST)
    data[at : at + len(value)] = value
    path.write_bytes(data)
    assert refused(path).startswith("damaged, or not a zip archive as it has to be")


@pytest.mark.parametrize("share", [0, 0.3, 0.6, 0.99])
def test_cut_off(path, share):
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])
    assert refused(path).startswith("damaged, or not a zip archive as it has to be")


def test_a_false_size_is_found_before_the_memory_is_full(tmp_path):
    path = zipped(tmp_path / "a.zip", {"one.txt": b"a" * 5_000_000})
    path.write_bytes(path.read_bytes().replace(struct.pack("<I", 5_000_000), struct.pack("<I", 50)))
    assert "Bad CRC-32" in refused(path)


def test_encrypted(path):
    data = bytearray(path.read_bytes())
    data[data.index(LIST) + FLAGS] |= 1
    path.write_bytes(data)
    assert refused(path).startswith("'one.txt' is encrypted")


@pytest.mark.parametrize("name", ["../evil.txt", "/evil.txt", "a/../../x", "C:/x.txt", "..\\x"])
def test_a_name_that_climbs_out(tmp_path, name):
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr(name, b"x")
    assert "leads out of the archive" in refused(tmp_path / "a.zip")
