"""Krippendorff's first alpha for unitising: lengths and places of stretches, one code at a time.

Later coefficients, the intervals and the tables are in `unitising`.
"""

from collections.abc import Callable, Sequence

import numpy as np

from analysis.continua import Continuum

TINY = 1e-12  # expected disagreement below this share of the whole is rounding, not disagreement
# Alphas from how often each document is drawn (draws x documents).
Draw = Callable[[np.ndarray], np.ndarray]


def one_minus(observed: np.ndarray, expected: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """1 - observed / expected, NaN where nothing else could be expected."""
    defined = expected > TINY * whole
    return 1 - np.divide(observed, expected, out=np.full(len(observed), np.nan), where=defined)


def alpha_u(texts: list[Continuum], codes: Sequence[int]) -> Draw:
    """alpha_U of the codes together, as a function of how often every document is drawn.

    Parameters
    ----------
    codes : their numbers in `texts`.

    Notes
    -----
    Krippendorff 1995 (Sociological Methodology 25: 47-76) and 2004 (Quality & Quantity 38:
    787-800): squared differences between the ends of stretches that meet, squared length where a
    stretch meets none, over what the same stretches would give in random places. A gap ends with
    its document. Checked against both published examples as DKPro Statistics reprints them.
    """
    n = np.array([text.length * text.coders for text in texts], dtype=float)
    observed = [np.array([_distances(text, code) for text in texts]) for code in codes]
    chances = [_chance(texts, code) for code in codes]

    def alphas(drawn: np.ndarray) -> np.ndarray:
        whole = drawn @ n
        disagreed, expected = np.zeros(len(drawn)), np.zeros(len(drawn))
        for distances, (units, cubes, squares, falls) in zip(observed, chances, strict=True):
            disagreed += drawn @ distances / whole
            within = np.maximum(drawn @ units - 1, 0) * (drawn @ cubes)
            into_gaps = ((drawn @ falls) * drawn).sum(axis=1)
            possible = whole * (whole - 1) - drawn @ squares
            chance = 2 * (within + into_gaps)
            expected += np.divide(chance, possible, out=np.zeros_like(chance), where=possible > 0)
        return one_minus(disagreed, expected, np.ones(len(drawn)))

    return alphas


def _distances(text: Continuum, code: int) -> float:
    """Sum over ordered pairs of coders of the squared differences of 2004, / (m - 1)."""
    rows = text.marked[text.marked[:, 1] == code]
    total = 0.0
    for coder in range(text.coders):
        own, other = rows[rows[:, 0] == coder], rows[rows[:, 0] > coder]
        start, end = own[:, 2][:, None], own[:, 3][:, None]
        meet = (start < other[:, 3]) & (other[:, 2] < end)
        total += (((start - other[:, 2]) ** 2 + (end - other[:, 3]) ** 2) * meet).sum() * 2.0
        for second in range(text.coders):
            if second != coder:
                theirs = rows[rows[:, 0] == second]
                met = ((start < theirs[:, 3]) & (theirs[:, 2] < end)).any(axis=1)
                total += 2.0 * ((own[~met, 3] - own[~met, 2]) ** 2).sum()
    return total / (text.coders - 1)


def _chance(
    texts: list[Continuum], code: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Per document: units, (2L^3 - 3L^2 + L) / 3, L (L - 1); documents x documents: into gaps."""
    lengths = [np.diff(t.marked[t.marked[:, 1] == code, 2:]).ravel().astype(float) for t in texts]
    free = [np.sort(_gaps(text, code)).astype(float) for text in texts]
    upto = [np.concatenate([[0.0], gap[::-1].cumsum()]) for gap in free]
    falls = np.zeros((len(texts), len(texts)))
    for i, units in enumerate(lengths):
        for j, (gap, sums) in enumerate(zip(free, upto, strict=True)):
            fitting = len(gap) - np.searchsorted(gap, units)
            falls[i, j] = (units**2 * (sums[fitting] - fitting * (units - 1))).sum()
    return (
        np.array([len(units) for units in lengths], dtype=float),
        np.array([((2 * units**3 - 3 * units**2 + units) / 3).sum() for units in lengths]),
        np.array([(units * (units - 1)).sum() for units in lengths]),
        falls,
    )


def _gaps(continuum: Continuum, code: int) -> np.ndarray:
    """Lengths of what each coder left without a code, all coders together."""
    lengths = []
    for coder in range(continuum.coders):
        mine = (continuum.marked[:, 0] == coder) & (continuum.marked[:, 1] == code)
        stretches = np.sort(continuum.marked[mine, 2:], axis=0).ravel()
        lengths.append(np.diff(np.concatenate([[0], stretches, [continuum.length]]))[::2])
    joined = np.concatenate(lengths)
    return joined[joined > 0]
