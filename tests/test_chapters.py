"""Which chapters a report has, and the first page of a study's own report."""

import re
from dataclasses import replace

import pytest
import yaml

from analysis import parts
from analysis.pipeline import chapters, own_book
from analysis.pipeline.book import unlinked
from analysis.study import PROJECT, read_study
from analysis.wording import catalogue

ALL = chapters.all_chapters()
SUMMARIES = {"centre"}  # made for one centre at a time, no chapter of a book


def test_every_notebook_is_a_chapter_and_every_chapter_a_notebook():
    notebooks = {path.stem for path in (PROJECT / "notebooks").glob("*.ipynb")}
    assert {chapter.name for chapter in ALL} == notebooks - SUMMARIES
    assert len({chapter.name for chapter in ALL}) == len(ALL)


def test_the_compendium_holds_every_chapter_in_the_same_order():
    contents = yaml.safe_load((PROJECT / "book" / "_toc.yml").read_text(encoding="utf-8"))
    files = [page["file"] for part in contents["parts"] for page in part["chapters"]]
    shown = [name.removeprefix("notebooks/") for name in files if name.startswith("notebooks/")]
    assert shown == [chapter.name for chapter in ALL]


def test_every_need_is_a_part_with_words_in_every_language():
    needs = {need for chapter in ALL for need in chapter.needs}
    assert needs <= set(parts.PARTS)
    for language in ("en", "ru"):
        assert set(catalogue(language)["parts"]) == set(parts.PARTS)


@pytest.mark.parametrize("chapter", [c for c in ALL if not c.compendium], ids=lambda c: c.name)
def test_every_chapter_of_a_study_has_a_sentence_with_keys_it_says(chapter):
    notebook = (PROJECT / "notebooks" / f"{chapter.name}.ipynb").read_text(encoding="utf-8")
    assert set(chapter.sentences) == {"en", "ru"}
    for sentence in chapter.sentences.values():
        for key in re.findall(r"\{(\w+)\}", sentence):
            assert f'"key": "{key}"' in notebook, key


def test_a_study_gets_what_its_parts_feed_and_each_gap_once():
    some = {"monitoring", "scores", "items"}
    names = [chapter.name for chapter in chapters.fed_by(some)]
    assert names[:2] == ["who_took_part", "measures"] and "risk" not in names
    assert "survey" not in names and "worlds" not in names
    gaps = chapters.lacking(some)
    assert gaps["risk"] == ["risk"] and "scores" not in gaps
    assert chapters.fed_by(set()) == ()


def test_the_default_study_has_the_parts_it_declares():
    found = parts.parts_of(read_study("data/casework"))
    assert {"monitoring", "scores", "items", "pairs", "risk", "dates", "centres"} <= found
    assert {"interviews", "coders", "interviews_by_centre"} <= found


def test_links_to_absent_pages_become_words():
    text = (
        "See [trust](trust.ipynb), [x](../made-claims.md#a), ![p](p.png) and [y](https://a.b/c.md)."
    )
    assert (
        unlinked(text, {"trust"})
        == "See [trust](trust.ipynb), x, ![p](p.png) and [y](https://a.b/c.md)."
    )


def test_first_page_takes_numbers_from_results_and_escapes_them():
    study = read_study("data/casework")
    chapter = chapters.Chapter("risk", ("risk",), sentences={"en": "Moved: {improved}."})
    said = {("risk", "improved"): "3 of 9 <b>|"}
    page = "\n".join(own_book.first_page(study, [chapter], {"interviews": ["words"]}, said))
    assert "Moved: 3 of 9 &lt;b&gt;\\|." in page
    assert "origin-synthetic" in page and page.count("coded interviews") == 1
    silent = "\n".join(own_book.first_page(study, [chapter], {}, {}))
    assert "Moved" not in silent and "notebooks/risk.ipynb" in silent
    assert "does not have" not in silent


def test_a_title_that_is_code_stays_text_wherever_the_theme_prints_it(tmp_path):
    (tmp_path / "_config.yml").write_text("title: Ours\n", encoding="utf-8")
    own_book._settle(tmp_path / "_config.yml", '<script>alert("x")</script>')
    settled = (tmp_path / "_config.yml").read_text(encoding="utf-8")
    assert not set('<>"') & set(settled) and "‹script›alert(”x”)‹/script›" in settled
    study = replace(read_study("data/casework"), title="<img src=x onerror=alert(1)>")
    head = next(iter(own_book.first_page(study, [], {}, {})))
    assert "<" not in head and "&lt;" not in head
