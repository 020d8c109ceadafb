"""Names of people and places in Russian running text, in every case, by dictionary and capital letter.

English names are not looked for: two capitalised words in a row are too often no name.
"""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import NamedTuple

from analysis.lemmas import in_dictionary, readings

WORD = re.compile(r"[А-ЯЁа-яё]{2,}")
PERSON, PLACE = ("Name", "Surn", "Patr"), "Geox"
SMALL_WORDS = frozenset({"PREP", "CONJ", "PRCL", "NPRO", "INTJ"})
NAMING = frozenset({"NOUN", "ADJF", "ADJS", "PRTF", None})
PEOPLE = ("name", "patronymic", "capital")
ENDINGS_A = ("а", "ы", "и", "е", "у", "ой", "ою")
ENDINGS_YA = ("я", "и", "е", "ю", "ей", "ёй", "ею")
ENDINGS_HARD = ("", "а", "у", "ом", "е", "ы", "и")
NEXT_TO = re.compile(r"[ \u00a0]|-")
BESIDE = re.compile(r"[ \u00a0]|-| и |, ")
OPENING = " \t\u00a0«\"“„'([—–-"
STOP = re.compile(r"[.!?…:;\n][)\]»”]*$")


class Span(NamedTuple):
    """A stretch of text and what it is: name, patronymic, place, or capital (some proper name)."""

    start: int
    end: int
    kind: str


class Shares(NamedTuple):
    """Likelihood of a word, out of context, to be a person's name, a patronymic, a surname, a place."""

    person: float
    patronymic: float
    surname: float
    place: float


def name_spans(text: str) -> list[Span]:
    """Names, patronymics standing alone, places and other words with a capital that is not due.

    Inside a sentence a capital letter and any reading as a name suffice, and a noun or adjective
    that is no name still counts as `capital`: rare surnames, streets, organisations. Where a
    sentence or a quotation begins, every word has a capital: there the name must be the likelier
    reading, and Роза, Надежда, Любовь, Вера and the like (`words/names_or_things_ru.txt`) count
    only beside another name. Neighbouring parts of one name are one span.
    """
    words = [(m.start(), m.end(), _kind(text, m)) for m in WORD.finditer(text)]
    spans: list[Span] = []
    for place, (start, end, kind) in enumerate(words):
        if kind == "perhaps" and _beside_name(text, words, place):
            kind = "name"
        if kind in ("", "perhaps"):
            continue
        last = spans[-1] if spans else None
        joined = last and NEXT_TO.fullmatch(text[last.end : start])
        if last and joined and (kind in PEOPLE) == (last.kind in PEOPLE):
            both = last.kind if last.kind == kind else "name"
            spans[-1] = Span(last.start, end, both)
        else:
            spans.append(Span(start, end, kind))
    return spans


def _beside_name(text: str, words: list[tuple[int, int, str]], place: int) -> bool:
    start, end, _ = words[place]
    before, after = words[place - 1 : place], words[place + 1 : place + 2]
    return any(k in PEOPLE and BESIDE.fullmatch(text[b:start]) for _, b, k in before) or any(
        k in PEOPLE and BESIDE.fullmatch(text[end:a]) for a, _, k in after
    )


def _kind(text: str, match: re.Match[str]) -> str:
    word = match[0]
    if not word[0].isupper():
        return "patronymic" if _shares(word).patronymic > 0.99 and in_dictionary(word) else ""
    if _lemmas(word) & _listed("harmless_capitals"):
        return ""
    if word.isupper() or opens(text, match.start()):
        return _where_capitals_are_due(word)
    found = _strongest(_shares(word), least=0.0)
    parts = [reading.tag.POS for reading in readings(word)]
    return found or ("capital" if NAMING & set(parts) and parts[0] not in SMALL_WORDS else "")


def _where_capitals_are_due(word: str) -> str:
    if (word.isupper() and len(word) < 4) or readings(word)[0].tag.POS in SMALL_WORDS:
        return ""
    shares, ambiguous = _shares(word), bool(_lemmas(word) & _listed("names_or_things"))
    if not in_dictionary(word) and not _is_pet_form(word):
        return "name" if shares.surname >= 0.5 else "perhaps"
    found = _strongest(shares, least=0.49)
    if found == "name" and ambiguous:
        return "perhaps"
    return found or ("perhaps" if shares.person > 0 else "")


def _strongest(shares: Shares, least: float) -> str:
    if shares.person > least:
        return "patronymic" if shares.patronymic >= shares.person else "name"
    return "place" if shares.place > least else ""


def opens(text: str, start: int) -> bool:
    """Whether a word begins a sentence, a line, a quotation or what follows a colon."""
    before = text[:start].rstrip(OPENING)
    between = text[len(before) : start]
    return not before or bool(STOP.search(before) or re.search(r"[«\"“„(\[]", between))


@lru_cache(maxsize=50_000)
def _shares(word: str) -> Shares:
    if _is_pet_form(word):
        return Shares(1.0, 0.0, 0.0, 0.0)
    tags = (PERSON, ("Patr",), ("Surn", "Patr"), (PLACE,))
    return Shares(*(_share(word, wanted) for wanted in tags))


def _lemmas(word: str) -> set[str]:
    return {reading.normal_form for reading in readings(word)} | {word.lower()}


def _share(word: str, tags: tuple[str, ...]) -> float:
    return sum(r.score for r in readings(word) if any(tag in r.tag for tag in tags))


def _is_pet_form(word: str) -> bool:
    return word.lower().replace("ё", "е") in _pet_forms()


@lru_cache
def _pet_forms() -> frozenset[str]:
    """Every case of the names in `words/diminutives_ru.txt`, with е for ё."""
    declined = [_declined(name) for name in _listed("diminutives")]
    forms = {stem + ending for stem, endings in declined for ending in endings}
    return frozenset(form.replace("ё", "е") for form in forms)


@lru_cache
def _listed(name: str) -> frozenset[str]:
    lines = (files("analysis") / "words" / f"{name}_ru.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def _declined(name: str) -> tuple[str, tuple[str, ...]]:
    if name.endswith("а"):
        return name[:-1], ENDINGS_A
    if name.endswith("я"):
        return name[:-1], ENDINGS_YA
    return name, ENDINGS_HARD
