"""Scales and their items, and measures of one column: which numbers belong together, their ends, which end is good."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.importing.columns import NUMBER, Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.roles import steady_background
from analysis.importing.slips import CHECKED, impossible, usual_numbers
from analysis.importing.wide import Long
from analysis.importing.words import better_end, fits, parts

MOST_STEPS = 12
ENDS = "ends of "  # what a guess of ends begins with


@dataclass(frozen=True)
class Measure:
    """A scale as it will be declared; `columns` are its items as the file calls them."""

    name: str
    label: str
    items: tuple[str, ...]
    columns: tuple[str, ...]
    low: float
    high: float
    better: str
    reverse: tuple[str, ...]
    whole: bool
    ends_guessed: bool = False  # its ends are only the values that occur


def scales(long: Long, taken: Iterable[str], guesses: Guesses) -> list[Measure]:
    """Numeric columns that change over waves: items of one stem and range together, every other one a measure by itself."""
    used = set(taken)
    free = [
        column
        for name, column in long.columns.items()
        if name not in used and column.numeric and column.numbers.nunique() > 1
    ]
    for column in list(free):
        if steady_background(long, column) or fits(column.name, "background") == 1:
            free.remove(column)
            guesses.add(
                "left out",
                column.name,
                LIKELY,
                "the same at every wave of a family, or something a family brings with it",
            )
    groups: dict[str, list[Column]] = {}
    for column in free:
        groups.setdefault(_stem(column), []).append(column)
    measures = []
    for stem, members in groups.items():
        stepped = [column for column in members if column.numbers.nunique() <= MOST_STEPS]
        if len(stepped) >= 2 and _one_range(stepped):
            measures.append(_scale(stem, stepped, guesses))
            members = [column for column in members if column not in stepped]
        measures += [_single(column, guesses) for column in members]
    return measures


def _stem(column: Column) -> str:
    found = re.match(r"^(.*?)[\s_.\-]*\d+[a-zа-я]?$", column.name)
    return found[1] if found and found[1] else column.name


def _one_range(items: Sequence[Column]) -> bool:
    """Items of one scale have ends that do not lie far apart."""
    usual = usual_numbers(items)
    tops = [item.numbers[item.numbers.isin(usual)].max() for item in items]
    return max(tops) - min(tops) <= max(2, max(tops) / 2)


def _scale(stem: str, items: Sequence[Column], guesses: Guesses) -> Measure:
    numbers = pd.DataFrame({item.name: item.numbers for item in items})
    low, high, told = _ends(items)
    sure = SURE if told else LIKELY
    name = _plain(stem)
    guesses.add(
        f"scale {name}",
        f"{len(items)} items, {low:g} to {high:g}",
        sure,
        "one stem, numbered; ends " + ("from the labels" if told else "as they occur"),
    )
    _doubtful(name, items, (low, high), told, guesses)
    reverse = _against(numbers)
    if reverse:
        guesses.add(
            f"scale {name}",
            f"{', '.join(reverse)} turned",
            LIKELY,
            "goes against the rest of the scale",
        )
    whole = all(item.whole for item in items)
    items_of = tuple(str(item) for item in numbers)
    end = _end(name, [stem], guesses)
    label, turned = _label(stem), tuple(reverse)
    return Measure(name, label, items_of, items_of, low, high, end, turned, whole, not told)


def _ends(items: Sequence[Column]) -> tuple[float, float, bool]:
    """Lowest and highest rating, and whether value labels tell them; else they are those that occur."""
    stepped = all(item.numbers.nunique() <= MOST_STEPS for item in items)
    usual = usual_numbers(items) if stepped else pd.concat([item.numbers for item in items])
    low, high = float(usual.min()), float(usual.max())
    coded = [float(code) for item in items for code, _ in item.labels if NUMBER.match(code)]
    if len(coded) < 2:
        return low, high, False
    return min([low, *coded]), max([high, *coded]), True


def _doubtful(
    name: str, items: Sequence[Column], ends: tuple[float, float], told: bool, guesses: Guesses
) -> None:
    """Say which ratings cannot be, and that ends which only occur may not be the ends."""
    odd = impossible(items, *ends)
    if odd:
        guesses.add(f"impossible in {name}", ", ".join(odd), UNSURE, f"kept as they are; {CHECKED}")
    if not told:
        said = f"{ends[0]:g} to {ends[1]:g}"
        why = "only the values that occur; write the true ends and delete `ends_guessed`"
        guesses.add(f"{ENDS}{name}", said, UNSURE, why)


def _single(column: Column, guesses: Guesses) -> Measure:
    name = _plain(column.name)
    low, high, told = _ends([column])
    why = "a number that changes over waves; ends "
    why += "from the labels" if told else "as they occur"
    guesses.add(f"measure {name}", f"{low:g} to {high:g}", LIKELY, why)
    _doubtful(name, [column], (low, high), told, guesses)
    only, end = (column.name,), _end(name, [column.name, column.title], guesses)
    label = column.title or _label(column.name)
    return Measure(name, label, only, only, low, high, end, (), column.whole, not told)


def _end(name: str, told_by: Sequence[str], guesses: Guesses) -> str:
    end = better_end(told_by)
    why = "the name says so" if end else "nothing says which end is good; turn it if lower is"
    guesses.add(f"better end of {name}", end or "higher", LIKELY if end else UNSURE, why)
    return end or "higher"


def _against(numbers: pd.DataFrame) -> list[str]:
    """Items whose loading on the first principal component goes against that of most others."""
    if numbers.shape[1] < 3:
        return []
    related = numbers.corr().fillna(0).to_numpy()
    _, vectors = np.linalg.eigh(related)
    first = vectors[:, -1] * (1 if np.median(vectors[:, -1]) >= 0 else -1)
    found = [str(item) for item, weight in zip(numbers, first, strict=True) if weight < -0.1]
    return found if len(found) < numbers.shape[1] / 2 else []


def _label(stem: str) -> str:
    """What a reader sees: the header's own words, the first with a capital."""
    words = " ".join(re.split(r"[_.\s]+", stem)).strip(" -:")
    return words[:1].upper() + words[1:] if words else stem


def _plain(stem: str) -> str:
    return "_".join(parts(stem)) or "score"
