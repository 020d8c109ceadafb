"""Does the headline interval keep its promise? Many invented programmes, with the truth known.

The interval is the t interval with 5 degrees of freedom on six centre means. `t_on_means` is the
same arithmetic for many programmes at once; it is first shown to equal `centres.centre_test`.
Every bound below allows for the error of a finite number of runs, which the tests state.
"""

from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.centres import centre_test
from analysis.scales import score, scores
from analysis.study import read_study
from analysis.synthetic import monitoring
from analysis.worlds import parameters_of, read_parameters, read_worlds

pytestmark = pytest.mark.slow

RUNS = 20_000  # 95 % coverage is then known to within .003 (two standard errors)
TRUE_CHANGE = 0.3
SIZES = {"equal": [50] * 6, "unequal": [120, 80, 40, 30, 20, 10]}
CONDITIONS = [(sizes, icc) for sizes in SIZES for icc in (0.0, 0.05, 0.10)]

FOLDER = Path(__file__).parents[1] / "data" / "casework"
STUDY = read_study(FOLDER)
PARAMETERS, WORLDS = read_parameters(FOLDER / "making"), read_worlds(FOLDER / "making")
FIRST, LAST = STUDY.waves[0], STUDY.waves[-1]
SEEDS = range(1000, 2000)  # away from those looked at when the default study was made


def t_on_means(means):
    """low, high, p of the t test on the last axis."""
    k = means.shape[-1]
    middle, error = means.mean(axis=-1), means.std(axis=-1, ddof=1) / np.sqrt(k)
    reach = stats.t.ppf(0.975, k - 1) * error
    return middle - reach, middle + reach, 2 * stats.t.sf(np.abs(middle / error), k - 1)


def covers(low, high, truth=TRUE_CHANGE):
    return ((low <= truth) & (truth <= high)).mean()


@lru_cache(maxsize=1)  # 48 MB each
def programmes(sizes, icc, runs=RUNS):
    """Changes (runs, 300 families) of standard deviation 1; `icc` of the variance between centres."""
    rng = np.random.default_rng([20240229, list(SIZES).index(sizes), round(100 * icc)])
    between = np.sqrt(icc) * rng.standard_normal((runs, 6))
    within = np.sqrt(1 - icc) * rng.standard_normal((runs, sum(SIZES[sizes])))
    return TRUE_CHANGE + np.repeat(between, SIZES[sizes], axis=1) + within


def centre_means(changes, sizes):
    starts = np.cumsum([0, *SIZES[sizes][:-1]])
    return np.add.reduceat(changes, starts, axis=1) / SIZES[sizes]


def scores_of(changes, sizes):
    """Scores frame in which every programme is a scale."""
    centre = np.repeat(list("ABCDEF"), SIZES[sizes])
    after = pd.DataFrame(changes.T).assign(family=range(len(centre)), centre=centre)
    long = after.melt(["family", "centre"], var_name="scale", value_name="score")
    both = pd.concat([long.assign(wave="in", score=0.0), long.assign(wave="out")])
    return both.assign(wave=pd.Categorical(both["wave"], ["in", "out"], ordered=True))


# --- the interval for change covers the true change ----------------------------------------------


@pytest.mark.parametrize(("sizes", "icc"), CONDITIONS)
def test_the_fast_form_is_centre_test(sizes, icc):
    changes = programmes(sizes, icc)[:30]
    table = centre_test(scores_of(changes, sizes), "in", "out", confirmatory=[])
    fast = t_on_means(centre_means(changes, sizes))
    for column, values in zip(("low", "high", "p"), fast, strict=True):
        np.testing.assert_allclose(table[column], values, rtol=1e-9, atol=1e-12, err_msg=column)


@pytest.mark.parametrize(("sizes", "icc"), CONDITIONS)
def test_the_interval_on_centre_means_covers_the_true_change(sizes, icc):
    low, high, _ = t_on_means(centre_means(programmes(sizes, icc), sizes))
    assert 0.93 <= covers(low, high) <= 0.97
    if sizes == "equal":  # then the six means are six equal normal numbers and 95 % is exact
        assert covers(low, high) == pytest.approx(0.95, abs=0.005)


