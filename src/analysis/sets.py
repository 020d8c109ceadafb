"""Coded cases as sets: memberships by a stated table, cases whose codes leave gaps, membership in a term.

A frame of sets has one row per case and one column per set, memberships from 0 to 1 (crisp: 0 or 1), NaN where it is not stated.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

ALWAYS = "always"  # the term without a condition


def calibrated(cases: pd.DataFrame, sets: pd.DataFrame, case: str = "id") -> pd.DataFrame:
    """Coded cases as crisp sets, by a table of which codes belong to which set.

    Parameters
    ----------
    cases : one row per case, codes as text; `case` names them.
    sets
        One row per `set` and `value` of a `column` of the cases: `member` is 1, 0, or empty where the value leaves it open.

    Returns
    -------
    DataFrame
        Index the cases, columns the sets, 1.0, 0.0 or NaN.

    Raises
    ------
    ValueError
        For a value that the table does not list, or a column that the cases lack.
    """
    found = {}
    for name, rules in sets.groupby("set", sort=False):
        column = rules["column"].iloc[0]
        if column not in cases or rules["column"].nunique() > 1:
            raise ValueError(f"set {name}: expected one column of the cases, found {column!r}.")
        members = dict(zip(rules["value"], pd.to_numeric(rules["member"]), strict=True))
        unknown = sorted(set(cases[column]) - set(members))
        if unknown:
            raise ValueError(
                f"set {name}: {column} {', '.join(map(repr, unknown))} is in no rule; "
                "say whether it is in the set, out of it or open."
            )
        found[name] = cases[column].map(members).astype(float).to_numpy()
    return pd.DataFrame(found, index=pd.Index(cases[case], name="case"))


def left_out(cases: pd.DataFrame) -> pd.DataFrame:
    """Cases that cannot enter because a membership is not known: `case, not_stated` (the sets, comma between)."""
    rows = [
        (case, ", ".join(cases.columns[row.isna()]))
        for case, row in cases.iterrows()
        if row.isna().any()
    ]
    return pd.DataFrame(rows, columns=["case", "not_stated"])


def membership(cases: pd.DataFrame, term: str) -> np.ndarray:
    """Membership of every case in a term such as `A*~B`: the smallest of its parts, 1 − x where negated."""
    if term == ALWAYS:
        return np.ones(len(cases))
    parts = [
        1 - cases[part[1:]].to_numpy(dtype=float)
        if part.startswith("~")
        else cases[part].to_numpy(dtype=float)
        for part in term.split("*")
    ]
    return np.minimum.reduce(parts)
