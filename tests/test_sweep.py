"""A page for each centre: what stands on it, where it goes, and that nothing is made twice."""

import csv

import nbformat
import pytest

from analysis.pipeline import single_page, sweep
from analysis.pipeline.errors import NotebookError, ParameterError, ReportError
from analysis.pipeline.results import RECORD


def notebook(*cells):
    return nbformat.v4.new_notebook(cells=list(cells))


def glued(key, text):
    note = {"kind": "prose", "key": key, "origin": "records", "records": []}
    output = nbformat.v4.new_output("display_data", {"text/plain": text, RECORD: note})
    return nbformat.v4.new_code_cell("x", outputs=[output])


class TestSinglePage:
    def test_numbers_stand_in_prose_and_text_from_data_is_escaped(self):
        page = single_page.html(
            notebook(
                nbformat.v4.new_markdown_cell(
                    "# Summary\n\nIn {glue:text}`centre`: see [more](risk.ipynb) <b>x</b>."
                ),
                glued("centre", "<script>alert(1)</script> & *A*"),
            ),
            "en",
            "",
        )
        assert (
            "In &lt;script&gt;alert(1)&lt;/script&gt; &amp; *A*: see more &lt;b&gt;x&lt;/b&gt;."
            in page
        )
        assert "<script" not in page and "href" not in page

    def test_a_number_that_nobody_said_stops_the_page(self):
        with pytest.raises(KeyError, match="missing"):
            single_page.html(
                notebook(nbformat.v4.new_markdown_cell("{glue:text}`missing`")), "en", ""
            )

    def test_boxes_keep_their_numbers(self):
        source = ":::{admonition} What *not*\n:class: caution\nOnly {glue:text}`n`.\n:::\n"
        page = single_page.html(
            notebook(nbformat.v4.new_markdown_cell(source), glued("n", "7")), "en", ""
        )
        assert (
            '<p class="admonition-title">What *not*</p><p>Only 7.</p>' in page and ":::" not in page
        )

    def test_figures_come_with_their_words(self):
        note = {"kind": "figure", "key": "f", "alt": 'a "b"', "caption": "<c>", "records": []}
        output = nbformat.v4.new_output("display_data", {"image/png": "aGk=\n", RECORD: note})
        page = single_page.html(
            notebook(nbformat.v4.new_code_cell("x", outputs=[output])), "ru", ""
        )
        assert 'alt="a &quot;b&quot;" src="data:image/png;base64,aGk="' in page
        assert "&lt;c&gt;" in page and '<html lang="ru">' in page


def test_file_names_tell_centres_apart_and_cannot_climb():
    names = sweep.file_names(["Centre A", "centre a", "../../etc", "Центр №1", "***", "index"])
    assert list(names.values())[:2] == ["centre-a", "centre-a-2"]
    assert names["../../etc"] == "etc" and names["Центр №1"] == "центр-no1"
    assert names["***"] == "centre-5" and names["index"] == "index-2"
    assert len(set(names.values())) == 6
    assert sweep.file_names(["A", "A-2", "a"]) == {"A": "a", "A-2": "a-2", "a": "a-3"}
    assert sweep.file_names(["A", "A-3", "a"]) == {"A": "a", "A-3": "a-3", "a": "a-2"}


def test_an_unknown_centre_is_refused_before_anything_runs(tmp_path):
    with pytest.raises(ParameterError, match=r"no centre 'Centre Z'.*Centre A, Centre B"):
        sweep.make_sweep("data/casework", "Centre Z", tmp_path / "out", {})
    assert not (tmp_path / "out").exists()


def test_a_page_of_real_records_that_would_name_a_family_stops_the_sweep(small, tmp_path):
    small.rows({2: "F1,C1,k1,1,2022-01-10,1,5,None,x", 3: "F1,C1,k1,2,2022-04-10,2,,some,x"})
    page = tmp_path / "c1.ipynb"
    output = nbformat.v4.new_output("stream", text="F1 is waiting")
    nbformat.write(notebook(nbformat.v4.new_code_cell("x", outputs=[output])), page)
    made = {"seal": tmp_path / "html.sha256", "numbers": tmp_path / "results.csv"}
    pages = sweep._pages({"C1": page}, small.folder, "now", tmp_path)
    with pytest.raises(NotebookError, match=r"c1\.ipynb, cell 1: the identifier 'F1' is printed"):
        pages({"C1": page}, "now", made)
    assert not made["numbers"].exists() and not (tmp_path / "html").exists()


def test_records_edited_during_a_sweep_are_not_published_under_the_old_mark(
    small, tmp_path, monkeypatch
):
    def edit(tasks, stage, *more):
        small.rows({2: "007,C1,k1,1,2022-01-10,2,5,None,x"})

    monkeypatch.setattr(sweep, "carry_out", edit)
    with pytest.raises(ReportError, match="changed while it was being made"):
        sweep.make_sweep(str(small.folder), "all", tmp_path / "out", {})
    assert not (tmp_path / "out" / "html").exists()


def rows(out):
    with (out / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    out = tmp_path_factory.mktemp("sweep") / "out"
    assert sweep.make_sweep("data/casework", "all", out, {})[1]
    return out


@pytest.mark.slow
def test_each_centre_has_its_page_and_its_numbers(made):
    pages = sorted(path.name for path in (made / "html").glob("*.html"))
    assert pages == [*(f"centre-{letter}.html" for letter in "abcdef"), "index.html"]
    found = rows(made)
    assert {row["centre"] for row in found} == {f"Centre {letter}" for letter in "ABCDEF"}
    for letter in "ABCDEF":
        text = (made / "html" / f"centre-{letter.lower()}.html").read_text(encoding="utf-8")
        assert f"needs attention in Centre {letter} now" in text and "origin-synthetic" in text
        assert "SYN-" not in text, "no family and no curator is named"
        assert not [row for row in found if row["n"] and 0 < float(row["n"]) < 5]
    assert sweep.make_sweep("data/casework", "all", made, {})[1] is False
