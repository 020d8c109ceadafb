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
# At the beginning of a sentence these stand for the thing more often than for the person.
AMBIGUOUS = frozenset(
    "роза надежда вера любовь слава поля тома марк галочка милочка розочка галка параша геля "
    "серый дрон инка марго снежка светик гулька котя лука".split()
)
# A whole country hides one family among millions.
TOO_LARGE = frozenset({"россия", "рф", "земля", "европа", "азия"})
ENDINGS_A = ("а", "ы", "и", "е", "у", "ой", "ою")
ENDINGS_YA = ("я", "и", "е", "ю", "ей", "ёй", "ею")
ENDINGS_HARD = ("", "а", "у", "ом", "е", "ы", "и")
NEXT_TO = re.compile(r"[ \u00a0]|-")
BESIDE = re.compile(r"[ \u00a0]|-| и |, ")
OPENING = " \t\u00a0«\"“„'(\\[—–-"


class Span(NamedTuple):
    """A stretch of text and what it is: name, patronymic or place."""

    start: int
    end: int
    kind: str


def name_spans(text: str) -> list[Span]:
    """Names, patronymics standing alone, and places; neighbouring parts of one name are one span.

    Inside a sentence a capital letter and any reading as a name suffice. Where a sentence or a
    quotation begins, every word has a capital: there the name must be the likelier reading, and
    Роза, Надежда, Любовь, Вера and the like count only beside another name.
    """
    words = [(m.start(), m.end(), _kind(text, m)) for m in WORD.finditer(text)]
    spans: list[Span] = []
    for place, (start, end, kind) in enumerate(words):
        if kind == "perhaps" and _beside_name(text, words, place):
            kind = "name"
        if kind not in ("name", "patronymic", "place"):
            continue
        last = spans[-1] if spans else None
        joined = last and NEXT_TO.fullmatch(text[last.end : start])
        if last and joined and (kind == "place") == (last.kind == "place"):
            both = last.kind if last.kind == kind else "name"
            spans[-1] = Span(last.start, end, both)
        else:
            spans.append(Span(start, end, kind))
    return spans


def _beside_name(text: str, words: list[tuple[int, int, str]], place: int) -> bool:
    start, end, _ = words[place]
    before, after = words[place - 1 : place], words[place + 1 : place + 2]
    people = ("name", "patronymic")
    return any(k in people and BESIDE.fullmatch(text[b:start]) for _, b, k in before) or any(
        k in people and BESIDE.fullmatch(text[end:a]) for a, _, k in after
    )


def _kind(text: str, match: re.Match[str]) -> str:
    word = match[0]
    if not word[0].isupper():
        return "patronymic" if _shares(word)[1] > 0.99 and in_dictionary(word) else ""
    person, patronymic, place, common = _shares(word)
    if _is_pet_form(word):
        person, common = 1.0, common or word.lower() in AMBIGUOUS
    if not opens(text, match.start()) and not word.isupper():
        return _strongest(person, patronymic, place, least=0.0)
    if word.isupper() and len(word) < 4:
        return ""
    if not in_dictionary(word) and not _is_pet_form(word):
        surname = _share(word, ("Surn", "Patr"))
        return "name" if surname >= 0.5 else ""
    found = _strongest(person, patronymic, place, least=0.49)
    if found == "name" and common:
        return "perhaps"
    return found or ("perhaps" if person > 0 else "")


def _strongest(person: float, patronymic: float, place: float, least: float) -> str:
    if person > least:
        return "patronymic" if patronymic >= person else "name"
    return "place" if place > least else ""


def opens(text: str, start: int) -> bool:
    """Whether a word begins a sentence, a line, a quotation or what follows a colon."""
    before = text[:start].rstrip(OPENING)
    between = text[len(before) : start]
    return not before or before[-1] in ".!?…:;\n»”" or bool(re.search(r"[«\"“„(\[]", between))


@lru_cache(maxsize=50_000)
def _shares(word: str) -> tuple[float, float, float, bool]:
    """Likelihood of a person's name, of a patronymic, of a place; whether it is an AMBIGUOUS word."""
    lemmas = {reading.normal_form for reading in readings(word)}
    place = 0.0 if lemmas & TOO_LARGE else _share(word, (PLACE,))
    return _share(word, PERSON), _share(word, ("Patr",)), place, bool(lemmas & AMBIGUOUS)


def _share(word: str, tags: tuple[str, ...]) -> float:
    return sum(r.score for r in readings(word) if any(tag in r.tag for tag in tags))


def _is_pet_form(word: str) -> bool:
    return word.lower().replace("ё", "е") in _pet_forms()


@lru_cache
def _pet_forms() -> frozenset[str]:
    """Every case of the names in `words/diminutives_ru.txt`, with е for ё."""
    lines = (files("analysis") / "words" / "diminutives_ru.txt").read_text("utf-8").splitlines()
    names = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    forms = {stem + ending for name in names for stem, endings in [_declined(name)] for ending in endings}
    return frozenset(form.replace("ё", "е") for form in forms)


def _declined(name: str) -> tuple[str, tuple[str, ...]]:
    if name.endswith("а"):
        return name[:-1], ENDINGS_A
    if name.endswith("я"):
        return name[:-1], ENDINGS_YA
    return name, ENDINGS_HARD
