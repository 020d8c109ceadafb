"""What may be shown of the interviews: masks for quotes, and the gate before any is printed.

The study's `allow.csv` and `mask.csv` are read here; everything else is pure. Tables of counts
are in `small_cells`.
"""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pandas as pd

from analysis.identifiers import text_column

MAX_SHOWN = 20
LISTS = {"allow.csv": ("word", "reason"), "mask.csv": ("found", "replacement")}
MEND = (
    "To mend it, give the passage a replacement in the study folder's mask.csv (found,replacement), "
    "or, when it leads to nobody, name it in allow.csv (word,reason)."
)


class DisclosureError(ValueError):
    """Passages that must not be shown as they are; `hits` holds them as `identifiers.scan` gave them."""

    def __init__(self, message: str, hits: pd.DataFrame | None = None):
        self.hits = hits
        super().__init__(message)


def gate(hits: pd.DataFrame) -> None:
    """Let nothing through that `identifiers.scan` found.

    Raises
    ------
    DisclosureError
        When there is any hit: place, kind and words of each (the first 20), and how to mend it.
    """
    if hits.empty:
        return
    lines = [
        f"{hit.document}, row {hit.row}, characters {hit.start} to {hit.end}: "
        f"{hit.kind} «{hit.found}» ({hit.why})"
        for hit in hits.head(MAX_SHOWN).itertuples()
    ]
    if len(hits) > MAX_SHOWN:
        lines.append(f"and {len(hits) - MAX_SHOWN} more")
    head = f"{len(hits)} passage(s) might lead to a person and must not be shown as they are:"
    raise DisclosureError("\n".join([head, *lines, MEND]), hits)


def read_allow(folder: Path) -> pd.DataFrame:
    """The study's `allow.csv`: `word, reason`; empty without the file.

    Raises
    ------
    ValueError
        For other columns, a word without a reason, a word twice: file, line and what was expected;
        for a link that leads out of the folder.
    """
    return _read_list(Path(folder) / "allow.csv")


def read_mask(folder: Path) -> pd.DataFrame:
    """The study's `mask.csv`: `found, replacement`, a replacement such as `[name]`; see `read_allow`."""
    return _read_list(Path(folder) / "mask.csv")


def _read_list(file: Path) -> pd.DataFrame:
    expected = LISTS[file.name]
    if not file.exists() and not file.is_symlink():
        return pd.DataFrame(columns=list(expected), dtype="str")
    if not file.resolve().is_relative_to(file.parent.resolve()):
        raise ValueError(
            f"{file.name}: it is a link that leads out of the study folder and is not followed; "
            "copy the file into the study folder."
        )
    if not file.is_file():
        raise ValueError(f"{file.name}: it is no file that can be read; expected a table in CSV.")
    try:
        with file.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            rows = [
                (reader.line_num, [cell.strip() for cell in cells]) for cells in reader if cells
            ]
    except (UnicodeDecodeError, csv.Error, OSError) as error:
        raise ValueError(f"{file.name}: not readable as CSV in UTF-8 ({error}).") from error
    if any("\0" in cell for _, cells in rows for cell in cells):
        raise ValueError(f"{file.name}: it holds a NUL byte; save it again as CSV in UTF-8.")
    header = tuple(rows[0][1]) if rows else ()
    if header != expected:
        found = ", ".join(header) or "nothing"
        raise ValueError(f"{file.name}: line 1 holds {found}; expected {','.join(expected)}.")
    problems = _list_problems(rows[1:], expected)
    if problems:
        raise ValueError("\n".join(f"{file.name}: {problem}" for problem in problems))
    return pd.DataFrame([cells for _, cells in rows[1:]], columns=list(expected), dtype="str")


def _list_problems(rows: list[tuple[int, list[str]]], expected: tuple[str, ...]) -> list[str]:
    problems, seen = [], set()
    for line, cells in rows:
        if len(cells) != len(expected) or not all(cells):
            problems.append(f"line {line}: expected {' and '.join(expected)}, both filled in.")
        elif cells[0] in seen:
            problems.append(f"line {line}: {cells[0]!r} stands there twice.")
        elif expected == LISTS["mask.csv"] and cells[0] in cells[1]:
            problems.append(f"line {line}: the replacement still holds {cells[0]!r}.")
        seen.update(cells[:1])
    return problems


def mask(texts: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The texts with every `found` put in place by its `replacement`.

    Parameters
    ----------
    texts
        As for `identifiers.scan`. Offsets that point into the texts no longer fit afterwards.
    table
        `found, replacement`. Whole words, letter by letter as written, longest first, in one pass: a
        replacement is not replaced again. Scan and gate afterwards: another case of the word is
        another entry, and a made-up name as replacement must be allowed by name.
    """
    column = text_column(texts)
    pairs = dict(zip(table["found"], table["replacement"], strict=True))
    if not pairs:
        return texts.copy()
    pattern = _any_of(pairs)
    replaced = [
        pattern.sub(lambda match: pairs[match[0]], text) if isinstance(text, str) else text
        for text in texts[column]
    ]
    return texts.assign(**{column: replaced})


def masked(texts: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """What `mask` replaces: `replacement, n` for every entry, n = 0 too; the words themselves stay out."""
    column, pairs = text_column(texts), list(zip(table["found"], table["replacement"], strict=True))
    joined = "\n".join(text for text in texts[column] if isinstance(text, str))
    found = _any_of(dict(pairs)).findall(joined) if pairs else []
    rows = [(replacement, found.count(word)) for word, replacement in pairs]
    return pd.DataFrame(rows, columns=["replacement", "n"])


def _any_of(pairs: dict[str, str]) -> re.Pattern[str]:
    longest = sorted(pairs, key=lambda word: (-len(word), word))
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, longest))})(?!\w)")
