"""The joint display: every relation by its stated rule, on tiny frames worked out by hand."""

import itertools
from dataclasses import replace
from math import nan

import pandas as pd
import pytest

from analysis import joint, meta, records, voices
from analysis.readers import Project
from analysis.study import StudyError, read_study

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
    return joint.side_by_side(IMPROVEMENT, CODING, INTERVIEWS, ["S1", "S2"], ["B1"])


def test_side_by_side(display):
    assert display["strengths"].tolist() == [0.5, 0.0, 0.0]
    assert display["barriers"].tolist() == [0.0, 1.0, 0.0]
    assert display["interviews"].tolist() == [2, 1, 1]
    assert display["numbers"].tolist() == ["improved", "improved", "worsened"]
    assert display["words"].tolist() == ["more strengths", "more barriers", "nothing"]
    assert display["relation"].tolist() == ["confirms", "discords", "silent"]


def test_a_theme_counts_once_per_interview(display):
    twice = pd.concat([CODING, CODING], ignore_index=True)
    again = joint.side_by_side(IMPROVEMENT, twice, INTERVIEWS, ["S1", "S2"], ["B1"])
    pd.testing.assert_frame_equal(again, display)


def test_a_centre_without_interviews_is_silent():
    elsewhere = IMPROVEMENT.assign(centre=["X", "Y", "Z"])
    table = joint.side_by_side(elsewhere, CODING, INTERVIEWS, ["S1"], ["B1"])
    assert table["interviews"].tolist() == [0, 0, 0] and set(table["relation"]) == {"silent"}


def test_a_missing_value_is_not_measured_and_silent_whatever_is_said():
    gap = IMPROVEMENT.assign(value=[nan, 0.4, nan], low=nan, high=nan)
    table = joint.side_by_side(gap, CODING, INTERVIEWS, ["S1", "S2"], ["B1"])
    # A speaks of strengths and has no number. B has a number without an interval, which settles nothing.
    assert table["numbers"].tolist() == [meta.UNMEASURED, "inconclusive", meta.UNMEASURED]
    assert table["relation"].tolist() == ["silent", "expands", "silent"]


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


def test_sides_come_from_the_study_and_unknown_branches_are_refused(default):
    study, project, _ = default
    sides = joint.sides(study, project)
    assert list(sides) == ["more strengths", "more barriers"]
    assert (len(sides["more strengths"]), len(sides["more barriers"])) == (9, 4)  # the article's
    assert "High supervisor workload" in sides["more barriers"]
    wrong = replace(study, interviews=replace(study.interviews, barriers="Barrier"))
    with pytest.raises(ValueError, match="no branch 'Barrier'; its branches are: Success comp"):
        joint.sides(wrong, project)


def test_a_study_that_declares_no_branches_has_all_of_them_and_two_empty_sides(default):
    study, project, _ = default
    assert list(joint.spoken_of(study, project)) == ["Success components", "Barriers"]
    bare = replace(study, interviews=replace(study.interviews, strengths="", barriers=""))
    assert joint.sides(bare, project) == {"more strengths": [], "more barriers": []}
    assert list(joint.spoken_of(bare, project)) == list(voices.branches(project))
    without = replace(study, interviews=None)
    assert joint.sides(without, project) == {"more strengths": [], "more barriers": []}


def test_one_branch_for_both_sides_is_refused(small):
    small.with_interviews()
    text = (small.folder / "study.toml").read_text(encoding="utf-8")
    assert "[interviews]" in text
    small.toml(text.replace("[interviews]", '[interviews]\nstrengths = "A"\nbarriers = "A"'))
    with pytest.raises(StudyError, match="strengths and barriers are both 'A'"):
        read_study(small.folder)
    small.toml(text.replace("[interviews]", '[interviews]\nstrengths = "A"'))
    assert read_study(small.folder).interviews.strengths == "A"
    assert read_study(small.folder).interviews.barriers == ""


class TestBranches:
    def book(self, rows):
        frame = pd.DataFrame(rows, columns=["code", "parent", "codable"])
        return Project(CODING, {}, frame, pd.DataFrame(), None)

    def test_codes_at_any_depth_and_codes_without_a_branch(self):
        rows = [
            ("T", "", False),
            ("X", "T", True),
            ("XX", "X", True),
            ("Lone", "", True),
            ("U", "", True),
            ("Y", "U", True),
            ("Empty", "", False),
        ]
        found = voices.branches(self.book(rows), "flat")
        assert found == {"T": ["X", "XX"], "U": ["U", "Y"], "flat": ["Lone"]}

    def test_a_flat_codebook_has_one_and_a_circle_is_refused(self):
        assert voices.branches(self.book([("A", "", True), ("B", "", True)])) == {"": ["A", "B"]}
        with pytest.raises(ValueError, match="'A' stands below itself"):
            voices.branches(self.book([("A", "B", True), ("B", "A", True)]))

    def test_top_is_the_most_heard_the_first_of_equals_or_nobody(self):
        table = pd.DataFrame({"code": ["A", "B", "C"], "count": [1, 3, 3], "n": 4})
        assert voices.top(table, ["A", "C", "B"], "none")["code"] == "B"
        shown = table.astype({"count": float}).replace({"count": {3: float("nan")}})
        hidden = voices.top(table, ["A", "C", "B"], "none", shown=shown)
        assert hidden["code"] == "B" and hidden.isna()["count"]  # and not A, which fewer spoke of
        nobody = voices.top(table, [], "none")
        assert (nobody["code"], nobody["count"], nobody["n"]) == ("none", 0, 0)


