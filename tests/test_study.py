"""study.toml: what it declares, and one sentence for everything that is wrong with it."""

from datetime import date

import numpy as np
import pytest

from analysis.study import PROJECT, Ratings, Running, StudyError, draft, find_folder, read_study
from conftest import INTERVIEWS, TOML


def problems(small):
    with pytest.raises(StudyError) as caught:
        read_study(small.folder)
    return caught.value.problems


class TestGoodDeclarations:
    def test_default_study_reads_as_declared(self):
        study = read_study("data/casework")
        assert study.folder == PROJECT / "data" / "casework"
        assert study.synthetic and study.origin == "synthetic"
        assert (study.first_wave, study.last_wave) == ("intake", "month_9")
        assert [s.name for s in study.scales if s.confirmatory] == ["difficulty", "wellbeing"]
        assert study.risk.levels == ("low", "moderate", "high")

    def test_a_study_with_other_names_and_without_interviews(self, small):
        study = read_study(small.folder)
        assert study.origin == "records"
        assert study.columns == {
            "family": "код",
            "centre": "центр",
            "curator": "куратор",
            "wave": "срез",
            "date": "дата",
        }
        assert study.wave_labels == {"1": "Вход", "2": "Выход"}
        assert study.risk.labels == {"None": "None", "some": "some", "high": "high"}
        assert study.interviews is None and study.language == "ru"

    def test_least_declaration_has_defaults(self, small):
        small.toml('title = "t"\nsynthetic = true\n')
        study = read_study(small.folder)
        assert (study.language, study.minimum_cell) == ("en", 5)
        assert (study.waves, study.scales, study.risk) == ((), (), None)

    def test_byte_order_mark_is_no_problem(self, small):
        small.write("study.toml", '\ufefftitle = "t"\nsynthetic = true\n')
        assert read_study(small.folder).title == "t"


SECTIONS = """
[tables]
costs = "costs.csv"
stages = "made/stages.csv"

[ratings]
low = 1
high = 5.5

[running]
as_of = 2023-01-31
grace_days = 14
review_days = {1 = 0, 2 = 91}
weights = {None = 1, some = 1.5, high = 2.5}

[costs]
currency = "руб."

[monitoring]
table = "records.xlsx"
"""


class TestOptionalSections:
    def test_read_as_declared(self, small):
        small.toml(TOML + SECTIONS)
        study = read_study(small.folder)
        assert study.tables == {"stages": "made/stages.csv", "costs": "costs.csv"}
        assert study.ratings == Ratings(1, 5.5) and study.currency == "руб."
        assert study.running == Running(
            as_of=date(2023, 1, 31),
            grace_days=14,
            review_days={"1": 0, "2": 91},
            weights={"None": 1, "some": 1.5, "high": 2.5},
        )
        assert study.monitoring == "records.xlsx"

    def test_left_out(self, small):
        study = read_study(small.folder)
        assert (study.tables, study.ratings, study.running, study.currency) == ({}, None, None, "")

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('costs = "costs.csv"', 'cost = "x"', "tables: 'cost' is not known here; did you mean"),
            ('costs = "costs.csv"', "costs = 1", "tables: costs is 1; expected a text in quotes."),
            ("high = 5.5", "high = 1", "ratings: low (1) is not below high (1)."),
            ("high = 5.5", "high = inf", "ratings: high is inf; expected a number."),
            ("2023-01-31", '"2023-01-31"', "running: as_of is '2023-01-31'; expected a date such"),
            ("2023-01-31", "2023-01-31T10:00:00", "expected a date such as 2023-01-31, without q"),
            ("grace_days = 14", "grace_days = -1", "running: grace_days is -1; expected a number"),
            (
                "1 = 0, 2 = 91",
                "3 = 0",
                "running: review_days: '3' is not known here; expected 1, 2",
            ),
            ("high = 2.5", "high = 0", "running: weights: high is 0; expected a number above 0."),
            (", high = 2.5", "", "running: weights says nothing of 'high'; give every risk level"),
            ('"руб."', "3", "costs: currency is 3; expected a text in quotes."),
        ],
    )
    def test_problems(self, small, old, new, said):
        assert old in SECTIONS
        small.toml(TOML + SECTIONS.replace(old, new))
        assert any(said in problem for problem in problems(small)), problems(small)


