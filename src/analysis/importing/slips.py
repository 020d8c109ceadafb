"""Single cells that differ from all others in a column: capitals made one, a wave that hardly occurs, an impossible rating.

What is not plainly the same is never changed here; it stays as it was written, for `casework check` to name its row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from analysis.importing.columns import NUMBER, Column
from analysis.importing.guess import LIKELY, UNSURE, Guesses
from analysis.importing.words import fits, lists, parts

MOST_WORDS = 60
RARE, OFTEN = 2, 20  # rows of a wave, or cells, that may be a slip, and of the others
WIDEST = 12  # from the lowest to the highest rating of a stepped item; counts of things go further
LOW_CODES = (-1, -7, -8, -9, -88, -98, -99, -999)
PLAIN_CODES = (-99, -999)  # told among few ratings, too
FEWEST = 3
FAR = 3  # widths of numbers that are no steps from which 99 lies above them all
HIGH_CODES = (9, 77, 88, 97, 98, 99, 777, 888, 998, 999, 9999)
MISSING_GAP = 2  # of a negative code from the lowest value: -1 below 0 is a step like any other
NO_RATINGS = ("family", "wave", "centre", "curator", "date", "row", "background")
CHECKED = "`casework check` names the rows"


def folded(columns: Mapping[str, Column], guesses: Guesses) -> dict[str, Column]:
    """Columns of waves and levels with words that differ only in capitals and blanks written as most rows have them."""
    return {name: _folded(column, guesses) for name, column in columns.items()}


def _folded(column: Column, guesses: Guesses) -> Column:
    named = max(fits(column.name, kind) for kind in ("wave", "risk", "outcome"))
    if column.numeric or not 2 <= len(column.values) <= MOST_WORDS:
        return column
    if not named and not _ordered_words(column):
        return column
    usual: dict[str, str] = {}
    for value in column.counts:  # most frequent first
        usual.setdefault(plain(value), value)
    changed = {
        value: usual[plain(value)] for value in column.values if value != usual[plain(value)]
    }
    if not changed:
        return column
    rows = sum(column.counts[value] for value in changed)
    said = ", ".join(f"{was!r} as {now!r}" for was, now in changed.items())
    guesses.add(f"spelling in {column.name}", said, LIKELY, f"only capitals differ; rows: {rows}")
    return replace(column, cells=column.cells.map(lambda v: changed.get(v, v), na_action="ignore"))


def plain(word: str) -> str:
    """A word without capitals and with single blanks."""
    return " ".join(word.casefold().split())


def _ordered_words(column: Column) -> bool:
    known = {word for words in lists()["levels"]["known"] for word in words}
    known |= {*lists()["waves"]["known"], *lists()["waves"]["known_ru"]}
    return column.share({value for value in column.values if plain(value) in known}) >= 0.9


def usual_waves(wave: Column, guesses: Guesses) -> Column:
    """The waves without words that stand in one or two rows while every other stands in many."""
    rare = [value for value in wave.values if wave.counts[value] <= RARE and _no_time(value)]
    rest = [count for value, count in wave.counts.items() if value not in rare]
    if not rare or len(rest) < 2 or min(rest) < OFTEN:
        return wave
    found = ", ".join(f"{value!r} in {wave.counts[value]} row(s)" for value in rare)
    guesses.add("not taken as waves", found, UNSURE, f"slips of the pen? {CHECKED}")
    return replace(wave, cells=wave.cells.where(~wave.cells.isin(rare), None))


def _no_time(value: str) -> bool:
    known = {*lists()["waves"]["known"], *lists()["waves"]["known_ru"]}
    numbered = NUMBER.match(value) or any(letter.isdigit() for letter in value)
    return not numbered and not any(part in known for part in parts(value))


def usual_numbers(items: Sequence[Column]) -> pd.Series:
    """All ratings of stepped items, without one or two that lie further from the rest than the rest is wide."""
    pooled = pd.concat([item.numbers for item in items], ignore_index=True).dropna()
    counts = pooled.value_counts().sort_index()
    for end in (-1, 0):
        while len(counts) > 2:
            rest = counts.drop(counts.index[end])
            gap, width = abs(counts.index[end] - rest.index[end]), rest.index[-1] - rest.index[0]
            few = counts.iloc[end] <= RARE and rest.sum() >= OFTEN
            if not few or not width < gap or width > WIDEST:
                break
            counts = rest
    return pooled[pooled.isin(counts.index)]


def coded_missing(columns: Mapping[str, Column], guesses: Guesses) -> dict[str, Column]:
    """Columns in which a usual code for no answer, such as 99 among ratings of 1 to 5, is empty; each is said."""
    return {name: _without_codes(column, guesses) for name, column in columns.items()}


def _without_codes(column: Column, guesses: Guesses) -> Column:
    if not column.numeric or any(_named(column.name, kind) for kind in NO_RATINGS):
        return column
    numbers = column.numbers.dropna()
    rest = numbers[~numbers.isin([*LOW_CODES, *HIGH_CODES])]
    if len(rest) < FEWEST or rest.nunique() < 2:
        return column
    low, high = rest.min(), rest.max()
    known = LOW_CODES if len(rest) >= OFTEN else PLAIN_CODES
    width = 0 if low >= 0 else high - low  # below 0 a code must lie apart from numbers of its kind
    codes = [code for code in known if low - code >= max(width, MISSING_GAP)]
    many = column.whole and len(rest) >= OFTEN
    apart = max(high - low, 2) * (1 if high - low <= WIDEST else FAR)
    codes += [code for code in HIGH_CODES if many and code - high >= apart]
    labelled = {code for code, _ in column.labels}
    found = sorted(code for code in set(codes) & set(numbers) if f"{code:g}" not in labelled)
    if not found:
        return column
    said = ", ".join(f"{code:g}" for code in found)
    cells = int(numbers.isin(found).sum())
    why = (
        f"far from all others, {low:g} to {high:g}, and a usual code for no answer; cells: {cells}"
    )
    guesses.add(f"left empty in {column.name}", said, UNSURE if 9 in found else LIKELY, why)
    return replace(column, cells=column.cells.where(~column.numbers.isin(found), None))


def _named(header: str, kind: str) -> bool:
    """Whether a header is of that kind; of family or wave only when it speaks of nothing else: `week 2 mood` is a rating."""
    if kind not in ("family", "wave"):
        return fits(header, kind) > 0
    words = [part for part in parts(header) if not part.isdigit()]
    return fits(header, kind) > 0 and all(fits(word, kind) == 1 for word in words)


def impossible(items: Sequence[Column], low: float, high: float) -> list[str]:
    """Ratings outside the ends, and words where a number should stand, as `item: value`."""
    found = []
    for item in items:
        outside = [v for v in item.values if not NUMBER.match(v)]
        outside += [f"{v:g}" for v in item.numbers.dropna().unique() if not low <= v <= high]
        found += [f"{item.name}: {value}" for value in outside]
    return found
