"""REFI-QDA: every way tools count characters, unsafe files, odd files, and the round trip.

The fixtures are made here. Files written by other tools are read from the folder that the
environment variable CASEWORK_SAMPLES names.
"""

import io
import os
import re
import struct
import uuid
import zipfile
from pathlib import Path
from types import SimpleNamespace
from xml.sax.saxutils import escape, quoteattr

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from analysis import readers
from analysis.readers import archive, offsets, refi, refi_write

NAMESPACE = "urn:QDA-XML:project:1.0"
USER = str(uuid.UUID(int=1)).upper()
CODE, OTHER = str(uuid.UUID(int=2)).upper(), str(uuid.UUID(int=3)).upper()

LINES = [
    "И: Расскажите о семье 😀.",
    "Р: Тяжело было 👩\u200d👧, но мы справились; помогла супервизия 🙏🙏.",
    "I: What about paper work?",
    "R: Too much of it 😅, e.g. forms 12 and 13 (every week).",
    "«Бумаги» — главное препятствие, говорят кураторы 📄.",
]
TEXT = "\n".join(LINES * 6) + "\n"
WORDS = [m.span() for m in re.finditer(r"\w+ \w+(?: \w+)?", TEXT)][:40]


# ---- making projects -----------------------------------------------------------------------


def stored(text, bom=False, crlf=False):
    text = text.replace("\n", "\r\n") if crlf else text
    return (b"\xef\xbb\xbf" if bom else b"") + text.encode("utf-8")


def counted(position, *, utf16=False, bom=0, crlf=1, text=TEXT):
    """A position in `text` as another tool would write it, one character at a time."""
    total = bom
    for character in text[:position]:
        total += 2 if utf16 and ord(character) > 0xFFFF else 1
        total += crlf - 1 if character == "\n" else 0
    return total


def selection(start, end, codes=(CODE,), name=None, inside="", number=[0]):  # noqa: B006
    number[0] += 1
    guid = uuid.UUID(int=1000 + number[0])
    codings = "".join(
        f'<Coding guid="{uuid.uuid5(guid, code + str(i))}" creatingUser="{USER}"'
        f' creationDateTime="2024-05-06T07:08:09Z"><CodeRef targetGUID="{code}"/></Coding>'
        for i, code in enumerate(codes)
    )
    label = f" name={quoteattr(name)}" if name is not None else ""
    return (
        f'<PlainTextSelection guid="{guid}" startPosition="{start}" endPosition="{end}"{label}>'
        f"{inside}{codings}</PlainTextSelection>"
    )


def source(inside="", name="interview", path="internal://A.txt", number=10, kind="TextSource"):
    where = f' plainTextPath="{path}"' if path else ""
    guid = uuid.UUID(int=number)
    return f'<{kind} guid="{guid}" name={quoteattr(name)}{where}>{inside}</{kind}>'


def project(sources, origin="", before="", after="", codes=None):
    codes = codes or (
        f'<Code guid="{CODE}" name="Barrier" isCodable="true"/>'
        f'<Code guid="{OTHER}" name="Support" isCodable="true"/>'
    )
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<Project xmlns="{NAMESPACE}" name="p" origin={quoteattr(origin)}>'
        f'<Users><User guid="{USER}" name="Анна"/></Users>'
        f"<CodeBook><Codes>{codes}</Codes></CodeBook>{before}"
        f"<Sources>{sources}</Sources>{after}</Project>"
    )


def pack(folder, xml, files=None, inner="project.qde", name="p.qdpx"):
    path = Path(folder) / name
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        z.writestr(inner, xml)
        for key, data in (files or {}).items():
            z.writestr(key, data)
    return path


def item(read, text):
    return read.report[read.report["item"] == text]


def count(read, text):
    return int(item(read, text)["n"].sum())


# ---- offset rules --------------------------------------------------------------------------

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


def places(read):
    return list(zip(read.coding["start"], read.coding["end"], strict=True))


@pytest.mark.parametrize("key", CONVENTIONS)
def test_every_convention_is_found_without_knowing_the_writer(tmp_path, key):
    read = refi.read_project(convention(tmp_path, key))
    assert read.documents == {"interview": TEXT}
    assert places(read) == sorted(WORDS)
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
    assert places(read) == sorted(WORDS[-n:])
    assert "known rule" in item(read, "offset rule")["note"].iloc[0]
    assert item(read, "offset rule in doubt").empty


