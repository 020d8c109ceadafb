"""Agreement between coders over all codes at once: the label of a unit is a set of codes.

The table per code is in `agreement`, stretches of text without units in `unitising`.
"""

from collections.abc import Callable, Iterator
from itertools import combinations

import numpy as np
import pandas as pd

from analysis.agreement import NOTES
from analysis.krippendorff import set_distances
from analysis.units import set_matrix

DISTANCES = ("masi", "dice", "jaccard")
COEFFICIENTS = ("percent", "ac1", *(f"alpha_{kind}" for kind in DISTANCES))
COLUMNS = ["units", "coders", "sets", "coded"]
COLUMNS += [f"{name}{end}" for name in COEFFICIENTS for end in ("", "_low", "_high")] + ["note"]


def agreement_of_sets(
    coding: pd.DataFrame,
    units: pd.DataFrame,
    *,
    bootstrap: int = 1000,
    seed: int,
    resample: str = "unit",
) -> pd.DataFrame:
    """Agreement of the coders over all codes, on the units that two or more of them coded.

    Parameters
    ----------
    bootstrap, resample : as in `agreement.agreement`; 95% percentile intervals.

    Returns
    -------
    DataFrame
        One row: `units, coders, sets` (different ones in use), `coded` (share of labels that are
        not empty); `percent` (share of pairs of coders with exactly the same set), `ac1` (Gwet, the
        sets in use as categories), `alpha_masi, alpha_dice, alpha_jaccard` (what two sets share
        counts in part), each with `_low` and `_high`; `note`.

    Notes
    -----
    Checked against nltk's `AnnotationTask` with the same distances. A coder who coded nothing in a
    document is missing there; who coded elsewhere in it gave the empty set.
    """
    if resample not in ("unit", "document"):
        raise ValueError(f"resample is {resample!r}; it must be 'unit' or 'document'.")
    matrix = set_matrix(coding, units)
    shared = matrix.loc[:, matrix.notna().sum() >= 2].dropna(how="all")
    row: dict = {"units": shared.shape[1], "coders": shared.shape[0]}
    if shared.empty:
        row["note"] = NOTES["alone" if len(matrix) < 2 else "apart"]
        return pd.DataFrame([row]).reindex(columns=COLUMNS)
    numbers, sets = _numbered(shared)
    row |= {"sets": len(sets), "coded": _coded(numbers, sets)}
    labels, groups, weights = _groups(numbers, shared, resample)
    rng = np.random.default_rng(seed)
    drawn = rng.multinomial(int(weights.sum()), weights / weights.sum(), size=bootstrap)
    undefined = 0
    for name, compute in _coefficients(labels, groups, sets):
        row[name], resampled = float(compute(weights[None, :])[0]), compute(drawn.astype(float))
        defined = resampled[~np.isnan(resampled)]
        if len(defined):
            row[f"{name}_low"], row[f"{name}_high"] = np.quantile(defined, [0.025, 0.975])
        undefined = max(undefined, len(resampled) - len(defined))
    loose = NOTES["loose"].format(n=undefined, of=bootstrap) if undefined else ""
    row["note"] = NOTES["same"] if np.isnan(row["alpha_masi"]) else loose
    return pd.DataFrame([row]).reindex(columns=COLUMNS)


def _numbered(shared: pd.DataFrame) -> tuple[np.ndarray, list[frozenset]]:
    """Coders x units numbers of sets, -1 for missing, and the sets."""
    at: dict[frozenset, int] = {}
    rows = [
        [-1 if cell is None else at.setdefault(cell, len(at)) for cell in row]
        for row in shared.to_numpy()
    ]
    return np.array(rows), list(at)


def _coded(numbers: np.ndarray, sets: list[frozenset]) -> float:
    given = numbers[numbers >= 0]
    return float(np.mean([bool(sets[number]) for number in given]))


def _groups(
    numbers: np.ndarray, shared: pd.DataFrame, resample: str
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What is drawn: labels (coders x columns), the group of every column, how often a group is there.

    Documents are drawn whole. Units with the same labels are interchangeable, so only how often
    each kind is drawn matters, and one column stands for all of a kind.
    """
    if resample == "document":
        groups, names = pd.factorize(shared.columns.get_level_values("document"))
        return numbers, groups, np.ones(len(names))
    kinds, n = np.unique(np.sort(numbers, axis=0), axis=1, return_counts=True)
    return kinds, np.arange(len(n)), n.astype(float)


def _coefficients(
    labels: np.ndarray, groups: np.ndarray, sets: list[frozenset]
) -> Iterator[tuple[str, Callable[[np.ndarray], np.ndarray]]]:
    """Name of every coefficient, and itself as a function of weights (draws x groups)."""
    coders = (labels >= 0).sum(axis=0).astype(float)
    units = np.bincount(groups).astype(float)
    rows, columns = np.nonzero(labels >= 0)
    used = labels[rows, columns]
    shape = (len(units), len(sets))
    counts, shares = np.zeros(shape), np.zeros(shape)
    np.add.at(counts, (groups[columns], used), 1)
    np.add.at(shares, (groups[columns], used), 1 / coders[columns])
    same = _between(labels, 1 - np.eye(len(sets)))
    agreed = units - np.bincount(groups, same / (coders * (coders - 1)))

    def percent(drawn: np.ndarray) -> np.ndarray:
        return drawn @ agreed / (drawn @ units)

    def ac1(drawn: np.ndarray) -> np.ndarray:
        p = drawn @ shares / (drawn @ units)[:, None]
        chance = (p * (1 - p)).sum(axis=1) / max(len(sets) - 1, 1)
        return (percent(drawn) - chance) / (1 - chance)

    def alpha(kind: str) -> Callable[[np.ndarray], np.ndarray]:
        distances = set_distances(sets, kind)
        within = np.bincount(groups, _between(labels, distances) / (coders - 1))

        def alphas(drawn: np.ndarray) -> np.ndarray:
            totals = drawn @ counts
            n = totals.sum(axis=1)
            expected = ((totals @ distances) * totals).sum(axis=1) / (n - 1)
            observed = drawn @ within
            nothing = np.full(len(n), np.nan)
            return 1 - np.divide(observed, expected, out=nothing, where=expected > 0)

        return alphas

    yield from {"percent": percent, "ac1": ac1}.items()
    yield from ((f"alpha_{kind}", alpha(kind)) for kind in DISTANCES)


def _between(labels: np.ndarray, distances: np.ndarray) -> np.ndarray:
    """Per column, the sum of distances over ordered pairs of coders who both labelled it."""
    total = np.zeros(labels.shape[1])
    for first, second in combinations(labels, 2):
        both = (first >= 0) & (second >= 0)
        total[both] += 2 * distances[first[both], second[both]]
    return total


def by_measure(row: pd.Series) -> pd.DataFrame:
    """The one row of `agreement_of_sets` as rows a reader compares: `measure, units, alpha, low, high`."""
    names = {
        "percent": "share of equal sets",
        "ac1": "AC1",
        "alpha_masi": "alpha, MASI",
        "alpha_dice": "alpha, Dice",
        "alpha_jaccard": "alpha, Jaccard",
    }
    rows = [
        (label, row["units"], row[n], row[f"{n}_low"], row[f"{n}_high"])
        for n, label in names.items()
    ]
    return pd.DataFrame(rows, columns=["measure", "units", "alpha", "low", "high"]).astype(
        {"units": int}
    )
