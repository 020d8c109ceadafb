"""Cells as people write them: ends told by labels, codes, percents, thousands, words for no answer, dates of any shape."""

import pandas as pd
import pyreadstat
import pytest

from analysis.checking import check_study
from analysis.importing import bring as room
from analysis.problem import errors
from analysis.study import read_study

FAMILIES, WAVES = 12, (1, 2)
NEVER = {1.0: "never", 2.0: "rarely", 3.0: "sometimes", 4.0: "often", 5.0: "always"}


def long(**columns):
    """Twelve families at two waves, 24 rows; each further column is a function of the number of the row, from 0."""
    rows = range(FAMILIES * len(WAVES))
    table = {"family": [f"F{n % FAMILIES + 1:02d}" for n in rows]}
    table["wave"] = [WAVES[n // FAMILIES] for n in rows]
    return pd.DataFrame(table | {name: [value(n) for n in rows] for name, value in columns.items()})


def brought(tmp_path, frame, sep=","):
    """The declaration, the table and the guesses made of a frame written as text."""
    frame.to_csv(tmp_path / "given.csv", index=False, sep=sep)
    guesses = room.bring([tmp_path / "given.csv"], tmp_path / "study")
    return read_study(tmp_path / "study"), written(tmp_path), guesses


def written(tmp_path):
    return pd.read_csv(tmp_path / "study" / "monitoring.csv", dtype=str)


def said(guesses, what):
    return [(guess.value, guess.sure) for guess in guesses.made if guess.what == what]


def step(n):
    """1 to 5, over and over."""
    return n % 5 + 1


def labelled(tmp_path, frame, names):
    labels = dict.fromkeys(names, NEVER)
    pyreadstat.write_sav(frame, str(tmp_path / "given.sav"), variable_value_labels=labels)
    guesses = room.bring([tmp_path / "given.sav"], tmp_path / "study")
    return (*check_study(tmp_path / "study"), guesses)


def test_a_rating_outside_the_labels_is_named_and_does_not_widen_the_scale(tmp_path):
    frame = long(stress_1=lambda n: float(step(n)), stress_2=lambda n: float(step(n + 1)))
    frame.loc[3, "stress_2"] = 55.0
    study, problems, guesses = labelled(tmp_path, frame, ("stress_1", "stress_2"))
    (scale,) = study.scales  # the stray does not break it into single measures
    assert (scale.low, scale.high, scale.ends_guessed) == (1, 5, False)
    assert said(guesses, "impossible in stress") == [("stress_2: 55", "unsure")]
    (wrong,) = errors(problems)
    assert (wrong.row, wrong.column, wrong.value) == (5, "stress_2", "55")


def test_labels_of_a_few_low_codes_do_not_tell_the_ends(tmp_path):
    frame = long(
        visits=lambda n: float(n % 11)
    )  # 0 to 10, of which 0 and 6 to 10 lie outside the labels
    study, problems, _ = labelled(tmp_path, frame, ("visits",))
    assert errors(problems) == []
    (scale,) = study.scales
    assert (scale.low, scale.high, scale.ends_guessed) == (0, 10, True)


def test_names_of_rows_and_numbers_of_dates_are_no_measures(tmp_path):
    frame = long(rownames=lambda n: f"{n // 2 + 1}.{n % 2 + 1}", mood=step)
    frame["date of visit"] = [100 + 7 * n for n in range(len(frame))]
    study, table, _ = brought(tmp_path, frame)
    assert [scale.name for scale in study.scales] == ["mood"]
    assert list(table) == ["family", "wave", "mood"]


def test_minus_99_among_numbers_of_its_size_stays(tmp_path):
    frame = long(balance=lambda n: -99 if n in (4, 9) else 10 * n - 115)  # -115 to 115
    _, table, guesses = brought(tmp_path, frame)
    assert (table["balance"] == "-99").sum() == 2
    assert said(guesses, "left empty in balance") == []


@pytest.mark.parametrize(
    "rating", [step, lambda n: n / 4, lambda n: n % 7 - 3], ids=["steps", "quarters", "-3 to 3"]
)
def test_minus_99_far_below_all_ratings_is_left_empty_and_said(tmp_path, rating):
    frame = long(mood=lambda n: -99 if n in (4, 9) else rating(n))
    _, table, guesses = brought(tmp_path, frame)
    assert table["mood"].isna().sum() == 2
    assert said(guesses, "left empty in mood") == [("-99", "likely")]


def test_a_code_is_also_seen_under_a_header_that_names_the_wave(tmp_path):
    wide = pd.DataFrame({"id": [f"F{n}" for n in range(24)]})
    for wave in (1, 2):
        wide[f"mood week {wave}"] = [99 if n == wave else step(n + wave) for n in range(24)]
    study, table, _ = brought(tmp_path, wide)
    (scale,) = study.scales
    assert (scale.high, table["mood"].isna().sum()) == (5, 0)  # a row without any rating is none
    assert len(table) == 2 * 24 - 2


@pytest.mark.parametrize(
    ("cell", "expected"),
    [
        (lambda n: f"{step(n)}0%", "10"),
        (lambda n: f"{step(n)},5 %", "1.5"),
        (lambda n: f"{step(n)}2 345", "12345"),
        (lambda n: f"{step(n)}2\u00a0345,5", "12345.5"),
        (lambda n: f"{step(n)},234.5", "1234.5"),
        (lambda n: f"{step(n)},234,567", "1234567"),
        (lambda n: f"{step(n)}.234,5", "1234.5"),
        (lambda n: f"\u2212{step(n)}" if n % 5 else "1", "1"),
    ],
)
def test_numbers_however_written_are_plain_numbers_in_the_study(tmp_path, cell, expected):
    frame = long(score=cell)
    _, table, guesses = brought(tmp_path, frame, ";")
    assert errors(check_study(tmp_path / "study")[1]) == []
    assert table["score"][0] == expected
    assert table["score"].str.fullmatch(r"-?\d+(\.\d+)?").all()
    assert [sure for _, sure in said(guesses, "numbers of score")] == ["likely"]


@pytest.mark.parametrize(
    ("sep", "cell", "expected", "sure"),
    [
        (",", lambda n: f"{step(n)}3,223", "13223", ["likely"]),
        (",", lambda n: f"{step(n)},223", "1223", ["unsure"]),  # 1.223 to 5.223, or thousands?
        (",", lambda n: f"{step(n)},5", "1.5", []),
        (",", lambda n: f"{step(n)},5" if n else "1,223", "1.223", []),
        (";", lambda n: f"{step(n)}3,223", "13.223", []),
    ],
)
def test_a_comma_before_three_digits_parts_thousands_where_commas_part_columns(
    tmp_path, sep, cell, expected, sure
):
    _, table, guesses = brought(tmp_path, long(savings=cell), sep)
    assert table["savings"][0] == expected
    assert [how for _, how in said(guesses, "thousands in savings")] == sure


@pytest.mark.parametrize(
    ("word", "sure"), [("отказ", "likely"), ("нет ответа", "likely"), ("болен", "unsure")]
)
def test_words_among_numbers_are_left_empty_and_said(tmp_path, word, sure):
    frame = long(mood=lambda n: word if n % 12 in (1, 5) else step(n))  # four of 24 cells
    _, table, guesses = brought(tmp_path, frame)
    assert table["mood"].isna().sum() == 4
    assert said(guesses, "left empty in mood") == [(f"{word} (4 cells)", sure)]


@pytest.mark.parametrize("sign", ["н/д", "—", "?", "б/о", "-"])
def test_signs_for_nothing_are_empty(tmp_path, sign):
    _, table, _ = brought(tmp_path, long(mood=lambda n: sign if n % 3 == 1 else step(n)))
    assert table["mood"].isna().sum() == 8


RU = ["никогда", "редко", "иногда", "часто", "всегда"]
AGREED = [
    "Совершенно не согласен",
    "Скорее не согласна",
    "Затрудняюсь ответить",
    "Скорее согласен",
    "Полностью согласен",
]


@pytest.mark.parametrize(
    ("words", "sure", "order"),
    [
        (RU, "likely", "1 никогда, 2 редко, 3 иногда, 4 часто, 5 всегда"),
        (["1 - никогда", "2 - редко", "3 - иногда", "4 - часто", "5 - всегда"], "likely", None),
        (["1 (never)", "2", "3", "4", "5 (always)"], "likely", None),
        (["1=never", "2=rarely", "3=sometimes", "4=often", "5=always"], "likely", None),
        (AGREED, "unsure", ", ".join(f"{at} {w.lower()}" for at, w in enumerate(AGREED, 1))),
    ],
)
def test_answers_in_words_are_numbers_in_a_known_order(tmp_path, words, sure, order):
    frame = long(stress_1=lambda n: words[n % 5], stress_2=lambda n: words[n % 7 % 5])
    study, table, guesses = brought(tmp_path, frame)
    (scale,) = study.scales
    assert (scale.low, scale.high, scale.ends_guessed) == (1, 5, False)
    assert list(table["stress_1"].astype(int)) == [n % 5 + 1 for n in range(24)]
    ((value, how),) = said(guesses, "answers of stress_1, stress_2")
    assert how == sure
    assert order in (None, value)


def test_an_order_of_four_steps_is_not_taken_for_one_of_five(tmp_path):
    words = ["never", "rarely", "often", "always"]
    frame = long(stress_1=lambda n: words[n % 4], stress_2=lambda n: words[n % 5 % 4])
    frame.loc[2, "stress_2"] = "no answer"
    frame["stress_1"] = [words[(n + n // 12) % 4] for n in range(24)]
    study, table, guesses = brought(tmp_path, frame)
    assert study.scales[0].high == 4
    assert list(table["stress_1"].astype(int)) == [(n + n // 12) % 4 + 1 for n in range(24)]
    assert table["stress_2"].isna().sum() == 1
    assert said(guesses, "left empty in stress_1, stress_2") == [("no answer", "likely")]


def test_unknown_words_of_several_columns_are_doubted_and_levels_stay_levels(tmp_path):
    words = ["azure", "beige", "cyan"]
    shades = {f"shade_{i}": lambda n, i=i: words[(n + n // 12 + i) % 3] for i in range(3)}
    risk = ["1 - low", "2 - moderate", "3 - high"]
    frame = long(**shades, risk=lambda n: risk[(n + n // 12) % 3])
    study, table, guesses = brought(tmp_path, frame)
    assert study.risk.levels == ("low", "moderate", "high")
    assert list(table["risk"][:3]) == ["low", "moderate", "high"]
    assert said(guesses, "ordered words?") == [
        ("azure, beige, cyan in shade_0, shade_1, shade_2", "unsure")
    ]


@pytest.mark.parametrize(
    ("header", "cell"),
    [
        ("date", lambda n: 45070 + n),  # 2023-05-24 in spreadsheets
        ("дата заполнения", lambda n: 45070 + n),
        ("date", lambda n: 45070.4375 + n),  # half past ten
        ("date", lambda n: f"202305{24 + n}" if n < 8 else f"202306{n:02d}"),
        ("Отметка времени", lambda n: f"{24 + n % 4}.05.2023 10:30:15"),
        ("date", lambda n: f"05/{24 + n % 4}/23"),
        ("date", lambda n: f"05/{24 + n % 4}/2023 9:05"),
        ("date", lambda n: f"{24 + n % 4}-05-2023"),
        ("date", lambda n: f"{24 + n % 4} May 2023"),
        ("date", lambda n: f"May {24 + n % 4}, 2023"),
        ("date", lambda n: f"2023-05-{24 + n % 4}T10:30:15"),
    ],
)
def test_days_in_any_writing_are_dates_and_no_measure(tmp_path, header, cell):
    frame = long(mood=step).assign(**{header: [cell(n + n // 12) for n in range(24)]})
    study, table, guesses = brought(tmp_path, frame)
    assert [scale.name for scale in study.scales] == ["mood"]
    assert study.has_dates
    assert table["date"][0] == "2023-05-24"
    assert [guess.what for guess in guesses.doubts() if "date" in guess.what] == []


def test_days_that_could_be_months_are_doubted(tmp_path):
    frame = long(mood=step, date=lambda n: f"0{n % 9 + 1}-05-2023")
    _, _, guesses = brought(tmp_path, frame)
    assert said(guesses, "date") == [("date", "unsure")]


def test_answers_about_risk_are_items_of_a_scale_and_no_level(tmp_path):
    items = {f"risk_{i}": lambda n, i=i: RU[n * i % 5] for i in (1, 2, 3)}
    study, _, _ = brought(tmp_path, long(**items))
    (scale,) = study.scales
    assert (scale.items, scale.high) == (("risk_1", "risk_2", "risk_3"), 5)
    assert study.risk is None
