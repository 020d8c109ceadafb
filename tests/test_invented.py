"""The invented interviews: committed files equal what is made from `making/`, and say that they are invented."""

import csv
import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
from frictionless import Package, validate

from analysis import invented
from analysis.contract import TABLES
from analysis.readers import read_project

FOLDER = Path(__file__).resolve().parents[1] / "data" / "casework"
MAKING = FOLDER / "making"
INTERVIEWS = ("coder_a.qdpx", "coder_b.qdpx", "interviews.csv", "translations.csv")
MADE = (*INTERVIEWS, *(f"{name}.csv" for name in TABLES))
# The nine success components and four barriers that the article's abstract names, in our words, in its order.
SUCCESS = [
    "Systematicity",
    "Consistency",
    "Coherence",
    "Internal consistency of stages",
    "Accuracy of family diagnosis",
    "Early identification of crisis risk",
    "Tools understandable to the specialist",
    "Formalisation and organisation",
    "Archiving of case work",
]
BARRIERS = [
    "High supervisor workload",
    "Volume of paperwork",
    "Lack of support for supervisors",
    "Complex language of the technology",
]


@pytest.fixture(scope="module")
def documents():
    return invented.read_interviews(MAKING)


@pytest.fixture(scope="module")
def coders(documents):
    return {name: invented.coder_frame(MAKING, name, documents) for name in invented.CODERS}


