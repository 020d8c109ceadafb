"""One report from start to finish: what to make, whether anything has changed, the run, the switch to the new book."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.pipeline import release
from analysis.pipeline.errors import NotebookError, ParameterError, ReportError
from analysis.pipeline.fingerprint import book_files, code_files, data_files, fingerprint
from analysis.pipeline.parameters import checked, declared
from analysis.study import PROJECT, find_folder, read_study

NOTEBOOKS = PROJECT / "notebooks"
BOOK = PROJECT / "book"
PUBLISHED = PROJECT / "data" / "published"
REPORTING = PROJECT / "data" / "reporting"
DEFAULT_STUDY = "data/casework"
OUT = BOOK / "_build"
WORKERS = os.cpu_count() or 2


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
    out, folder = out.resolve(), find_folder(study)
    notebooks = sorted(NOTEBOOKS.glob("*.ipynb"))
    chosen = chosen_parameters(notebooks, study, given)
    building = code_files(Path(__file__).parent)
    code = [path for path in code_files(Path(__file__).parents[1]) if path not in building]
    inputs = [*code, *data_files(PUBLISHED), *data_files(folder)]
    written = [*book_files(BOOK), *data_files(REPORTING), PROJECT / "requirements.txt"]
    everything = [*notebooks, *inputs, *building, *written]
    mark = fingerprint(everything, {path.stem: values for path, values in chosen.items()})
    if release.published(out) == mark:
        return out / "html" / "index.html", False
    release.check_place(out)
    from analysis.records import check_tables

    check_tables(read_study(folder))
    _run_tasks(chosen, inputs, building, out / "work")
    return release.publish(out / "work" / "html", out / "work" / "results.csv", out, mark), True


def run_one(name: str, given: Mapping[str, Any], target: Path) -> Path:
    """Run one notebook with the given parameters and write the result to `target`.

    Raises
    ------
    ParameterError, NotebookError
    """
    from analysis.pipeline.run import run_notebook

    source = NOTEBOOKS / f"{name}.ipynb"
    if not source.is_file():
        known = ", ".join(path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb")))
        raise ParameterError(f"There is no notebook {name!r}; the notebooks are: {known}.")
    if target.resolve() == source.resolve():
        raise ParameterError(
            f"{target} is the stored notebook itself; choose another place with --to."
        )
    _settle_environment()
    run_notebook(source, target, checked(source, given))
    return target


def accept_all() -> list[str]:
    """Run every notebook with its defaults and store the results as the new reference: all of them or none.

    Returns the names of the notebooks whose stored file changed.
    """
    from concurrent.futures import ThreadPoolExecutor
    from tempfile import TemporaryDirectory

    from analysis.pipeline.run import run_notebook

    sources = sorted(NOTEBOOKS.glob("*.ipynb"))
    _settle_environment()
    with TemporaryDirectory(prefix="accept-") as scratch:
        fresh = {source: Path(scratch) / source.name for source in sources}
        with ThreadPoolExecutor(WORKERS) as pool:
            runs = {
                pool.submit(run_notebook, source, target, {}): source
                for source, target in fresh.items()
            }
        failures = [str(error) for run in runs if (error := run.exception())]
        if failures:
            raise NotebookError("Nothing was stored.\n" + "\n".join(failures))
        changed = [s for s in sources if s.read_bytes() != fresh[s].read_bytes()]
        for source in changed:
            partial = source.with_name(f".{source.name}.partial")
            partial.write_bytes(fresh[source].read_bytes())
            partial.replace(source)
    return [source.stem for source in changed]


def chosen_parameters(
    notebooks: list[Path], study: str, given: Mapping[str, Mapping[str, Any]]
) -> dict[Path, dict[str, Any]]:
    """Parameters of every notebook, checked; defaults are left to the notebook itself."""
    by_name = {path.stem: path for path in notebooks}
    for name in given:
        if name not in by_name:
            raise ParameterError(
                f"There is no notebook {name!r}; the notebooks are: {', '.join(by_name)}."
            )
    chosen = {}
    for name, path in by_name.items():
        defaults = declared(path)
        values = {"study": study} if "study" in defaults else {}
        values |= given.get(name, {})
        chosen[path] = {k: v for k, v in checked(path, values).items() if v != defaults[k]}
    return chosen


def _run_tasks(
    chosen: Mapping[Path, Mapping[str, Any]], inputs: list[Path], building: list[Path], stage: Path
) -> None:
    import pytask

    from analysis.pipeline.tasks import Plan, tasks

    stage.mkdir(parents=True, exist_ok=True)
    config = stage / "pyproject.toml"
    config.write_text("[tool.pytask.ini_options]\n", encoding="utf-8")
    _settle_environment()
    plan = Plan(chosen, tuple(inputs), tuple(building), BOOK, PUBLISHED, REPORTING, stage)
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


def _settle_environment() -> None:
    """What kernels inherit: no random hashing, one thread per kernel."""
    os.environ |= {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