def test_evidence_beats_the_name_of_the_writer(tmp_path):
    # A file that says NVivo but counts otherwise: another program rewrote it.
    path = convention(tmp_path, "the standard, as stored", "NVivo 12")
    read = refi.read_project(path)
    assert places(read) == sorted(WORDS)
    assert "found by evidence" in item(read, "offset rule")["note"].iloc[0]


def test_stored_quotes_settle_what_word_edges_cannot(tmp_path):
    # Every selection begins inside a word; only the names tell.
    drawn = [(a + 1, b) for a, b in WORDS if b - a > 4]
    path = convention(tmp_path, "NVivo for Windows", "", drawn, named=True)
    assert places(refi.read_project(path)) == sorted(drawn)


def test_names_that_are_no_quotes_are_ignored(tmp_path):
    parts = [
        selection(counted(a, utf16=True), counted(b, utf16=True), name=f"Quotation 1:{i}")
        for i, (a, b) in enumerate(WORDS)
    ]
    path = pack(tmp_path, project(source("".join(parts))), {"sources/A.txt": stored(TEXT)})
    assert places(refi.read_project(path)) == sorted(WORDS)


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
    assert places(refi.read_project(path)) == sorted(drawn)


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


# ---- what stands in a project --------------------------------------------------------------


def small(tmp_path, inside, text="one two three\nfour five\n", **parts):
    return refi.read_project(
        pack(tmp_path, project(source(inside), **parts), {"sources/A.txt": stored(text)})
    )


def test_columns_types_and_order(tmp_path):
    read = small(tmp_path, selection(4, 7) + selection(0, 3, (OTHER, CODE)))
    assert read.coding.columns.tolist() == readers.CODING
    assert read.coding["code"].tolist() == ["Barrier", "Support", "Barrier"]
    assert read.coding["quote"].tolist() == ["one", "one", "two"]
    assert set(read.coding["coder"]) == {"Анна"}
    assert read.coding["created"].iloc[0] == pd.Timestamp("2024-05-06T07:08:09Z")
    assert str(read.coding.dtypes["start"]) == "int64"
    assert count(read, "codings") == 3 and count(read, "text selections") == 2


def test_read_coding_and_unknown_format(tmp_path):
    path = pack(tmp_path, project(source(selection(0, 3))), {"sources/A.txt": b"one"})
    assert readers.read_coding(path)["quote"].tolist() == ["one"]
    assert readers.read_coding(path.rename(tmp_path / "P.QDPX")).shape == (1, 8)
    other = tmp_path / "p.mx24"
    other.write_bytes(b"")
    with pytest.raises(ValueError, match=r"readable are .*\.qdpx"):
        readers.read_project(other)
    with pytest.raises(FileNotFoundError):
        readers.read_project(tmp_path / "absent.qdpx")


def test_one_selection_per_code_is_read_and_repeats_are_dropped(tmp_path):
    read = small(tmp_path, selection(0, 3) + selection(0, 3, (OTHER,)) + selection(0, 3))
    assert read.coding["code"].tolist() == ["Barrier", "Support"]
    assert count(read, "codings given twice") == 1


def test_whole_document_comments_and_useless_selections(tmp_path):
    whole = f'<Coding guid="{uuid.UUID(int=77)}"><CodeRef targetGUID="{CODE}"/></Coding>'
    unknown = str(uuid.UUID(int=99))
    drawn = [
        selection(0, 3, (), inside="<Description>only a comment</Description>"),
        selection(7, 4),
        selection(4, 4),
        selection(4, 400),
        selection(8, 13, (unknown,)),
    ]
    read = small(tmp_path, "".join(drawn) + whole)
    assert read.coding[["start", "end"]].to_numpy().tolist() == [[0, 24], [4, 7]]
    assert count(read, "whole-document codings") == 1
    assert count(read, "selections without a code (comments)") == 1
    assert count(read, "selections with the end first") == 1
    assert count(read, "selections of no length") == 1
    assert count(read, "selections outside the text or inside a character") == 1
    assert count(read, "codings with a code that is not in the codebook") == 1
    assert count(read, "codings without a coder") == 1


def test_position_that_is_no_number(tmp_path):
    with pytest.raises(ValueError, match=r"startPosition is '1\.5'"):
        small(tmp_path, selection("1.5", 3))


