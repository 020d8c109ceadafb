"""The joint display: every relation by its stated rule, on tiny frames worked out by hand."""

import itertools
from math import nan

import pandas as pd
import pytest

from analysis import joint, records, voices
from analysis.study import read_study

NUMBERS = ("improved", "inconclusive", "worsened")
WORDS = ("more strengths", "more barriers", "balanced")


class TestRule:
    def test_every_pair_has_a_relation_and_there_are_no_others(self):
        assert set(joint.RULE) == set(itertools.product(NUMBERS, WORDS))
        assert set(joint.RULE.values()) == {"confirms", "discords", "expands"}

    def test_the_rule_is_what_its_description_says(self):
        assert joint.RULE["improved", "more strengths"] == "confirms"
        assert joint.RULE["improved", "more barriers"] == "discords"
        for numbers in NUMBERS:
            assert joint.RULE[numbers, "balanced"] == "expands"
        assert joint.RULE["worsened", "more strengths"] == "discords"
        assert joint.RULE["worsened", "more barriers"] == "confirms"
        for words in WORDS:  # numbers that settle nothing confirm nothing
            assert joint.RULE["inconclusive", words] == "expands"
        assert len(joint.rule()) == len(joint.RULE)

    @pytest.mark.parametrize(
        ("low", "high", "said"),
        [
            (0.1, 0.5, "improved"),
            (-0.5, -0.1, "worsened"),
            (-0.1, 0.5, "inconclusive"),
            (0.0, 0.5, "inconclusive"),
            (-0.5, 0.0, "inconclusive"),
            (nan, nan, "inconclusive"),
        ],
    )
    def test_numbers_say(self, low, high, said):
        assert joint.numbers_say(low, high) == said

    @pytest.mark.parametrize(
        ("strengths", "barriers", "said"),
        [
            (0, 0, "nothing"),
            (0.5, 0.2, "more strengths"),
            (0.2, 0.5, "more barriers"),
            (0.5, 0.5, "balanced"),
            (0.55, 0.50, "balanced"),  # exactly the margin, though 0.55 - 0.50 > 0.05 in floats
            (0.30, 0.35, "balanced"),
            (0.56, 0.50, "more strengths"),
            (0.04, 0, "balanced"),
        ],
    )
    def test_words_say(self, strengths, barriers, said):
        assert joint.words_say(strengths, barriers) == said


# Centre A: two interviews. S1 and S2 heard by both coders in I1, B1 by one coder only: 2 of 2 codes x 2
# interviews = 4 possible mentions of strengths -> 0.5; barriers 0 of 2. Centre B: one interview, B1 heard
# by both -> 1 of 1; strengths 0 of 2. Centre C: one interview in which nothing was coded.
GIVEN = [
    *(("I1", code, coder) for code in ("S1", "S2") for coder in "ab"),
    ("I1", "B1", "a"),
    ("I2", "Other", "a"),
    *(("I3", "B1", coder) for coder in "ab"),
]
CODING = pd.DataFrame(GIVEN, columns=["document", "code", "coder"])
INTERVIEWS = pd.DataFrame(
    {"interview": ["I1", "I2", "I3", "I4"], "centre": ["A", "A", "B", "C"], "role": "curator"}
)
IMPROVEMENT = pd.DataFrame(
    {
        "centre": ["A", "B", "C"],
        "value": [0.5, 0.4, -0.3],
        "low": [0.1, 0.2, -0.6],
        "high": [0.9, 0.6, -0.1],
        "n": [20, 10, 15],
    }
)


@pytest.fixture
def display():
    return joint.by_centre(IMPROVEMENT, CODING, INTERVIEWS, ["S1", "S2"], ["B1"])


def test_by_centre(display):
    assert display["strengths"].tolist() == [0.5, 0.0, 0.0]
    assert display["barriers"].tolist() == [0.0, 1.0, 0.0]
    assert display["interviews"].tolist() == [2, 1, 1]
    assert display["numbers"].tolist() == ["improved", "improved", "worsened"]
    assert display["words"].tolist() == ["more strengths", "more barriers", "nothing"]
    assert display["relation"].tolist() == ["confirms", "discords", "silent"]


def test_a_theme_counts_once_per_interview(display):
    twice = pd.concat([CODING, CODING], ignore_index=True)
    again = joint.by_centre(IMPROVEMENT, twice, INTERVIEWS, ["S1", "S2"], ["B1"])
    pd.testing.assert_frame_equal(again, display)


def test_a_centre_without_interviews_is_silent():
    elsewhere = IMPROVEMENT.assign(centre=["X", "Y", "Z"])
    table = joint.by_centre(elsewhere, CODING, INTERVIEWS, ["S1"], ["B1"])
    assert table["interviews"].tolist() == [0, 0, 0] and set(table["relation"]) == {"silent"}


def test_drawn_labels_say_words_and_relation(display):
    drawn = joint.drawn(display)
    assert list(drawn) == ["label", "value", "low", "high", "n"]
    assert drawn["label"].tolist()[:2] == [
        "A: more strengths (confirms)",
        "B: more barriers (discords)",
    ]


@pytest.fixture(scope="module")
def default():
    study = read_study("data/casework")
    return study, voices.read_coders(study), records.load_interviews(study)


def of_default(default, improvement):
    _, project, interviews = default
    sides = [voices.codes_of(project, name) for name in ("Success components", "Barriers")]
    return joint.by_centre(improvement, project.coding, interviews, *sides)


def test_quotes_come_from_discordant_centres_and_their_stronger_side(default):
    study, project, interviews = default
    centres = sorted(interviews["centre"].unique())
    falling = pd.DataFrame({"centre": centres, "value": -1, "low": -2, "high": -0.5, "n": 9})
    rising = falling.assign(value=1, low=0.5, high=2)
    seen = 0
    for improvement in (falling, rising):
        display = of_default(default, improvement)
        chosen = joint.discordant_quotes(study, project, display, interviews, 1)
        discords = display[display["relation"].eq("discords")]
        assert len(chosen) == len(discords)
        for (heading, table), row in zip(chosen.items(), discords.to_dict("records"), strict=True):
            here = interviews.loc[interviews["centre"].eq(row["centre"]), "interview"]
            assert heading == f"{row['centre']}: {row['words']}, numbers {row['numbers']}"
            assert set(table["document"]) <= set(here) and len(table) <= 3
            seen += len(table)
    assert seen, "neither direction gave a discordant centre: the test would show nothing"
