"""A study folder from other people's files: what is guessed, how sure, and that nothing breaks on anything."""

import io
import tomllib
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.importing import bring as room
from analysis.importing.blank import write_blank
from analysis.importing.words import better_end, fits, parts
from analysis.parts import parts_of
from analysis.records import load_monitoring
from analysis.study import PROJECT, read_study

PUBLIC = Path(__file__).parent / "public"


def brought(tmp_path, *files):
    guesses = room.bring(list(files), tmp_path / "study")
    return read_study(tmp_path / "study"), guesses


def table(tmp_path, text, name="table.csv", encoding="utf-8"):
    file = tmp_path / name
    file.write_text(text, encoding=encoding)
    return file


def sure(guesses, what):
    return [guess.sure for guess in guesses.made if guess.what == what]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("BDI_t1", ("bdi", "t", "1")),
        ("wellBeing2", ("well", "being", "2")),
        ("Код семьи", ("код", "семьи")),
    ],
)
def test_headers_fall_into_words_and_numbers(header, expected):
    assert parts(header) == expected


def test_headers_fit_by_the_word_or_by_a_part():
    assert fits("Family", "family") == 1 and fits("family_id", "family") == 0.7
    assert fits("Учреждение", "centre") == 1 and fits("colour", "centre") == 0
    assert better_end(["well_being"]) == "higher" and better_end(["трудности"]) == "lower"
    assert better_end(["y"]) is None and better_end(["pain support"]) is None


class TestPublicTables:
    """Expected values are facts of the data sets: their help pages, or counted by hand."""

    def test_ten_waves_of_one_measure(self, tmp_path):
        study, guesses = brought(tmp_path, PUBLIC / "sleepstudy.csv")
        frame = load_monitoring(study)
        assert len(frame) == 180 and frame["family"].nunique() == 18
        assert list(study.waves) == [str(day) for day in range(10)]
        assert frame["Reaction"].iloc[0] == 249.56
        assert not study.has_centres and not study.has_dates and study.risk is None
        assert study.scales[0].better == "lower"
        assert study.scales[0].ends_guessed  # reaction times have no ends
        assert [guess.what for guess in guesses.doubts()] == ["ends of reaction"]
        raw = pd.read_csv(PUBLIC / "sleepstudy.csv")
        assert set(frame["family"]) == {
            f"F{n}" for n in raw["Subject"]
        }  # plain numbers get a letter

    def test_a_wide_table_is_turned_long_and_gaps_stay_gaps(self, tmp_path):
        study, guesses = brought(tmp_path, PUBLIC / "BtheB.csv")
        assert list(study.waves) == ["pre", "m2", "m4", "m6", "m8"]
        frame = load_monitoring(study)
        wide = pd.read_csv(PUBLIC / "BtheB.csv")
        counts = frame.dropna(subset=["bdi"]).groupby("wave", observed=True).size()
        assert (
            counts.tolist()
            == wide.filter(like="bdi").notna().sum().tolist()
            == [100, 97, 73, 58, 52]
        )
        assert frame["bdi"].sum() == wide.filter(like="bdi").sum().sum()
        assert sure(guesses, "family") == ["unsure"], "its ids are ours"

    def test_ids_that_begin_anew_in_each_centre(self, tmp_path):
        study, _ = brought(tmp_path, PUBLIC / "respiratory.csv")
        frame = load_monitoring(study)
        assert frame["family"].nunique() == 111 and frame["centre"].nunique() == 2
        assert list(study.risk.levels) == ["0", "1"] and study.scales == ()
        assert (frame["risk"] == "1").sum() == pd.read_csv(PUBLIC / "respiratory.csv")[
            "outcome"
        ].sum()

    def test_an_outcome_in_words(self, tmp_path):
        study, _ = brought(tmp_path, PUBLIC / "schizophrenia2.csv")
        assert list(study.risk.levels) == ["absent", "present"]
        assert list(study.waves) == ["0", "2", "6", "8", "10"]

    def test_items_of_one_wave_are_scales_and_not_waves(self, tmp_path):
        study, _ = brought(tmp_path, PUBLIC / "bfi.csv")
        assert len(study.waves) == 1
        found = {scale.name: scale for scale in study.scales}
        assert set(found) == {"a", "c", "e", "n", "o"} and len(found["a"].items) == 5
        # The keys of the psych package: A1, C4, C5, E1, E2, O2 and O5 are scored against the rest.
        turned = {item for scale in study.scales for item in scale.reverse}
        assert turned == {"A1", "C4", "C5", "E1", "E2", "O2", "O5"}

    def test_our_own_table_comes_back_as_it_is_declared(self, tmp_path):
        study, _ = brought(tmp_path, PROJECT / "data" / "casework" / "monitoring.csv")
        own = read_study("data/casework")
        assert study.waves == own.waves and study.risk.levels == own.risk.levels
        assert [(s.items, s.low, s.high, s.better, s.reverse) for s in study.scales] == [
            (s.items, s.low, s.high, s.better, s.reverse) for s in own.scales
        ]
        pd.testing.assert_frame_equal(load_monitoring(study), load_monitoring(own))


