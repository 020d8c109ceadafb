"""The cumulative logit on its distinct rows: estimates, information, and each cluster's pull on them.

Ratings have few distinct combinations of level, wave and centre, so the search for the estimates does
not grow with the number of families. Which rows to use and what to say of them is in `ordinal`.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit, logit

STEPS, HALVINGS, SMALLEST_SLOPE = 100, 30, 1e-9
Array = NDArray[Any]


@dataclass(frozen=True)
class Distinct:
    """Ratings with the same level and explaining values, held once."""

    place: Array  # (kinds,) level number 0, 1, ..., all used
    x: Array  # (kinds, p) design without a constant
    count: Array  # (kinds,) ratings of each kind
    kind: Array  # (n,) the kind of each rating
    family: Array  # (n,) the cluster of each rating, 0, 1, ..., all used

    @property
    def families(self) -> int:
        return int(self.family.max()) + 1

    def split(self, cut: float) -> "Distinct":
        """The same ratings with two levels: up to `cut`, and worse."""
        worse = (self.place > cut).astype(int)
        return Distinct(worse, self.x, self.count, self.kind, self.family)


@dataclass(frozen=True)
class Fit:
    """Slopes, then thresholds; their inverse information; derivatives of the log likelihood by kind."""

    estimate: Array  # (p + levels - 1,)
    covariance: Array  # (p + levels - 1, p + levels - 1), as if ratings were independent
    pull: Array  # (kinds, p + levels - 1)
    converged: bool


def cumulative_logit(ratings: Distinct) -> Fit:
    """Maximum likelihood of logit P(level worse than k) = x b - threshold_k, by Newton's method.

    The log likelihood is concave, so halved Newton steps reach its only maximum where that is finite
    (see `ordinal.separated`).

    Notes
    -----
    In-house: statsmodels' OrderedModel takes no weights and needs every row, 200 times as long at
    100,000 families. Checked against it and against R ordinal::clm on the wine data of Randall (1989).
    """
    ends = _ends(ratings)
    weight = ratings.count.astype(float)
    point = _start(ratings)
    value, pull, hessian = _likelihood(ends, weight, point)
    slope = weight @ pull
    for _ in range(STEPS):
        if np.abs(slope).max() <= SMALLEST_SLOPE * weight.sum():
            break
        step = np.linalg.lstsq(hessian, -slope, rcond=None)[0]
        for halving in range(HALVINGS):
            found = _likelihood(ends, weight, point + step / 2**halving)
            if found[0] >= value:  # NaN, where thresholds would cross, is not
                break
        else:
            break
        point = point + step / 2**halving
        value, pull, hessian = found
        slope = weight @ pull
    small = bool(np.abs(slope).max() <= 1e3 * SMALLEST_SLOPE * weight.sum())
    covariance = np.linalg.pinv(-hessian, hermitian=True)
    return Fit(point, covariance, pull, small and bool(np.isfinite(point).all()))


def _ends(ratings: Distinct) -> tuple[Array, Array]:
    """Rows that make the upper and the lower end of each kind's interval from the parameters.

    A row of zeros stands for an end at infinity.
    """
    k = int(ratings.place.max())
    upper = np.column_stack([-ratings.x, np.eye(k + 1)[ratings.place][:, :k]])
    lower = np.column_stack([-ratings.x, np.eye(k + 1)[ratings.place - 1][:, :k]])
    upper[ratings.place == k] = 0
    lower[ratings.place == 0] = 0
    return upper, lower


def _start(ratings: Distinct) -> Array:
    share = np.bincount(ratings.place, ratings.count).cumsum() / ratings.count.sum()
    return np.concatenate([np.zeros(ratings.x.shape[1]), logit(share[:-1])])


def _likelihood(
    ends: tuple[Array, Array], weight: Array, point: Array
) -> tuple[float, Array, Array]:
    """Log likelihood, its derivatives of one rating of each kind, and its second derivatives."""
    upper, lower = ends
    high = np.where(upper.any(axis=1), upper @ point, np.inf)
    low = np.where(lower.any(axis=1), lower @ point, -np.inf)
    # Far out on one side both ends are 1 to all digits; seen from the other side they are not.
    chance = np.where(low > 0, expit(-low) - expit(-high), expit(high) - expit(low))
    if not (chance > 0).all():
        return np.nan, np.empty(0), np.empty(0)
    f_high, f_low = expit(high) * expit(-high), expit(low) * expit(-low)
    d_high, d_low = f_high / chance, -f_low / chance
    dd_high = d_high * (expit(-high) - expit(high)) - d_high**2
    dd_low = d_low * (expit(-low) - expit(low)) - d_low**2
    pull = d_high[:, None] * upper + d_low[:, None] * lower
    crossed = upper.T @ ((weight * -d_high * d_low)[:, None] * lower)
    hessian = upper.T @ ((weight * dd_high)[:, None] * upper) + crossed + crossed.T
    hessian += lower.T @ ((weight * dd_low)[:, None] * lower)
    return float(weight @ np.log(chance)), pull, hessian


def clustered(ratings: Distinct, pull: Array) -> Array:
    """Sum of `pull` (kinds, q) over the ratings of each family: (families, q)."""
    columns = [
        np.bincount(ratings.family, column[ratings.kind], ratings.families) for column in pull.T
    ]
    return np.column_stack(columns)


def distinct(used: pd.DataFrame, first: Any) -> tuple[Distinct, list[Any]]:
    """Ratings held once for each level, wave and centre; and the waves that have a column each.

    Parameters
    ----------
    used : columns family, centre, wave, y.  first : the wave the others are compared with.

    Returns
    -------
    (ratings, waves). The design has an indicator of each wave but the first, in sorted order, and of
    each centre but one.
    """
    codes, names = zip(*(_sorted_codes(used[c]) for c in ("y", "wave", "centre")), strict=True)
    shape = [len(name) for name in names]
    cells, kind, count = np.unique(
        np.ravel_multi_index(codes, shape), return_inverse=True, return_counts=True
    )
    place, wave, centre = np.unravel_index(cells, shape)
    later = [number for number, name in enumerate(names[1]) if name != first]
    x = np.column_stack([np.eye(shape[1])[wave][:, later], np.eye(shape[2])[centre][:, 1:]])
    family = pd.factorize(used["family"])[0]
    return Distinct(place, x, count, kind, family), [names[1][number] for number in later]


def _sorted_codes(column: pd.Series) -> tuple[Array, list[Any]]:
    """Number of each value among the values present, sorted; and these values."""
    codes, found = pd.factorize(column)
    values = list(found)
    order = sorted(range(len(values)), key=values.__getitem__)
    return np.argsort(order)[codes], [values[number] for number in order]
