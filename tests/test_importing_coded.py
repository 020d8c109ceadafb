"""Coded interviews brought in: no file takes the place of another, a QualCoder folder is found again."""

import pytest

from analysis.checking import check_study
from analysis.importing import bring as room
from analysis.problem import errors
from analysis.study import read_study
from analysis.voices import read_coders
from coding_files import qualcoder_folder

CODINGS = "document,code,quote\nI1,help,{words}\nI1,trust,{words} again\n"


def coded(tmp_path, place, words):
    file = tmp_path / place
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(CODINGS.format(words=words), encoding="utf-8")
    return file


def study_of(tmp_path, *files):
    room.bring(list(files), tmp_path / "study")
    return read_study(tmp_path / "study")


def test_two_coders_whose_files_have_one_name_both_stay(tmp_path):
    files = [coded(tmp_path, f"{who}/codings.csv", who) for who in ("anna", "boris")]
    study = study_of(tmp_path, *files)
    assert study.interviews.coding == ("codings.csv", "boris-codings.csv")
    assert set(read_coders(study).coding["quote"]) == {"anna", "anna again", "boris", "boris again"}
    assert not errors(check_study(tmp_path / "study")[1])


def test_codings_called_as_the_table_of_interviews_keep_their_content(tmp_path):
    study = study_of(tmp_path, coded(tmp_path, "mine/interviews.csv", "words"))
    assert study.interviews.coding == ("mine-interviews.csv",)
    assert len(read_coders(study).coding) == 2
    assert (tmp_path / "study" / "interviews.csv").read_text(encoding="utf-8") == "interview\nI1\n"


def test_one_file_given_twice_is_refused(tmp_path):
    file = coded(tmp_path, "codings.csv", "x")
    with pytest.raises(room.BringError, match="given twice"):
        room.bring([file, file], tmp_path / "study")
    assert not (tmp_path / "study").exists()


def test_the_folder_of_a_qualcoder_project_is_found_again(tmp_path):
    study = study_of(tmp_path, qualcoder_folder(tmp_path / "talks.qda"))
    assert study.interviews.coding == ("talks.qda",)
    assert not errors(check_study(tmp_path / "study")[1])
    assert len(read_coders(study).coding) > 0


def test_into_the_folder_one_stands_in(tmp_path, monkeypatch):
    file = coded(tmp_path, "mine/codings.csv", "x")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    room.bring([file], room.Path("."))
    assert (tmp_path / "here" / "study.toml").is_file()
