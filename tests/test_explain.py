"""Where a printed number comes from: told from one release, exactly, at once."""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from typer.testing import CliRunner

from analysis.cli import app
from analysis.pipeline import release, results
from analysis.pipeline.errors import ParameterError
from analysis.pipeline.explain import explain, printing, write_cells
from analysis.study import PROJECT

PARAMETERS = 'study = "data/casework"\nseed = 7'
IMPORTS = "from analysis import centres, records, report\nfrom analysis.study import read_study"
LOAD = "study = read_study(study)\nscores = records.load_monitoring(study)"
COUNT = "page = report.page(study)\nlate = 2\npage.count('late', late)"
SAY = "tests = centres.centre_test(scores)\npage.say(\n    'headline', tests, 'mean'\n)"
TABLE = "for number in (1, 2):\n    page.table(f'means_{number}', tests, 'Means')"


def note(kind, key, *records):
    empty = {
        "row": "",
        "column": "",
        "value": None,
        "low": None,
        "high": None,
        "n": None,
        "text": "",
    }
    rows = [{"key": key, **empty, **record} for record in records]
    said = {"kind": kind, "key": key, "origin": "synthetic", "records": rows}
    return nbformat.v4.new_output("display_data", {"text/plain": "", results.RECORD: said})


def cell(source, *outputs, tags=()):
    return nbformat.v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


@pytest.fixture
def out(tmp_path):
    """A release of two notebooks; in the first a parameter was given, so that it has one cell more than its source."""
    headline = {"value": -0.4712, "low": -0.6, "high": -0.3, "n": 6, "text": "-0.47 (n = 6)"}
    means = [
        {"row": f"{i}. {name}", "column": column, "value": value, "text": f"{value:.2f}"}
        for i, name in enumerate(("Difficulties", "Resources, 2"), 1)
        for column, value in (("mean", i + 0.25), ("n", 10.0 * i))
    ]
    change = [
        cell(PARAMETERS, tags=["parameters"]),
        cell("seed = 9", tags=["injected-parameters"]),
        cell(IMPORTS),
        cell(LOAD),
        cell(SAY, note("prose", "headline", headline)),
        cell(TABLE, note("table", "means_1", *means), note("table", "means_2")),
    ]
    running = [
        cell(IMPORTS),
        cell(COUNT, note("prose", "late", {"value": 2, "text": "=2"})),
        cell("page.text('headline', '1')", note("prose", "headline", {"text": "1"})),
    ]
    work = tmp_path / "work"
    (work / "html").mkdir(parents=True)
    (work / "html" / "index.html").write_text("book", encoding="utf-8")
    for name, cells in (("change", change), ("running", running)):
        nbformat.write(nbformat.v4.new_notebook(cells=cells), work / f"{name}.ipynb")
    executed = [work / "change.ipynb", work / "running.ipynb"]
    results.write_results(results.collect(executed), work / "results.csv")
    write_cells(executed, work / "cells.json")
    release.seal(work / "html", work / "html.sha256")
    release.publish(work / "html", work / "results.csv", tmp_path / "out", "abc123")
    return tmp_path / "out"


def test_a_number_in_the_text(out):
    [one] = explain(out, "change.headline")
    numbers = {"row": "", "column": "", "value": -0.4712, "low": -0.6, "high": -0.3, "n": 6}
    assert one["numbers"] == [numbers | {"text": "-0.47 (n = 6)"}]
    assert (one["kind"], one["origin"]) == ("number in the text", "synthetic")
    assert one["code"] == "page.say(\n    'headline', tests, 'mean'\n)"
    assert one["cell"] == 4, "as in the stored notebook, which has no injected cell"
    assert one["functions"] == [
        "study.read_study",
        "records.load_monitoring",
        "centres.centre_test",
    ]
    assert one["parameters"] == {"study": "'data/casework'", "seed": "9"}, "what it was told counts"
    assert one["data"] == ["data/casework/study.toml", "data/casework/monitoring.csv"]
    assert one["release"] == {"fingerprint": "abc123", "whole": True}


def test_a_key_alone_is_every_notebook_that_uses_it(out):
    assert [one["notebook"] for one in explain(out, "headline")] == ["change", "running"]
    [late] = explain(out, "late")
    assert late["numbers"][0]["text"] == "=2", (
        "the quote that guards a spreadsheet is no part of it"
    )
    assert late["data"] == [] and late["cell"] == 2


@pytest.mark.parametrize("row", ["2", "2. Resources, 2", "resources"])
def test_a_cell_of_a_table(out, row):
    [one] = explain(out, "means_1", row.removeprefix("2. "), "mean")
    [number] = one["numbers"]
    assert (number["row"], number["value"], number["text"]) == ("2. Resources, 2", 2.25, "2.25")
    assert "f'means_{number}'" in one["code"]


