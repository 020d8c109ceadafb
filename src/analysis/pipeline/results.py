"""results.csv: every number the book prints, collected from the outputs of the executed notebooks."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import nbformat

from analysis.pipeline.errors import NotebookError

RECORD = "application/vnd.casework+json"
RAN = "=+-@\t\r\n＝＋－＠"  # what a spreadsheet would take for the start of a formula
FIELDS = ("notebook", "key", "kind", "origin", "row", "column", "value", "low", "high", "n", "text")


def notes(notebook: nbformat.NotebookNode) -> Iterable[dict[str, Any]]:
    """What a notebook said, showed and tabulated, in order."""
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            note = output.get("data", {}).get(RECORD)
            if note is not None:
                yield note


def collect(notebooks: Iterable[Path]) -> list[dict[str, Any]]:
    """One row per printed number.

    Raises
    ------
    NotebookError
        When a notebook uses a key twice: a number must have one name.
    """
    rows = []
    for path in sorted(notebooks):
        seen = set()
        for note in notes(nbformat.read(path, as_version=4)):
            if note["key"] in seen:
                raise NotebookError(f"{path.name}: the key {note['key']!r} is used twice.")
            seen.add(note["key"])
            common = {"notebook": path.stem, "kind": note["kind"], "origin": note["origin"]}
            rows += [common | record for record in note["records"]]
    return rows


def write_results(rows: Iterable[Mapping[str, Any]], target: Path) -> None:
    """Write the rows as CSV, in one step."""
    write_rows(rows, FIELDS, target)


def write_rows(rows: Iterable[Mapping[str, Any]], fields: Sequence[str], target: Path) -> None:
    """Write rows as CSV, in one step. A text that a spreadsheet would run is written with a leading quote."""
    partial = target.with_name(f".{target.name}.partial")
    with partial.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, fields, lineterminator="\n")
        writer.writeheader()
        writer.writerows({key: _cell(row[key]) for key in fields} for row in rows)
    partial.replace(target)


def _cell(value: Any) -> Any:
    if isinstance(value, str):
        return harmless(value)
    return "" if value is None else value


def harmless(text: str) -> str:
    """The text so that no spreadsheet runs it: https://owasp.org/www-community/attacks/CSV_Injection."""
    text = "\n".join(text.splitlines())  # csv does not quote a lone carriage return
    return f"'{text}" if text and text[0] in RAN else text
