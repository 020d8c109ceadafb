"""The list of exhibits and its programs, and how a page is cited."""

import csv
from pathlib import Path

import pytest

from analysis.pipeline import book, citing, exhibits, programs, results
from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.markdown import read_table
from analysis.pipeline.run import write_notebook

PROJECT = Path(__file__).parents[1]
STORED = [PROJECT / "notebooks" / f"{name}.ipynb" for name in ("audit", "change")]

CELLS = [
    "from analysis import records, report, scales as s\nfrom analysis.study import read_study\n"
    "study = read_study(study)\npage = report.page(study)",
    "frame = records.load_monitoring(study)\nother = records.load_table(study, 'contacts')",
    "frame['x'] = s.scores(frame)",
    "page.table('a', frame, 'A')",
    "page.table('b', other, 'B')\nlist(map(s.turned, []))",
]


def test_functions_and_data_are_followed_back_through_the_cells():
    every = programs.cells(CELLS)
    functions, files = programs.behind(every[3], every)
    assert functions == (
        "study.read_study",
        "records.load_monitoring",
        "records.load_table",
        "scales.scores",
    )
    assert files == ("study.toml", "the study's monitoring", "the study's contacts")
    functions, _ = programs.behind(every[4], every)
    assert "scales.scores" not in functions  # changes another frame
    assert "scales.turned" in functions  # handed on without a call


def test_parameters_are_read_as_written():
    assert programs.parameters("seed = 20230\nname = 'x'") == {"seed": "20230", "name": "'x'"}


@pytest.fixture
def stage(tmp_path) -> Path:
    (tmp_path / "notebooks").mkdir()
    for path in STORED:
        write_notebook(book.dressed(path), tmp_path / "notebooks" / path.name)
    results.write_results(results.collect(STORED), tmp_path / "results.csv")
    return tmp_path


def test_everything_that_is_shown_is_listed_with_its_program(stage):
    exhibits.write_page(STORED, stage / "results.csv", stage)
    text = (stage / "made-exhibits.md").read_text(encoding="utf-8")
    rows = read_table(stage / "_static/ledger/exhibits.csv")
    assert {(r["notebook"], r["exhibit"]) for r in rows} >= {
        (r["notebook"], r["key"]) for r in read_table(stage / "results.csv")
    }
    [row] = [r for r in rows if (r["notebook"], r["exhibit"]) == ("change", "headlines")]
    assert (
        "comparison.headline" in row["functions"]
        and row["data"] == "study.toml, the study's monitoring"
    )
    assert '<a href="notebooks/change.html#headlines">headlines</a>' in text
    assert "seed = " in text and row["origin"] == "synthetic"


def test_a_number_without_a_program_is_refused(stage):
    with (stage / "results.csv").open("a", encoding="utf-8", newline="") as file:
        csv.writer(file).writerow(
            ["change", "invented", "prose", "synthetic", "", "", 1, "", "", "", "1"]
        )
    with pytest.raises(EvidenceError, match=r"change invented: 0 shown, 1 in results\.csv"):
        exhibits.write_page(STORED, stage / "results.csv", stage)


# ------------------------------------------------------------- citing

CFF = "title: 'The whole'\nversion: 1.2.3\ndate-released: 2026-11-21\n"
PAGE = '<article class="bd-article"><h1>Change &amp; <em>more</em><a class="headerlink" href="#x">#</a></h1><p>a</p></article>'


@pytest.fixture
def made(tmp_path) -> dict[str, str]:
    (tmp_path / "cff").write_text(CFF, encoding="utf-8")
    (tmp_path / "results.csv").write_text("a", encoding="utf-8")
    return citing.citation("The whole", "Somebody", tmp_path / "results.csv", tmp_path / "cff")


def test_a_page_says_how_it_is_cited(made):
    """The fingerprint is the start of the SHA-256 of the letter a, as sha256sum prints it."""
    said = citing.in_words("Change", made)
    assert (
        said
        == "Somebody (2026). “Change”. In: The whole, version 1.2.3. Numbers: results.csv ca978112ca1bbdca."
    )
    assert citing.as_bibtex("Change", made).startswith(
        "@incollection{change,\n  title = {{Change}}"
    )


def test_a_study_of_ones_own_is_not_put_under_our_name(tmp_path, made):
    mine = citing.citation("My study", "", tmp_path / "none.csv", tmp_path / "cff")
    said = citing.in_words("Change", mine)
    assert said == "“Change”. In: My study. Made with “The whole”, version 1.2.3."
    assert "author" not in citing.as_bibtex("Change", mine)


def test_the_block_stands_once_at_the_end_and_takes_the_pages_own_title(made):
    once = citing.with_block(PAGE, lambda title: citing.block(title, made))
    assert once.count("<details") == 1 and "“Change &amp; more”" in once
    assert once.index("<details") > once.index("<p>a</p>") and once.endswith("</article>")
    assert citing.with_block(once, lambda title: citing.block(title, made)) == once
    assert citing.with_block("<p>none</p>", str) == "<p>none</p>"


def test_the_year_and_version_are_those_of_the_compendium(tmp_path):
    assert citing.citation("x", "y", tmp_path / "none")["version"].count(".") == 2
