"""Tables in every format: the same cells whatever the file, and a clear refusal of what is no table."""

import csv
import io
import zipfile
from datetime import date

import numpy as np
import pandas as pd
import pyreadstat
import pytest
from openpyxl import Workbook

from analysis import record_csv
from analysis.cells import day, number, truth
from analysis.problem import TableError
from analysis.record_files import SUFFIXES, read_cells

ROWS = [
    {"family": "007", "date": "2022-01-10", "a": "1", "b": "2.5", "risk": "низкий"},
    {"family": "008", "date": "2022-04-10", "a": "", "b": "5", "risk": "высокий"},
]
PLAIN = "family,date,a,b,risk\n007,2022-01-10,1,2.5,низкий\n008,2022-04-10,,5,высокий\n"


def held(path, coded=()):
    frame, _ = read_cells(path, coded)
    texts = frame.astype(object).where(frame.notna(), "")
    return [dict(row) for _, row in texts.iterrows()]


def refused(path):
    with pytest.raises(TableError) as caught:
        read_cells(path)
    return caught.value.problems[0].sentence


def typed():
    numbers = {"a": [1.0, np.nan], "b": [2.5, 5.0]}
    days = pd.to_datetime(["2022-01-10", "2022-04-10"])
    return pd.DataFrame({"family": ["007", "008"], "date": days, **numbers, "risk": [1.0, 2.0]})


