"""The command `casework`: what is typed and what is printed. The work is done in the other rooms.

Heavy imports stand inside the commands, so that `casework --help` answers at once.
"""

from __future__ import annotations

import json
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Annotated, Any

import typer

from analysis.commands.bring import import_, new
from analysis.commands.check import check
from analysis.commands.explain import explain

REFUSED, FAILED = 2, 1

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Evaluate casework with families: reports from study folders, audits of printed figures.",
    pretty_exceptions_enable=False,
)


@app.callback()
def casework() -> None:
    """Evaluate casework with families: reports from study folders, audits of printed figures."""


app.command()(new)
app.command()(check)
app.command()(explain)
app.command("import")(import_)


Given = Annotated[
    list[str] | None,
    typer.Option("--param", "-p", help="NOTEBOOK.NAME=VALUE; may be given several times."),
]


@app.command()
def report(
    study: Annotated[str, typer.Argument(help="Folder of the study.")] = "data/casework",
    to: Annotated[
        Path | None,
        typer.Option(help="Folder of the report; else one beside you, named after the study."),
    ] = None,
    param: Given = None,
    centre: Annotated[
        str, typer.Option(help="A one-page summary of this centre; `all`: one for each centre.")
    ] = "",
    cluster: Annotated[
        str, typer.Option(help="Address of a Dask scheduler, such as tcp://host:8786.")
    ] = "",
) -> None:
    """Make the report of a study: run the notebooks, collect results.csv, build the book.

    Does again only what has changed. A failure leaves the last good book in its place.
    """
    from analysis.pipeline.make import make_report, usual_place
    from analysis.pipeline.turns import stoppable

    with _refusals(study):
        given = _by_notebook(param or [])
        place = to or usual_place(study, centre)
        with stoppable(place):
            if centre:
                from analysis.pipeline.sweep import make_sweep

                page, made = make_sweep(study, centre, place, given.get("centre", {}), cluster)
            else:
                page, made = make_report(study, place, given, cluster)
    typer.echo(
        f"{'The report is ready' if made else 'Nothing has changed; the report stands'}: {page}"
    )


@app.command()
def run(
    notebook: Annotated[str, typer.Argument(help="Name of a notebook, such as change.")],
    param: Annotated[list[str] | None, typer.Option("--param", "-p", help="NAME=VALUE.")] = None,
    to: Annotated[Path | None, typer.Option(help="Where to write the executed notebook.")] = None,
) -> None:
    """Run one notebook with other parameters; the stored one is left as it is."""
    from analysis.pipeline.make import run_one

    with _refusals():
        typer.echo(run_one(notebook, _pairs(param or []), to or Path(f"{notebook}.run.ipynb")))


@app.command()
def accept() -> None:
    """Run every notebook and store its outputs as the new reference, all of them or none."""
    from analysis.pipeline.make import accept_all

    with _refusals():
        changed = accept_all()
    typer.echo(
        f"Stored new outputs: {', '.join(changed)}." if changed else "All outputs are as stored."
    )


@app.command()
def synthesise(
    to: Annotated[Path | None, typer.Option(help="Study folder to write into.")] = None,
    world: Annotated[str, typer.Option(help="Which declared world to make.")] = "favourable",
) -> None:
    """Make the default synthetic study again from its declared model and its invented interviews."""
    from analysis.invented import write_study

    try:
        typer.echo(f"Made: {', '.join(path.name for path in write_study(to, world))}.")
    except ValueError as error:
        _complain(str(error))
        raise typer.Exit(REFUSED) from None


