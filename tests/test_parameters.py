"""What a notebook may be told: every refusal is one sentence, every rule is used, every default is accepted."""

import json

import nbformat
import pytest

from analysis.pipeline.errors import ParameterError
from analysis.pipeline.parameters import check, checked, declared, parse
from analysis.pipeline.ranges import RULES
from analysis.study import PROJECT, StudyError

NOTEBOOKS = sorted((PROJECT / "notebooks").glob("*.ipynb"))


@pytest.fixture
def notebook(tmp_path):
    """Writes a notebook with the given parameters cell."""

    def write(source='study = "data/casework"\nseed = 7\nbootstrap = 1000', tags=("parameters",)):
        cell = nbformat.v4.new_code_cell(source, metadata={"tags": list(tags)})
        path = tmp_path / "one.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
        return path

    return write


class TestEveryNotebook:
    def test_there_are_notebooks(self):
        assert len(NOTEBOOKS) > 5

    @pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
    def test_parameters_have_rules_that_accept_their_defaults(self, path):
        defaults = declared(path)
        assert set(defaults) <= set(RULES)
        for name, value in defaults.items():
            check(name, value)

    def test_every_rule_is_used_by_some_notebook(self):
        used = {name for path in NOTEBOOKS for name in declared(path)}
        assert set(RULES) == used

    def test_every_rule_says_what_it_means_and_allows(self):
        assert all(rule.meaning and rule.allowed for rule in RULES.values())


class TestDeclared:
    def test_names_and_values_from_the_syntax_tree(self, notebook):
        path = notebook("a = 1\nb = -0.5  # why\nc = 'x'\nd = [1, 2]\n")
        assert declared(path) == {"a": 1, "b": -0.5, "c": "x", "d": [1, 2]}

    @pytest.mark.parametrize(
        "source", ["a = b", "a = 1 + f()", "import os", "a: int = 1", "a = b = c", "a, b = 1, 2"]
    )
    def test_anything_else_is_refused(self, notebook, source):
        with pytest.raises(ParameterError, match="expected only name = literal"):
            declared(notebook(source))

    def test_a_cell_that_is_no_python(self, notebook):
        with pytest.raises(ParameterError, match=r"one\.ipynb: the parameters cell"):
            declared(notebook("a = "))

    def test_no_such_cell(self, notebook):
        with pytest.raises(ParameterError, match="no cell is tagged 'parameters'"):
            declared(notebook(tags=()))

    def test_a_file_that_is_no_notebook(self, tmp_path):
        (tmp_path / "bad.ipynb").write_text("{", encoding="utf-8")
        with pytest.raises(ParameterError, match=r"bad\.ipynb: not readable as a notebook"):
            declared(tmp_path / "bad.ipynb")


class TestChecked:
    def test_good_values_come_back(self, notebook):
        assert checked(notebook(), {"seed": 3}) == {"seed": 3}

    def test_unknown_name_with_a_suggestion(self, notebook):
        with pytest.raises(ParameterError) as caught:
            checked(notebook(), {"sead": 3})
        assert str(caught.value) == (
            "one has no parameter 'sead', did you mean 'seed'; it takes: study, seed, bootstrap."
        )

    def test_unknown_name_without_one(self, notebook):
        with pytest.raises(ParameterError, match="no parameter 'zzz'; it takes: study, seed"):
            checked(notebook(), {"zzz": 3})

    @pytest.mark.parametrize("name", ["seed;import os", "__import__('os')", "seed = 1\nx", ""])
    def test_code_as_a_name(self, notebook, name):
        with pytest.raises(ParameterError, match="has no parameter"):
            checked(notebook(), {name: 1})

    def test_a_parameter_of_another_notebook(self, notebook):
        with pytest.raises(ParameterError, match="has no parameter 'retest'"):
            checked(notebook(), {"retest": 0.5})

    def test_a_study_is_passed_on_as_a_kernel_finds_it(self, notebook, small, monkeypatch):
        monkeypatch.chdir(small.folder.parent)  # a kernel runs in the project's folder, not here
        assert checked(notebook(), {"study": "small"}) == {"study": str(small.folder)}
        absolute = str(PROJECT / "data" / "casework")
        assert checked(notebook(), {"study": absolute}) == {"study": "data/casework"}


class TestRanges:
    @pytest.mark.parametrize(
        ("name", "value"),
        [
            ("bootstrap", 199),
            ("bootstrap", 100_001),
            ("bootstrap", 1000.0),
            ("bootstrap", True),
            ("bootstrap", "1000"),
            ("seed", -1),
            ("seed", 2**32),
            ("seed", None),
            ("minimum_share", 0.49),
            ("minimum_share", 1.01),
            ("minimum_share", float("nan")),
            ("minimum_share", True),
            ("retest", float("inf")),
            ("retest", 1),
            ("retest", "0.7"),
            ("smallest_share", [5]),
            ("enough_sources", 1),
            ("rows", "colour"),
            ("rows", ["level"]),
            ("columns", None),
            ("unit", "word"),
            ("tolerance", 11),
            ("quotes_per_code", 1.5),
            ("study", 3),
        ],
    )
    def test_out_of_range_says_what_was_expected(self, name, value):
        with pytest.raises(ParameterError, match=r"is out of range: .*; expected "):
            check(name, value)

    def test_a_study_that_does_not_exist(self):
        with pytest.raises(ParameterError, match="no such study folder"):
            check("study", "data/nowhere")

    def test_a_study_that_is_wrong_says_how(self, small):
        small.change("synthetic = false", "")
        with pytest.raises((ParameterError, StudyError), match="synthetic is nothing"):
            check("study", str(small.folder))

    def test_a_name_without_a_rule(self):
        with pytest.raises(ParameterError, match="No range is declared for parameter 'new'"):
            check("new", 1)


class TestParse:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("seed=7", ("seed", 7)),
            ("retest= 0.5", ("retest", 0.5)),
            ("unit=sentence", ("unit", "sentence")),
            ("unit='turn'", ("unit", "turn")),
            ("study=a=b", ("study", "a=b")),
            ("x=true", ("x", True)),
            ("x=null", ("x", None)),
            ("x=", ("x", "")),
            ("x=__import__('os')", ("x", "__import__('os')")),
            ("x=((((", ("x", "((((")),
        ],
    )
    def test_values_are_literals_or_text_and_never_run(self, text, expected):
        assert parse(text) == expected

    @pytest.mark.parametrize("text", ["seed", "=3", "a b=1", "a;b=1", "a.b=1", "1a=2"])
    def test_what_is_no_pair(self, text):
        with pytest.raises(ParameterError, match="is not name=value"):
            parse(text)


def test_stored_notebooks_are_not_touched_by_reading(notebook):
    path = notebook()
    before = path.read_bytes()
    checked(path, {"seed": 1})
    assert path.read_bytes() == before and json.loads(before)
