"""Coefficients of agreement on a matrix of coders x units.

A matrix has one row per coder and one column per unit; NaN (in sets: None) is "not coded by this
coder". A coefficient that the data leave undefined is NaN. Units of text are in `agreement`.
"""

from itertools import combinations

import numpy as np
from scipy import stats

from analysis.krippendorff import (
    Labels,
    Matrix,
    alpha,
    alpha_set_valued,
    checked_matrix,
    dice_distance,
    jaccard_distance,
    masi_distance,
    unit_counts,
)

__all__ = [
    "alpha",
    "alpha_set_valued",
    "brennan_prediger",
    "cohen_kappa",
    "conger",
    "dice_distance",
    "fleiss",
    "gwet_ac1",
    "jaccard_distance",
    "masi_distance",
    "percent",
    "positive_agreement",
    "scott_pi",
    "unit_counts",
]


def percent(matrix: Matrix) -> float:
    """Share of agreeing pairs of coders, averaged over units with at least two labels."""
    counts, _ = unit_counts(matrix)
    return _observed(counts)


def cohen_kappa(matrix: Matrix, weights: str = "none", categories: Labels = None) -> float:
    """Cohen's kappa of two coders, on the units both coded.

    Parameters
    ----------
    weights : "none", "linear" or "quadratic", over the order of the categories.

    Notes
    -----
    Cohen 1960 and 1968; checked against R psych::cohen.kappa. NaN if chance agreement is 1.
    """
    table = _table(matrix, categories)
    scores = _agreement_weights(weights, len(table))
    if table.sum() == 0:
        return np.nan
    table = table / table.sum()
    chance = table.sum(axis=1) @ scores @ table.sum(axis=0)
    return _beyond_chance((table * scores).sum(), chance)


def scott_pi(matrix: Matrix) -> float:
    """Scott's pi of two coders, on the units both coded: chance from their pooled labels."""
    table = _table(matrix, None)
    if table.sum() == 0:
        return np.nan
    table = table / table.sum()
    pooled = (table.sum(axis=0) + table.sum(axis=1)) / 2
    return _beyond_chance(table.trace(), (pooled**2).sum())


def brennan_prediger(matrix: Matrix, categories: Labels = None) -> float:
    """Brennan and Prediger's kappa (Bennett's S; MAXQDA's kappa): chance is 1 / categories."""
    counts, labels = unit_counts(matrix, categories)
    return _beyond_chance(_observed(counts), 1 / len(labels) if len(labels) else np.nan)


def gwet_ac1(matrix: Matrix, categories: Labels = None) -> float:
    """Gwet's AC1 for any number of coders, with Gwet's treatment of missing labels.

    Notes
    -----
    Chance is sum of p (1 - p) over the q categories, divided by q - 1 (Gwet 2008). Checked
    against irrCAC's published value for `cac.raw4raters`.
    """
    counts, labels = unit_counts(matrix, categories)
    p = _mean_shares(counts)
    chance = (p * (1 - p)).sum() / (len(labels) - 1) if len(labels) > 1 else 0.0
    return _beyond_chance(_observed(counts), chance)


def gwet_ac1_interval(
    matrix: Matrix, categories: Labels = None, level: float = 0.95
) -> dict[str, float]:
    """AC1 with its standard error and t interval over units, coders taken as given; cut at 1.

    Returns
    -------
    dict with ac1, se, low, high; missing with fewer than two units or where AC1 is undefined.

    Notes
    -----
    Gwet (2008), the linearised variance for missing labels (Gwet 2014). Checked against irrCAC's published values for
    `cac.raw4raters`: .77544, se .14295, .46081 to 1.
    """
    counts, labels = unit_counts(matrix, categories)
    counts = counts[counts.sum(axis=1) > 0]
    n, ac1 = len(counts), gwet_ac1(matrix, categories)
    if n < 2 or len(labels) < 2 or np.isnan(ac1):
        return {"ac1": ac1, "se": np.nan, "low": np.nan, "high": np.nan}
    sizes, p = counts.sum(axis=1), _mean_shares(counts)
    paired = sizes >= 2
    chance = (p * (1 - p)).sum() / (len(labels) - 1)
    agreed = (counts * (counts - 1)).sum(axis=1) / np.where(paired, sizes * (sizes - 1), 1)
    each = n / paired.sum() * (agreed - chance * paired) / (1 - chance)
    by_chance = (counts @ (1 - p)) / sizes / (len(labels) - 1)
    each = each - 2 * (1 - ac1) * (by_chance - chance) / (1 - chance)
    se = float(np.sqrt(((each - ac1) ** 2).sum() / (n * (n - 1))))
    reach = stats.t.ppf((1 + level) / 2, n - 1) * se
    return {"ac1": ac1, "se": se, "low": float(ac1 - reach), "high": float(min(1, ac1 + reach))}


