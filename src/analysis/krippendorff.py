"""Krippendorff's alpha for numbers and for sets of codes, and the counts all coefficients use.

A matrix has one row per coder and one column per unit; NaN (in sets: None) is "not coded by this
coder".
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
    values = checked_matrix(matrix)
    found = np.unique(values[~np.isnan(values)])
    labels = found if categories is None else np.asarray(sorted(categories), dtype=float)
    strange = set(found.tolist()) - set(labels.tolist())
    if strange:
        raise ValueError(
            f"Labels {sorted(strange)} are not among the categories {labels.tolist()}."
        )
    counts = (values[:, :, None] == labels).sum(axis=0)
    return counts.astype(float), labels


def checked_matrix(matrix: Matrix) -> np.ndarray:
    """Coders x units as floats; ValueError unless it is numeric and has two dimensions."""
    try:
        values = np.asarray(matrix, dtype=float)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"Labels must be numbers, NaN for missing ({error}). Number the categories first."
        ) from error
    if values.ndim != 2:
        raise ValueError("The matrix must have one row per coder and one column per unit.")
    return values


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


def set_distances(labels: Sequence[frozenset], kind: str) -> np.ndarray:
    """Distances of every pair of sets at once: the same values as the functions above.

    Parameters
    ----------
    kind : "masi", "dice" or "jaccard".
    """
    codes = {code: number for number, code in enumerate(set().union(*labels))}
    holds = np.zeros((len(labels), len(codes)))
    for row, label in zip(holds, labels, strict=True):
        row[[codes[code] for code in label]] = 1
    shared, size = holds @ holds.T, holds.sum(axis=1)
    both = size[:, None] + size
    either = both - shared
    same = np.ones_like(shared)
    jaccard = np.divide(shared, either, out=same.copy(), where=either > 0)
    if kind == "jaccard":
        return 1 - jaccard
    if kind == "dice":
        return 1 - np.divide(2 * shared, both, out=same, where=both > 0)
    if kind == "masi":
        subset = np.where(shared == np.minimum(size[:, None], size), 2 / 3, 1 / 3)
        return 1 - jaccard * np.where(shared == either, 1.0, subset)
    raise ValueError(f"kind is {kind!r}; it must be masi, dice or jaccard.")


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
