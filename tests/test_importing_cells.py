"""Cells as people write them: ends told by labels, codes, percents, thousands, words for no answer, dates of any shape."""

import pandas as pd
import pyreadstat
import pytest

from analysis.checking import check_study
from analysis.importing import bring as room
from analysis.problem import errors
from analysis.records import load_monitoring
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
