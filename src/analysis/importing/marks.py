"""Headers taken apart: which measure they belong to, and which wave they name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from analysis.importing.columns import Column
from analysis.importing.words import lists, parts

MOST_STEPS = 10
ITEM_WORDS = ("item", "items", "q", "question", "v", "var", "i", "it", "пункт", "вопрос", "п")


@dataclass(frozen=True)
class Mark:
    """A header taken apart: the measure it belongs to, and the wave it names."""

    header: str
    stem: str
    wave: str
    plain: bool  # the wave is a bare number, which could count items as well


def marked(columns: Mapping[str, Column], family: str) -> list[Mark]:
    """The headers that name a wave. Words of time count before bare numbers, which may count items instead."""
    marks = [m for name in columns if name != family for m in [_mark(name)] if m is not None]
    told = _repeated([mark for mark in marks if not mark.plain])
    if told:
        return told
    plain = _alike(_repeated([mark for mark in marks if mark.plain]))
    from_nought = any(mark.wave == "0" for mark in plain)
    steps = [len(columns[mark.header].values) for mark in plain if columns[mark.header].whole]
    few = bool(steps) and max(steps) <= MOST_STEPS and len(steps) == len(plain)
    return [] if few and not from_nought else plain


def _repeated(marks: list[Mark]) -> list[Mark]:
    """Those of a measure that stands there for two waves or more."""
    waves = _waves_of(marks)
    return [mark for mark in marks if len(waves[mark.stem]) > 1]


def _alike(marks: list[Mark]) -> list[Mark]:
    """Bare numbers are waves only when every measure has the same ones, and no header speaks of items."""
    waves = _waves_of(marks)
    items = any(part in ITEM_WORDS for stem in waves for part in parts(stem))
    return [] if items or len({frozenset(found) for found in waves.values()}) > 1 else marks


def _waves_of(marks: list[Mark]) -> dict[str, set[str]]:
    waves: dict[str, set[str]] = {}
    for mark in marks:
        waves.setdefault(mark.stem, set()).add(mark.wave)
    return waves


def _mark(header: str) -> Mark | None:
    """`bdi_t1` -> bdi, t1; `pre_anx` -> anx, pre; `bdi.2m` -> bdi, m2; `score.2` -> score, 2 (plain); `q3_w2` -> q3, w2."""
    split = parts(header)
    for at in reversed(range(len(split))):
        found = _time_at(split, at)
        if found is not None:
            wave, rest = found
            return Mark(header, "_".join(rest), wave, False)
    if _only_time(split):
        return Mark(header, "value", "".join(sorted(split, key=str.isdigit)), False)
    ends = re.search(r"^(.*?)[\s_.\-]*(\d+)$", header)
    return Mark(header, ends[1] or "value", str(int(ends[2])), True) if ends else None


def _only_time(split: tuple[str, ...]) -> bool:
    """A header that holds nothing but a time: `Before`, `1 week`, `T2`, `month_6`."""
    waves = lists()["waves"]
    words = [part for part in split if not part.isdigit()]
    known = {*waves["known"], *waves["known_ru"]}
    timed = len(words) == 1 and (
        words[0] in known or (words[0] in waves["marks"] and len(split) == 2)
    )
    return (timed and len(words[0]) > 1) or (timed and split[0] in ("t", "w", "т", "в"))


def _time_at(split: tuple[str, ...], at: int) -> tuple[str, tuple[str, ...]] | None:
    """The wave that the part at this place names, with the other parts; None when it names none."""
    part, waves = split[at], lists()["waves"]
    after = split[at + 1] if at + 1 < len(split) and split[at + 1].isdigit() else ""
    if part in waves["marks"] and after:
        rest = split[:at] + split[at + 2 :]
        return (f"{part}{after}", rest) if rest else None
    if part in waves["marks"] and at and at + 1 == len(split) and split[at - 1].isdigit():
        rest = split[: at - 1]
        return (f"{part}{split[at - 1]}", rest) if rest else None
    if part in waves["known"] or part in waves["known_ru"]:
        took = 2 if after and at + 2 == len(split) else 1
        rest = split[:at] + split[at + took :]
        return ("".join(split[at : at + took]), rest) if rest else None
    return None
