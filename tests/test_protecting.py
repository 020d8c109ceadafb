"""Frames of real records: nothing below the minimum stays, and nothing that the rest gives back.

Expected frames are worked out by hand beside each test.
"""

import numpy as np
import pandas as pd
import pytest

from analysis import protecting, report, small_groups
from analysis.small_cells import recoverable, with_totals


def blank(frame, column):
    return frame[column].isna().tolist()


class TestRows:
    FRAME = pd.DataFrame({"scale": ["a", "b"], "n": [4, 5], "mean": [1.0, 2.0], "sd": [0.1, 0.2]})

    def test_a_base_below_the_minimum_takes_the_row(self):
        shown = protecting.protected(self.FRAME, 5)
        assert shown.iloc[0, 1:].isna().all() and shown["scale"].tolist() == ["a", "b"]
        assert shown.iloc[1, 1:].tolist() == [5, 2.0, 0.2]

    def test_synthetic_and_published_pages_show_everybody(self):
        assert protecting.protected(self.FRAME, 1) is self.FRAME
        assert report.Page("synthetic", "t", minimum=5).shown(self.FRAME) is self.FRAME

    def test_nobody_is_nobody(self):
        assert (
            not small_groups.small(0, 5)
            and small_groups.small(1, 5)
            and not small_groups.small(5, 5)
        )
        assert not small_groups.small(np.nan, 5)

    def test_what_counts_no_people_stays(self):
        frame = pd.DataFrame({"unit": ["centres", "families"], "n": [3, 3], "change": [1.0, 2.0]})
        assert blank(protecting.protected(frame, 5), "change") == [False, True]
        items = pd.DataFrame({"scale": ["a"], "n": [30], "k": [3], "df": [2], "alpha": [0.8]})
        assert protecting.protected(items, 5).equals(items)

    def test_smallest_and_largest_are_single_records(self):
        frame = pd.DataFrame(
            {"wave": ["1", "2"], "n": [30, 12], "min": [1.0, 1], "25%": [2.0, 2], "50%": [3.0, 3]}
        )
        shown = protecting.protected(frame, 5)
        assert blank(shown, "min") == [True, True]
        assert blank(shown, "25%") == [False, True]  # 12 < 4 x 5
        assert blank(shown, "50%") == [False, False]  # 12 >= 2 x 5

    def test_words_about_a_hidden_row_go_too(self):
        frame = pd.DataFrame(
            {"centre": ["A"], "n": [3], "events": [0], "reason": ["none reached it"], "ok": [True]}
        )
        assert protecting.protected(frame, 5).iloc[0].tolist() == ["A", pd.NA, pd.NA, "", None]

    def test_whole_numbers_nobody_declared_are_taken_for_people(self):
        frame = pd.DataFrame({"what": ["a", "b"], "newcomers": [3, 9]})
        assert blank(protecting.protected(frame, 5), "newcomers") == [True, False]


