"""Longitudinal display: passages placed by words, counted by hand."""

from math import isnan

import pandas as pd
import pytest

from analysis import joint_waves as waves
from analysis import propositions, voices
from analysis.readers import coding_frame
from analysis.study import read_study

WORDS = {"beginning": ["сигнал", "первый визит"], "middle": ["через трех"], "end": ["закрыл"]}


@pytest.mark.parametrize(
    ("text", "phase"),
    [
        ("Сигнал пришёл из школы", "beginning"),
        ("ПЕРВЫЙ ВИЗИТ был коротким", "beginning"),
        ("мы её закрыли", "end"),
        ("закрытый человек", ""),  # закрыл is no beginning of закрытый
        ("перезакрыли", ""),  # the word must begin a word
        ("от сигнала до того, как закрыли", "several"),
        ("сигнал и первый визит", "beginning"),  # two words of one phase are one phase
        ("через трёх соседей", "middle"),  # ё counts as е, and a word can mislead
        ("", ""),
    ],
)
def test_phase_of(text, phase):
    assert waves.phase_of(text, WORDS) == phase
    assert waves.phase_of(text, dict.fromkeys(WORDS, ())) == ""


def coding(rows):
    return coding_frame(
        {
            "document": document,
            "start": start,
            "end": start + len(quote),
            "code": code,
            "coder": coder,
            "created": "2022-01-01T00:00:00Z",
            "memo": "",
            "quote": quote,
        }
        for document, start, quote, code, coder in rows
    )


# Beginning: I1 (S by both coders, B at the same place), I2 (S). End: I1. Nothing on the middle.
CODING = coding(
    [
        ("I1", 0, "сигнал", "S", "a"),
        ("I1", 0, "сигнал", "S", "b"),
        ("I1", 0, "сигнал", "B", "a"),
        ("I2", 0, "сигнал был", "S", "a"),
        ("I2", 20, "сигнал снова", "Other", "a"),
        ("I1", 30, "закрыли", "B", "b"),
        ("I1", 50, "просто так", "B", "b"),
    ]
)
MEANS = pd.DataFrame(
    {"wave": ["w1", "w3"], "n": [9, 5], "mean": [3.0, 2.0], "low": [2.5, 1.5], "high": [3.5, 2.5]}
)


def shown(fewest=1, strengths=("S",), barriers=("B",)):
    placed = waves.placed_passages(CODING, WORDS)
    return waves.by_wave(MEANS, placed, strengths, barriers, ["w1", "w2", "w3"], fewest)


def test_a_passage_counts_once_whoever_marked_it():
    placed = waves.placed_passages(CODING, WORDS)
    assert len(placed) == 5
    assert placed["phase"].tolist() == ["beginning", "end", "", "beginning", "beginning"]
    assert placed["codes"].iloc[0] == ("B", "S")


def test_waves_beside_their_phase():
    table = shown().set_index("wave")
    assert table["phase"].tolist() == ["beginning", "middle", "end"]
    assert table["documents"].tolist() == [2, 0, 1]
    assert table["passages"].tolist() == [3, 0, 1]
    # of three passages two are S and one is B; 2/3 - 1/3 is more than the margin
    assert table.loc["w1", ["strengths_count", "barriers_count"]].tolist() == [2, 1]
    assert table["words"].tolist() == ["more strengths", "silent", "more barriers"]
    assert table.loc["w1", "mean"] == 3 and isnan(table.loc["w2", "mean"])


def test_too_few_interviews_are_silent_and_codes_of_neither_side_say_nothing():
    assert shown(fewest=2)["words"].tolist() == ["more strengths", "silent", "silent"]
    assert shown(fewest=3)["words"].tolist() == ["silent"] * 3
    assert shown(strengths=(), barriers=())["words"].tolist()[0] == "nothing"


def test_two_waves_have_no_middle():
    assert waves.phase_of_wave(["a", "b"]) == {"a": "beginning", "b": "end"}
    assert waves.phase_of_wave(["a"]) == {"a": "beginning"}


def test_words_as_a_reader_sees_them():
    table = waves.phase_words(WORDS | {"end": []})
    assert table["words"].tolist() == ["сигнал, первый визит", "через трех", "–"]


def test_quotes_of_a_phase_stand_on_its_passages_and_count_all_coders():
    study = read_study("data/casework")
    project = voices.read_coders(study)
    placed = waves.placed_passages(project.coding, propositions.phases("ru"))
    codes = list(project.codebook.loc[project.codebook["codable"], "code"])
    chosen = waves.phase_quotes(study, project, placed, codes, 2)
    assert chosen
    for phase, table in chosen.items():
        here = placed[placed["phase"].eq(phase)]
        ids = {f"{r.document}:{r.start}-{r.end}" for r in here.itertuples()}
        assert {one.rpartition(":")[0] for one in table["quote_id"]} <= ids
        assert table["document"].is_unique and len(table) <= 2
        assert table["marked"].str.endswith("of 2 coders").all()
    assert waves.phase_quotes(study, project, placed, codes, 0) == {}
    assert waves.phase_quotes(study, project, placed.iloc[:0], codes, 2) == {}
