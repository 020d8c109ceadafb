"""Waves in their order: by number, by words of time, by date, by first appearance."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from analysis.importing.columns import NUMBER, Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.slips import usual_waves
from analysis.importing.words import lists, parts

DECIMAL = re.compile(r"\d+(?:[.,]\d+)?")


def in_order(wave: Column, columns: Mapping[str, Column], guesses: Guesses) -> list[str]:
    """The values of the wave column, first to last, without those that look like slips."""
    wave = usual_waves(wave, guesses)
    values = wave.values
    for told, sure, why in (
        (_by_number(values), SURE, "they are numbers"),
        (_by_numbers_within(values), SURE, "they hold numbers"),
        (_by_labels(wave), SURE, "the codes of their labels"),
        (_by_words(values), SURE, "words of time"),
        (_by_calendar(values), UNSURE, "months of a year; the year may have turned between them"),
        (_by_date(wave, columns), LIKELY, "the dates in their rows"),
    ):
        if told is not None:
            guesses.add("order of waves", ", ".join(told), sure, why)
            return told
    guesses.add("order of waves", ", ".join(values), UNSURE, "as they first appear in the file")
    return values


def _by_number(values: Sequence[str]) -> list[str] | None:
    if all(NUMBER.match(value) for value in values):
        return sorted(values, key=lambda value: float(value.replace(",", ".")))
    return None


def _by_numbers_within(values: Sequence[str]) -> list[str] | None:
    """`T1, T2`, `month_3`, `week 12`, `t0.5`: one number each, all after the same word; words of the start come first."""
    keys: dict[str, tuple[int, float]] = {}
    stems = set()
    starts = {*lists()["waves"]["known"][:12], *lists()["waves"]["known_ru"][:9]}
    for value in values:
        numbers = DECIMAL.findall(value)
        split = parts(DECIMAL.sub(" ", value))
        if not numbers and set(split) & starts:
            keys[value] = (0, 0)
        elif len(numbers) == 1:
            keys[value] = (1, float(numbers[0].replace(",", ".")))
            stems.add(" ".join(split))
        else:
            return None
    if len(stems) != 1 or len(set(keys.values())) < len(values):
        return None
    return sorted(values, key=lambda value: keys[value])


def _by_labels(wave: Column) -> list[str] | None:
    order = [label for _, label in wave.labels]
    return [v for v in order if v in wave.values] if set(wave.values) <= set(order) else None


def _by_words(values: Sequence[str]) -> list[str] | None:
    for name in ("known", "known_ru"):
        known = lists()["waves"][name]
        places = {
            value: [known.index(part) for part in parts(value) if part in known] for value in values
        }
        places = {
            v: p or ([known.index(v.lower())] if v.lower() in known else [])
            for v, p in places.items()
        }
        if all(places.values()) and len({min(p) for p in places.values()}) == len(values):
            return sorted(values, key=lambda value: min(places[value]))
    return None


def _by_calendar(values: Sequence[str]) -> list[str] | None:
    months = lists()["waves"]["months"]
    places = {
        value: months.index(value.lower()[:3]) for value in values if value.lower()[:3] in months
    }
    return sorted(values, key=lambda value: places[value]) if len(places) == len(values) else None


def _by_date(wave: Column, columns: Mapping[str, Column]) -> list[str] | None:
    for column in columns.values():
        if column.date_format:
            middle = column.dates.groupby(wave.cells.to_numpy()).median().dropna()
            if set(middle.index) == set(wave.values) and middle.is_unique:
                return [str(name) for name in middle.sort_values().index]
    return None
