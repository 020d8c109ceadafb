"""Risk levels between waves, against R, Agresti (1990), Stuart (1953) and hand arithmetic."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.contingency_tables import mcnemar

from analysis.proportions import share
from analysis.transitions import (
    bhapkar,
    bowker,
    cochran_q,
    improved_of_all,
    mcnemar_exact,
    movement,
    risk_shares,
    scored_homogeneity,
    stuart_maxwell,
    transition_table,
    two_by_two,
)

REFERENCE = Path(__file__).parent / "reference"
VECTORS = {row["name"]: row for row in json.loads((REFERENCE / "statistics.json").read_text())}
VISION = pd.read_csv(REFERENCE / "vision_4x4.csv")
LEVELS = ["low", "medium", "high"]


def monitoring_of(waves):
    """Monitoring frame from {wave: levels of families 1, 2, ...}; None = not rated."""
    parts = [
        pd.DataFrame({"family": range(1, len(v) + 1), "wave": w, "risk": v})
        for w, v in waves.items()
    ]
    frame = pd.concat(parts, ignore_index=True)
    frame["wave"] = pd.Categorical(frame["wave"], list(waves), ordered=True)
    return frame.assign(risk=pd.Categorical(frame["risk"], LEVELS, ordered=True))


@pytest.fixture
def monitoring():
    first = ["high", "high", "medium", "low", "high", None, "medium"]
    last = ["low", "high", "medium", "medium", "medium", "low", None]
    return monitoring_of({"in": first, "out": last})


# The table


def test_transition_table_counts_only_families_rated_twice(monitoring):
    table = transition_table(monitoring, "in", "out")
    by_hand = [[0, 1, 0], [0, 1, 0], [1, 1, 1]]
    assert table.to_numpy().tolist() == by_hand
    assert list(table.index) == list(table.columns) == LEVELS
    assert (table.index.name, table.columns.name) == ("in", "out")


def test_levels_nobody_has_stay_in_the_table():
    table = transition_table(monitoring_of({"a": ["low"], "b": ["low"]}), "a", "b")
    assert table.shape == (3, 3) and table.to_numpy().sum() == 1


def test_movement_counts_and_shares(monitoring):
    rows = movement(transition_table(monitoring, "in", "out")).set_index("movement")
    assert rows["count"].to_dict() == {"improved": 2, "same": 2, "worsened": 1}
    assert (rows["n"] == 5).all() and rows["share"].sum() == pytest.approx(1)
    assert rows.loc["improved", "p"] == 1.0  # 2 against 1: binomial, two-sided
    for outcome in share(2, 5).items():
        assert rows.loc["improved", outcome[0]] == outcome[1]


def test_movement_without_families_or_movers():
    nobody = movement(pd.DataFrame(np.zeros((3, 3), dtype=int)))
    assert nobody["share"].isna().all() and nobody["p"].isna().all()
    assert (movement(pd.DataFrame(np.diag([3, 2, 1])))["p"] == 1).all()


def test_two_by_two_adds_up(monitoring):
    table = two_by_two(transition_table(monitoring, "in", "out"), ["high"])
    assert table.to_numpy().tolist() == [[2, 0], [2, 1]]
    with pytest.raises(ValueError, match="'severe'"):
        two_by_two(transition_table(monitoring, "in", "out"), ["severe"])


def test_frames_that_cannot_be_read_are_refused(monitoring):
    with pytest.raises(ValueError, match="ordered categorical"):
        transition_table(monitoring.assign(risk=monitoring["risk"].astype(str)), "in", "out")
    with pytest.raises(ValueError, match="family 1 has more than one row at wave in"):
        transition_table(pd.concat([monitoring, monitoring.head(1)]), "in", "out")
    with pytest.raises(ValueError, match="not in time order"):
        transition_table(monitoring, "out", "in")
    with pytest.raises(ValueError, match="lacks risk"):
        transition_table(monitoring.drop(columns="risk"), "in", "out")


# McNemar


def test_mcnemar_is_agrestis_approval_example():
    table = pd.read_csv(REFERENCE / "approval_2x2.csv")
    row = mcnemar_exact(table).iloc[0]
    expected = VECTORS["mcnemar_approval"]["expected"]["p_exact_binomial"]
    assert row["p"] == pytest.approx(expected, rel=1e-9)
    assert (row["n"], row["n_up"], row["n_down"]) == (1600, 150, 86)


def test_mcnemar_interval_is_bonett_and_price():
    # statpsych help page, ci.prop.ps(.05, 12, 4, 26, 6): .2548067 to .6251933
    row = mcnemar_exact([[12, 26], [4, 6]]).iloc[0]
    assert (row["low"], row["high"]) == pytest.approx((0.2548067, 0.6251933), abs=1e-6)
    assert row["difference"] == pytest.approx(22 / 48)


def test_without_discordant_pairs_p_is_one():
    row = mcnemar_exact([[20, 0], [0, 5]]).iloc[0]
    assert row["p"] == 1.0 and row["reason"] and row["difference"] == 0
    assert row["low"] < 0 < row["high"]


@pytest.mark.filterwarnings("ignore:divide by zero")
def test_statsmodels_without_discordant_pairs_still_needs_our_own_test():
    # When this fails statsmodels has mended it, and the note in mcnemar_exact can go.
    assert mcnemar([[20, 0], [0, 5]], exact=False).pvalue == 0.0


def test_tables_that_are_no_counts_are_refused():
    for table in ([[1, -1], [0, 2]], [[0.5, 1], [1, 1]], [[1, 2, 3]], [[np.nan, 1], [1, 1]]):
        with pytest.raises(ValueError, match=r"counts|square"):
            mcnemar_exact(table)
    with pytest.raises(ValueError, match="2 x 2"):
        mcnemar_exact(VISION)
    assert mcnemar_exact([[0, 0], [0, 0]]).loc[0, "n"] == 0
    assert np.isnan(mcnemar_exact([[0, 0], [0, 0]]).loc[0, "p"])


# Margins of larger tables


@pytest.mark.parametrize(
    ("function", "statistic", "p", "df"),
    [
        (stuart_maxwell, "stuart_maxwell_chi2", "p", 3),
        (bhapkar, "bhapkar_chi2", "bhapkar_p", 3),
        (bowker, "bowker_chi2", "bowker_p", 6),
        (scored_homogeneity, "ordinal_scored_chi2", "ordinal_scored_p", 1),
    ],
)
def test_vision_of_7477_women(function, statistic, p, df):
    expected = VECTORS["stuart_maxwell_vision"]["expected"]
    row = function(VISION).iloc[0]
    assert row["statistic"] == pytest.approx(expected[statistic], abs=1e-6)
    assert row["p"] == pytest.approx(expected[p], abs=1e-6)
    assert (row["df"], row["n"]) == (df, 7477)


def test_an_empty_level_takes_no_degree_of_freedom():
    # R on the 2 x 2 table: (3 - 2)^2 / 5 = .2, df 1, p .655; statsmodels says df 2, p .905
    with_empty = [[10, 3, 0], [2, 8, 0], [0, 0, 0]]
    for function in (stuart_maxwell, bowker, scored_homogeneity):
        row = function(with_empty).iloc[0]
        assert row["statistic"] == pytest.approx(0.2) and row["df"] == 1
        assert row["p"] == pytest.approx(0.6547208, abs=1e-6)


@pytest.mark.parametrize("function", [stuart_maxwell, bhapkar, bowker])
def test_a_level_nobody_entered_or_left_takes_no_degree_of_freedom(function):
    assert function([[10, 3, 0], [2, 8, 0], [0, 0, 40]]).loc[0, "df"] == 1


def test_two_levels_give_mcnemars_chi_square():
    expected = VECTORS["mcnemar_approval"]["expected"]
    table = pd.read_csv(REFERENCE / "approval_2x2.csv")
    for function in (stuart_maxwell, bowker, scored_homogeneity):
        assert function(table).loc[0, "statistic"] == pytest.approx(expected["chi2_uncorrected"])


def test_levels_in_two_separate_groups_have_two_degrees():
    # moves only 1-2 and 3-4: two McNemar tests, (4-1)^2/5 + (6-2)^2/8 by hand
    table = np.zeros((4, 4), dtype=int)
    table[0, 1], table[1, 0], table[2, 3], table[3, 2] = 4, 1, 6, 2
    row = stuart_maxwell(table).iloc[0]
    assert row["df"] == 2 and row["statistic"] == pytest.approx(9 / 5 + 16 / 8)


@pytest.mark.parametrize("function", [stuart_maxwell, bhapkar, bowker, scored_homogeneity])
def test_nobody_moving_is_p_one_and_no_families_is_no_result(function):
    still, empty = function(np.diag([5, 3, 2])).iloc[0], function(np.zeros((3, 3))).iloc[0]
    assert (still["p"], still["df"]) == (1.0, 0) and still["reason"]
    assert np.isnan(empty["p"]) and np.isnan(empty["statistic"]) and empty["reason"]


def test_bhapkar_has_no_value_when_everybody_moved_one_way():
    row = bhapkar([[0, 0], [9, 0]]).iloc[0]
    assert np.isnan(row["p"]) and "everybody" in row["reason"]


def test_scored_change_is_the_mean_step():
    row = scored_homogeneity([[5, 1, 0], [4, 5, 0], [3, 2, 5]]).iloc[0]
    steps = np.repeat([0, 1, -1, -2], [15, 1, 6, 3])
    assert row["mean_change"] == pytest.approx(steps.mean())
    half = 1.959964 * steps.std() / np.sqrt(24)
    assert row["high"] - row["mean_change"] == pytest.approx(half, abs=1e-6)
    with pytest.raises(ValueError, match="as many points"):
        scored_homogeneity(VISION, [1, 2])


# Shares


def test_risk_shares_keep_every_level_and_count_the_missing(monitoring):
    table = risk_shares(monitoring)
    assert len(table) == 6
    first = table[table["wave"] == "in"].set_index("risk")
    assert first["count"].to_dict() == {"low": 1, "medium": 2, "high": 3}
    assert (first["n"] == 6).all() and (first["n_missing"] == 1).all()
    assert table[table["wave"] == "out"]["share"].sum() == pytest.approx(1)


def test_cochran_q_by_hand_and_at_its_edges():
    # Three families are high at 1, 2, 3 waves ...: Q = 2 (3 * sum C^2 - T^2) / (3 T - sum R^2)
    high = {"1": "hhhl", "2": "hhll", "3": "hlll"}
    frame = monitoring_of({w: ["high" if c == "h" else "low" for c in v] for w, v in high.items()})
    row = cochran_q(frame, ["1", "2", "3"], ["high"]).iloc[0]
    by_hand = 2 * (3 * (9 + 4 + 1) - 36) / (18 - (9 + 4 + 1))
    assert row["statistic"] == pytest.approx(by_hand) and row["df"] == 2 and row["n"] == 4
    still = monitoring_of({wave: ["low", "low"] for wave in "123"})
    assert cochran_q(still, list("123"), ["high"]).loc[0, "p"] == 1.0
    gap = monitoring_of({"1": ["low", "high"], "2": ["high", None], "3": ["low", "low"]})
    row = cochran_q(gap, list("123"), ["high"]).iloc[0]
    assert (row["n"], row["n_incomplete"]) == (1, 1)
    with pytest.raises(ValueError, match="three or more"):
        cochran_q(frame, ["1", "2"], ["high"])


class TestImprovedOfAll:
    def test_the_lost_could_all_or_none_have_improved(self):
        # Hand arithmetic: 3 of 10 seen to improve (below the diagonal), 5 of 15 rated first are lost: 3/15 to 8/15.
        table = pd.DataFrame([[4, 2], [3, 1]])
        row = improved_of_all(table, 15)
        assert (row["count"], row["n"]) == (3, 15)
        assert (row["low"], row["high"]) == pytest.approx((0.2, 8 / 15))

    def test_fewer_rated_first_than_seen_is_refused(self):
        with pytest.raises(ValueError, match="10 families stand in the table"):
            improved_of_all(pd.DataFrame([[4, 2], [3, 1]]), 9)
