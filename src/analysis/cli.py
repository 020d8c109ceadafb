"""The command `casework`: what is typed and what is printed. The work is done in the other rooms.

Heavy imports stand inside the commands, so that `casework --help` answers at once.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    import pandas as pd

WEAK_POWER = 0.8
IMPOSSIBLE, MALFORMED = 1, 2

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    help="Tools around the evaluation of a casework technology.",
    pretty_exceptions_enable=False,
)


@app.callback()
def casework() -> None:
    """Tools around the evaluation of a casework technology."""


@app.command()
def audit(
    file: Annotated[
        Path, typer.Argument(help="CSV with the columns statement, n, percent (any order).")
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="One JSON array instead of lines, for programs.")
    ] = False,
) -> None:
    """Say of each printed percentage whether any whole count of people can stand behind it.

    One line per row. A row whose column `base` says none needs no n and is not audited.
    Ends with 0 if every audited figure is possible, 1 if any is impossible, 2 if the file cannot
    be read as it is or holds nothing to audit.
    """
    from analysis.audit import audit as audit_frame
    from analysis.published import read_figures

    try:
        frame, notices = read_figures(file)
    except ValueError as error:
        _complain(f"{error}\nNothing was audited.")
        raise typer.Exit(MALFORMED) from None
    for notice in notices:
        _complain(notice)
    audited = audit_frame(frame)
    rows: list[Any] = audited.to_dict("records")
    if as_json:
        lined = [{"line": line, **row} for line, row in zip(audited.index, rows, strict=True)]
        typer.echo(json.dumps([_record(row) for row in lined], indent=1))
    else:
        _make_printable()
        typer.echo("\n".join(_line(row) for row in rows))
    _complain(_summary(audited["verdict"]))
    raise typer.Exit(_exit_code(audited["verdict"]))


def main() -> None:
    """Entry point of the installed command."""
    app()


def _exit_code(verdicts: pd.Series) -> int:
    if verdicts.eq("impossible").any():
        return IMPOSSIBLE
    return 0 if verdicts.eq("possible").any() else MALFORMED


def _summary(verdicts: pd.Series) -> str:
    counted = {name: int(verdicts.eq(name).sum()) for name in ("possible", "impossible")}
    without = len(verdicts) - sum(counted.values())
    audited = "no figure could be audited" if without == len(verdicts) else ""
    parts = [f"{counted['possible']} possible", f"{counted['impossible']} impossible"]
    if without:
        parts.append(f"{without} without a base")
    return f"{len(verdicts)} figures: {', '.join(parts)}" + (f"; {audited}" if audited else "")


def _line(row: dict[str, Any]) -> str:
    """One row in one harmless line: the statement, the verdict and what it rests on."""
    from analysis.printed import one_line

    detail = {
        "possible": _possible,
        "impossible": _impossible,
        "not auditable": lambda _: "not auditable (no base)",
    }
    return f"{one_line(row['statement'])}: {detail[row['verdict']](row)}"


def _possible(row: dict[str, Any]) -> str:
    n, low, high = row["n"], row["counts_low"], row["counts_high"]
    counts = f"{low} of {n}" if low == high else f"{low} to {high} of {n}"
    if low == high:
        counts += f", 95 % interval {row['low']:.1f} to {row['high']:.1f} %"
    kind = _kind(row["percent"])
    if row["power"] == 0:
        return f"possible (no power: every {kind} is attainable at n={n}); {counts}"
    if row["power"] < WEAK_POWER:
        share = f"{100 * row['attainable']:.0f} % of all figures pass at n={n}"
        return f"possible (weak: with {kind}s {share}); {counts}"
    return f"possible; {counts}"


def _impossible(row: dict[str, Any]) -> str:
    from analysis.audit import REACH

    n, slip = row["n"], row["explanation"]
    parts = [f"no whole count of {n} is printed as {row['percent'].rstrip(' %')} %"]
    if slip:
        parts.append(f"{slip} would give it")
    tried = f"of the {min(REACH, n - 1)} next smaller bases"
    if row["nearest_bases"]:
        fits = ", ".join(str(base) for base in row["nearest_bases"])
        parts.append(f"{tried} {fits} would (by luck {row['bases_by_chance']:.1f} expected)")
    else:
        parts.append(f"{tried} none would")
    return f"impossible; {'; '.join(parts)}"


def _kind(percent: str) -> str:
    from analysis.printed import parse_percent

    decimals = parse_percent(percent)[1]
    if decimals == 0:
        return "whole percentage"
    return f"percentage with {decimals} decimal{'s' if decimals > 1 else ''}"


def _record(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON holds it: nothing missing but null, no not-a-number."""
    return {key: None if _missing(value) else value for key, value in row.items()}


def _missing(value: object) -> bool:
    import pandas as pd

    return not isinstance(value, str | tuple) and bool(pd.isna(value))  # type: ignore[call-overload]


def _make_printable() -> None:
    """A letter the terminal does not know is written as an escape instead of ending the command."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def _complain(text: str) -> None:
    if hasattr(sys.stderr, "reconfigure"):
        sys.stderr.reconfigure(errors="backslashreplace")
    typer.echo(text, err=True)


if __name__ == "__main__":
    main()
