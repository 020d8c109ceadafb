"""A wide table, one row per family, turned long; also one row per family, wave and measure, turned into columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from analysis.importing.columns import Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.labels import shared_title
from analysis.importing.marks import lacking, left_beside, marked, perhaps
from analysis.importing.times import Mark
from analysis.importing.words import fits

MOST_WAVES, MOST_MEASURES = 60, 60
NEARLY_ALL, MOST = 0.995, 0.9  # of the rows; most will do where the header fits


@dataclass(frozen=True)
class Long:
    """One row per family and wave: the columns, and those that say whose rating it is and when.

    `once` are the columns of a wide table that named no wave and are repeated at each.
    """

    columns: Mapping[str, Column]
    family: str
    wave: str
    once: frozenset[str] = field(default_factory=frozenset)


def turned(columns: Mapping[str, Column], family: str, guesses: Guesses) -> Long:
    """A wide table turned long; a table with one rating per family keeps its single wave."""
    chosen = marked(columns, family)
    waves = list(dict.fromkeys(mark.wave for mark in chosen))
    if len(waves) < 2:
        only = Column("wave", pd.Series("1", columns[family].cells.index, dtype=object))
        doubt = perhaps(columns, family)
        told = f"no family has a second row; {doubt}"
        told = told if doubt else "no family has a second row and no headers name waves"
        guesses.add("rows", "one per family, rated once", UNSURE if doubt else LIKELY, told)
        return Long({**columns, "wave": only}, family, "wave")
    plain = all(mark.plain for mark in chosen)
    several = plain and len({mark.stem for mark in chosen}) > 1
    likely = plain or any(mark.likely for mark in chosen)
    why = [f"headers name waves {', '.join(waves)} of: {', '.join(_stems(chosen))}"]
    doubts = [mark.doubt for mark in chosen if mark.doubt]
    doubts += [*lacking(chosen), *left_beside(columns, chosen)]
    why += dict.fromkeys(doubts)
    sure = UNSURE if several or doubts else LIKELY if likely else SURE
    guesses.add("rows", "one per family (wide), turned long", sure, "; ".join(why))
    taken = {family, *(mark.header for mark in chosen)}
    once_each = frozenset(name for name in columns if name not in taken)
    return Long(_stacked(columns, chosen, waves), family, "wave", once_each)


def _stems(chosen: list[Mark]) -> list[str]:
    return list(dict.fromkeys(mark.stem for mark in chosen))


def _stacked(
    columns: Mapping[str, Column], chosen: list[Mark], waves: list[str]
) -> dict[str, Column]:
    """One block of rows per wave; columns that name no wave are repeated in each."""
    taken = {mark.header for mark in chosen}
    header = {(mark.stem, mark.wave): mark.header for mark in chosen}
    stems = _stems(chosen)
    constant = [name for name in columns if name not in taken]
    size = len(next(iter(columns.values())).cells)
    nothing = pd.Series([None] * size, dtype=object)
    stacked: dict[str, pd.Series] = {
        name: pd.concat([columns[name].cells] * len(waves), ignore_index=True) for name in constant
    }
    stacked["wave"] = pd.Series([wave for wave in waves for _ in range(size)], dtype=object)
    for stem in stems:
        blocks = [
            columns[header[stem, wave]].cells if (stem, wave) in header else nothing
            for wave in waves
        ]
        stacked[stem] = pd.concat(blocks, ignore_index=True)
    rated = pd.DataFrame({stem: stacked[stem].notna() for stem in stems}).any(axis=1)
    labels = {
        stem: columns[header[stem, w]].labels
        for stem in stems
        for w in waves
        if (stem, w) in header
    }
    titles = {
        stem: shared_title([columns[header[stem, w]] for w in waves if (stem, w) in header])
        for stem in stems
    }
    return {
        name: Column(
            name,
            cells[rated].reset_index(drop=True),
            labels.get(name) or (columns[name].labels if name in columns else ()),
            titles.get(name, columns[name].title if name in columns else ""),
        )
        for name, cells in stacked.items()
    }


def measures_spread(
    columns: Mapping[str, Column], family: str, guesses: Guesses
) -> tuple[Mapping[str, Column], tuple[str, str] | None]:
    """One row per family, wave and measure: every measure gets a column of its own."""
    ids = columns[family].cells
    for wave, time in columns.items():
        if wave == family or not 2 <= len(time.values) <= MOST_WAVES or fits(wave, "wave") < 0.7:
            continue
        for name, kind in columns.items():
            if name in (family, wave) or kind.numeric or not 2 <= len(kind.values) <= MOST_MEASURES:
                continue
            both = ids.astype(str) + "\0" + time.cells.astype(str)
            if once(both, kind.cells) < NEARLY_ALL:
                continue
            numbers = [n for n, c in columns.items() if c.numeric and n not in (family, wave)]
            if len(numbers) == 1:
                guesses.add(
                    "measures",
                    ", ".join(kind.values),
                    LIKELY,
                    f"named in {name!r}, rated in {numbers[0]!r}",
                )
                return _measures_apart(columns, (family, wave, name, numbers[0])), (wave, LIKELY)
    return columns, None


def _measures_apart(
    columns: Mapping[str, Column], names: tuple[str, str, str, str]
) -> dict[str, Column]:
    family, wave, kind, value = names
    frame = pd.DataFrame({name: column.cells for name, column in columns.items()})
    keys = frame[[family, wave]].drop_duplicates()
    wide = frame.drop_duplicates([family, wave, kind]).pivot(
        index=[family, wave], columns=kind, values=value
    )
    rest = (
        frame.drop(columns=[kind, value]).drop_duplicates([family, wave]).set_index([family, wave])
    )
    wide = wide.rename(columns=lambda one: f"{value} {one}" if one in columns else one)
    joined = rest.join(wide).loc[pd.MultiIndex.from_frame(keys)].reset_index()
    joined = joined.astype(object).where(joined.notna(), None)
    return {str(name): Column(str(name), joined[name]) for name in joined}


def once(ids: pd.Series, waves: pd.Series) -> float:
    """Share of rows that are the only one of their id and wave, or the first of them."""
    return 1 - float(pd.DataFrame({"f": ids, "w": waves}).duplicated().mean())