RUSSIAN = """Код семьи;Учреждение;Этап;Дата;Трудности_1;Трудности_2;Трудности_3;Риск
С-1;Центр 1;до;12.01.2022;3,5;4;5;высокий
С-1;Центр 1;после;20.06.2022;2;2,5;3;средний
С-2;Центр 2;до;13.01.2022;4;4;4;средний
С-2;Центр 2;после;21.06.2022;3;2;3;низкий
"""


class TestShapes:
    def test_russian_headers_in_cp1251_with_decimal_commas(self, tmp_path):
        study, _ = brought(tmp_path, table(tmp_path, RUSSIAN, encoding="cp1251"))
        frame = load_monitoring(study)
        assert study.language == "ru" and list(study.waves) == ["до", "после"]
        assert list(study.risk.levels) == ["низкий", "средний", "высокий"]
        assert study.scales[0].better == "lower" and not study.scales[0].steps
        assert frame["Трудности_1"].tolist() == [3.5, 2, 4, 3]
        assert frame["date"].dt.strftime("%Y-%m-%d").tolist()[:2] == ["2022-01-12", "2022-06-20"]

    def test_headers_that_are_only_times(self, tmp_path):
        text = "id,Before,1 week,2 week\na,4.3,5.3,4.8\nb,3.9,2.3,5.6\nc,4.5,2.6,4.1\n"
        study, _ = brought(tmp_path, table(tmp_path, text))
        assert len(study.waves) == 3 and study.waves[0] == "before"
        assert load_monitoring(study)["value"].tolist() == [
            4.3,
            5.3,
            4.8,
            3.9,
            2.3,
            5.6,
            4.5,
            2.6,
            4.1,
        ]

    def test_items_and_waves_in_one_header(self, tmp_path):
        text = "id,q1_t1,q2_t1,q3_t1,q1_t2,q2_t2,q3_t2\n" + "".join(
            f"f{n},{n % 4 + 1},{(n + 1) % 4 + 1},{n % 3 + 1},{n % 3 + 2},{n % 4 + 1},{n % 2 + 1}\n"
            for n in range(9)
        )
        study, _ = brought(tmp_path, table(tmp_path, text))
        assert list(study.waves) == ["t1", "t2"] and study.scales[0].items == ("q_1", "q_2", "q_3")

    def test_one_row_per_measure(self, tmp_path):
        rows = [
            (f, w, m, f * 3 + w * 2 + len(m) / 10)
            for f in (1, 2, 3)
            for w in (1, 2)
            for m in ("anxiety", "hope")
        ]
        text = pd.DataFrame(rows, columns=["client", "wave", "measure", "score"]).to_csv(
            index=False
        )
        study, _ = brought(tmp_path, table(tmp_path, text))
        assert {(s.name, s.better) for s in study.scales} == {
            ("anxiety", "lower"),
            ("hope", "higher"),
        }
        assert load_monitoring(study)["hope"].tolist()[0] == 5.4

    def test_dates_stand_for_waves_when_nothing_names_them(self, tmp_path):
        text = "id,date,stress\na,2022-03-01,5.5\na,2022-01-01,7.25\nb,2022-01-05,6.5\nb,2022-04-05,3\n"
        study, guesses = brought(tmp_path, table(tmp_path, text))
        assert load_monitoring(study)["stress"].tolist() == [7.25, 5.5, 6.5, 3]
        assert sure(guesses, "wave") == ["likely"]

    def test_a_row_without_id_leaves_the_numbers_of_others_whole(self, tmp_path):
        rows = [f"F{n},{n % 4 + 1 + w}" for n in range(30) for w in (0, 1)]
        text = "\n".join(["id,pain", *rows[:7], ",2", *rows[7:]]) + "\n"
        study, guesses = brought(tmp_path, table(tmp_path, text))
        assert study.waves == ("1", "2")
        frame = load_monitoring(study)
        assert frame["wave"].astype(str).value_counts().to_dict() == {"1": 30, "2": 30}
        assert ("1 left out", "they have no id and no wave") in [
            (guess.value, guess.why) for guess in guesses.doubts()
        ]

    def test_one_file_per_wave(self, tmp_path):
        first = table(tmp_path, "id,stress\na,5.5\nb,6.5\nc,7\n", "before.csv")
        second = table(tmp_path, "id,stress\na,4\nb,3\nc,2.5\n", "after.csv")
        study, _ = brought(tmp_path, second, first)
        assert list(study.waves) == ["before", "after"]
        assert load_monitoring(study)["stress"].tolist() == [5.5, 4, 6.5, 3, 7, 2.5]

    def test_a_second_table_brings_the_centre(self, tmp_path):
        ratings = table(tmp_path, "id,wave,stress\na,1,5.5\na,2,4\nb,1,6\nb,2,3\n")
        places = table(tmp_path, "id,centre\na,North\nb,South\n", "families.csv")
        study, _ = brought(tmp_path, ratings, places)
        assert load_monitoring(study)["centre"].astype(str).tolist() == [
            "North",
            "North",
            "South",
            "South",
        ]

    @pytest.mark.parametrize("suffix", ["sav", "dta"])
    def test_value_labels_are_kept(self, tmp_path, suffix):
        import pyreadstat

        frame = pd.DataFrame(
            {
                "id": [1, 1, 2, 2],
                "wave": [1, 2, 1, 2],
                "risk": [2.0, 1.0, 3.0, 3.0],
                "stress": [4.0, 3, 5, 5],
            }
        )
        write = pyreadstat.write_sav if suffix == "sav" else pyreadstat.write_dta
        labels = {"risk": {1: "low", 2: "moderate", 3: "high"}, "wave": {1: "Intake", 2: "Closure"}}
        named = ["Case", "Wave", "Risk of neglect", "Stress of the parents"]
        write(
            frame,
            str(tmp_path / f"x.{suffix}"),
            variable_value_labels=labels,
            column_labels=named,
        )
        study, _ = brought(tmp_path, tmp_path / f"x.{suffix}")
        assert study.waves == ("Intake", "Closure")
        assert (study.risk.label, study.scales[0].label) == (named[2], named[3])
        assert list(study.risk.levels) == ["1", "2", "3"]
        assert study.risk.labels == {"1": "low", "2": "moderate", "3": "high"}

    @pytest.mark.parametrize("suffix", ["xlsx", "parquet"])
    def test_workbooks_and_parquet(self, tmp_path, suffix):
        frame = pd.read_csv(
            io.StringIO(
                "family,wave,date,hope\na,pre,2022-01-01,1.5\na,post,2022-02-01,2\nb,pre,2022-01-02,3\nb,post,2022-02-02,4\n"
            ),
            parse_dates=["date"],
        )
        file = tmp_path / f"x.{suffix}"
        frame.to_excel(file, index=False) if suffix == "xlsx" else frame.to_parquet(file)
        study, _ = brought(tmp_path, file)
        assert list(study.waves) == ["pre", "post"] and study.has_dates
        assert load_monitoring(study)["hope"].tolist() == [1.5, 2, 3, 4]

    def test_coded_interviews_alone(self, tmp_path):
        study, _ = brought(tmp_path, PROJECT / "data" / "casework" / "coder_a.qdpx")
        assert not study.has_monitoring and study.interviews.language == "ru"
        assert parts_of(study) == {"interviews", "texts"}


