"""One report from start to finish: what to make, whether anything has changed, the run, the switch to the new book."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from analysis.patience import counted, patience, seconds_for
from analysis.pipeline import release
from analysis.pipeline.build import begin, carry_out
from analysis.pipeline.errors import NotebookError, ParameterError, ReportError
from analysis.pipeline.files import put
from analysis.pipeline.fingerprint import (
    book_files,
    bytes_of,
    code_files,
    data_files,
    fingerprint,
)
from analysis.pipeline.parameters import checked, declared
from analysis.pipeline.turns import clear_away, only_one, scratch, told
from analysis.study import PROJECT, find_folder, read_study

if TYPE_CHECKING:
    from analysis.pipeline.editions import Edition

NOTEBOOKS = PROJECT / "notebooks"
BOOK = PROJECT / "book"
DATA = PROJECT / "data"
USUAL_RUN = 8.0  # seconds of one notebook with a kernel server to start
SHARED = ("published", "reporting", "evaluation", "standards", "measured")
DEFAULT_STUDY = "data/casework"
OUT = BOOK / "_build"
CHANGED = "What this report is made of was changed while it was being made; run it again."


def make_report(
    study: str, out: Path, given: Mapping[str, Mapping[str, Any]], cluster: str = ""
) -> tuple[Path, bool]:
    """Make the report of a study at `out`, doing again only what has changed.

    Parameters
    ----------
    study : folder of the study.
    out : folder of the report; `html/`, `results.csv` and the work in progress go there.
    given : parameters by notebook name.
    cluster : address of a Dask scheduler that does the work; "" for this machine.

    Returns
    -------
    (Path, bool)
        First page of the book, and whether anything had to be done.

    Raises
    ------
    ParameterError, StudyError
        Before anything runs.
    ReportError
        When a notebook or the book fails, or something was edited meanwhile.
    """
    out, folder = out.resolve(), find_folder(study)
    if out.is_relative_to(folder):
        raise ParameterError(
            f"{out} lies in the study folder, which is only read; choose a place outside it with --to."
        )
    notebooks = sorted(NOTEBOOKS.glob("*.ipynb"))
    chosen = chosen_parameters(notebooks, study, given)
    inputs, building = _sources(folder)
    everything = [*notebooks, *inputs, *building, *book_files(BOOK), PROJECT / "requirements.txt"]
    values = {path.stem: each for path, each in chosen.items()}
    mark = fingerprint(everything, values)
    if release.published(out) == mark:
        clear_away(out)
        return out / "html" / "index.html", False
    release.check_place(out)
    if not cluster:
        begin(out / "work")
    from analysis.pipeline.tasks import Plan, tasks

    edition = _edition(folder)
    with only_one(out):
        wanted = {path: values for path, values in chosen.items() if path.stem in edition.chapters}
        plan = Plan(wanted, tuple(inputs), tuple(building), edition, out / "work")
        carry_out(tasks(plan), plan.stage, cluster, bytes_of(data_files(folder)))
        refuse_change(everything, values, mark, out)
        return release.publish(plan.html, plan.results, out, mark), True


def _sources(folder: Path) -> tuple[list[Path], list[Path]]:
    """What every notebook of a study may read, code and tables, and the code that makes a book of them."""
    building = code_files(Path(__file__).parent)
    code = [path for path in code_files(Path(__file__).parents[1]) if path not in building]
    tables = [file for name in SHARED for file in data_files(DATA / name)]
    return [*code, *tables, *data_files(folder)], building


def usual_place(study: str, centre: str = "") -> Path:
    """Where a report goes when nobody says: the compendium's into the project, any other beside the caller."""
    folder = find_folder(study)
    if folder == find_folder(DEFAULT_STUDY):
        return OUT.with_name("_centres") if centre else OUT
    return Path(f"{folder.name}-centres" if centre else f"{folder.name}-report")


def refuse_change(everything: list[Path], values: Mapping[str, Any], mark: str, out: Path) -> None:
    """A book, or a sweep, may not stand under the mark of what it was not made of.

    Raises
    ------
    ReportError
        When a file or parameter is no longer what `mark` was taken of.
    """
    if fingerprint(filter(Path.is_file, everything), values) != mark:
        raise ReportError(told([CHANGED], out))


def _edition(folder: Path) -> Edition:
    """The compendium for its own study, a report of its own for any other; the tables are checked first."""
    from analysis.pipeline import editions
    from analysis.records import check_tables

    study = read_study(folder)
    with patience("checking the tables", seconds_for(data_files(folder))):
        check_tables(study)
    if folder == find_folder(DEFAULT_STUDY) and study.origin != "records":
        return editions.compendium()
    return editions.of_study(study)  # which looks at every page of real records once more


def run_one(name: str, given: Mapping[str, Any], target: Path) -> Path:
    """Run one notebook with the given parameters and write the result to `target`.

    Raises
    ------
    ParameterError
    NotebookError
        Also when it prints what real records must not show (`gate.check`).
    """
    source = NOTEBOOKS / f"{name}.ipynb"
    if not source.is_file():
        known = ", ".join(path.stem for path in sorted(NOTEBOOKS.glob("*.ipynb")))
        raise ParameterError(f"There is no notebook {name!r}; the notebooks are: {known}.")
    if target.resolve() == source.resolve():
        raise ParameterError(
            f"{target} is the stored notebook itself; choose another place with --to."
        )
    values = checked(source, given)
    begin()
    from analysis.pipeline import gate
    from analysis.pipeline.run import run_notebook

    study = values.get("study", declared(source).get("study"))
    with scratch() as place, patience(f"running {name}", USUAL_RUN):
        executed = Path(place) / source.name
        run_notebook(source, executed, values)
        if study is not None:
            gate.check([executed], read_study(find_folder(study)))
        target.parent.mkdir(parents=True, exist_ok=True)
        put(target, executed.read_bytes())
    return target


def accept_all() -> list[str]:
    """Run every notebook with its defaults and store the results as the new reference: all of them or none.

    Returns the names of the notebooks whose stored file changed.
    """
    begin()
    from concurrent.futures import ThreadPoolExecutor, as_completed
    from tempfile import TemporaryDirectory

    from analysis.pipeline.hands import at_once
    from analysis.pipeline.run import run_notebook

    sources = sorted(NOTEBOOKS.glob("*.ipynb"))
    with TemporaryDirectory(prefix="accept-") as scratch:
        fresh = {source: Path(scratch) / source.name for source in sources}
        with ThreadPoolExecutor(at_once()) as pool:
            runs = {
                pool.submit(run_notebook, source, target, {}): source
                for source, target in fresh.items()
            }
            begun = time.monotonic()
            for done, run in enumerate(as_completed(runs), 1):
                print(counted(done, len(runs), begun), runs[run].stem, file=sys.stderr, flush=True)
        failures = [str(error) for run in runs if (error := run.exception())]
        if failures:
            raise NotebookError("Nothing was stored.\n" + "\n".join(failures))
        changed = [source for source in sources if put(source, fresh[source].read_bytes())]
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
