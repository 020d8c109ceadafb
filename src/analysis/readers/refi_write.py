"""Writing REFI-QDA projects (.qdpx) and codebooks (.qdc): the same input gives the same bytes.

Texts are written with LF and without a byte order mark, positions in code points, end exclusive.
"""

import io
import uuid
import zipfile
from collections import Counter
from collections.abc import Mapping
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from tempfile import NamedTemporaryFile

import pandas as pd
from lxml import etree

from analysis.readers import CODEBOOK, CODING, code_labels
from analysis.readers.archive import NAMESPACES, schema_errors
from analysis.readers.offsets import CONTROL

SPACE = uuid.uuid5(uuid.NAMESPACE_URL, "urn:QDA-XML:project:1.0")


def write_project(
    documents: Mapping[str, str],
    coding: pd.DataFrame,
    codebook: pd.DataFrame,
    path: str | Path,
    *,
    origin: str,
    created: str | pd.Timestamp,
) -> Path:
    """Write a REFI-QDA project that validates against the published schema.

    Parameters
    ----------
    documents : name -> text with LF line ends.
    coding : the standard coding frame; `quote` must be the text between `start` and `end`.
    codebook : columns `code, parent, description, codable, guid`; an empty guid is made up
        from the code's path, so it stays the same on every export.
    path : where to write; an existing file is replaced only when the new one is complete.
    origin : the program that writes, as it should name itself.
    created : the time of the project, with a zone or in UTC.

    Returns
    -------
    Path
        `path`. Reading it back gives equal frames (codes in tree order).

    Raises
    ------
    ValueError
        If a text has CR line ends or a byte order mark, a coding lies outside its text, its
        quote differs, it is empty or given twice, or its code is not in the codebook.
    """
    _check_documents(documents)
    _check_coding(documents, coding, codebook)
    root = _element(None, "Project", name=Path(path).stem, origin=origin)
    root.set("creationDateTime", _time(created))
    _users(root, coding)
    guids = _codes(_element(root, "CodeBook"), codebook) if len(codebook) else {}
    sources = _element(root, "Sources") if documents else root
    files = {}
    for name, text in documents.items():
        key = _guid("text", name)
        files[f"sources/{key}.txt"] = text.encode("utf-8")
        where = {"guid": _guid("source", name), "plainTextPath": f"internal://{key}.txt"}
        source = _element(sources, "TextSource", name=name, **where)
        _selections(source, coding[coding["document"] == name], guids)
    files = {"project.qde": _document(root, "Project"), **files}
    return _write(Path(path), _archive(files))


def write_codebook(codebook: pd.DataFrame, path: str | Path, *, origin: str) -> Path:
    """Write a REFI-QDA codebook (.qdc); `codebook` and errors as in `write_project`."""
    if codebook.empty:
        raise ValueError("The codebook has no codes; REFI-QDA wants at least one.")
    root = _element(None, "CodeBook", "Codebook", origin=origin)
    _codes(root, codebook)
    return _write(Path(path), _document(root, "Codebook"))


def _element(
    parent: etree._Element | None, tag: str, kind: str = "", **values: str
) -> etree._Element:
    space = NAMESPACES[kind or "Project"] if parent is None else etree.QName(parent).namespace
    name = f"{{{space}}}{tag}"
    if parent is None:
        element = etree.Element(name, nsmap={None: space})
    else:
        element = etree.SubElement(parent, name)
    for key, value in values.items():
        _fill(element, key, value)
    return element


def _fill(element: etree._Element, key: str, value: str) -> None:
    """Set an attribute, or with key "text" the text, and say so where XML cannot hold it."""
    try:
        if key == "text":
            element.text = value
        else:
            element.set(key, value)
    except ValueError as error:
        tag = etree.QName(element).localname
        raise ValueError(
            f"{tag} {key}: {value!r} holds a control character, which XML cannot; remove it."
        ) from error


def _guid(*parts: object) -> str:
    return str(uuid.uuid5(SPACE, "\x1f".join(map(str, parts)))).upper()


def _time(moment: str | pd.Timestamp) -> str:
    stamp = pd.Timestamp(moment)
    stamp = stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")
    return stamp.isoformat().replace("+00:00", "Z")


def _check_documents(documents: Mapping[str, str]) -> None:
    for name, text in documents.items():
        if "\r" in text or text.startswith("\ufeff"):
            raise ValueError(
                f"Document {name!r} has CR line ends or a byte order mark. Normalise the text "
                "first (readers.offsets.normalise): positions would move on writing."
            )


def _check_coding(
    documents: Mapping[str, str], coding: pd.DataFrame, codebook: pd.DataFrame
) -> None:
    missing = [column for column in CODING if column not in coding]
    missing += [column for column in CODEBOOK if column not in codebook]
    if missing:
        raise ValueError(f"Columns missing from the coding or codebook: {', '.join(missing)}.")
    known = set(codebook["code"])
    for number, row in zip(coding.index, coding.to_dict("records"), strict=True):
        name, code, start, end = row["document"], row["code"], row["start"], row["end"]
        where = f"Coding in row {number} ({name!r} {start}-{end}, {code!r})"
        if name not in documents:
            raise ValueError(f"{where}: there is no such document.")
        text = documents[name]
        if not 0 <= start < end <= len(text):
            raise ValueError(f"{where}: outside the text of {len(text)} characters, or empty.")
        if row["quote"] != text[start:end]:
            raise ValueError(f"{where}: the quote is not the text at this place.")
        if code not in known:
            raise ValueError(f"{where}: the code is not in the codebook.")
    twice = coding[coding.duplicated(["document", "start", "end", "code", "coder", "memo"])]
    if len(twice):
        raise ValueError(f"The coding in row {twice.index[0]} is given twice.")


