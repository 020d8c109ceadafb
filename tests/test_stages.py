"""Days from a case log: open stages, medians, slippage and order, worked out by hand on a log of few families."""

import numpy as np
import pandas as pd
import pytest

from analysis import stages

PLAN = pd.DataFrame(
    {
        "stage": ["a", "b", "c"],
        "label": ["Intake", "Plan", "Closure"],
        "after": ["", "a", "b"],
        "optimistic": [2.0, 4, 1],
        "likely": [2.0, 4, 1],
        "pessimistic": [2.0, 4, 1],
    }
)


def log(*rows):
    frame = pd.DataFrame(rows, columns=["family", "centre", "stage", "start", "end"])
    return frame.assign(start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"]))


LOG = log(
    ("f1", "N", "a", "2024-01-01", "2024-01-02"),
    ("f1", "N", "b", "2024-01-03", "2024-01-06"),
    ("f1", "N", "c", "2024-01-07", "2024-01-07"),
    ("f2", "N", "a", "2024-01-01", "2024-01-05"),
    ("f2", "N", "b", "2024-01-05", None),
    ("f3", "S", "a", "2024-01-01", None),
    ("f3", "S", "b", "2024-01-04", "2024-01-10"),
    ("f4", "S", "c", "2024-01-02", "2024-01-04"),
)


class TestDays:
    def test_first_and_last_day_are_counted_and_open_stages_go_on_to_the_last_date(self):
        found = stages.days(LOG, PLAN).set_index(["family", "stage"])
        assert found.loc[("f1", "a"), "days"] == 2  # 1 and 2 January
        assert found.loc[("f1", "c"), "days"] == 1  # begun and ended on one day
        assert tuple(found.loc[("f2", "b"), ["days", "event"]]) == (6, False)  # 5 to 10 January
        assert tuple(found.loc[("f3", "a"), ["days", "event"]]) == (10, False)

    def test_looked_from_an_earlier_day(self):
        found = stages.days(LOG, PLAN, pd.Timestamp("2024-01-04")).set_index(["family", "stage"])
        assert ("f2", "b") not in found.index  # begins on the 5th
        assert tuple(found.loc[("f1", "b"), ["days", "event"]]) == (2, False)  # ends on the 6th
        assert bool(found.loc[("f4", "c"), "event"])  # ends on that very day

    def test_looked_from_a_later_day(self):
        found = stages.days(LOG, PLAN, pd.Timestamp("2024-01-31")).set_index(["family", "stage"])
        assert found.loc[("f3", "a"), "days"] == 31

    def test_a_whole_case_has_ended_when_every_stage_has(self):
        found = stages.whole(LOG, PLAN).set_index("family")
        assert found["event"].to_dict() == {"f1": True, "f2": False, "f3": False, "f4": False}
        assert found.loc["f1", "days"] == 7  # 1 to 7 January
        assert found.loc["f4", "days"] == 9  # from 2 January to the last date in the log

    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (("f9", "N", "x", "2024-01-01", None), "family f9, stage x: is not in the plan"),
            (("f1", "N", "a", "2024-01-01", None), "family f1, stage a: stands twice"),
            (("f9", "N", "a", None, None), "family f9, stage a: has no start"),
            (("f9", "N", "a", "2024-01-05", "2024-01-04"), "ends before it starts"),
        ],
    )
    def test_refusals(self, row, said):
        with pytest.raises(ValueError, match=said):
            stages.days(pd.concat([LOG, log(row)]), PLAN)

    def test_a_missing_column(self):
        with pytest.raises(ValueError, match="the case log lacks end"):
            stages.days(LOG.drop(columns="end"), PLAN)

    def test_texts_that_are_dates_will_do(self):
        written = LOG.assign(start=LOG["start"].dt.strftime("%Y-%m-%d"))
        pd.testing.assert_frame_equal(stages.days(written, PLAN), stages.days(LOG, PLAN))


