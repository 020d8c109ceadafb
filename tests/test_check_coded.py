"""`check` on coded files of every format, damaged: each is read, or its problem is said in words; never a traceback."""

import json
import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from analysis.checking import check_study
from coding_files import (
    qualcoder_folder,
    requal_file,
    taguette_file,
    write_csv,
    write_xlsx,
)
from conftest import TOML
from refi_files import TEXT, pack, project, selection, source, stored

DECLARED = TOML + '\n[interviews]\ntable = "interviews.csv"\ncoding = ["FILE"]\n'
PLAIN = [["document", "start", "end", "code", "quote"], ["A", "3", "8", "Paper", "слова"]]
QUOTES = [["Document", "Quotation Content", "Codes"], ["A", "слова, слова", "Paper\nTime"]]
TAGS = [["id", "document", "tag", "content"], ["1", "A", "Paper", "слова"]]
TAGS_ONLY = [["tag", "description", "number of highlights"], ["Paper", "about it", "3"]]
REPORT = [["File", "Coder", "Coded", "Id", "Codename"], ["A", "Eva", "слова", "ctid:1", "Paper"]]
DRAWN = selection(3, 9) + selection(12, 18)
XML = project(source(DRAWN, name="A"), "casework-evaluation")
INSIDE = f"<PlainTextContent>{TEXT}</PlainTextContent>{DRAWN}"


TABLES = {"plain": PLAIN, "atlasti": QUOTES, "tags": TAGS, "book": TAGS_ONLY, "report": REPORT}
ZIPPED = ["p.qdpx", *(f"{name}.xlsx" for name in TABLES)]
TEXTS = ["plain.tsv", "cp866.csv", "wide.csv", *(f"{name}.csv" for name in TABLES)]
OTHERS = ["p.qde", "p.qdc", "taguette.sqlite3", "requal.requal", "qualcoder.qda"]
NAMES = [*ZIPPED, *OTHERS, *TEXTS]


def _made(folder):
    """One good file of each format: its name -> its bytes."""
    pack(folder, XML, {"sources/A.txt": stored(TEXT)})
    (folder / "p.qde").write_text(project(source(INSIDE, name="A", path="")), "utf-8")
    (folder / "p.qdc").write_text(XML, "utf-8")
    taguette_file(folder / "taguette.sqlite3")
    requal_file(folder / "requal.requal")
    qualcoder_folder(folder / "q")
    for name, rows in TABLES.items():
        write_csv(folder / f"{name}.csv", rows)
        write_xlsx(folder / f"{name}.xlsx", rows)
    write_csv(folder / "plain.tsv", PLAIN, delimiter="\t")
    write_csv(folder / "cp866.csv", PLAIN, "cp866", delimiter=";")
    write_csv(folder / "wide.csv", PLAIN, "utf-16", delimiter=";")
    (folder / "q" / "data.qda").rename(folder / "qualcoder.qda")
    return {name: (folder / name).read_bytes() for name in NAMES}


@cache
def good():
    """As `_made`, once."""
    with tempfile.TemporaryDirectory() as folder:
        return _made(Path(folder))


def checked(name, content):
    """What `check` says of a study with this coded file."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "study.toml").write_text(DECLARED.replace("FILE", name), encoding="utf-8")
        (Path(folder) / "interviews.csv").write_text("interview\nA\n", encoding="utf-8")
        (Path(folder) / name).write_bytes(content)
        _, problems = check_study(folder)
    for problem in problems:
        assert not set(map(chr, range(32))) & set(problem.message), problem
        assert json.dumps(problem.record()) and problem.mend, problem
    return [problem for problem in problems if problem.file == name]


def refused(name, content):
    said = [p.message for p in checked(name, content) if p.severity == "error"]
    assert said, f"{name} is damaged, and nothing is said"
    assert not any(word in line for line in said for word in ("Traceback", "Error("))


@pytest.mark.parametrize("name", NAMES)
def test_a_good_file_is_read(name):
    assert not [p for p in checked(name, good()[name]) if p.kind == "not readable"]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    "content", [b"", b"nonsense", b"PK\3\4", b"SQLite format 3\0", b"<", b"\0"]
)
def test_what_is_no_such_file(name, content):
    refused(name, content)


@pytest.mark.parametrize("name", [*ZIPPED, *OTHERS])
@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_cut_off(name, share):
    refused(name, good()[name][: int(share * len(good()[name]))])


@pytest.mark.parametrize("name", ZIPPED)
@pytest.mark.parametrize(
    ("signature", "at", "value"),
    [
        (b"PK\x01\x02", 0, b"XX"),  # the first entry of the list of members
        (b"PK\x01\x02", 30, b"\xff\xff"),  # its further fields: 65,535 bytes
        (b"PK\x05\x06", 16, b"\xff\xff\xff\x7f"),  # where the list begins
        (b"PK\x05\x06", 12, b"\xff\xff\xff\x7f"),  # how long it is
    ],
)
def test_a_damaged_list_of_members(name, signature, at, value):
    content = bytearray(good()[name])
    at += content.index(signature)
    content[at : at + len(value)] = value
    refused(name, bytes(content))


@pytest.mark.parametrize("name", ZIPPED)
def test_a_damaged_member(name):
    content = bytearray(good()[name])
    start = content.index(b"PK\x03\x04")
    length = content[start + 26] + content[start + 28]  # of the name and of further fields
    content[start + 30 + length] = 0b111  # a block of type 3, which RFC 1951 calls an error
    refused(name, bytes(content))


@pytest.mark.parametrize("number", ["99999999999999999999", "-1", "1e400", "nan", "", "9" * 5000])
@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("p.qde", b'endPosition="18"', 'endPosition="{}"'),
        ("plain.csv", b",3,8,", ",3,{},"),
        ("plain.tsv", b"\t3\t8\t", "\t{}\t8\t"),
    ],
)
def test_a_position_that_is_none(name, old, new, number):
    content = good()[name].replace(old, new.format(number).encode())
    assert content != good()[name]
    assert checked(name, content), "nothing is said"


FLIPS = st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(1, 255)), max_size=8)


class TestAnything:
    """Bytes changed anywhere, texts cut anywhere."""

    @settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.sampled_from(NAMES), FLIPS, st.floats(0.05, 1))
    def test_changed_bytes(self, name, flips, share):
        content = bytearray(good()[name])
        for place, by in flips:
            content[int(place * len(content))] ^= by
        checked(name, bytes(content[: int(share * len(content)) + 1]))

    @settings(max_examples=60, deadline=None)
    @given(st.sampled_from(NAMES), st.binary(max_size=200))
    @example("p.qdpx", b"PK\x05\x06" + bytes(18))  # an archive with nothing in it
    @example("plain.xlsx", b"PK\x05\x06" + bytes(18))
    def test_any_bytes(self, name, content):
        checked(name, content)