class TestWhatAStudyMayLack:
    def test_columns_left_out(self, small):
        small.change('centre = "центр"\ncurator = "куратор"', 'centre = ""\ncurator = ""')
        study = read_study(small.folder)
        assert (study.has_centres, study.has_curators, study.has_dates) == (False, False, True)

    @pytest.mark.parametrize("name", ["family", "wave"])
    def test_columns_that_every_study_needs(self, small, name):
        old = {"family": 'family = "код"', "wave": 'wave = "срез"'}[name]
        small.change(old, f'{name} = ""')
        assert any(f'columns: {name} is ""' in problem for problem in problems(small))

    def test_interviews_only(self, small):
        small.toml('title = "t"\nsynthetic = false\n' + INTERVIEWS)
        assert not read_study(small.folder).has_monitoring

    def test_a_ready_score_with_broken_bounds_and_forty_waves(self, small):
        waves = [f"w{n}" for n in range(40)]
        small.toml(
            f'title = "t"\nsynthetic = false\n[waves]\norder = {waves}\n[[scales]]\nname = "m"\n'
            'items = ["m"]\nlow = -2.5\nhigh = 2.5\nbetter = "higher"\n'
        )
        study = read_study(small.folder)
        assert len(study.waves) == 40 and not study.scales[0].steps

    @pytest.mark.parametrize(
        ("more", "steps"), [("", True), ("whole = false", False), ("whole = true", True)]
    )
    def test_steps_of_a_scale(self, small, more, steps):
        small.toml(TOML + more)
        assert read_study(small.folder).scales[0].steps is steps

    def test_a_draft_leaves_out_what_is_wrong_and_keeps_the_rest(self, small):
        small.change("high = 5", "high = 0")
        study, said, unchecked = draft(small.folder)
        (scale,) = study.scales
        assert (scale.items, scale.low, scale.high) == (("a", "b"), -np.inf, np.inf)
        assert study.waves == ("1", "2") and len(said) == 1
        assert unchecked == [
            "as scale care is declared, the range and direction of its items could not be checked."
        ]

    @pytest.mark.parametrize("text", ['"a\\u0007b"', '"a\\u001bb"', '"a\\u0085b"'])
    def test_a_control_character_is_an_error_that_names_the_key(self, small, text):
        small.change('label = "Забота"', f"label = {text}")
        with pytest.raises(
            StudyError, match=r"scales\[1\]\.label holds the control character U\+00"
        ):
            read_study(small.folder)
        small.change('1 = "Вход"', f"1 = {text}")
        with pytest.raises(StudyError, match=r"waves\.labels\.1 holds the control character"):
            read_study(small.folder)

    def test_line_breaks_and_tabs_may_stand_in_a_text(self, small):
        small.change('label = "Забота"', r'label = "a\tb\nc"')
        assert read_study(small.folder).scales[0].label == "a\tb\nc"

    def test_a_declaration_that_is_a_link_out_of_the_folder_is_not_read(self, small):
        outside = small.folder.parent / "outside.toml"
        outside.write_text("secret = ", encoding="utf-8")
        (small.folder / "study.toml").unlink()
        (small.folder / "study.toml").symlink_to(outside)
        with pytest.raises(StudyError, match="leads out of the study folder") as refused:
            read_study(small.folder)
        assert "secret" not in str(refused.value)


class TestFolders:
    def test_path_from_the_project_and_from_here_and_absolute(self, small, monkeypatch):
        monkeypatch.chdir(small.folder.parent)
        assert find_folder("small") == small.folder == find_folder(small.folder)
        assert find_folder("data/casework") == PROJECT / "data" / "casework"

    @pytest.mark.parametrize(
        "name", ["nowhere", "~nobody-of-that-name/study", "a\nb", "a\0b", "x" * 5000]
    )
    def test_missing_folder_is_one_sentence(self, name):
        with pytest.raises(StudyError, match="no such study folder; give the path"):
            find_folder(name)

    def test_folder_without_declaration(self, tmp_path):
        with pytest.raises(StudyError, match=r"there is no study\.toml in this folder"):
            find_folder(tmp_path)


