"""One slip in an otherwise clean table costs no column: it is kept as written, named by `check`, or said by the import."""

import numpy as np
import pandas as pd
import pytest

from analysis.checking import check_study
from analysis.importing import bring as room
from analysis.problem import errors
from analysis.records import load_monitoring
from analysis.study import read_study

ITEMS = [f"Трудности_{n}" for n in range(1, 6)]
LEVELS = ["низкий", "средний", "высокий"]
WAVE = "Этап оценки"


def clean():
    """Forty invented families of four centres at two waves, with dates, five items from 1 to 5 and three levels."""
    draw = np.random.default_rng(11)
    rows = []
    for family in range(40):
        for wave, month in (("до", 2), ("после", 9)):
            where = {"Код семьи": f"С-{family + 1}", "Центр": f"Центр {family % 4 + 1}", WAVE: wave}
            level = draw.integers(1, 5)  # what its five items have in common
            rated = dict(zip(ITEMS, map(str, level + draw.integers(0, 2, 5)), strict=True))
            rest = {
                "Дата": f"{family % 27 + 1:02d}.{month:02d}.2023",
                "Риск": LEVELS[draw.integers(3)],
            }
            rows.append(where | rated | rest)
    return pd.DataFrame(rows)


def made(tmp_path, frame):
    frame.to_csv(tmp_path / "table.csv", index=False, sep=";")
    guesses = room.bring([tmp_path / "table.csv"], tmp_path / "study")
    return (*check_study(tmp_path / "study"), guesses)


def unsure(guesses):
    return " ".join(f"{guess.what}: {guess.value}" for guess in guesses.doubts())


def with_cell(column, row, value):
    frame = clean()
    frame.loc[row, column] = value
    return frame


def as_if_clean(study):
    """What the declaration of the clean table says, by hand from `clean`."""
    assert study.waves == ("до", "после")
    assert study.has_centres and study.has_dates and not study.has_curators
    assert study.risk.levels == ("низкий", "средний", "высокий")
    (scale,) = study.scales
    assert (scale.items, scale.low, scale.high) == (tuple(ITEMS), 1, 5)
    return True


def test_the_clean_table_has_nothing_wrong_and_only_its_ends_are_guessed(tmp_path):
    study, problems, guesses = made(tmp_path, clean())
    assert as_if_clean(study) and errors(problems) == []
    assert [guess.what for guess in guesses.doubts()] == ["ends of трудности"]
    assert study.scales[0].ends_guessed
    assert len(load_monitoring(study)) == 80


@pytest.mark.parametrize(
    ("column", "value", "named"),
    [
        ("Дата", "31.02.2023", "31.02.2023"),
        (ITEMS[0], "55", "55"),
        (ITEMS[0], "нет", "нет"),
        ("Риск", "выс.", "выс."),
        (WAVE, "посли", "посли"),
    ],
)
def test_a_cell_that_cannot_be_is_kept_and_named(tmp_path, column, value, named):
    study, problems, guesses = made(tmp_path, with_cell(column, 37, value))
    assert as_if_clean(study)
    (problem,) = errors(problems)
    assert (
        problem.value == named and problem.row == 39
    )  # the header is row 1, the first family row 2
    assert named in " ".join(f"{g.value} {g.why}" for g in guesses.doubts())


@pytest.mark.parametrize("spelt", ["центр 3", "Центр3"])
def test_a_second_spelling_of_a_centre(tmp_path, spelt):
    study, problems, guesses = made(tmp_path, with_cell("Центр", 37, spelt))
    assert as_if_clean(study) and "centre: Центр" in unsure(guesses)
    assert "centre spelt twice" in {problem.kind for problem in problems}


def test_an_empty_wave_keeps_its_row_for_check_to_name(tmp_path):
    study, problems, guesses = made(tmp_path, with_cell(WAVE, 37, ""))
    assert as_if_clean(study)
    assert [(p.kind, p.row) for p in errors(problems)] == [("empty", 39)]
    assert "1 that belong nowhere" in unsure(guesses)


def test_a_row_twice_is_named(tmp_path):
    frame = pd.concat([clean(), clean().iloc[[5]]], ignore_index=True)
    study, problems, guesses = made(tmp_path, frame)
    assert as_if_clean(study)
    assert [(p.kind, p.row) for p in errors(problems)] == [("key twice", 82)]
    assert f"wave: {WAVE}" in unsure(guesses)


