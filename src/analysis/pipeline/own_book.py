"""The first page and the contents of a study's own report, written from what its chapters computed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import yaml

from analysis.pipeline import downloads, exhibits, gate
from analysis.pipeline.book import unlinked
from analysis.pipeline.chapters import Chapter
from analysis.pipeline.files import put
from analysis.pipeline.markdown import escape, read_table
from analysis.study import Study
from analysis.wording import catalogue

# The theme of the book prints the title as HTML in a dozen places: nothing of it may be a tag or end an attribute.
TYPOGRAPHIC = str.maketrans({"<": "‹", ">": "›", '"': "”"})
BACK = ("reading", "made-exhibits", "glossary", "references")


def write(
    study: Study,
    chapters: Sequence[Chapter],
    gaps: Mapping[str, Sequence[str]],
    executed: list[Path],
    numbers: Path,
    stage: Path,
) -> None:
    """Write first page, contents and settings into the staged book, and leave no link to a page it has not.

    Raises
    ------
    NotebookError
        When a chapter prints what real records must not show (`gate.check`); nothing is written then.
    """
    gate.check(executed, study)
    said = {
        (row["notebook"], row["key"]): row["text"]
        for row in read_table(numbers)
        if row["kind"] == "prose"
    }
    words = catalogue(study.language)
    first = "\n".join(first_page(study, chapters, gaps, said)) + "\n"
    put(stage / "index.md", first)
    names = [chapter.name for chapter in chapters]
    contents = yaml.safe_dump(_contents(names, words["own"]), allow_unicode=True, sort_keys=False)
    put(stage / "_toc.yml", contents)
    _settle(stage / "_config.yml", study.title)
    known = pages_of(names)
    for page in stage.glob("*.md"):
        text = page.read_text(encoding="utf-8")
        put(page, unlinked(text, known))
    exhibits.write_page(executed, numbers, stage)
    downloads.write_tables(numbers, stage)


def pages_of(names: Iterable[str]) -> frozenset[str]:
    """Every page of a study's own report: first page, chapters, back matter."""
    return frozenset({"index", *BACK, *names})


def first_page(
    study: Study,
    chapters: Iterable[Chapter],
    gaps: Mapping[str, Sequence[str]],
    said: Mapping[tuple[str, str], str],
) -> Iterable[str]:
    """Markdown lines: what the study is, a sentence from each chapter, and each missing part once."""
    words = catalogue(study.language)
    banner, own = words["banner"][study.origin], words["own"]
    text = banner["text"].format(title=study.title, minimum=study.minimum_cell)
    yield f"# {escape(study.title.translate(TYPOGRAPHIC))}"
    yield from ("", f"```{{div}} origin origin-{study.origin}")
    yield from (f"**{banner['head']}** {escape(text)}", "```", "")
    yield from (f"## {own['found']}", "")
    for chapter in chapters:
        sentence = _sentence(chapter, study.language, said)
        yield f"- [](notebooks/{chapter.name}.ipynb)" + (f" – {sentence}" if sentence else "")
    yield from ("", own["numbers"], "")
    if gaps:
        yield from (f"## {own['missing']}", "", own["missing_text"], "")
        yield from (f"- {words['parts'][part]}" for part in gaps)


def _sentence(chapter: Chapter, language: str, said: Mapping[tuple[str, str], str]) -> str:
    """The chapter's sentence with its numbers in it; none when the chapter says nothing under one of its keys."""
    template = chapter.sentences.get(language, "")
    keys = re.findall(r"\{(\w+)\}", template)
    if any((chapter.name, key) not in said for key in keys):
        return ""
    return re.sub(r"\{(\w+)\}", lambda found: escape(said[chapter.name, found[1]]), template)


def _contents(names: Sequence[str], own: Mapping[str, str]) -> dict:
    chapters = [{"file": f"notebooks/{name}"} for name in names]
    return {
        "format": "jb-book",
        "root": "index",
        "parts": [
            {"caption": own["chapters"], "chapters": chapters},
            {"caption": own["about"], "chapters": [{"file": name} for name in BACK]},
        ],
    }


def _settle(file: Path, title: str) -> None:
    """The settings of the compendium under this study's title; who wrote the compendium did not write this report."""
    settings = yaml.safe_load(file.read_text(encoding="utf-8"))
    settings |= {"title": title.translate(TYPOGRAPHIC), "author": "", "copyright": ""}
    put(file, yaml.safe_dump(settings, allow_unicode=True))
