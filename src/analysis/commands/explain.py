"""`casework explain`: where a printed number comes from."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from textwrap import indent
from typing import Annotated, Any

import typer

REFUSED, MOST = 2, 12


def explain(
    key: Annotated[
        str, typer.Argument(help="NOTEBOOK.KEY as in results.csv, or KEY for every notebook.")
    ],
    at: Annotated[
        Path | None, typer.Option(help="Folder of the report; else the compendium's own.")
    ] = None,
    row: Annotated[str, typer.Option(help="Row of a table: its number or part of its name.")] = "",
    column: Annotated[str, typer.Option(help="Column of a table.")] = "",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array instead of lines.")
    ] = False,
) -> None:
    """Say where a printed number comes from: its value, notebook, cell, code, functions, data and release.

    Ends with 0, or with 2 when nothing is printed under this name; near names are told.
    """
    from analysis.pipeline.errors import ParameterError
    from analysis.pipeline.explain import explain as origins
    from analysis.study import PROJECT

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        found = origins(at or PROJECT / "book" / "_build", key, row, column)
    except ParameterError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from None
    if at is None:
        typer.echo("Asked: the compendium's own report. Name yours with --at FOLDER.", err=True)
    if as_json:
        typer.echo(json.dumps(found, ensure_ascii=False, indent=1))
    else:
        typer.echo("\n\n".join("\n".join(lines(one)) for one in found))


def lines(one: Mapping[str, Any]) -> Iterator[str]:
    """One thing printed, as lines of text."""
    yield f"{one['notebook']}.{one['key']}: {one['kind']}, {one['origin']}"
    for number in one["numbers"][:MOST]:
        yield from _number(number)
    if len(one["numbers"]) > MOST:
        yield f"  … {len(one['numbers']) - MOST} more numbers; choose with --row and --column, or --json"
    yield f"  notebook    notebooks/{one['notebook']}.ipynb, code cell {one['cell']}"
    yield indent(one["code"], " " * 14)
    yield f"  functions   {', '.join(one['functions']) or 'none of the package'}"
    yield f"  data        {', '.join(one['data']) or 'none'}"
    said = ", ".join(f"{name} = {value}" for name, value in one["parameters"].items())
    yield f"  parameters  {said or 'none'}"
    release = one["release"]
    whole = "" if release["whole"] else "; NOT WHOLE: a file was changed or lost since it was made"
    yield f"  release     {release['fingerprint']}{whole}"
    yield f"  report      {one['report']}"


def _number(number: Mapping[str, Any]) -> Iterator[str]:
    place = ", ".join(part for part in (number["row"], number["column"]) if part)
    yield f"  printed     {number['text'] or _plain(number['value'])}" + (
        f"   ({place})" if place else ""
    )
    if number["value"] is None or place:
        return
    yield f"  value       {_plain(number['value'])}"
    if number["low"] is not None:
        yield f"  interval    {_plain(number['low'])} to {_plain(number['high'])}"
    if number["n"] is not None:
        yield f"  n           {_plain(number['n'])}"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
