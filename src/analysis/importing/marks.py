"""Headers taken apart: which measure they belong to, and which wave they name."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import replace

from analysis.importing.columns import Column
from analysis.importing.times import YEAR, Mark, readings
from analysis.importing.words import lists, parts

MOST_STEPS = 10
MOST_ALONE = 4  # numbered columns of one stem that may be waves as well as items
ITEM_WORDS = ("item", "items", "q", "question", "v", "var", "i", "it", "пункт", "вопрос", "п")
PARTS_OF_ONE = (
    "5",
    "25",
    "50",
    "75",
)  # what stands behind the point of a time; items count 1, 2, 3
GLUED = re.compile(r"(pre|post|followup|fup)(?=[^\W\d_])(.+)$")
GLUED_BEHIND = re.compile(r"(.*[^\W\d_])(pre|post|followup|fup)$")


def marked(columns: Mapping[str, Column], family: str) -> list[Mark]:
    """The headers that name a wave. Words of time count before bare numbers, which may count items instead."""
    names = [name for name in columns if name != family]
    read = _chosen([found for name in names for found in [readings(name)] if found])
    read |= _decimals(read)
    read |= _glued([n for n in names if columns[n].numeric and (n not in read or read[n].plain)])
    marks = [read[name] for name in names if name in read]
    told = _repeated([mark for mark in marks if not mark.plain])
    if told:
        return _items_within(told)
    plain = _alike(_repeated([mark for mark in marks if mark.plain]))
    if plain and all(YEAR.match(mark.wave) for mark in plain):
        return [replace(mark, plain=False, likely=True) for mark in plain]
    from_nought = any(mark.wave == "0" for mark in plain)
    return [] if _stepped(columns, plain) and not from_nought else plain


def perhaps(columns: Mapping[str, Column], family: str) -> str:
    """Why numbered headers that are taken as items might be waves all the same; "" when nothing speaks for it."""
    read = [mark for name in columns if name != family for mark in readings(name) if mark.plain]
    read = [mark for mark in read if columns[mark.header].numeric]
    waves = _waves_of(_repeated(read))
    same: dict[frozenset[str], list[str]] = {}
    for stem, found in waves.items():
        same.setdefault(frozenset(found), []).append(stem)
    for numbers, stems in same.items():
        items = any(part in ITEM_WORDS for stem in stems for part in parts(stem))
        twice = all(parts(stem)[-1:] and parts(stem)[-1].isdigit() for stem in stems)
        few = len(numbers) <= MOST_ALONE
        if (len(stems) > 1 and (twice or not items)) or (few and not items):
            told = ", ".join(sorted(numbers, key=int))
            return f"the numbers {told} after {', '.join(stems)} are taken as items; or are they waves?"
    return ""


def _chosen(read: list[list[Mark]]) -> dict[str, Mark]:
    """One reading for each header: of those whose measure has several waves, the plainest; of equals, what makes a whole grid."""
    waves = _waves_of([mark for found in read for mark in found])
    kept = [[m for m in found if m.plain or len(waves[m.stem]) > 1] or found[:1] for found in read]
    best = [[m for m in found if m.rank == found[0].rank] for found in kept]
    last, first = [found[0] for found in best], [found[-1] for found in best]
    tied = [a for a, b in zip(last, first, strict=True) if a != b]
    if not tied:
        return {mark.header: mark for mark in last}
    if _whole(first) and not _whole(last):
        return {mark.header: mark for mark in first}
    if _whole(last) and not _whole(first):
        return {mark.header: mark for mark in last}
    doubt = f"{tied[0].header!r} names two times: is {tied[0].wave} the wave?"
    return {m.header: replace(m, doubt=doubt) if m in tied else m for m in last}


def _whole(marks: list[Mark]) -> bool:
    """Whether all measures stand there at the same waves, two or more."""
    waves = {frozenset(found) for found in _waves_of([m for m in marks if not m.plain]).values()}
    return len(waves) == 1 and len(next(iter(waves))) > 1


def _stepped(columns: Mapping[str, Column], marks: list[Mark]) -> bool:
    """Whether all these columns hold a few whole numbers, as answers to items do."""
    steps = [len(columns[mark.header].values) for mark in marks if columns[mark.header].whole]
    return bool(steps) and max(steps) <= MOST_STEPS and len(steps) == len(marks)


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
    plain = [mark for name in rest for mark in readings(name) if mark.plain]
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
    return [
        mark
        for stem in dict.fromkeys(mark.stem for mark in marks)
        for mark in _items_of([mark for mark in marks if mark.stem == stem])
    ]


def _items_of(marks: list[Mark]) -> list[Mark]:
    known = {*lists()["waves"]["known"], *lists()["waves"]["known_ru"]}
    numbers: dict[str, set[str]] = {}
    for mark in marks:
        split = parts(mark.wave)
        if len(split) != 2 or split[0] not in known:
            return marks
        numbers.setdefault(split[0], set()).add(split[1])
    counted = {frozenset(found) for found in numbers.values()}
    if len(numbers) < 2 or len(counted) > 1 or len(next(iter(counted))) < 2:
        return marks
    doubt = f"the numbers after {', '.join(numbers)} are taken as items; or are they times?"
    stem = "item" if marks[0].stem == "value" else marks[0].stem
    return [
        replace(mark, stem=f"{stem}_{parts(mark.wave)[1]}", wave=parts(mark.wave)[0], doubt=doubt)
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
