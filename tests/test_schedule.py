"""PERT and CPM against printed solutions, every path written out one by one, and scipy's beta distribution."""

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

from analysis import schedule

REFERENCE = json.loads((Path(__file__).parent / "reference" / "schedule.json").read_text("utf-8"))
TIMES = ["earliest_start", "earliest_finish", "latest_start", "latest_finish", "slack"]


def table(*rows):
    """Stages from (stage, after, optimistic, likely, pessimistic)."""
    columns = ["stage", "after", "optimistic", "likely", "pessimistic"]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(label=frame["stage"])


def of_nodes(rows):
    """Activities named by nodes, as `1-2`: each waits for all that end in the node where it begins."""
    names = [row[0] for row in rows]
    return table(
        *(
            (n, "; ".join(m for m in names if m.split("-")[1] == n.split("-")[0]), d, d, d)
            for n, d, *_ in rows
        )
    )


def every_path(stages):
    """All paths from a stage that waits for none to one for which none waits, the slow way."""
    waits = {r["stage"]: schedule._names(r["after"]) for r in stages.to_dict("records")}
    followers = {s: [t for t, before in waits.items() if s in before] for s in waits}
    paths, open_ = [], [(s,) for s, before in waits.items() if not before]
    while open_:
        path = open_.pop()
        further = followers[path[-1]]
        open_ += [(*path, s) for s in further]
        paths += [] if further else [path]
    return paths


class TestPrintedSolutions:
    @pytest.mark.parametrize("name", ["taylor_1", "taylor_2"])
    def test_taylor_chapter_8(self, name):
        rows = REFERENCE[name]["rows"]
        planned = schedule.plan(of_nodes(rows)).set_index("stage")
        printed = pd.DataFrame(rows, columns=REFERENCE[name]["columns"]).set_index("activity")
        np.testing.assert_allclose(planned.loc[printed.index, TIMES], printed[TIMES], atol=1e-9)

    def test_taylor_critical_path(self):
        (path,) = schedule.critical_paths(
            schedule.plan(of_nodes(REFERENCE["taylor_1"]["rows"]))
        ).to_dict("records")
        assert list(path["stages"]) == REFERENCE["taylor_1"]["critical"]
        assert (path["mean"], path["sd"]) == (20, 0)

    def test_expected_days_and_deviations_of_fourteen_activities(self):
        printed = pd.DataFrame(
            REFERENCE["fourteen"]["rows"], columns=REFERENCE["fourteen"]["columns"]
        )
        found = schedule.estimates(table(*(row[:5] for row in REFERENCE["fourteen"]["rows"])))
        found = found.set_index("stage").loc[printed["activity"]]
        np.testing.assert_allclose(found[["mean", "sd"]], printed[["mean", "sd"]], atol=0.005)

    def test_schedule_of_fourteen_activities(self):
        printed = pd.DataFrame(
            REFERENCE["fourteen"]["schedule"], columns=REFERENCE["fourteen"]["schedule_columns"]
        ).set_index("activity")
        planned = schedule.plan(table(*(row[:5] for row in REFERENCE["fourteen"]["rows"])))
        found = planned.set_index("stage").loc[printed.index, TIMES]
        np.testing.assert_allclose(found, printed, atol=0.006)

    def test_mean_and_deviation_of_the_longest_of_three_paths(self):
        one = REFERENCE["partnership"]
        (path,) = schedule.critical_paths(schedule.plan(table(*one["rows"]))).to_dict("records")
        assert list(path["stages"]) == one["critical"]
        assert path["mean"] == pytest.approx(one["mean"], abs=1e-9)
        assert path["sd"] == pytest.approx(one["sd"], abs=0.002)


@pytest.mark.parametrize("seed", range(12))
def test_against_every_path_written_out(seed):
    """Random plans of eight stages: the longest path, its stages, and the slack of each stage."""
    rng = np.random.default_rng(seed)
    rows = []
    for k in range(8):
        before = [str(j) for j in range(k) if rng.random() < 0.35]
        days = np.sort(rng.integers(0, 6, 3))
        rows.append((str(k), "; ".join(before), *days))
    stages = table(*rows)
    mean = {r[0]: (r[2] + 4 * r[3] + r[4]) / 6 for r in rows}
    length = {path: sum(mean[s] for s in path) for path in every_path(stages)}
    longest = max(length.values())
    planned = schedule.plan(stages).set_index("stage")
    assert planned["earliest_finish"].max() == pytest.approx(longest)
    for stage in mean:  # slack: how far the longest path through the stage falls short of the whole
        through = max(value for path, value in length.items() if stage in path)
        assert planned["slack"][stage] == pytest.approx(longest - through, abs=1e-9)
    expected = {path for path, value in length.items() if abs(value - longest) < 1e-9}
    assert set(schedule.critical_paths(planned.reset_index())["stages"]) == expected


