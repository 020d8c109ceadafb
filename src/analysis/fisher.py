"""Fisher's exact test for two rows and any number of groups, by whole numbers."""

from collections import Counter
from math import comb

import numpy as np

MAX_TABLES = 200_000  # distinct tables the exact test may weigh


def fisher_exact_p(counts: list[int], sizes: list[int]) -> float:
    """P of a table as unlikely as this one or more so, its margins given (Freeman & Halton 1951).

    Parameters
    ----------
    counts, sizes : in each group, how many of how many.

    Returns
    -------
    Two-sided p; NaN where more than `MAX_TABLES` distinct tables would have to be weighed.

    Notes
    -----
    In-house: scipy's `fisher_exact` draws random tables beyond 2 x 2. Checked against it for 2 x 2
    and by hand for 2 x 3.
    """
    mentions = sum(counts)
    observed = 1
    for count, size in zip(counts, sizes, strict=True):
        observed *= comb(size, count)
    tables = Counter({(0, 1): 1})
    for size in sizes:
        grown: Counter[tuple[int, int]] = Counter()
        for (used, weight), n in tables.items():
            for count in range(min(size, mentions - used) + 1):
                grown[used + count, weight * comb(size, count)] += n
        tables = grown
        if len(tables) > MAX_TABLES:
            return np.nan
    weights = [(weight, n) for (used, weight), n in tables.items() if used == mentions]
    return sum(w * n for w, n in weights if w <= observed) / sum(w * n for w, n in weights)
