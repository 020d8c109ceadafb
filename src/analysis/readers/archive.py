"""Opening what strangers send: the files of a project and XML, read in memory under limits.

No path outside the project is followed, no network is used.
"""

import re
from functools import lru_cache
from pathlib import Path

from lxml import etree

from analysis.packed import unpacked
from analysis.printed import shown

MAX_BYTES = 512 * 2**20  # of text and XML in one project; media are never read
NAMESPACES = {"Project": "urn:QDA-XML:project:1.0", "Codebook": "urn:QDA-XML:codebook:1.0"}


def read_members(path: Path) -> dict[str, bytes]:
    """The XML and text files of a project: name inside the project -> bytes.

    Parameters
    ----------
    path : a .qdpx archive, or an unpacked .qde file with a `sources` folder beside it.

    Raises
    ------
    ValueError
        As `packed.unpacked`; if a member is stored twice.
    """
    if path.suffix.lower() != ".qdpx":
        return _read_folder(path)
    result: dict[str, bytes] = {}
    for stored, data in unpacked(path, MAX_BYTES, (".qde", ".txt")):
        name = stored.replace("\\", "/")
        if name in result:
            raise ValueError(
                f"{path.name}: {shown(name)} is stored twice; it is unclear which one counts."
            )
        result[name] = data
    return result


def _read_folder(path: Path) -> dict[str, bytes]:
    folders = [f for f in path.parent.iterdir() if f.is_dir() and f.name.lower() == "sources"]
    texts = [
        file
        for folder in folders
        for file in sorted(folder.iterdir())
        if file.suffix.lower() == ".txt" and file.is_file() and not file.is_symlink()
    ]
    if path.stat().st_size + sum(file.stat().st_size for file in texts) > MAX_BYTES:
        raise ValueError(f"{path.name}: more than {MAX_BYTES // 2**20} MB of text in one project.")
    return {path.name: path.read_bytes()} | {f"sources/{f.name}": f.read_bytes() for f in texts}


def parse(data: bytes, label: str) -> etree._Element:
    """The root element of an XML document without entities, DTD or network.

    Raises
    ------
    ValueError
        If the bytes are not well-formed XML, or declare a document type.
    """
    prolog = re.split(rb"<[A-Za-z]", data.replace(b"\0", b""), maxsplit=1)[0]
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, dtd_validation=False
    )
    if b"<!DOCTYPE" not in prolog:
        try:
            tree = etree.fromstring(data, parser).getroottree()
        except etree.XMLSyntaxError as error:
            raise ValueError(f"{label} is not well-formed XML: {error}") from error
        if not tree.docinfo.doctype:
            return tree.getroot()
    raise ValueError(f"{label} declares a document type (<!DOCTYPE>); a project must not.")


def decode(data: bytes, label: str) -> str:
    """Text of a source, byte order mark kept: UTF-8, or UTF-16 and UTF-32 by their mark.

    Raises
    ------
    ValueError
        If the bytes are in another encoding.
    """
    marks = {b"\xff\xfe\0\0": "utf-32-le", b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
    encoding = next((name for mark, name in marks.items() if data.startswith(mark)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{label}: byte {error.start} is not {encoding.upper()}. Save the text as UTF-8 in "
            "the tool it comes from and export the project again."
        ) from error


@lru_cache
def _schema(name: str) -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(Path(__file__).with_name(f"{name}.xsd")))


def schema_errors(root: etree._Element, name: str) -> list[str]:
    """What in `root` breaks the REFI-QDA schema `name` ("Project" or "Codebook"), in words."""
    schema = _schema(name)
    schema.validate(root)
    return [f"line {error.line}: {error.message}" for error in schema.error_log]
