"""Whom a passage would give away: names, numbers, addresses, dates, posts, and the study's own deny list.

A gate and no cleaner: it finds, a person decides. What it cannot know stays with the reader: a
story that only one family has, a name in small letters that stands alone or is mostly another word
("вера павлова"), gender in the verbs ("я сказала"), English names that are not on the deny list.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache
from itertools import pairwise, product

import pandas as pd

from analysis.identifier_patterns import pattern_spans
from analysis.lemmas import in_dictionary, readings
from analysis.russian_names import PERSON, PLACE, name_spans

COLUMNS = ("document", "row", "start", "end", "kind", "found", "why")
NAMED = ("name", "patronymic", "place", "capital")
WHY = {
    "name": "a name, surname or pet form by the dictionary, written with a capital",
    "patronymic": "a patronymic alone is how colleagues and clients are known",
    "place": "a place by the dictionary narrows the search; allow by name what is large enough",
    "capital": "a capital inside a sentence marks a proper name: a rare surname, street, organisation",
}
SMALL_LETTERS = "a first name beside a surname or patronymic in the same case, in small letters"
DENIED = "it stands on the study's deny list"
TOKEN = re.compile(r"[^\W_]+")
SMALL = re.compile(r"(?<![^\W_])[а-яё]{2,}(?![^\W_])")
Hit = tuple[int, int, str, str]
Key = frozenset[tuple[str, str]]


def scan(texts: pd.DataFrame, deny: Iterable[str] = (), allow: Iterable[str] = ()) -> pd.DataFrame:
    """Everything in the texts that might lead to a person.

    Parameters
    ----------
    texts
        Column `document` and column `text` or, without it, `quote`; missing texts are empty.
    deny
        Names that must never appear, as in the table of pseudonyms: found in every case of the
        word, longer entries word by word. Deny is stronger than allow.
    allow
        Words that lead to nobody. One word allows all its cases where it was found as a name or a
        place ("Москва" allows "Москве"); anything else is allowed exactly as it was found.

    Returns
    -------
    DataFrame
        One row per hit: `document, row` (index label in `texts`), `start, end` (code points, end
        exclusive), `kind, found, why`, in the order of the texts. A hit inside a longer one is left out.

    Raises
    ------
    ValueError
        When a column is missing or an entry of a list holds no letter and no digit.
    """
    column = text_column(texts)
    denied, allowed = _phrases(deny, "deny"), _allowed(allow)
    rows = []
    for row, document, text in zip(texts.index, texts["document"], texts[column], strict=True):
        if isinstance(text, str):
            hits = [*_denied(text, denied), *(h for h in _spans(text) if not allowed(text, h))]
            rows += [
                (document, row, start, end, kind, text[start:end], why)
                for start, end, kind, why in _outermost(hits)
            ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def text_column(texts: pd.DataFrame) -> str:
    """`text` or `quote`, whichever the frame has; ValueError when it has neither or no `document`."""
    column = next((name for name in ("text", "quote") if name in texts), None)
    if column is None or "document" not in texts:
        held = ", ".join(map(str, texts.columns)) or "none"
        raise ValueError(f"texts need the columns document and text (or quote); there are: {held}.")
    return column


def _spans(text: str) -> list[Hit]:
    named = [(start, end, kind, WHY[kind]) for start, end, kind in name_spans(text)]
    return [*pattern_spans(text), *named, *_names_in_small_letters(text)]


def _names_in_small_letters(text: str) -> list[Hit]:
    """Neighbours of which one is a first name and the other a surname or patronymic; three in a row are one."""
    hits: list[Hit] = []
    for one, other in pairwise(SMALL.finditer(text)):
        if text[one.end() : other.start()] not in (" ", "\u00a0"):
            continue
        if _full_name(one[0], other[0]) or _full_name(other[0], one[0]):
            joined = hits and one.start() < hits[-1][1]
            start = hits.pop()[0] if joined else one.start()
            hits.append((start, other.end(), "name", SMALL_LETTERS))
    return hits


def _full_name(first: str, last: str) -> bool:
    """Whether both are names by at least half of their likelihood, and agree in case, number and gender."""
    names = [r for r in readings(first) if "Name" in r.tag]
    others = [r for r in readings(last) if "Surn" in r.tag or "Patr" in r.tag]
    likely = sum(r.score for r in names) >= 0.5 and sum(r.score for r in others) >= 0.5
    return (likely and in_dictionary(first)) and any(
        (a.tag.case, a.tag.number) == (b.tag.case, b.tag.number)
        and (a.tag.gender == b.tag.gender or "ms-f" in a.tag or "ms-f" in b.tag)
        for a, b in product(names, others)
    )


def _outermost(hits: list[Hit]) -> list[Hit]:
    """Hits from left to right without those that lie inside another; of equals the first stays."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda hit: (hit[0], -hit[1])):
        if not kept or hit[1] > kept[-1][1]:
            kept.append(hit)
    return kept


def _allowed(allow: Iterable[str]) -> Callable[[str, Hit], bool]:
    """A test whether a hit is allowed: as it stands, or a name all of whose words are allowed."""
    entries = list(allow)
    exact = {entry.strip().casefold() for entry in entries}
    keys = [phrase[0] for phrase in _phrases(entries, "allow") if len(phrase) == 1]
    words = frozenset().union(*(key for _, key in keys))

    def test(text: str, hit: Hit) -> bool:
        start, end, kind, _ = hit
        found = text[start:end]
        if found.casefold() in exact:
            return True
        words_found = TOKEN.findall(found)
        named = [word for word in words_found if word[0].isupper() or kind == "patronymic"]
        named = named or words_found  # a name in small letters
        return kind in NAMED and bool(named) and all(key_of(word) & words for word in named)

    return test


def _phrases(entries: Iterable[str], name: str) -> list[list[tuple[bool, Key]]]:
    """Each entry as words: whether it has a capital, and its dictionary forms."""
    phrases = []
    for entry in entries:
        words = TOKEN.findall(entry)
        if not words:
            raise ValueError(
                f"the {name} list holds {entry!r}; expected a word, a name or a number."
            )
        phrases.append([(word[0].isupper(), key_of(word)) for word in words])
    return phrases


def _denied(text: str, phrases: list[list[tuple[bool, Key]]]) -> list[Hit]:
    tokens = list(TOKEN.finditer(text)) if phrases else []
    keys = [key_of(token[0]) for token in tokens]
    hits = []
    for place in range(len(tokens)):
        for phrase in phrases:
            here = range(place, min(place + len(phrase), len(tokens)))
            if len(here) == len(phrase) and all(
                key & keys[i] and _written_so(capital, tokens[i][0])
                for i, (capital, key) in zip(here, phrase, strict=True)
            ):
                start, end = tokens[here[0]].start(), tokens[here[-1]].end()
                hits.append((start, end, "deny list", DENIED))
    return hits


def _written_so(capital: bool, word: str) -> bool:
    """A denied name in small letters counts unless the word also means a thing (роза, надежда, rose)."""
    if not capital or not word[0].islower():
        return True
    return all(any(tag in r.tag for tag in (*PERSON, PLACE)) for r in readings(word))


@lru_cache(maxsize=100_000)
def key_of(word: str) -> Key:
    """Dictionary forms a word may belong to, with the gender of people: Иванова is not Иванов."""
    if not re.search(r"[А-ЯЁа-яё]", word):
        return frozenset({(word.casefold(), "")})
    return frozenset(
        (
            reading.normal_form.replace("ё", "е"),
            str(reading.tag.gender) if any(tag in reading.tag for tag in PERSON) else "",
        )
        for reading in readings(word)
    )
