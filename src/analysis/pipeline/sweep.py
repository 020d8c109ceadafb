"""One small page for each centre of a study, through the notebook `centre`; what has not changed is not made again."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from html import escape
from itertools import count
from pathlib import Path
from typing import Any

from analysis.pipeline import release
from analysis.pipeline.build import begin, carry_out
from analysis.pipeline.errors import ParameterError
from analysis.pipeline.files import put
from analysis.pipeline.fingerprint import bytes_of, code_files, data_files, fingerprint
from analysis.pipeline.make import NOTEBOOKS, refuse_change
from analysis.pipeline.parameters import checked
from analysis.pipeline.turns import clear_away, only_one
from analysis.study import PROJECT, find_folder, read_study

NOTEBOOK = NOTEBOOKS / "centre.ipynb"
EVERY = "all"


def make_sweep(
    study: str, centre: str, out: Path, given: Mapping[str, Any], cluster: str = ""
) -> tuple[Path, bool]:
    """Make the page of one centre, or of `all` centres, and a page that lists them.

    Parameters
    ----------
    study : folder of the study.
    centre : a centre as it is spelt in the records, or `all`.
    out : folder for `html/` and `results.csv`, as of a report.
    given : parameters of the notebook `centre`.
    cluster : address of a Dask scheduler that does the work; "" for this machine.

    Returns
    -------
    (Path, bool)
        The list of pages, and whether anything had to be done.

    Raises
    ------
    ParameterError, StudyError
        Before anything runs, also when there is no such centre.
    ReportError
        When a page fails.
    """
    out, folder = out.resolve(), find_folder(study)
    values = checked(NOTEBOOK, {"study": study, **given})
    inputs = [
        *code_files(Path(__file__).parents[1]),
        *data_files(folder),
        NOTEBOOK,
        PROJECT / "requirements.txt",
    ]
    asked = {"centre": centre, **values}
    mark = fingerprint(inputs, asked)
    if release.published(out) == mark:
        clear_away(out)
        return out / "html" / "index.html", False
    release.check_place(out)
    if not cluster:
        begin(out / "work")
    names = _chosen(folder, centre)
    with only_one(out):
        stage = out / "work"
        made = _tasks(names, values, inputs, stage, folder)
        carry_out(made, stage, cluster, bytes_of(data_files(folder)))
        refuse_change(inputs, asked, mark, out)
        first = release.publish(stage / "html", stage / "results.csv", out, mark)
    return first, True


def _chosen(folder: Path, centre: str) -> list[str]:
    from analysis.records import check_tables, load_monitoring

    study = read_study(folder)
    check_tables(study)
    if not study.has_monitoring:
        raise ParameterError(
            f"{folder.name}: pages of centres are made from monitoring, which this study has not."
        )
    names = sorted(load_monitoring(study)["centre"].astype(str).unique())
    if centre == EVERY:
        return names
    if centre not in names:
        raise ParameterError(
            f"There is no centre {centre!r} in the records; there are: {', '.join(names)}."
        )
    return [centre]


def file_names(centres: Sequence[str]) -> dict[str, str]:
    """A file name for each centre: letters and digits of its name, with the first free number where another has it."""
    names: dict[str, str] = {}
    taken = {"index"}
    for number, centre in enumerate(centres, 1):
        plain = unicodedata.normalize("NFKC", centre).lower()
        name = re.sub(r"\W+", "-", plain).strip("-")[:60] or f"centre-{number}"
        free = (f"{name}-{n}" for n in count(2))
        names[centre] = name if name not in taken else next(n for n in free if n not in taken)
        taken.add(names[centre])
    return names


def _tasks(
    centres: Sequence[str], values: Mapping[str, Any], inputs: list[Path], stage: Path, folder: Path
) -> list[Callable[..., Any]]:
    names = file_names(centres)
    executed = {centre: stage / "notebooks" / f"{name}.ipynb" for centre, name in names.items()}
    made_of = fingerprint(
        inputs, {}
    )  # taken now, once for all: thousands of tasks share the inputs
    runs = [_run({**values, "centre": c}, made_of, executed[c]) for c in centres]
    return [*runs, _pages(executed, folder, made_of, stage)]


def _run(values: Mapping[str, Any], made_of: str, target: Path) -> Callable[..., Any]:
    from pytask import PythonNode, task

    kwargs = {
        "made_of": PythonNode(value=made_of, hash=True),
        "parameters": PythonNode(value=json.dumps(values, sort_keys=True), hash=True),
        "produces": target,
    }

    @task(name=target.stem, kwargs=kwargs)
    def run(made_of: str, parameters: str, produces: Path) -> None:
        from analysis.pipeline.run import run_notebook

        run_notebook(NOTEBOOK, produces, json.loads(parameters))

    return run


def _pages(
    executed: Mapping[str, Path], folder: Path, made_of: str, stage: Path
) -> Callable[..., Any]:
    from pytask import PythonNode, task

    kwargs = {
        "executed": dict(executed),
        "made_of": PythonNode(value=made_of, hash=True),
        "produces": {"seal": stage / "html.sha256", "numbers": stage / "results.csv"},
    }

    @task(name="pages", kwargs=kwargs)
    def pages(executed: dict[str, Path], made_of: str, produces: dict[str, Path]) -> None:
        from analysis.pipeline import gate

        study, html = read_study(folder), produces["seal"].with_suffix("")
        gate.check(executed.values(), study)
        produces["seal"].unlink(missing_ok=True)
        write_numbers(executed, produces["numbers"])
        write_pages(executed, study.title, study.language, html)
        release.seal(html, produces["seal"])

    return pages


def write_pages(executed: Mapping[str, Path], title: str, language: str, folder: Path) -> None:
    """Write the page of each centre and the page that lists them; pages of centres that are gone go too."""
    import nbformat

    from analysis.pipeline.single_page import html, style

    folder.mkdir(parents=True, exist_ok=True)
    look = style()
    for path in executed.values():
        page = html(nbformat.read(path, as_version=4), language, look)
        put(folder / f"{path.stem}.html", page)
    kept = {"index.html", *(f"{path.stem}.html" for path in executed.values())}
    for old in folder.glob("*.html"):
        if old.name not in kept:
            old.unlink()
    links = "\n".join(
        f'<li><a href="{escape(path.stem)}.html">{escape(centre)}</a></li>'
        for centre, path in executed.items()
    )
    index = (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{escape(title)}</title><style>{look}</style></head>"
        f"<body><main><h1>{escape(title)}</h1><ul>{links}</ul></main></body></html>\n"
    )
    put(folder / "index.html", index)


def write_numbers(executed: Mapping[str, Path], target: Path) -> None:
    """results.csv of all centres: the columns of a report's, with the centre in front."""
    from analysis.pipeline.results import FIELDS, collect, write_rows

    rows = ({"centre": c, **row} for c, path in executed.items() for row in collect([path]))
    write_rows(rows, ("centre", *FIELDS), target)
