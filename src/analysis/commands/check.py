"""`casework check`: what is wrong with the records of a study, before anything is made from them."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

WRONG, UNREADABLE = 1, 2


def check(
    study: Annotated[
        str, typer.Argument(help="Folder of the study; else the compendium's own.")
    ] = "data/casework",
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON object instead of lines.")
    ] = False,
) -> None:
    """Say everything that is wrong with the records of a study, and how to mend it.

    Looks at study.toml and at all tables at once; the folder is only read. Ends with 0 if there are
    no errors (warnings may be left), 1 if there are, 2 if the folder cannot be read at all.
    """
    from analysis.checking import check_study
    from analysis.patience import patience, seconds_for
    from analysis.printed import one_line
    from analysis.problem import errors
    from analysis.study import StudyError

    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    try:
        with patience("checking the study", seconds_for(Path(study).rglob("*"))):
            found, problems = check_study(study)
    except StudyError as error:
        if as_json:
            typer.echo(_json(unreadable(study, error.problems)))
        typer.echo("\n".join([*error.problems, "Nothing was checked."]), err=True)
        raise typer.Exit(UNREADABLE) from None
    typer.echo(f"Checked: {found.folder}, “{one_line(found.title)}”.", err=True)
    wrong = len(errors(problems))
    if as_json:
        typer.echo(_json(record(found.title, problems)))
    elif problems:
        typer.echo("\n".join(lines(problems)))
    typer.echo(summary(wrong, len(problems) - wrong), err=True)
    raise typer.Exit(WRONG if wrong else 0)


def _json(record: dict[str, Any]) -> str:
    """As letters where the terminal or pipe can carry them, else as JSON's own escapes."""
    carries_all = (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"
    return json.dumps(record, ensure_ascii=not carries_all, indent=1)


def lines(problems: Sequence[Any]) -> Iterator[str]:
    """The problems as text: at most 20 of one kind, each with how to mend it where that is new."""
    from analysis.problem import by_kind

    mend = ""
    for problem, rest in by_kind(problems):
        yield f"{problem.severity}: {problem.sentence}"
        if problem.mend and problem.mend != mend:
            yield f"    {problem.mend}"
        mend = problem.mend
        if rest:
            yield f"    and {rest:,} more of this kind in {problem.file}; --json lists them all."


def record(study: str, problems: Sequence[Any]) -> dict[str, Any]:
    """The problems as data, errors first."""
    from analysis.problem import errors

    wrong = len(errors(problems))
    return {
        "study": study,
        "problems": [problem.record() for problem in problems],
        "errors": wrong,
        "warnings": len(problems) - wrong,
    }


def unreadable(study: str, said: Sequence[str]) -> dict[str, Any]:
    """A folder that could not be read, in the same form."""
    from analysis.problem import Problem

    return record(
        study, [Problem("study.toml", text.removeprefix("study.toml: ")) for text in said]
    )


def summary(wrong: int, warnings: int) -> str:
    """`2 errors, 1 warning.`"""
    if not wrong and not warnings:
        return "Nothing is wrong with these records as far as can be told."
    counted = f"{_counted(wrong, 'error')}, {_counted(warnings, 'warning')}."
    return counted if wrong else f"{counted} Warnings stop no report; look at each of them once."


def _counted(n: int, what: str) -> str:
    return f"{n:,} {what}{'' if n == 1 else 's'}"
