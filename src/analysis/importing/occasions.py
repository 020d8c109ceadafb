"""Which column tells the ratings of a family apart, and what to do when none does."""

from __future__ import annotations

from collections.abc import Mapping
from statistics import median

import pandas as pd

from analysis.importing.columns import Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.wide import MOST_WAVES, NEARLY_ALL, Long, once
from analysis.importing.words import fits, lists, parts

MOST_DATES = 12  # different dates that can stand for waves
SHARED = 2  # rows that hold a value, in the middle, from which it is one of several families
ALIKE = 5  # rows of a wave from which a number that is the same in all of them says when
UPWARD = 0.95  # share of steps in which a time grows


def wave_column(
    columns: Mapping[str, Column], ids: pd.Series, family: str, least: float
) -> tuple[str, str] | None:
    """The column that tells the rows of a family apart, and how sure that is; in fewer rows only where its header fits."""
    named = set(lists()["waves"]["named"])
    found = {}
    for name, column in columns.items():
        few = 2 <= len(column.values) <= (MOST_DATES if column.date_format else MOST_WAVES)
        if name == family or not few or len(column.filled) < len(ids) * least:
            continue
        header = fits(name, "wave")
        if header < 1 and not _shared(column):
            continue
        if column.date_format and (header < 0.7 or not _shared(column)):
            continue
        fit = max(header, 0.8 * time_words(column))
        if fit and (fit >= 0.7 or least == NEARLY_ALL) and _tells_apart(ids, column, least):
            plainly = header >= 0.7 and bool(named & set(parts(name)))
            found[name] = (plainly, fit, -len(column.values))
    if not found:
        return None
    best = max(found, key=lambda name: found[name])
    return best, SURE if found[best][1] >= 0.7 else LIKELY


def _shared(column: Column) -> bool:
    """Whether its values stand in the rows of several families, as those of a wave do."""
    return median(column.counts.values()) >= SHARED


def _tells_apart(ids: pd.Series, column: Column, least: float) -> bool:
    """Empty ids and waves stay out of it; they are not two of a kind."""
    known = ids.notna() & column.cells.notna()
    return once(ids[known], column.cells[known]) >= least


def time_words(column: Column) -> float:
    """Share of its values that name a time, when several rows have the same one."""
    if column.numeric or not column.values or not _shared(column):
        return 0.0
    return sum(map(_names_time, column.values)) / len(column.values)


def _names_time(value: str) -> bool:
    """A word of time somewhere; a single letter counts only where the value is no more than that and a number."""
    waves, split = lists()["waves"], parts(value)
    if any(part in waves["known"] or part in waves["known_ru"] for part in split):
        return True
    marks = [part for part in split if part in waves["marks"]]
    whole = len(split) == 2 and any(part.isdigit() for part in split)
    return any(len(part) > 1 or whole for part in marks)


def without_other_times(
    columns: Mapping[str, Column], names: tuple[str, str], guesses: Guesses
) -> dict[str, Column]:
    """Without the numbers that only say when, as the wave does: the same for all at a wave, or a time that always grows."""
    family, wave = names
    kept = {}
    for name, column in columns.items():
        if name not in names and column.numeric and len(column.values) > 1:
            rows = pd.DataFrame({"family": columns[family].cells, "wave": columns[wave].cells})
            rows = rows.assign(when=column.numbers.to_numpy()).dropna()
            if _of_the_wave(rows, name) or _grows(rows, name):
                why = f"it says when, as {wave!r} does, and is no measure"
                guesses.add("left out", name, LIKELY, why)
                continue
        kept[name] = column
    return kept


def _of_the_wave(rows: pd.DataFrame, name: str) -> bool:
    """Whether all rows of a wave have the same number, several waves have different ones, and the header or many rows bear it out."""
    found = rows.groupby("wave", sort=False)["when"].agg(["nunique", "size", "first"])
    if found.empty or found["nunique"].max() > 1 or found["first"].nunique() < 2:
        return False
    return bool(found["size"].median() >= (SHARED if fits(name, "wave") == 1 else ALIKE))


def _grows(rows: pd.DataFrame, name: str) -> bool:
    """Whether a number whose header is a word of time grows from wave to wave within the families."""
    if fits(name, "wave") < 1 or fits(name, "background") == 1 or rows.empty:
        return False
    place = rows.groupby("wave")["when"].median().rank()
    ordered = rows.assign(place=rows["wave"].map(place)).sort_values(["family", "place"])
    steps = ordered.groupby("family")["when"].diff().dropna()
    return len(steps) >= SHARED and float((steps > 0).mean()) >= UPWARD


def counted(columns: Mapping[str, Column], family: str, guesses: Guesses) -> Long:
    """No wave column: the first, second, third row of a family, by date where there is one; no wave without an id."""
    dates = [c for c in columns.values() if c.date_format and fits(c.name, "background") < 1]
    times = [
        c
        for c in columns.values()
        if c.numeric and fits(c.name, "wave") >= 0.7 and fits(c.name, "background") < 1
    ]
    frame = pd.DataFrame({"family": columns[family].cells})
    if dates:
        frame["when"] = dates[0].dates
        sizes = frame["family"].value_counts()
        sure = LIKELY if sizes.nunique() == 1 else UNSURE
        why = f"no column names the wave; counted within the family by {dates[0].name!r}"
        if sure == UNSURE:
            why += "; families have unequal numbers of rows, and who missed a rating has the next one in its place"
    elif times:
        frame["when"] = times[0].numbers
        sure = UNSURE
        why = f"too many different values of {times[0].name!r} for waves; counted in its order"
    else:
        frame["when"] = range(len(frame))
        sure = UNSURE
        why = "no column names the wave; counted within the family in the order of rows"
    known = frame[frame["family"].notna()].sort_values(["family", "when"], kind="stable")
    number = (known.groupby("family").cumcount() + 1).map(str).astype(object)
    wave = Column("wave", number.reindex(frame.index, fill_value=None))
    guesses.add("wave", "the number of the rating", sure, why)
    return Long({**columns, "wave": wave}, family, "wave")
