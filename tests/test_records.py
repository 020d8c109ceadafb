"""A study's tables: what is read, and every problem with its file, row and column, all at once."""

import numpy as np
import pandas as pd
import pytest

from analysis import record_cache, records
from analysis.study import StudyError, read_study
from conftest import INTERVIEWS, TOML


def problems(small, load=records.load_monitoring):
    with pytest.raises(StudyError) as caught:
        load(read_study(small.folder))
    return caught.value.problems


class TestGoodTables:
    def test_default_study(self):
        frame = records.load_monitoring(read_study("data/casework"))
        assert list(frame.columns[:5]) == ["family", "centre", "curator", "wave", "date"]
        assert frame["wave"].cat.ordered and frame["risk"].cat.ordered
        assert list(frame["risk"].cat.categories) == ["low", "moderate", "high"]
        assert not frame.duplicated(["family", "wave"]).any()
        assert (frame.filter(regex="_[1-6]$").dtypes == "float64").all()
        records.check_tables(read_study("data/casework"))

    def test_another_study_comes_under_standard_names(self, small):
        frame = records.load_monitoring(read_study(small.folder))
        assert list(frame) == ["family", "centre", "curator", "wave", "date", "a", "b", "risk"]
        # leading zeros are part of an id, and the file's own column "family" is not the family
        assert list(frame["family"]) == ["007", "007", "008", "008"]
        assert list(frame["wave"]) == ["1", "2", "1", "2"]
        np.testing.assert_array_equal(frame["a"], [1, 2, 3, np.nan])
        np.testing.assert_array_equal(frame["b"], [5, np.nan, 3, 2.5])
        # a level called None is a level, only an empty cell or NA is missing
        assert frame["risk"].tolist()[:3] == ["None", "some", "high"] and frame["risk"].isna()[3]

    def test_rows_in_any_order_blank_lines_marks_and_line_ends(self, small):
        whole = records.load_monitoring(read_study(small.folder))
        lines = (small.folder / "monitoring.csv").read_text(encoding="utf-8").splitlines()
        turned = [lines[0], *reversed(lines[1:]), "", ",,,,,,,,"]
        small.write("monitoring.csv", "\ufeff" + "\r\n".join(turned) + "\r\n")
        assert records.load_monitoring(read_study(small.folder)).equals(whole)

    def test_real_rows_may_say_that_they_are_real(self, small):
        small.write(
            "monitoring.csv",
            "код,центр,куратор,срез,дата,a,b,риск,synthetic\n007,C1,,1,,1,5,,False\n",
        )
        assert len(records.load_monitoring(read_study(small.folder))) == 1


class TestWhatAStudyMayLack:
    def test_no_centre_no_curator_no_date_no_risk(self, small):
        small.toml(
            'title = "t"\nsynthetic = false\nlanguage = "ru"\n[waves]\norder = ["1", "2"]\n'
            '[columns]\nfamily = "код"\nwave = "срез"\ncentre = ""\ncurator = ""\ndate = ""\n'
            '[[scales]]\nname = "m"\nitems = ["b"]\nlow = 0.5\nhigh = 5\nbetter = "lower"\n'
        )
        frame = records.load_monitoring(read_study(small.folder))
        assert list(frame) == ["family", "centre", "curator", "wave", "date", "b"]
        assert set(frame["centre"]) == {"Все семьи"} and set(frame["curator"]) == {""}
        assert frame["date"].isna().all() and frame["date"].dtype.kind == "M"
        # the second row holds no rating of what this study declares: it is none
        np.testing.assert_array_equal(frame["b"], [5, 3, 2.5])
        records.check_tables(read_study(small.folder))

    def test_no_monitoring_at_all(self, small):
        small.with_interviews()
        small.toml('title = "t"\nsynthetic = false\n' + INTERVIEWS)
        (small.folder / "monitoring.csv").unlink()
        records.check_tables(read_study(small.folder))
        assert "declares no [waves]" in problems(small)[0]

    def test_half_steps_are_an_error_only_where_whole_is_declared(self, small):
        small.change("confirmatory = true", "whole = true")
        assert problems(small) == [
            "monitoring.csv: row 5, column 'b': 2.5 lies between two steps of the scale care."
        ]


