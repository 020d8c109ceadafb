"""Theory-linked display: relation and inference by rule, on a tiny frame worked out by hand."""

import itertools
from math import nan

import pandas as pd
import pytest

from analysis import meta, propositions, voices
from analysis.study import read_study
from analysis.wording import catalogue

# Three interviews, two coders. F heard by both in I1 and I2, A by both in I3, by one of two in I1.
GIVEN = [
    *((name, "F", coder) for name in ("I1", "I2") for coder in "ab"),
    *(("I3", "A", coder) for coder in "ab"),
    ("I1", "A", "a"),
    ("I2", "N", "b"),
]
CODING = pd.DataFrame(GIVEN, columns=["document", "code", "coder"])
NAMES, CODES = ["I1", "I2", "I3"], ["F", "A", "N"]
RESULTS = pd.DataFrame(
    {
        "measure": ["up", "down", "flat", "hidden"],
        "label": ["Up", "Down", "Flat", "Hidden"],
        "n": [20.0, 20, 20, nan],
        "value": [0.5, -0.5, 0.1, nan],
        "low": [0.2, -0.8, -0.2, nan],
        "high": [0.8, -0.2, 0.4, nan],
    }
)


def proposed(measure="up", expects="better", speaking_for=("F",), speaking_against=("A",)):
    row = {"id": "p", "statement": "s", "status": "assumed", "measure": measure}
    row |= {"expects": expects}
    row |= {"speaking_for": speaking_for, "speaking_against": speaking_against}
    return pd.DataFrame([row])


def row_of(coding=CODING, names=NAMES, codes=CODES, **given):
    return meta.theory(proposed(**given), RESULTS, coding, names, codes).iloc[0]


class TestRule:
    def test_every_pair_that_speaks_has_a_relation(self):
        numbers = (meta.AS_EXPECTED, meta.OTHER_WAY, meta.UNSETTLED)
        words = (meta.FOR, meta.AGAINST, meta.BOTH)
        assert set(meta.RULE) == set(itertools.product(numbers, words))

    def test_it_is_what_its_description_says(self):
        assert meta.RULE[meta.AS_EXPECTED, meta.FOR] == "confirms"
        assert meta.RULE[meta.OTHER_WAY, meta.AGAINST] == "confirms"
        assert meta.RULE[meta.AS_EXPECTED, meta.AGAINST] == "discords"
        assert meta.RULE[meta.OTHER_WAY, meta.FOR] == "discords"
        for (numbers, words), relation in meta.RULE.items():
            if numbers == meta.UNSETTLED or words == meta.BOTH:
                assert relation == "expands"
        assert len(meta.rule()) == len(meta.RULE) + 2

    @pytest.mark.parametrize(
        ("expects", "ends", "said"),
        [
            ("better", (0.5, 0.1, 0.9), meta.AS_EXPECTED),
            ("better", (-0.5, -0.9, -0.1), meta.OTHER_WAY),
            ("lower", (-0.5, -0.9, -0.1), meta.AS_EXPECTED),
            ("worse", (0.5, 0.1, 0.9), meta.OTHER_WAY),
            ("higher", (0.5, 0.1, 0.9), meta.AS_EXPECTED),
            ("lower", (0.1, -0.1, 0.3), meta.UNSETTLED),
            ("better", (0.5, 0.0, 0.9), meta.UNSETTLED),
            ("better", (0.5, nan, nan), meta.UNSETTLED),
            ("lower", (nan, nan, nan), meta.UNMEASURED),
        ],
    )
    def test_numbers_for(self, expects, ends, said):
        assert meta.numbers_for(expects, *ends) == said