def rows(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class TestRegeneration:
    def test_every_committed_file_byte_for_byte(self, tmp_path):
        written = invented.write_study(tmp_path / "made", "favourable")
        assert {path.name for path in written} == {*MADE, "monitoring.csv"}
        for path in written:
            assert path.read_bytes() == (FOLDER / path.name).read_bytes(), path.name
        assert (tmp_path / "made" / "study.toml").read_bytes() == (
            FOLDER / "study.toml"
        ).read_bytes()
        assert not [path for path in (tmp_path / "made").iterdir() if path.name.startswith(".")]

    def test_an_undeclared_world_is_refused(self, tmp_path):
        with pytest.raises(ValueError, match="paradise"):
            invented.write_study(tmp_path / "made", "paradise")


class TestInterviews:
    def test_at_least_twelve_of_at_least_700_words(self, documents):
        table = pd.read_csv(FOLDER / "interviews.csv")
        assert len(table) == len(documents) >= 12 and (table["words"] >= 700).all()
        assert set(table["role"]) == {"curator", "supervisor"}
        assert table["centre"].nunique() == 6 and table["synthetic"].all()

    def test_first_line_says_invented_and_the_second_who_speaks(self, documents):
        for name, text in documents.items():
            first, second = text.split("\n")[:2]
            assert first.startswith("ВЫМЫШЛЕННОЕ ИНТЕРВЬЮ — синтетические данные"), name
            assert invented.HEADER.fullmatch(second), name

    def test_interviews_differ(self, documents):
        lines = [line for text in documents.values() for line in text.split("\n")[2:] if line]
        answers = [line for line in lines if line.startswith("Р:")]
        assert len(set(answers)) == len(answers)

    def test_a_curator_interviewed_is_one_of_the_centre(self):
        monitoring = pd.read_csv(FOLDER / "monitoring.csv")
        known = set(zip(monitoring["centre"], monitoring["curator"], strict=True))
        table = pd.read_csv(FOLDER / "interviews.csv", keep_default_na=False)
        curators = table[table["role"] == "curator"]
        assert set(zip(curators["centre"], curators["curator"], strict=True)) <= known
        assert curators["curator"].is_unique
        assert (table.loc[table["role"] == "supervisor", "curator"] == "").all()

    def test_a_text_without_its_header_is_refused(self):
        with pytest.raises(ValueError, match=r"I99\.txt: the second line should read"):
            invented.interview_table({"I99": "Интервью без заголовка\n"}, pd.DataFrame())


class TestCodings:
    def test_every_coded_quote_stands_in_its_text_and_has_a_translation(self, documents, coders):
        table = invented.translations(MAKING)
        translated = set(zip(table["document"], table["quote"], strict=True))
        assert (table["translation"].str.strip() != "").all()
        assert (table["translation"] != table["quote"]).all()
        for frame in coders.values():
            for row in frame.to_dict("records"):
                assert documents[row["document"]][row["start"] : row["end"]] == row["quote"]
                assert (row["document"], row["quote"]) in translated

    def test_a_quote_that_is_not_there_is_refused_with_its_line(self, tmp_path, documents):
        shutil.copytree(MAKING, tmp_path / "making")
        path = tmp_path / "making" / "coder_a.csv"
        text = path.read_text(encoding="utf-8")
        second = text.splitlines()[1]
        path.write_text(text.replace(second, second.replace("А сейчас", "А тогда")), "utf-8")
        with pytest.raises(ValueError, match=r"coder_a\.csv, line 2: the quote occurs 0 times"):
            invented.coder_frame(tmp_path / "making", "coder_a", documents)

    def test_two_coders_really_differ(self, coders):
        places = [
            set(zip(frame["document"], frame["start"], frame["end"], frame["code"], strict=True))
            for frame in coders.values()
        ]
        assert places[0] & places[1], "coders who share nothing do not code the same codebook"
        assert len(places[0] ^ places[1]) > len(places[0] & places[1]) / 2
        assert {name for frame in coders.values() for name in frame["coder"]} == set(
            invented.CODERS.values()
        )

    def test_every_code_is_used_by_both(self, coders):
        codes = set(invented.codebook(MAKING).query("codable")["code"])
        for name, frame in coders.items():
            assert set(frame["code"]) == codes, name

    def test_both_coders_worked_on_every_interview(self, documents, coders):
        for frame in coders.values():
            assert set(frame["document"]) == set(documents)

    def test_success_components_and_barriers_of_the_article(self):
        book = invented.codebook(MAKING)
        for parent, names in (("Success components", SUCCESS), ("Barriers", BARRIERS)):
            assert book.loc[book["parent"] == parent, "code"].tolist() == names
        stated = {row["code"] for row in rows(MAKING / "codebook.csv") if row["status"] == "stated"}
        assert stated == {*SUCCESS, *BARRIERS}

    def test_committed_projects_hold_the_same_codings(self, coders, documents):
        for name, frame in coders.items():
            project = read_project(FOLDER / f"{name}.qdpx")
            assert project.documents == documents
            columns = ["document", "start", "end", "code", "coder", "quote"]
            pd.testing.assert_frame_equal(project.coding[columns], frame[columns])


class TestDataPackage:
    PACKAGE = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))

    def test_valid(self):
        report = validate(str(FOLDER / "datapackage.json"))
        assert report.valid, report.flatten(["title", "rowNumber", "fieldName", "note"])

    def test_describes_every_data_file_and_nothing_else(self):
        described = {one["path"] for one in self.PACKAGE["resources"]}
        files = {
            path.relative_to(FOLDER).as_posix()
            for pattern in ("*.csv", "*.qdpx", "making/*.csv")
            for path in FOLDER.glob(pattern)
        }
        assert described == files

    def test_columns_and_descriptions_agree_both_ways(self):
        for one in self.PACKAGE["resources"]:
            assert one["description"] and one["title"], one["name"]
            if one["path"].endswith(".csv"):
                names = [field["name"] for field in one["schema"]["fields"]]
                header = (FOLDER / one["path"]).read_text(encoding="utf-8").split("\n")[0]
                assert names == next(csv.reader([header])), one["name"]
                assert all(field["description"] for field in one["schema"]["fields"])

    @pytest.mark.parametrize(
        ("table", "old", "new", "error"),
        [
            ("interviews.csv", "I01,curator", "I01,director", "constraint-error"),
            ("interviews.csv", ",True", ",False", "constraint-error"),
            ("making/coder_a.csv", '"Systematicity"', '"Systematics"', "foreign-key"),
            ("translations.csv", "I01,", "I77,", "foreign-key"),
            ("making/codebook.csv", "deductive", "guessed", "constraint-error"),
        ],
    )
    def test_notices_a_wrong_cell(self, tmp_path, table, old, new, error):
        shutil.copytree(FOLDER, tmp_path / "copy")
        path = tmp_path / "copy" / table
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        report = Package(str(tmp_path / "copy" / "datapackage.json")).validate()
        assert error in {kind for (kind,) in report.flatten(["type"])}
