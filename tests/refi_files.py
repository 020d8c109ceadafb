"""Small REFI-QDA projects, written by hand as the tools that export them would."""

import uuid
from pathlib import Path
from xml.sax.saxutils import quoteattr

from coding_files import zipped

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
    return zipped(Path(folder) / name, {inner: xml} | (files or {}))