class TestTheory:
    def test_confirms(self):
        row = row_of()  # for: 2 of 3 possible mentions; against: 1 of 3
        assert (row["numbers"], row["words"]) == (meta.AS_EXPECTED, meta.FOR)
        assert (row["theme"], row["heard"], row["heard_any"]) == ("F", 2, 2)
        assert (row["interviews"], row["relation"], row["n"]) == (3, "confirms", 20)

    def test_heard_by_any_coder_is_told_beside(self):
        row = row_of(speaking_for=("A",), speaking_against=())
        assert (row["heard"], row["heard_any"]) == (1, 2)

    def test_discords_and_the_other_way_confirms(self):
        assert row_of(speaking_for=("A",), speaking_against=("F",))["relation"] == "discords"
        falling = row_of(measure="down", speaking_for=("A",), speaking_against=("F",))
        assert (falling["numbers"], falling["relation"]) == (meta.OTHER_WAY, "confirms")

    def test_expands_when_unsettled_or_both_ways(self):
        assert row_of(measure="flat")["relation"] == "expands"
        # for: F and A and N are 3 of 9, against: A is 1 of 3, the same share
        both = row_of(speaking_for=("F", "A", "N"), speaking_against=("A",))
        assert (both["words"], both["theme"], both["relation"]) == (meta.BOTH, "F", "expands")

    def test_the_share_is_of_possible_mentions(self):
        # for: F and N are 2 of 6, against: A is 1 of 3: the same, though 2 is more than 1
        assert row_of(speaking_for=("F", "N"))["words"] == meta.BOTH

    @pytest.mark.parametrize("measure", ["hidden", "nowhere"])
    def test_silent_without_a_number(self, measure):
        row = row_of(measure=measure)
        assert (row["numbers"], row["relation"]) == (meta.UNMEASURED, "silent")

    def test_silent_when_nobody_speaks_or_no_code_is_there(self):
        nobody = row_of(speaking_for=("N",), speaking_against=())
        assert (nobody["words"], nobody["relation"]) == (meta.NOBODY, "silent")
        assert (nobody["theme"], nobody["heard"], nobody["heard_any"]) == ("", 0, 0)
        absent = row_of(speaking_for=("gone",), speaking_against=())
        assert (absent["words"], absent["relation"]) == (meta.NO_CODE, "silent")

    def test_everything_silent(self):
        row = row_of(coding=CODING.iloc[:0])
        assert (row["words"], row["relation"]) == (meta.NOBODY, "silent")
        assert row_of(names=[])["relation"] == "silent"
        empty = meta.theory(proposed().iloc[:0], RESULTS, CODING, NAMES, CODES)
        assert list(empty) == meta.THEORY and empty.empty


class TestInferences:
    @pytest.mark.parametrize("language", ["en", "ru"])
    def test_every_state_has_words_with_its_numbers(self, language):
        words = catalogue(language)
        sayings = (meta.FOR, meta.AGAINST, meta.BOTH, meta.NOBODY, meta.NO_CODE)
        numbers = (meta.AS_EXPECTED, meta.OTHER_WAY, meta.UNSETTLED, meta.UNMEASURED)
        rows = [
            {"numbers": n, "words": w, "relation": meta.RULE.get((n, w), "silent")}
            | {"value": -0.5, "low": -0.8, "high": -0.2, "n": 20.0}
            | {"theme": "{F}", "heard": 2, "interviews": 3}
            for n, w in itertools.product(numbers, sayings)
        ]
        sentences = meta.inferences(pd.DataFrame(rows), words)
        assert len(set(sentences)) == len(rows) == 20
        assert "−0.50" in sentences[0] and "n = 20" in sentences[0] and "{F}" in sentences[0]

    def test_in_english_to_the_letter(self):
        table = meta.theory(proposed(), RESULTS, CODING, NAMES, CODES)
        assert meta.inferences(table, catalogue("en")) == [
            "The ratings go the way the proposition says: 0.50 (0.20 to 0.80; n = 20), and practitioners "
            "speak for it, most of “F” (every coder in 2 of 3 interviews). Both point one way; neither shows why."
        ]


def test_relations_are_counted_also_those_that_do_not_occur():
    table = meta.relations(pd.DataFrame({"relation": ["silent", "confirms", "silent"]}))
    assert table["count"].tolist() == [1, 0, 0, 2] and set(table["n"]) == {3}


