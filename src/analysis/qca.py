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

MOST_CONDITIONS = 8
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
    conditions = [name for name in cases if name != outcome]
    _check(cases, conditions, outcome, consistency, frequency)
    y = known[outcome].to_numpy(dtype=float)
    rows = []
    for values in product((0, 1), repeat=len(conditions)):
        signed = [c if v else f"~{c}" for c, v in zip(conditions, values, strict=True)]
        x = membership(known, "*".join(signed))
        inside = x > 0.5
        n = int(inside.sum())
        fit, pri = _fit(x, y) if n >= frequency else (np.nan, np.nan)
        result = "?" if n < frequency else "1" if fit >= consistency - 1e-9 else "0"
        mixed = n >= frequency and 0 < (y[inside] > 0.5).sum() < n
        rows.append((*values, n, fit, pri, result, mixed, tuple(map(str, known.index[inside]))))
    names = [*conditions, "n", "consistency", "pri", "result", "contradictory", "cases"]
    return pd.DataFrame(rows, columns=names)


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
    return _solved(table, _rows(table, "1"), [])


def parsimonious(table: pd.DataFrame) -> list[tuple[str, ...]]:
    """All minimal solutions when a remainder may be taken as showing the outcome wherever that shortens a term.

    What is assumed is listed by `assumptions` and has to be told with the solution.
    """
    return _solved(table, _rows(table, "1"), _rows(table, "?"))


def assumptions(table: pd.DataFrame, model: tuple[str, ...]) -> pd.DataFrame:
    """Simplifying assumptions of a solution: the unseen combinations that it counts as showing the outcome."""
    conditions = _conditions(table)
    inside = np.zeros(len(table), dtype=bool)
    for term in model:
        inside |= membership(table[conditions].astype(float), term) > 0.5
    return table.loc[inside & table["result"].eq("?"), conditions].reset_index(drop=True)


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
    gaps = list(zip(*np.where(cases.isna()), strict=True))
    if 2 ** len(gaps) > most:
        raise ValueError(
            f"{len(gaps)} gaps in the codes make more than {most} fillings; use fewer conditions or cases."
        )
    counted: Counter[str] = Counter()
    values = cases.to_numpy(dtype=float, copy=True)
    for filling in product((0.0, 1.0), repeat=len(gaps)):
        for place, value in zip(gaps, filling, strict=True):
            values[place] = value
        full = pd.DataFrame(values, index=cases.index, columns=cases.columns)
        counted[text(conservative(truth_table(full, outcome, consistency, frequency)))] += 1
    rows = [(solution, count, 2 ** len(gaps)) for solution, count in counted.most_common()]
    return pd.DataFrame(rows, columns=["solution", "fillings", "n"])


def text(models: Sequence[tuple[str, ...]]) -> str:
    """Solutions as one line: terms joined by “ + ”, alternative solutions by “ | ”, “none” without any."""
    return " | ".join(" + ".join(model) for model in models) or "none"


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


def _solved(table: pd.DataFrame, shown: list[int], free: list[int]) -> list[tuple[str, ...]]:
    conditions = _conditions(table)
    if not shown:
        return []
    primes = prime_implicants([*shown, *free], len(conditions))
    covers = smallest_covers(primes, shown)
    return [tuple(_written(term, conditions) for term in cover) for cover in covers]


def _written(term: Term, conditions: Sequence[str]) -> str:
    mask, values = term
    parts = []
    for place, name in enumerate(conditions):
        bit = 1 << (len(conditions) - 1 - place)
        if mask & bit:
            parts.append(name if values & bit else f"~{name}")
    return "*".join(parts) or ALWAYS


def _rows(table: pd.DataFrame, result: str) -> list[int]:
    """Combinations with this result as numbers; the table's rows are in binary order."""
    return [int(place) for place in np.flatnonzero(table["result"].eq(result))]


def _conditions(table: pd.DataFrame) -> list[str]:
    return list(table.columns[: table.columns.get_loc("n")])


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