def _users(root: etree._Element, coding: pd.DataFrame) -> None:
    names = sorted(set(coding["coder"]) - {""})
    users = _element(root, "Users") if names else root
    for name in names:
        _element(users, "User", guid=_guid("user", name), name=name)


def _codes(parent: etree._Element, codebook: pd.DataFrame) -> dict[str, str]:
    """Write the code tree; code -> GUID."""
    rows = {str(row["code"]): row for row in codebook.to_dict("records")}
    if len(rows) < len(codebook):
        raise ValueError("The codebook names a code twice; every `code` must be distinct.")
    parents = {code: row["parent"] for code, row in rows.items()}
    order = _tree_order(parents)
    names = _own_names(order, parents)
    elements = {"": _element(parent, "Codes")}
    guids = {}
    for code in order:
        row = rows[code]
        guids[code] = row["guid"] or _guid("code", code)
        codable = "true" if row["codable"] else "false"
        values = {"guid": guids[code], "name": names[code], "isCodable": codable}
        elements[code] = _element(elements[row["parent"]], "Code", **values)
        if row["description"]:
            _element(elements[code], "Description", text=row["description"])
    return guids


def _tree_order(parents: Mapping[str, str]) -> list[str]:
    """Codes with every child after its parent, siblings in the given order."""
    below: dict[str, list[str]] = {}
    for code, parent in parents.items():
        below.setdefault(parent, []).append(code)
    order: list[str] = []
    waiting = below.get("", [])[::-1]
    while waiting:
        order.append(waiting.pop())
        waiting += below.get(order[-1], [])[::-1]
    lost = sorted(set(parents) - set(order))
    if lost:
        raise ValueError(
            f"Codes {', '.join(lost)}: their parents are not in the codebook, or form a circle."
        )
    return order


def _own_names(order: list[str], parents: Mapping[str, str]) -> dict[str, str]:
    """Own names of codes: a label "parent/child" is undone where "child" alone is ambiguous."""
    short: dict[str, str] = {}
    paths = {"": ""}
    for code in order:
        above = paths[parents[code]]
        short[code] = code.removeprefix(above) or code
        paths[code] = f"{above}{short[code]}/"
    shared = Counter(short.values())
    names = {code: short[code] if shared[short[code]] > 1 else code for code in order}
    at = {code: number for number, code in enumerate(order)}
    read_back = code_labels(list(names.values()), [at.get(parents[code]) for code in order])
    for code, label in zip(order, read_back, strict=True):
        if code != label:
            raise ValueError(
                f"Code {code!r} would be read back as {label!r}: rename it or its namesake."
            )
    return names


def _selections(source: etree._Element, rows: pd.DataFrame, guids: Mapping[str, str]) -> None:
    order = ["document", "start", "end", "memo", "code", "coder"]
    records = rows.sort_values(order, kind="stable").to_dict("records")
    for place, group in groupby(records, key=itemgetter(*order[:4])):
        codings = list(group)
        _, start, end, memo = place
        quote = CONTROL.sub(" ", codings[0]["quote"])
        name = quote if len(quote) <= 100 else f"{quote[:100]}…"
        where = {"startPosition": str(start), "endPosition": str(end)}
        key = _guid("selection", *place)
        selection = _element(source, "PlainTextSelection", guid=key, name=name, **where)
        if memo:
            _element(selection, "Description", text=str(memo))
        for row in codings:
            about = {"guid": _guid("coding", *place, row["code"], row["coder"])}
            if row["coder"]:
                about["creatingUser"] = _guid("user", row["coder"])
            if not pd.isna(row["created"]):
                about["creationDateTime"] = _time(row["created"])
            coding = _element(selection, "Coding", **about)
            _element(coding, "CodeRef", targetGUID=guids[row["code"]])


def _document(root: etree._Element, schema: str) -> bytes:
    """The XML as bytes, after a check against the published schema."""
    errors = schema_errors(root, schema)
    if errors:
        raise ValueError(f"This would break the REFI-QDA schema: {errors[0]}")
    return etree.tostring(root, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _archive(files: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    # Stored, not packed: packed bytes differ between builds of zlib.
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.create_system = 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def _write(path: Path, data: bytes) -> Path:
    """Replace the file at `path` in one step, so that nobody sees half of it."""
    with NamedTemporaryFile(dir=path.parent, suffix=".part", delete=False) as part:
        part.write(data)
    try:
        Path(part.name).chmod(0o644)
        Path(part.name).replace(path)
    except OSError:
        Path(part.name).unlink(missing_ok=True)
        raise
    return path