@pytest.mark.parametrize(("column", "row", "value"), [(WAVE, 37, "После"), ("Риск", 37, None)])
def test_capitals_make_no_wave_or_level_of_their_own(tmp_path, column, row, value):
    frame = clean()
    frame.loc[row, column] = value or frame.loc[row, column].capitalize()
    study, problems, guesses = made(tmp_path, frame)
    assert as_if_clean(study) and errors(problems) == []
    said = [guess for guess in guesses.made if guess.what == f"spelling in {column}"]
    assert len(said) == 1 and repr(frame.loc[row, column]) in said[0].value
    counts = load_monitoring(study)["wave"].value_counts()
    assert counts.tolist() == [40, 40]


def test_the_code_of_another_family_is_a_row_twice_and_no_new_count_of_ids(tmp_path):
    study, problems, guesses = made(tmp_path, with_cell("Код семьи", 37, "С-1"))
    assert as_if_clean(study) and f"wave: {WAVE}" in unsure(guesses)
    assert [(p.kind, p.row) for p in errors(problems)] == [("key twice", 39)]


def test_a_row_twice_in_a_wide_table_makes_no_waves(tmp_path):
    draw = np.random.default_rng(3)
    wide = pd.DataFrame({"id": [f"f{n}" for n in range(40)]})
    for name in ("stress_pre", "stress_post"):
        wide[name] = draw.normal(50, 9, 40).round(2)
    study, problems, _ = made(tmp_path, pd.concat([wide, wide.iloc[[3]]]))
    assert study.waves == ("pre", "post")
    assert {problem.kind for problem in errors(problems)} == {"key twice"}


def test_ids_that_begin_anew_in_a_small_second_centre_are_no_slips(tmp_path):
    rows = [
        (place, n, wave, 20 + n * 0.5 + wave)
        for place, size in (("A", 60), ("B", 4))
        for n in range(size)
        for wave in (1, 2)
    ]
    frame = pd.DataFrame(rows, columns=["centre", "id", "wave", "stress"])
    study, problems, _ = made(tmp_path, frame)
    assert load_monitoring(study)["family"].nunique() == 64 and errors(problems) == []


def test_a_column_whose_header_fits_is_not_left_out_in_silence(tmp_path):
    frame = clean().assign(Куратор="К-1")
    frame["Центр"] = [f"Центр {n % 7}" for n in range(80)]  # another at every wave
    study, _, guesses = made(tmp_path, frame)
    assert not study.has_centres and "left out: Центр" in unsure(guesses)
    head = (study.folder / "study.toml").read_text(encoding="utf-8").splitlines()[:6]
    assert any(line.startswith("# UNSURE  left out: Центр") for line in head)
    assert [guess.what for guess in guesses.made].count("rows") == 1


def test_plain_numbers_as_ids_get_a_letter_and_it_is_said(tmp_path):
    frame = clean()
    frame["Код семьи"] = frame["Код семьи"].str.removeprefix("С-")
    study, problems, guesses = made(tmp_path, frame)
    assert set(load_monitoring(study)["family"]) == {f"F{n}" for n in range(1, 41)}
    assert "1 became F1" in next(guess.value for guess in guesses.made if guess.what == "ids")
    assert errors(problems) == []