class TestWrongKinds:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("synthetic = false", 'synthetic = "no"', "synthetic is 'no'; expected true or false."),
            ("synthetic = false", "", "synthetic is nothing; expected true or false."),
            ('title = "Малое исследование"', "title = 3", "title is 3; expected a text in quotes."),
            ('language = "ru"', "language = 1", "language is 1; expected a text in quotes."),
            ("minimum_cell = 3", "minimum_cell = true", "minimum_cell is True; expected a whole"),
            ("minimum_cell = 3", "minimum_cell = 2.5", "minimum_cell is 2.5; expected a whole"),
            ('family = "код"', "family = 7", "columns: family is 7; expected a text"),
            ('order = ["1", "2"]', "order = [1, 2]", "waves: order holds 1; expected texts"),
            ('order = ["1", "2"]', 'order = "12"', "waves: order is '12'; expected a list"),
            ('items = ["a", "b"]', 'items = "ab"', "scale care: items is 'ab'; expected a list"),
            ('items = ["a", "b"]', 'items = ["a", 2]', "scale care: items holds 2; expected texts"),
            ("low = 1", 'low = "1"', "scale care: low is '1'; expected a number."),
            ("high = 5", "high = true", "scale care: high is True; expected a number."),
            ("confirmatory = true", 'confirmatory = "yes"', "confirmatory is 'yes'; expected true"),
            ('levels = ["None", "some", "high"]', "levels = 3", "risk: levels is 3; expected a"),
        ],
    )
    def test_named_with_what_was_found(self, small, old, new, said):
        small.change(old, new)
        assert any(said in problem for problem in problems(small)), problems(small)

    @pytest.mark.parametrize("part", ["waves", "columns", "risk", "interviews", "scales"])
    def test_a_section_that_is_a_number(self, small, part):
        small.toml(f'{part} = 3\ntitle = "t"\nsynthetic = true\n')
        assert any(f"{part} is 3; expected" in problem for problem in problems(small))

    def test_scales_that_are_texts(self, small):
        small.toml('scales = ["care"]\ntitle = "t"\nsynthetic = true\n')
        assert "study.toml: scales holds 'care'; expected one section [[scales]] per scale." in (
            problems(small)
        )

    def test_not_toml_and_not_utf8(self, small):
        for content in ("title = ", b"title = '\xff\xfe'"):
            small.write("study.toml", content)
            (said,) = problems(small)
            assert said.startswith("study.toml: not readable as TOML")

    @pytest.mark.parametrize(
        ("old", "new", "line", "mend"),
        [
            (
                "low = 1",
                "low = one",
                "is `low = one` (Invalid value)",
                "texts stand in straight quo",
            ),
            ("low = 1", "low: 1", "is `low: 1` (Expected '='", "a line is NAME = VALUE"),
            ("low = 1", 'low = "1', """is `low = "1` (Illegal""", "a quotation mark is not closed"),
            ("low = 1", "low = 1\nlow = 2", "is `low = 2`", "stands there twice; delete one"),
            (
                'reverse = ["b"]\nconfirmatory = true',
                'reverse = ["b"',
                "",
                "a bracket is not closed",
            ),
        ],
    )
    def test_the_line_is_quoted_and_how_to_mend_it(self, small, old, new, line, mend):
        small.change(old, new)
        (said,) = problems(small)
        assert mend in said and (line in said or "overwrite" in said), said
        assert "line" in said or not line


class TestUnknownKeys:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('reverse = ["b"]', 'revers = ["b"]', "scale care: 'revers' is not known here; did "),
            ("minimum_cell = 3", "minimum_cel = 3", "'minimum_cel' is not known here; did you m"),
            ('curator = "куратор"', 'worker = "к"', "columns: 'worker' is not known here; expect"),
            ('2 = "Выход"', '3 = "Выход"', "waves: labels: '3' is not known here"),
        ],
    )
    def test_a_misspelt_key_is_not_ignored(self, small, old, new, said):
        small.change(old, new)
        assert any(said in problem for problem in problems(small)), problems(small)


class TestContradictions:
    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            (
                'order = ["1", "2"]\nlabels = {1 = "Вход", 2 = "Выход"}',
                "order = []",
                "names no wave",
            ),
            ('order = ["1", "2"]', 'order = ["1", "2", "1"]', "waves.order names '1' twice."),
            ('language = "ru"', 'language = "fr"', "language is 'fr'; expected one of en, ru."),
            ("minimum_cell = 3", "minimum_cell = 0", "minimum_cell is 0; expected a whole number"),
            ('better = "lower"', 'better = "down"', "better is 'down'; expected 'lower' or 'high"),
            ("high = 5", "high = 1", "low (1) is not below high (1)."),
            (
                'items = ["a", "b"]',
                "items = []",
                "it has no items; expected the columns of a scale",
            ),
            ('items = ["a", "b"]', 'items = ["b", "b"]', "item b already belongs to scale care."),
            ('items = ["a", "b"]', 'items = ["b", "дата"]', "item дата already belongs to the col"),
            ('reverse = ["b"]', 'reverse = ["c"]', "reverse names c, which is not among its items"),
            ('levels = ["None", "some", "high"]', 'levels = ["some"]', "fewer than two different"),
            ('column = "риск"', 'column = "срез"', "column 'срез' is named for two things."),
        ],
    )
    def test_named(self, small, old, new, said):
        small.change(old, new)
        assert any(said in problem for problem in problems(small)), problems(small)

    def test_scale_declared_twice_and_items_shared(self, small):
        text = (small.folder / "study.toml").read_text(encoding="utf-8")
        small.toml(text + text[text.index("[[scales]]") :])
        said = problems(small)
        assert "study.toml: scale care is declared twice." in said
        assert "study.toml: scale care: item a already belongs to scale care." in said

    def test_interviews_without_a_coder(self, small):
        small.with_interviews()
        text = (small.folder / "study.toml").read_text(encoding="utf-8")
        small.toml(text.replace('["coder.qdpx"]', "[]"))
        assert problems(small) == [
            "study.toml: interviews.coding names no file; expected one or more per coder."
        ]

    def test_all_problems_at_once(self, small):
        small.toml('title = 3\nsynthetic = 1\nwaves = 2\n[[scales]]\nname = "x"\nitmes = []\n')
        said = problems(small)
        assert len(said) == 8, said  # 3 kinds, 1 unknown key, items, low, high and better missing
        assert all(problem.startswith("study.toml: ") for problem in said)
