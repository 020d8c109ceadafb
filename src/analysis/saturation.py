"""When further interviews bring no new codes: the curve of codes, its bands, the rule of Guest et al.

Code saturation only. Whether a code is understood in all its meanings (Hennink, Kaiser & Marconi
2017) no count can tell.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.special import comb


def new_codes(coding: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """What each interview added to the codes heard before it.

    Parameters
    ----------
    order : documents in the order in which the interviews were held, also those without codings.

    Returns
    -------
    DataFrame
        `position` (from 1), `document, codes` (different ones in it), `new, heard` (different
        ones so far), `names` (the new ones, joined by "; ").

    Raises
    ------
    ValueError
        If `order` is empty, names a document twice, or leaves out a coded one.
    """
    here = _heard(coding, order)
    first = here.cumsum().eq(1) & here.astype(bool)
    return pd.DataFrame(
        {
            "position": range(1, len(order) + 1),
            "document": list(order),
            "codes": here.sum(axis=1).to_numpy(),
            "new": first.sum(axis=1).to_numpy(),
            "heard": first.sum(axis=1).cumsum().to_numpy(),
            "names": ["; ".join(here.columns[row]) for row in first.to_numpy(dtype=bool)],
        }
    )


def curve(
    coding: pd.DataFrame, order: Sequence[str], permutations: int = 1000, seed: int = 0
) -> pd.DataFrame:
    """Codes heard after each interview, beside what other orders of the same interviews give.

    Returns
    -------
    DataFrame
        `position, document, heard` (in the order given), `expected` (mean over all orders,
        exact), `low, high` (middle 95% of the random orders), `permutations`.

    Raises
    ------
    ValueError
        As `new_codes`; or if `permutations` is less than 1.

    Notes
    -----
    `expected` at k of N interviews is the sum over codes of 1 - C(N - n, k) / C(N, k), n being the
    interviews in which a code is heard (Hurlbert 1971; the sample-based rarefaction of Colwell,
    Mao & Chang 2004); checked against all orders of five interviews. The band says how much the
    order matters in these interviews; it is no forecast for interviews not held, and at the last
    one all orders meet.
    """
    if permutations < 1:
        raise ValueError(f"permutations is {permutations}; it must be 1 or more.")
    table = new_codes(coding, order)
    here = _heard(coding, order).to_numpy().astype(bool)
    n, rng = len(order), np.random.default_rng(seed)
    k = np.arange(1, n + 1)
    interviews = here.sum(axis=0)
    missed = comb(n - interviews[None, :], k[:, None]) / comb(n, k)[:, None]
    many = np.array(
        [
            np.logical_or.accumulate(here[rng.permutation(n)]).sum(axis=1)
            for _ in range(permutations)
        ]
    )
    low, high = np.percentile(many, [2.5, 97.5], axis=0)
    result = table[["position", "document", "heard"]]
    result = result.assign(expected=(1 - missed).sum(axis=1), low=low, high=high)
    return result.assign(permutations=permutations)


def runs(coding: pd.DataFrame, order: Sequence[str], base: int = 4, run: int = 2) -> pd.DataFrame:
    """New information in every run of interviews after the base.

    Parameters
    ----------
    base : interviews at the start whose different codes are the denominator (4, 5 or 6).
    run : interviews looked at together (2 or 3); runs overlap, each begins one interview later.

    Returns
    -------
    DataFrame
        One row per run: `before` (interviews held before it), `first, last` (positions), `new`
        (codes first heard in the run), `base_codes`, `share` = new / base_codes.

    Raises
    ------
    ValueError
        As `new_codes`; or if base or run is less than 1, there are fewer interviews than base +
        run, or no codes in the base.
    """
    table = new_codes(coding, order)
    if base < 1 or run < 1 or len(table) < base + run:
        raise ValueError(
            f"base {base} and run {run} with {len(table)} interviews: both must be 1 or more, and "
            f"there must be at least {base + run} interviews. Choose a smaller base or run."
        )
    known = int(table["heard"].iloc[base - 1])
    if known == 0:
        raise ValueError(f"No code is heard in the first {base} interviews; choose a larger base.")
    before = np.arange(base, len(table) - run + 1)
    heard = table["heard"].to_numpy()
    new = heard[before + run - 1] - heard[before - 1]
    parts = {"before": before, "first": before + 1, "last": before + run, "new": new}
    return pd.DataFrame(parts).assign(base_codes=known, share=new / known)


def reached(
    coding: pd.DataFrame,
    order: Sequence[str],
    bases: Sequence[int] = (4, 5, 6),
    run_lengths: Sequence[int] = (2, 3),
    thresholds: Sequence[float] = (0.05, 0.0),
) -> pd.DataFrame:
    """After how many interviews saturation was reached, by every choice of the rule.

    Returns
    -------
    DataFrame
        One row per base, run and threshold: `base, run, threshold, before` (interviews held when
        the first run with share <= threshold began; missing if there is none), `last` (with that
        run), `share` (of that run, or of the last one), `written` ("6+2": reached at 6,
        confirmed by 2 more; "not reached in 13"), `note`.

    Notes
    -----
    Guest, Namey & Chen (2020), PLOS ONE 15(5): e0232076. "Reached" is a statement about these
    interviews and this codebook; with a codebook fixed beforehand codes cannot grow without end.
    """
    rows = []
    for base in bases:
        for run in run_lengths:
            if len(order) < base + run:
                few = f"needs {base + run} interviews, there are {len(order)}"
                rows += [_choice(base, run, limit, None, len(order), few) for limit in thresholds]
                continue
            table = runs(coding, order, base, run)
            rows += [_choice(base, run, limit, table, len(order), "") for limit in thresholds]
    table = pd.DataFrame(rows)
    return table.astype({"before": "Int64", "last": "Int64"})


def _choice(
    base: int, run: int, limit: float, table: pd.DataFrame | None, n: int, note: str
) -> dict[str, object]:
    row: dict[str, object] = {"base": base, "run": run, "threshold": limit}
    lost = {"before": pd.NA, "last": pd.NA, "share": np.nan, "written": "", "note": note}
    if table is None:
        return row | lost
    met = table[table["share"] <= limit]
    if met.empty:
        share = float(table["share"].iloc[-1])
        return row | lost | {"share": share, "written": f"not reached in {n}"}
    first = met.iloc[0]
    before = int(first["before"])
    found = {"before": before, "last": before + run, "share": float(first["share"])}
    return row | found | {"written": f"{before}+{run}", "note": note}


def _heard(coding: pd.DataFrame, order: Sequence[str]) -> pd.DataFrame:
    """Documents in order x codes by name: 1 if any coder heard the code there."""
    if not len(order):
        raise ValueError("order names no interviews.")
    twice = sorted({name for name in order if list(order).count(name) > 1})
    if twice:
        raise ValueError(f"Named twice in the order of interviews: {', '.join(twice)}.")
    unknown = sorted(set(coding["document"]) - set(order))
    if unknown:
        raise ValueError(
            f"Coded, but missing from the order of interviews: {', '.join(unknown)}. Give every "
            "interview once, in the order in which they were held."
        )
    counts = pd.crosstab(coding["document"], coding["code"])
    return counts.reindex(list(order), fill_value=0).clip(upper=1).astype(int)
