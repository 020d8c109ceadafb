"""Reading another tool's SQLite file: read-only, only plain tables, every value taken as a stranger's.

What the tables mean is in the readers.
"""

import math
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from analysis.printed import shown
from analysis.readers.archive import MAX_BYTES
from analysis.readers.offsets import FARTHEST

MAGIC = b"SQLite format 3\0"
LARGEST = 2**27  # bytes of one value: 128 MB of text is no interview

Value = str | int | float | None


@dataclass
class Base:
    """An open file: its plain tables (name -> columns), and how many bytes may still be read."""

    name: str
    connection: sqlite3.Connection
    tables: dict[str, list[str]]
    left: int = MAX_BYTES


@contextmanager
def opened(path: Path) -> Iterator[Base]:
    """An SQLite file opened for reading; nothing beside it is read, nothing is written.

    Raises
    ------
    ValueError
        If it is no SQLite file, is damaged or too large, or its tool still has it open: codings
        that stand in its journal would be missed.
    """
    _check(path)
    # immutable: no lock, no journal, no files made beside it
    where = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
    try:
        with closing(sqlite3.connect(where, uri=True)) as connection:
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LARGEST)
            connection.execute("PRAGMA trusted_schema=OFF")
            connection.text_factory = bytes
            yield Base(path.name, connection, _tables(connection))
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise ValueError(
            f"{path.name}: the database cannot be read ({error}); export it again."
        ) from error


def _check(path: Path) -> None:
    with path.open("rb") as file:
        if file.read(len(MAGIC)) != MAGIC:
            raise ValueError(
                f"{path.name} is not an SQLite database. Export the project again from its tool; "
                "do not rename other files to this ending."
            )
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path.name} is larger than {MAX_BYTES // 2**20} MB.")
    for ending in ("-wal", "-journal"):
        beside = path.with_name(path.name + ending)
        if beside.exists() and beside.stat().st_size:
            raise ValueError(
                f"{path.name}: {beside.name} holds changes that are not in the file yet. Close "
                "the project in its tool (or export it) and try again."
            )


def _tables(connection: sqlite3.Connection) -> dict[str, list[str]]:
    """Plain tables only: a view or a virtual table can compute without end."""
    found = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table'")
    names = [
        name.decode("utf-8", "replace")
        for name, sql in found
        if not (sql or b"").lstrip().upper().startswith(b"CREATE VIRTUAL")
    ]
    # table_info leaves out generated columns, which can be made enormous
    columns = "SELECT name FROM pragma_table_info(?)"
    return {
        table: [row[0].decode("utf-8", "replace") for row in connection.execute(columns, [table])]
        for table in names
    }


def rows(base: Base, table: str, needed: str, optional: str = "") -> list[dict[str, Value]]:
    """All rows of a table in the order they were stored; an optional column may be absent (None).

    Parameters
    ----------
    needed, optional : names of columns, separated by blanks.

    Raises
    ------
    ValueError
        If the table or a needed column is absent, a text is not UTF-8, or there is too much.
    """
    present = base.tables.get(table, [])
    missing = [name for name in needed.split() if name not in present]
    if missing:
        raise ValueError(
            f"{base.name}: table {table} has no column {', '.join(missing)}; "
            "this version of the tool's file is not known."
        )
    names = [name for name in [*needed.split(), *optional.split()] if name in present]
    absent = dict.fromkeys(set(optional.split()) - set(names))
    listed = ", ".join(f'"{name}"' for name in names)
    result = []
    for record in base.connection.execute(f'SELECT {listed} FROM "{table}" ORDER BY rowid'):
        base.left -= 16 + sum(len(v) for v in record if isinstance(v, bytes))
        if base.left < 0:
            raise ValueError(f"{base.name}: more than {MAX_BYTES // 2**20} MB of text.")
        values = zip(names, record, strict=True)
        result.append({n: _decoded(v, f"{base.name}: {table}.{n}") for n, v in values} | absent)
    return result


def maybe_rows(base: Base, table: str, needed: str, optional: str = "") -> list[dict[str, Value]]:
    """As `rows`; none where the file has no such table."""
    return rows(base, table, needed, optional) if table in base.tables else []


def count(base: Base, table: str) -> int:
    """How many rows a table has; 0 where there is no such table."""
    if table not in base.tables:
        return 0
    return int(base.connection.execute(f'SELECT COUNT(*) FROM "{table}"').fetchone()[0])


def _decoded(value: Value | bytes, where: str) -> Value:
    if not isinstance(value, bytes):
        return value
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"{where}: byte {error.start} of a text is not UTF-8.") from error


def text(value: Value) -> str:
    """A value as text; nothing is ""."""
    return "" if value is None else str(value)


def whole(value: Value, where: str) -> int:
    """A value as a whole number, also where the tool stored it as text.

    Raises
    ------
    ValueError
        If it is none, or too large for a position; `where` says of what.
    """
    try:
        number = float(text(value))
    except ValueError:
        number = math.nan
    if not number.is_integer() or abs(number) >= FARTHEST:
        raise ValueError(f"{where} is {shown(value)}, not a whole number; export it again.")
    return int(number)


def only_project(base: Base, table: str, name: str) -> str:
    """The name of the one project in the file.

    Raises
    ------
    ValueError
        If there are several: their codes and coders do not belong together.
    """
    names = [text(row[name]) for row in maybe_rows(base, table, name)]
    if len(names) > 1:
        listed = ", ".join(shown(each) for each in names)
        raise ValueError(
            f"{base.name} holds {len(names)} projects ({listed}); export the one you want to a "
            "file of its own."
        )
    return names[0] if names else ""
