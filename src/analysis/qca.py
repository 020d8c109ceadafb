"""Qualitative comparative analysis of coded cases: truth table, Boolean minimisation, fit. Small numbers of cases and conditions.

A frame of sets has one row per case and one column per set, memberships from 0 to 1 (crisp: 0 or 1), NaN where the case does
not say. Not stated is never read as absent: such cases are left out by name, or every filling of the gaps is tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from analysis.minimisation import Term, prime_implicants, smallest_covers
from analysis.sets import ALWAYS, membership

MOST_CONDITIONS = 8


def truth_table(
    cases: pd.DataFrame, outcome: str, consistency: float = 0.8, frequency: int = 1
) -> pd.DataFrame:
    """Every combination of the conditions, with its cases and whether they show the outcome.

    Parameters
    ----------
    cases : sets of the conditions and the outcome; all columns but `outcome` are conditions; incomplete cases are left out.
    consistency : a combination counts as showing the outcome when its consistency reaches this.
    frequency : a combination with fewer cases (membership above 0.5) is a logical remainder.

    Returns
    -------
    DataFrame
        2^k rows: conditions (0, 1), `n`, `consistency`, `pri` (NaN in remainders), `result` (`1`, `0`, `?` remainder), `contradictory` (its
        cases have different outcomes), `cases` (names).

    Notes
    -----
    Ragin (2008) Redesigning Social Inquiry. Consistency is sum(min(x, y)) / sum(x); PRI leaves out what is shared with the
    absent outcome. Checked against R QCA on Lipset's crisp and fuzzy data.
    """
    known = cases.dropna()
    conditions = [str(name) for name in cases if name != outcome]
    _check(cases, conditions, outcome, consistency, frequency)
    y = known[outcome].to_numpy(dtype=float)
    x = known[conditions].to_numpy(dtype=float)
    inside = _memberships(x) > 0.5
    n, fits, pri = _corners(x, y)
    seen = n >= frequency
    table = pd.DataFrame(product((0, 1), repeat=len(conditions)), columns=conditions)
    table["n"] = n
    table["consistency"], table["pri"] = np.where(seen, fits, np.nan), np.where(seen, pri, np.nan)
    shown = np.nan_to_num(fits) >= consistency - 1e-9
    table["result"] = np.where(~seen, "?", np.where(shown, "1", "0"))
    positive = (inside & (y > 0.5)).sum(axis=1)
    table["contradictory"] = seen & (positive > 0) & (positive < n)
    table["cases"] = [tuple(map(str, known.index[row])) for row in inside]
    return table


def diversity(table: pd.DataFrame) -> dict[str, int]:
    """How much of the table is seen: `possible, observed, remainders, contradictory` combinations, `positive`, `cases`."""
    return {
        "possible": len(table),
        "observed": int(table["result"].ne("?").sum()),
        "remainders": int(table["result"].eq("?").sum()),
        "contradictory": int(table["contradictory"].sum()),
        "positive": int(table["result"].eq("1").sum()),
        "cases": int(table["n"].sum()),
    }


def conservative(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """All minimal solutions from the observed combinations alone: no assumption about what was not seen.

    Each is a tuple of terms such as `A*~B`, to be read “A and not B”, terms joined by “or”; an empty list when no
    combination shows the outcome. Quine (1952) and McCluskey (1956), all covers with the fewest terms.
    """
    return _solved(table, "1")


def parsimonious(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """All minimal solutions when a remainder may be taken as showing the outcome wherever that shortens a term.

    What is assumed is listed by `assumptions` and has to be told with the solution.
    """
    return _solved(table, "1?")


def assumptions(table: pd.DataFrame, models: list[tuple[str, ...]]) -> pd.DataFrame:
    """Simplifying assumptions: the unseen combinations that a solution counts as showing the outcome.

    One row per assumption: `solution` (text) and the conditions. Checked against Rihoux & De Meur (2009), p. 61: 5 for
    Lipset's survivals, 18 for the breakdowns.
    """
    conditions = _conditions(table)
    memberships = table[conditions].astype(float)
    parts = []
    for model in models:
        inside = np.maximum.reduce([membership(memberships, term) for term in model]) > 0.5
        rows = table.loc[inside & table["result"].eq("?"), conditions]
        parts.append(rows.assign(solution=text([model]))[["solution", *conditions]])
    empty = pd.DataFrame(columns=["solution", *conditions])
    return pd.concat(parts, ignore_index=True) if parts else empty


def fit(cases: pd.DataFrame, models: list[tuple[str, ...]], outcome: str) -> pd.DataFrame:
    """How well each term and each whole solution fits the cases.

    Returns
    -------
    DataFrame
        `model, term, consistency, pri, coverage` (share of the outcome that the term accounts for), `unique` (share that no other term
        of the solution accounts for), `n`, `cases` (names with the term and the outcome). A last row per model, `term`
        “whole”, for all terms together.

    Notes
    -----
    Ragin (2006) Political Analysis 14:291. Checked against R QCA on Lipset's crisp and fuzzy data.
    """
    known = cases.dropna()
    y = known[outcome].to_numpy(dtype=float)
    rows = []
    for number, model in enumerate(models, 1):
        parts = [membership(known, term) for term in model]
        together = np.maximum.reduce(parts)
        for place, (term, x) in enumerate(zip(model, parts, strict=True)):
            rest = [part for other, part in enumerate(parts) if other != place]
            without = _covered(np.maximum.reduce(rest), y) if rest else 0.0
            unique = _covered(together, y) - without
            rows.append((number, term, *_fit(x, y), _covered(x, y), unique, *_named(known, x, y)))
        whole = (*_fit(together, y), _covered(together, y), np.nan, *_named(known, together, y))
        rows.append((number, "whole", *whole))
    names = ["model", "term", "consistency", "pri", "coverage", "unique", "n", "cases"]
    return pd.DataFrame(rows, columns=names)


def necessity(cases: pd.DataFrame, outcome: str) -> pd.DataFrame:
    """Each condition, present and absent, as necessary for the outcome: `condition, consistency, coverage, n`.

    Consistency of necessity is sum(min(x, y)) / sum(y), coverage sum(min(x, y)) / sum(x). A condition that (nearly) every case has
    is necessary without meaning: then its coverage is no higher than the share of cases with the outcome.
    """
    known = cases.dropna()
    y = known[outcome].to_numpy(dtype=float)
    rows = []
    for name in known.columns.drop(outcome):
        for term in (name, f"~{name}"):
            x = membership(known, term)
            rows.append((term, _covered(x, y), _fit(x, y)[0], len(known)))
    return pd.DataFrame(rows, columns=["condition", "consistency", "coverage", "n"])


def fillings(
    cases: pd.DataFrame,
    outcome: str,
    consistency: float = 0.8,
    frequency: int = 1,
    most: int = 4096,
) -> pd.DataFrame:
    """Which conservative solutions come out if every gap in the codes is filled in every way.

    Bounds what the cases left out could change: a solution that few fillings give rests on the gaps, not on the cases.

    Returns
    -------
    DataFrame
        `solution` (text; alternatives joined by “ | ”), `fillings` (how many give it) and `n` (how many there are), most frequent first.

    Raises
    ------
    ValueError
        When there are more than `most` fillings.
    """
    conditions = [str(name) for name in cases if name != outcome]
    _check(cases, conditions, outcome, consistency, frequency)
    gaps = np.argwhere(cases[[*conditions, outcome]].isna().to_numpy())
    if 2 ** len(gaps) > most:
        raise ValueError(
            f"{len(gaps)} gaps in the codes make more than {most} fillings; use fewer conditions or cases."
        )
    full = cases[[*conditions, outcome]].to_numpy(dtype=float, copy=True)
    counted: Counter[tuple[int, ...]] = Counter()
    for filling in product((0.0, 1.0), repeat=len(gaps)):
        full[tuple(gaps.T)] = filling
        n, fits, _ = _corners(full[:, :-1], full[:, -1])
        shown = (n >= frequency) & (np.nan_to_num(fits) >= consistency - 1e-9)
        counted[tuple(map(int, np.flatnonzero(shown)))] += 1
    named = [
        (text(_written_all(list(rows), list(rows), conditions)), c) for rows, c in counted.items()
    ]
    table = pd.DataFrame(named, columns=["solution", "fillings"])
    return table.sort_values(
        ["fillings", "solution"], ascending=[False, True], ignore_index=True
    ).assign(n=2 ** len(gaps))


def text(models: Sequence[tuple[str, ...]]) -> str:
    """Solutions as one line: terms joined by “ + ”, alternative solutions by “ | ”, “none” without any."""
    return " | ".join(" + ".join(model) for model in models) or "none"


def _memberships(x: np.ndarray) -> np.ndarray:
    """Membership of every case in every combination, combinations in binary order: the smallest of its parts."""
    return np.array(
        [np.where(bits, x, 1 - x).min(axis=1) for bits in product((False, True), repeat=x.shape[1])]
    )


def _corners(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of every combination the number of its cases, its consistency and its PRI."""
    memberships = _memberships(x)
    fits, pri = zip(*(_fit(row, y) for row in memberships), strict=True)
    return (memberships > 0.5).sum(axis=1), np.array(fits), np.array(pri)