def test_memos_from_description_note_and_link(tmp_path):
    note, linked = uuid.UUID(int=501), uuid.UUID(int=502)
    first = selection(0, 3, inside="<Description>why</Description>")
    second = selection(4, 7).replace(
        "</PlainTextSelection>", f'<NoteRef targetGUID="{note}"/></PlainTextSelection>'
    )
    third = selection(8, 13)
    guid = re.search('guid="([^"]+)"', third)[1]
    after = (
        f'<Notes><Note guid="{note}"><PlainTextContent>a &amp; b</PlainTextContent></Note>'
        f'<Note guid="{linked}" plainTextPath="internal://N.TXT"/></Notes>'
        f'<Links><Link guid="{uuid.UUID(int=503)}" originGUID="{linked}"'
        f' targetGUID="{guid.upper()}"/></Links>'
    )
    xml = project(source(first + second + third), after=after)
    files = {"sources/A.txt": b"one two three", "SOURCES/n.txt": b"\xef\xbb\xbffrom\r\nNVivo"}
    read = refi.read_project(pack(tmp_path, xml, files))
    assert read.coding["memo"].tolist() == ["why", "a & b", "from\nNVivo"]


def test_codes_tree_ambiguous_names_and_folders(tmp_path):
    ids = [str(uuid.UUID(int=i)) for i in range(200, 206)]
    codes = (
        f'<Code guid="{ids[0]}" name="Family" isCodable="false"><Description>d\r\ne</Description>'
        f'<Code guid="{{{ids[1]}}}" name="Other" isCodable="1"/></Code>'
        f'<Code guid="{ids[2]}" name="Work" isCodable="true">'
        f'<Code guid="{ids[3]}" name="Other" isCodable="true"/>'
        f'<Code guid="{ids[4]}" name="Other" isCodable="true"/>'
        f'<Code guid="{ids[5]}" name="Single" isCodable="true"/></Code>'
    )
    read = small(tmp_path, selection(0, 3, (ids[1].upper(), ids[3])), codes=codes)
    book = read.codebook
    expected = ["Family", "Family/Other", "Work", "Work/Other", "Work/Other (2)", "Single"]
    assert book["code"].tolist() == expected
    assert book["parent"].tolist() == ["", "Family", "", "Work", "Work", "Work"]
    assert book["codable"].tolist() == [False, True, True, True, True, True]
    assert book["description"].iloc[0] == "d\ne"
    assert read.coding["code"].tolist() == ["Family/Other", "Work/Other"]


def test_codebook_in_a_strange_namespace_is_read_and_reported(tmp_path):
    xml = project(source(selection(0, 3)))
    xml = xml.replace("<CodeBook>", '<CodeBook xmlns="urn:QDA-XML:codebook:0:4">')
    read = refi.read_project(pack(tmp_path, xml, {"sources/A.txt": b"one"}))
    assert read.coding["code"].tolist() == ["Barrier"]
    assert count(read, "breaks of the REFI-QDA schema") >= 1


def test_variables_on_sources_and_cases(tmp_path):
    age, role = uuid.UUID(int=301), uuid.UUID(int=302)
    before = (
        f'<Variables><Variable guid="{age}" name="age" typeOfVariable="Integer"/>'
        f'<Variable guid="{role}" name="role" typeOfVariable="Text"/></Variables>'
        f'<Cases><Case guid="{uuid.UUID(int=303)}" name="K1"><VariableValue>'
        f'<VariableRef targetGUID="{role}"/><TextValue>куратор</TextValue></VariableValue>'
        f'<SourceRef targetGUID="{uuid.UUID(int=10)}"/></Case>'
        f'<Case guid="{uuid.UUID(int=304)}"><VariableValue>'
        f'<VariableRef targetGUID="{role}"/></VariableValue></Case></Cases>'
    )
    inside = (
        f'<VariableValue><VariableRef targetGUID="{age}"/><IntegerValue>41</IntegerValue>'
        "</VariableValue>"
    )
    read = small(tmp_path, inside, before=before)
    nameless = str(uuid.UUID(int=304)).upper()
    assert read.variables.to_numpy().tolist() == [
        ["interview", "K1", "role", "Text", "куратор"],
        ["", nameless, "role", "Text", ""],
        ["interview", "", "age", "Integer", "41"],
    ]
    assert read.variables.columns.tolist() == readers.VARIABLES


def test_pdf_text_is_read_and_page_selections_counted(tmp_path):
    representation = source(selection(4, 7), "r", "internal://A.txt", 12, "Representation")
    page = f'<PDFSelection guid="{uuid.UUID(int=13)}" page="0" firstX="0" firstY="0"'
    page += ' secondX="1" secondY="1"/>'
    pdf = f'<PDFSource guid="{uuid.UUID(int=14)}" name="leaflet.pdf" path="internal://A.pdf">'
    xml = project(f"{pdf}{page}{representation}</PDFSource>")
    read = refi.read_project(pack(tmp_path, xml, {"sources/A.txt": b"one two"}))
    assert read.coding[["document", "quote"]].to_numpy().tolist() == [["leaflet.pdf", "two"]]
    assert count(read, "PDFSelection") == 1
    assert count(read, "breaks of the REFI-QDA schema") == 0