def by_families(changes):
    """low, high, p of the paired t test that takes the families for independent."""
    n = changes.shape[1]
    middle, error = changes.mean(axis=1), changes.std(axis=1, ddof=1) / np.sqrt(n)
    reach = stats.t.ppf(0.975, n - 1) * error
    p = 2 * stats.t.sf(np.abs(middle - TRUE_CHANGE) / error, n - 1)
    return middle - reach, middle + reach, p


@pytest.mark.parametrize("icc", [0.0, 0.05, 0.10])
def test_the_paired_t_over_families_fails_as_the_design_effect_says(icc):
    # Kish (1965): the variance of the mean is 1 + (50 - 1) icc times what the families suggest, so a
    # true null is rejected with 2 P(Z > t / sqrt(1 + 49 icc)): .05, .289 and .418. A simulation of
    # 4,000 programmes made apart from this one found .058, .289 and .425.
    low, high, p = by_families(programmes("equal", icc))
    expected = 2 * stats.norm.sf(stats.t.ppf(0.975, 299) / np.sqrt(1 + 49 * icc))
    assert (p < 0.05).mean() == pytest.approx(expected, abs=0.015)
    assert covers(low, high) == pytest.approx(1 - expected, abs=0.015)
    assert (0.93 <= covers(low, high) <= 0.97) == (icc == 0)  # the check above can fail, and does


def test_unequal_centres_make_the_paired_t_still_worse():
    # The same separate simulation: .377 at .05 and .512 at .10 (4,000 programmes, error .008).
    for icc, expected in ((0.05, 0.377), (0.10, 0.512)):
        rejected = (by_families(programmes("unequal", icc))[2] < 0.05).mean()
        assert rejected == pytest.approx(expected, abs=0.025)


# --- the null world of the default study ---------------------------------------------------------


def made(world, seed):
    return monitoring(parameters_of(world, PARAMETERS, WORLDS) | {"seed": seed})


def means_in(world, seeds):
    """Mean changes (seeds, scales, centres) from records made afresh with every seed."""
    frame = pd.concat([made(world, seed).assign(made=seed) for seed in seeds], ignore_index=True)
    frame = frame[frame["wave"].isin([FIRST, LAST])].reset_index(drop=True)
    values = pd.DataFrame({scale.name: score(frame, scale) for scale in STUDY.scales})
    who = frame[["made", "centre", "family"]]
    before, after = (
        values[frame["wave"] == wave].set_index(
            pd.MultiIndex.from_frame(who[frame["wave"] == wave])
        )
        for wave in (FIRST, LAST)
    )
    means = (after - before).groupby(level=["made", "centre"]).mean()
    return means.to_numpy().reshape(len(seeds), 6, len(STUDY.scales)).transpose(0, 2, 1)


def rejected_in(world, seeds):
    """Share of a study's scales with p < .05, for every seed."""
    parts = [means_in(world, seeds[i : i + 100]) for i in range(0, len(seeds), 100)]
    return (t_on_means(np.concatenate(parts))[2] < 0.05).mean(axis=1)


def test_the_fast_path_is_the_path_of_the_report():
    seeds = SEEDS[:5]
    fast = t_on_means(means_in("null", seeds))
    for place, seed in enumerate(seeds):
        table = centre_test(scores(made("null", seed), STUDY.scales), FIRST, LAST)
        for column, values in zip(("low", "high", "p"), fast, strict=True):
            np.testing.assert_allclose(table[column], values[place], rtol=1e-9, atol=1e-12)


def test_the_null_world_is_rejected_at_most_seven_times_in_a_hundred():
    # Scales of one study are not independent, so the error is taken over the 1,000 studies. Not the
    # share seen but the upper end of its 95 % interval has to stay below .07.
    share = rejected_in("null", SEEDS)
    error = share.std(ddof=1) / np.sqrt(len(share))
    assert share.mean() + 1.96 * error <= 0.07
    assert share.mean() - 1.96 * error >= 0.02  # nor does the test sleep


def test_the_same_check_finds_a_world_that_fools_the_test():
    # No programme works here, families were admitted on a bad day: the interval answers for chance
    # between centres only, and against regression to the mean it is no protection.
    assert rejected_in("regression", SEEDS[:60]).mean() > 0.5
