"""Waves of long tables: their order from their names, and which column names them. All tables are ours."""

import pandas as pd
import pytest

from analysis.importing import bring as room
from analysis.importing.timing import in_order


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
            (["pre", "post", "3 months", "1 year"], "unsure"),
        ],
    )
    def test_they_stand_in_their_order_however_the_rows_stand(self, right, sure):
        assert order(right[::-1]) == (right, sure)
        assert order(right) == (right, sure)

    def test_words_that_say_nothing_of_time_stay_in_the_order_of_the_file(self):
        assert order(["blue", "amber"]) == (["blue", "amber"], "unsure")

    def test_the_same_time_in_two_units_is_not_put_in_order(self):
        assert order(["30 days", "1 month"]) == (["30 days", "1 month"], "unsure")
