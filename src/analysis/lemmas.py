"""Dictionary forms of words: pymorphy3 for Russian, Snowball stems for English. Offline."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from pymorphy3 import MorphAnalyzer
from pymorphy3.analyzer import Parse

from analysis.text import LANGUAGES, stems

# Words of the field that the dictionary lacks and whose guessed lemma is wrong.
FIELD = {"супервизий": "супервизия", "триггера": "триггер", "триггеры": "триггер"}


@lru_cache
def _analyser() -> MorphAnalyzer:
    return MorphAnalyzer(lang="ru")


@lru_cache(maxsize=200_000)
def readings(word: str) -> tuple[Parse, ...]:
    """Every grammatical reading of a Russian word, most likely first; scores add up to 1."""
    return tuple(_analyser().parse(word))


@lru_cache(maxsize=200_000)
def in_dictionary(word: str) -> bool:
    """Whether a Russian word is in the dictionary; readings of others are guesses by their ending."""
    return bool(_analyser().word_is_known(word.lower()))


def lemmas(words: Iterable[str], language: str = "ru") -> list[str]:
    """The dictionary form of each word in lower case, one for one; `language` is "ru" or "en".

    Russian: the likeliest reading without its context ("стали" is "стать", never "сталь"), with ё
    written where the dictionary has it. English: the Snowball stem, which need not be a word.

    Raises
    ------
    ValueError
        For another language.
    """
    if language not in LANGUAGES:
        raise ValueError(f"language is {language!r}; it must be one of {', '.join(LANGUAGES)}.")
    if language != "ru":
        return stems((word.lower() for word in words), language)
    return [_lemma(word) for word in words]


def _lemma(word: str) -> str:
    found = readings(word.lower())[0].normal_form
    return FIELD.get(found, found)
