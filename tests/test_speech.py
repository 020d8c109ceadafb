"""Expected values by hand; keyness itself is checked in test_text."""

import pandas as pd
import pytest

from analysis import speech
from analysis.study import read_study

TEXT = {
    "I1": "Header\n\nИ: Как дела?\n\nР: Пишу планы.\n\nР2: И отчёты.",
    "I2": "И: Да?\nР: Планы важны.",
}


def test_only_the_respondents_turns_are_kept():
    assert speech.spoken(TEXT, "Р") == {"I1": "Пишу планы.\nИ отчёты.", "I2": "Планы важны."}


def test_a_turn_goes_on_until_the_next_mark():
    text = "Р: Первый абзац.\n\nВторой абзац.\nНапример: третий.\nИ: Да?\nи ещё?\nР:\nЧетвёртый."
    said = "Первый абзац.\n\nВторой абзац.\nНапример: третий.\n\nЧетвёртый."
    assert speech.spoken({"I1": text}, "Р") == {"I1": said}


def test_without_a_mark_everything_is_kept():
    assert speech.spoken(TEXT, "") == TEXT


def test_a_document_without_the_mark_is_named():
    with pytest.raises(ValueError, match="in I2; see"):
        speech.spoken(TEXT | {"I2": "И: Да?"}, "Р")


def test_words_belong_to_the_group_that_prefers_them():
    said = {
        "a": "план план помощь",
        "b": "план семья",
        "c": "отчёт отчёт семья",
        "d": "отчёт семья",
    }
    who = pd.DataFrame({"interview": list("abcd"), "role": ["curator"] * 2 + ["supervisor"] * 2})
    table = speech.distinguishing(said, who, "role", "ru", 2).set_index("word")
    # план: both curators and no supervisor; отчёт: the reverse; помощь: one curator only, left out;
    # семья: one curator and both supervisors, more often by the latter.
    assert table["group"].to_dict() == {
        "план": "curator",
        "отчёт": "supervisor",
        "семья": "supervisor",
    }


def test_more_than_two_groups_are_refused():
    who = pd.DataFrame({"interview": ["a", "b", "c"], "role": ["x", "y", "z"]})
    with pytest.raises(ValueError, match="role has 3 values"):
        speech.distinguishing({"a": "план", "b": "план", "c": "план"}, who, "role", "ru", 1)


def test_context_finds_every_form_and_withholds_a_line_with_a_name():
    study = read_study("data/casework")
    table = speech.in_context(study, {"I1": "Мы пишем план. Без плана нельзя."}, "план")
    assert table["keyword"].tolist() == ["план", "плана"]
    named = speech.in_context(study, {"I1": "Этот план пишет Мария Ивановна каждый месяц."}, "план")
    assert named[["left", "keyword", "right"]].to_numpy().tolist() == [["[…]", "план", "[…]"]]


def test_seven_is_not_family():
    study = read_study("data/casework")
    table = speech.in_context(
        study, {"I1": "Увидела семь спин. Это не семья. Помогли семье."}, "семья"
    )
    assert table["keyword"].tolist() == ["семья", "семье"]


def test_a_negation_is_not_the_commonest_word():
    frame = pd.DataFrame({"word": ["не", "план"], "n": [9, 4]})
    assert speech.commonest(frame)["word"] == "план"


def test_a_masked_name_no_longer_stops_the_lines(small):
    study = read_study(small.folder)
    said = {"I1": "Этот план пишет Мария Ивановна каждый месяц."}
    (small.folder / "mask.csv").write_text(
        "found,replacement\nМария Ивановна,[имя]\n", encoding="utf-8"
    )
    (line,) = speech.in_context(study, said, "план").to_dict("records")
    assert "[имя]" in line["right"] and "Мария" not in line["right"]
