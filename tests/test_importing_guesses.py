"""Guesses that the data do not bear are said to be unsure: turned items, directions, places, waves, headers."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.checking import check_study
from analysis.importing import bring as room
from analysis.importing.marks import marked
from analysis.importing.timing import in_order
from analysis.records import load_monitoring
from analysis.study import read_study

PUBLIC = Path(__file__).parent / "public"
WITHIN_BETWEEN = """
    1,3,4,8,10,11,9,11,12 2,1,3,9,8,10,10,9,11 3,4,2,10,11,9,11,12,10 4,2,1,11,9,8,12,10,9
    2,4,5,6,8,9,8,10,11 3,2,4,7,6,8,9,8,10 4,5,3,8,9,7,10,11,9 5,3,2,9,7,6,11,9,8
    3,5,6,9,11,12,7,9,10 4,3,5,10,9,11,8,7,9 5,6,4,11,12,10,9,10,8 6,4,3,12,10,9,10,8,7
    4,6,7,7,9,10,6,8,9 5,4,6,8,7,9,7,6,8 6,7,5,9,10,8,8,9,7 7,5,4,10,8,7,9,7,6
"""


def brought(tmp_path, text, name="table.csv"):
    file = tmp_path / name
    file.write_text(text, encoding="utf-8")
    guesses = room.bring([file], tmp_path / "study")
    return read_study(tmp_path / "study"), guesses


def doubts(guesses):
    return " | ".join(f"{g.what}: {g.value} ({g.why})" for g in guesses.doubts())


def sure(guesses, what):
    return [guess.sure for guess in guesses.made if guess.what == what]


def rated(items, people=60):
    """One row per invented person; `items` says how each hangs on what all have in common: -1, 0 or 1."""
    draw = np.random.default_rng(3)
    common = draw.normal(size=people)
    table = {"id": [f"p{n:02d}" for n in range(people)]}
    for number, sign in enumerate(items, 1):
        own = draw.normal(size=people)
        table[f"stress {number}"] = np.clip(np.round(3 + sign * common + 0.7 * own), 1, 5)
    return pd.DataFrame(table).to_csv(index=False)


class TestItems:
    def test_an_item_that_plainly_goes_against_the_rest_is_turned(self, tmp_path):
        study, guesses = brought(tmp_path, rated([1, 1, 1, 1, -1]))
        assert study.scales[0].reverse == ("stress 5",)
        assert sure(guesses, "scale stress") == ["likely", "likely"]

    def test_the_turned_items_of_a_public_table_are_said_with_their_correlations(self, tmp_path):
        """Item-rest correlations by hand with pandas: A1 -0.317, O2 -0.285; E1 -0.599 and E2 -0.635 are plain."""
        guesses = room.bring([PUBLIC / "bfi.csv"], tmp_path / "study")
        assert "A1 (-0.32) turned" in doubts(guesses) and "O2 (-0.28)" in doubts(guesses)
        said = {guess.value: guess.sure for guess in guesses.made}
        assert said["E1 (-0.60), E2 (-0.63) turned"] == "likely"

    def test_an_item_that_has_nothing_to_do_with_the_rest_is_not_turned(self, tmp_path):
        study, guesses = brought(tmp_path, rated([1, 1, 1, 1, 0]))
        assert study.scales[0].reverse == ()
        assert "turned" not in doubts(guesses) and "one scale" not in doubts(guesses)

    def test_items_that_do_not_hang_together_are_doubted_and_none_is_turned(self, tmp_path):
        study, guesses = brought(tmp_path, rated([0, 0, 0, 0, 0], people=180))
        assert study.scales[0].reverse == ()
        assert "5 items that may not form one scale" in doubts(guesses)
        _, problems = check_study(tmp_path / "study")
        assert any("may not form one scale" in problem.message for problem in problems)

    def test_sixteen_rows_that_sum_to_nothing_turn_nothing(self, tmp_path):
        """The table psych::withinBetween (R, invented by W. Revelle): its items correlate with a mean of 0."""
        text = "id," + ",".join(f"V{n}" for n in range(1, 10)) + "\n"
        text += "".join(f"p{n},{row}\n" for n, row in enumerate(WITHIN_BETWEEN.split()))
        study, guesses = brought(tmp_path, text)
        assert study.scales[0].reverse == () and len(study.scales[0].items) == 9
        assert "their mean correlation is 0.00" in doubts(guesses)

    def test_one_person_counts_once_however_often_rated(self, tmp_path):
        """Five people rated twelve times each are five, too few to turn anything by."""
        rows = [
            f"p{n},{w},{at + 1},{at + 1},{at + 1},{5 - at}\n"
            for n in range(5)
            for w in range(12)
            for at in [(2 * n + w) % 5]
        ]
        study, _ = brought(tmp_path, "id,wave,q1,q2,q3,q4\n" + "".join(rows))
        assert study.scales[0].reverse == ()


class TestDirections:
    @pytest.mark.parametrize(
        ("header", "bad", "good"),
        [
            ("employed", "no", "yes"),
            ("вернулся домой", "нет", "да"),
            ("in school now", "FALSE", "TRUE"),
            ("employed", "0", "1"),
        ],
    )
    def test_nobody_can_know_whether_yes_is_good(self, tmp_path, header, bad, good):
        rows = "".join(f"K{n},{w},{(bad, good)[(n + w) % 2]}\n" for n in range(9) for w in (1, 2))
        _, guesses = brought(tmp_path, f"client,visit,{header}\n{rows}")
        assert sure(guesses, "risk") == ["unsure"]
        assert "is taken as better, which nothing says" in doubts(guesses)
        _, problems = check_study(tmp_path / "study")
        assert any("is taken as better" in problem.message for problem in problems)

    def test_a_name_that_tells_is_likely(self, tmp_path):
        rows = "".join(f"K{n},{w},{('no', 'yes')[(n + w) % 2]}\n" for n in range(9) for w in (1, 2))
        study, guesses = brought(tmp_path, f"client,visit,relapse\n{rows}")
        assert study.risk.levels == ("no", "yes") and sure(guesses, "risk") == ["likely"]


class TestPlaces:
    def places(self, tmp_path, cell):
        rows = "".join(
            f"k{n},{w},{cell(n, w)},{n % 7 + w + 0.5}\n" for n in range(60) for w in (1, 2)
        )
        return brought(tmp_path, f"id,wave,school,stress\n{rows}")

    def test_many_numbers_may_be_years_of_schooling(self, tmp_path):
        _, guesses = self.places(tmp_path, lambda n, w: n % 13 + 3)
        assert sure(guesses, "centre") == ["unsure"] and "13 numbers" in doubts(guesses)

    def test_a_number_that_changes_within_a_person_is_no_sure_place(self, tmp_path):
        _, guesses = self.places(tmp_path, lambda n, w: n % 4 + (n == 1 and w == 2))
        assert sure(guesses, "centre") == ["unsure"]

    def test_parts_of_a_number_are_no_place(self, tmp_path):
        study, _ = self.places(tmp_path, lambda n, w: n % 13 + 3.5)
        assert not study.has_centres

    def test_a_few_numbers_that_stay_are_places(self, tmp_path):
        _, guesses = self.places(tmp_path, lambda n, w: n % 4 + 1)
        assert sure(guesses, "centre") == ["sure"]


def wide(headers, people=12):
    draw = np.random.default_rng(5)
    table = {"id": [f"p{n:02d}" for n in range(people)]}
    table |= {header: draw.integers(1, 60, people) / 4 for header in headers}
    return pd.DataFrame(table)


def waves_of(headers):
    frame = wide(headers).astype(str)
    columns = room.columns_of(frame, {})
    return {mark.header: (mark.stem, mark.wave) for mark in marked(columns, "id")}


class TestWaves:
    @pytest.mark.parametrize("between", ["_", "."])
    def test_half_times_are_times(self, tmp_path, between):
        headers = ["t0", f"t0{between}5", "t1", f"t1{between}5", "t2", "t3"]
        study, guesses = brought(tmp_path, wide(headers).to_csv(index=False))
        assert study.waves == ("t0", "t0.5", "t1", "t1.5", "t2", "t3")
        assert [scale.items for scale in study.scales] == [("value",)]
        assert sure(guesses, "rows") == ["likely"]
        frame = load_monitoring(study)
        half = frame[frame["wave"].astype(str) == "t0.5"]["value"].tolist()
        assert half == wide(headers)[f"t0{between}5"].tolist()

    def test_items_counted_within_a_time_are_no_half_times(self):
        found = waves_of([f"t{t}_{n}" for t in (1, 2) for n in range(1, 6)])
        assert {wave for _, wave in found.values()} == {"t1", "t2"}
        assert {stem for stem, _ in found.values()} == {"1", "2", "3", "4", "5"}

    def test_a_measure_that_lacks_a_wave_is_said(self, tmp_path):
        text = wide(["anx_t1", "anx_t2", "anx_t3", "hope_t1", "hope_t2"]).to_csv(index=False)
        _, guesses = brought(tmp_path, text)
        assert sure(guesses, "rows") == ["unsure"] and "hope has no t3" in doubts(guesses)

    def test_a_whole_grid_is_sure(self, tmp_path):
        text = wide(["anx_t1", "anx_t2", "hope_t1", "hope_t2"]).to_csv(index=False)
        assert sure(brought(tmp_path, text)[1], "rows") == ["sure"]

    @pytest.mark.parametrize("last", ["fup", "follow-up", "followup", "FollowUp"])
    def test_follow_up_is_a_wave_and_numbers_within_waves_are_doubtful_items(self, tmp_path, last):
        """As in carData::OBrienKaiser: five hours within each of three phases."""
        headers = [f"{phase}.{n}" for phase in ("pre", "post", last) for n in range(1, 6)]
        study, guesses = brought(tmp_path, wide(headers).to_csv(index=False))
        assert len(study.waves) == 3 and study.waves[:2] == ("pre", "post")
        assert sum(len(scale.items) for scale in study.scales) == 5
        assert "left out" not in [guess.what for guess in guesses.made]
        assert sure(guesses, "rows") == ["unsure"] and "or are they times" in doubts(guesses)

    def test_columns_called_like_the_waves_but_left_out_are_said(self, tmp_path):
        text = wide(["anx_t1", "anx_t2", "anx_late"]).to_csv(index=False)
        _, guesses = brought(tmp_path, text)
        assert "anx_late may belong to them" in doubts(guesses)
        why = [guess.why for guess in guesses.made if guess.what == "left out"]
        assert why == ["its header names no wave, so it stands once for each family"]

    @pytest.mark.parametrize("headers", [("Prewt", "Postwt"), ("wtpre", "wtpost")])
    def test_pre_and_post_glued_to_one_word(self, tmp_path, headers):
        study, guesses = brought(tmp_path, wide(headers).to_csv(index=False))
        assert study.waves == ("pre", "post") and study.scales[0].items == ("wt",)
        assert sure(guesses, "rows") == ["likely"]

    def test_words_that_only_begin_so_are_none(self):
        assert waves_of(["pressure", "posture", "prevalence"]) == {}

    def test_half_weeks_stand_in_their_order(self):
        column = room.columns_of(pd.DataFrame({"w": ["week 10", "week 1.5", "week 1"]}), {})["w"]
        assert in_order(column, {}, room.Guesses()) == ["week 1", "week 1.5", "week 10"]


class TestTitles:
    def test_remarks_full_of_commas_are_no_header(self, tmp_path):
        rows = "".join(
            f"F{n};{w};{n % 5 + w};so, a, b, c, d, e{n}\n" for n in range(9) for w in (1, 2)
        )
        study, _ = brought(tmp_path, "family;wave;stress;remark\n" + rows)
        assert study.scales[0].items == ("stress",)