def test_documents_of_one_name_are_kept_apart(tmp_path):
    xml = project(source(selection(0, 3)) + source(selection(0, 2), number=11))
    read = refi.read_project(pack(tmp_path, xml, {"sources/A.txt": b"one two"}))
    assert list(read.documents) == ["interview", "interview (2)"]
    assert read.coding["quote"].tolist() == ["one", "on"]
    assert count(read, "document renamed") == 1


def test_inline_text(tmp_path):
    content = f"<PlainTextContent>{escape('one & two')}</PlainTextContent>"
    read = refi.read_project(pack(tmp_path, project(source(content + selection(6, 9), path=None))))
    assert read.coding["quote"].tolist() == ["two"]


def test_empty_text(tmp_path):
    read = small(
        tmp_path, f'<Coding guid="{uuid.UUID(int=7)}"><CodeRef targetGUID="{CODE}"/></Coding>', ""
    )
    assert read.coding.empty and read.documents == {"interview": ""}


# ---- odd and hostile files -----------------------------------------------------------------


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
    with pytest.raises(ValueError, match="unpacks more than 300 times"):
        refi.read_project(path)
    path = pack(tmp_path, project(source()), {"sources/A.txt": os.urandom(5000)})
    monkeypatch.setattr(archive, "MAX_BYTES", 4000)
    with pytest.raises(ValueError, match="of text in one project"):
        refi.read_project(path)
    monkeypatch.setattr(archive, "MAX_MEMBERS", 1)
    with pytest.raises(ValueError, match="holds 2 files; allowed are 1"):
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
    with pytest.raises(ValueError, match="not a zip archive"):
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


# ---- writing -------------------------------------------------------------------------------

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


# ---- files of other tools ------------------------------------------------------------------


@pytest.fixture
def samples():
    folder = os.environ.get("CASEWORK_SAMPLES")
    if not folder:
        pytest.skip("CASEWORK_SAMPLES does not name the folder with files of other tools")
    return Path(folder)


def test_atlas_ti_sample(samples):
    # The counts are those of the sample's own description.
    read = readers.read_project(samples / "atlasti-8.4" / "TestProject.qdpx")
    assert len(read.codebook) == count(read, "codes") == 14
    kinds = ["TextSource", "PDFSource", "PictureSource", "AudioSource", "VideoSource"]
    assert [count(read, kind) for kind in kinds] == [6, 2, 1, 1, 2]
    drawn = item(read, "text selections").groupby("status")["n"].sum()
    assert drawn.to_dict() == {"read": 8, "skipped": 8}  # counted, and every text is missing
    others = ["PictureSelection", "PDFSelection", "AudioSelection", "VideoSelection"]
    assert sum(count(read, kind) for kind in others) == 7
    assert count(read, "source text") == 6 + 2  # texts, and the texts of the PDFs
    assert read.coding.empty and not read.documents
    assert item(read, "project file not called project.qde")["note"].tolist() == ["Project.qde"]


def test_atlas_ti_ends_are_exclusive(samples):
    # Where ATLAS.ti 8 stored a whole quote as the name, its length is end - start.
    members = archive.read_members(samples / "atlasti-8.4" / "TestProject.qdpx")
    root = archive.parse(members["Project.qde"], "sample")
    differences = [
        int(s.get("endPosition")) - int(s.get("startPosition")) - len(s.get("name"))
        for s in root.iter("{*}PlainTextSelection")
        if not s.get("name").endswith("…")
    ]
    # Three whole quotes, and one name that a person typed.
    assert sorted(differences)[:3] == [0, 0, 0]
    assert len(differences) == 4 and -1 not in differences


def test_taguette_codebook_sample(samples):
    # Invalid by the schema (an empty <Sets/>), read all the same: 9 tags.
    path = samples / "taguette-1.5.2" / "codebook_coderA.qdc"
    read = refi.read_codebook(path)
    assert len(read) == 9 and read["codable"].all()
    assert "Барьеры.Нагрузка" in read["code"].tolist()
    root = archive.parse(path.read_bytes(), "sample")
    assert archive.schema_errors(root, "Codebook")


def test_schemas_are_those_of_the_consortium(samples):
    for name in ["Project.xsd", "Codebook.xsd"]:
        ours = Path(archive.__file__).with_name(name).read_bytes()
        assert ours == (samples / "refi-qda-schema" / name).read_bytes()