class TestOtherFormats:
    def test_the_same_frame_from_a_workbook(self, small):
        whole = records.load_monitoring(read_study(small.folder))
        table = pd.read_csv(small.folder / "monitoring.csv", dtype="str", keep_default_na=False)
        table.to_excel(small.folder / "monitoring.xlsx", index=False)
        (small.folder / "monitoring.csv").unlink()
        pd.testing.assert_frame_equal(records.load_monitoring(read_study(small.folder)), whole)

    def test_a_declared_file_and_an_unclear_one(self, small):
        (small.folder / "monitoring.csv").rename(small.folder / "monitoring.tsv")
        assert len(records.load_monitoring(read_study(small.folder))) == 4
        small.write("monitoring.sav", b"")
        assert "it is unclear which one counts" in problems(small)[0]
        small.toml(TOML + '[monitoring]\ntable = "monitoring.tsv"\n')
        assert len(records.load_monitoring(read_study(small.folder))) == 4

    def test_large_tables_are_kept_outside_the_study(self, small, tmp_path, monkeypatch):
        cache = tmp_path / "cache"
        monkeypatch.setenv("CASEWORK_CACHE", str(cache))
        whole = records.load_monitoring(read_study(small.folder))
        assert not cache.exists()  # a small table is not
        monkeypatch.setattr(record_cache, "LARGE", 0)
        before = sorted(small.folder.iterdir())
        first = records.load_monitoring(read_study(small.folder))
        (stored,) = cache.iterdir()
        again = records.load_monitoring(read_study(small.folder))
        for frame in (first, again):
            pd.testing.assert_frame_equal(frame, whole)
        assert sorted(small.folder.iterdir()) == before
        stored.write_bytes(b"damaged")
        pd.testing.assert_frame_equal(records.load_monitoring(read_study(small.folder)), whole)
        small.rows({5: "008,C2,k2,2,2022-04-11,NA,3,,x"})
        assert records.load_monitoring(read_study(small.folder))["b"].iloc[-1] == 3
        assert stored.stat().st_mode & 0o077 == 0


class TestFurtherTables:
    def test_typed_as_the_contract_says(self, small):
        small.toml(TOML + '[tables]\ncosts = "costs.csv"\nsupervision = "s.csv"\n')
        small.write(
            "costs.csv", "centre;month;payer;item;amount;low;high\nC1;2022-01-01;state;x;2,5;;\n"
        )
        small.write("s.csv", "usefulness,curator,supervisor,date,kept\n,k1,S,2999-01-01,FALSE\n")
        study = read_study(small.folder)
        costs, meetings = (records.load_table(study, name) for name in ("costs", "supervision"))
        assert costs.loc[0, ["centre", "amount"]].tolist() == ["C1", 2.5] and costs["low"].isna()[0]
        assert str(costs["month"].dtype) == "datetime64[us]"
        assert list(meetings) == ["curator", "supervisor", "date", "kept", "usefulness"]
        assert meetings["kept"].tolist() == [False] and meetings["date"][0].year == 2999
        assert records.has(study, "costs") and not records.has(study, "views")
        with pytest.raises(StudyError, match=r"declares no table 'views' in \[tables\]"):
            records.load_table(study, "views")


