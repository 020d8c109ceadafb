"""Cells that name people or places wrongly: real names as ids, phone numbers, formulas.

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
import pandas as pd

from analysis.cells import WORDS, number
from analysis.printed import one_line, shown
from analysis.problem import MAX_KEPT, Problem
from analysis.record_sheets import Sheet

IDS = ("family", "curator", "supervisor")
NAMED = (*IDS, "interview", "document")
MOST_WORDS = 20_000  # looked up in the dictionary; ids have few different ones
FULL = 0.5  # a column in which half of the texts hold names is one of names
PLAIN = "0|[1-9][0-9]*"  # 007 is none: no number is printed so
EMAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
PHONE = re.compile(
    r"(?<![\w-])(?:\+\d|8|7)[\s(-]{0,2}\d{3}[\s)-]{0,2}\d{3}[\s-]?\d{2}[\s-]?\d{2}(?!\w)"
)
PHONES = re.compile(
    r"(?<![\w.])\+\d{1,3}(?:[\s().-]{0,2}\d){7,12}(?!\w)|"
    r"(?<![\d.,-])(?:[78][\s.-]?)?\(\d{3,5}\)\s?\d{1,3}(?:[\s-]?\d\d){2}(?![\d-])|"
    r"(?<![\d.,-])[78]\.\d{3}\.\d{3}\.\d\d\.\d\d(?![\d.])"
)
PHONE_AS_ID = re.compile(r"\d{3}-\d\d-\d\d|[78]?9\d{9}")
NUMBER_AS_ID = re.compile(r"\d{3}-\d{3}-\d{3}[ -]\d\d|\d\d ?\d\d \d{6}")
PERHAPS = r"@|\d[\d\s().-]{5,}\d"
HARMLESS = r"[A-Za-zА-Яа-я]+[_-]?\d{1,9}|\d{4}-\d\d-\d\d"  # ids such as F0000012, days
UNSEEN = "[\u0000-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u2064\ufeff]"
CAMEL = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])")
WORD = re.compile(r"[^\W\d_]{3,}")
SURNAME = re.compile(r"[A-Z][a-z]{2,}(?:ova?|eva?|sky|skiy|skaya|enko|ovich|evich|ovna|evna)")
FORMULA = re.compile(r"[=@]|[+-](?=[^\s\d])|[+-]\d.*[(!]")


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
PERSONAL = Finding(
    "personal number", "it is written as a personal number or a passport", "a code", _CODE
)
HIDDEN = Finding(
    "unseen", "", "signs that can be seen", "type it again; to every count it is another one."
)
RUNS = Finding(
    "formula",
    "it would run as a formula in a spreadsheet",
    "a text",
    "paste the column as values; a text must not begin with =, +, - or @.",
)


def names_as_ids(sheet: Sheet, severity: str) -> Iterator[Problem]:
    """Ids of families, workers and interviews that are, or hold, names of people."""
    for name in (c for c in NAMED if c in sheet.frame):
        named, left = _named(sheet.frame[name].cat.categories)
        yield from _told(sheet, sheet.theirs.get(name, name), named, NAME, severity)
        if left:
            said = f"{left:,} of the words in its ids were not looked up; they may be names."
            mend = "look through the ids; codes such as F12 need no words."
            column = sheet.theirs.get(name, name)
            yield Problem(
                *(sheet.file, said, None, column, None, "codes", mend), *("warning", "not searched")
            )


def columns_of_names(sheet: Sheet, others: Iterable[str] = ()) -> Iterator[Problem]:
    """Columns that no chapter uses, and `others`, in which most texts are names: once each."""
    used = {sheet.theirs.get(str(c), str(c)) for c in sheet.frame} - set(others)
    for column in (c for c in _columns(sheet) if c not in used):
        head = sheet.raw[column].cat.categories[:MOST_WORDS]
        texts = [text for text in head if len(text.split()) < 6 and not EMAIL.search(text)]
        named, _ = _named(texts)
        if named and len(named) >= FULL * len(sheet.raw[column].cat.categories):
            cells = sheet.raw[column]
            at = int(cells.isin(named).to_numpy().argmax())
            said = f"{shown(cells.iloc[at])}; {len(named):,} of its texts look like names."
            mend = "delete the column here; whom a code stands for is kept outside the study."
            row, value = int(cells.index[at]), one_line(str(cells.iloc[at]))[:200]
            yield Problem(
                *(sheet.file, said, row, column, value, "no names of people", mend),
                *("warning", "names"),
            )


def contacts(sheet: Sheet, severity: str) -> Iterator[Problem]:
    """Phone numbers and e-mail addresses in any column, used or not; personal numbers as ids."""
    ids = {sheet.theirs.get(name, name) for name in NAMED if name in sheet.frame}
    for column in _columns(sheet):
        texts = sheet.raw[column].cat.categories
        perhaps = texts[texts.str.contains(PERHAPS, regex=True)]
        perhaps = perhaps[~perhaps.str.fullmatch(HARMLESS)]
        mails = [text for text in perhaps if EMAIL.search(text)]
        numbers = [t for t in perhaps if column in ids and NUMBER_AS_ID.fullmatch(t)]
        phones = [
            *(t for t in perhaps if t not in numbers and holds_a_phone(t)),
            *(
                t
                for t in perhaps
                if column in ids and PHONE_AS_ID.fullmatch(t) and not PHONE.search(t)
            ),
        ]
        for found, finding in ((mails, ADDRESS), (phones, TELEPHONE), (numbers, PERSONAL)):
            here = replace(finding, mend=_CODE) if column in ids else finding
            yield from _told(sheet, column, found, here, severity)


def holds_a_phone(text: str) -> bool:
    """Whether a telephone number stands in a text, as it is written in Russia or with a + elsewhere."""
    return bool(PHONE.search(text) or PHONES.search(text))


def unseen(sheet: Sheet, names: Iterable[str]) -> Iterator[Problem]:
    """Characters that cannot be seen in ids and kinds: they make another id of it, for the eye the same."""
    for name in (n for n in names if n in sheet.frame):
        texts = sheet.frame[name].cat.categories
        odd = texts[texts.str.contains(UNSEEN, regex=True)]
        known = set(texts)
        for text in odd:
            plain = re.sub(UNSEEN, "", text)
            marks = ", ".join(
                f"U+{ord(sign):04X}" for sign in dict.fromkeys(re.findall(UNSEEN, text))
            )
            finding = replace(HIDDEN, what=f"it holds a character that cannot be seen ({marks})")
            severity = "error" if plain in known else "warning"
            yield from _told(sheet, sheet.theirs.get(name, name), [text], finding, severity)


def plain_numbers(sheets: Sequence[Sheet]) -> Iterator[Problem]:
    """Ids that are plain numbers, once for each kind of id: on a page nobody can tell them from other numbers."""
    for name in IDS:
        sheet = next((each for each in sheets if name in each.frame), None)
        if sheet is None:
            continue
        texts = sheet.frame[name].cat.categories
        plain = [t for t in texts[texts.str.fullmatch(PLAIN)] if not PHONE_AS_ID.fullmatch(t)]
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


def _named(texts: Iterable[str]) -> tuple[list[str], int]:
    """Those of the texts that hold a name, and how many words were too many to be looked up."""
    every_text = pd.Series(list(texts), dtype="str")
    held = {text: words_of(text) for text in every_text[every_text.str.contains(WORD.pattern)]}
    every = list(dict.fromkeys(word for words in held.values() for word in words))
    names = {word for word in every[:MOST_WORDS] if is_a_name(word)}
    named = [text for text, words in held.items() if not names.isdisjoint(words)] if names else []
    return named, max(0, len(every) - MOST_WORDS)


def words_of(text: str) -> list[str]:
    """The words of an id, PetrovaAnna being two."""
    return WORD.findall(CAMEL.sub(" ", text))


def is_a_name(word: str) -> bool:
    """Whether a word is a first name, surname or patronymic by the lists; as a thing it may be harmless."""
    word = word.title()
    if word in _latin_names() or SURNAME.fullmatch(word):
        return True
    if not re.search("[А-Яа-яЁё]", word):
        return False
    from analysis.russian_names import name_spans  # the dictionary takes a second to load

    # Behind a small word a capital is not due, so that any reading as a name counts.
    return any(span.kind in ("name", "patronymic") for span in name_spans(f"и {word}"))


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
