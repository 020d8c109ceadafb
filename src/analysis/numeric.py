"""Tables as numbers: columns turned into floats, and refusals that name the cell.

Nothing here computes; ranges and codes that depend on a scale are in `scoring`.
"""

import numbers

import numpy as np
import pandas as pd


def numeric_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """The same table as floats (NaN = missing); refuses what is not a finite number.

    Raises
    ------
    ValueError
        A column occurs twice, holds something other than numbers, or holds an infinite value;
        the message names the column and the first row concerned.
    """
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(f"Column {twice[0]!r} occurs twice; every column needs its own name.")
    if all(isinstance(kind, np.dtype) and kind.kind in "biuf" for kind in frame.dtypes):
        table = frame.astype(float)
    else:
        numeric = {name: _as_float(frame[name]) for name in frame.columns}
        table = pd.DataFrame(numeric, index=frame.index, columns=frame.columns, dtype=float)
    infinite = np.argwhere(np.isinf(table.to_numpy()))
    if len(infinite):
        row, column = infinite[0]
        raise ValueError(
            f"Column {table.columns[column]!r}, row {list(table.index)[row]}: the value is infinite; "
            "a finite number was expected. Correct it or mark it as missing."
        )
    return table


def _as_float(column: pd.Series) -> pd.Series:
    """One column as float, or a refusal naming the first row that is no number."""
    if not pd.api.types.is_numeric_dtype(column):
        present = column[column.notna()]
        wrong = [not isinstance(value, numbers.Real) for value in present]
        if any(wrong):
            row = list(present.index)[wrong.index(True)]
            raise ValueError(
                f"Column {column.name!r}, row {row} holds {present[wrong].iloc[0]!r}; "
                "a number was expected. Convert the column to numbers or leave it out."
            )
    return column.astype("Float64").astype(float) if column.hasnans else column.astype(float)
