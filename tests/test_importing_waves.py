"""Waves of long tables: their order from their names, and which column names them. All tables are ours."""

import pandas as pd
import pytest

from analysis.importing import bring as room
from analysis.importing.timing import in_order
from analysis.records import load_monitoring
from analysis.study import read_study


def order(values):
    guesses = room.Guesses()
    column = room.columns_of(pd.DataFrame({"wave": values}), {})["wave"]
    told = in_order(column, {"wave": column}, guesses)
    return told, guesses.made[-1].sure


class TestOrder:
    @pytest.mark.parametrize(
        ("right", "sure"),
        [
            (["Baseline", "Midline", "Endline"], "sure"),
            (["baseline", "6 weeks", "3 months", "1 year"], "sure"),
            (["6w", "3m", "1y"], "sure"),
            (["до", "через 3 месяца", "через 6 месяцев", "через 1 год"], "sure"),
            (["1st visit", "2nd visit", "3rd visit", "10th visit"], "sure"),
            (["1-й визит", "2-й визит", "3-й визит"], "sure"),
            (["Wave One", "Wave Two", "Wave Three"], "sure"),
            (["Этап первый", "Этап второй", "Этап третий", "Этап четвертый"], "sure"),
            (["pre", "post", "fu1", "fu2"], "sure"),
            (["I", "II", "III", "IV", "IX", "X"], "sure"),
            (["Этап I", "Этап II", "Этап III"], "sure"),
            (["2022-10", "2023-02", "2023-06"], "sure"),
            (["10.2022", "02.2023", "06.2023"], "sure"),
            (["Q4 2022", "Q1 2023", "Q2 2023"], "sure"),
            (["IV кв. 2022", "I кв. 2023"], "sure"),
            (["октябрь 2022", "февраль 2023", "мая 2023", "июнь 2023"], "sure"),
            (["Oct 2022", "February 2023"], "sure"),
            (["на входе", "в середине", "на выходе"], "sure"),
            (["первичный", "повторный", "итоговый"], "sure"),
            (["01.10.2022", "02.06.2023", "01.12.2023"], "likely"),
            (["monitoring_wave1", "w2_extra"], "likely"),
            (["январь", "июнь"], "unsure"),
            (["pre", "post", "3 months", "1 year"], "likely"),
            (["до", "после", "через 6 мес"], "likely"),
        ],
    )
    def test_they_stand_in_their_order_however_the_rows_stand(self, right, sure):
        assert order(right[::-1]) == (right, sure)
        assert order(right) == (right, sure)

    def test_words_that_say_nothing_of_time_stay_in_the_order_of_the_file(self):
        assert order(["blue", "amber"]) == (["blue", "amber"], "unsure")

    def test_the_same_time_in_two_units_is_not_put_in_order(self):
        assert order(["30 days", "1 month"]) == (["30 days", "1 month"], "unsure")


def brought(tmp_path, columns):
    pd.DataFrame(columns).to_csv(tmp_path / "table.csv", index=False)
    guesses = room.bring([tmp_path / "table.csv"], tmp_path / "study")
    return read_study(tmp_path / "study"), guesses


def said(guesses, what):
    return [(guess.value, guess.sure) for guess in guesses.made if guess.what == what]


FAMILIES, WAVES = range(6), range(3)
LONG = {
    "id": [f"F{n}" for _ in WAVES for n in FAMILIES],
    "stress": [(n * (w + 1)) % 5 + 1 for w in WAVES for n in FAMILIES],
}


def at(names):
    """One name for all rows of a wave."""
    return [names[w] for w in WAVES for _ in FAMILIES]


class TestColumn:
    def test_a_measure_may_be_called_like_a_column(self, tmp_path):
        """One row per measure; the measure `site` has the name of another column."""
        rows = [
            (f"F{n}", w, m, "North", n + w)
            for n in range(4)
            for w in (1, 2)
            for m in ("site", "hope")
        ]
        study, _ = brought(
            tmp_path, pd.DataFrame(rows, columns=["id", "wave", "measure", "site", "score"])
        )
        assert {scale.name for scale in study.scales} == {"hope", "score_site"}

    def test_days_can_be_waves_also_when_families_missed_some(self, tmp_path):
        """F5 missed the first, F4 the second day: its later ratings stay at their days."""
        days = ["01.10.2022", "01.02.2023", "01.06.2023"]
        frame = pd.DataFrame(LONG | {"wave": at(days)}).drop(index=[5, 6 + 4])
        study, guesses = brought(tmp_path, frame)
        assert study.waves == tuple(days) and said(guesses, "wave") == [("wave", "sure")]
        counts = load_monitoring(study)["wave"].value_counts()
        assert counts[list(days)].tolist() == [5, 5, 6]

    @pytest.mark.parametrize(("missed", "sure"), [([], "likely"), ([5], "unsure")])
    def test_ratings_counted_by_date_are_doubted_where_some_are_missing(
        self, tmp_path, missed, sure
    ):
        days = [f"2022-{3 * w + 1:02d}-{n + 1:02d}" for w in WAVES for n in FAMILIES]
        frame = pd.DataFrame(LONG | {"date": days}).drop(index=missed)
        _, guesses = brought(tmp_path, frame)
        assert said(guesses, "wave") == [("the number of the rating", sure)]

    @pytest.mark.parametrize("name", ["S1WantCurse{}", "run_s{}_id", "t{}x"])
    def test_texts_with_a_letter_and_a_number_are_no_waves(self, tmp_path, name):
        texts = {"item": at([name.format(w) for w in WAVES])}
        _, guesses = brought(tmp_path, LONG | texts)
        assert said(guesses, "wave") == [("the number of the rating", "unsure")]

    @pytest.mark.parametrize("name", ["s{}", "T{}", "visit {}", "run at week {}"])
    def test_texts_that_are_a_time_are_waves(self, tmp_path, name):
        names = [name.format(w) for w in WAVES]
        study, guesses = brought(tmp_path, LONG | {"when": at(names)})
        assert study.waves == tuple(names) and said(guesses, "wave")[0][0] == "when"

    def test_texts_of_one_row_each_are_no_waves(self, tmp_path):
        files = [f"visit{w}_F{n}.txt" for w in WAVES for n in FAMILIES]
        _, guesses = brought(tmp_path, LONG | {"File": files})
        assert said(guesses, "wave") == [("the number of the rating", "unsure")]

    @pytest.mark.parametrize(
        "times",
        [
            {"month": at([3, 6, 9])},
            {"time": [30 * w + n for w in WAVES for n in FAMILIES]},
            {"dose": at([0, 5, 10])},
        ],
    )
    @pytest.mark.parametrize("header", ["wave", "Волна"])
    def test_a_wave_comes_before_other_times_and_these_are_no_measures(
        self, tmp_path, header, times
    ):
        study, guesses = brought(tmp_path, times | LONG | {header: at([1, 2, 3])})
        assert study.waves == ("1", "2", "3") and said(guesses, "wave") == [(header, "sure")]
        assert [scale.name for scale in study.scales] == ["stress"]
        assert said(guesses, "left out") == [(next(iter(times)), "likely")]
