"""The command `casework`: refusals are one sentence on stderr and exit 2, before any kernel starts.

`casework audit` has its own file, test_cli_audit.py.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from analysis.cli import app
from analysis.pipeline import make
from analysis.pipeline.errors import NotebookError
from analysis.study import PROJECT

COMMANDS = ("report", "run", "accept", "synthesise", "audit")


@pytest.fixture(autouse=True)
def no_kernel(monkeypatch):
    """Starting a notebook or the pipeline ends the test."""

    def started(*_, **__):
        raise AssertionError("a kernel would have been started")

    monkeypatch.setattr("analysis.pipeline.run.run_notebook", started)
    monkeypatch.setattr(make, "carry_out", started)


def cast(*arguments):
    return CliRunner().invoke(app, [str(a) for a in arguments])


def refused(*arguments):
    """The one line a refused command says."""
    result = cast(*arguments)
    assert result.exit_code == 2, (result.output, result.exception)
    assert result.stdout == ""
    (line,) = result.stderr.strip().splitlines()
    return line


class TestReport:
    @pytest.mark.parametrize(
        ("param", "said"),
        [
            ("risk.retest=0.5", "risk has no parameter 'retest'"),
            ("measures.sead=1", "measures has no parameter 'sead', did you mean 'seed'; it takes:"),
            ("measures.seed=-1", "seed = -1 is out of range"),
            ("measures.bootstrap=1e9", "bootstrap = 1000000000.0 is out of range"),
            ("measures.bootstrap=True", "bootstrap = True is out of range"),
            ("nowhere.seed=1", "There is no notebook 'nowhere'; the notebooks are: across,"),
            ("seed=1", "does not say which notebook; write NOTEBOOK.NAME=VALUE."),
            ("measures.seed", "'seed' is not name=value."),
            ("measures.a b=1", "'a b=1' is not name=value."),
        ],
    )
    def test_a_wrong_parameter(self, tmp_path, param, said):
        assert said in refused("report", "--to", tmp_path / "out", "-p", param)
        assert not (tmp_path / "out").exists()

    @pytest.mark.parametrize("study", ["data/nowhere", "/nowhere/at/all", "book"])
    def test_a_missing_study(self, tmp_path, study):
        said = refused("report", study, "--to", tmp_path / "out")
        assert said.startswith(f"{study}: ") and said.endswith(".")

    def test_a_wrong_declaration_and_a_wrong_table(self, small, tmp_path):
        small.rows({2: "007,C1,k1,1,2022-01-10,99,5,None,x"})
        result = cast("report", small.folder, "--to", tmp_path / "out")
        said, mend = result.stderr.strip().splitlines()
        assert said.startswith("monitoring.csv: row 2, column 'a': '99'; expected a number")
        assert mend.endswith(f"casework check {small.folder}") and result.exit_code == 2
        small.change("synthetic = false", "")
        assert "synthetic is nothing" in cast("report", small.folder, "--to", tmp_path).stderr
        assert not (tmp_path / "out").exists()

    def test_a_place_that_is_taken(self, tmp_path):
        (tmp_path / "html").mkdir()
        assert "is not from an earlier report" in refused("report", "--to", tmp_path)

    def test_no_change_is_said_and_starts_nothing(self, tmp_path, monkeypatch):
        monkeypatch.setattr(make.release, "published", lambda out: "mark")
        monkeypatch.setattr(make, "fingerprint", lambda files, parameters: "mark")
        result = cast("report", "--to", tmp_path)
        assert result.exit_code == 0
        assert result.stdout.startswith("Nothing has changed; the report stands: ")

    def test_a_failure_while_running_ends_with_one(self, tmp_path, monkeypatch):
        def fails(*_, **__):
            raise NotebookError("change.ipynb, code cell 3 ('x') stopped with ValueError: y")

        monkeypatch.setattr(make, "carry_out", fails)
        result = cast("report", "--to", tmp_path)
        assert result.exit_code == 1 and "code cell 3" in result.stderr


class TestRun:
    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            (["nowhere"], "There is no notebook 'nowhere'; the notebooks are: across,"),
            (["../book/index"], "There is no notebook '../book/index'"),
            (["measures", "-p", "sead=1"], "did you mean 'seed'"),
            (["measures", "-p", "bootstrap=10"], "expected a whole number from 200 to 100000."),
            (["measures", "-p", "study=data/nowhere"], "no such study folder"),
            (["measures", "-p", "seed"], "'seed' is not name=value."),
            (["measures", "-p", "__import__('os').system('x')=1"], "is not name=value."),
        ],
    )
    def test_refused(self, tmp_path, monkeypatch, arguments, said):
        monkeypatch.chdir(tmp_path)
        assert said in refused("run", *arguments)
        assert not list(tmp_path.iterdir())

    def test_the_stored_notebook_is_never_the_target(self):
        stored = PROJECT / "notebooks" / "measures.ipynb"
        before = stored.read_bytes()
        assert "is the stored notebook itself" in refused("run", "measures", "--to", stored)
        assert stored.read_bytes() == before

    def test_good_parameters_reach_the_run(self, tmp_path, monkeypatch):
        calls = []

        def run(source, executed, given):
            calls.append((source, given))
            executed.write_bytes(source.read_bytes())

        monkeypatch.setattr("analysis.pipeline.run.run_notebook", run)
        monkeypatch.setattr("analysis.pipeline.make.begin", lambda: None)
        target = tmp_path / "mine.ipynb"
        result = cast("run", "measures", "-p", "seed=7", "-p", "bootstrap=300", "--to", target)
        assert result.exit_code == 0 and result.stdout.strip() == str(target)
        stored = PROJECT / "notebooks" / "measures.ipynb"
        assert calls == [(stored, {"seed": 7, "bootstrap": 300})]
        assert target.read_bytes() == stored.read_bytes()

    def test_what_real_records_must_not_show_is_not_written(self, tmp_path, monkeypatch):
        def run(source, executed, given):
            executed.write_bytes(source.read_bytes())

        def stop(executed, study):
            raise NotebookError(f"{study.title}: not to be shown")

        monkeypatch.setattr("analysis.pipeline.run.run_notebook", run)
        monkeypatch.setattr("analysis.pipeline.make.begin", lambda: None)
        monkeypatch.setattr("analysis.pipeline.gate.check", stop)
        result = cast("run", "measures", "--to", tmp_path / "mine.ipynb")
        assert result.exit_code == 1 and "not to be shown" in result.stderr
        assert not (tmp_path / "mine.ipynb").exists()


class TestAcceptAndSynthesise:
    def test_accept_stores_all_or_none(self, tmp_path, monkeypatch):
        for name in ("a", "b"):
            (tmp_path / f"{name}.ipynb").write_text("old", encoding="utf-8")

        def runs(source, target, parameters):
            if source.stem == "b":
                raise NotebookError("b.ipynb, code cell 1 ('x') stopped with ValueError: y")
            target.write_text("new", encoding="utf-8")

        monkeypatch.setattr(make, "NOTEBOOKS", tmp_path)
        monkeypatch.setattr("analysis.pipeline.run.run_notebook", runs)
        result = cast("accept")
        assert result.exit_code == 1 and "Nothing was stored.\nb.ipynb" in result.stderr
        assert {path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {"old"}

    def test_accept_says_what_changed(self, tmp_path, monkeypatch):
        (tmp_path / "a.ipynb").write_text("old", encoding="utf-8")
        (tmp_path / "b.ipynb").write_text("new", encoding="utf-8")
        monkeypatch.setattr(make, "NOTEBOOKS", tmp_path)
        monkeypatch.setattr(
            "analysis.pipeline.run.run_notebook",
            lambda source, target, parameters: target.write_text("new", encoding="utf-8"),
        )
        assert cast("accept").stdout == "Stored new outputs: a.\n"
        assert cast("accept").stdout == "All outputs are as stored.\n"

    def test_synthesise_refuses_an_undeclared_world(self, tmp_path):
        assert "paradise" in refused("synthesise", "--to", tmp_path / "s", "--world", "paradise")

    def test_synthesise_another_world(self, tmp_path):
        result = cast("synthesise", "--to", tmp_path / "s", "--world", "null")
        assert result.exit_code == 0 and "monitoring.csv" in result.stdout
        made = (tmp_path / "s" / "monitoring.csv").read_bytes()
        assert made != (PROJECT / "data" / "casework" / "monitoring.csv").read_bytes()


class TestHelp:
    def test_lists_every_command(self):
        result = cast("--help")
        assert result.exit_code == 0 and all(name in result.stdout for name in COMMANDS)

    @pytest.mark.parametrize("command", COMMANDS)
    def test_of_each_command(self, command):
        assert cast(command, "--help").exit_code == 0

    def test_an_unknown_command(self):
        assert cast("publish").exit_code == 2

    def test_answers_at_once_because_it_loads_nothing_heavy(self):
        code = (
            "import json, sys\nfrom typer.testing import CliRunner\nfrom analysis.cli import app\n"
            "done = CliRunner().invoke(app, ['--help'])\n"
            "heavy = {'numpy', 'pandas', 'nltk', 'scipy', 'nbformat', 'papermill', 'pytask'}\n"
            "print(json.dumps([done.exit_code, sorted(heavy & set(sys.modules))]))"
        )
        environment = os.environ | {"PYTHONPATH": str(PROJECT / "src")}
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, env=environment)
        assert json.loads(done.stdout) == [0, []], done.stderr

    def test_refusing_loads_neither_papermill_nor_pytask(self, tmp_path):
        code = (
            "import json, sys\nfrom typer.testing import CliRunner\nfrom analysis.cli import app\n"
            f"done = CliRunner().invoke(app, ['report', 'data/nowhere', '--to', {str(tmp_path)!r}])\n"
            "heavy = {'papermill', 'pytask', 'nbclient', 'pandas'} & set(sys.modules)\n"
            "print(json.dumps([done.exit_code, sorted(heavy)]))"
        )
        environment = os.environ | {"PYTHONPATH": str(PROJECT / "src")}
        done = subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            env=environment,
            check=True,
        )
        assert json.loads(done.stdout) == [2, []]


def test_the_command_and_the_module_are_the_same():
    text = (PROJECT / "pyproject.toml").read_text(encoding="utf-8")
    assert 'casework = "analysis.cli:main"' in text
    assert Path(make.NOTEBOOKS) == PROJECT / "notebooks"
