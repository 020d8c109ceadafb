"""One report from start to finish: what to make, whether anything has changed, the run, the switch to the new book."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.pipeline import book
from analysis.pipeline.fingerprint import code_files, data_files, fingerprint
from analysis.pipeline.parameters import ParameterError, checked, declared
from analysis.study import PROJECT, find_folder

NOTEBOOKS = PROJECT / "notebooks"
BOOK = PROJECT / "book"
PUBLISHED = PROJECT / "data" / "published"
DEFAULT_STUDY = "data/casework"
OUT = BOOK / "_build"
WORKERS = os.cpu_count() or 2


class ReportError(RuntimeError):
    """The report was not made; the last good book, if there is one, still stands."""


def make_report(study: str, out: Path, given: Mapping[str, Mapping[str, Any]]) -> tuple[Path, bool]:
    """Make the report of a study at `out`, doing again only what has changed.

    Parameters
    ----------
    study : folder of the study.
    out : folder of the report; `html/`, `results.csv` and the work in progress go there.
    given : parameters by notebook name.

    Returns
    -------
    (Path, bool)
        First page of the book, and whether anything had to be done.

    Raises
    ------
    ParameterError, StudyError
        Before anything runs.
    ReportError
        When a notebook or the book fails.
    """
    folder = find_folder(study)
    notebooks = sorted(NOTEBOOKS.glob("*.ipynb"))
    chosen = chosen_parameters(notebooks, study, given)
    inputs = [*code_files(Path(__file__).parents[1]), *data_files(PUBLISHED), *data_files(folder)]
    everything = [*notebooks, *inputs, *book.source_files(BOOK), PROJECT / "requirements.txt"]
    mark = fingerprint(everything, {path.stem: values for path, values in chosen.items()})
    if book.published(out) == mark:
        return out / "html" / "index.html", False
    _run_tasks(chosen, inputs, out / "work")
    return book.publish(out / "work" / "html", out / "work" / "results.csv", out, mark), True


def chosen_parameters(
    notebooks: list[Path], study: str, given: Mapping[str, Mapping[str, Any]]
) -> dict[Path, dict[str, Any]]:
    """Parameters of every notebook, checked; defaults are left to the notebook itself."""
    by_name = {path.stem: path for path in notebooks}
    for name in given:
        if name not in by_name:
            raise ParameterError(f"There is no notebook {name!r}; the notebooks are: {', '.join(by_name)}.")
    chosen = {}
    for name, path in by_name.items():
        defaults = declared(path)
        values = {"study": study} if "study" in defaults else {}
        values |= given.get(name, {})
        chosen[path] = {k: v for k, v in checked(path, values).items() if v != defaults[k]}
    return chosen


def _run_tasks(chosen: Mapping[Path, Mapping[str, Any]], inputs: list[Path], stage: Path) -> None:
    import pytask

    from analysis.pipeline.tasks import Plan, tasks

    stage.mkdir(parents=True, exist_ok=True)
    config = stage / "pyproject.toml"
    config.write_text("[tool.pytask.ini_options]\n", encoding="utf-8")
    os.environ |= {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    plan = Plan(notebooks=chosen, inputs=tuple(inputs), book=BOOK, published=PUBLISHED, stage=stage)
    session = pytask.build(
        tasks=tasks(plan),
        paths=stage,
        config=config,
        n_workers=WORKERS,
        parallel_backend="threads",
        capture="no",
        show_traceback=False,
        sort_table=False,
        n_entries_in_table=30,
    )
    failures = [
        str(report.exc_info[1])
        for report in session.execution_reports
        if report.exc_info and report.outcome == pytask.TaskOutcome.FAIL
    ]
    if failures:
        raise ReportError("\n".join(failures))
    if session.exit_code != pytask.ExitCode.OK:
        raise ReportError("The pipeline could not be set up; its own words stand above.")
