"""The whole way once: a copy of the project makes its report, and the pages are what they promise to be."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import nbformat
import pytest

from analysis.pipeline.fingerprint import book_files
from analysis.study import PROJECT

pytestmark = pytest.mark.slow
LEFT_BEHIND = {".git", ".venv", "_build", "__pycache__", ".hypothesis"}


class Page(HTMLParser):
    """What a page loads, and its pictures."""

    def __init__(self, text):
        super().__init__()
        self.loaded, self.pictures = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag == "img":
            self.pictures.append(given)
        if tag in ("img", "script", "iframe", "source", "audio", "video", "embed"):
            self.loaded.append(given.get("src") or "")
        if tag == "link" and given.get("rel") not in ("canonical", "license"):
            self.loaded.append(given.get("href") or "")


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The files under version control and those new beside them, as they stand now."""
    target = tmp_path_factory.mktemp("copy") / "project"
    if (PROJECT / ".git").exists() and shutil.which("git"):
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=True)
        names = [name for name in listed.stdout.split("\0") if (PROJECT / name).is_file()]
        for name in names:
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, target / name)
    else:
        shutil.copytree(PROJECT, target, ignore=shutil.ignore_patterns(*LEFT_BEHIND))
    return target


def test_it_is_the_copy_that_runs(copy):
    code = "from analysis.study import PROJECT; print(PROJECT)"
    environment = os.environ | {"PYTHONPATH": str(copy / "src")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=copy, env=environment, capture_output=True, text=True
    )
    assert done.stdout.strip() == str(copy)


def report(copy, out):
    environment = os.environ | {"PYTHONPATH": str(copy / "src")}
    command = [sys.executable, "-m", "analysis.cli", "report", "--to", str(out)]
    return subprocess.run(
        command, cwd=copy, env=environment, capture_output=True, text=True, timeout=1500
    )


@pytest.fixture(scope="module")
def made(copy, tmp_path_factory):
    """The report, made by the copy of the package and not by the one under test."""
    out = tmp_path_factory.mktemp("report") / "out"
    done = report(copy, out)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    assert f"The report is ready: {out / 'html' / 'index.html'}" in done.stdout
    return out


@pytest.fixture(scope="module")
def pages(made):
    return {
        path.relative_to(made / "html").as_posix(): path.read_text(encoding="utf-8")
        for path in sorted((made / "html").rglob("*.html"))
    }


def results(made):
    with (made / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_page_of_the_contents_is_there(pages):
    contents = (PROJECT / "book" / "_toc.yml").read_text(encoding="utf-8")
    wanted = re.findall(r"(?:root|file): (\S+)", contents)
    assert len(wanted) > 20 and {f"{name}.html" for name in wanted} <= set(pages)


def test_results_hold_every_notebook_and_every_origin(made):
    rows = results(made)
    assert {row["notebook"] for row in rows} == {
        path.stem for path in (PROJECT / "notebooks").glob("*.ipynb") if path.stem != "centre"
    }
    assert {row["origin"] for row in rows} == {"synthetic", "published", "coded", "measured"}
    assert sum(row["value"] != "" for row in rows) > 100


def test_pages_ask_no_other_host_for_anything(pages):
    remote = {
        (name, address)
        for name, text in pages.items()
        for address in Page(text).loaded
        if re.match(r"(?:https?:)?//", address)
    }
    assert not remote


def test_every_picture_can_be_heard(pages):
    pictures = [(name, each) for name, text in pages.items() for each in Page(text).pictures]
    assert len(pictures) > 10
    assert not [(name, each.get("src")) for name, each in pictures if not (each.get("alt") or "")]


def test_every_picture_is_there_and_no_other(pages, made):
    shown = {Path(each["src"]).name for text in pages.values() for each in Page(text).pictures}
    assert {path.name for path in (made / "html" / "_images").iterdir()} == shown


def test_every_chapter_says_what_its_numbers_are(pages, made):
    origins = {row["notebook"]: row["origin"] for row in results(made)}
    for name, origin in origins.items():
        assert f'class="origin origin-{origin}"' in pages[f"notebooks/{name}.html"], name
    assert "origin-synthetic" in pages["index.html"]


def test_numbers_on_pages_are_those_of_results(pages, made):
    glued = [row for row in results(made) if row["kind"] == "prose" and row["value"]]
    chosen = [row for row in glued if row["notebook"] in ("change", "audit")]
    used = (PROJECT / "notebooks").glob("*.ipynb")
    words = "".join(
        cell.source
        for path in used
        for cell in nbformat.read(path, as_version=4).cells
        if cell.cell_type == "markdown"
    )
    shown = [row for row in chosen if f"`{row['key']}`" in words]
    assert len(shown) > 5
    for row in shown:
        text = row["text"].lstrip("'").replace("<", "&lt;")
        assert text in pages[f"notebooks/{row['notebook']}.html"], row


def test_everything_shown_is_on_its_page(pages, made):
    """A table or figure that a notebook shows and the book leaves out would be missed by nobody else."""
    shown = {(r["notebook"], r["key"], r["kind"]) for r in results(made) if r["kind"] != "prose"}
    assert len(shown) > 100
    for notebook, key, kind in shown:
        mark = f'id="{key}"' if kind != "figure" else f'id="{notebook}-{key}"'.replace("_", "-")
        text = pages[f"notebooks/{notebook}.html"]
        assert mark in text, (notebook, key)


def test_no_page_names_a_place_of_this_machine(pages, copy, made):
    for name, text in pages.items():
        assert str(copy) not in text and str(made) not in text, name


def test_the_copy_was_not_written_to(copy, made):
    assert not (copy / "book" / "_build").exists()
    for path in book_files(PROJECT / "book"):
        assert (copy / path.relative_to(PROJECT)).is_file()


def test_a_second_run_has_nothing_to_do(copy, made):
    before = (made / "current").resolve()
    done = report(copy, made)
    assert done.returncode == 0 and done.stdout.startswith("Nothing has changed; the report stands")
    assert (made / "current").resolve() == before


def files(folder):
    """Every file of a finished book by its place, with its bytes; words that no page has any more stay listed with none."""
    found = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }
    index = found["searchindex.js"].decode()
    told = json.loads(index[index.index("(") + 1 : index.rindex(")")])
    for kind in ("terms", "titleterms"):
        told[kind] = {word: pages for word, pages in told[kind].items() if pages != []}
    return found | {"searchindex.js": told}


@pytest.mark.slow
def test_a_book_built_on_after_an_edit_is_the_book_built_anew(copy, made, tmp_path):
    """A title that other pages show and numbers that other pages glue, both changed; this edits the copy, so it stands last."""
    notebook = copy / "notebooks" / "change.ipynb"
    text = notebook.read_text(encoding="utf-8")
    edited = text.replace('"# Change', '"# Retitled change', 1).replace(
        "retest = 0.7", "retest = 0.9", 1
    )
    assert edited.count("Retitled") == edited.count("retest = 0.9") == 1
    notebook.write_text(edited, encoding="utf-8")
    before = files(made / "html")
    for out in (made, tmp_path / "anew"):
        done = report(copy, out)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    after, anew = files(made / "html"), files(tmp_path / "anew" / "html")
    assert b"Retitled change" in after["notebooks/risk.html"]  # in its contents
    assert before["index.html"] != after["index.html"]
    assert [name for name in anew | after if anew.get(name) != after.get(name)] == []
    assert (made / "results.csv").read_bytes() == (tmp_path / "anew" / "results.csv").read_bytes()
