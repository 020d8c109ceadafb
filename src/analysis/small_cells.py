"""Small cells in tables of counts: which to leave out, and an audit of what a reader can still work out.

Written here because acro 1.0.2 leaves out the small cell only, which sums then give away.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import linprog

Counts = NDArray[np.int64]
Mask = NDArray[np.bool_]
Place = tuple[int, int]
Line = list[Place]
UNBOUNDED = 3  # linprog's status


def with_totals(counts: pd.DataFrame, name: str = "Total") -> pd.DataFrame:
    """A table of counts with its margins: a last row and a last column of sums.

    One column of counts gets no column of sums, one row no row of them.
    """
    table = counts
    if len(counts) > 1:
        table = pd.concat([table, table.sum().to_frame(name).T])
    return table.assign(**{name: table.sum(axis=1)}) if counts.shape[1] > 1 else table


def suppress(table: pd.DataFrame, minimum: int) -> pd.DataFrame:
    """Leave out small counts, and as many others as it takes to keep them from being worked out.

    Parameters
    ----------
    table
        Counts of people with margins: last row and last column are the sums of the others. One
        column (or one row) of counts with the sum at its end is a table too.
    minimum
        Smallest count that may be shown, 2 or more.

    Returns
    -------
    DataFrame
        The same table as Int64, NA where a count is left out. First and second suppressions look
        alike on purpose: a reader who could tell them apart would know which are small.

    Raises
    ------
    ValueError
        When there are no whole counts of 0 or more, the margins are no sums, or minimum is below 2.

    Notes
    -----
    Left out first: every count from 1 to `minimum` - 1, margins too. Then the smallest others, inner
    cells before margins, until for each missing count the least and the greatest value that fit
    everything shown lie `minimum` or more apart (see `recoverable`). So no row or column has a
    single gap, and no missing count can be told to be small. Zeros are shown and never used as cover: they count nobody
    (where "nobody" is itself a finding about everybody in a group, do not print the table).
    Several tables of the same people that share cells are beyond this rule; audit them together.
    """
    if minimum < 2:
        raise ValueError(f"minimum is {minimum}; expected 2 or more: one person is always too few.")
    counts = _checked(table)
    hidden: Mask = (counts > 0) & (counts < minimum)
    safe: set[Place] = set()  # more gaps only widen what is possible: once safe, always safe
    while (lines := _to_cover(counts, hidden, minimum, safe)) is not None:
        hidden[_cheapest(counts, hidden, lines)] = True
    return table.astype("Int64").mask(hidden)


def recoverable(table: pd.DataFrame, suppressed: pd.DataFrame, minimum: int = 1) -> pd.DataFrame:
    """Missing counts that a reader can narrow down too far from rows, columns and sums.

    For each missing count the least and the greatest value that fits everything shown, by linear
    programming (interval audit; Fischetti & Salazar 2001), missing counts being 1 or more because
    zeros are always shown.

    Parameters
    ----------
    table
        The true counts with margins, as for `suppress`.
    suppressed
        Same shape, True where a count is left out.
    minimum
        A count is safe when high - low is at least this; 1 asks for exact recovery only.

    Returns
    -------
    DataFrame
        `row, column, low, high`, one row per count that is not safe; empty when all are.
    """
    counts, hidden = _checked(table), suppressed.to_numpy(dtype=bool)
    if hidden.shape != counts.shape:
        raise ValueError(
            f"suppressed has shape {hidden.shape}; expected that of the table, {counts.shape}."
        )
    rows = []
    for i, j in np.argwhere(hidden):
        low, high = _interval(counts, hidden, (int(i), int(j)))
        if high - low < minimum:
            rows.append((table.index[i], table.columns[j], low, high))
    return pd.DataFrame(rows, columns=["row", "column", "low", "high"])


def _checked(table: pd.DataFrame) -> Counts:
    values = table.to_numpy(dtype=float, na_value=np.nan)
    if not values.size or not np.isfinite(values).all() or (values < 0).any() or (values % 1).any():
        raise ValueError("the table must hold counts: whole numbers of 0 or more, none missing.")
    counts = values.astype(np.int64)
    for line in _lines(counts.shape):
        inner, total = [counts[place] for place in line[:-1]], counts[line[-1]]
        if sum(inner) != total:
            i, j = line[-1]
            raise ValueError(
                f"row {table.index[i]}, column {table.columns[j]}: {total}, but the cells it should "
                f"sum up make {sum(inner)}; the last row and the last column must be the sums."
            )
    return counts


def _lines(shape: tuple[int, ...]) -> list[Line]:
    """Places of every row and column that ends in its sum."""
    rows, columns = shape
    across = [[(i, j) for j in range(columns)] for i in range(rows)] if columns > 1 else []
    down = [[(i, j) for i in range(rows)] for j in range(columns)] if rows > 1 else []
    return across + down


def _interval(counts: Counts, hidden: Mask, place: Place) -> tuple[float, float]:
    """Least and greatest value of a missing count that fit every sum; high may be infinite.

    The system is a network, so the ends are whole numbers without asking for it.
    """
    if 1 in counts.shape:
        return _interval_in_line(counts.ravel(), hidden.ravel(), place)
    places = [(int(i), int(j)) for i, j in np.argwhere(hidden)]
    number = {place: k for k, place in enumerate(places)}
    lines = [line for line in _lines(counts.shape) if any(hidden[p] for p in line)]
    left, right = np.zeros((len(lines), len(places))), np.zeros(len(lines))
    for k, line in enumerate(lines):
        for p, sign in zip(line, [1] * (len(line) - 1) + [-1], strict=True):
            if hidden[p]:
                left[k, number[p]] = sign
            else:
                right[k] -= sign * counts[p]
    ends = []
    for direction in (1.0, -1.0):
        aim = np.zeros(len(places))
        aim[number[place]] = direction
        equal = {"A_eq": left, "b_eq": right} if lines else {}
        found = linprog(aim, bounds=(1, None), method="highs", **equal)
        unbounded = found.status == UNBOUNDED
        ends.append(-direction * np.inf if unbounded else float(round(direction * found.fun)))
    return ends[0], ends[1]


def _interval_in_line(counts: Counts, hidden: Mask, place: Place) -> tuple[float, float]:
    """The same for one line that ends in its sum, where the answer can be written down."""
    missing = int(hidden[:-1].sum())
    shown = int(counts[:-1][~hidden[:-1]].sum())
    if hidden[-1]:
        last = max(place) == len(counts) - 1
        return (float(shown + missing), np.inf) if last else (1.0, np.inf)
    left = int(counts[-1]) - shown
    return (1.0, float(left - missing + 1)) if missing > 1 else (float(left), float(left))


def _to_cover(counts: Counts, hidden: Mask, minimum: int, safe: set[Place]) -> list[Line] | None:
    """Lines of which one needs a further gap: with a single gap, else around a count not yet safe."""
    lines = _lines(counts.shape)
    for line in lines:
        if sum(hidden[p] for p in line) == 1:
            return [line]
    for i, j in np.argwhere(hidden):
        place = (int(i), int(j))
        if place in safe:
            continue
        low, high = _interval(counts, hidden, place)
        if high - low < minimum:
            own = [line for line in lines if place in line]
            return own if _free(counts, hidden, own) else lines
        safe.add(place)
    return None


def _free(counts: Counts, hidden: Mask, lines: list[Line]) -> list[Place]:
    return [p for line in lines for p in line if not hidden[p] and counts[p] > 0]


def _cheapest(counts: Counts, hidden: Mask, lines: list[Line]) -> Place:
    """The cell to leave out next: inner before margin, where its other line has a gap, the smallest."""
    gaps_across, gaps_down = hidden.sum(axis=1), hidden.sum(axis=0)
    ends = [line[-1] for line in _lines(counts.shape)]

    def cost(place: Place) -> tuple[int, bool, int, Place]:
        new_single = not (gaps_across[place[0]] > 0 and gaps_down[place[1]] > 0)
        return ends.count(place), new_single, int(counts[place]), place

    return min(_free(counts, hidden, lines), key=cost)
