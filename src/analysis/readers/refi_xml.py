"""The parts of a REFI-QDA project around its texts: codes, people, notes, variables.

Elements are found by local name, whatever their namespace. No files are read here.
"""

import re
from collections import Counter
from collections.abc import Mapping

import pandas as pd
from lxml import etree

from analysis.printed import shown
from analysis.readers import CODEBOOK, VARIABLES, code_labels
from analysis.readers.offsets import FARTHEST, normalise


def local(element: etree._Element) -> str:
    """An element's name without its namespace; "" for comments and the like."""
    return etree.QName(element).localname if isinstance(element.tag, str) else ""


def every(element: etree._Element, name: str) -> list[etree._Element]:
    """All elements called `name` in `element`, itself included, in document order."""
    return list(element.iter(f"{{*}}{name}"))


def children(element: etree._Element, name: str) -> list[etree._Element]:
    """The direct children called `name`; none are called ""."""
    return list(element.iterchildren(f"{{*}}{name}")) if name else []


def child_text(element: etree._Element, name: str) -> str:
    """The text of the direct children called `name`, line ends LF."""
    return "\n".join(normalise(child.text or "") for child in children(element, name))


def guid(text: str | None) -> str:
    """A GUID in one spelling: upper case, no braces."""
    return (text or "").strip().strip("{}").upper()


def targets(element: etree._Element, name: str) -> list[str]:
    """The GUIDs that the direct children called `name` point to."""
    return [guid(child.get("targetGUID")) for child in children(element, name)]


def whole_number(element: etree._Element, name: str) -> int:
    """An attribute as a whole number.

    Raises
    ------
    ValueError
        If it is none, or too large for a position; names the element.
    """
    written = element.get(name) or ""
    if re.fullmatch("-?[0-9]{1,16}", written.strip()) and abs(int(written)) < FARTHEST:
        return int(written)
    raise ValueError(
        f"{local(element)} {element.get('guid')}: {name} is {shown(written)}, "
        "not a whole number, or too large for a position. Export the project again."
    )


def codebook(root: etree._Element) -> pd.DataFrame:
    """The codes under `root` in tree order, columns `CODEBOOK`; `code` is distinct."""
    codes = [code for book in every(root, "Codes") for code in every(book, "Code")]
    at = {code: number for number, code in enumerate(codes)}
    parents = [at.get(code.getparent()) for code in codes]
    labels = code_labels([code.get("name") or "" for code in codes], parents)
    rows = [
        {
            "code": label,
            "parent": "" if parent is None else labels[parent],
            "description": child_text(code, "Description"),
            "codable": (code.get("isCodable") or "true").strip() not in ("false", "0"),
            "guid": guid(code.get("guid")),
        }
        for code, parent, label in zip(codes, parents, labels, strict=True)
    ]
    texts = {name: "str" for name in CODEBOOK if name != "codable"}
    return pd.DataFrame(rows, columns=CODEBOOK).astype(texts | {"codable": "bool"})


def names_twice(root: etree._Element) -> list[str]:
    """Names that two codes with the same code above them have; elsewhere the path tells codes apart."""
    found = [
        (code.getparent(), code.get("name") or "")
        for book in every(root, "Codes")
        for code in every(book, "Code")
    ]
    return list(dict.fromkeys(name for (_, name), n in Counter(found).items() if n > 1))


def people(root: etree._Element) -> dict[str, str]:
    """GUID -> name (or id, or the GUID itself) of every user."""
    return {
        guid(user.get("guid")): user.get("name") or user.get("id") or guid(user.get("guid"))
        for user in every(root, "User")
    }


def linked_notes(root: etree._Element) -> dict[str, list[str]]:
    """GUID of a selection or coding -> GUIDs of the notes on it, by NoteRef or (NVivo) by Link."""
    found: dict[str, list[str]] = {}
    for reference in every(root, "NoteRef"):
        owner = guid(reference.getparent().get("guid"))
        found.setdefault(owner, []).append(guid(reference.get("targetGUID")))
    for link in every(root, "Link"):
        target = guid(link.get("targetGUID"))
        found.setdefault(target, []).append(guid(link.get("originGUID")))
    return found


def variables(root: etree._Element, documents: Mapping[str, str]) -> pd.DataFrame:
    """Values of variables, columns `VARIABLES`, one row per document, case and variable.

    Parameters
    ----------
    documents : GUID of a source -> name of its document.

    Notes
    -----
    A value may hang on a source, or on a case that refers to sources; a case that refers to
    none gives one row with document "". Values stay text, `type` says what they are.
    """
    known = {guid(v.get("guid")): v for v in every(root, "Variable")}
    rows = []
    for value in every(root, "VariableValue"):
        variable = known.get((targets(value, "VariableRef") or [""])[0])
        if variable is None:
            continue
        parts = [child for child in value if local(child).endswith("Value")]
        common = {
            "variable": variable.get("name") or "",
            "type": variable.get("typeOfVariable") or "",
            "value": (parts[0].text or "") if parts else "",
        }
        owner = value.getparent()
        if local(owner) == "Case":
            case = owner.get("name") or guid(owner.get("guid"))
            named = [documents.get(g, "") for g in targets(owner, "SourceRef")] or [""]
            rows += [{"document": name, "case": case} | common for name in named]
        else:
            rows.append(
                {"document": documents.get(guid(owner.get("guid")), ""), "case": ""} | common
            )
    return pd.DataFrame(rows, columns=VARIABLES).astype("str")
