"""Tables as files: the numbers of results.csv, equal bytes for equal tables, and no text that a spreadsheet would run."""

import csv
import io
import zipfile
from pathlib import Path

import pytest
from openpyxl import load_workbook

from analysis.pipeline import anchors, book, downloads, results
from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.markdown import read_table
from analysis.pipeline.run import write_notebook
from analysis.pipeline.shown_tables import plain, shown_tables

PROJECT = Path(__file__).parents[1]
STORED = [PROJECT / "notebooks" / f"{name}.ipynb" for name in ("audit", "change", "risk")]
# What OWASP's page on CSV injection names: = + - @, tab, carriage return, line feed, and the wide forms.
RUN = ["=1+1", "+1", "-1+1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1+1", "＋1", "－1", "＠SUM"]


@pytest.fixture
def stage(tmp_path) -> Path:
    (tmp_path / "notebooks").mkdir()
    for path in STORED:
        write_notebook(book.dressed(path), tmp_path / "notebooks" / path.name)
    results.write_results(results.collect(STORED), tmp_path / "results.csv")
    return tmp_path


@pytest.mark.parametrize("text", RUN)
def test_no_text_begins_as_a_formula_in_csv(text):
    [[_], [cell]] = list(csv.reader(io.StringIO(downloads.as_csv(["a"], [[text]]))))
    assert cell.startswith("'")


@pytest.mark.parametrize("value", ["", "a = b", "1-2", "−0.46", "a@b"])
def test_other_texts_stay_what_they_are(value):
    assert downloads.harmless(value) == value


def test_negative_numbers_stay_numbers_in_csv():
    assert downloads.as_csv(["a", "b"], [[-0.5, 3.0]]) == "a,b\n-0.5,3\n"


@pytest.mark.parametrize("text", [*RUN, "#N/A", "TRUE", "1e5", "a\x00b"])
def test_texts_stay_texts_in_xlsx(text):
    sheet = load_workbook(io.BytesIO(downloads.as_xlsx(["a"], [[text]], ["about"])))["table"]
    assert sheet["A2"].data_type == "s"
    content = zipfile.ZipFile(io.BytesIO(downloads.as_xlsx(["a"], [[text]], [""])))
    assert b"<f>" not in content.read("xl/worksheets/sheet1.xml")


def test_numbers_are_numbers_in_xlsx_and_missing_is_empty():
    sheet = load_workbook(io.BytesIO(downloads.as_xlsx(["a", "b"], [[-0.5, None]], ["x"])))["table"]
    assert (sheet["A2"].value, sheet["B2"].value) == (-0.5, None)


def test_equal_tables_give_equal_bytes_without_a_time(monkeypatch):
    import openpyxl.writer.excel as writer

    class Later(writer.datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return cls(2031, 1, 1, tzinfo=tz)

    first = downloads.as_xlsx(["a"], [["x"]], ["about"])
    monkeypatch.setattr(writer.datetime, "datetime", Later)
    assert downloads.as_xlsx(["a"], [["x"]], ["about"]) == first
    assert {entry.date_time[0] for entry in zipfile.ZipFile(io.BytesIO(first)).infolist()} == {1980}


def test_every_table_has_both_files_and_a_link_to_each(stage):
    count = downloads.write_tables(stage / "results.csv", stage)
    files = {path.name for path in (stage / downloads.FOLDER).iterdir()}
    assert len(files) == 2 * count and count > 10
    for path in STORED:
        shown = (stage / "notebooks" / path.name).read_text(encoding="utf-8")
        for key in {
            name.removeprefix(f"{path.stem}-") for name in files if name.startswith(f"{path.stem}-")
        }:
            assert f"../_static/tables/{path.stem}-{key}" in shown


def test_values_are_those_of_results_and_the_origin_goes_with_them(stage):
    downloads.write_tables(stage / "results.csv", stage)
    [wanted] = [
        row["value"]
        for row in read_table(stage / "results.csv")
        if (row["notebook"], row["key"], row["column"]) == ("change", "headlines", "estimate")
        and row["row"].startswith("1. ")
    ]
    rows = read_table(stage / downloads.FOLDER / "change-headlines.csv")
    assert float(rows[0]["estimate"]) == float(wanted)
    assert {row["data"] for row in rows} == {"synthetic"}
    sheet = load_workbook(stage / downloads.FOLDER / "change-headlines.xlsx")
    assert sheet["table"]["B2"].value == float(wanted)
    assert "says nothing about the real programme" in sheet["about"]["A3"].value


def test_a_workbook_is_made_again_only_when_something_in_it_changes(tmp_path, monkeypatch):
    made = []
    as_xlsx = downloads.as_xlsx
    monkeypatch.setattr(downloads, "as_xlsx", lambda *a: made.append(a) or as_xlsx(*a))
    for body, about in (
        ([[1.0]], ["x"]),
        ([[1.0]], ["x"]),
        ([[2.0]], ["x"]),
        ([[2.0]], ["y"]),
        ([["2.0"]], ["y"]),
    ):
        downloads.write_files(tmp_path / "t", ["a"], body, about)
    assert [(body, about) for _, body, about in made] == [
        ([[1.0]], ["x"]),
        ([[2.0]], ["x"]),
        ([[2.0]], ["y"]),
        ([["2.0"]], ["y"]),
    ]
    assert load_workbook(tmp_path / "t.xlsx")["about"]["A1"].value == "y"


def test_tables_that_are_gone_leave_no_file(stage):
    old = stage / downloads.FOLDER / "change-old.csv"
    old.parent.mkdir(parents=True)
    old.touch()
    downloads.write_tables(stage / "results.csv", stage)
    assert not old.exists()


def test_results_that_differ_from_the_page_are_refused(stage):
    rows = read_table(stage / "results.csv")
    mine = [row | {"text": "0"} if row["key"] == "headlines" else row for row in rows]
    with pytest.raises(
        EvidenceError, match=r"change, table 'headlines', row 1: results.csv says '0'"
    ):
        list(shown_tables(stage / "notebooks/change.ipynb", mine))
    more = [*rows, next(row for row in rows if row["key"] == "headlines") | {"row": "99. More"}]
    with pytest.raises(EvidenceError, match=r"results.csv has rows \[99\]"):
        list(shown_tables(stage / "notebooks/change.ipynb", more))


def test_the_quote_before_a_text_is_taken_off_again():
    assert [plain(text) for text in ("'-1", "'tis", "−1", "'", "")] == ["-1", "'tis", "−1", "'", ""]


def test_ids_of_tables_rows_and_sentences():
    html = anchors.with_ids(
        "<table><thead><tr></tr></thead><tbody><tr><td>1</td></tr><tr></tr></tbody></table>", "key"
    )
    assert html.count('id="') == 3
    assert (
        '<tr id="key-1"><td>1' in html
        and '<tr id="key-2">' in html
        and html.startswith('<div id="key">')
    )
    assert anchors.with_ids('<p id="key"></p>', "key") == '<p id="key"></p>'
    done: set[str] = set()
    text = anchors.with_places(
        "a {glue:text}`k` b {glue:text}`k`, {glue:text}`notebooks/x.ipynb::y:s`", done
    )
    assert text.count('<span id="k"></span>') == 1 and text.count("<span") == 1 and done == {"k"}
    assert anchors.place("change", "headline_figure", "figure") == "change-headline-figure"