class TestTies:
    def test_two_equal_paths_are_both_named_and_the_larger_deviation_counts(self):
        stages = table(
            ("a", "", 2, 2, 2), ("b", "a", 3, 3, 3), ("c", "a", 0, 3, 6), ("d", "b; c", 1, 1, 1)
        )
        paths = schedule.critical_paths(schedule.plan(stages))
        assert list(paths["path"]) == ["a → b → d", "a → c → d"]
        assert list(paths["mean"]) == [6, 6] and list(paths["sd"]) == [0, 1]  # (6 - 0) / 6
        assert schedule.optimism(stages, 100, 1)["pert_sd"][0] == 1

    def test_a_stage_of_no_days_lies_on_the_path(self):
        stages = table(("a", "", 0, 0, 0), ("b", "a", 2, 2, 2))
        assert schedule.critical_paths(schedule.plan(stages))["stages"][0] == ("a", "b")

    def test_one_stage(self):
        planned = schedule.plan(table(("a", "", 1, 2, 9)))
        assert planned["mean"][0] == 3 and planned["slack"][0] == 0

    def test_rows_in_any_order(self):
        stages = table(("z", "y", 1, 1, 1), ("y", "", 1, 1, 1))
        assert list(schedule.plan(stages)["stage"]) == ["y", "z"]

    def test_a_missing_cell_waits_for_none(self):
        stages = table(("a", None, 1, 1, 1), ("b", np.nan, 1, 1, 1))
        assert list(schedule.estimates(stages)["after"]) == [(), ()]

    def test_two_beginnings_and_two_ends(self):
        planned = schedule.plan(table(("a", "", 5, 5, 5), ("b", "", 3, 3, 3)))
        assert list(planned["slack"]) == [0, 2]


class TestBetaPert:
    def test_quantiles_and_mean_are_those_of_scipy(self):
        (row,) = schedule.estimates(table(("a", "", 2, 5, 14))).to_dict("records")
        beta = stats.beta(1 + 4 * 3 / 12, 1 + 4 * 9 / 12, loc=2, scale=12)
        assert row["mean"] == pytest.approx(beta.mean())
        found = [row["low"], row["median"], row["high"]]
        np.testing.assert_allclose(found, beta.ppf([0.05, 0.5, 0.95]))
        assert row["median"] < row["mean"]  # skewed to the right

    def test_a_single_path_is_not_optimistic(self):
        row = schedule.optimism(table(("a", "", 1, 2, 9), ("b", "a", 2, 3, 10)), 40_000, 1).iloc[0]
        assert row["difference"] == 0 and row["mean"] == row["pert_mean"] == 7
        # its deviation is that of beta-PERT: (mean - o)(p - mean) / 7 for each of the two
        assert row["sd"] == pytest.approx(
            np.sqrt((3 - 1) * (9 - 3) / 7 + (4 - 2) * (10 - 4) / 7), rel=0.02
        )

    def test_merge_bias_of_two_equal_stages_is_that_of_the_integral(self):
        """E[max] of two independent draws is the upper end less the integral of F squared."""
        stages = table(("a", "", 0, 5, 10), ("b", "", 0, 5, 10))
        beta = stats.beta(3, 3, scale=10)
        expected = 10 - integrate.quad(lambda x: beta.cdf(x) ** 2, 0, 10)[0]
        row = schedule.optimism(stages, 100_000, 7).iloc[0]
        assert row["pert_mean"] == 5 and expected > 6
        assert row["low"] < expected - 5 < row["high"] and row["high"] - row["low"] < 0.05
        assert row["mean"] == pytest.approx(5 + row["difference"])
        assert row["share"] == pytest.approx(0.25, abs=0.01)  # both within the median: 0.5 * 0.5

    def test_how_often_a_stage_is_critical(self):
        stages = table(("a", "", 0, 5, 10), ("b", "", 0, 5, 10), ("c", "a; b", 1, 1, 1))
        found = schedule.criticality(stages, 20_000, 3).set_index("stage")["share"]
        assert found["c"] == 1 and found["a"] + found["b"] == pytest.approx(1)
        assert found["a"] == pytest.approx(0.5, abs=0.02)

    def test_fixed_days_do_not_vary(self):
        row = schedule.optimism(table(("a", "", 4, 4, 4)), 10, 1).iloc[0]
        assert (row["mean"], row["sd"], row["share"]) == (4, 0, 1)

    def test_the_same_seed_gives_the_same_draws(self):
        stages = table(("a", "", 1, 2, 9))
        pd.testing.assert_frame_equal(
            schedule.optimism(stages, 50, 5), schedule.optimism(stages, 50, 5)
        )


class TestRefusals:
    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ([("a", "b", 1, 1, 1), ("b", "a", 1, 1, 1)], "in a circle"),
            ([("a", "a", 1, 1, 1)], "in a circle: a → a"),
            ([("a", "ghost", 1, 1, 1)], "stage a waits for ghost, which is no stage"),
            ([("a", "", 3, 2, 4)], "stage a: optimistic 3, likely 2, pessimistic 4 days"),
            ([("a", "", 1, 5, 4)], "do not fall"),
            ([("a", "", -1, 2, 4)], "numbers of 0 or more"),
            ([("a", "", 1, np.nan, 4)], "likely nan"),
            ([("a", "", 1, 2, np.inf)], "pessimistic inf"),
            ([("a", "", 1, 1, 1), ("a", "", 1, 1, 1)], "stands twice"),
            ([], "has no rows"),
        ],
    )
    def test_plans_that_cannot_be(self, rows, said):
        with pytest.raises(ValueError, match=said):
            schedule.plan(table(*rows))

    def test_a_missing_column(self):
        with pytest.raises(ValueError, match="lacks after"):
            schedule.plan(table(("a", "", 1, 1, 1)).drop(columns="after"))

    def test_too_few_repeats(self):
        with pytest.raises(ValueError, match="repeats is 1"):
            schedule.optimism(table(("a", "", 1, 1, 1)), 1, 1)


def test_every_walk_found_is_a_path_of_the_plan():
    stages = of_nodes(REFERENCE["taylor_2"]["rows"])
    paths = schedule.critical_paths(schedule.plan(stages))["stages"]
    assert len(paths) and all(len(path) > 1 for path in paths)
    for path in paths:
        assert all(b.split("-")[0] == a.split("-")[1] for a, b in pairwise(path))