def _solved(table: pd.DataFrame, allowed: str) -> list[tuple[str, ...]]:
    """Smallest covers of the positive rows by terms of rows with the allowed results; the table is in binary order."""
    shown = np.flatnonzero(table["result"].eq("1")).tolist()
    usable = np.flatnonzero(table["result"].isin(list(allowed))).tolist()
    return _written_all(shown, usable, _conditions(table))


def _written_all(
    shown: list[int], usable: list[int], conditions: Sequence[str]
) -> list[tuple[str, ...]]:
    primes = prime_implicants(usable, len(conditions))
    covers = smallest_covers(primes, shown) if shown else []
    return [tuple(_written(term, conditions) for term in cover) for cover in covers]


def _written(term: Term, conditions: Sequence[str]) -> str:
    mask, values = term
    parts = []
    for place, name in enumerate(conditions):
        bit = 1 << (len(conditions) - 1 - place)
        if mask & bit:
            parts.append(name if values & bit else f"~{name}")
    return "*".join(parts) or ALWAYS


def _conditions(table: pd.DataFrame) -> list[str]:
    return [str(name) for name in table][: list(table).index("n")]


def _fit(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Consistency of sufficiency and PRI; NaN where nothing is in x."""
    both, neither = np.minimum(x, y).sum(), np.minimum(np.minimum(x, y), 1 - y).sum()
    pri = (both - neither) / (x.sum() - neither) if x.sum() > neither else np.nan
    return (float(both / x.sum()) if x.sum() else np.nan), float(pri)


def _covered(x: np.ndarray, y: np.ndarray) -> float:
    return float(np.minimum(x, y).sum() / y.sum()) if y.sum() else np.nan


def _named(known: pd.DataFrame, x: np.ndarray, y: np.ndarray) -> tuple[int, tuple[str, ...]]:
    return len(known), tuple(map(str, known.index[(x > 0.5) & (y > 0.5)]))


def _check(
    cases: pd.DataFrame, conditions: list[str], outcome: str, consistency: float, frequency: int
) -> None:
    if outcome not in cases:
        raise ValueError(f"there is no set {outcome!r}; found {', '.join(cases.columns)}.")
    if not 1 <= len(conditions) <= MOST_CONDITIONS:
        raise ValueError(f"{len(conditions)} conditions; expected 1 to {MOST_CONDITIONS}.")
    if not 0 < consistency <= 1 or frequency < 1:
        raise ValueError(
            f"consistency {consistency}, frequency {frequency}: expected a share above 0 up to 1 and a count from 1."
        )
    wrong = [name for name in cases if not cases[name].dropna().between(0, 1).all()]
    if wrong:
        raise ValueError(f"set {wrong[0]}: memberships outside 0 to 1.")
    if any(set(name) & set("*~+ ") for name in conditions):
        raise ValueError("names of conditions must not hold *, ~, + or blanks.")
