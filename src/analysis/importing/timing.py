"""Waves in their order: by number, by words of time, by date, by first appearance."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import pandas as pd

from analysis.importing.columns import NUMBER, Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.moments import days_after, in_digits, month_of
from analysis.importing.slips import usual_waves
from analysis.importing.words import lists, parts

DECIMAL = re.compile(r"\d+(?:[.,]\d+)?")


def in_order(wave: Column, columns: Mapping[str, Column], guesses: Guesses) -> list[str]:
    """The values of the wave column, first to last, without those that look like slips."""
    wave = usual_waves(wave, guesses)
    values = wave.values
    for told, sure, why in (
        (_by_calendar(values, years=True), SURE, "months or quarters of years"),
        (_by_own_dates(wave), LIKELY, "they are dates"),
        (_by_number(values), SURE, "they are numbers"),
        (_by_numbers_within(values), SURE, "they hold numbers"),
        (_by_labels(wave), SURE, "the codes of their labels"),
        (_by_words(values), SURE, "words of time"),
        (_in_digits(values), SURE, "they hold numbers in words"),
        (_by_duration(values), SURE, "how long after the start"),
        (
            _after_the_end(values),
            LIKELY,
            "words of the start and the end, then how long after",
        ),
        (_by_calendar(values), UNSURE, "months of a year; the year may have turned between them"),
        (_by_mark(values), LIKELY, "the number of a wave stands in each"),
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
    starts = set(lists()["waves"]["first"])
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
    """By the first word of time in each; `fu1` and `fu2`, of one word, by their number."""
    for name in ("known", "known_ru"):
        known = lists()["waves"][name]
        keys: dict[str, tuple[int, float] | None] = {}
        for value in values:
            split = parts(value)
            places = [known.index(part) for part in split if part in known]
            places = places or ([known.index(value.lower())] if value.lower() in known else [])
            numbers = [float(part) for part in split if part.isdigit()]
            number = numbers[0] if len(numbers) == 1 else 0
            keys[value] = (min(places), number) if places else None
        order = _sorted(keys)
        if order:
            return order
    return None


def _in_digits(values: Sequence[str]) -> list[str] | None:
    """`Wave One`, `2nd visit`, `III`: by their numbers, which may be written in words."""
    digits = {in_digits(value): value for value in values}
    if len(digits) < len(values):
        return None
    order = _by_number(list(digits)) or _by_numbers_within(list(digits))
    return [digits[value] for value in order] if order else None


def _by_duration(values: Sequence[str]) -> list[str] | None:
    """`6 weeks`, `3 months`, `1 year`: by days; words of the start come first."""
    starts = set(lists()["waves"]["first"])
    days = {
        v: -1 if days_after(v) is None and starts & set(parts(v)) else days_after(v) for v in values
    }
    return _sorted(days)


def _after_the_end(values: Sequence[str]) -> list[str] | None:
    """`pre`, `post`, `6 months`: words of the start and the end, then how long after."""
    waves = lists()["waves"]
    words = {*waves["first"], *waves["later"]}
    known = [word if word in words else "" for word in (*waves["known"], *waves["known_ru"])]
    keys: dict[str, tuple[float, float] | None] = {}
    for value in values:
        days = days_after(value)
        places = [known.index(part) for part in parts(value) if part in known]
        keys[value] = (1, days) if days is not None else (0, min(places)) if places else None
    return _sorted(keys)


def _sorted(keys: Mapping[str, Any]) -> list[str] | None:
    """By their keys, when every one has a key of its own."""
    if None in keys.values() or len(set(keys.values())) < len(keys):
        return None
    return sorted(keys, key=lambda value: keys[value])


def _by_calendar(values: Sequence[str], *, years: bool = False) -> list[str] | None:
    """By year and month, where all speak of a year, or none does."""
    months = {value: month_of(value) for value in values}
    if any(month is None or (month[0] > 0) != years for month in months.values()):
        return None
    return _sorted(months)


def _by_own_dates(wave: Column) -> list[str] | None:
    if not wave.date_format:
        return None
    days = dict(zip(wave.cells, wave.dates, strict=True))
    return _sorted({value: None if pd.isna(days[value]) else days[value] for value in wave.values})


def _by_mark(values: Sequence[str]) -> list[str] | None:
    """`monitoring_wave1`, `w2_extra`: one number each behind a plain word for a wave."""
    strong = set(lists()["waves"]["strong"])
    keys = {}
    for value in values:
        pairs = [int(b) for a, b in pairwise(parts(value)) if a in strong and b.isdigit()]
        keys[value] = pairs[0] if len(pairs) == 1 else None
    return _sorted(keys)


def _by_date(wave: Column, columns: Mapping[str, Column]) -> list[str] | None:
    for column in columns.values():
        if column.date_format:
            middle = column.dates.groupby(wave.cells.to_numpy()).median().dropna()
            if set(middle.index) == set(wave.values) and middle.is_unique:
                return [str(name) for name in middle.sort_values().index]
    return None