class TestRefusals:
    def test_a_folder_that_is_in_use(self, tmp_path):
        (tmp_path / "study").mkdir()
        (tmp_path / "study" / "study.toml").write_text("mine", encoding="utf-8")
        with pytest.raises(room.BringError, match="not empty"):
            room.bring([PUBLIC / "sleepstudy.csv"], tmp_path / "study")
        assert (tmp_path / "study" / "study.toml").read_text(encoding="utf-8") == "mine"

    @pytest.mark.parametrize(
        ("text", "said"),
        [
            ("a,b\n", "header"),
            ("name,colour\nx,red\ny,blue\n", "nothing to report on"),
            ("id,id\n1,2\n", "id"),
        ],
    )
    def test_files_without_use_leave_nothing_behind(self, tmp_path, text, said):
        with pytest.raises(ValueError, match=said):
            room.bring([table(tmp_path, text)], tmp_path / "study")
        assert not (tmp_path / "study").exists() and not list(tmp_path.glob(".study*"))

    def test_unknown_kinds_and_absent_files(self, tmp_path):
        with pytest.raises(room.BringError, match="no such file"):
            room.bring([tmp_path / "none.csv"], tmp_path / "study")
        with pytest.raises(room.BringError, match="expected"):
            room.bring([table(tmp_path, "x", "x.docx")], tmp_path / "study")


