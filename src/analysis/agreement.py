"""Agreement between coders: a table per code, and the units they differ on.

The units of text are in `units` (and offered here as well), the coefficients in `coefficients`.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis import coefficients as c
from analysis.units import set_matrix, unit_matrix, units

__all__ = ["agreement", "disagreements", "set_matrix", "unit_matrix", "units"]

RARE = 0.05  # below this share kappa and alpha are known to fall although coders agree
NOTES = {
    "alone": "One coder only: agreement cannot be computed.",
    "apart": "No unit was coded by two coders: agreement cannot be computed.",
    "same": "All coders gave every unit the same label: kappa and alpha are undefined.",
    "rare": "Rare code: kappa and alpha can be low although coders agree; read with ac1.",
    "loose": "Alpha was undefined in {n} of {of} resamples; its interval rests on the others.",
}


def agreement(
    coding: pd.DataFrame,
    units: pd.DataFrame,
    codes: Sequence[str],
    *,
    bootstrap: int = 1000,
    seed: int,
    resample: str = "unit",
) -> pd.DataFrame:
    """Agreement of the coders on every code, over the units that two or more of them coded.

    Parameters
    ----------
    bootstrap : number of resamples for the interval of alpha.
    resample : what is drawn with replacement, "unit" or "document". Units of one document are
        not independent, so "document" is the honest choice where ten or more were double-coded;
        with fewer, "unit" gives an interval that is too narrow rather than none.

    Returns
    -------
    DataFrame
        One row per code: `code, units, coders, prevalence` (share of labels that are 1),
        `percent, kappa` (Cohen, two coders only), `brennan_prediger, ac1, alpha` (nominal),
        `alpha_low, alpha_high` (95% percentile bootstrap), `positive_agreement, note`.

    Notes
    -----
    Checked against `krippendorff`, irrCAC's published values, R psych and hand arithmetic
    (tests/reference/agreement.json, statistics.json).
    """
    if resample not in ("unit", "document"):
        raise ValueError(f"resample is {resample!r}; it must be 'unit' or 'document'.")
    rows = []
    for code in codes:
        matrix = unit_matrix(coding, units, code)
        shared = matrix.loc[:, matrix.notna().sum() >= 2].dropna(how="all")
        row = _coefficients(shared) | {"code": code}
        row["alpha_low"], row["alpha_high"], undefined = _interval(
            shared, resample, bootstrap, np.random.default_rng(seed)
        )
        row["note"] = _note(matrix, shared, row, undefined, bootstrap)
        rows.append(row)
    columns = ["code", "units", "coders", "prevalence", "percent", "kappa", "brennan_prediger"]
    columns += ["ac1", "alpha", "alpha_low", "alpha_high", "positive_agreement", "note"]
    return pd.DataFrame(rows, columns=columns)


def _coefficients(shared: pd.DataFrame) -> dict:
    values = shared.to_numpy()
    both = (0, 1)
    return {
        "units": shared.shape[1],
        "coders": shared.shape[0],
        "prevalence": float(np.nanmean(values)) if values.size else np.nan,
        "percent": c.percent(values),
        "kappa": c.cohen_kappa(values, categories=both) if len(values) == 2 else np.nan,
        "brennan_prediger": c.brennan_prediger(values, both),
        "ac1": c.gwet_ac1(values, both),
        "alpha": c.alpha(values, "nominal"),
        "positive_agreement": c.positive_agreement(values),
    }


def _interval(
    shared: pd.DataFrame, resample: str, times: int, rng: np.random.Generator
) -> tuple[float, float, int]:
    """95% percentile bootstrap of nominal alpha of 0/1 labels, and how often it was undefined."""
    if shared.empty or not times:
        return np.nan, np.nan, 0
    counts, _ = c.unit_counts(shared, (0, 1))
    pairs = 2 * counts[:, 0] * counts[:, 1] / (counts.sum(axis=1) - 1)
    parts = np.column_stack([pairs, counts])
    if resample == "document":
        documents = shared.columns.get_level_values("document")
        parts = pd.DataFrame(parts).groupby(documents.to_numpy()).sum().to_numpy()
    # Equal units are interchangeable, so how often each kind is drawn is all that matters.
    kinds, n = np.unique(parts, axis=0, return_counts=True)
    drawn = rng.multinomial(n.sum(), n / n.sum(), size=times) @ kinds
    disagreeing, zeros, ones = drawn.T
    expected = 2 * zeros * ones
    defined = expected > 0
    if not defined.any():
        return np.nan, np.nan, times
    total = (zeros + ones)[defined]
    alphas = 1 - disagreeing[defined] * (total - 1) / expected[defined]
    low, high = np.quantile(alphas, [0.025, 0.975])
    return float(low), float(high), int((~defined).sum())


def _note(matrix: pd.DataFrame, shared: pd.DataFrame, row: dict, undefined: int, times: int) -> str:
    if len(matrix) < 2:
        return NOTES["alone"]
    if shared.empty:
        return NOTES["apart"]
    if np.isnan(row["alpha"]):
        return NOTES["same"]
    notes = [NOTES["rare"]] if row["prevalence"] < RARE else []
    notes += [NOTES["loose"].format(n=undefined, of=times)] if undefined else []
    return " ".join(notes)


def disagreements(coding: pd.DataFrame, units: pd.DataFrame, code: str) -> pd.DataFrame:
    """The units on which coders differ about a code, with their text, for talking them over.

    Returns
    -------
    DataFrame
        `document, unit, start, end, given_by, not_given_by` (coders joined by "; "), `text`.
    """
    matrix = unit_matrix(coding, units, code)
    differ = (matrix.max() > matrix.min()).to_numpy()
    table = units[differ].reset_index(drop=True)
    labels = matrix.loc[:, differ]

    def who(label: int) -> list[str]:
        return ["; ".join(labels.index[labels.iloc[:, i] == label]) for i in range(len(table))]

    table = table.assign(given_by=who(1), not_given_by=who(0))
    return table[["document", "unit", "start", "end", "given_by", "not_given_by", "text"]]
