"""A table of a study folder in any format, read as text cells (see `cells`), each row with its number in the file.

Text files are read in `record_csv`, other formats in `record_books`; what the cells mean is not known here.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pandas as pd

from analysis.problem import Problem, TableError, errors, refused

TEXT = (".csv", ".tsv", ".txt")
SUFFIXES = (*TEXT, ".parquet", ".xlsx", ".sav", ".dta")


def read_cells(
    file: Path, coded: Collection[str] = (), sheet: str = "", above: int = 0
) -> tuple[pd.DataFrame, list[Problem]]:
    """A table as text, and what had to be assumed in reading it: `sound_cells` of a table in which nothing is wrong.

    Raises
    ------
    TableError
        Also for rows of another length than the header, and for columns named twice.
    """
    frame, notes = sound_cells(file, coded, sheet, above)
    if wrong := errors(notes):
        raise TableError(wrong)
    return frame, notes


def sound_cells(
    file: Path, coded: Collection[str] = (), sheet: str = "", above: int = 0
) -> tuple[pd.DataFrame, list[Problem]]:
    """A table as text, as far as it is one, and what is wrong with the rest.

    Parameters
    ----------
    file
        CSV or TSV; `.xlsx`; `.parquet`; `.sav`, `.dta`.
    coded
        Columns in which SPSS and Stata codes stay codes; elsewhere their value labels stand.
    sheet
        Of a workbook; "" for the first that holds something.
    above
        Rows of a text file or sheet above the header, which are passed over.

    Returns
    -------
    frame
        Categorical text columns under the names of the file, indexed by `line`: the row as a spreadsheet
        counts, which is the line where no cell holds a line break; in other formats the first row is 2, as if a header stood above.
        Rows without anything in them are left out.
    notes
        Warnings, such as an encoding that was guessed; errors for rows of another length than the header, which are
        left out where the others are more, and for columns named twice, of which the first is kept.

    Raises
    ------
    TableError
        When the file is no table: unreadable, empty, header only, most rows of another length than the header, NUL
        bytes, too wide, too large a cell.
    """
    suffix = file.suffix.lower()
    if suffix not in SUFFIXES:
        known = ", ".join(SUFFIXES)
        raise refused(file.name, f"not a kind of table that can be read; expected {known}.")
    try:
        if suffix in TEXT:
            from analysis.record_csv import read_text_file

            return read_text_file(file, above)
        from analysis.record_books import read_book

        return read_book(file, coded, sheet, above)
    except OSError as error:
        raise refused(file.name, f"cannot be opened ({error.strerror or error}).") from error
