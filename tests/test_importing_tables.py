"""Tables as people lay them out: totals below, merged cells, two rows of headers, footnotes, formulas, codebooks."""

import pandas as pd
import pytest
from openpyxl import Workbook

from analysis.importing import bring as room
from analysis.study import read_study

PLACES = ("North", "South")


def brought(tmp_path, *files):
    guesses = room.bring(list(files), tmp_path / "study")
    table = pd.read_csv(tmp_path / "study" / "monitoring.csv", dtype=str)
    return read_study(tmp_path / "study"), table, guesses


def said(guesses, what):
    return [(guess.value, guess.sure) for guess in guesses.made if guess.what == what]


def book(tmp_path, rows, merged=()):
    """A workbook of one sheet; of a merged area only the first cell holds anything, as spreadsheets keep it."""
    made = Workbook()
    for row in rows:
        made.active.append(row)
    for area in merged:
        made.active.merge_cells(area)
    made.save(tmp_path / "given.xlsx")
    return tmp_path / "given.xlsx"


def wide(first=("id",), before=lambda n: ()):
    """A header and ten families, whose stress was 1 to 4 and later 2 to 5; `before` gives cells left of the id."""
    body = [[*before(n), f"F{n}", n % 4 + 1, n % 4 + 2] for n in range(10)]
    return [[*first, "stress pre", "stress post"], *body]


@pytest.mark.parametrize("word", ["Итого", "Среднее:", "Ст. откл.", "Total for 2021"])
@pytest.mark.parametrize(
    ("first", "before", "left"),
    [
        (("id",), lambda n: (), lambda word: [word]),
        (("centre", "id"), lambda n: (PLACES[n % 2],), lambda word: [None, word]),
        (("centre", "id"), lambda n: (PLACES[n % 2],), lambda word: [word, None]),
        (("№", "id"), lambda n: (n + 1,), lambda word: [11, word]),
    ],
    ids=["id first", "in the id", "before the id", "numbered"],
)
def test_a_row_of_totals_below_a_wide_table_is_no_family(tmp_path, word, first, before, left):
    rows = [*wide(first, before), [*left(word), 24, 34]]
    study, table, guesses = brought(tmp_path, book(tmp_path, rows))
    assert len(table) == 20 and table["family"].nunique() == 10
    assert study.scales[0].high == 5
    assert said(guesses, "rows")[0] == ("row 12 left out", "likely")


def test_a_family_whose_level_is_a_word_of_totals_stays(tmp_path):
    rows = [[*row, level] for row, level in zip(wide(), ["state", *["среднее"] * 10], strict=True)]
    _, table, guesses = brought(tmp_path, book(tmp_path, rows))
    assert len(table) == 20
    assert not any("left out" in value for value, _ in said(guesses, "rows"))
