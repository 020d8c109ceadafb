"""The items of one scale: checked, turned where reversed, and what of them can be analysed."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from analysis.numeric import numeric_columns

FEWEST_ROWS = 3


def check_range(table: pd.DataFrame, valid_range: tuple[float, float]) -> None:
    """Raise ValueError naming item, row and value where one lies outside (lowest, highest)."""
    low, high = valid_range
    values = table.to_numpy()
    wrong = np.argwhere((values < low) | (values > high))
    if len(wrong):
        row, column = wrong[0]
        raise ValueError(
            f"Item {table.columns[column]!r}, row {list(table.index)[row]}: "
            f"{values[row, column]:g} lies outside {low:g} to {high:g} "
            f"({len(wrong)} such values in all). Correct it, or mark it as missing."
        )


def turned(table: pd.DataFrame, reverse: Sequence[str], about: float) -> pd.DataFrame:
    """The items in `reverse` as `about` - x, the others as they are; ValueError for an unknown item."""
    unknown = [item for item in reverse if item not in table.columns]
    if unknown:
        raise ValueError(
            f"To be reversed but no item: {listed(unknown)}; the items are {listed(table.columns)}."
        )
    return table.assign(**{item: about - table[item] for item in reverse})


def usable(
    items: pd.DataFrame,
    reverse: Sequence[str],
    missing: str,
    valid_range: tuple[float, float] | None,
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(rows and items that can be analysed, all items) after checking and reversing.

    Parameters and errors as `scales.reliability`; items without variation and rows without an answer
    (listwise: without every answer) cannot be analysed.
    """
    if missing not in ("pairwise", "listwise"):
        raise ValueError(f"missing is {missing!r}; expected 'pairwise' or 'listwise'.")
    table = numeric_columns(items)
    if table.shape[1] < 2:
        raise ValueError(f"Reliability needs at least two items; got {list(table.columns)}.")
    if valid_range:
        check_range(table, valid_range)
    low, high = valid_range or (table.min().min(), table.max().max())
    keyed = turned(table, reverse, low + high)
    used = keyed.loc[:, keyed.nunique() > 1]
    used = used.dropna() if missing == "listwise" else used.dropna(how="all")
    if len(used) < FEWEST_ROWS:
        kind = "complete rows" if missing == "listwise" else "rows with an answer"
        raise ValueError(
            f"Only {len(used)} {kind} in the items that vary ({listed(used.columns) or 'none'}); "
            f"at least {FEWEST_ROWS} are needed."
        )
    used = used.loc[:, used.nunique() > 1]
    if used.shape[1] < 2:
        raise ValueError(
            f"At least two items must vary; of {listed(keyed.columns)} only "
            f"{listed(used.columns) or 'none'} does."
        )
    _check_overlap(used)
    return used, keyed


def _check_overlap(used: pd.DataFrame) -> None:
    seen = used.notna().to_numpy().astype(float)
    shared = seen.T @ seen
    if shared.min() < FEWEST_ROWS:
        i, j = np.unravel_index(shared.argmin(), shared.shape)
        raise ValueError(
            f"Items {used.columns[i]!r} and {used.columns[j]!r} are both rated in only "
            f"{int(shared[i, j])} rows; at least {FEWEST_ROWS} are needed."
        )


def covariances(used: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """(covariances, the same divided by the items' own standard deviations), each (k, k), pairwise."""
    covariance = used.cov().to_numpy()
    sd = np.sqrt(np.diag(covariance))
    return covariance, covariance / np.outer(sd, sd)


def listed(names: Iterable[object]) -> str:
    """Names for a message or a cell, with a comma between."""
    return ", ".join(str(name) for name in names)