class TestTheSameCells:
    @pytest.mark.parametrize("sign", [",", ";", "\t"])
    @pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1251", "utf-16", "koi8-r"])
    def test_text_files(self, tmp_path, sign, encoding):
        path = tmp_path / "t.csv"
        path.write_bytes(PLAIN.replace(",", sign).encode(encoding))
        assert held(path) == ROWS

    def test_decimal_commas_between_semicolons(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("a;b\n2,5;1\n", encoding="utf-8")
        assert held(path) == [{"a": "2,5", "b": "1"}] and number("2,5") == 2.5

    def test_workbook_with_numbers_dates_and_rows_as_a_person_counts_them(self, tmp_path):
        book = Workbook()
        sheet = book.active
        sheet.append(["family", "date", "a", "b", "risk"])
        sheet.append(["007", date(2022, 1, 10), 1, 2.5, "низкий"])
        sheet.append([])
        sheet.append(["008", date(2022, 4, 10), None, 5.0, "высокий"])
        book.create_sheet("notes").append(["x"])
        book.save(tmp_path / "t.xlsx")
        assert held(tmp_path / "t.xlsx") == ROWS
        frame, (note,) = read_cells(tmp_path / "t.xlsx")
        assert frame.index.tolist() == [2, 4]
        assert note.severity == "warning" and "not read: notes" in note.said

    def test_a_formula_is_its_text(self, tmp_path):
        book = Workbook()
        book.active.append(["a"])
        book.active.append(["=1+1"])
        book.save(tmp_path / "t.xlsx")
        assert held(tmp_path / "t.xlsx") == [{"a": "=1+1"}]

    def test_parquet(self, tmp_path):
        frame = typed().assign(risk=pd.Categorical(["низкий", "высокий"]))
        frame.to_parquet(tmp_path / "t.parquet")
        assert held(tmp_path / "t.parquet") == ROWS

    @pytest.mark.parametrize("suffix", [".sav", ".dta"])
    def test_spss_and_stata_labels_are_texts_and_items_stay_codes(self, tmp_path, suffix):
        labels = {"risk": {1: "низкий", 2: "высокий"}, "a": {1: "never", 2: "often"}}
        write = pyreadstat.write_sav if suffix == ".sav" else pyreadstat.write_dta
        frame = typed()
        if suffix == ".dta":  # Stata labels whole numbers only
            frame = frame.astype({"risk": "int32"}).assign(a=pd.array([1, None], dtype="Int32"))
        write(frame, str(tmp_path / f"t{suffix}"), variable_value_labels=labels)
        assert held(tmp_path / f"t{suffix}", ["a"]) == ROWS
        assert held(tmp_path / f"t{suffix}")[0]["a"] == "never"

    def test_column_without_a_name_is_left_out_and_said(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text(",a\n1,2\n", encoding="utf-8")  # as R and pandas write row numbers
        frame, (note,) = read_cells(path)
        assert list(frame) == ["a"] and note.severity == "warning"

    def test_quotes_keep_their_blanks_and_cells_lose_them(self, tmp_path):
        path = tmp_path / "t.csv"
        path.write_text("a,quote\n x , да \n", encoding="utf-8")
        assert held(path) == [{"a": "x", "quote": " да "}]


class TestLargeFiles:
    @pytest.mark.parametrize("sign", [",", ";", "\t"])
    @pytest.mark.parametrize("end", ["\n", "\r\n"])
    @pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
    def test_both_ways_of_reading_agree(self, tmp_path, monkeypatch, sign, end, quoting):
        rng = np.random.default_rng(1)
        out = io.StringIO()
        writer = csv.writer(out, delimiter=sign, lineterminator=end, quoting=quoting)
        writer.writerow(["family", "центр", "a", "note"])
        for n in range(200):
            centre, rating = rng.choice(["Север", " Юг "]), rng.choice(["1", "2", "", "NA"])
            writer.writerow([f"{n:03d}", centre, rating, rng.choice(["", "a;b,c", 'the "x"'])])
        path = tmp_path / "t.csv"
        path.write_text(out.getvalue(), encoding="utf-8", newline="")
        slow, _ = read_cells(path)
        monkeypatch.setattr(record_csv, "LARGE", 0)
        assert record_csv._by_arrow(path.read_bytes()) is not None
        quick, _ = read_cells(path)
        pd.testing.assert_frame_equal(
            quick.astype("str"), slow.astype("str"), check_index_type=False
        )

    @pytest.mark.parametrize(
        "text",
        ['a,b\n"x\ny",2\n', "a,b\n\n1,2\n", "a,a\n1,2\n", 'a,b\nx"y,2\n', "a,b\n1\n", "\na\n1\n"],
    )
    def test_whatever_is_not_plain_goes_the_careful_way(self, text):
        assert record_csv._by_arrow(text.encode()) is None


class TestRefusals:
    @pytest.mark.parametrize(
        ("content", "said"),
        [
            (b"a,b\n1,\0\n", "row 2: a NUL byte"),
            (
                "a\nпривет\n".encode() + "привет\n".encode("cp1251"),
                "row 3: bytes that are no UTF-8",
            ),
            (("a" + ",a" * 100_000 + "\n1\n").encode(), "100,001 columns"),
            (",".join(f"c{n}" for n in range(100_000)).encode() + b"\n1\n", "100,000 columns"),
            (b"a,b\n" + b"x" * 200_000 + b",1\n", "field larger than field limit"),
            (b"\xff\xfea", "damaged as UTF-16"),
        ],
    )
    def test_text_files_that_are_no_table(self, tmp_path, content, said):
        (tmp_path / "t.csv").write_bytes(content)
        assert said in refused(tmp_path / "t.csv")

    def test_a_guess_is_said(self, tmp_path):
        (tmp_path / "t.csv").write_bytes(
            "a\nÄpfel, äußerst süß\n".replace(",", "").encode("cp1252")
        )
        (note,) = read_cells(tmp_path / "t.csv")[1]
        assert note.severity == "warning" and note.said.startswith("not UTF-8; read as ")

    @pytest.mark.parametrize("suffix", [s for s in SUFFIXES if s not in (".csv", ".tsv", ".txt")])
    @pytest.mark.parametrize("content", [b"", b"nonsense", b"PK\3\4", b"$FL2", b"PAR1xxxxPAR1"])
    def test_damaged_files_of_other_formats(self, tmp_path, suffix, content):
        (tmp_path / f"t{suffix}").write_bytes(content)
        assert refused(tmp_path / f"t{suffix}").startswith(f"t{suffix}: ")

    def test_a_workbook_that_is_a_bomb(self, tmp_path):
        with zipfile.ZipFile(tmp_path / "t.xlsx", "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("xl/workbook.xml", b"0" * 2**24)
        assert "unpacks to more than 300 times its size" in refused(tmp_path / "t.xlsx")

    def test_other_endings(self, tmp_path):
        (tmp_path / "t.ods").write_bytes(b"x")
        assert "not a kind of table that can be read" in refused(tmp_path / "t.ods")


class TestMeaning:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            *(("3", 3.0), ("-2.5", -2.5), ("2,5", 2.5), ("0,125", 0.125), ("1e3", 1000.0)),
            *(("23 538 591,20", 23538591.2), ("1\u00a0250", 1250.0), ("12,1234", 12.1234)),
            *(("1,250", None), ("1,2,3", None), ("inf", None), ("nan", None), ("1_000", None)),
            *(("१", None), ("=1", None), ("", None), ("1e999", None), ("True", None)),
        ],
    )
    def test_numbers(self, text, value):
        assert number(text) == value

    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("2022-02-28", date(2022, 2, 28)),
            ("2022-02-28 00:00:00", date(2022, 2, 28)),
            *(("2022-02-31", None), ("28.02.2022", None), ("2022-02-28 12:00", None), ("", None)),
        ],
    )
    def test_days(self, text, value):
        assert day(text) == value

    def test_truth(self):
        assert [truth(t) for t in ("TRUE", "да", "0", "No", "maybe", "")] == [
            *(True, True, False, False, None, None)
        ]
