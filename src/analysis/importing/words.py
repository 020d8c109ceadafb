"""What headers and answers are called in other people's tables; the lists are data, in words.toml."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

TO_END = re.compile(
    r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])|(?<=[A-Za-zА-Яа-яёЁ])(?=\d)|(?<=\d)(?=[A-Za-zА-Яа-яёЁ])"
)
FOLLOW_UP = re.compile(r"follow[\s_.\-]?up", re.IGNORECASE)
ORDINAL = re.compile(r"(?<=\d)(?:st|nd|rd|th|-?(?:ый|ой|ая|ое|й|я|е))(?![^\W_])", re.IGNORECASE)
BETWEEN = re.compile(r"[\s_.\-/:()\[\]#,;]+")


@cache
def lists() -> Mapping[str, Mapping[str, list]]:
    """The lists of words.toml."""
    return tomllib.loads(Path(__file__).with_name("words.toml").read_text(encoding="utf-8"))


def parts(header: str) -> tuple[str, ...]:
    """Words and numbers of a header in lower case: `BDI_t1` -> bdi, t, 1; `wellBeing2` -> well, being, 2; `2nd` -> 2."""
    return tuple(part for part, _ in joints(header))


@cache
def joints(header: str) -> tuple[tuple[str, bool], ...]:
    """The same, each with whether it stood without a gap behind the one before: `PHQ9_3m` -> 9 and m did, 3 did not."""
    text = ORDINAL.sub("", FOLLOW_UP.sub("followup", header.strip()))
    chunks = BETWEEN.split(TO_END.sub("\0", text).lower())
    return tuple(
        (part, at > 0) for chunk in chunks for at, part in enumerate(chunk.split("\0")) if part
    )


def fits(header: str, kind: str) -> float:
    """How well a header fits one list of [headers]: 1 the word itself, 0.7 or less one of its parts, 0 not at all."""
    known = lists()["headers"][kind]
    whole = " ".join(header.lower().split())
    if whole in known or whole.replace(" ", "") in known:
        return 1.0
    found = [part for part in parts(header) if part in known]
    return 0.7 if found and len(parts(header)) <= 3 else 0.4 if found else 0.0


def better_end(names: Iterable[str]) -> str | None:
    """`lower` or `higher`, when the names of a measure tell which end of it is good; None when they do not."""
    votes = {"lower": 0, "higher": 0}
    for name in names:
        for end, known in lists()["better"].items():
            votes[end] += any(_stem(part) in map(_stem, known) for part in parts(name))
    if votes["lower"] == votes["higher"]:
        return None
    return max(votes, key=lambda end: votes[end])


def _stem(word: str) -> str:
    return word[:-1] if len(word) > 4 and word.endswith("s") else word
