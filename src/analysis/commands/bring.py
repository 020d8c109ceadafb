"""`casework new` and `casework import`: a study folder to begin with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

REFUSED = 2


def new(folder: Annotated[Path, typer.Argument(help="The folder to make.")]) -> None:
    """Make a study folder to fill: a study.toml that explains every line, and empty tables."""
    from analysis.importing.blank import write_blank

    try:
        names = write_blank(folder)
    except (ValueError, OSError) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(REFUSED) from None
    typer.echo(f"Made {folder}: {', '.join(names)}.")
    typer.echo(f"Fill the tables, change study.toml to fit, then run: casework check {folder}")


def import_(
    files: Annotated[
        list[Path],
        typer.Argument(
            help="Tables (.csv .tsv .xlsx .sav .dta .parquet), coded interviews (.qdpx .sqlite3 ...)."
        ),
    ],
    to: Annotated[Path, typer.Option(help="The study folder to make.")],
    as_json: Annotated[bool, typer.Option("--json", help="The guesses as JSON.")] = False,
) -> None:
    """Make a study folder from files of any shape, and say what was guessed and how sure it is.

    The files are only read. Ends with 0 when a study was made, 2 when the files cannot be used.
    """
    from analysis.importing.bring import bring
    from analysis.patience import patience, seconds_for

    try:
        with patience("reading the files", 2 * seconds_for(files)):
            guesses = bring(files, to)
    except (ValueError, OSError) as error:
        typer.echo(f"{error}\nNothing was written.", err=True)
        raise typer.Exit(REFUSED) from None
    if as_json:
        typer.echo(
            json.dumps([vars(guess) for guess in guesses.made], ensure_ascii=False, indent=1)
        )
        return
    typer.echo("\n".join(guesses.lines()))
    doubts = len(guesses.doubts())
    typer.echo(
        f"Made {to}. "
        + (
            f"{doubts} of the guesses {'is' if doubts == 1 else 'are'} unsure: look at study.toml first. "
            if doubts
            else ""
        )
        + f"Next: casework check {to}"
    )