class TestProblemsOfRows:
    @pytest.mark.parametrize(
        ("row", "said"),
        [
            (",C1,k1,1,2022-01-10,1,5,,x", "column 'код': empty; every row needs one."),
            ("9,,k1,1,2022-01-10,1,5,,x", "column 'центр': empty; every row needs one."),
            ("9,C1,k1,,2022-01-10,1,5,,x", "column 'срез': empty; every row needs one."),
            ("9,C1,k1,3,2022-01-10,1,5,,x", "column 'срез': '3'; expected one of 1, 2."),
            ("9,C1,k1,1,2022-13-10,1,5,,x", "column 'дата': '2022-13-10'; expected a date such as"),
            ("9,C1,k1,1,10.01.2022,1,5,,x", "column 'дата': '10.01.2022'; expected a date such as"),
            ("9,C1,k1,1,2022,1,5,,x", "column 'дата': '2022'; expected a date such as 2022-03-15."),
            ("9,C1,k1,1,2022-01-10,99,5,,x", "column 'a': '99'; expected a number from 1 to 5, or"),
            (
                "9,C1,k1,1,2022-01-10,1,0,,x",
                "column 'b': '0'; expected a number from 1 to 5, or em",
            ),
            ("9,C1,k1,1,2022-01-10,inf,5,,x", "column 'a': 'inf'; expected a number from 1 to 5"),
            ("9,C1,k1,1,2022-01-10,often,5,,x", "column 'a': 'often'; expected a number from 1 to"),
            ("9,C1,k1,1,2022-01-10,True,5,,x", "column 'a': 'True'; expected a number from 1 to 5"),
            (
                "9,C1,k1,1,2022-01-10,1,5,severe,x",
                "column 'риск': 'severe'; expected one of None, ",
            ),
        ],
    )
    def test_named_with_row_and_column(self, small, row, said):
        small.rows({4: row})
        (problem,) = problems(small)
        assert problem.startswith("monitoring.csv: row 4, ") and said in problem

    def test_family_and_wave_twice(self, small):
        small.rows({5: "007,C1,k1,1,2022-01-10,1,5,None,x"})
        assert problems(small) == [
            "monitoring.csv: row 5: family 007 has wave 1 a second time (first in row 2); one row per family and wave."
        ]

    def test_later_wave_dated_before_an_earlier_one(self, small):
        small.rows({3: "007,C1,k1,2,2021-04-10,2,,some,x"})
        (problem,) = problems(small)
        assert problem.startswith("monitoring.csv: row 3, column 'дата': 2021-04-10 is before")

    def test_rows_are_those_of_a_spreadsheet_blank_ones_count_and_lines_within_a_cell_do_not(
        self, small
    ):
        text = (small.folder / "monitoring.csv").read_text(encoding="utf-8")
        lines = text.replace("2.5", "99").splitlines()
        lines[1] = lines[1].replace("x", '"x\ny"')
        small.write("monitoring.csv", "\n\n".join(lines))
        assert problems(small)[0].startswith("monitoring.csv: row 9, column 'b': '99'")

    def test_too_few_and_too_many_cells(self, small):
        small.rows({3: "007,C1,k1,2", 4: "008,C2,k2,1,2022-01-11,3,3,high,x,y"})
        assert problems(small) == [
            "monitoring.csv: row 3: 4 cells; expected 9 as in the header.",
            "monitoring.csv: row 4: 10 cells; expected 9 as in the header.",
        ]

    def test_all_problems_at_once_and_not_without_end(self, small):
        small.rows({2: ",C1,k1,7,soon,99,x,bad,x", 3: "007,C1,k1,2,2022-04-10,2,,worse,x"})
        assert len(problems(small)) == 7
        small.rows({n: f"{n},C1,k1,1,2022-01-10,99,1,,x" for n in range(2, 60)})
        said = problems(small)
        assert len(said) == records.MAX_SHOWN + 1 and said[-1].endswith("and 38 more problems.")


class TestSyntheticAndReal:
    def test_synthetic_row_in_a_real_study(self, small):
        small.rows(
            {2: "007,C1,k1,1,2022-01-10,1,5,None,True"},
            header="код,центр,куратор,срез,дата,a,b,риск,synthetic",
        )
        (problem,) = problems(small)  # "x" is no mark either: four rows that are not plainly real
        assert "row 2, column 'synthetic': True (so in 4 of 4 rows)" in problem
        assert "real and synthetic rows are never mixed" in problem

    @pytest.mark.parametrize("mark", ["False", "", "maybe", "0"])
    def test_unmarked_row_in_a_synthetic_study(self, small, mark):
        small.change("synthetic = false", "synthetic = true")
        header = "код,центр,куратор,срез,дата,a,b,риск,synthetic"
        good = "007,C1,k1,1,2022-01-10,1,5,None,TRUE"
        small.write("monitoring.csv", f"{header}\n{good}\n008,C1,k1,1,2022-01-10,1,5,None,{mark}\n")
        (problem,) = problems(small)
        assert "row 3" in problem and "in 1 of 2 rows" in problem

    def test_synthetic_study_without_the_mark(self, small):
        small.change("synthetic = false", "synthetic = true")
        assert "column 'synthetic': there is no such column" in problems(small)[0]

    def test_interviews_are_not_mixed_either(self, small):
        small.with_interviews()
        small.write("interviews.csv", "interview,role,synthetic\nI1,curator,True\n")
        assert "never mixed" in problems(small, records.load_interviews)[0]


