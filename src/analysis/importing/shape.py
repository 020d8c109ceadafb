"""Which rows belong to one family and which wave each is. Tables of other shapes are turned in `wide`."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.importing.columns import Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.occasions import counted, time_words, wave_column, without_other_times
from analysis.importing.wide import (
    MOST,
    MOST_WAVES,
    NEARLY_ALL,
    Long,
    measures_spread,
    once,
    turned,
)
from analysis.importing.words import fits


def arranged(columns: Mapping[str, Column], guesses: Guesses) -> Long:
    """The table with one row per family and wave.

    Raises
    ------
    ValueError
        When no rows can be told to belong to one family.
    """
    columns = _without_row_numbers(columns)
    if not columns:
        raise ValueError("No column but a running number of rows; there is nothing to report on.")
    family = _family(columns)
    if family is None:
        paired = _paired(columns)
        if paired is None:
            return _numbered(columns, guesses)
        family, when = paired
        guesses.add(
            "family", family, UNSURE, f"with {when!r} it tells every row apart; no header says id"
        )
        guesses.add("rows", "one per family and wave (long)", LIKELY, "families have several rows")
        guesses.add("wave", when, LIKELY, "the header says so")
        return Long(without_other_times(columns, (family, when), guesses), family, when)
    sure = SURE if fits(family, "family") == 1 else LIKELY
    if not columns[family].filled.duplicated().any():
        guesses.add("family", family, sure, "the header says so, and it is another in every row")
        return turned(columns, family, guesses)
    wave = None
    for least in (NEARLY_ALL, MOST):
        wave = wave or wave_column(columns, columns[family].cells, family, least)
        if wave is None:
            columns, family, wave = _within_place(columns, family, guesses, least)
    if wave is None and _hardly_repeats(columns, family):
        said = "the header says so; a few ids stand there twice, `casework check` names the rows"
        guesses.add("family", family, UNSURE, said)
        return turned(columns, family, guesses)
    if wave is None:
        columns, wave = measures_spread(columns, family, guesses)
    guesses.add("family", family, sure, "the header says so, and its values come back")
    guesses.add("rows", "one per family and wave (long)", SURE, "families have several rows")
    if wave is None:
        return counted(columns, family, guesses)
    twice = once(columns[family].cells, columns[wave[0]].cells) < 1
    why = "hardly any" if twice else "no"
    why += " family has two rows with the same value"
    guesses.add("wave", wave[0], UNSURE if twice else wave[1], why)
    return Long(without_other_times(columns, (family, wave[0]), guesses), family, wave[0])


def _without_row_numbers(columns: Mapping[str, Column]) -> dict[str, Column]:
    """Without a running number of rows, which is no id of anybody."""
    kept = {}
    for name, column in columns.items():
        running = (
            fits(name, "row") == 1 and column.whole and len(column.values) == len(column.cells)
        )
        if not running or fits(name, "family") == 1:
            kept[name] = column
    return kept


def _family(columns: Mapping[str, Column]) -> str | None:
    """The column of ids by its header; it must be filled and tell several families apart."""
    scored = {}
    for name, column in columns.items():
        fit = fits(name, "family")
        different = len(column.values)
        least = MOST if fit >= 0.7 else NEARLY_ALL
        if not fit or different < 2 or len(column.filled) < len(column.cells) * least:
            continue
        if (
            column.date_format
            or (column.numeric and not column.whole)
            or fits(name, "background") == 1
        ):
            continue
        scored[name] = (fit, different)
    return max(scored, key=lambda name: scored[name]) if scored else None


def _paired(columns: Mapping[str, Column]) -> tuple[str, str] | None:
    """Without a header that says id: the column that, with a column of time, tells every row apart."""
    for wave, time in columns.items():
        if (
            not (2 <= len(time.values) <= MOST_WAVES)
            or max(fits(wave, "wave"), time_words(time)) < 0.7
        ):
            continue
        for name, column in columns.items():
            size = len(column.values)
            if name == wave or size < 3 or len(column.cells) < 1.5 * size:
                continue
            if column.date_format or (column.numeric and not column.whole):
                continue
            if once(column.cells, time.cells) >= NEARLY_ALL and size * len(time.values) <= 3 * len(
                column.cells
            ):
                return name, wave
    return None


def _hardly_repeats(columns: Mapping[str, Column], family: str) -> bool:
    """Whether one row in twenty at most repeats an id, among twenty or more: slips, not second ratings."""
    ids = columns[family].filled
    return len(ids) >= 20 and float(ids.duplicated().mean()) <= 0.05


def _within_place(
    columns: Mapping[str, Column], family: str, guesses: Guesses, least: float
) -> tuple[Mapping[str, Column], str, tuple[str, str] | None]:
    """Ids that begin anew in every centre: with the centre before them they may tell families apart."""
    for name, column in columns.items():
        if name == family or fits(name, "centre") < 0.4 or len(column.values) < 2:
            continue
        ids = column.cells.astype(str) + "-" + columns[family].cells.astype(str)
        nearly = wave_column(columns, columns[family].cells, family, MOST) is not None
        if nearly and not _anew(columns[family].cells, column.cells):
            continue  # the ids do without the centre, but for a slip
        wave = wave_column(columns, ids, family, least)
        if (
            wave is not None
            and columns[family].cells.groupby(ids.to_numpy()).size().max() <= MOST_WAVES
        ):
            guesses.add(
                "ids",
                f"{name} and {family} together",
                LIKELY,
                f"{family!r} begins anew in every {name!r}",
            )
            return {**columns, family: Column(family, ids)}, family, wave
    return columns, family, None


def _anew(ids: pd.Series, places: pd.Series) -> bool:
    """Whether at least half of the ids of some place stand in another place too."""
    pairs = pd.DataFrame({"id": ids, "place": places}).dropna().drop_duplicates()
    shared = pairs["id"].duplicated(keep=False)
    return bool(shared.groupby(pairs["place"]).mean().max() >= 0.5)


def _numbered(columns: Mapping[str, Column], guesses: Guesses) -> Long:
    """No ids: rows are families when the table is wide; a running number stands for the id."""
    size = len(next(iter(columns.values())).cells)
    index = next(iter(columns.values())).cells.index
    ids = Column("family", pd.Series([f"row {n}" for n in range(1, size + 1)], index, dtype=object))
    guesses.add("family", "one per row, numbered", UNSURE, "no column looks like an id")
    return turned({"family": ids, **columns}, "family", guesses)
