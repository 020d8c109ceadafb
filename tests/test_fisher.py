"""Fisher's exact test of 2 x k tables, against scipy and by hand."""

import numpy as np
import pytest
from scipy.stats import fisher_exact

from analysis import fisher
from analysis.fisher import fisher_exact_p


@pytest.mark.parametrize("seed", range(12))
def test_exact_p_against_scipy(seed):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(1, 40, 2)
    counts = [int(rng.integers(0, n + 1)) for n in sizes]
    outside = fisher_exact([counts, [n - c for n, c in zip(sizes, counts, strict=True)]]).pvalue
    assert fisher_exact_p(counts, sizes.tolist()) == pytest.approx(outside)


def test_exact_p_of_three_groups_by_hand():
    # Two mentions in groups of 2, 2, 2: C(6,2) = 15 ways; both in one group 3, in two groups 12.
    assert fisher_exact_p([2, 0, 0], [2, 2, 2]) == pytest.approx(3 / 15)
    assert fisher_exact_p([1, 1, 0], [2, 2, 2]) == pytest.approx(1)
    assert fisher_exact_p([0, 0, 0], [2, 2, 2]) == 1


def test_exact_p_gives_up_openly(monkeypatch):
    monkeypatch.setattr(fisher, "MAX_TABLES", 10)
    assert np.isnan(fisher_exact_p([5, 9, 3], [20, 21, 22]))
