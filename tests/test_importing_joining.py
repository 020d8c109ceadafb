"""Several tables as one: below each other as waves or centres, beside each other by id or by id and wave.

The tables are tiny and the expected numbers are read off them by hand.
"""

import pytest

from analysis.importing import bring as room
from analysis.records import load_monitoring
from analysis.study import read_study


def brought(tmp_path, **tables):
    """One file for each table, in the order given; cells stand between blanks and commas."""
    files = []
    for name, text in tables.items():
        files.append(tmp_path / f"{name}.csv")
        files[-1].write_text("\n".join(text.split()) + "\n", encoding="utf-8")
    guesses = room.bring(files, tmp_path / "study")
    study = read_study(tmp_path / "study")
    return study, load_monitoring(study), guesses


def said(guesses, what):
    return [(guess.value, guess.sure) for guess in guesses.made if guess.what == what]


def why(guesses, what):
    return " ".join(guess.why for guess in guesses.made if guess.what == what)


FIRST = "id,stress a,5 b,6 c,7"
ONE_MORE = {
    "a remark": ("id,stress,remark a,2,so b,3,so c,4,so", ["likely"]),
    "another measure": ("id,stress,hope a,2,8 b,3,7 c,4,9", ["unsure"]),
}


class TestBelow:
    @pytest.mark.parametrize(("second", "sure"), ONE_MORE.values(), ids=ONE_MORE)
    @pytest.mark.parametrize("turned", [False, True])
    def test_tables_that_differ_by_a_column_are_waves(self, tmp_path, second, sure, turned):
        tables = {"before": FIRST, "after": second}
        tables = dict(reversed(tables.items())) if turned else tables
        study, frame, guesses = brought(tmp_path, **tables)
        assert study.waves == ("before", "after")
        assert frame["stress"].tolist() == [5, 2, 6, 3, 7, 4]
        assert [how for _, how in said(guesses, "only in some tables")] == sure

    def test_a_place_said_once_holds_at_both_waves(self, tmp_path):
        first = "id,centre,stress a,North,5 b,South,6 c,South,7"
        _, frame, _ = brought(tmp_path, before=first, after="id,stress a,2 b,3 c,4")
        places = frame.groupby("centre", observed=True)["stress"].sum()
        assert places.to_dict() == {"North": 7, "South": 20}

    def test_a_register_beside_two_waves(self, tmp_path):
        tables = {
            "before": FIRST,
            "after": "id,stress a,2 b,3 c,4",
            "register": "id,centre a,N b,S c,S",
        }
        study, frame, _ = brought(tmp_path, **tables)
        assert study.waves == ("before", "after") and len(frame) == 6
        assert frame["centre"].astype(str).tolist() == ["N", "N", "S", "S", "S", "S"]

    def test_the_same_numbers_for_the_same_ids_are_no_wave(self, tmp_path):
        study, frame, _ = brought(tmp_path, x=FIRST, y="id,stress,hope a,5,1 b,6,2 c,7,4")
        assert len(study.waves) == 1 and frame["hope"].tolist() == [1, 2, 4]

    def test_ids_that_begin_anew_in_each_file_are_told_apart(self, tmp_path):
        tables = {
            "North": "id,wave,stress 1,1,5 1,2,3 2,1,6 2,2,4",
            "South": "id,wave,stress 1,1,9 1,2,8 2,1,7 2,2,2",
        }
        study, frame, guesses = brought(tmp_path, **tables)
        assert study.waves == ("1", "2") and frame["family"].nunique() == 4
        sums = frame.groupby("centre", observed=True)["stress"].sum()
        assert sums.to_dict() == {"North": 18, "South": 26}
        assert said(guesses, "ids") == [
            ("the name of the table put before each, as North-1", "unsure")
        ]

    def test_wide_tables_with_ids_that_begin_anew(self, tmp_path):
        tables = {
            "North": "id,stress_t1,stress_t2 1,5,3 2,6,4 3,7,5",
            "South": "id,stress_t1,stress_t2 1,9,8 2,7,2 3,4,1",
        }
        study, frame, _ = brought(tmp_path, **tables)
        assert study.waves == ("t1", "t2") and frame["family"].nunique() == 6
        assert frame.groupby("centre", observed=True)["stress"].sum().to_dict() == {
            "North": 30,
            "South": 31,
        }

    def test_rows_given_twice_are_no_other_families(self, tmp_path):
        text = "id,wave,stress a,1,5 a,2,3 b,1,6 b,2,4"
        _, _, guesses = brought(tmp_path, x=text, y=text)
        assert said(guesses, "centre") == [] and said(guesses, "ids") == []

    def test_files_of_one_name_in_two_folders_are_both_read(self, tmp_path):
        files = []
        for year, text in (("2021", FIRST), ("2022", "id,stress a,2 b,3 c,4")):
            (tmp_path / year).mkdir()
            files.append(tmp_path / year / "records.csv")
            files[-1].write_text("\n".join(text.split()), encoding="utf-8")
        room.bring(files, tmp_path / "study")
        study = read_study(tmp_path / "study")
        assert study.waves == ("2021 records", "2022 records")
        assert load_monitoring(study)["stress"].tolist() == [5, 2, 6, 3, 7, 4]


