"""Strict reading of delimited text files: cells stay text, every problem is named at once.

Nothing here knows what the columns mean.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterable
from pathlib import Path

import pandas as pd

from analysis.printed import shown
from analysis.record_csv import decoded


def read_delimited(path: Path, required: Iterable[str]) -> tuple[pd.DataFrame, list[str]]:
    """A delimited text file as a frame of text, and what was assumed in reading it.

    Parameters
    ----------
    path
        Delimiter comma, semicolon or tab; UTF-8, UTF-16, or what is told from the letters
        (Windows-1251, KOI8-R, cp866 and others).
    required
        Columns that must be there, in any order; names are compared without case.

    Returns
    -------
    frame
        One row per line that is not blank, cells stripped, indexed by `line` of the file.
    notices
        One sentence per assumption.

    Raises
    ------
    ValueError
        One line per problem: unreadable, empty, header only, columns missing or repeated, rows of
        another length than the header, quotation marks that do not close, NUL bytes.
    """
    text, notices = _decode(path)
    if not text.strip():
        raise_problems(path, ["the file is empty; expected a header line and one line per figure"])
    required = list(required)
    rows = _rows(path, text, _delimiter(text, required))
    top, names = rows[0]
    header = [name.strip().casefold() for name in names]
    raise_problems(path, _header_problems(top, header, required))
    filled = [(line, cells) for line, cells in rows[1:] if any(cell.strip() for cell in cells)]
    if not filled:
        raise_problems(
            path, ["there is a header and no figure below it; expected one line per figure"]
        )
    raise_problems(
        path, [_ragged(line, cells, header) for line, cells in filled if len(cells) != len(header)]
    )
    lines = pd.Index([line for line, _ in filled], name="line")
    cells = [[cell.strip() for cell in cells] for _, cells in filled]
    frame = pd.DataFrame(cells, columns=header, index=lines, dtype="str")
    return frame.loc[:, [bool(name) for name in header]], notices


def _decode(path: Path) -> tuple[str, list[str]]:
    """The text of a file and a notice where its encoding had to be guessed."""
    try:
        raw = Path(path).read_bytes()
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from error
    if raw.startswith(b"PK\x03\x04"):
        raise_problems(
            path, ["this is a spreadsheet or zip archive; save the sheet as CSV (UTF-8)"]
        )
    text, notes = decoded(str(path), raw)
    return text, [note.sentence for note in notes]


def _delimiter(text: str, required: Collection[str]) -> str:
    """Of comma, semicolon and tab the one that finds most of the required columns in line 1."""
    first = re.split(r"[\r\n]", text.lstrip("\r\n"))[0]

    def found(delimiter: str) -> tuple[int, int]:
        names = [name.strip().casefold() for name in next(csv.reader([first], delimiter=delimiter))]
        return sum(name in names for name in required), len(names)

    return max((",", ";", "\t"), key=found)


def _rows(path: Path, text: str, delimiter: str) -> list[tuple[int, list[str]]]:
    """Cells with the line they start on; blank lines left out."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    rows, line = [], 1
    try:
        for cells in reader:
            if cells:
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise_problems(
            path, [f"line {line}: the quotation marks do not close as CSV asks ({error})"]
        )
    return rows


def _header_problems(line: int, header: list[str], required: list[str]) -> list[str]:
    missing = [name for name in required if name not in header]
    twice = sorted({name for name in header if name and header.count(name) > 1})
    problems = [
        f"line {line}: column {shown(name)} stands there more than once "
        "(capital and small letters count as one)"
        for name in twice
    ]
    if missing:
        problems.append(
            f"line {line}: there is no column {', '.join(missing)}; found {listed(header)}, "
            f"expected at least {', '.join(required)}"
        )
    return problems


def _ragged(line: int, cells: list[str], header: list[str]) -> str:
    hint = ", or a comma inside a cell that is not quoted" if len(cells) > len(header) else ""
    return (
        f"line {line}: found {len(cells)} cells ({listed(cells)}), expected {len(header)} as in "
        f"the header; a delimiter too many or too few{hint}"
    )


def listed(names: Iterable[object]) -> str:
    """Names for a message, quoted and harmless."""
    return ", ".join(shown(name) for name in names)


def raise_problems(path: Path, problems: list[str]) -> None:
    """Raise one ValueError with a line per problem, each beginning with the file; none, no error."""
    if problems:
        raise ValueError("\n".join(f"{path}: {problem}" for problem in problems))
