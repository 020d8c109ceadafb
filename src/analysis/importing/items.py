"""Scales and their items, and measures of one column: which numbers belong together, their ends, which end is good."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.importing.columns import NUMBER, Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.roles import steady_background, stem
from analysis.importing.slips import CHECKED, impossible, usual_numbers
from analysis.importing.wide import Long
from analysis.importing.words import better_end, fits, parts

MOST_STEPS = 12
FEWEST = 10  # people from whom a correlation of items is told at all
TURNED, PLAINLY = -0.25, -0.5  # item-rest correlations: turned but unsure, turned and likely
TOGETHER = 0.15  # mean inter-item correlation; Clark & Watson (1995) ask of a scale 0.15 to 0.50
OUTSIDE = 0.05  # share of ratings that may lie outside the labels of their codes
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
        if name not in used and _rates(column) and column.numbers.nunique() > 1
    ]
    for column in list(free):
        if steady_background(long, column) or fits(column.name, "background") == 1:
            free.remove(column)
            why = "the same at every wave of a family, or something a family brings with it"
            if column.name in long.once:
                why = "its header names no wave, so it stands once for each family"
            guesses.add("left out", column.name, LIKELY, why)
    groups: dict[str, list[Column]] = {}
    for column in free:
        groups.setdefault(stem(column), []).append(column)
    measures = []
    for shared, members in groups.items():
        stepped = [column for column in members if column.numbers.nunique() <= MOST_STEPS]
        if len(stepped) >= 2 and _one_range(stepped):
            measures.append(_scale(shared, stepped, long, guesses))
            members = [column for column in members if column not in stepped]
        measures += [_single(column, guesses) for column in members]
    return measures


def _rates(column: Column) -> bool:
    """Whether a column may hold ratings: numbers, and no date, no number or name of a row."""
    if not column.numeric or fits(column.name, "date") >= 0.7:
        return False
    differ = len(column.values) == len(column.filled)
    plainly = column.name.strip().lower().startswith(("row", "unnamed"))
    return fits(column.name, "row") < 1 or not (differ or plainly)


def _one_range(items: Sequence[Column]) -> bool:
    """Items of one scale have ends that do not lie far apart."""
    usual = usual_numbers(items)
    told = {item.name: _ends([item]) for item in items}
    tops = [
        told[item.name][1] if told[item.name][2] else item.numbers[item.numbers.isin(usual)].max()
        for item in items
    ]
    return max(tops) - min(tops) <= max(2, max(tops) / 2)


def _scale(shared: str, items: Sequence[Column], long: Long, guesses: Guesses) -> Measure:
    numbers = pd.DataFrame({item.name: item.numbers for item in items})
    low, high, told = _ends(items)
    sure = SURE if told else LIKELY
    name = _plain(shared)
    guesses.add(
        f"scale {name}",
        f"{len(items)} items, {low:g} to {high:g}",
        sure,
        "one stem, numbered; ends " + ("from the labels" if told else "as they occur"),
    )
    _doubtful(name, items, (low, high), told, guesses)
    reverse = _turned(name, _of_one_wave(numbers, long), guesses)
    whole = all(item.whole for item in items)
    items_of = tuple(str(item) for item in numbers)
    end = _end(name, [shared], guesses)
    label, turned = _label(shared), tuple(reverse)
    return Measure(name, label, items_of, items_of, low, high, end, turned, whole, not told)


def _ends(items: Sequence[Column]) -> tuple[float, float, bool]:
    """Lowest and highest rating, and whether value labels tell them; else they are those that occur.

    Labels tell them when next to no rating lies outside: three of 55 where 1 to 5 have labels are slips, forty are not.
    """
    stepped = all(item.numbers.nunique() <= MOST_STEPS for item in items)
    usual = usual_numbers(items) if stepped else pd.concat([item.numbers for item in items])
    low, high = float(usual.min()), float(usual.max())
    coded = [float(code) for item in items for code, _ in item.labels if NUMBER.match(code)]
    if len(set(coded)) < 2:
        return low, high, False
    pooled = pd.concat([item.numbers for item in items]).dropna()
    outside = int((~pooled.between(min(coded), max(coded))).sum())
    if outside > max(1, OUTSIDE * len(pooled)):
        return min(low, *coded), max(high, *coded), False
    return min(coded), max(coded), True


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


def _of_one_wave(numbers: pd.DataFrame, long: Long) -> pd.DataFrame:
    """One row per person: the ratings of the wave in which most people have any."""
    who, when = (long.columns[name].cells.to_numpy() for name in (long.family, long.wave))
    rated = numbers.assign(**{"\0who": who, "\0when": when})
    rated = rated[numbers.notna().any(axis=1).to_numpy()].dropna(subset=["\0who", "\0when"])
    rated = rated.drop_duplicates(["\0who", "\0when"])
    if rated.empty:
        return numbers.iloc[:0]
    return rated.loc[rated["\0when"] == rated["\0when"].mode().iloc[0], list(numbers)]


def _turned(name: str, numbers: pd.DataFrame, guesses: Guesses) -> list[str]:
    """The items to be turned, said with their correlations; and a doubt where items do not hang together."""
    against = _against(numbers)
    found = ", ".join(f"{item} ({r:.2f})" for item, r in against.items())
    if against:
        sure = LIKELY if max(against.values()) < PLAINLY else UNSURE
        why = "goes against the rest of the scale: item-rest correlation, one rating per person"
        guesses.add(f"scale {name}", f"{found} turned", sure, f"{why}; is it worded so?")
    signs = [-1 if item in against else 1 for item in numbers]
    related = (numbers * signs).corr().to_numpy()
    pairs = related[np.triu_indices(len(related), 1)]
    mean = round(float(np.nanmean(pairs)), 2) + 0.0 if np.isfinite(pairs).any() else 0.0
    if len(numbers) >= FEWEST and mean < TOGETHER:
        why = f"their mean correlation is {mean:.2f}; a scale has {TOGETHER} or more"
        said = f"{len(signs)} items that may not form one scale"
        guesses.add(f"scale {name}", said, UNSURE, f"{why}; if not one, declare each by itself")
    return list(against)


def _against(numbers: pd.DataFrame) -> dict[str, float]:
    """Items that plainly go against the rest, each with its item-rest correlation.

    Candidates load on the first principal component against most others. Of these stay the ones whose correlation
    with the mean of the rest, the item left out, is below `TURNED` with its whole 95% Fisher interval below 0.
    """
    if numbers.shape[1] < 3 or len(numbers) < FEWEST:
        return {}
    related = numbers.corr().fillna(0).to_numpy()
    _, vectors = np.linalg.eigh(related)
    first = vectors[:, -1] * (1 if np.median(vectors[:, -1]) >= 0 else -1)
    turned = [str(item) for item, weight in zip(numbers, first, strict=True) if weight < -0.1]
    while turned:
        rest = numbers * [-1 if item in turned else 1 for item in numbers]
        found = {item: _item_rest(numbers[item], rest.drop(columns=item)) for item in turned}
        weakest = max(found, key=lambda item: found[item][1])
        r, upper = found[weakest]
        if r < TURNED and upper < 0:
            break
        turned.remove(weakest)
    kept = {item: found[item][0] for item in turned}
    return kept if len(kept) < numbers.shape[1] / 2 else {}


def _item_rest(item: pd.Series, rest: pd.DataFrame) -> tuple[float, float]:
    """Correlation of an item with the mean of the others, and the upper end of its 95% Fisher interval."""
    both = pd.DataFrame({"item": item, "rest": rest.mean(axis=1)}).dropna()
    if len(both) < FEWEST or both["item"].nunique() < 2 or both["rest"].nunique() < 2:
        return 0.0, 1.0
    r = float(np.clip(both["item"].corr(both["rest"]), -0.999999, 0.999999))
    return r, float(np.tanh(np.arctanh(r) + 1.959964 / np.sqrt(len(both) - 3)))


def _label(stem: str) -> str:
    """What a reader sees: the header's own words, the first with a capital."""
    words = " ".join(re.split(r"[_.\s]+", stem)).strip(" -:")
    return words[:1].upper() + words[1:] if words else stem


def _plain(stem: str) -> str:
    return "_".join(parts(stem)) or "score"
