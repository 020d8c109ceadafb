"""results.csv: every record of every notebook once, harmless in a spreadsheet, written in one step."""

import csv

import nbformat
import pytest

from analysis.pipeline.errors import NotebookError
from analysis.pipeline.results import FIELDS, RECORD, collect, notes, write_results
from analysis.report import RECORD as REPORTED


def record(key, value=1.5, text="1.50", **other):
    base = {"key": key, "row": "", "column": "", "text": text}
    return base | {"value": value, "low": None, "high": None, "n": 3} | other


def note(key, *records, kind="prose"):
    return {"kind": kind, "key": key, "origin": "synthetic", "records": list(records)}


@pytest.fixture
def notebook(tmp_path):
    def write(name, *given):
        cells = [nbformat.v4.new_markdown_cell("# T")]
        for each in given:
            data = {"text/plain": "x"} | ({RECORD: each} if each else {})
            output = nbformat.v4.new_output("display_data", data)
            cells.append(nbformat.v4.new_code_cell("x", outputs=[output]))
        cells.append(
            nbformat.v4.new_code_cell("y", outputs=[nbformat.v4.new_output("stream", text="t")])
        )
        nbformat.write(nbformat.v4.new_notebook(cells=cells), tmp_path / f"{name}.ipynb")
        return tmp_path / f"{name}.ipynb"

    return write


def test_the_page_and_the_collection_speak_of_the_same_type():
    assert RECORD == REPORTED


def test_one_row_per_record_in_order_of_notebooks(notebook):
    table = note(
        "t", record("t", 1, row="1. a", column="n"), record("t", 2, row="2. b"), kind="table"
    )
    paths = [notebook("b", note("k", record("k"))), notebook("a", table, None)]
    rows = collect(paths)
    assert [(row["notebook"], row["key"], row["value"]) for row in rows] == [
        ("a", "t", 1),
        ("a", "t", 2),
        ("b", "k", 1.5),
    ]
    assert {row["origin"] for row in rows} == {"synthetic"}


def test_notes_pass_over_other_outputs(notebook):
    cells = nbformat.read(notebook("a", None, note("k", record("k"))), as_version=4)
    assert [each["key"] for each in notes(cells)] == ["k"]


def test_a_key_twice_in_one_notebook_is_refused(notebook):
    with pytest.raises(NotebookError, match=r"a\.ipynb: the key 'k' is used twice"):
        collect([notebook("a", note("k", record("k")), note("k"))])


def test_a_key_may_stand_in_two_notebooks(notebook):
    paths = [notebook(name, note("k", record("k"))) for name in "ab"]
    assert len(collect(paths)) == 2


class TestWriting:
    def rows(self, path):
        with path.open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file))

    def test_every_field_and_empty_cells_for_none(self, notebook, tmp_path):
        target = tmp_path / "results.csv"
        write_results(collect([notebook("a", note("k", record("k")))]), target)
        (row,) = self.rows(target)
        assert tuple(row) == FIELDS
        assert (row["value"], row["low"], row["n"]) == ("1.5", "", "3")
        assert b"\r" not in target.read_bytes()
        assert not list(tmp_path.glob(".*.partial"))

    @pytest.mark.parametrize("text", ["=1+1", "+7", "-2", "@cmd", "\tx"])
    def test_what_a_spreadsheet_would_run_is_quoted(self, tmp_path, notebook, text):
        target = tmp_path / "results.csv"
        write_results(collect([notebook("a", note("k", record("k", text=text)))]), target)
        assert self.rows(target)[0]["text"] == "'" + text

    def test_other_line_ends_do_not_break_the_row(self, tmp_path, notebook):
        target = tmp_path / "results.csv"
        write_results(collect([notebook("a", note("k", record("k", text="\ra\r\nb")))]), target)
        (row,) = self.rows(target)
        assert row["text"] == "'\na\nb" and row["n"] == "3"

    def test_negative_numbers_stay_numbers_and_the_true_minus_stays(self, tmp_path, notebook):
        target = tmp_path / "results.csv"
        rows = collect([notebook("a", note("k", record("k", -0.6, "−0.60 (n = 6)")))])
        write_results(rows, target)
        (row,) = self.rows(target)
        assert float(row["value"]) == -0.6 and row["text"] == "−0.60 (n = 6)"

    def test_a_crash_leaves_the_old_table(self, tmp_path):
        target = tmp_path / "results.csv"
        target.write_text("old", encoding="utf-8")
        with pytest.raises(KeyError):
            write_results([{"notebook": "a"}], target)
        assert target.read_text(encoding="utf-8") == "old"
