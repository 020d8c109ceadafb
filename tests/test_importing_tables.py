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


def test_a_row_without_an_id_that_adds_up_the_others_is_no_family(tmp_path):
    # 1 + 2 + 3 + 4 + 1 + 2 + 3 + 4 + 1 + 2 = 23, and one more each later: 33
    _, table, guesses = brought(tmp_path, book(tmp_path, [*wide(), [None, 23, 33]]))
    assert len(table) == 20
    assert said(guesses, "rows")[0] == ("row 12 left out", "likely")


def test_a_row_without_an_id_that_adds_up_nothing_is_kept(tmp_path):
    _, table, _ = brought(tmp_path, book(tmp_path, [*wide(), [None, 3, 4]]))
    assert len(table) == 22


def test_merged_cells_are_filled_down_and_said(tmp_path):
    rows = [["Study of 2021"], ["centre", "id", "wave", "stress"]]
    for n in range(10):
        place = PLACES[n // 5] if n % 5 == 0 else None
        rows += [[place, f"F{n}", 1, n % 4 + 1], [None, None, 2, n % 4 + 2]]
    areas = [f"B{2 * n + 3}:B{2 * n + 4}" for n in range(10)] + ["A3:A12", "A13:A22", "A1:D1"]
    study, table, guesses = brought(tmp_path, book(tmp_path, rows, areas))
    assert list(table["family"]) == [f"F{n}" for n in range(10) for _ in (1, 2)]
    assert list(table["centre"]) == ["North"] * 10 + ["South"] * 10
    assert said(guesses, "merged cells in id") == [("10 rows", "likely")]
    assert said(guesses, "merged cells in centre") == [("18 rows", "likely")]
    assert study.waves == ("1", "2")


@pytest.mark.parametrize(
    ("upper", "lower", "names"),
    [
        (["wave 1", "wave 2"], ["stress", "hope"], "stress wave 1, hope wave 1"),
        (["stress", "hope"], ["pre", "post"], "stress pre, stress post"),
    ],
)
def test_two_rows_of_headers_are_one(tmp_path, upper, lower, names):
    head = [["id", upper[0], None, upper[1], None], [None, *lower, *lower]]
    rows = [[f"F{n}", n % 4 + 1, n % 5, n % 4 + 2, (n + 1) % 5] for n in range(10)]
    given = book(tmp_path, head + rows, ["A1:A2", "B1:C1", "D1:E1"])
    study, table, guesses = brought(tmp_path, given)
    assert sorted(scale.name for scale in study.scales) == ["hope", "stress"]
    assert len(table) == 20
    ((value, sure),) = said(guesses, "header of given.xlsx")
    assert value.startswith(f"id, {names}") and sure == "likely"


def test_a_column_of_formulas_is_said_to_be_one(tmp_path):
    head, *rows = wide()
    summed = [[*row, f"=B{n}+C{n}"] for n, row in enumerate(rows, 2)]
    study, _, guesses = brought(tmp_path, book(tmp_path, [[*head, "sum"], *summed]))
    assert [scale.name for scale in study.scales] == ["stress"]
    (guess,) = [guess for guess in guesses.made if guess.what == "left out"]
    assert (guess.value, guess.sure) == ("sum", "unsure")
    assert "formulas" in guess.why


def text(tmp_path, rows, *below):
    lines = [",".join("" if cell is None else str(cell) for cell in row) for row in rows]
    (tmp_path / "given.csv").write_text("\n".join([*lines, *below]) + "\n", encoding="utf-8")
    return tmp_path / "given.csv"


@pytest.mark.parametrize(
    "note",
    ['"Source: report, 2023"', "* preliminary", "Источник: отчёт 2023 г.", "As of May 2023,,"],
)
def test_a_note_below_the_table_is_left_out_and_said(tmp_path, note):
    _, table, guesses = brought(tmp_path, text(tmp_path, wide(), note))
    assert len(table) == 20
    assert said(guesses, "rows")[0] == ("row 12 left out", "likely")


def test_a_last_row_that_is_cut_off_is_refused_as_before(tmp_path):
    with pytest.raises(room.BringError, match="2 cells; expected 3"):
        brought(tmp_path, text(tmp_path, wide(), "F10,3"))


CODEBOOK = "tag,description,number of highlights,number of documents\nload,too much,2,1\n"


def test_a_codebook_of_taguette_is_set_aside(tmp_path):
    (tmp_path / "codes.csv").write_text(CODEBOOK, encoding="utf-8")
    _, table, guesses = brought(tmp_path, text(tmp_path, wide()), tmp_path / "codes.csv")
    assert len(table) == 20
    assert ("codes.csv", "likely") in said(guesses, "left out")


def test_a_codebook_alone_is_refused_with_what_is_missing(tmp_path):
    (tmp_path / "codes.csv").write_text(CODEBOOK, encoding="utf-8")
    with pytest.raises(room.BringError, match=r"codes.csv: a codebook only"):
        brought(tmp_path, tmp_path / "codes.csv")
