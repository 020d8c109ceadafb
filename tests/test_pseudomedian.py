"""Outside values: R wilcox.test(conf.int = TRUE), in reference/statistics.json; the rest by hand."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.pseudomedian import TIED, TOO_FEW, TOO_MANY, pseudomedian
from analysis.ranks import signed_rank

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {
    v["name"]: v["expected"]
    for v in json.loads((REFERENCE / "statistics.json").read_text(encoding="utf-8"))
}


def test_hollander_and_wolfe():
    data, expected = (
        pd.read_csv(REFERENCE / "hamilton_depression.csv"),
        VECTORS["wilcoxon_hamilton"],
    )
    row = pseudomedian(data["pre"] - data["post"])
    found = (row["estimate"], row["low"], row["high"])
    assert found == pytest.approx(
        (expected["pseudomedian"], expected["ci_low"], expected["ci_high"]), abs=1e-7
    )
    assert row["reason"] == ""


def test_three_differences_by_hand():
    # Averages of 1, 2, 4 in pairs: 1, 1.5, 2, 2.5, 3, 4; the median is 2.25. All of them together are 1 - 2 / 8 = 75 %;
    # R wilcox.test(c(1, 2, 4), conf.int = TRUE) warns: requested conf.level not achievable.
    row = pseudomedian([1, 2, 4])
    assert row["estimate"] == 2.25 and row["reason"] == TOO_FEW
    assert np.isnan([row["low"], row["high"]]).all()
    wide = pseudomedian([1, 2, 4], level=0.75)
    assert (wide["low"], wide["high"], wide["reason"]) == (1, 4, "")


def test_95_percent_begin_with_six_differences():
    # all averages of five reach 1 - 2 / 32 = 93.75 %, of six 1 - 2 / 64 = 96.9 %
    five, six = pseudomedian([1, 2, 4, 5.5, 7]), pseudomedian([1, 2, 4, 5.5, 7, 11])
    assert np.isnan([five["low"], five["high"]]).all() and five["reason"] == TOO_FEW
    assert (six["low"], six["high"], six["reason"]) == (1, 11, "")
    assert pseudomedian([1, 2, 4, 5.5, 7], level=0.9375)["high"] == 7


@pytest.mark.parametrize("shift", [0.3, 0.9])
def test_the_interval_is_what_the_test_does_not_reject(shift):
    d = np.random.default_rng(3).normal(shift, 1, 15)
    row = pseudomedian(d)
    inside, outside = (row["low"] + row["high"]) / 2, row["high"] + 0.05
    assert signed_rank(d - inside)["p"] > 0.05 > signed_rank(d - outside)["p"]


def test_ties_none_and_too_many_are_said():
    for d in ([1, 1, 2, 3, 4, 5], [0, 1, 2, 3, 4, 5]):
        assert pseudomedian(d)["reason"] == TIED and pseudomedian(d)["high"] == 5
    assert pseudomedian([])["reason"] == "no differences" and np.isnan(pseudomedian([])["estimate"])
    assert pseudomedian(np.arange(3000.0))["reason"] == TOO_MANY
