"""Cost of pages for many centres. Expected values by hand."""

import pandas as pd
import pytest

from analysis.rollout import fitted, plan

# By hand: 4 + 1.5 s a page on each worker: 10 pages on one 19 s, 20 on two 19 s, 30 on one 49 s.
RUNS = pd.DataFrame(
    {
        "centres": [10, 20, 30],
        "workers": [1, 2, 1],
        "seconds": [19.0, 19.0, 49.0],
        "peak_mib": [500, 900, 510],
    }
)


def test_the_line_through_exact_runs():
    line = fitted(RUNS)
    assert line["start"] == pytest.approx(4) and line["each"] == pytest.approx(1.5)
    assert line["each_low"] == pytest.approx(1.5) and line["each_high"] == pytest.approx(1.5)
    assert line["peak_mib"] == 510


def test_the_busiest_worker_counts():
    found = plan(RUNS, [3001], [10]).iloc[0]
    assert found["pages"] == 301  # 3001 on ten workers: one of them has 301
    assert found["hours"] == pytest.approx((4 + 301 * 1.5) / 3600)
    assert found["gib"] == pytest.approx(5100 / 1024)


def test_a_start_below_nothing_is_nothing_and_the_range_says_so():
    runs = RUNS.assign(seconds=[10.0, 12.0, 45.0])
    line = fitted(runs)
    assert line["start"] == 0 and line["each_low"] == 1.0 and line["each_high"] == 1.5


def test_a_start_below_nothing_is_fitted_anew_through_the_origin():
    # By hand: 10 x 5 + 20 x 60 + 40 x 170 = 8050 over 100 + 400 + 1600 = 2100; the free line would climb by 5.5 from -50.
    runs = RUNS.assign(centres=[10, 20, 40], workers=1, seconds=[5.0, 60.0, 170.0])
    line = fitted(runs)
    assert line["start"] == 0 and line["each"] == pytest.approx(8050 / 2100)
    assert (
        line["each_low"] < line["each"] < line["each_high"]
    )  # .5 and 4.25: the plan lies within its range


def test_one_load_is_no_line():
    with pytest.raises(ValueError, match="one load only"):
        fitted(RUNS.iloc[:2])
