"""Promised speeds of whole reports, in a copy of the project: against papermill in a loop and jupyter-book, and against itself.

Run `python -m pytest bench/bench_report.py -s` (a quarter of an hour). The stock side is each tool's own command.
"""

import json
import os
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.study import PROJECT

BIN = Path(sys.executable).parent
CENTRES, PER_CENTRE, STOCK_CENTRES = 300, 8, 4
FLAT = 1.25  # memory in the last third of a sweep against the first third


@pytest.fixture(scope="module")
def copy(tmp_path_factory):
    """The project as it stands under version control, in a folder of its own."""
    target = tmp_path_factory.mktemp("bench") / "project"
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, text=True, check=True
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (PROJECT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(PROJECT / name, target / name)
    return target


def run(copy, *parts):
    """A command in the copy, to its end without error; the seconds it took."""
    environment = os.environ | {
        "PYTHONPATH": str(copy / "src"),
        "PYTHONHASHSEED": "0",
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
    }
    begun = time.perf_counter()
    done = subprocess.run(parts, cwd=copy, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    return time.perf_counter() - begun


def report(copy, *options):
    return run(copy, sys.executable, "-m", "analysis.cli", "report", *map(str, options))


@pytest.fixture(scope="module")
def clean(copy, tmp_path_factory):
    """Seconds of a first report, and where it stands."""
    out = tmp_path_factory.mktemp("out") / "report"
    return report(copy, "--to", out), out


def note(request, name, ours, theirs, promise):
    """One row for the table of ratios; fails when the promise is not kept."""
    from conftest import ROWS

    ratio = theirs / ours
    request.config.stash.setdefault(ROWS, []).append((name, ours, theirs, ratio, promise))


def test_b_clean_report(copy, clean, request, tmp_path):
    """Theirs: `papermill IN OUT` for every notebook, one after another, then `jupyter-book build` of the staged book."""
    seconds, out = clean
    theirs = 0.0
    for notebook in sorted((out / "work" / "notebooks").glob("*.ipynb")):
        stock = [
            BIN / "papermill",
            "-k",
            "python3",
            f"notebooks/{notebook.name}",
            tmp_path / notebook.name,
        ]
        theirs += run(copy, *map(str, stock))
    staged = tmp_path / "book"
    shutil.copytree(out / "work" / "book", staged, ignore=shutil.ignore_patterns("_build"))
    theirs += run(copy, str(BIN / "jupyter-book"), "build", str(staged))
    note(request, "b_clean_report", seconds, theirs, 3)


def test_c_nothing_changed(copy, clean, request):
    """Theirs: a clean report."""
    seconds, out = clean
    again = sorted(report(copy, "--to", out) for _ in range(5))[2]
    note(request, "c_nothing_changed", again, seconds, 50)


def add_sentence(notebook):
    content = json.loads(notebook.read_text(encoding="utf-8"))
    content["cells"][0]["source"].append("\n\nOne sentence more.")
    notebook.write_text(json.dumps(content), encoding="utf-8")


def test_d_one_notebook_edited(copy, clean, request, tmp_path):
    """Theirs: one and a half times that notebook's own run by `casework run`, and the book built again with it changed."""
    _, out = clean
    add_sentence(copy / "notebooks" / "change.ipynb")
    alone = run(
        copy,
        sys.executable,
        "-m",
        "analysis.cli",
        "run",
        "change",
        "--to",
        str(tmp_path / "x.ipynb"),
    )
    staged = tmp_path / "book"
    shutil.copytree(out / "work" / "book", staged)
    again = (str(BIN / "jupyter-book"), "build", str(staged))
    run(copy, *again)  # in its new place the whole book is read once more
    add_sentence(staged / "notebooks" / "change.ipynb")
    book = run(copy, *again)
    note(request, "d_one_notebook_edited", report(copy, "--to", out), 1.5 * (alone + book), 1)


def many_centres(folder, centres=CENTRES):
    """A study of that many centres with 8 families each, as a folder; invented and said so."""
    rng = np.random.default_rng(7)
    families = centres * PER_CENTRE
    frame = pd.DataFrame(
        {
            "family": np.repeat([f"SYN-{n:05d}" for n in range(families)], 2),
            "centre": np.repeat([f"Centre {n // PER_CENTRE:03d}" for n in range(families)], 2),
            "curator": np.repeat([f"SYN-K{n // 4:04d}" for n in range(families)], 2),
            "wave": ["intake", "month_6"] * families,
            "date": ["2022-01-10", "2022-07-10"] * families,
            **{f"item_{i}": rng.integers(1, 6, 2 * families) for i in range(1, 5)},
            "synthetic": True,
        }
    )
    folder.mkdir()
    frame.to_csv(folder / "monitoring.csv", index=False)
    (folder / "study.toml").write_text(
        'title = "Many centres"\nsynthetic = true\n[waves]\norder = ["intake", "month_6"]\n[[scales]]\nname = "item"\n'
        'items = ["item_1", "item_2", "item_3", "item_4"]\nlow = 1\nhigh = 5\nbetter = "lower"\nconfirmatory = true\n',
        encoding="utf-8",
    )
    return folder


def memory(root, seen, stop):
    """Every half second the memory of a process and all below it, in MiB."""
    while not stop.wait(0.5):
        children: dict[int, list[int]] = {}
        size = {}
        for status in Path("/proc").glob("[0-9]*/status"):
            try:
                lines = dict(
                    line.split(":\t", 1)
                    for line in status.read_text().splitlines()
                    if ":\t" in line
                )
            except OSError:
                continue
            pid = int(status.parent.name)
            children.setdefault(int(lines["PPid"]), []).append(pid)
            size[pid] = int(lines.get("VmRSS", "0 kB").split()[0]) / 1024
        waiting, total = [root], 0.0
        while waiting:
            pid = waiting.pop()
            total += size.get(pid, 0)
            waiting += children.get(pid, [])
        seen.append(total)


@pytest.mark.skipif(not Path("/proc").is_dir(), reason="memory is read from /proc")
def test_e_sweep_of_300_centres(request, copy, tmp_path, capsys):
    """Theirs: `papermill` on the same notebook for four of the centres, scaled up; no page is made of them."""
    study = many_centres(tmp_path / "many")
    seen, stop = [], threading.Event()
    watcher = threading.Thread(target=memory, args=(os.getpid(), seen, stop))
    watcher.start()
    ours = report(copy, study, "--centre", "all", "--to", tmp_path / "sweep")
    stop.set()
    watcher.join()
    theirs = 0.0
    for number in range(STOCK_CENTRES):
        values = ["-p", "study", str(study), "-p", "centre", f"Centre {number:03d}"]
        stock = [
            BIN / "papermill",
            "-k",
            "python3",
            "notebooks/centre.ipynb",
            tmp_path / "x.ipynb",
            *values,
        ]
        theirs += run(copy, *map(str, stock))
    pages = list((tmp_path / "sweep" / "html").glob("centre-*.html"))
    assert len(pages) == CENTRES
    third = len(seen) // 3
    first, last = max(seen[:third]), max(seen[-third:])
    with capsys.disabled():
        print(
            f"\nsweep of {CENTRES}: {ours:.0f} s, memory {first:.0f} MiB in the first third, {last:.0f} MiB in the last"
        )
    assert last < FLAT * first, "memory grows with the number of centres"
    note(request, "e_sweep_of_300_centres", ours, theirs * CENTRES / STOCK_CENTRES, 8)
