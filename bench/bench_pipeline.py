"""Promised speeds of runs of notebooks: kernels forked from a preloaded process against the stock commands.

Run `OMP_NUM_THREADS=1 python -m pytest bench/bench_pipeline.py -s`. Each promise names what is compared; the stock
side is the tool's own command, as its manual shows it. Whole reports are measured in bench_report.py.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import nbformat
import pytest

from analysis.study import PROJECT

STACK = "import pandas, seaborn, pingouin, nltk, scipy.stats, statsmodels.api\npandas.Series([1, 2]).sum()"
NBVAL = ("-q", "-p", "no:cacheprovider", "--nbval", "--nbval-cell-timeout", "300")
SANITIZED = ("--nbval-sanitize-with", "tests/nbval.cfg", "notebooks")
BIN = Path(sys.executable).parent


@pytest.fixture(autouse=True)
def settled(monkeypatch):
    """What make sets for every run."""
    for name, value in (
        ("PYTHONHASHSEED", "0"),
        ("OMP_NUM_THREADS", "1"),
        ("OPENBLAS_NUM_THREADS", "1"),
    ):
        monkeypatch.setenv(name, value)


def command(*parts: str) -> str:
    """Run to the end without error; what it printed."""
    done = subprocess.run(parts, cwd=PROJECT, env=dict(os.environ), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def outputs(path: Path) -> list[Any]:
    """What the cells of an executed notebook show."""
    cells = nbformat.read(path, as_version=4).cells
    return [output.get("data") for cell in cells for output in cell.get("outputs", [])]


# --- (a) one notebook that only imports the libraries --------------------------------------------


def test_a_run_of_the_imports_alone_against_papermill(versus, tmp_path):
    """Our side: a further run in a process that has run one, as in a report. Theirs: `papermill IN OUT`."""
    from analysis.pipeline.run import run_notebook

    source, ours, theirs = (tmp_path / f"{name}.ipynb" for name in ("source", "ours", "theirs"))
    nbformat.write(nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(STACK)]), source)
    stock = [str(BIN / "papermill"), "-k", "python3", str(source), str(theirs)]
    versus(
        lambda: run_notebook(source, ours, {}),
        lambda: command(*stock),
        promise=8,
        rounds=5,
        their_rounds=3,
    )
    assert outputs(ours) == outputs(theirs) != []


# --- (f) stored outputs compared -----------------------------------------------------------------


def test_f_nbval_of_all_notebooks(versus):
    """Ours: the command of `make test`. Theirs: `pytest --nbval` on the same notebooks, with the same rules of comparison."""
    pytest_ = [sys.executable, "-m", "pytest"]
    ours = ("-n", "2", "--dist", "loadfile", "-p", "analysis.kernels.early")
    found, expected = versus(
        lambda: command(*pytest_, *ours, "--nbval-kernel-name", "casework", *NBVAL, *SANITIZED),
        lambda: command(*pytest_, "--nbval-current-env", *NBVAL, *SANITIZED),
        promise=3,
        rounds=1,
    )
    assert passed(found) == passed(expected) > 300


def passed(said: str) -> int:
    """How many cells pytest says have passed."""
    return int(said.strip().splitlines()[-1].split(" passed")[0].split()[-1])
