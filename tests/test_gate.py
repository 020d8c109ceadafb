"""The gate: a notebook that prints an identifier or a group below the minimum stops the report."""

import time

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

    @pytest.mark.parametrize(
        "name, said",
        [
            ("12/0017-ОП", "— из интервью, 12/0017-ОП, мать"),
            ("12/0017-ОП", "12/0017-оп"),
            ("17/4", "the family 17/4 left"),
            ("17/4", "(17/4)"),
            ("17/4", "в 17/4-й"),
            ("F 12", "the family F 12 left"),
            ("F 12", "f 12"),
            ("F 12", "F12"),
            ("F 12", "f-12"),
            ("Иванова А.П.", "сказала Иванова А.П., куратор"),
            ("Иванова А.П.", "ИВАНОВА А. П."),
            ("№123-а", "дело №123-а закрыто"),
            ("№123-а", "дело № 123-А"),
            ("№123-а", "дело 123а"),
            ("_001", "family _001 left"),
            ("№12", "семья № 12"),
            ("FAM0017", "as fam0017 said"),
            ("FAM0017", "FAM-0017"),
            ("FAM0017", "fam 0017"),
            ("FAM0017", "у FAM0017-й"),
            ("FAM0017", "у FAM0017го"),
            ("FAM0017", "\uff26\uff21\uff2d\uff10\uff10\uff11\uff17"),
            ("FAM0017", "FAM\u00ad0017"),
            ("FAM-0017", "FAM\u20110017"),
            ("F-0001", "F-0001's"),
            ("F-0001", "family_F-0001"),
            ("kурат_7", "Kурат 7"),
            ("ivanova@centre", "Ivanova@Centre."),
            ("Семёнов", "СЕМЕНОВ"),
            ("А.П.", "А. П."),
            ("12:а(3)", "12:а(3)"),
            ("fam (3)", "fam (3)"),
            ("ОН", "куратор ОН"),
        ],
    )
    def test_however_an_identifier_is_spelt(self, name, said):
        """Each was printed past a gate that took words whole; the message names it as the records do."""
        found = gate.leaks(self.notebook(text=said), {name, "Z9"}, 5)
        assert found == [f"cell 1: the identifier {name!r} is printed."]

    @pytest.mark.parametrize(
        "name, said",
        [
            ("17/4", "17  4"),
            ("17/4", "17-4, 117/4, 17/41, a17/4, 17/4b"),
            ("_001", "001, 1, fam_001, _0011"),
            ("1.5", "rose by 1.5"),
            ("F12", "F = 12, F(1, 12), F 12, F12b, F120, aF12, 2F12"),
            ("С1", "с 1 мая"),
            ("С-1", "С 1 мая"),
            ("12-а", "12 а потом, 12-аб"),
            ("ОН", "он и Он"),
            ("FAM0017", "FAM 00170, FAM 17, XFAM0017, FAM = 0017, FAM; 0017"),
            ("FAM0017", "FAM\n0017"),
            ("Иванова А.П.", "Иванова А., П. и Б."),
            ("-", "a - b"),
        ],
    )
    def test_what_only_resembles_an_identifier(self, name, said):
        assert gate.leaks(self.notebook(text=said), {name}, 5) == []

    def test_a_row_called_by_the_number_in_an_identifier(self):
        page = report.Page("records", "t", "en", 5)
        for name, said in [("_001", "001"), ("001", "_001"), ("№12", "12"), ("12", "№ 12")]:
            data = printed(page.table, "t", pd.DataFrame({"who": [said], "value": [1.5]}), "n = 80")
            assert f"identifier {name!r}" in gate.leaks(self.notebook(data), {name}, 5)[0]
            data = printed(page.table, "t", pd.DataFrame({"a": ["x"], "said": ["001"]}), "n = 80")
            assert gate.leaks(self.notebook(data), {name}, 5) == []

    @pytest.mark.parametrize("name", ["F 16", "KEF16", "16 0"])
    def test_neighbouring_cells_are_no_identifier(self, name):
        page = report.Page("records", "t", "en", 5)
        frame = pd.DataFrame({"centre": ["Centre F", "Kef"], "n": 16, "zero": 0})
        assert gate.leaks(self.notebook(printed(page.table, "t", frame, "c")), {name}, 5) == []
        frame["centre"] = ["x", name]
        assert gate.leaks(self.notebook(printed(page.table, "t", frame, "c")), {name}, 5)

    def test_an_identifier_in_the_place_of_a_quote(self):
        quote = {"quote_id": "12/0017-ОП-3", "document": "1", "quote": "Да.", "translation": "Yes."}
        page = report.Page("records", "t", "en", 5)
        data = printed(page.quotes, "q", {"Trust": pd.DataFrame([quote])}, "c")
        assert gate.leaks(self.notebook(data), {"12/0017-ОП"}, 5)

    def test_a_million_identifiers(self):
        """Looked up and not gone through: 200 kB of text against a million identifiers of four kinds."""
        ids = frozenset(f"{kind}{n}" for n in range(250_000) for kind in ("FAM", "F ", "3/", ""))
        text = "as 17 families of Centre A said, 12 of 25 (48%)\n" * 4000 + "fam-249999"
        before = time.perf_counter()
        found = gate.leaks(self.notebook(text=text), ids, 5)
        assert found == ["cell 1: the identifier 'FAM249999' is printed."]
        between = time.perf_counter()
        assert len(gate.leaks(self.notebook(text=text), ids, 5)) == 1
        assert between - before < 30 and time.perf_counter() - between < 5

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


def test_a_range_is_no_share_in_any_language():
    def said(text):
        return list(gate._small_in_words(text, 5))

    assert said("от 1 до 5 (границы взяты из записей)") == [] == said("from 1 to 5 (as observed)")
    assert said("1 из 50 (2%)") == ["1 of 50 is printed."] == said("1 of 50 (2%)")
