"""Headers taken apart: which measure they belong to, and which wave they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from analysis.importing.columns import Column
from analysis.importing.words import lists, parts

MOST_STEPS = 10
ITEM_WORDS = ("item", "items", "q", "question", "v", "var", "i", "it", "пункт", "вопрос", "п")
PARTS_OF_ONE = (
    "5",
    "25",
    "50",
    "75",
)  # what stands behind the point of a time; items count 1, 2, 3
GLUED = re.compile(r"(pre|post|followup|fup)(?=[^\W\d_])(.+)$")
GLUED_BEHIND = re.compile(r"(.*[^\W\d_])(pre|post|followup|fup)$")


@dataclass(frozen=True)
class Mark:
    """A header taken apart: the measure it belongs to, and the wave it names."""

    header: str
    stem: str
    wave: str
    plain: bool  # the wave is a bare number, which could count items as well
    likely: bool = False  # read in a way that is not the only one
    doubt: str = ""  # why somebody should look at it


def marked(columns: Mapping[str, Column], family: str) -> list[Mark]:
    """The headers that name a wave. Words of time count before bare numbers, which may count items instead."""
    names = [name for name in columns if name != family]
    read = {name: mark for name in names for mark in [_mark(name)] if mark is not None}
    read |= _decimals(read)
    read |= _glued([n for n in names if columns[n].numeric and (n not in read or read[n].plain)])
    marks = [read[name] for name in names if name in read]
    told = _repeated([mark for mark in marks if not mark.plain])
    if told:
        return _items_within(told)
    plain = _alike(_repeated([mark for mark in marks if mark.plain]))
    from_nought = any(mark.wave == "0" for mark in plain)
    steps = [len(columns[mark.header].values) for mark in plain if columns[mark.header].whole]
    few = bool(steps) and max(steps) <= MOST_STEPS and len(steps) == len(plain)
    return [] if few and not from_nought else plain


def lacking(chosen: Iterable[Mark]) -> list[str]:
    """What is wanting where measures and waves make no complete grid."""
    found = _waves_of(list(chosen))
    waves = list(dict.fromkeys(mark.wave for mark in chosen))
    return [
        f"{stem} has no {', '.join(wave for wave in waves if wave not in has)}"
        for stem, has in found.items()
        if len(has) < len(waves)
    ]


def left_beside(columns: Mapping[str, Column], chosen: Iterable[Mark]) -> list[str]:
    """Numeric columns that name no wave though they are called like the measures that do."""
    taken = {mark.header for mark in chosen}
    stems = [set(parts(mark.stem)) for mark in chosen if mark.stem != "value"]
    ends = {part for header in taken for part in parts(header)[-1:] if part.isdigit()}
    rest = [name for name, column in columns.items() if name not in taken and column.numeric]
    plain = [mark for name in rest for mark in [_mark(name)] if mark is not None and mark.plain]
    numbered = {mark.header for mark in _repeated(plain) if mark.wave in ends}
    alike = [n for n in rest if n in numbered or any(stem <= set(parts(n)) for stem in stems)]
    return [f"{', '.join(alike)} may belong to them, but name no known wave"] if alike else []


def _decimals(read: Mapping[str, Mark]) -> dict[str, Mark]:
    """`t0_5` or `t0.5` beside `t0` and `t1` is the time 0.5; `t1_1, t1_2, t1_3` are items."""
    words = "|".join(sorted(map(re.escape, lists()["waves"]["marks"]), key=len, reverse=True))
    form = re.compile(rf"(|.*[\W\d_])({words})[\s_\-]?(\d+)[._,](\d+)$", re.IGNORECASE)
    found: dict[tuple[str, str], dict[str, tuple[str, str]]] = {}
    for name in read:
        split = form.match(name.strip())
        if split:
            key = "_".join(parts(split[1])) or "value", split[2].lower()
            found.setdefault(key, {})[name] = (split[3], split[4])
    whole = {
        (m.stem, m.wave) for name, m in read.items() if not any(name in f for f in found.values())
    }
    return {
        name: Mark(name, stem, f"{word}{before}.{behind}", False, likely=True)
        for (stem, word), headers in found.items()
        if all(behind in PARTS_OF_ONE for _, behind in headers.values())
        and any((stem, f"{word}{before}") in whole for before, _ in headers.values())
        for name, (before, behind) in headers.items()
    }


def _glued(names: Iterable[str]) -> dict[str, Mark]:
    """`prewt` and `postwt`, `wtpre` and `wtpost`: one measure before and after, when both are there."""
    found: dict[str, dict[str, str]] = {}
    for name in names:
        low = name.strip().lower()
        front, behind = GLUED.match(low), GLUED_BEHIND.match(low)
        for wave, stem in [(front[1], front[2])] if front else []:
            found.setdefault("_".join(parts(stem)), {})[wave] = name
        for stem, wave in [(behind[1], behind[2])] if behind and not front else []:
            found.setdefault("_".join(parts(stem)), {})[wave] = name
    return {
        name: Mark(name, stem, wave, False, likely=True)
        for stem, waves in found.items()
        if {"pre", "post"} <= set(waves)
        for wave, name in waves.items()
    }


def _items_within(marks: list[Mark]) -> list[Mark]:
    """`pre.1, pre.2, post.1, post.2`: the same numbers after each word of time are items of it, though doubtful."""
    known = {*lists()["waves"]["known"], *lists()["waves"]["known_ru"]}
    numbers: dict[str, set[str]] = {}
    for mark in marks:
        split = parts(mark.wave)
        if mark.stem != "value" or len(split) != 2 or split[0] not in known:
            return marks
        numbers.setdefault(split[0], set()).add(split[1])
    counted = {frozenset(found) for found in numbers.values()}
    if len(numbers) < 2 or len(counted) > 1 or len(next(iter(counted))) < 2:
        return marks
    doubt = f"the numbers after {', '.join(numbers)} are taken as items; or are they times?"
    return [
        replace(mark, stem=f"item_{parts(mark.wave)[1]}", wave=parts(mark.wave)[0], doubt=doubt)
        for mark in marks
    ]


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
