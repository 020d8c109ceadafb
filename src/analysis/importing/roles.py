"""What the other columns are: centre, curator, date, risk level, and the items of scales."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis import record_schema
from analysis.importing.columns import Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.wide import Long
from analysis.importing.words import better_end, fits, lists, parts

MOST_LEVELS, MOST_STEPS = 7, 12
EARLIEST = pd.Timestamp(record_schema.EARLIEST)  # a rating with an older date would be refused


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


@dataclass(frozen=True)
class Levels:
    """An ordered outcome: its column, its levels best to worst, and their labels."""

    column: str
    levels: tuple[str, ...]
    labels: Mapping[str, str]


def place(long: Long, kind: str, guesses: Guesses) -> str:
    """The column of that kind (`centre`, `curator`), "" when there is none.

    It must hold the same value for nearly all rows of a family, or a curator at least fewer values than families.
    """
    families = len(long.columns[long.family].values)
    scored = {
        name: fits(name, kind)
        for name, column in long.columns.items()
        if name not in (long.family, long.wave)
        and column.values
        and not column.date_format
        and fits(name, kind) >= 0.4
        and len(column.values) < families + (fits(name, kind) == 1)
    }
    if not scored:
        return ""
    best = max(scored, key=lambda name: scored[name])
    if kind == "centre" and not steady(long, long.columns[best]):
        return ""
    guesses.add(kind, best, SURE if scored[best] == 1 else LIKELY, "the header says so")
    return best


def date_column(long: Long, guesses: Guesses) -> str:
    """The date of the rating, "" when there is none; a date that never changes within a family is no date of a rating."""
    dates = {
        name: fits(name, "date") + (0 if fits(name, "background") else 0.1)
        for name, column in long.columns.items()
        if column.date_format
        and not (steady(long, column) and _repeats(long))
        and column.earliest >= EARLIEST
    }
    if not dates:
        return ""
    best = max(dates, key=lambda name: dates[name])
    form = long.columns[best].date_format
    ambiguous = form == "%d/%m/%Y"
    why = f"written as {form}" + (
        ", day before month: no value says otherwise" if ambiguous else ""
    )
    guesses.add("date", best, UNSURE if ambiguous else SURE if dates[best] >= 1 else LIKELY, why)
    return best


def steady(long: Long, column: Column) -> bool:
    """Whether a column holds one value per family, in nearly all families."""
    frame = pd.DataFrame(
        {"family": long.columns[long.family].cells, "value": column.cells}
    ).dropna()
    return bool(frame.groupby("family", sort=False)["value"].nunique().le(1).mean() >= 0.98)


def _repeats(long: Long) -> bool:
    return bool(long.columns[long.family].filled.duplicated().any())


def levels(long: Long, taken: Iterable[str], guesses: Guesses) -> Levels | None:
    """The risk level, or another outcome in a few ordered words; 0 and 1 when the header or the lack of any other measure says so."""
    used, found = set(taken), {}
    free = [
        column
        for name, column in long.columns.items()
        if name not in used
        and len(column.values) > 1
        and not steady_background(long, column)
        and fits(name, "background") < 1
    ]
    several = sum(column.numeric for column in free) > 1
    for column in free:
        if len(column.values) > MOST_LEVELS or fits(column.name, "row") == 1:
            continue
        order, sure, why = _best_first(column)
        named = max(fits(column.name, "risk"), fits(column.name, "outcome"))
        if order is None or (column.numeric and not column.labels and several and not named):
            continue
        rank = (fits(column.name, "risk"), named, not column.numeric)
        found[column.name] = (
            rank,
            order,
            sure if fits(column.name, "risk") or sure == UNSURE else LIKELY,
            why,
        )
    if not found:
        return None
    best = max(found, key=lambda name: found[name][0])
    _, order, sure, why = found[best]
    guesses.add("risk", f"{best}: {', '.join(order)} (best to worst)", sure, why)
    labels = dict(long.columns[best].labels)
    return Levels(best, tuple(order), {level: labels.get(level, level) for level in order})


def steady_background(long: Long, column: Column) -> bool:
    """Whether a column is what a family brings and keeps: sex, treatment, age at the start."""
    return _repeats(long) and (steady(long, column) or fits(column.name, "background") == 1)


def _best_first(column: Column) -> tuple[list[str] | None, str, str]:
    shown = dict(column.labels)
    words = {value: shown.get(value, value).lower().strip() for value in column.values}
    for known in lists()["levels"]["known"]:
        if set(words.values()) <= set(known):
            order = sorted(column.values, key=lambda value: known.index(words[value]))
            turned = (
                known in (["no", "yes"], ["n", "y"])
                or known == ["нет", "да"]
                or known == ["false", "true"]
            )
            if turned and better_end([column.name]) == "higher":
                return order[::-1], LIKELY, f"{column.name!r} sounds like something good"
            return order, LIKELY if turned else SURE, "ordered words"
    if column.labels and fits(column.name, "risk"):
        order = [code for code, _ in column.labels if code in column.values]
        return order, UNSURE, "codes in their order; lower is taken as better"
    if set(column.values) == {"0", "1"}:
        end = better_end([column.name])
        order = ["1", "0"] if end == "higher" else ["0", "1"]
        return (
            order,
            LIKELY if end else UNSURE,
            "0 and 1" if end else "0 and 1; 0 is taken as better",
        )
    return None, UNSURE, ""


def scales(long: Long, taken: Iterable[str], guesses: Guesses) -> list[Measure]:
    """Numeric columns that change over waves: items of one stem and range together, every other one a measure by itself."""
    used = set(taken)
    free = [
        column
        for name, column in long.columns.items()
        if name not in used and column.numeric and len(column.values) > 1
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
        stepped = [column for column in members if len(column.values) <= MOST_STEPS]
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
    tops = [item.numbers.max() for item in items]
    return max(tops) - min(tops) <= max(2, max(tops) / 2)


def _scale(stem: str, items: Sequence[Column], guesses: Guesses) -> Measure:
    numbers = pd.DataFrame({item.name: item.numbers for item in items})
    coded = [float(code) for item in items for code, _ in item.labels if _is_number(code)]
    low, high = float(numbers.min().min()), float(numbers.max().max())
    sure = SURE if coded else LIKELY
    if coded:
        low, high = min([low, *coded]), max([high, *coded])
    name = _plain(stem)
    guesses.add(
        f"scale {name}",
        f"{len(items)} items, {low:g} to {high:g}",
        sure,
        "one stem, numbered; ends " + ("from the labels" if coded else "as they occur"),
    )
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
    return Measure(name, _label(stem), items_of, items_of, low, high, end, tuple(reverse), whole)


def _single(column: Column, guesses: Guesses) -> Measure:
    name = _plain(column.name)
    numbers = column.numbers.dropna()
    low, high = float(numbers.min()), float(numbers.max())
    guesses.add(
        f"measure {name}",
        f"{low:g} to {high:g}",
        LIKELY,
        "a number that changes over waves; ends as they occur",
    )
    only, end = (column.name,), _end(name, [column.name], guesses)
    return Measure(name, _label(column.name), only, only, low, high, end, (), column.whole)


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


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