def test_passages_stand_under_the_theme_and_name_their_place():
    study = read_study("data/casework")
    project = voices.read_coders(study)
    table = pd.DataFrame({"theme": ["Volume of paperwork", ""]})
    shown = meta.with_passages(study, project, table)["passage"].tolist()
    place = shown[0].rpartition("[")[2].partition(";")[0].split(":")
    start, end = map(int, place[1].split("-"))
    here = project.coding[project.coding["code"].eq("Volume of paperwork")]
    assert ((here["document"] == place[0]) & (here["start"] == start) & (here["end"] == end)).any()
    assert shown[0].endswith(" of 2 coders]") and shown[1] == ""


class TestPropositions:
    def write(self, tmp_path, text):
        file = tmp_path / "propositions.toml"
        file.write_text(text, encoding="utf-8")
        return file

    def test_those_of_the_package_name_codes_and_measures_of_the_default_study(self):
        study = read_study("data/casework")
        project = voices.read_coders(study)
        codes = set(project.codebook.loc[project.codebook["codable"], "code"])
        table = propositions.propositions()
        named = {c for s in ("for", "against") for codes in table[f"speaking_{s}"] for c in codes}
        assert named <= codes and set(propositions.expectations()["theme"]) <= codes
        scales = {f"scale:{scale.name}" for scale in study.scales}
        assert set(table["measure"]) <= scales | {"risk", "views:parent", "views:child"}
        for language in ("ru", "en"):
            assert all(propositions.phases(language).values())

    def test_the_file_of_a_study_takes_their_place(self, small):
        study = read_study(small.folder)
        assert propositions.file_of(study) == propositions.FILE
        small.write("propositions.toml", "")
        own = propositions.file_of(study)
        assert own.parent == study.folder
        assert propositions.propositions(own).empty and propositions.expectations(own).empty
        assert propositions.phases("ru", own) == dict.fromkeys(propositions.PHASES, ())
        assert meta.theory(propositions.propositions(own), RESULTS, CODING, NAMES, CODES).empty

    GOOD = (
        '[[propositions]]\nid = "a"\nstatement = "s"\nstatus = "x"\nmeasure = "views:parent"\n'
        'expects = "lower"\nspeaking_for = ["F"]\nspeaking_against = []\n'
    )

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('"lower"', '"better"', "expects is 'better'; expected higher or lower for views"),
            ('"views:parent"', '"scale:x"', "expected better or worse for scale:x"),
            ('statement = "s"\n', "", "'statement' is missing; expected the fields id"),
            ('status = "x"', "status = 3", "status is 3; expected a text"),
            ('["F"]', '"F"', "speaking_for is 'F'; expected a list of codes"),
            ('id = "a"', 'id = "a"\nmore = 1', "'more' is unknown"),
            ("[[propositions]]", "[[propositions", "not readable as TOML"),
        ],
    )
    def test_what_is_wrong_is_said(self, tmp_path, old, new, said):
        assert len(propositions.propositions(self.write(tmp_path, self.GOOD))) == 1
        with pytest.raises(ValueError, match=said.replace("(", r"\(")):
            propositions.propositions(self.write(tmp_path, self.GOOD.replace(old, new)))

    def test_twice_and_other_sections(self, tmp_path):
        with pytest.raises(ValueError, match="the id 'a' stands twice"):
            propositions.propositions(self.write(tmp_path, self.GOOD * 2))
        text = '[[expectations]]\nid = "e"\nmeasure = "m"\nwhen = "up"\ntheme = "t"\n'
        with pytest.raises(ValueError, match="when is 'up'; expected high or low"):
            propositions.expectations(self.write(tmp_path, text))
        with pytest.raises(ValueError, match=r"phases\.ru: 'start' is not a list"):
            propositions.phases("ru", self.write(tmp_path, '[phases.ru]\nstart = ["a"]\n'))
