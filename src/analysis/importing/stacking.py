"""Tables of the same measures below each other: waves or centres, one table each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import pandas as pd

from analysis.importing.columns import Column
from analysis.importing.guess import LIKELY, UNSURE, Guesses
from analysis.importing.marks import marked
from analysis.importing.words import fits, lists, parts

FEW_SHARED, MOST_SHARED = 0.05, 0.5  # shares of ids that stand in several tables
ANEW = "anew"
CHANGED = 0.1  # share of the common rows with another number, from which tables are no copies
Columns = Mapping[str, Column]
Tables = Mapping[str, Columns]


def alike(left: Columns, right: Columns) -> bool:
    """Whether tables hold the same measures: of other rows, or with other numbers for the same ids."""
    if set(left) == set(right):
        return True
    keys = [name for name in (id_of(left, right), wave_of(left, right)) if name]
    rated = [name for name in left if name in right and name not in keys]
    rated = [name for name in rated if _rated(left[name]) and _rated(right[name])]
    if not keys or not fits(keys[0], "family") or not rated:
        return False
    first, second = (_by(keys, table, rated) for table in (left, right))
    both = first.index.intersection(second.index)
    if both.empty:
        return 2 * len(rated) >= min(len(left), len(right)) - len(keys)
    first, second = first.loc[both], second.loc[both]
    changed = (first != second) & first.notna() & second.notna()
    return bool(changed.any(axis=1).mean() >= CHANGED)


def id_of(*tables: Columns) -> str:
    """The column of ids that stands in all these tables; "" when there is none."""
    found = {n: fits(n, "family") for n in _common(tables) if fits(n, "background") < 1}
    best = max(found, key=lambda name: found[name], default="")
    return best if best and found[best] else ""


def wave_of(*tables: Columns) -> str:
    """The one column of all these tables whose header says wave; "" when there is none, or several may be."""
    found = {n: fits(n, "wave") for n in _common(tables) if fits(n, "background") < 1}
    for least in (1, 0.7):
        fitting = [name for name, fit in found.items() if fit >= least]
        if len(fitting) == 1:
            return fitting[0]
    return "wave" if "wave" in found else ""


def key_of(table: Columns, names: list[str]) -> pd.Series:
    """The cells of these columns as one; empty where one of them is."""
    cells = [table[name].cells for name in names]
    filled = pd.concat(cells, axis=1).notna().all(axis=1)
    key = cells[0].astype(str)
    for other in cells[1:]:
        key = key + "\0" + other.astype(str)
    return key.where(filled, None)


def stacked(tables: Tables, guesses: Guesses) -> Columns:
    """The tables below each other on all their columns, with a column that says which table a row is from."""
    if len(tables) == 1:
        return next(iter(tables.values()))
    columns: dict[str, Column] = {}
    for table in tables.values():
        columns |= {name: column for name, column in table.items() if name not in columns}
    sizes = {own: len(next(iter(table.values())).cells) for own, table in tables.items()}
    own = pd.Series([n for n, size in sizes.items() for _ in range(size)], dtype=object)
    joined = {name: replace(c, cells=_below(tables, name)) for name, c in columns.items()}
    kind, sure, why = _told_apart(tables)
    if kind == ANEW:
        ids = id_of(*tables.values())
        cells = own.str.cat(joined[ids].cells.astype(object), sep="-")
        joined[ids] = replace(joined[ids], cells=cells.where(cells.notna(), None))
        said = f"the name of the table put before each, as {joined[ids].values[0]}"
        guesses.add("ids", said, UNSURE, why)
        placed = any(fits(name, "centre") == 1 for name in columns)
        kind, sure, why = "" if placed else "centre", LIKELY, "each table has ids of its own"
    if kind:
        joined[kind] = Column(kind, own)
        guesses.add(kind, f"one table each: {', '.join(tables)}", sure, why)
    some = [name for name in columns if any(name not in table for table in tables.values())]
    if some:
        joined |= _taken_over(joined, some, id_of(*tables.values()), guesses)
        numbers = [name for name in some if _rated(columns[name])]
        why = "empty in the rows of the others"
        why += "; or are the tables different questionnaires?" if numbers else ""
        said = ", ".join(some)
        guesses.add("only in some tables", said, UNSURE if numbers else LIKELY, why)
    return joined


def _below(tables: Tables, name: str) -> pd.Series:
    blocks = []
    for table in tables.values():
        size = len(next(iter(table.values())).cells)
        nothing = pd.Series([None] * size, dtype=object)
        blocks.append(table[name].cells if name in table else nothing)
    return pd.concat(blocks, ignore_index=True)


def _taken_over(columns: Columns, some: list[str], ids: str, guesses: Guesses) -> dict[str, Column]:
    """What a family brings and its place, where only one table says it: the same in all rows of the id."""
    found = {}
    for name in some:
        kept = fits(name, "centre") >= 0.7 or fits(name, "background") == 1
        table = pd.DataFrame({"id": columns[ids].cells, "cell": columns[name].cells}).dropna()
        if not ids or not kept or table.groupby("id")["cell"].nunique().gt(1).any():
            continue
        cells = columns[ids].cells.map(table.drop_duplicates("id").set_index("id")["cell"])
        cells = columns[name].cells.where(columns[name].cells.notna(), cells)
        found[name] = replace(columns[name], cells=cells.where(cells.notna(), None))
        guesses.add(name, "in all rows of an id", LIKELY, "only some tables say it of the id")
    return found


def _told_apart(tables: Tables) -> tuple[str, str, str]:
    """What tables of the same columns stand for, `wave`, `centre`, `anew` or "", how sure that is, and why."""
    names = _common(tables.values())
    whole = all(set(table) == set(names) for table in tables.values())
    same = f"they have the same {'columns' if whole else 'measures'}"
    waves = any(fits(name, "wave") for name in names)
    centres = any(fits(name, "centre") == 1 for name in names)
    ids = max(names, key=lambda name: fits(name, "family"))
    sets = [set(table[ids].values) for table in tables.values()]
    every = set.union(*sets)
    shared = sum(sum(one in own for own in sets) > 1 for one in every) / max(len(every), 1)
    if not fits(ids, "family"):
        return ("", "", "") if waves else ("wave", UNSURE, same)
    times = {*lists()["waves"]["known"], *lists()["waves"]["known_ru"]}
    if shared <= FEW_SHARED and not all(times & set(parts(name)) for name in tables):
        why = f"{same}, and hardly any {ids!r} stands in two of them"
        return ("", "", "") if centres else ("centre", LIKELY, why)
    if _anew(tables):
        why = f"the same {ids!r} and waves stand in several tables with other cells"
        return ANEW, UNSURE, f"{why}; are they other families, or the same, rated twice?"
    why = f"{same}; {100 * shared:.0f}% of {ids!r} stand in several of them"
    return ("", "", "") if waves else ("wave", LIKELY if shared >= MOST_SHARED else UNSURE, why)


def _anew(tables: Tables) -> bool:
    """Whether ids stand in several tables at the same wave with other cells, and no centre tells them apart."""
    names = _common(tables.values())
    ids, wave = id_of(*tables.values()), wave_of(*tables.values())
    first = next(iter(tables.values()))
    if not wave and len({mark.wave for mark in marked(first, ids)}) < 2:
        return False
    centre = [name for name in names if fits(name, "centre") == 1]
    keys = [ids, *([wave] if wave else []), *centre]
    rest = [name for name in names if name not in keys]
    rows = pd.DataFrame({"key": pd.concat([key_of(table, keys) for table in tables.values()])})
    rows["cells"] = pd.concat([_cells(table, rest) for table in tables.values()]).to_numpy()
    rows["table"] = [n for n, table in enumerate(tables.values()) for _ in table[ids].cells]
    rows = rows.dropna(subset=["key"]).drop_duplicates(["key", "table"])
    again = rows[rows["key"].duplicated(keep=False)]
    other = again.drop_duplicates(["key", "cells"])["key"].duplicated(keep=False)
    return 2 * other.sum() > len(again) > FEW_SHARED * len(rows)


def _cells(table: Columns, names: list[str]) -> pd.Series:
    cells = pd.Series("", next(iter(table.values())).cells.index)
    for name in names:
        cells = cells + "\0" + table[name].cells.astype(str)
    return cells


def _by(keys: list[str], table: Columns, names: list[str]) -> pd.DataFrame:
    """The named columns by key: numbers as numbers, other cells as they are."""
    cells = {n: table[n].numbers if table[n].numeric else table[n].cells for n in names}
    frame = pd.DataFrame(cells).set_axis(key_of(table, keys).to_numpy(), axis=0)
    return frame[frame.index.notna() & ~frame.index.duplicated()]


def _rated(column: Column) -> bool:
    """Whether a column may hold ratings: numbers that are no background, or what the header calls risk or outcome."""
    if any(fits(column.name, kind) == 1 for kind in ("background", "row", "centre", "curator")):
        return False
    return column.numeric or max(fits(column.name, "risk"), fits(column.name, "outcome")) >= 0.7


def _common(tables: Iterable[Columns]) -> list[str]:
    first, *rest = tables
    return [name for name in first if all(name in other for other in rest)]