def test_a_whole_table_and_one_without_numbers(out):
    assert len(explain(out, "change.means_1")[0]["numbers"]) == 4
    assert explain(out, "change.means_2")[0]["numbers"] == []


@pytest.mark.parametrize(
    ("name", "near"),
    [("headlin", "change.headline"), ("change.heading", "change.headline"), ("means", "means_1")],
)
def test_near_names(out, name, near):
    with pytest.raises(
        ParameterError, match=f"Nothing is printed under the name '{name}'. Near: .*{near}"
    ):
        explain(out, name)


def test_nothing_near_names_the_notebooks(out):
    with pytest.raises(ParameterError, match="Notebooks: change, running"):
        explain(out, "zzzzqq")


def test_a_row_or_column_that_is_not_there(out):
    said = r"no number in row '7' and column 'mean'; rows: 1\. Difficulties, .*; columns: mean, n\."
    with pytest.raises(ParameterError, match=said):
        explain(out, "means_1", "7", "mean")
    with pytest.raises(ParameterError, match="no table or figure"):
        explain(out, "change.headline", "1")


def test_no_report(tmp_path):
    with pytest.raises(
        ParameterError,
        match="no report stands here that can be asked; make one with `casework report STUDY --to",
    ):
        explain(tmp_path, "headline")


def test_the_pages_of_centres_are_said_to_be_there(out):
    (out / "current" / "cells.json").unlink()
    with pytest.raises(ParameterError, match="what stands here are pages of centres"):
        explain(out, "headline")


def test_a_report_that_was_changed_since_is_said_to_be(out):
    with (out / "results.csv").open("a", encoding="utf-8") as file:
        file.write("\n")
    result = CliRunner().invoke(app, ["explain", "change.headline", "--at", str(out)])
    assert result.exit_code == 0 and "NOT WHOLE" in result.stdout


def test_a_study_that_has_moved_is_named_in_words(out, monkeypatch):
    monkeypatch.setattr("analysis.study.PROJECT", out)
    monkeypatch.chdir(out)
    assert explain(out, "change.headline")[0]["data"] == ["study.toml", "the study's monitoring"]


class TestPrinting:
    def test_the_statement_with_the_key(self):
        assert (
            printing("a = 1\npage.count('n', a)\npage.count('m', a)", "n") == "page.count('n', a)"
        )

    def test_within_a_loop_only_what_prints(self):
        source = "for i in range(2):\n    x = i\n    page.count(f'n_{i}_of', x)"
        assert printing(source, "n_1_of") == "page.count(f'n_{i}_of', x)"

    def test_where_none_names_it_the_whole_cell(self):
        assert printing("show(key)", "n") == "show(key)"


class TestCommand:
    def test_lines(self, out):
        result = CliRunner().invoke(app, ["explain", "change.headline", "--at", str(out)])
        assert result.exit_code == 0
        for line in (
            "change.headline: number in the text, synthetic",
            "  printed     -0.47 (n = 6)",
            "  value       -0.4712",
            "  interval    -0.6 to -0.3",
            "  n           6",
            "  notebook    notebooks/change.ipynb, code cell 4",
            "  parameters  study = 'data/casework', seed = 9",
            "  release     abc123",
            f"  report      {out}",
        ):
            assert line in result.stdout.splitlines()

    def test_json(self, out):
        result = CliRunner().invoke(app, ["explain", "headline", "--json", "--at", str(out)])
        assert [one["notebook"] for one in json.loads(result.stdout)] == ["change", "running"]

    def test_refused_in_one_line(self, out):
        result = CliRunner().invoke(app, ["explain", "headlin", "--at", str(out)])
        assert result.exit_code == 2 and result.stdout == ""
        assert len(result.stderr.strip().splitlines()) == 1

    def test_answers_at_once_because_it_loads_nothing_heavy(self, out):
        code = (
            "import json, sys\nfrom typer.testing import CliRunner\nfrom analysis.cli import app\n"
            f"done = CliRunner().invoke(app, ['explain', 'headline', '--at', {str(out)!r}])\n"
            "heavy = {'pandas', 'numpy', 'nbformat', 'papermill', 'pytask'} & set(sys.modules)\n"
            "print(json.dumps([done.exit_code, sorted(heavy)]))"
        )
        environment = os.environ | {"PYTHONPATH": str(PROJECT / "src")}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
        assert json.loads(done.stdout) == [0, []], done.stderr