class TestBeside:
    def test_families_of_the_second_table_alone_stay(self, tmp_path):
        _, frame, guesses = brought(
            tmp_path, x="id,stress_pre a,5 b,6 c,7 d,8", y="id,stress_post b,2 c,3 d,1 e,4"
        )
        assert frame["family"].nunique() == 5 and len(frame) == 8
        assert frame.groupby("family", observed=True)["stress"].sum().tolist() == [5, 8, 10, 9, 4]
        assert said(guesses, "files") == [("x and y", "likely")]
        assert "1 only in x, 1 only in y" in why(guesses, "files")

    @pytest.mark.parametrize("turned", [False, True])
    def test_two_tables_by_family_and_wave(self, tmp_path, turned):
        tables = {
            "x": "id,wave,stress a,1,5 a,2,3 b,1,6 b,2,4",
            "y": "id,wave,hope b,2,1 b,1,2 a,2,4 a,1,8 c,1,9",
        }
        tables = dict(reversed(tables.items())) if turned else tables
        _, frame, _ = brought(tmp_path, **tables)
        assert len(frame) == 5
        both = frame.set_index([frame["family"].astype(str), frame["wave"].astype(str)])
        assert both["hope"].to_dict() == {
            ("a", "1"): 8, ("a", "2"): 4, ("b", "1"): 2, ("b", "2"): 1, ("c", "1"): 9
        }  # fmt: skip
        assert both["stress"].dropna().sum() == 18

    def test_the_register_may_stand_first(self, tmp_path):
        register, rated = "id,centre a,N b,S z,S", "id,wave,stress a,1,5 a,2,3 b,1,6 b,2,4"
        _, frame, guesses = brought(tmp_path, x=register, y=rated)
        assert frame["centre"].astype(str).tolist() == ["N", "N", "S", "S"]
        assert said(guesses, "files") == [("y and x", "unsure")]
        assert "1 only in x, which has no ratings of them" in why(guesses, "files")

    def test_a_column_of_both_that_differs_is_said(self, tmp_path):
        _, frame, guesses = brought(
            tmp_path, x="id,centre,s_pre a,N,5 b,N,6 c,N,7", y="id,centre,s_post a,N,1 b,S,2 c,N,3"
        )
        assert set(frame["centre"]) == {"N"}
        assert said(guesses, "centre")[0] == ("taken from x", "unsure")
        assert "rows: 1" in why(guesses, "centre")

    def test_tables_without_a_common_column_are_refused(self, tmp_path):
        with pytest.raises(ValueError, match="no column of ids is in both"):
            brought(tmp_path, x=FIRST, y="person,hope a,1 b,2")
