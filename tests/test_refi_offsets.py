"""REFI-QDA: every way in which tools count characters, found without knowing the writer or refused."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.readers import offsets, refi
from coding_files import count, item, places
from refi_files import TEXT, counted, pack, project, selection, source, stored

WORDS = [m.span() for m in re.finditer(r"\w+ \w+(?: \w+)?", TEXT)][:40]
CONVENTIONS = {
    "NVivo for Windows": ({"bom": True, "crlf": True}, {"utf16": True, "crlf": 2}, 0),
    "NVivo for Mac": ({}, {"utf16": True}, 0),
    "code points": ({}, {}, 0),
    "QualCoder: utf-8-sig": ({"bom": True}, {}, 0),
    "MAXQDA option: CRLF file, LF positions": ({"crlf": True}, {}, 0),
    "the standard, as stored": ({"bom": True, "crlf": True}, {"bom": 1, "crlf": 2}, 0),
    "inclusive end": ({}, {}, 1),
    "inclusive end, UTF-16, CRLF": ({"crlf": True}, {"utf16": True, "crlf": 2}, 1),
}


def convention(folder, key, origin="", drawn=WORDS, named=False):
    file, rule, inclusive = CONVENTIONS[key]
    parts = [
        selection(
            counted(a, **rule),
            counted(b, **rule) - inclusive,
            name=TEXT[a:b] if named else None,
        )
        for a, b in drawn
    ]
    xml = project(source("".join(parts)), origin)
    return pack(folder, xml, {"sources/A.txt": stored(TEXT, **file)})


def spans(read):
    return [(start, end) for start, end, *_ in places(read)]


@pytest.mark.parametrize("key", CONVENTIONS)
def test_every_convention_is_found_without_knowing_the_writer(tmp_path, key):
    read = refi.read_project(convention(tmp_path, key))
    assert read.documents == {"interview": TEXT}
    assert spans(read) == sorted(WORDS)
    assert read.coding["quote"].tolist() == [TEXT[a:b] for a, b in sorted(WORDS)]
    assert "found by evidence" in item(read, "offset rule")["note"].iloc[0]


@pytest.mark.parametrize(
    ("key", "origin"),
    [
        ("NVivo for Windows", "NVivo 12.6.0 Windows"),
        ("NVivo for Mac", "NVivo Mac 12.7"),
        ("QualCoder: utf-8-sig", "QualCoder 3.5"),
        ("MAXQDA option: CRLF file, LF positions", "ATLAS.ti 8.4.0"),
    ],
)
@pytest.mark.parametrize("n", [3, 40])
def test_known_writers_even_with_few_selections(tmp_path, key, origin, n):
    read = refi.read_project(convention(tmp_path, key, origin, WORDS[-n:]))
    assert spans(read) == sorted(WORDS[-n:])
    assert "known rule" in item(read, "offset rule")["note"].iloc[0]
    assert item(read, "offset rule in doubt").empty


def test_evidence_beats_the_name_of_the_writer(tmp_path):
    # A file that says NVivo but counts otherwise: another program rewrote it.
    path = convention(tmp_path, "the standard, as stored", "NVivo 12")
    read = refi.read_project(path)
    assert spans(read) == sorted(WORDS)
    assert "found by evidence" in item(read, "offset rule")["note"].iloc[0]


def test_stored_quotes_settle_what_word_edges_cannot(tmp_path):
    # Every selection begins inside a word; only the names tell.
    drawn = [(a + 1, b) for a, b in WORDS if b - a > 4]
    path = convention(tmp_path, "NVivo for Windows", "", drawn, named=True)
    assert spans(refi.read_project(path)) == sorted(drawn)


def test_names_that_are_no_quotes_are_ignored(tmp_path):
    parts = [
        selection(counted(a, utf16=True), counted(b, utf16=True), name=f"Quotation 1:{i}")
        for i, (a, b) in enumerate(WORDS)
    ]
    path = pack(tmp_path, project(source("".join(parts))), {"sources/A.txt": stored(TEXT)})
    assert spans(refi.read_project(path)) == sorted(WORDS)


def test_unknown_rule_is_refused_and_the_tried_ones_named(tmp_path):
    parts = "".join(selection(7 * i + 2, 7 * i + 4) for i in range(60))
    path = pack(tmp_path, project(source(parts)), {"sources/A.txt": stored("abcdefghij " * 60)})
    with pytest.raises(ValueError, match=r"every quote might be wrong") as error:
        refi.read_project(path)
    assert str(error.value).count("end exclusive") == 8
    assert str(error.value).count("end inclusive") == 8


def test_few_selections_in_odd_places_are_kept_and_doubted(tmp_path):
    path = pack(
        tmp_path, project(source(selection(2, 4))), {"sources/A.txt": stored("abcdef ghij")}
    )
    read = refi.read_project(path)
    assert read.coding["quote"].tolist() == ["cd"]
    assert count(read, "offset rule in doubt") == 1


def test_a_small_source_takes_the_rule_of_the_whole_file(tmp_path):
    rule = {"utf16": True, "crlf": 2, "bom": 1}
    many = "".join(selection(counted(a, **rule), counted(b, **rule)) for a, b in WORDS)
    a, b = WORDS[-1]
    one = selection(counted(a, **rule), counted(b, **rule))
    data = stored(TEXT, bom=True, crlf=True)
    xml = project(source(many) + source(one, "small", "internal://B.txt", 11))
    read = refi.read_project(pack(tmp_path, xml, {"sources/A.txt": data, "sources/B.txt": data}))
    small = read.coding[read.coding["document"] == "small"]
    assert small["quote"].tolist() == [TEXT[a:b]]
    assert "too few to judge alone" in item(read, "offset rule")["note"].iloc[1]


def test_real_shares_of_clean_ends_do_not_make_ends_inclusive(tmp_path):
    # NVivo projects with .74 clean ends exist: a quarter of the selections takes a blank along.
    drawn = [(a, b + (i % 4 == 0)) for i, (a, b) in enumerate(WORDS) if TEXT[b] == " " or i % 4]
    path = convention(tmp_path, "NVivo for Windows", "", drawn)
    assert spans(refi.read_project(path)) == sorted(drawn)


@pytest.mark.parametrize(
    ("rule", "start", "end", "expected"),
    [
        (offsets.Rule("UTF-8 byte"), 2, 8, (1, 4)),  # я 0-2, a 2, line end 3, 😀 4-8, b 8
        (offsets.Rule("UTF-8 byte"), 5, 9, (-1, 5)),  # the start lies inside 😀
        (offsets.Rule("UTF-16 unit"), 3, 5, (3, 4)),  # 😀 is two units
        (offsets.Rule("UTF-16 unit"), 4, 99, (-1, -1)),
        (offsets.Rule("code point", first=1, inclusive=True), 1, 3, (0, 3)),  # as in R
        (offsets.Rule(), -1, 0, (-1, 0)),
    ],
)
def test_convert_by_hand(rule, start, end, expected):
    found = offsets.convert("яa\n😀b", [start], [end], rule)
    assert (found[0].tolist(), found[1].tolist()) == ([expected[0]], [expected[1]])


def test_normalise():
    assert offsets.normalise("\ufeffa\r\nb\rc\n\r\r\n") == "a\nb\nc\n\n\n"
    assert offsets.normalise("a\ufeff") == "a\ufeff"


@given(
    text=st.text(alphabet="aя 😀\r\n\ufeff", max_size=30),
    rule=st.sampled_from(offsets.RULES),
)
def test_boundaries_survive_every_rule(text, rule):
    """Counting all boundaries of the clean text one by one, and converting them back."""
    plain = offsets.normalise(text)
    units, found, kept = 0, [], 0
    body = text
    if text.startswith("\ufeff"):
        units += int(rule.bom)
        body = text[1:]
    marks = []
    for piece in re.findall(r"\r\n|.", body, re.DOTALL):
        marks.append(units)
        wide = rule.unit == "UTF-16 unit" and ord(piece[-1]) > 0xFFFF
        units += rule.crlf if piece == "\r\n" else 1 + wide
        kept += 1
    marks.append(units)
    assert kept == len(plain)
    found = offsets.convert(text, marks, [m - rule.inclusive for m in marks], rule)
    assert found[0].tolist() == found[1].tolist() == list(range(len(plain) + 1))
