"""From the columns of one or several tables to a monitoring table and what study.toml says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from analysis.importing import roles, shape, timing
from analysis.importing.columns import Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.roles import Levels, Measure
from analysis.importing.wide import Long
from analysis.importing.words import fits
from analysis.toml import twice

STANDARD = ("family", "centre", "curator", "wave", "date", "risk")
Columns = Mapping[str, Column]


@dataclass(frozen=True)
class Ratings:
    """The monitoring table under standard names, and its declaration."""

    table: pd.DataFrame
    waves: tuple[str, ...]
    lacking: tuple[str, ...]
    scales: tuple[Measure, ...]
    risk: Levels | None


def together(tables: Mapping[str, Columns], guesses: Guesses) -> Columns:
    """Several tables as one: the same columns stand for waves, named by their files; else they are joined by id.

    Raises
    ------
    ValueError
        When tables share no column of ids.
    """
    (first, columns), *rest = tables.items()
    if not rest:
        return columns
    names = list(columns)
    if all(set(other) == set(names) for _, other in rest):
        cells = {
            name: pd.concat([table[name].cells for table in tables.values()], ignore_index=True)
            for name in names
        }
        joined = {name: Column(name, cells[name], columns[name].labels) for name in names}
        if not any(fits(name, "wave") for name in names):
            sizes = [len(table[names[0]].cells) for table in tables.values()]
            waves = [stem for stem, size in zip(tables, sizes, strict=True) for _ in range(size)]
            joined["wave"] = Column("wave", pd.Series(waves, dtype=object))
            guesses.add("wave", "one file each", LIKELY, "the files have the same columns")
        return joined
    for other_name, other in rest:
        columns = _joined(columns, other, f"{first} and {other_name}", guesses)
    return columns


def _joined(left: Columns, right: Columns, names: str, guesses: Guesses) -> dict[str, Column]:
    """Right columns beside the left ones, by the ids both have; the right table has one row per id."""
    keys = [n for n in left if n in right and fits(n, "family") and right[n].filled.is_unique]
    if not keys:
        keys = [n for n in left if n in right and right[n].filled.is_unique]
    if not keys:
        raise ValueError(
            f"{names}: no column of ids is in both, with one row per id in the second; join them first, or bring in one of them."
        )
    key = keys[0]
    guesses.add("files", names, SURE, f"joined by {key!r}")
    found = dict(left)
    for name, column in right.items():
        if name not in found:
            table = pd.Series(column.cells.to_numpy(), index=right[key].cells.to_numpy())
            cells = left[key].cells.map(table[table.index.notna()])
            found[name] = Column(name, cells.where(cells.notna(), None), column.labels)
    return found


def guessed(columns: Columns, guesses: Guesses) -> Ratings:
    """The monitoring table, its waves, places, scales and risk levels.

    Raises
    ------
    ValueError
        When there is nothing that could be a rating.
    """
    long = shape.arranged(columns, guesses)
    waves = timing.in_order(long.columns[long.wave], long.columns, guesses)
    date = roles.date_column(long, guesses)
    centre = roles.place(long, "centre", guesses)
    curator = roles.place(long, "curator", guesses)
    taken = {long.family, long.wave, date, centre, curator} - {""}
    risk = roles.levels(long, taken, guesses)
    scales = _named(roles.scales(long, taken | ({risk.column} if risk else set()), guesses))
    if not scales and risk is None:
        raise ValueError(
            "No column holds numbers that change or levels that are ordered; there is nothing to report on."
        )
    _unused(long, taken, scales, risk, guesses)
    found = {
        "family": long.family,
        "wave": long.wave,
        "centre": centre,
        "curator": curator,
        "date": date,
    }
    table = {name: long.columns[theirs].cells for name, theirs in found.items() if theirs}
    if date:
        table["date"] = pd.to_datetime(
            long.columns[date].cells.str.replace(r"[ T].*$", "", regex=True),
            format=long.columns[date].date_format,
        ).dt.strftime("%Y-%m-%d")
    for scale in scales:
        for item, theirs in zip(scale.items, scale.columns, strict=True):
            table[item] = long.columns[theirs].cells.map(
                lambda cell: cell.replace(",", "."), na_action="ignore"
            )
    if risk is not None:
        table["risk"] = long.columns[risk.column].cells
    frame = pd.DataFrame(table)
    whole = frame.dropna(subset=["family", "wave"])
    if len(whole) < len(frame):
        guesses.add(
            "rows", f"{len(frame) - len(whole)} left out", UNSURE, "they have no id or no wave"
        )
    lacking = tuple(name for name in ("centre", "curator", "date") if not found[name])
    return Ratings(whole, tuple(waves), lacking, tuple(scales), risk)


def _named(scales: list[Measure]) -> list[Measure]:
    """Scales with names of their own, and items that do not stand in the way of standard columns."""
    double = set(twice([scale.name for scale in scales]))
    named = []
    for number, scale in enumerate(scales, 1):
        name = f"{scale.name}_{number}" if scale.name in double else scale.name
        items = tuple(f"{item}_rating" if item in STANDARD else item for item in scale.items)
        turned = tuple(items[scale.items.index(item)] for item in scale.reverse)
        named.append(replace(scale, name=name, items=items, reverse=turned))
    return named


def _unused(
    long: Long, taken: set[str], scales: list[Measure], risk: Levels | None, guesses: Guesses
) -> None:
    used = {
        *taken,
        *(c for scale in scales for c in scale.columns),
        *([risk.column] if risk else []),
    }
    said = {guess.value for guess in guesses.made if guess.what == "left out"}
    rest = [name for name in long.columns if name not in used | said]
    if rest:
        guesses.add(
            "left out", ", ".join(rest), SURE, "neither a number that changes nor an ordered level"
        )
