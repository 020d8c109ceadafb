"""Frames of real records made safe to print: no group below the minimum, and none that a total and the others give back.

What a column counts is declared in `protecting.toml`. Tables of counts with both margins are `small_cells`; pairs "count of n" by
centre `shown_cells`; what printed pages hold is looked at again in `pipeline.gate`. Pure but for that file.

Limits: groups by levels are covered line by line, not as one table; bases of different questions may differ by fewer than the minimum,
because ratings are missing; an approximate p over a whole table, rounded to three decimals, is shown although cells of the table are
hidden; statistics, exact p and means are not (`beside`).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from analysis.small_cells import suppress, with_totals
from analysis.small_groups import cover

WHOLE = 1e-6
Cells = pd.DataFrame  # of truth: what is hidden


@lru_cache
def roles() -> dict[str, Any]:
    """What the numbers of printed tables count, by column name: `protecting.toml`."""
    return tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))


def protected(
    frame: pd.DataFrame, minimum: int, centres: frozenset[str] = frozenset()
) -> pd.DataFrame:
    """The frame with every number blank that real records must not show; a frame already protected stays as it is.

    Parameters
    ----------
    frame
        Tidy, one row per estimate; or a table of counts, groups in the index or first column and levels in columns.
    minimum
        Smallest group shown; 1 or less changes nothing.
    centres
        Hidden everywhere: rows that name one lose their numbers (see `hidden_centres`).

    Returns
    -------
    The same rows and columns, whole numbers as Int64. Rows on fewer than `minimum`, and rows of hidden centres, keep their names and places only.
    A part of the base from 1 to `minimum` - 1, or with such a rest, goes with its share and interval, and any part of a base up to `minimum` + 1.
    Where groups or levels add up, the next smallest goes too until counts and rests stay uncertain (`small_groups.uncertain`), else the total of
    the groups. Smallest and largest values always go, quantiles of small groups also.
    """
    if minimum < 2 or not len(frame):
        return frame
    table = frame.reset_index(drop=True)
    hidden = _first(table, minimum, centres)
    hidden.loc[frame.index.astype(str).isin(centres), _numeric(table)] = True
    blocks = sorted(_blocks(table), key=lambda block: str(block[0]) not in roles()["bases"])
    while True:
        before = hidden.to_numpy().sum()
        for column, block, totals in blocks:
            if not _cover(table, hidden, column, block, minimum):
                hidden.loc[totals if len(totals) else block, column] = True
        hidden = _spread(table, hidden)
        if hidden.to_numpy().sum() == before:
            break
    return _blanked(table, hidden).set_axis(frame.index)


def withheld(frame: pd.DataFrame, minimum: int, centres: frozenset[str] = frozenset()) -> bool:
    """Whether a frame holds anything that `protected` would blank: what was drawn from it must not be shown."""
    return bool((protected(frame, minimum, centres).isna() & frame.notna()).to_numpy().any())


def beside(
    frame: pd.DataFrame, other: pd.DataFrame, columns: str, minimum: int, centres: frozenset[str]
) -> pd.DataFrame:
    """The frame with the columns (names with blanks between) missing where the `other` frame hides anything that they would give back.

    A mean move times its n, say, is one more equation on the cells of the table of moves; a base without those at one level gives that level.
    """
    gone = [c for c in columns.split() if c in frame and withheld(other, minimum, centres)]
    return frame.assign(**dict.fromkeys(gone, np.nan))


def people(frame: pd.DataFrame) -> dict[str, str]:
    """Column -> role, of the columns that count people: bases, parts, counts, and whole numbers that are not declared."""
    declared = roles()
    named = {c: role for role in ("bases", "parts", "counts") for c in declared[role]}
    apart = {*declared["others"], *declared["places"], *declared["extremes"]}
    found = {}
    for column in _numeric(frame):
        name = str(column)
        if name in named:
            found[column] = named[name]
        elif pd.api.types.is_integer_dtype(frame[column]) and name not in apart:
            found[column] = "unknown"
    return found


def _numeric(frame: pd.DataFrame) -> list[Any]:
    numeric = pd.api.types.is_numeric_dtype
    return [c for c in frame if numeric(frame[c]) and not pd.api.types.is_bool_dtype(frame[c])]


def _between(values: pd.Series, minimum: int) -> pd.Series:
    numbers = values.astype("Float64")
    return (numbers.gt(WHOLE) & numbers.lt(minimum - WHOLE)).fillna(False).astype(bool)


def _first(table: pd.DataFrame, minimum: int, centres: frozenset[str]) -> Cells:
    """What is hidden for itself, before any cover."""
    declared, kinds = roles(), people(table)
    hidden = pd.DataFrame(False, index=table.index, columns=table.columns)
    exempt = _not_people(table)
    for column in kinds:
        hidden[column] |= _between(table[column], minimum) & ~exempt
    for column, n in _pairs(table):
        count, base = _counted(table, column, n), table[n].astype("Float64")
        few = _between(count, minimum) | _between(base - count, minimum)
        few |= count.notna() & base.between(minimum, minimum + 1).fillna(False).astype(bool)
        hidden[column] |= few & ~exempt
    for name, times in declared["quantiles"].items():
        if name in table and "n" in table:
            hidden[name] |= _between(table["n"], times * minimum)
    lost: list[str] = [*declared["extremes"], *(declared["one_left_out"] if centres else [])]
    gone = {*lost, *centres}
    hidden = hidden.assign(**{str(c): True for c in table if str(c) in gone})
    if centres:
        words = [c for c in table if c not in _numeric(table)]
        naming = table[words].astype(str).apply(lambda texts: texts.str.contains(_naming(centres)))
        hidden |= np.column_stack([naming.any(axis=1)])
    return _spread(table, _matrix(table, hidden, minimum))


def _pairs(table: pd.DataFrame) -> Iterator[tuple[Any, Any]]:
    """Columns of parts and shares, each with every column that may be its base: `n`, or where there is none all declared ones."""
    kinds, shares = people(table), roles()["shares"]
    found = [c for c in kinds if kinds[c] == "bases"]
    for n in ["n"] if "n" in found else found:
        yield from ((c, n) for c in kinds if kinds[c] == "parts")
        yield from ((c, n) for c in _numeric(table) if str(c) in shares)


def _counted(table: pd.DataFrame, column: Any, n: Any) -> pd.Series:
    """How many of the base `n` a part or a share tells of; missing where it is no whole number from 0 to n."""
    numbers, base = table[column].astype("Float64"), table[n].astype("Float64")
    count = numbers * base if str(column) in roles()["shares"] else numbers
    fits = ((count - count.round()).abs() < WHOLE) & (count > -WHOLE) & (count < base + WHOLE)
    return count.round().where(fits.fillna(False).astype(bool))


def _naming(centres: frozenset[str]) -> re.Pattern[str]:
    """Texts that name one of the centres: as a word of the text, or, where a name has a single letter or is a number, as all of it."""
    word, alone = r"(?<!\w)(?:{})(?!\w)", r"\A(?:{})\Z"
    names = {c: word if len(c) > 1 and not c.isdigit() else alone for c in sorted(centres)}
    return re.compile("|".join(form.format(re.escape(c)) for c, form in names.items()))


def _not_people(table: pd.DataFrame) -> pd.Series:
    """Rows whose base counts something else than people."""
    exempt = pd.Series(False, index=table.index)
    for column, values in roles()["not_people"].items():
        if column in table:
            exempt |= table[column].astype(str).isin(values)
    return exempt


def _matrix(table: pd.DataFrame, hidden: Cells, minimum: int) -> Cells:
    """Several columns of undeclared whole numbers are one table of counts: hidden together, with the sums a reader may know."""
    columns = [c for c, role in people(table).items() if role == "unknown"]
    if len(columns) < 2 or table[columns].isna().to_numpy().any():
        return hidden
    shown = suppress(with_totals(table[columns].astype(int)), minimum)
    return hidden.assign(
        **{c: hidden[c] | shown[c].isna().to_numpy()[: len(table)] for c in columns}
    )


def _spread(table: pd.DataFrame, hidden: Cells) -> Cells:
    """What goes with what: everything with a base, the estimates with a part or a share, a ratio with its counts."""
    declared, kinds = roles(), people(table)
    hidden = hidden.copy()
    at = {role: [c for c in kinds if kinds[c] == role] for role in ("bases", "parts")}
    shares = [c for c in table if str(c) in declared["shares"][:1]]
    gone = hidden[at["bases"]].any(axis=1)
    without = hidden[[*at["parts"], *shares]].any(axis=1)
    numeric = _numeric(table)
    kept = [c for c in table if str(c) in declared["places"] or str(c) in declared["others"]]
    for column in table:
        name = str(column)
        verdict = name in declared["notes"] or pd.api.types.is_bool_dtype(table[column])
        if (column not in numeric and not verdict) or (
            column in kept and name in declared["places"]
        ):
            hidden[column] = False
        elif (
            (column in kinds and kinds[column] != "parts")
            or column in kept
            or name in declared["shares"][1:]
            or name in declared["extremes"]
        ):
            hidden[column] |= gone
        else:
            hidden[column] |= gone | without
    for whole in declared["wholes"]:
        present = [name for name in whole if name in table]
        gone_with_one = hidden[present].any(axis=1)
        hidden = hidden.assign(**{name: hidden[name] | gone_with_one for name in present})
    for name, sources in declared["ratios"].items():
        if name in table:
            hidden[name] |= hidden[[c for c in sources if c in table]].any(axis=1)
    return hidden


def _blocks(table: pd.DataFrame) -> Iterator[tuple[Any, pd.Index, pd.Index]]:
    """Each column of people with the rows that add up in it, alike in everything but one column of groups or levels, and their totals."""
    declared, kinds = roles(), people(table)
    numeric, notes = _numeric(table), declared["notes"]
    names = [
        c
        for c in table
        if c not in numeric
        and str(c) not in notes
        and not pd.api.types.is_bool_dtype(table[c])
        and not table[c].astype(object).map(lambda value: isinstance(value, (list, tuple))).any()
    ]
    parts = [c for c in kinds if kinds[c] == "parts"]
    told = [c for c in numeric if str(c) in declared["shares"] and not (parts and c == "share")]
    adding = {
        "groups": [c for c in kinds if kinds[c] != "unknown"] + told,
        "levels": parts + [c for c in told if c == "share" and not parts],
    }
    for kind, columns in adding.items():
        for by in [c for c in names if str(c) in declared[kind]]:
            total = table[by].astype(str).isin(declared["totals"])
            others = [c for c in names if c != by and not _same(table[~total], by, c)]
            keys = [table[c].astype(str) for c in others] or [pd.Series("", index=table.index)]
            for _, block in table.groupby(keys, sort=False):
                ends = total[block.index]
                sums = block.index[ends & (kind == "groups")]  # levels make up their base
                for column in columns if not ends.all() else []:
                    yield column, block.index[~ends], sums


def _same(table: pd.DataFrame, one: Any, other: Any) -> bool:
    """Whether two columns name the same thing in other words."""
    pairs = table[[one, other]].astype(str).drop_duplicates()
    return len(pairs) == pairs[one].nunique() == pairs[other].nunique()


def _cover(table: pd.DataFrame, hidden: Cells, column: Any, block: pd.Index, minimum: int) -> bool:
    """Hide the next smallest of a block until counts and rests stay uncertain; False where that cannot be. Changes `hidden`."""
    if not hidden.loc[block].to_numpy().any():
        return True
    rows = table.loc[block]
    bases = [n for part, n in _pairs(rows) if part == column]
    counts = [_counted(rows, column, n) for n in bases] or [rows[column].astype("Float64")]
    for k, count in enumerate(counts):
        place = block[count.notna()]
        values = count[place].to_numpy(dtype=float)
        gone = hidden.loc[place, column].to_numpy()
        if bases:
            n = rows.loc[place, bases[k]].to_numpy(dtype=float)
            lost = hidden.loc[place, bases[k]].to_numpy()
            gone = gone | lost
        else:  # only the sum is a bound, and nobody is shown
            n, lost = np.full(len(values), values.sum() + 2 * minimum), np.zeros(len(values), bool)
            gone = gone & (values > 0)
        found = cover(values, n, gone, lost, minimum)
        if found is None:
            return False
        hidden.loc[place, column] |= found
    return True


def _blanked(table: pd.DataFrame, hidden: Cells) -> pd.DataFrame:
    shown = {}
    for column in table:
        values, gone = table[column], hidden[column]
        if not gone.any():
            shown[column] = values
        elif pd.api.types.is_bool_dtype(values):
            shown[column] = values.astype(object).mask(gone, None)
        elif pd.api.types.is_integer_dtype(values):
            shown[column] = values.astype("Int64").mask(gone)
        elif column in _numeric(table):
            shown[column] = values.mask(gone, np.nan)
        else:
            shown[column] = values.astype(object).mask(gone, "")
    return pd.DataFrame(shown, columns=table.columns)
