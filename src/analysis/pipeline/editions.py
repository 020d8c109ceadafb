"""What kind of book is made: the whole compendium, or the report of one study with the chapters it can feed."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from analysis.pipeline import downloads, exhibits, findings, own_book, pages, reporting
from analysis.pipeline.chapters import all_chapters, fed_by, lacking
from analysis.pipeline.errors import ParameterError
from analysis.pipeline.fingerprint import book_files, data_files
from analysis.study import PROJECT, Study

BOOK = PROJECT / "book"
NOTEBOOKS = PROJECT / "notebooks"
PUBLISHED = PROJECT / "data" / "published"
REPORTING = PROJECT / "data" / "reporting"
STANDARDS = PROJECT / "data" / "standards"
OWN = "own"
SHARED = ("_config.yml", "references.bib", "glossary.md", "references.md")


@dataclass(frozen=True)
class Edition:
    """One kind of book: its chapters in order, its hand-written files by their place in it, and what writes its other pages.

    `pages` names every page of the book, None when nothing is left out of it. `write` is called with the executed notebooks,
    results.csv and the staged book.
    """

    chapters: tuple[str, ...]
    files: Mapping[str, Path]
    tables: tuple[Path, ...]
    pages: frozenset[str] | None
    write: Callable[[list[Path], Path, Path], None]


def compendium() -> Edition:
    """The whole book: every chapter, the published sources, the methods."""
    files = {path.relative_to(BOOK).as_posix(): path for path in book_files(BOOK)}
    exercises = {f"_static/notebooks/{path.name}": path for path in NOTEBOOKS.glob("learn_*.ipynb")}
    return Edition(
        chapters=tuple(chapter.name for chapter in all_chapters()),
        files={n: p for n, p in (files | exercises).items() if not n.startswith(f"{OWN}/")},
        tables=(*data_files(PUBLISHED), *data_files(REPORTING), *data_files(STANDARDS)),
        pages=None,
        write=_compendium_pages,
    )


def of_study(study: Study) -> Edition:
    """The report of a study: the chapters that its parts can feed, and a first page that names what is missing.

    Raises
    ------
    ParameterError
        When the study can feed no chapter at all.
    """
    from analysis.parts import parts_of  # much of the house, which the compendium does not need

    parts = parts_of(study)
    chapters, gaps = fed_by(parts), lacking(parts)
    if not chapters:
        raise ParameterError(
            f"{study.folder.name}: nothing to report on. A report needs monitoring with a scale and two waves, "
            "or coded interviews; declare one of them in study.toml."
        )
    files = {path.relative_to(BOOK).as_posix(): path for path in book_files(BOOK)}
    kept = {n: p for n, p in files.items() if n in SHARED or n.startswith("_static/")}
    kept |= {n.removeprefix(f"{OWN}/"): p for n, p in files.items() if n.startswith(f"{OWN}/")}
    return Edition(
        chapters=tuple(chapter.name for chapter in chapters),
        files=kept,
        tables=(),
        pages=own_book.pages_of(chapter.name for chapter in chapters),
        write=partial(own_book.write, study, chapters, gaps),
    )


def _compendium_pages(executed: list[Path], numbers: Path, stage: Path) -> None:
    pages.write_pages(PUBLISHED, BOOK / "evidence.csv", numbers, stage)
    reporting.write_page(REPORTING, numbers, stage)
    findings.write_page(STANDARDS, numbers, stage)
    exhibits.write_page(executed, numbers, stage)
    downloads.write_tables(numbers, stage)
