"""What the other columns are: centre, curator, date and risk level. The items of scales are in `items`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from analysis import record_schema
from analysis.importing.columns import Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.slips import CHECKED, plain
from analysis.importing.wide import Long
from analysis.importing.words import better_end, fits, lists

MOST_LEVELS = 7
MOST_CODES = 10  # more numbers than this may be years or sizes as well as places
STEADY, MOSTLY, KNOWN = 0.98, 0.75, 0.9  # shares of families, of families, of cells
YES_OR_NO = (["no", "yes"], ["n", "y"], ["нет", "да"], ["false", "true"], ["absent", "present"])
EARLIEST = pd.Timestamp(record_schema.EARLIEST)  # a rating with an older date would be refused


@dataclass(frozen=True)
class Levels:
    """An ordered outcome: its column, its levels best to worst, their labels, and what a reader calls it."""

    column: str
    levels: tuple[str, ...]
    labels: Mapping[str, str]
    title: str = ""


def place(long: Long, kind: str, guesses: Guesses) -> str:
    """The column of that kind (`centre`, `curator`), "" when there is none.

    It must hold the same value for nearly all rows of a family (for most, where the header is the word itself), or
    a curator at least fewer values than families.
    """
    families = len(long.columns[long.family].values)
    scored = {
        name: fits(name, kind)
        for name, column in long.columns.items()
        if name not in (long.family, long.wave)
        and column.values
        and not column.date_format
        and (column.whole or not column.numeric)
        and fits(name, kind) >= 0.4
        and len(column.values) < families + (fits(name, kind) == 1)
    }
    if not scored:
        return ""
    best = max(scored, key=lambda name: scored[name])
    same = steadiness(long, long.columns[best]) if kind == "centre" else 1
    if same < (MOSTLY if scored[best] == 1 else STEADY):
        return ""
    if same < STEADY:
        why = "the header says so, but some families have two; spelt in two ways, or moved?"
        guesses.add(kind, best, UNSURE, why)
        return best
    column, sure, why = long.columns[best], SURE if scored[best] == 1 else LIKELY, ""
    if column.numeric and not column.labels and (len(column.values) > MOST_CODES or same < 1):
        sure, why = UNSURE, f"; {len(column.values)} numbers: do they name places or people?"
        if kind == "centre":
            why = f"; {len(column.values)} numbers: do they name places, or count something?"
    guesses.add(kind, best, sure, f"the header says so{why}")
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
    column = long.columns[best]
    ambiguous = column.day_or_month
    odd = sorted(set(column.cells[column.cells.notna() & column.dates.isna()]))
    why = f"written as {form}"
    why += ", day before month: no value says otherwise" if ambiguous else ""
    why += f"; not so: {', '.join(odd)}; {CHECKED}" if odd else ""
    unsure = ambiguous or odd
    guesses.add("date", best, UNSURE if unsure else SURE if dates[best] >= 1 else LIKELY, why)
    return best


def steady(long: Long, column: Column) -> bool:
    """Whether a column holds one value per family, in nearly all families."""
    return steadiness(long, column) >= STEADY


def steadiness(long: Long, column: Column) -> float:
    """Share of the families in which a column holds one value."""
    frame = pd.DataFrame(
        {"family": long.columns[long.family].cells, "value": column.cells}
    ).dropna()
    return float(frame.groupby("family", sort=False)["value"].nunique().le(1).mean())


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
    stems = [stem(column) for column in free]
    for column in free:
        if len(column.values) > MOST_LEVELS or fits(column.name, "row") == 1:
            continue
        if column.numeric and column.labels and stems.count(stem(column)) > 1:
            continue  # answers of a scale about risk, each with its labels
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
    labels, title = dict(long.columns[best].labels), long.columns[best].title
    return Levels(best, tuple(order), {level: labels.get(level, level) for level in order}, title)


def stem(column: Column) -> str:
    """The header without the number behind it, by which items of one scale are told."""
    found = re.match(r"^(.*?)[\s_.\-]*\d+[a-zа-я]?$", column.name)
    return found[1] if found and found[1] else column.name


def steady_background(long: Long, column: Column) -> bool:
    """Whether a column is what a family brings and keeps: sex, treatment, age at the start."""
    return _repeats(long) and (steady(long, column) or fits(column.name, "background") == 1)


def _best_first(column: Column) -> tuple[list[str] | None, str, str]:
    shown = dict(column.labels)
    words = {value: plain(shown.get(value, value)) for value in column.values}
    known = _known_levels(column, words)
    if known:
        fitting = [value for value in column.values if words[value] in known]
        order = sorted(fitting, key=lambda value: known.index(words[value]))
        odd = [value for value in column.values if value not in fitting]
        end = better_end([column.name]) if known in YES_OR_NO else "lower"
        order = order[::-1] if end == "higher" else order
        if odd:
            why = f"ordered words but for {', '.join(odd)}; {CHECKED}"
            return order, UNSURE, why + ("" if end else f"; {_taken(known[0])}")
        if known not in YES_OR_NO:
            return order, SURE, "ordered words"
        told = f"{column.name!r} says which is good"
        return order, LIKELY if end else UNSURE, told if end else _taken(known[0])
    if column.labels and fits(column.name, "risk"):
        order = [code for code, _ in column.labels if code in column.values]
        return order, UNSURE, "codes in their order; lower is taken as better"
    if set(column.values) == {"0", "1"}:
        end = better_end([column.name])
        order = ["1", "0"] if end == "higher" else ["0", "1"]
        return (
            order,
            LIKELY if end else UNSURE,
            "0 and 1" if end else f"0 and 1; {_taken('0')}",
        )
    return None, UNSURE, ""


def _taken(level: str) -> str:
    return f"{level!r} is taken as better, which nothing says; turn the levels if it is not"


def _known_levels(column: Column, words: Mapping[str, str]) -> list[str]:
    """The list of ordered words that all cells fit, or most of them where the header speaks of an outcome; [] if none."""
    named = max(fits(column.name, "risk"), fits(column.name, "outcome"))
    fit = {}
    for at, known in enumerate(lists()["levels"]["known"]):
        fitting = [value for value, word in words.items() if word in known]
        share = column.share(fitting)
        if share == 1 or (named and share >= KNOWN and len(fitting) > 1):
            fit[at] = share
    return lists()["levels"]["known"][max(fit, key=lambda at: fit[at])] if fit else []