class TestParts:
    def test_a_count_and_the_rest_of_its_base(self):
        frame = pd.DataFrame({"question": ["a", "b", "c", "d"], "count": [2, 28, 0, 30], "n": 30})
        frame = frame.assign(share=frame["count"] / 30, low=0.0, high=1.0)
        shown = protecting.protected(frame, 5)
        for column in ("count", "share", "low", "high"):
            assert blank(shown, column) == [True, True, False, False]
        assert shown["n"].tolist() == [30] * 4

    def test_the_next_smallest_covers_what_the_sum_would_give_back(self):
        """8 + 15 + 2 = 25: without 2 alone it is 25 - 8 - 15."""
        frame = pd.DataFrame(
            {"movement": ["better", "same", "worse"], "count": [8, 15, 2], "n": 25, "p": 0.1}
        )
        shown = protecting.protected(frame, 5)
        assert blank(shown, "count") == [True, False, True] == blank(shown, "p")

    def test_two_small_ones_that_leave_too_little_room_take_a_third(self):
        """3 + 1: each lies from 1 to 3, which is less than 5 apart."""
        frame = pd.DataFrame({"status": [*"abc"], "count": [3, 1, 21], "n": 25})
        assert blank(protecting.protected(frame, 5), "count") == [True] * 3

    def test_each_group_of_rows_by_itself(self):
        frame = pd.DataFrame(
            {"wave": [*"1122"], "risk": [*"lhlh"], "count": [20, 10, 27, 3], "n": 30}
        )
        assert blank(protecting.protected(frame, 5), "count") == [False, False, True, True]

    def test_the_same_thing_named_twice_does_not_break_a_group(self):
        frame = pd.DataFrame(
            {"risk": [*"lmh"], "part": ["low", "mid", "high"], "count": [9, 9, 2], "n": 20}
        )
        assert blank(protecting.protected(frame, 5), "count").count(True) == 2

    def test_a_share_alone_tells_the_count(self):
        frame = pd.DataFrame(
            {"label": ["i"] * 3, "part": [*"123"], "share": [14 / 28, 3 / 28, 11 / 28], "n": 28}
        )
        assert blank(protecting.protected(frame, 5), "share") == [False, True, True]
        money = pd.DataFrame({"payer": ["state"], "n": [132], "share": [0.033]})  # 4.356: no count
        assert protecting.protected(money, 5).equals(money)

    def test_shares_of_a_whole_go_together(self):
        frame = pd.DataFrame({"n": [22], "higher": [3 / 22], "equal": [5 / 22], "lower": [14 / 22]})
        assert protecting.protected(frame, 5)[["higher", "equal", "lower"]].isna().all(axis=None)

    def test_a_ratio_goes_with_its_counts(self):
        frame = pd.DataFrame(
            {"centre": ["A", "B", "C"], "families": [20, 30, 40], "curators": [2, 6, 7]}
        )
        shown = protecting.protected(frame.assign(families_per_curator=1.0), 5)
        assert (
            blank(shown, "curators") == blank(shown, "families_per_curator") == [True, True, False]
        )
        assert shown["families"].tolist() == [20, 30, 40]

    def test_a_table_of_counts_without_its_margins(self):
        table = pd.DataFrame([[12, 4, 9], [7, 30, 8], [6, 9, 40]], index=[*"lmh"], columns=[*"lmh"])
        shown = protecting.protected(table, 5)
        assert pd.isna(shown.loc["l", "m"])
        totals = with_totals(table)
        gone = shown.isna().reindex(index=totals.index, columns=totals.columns, fill_value=False)
        assert recoverable(totals, gone, 5).empty

    def test_twice_is_once(self):
        frame = pd.DataFrame({"movement": [*"abc"], "count": [8, 15, 2], "n": 25, "low": 0.1})
        once = protecting.protected(frame, 5)
        pd.testing.assert_frame_equal(protecting.protected(once, 5), once)
        assert protecting.withheld(frame, 5) and not protecting.withheld(once, 5)


def two_waves(groups):
    """Centre -> families above the best level and those who reached it at the second wave: one row each."""
    rows = [
        {"centre": c, "time": 1.0, "n_at_risk": n, "events": k, "censored": n - k}
        | {"survival": 1 - k / n, "low": 0.1, "high": 0.9}
        for c, (n, k) in groups.items()
    ]
    return pd.DataFrame(rows)


