"""Several tables as one: the same measures below each other, other columns beside each other by id or by id and wave."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd

from analysis.importing.columns import Column
from analysis.importing.guess import LIKELY, SURE, UNSURE, Guesses
from analysis.importing.stacking import Columns, Tables, alike, key_of, stacked, wave_of
from analysis.importing.words import fits

MOST_ALONE = (
    0.5  # share of the ids of a smaller table that stand in it alone, from which a join is doubted
)
DIFFER = 0.02  # share of the common rows in which a column says something else


def together(tables: Tables, guesses: Guesses) -> Columns:
    """Several tables as one: of the same measures they stand for waves or centres, named by the tables; else they are joined by id.

    Raises
    ------
    ValueError
        When tables share no column of ids.
    """
    groups: list[dict[str, Columns]] = []
    for name, table in tables.items():
        fitting = [group for group in groups if any(alike(own, table) for own in group.values())]
        if fitting:
            fitting[0][name] = table
        else:
            groups.append({name: table})
    (first, columns), *rest = [(", ".join(group), stacked(group, guesses)) for group in groups]
    for other, right in rest:
        columns = _joined(columns, right, (first, other), guesses)
    return columns


def _joined(left: Columns, right: Columns, names: tuple[str, str], guesses: Guesses) -> Columns:
    """Columns of one table beside those of the other, by the ids or the ids and waves that both have."""
    for find in (_ids_and_waves, _ids, _any):
        for one, other, order in ((left, right, names), (right, left, names[::-1])):
            keys = find(one, other)
            if keys:
                return _beside(_Pair(one, other, keys, *order), guesses)
    raise ValueError(
        f"{' and '.join(names)}: no column of ids is in both, with one row per id, or per id and wave, in one of them; "
        "join them first, or bring in one of them."
    )


def _ids_and_waves(left: Columns, right: Columns) -> list[str]:
    wave = wave_of(left, right)
    keys = [
        [name, wave] for name in left if name in right and name != wave and fits(name, "family")
    ]
    return next((key for key in keys if wave and key_of(right, key).dropna().is_unique), [])


def _ids(left: Columns, right: Columns) -> list[str]:
    ids = [name for name in left if name in right and fits(name, "family")]
    return next(([name] for name in ids if right[name].filled.is_unique), [])


def _any(left: Columns, right: Columns) -> list[str]:
    return next(([name] for name in left if name in right and right[name].filled.is_unique), [])


@dataclass(frozen=True)
class _Pair:
    """Two tables to be joined by keys that tell the rows of the right one apart."""

    left: Columns
    right: Columns
    keys: list[str]
    first: str
    second: str


def _beside(pair: _Pair, guesses: Guesses) -> dict[str, Column]:
    """Right columns beside the left ones. Rows that only the right table has stay, when they can be ratings."""
    left, right = (key_of(table, pair.keys) for table in (pair.left, pair.right))
    unique = len(pair.keys) > 1 or left.dropna().is_unique
    more = right.notna() & ~right.isin(set(left.dropna())) & unique
    _say(pair, unique, guesses)
    found = {}
    for name in [*pair.left, *(name for name in pair.right if name not in pair.left)]:
        own, other = pair.left.get(name), pair.right.get(name)
        cells = own.cells if own is not None else pd.Series([None] * len(left), dtype=object)
        if other is not None and name not in pair.keys:
            brought = left.map(other.cells.set_axis(right.to_numpy())[right.notna().to_numpy()])
            _differing(name, cells, brought, pair, guesses)
            cells = cells.where(cells.notna(), brought.to_numpy())
        added = other.cells[more] if other is not None else pd.Series([None] * int(more.sum()))
        every = pd.concat([cells, added.astype(object)], ignore_index=True).astype(object)
        column = own or other
        if column is not None:
            found[name] = replace(column, cells=every.where(every.notna(), None))
    return found


def _say(pair: _Pair, unique: bool, guesses: Guesses) -> None:
    """By what tables are joined, and how many ids stand in one of them only."""
    first, second = (set(table[pair.keys[0]].values) for table in (pair.left, pair.right))
    alone = {pair.first: len(first - second), pair.second: len(second - first)}
    said = [f"{n} only in {name}" for name, n in alone.items() if n]
    why = f"joined by {' and '.join(map(repr, pair.keys))}"
    why += f"; of the ids {', '.join(said)}" if said else ""
    left_out = bool(alone[pair.second]) and not unique
    why += ", which has no ratings of them: left out" if left_out else ""
    many = len(first & second) < MOST_ALONE * min(len(first), len(second))
    why += "; are they the same families?" if many else ""
    sure = UNSURE if many or left_out else LIKELY if said else SURE
    guesses.add("files", f"{pair.first} and {pair.second}", sure, why)


def _differing(
    name: str, own: pd.Series, brought: pd.Series, pair: _Pair, guesses: Guesses
) -> None:
    both = own.notna().to_numpy() & brought.notna().to_numpy()
    other = int((own.to_numpy()[both] != brought.to_numpy()[both]).sum())
    if other:
        said = f"taken from {pair.first}"
        why = f"{pair.second} says otherwise; rows: {other}"
        guesses.add(name, said, UNSURE if other > DIFFER * both.sum() else LIKELY, why)
