"""The gate: a notebook that prints an identifier or a group below the minimum stops the report."""

import nbformat
import pandas as pd
import pytest

from analysis import report
from analysis.pipeline import gate
from analysis.pipeline.errors import NotebookError
from analysis.study import read_study
from page_outputs import printed

pytestmark = pytest.mark.usefixtures("shell")


class TestGate:
    IDS = frozenset({"F-0001", "kурат_7", "12", "K"})

    def notebook(self, data=None, **fields):
        output = (
            nbformat.v4.new_output("display_data", data)
            if data
            else nbformat.v4.new_output("stream", **fields)
        )
        return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("x", outputs=[output])])

    def leaks(self, data=None, **fields):
        return gate.leaks(self.notebook(data, **fields), self.IDS, 5)

    def test_an_identifier_anywhere(self):
        assert "'F-0001'" in self.leaks(text="the family F-0001 left")[0]
        assert self.leaks({"text/plain": "kурат_7, F-0002"})
        page = report.Page("records", "t", "en", 5)
        frame = pd.DataFrame({"who": ["F-0001"], "value": [1.5]})
        assert self.leaks(printed(page.table, "t", frame, "c"))
        assert self.leaks(printed(page.text, "k", "as F-0001 said"))

    def test_part_of_a_word_or_a_number_is_none(self):
        assert self.leaks(text="F-00012 and 12 of 12, K") == []

    def test_a_number_that_is_all_a_cell_says_is_one(self):
        frame = pd.DataFrame({"who": ["12"], "value": [1.5]})
        assert self.leaks(printed(report.Page("records", "t", "en", 5).table, "t", frame, "c"))

    def test_plain_numbers_are_no_identifiers_where_numbers_are_expected(self):
        """Families 1 to 80, centres 1 to 4 and waves 1 and 2: only a row named by a family's number leads to one."""
        ids = [str(n) for n in range(1, 81)]
        names = [*"1234"]
        page = report.Page("records", "t", "en", 5)

        def found(frame):
            data = printed(page.table, "t", frame, "n = 80")
            return gate.leaks(self.notebook(data), ids, 5, names)

        counted = pd.DataFrame({"centre": [*"1234"], "wave": [*"1212"], "n": 80, "said": "12"})
        assert found(counted) == [] and found(counted.assign(n=["80"] * 4)) == []
        assert found(counted[["n", "centre"]]) == []
        assert "identifier '57'" in found(pd.DataFrame({"who": ["57"], "value": [1.5]}))[0]
        assert "identifier '3'" in found(pd.DataFrame({"centre": ["1"], "family": ["3"]}))[0]

    def test_whoever_has_plain_numbers_hears_how_to_mend_it(self, small, tmp_path, monkeypatch):
        monkeypatch.setattr(gate, "identifiers", lambda study: frozenset({"57"}))
        path = tmp_path / "chapter.ipynb"
        page = report.Page("records", "t", "en", 5)
        data = printed(page.table, "t", pd.DataFrame({"who": ["57"], "value": [1.5]}), "c")
        nbformat.write(self.notebook(data), path)
        with pytest.raises(NotebookError, match=r"put a letter before them \(F12 for 12\)"):
            gate.check([path], read_study(small.folder))

    def test_names_of_centres_waves_and_levels_are_nobody(self, small):
        study = read_study(small.folder)
        assert {*study.waves, *study.risk.levels} <= gate.known_names(study)

    @pytest.mark.parametrize(
        "action, arguments",
        [
            ("say", ("k", {"m": 1.0, "low": 0.0, "high": 2.0, "n": 3}, "m")),
            ("share", ("k", {"count": 24, "n": 25, "low": 0.1, "high": 0.2})),
            ("count", ("k", 3)),
            ("table", ("k", pd.DataFrame({"a": ["x"], "n": [3]}), "c")),
            ("table", ("k", pd.DataFrame({"a": ["x"], "count": [23], "n": [25]}), "c")),
        ],
    )
    def test_a_page_that_forgot_to_protect_is_stopped(self, action, arguments):
        """A page that hides nothing but says that its numbers come from records."""
        data = printed(getattr(report.Page("records", "t", "en", 1), action), *arguments)
        assert self.leaks(data)
        assert (
            self.leaks(printed(getattr(report.Page("records", "t", "en", 5), action), *arguments))
            == []
        )
        assert self.leaks(printed(getattr(report.Page("synthetic", "t"), action), *arguments)) == []

    def test_bases_in_words(self):
        page = report.Page("records", "t", "en", 5)
        assert self.leaks(printed(page.text, "k", "rose (n = 3)")) and not self.leaks(
            printed(page.text, "k", "rose (n = 30)")
        )

    def test_a_report_is_stopped_with_a_sentence(self, small, tmp_path):
        study = read_study(small.folder)
        path = tmp_path / "chapter.ipynb"
        nbformat.write(self.notebook(text="007 and k1"), path)
        with pytest.raises(
            NotebookError, match=r"chapter\.ipynb, cell 1: the identifier 'k1' is printed\."
        ):
            gate.check([path], study)
        small.change("synthetic = false", "synthetic = true")
        gate.check([path], read_study(small.folder))
