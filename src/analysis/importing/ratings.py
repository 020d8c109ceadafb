"""From the columns of a table to a monitoring table and what study.toml says of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from analysis.importing import items, labels, roles, shape, timing
from analysis.importing.columns import NUMBER, Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.items import Measure
from analysis.importing.roles import Levels
from analysis.importing.slips import CHECKED, coded_missing, folded
from analysis.importing.wide import Long
from analysis.importing.words import fits
from analysis.toml import twice

STANDARD = ("family", "centre", "curator", "wave", "date", "risk")
NOTHING = (
    "No column holds numbers that change or levels that are ordered; there is nothing to report on."
)
CODINGS = (
    "If these are coded passages, the columns must be called document, code, and quote or start and end, and coder if there are "
    "several; or документ, код, цитата (начало, конец), кодировщик."
)
Columns = Mapping[str, Column]


@dataclass(frozen=True)
class Ratings:
    """The monitoring table under standard names, and its declaration."""

    table: pd.DataFrame
    waves: tuple[str, ...]
    lacking: tuple[str, ...]
    scales: tuple[Measure, ...]
    risk: Levels | None


def guessed(columns: Columns, guesses: Guesses) -> Ratings:
    """The monitoring table, its waves, places, scales and risk levels.

    Raises
    ------
    ValueError
        When there is nothing that could be a rating.
    """
    answered = coded_missing(labels.answered(folded(columns, guesses), guesses), guesses)
    long = shape.arranged(answered, guesses)
    centre = roles.place(long, "centre", guesses)
    long = replace(long, columns=labels.worded(long.columns, (long.wave, centre), guesses))
    waves = timing.in_order(long.columns[long.wave], long.columns, guesses)
    date = roles.date_column(long, guesses)
    curator = roles.place(long, "curator", guesses)
    taken = {long.family, long.wave, date, centre, curator} - {""}
    risk = roles.levels(long, taken, guesses)
    used = taken | ({risk.column} if risk else set())
    scales = _named(items.scales(long, used, guesses), long.columns)
    if not scales and risk is None:
        raise ValueError(f"{NOTHING} {CODINGS}")
    _unused(long, used, scales, guesses)
    found = {
        "family": long.family,
        "wave": long.wave,
        "centre": centre,
        "curator": curator,
        "date": date,
    }
    frame = _table(long.columns, found, scales, risk)
    frame["family"] = _lettered(frame["family"], guesses)
    whole = frame.dropna(subset=["family", "wave"], how="all")
    if len(whole) < len(frame):
        guesses.add(
            "rows", f"{len(frame) - len(whole)} left out", UNSURE, "they have no id and no wave"
        )
    empty = int(whole[["family", "wave"]].isna().any(axis=1).sum())
    if empty:
        why = f"they have no id or no wave; {CHECKED}"
        guesses.add("rows", f"{empty} that belong nowhere", UNSURE, why)
    lacking = tuple(name for name in ("centre", "curator", "date") if not found[name])
    return Ratings(whole, tuple(waves), lacking, tuple(scales), risk)


def _table(
    columns: Columns, found: Mapping[str, str], scales: list[Measure], risk: Levels | None
) -> pd.DataFrame:
    """The columns under standard names. Cells that are no date or number stay as they were written."""
    table = {name: columns[theirs].cells for name, theirs in found.items() if theirs}
    if found["date"]:
        dates = columns[found["date"]].dates.dt.strftime("%Y-%m-%d")
        table["date"] = dates.astype(object).where(dates.notna(), table["date"])
    for scale in scales:
        for item, theirs in zip(scale.items, scale.columns, strict=True):
            table[item] = columns[theirs].cells.map(_number, na_action="ignore")
    if risk is not None:
        table["risk"] = columns[risk.column].cells
    return pd.DataFrame(table)


def _number(cell: str) -> str:
    return cell.replace(",", ".") if NUMBER.match(cell) else cell


def _lettered(ids: pd.Series, guesses: Guesses) -> pd.Series:
    """Ids with a letter before them when they are plain numbers, which a report cannot tell from its own numbers."""
    values = [str(value) for value in ids.dropna().unique()]
    bare = [value for value in values if NUMBER.match(value)]
    if not bare or len(bare) < len(values) / 2:
        return ids
    letter = next(mark for mark in ("F", "FAM", "ID", "FAMILY-") if not _begins(values, mark))
    guesses.add(
        "ids",
        f"{letter} put before each, as {bare[0]} became {letter}{bare[0]}",
        LIKELY,
        "plain numbers cannot be told from numbers in a report; write them so in every other table of the study",
    )
    return ids.map(lambda value: f"{letter}{value}", na_action="ignore")


def _begins(values: list[str], mark: str) -> bool:
    return mark != "FAMILY-" and any(value.startswith(mark) for value in values)


def _named(scales: list[Measure], columns: Columns) -> list[Measure]:
    """Scales with names of their own, and items that do not stand in the way of standard columns or of each other."""
    double = set(twice([scale.name for scale in scales]))
    named: list[Measure] = []
    used = set(STANDARD) | {item for scale in scales for item in scale.items}
    for number, scale in enumerate(scales, 1):
        name = f"{scale.name}_{number}" if scale.name in double else scale.name
        own = labels.item_names(scale.items, columns) if len(scale.items) > 1 else scale.items
        own = scale.items if used & set(own) - set(scale.items) else own
        used |= set(own)
        own = tuple(f"{item}_rating" if item in STANDARD else item for item in own)
        turned = tuple(own[scale.items.index(item)] for item in scale.reverse)
        named.append(replace(scale, name=name, items=own, reverse=turned))
    return named


def _unused(long: Long, used: set[str], scales: list[Measure], guesses: Guesses) -> None:
    """Say what is left out: doubted, each by itself, where the header speaks of something a study needs."""
    used = used | {column for scale in scales for column in scale.columns}
    said = {guess.value for guess in guesses.made if guess.what == "left out"}
    rest = [name for name in long.columns if name not in used | said]
    needed = {name: kind for name in rest for kind in [_needed(name)] if kind}
    for name, kind in needed.items():
        why = f"the header says {kind}, but its cells do not fit; is another column the {kind}?"
        guesses.add("left out", name, UNSURE, why)
    rest = [name for name in rest if name not in needed]
    if rest:
        guesses.add(
            "left out", ", ".join(rest), SURE, "neither a number that changes nor an ordered level"
        )


def _needed(name: str) -> str:
    """What a header speaks of that a study needs; "" when of nothing, or of what a family brings with it."""
    if fits(name, "background") == 1 or fits(name, "row") == 1:
        return ""
    kinds = ("wave", "centre", "curator", "date", "risk")
    return next((kind for kind in kinds if fits(name, kind) == 1), "")
