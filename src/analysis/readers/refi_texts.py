"""The texts of a REFI-QDA project, found and counted; what cannot be read as text goes into the report.

Codings are read in `refi`. Only texts inside the project are opened.
"""

from collections import Counter
from dataclasses import dataclass

from lxml import etree

from analysis.readers import distinct
from analysis.readers.archive import decode
from analysis.readers.assembly import Report
from analysis.readers.refi_xml import children, every, guid, local

MEDIA = ["PictureSelection", "PDFSelection", "AudioSelection", "VideoSelection"]
# The element of a source that carries text selections; None: the source itself.
CARRIER = {
    "TextSource": None,
    "PDFSource": "Representation",
    "PictureSource": "TextDescription",
    "AudioSource": "",
    "VideoSource": "",
}


@dataclass(frozen=True)
class Text:
    """A text of the project: the source, the element with its selections, the text as stored."""

    name: str
    source: etree._Element
    element: etree._Element
    stored: str


def sources_of(root: etree._Element, report: Report) -> dict[str, etree._Element]:
    """The sources of a project by distinct name; what they hold beside text is counted as skipped."""
    found = [s for holder in children(root, "Sources") for s in holder if local(s) in CARRIER]
    for kind, n in Counter(map(local, found)).items():
        report.add("read", kind, n)
    report.add("read", "text selections", sum(len(every(s, "PlainTextSelection")) for s in found))
    for kind in MEDIA:
        n = sum(len(every(s, kind)) for s in found)
        report.add("skipped", kind, n, note="not text; its codings are not in the coding frame")
    n = sum(len(every(s, "TranscriptSelection")) for s in found)
    report.add("skipped", "TranscriptSelection", n, note="placed by time, not by characters")
    names = distinct(s.get("name") or guid(s.get("guid")) for s in found)
    for source, name in zip(found, names, strict=True):
        if name != source.get("name"):
            note = f"called {source.get('name') or 'nothing'!r} in the project"
            report.add("warning", "document renamed", document=name, note=note)
    return dict(zip(names, found, strict=True))


def texts_of(
    sources: dict[str, etree._Element], members: dict[str, bytes], report: Report
) -> list[Text]:
    """The sources whose text is in the project; the others go into the report with the reason."""
    texts = []
    for name, source in sources.items():
        inside = CARRIER[local(source)]
        carriers = [source] if inside is None else children(source, inside)[:1]
        stored, reason = stored_text(carriers[0], members) if carriers else (None, "")
        if stored is not None:
            texts.append(Text(name, source, carriers[0], stored))
            continue
        for element in carriers:
            report.add("skipped", "source text", document=name, note=reason)
            n = len(children(element, "PlainTextSelection"))
            report.add("skipped", "text selections", n, name, "the text is missing")
        n = len(children(source, "Coding"))
        report.add("skipped", "whole-document codings", n, name, "the document has no text")
    return texts


def stored_text(element: etree._Element, members: dict[str, bytes]) -> tuple[str | None, str]:
    """The text an element holds or points to, or None and why not."""
    content = children(element, "PlainTextContent")
    if content:
        return content[0].text or "", ""
    where = element.get("plainTextPath") or ""
    if not where.startswith("internal://"):
        kind = where.split(":")[0] or "no"
        return None, f"{kind} path: only texts inside the project are opened"
    file = where.removeprefix("internal://").lstrip("/")
    wanted = f"/sources/{file}".casefold()
    match = [m for m in members if f"/{m}".casefold().endswith(wanted)]
    if not match:
        return None, f"{file} is not in the project"
    return decode(members[match[0]], match[0]), ""
