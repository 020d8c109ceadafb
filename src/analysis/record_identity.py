"""Cells that name people or places wrongly: real names as ids, phone numbers, one centre spelt two ways, formulas.

Each different text is looked at once. Names are known by the dictionary of `russian_names` and, in
Latin letters, by a short list and by endings: what is found is found, what is not found proves nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files

import numpy as np

from analysis.cells import WORDS, number
from analysis.printed import one_line, shown
from analysis.problem import MAX_KEPT, Problem
from analysis.record_sheets import Sheet

IDS = ("family", "curator", "supervisor")
MOST_NAMES, MOST_CENTRES = 2_000, 300
PLAIN = "0|[1-9][0-9]*"  # 007 is none: no number is printed so
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
PHONE = re.compile(
    r"(?<![\w-])(?:\+\d|8|7)[\s(-]{0,2}\d{3}[\s)-]{0,2}\d{3}[\s-]?\d{2}[\s-]?\d{2}(?!\w)"
)
PERHAPS = r"@|\d[\d\s()-]{8,}\d"
WORD = re.compile(r"[^\W\d_]{3,}")
SURNAME = re.compile(r"[A-Z][a-z]{2,}(?:ova?|eva?|sky|skiy|skaya|enko|ovich|evich|ovna|evna)")
FORMULA = re.compile(r"[=@]|[+-](?=[^\s\d])|[+-]\d.*[(!]")
LOOKALIKES = str.maketrans("авекмнорстухёіѕј–—−‐", "abekmhopctyxеisj----")
_NOT_SPELLING = re.compile(r"[\s\"'«»“”„.]+")


@dataclass(frozen=True)
class Finding:
    """Something a cell must not be: its kind, how to say it, what was expected, how to mend it."""

    kind: str
    what: str
    expected: str
    mend: str


NAME = Finding(
    "name",
    "it looks like a name",
    "a code",
    "replace names by codes, and keep the key to them outside the study.",
)
_CODE = "write a code instead, such as F12; whom it stands for is kept outside the study."
_AWAY = "delete it here; whom it belongs to is kept outside the study."
ADDRESS = Finding("e-mail", "it holds an e-mail address", "no way to reach a person", _AWAY)
TELEPHONE = Finding("phone", "it holds a phone number", "no way to reach a person", _AWAY)
RUNS = Finding(
    "formula",
    "it would run as a formula in a spreadsheet",
    "a text",
    "paste the column as values; a text must not begin with =, +, - or @.",
)


def names_as_ids(sheet: Sheet, severity: str) -> Iterator[Problem]:
    """Ids of families and workers that are, or hold, names of people."""
    for name in (c for c in IDS if c in sheet.frame):
        texts = [text for text in sheet.frame[name].cat.categories if WORD.search(text)]
        named = [text for text in texts[:MOST_NAMES] if _holds_a_name(text)]
        yield from _told(sheet, sheet.theirs[name], named, NAME, severity)


def contacts(sheet: Sheet, severity: str) -> Iterator[Problem]:
    """Phone numbers and e-mail addresses in any column, used or not."""
    ids = {sheet.theirs[name] for name in IDS if name in sheet.frame}
    for column in _columns(sheet):
        texts = sheet.raw[column].cat.categories
        perhaps = texts[texts.str.contains(PERHAPS, regex=True)]
        mails = [text for text in perhaps if EMAIL.search(text)]
        phones = [text for text in perhaps if PHONE.search(text)]
        for texts_found, finding in ((mails, ADDRESS), (phones, TELEPHONE)):
            here = replace(finding, mend=_CODE) if column in ids else finding
            yield from _told(sheet, column, texts_found, here, severity)


def plain_numbers(sheets: Sequence[Sheet]) -> Iterator[Problem]:
    """Ids that are plain numbers, once for each kind of id: on a page nobody can tell them from other numbers."""
    for name in IDS:
        sheet = next((each for each in sheets if name in each.frame), None)
        if sheet is None:
            continue
        texts = sheet.frame[name].cat.categories
        plain = list(texts[texts.str.fullmatch(PLAIN)])
        if plain:
            said = (
                f"{len(plain)} of {len(texts)} ids are plain numbers, such as {shown(plain[0])}; no search can tell "
                "such an id on a page from any other number."
            )
            mend = f"put a letter before them, in every table: {name[0].upper()}{plain[0]}."
            column, value = sheet.theirs[name], str(plain[0])
            yield Problem(
                *(sheet.file, said, None, column, value, "a code with a letter", mend),
                *("warning", "plain numbers"),
            )


def formulas(sheet: Sheet) -> Iterator[Problem]:
    """Texts that a spreadsheet would run; nothing is run here."""
    for column in _columns(sheet):
        texts = sheet.raw[column].cat.categories
        odd = [
            t for t in texts[texts.str.match("[=+@-]")] if FORMULA.match(t) and number(t) is None
        ]
        yield from _told(sheet, column, odd, RUNS, "warning" if column in WORDS else "error")


def spelt_twice(sheet: Sheet, name: str) -> Iterator[Problem]:
    """Names that differ in capitals, blanks, letters that look alike or, in centres, one letter."""
    if name not in sheet.frame:
        return
    cells = sheet.frame[name]
    often_first = list(cells.value_counts().index)
    for rare, usual in twins(often_first, name == "centre"):
        row = int(cells.index[int((cells == rare).to_numpy().argmax())])
        said = f"{shown(rare)} is nearly {shown(usual)}; the same {name} spelt two ways?"
        mend = f"if they are the same, write {usual!r} everywhere."
        column = sheet.theirs[name]
        value = one_line(rare)[:200]
        yield Problem(
            sheet.file, said, row, column, value, usual, mend, "warning", f"{name} spelt twice"
        )


def twins(texts: Iterable[str], one_letter: bool = False) -> list[tuple[str, str]]:
    """Pairs of texts that are the same but for spelling, the one that comes later first.

    Blanks, quotation marks, full stops, capitals, ё for е and Cyrillic letters that look like Latin
    ones do not count. With `one_letter` also a letter that is missing, added or another inside a word
    of four letters or more: "Centre A" and "Centre B" are two centres, "Northern" and "Nothern" one.
    """
    seen: dict[str, str] = {}
    pairs = []
    for text in texts:
        first = seen.setdefault(spelling(text), text)
        if first != text:
            pairs.append((text, first))
    different = list(seen.items())
    if one_letter and len(different) <= MOST_CENTRES:
        for at, (_, one) in enumerate(different):
            pairs += [(other, one) for _, other in different[at + 1 :] if _one_letter(one, other)]
    return pairs


def spelling(text: str) -> str:
    """A text as it would be heard: no blanks and capitals, letters that look alike made one."""
    return _NOT_SPELLING.sub("", text.casefold().replace("ё", "е")).translate(LOOKALIKES)


def _one_letter(one: str, other: str) -> bool:
    words, others = one.casefold().split(), other.casefold().split()
    if len(words) != len(others):
        return False
    odd = [(a, b) for a, b in zip(words, others, strict=True) if a != b]
    if len(odd) != 1:
        return False
    a, b = sorted(odd[0], key=len)
    if len(a) < 4 or not (a.isalpha() and b.isalpha()) or len(b) - len(a) > 1:
        return False
    same = next((n for n, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), len(a))
    return a[same + (len(a) == len(b)) :] == b[same + 1 :]


def _holds_a_name(text: str) -> bool:
    words = [word.title() for word in WORD.findall(text)]
    if any(word in _latin_names() or SURNAME.fullmatch(word) for word in words):
        return True
    cyrillic = [word for word in words if re.search("[А-Яа-яЁё]", word)]
    if not cyrillic:
        return False
    from analysis.russian_names import name_spans  # the dictionary takes a second to load

    # Behind a small word a capital is not due, so that any reading as a name counts.
    return any(
        span.kind in ("name", "patronymic") for w in cyrillic for span in name_spans(f"и {w}")
    )


@cache
def _latin_names() -> frozenset[str]:
    lines = (files("analysis") / "words" / "names_latin.txt").read_text("utf-8").split("\n")
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _columns(sheet: Sheet) -> list[str]:
    return [str(column) for column in sheet.raw.columns if column != "synthetic"]


def _told(
    sheet: Sheet, column: str, texts: list[str], finding: Finding, severity: str
) -> Iterator[Problem]:
    """One problem per different text, at the first row in which it stands."""
    if not texts:
        return
    cells = sheet.raw[column]
    codes, first = np.unique(cells.cat.codes.to_numpy(), return_index=True)
    rows = dict(zip(codes.tolist(), cells.index[first], strict=True))
    for text in texts[:MAX_KEPT]:
        yield Problem(
            sheet.file,
            f"{shown(text)}; {finding.what}; expected {finding.expected}.",
            int(rows[cells.cat.categories.get_loc(text)]),
            column,
            one_line(text)[:200],
            finding.expected,
            finding.mend,
            severity,
            finding.kind,
        )
