"""A tiny project whose reports are made by `fault_builder.py`, and what must hold after any fault."""

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest

import fault_builder
from analysis.pipeline import release

TOC = "format: jb-book\nroot: index\nchapters:\n- file: notebooks/one\n- file: notebooks/two\n"
CONFIG = "title: T\nonly_build_toc_files: true\nexecute:\n  execute_notebooks: 'off'\n"
CELL = """
import json, pathlib, time
from IPython.display import display
place = pathlib.Path({place!r})
(place / "begun-{name}").touch()
while (place / "slow").exists():
    time.sleep(0.05)
value = float((place / "study" / "value.txt").read_text())
(place / "read-{name}").touch()
while (place / "late").exists():
    time.sleep(0.05)
exec((place / "last-{name}.py").read_text() if (place / "last-{name}.py").exists() else "")
note = {{"kind": "prose", "key": "value", "origin": "synthetic",
        "records": [{{"key": "value", "row": "", "column": "", "value": value, "low": None, "high": None, "n": None, "text": str(value)}}]}}
display({{"text/plain": str(value), "application/vnd.casework+json": note}}, raw=True)
"""


class Place:
    """A tiny project and its builder; `inside` comes before the command, such as a namespace with a small disk."""

    def __init__(self, place, *options, inside=()):
        self.place, self.mark = place, f"{place}-{random.random()}"
        for name in ("notebooks", "study", "book", "outs"):
            (place / name).mkdir(parents=True)
        (place / "study" / "study.toml").write_text('title = "T"\n', encoding="utf-8")
        (place / "book" / "index.md").write_text("# Book\n", encoding="utf-8")
        (place / "book" / "_toc.yml").write_text(TOC, encoding="utf-8")
        (place / "book" / "_config.yml").write_text(CONFIG, encoding="utf-8")
        self.value(1)
        for name in ("one", "two"):
            self.notebook(name)
        environment = os.environ | {
            "PYTHONPATH": str(fault_builder.PROJECT / "src"),
            "CASEWORK_FAULTS": self.mark,
            "CASEWORK_PLACE": str(place),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.process = subprocess.Popen(
            [*inside, sys.executable, fault_builder.__file__, str(place), *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
            start_new_session=True,
        )
        self.ready = self.process.stdout.readline().strip() == "ready"

    def close(self):
        self.process.stdin.close()
        self.process.wait(30)
        self.process.stdout.close()

    def value(self, value):
        (self.place / "study" / "value.txt").write_text(str(value), encoding="utf-8")

    def notebook(self, name):
        cells = [
            nbformat.v4.new_markdown_cell(f"# {name}", id="a"),
            nbformat.v4.new_code_cell("seed = 1", metadata={"tags": ["parameters"]}, id="b"),
            nbformat.v4.new_code_cell(
                CELL.format(place=str(self.place), name=name).strip(), id="c"
            ),
        ]
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells), self.place / "notebooks" / f"{name}.ipynb"
        )

    def ask(self, **command):
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def start(self, out, **fault):
        return self.ask(out=str(out), fault=fault, said=str(self.said_at(out)))

    def report(self, out, **fault):
        code = self.ask(wait=self.start(out, **fault))
        return code, self.said(out)

    def said(self, out):
        return self.said_at(out).read_text(encoding="utf-8", errors="replace")

    def said_at(self, out):
        return self.place / f"{Path(out).name}.said"

    def flag(self, name):
        """A file that a cell or the builder looks for."""
        return self.place / name

    def until(self, *names):
        end = time.monotonic() + 60
        while not all(self.flag(name).exists() for name in names):
            assert time.monotonic() < end, names
            time.sleep(0.02)

    def left(self):
        """Processes that any report started and that still live."""
        found = []
        for each in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                ours = self.mark.encode() in (each / "environ").read_bytes()
                dead = "Z" in (each / "stat").read_text().rpartition(")")[2].split()[0]
                if ours and not dead and int(each.name) != self.process.pid:
                    found.append((each / "cmdline").read_text().replace("\0", " ")[:200])
        return found

    def leaves_nothing(self):
        end = time.monotonic() + 15
        while self.left() and time.monotonic() < end:
            time.sleep(0.1)
        assert self.left() == []


def tree(folder):
    """Every file of a folder with its content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def stands(out):
    """What a reader finds: pages and numbers."""
    return tree(out / "html"), (out / "results.csv").read_bytes()


def with_books(place, *options):
    """Also makes the book of value 1, and from it that of value 2, counting the operations; the value stays 2."""
    if not Path("/proc/self/environ").exists():
        pytest.skip("no /proc to look for what is left over")
    one = Place(place, *options)
    one.old, one.new = one.place / "outs" / "old", one.place / "outs" / "new"
    code, said = one.report(one.old)
    assert code == 0, said
    shutil.copytree(one.old, one.new, symlinks=True)
    one.value(2)
    code, said = one.report(one.new, count=str(one.place / "count"))
    assert code == 0, said
    one.operations = int((one.place / "count").read_text())
    assert "2.0" in (one.new / "results.csv").read_text() and stands(one.old) != stands(one.new)
    yield one
    one.close()


def place_of(tiny, name):
    """Where the old book stands with the work that led to it, about to become the new one."""
    out = tiny.place / "outs" / name
    shutil.copytree(tiny.old, out, symlinks=True)
    assert release.published(out)
    return out


def check_after(tiny, out):
    """What must hold after any fault: a whole book, old or new; nothing left running; and the next run ends well."""
    old, new = tiny.old, tiny.new
    assert release.published(out) is not None
    assert stands(out) in (stands(old), stands(new))
    tiny.leaves_nothing()
    code, said = tiny.report(out)
    assert code == 0, said
    assert stands(out) == stands(new)
    assert release.published(out) == release.published(new) and not release.untidy(out)


@contextlib.contextmanager
def paused(tiny, name, *marks):
    """The cells wait at a point; the marks of earlier runs are gone."""
    for mark in marks:
        tiny.flag(mark).unlink(missing_ok=True)
    tiny.flag(name).touch()
    try:
        yield
    finally:
        tiny.flag(name).unlink()