class TestSlippage:
    TIMES = pd.DataFrame(
        {"family": list("pqrst"), "centre": "N", "days": [2.0, 3, 4, 9, 9]}
    ).assign(event=[True, True, True, False, False])

    def test_open_cases_pull_the_median_up(self):
        """Kaplan-Meier by hand: 4/5, 3/5, 2/5 after 2, 3, 4 days, so half have ended by day 4.

        The mean of those that have ended, (2 + 3 + 4) / 3, would promise 3.
        """
        row = stages.slippage(self.TIMES, 3.0).iloc[0]
        assert (row["median"], row["slippage"], row["n"], row["n_open"]) == (4, 1, 5, 2)
        assert row["slippage_low"] == row["low"] - 3

    def test_a_median_that_was_not_reached(self):
        open_ = self.TIMES.assign(event=[True, False, False, False, False])
        row = stages.slippage(open_, 3.0).iloc[0]
        assert np.isnan(row["slippage"])
        assert row["note"] == "fewer than half are estimated to have ended"

    @pytest.mark.parametrize("event", [True, False])
    def test_one_family(self, event):
        row = stages.slippage(self.TIMES.head(1).assign(event=event), 3.0).iloc[0]
        assert row["n"] == 1 and (row["note"] != "") == (np.isnan(row["high"]))

    def test_every_reason_of_the_curve_has_words_here(self):
        known = {
            v
            for k, v in vars(stages.survival).items()
            if k in ("NOBODY", "NO_EVENT", "NOT_HALF", "NO_LIMIT")
        }
        assert known | {""} == set(stages.REASONS)

    def test_by_stage_in_the_order_of_the_plan_with_its_own_expectation(self):
        found = stages.by_stage(stages.days(LOG, PLAN), PLAN)
        everywhere = found[found["centre"].eq(stages.ALL)].set_index("stage")
        assert list(everywhere.index) == ["a", "b", "c"]
        assert list(everywhere["expected"]) == [2, 4, 1]  # fixed days: the median is those days
        assert list(everywhere["n"]) == [3, 3, 2]

    def test_percent_of_the_plan(self):
        found = stages.slippage(self.TIMES, 8.0).assign(label="x")
        assert stages.relative(found)["value"][0] == 50  # 4 of 8 days

    def test_nobody_began(self):
        assert stages.by_stage(stages.days(LOG.head(0), PLAN), PLAN).empty


class TestOrder:
    def test_pairs(self):
        """b waits for a: f1 and f2 kept it (f2 on the same day), f3 began with a open. c waits for b: f4 has no b."""
        found = stages.order(LOG, PLAN).set_index("stage")
        assert list(found.loc["Plan", ["n", "count", "early", "without"]]) == [3, 2, 1, 0]
        assert list(found.loc["Closure", ["n", "count", "early", "without"]]) == [2, 1, 0, 1]
        assert found.loc["Plan", "before"] == "Intake"

    def test_families_with_all_their_stages_in_order(self):
        row = stages.in_order(LOG, PLAN)
        assert (row["count"], row["n"]) == (2, 4)  # f1 and f2 of f1 to f4
        assert row["low"] < 0.5 < row["high"]

    def test_families_in_their_first_stage_say_nothing(self):
        row = stages.in_order(LOG[LOG["stage"].eq("a")], PLAN)
        assert row["n"] == 0 and np.isnan(row["share"])

    def test_every_stage_that_it_waits_for_counts(self):
        plan = PLAN.assign(after=["", "", "a; b"])
        rows = log(
            ("g", "N", "a", "2024-01-01", "2024-01-02"),
            ("g", "N", "b", "2024-01-01", "2024-01-09"),
            ("g", "N", "c", "2024-01-03", None),
        )
        assert list(stages.order(rows, plan)["count"]) == [1, 0]
        assert stages.in_order(rows, plan)["count"] == 0