def test_labels_of_spss_are_used_and_refusals_are_empty(tmp_path):
    import pyreadstat

    draw = np.random.default_rng(7)
    frame = pd.DataFrame(
        [
            (n + 1, n % 2 + 1, wave, *draw.integers(1, 6, 3), 4)
            for n in range(40)
            for wave in (1, 2)
        ],
        columns=["id", "centre", "wave", "q1", "q2", "q3", "hope"],
    ).astype(float)
    frame.loc[:4, "hope"] = [1, 2, 3, 5, 99]
    frame.loc[3, "q1"], frame.loc[8, "q2"] = 9, 8
    steps = {n: str(n) for n in range(2, 5)} | {
        1: "never",
        5: "always",
        8: "Don't know",
        9: "Refused",
    }
    pyreadstat.write_sav(
        frame,
        str(tmp_path / "x.sav"),
        column_labels=[
            "Case",
            "Centre",
            "Wave",
            "Can cope",
            "Has help",
            "Sleeps well",
            "Hope felt",
        ],
        variable_value_labels={
            **dict.fromkeys(("q1", "q2", "q3"), steps),
            "wave": {1: "Before", 2: "After"},
            "centre": {1: "North", 2: "South"},
        },
        missing_ranges={"hope": [99]},
    )
    guesses = room.bring([tmp_path / "x.sav"], tmp_path / "study")
    study = read_study(tmp_path / "study")
    table = load_monitoring(study)
    assert study.waves == ("Before", "After") and set(table["centre"]) == {"North", "South"}
    scales = {scale.label: scale for scale in study.scales}
    assert set(scales) == {"Q", "Hope felt"}
    assert scales["Q"].items == ("Can cope", "Has help", "Sleeps well")
    assert (scales["Q"].low, scales["Q"].high, scales["Q"].ends_guessed) == (1, 5, False)
    assert (scales["Hope felt"].high, scales["Hope felt"].ends_guessed) == (5, True)
    assert table[list(scales["Q"].items)].isna().sum().tolist() == [1, 1, 0]
    said = {
        guess.what: guess.value for guess in guesses.made if guess.what.startswith("left empty")
    }
    assert said == {
        "left empty in q1": "8 (Don't know), 9 (Refused)",
        "left empty in q2": "8 (Don't know), 9 (Refused)",
        "left empty in hope": "99",
    }


def test_codings_with_russian_headers(tmp_path):
    rows = [(f"И{n}", "надежда", f"мы справимся {n}", "К1") for n in range(6)]
    frame = pd.DataFrame(rows, columns=["Документ", "Код", "Цитата", "Кодировщик"])
    study, problems, _ = made(tmp_path, frame)
    assert study.interviews.coding == ("table.csv",) and not study.has_monitoring
    assert errors(problems) == []


def test_a_table_that_is_nearly_one_of_codings_is_told_what_its_columns_are_called(tmp_path):
    frame = pd.DataFrame({"документ": ["И1", "И2"], "категория": ["а", "б"], "цитата": ["в", "г"]})
    with pytest.raises(ValueError, match="документ, код, цитата"):
        made(tmp_path, frame)


class TestCodesForNoAnswer:
    """Ratings of 1 to 5 in 40 rows; by hand: which codes are plainly none of them."""

    @pytest.mark.parametrize(
        ("code", "sure"),
        [("99", "likely"), ("-9", "likely"), ("999", "likely"), ("88", "likely"), ("9", "unsure")],
    )
    def test_a_code_far_from_all_ratings_is_left_empty_and_said(self, tmp_path, code, sure):
        rows = [
            f"F{n},{w},{code if n < 4 else 1 + (n + w) % 5},{1 + (n * w) % 5}"
            for n in range(20)
            for w in (1, 2)
        ]
        file = tmp_path / "t.csv"
        file.write_text("family,wave,stress_1,stress_2\n" + "\n".join(rows), encoding="utf-8")
        guesses = room.bring([file], tmp_path / "study")
        study = read_study(tmp_path / "study")
        monitoring = load_monitoring(study)
        assert monitoring["stress_1"].isna().sum() == 8
        assert (study.scales[0].low, study.scales[0].high) == (1, 5)
        assert [g.sure for g in guesses.made if g.what == "left empty in stress_1"] == [sure]

    @pytest.mark.parametrize(
        ("name", "values"),
        [
            ("stress", [1, 2, 3, 4, 5, 6, 7, 8, 9]),  # a scale of nine
            ("balance", [-9, -5, 0, 3, 8]),  # a scale with values below zero
            ("weight", [60, 75, 80, 99, 110]),  # a measure that goes past it
            ("change", [-1, 0, 1, 2]),  # -1 is a step
        ],
    )
    def test_values_that_are_ratings_stay(self, tmp_path, name, values):
        rows = [f"F{n},{w},{values[(n * w) % len(values)]}" for n in range(30) for w in (1, 2)]
        file = tmp_path / "t.csv"
        file.write_text(f"family,wave,{name}\n" + "\n".join(rows), encoding="utf-8")
        guesses = room.bring([file], tmp_path / "study")
        assert load_monitoring(read_study(tmp_path / "study"))[name].notna().all()
        assert not [g for g in guesses.made if g.what.startswith("left empty")]