class TestFiles:
    def test_missing_columns_all_named(self, small):
        small.write("monitoring.csv", "код;центр;срез\n1;C1;1\n")
        said = problems(small)
        assert said == [
            f"monitoring.csv: column {name!r}: there is no such column; the columns are: код, центр, срез."
            for name in ("куратор", "дата", "a", "b", "риск")
        ]

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("", "holds nothing; expected a header and rows."),
            ("\n \n", "holds nothing; expected a header and rows."),
            ("код,центр\n", "holds a header and no row below it; expected a header and rows."),
            ("a,a\n1,2\n", "column 'a': stands there more than once."),
            (b"\xea\xee\xe4\n1\n", "one column only, 'код'; expected"),  # cp1251
            ('a,b\n"1,2\n', "row 2: not readable as CSV"),
        ],
    )
    def test_files_that_are_no_table(self, small, content, said):
        small.write("monitoring.csv", content)
        assert said in problems(small)[0] and problems(small)[0].startswith("monitoring.csv: ")

    def test_no_file(self, small):
        (small.folder / "monitoring.csv").unlink()
        assert problems(small)[0].startswith("monitoring.csv: not in the study folder")


class TestInterviews:
    def test_read_as_text_with_blanks_kept_in_quotes(self, small):
        small.with_interviews()
        study = read_study(small.folder)
        assert records.load_interviews(study)["role"].tolist() == ["curator", "supervisor"]
        assert records.load_translations(study)["quote"].tolist() == [" да "]
        assert records.coding_files(study) == [small.folder / "coder.qdpx"]
        records.check_tables(study)

    def test_a_study_without_interviews(self, small):
        study = read_study(small.folder)
        records.check_tables(study)
        assert records.load_translations(study).empty
        for load in (records.load_interviews, records.coding_files):
            assert "declares no [interviews]" in problems(small, load)[0]

    @pytest.mark.parametrize(
        ("table", "said"),
        [
            (
                "interview,centre\nI1,C1\n",
                "column 'role': there is no such column; the columns are: ",
            ),
            (
                "interview,role\nI1,a\nI1,b\n",
                "row 3: interview 'I1' a second time (first in row 2)",
            ),
            ("interview,role\n,a\n", "row 2, column 'interview': empty; every row needs one."),
        ],
    )
    def test_problems(self, small, table, said):
        small.with_interviews()
        small.write("interviews.csv", table)
        assert said in problems(small, records.load_interviews)[0]

    @pytest.mark.parametrize(
        "name", ["../small/../../secret.csv", "/etc/hostname", "..", "../secret.csv"]
    )
    def test_a_path_that_climbs_out(self, small, name):
        (small.folder.parent / "secret.csv").write_text("interview,role\n1,2\n", encoding="utf-8")
        small.with_interviews()
        text = (small.folder / "study.toml").read_text(encoding="utf-8")
        small.toml(text.replace('"interviews.csv"', f'"{name}"'))
        assert "leads out of the study folder" in problems(small, records.load_interviews)[0]

    def test_a_link_that_leads_out(self, small):
        small.with_interviews()
        (small.folder / "coder.qdpx").unlink()
        (small.folder.parent / "outside.qdpx").write_bytes(b"")
        (small.folder / "coder.qdpx").symlink_to(small.folder.parent / "outside.qdpx")
        assert "leads out" in problems(small, records.coding_files)[0]

    def test_every_table_is_checked_and_named_at_once(self, small):
        small.with_interviews()
        small.rows({2: "007,C1,k1,1,2022-01-10,99,5,None,x"})
        small.write("interviews.csv", "interview\nI1\n")
        small.write("translations.csv", "document,quote\nI1,x\n")
        (small.folder / "coder.qdpx").unlink()
        files = [problem.split(":")[0] for problem in problems(small, records.check_tables)]
        assert files == ["monitoring.csv", "interviews.csv", "translations.csv", "coder.qdpx"]