@app.command()
def audit(
    file: Annotated[
        Path, typer.Argument(help="CSV with the columns statement, n, percent (any order).")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array instead of lines.")
    ] = False,
) -> None:
    """Say of each printed percentage whether any whole count of people can stand behind it.

    One line per row. A row whose column `base` says none needs no n and is not audited.
    Ends with 0 if every audited figure is possible, 1 if any is impossible, 2 if the file cannot
    be read as it is or holds nothing to audit.
    """
    from analysis import audit_lines
    from analysis.audit import audit as audit_frame
    from analysis.published import read_figures

    try:
        frame, notices = read_figures(file)
    except ValueError as error:
        _complain("\n".join([str(error), *audit_lines.hints(str(error)), "Nothing was audited."]))
        raise typer.Exit(audit_lines.MALFORMED) from None
    for notice in notices:
        _complain(notice)
    audited = audit_frame(frame)
    rows: list[Any] = audited.to_dict("records")
    if as_json:
        lined = [{"line": line, **row} for line, row in zip(audited.index, rows, strict=True)]
        typer.echo(json.dumps([audit_lines.record(row) for row in lined], indent=1))
    else:
        _make_printable(sys.stdout)
        typer.echo("\n".join(audit_lines.line(row) for row in rows))
    _complain(audit_lines.summary(audited["verdict"]))
    raise typer.Exit(audit_lines.exit_code(audited["verdict"]))


@app.command()
def coding(
    file: Annotated[
        Path,
        typer.Argument(
            help="Coded interviews: .qdpx, .sqlite3, .requal, .csv, .xlsx, *.qda folder."
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of lines.")
    ] = False,
) -> None:
    """Say what of a file with coded interviews is read, what is skipped, and why.

    Ends with 0 if there are codings, 2 if the file cannot be read or holds none.
    """
    from analysis import coding_lines
    from analysis.printed import one_line
    from analysis.readers import read_project

    try:
        project = read_project(file)
    except (ValueError, OSError) as error:
        _complain("\n".join([*map(one_line, str(error).split("\n")), "Nothing was read."]))
        raise typer.Exit(REFUSED) from None
    _make_printable(sys.stdout)
    if as_json:
        typer.echo(json.dumps(coding_lines.record(project), indent=1))
    else:
        typer.echo("\n".join(coding_lines.lines(project)))
    _complain(coding_lines.summary(project))
    raise typer.Exit(coding_lines.exit_code(project))


def main() -> None:
    """Entry point of the installed command."""
    app()


@contextmanager
def _refusals(study: str = "") -> Iterator[None]:
    """What was refused before the work began, or failed during it, said in its own words."""
    from analysis.pipeline.errors import FAILURES, REFUSALS

    try:
        yield
    except REFUSALS as error:
        _complain("\n".join([str(error), *_to_mend(study, error)]))
        raise typer.Exit(REFUSED) from None
    except FAILURES as error:
        _complain(str(error))
        raise typer.Exit(FAILED) from None


def _to_mend(study: str, error: Exception) -> Iterator[str]:
    """Where the mends are told, for a study folder that is there and has something wrong in it."""
    from analysis.study import StudyError, find_folder

    if study and isinstance(error, StudyError):
        with suppress(StudyError):
            find_folder(study)
            yield f"Nothing was made. How to mend it: casework check {shlex.quote(study)}"


def _pairs(given: list[str]) -> dict[str, Any]:
    from analysis.pipeline.parameters import parse

    return dict(parse(text) for text in given)


def _by_notebook(given: list[str]) -> dict[str, dict[str, Any]]:
    from analysis.pipeline.parameters import ParameterError

    chosen: dict[str, dict[str, Any]] = {}
    for text in given:
        notebook, dot, rest = text.partition(".")
        if not dot or "=" in notebook:
            raise ParameterError(
                f"{text!r} does not say which notebook; write NOTEBOOK.NAME=VALUE."
            )
        chosen.setdefault(notebook, {}).update(_pairs([rest]))
    return chosen


def _make_printable(stream: Any) -> None:
    """A letter the terminal does not know is written as an escape instead of ending the command."""
    if hasattr(stream, "reconfigure"):
        stream.reconfigure(errors="backslashreplace")


def _complain(text: str) -> None:
    _make_printable(sys.stderr)
    typer.echo(text, err=True)


if __name__ == "__main__":
    main()
