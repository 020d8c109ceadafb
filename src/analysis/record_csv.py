"""Text files of cells: encoding and delimiter told from the content, large plain files read by pyarrow.

Both ways give the same cells; tests/test_record_files.py holds them to it.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.cells import WORDS, as_cells, as_words
from analysis.printed import one_line
from analysis.problem import MAX_KEPT, Problem, TableError, refused
from analysis.toml import twice

LARGE = 2**22  # bytes from which pyarrow reads
MAX_COLUMNS = 5_000
MAX_CELL = 131_072
RUSSIAN = ("cp1251", "koi8_r", "cp866", "mac_cyrillic")
COMMON = frozenset("оеаинтсрвлкмдпу")
MEND_EMPTY = (
    "is it the right file? A table has the names of its columns in the first row, and rows below."
)
NUL = "a NUL byte; expected a text file, CSV in UTF-8."
MEND_NUL = "the file is damaged or no text; save the table again as CSV (UTF-8)."
# Three Cyrillic letters of UTF-8 in a row: in Windows-1251 that would be "РџСЂРё", which no word is.
_MIXED = re.compile(rb"(?:[\xd0\xd1][\x80-\xbf]){3}")
_INSIDE = re.compile(rb'[^,;\t\r\n"]"[^,;\t\r\n"]')


def read_text_file(file: Path, above: int = 0) -> tuple[pd.DataFrame, list[Problem]]:
    """A delimited text file as text cells, and what was assumed; `record_files.read_cells` says how."""
    raw = file.read_bytes()
    quick = _by_arrow(raw) if len(raw) >= LARGE and not above else None
    if quick is not None:
        return quick, []
    text, notes = decoded(file.name, raw)
    rows = _rows(file.name, text, above)
    if len(rows) < 2:
        found = "a header and no row below it" if rows else "nothing"
        raise refused(file.name, f"holds {found}; expected a header and rows.", MEND_EMPTY)
    (_, header), *body = rows
    names = [name.strip() for name in header]
    twice = header_problems(file.name, names)
    sound = [row for row in body if len(row[1]) == len(names)]
    wrong = [
        Problem(
            file.name,
            f"{len(cells)} cells; expected {len(names)} as in the header.",
            line,
            expected=f"{len(names)} cells",
            mend="put cells that hold the delimiter or a line break in quotation marks.",
            kind="row length",
        )
        for line, cells in body
        if len(cells) != len(names)
    ][:MAX_KEPT]
    if len(sound) <= len(body) / 2:
        raise TableError([*twice, *wrong])
    lines = pd.Index([line for line, _ in sound], name="line")
    columns = list(zip(*(cells for _, cells in sound), strict=True))
    notes += [*twice, *wrong, *unnamed_columns(file.name, names)]
    return table_of(first_of_each(names, columns), lines), notes


def first_of_each(names: Iterable[str], columns: Iterable[Any]) -> dict[str, Any]:
    """Columns by name; of two with one name the first, for `header_problems` says that there are two."""
    found: dict[str, Any] = {}
    for name, column in zip(names, columns, strict=True):
        found.setdefault(name, column)
    return found


def table_of(columns: dict[str, Any], lines: pd.Index) -> pd.DataFrame:
    """Columns of texts as text cells; columns without a name are left out, and rows without a cell."""
    cells = {
        name: (as_words if name in WORDS else as_cells)(values, lines)
        for name, values in columns.items()
        if name
    }
    frame = pd.DataFrame(cells, index=lines)
    blank = frame.isna().all(axis=1)
    return frame[~blank] if blank.any() else frame


def unnamed_columns(file: str, names: list[str]) -> list[Problem]:
    """A warning where columns have no name: R and pandas write the numbers of rows there."""
    unnamed = [number for number, name in enumerate(names, 1) if not name]
    if not unnamed:
        return []
    said = f"column {unnamed[0]} has no name in the header, and is not read."
    return [
        Problem(file, said, mend="give it a name or delete it.", severity="warning", kind="no name")
    ]


def header_problems(file: str, names: list[str]) -> list[Problem]:
    """Columns named twice, and more of them than any study has."""
    problems = [
        Problem(
            file,
            "stands there more than once.",
            column=one_line(name)[:200],
            mend="rename or delete one of them.",
            kind="column twice",
        )
        for name in twice(name for name in names if name)
    ]
    if len(names) > MAX_COLUMNS:
        raise refused(
            file,
            f"{len(names):,} columns; expected at most {MAX_COLUMNS:,}.",
            "one row per family and wave; is the table turned on its side?",
        )
    return problems


def decoded(name: str, raw: bytes) -> tuple[str, list[Problem]]:
    """The text of a file without its mark, and a warning where its encoding had to be guessed.

    Raises
    ------
    TableError
        If it is no text, or in no encoding that is known, or in two that are mixed.
    """
    wide = _wide(raw)
    if wide:
        return _unpacked(name, raw, wide), []
    if b"\0" in raw:
        line = raw.count(b"\n", 0, raw.index(b"\0")) + 1
        raise refused(name, NUL, MEND_NUL, line)
    try:
        return raw.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        if _MIXED.search(raw):
            raise refused(
                name,
                "bytes that are no UTF-8, though other lines are; two encodings are mixed.",
                "it was put together from files in different encodings; save each as UTF-8 first.",
                raw.count(b"\n", 0, error.start) + 1,
            ) from error
    encoding = _guessed(raw)
    if encoding is None:
        raise refused(
            name, "not UTF-8, nor any encoding that is known here.", "save it as CSV (UTF-8)."
        )
    said = f"not UTF-8; read as {encoding}."
    mend = "look whether the letters are right, and save it as CSV (UTF-8)."
    return raw.decode(encoding), [Problem(name, said, mend=mend, severity="warning", kind="guess")]


def _wide(raw: bytes) -> str:
    """The kind of UTF-16 a file is in: by its mark, or by every second byte being zero; "" for none.

    UTF-32 is known by its mark.
    """
    if raw.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return "utf-32"
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    start = raw[:4096]
    often = len(start) / 5
    if start[1::2].count(0) > often > start[::2].count(0):
        return "utf-16-le"
    return "utf-16-be" if start[::2].count(0) > often > start[1::2].count(0) else ""


def _unpacked(name: str, raw: bytes, encoding: str) -> str:
    try:
        text = raw.decode(encoding)
    except UnicodeDecodeError as error:
        said = f"damaged as {encoding.upper()}."
        raise refused(name, said, "save it as CSV (UTF-8).") from error
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise refused(name, NUL, MEND_NUL, line)
    return text


def _guessed(raw: bytes) -> str | None:
    """The encoding that gives the most Russian text, else what charset-normalizer holds likeliest."""
    score, encoding = max((_russian(raw, name), -at) for at, name in enumerate(RUSSIAN))
    if score >= 0.35:
        return RUSSIAN[-encoding]
    from charset_normalizer import from_bytes

    best = from_bytes(raw[: 2**18]).best()
    try:
        return best.encoding if best and raw.decode(best.encoding) else None
    except UnicodeDecodeError:
        return None


def _russian(raw: bytes, encoding: str) -> float:
    """Share of common Russian letters among all signs above ASCII; capitals, which are rarer, weigh less."""
    try:
        signs = [sign for sign in raw.decode(encoding) if not sign.isascii()]
    except UnicodeDecodeError:
        return 0.0
    weights = [1.0 if s in COMMON else 0.6 if s.lower() in COMMON else 0.0 for s in signs]
    return sum(weights) / len(signs)


def delimiter(text: str) -> str:
    """Of comma, semicolon and tab the one that finds most cells in the first filled line."""
    first = next((line for line in text.splitlines() if line.strip()), "")[: MAX_CELL // 2]
    return max(",;\t", key=lambda sign: len(next(csv.reader([first], delimiter=sign), [])))


def _rows(name: str, text: str, above: int) -> list[tuple[int, list[str]]]:
    """(number as a spreadsheet counts, cells) of every row that holds something, below so many lines."""
    rows, line = [], above + 1
    text = "".join(text.splitlines(keepends=True)[above:]) if above else text
    try:
        sign = delimiter(text)
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
        for number, cells in enumerate(reader, above + 1):
            if any(map(str.strip, cells)):
                rows.append((number, cells))
            line = above + reader.line_num + 1
    except csv.Error as error:
        raise refused(
            name,
            f"not readable as CSV ({error}).",
            "look at the quotation marks of this line: each that opens must close, before a delimiter.",
            line,
        ) from error
    return rows


def _by_arrow(raw: bytes) -> pd.DataFrame | None:
    """The cells of a plain file; None when the careful way must look at it."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    start = 3 if raw.startswith(b"\xef\xbb\xbf") else 0
    first, _, _ = raw[start : start + 2**20].partition(b"\n")
    odd = b"\0" in raw or b"\n\n" in raw or b"\n\r\n" in raw or not first.strip()
    if odd or (b'"' in raw and _INSIDE.search(raw)):
        return None
    try:
        header = first.decode("utf-8").rstrip("\r")
        sign = delimiter(header)
        names = [name.strip() for name in next(csv.reader([header], delimiter=sign, strict=True))]
        if header_problems("", names) or not all(names):
            return None
        read = arrow.ReadOptions(column_names=names, skip_rows=1, block_size=2**24)
        kinds = dict.fromkeys(names, pa.dictionary(pa.int32(), pa.string()))
        convert = arrow.ConvertOptions(column_types=kinds, strings_can_be_null=False)
        table = arrow.read_csv(
            pa.BufferReader(memoryview(raw)[start:]),
            read,
            arrow.ParseOptions(delimiter=sign, ignore_empty_lines=False),
            convert,
        )
    except (UnicodeDecodeError, csv.Error, TableError, StopIteration, pa.ArrowException):
        return None
    if table.num_rows + 1 != raw.count(b"\n") + (not raw.endswith(b"\n")):
        return None  # a cell with a line break: rows are no longer lines
    return _from_arrow(table)


def _from_arrow(table: Any) -> pd.DataFrame | None:
    lines = pd.RangeIndex(2, table.num_rows + 2, name="line")
    columns = {}
    for name in table.column_names:
        column = table.column(name).unify_dictionaries().combine_chunks()
        texts = pd.Index(column.dictionary.to_pandas(), dtype="str")
        if len(texts) and int(texts.str.len().max()) > MAX_CELL:
            return None
        columns[name] = pd.Categorical.from_codes(column.indices.to_numpy(), texts)
    return table_of(columns, lines)
