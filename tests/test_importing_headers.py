"""Wide headers: which part names the wave, which the item; how long after; what is no wave at all. All tables are ours."""

import pandas as pd
import pytest

from analysis.importing import bring as room
from analysis.importing.marks import marked
from analysis.records import load_monitoring
from analysis.study import read_study


def marks_of(headers):
    frame = pd.DataFrame({"id": list("abc")} | {name: [1.5, 20, 37] for name in headers})
    return marked(room.columns_of(frame.astype(str), {}), "id")


def waves_of(headers):
    return {mark.header: (mark.stem, mark.wave) for mark in marks_of(headers)}


def brought(tmp_path, headers, rows):
    frame = pd.DataFrame(rows, columns=["id", *headers])
    frame.to_csv(tmp_path / "table.csv", index=False)
    guesses = room.bring([tmp_path / "table.csv"], tmp_path / "study")
    return read_study(tmp_path / "study"), guesses


def rows_said(guesses):
    return next((guess.sure, guess.why) for guess in guesses.made if guess.what == "rows")


class TestTwoTimesInOneHeader:
    @pytest.mark.parametrize("letter", "SDMVY")
    def test_a_letter_counts_items_beside_a_plain_time(self, letter):
        found = waves_of([f"T{t}_{letter}{n}" for t in (1, 2) for n in (1, 2, 3)])
        assert {wave for _, wave in found.values()} == {"t1", "t2"}
        assert found[f"T2_{letter}3"] == (f"{letter.lower()}_3", "t2")

    @pytest.mark.parametrize("words", [("pre", "post"), ("baseline", "endline"), ("до", "после")])
    @pytest.mark.parametrize("form", ["{w}_S{n}", "S{n}_{w}"])
    def test_words_of_time_count_before_letters(self, words, form):
        found = waves_of([form.format(w=w, n=n) for w in words for n in (1, 2, 3)])
        assert set(found.values()) == {(f"s_{n}", w) for w in words for n in (1, 2, 3)}

    def test_a_word_of_time_that_belongs_to_the_measure(self):
        found = waves_of(["end_goal_t1", "end_goal_t2", "first_job_t1", "first_job_t2"])
        assert found["end_goal_t2"] == ("end_goal", "t2")
        assert found["first_job_t1"] == ("first_job", "t1")

    def test_of_two_letters_the_one_that_makes_a_whole_grid(self):
        """The days 1 and 2 stand there for every V; V1 to V3 stand there for the first day only."""
        headers = ["D1_V1_a", "D1_V2_a", "D2_V1_a", "D2_V2_a", "D1_b", "D2_b"]
        found = waves_of(headers)
        assert {wave for _, wave in found.values()} == {"d1", "d2"}
        assert found["D2_V1_a"] == ("v_1_a", "d2")

    def test_two_letters_are_doubted(self, tmp_path):
        headers = ["S1_D1", "S1_D2", "S2_D1", "S2_D2"]
        rows = [(f"p{n}", n % 5, (n + 1) % 5, (2 * n) % 5, (3 * n) % 5) for n in range(12)]
        sure, why = rows_said(brought(tmp_path, headers, rows)[1])
        assert sure == "unsure" and "names two times" in why


class TestFollowUps:
    def test_a_follow_up_with_its_own_time_stands_beside_the_baseline(self):
        found = waves_of(["PHQ9_baseline", "PHQ9_followup_3m", "PHQ9_follow-up_12m"])
        assert list(found.values()) == [("phq_9", "baseline"), ("phq_9", "m3"), ("phq_9", "m12")]

    def test_a_number_of_the_measure_is_no_number_of_the_follow_up(self):
        found = waves_of(["PHQ9_baseline", "PHQ9_followup", "GAD7_baseline", "GAD7_followup"])
        assert list(found.values()) == [
            (stem, wave) for stem in ("phq_9", "gad_7") for wave in ("baseline", "followup")
        ]

    def test_how_long_after_in_words(self, tmp_path):
        headers = ["PHQ9_baseline", "PHQ9_1_month", "PHQ9_12_months"]
        study, guesses = brought(tmp_path, headers, [(f"p{n}", n + 9, n + 5, n) for n in range(9)])
        assert study.waves == ("baseline", "month1", "month12")
        assert load_monitoring(study)["phq_9"].tolist()[:3] == [9, 5, 0]
        assert rows_said(guesses)[0] == "sure"

    @pytest.mark.parametrize(
        ("headers", "waves"),
        [
            (["Стресс до", "Стресс через 3 месяца", "Стресс через 6 месяцев"], ["до", "месяц3", "месяц6"]),
            (["Стресс на входе", "Стресс на выходе"], ["входе", "выходе"]),
            (["Стресс первичный", "Стресс повторный"], ["первичный", "повторный"]),
            (["1 замер Стресс", "2 замер Стресс"], ["замер1", "замер2"]),
            (["Стресс, 1-й визит", "Стресс, 2-й визит"], ["визит1", "визит2"]),
            (["stress at baseline", "stress at 6 weeks"], ["baseline", "week6"]),
            (["stress_2m", "stress_4m"], ["m2", "m4"]),
        ],
    )  # fmt: skip
    def test_times_in_the_words_of_people(self, headers, waves):
        found = waves_of(headers)
        assert [wave for _, wave in found.values()] == waves
        assert {stem for stem, _ in found.values()} == {found[headers[0]][0]}
        assert found[headers[0]][0] in ("стресс", "stress")


class TestNumbersAlone:
    def test_years_are_waves(self, tmp_path):
        headers = [f"wellbeing_{year}" for year in (2021, 2022, 2023)]
        rows = [(f"p{n}", n % 5 + 1, (n + 2) % 5 + 1, (3 * n) % 5 + 1) for n in range(12)]
        study, guesses = brought(tmp_path, headers, rows)
        assert study.waves == ("2021", "2022", "2023") and study.scales[0].items == ("wellbeing",)
        assert load_monitoring(study)["wellbeing"].tolist()[:3] == [1, 3, 1]
        assert rows_said(guesses)[0] == "likely"

    @pytest.mark.parametrize(
        "headers",
        [
            ["q1.1", "q2.1", "q3.1", "q1.2", "q2.2", "q3.2"],
            ["wl1", "wl2", "wl3", "se1", "se2", "se3"],
            ["y1", "y2", "y3", "y4"],
        ],
    )
    def test_items_that_might_be_waves_are_doubted(self, tmp_path, headers):
        rows = [(f"p{n}", *((n * at) % 5 for at in range(1, len(headers) + 1))) for n in range(12)]
        study, guesses = brought(tmp_path, headers, rows)
        sure, why = rows_said(guesses)
        assert len(study.waves) == 1 and sure == "unsure" and "or are they waves?" in why

    def test_questions_are_plainly_items(self, tmp_path):
        headers = [f"q{n}" for n in range(1, 5)]
        rows = [(f"p{n}", *((n * at) % 5 for at in range(1, 5))) for n in range(12)]
        assert rows_said(brought(tmp_path, headers, rows)[1])[0] == "likely"

    def test_items_within_words_of_time_are_doubted_with_a_name_too(self):
        found = marks_of([f"stress_{w}_{n}" for w in ("pre", "post") for n in (1, 2, 3)])
        assert {mark.wave for mark in found} == {"pre", "post"} and all(m.doubt for m in found)