def fleiss(matrix: Matrix) -> float:
    """Fleiss' kappa for any number of coders, with Gwet's treatment of missing labels."""
    counts, _ = unit_counts(matrix)
    return _beyond_chance(_observed(counts), (_mean_shares(counts) ** 2).sum())


def conger(matrix: Matrix) -> float:
    """Conger's kappa: Cohen's for any number of coders, with Gwet's treatment of missing labels.

    Notes
    -----
    Chance is the agreement of all pairs of coders if each kept its own shares of labels
    (Conger 1980). Checked against irrCAC's published value for `cac.raw4raters`, and against
    Cohen's kappa for two complete coders.
    """
    counts, labels = unit_counts(matrix)
    values = checked_matrix(matrix)
    used = (values[:, :, None] == labels).sum(axis=1).astype(float)
    used = used[used.sum(axis=1) > 0]
    if len(used) < 2:
        return np.nan
    shares = used / used.sum(axis=1, keepdims=True)
    chance = np.mean([a @ b for a, b in combinations(shares, 2)])
    return _beyond_chance(_observed(counts), float(chance))


def positive_agreement(matrix: Matrix) -> float:
    """Of 0/1 labels: the chance that, where one coder gave 1, another did too.

    For two coders 2a / (2a + b + c), the Dice coefficient. NaN if nobody gave a 1.
    """
    counts, _ = unit_counts(matrix, (0, 1))
    counts = counts[counts.sum(axis=1) >= 2]
    others = counts.sum(axis=1) - 1
    possible = (counts[:, 1] * others).sum()
    return (counts[:, 1] * (counts[:, 1] - 1)).sum() / possible if possible else np.nan


def _observed(counts: np.ndarray) -> float:
    counts = counts[counts.sum(axis=1) >= 2]
    labels_in = counts.sum(axis=1)
    agreeing = (counts * (counts - 1)).sum(axis=1) / (labels_in * (labels_in - 1))
    return float(agreeing.mean()) if len(counts) else np.nan


def _mean_shares(counts: np.ndarray) -> np.ndarray:
    counts = counts[counts.sum(axis=1) >= 1]
    if not len(counts):
        return np.full(counts.shape[1], np.nan)
    return (counts / counts.sum(axis=1, keepdims=True)).mean(axis=0)


def _table(matrix: Matrix, categories: Labels) -> np.ndarray:
    values = checked_matrix(matrix)
    if len(values) != 2:
        raise ValueError(
            f"This coefficient compares two coders; the matrix has {len(values)}. Use alpha, "
            "gwet_ac1, conger or fleiss for more."
        )
    _, labels = unit_counts(values, categories)
    both = values[:, ~np.isnan(values).any(axis=0)]
    first, second = both[0][:, None] == labels, both[1][:, None] == labels
    return first.T.astype(float) @ second.astype(float)


def _agreement_weights(weights: str, q: int) -> np.ndarray:
    distance = np.abs(np.subtract.outer(np.arange(q), np.arange(q))) / max(q - 1, 1)
    if weights == "none":
        return np.eye(q)
    if weights in ("linear", "quadratic"):
        return 1 - distance if weights == "linear" else 1 - distance**2
    raise ValueError(f"weights is {weights!r}; it must be none, linear or quadratic.")


def _beyond_chance(observed: float, chance: float) -> float:
    return float((observed - chance) / (1 - chance)) if chance < 1 else np.nan
