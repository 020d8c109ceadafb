"""REFI-QDA: what stands in a project, read, and files that other tools wrote.

Those files are read from the folder that the environment variable CASEWORK_SAMPLES names.
"""

import re
import uuid
from pathlib import Path
from xml.sax.saxutils import escape

import pandas as pd
import pytest

from analysis import readers
from analysis.readers import archive, refi
from coding_files import count, item
from refi_files import CODE, OTHER, pack, project, selection, source, stored

# ---- what stands in a project ---------------------------------------------------------------


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
    read = small(tmp_path, selection("1.5", 3))
    (row,) = item(read, "selections whose position cannot be read").to_dict("records")
    assert (row["status"], row["n"], read.coding.empty) == ("skipped", 1, True)
    assert "startPosition is '1.5'" in row["note"] and "Export the project again" in row["note"]


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


# ---- files of other tools -------------------------------------------------------------------


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
