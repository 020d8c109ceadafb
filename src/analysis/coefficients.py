"""Coefficients of agreement on a matrix of coders x units.

A matrix has one row per coder and one column per unit; NaN (in sets: None) is "not coded by this
coder". A coefficient that the data leave undefined is NaN. Units of text are in `agreement`.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from itertools import combinations

import numpy as np
import pandas as pd

Matrix = pd.DataFrame | np.ndarray | Sequence[Sequence[float]]
Labels = Sequence[float] | None


def unit_counts(matrix: Matrix, categories: Labels = None) -> tuple[np.ndarray, np.ndarray]:
    """Units x categories counts of labels, and the categories in order.

    Parameters
    ----------
    categories : all labels a coder could give; default those in use. Give them where a label may
        be absent by chance, as coefficients with q categories depend on it.

    Raises
    ------
    ValueError
        If the matrix is not two-dimensional and numeric, or holds a label not in `categories`.
    """
    values = _values(matrix)
    found = np.unique(values[~np.isnan(values)])
    labels = found if categories is None else np.asarray(sorted(categories), dtype=float)
    strange = set(found.tolist()) - set(labels.tolist())
    if strange:
        raise ValueError(
            f"Labels {sorted(strange)} are not among the categories {labels.tolist()}."
        )
    counts = (values[:, :, None] == labels).sum(axis=0)
    return counts.astype(float), labels


def percent(matrix: Matrix) -> float:
    """Share of agreeing pairs of coders, averaged over units with at least two labels."""
    counts, _ = unit_counts(matrix)
    return _observed(counts)


def alpha(matrix: Matrix, level: str) -> float:
    """Krippendorff's alpha for any number of coders and missing labels.

    Parameters
    ----------
    level : "nominal", "ordinal", "interval" or "ratio"; there is no default, because a wrong
        level gives a plausible wrong number.

    Notes
    -----
    alpha = 1 - D_o / D_e (Krippendorff 2011, Computing Krippendorff's Alpha-Reliability; its
    examples A and C are in the tests). NaN if no unit has two labels or all labels are equal.
    """
    counts, labels = unit_counts(matrix)
    counts = counts[counts.sum(axis=1) >= 2]
    return _alpha(counts, _level_distance(level, labels, counts.sum(axis=0)))


def _alpha(counts: np.ndarray, distance: np.ndarray) -> float:
    """1 - D_o / D_e from units x values counts and values x values distances."""
    labels_in = counts.sum(axis=1)
    totals = counts.sum(axis=0)
    n = totals.sum()
    expected = totals @ distance @ totals / (n * (n - 1)) if n > 1 else 0.0
    if expected == 0:
        return np.nan
    within = np.einsum("uv,uv->u", counts @ distance, counts)
    return 1 - (within / (labels_in - 1)).sum() / n / expected


def _level_distance(level: str, labels: np.ndarray, totals: np.ndarray) -> np.ndarray:
    difference = labels[:, None] - labels[None, :]
    if level == "nominal":
        return (difference != 0).astype(float)
    if level == "interval":
        return difference**2
    if level == "ratio":
        total = labels[:, None] + labels[None, :]
        return np.divide(difference, total, out=np.zeros_like(difference), where=total != 0) ** 2
    if level == "ordinal":
        middle = totals.cumsum() - totals / 2
        return (middle[:, None] - middle[None, :]) ** 2
    raise ValueError(f"level is {level!r}; it must be nominal, ordinal, interval or ratio.")


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
    values = _values(matrix)
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


def jaccard_distance(a: frozenset, b: frozenset) -> float:
    """1 - shared / either; 0 for two empty sets."""
    return 1 - len(a & b) / len(a | b) if a | b else 0.0


def dice_distance(a: frozenset, b: frozenset) -> float:
    """1 - 2 shared / (size + size); 0 for two empty sets."""
    return 1 - 2 * len(a & b) / (len(a) + len(b)) if a or b else 0.0


def masi_distance(a: frozenset, b: frozenset) -> float:
    """1 - J * M (Passonneau 2006): J Jaccard, M 1 equal, 2/3 subset, 1/3 overlap, 0 disjoint.

    0 for two empty sets, where nltk divides by zero: two coders who saw nothing agree.
    """
    if a == b:
        return 0.0
    subset = a <= b or b <= a
    monotone = 2 / 3 if subset and a and b else 1 / 3
    return 1 - (1 - jaccard_distance(a, b)) * monotone


def alpha_set_valued(
    matrix: Iterable[Iterable[Iterable[Hashable] | None]],
    distance: Callable[[frozenset, frozenset], float] = masi_distance,
) -> float:
    """Krippendorff's alpha where a label is a set of codes (None = not coded by this coder).

    Checked against nltk's `AnnotationTask.alpha` with the same distance.
    """
    rows = [[None if cell is None else frozenset(cell) for cell in row] for row in matrix]
    labels = list(dict.fromkeys(cell for row in rows for cell in row if cell is not None))
    at = {label: number for number, label in enumerate(labels)}
    counts = np.zeros((len(rows[0]) if rows else 0, len(labels)))
    for row in rows:
        for unit, cell in enumerate(row):
            if cell is not None:
                counts[unit, at[cell]] += 1
    distances = np.zeros((len(labels), len(labels)))
    for (i, a), (j, b) in combinations(enumerate(labels), 2):
        distances[i, j] = distances[j, i] = distance(a, b)
    return _alpha(counts[counts.sum(axis=1) >= 2], distances)


def _values(matrix: Matrix) -> np.ndarray:
    try:
        values = np.asarray(matrix, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Labels must be numbers, NaN for missing ({error}). Number the categories first."
        ) from error
    if values.ndim != 2:
        raise ValueError("The matrix must have one row per coder and one column per unit.")
    return values


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
    values = _values(matrix)
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