def test_headers_cannot_write_into_the_declaration(tmp_path):
    header = 'stress"\\nsynthetic = true #'
    text = pd.DataFrame(
        {"id": ["a", "a", "b", "b"], "wave": [1, 2, 1, 2], header: [1.5, 2, 3, 4]}
    ).to_csv(index=False)
    study, _ = brought(tmp_path, table(tmp_path, text))
    assert study.synthetic is False and study.scales[0].items == (header,)


def test_a_blank_study_explains_every_line_and_is_valid_toml(tmp_path):
    names = write_blank(tmp_path / "new")
    declared = tomllib.loads((tmp_path / "new" / "study.toml").read_text(encoding="utf-8"))
    assert declared["scales"][0]["items"] and "study.toml" in names
    columns = (tmp_path / "new" / "monitoring.csv").read_text(encoding="utf-8").strip().split(",")
    assert set(declared["scales"][0]["items"]) < set(columns)
    assert read_study(tmp_path / "new").waves == ("intake", "month_6")
    with pytest.raises(ValueError, match="not empty"):
        write_blank(tmp_path / "new")


CELLS = st.one_of(
    st.sampled_from(
        [
            "",
            "NA",
            "1",
            "2",
            "3,5",
            "4.25",
            "low",
            "high",
            "pre",
            "post",
            "2022-01-05",
            "=1+1",
            "<b>",
            "нет",
        ]
    ),
    st.text(max_size=6),
)
HEADERS = st.one_of(
    st.sampled_from(
        [
            "id",
            "wave",
            "t1",
            "score_1",
            "score_2",
            "risk",
            "date",
            "centre",
            "pre",
            "bdi_pre",
            "bdi_post",
            "семья",
        ]
    ),
    st.text(min_size=1, max_size=8),
)


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.data())
def test_any_table_makes_a_study_or_a_sentence(tmp_path_factory, data):
    tmp_path = tmp_path_factory.mktemp("any")
    headers = data.draw(st.lists(HEADERS, min_size=1, max_size=6, unique=True))
    rows = data.draw(
        st.lists(
            st.lists(CELLS, min_size=len(headers), max_size=len(headers)), min_size=1, max_size=12
        )
    )
    file = tmp_path / "any.csv"
    pd.DataFrame(rows, columns=headers).to_csv(file, index=False)
    try:
        room.bring([file], tmp_path / "study")
    except ValueError as error:
        assert str(error).strip() and not (tmp_path / "study").exists()
    else:
        read_study(tmp_path / "study")