class TestUnits:
    def test_a_table_of_interviews_without_the_column_places_nothing(self):
        assert joint.placed(INTERVIEWS, "curator").empty
        assert joint.heard_in(CODING, INTERVIEWS, "curator").empty

    def test_interviews_that_name_nobody_are_left_out(self):
        named = INTERVIEWS.assign(curator=["K1", "", None, "K1"])
        assert joint.placed(named, "curator").to_dict() == {"I1": "K1", "I4": "K1"}
        table = joint.heard_in(CODING, named, "curator")
        assert sorted(table["code"]) == ["S1", "S2"] and set(table["unit"]) == {"K1"}

    def test_by_curator(self):
        named = INTERVIEWS.assign(curator=["K1", "", "K2", ""])
        given = IMPROVEMENT.head(2).assign(curator=["K1", "K2"])
        table = joint.side_by_side(given, CODING, named, ["S1", "S2"], ["B1"], "curator")
        assert table["relation"].tolist() == ["confirms", "discords"]  # 2 of 2 and 1 of 1

    def test_no_codes_at_all_and_no_centre_at_all(self):
        silent = joint.side_by_side(IMPROVEMENT, CODING, INTERVIEWS, [], [])
        assert set(silent["relation"]) == {"silent"} and set(silent["words"]) == {"nothing"}
        assert joint.side_by_side(IMPROVEMENT.iloc[:0], CODING, INTERVIEWS, ["S1"], []).empty

    def test_loudest_is_the_first_of_equals_and_empty_in_silence(self):
        table = pd.DataFrame({"code": ["a", "b", "b", "c", "c"]})
        assert joint.loudest(table, ["a", "c", "b"]) == "c"
        assert joint.loudest(table, ["x"]) == "" and joint.loudest(table, []) == ""


def of_default(default, improvement):
    study, project, interviews = default
    sides = joint.sides(study, project)
    return joint.side_by_side(improvement, project.coding, interviews, *sides.values())


def test_quotes_come_from_discordant_centres_and_their_stronger_side(default):
    study, project, interviews = default
    centres = sorted(interviews["centre"].unique())
    falling = pd.DataFrame({"centre": centres, "value": -1, "low": -2, "high": -0.5, "n": 9})
    rising = falling.assign(value=1, low=0.5, high=2)
    seen = 0
    for improvement in (falling, rising):
        display = of_default(default, improvement)
        codes = joint.sides(study, project)
        chosen = joint.discordant_quotes(study, project, display, interviews, codes, 1)
        discords = display[display["relation"].eq("discords")]
        assert len(chosen) == len(discords)
        for (heading, table), row in zip(chosen.items(), discords.to_dict("records"), strict=True):
            here = interviews.loc[interviews["centre"].eq(row["centre"]), "interview"]
            assert heading == f"{row['centre']}: {row['words']}, numbers {row['numbers']}"
            assert set(table["document"]) <= set(here) and len(table) <= 3
            seen += len(table)
    assert seen, "neither direction gave a discordant centre: the test would show nothing"


def test_beside_gives_the_loudest_theme_of_the_side_that_speaks_and_a_quote_of_that_centre(default):
    study, project, interviews = default
    centres = sorted(interviews["centre"].unique())
    rising = pd.DataFrame({"centre": centres, "value": 1, "low": 0.5, "high": 2, "n": 9})
    display, sides = of_default(default, rising), joint.sides(study, project)
    table = joint.beside(study, project, display, interviews, sides)
    for row in table.to_dict("records"):
        allowed = sides.get(row["words"], [c for codes in sides.values() for c in codes])
        assert row["theme"] in allowed
        here = interviews.loc[interviews["centre"].eq(row["centre"]), "interview"]
        assert any(f"[{name}:" in row["passage"] for name in here)
        assert "of 2 coders]" in row["passage"]
    silent = joint.beside(study, project, display, interviews, {"more strengths": []})
    assert set(silent.loc[silent["words"].eq("balanced"), "theme"]) <= {""}


def test_places_narrow_the_choice_of_quotes_and_leave_the_count_of_coders(default):
    study, project, _ = default
    code = "High supervisor workload"
    every = voices.chosen_quotes(study, project, code, 9)
    mine = project.coding[project.coding["code"].eq(code)].iloc[[0]]
    places = mine[["document", "start", "end"]]
    one = voices.chosen_quotes(study, project, code, 9, places)
    assert len(every) > 1 and one["document"].tolist() == mine["document"].tolist()
    assert one["marked"].iloc[0].endswith("of 2 coders")


def test_real_passages_stand_under_a_centre_only_where_enough_people_spoke(default):
    study, project, interviews = default
    centres = sorted(interviews["centre"].unique())
    rising = pd.DataFrame({"centre": centres, "value": 1, "low": 0.5, "high": 2, "n": 9})
    display, sides = of_default(default, rising), joint.sides(study, project)
    for least, placed in (
        (2, 6),
        (3, 1),
        (4, 0),
    ):  # one centre has three interviews, the others two
        real = replace(study, synthetic=False, minimum_cell=least)
        table = joint.beside(real, project, display, interviews, sides)
        assert table["passage"].ne("").sum() == placed
        assert table["theme"].ne("").all()
        chosen = joint.discordant_quotes(real, project, display, interviews, sides, 1)
        assert len(chosen) <= placed
