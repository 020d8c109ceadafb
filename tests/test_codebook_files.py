"""Files that hold a codebook and no codings: REFI-QDA .qdc and Taguette's table of tags."""

import os
from pathlib import Path

import pandas as pd
import pytest

from analysis import coding_lines, readers
from analysis.readers.refi_write import write_codebook

SAMPLES = os.environ.get("CASEWORK_SAMPLES")
TABLE = "tag,description,number of highlights,number of documents\nBarriers,what hinders,2,1\nBarriers.Load,too much,1,1\nHelp,,0,0\n"


def test_a_qdc_is_a_codebook_without_codings(tmp_path):
    book = pd.DataFrame(
        [("Barriers", "", "", False, ""), ("Load", "Barriers", "too much", True, "")],
        columns=readers.CODEBOOK,
    )
    project = readers.read_project(write_codebook(book, tmp_path / "book.qdc", origin="test"))
    assert project.codebook["code"].tolist() == ["Barriers", "Load"]
    assert project.coding.empty and project.documents == {}
    assert coding_lines.summary(project) == "a codebook of 2 codes, without codings"
    assert coding_lines.exit_code(project) == 0


def test_taguettes_table_of_tags(tmp_path):
    path = tmp_path / "codebook.csv"
    path.write_text(TABLE, encoding="utf-8")
    book = readers.read_project(path).codebook.set_index("code")
    assert book["parent"].to_dict() == {"Barriers": "", "Barriers.Load": "Barriers", "Help": ""}
    assert book.loc["Barriers", "description"] == "what hinders"


def test_a_tag_lies_below_the_nearest_tag_above_it(tmp_path):
    path = tmp_path / "codebook.csv"
    path.write_text(TABLE + "Help.from.friends,,1,1\n", encoding="utf-8")
    book = readers.read_project(path).codebook.set_index("code")
    assert book.loc["Help.from.friends", "parent"] == "Help"


def test_an_empty_codebook_is_nothing_read(tmp_path):
    path = tmp_path / "codebook.csv"
    path.write_text(TABLE.splitlines()[0] + "\n,,0,0\n", encoding="utf-8")
    assert coding_lines.exit_code(readers.read_project(path)) == 2


@pytest.mark.skipif(
    not SAMPLES, reason="CASEWORK_SAMPLES is not set: the sample files are not part of the project"
)
@pytest.mark.parametrize(
    "name", ["codebook_coderA.csv", "codebook_coderA.xlsx", "codebook_coderA.qdc"]
)
def test_the_samples_hold_nine_tags(name):
    project = readers.read_project(Path(SAMPLES) / "taguette-1.5.2" / name)
    assert len(project.codebook) == 9  # the samples' README: 9 tags