class TestCentres:
    def monitoring(self, **sizes):
        rows = [
            (f"{c}{i}", c, wave)
            for c, by in sizes.items()
            for wave, n in enumerate(by)
            for i in range(n)
        ]
        return pd.DataFrame(rows, columns=["family", "centre", "wave"])

    def test_a_small_centre_and_the_next(self):
        monitoring = self.monitoring(A=[16, 13], B=[11, 9], C=[3, 3])
        assert small_groups.hidden_centres(monitoring, 5) == {"B", "C"}

    def test_small_at_a_later_wave_is_small(self):
        assert small_groups.hidden_centres(self.monitoring(A=[16, 13], B=[11, 9], C=[8, 4]), 5) == {
            "B",
            "C",
        }

    def test_all_large_or_a_single_one(self):
        assert small_groups.hidden_centres(self.monitoring(A=[16, 13], B=[11, 9]), 5) == frozenset()
        assert small_groups.hidden_centres(self.monitoring(A=[3]), 5) == frozenset()

    def test_hidden_in_every_table_however_it_names_them(self):
        frame = pd.DataFrame(
            {"label": ["A", "B", "All centres"], "n": [16, 11, 30], "value": [1.0, 2.0, 3.0]}
        )
        assert blank(protecting.protected(frame, 5, frozenset({"B"})), "value") == [
            False,
            True,
            False,
        ]
        named = frame.assign(label=["Centre A (low)", "of Centre B, high", "Centre BB"])
        shown = protecting.protected(named, 5, frozenset({"Centre B"}))
        assert blank(shown, "value") == [False, True, False]
        by_row = pd.DataFrame({"value": [1.0, 2.0]}, index=["A", "B"])
        assert blank(protecting.protected(by_row, 5, frozenset({"B"})), "value") == [False, True]
        by_column = pd.DataFrame({"A": [1.0], "B": [2.0]})
        assert protecting.protected(by_column, 5, frozenset({"B"})).isna().iloc[0].tolist() == [
            False,
            True,
        ]

    def test_leaving_one_centre_out_would_give_its_mean(self):
        frame = pd.DataFrame(
            {"label": ["s"], "mean_of_means": [1.0], "loo_low": [0.5], "loo_high": [1.5]}
        )
        shown = protecting.protected(frame, 5, frozenset({"C"}))
        assert shown.iloc[0].isna().tolist() == [False, False, True, True]
        assert protecting.protected(frame, 5).equals(frame)

    def test_steps_of_a_curve(self):
        """Events 2 + 3 make a step of 5; then 1 alone would tell of one family."""
        curve = pd.DataFrame(
            {"centre": "All centres", "time": [0, 1, 2, 3], "n_at_risk": [30, 28, 25, 20]}
        )
        curve = curve.assign(
            events=[0, 2, 3, 1], censored=0, survival=[1.0, 0.93, 0.82, 0.78], low=0.5, high=1.0
        )
        shown = small_groups.steps(curve, 5)
        assert shown["time"].tolist() == [0, 2] and shown["events"].isna().all()
        assert shown["n_at_risk"].notna().tolist() == [True, False]
        assert small_groups.steps(curve, 1) is curve

    def test_two_waves_tell_of_no_few_families(self):
        """A, B and C lose 2, 1 and 3 families at once: together six, yet each curve's only point would tell."""
        few = {"A": (13, 2), "B": (12, 1), "C": (13, 3)}
        curve = two_waves({"All centres": (38, 6), **few})
        shown = small_groups.steps(curve, 5)
        assert set(shown["centre"].astype(str)) <= {"All centres"}

    @pytest.mark.parametrize(
        "groups, expected",
        [
            ({"A": (20, 6), "B": (20, 7), "C": (20, 8)}, ["All centres", *"ABC"]),
            ({"A": (20, 6), "B": (20, 7), "C": (20, 2)}, [*"AB"]),  # 15 - 6 - 7 = 2
            ({"A": (20, 6), "B": (20, 18), "C": (20, 8)}, [*"AC"]),  # 2 of B are left
            ({"A": (20, 6), "B": (20, 4), "C": (20, 4)}, ["All centres", "A"]),  # 8 in two: 1 to 7
        ],
    )
    def test_all_together_give_back_no_centre(self, groups, expected):
        whole = tuple(sum(each) for each in zip(*groups.values(), strict=True))
        shown = small_groups.steps(two_waves({"All centres": whole, **groups}), 5)
        assert shown["centre"].astype(str).tolist() == expected
        assert shown["n_at_risk"].tolist() == [{"All centres": 60}.get(c, 20) for c in expected]

    def test_what_another_frame_hides_is_not_given_back(self):
        """Moves of 3 families are hidden; -0.35 x 80 = -28 would be one more equation on them."""
        table = pd.DataFrame([[20, 3], [31, 26]], index=["low", "high"], columns=["low", "high"])
        row = pd.DataFrame({"mean_change": [-0.35], "n": [80], "statistic": [24.5], "p": [1e-4]})
        shown = protecting.beside(row, table, "n mean_change statistic", 5, frozenset()).iloc[0]
        assert shown[["n", "mean_change", "statistic"]].isna().all() and shown["p"] == 1e-4
        assert protecting.beside(row, table + 5, "n", 5, frozenset())["n"].tolist() == [80]
        assert protecting.beside(row, table, "n", 1, frozenset())["n"].tolist() == [80]

    def test_families_without_a_last_score_are_told_openly(self):
        """n = 80 and 78 stand beside it: hiding the 2 would hide nothing."""
        frame = pd.DataFrame({"scale": ["a"], "n_first": [80], "n": [78], "n_missing": [2]})
        assert protecting.protected(frame, 5)["n_missing"].tolist() == [2]

    def test_a_curve_of_few_and_the_one_that_would_give_it_back(self):
        curve = pd.DataFrame(
            {"centre": ["All centres", *"ABC"], "time": 0, "n_at_risk": [32, 8, 3, 21], "events": 0}
        )
        assert small_groups.steps(curve, 5)["centre"].tolist() == ["All centres", "C"]

    def test_speakers_keep_what_enough_of_them_share(self):
        speakers = pd.DataFrame(
            {"role": ["curator"] * 8 + ["supervisor"] * 2, "centre": ["A"] * 6 + ["B"] * 4}
        )
        said = pd.DataFrame(
            {"role": ["curator", "curator", "supervisor"], "centre": [*"ABB"], "quote": "q"}
        )
        shown = small_groups.attributes(speakers, said, 5)
        assert shown["role"].tolist() == ["curator", "curator", ""]
        assert shown["centre"].tolist() == ["A", "", ""]  # two curators in B, four speakers
