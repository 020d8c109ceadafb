"""One run of check finds all: a fault in one place keeps nothing else from being told."""

import json
import shutil
from datetime import date, timedelta

import pandas as pd
import pytest
from typer.testing import CliRunner

from analysis.checking import check_study
from analysis.cli import app
from analysis.propositions import FILE as PROPOSITIONS
from analysis.study import PROJECT

CASEWORK = PROJECT / "data" / "casework"
NAME = "Мария Сергеевна Петрова"


@pytest.fixture
def study(tmp_path):
    folder = tmp_path / "study"
    shutil.copytree(CASEWORK, folder)
    return folder


def changed(study, name, old, new):
    file = study / name
    text = file.read_text(encoding="utf-8")
    assert old in text, old
    file.write_text(text.replace(old, new, 1), encoding="utf-8")


def told(study):
    return [problem.sentence for problem in check_study(study)[1]]


def holds(sentences, *parts):
    return any(all(part in sentence for part in parts) for sentence in sentences)


def test_the_study_of_the_project_is_clean():
    assert told(CASEWORK) == []


class TestDeclaration:
    def test_a_misspelt_key_hides_no_contradiction_of_its_section(self, study):
        changed(study, "study.toml", "[running]\n", "[running]\nfoo = 1\n")
        changed(study, "study.toml", 'better = "lower"', 'beter = 1\nbetter = "sideways"')
        said = told(study)
        assert holds(said, "'foo' is not known here")
        assert holds(said, "'beter' is not known here") and holds(said, "better is 'sideways'")

    def test_a_value_of_the_wrong_kind_is_told_once_and_as_it_stands(self, study):
        changed(study, "study.toml", "minimum_cell = 5", 'minimum_cell = "five"')
        problems = [p for p in check_study(study)[1] if "minimum_cell" in p.sentence]
        assert [(p.column, p.value, p.expected) for p in problems] == [
            ("minimum_cell", "five", "a whole number")
        ]

    def test_a_fault_elsewhere_hides_no_review_days_out_of_order(self, study):
        changed(study, "study.toml", "title = ", "titel = 1\ntitle = ")
        changed(study, "study.toml", "month_3 = 91", "month_3 = 400")
        said = told(study)
        assert holds(said, "'titel' is not known here") and holds(said, "review_days", "400")

    def test_levels_are_known_though_the_column_of_risk_is_wrong(self, study):
        changed(study, "study.toml", 'column = "risk"', "column = 5")
        said = told(study)
        assert holds(said, "risk: column is 5")
        assert not holds(said, "weights")

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ("title = ", 'title = " " # ', "title is empty"),
            ("[running]\n", f"[running]\nas_of = {date.today() + timedelta(9)}\n", "in the future"),
        ],
    )
    def test_what_cannot_be_meant(self, study, old, new, said):
        text = (study / "study.toml").read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.startswith("as_of")]
        (study / "study.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        changed(study, "study.toml", old, new)
        assert holds(told(study), said)


class TestLists:
    """mask.csv and allow.csv: neither hides the other, nor the names in passages."""

    def test_both_wrong_and_a_name(self, study):
        (study / "mask.csv").write_text("find,replace\na,b\n", encoding="utf-8")
        (study / "allow.csv").write_text("word,reason\n,none\n", encoding="utf-8")
        costs = pd.read_csv(study / "client_costs.csv", dtype=str)
        costs.loc[0, "quote"] = NAME
        costs.to_csv(study / "client_costs.csv", index=False)
        problems = check_study(study)[1]
        lists = {(p.file, p.row) for p in problems if p.severity == "error"}
        assert {("mask.csv", 1), ("allow.csv", 2)} <= lists
        assert holds([p.sentence for p in problems], "client_costs.csv", NAME)

    def test_they_are_looked_at_without_interviews_too(self, study):
        text = (study / "study.toml").read_text(encoding="utf-8")
        start = text.index("[interviews]")
        end = text.index("\n[", start)
        (study / "study.toml").write_text(text[:start] + text[end + 1 :], encoding="utf-8")
        (study / "mask.csv").write_text("find,replace\na,b\n", encoding="utf-8")
        assert holds(told(study), "mask.csv", "expected found,replacement")

    @pytest.mark.parametrize("make", [lambda p: p.mkdir(), lambda p: p.write_bytes(b"a\0b,c\n")])
    def test_a_list_that_is_no_table_is_an_error(self, study, make):
        make(study / "mask.csv")
        assert any(p.file == "mask.csv" and p.severity == "error" for p in check_study(study)[1])


def test_a_coded_file_that_cannot_be_read_does_not_hide_a_misspelt_branch(study):
    (study / "coder_a.qdpx").write_bytes(b"no archive")
    changed(study, "study.toml", 'strengths = "', 'strengths = "x')
    said = told(study)
    assert holds(said, "coder_a.qdpx") and holds(said, "which is no branch of the codebook")


class TestFiles:
    def test_a_cost_below_nothing(self, study):
        costs = pd.read_csv(study / "costs.csv", dtype=str)
        costs.loc[1, "amount"] = "-95.4"
        costs.to_csv(study / "costs.csv", index=False)
        assert holds(told(study), "costs.csv: row 3, column 'amount': '-95.4'", "0 or more")

    def test_a_table_that_lies_there_and_is_not_named(self, study):
        text = (study / "study.toml").read_text(encoding="utf-8")
        lines = [line for line in text.splitlines() if not line.startswith("contacts =")]
        (study / "study.toml").write_text("\n".join(lines), encoding="utf-8")
        assert holds(told(study), "contacts.csv", "does not name it under [tables]")

    def test_another_delimiter_is_one_problem(self, study):
        file = study / "staff.csv"
        file.write_text(file.read_text(encoding="utf-8").replace(",", "|"), encoding="utf-8")
        assert len([line for line in told(study) if line.startswith("staff.csv")]) == 1

    def test_a_column_of_another_table_is_not_taken_out_of_monitoring(self, study):
        changed(study, "contacts.csv", "date", "when")
        problems = [p for p in check_study(study)[1] if p.file == "contacts.csv"]
        assert problems and not any("[columns]" in p.mend for p in problems)


class TestPropositions:
    def test_the_form_of_the_package_is_clean_in_the_study_it_was_written_for(self, study):
        shutil.copyfile(PROPOSITIONS, study / "propositions.toml")
        assert told(study) == []

    @pytest.mark.parametrize(
        ("old", "new", "said"),
        [
            ('measure = "scale:difficulty"', 'measure = "scale:dificulty"', "is no measure"),
            ('expects = "better"', 'expects = "good"', "expects is 'good'"),
            ("statement", "statment", "'statement' is missing"),
            ("[[propositions]]", "[[propositions", "not readable as TOML"),
        ],
    )
    def test_what_is_wrong_in_it(self, study, old, new, said):
        shutil.copyfile(PROPOSITIONS, study / "propositions.toml")
        changed(study, "propositions.toml", old, new)
        assert holds(told(study), "propositions.toml", said)


def test_json_is_json_on_a_terminal_that_cannot_carry_every_letter(study, monkeypatch):
    changed(study, "study.toml", "title = ", 'titel = "\U0001f600é"\ntitle = ')
    done = CliRunner(charset="cp1251").invoke(app, ["check", str(study), "--json"])
    assert any("titel" in p["message"] for p in json.loads(done.stdout)["problems"])


class TestTables:
    """Rows that are no rows and columns that stand twice are told, and everything else of the table too."""

    def planted(self, study, header=lambda line: line):
        file = study / "monitoring.csv"
        lines = file.read_text(encoding="utf-8").splitlines()
        place = lines[0].split(",").index("difficulty_1")
        cells = lines[11].split(",")
        cells[place] = "9"
        lines[11] = ",".join(cells)
        file.write_text("\n".join([header(lines[0]), *lines[1:]]) + "\n", encoding="utf-8")
        return lines

    def test_a_row_that_is_too_long_hides_no_other_row(self, study):
        lines = self.planted(study)
        lines[6] += ",x"
        (study / "monitoring.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        said = told(study)
        assert holds(said, "monitoring.csv: row 7", "cells; expected")
        assert holds(said, "monitoring.csv: row 12, column 'difficulty_1': '9'")

    def test_a_column_that_stands_twice_hides_no_cell(self, study):
        self.planted(study, lambda line: line.replace("difficulty_2", "difficulty_3"))
        said = told(study)
        assert holds(said, "column 'difficulty_3'", "more than once")
        assert holds(said, "monitoring.csv: row 12, column 'difficulty_1': '9'")


class TestCodedFiles:
    def test_two_coders_with_one_file_would_agree_perfectly(self, study):
        shutil.copyfile(study / "coder_a.qdpx", study / "coder_b.qdpx")
        assert holds(told(study), "coder_b.qdpx", "the same codings as coder_a.qdpx")

    def test_a_file_with_a_header_only_is_no_coder(self, study):
        changed(study, "study.toml", '"coder_b.qdpx"', '"coder_b.csv"')
        (study / "coder_b.csv").write_text("document,code,quote\n", encoding="utf-8")
        assert holds(told(study), "coder_b.csv")

    def test_a_mark_of_respondents_in_another_alphabet(self, study):
        changed(study, "study.toml", 'respondent = "Р"', 'respondent = "P"')
        assert holds(told(study), "respondent is 'P'", "stands before no turn")
