"""Holm's correction, against R p.adjust on Benjamini & Hochberg (1995), section 3, and statsmodels."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.multitest import multipletests

from analysis.holm import holm

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {row["name"]: row for row in json.loads((REFERENCE / "statistics.json").read_text())}


def test_holm_against_r():
    p = pd.read_csv(REFERENCE / "bh1995_p.csv")["p"]
    np.testing.assert_allclose(
        holm(p), VECTORS["p_adjust_bh1995"]["expected"]["holm"], rtol=0, atol=1e-9
    )


def test_a_missing_p_stays_missing_and_is_no_test():
    np.testing.assert_equal(holm([0.01, np.nan]), [0.01, np.nan])
    np.testing.assert_allclose(holm([0.03, np.nan, 0.01]), [0.03, np.nan, 0.02])
    assert holm([]).size == 0 and np.isnan(holm([np.nan])).all()


@pytest.mark.parametrize("seed", range(20))
def test_holm_against_statsmodels_with_ties(seed):
    p = np.round(np.random.default_rng(seed).random(1 + seed), 1)
    np.testing.assert_allclose(holm(p), multipletests(p, method="holm")[1])


def test_statsmodels_corrections_are_those_of_r_and_the_paper():
    # Benjamini & Hochberg (1995), section 3; R p.adjust.
    vector = VECTORS["p_adjust_bh1995"]["expected"]
    p = pd.read_csv(REFERENCE / "bh1995_p.csv")["p"]
    for ours, theirs in (
        ("holm", "holm"),
        ("fdr_bh", "BH"),
        ("hommel", "hommel"),
        ("fdr_by", "BY"),
    ):
        assert multipletests(p, method=ours)[1] == pytest.approx(vector[theirs], abs=1e-9), ours
    assert multipletests(p, 0.05, "fdr_bh")[0].sum() == vector["n_rejected_BH_05"]
    assert multipletests(p, 0.05, "bonferroni")[0].sum() == vector["n_rejected_bonferroni_05"]
