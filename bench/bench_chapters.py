"""The commands a user types, on 10,000, 100,000 and 1,000,000 families: `casework check` and every chapter of a study's report.

Run `python -m pytest bench/bench_chapters.py -s` (a quarter of an hour) or `python bench/bench_chapters.py 10000` for
one size. The records are those of bench_scale.py, as a CSV file of three waves, 24 items and a risk level; the first
command reads it, the others find it in the cache, as in a report.
"""

import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
from bench_report import memory
from bench_scale import LEVELS, MOST_GIB, MOST_GROWTH, SIZES, WAVES, records, study

from analysis.parts import parts_of
from analysis.pipeline.chapters import fed_by
from analysis.study import PROJECT, read_study

CASEWORK = [sys.executable, "-m", "analysis.cli"]


def written(folder: Path, families: int) -> Path:
    """The study as a folder that anybody could have made: study.toml and monitoring.csv."""
    declared = study()
    frame = records(families, declared)
    items = [item for scale in declared.scales for item in scale.items]
    frame[items] = frame[items].astype("Int8")
    frame["family"] = "SYN-" + frame["family"].astype(str).str.zfill(7)
    frame["curator"] = "SYN-K" + frame["curator"].str.removeprefix("curator ").str.zfill(3)
    frame["centre"] = frame["centre"].str.title()
    frame.assign(synthetic=True).to_csv(folder / "monitoring.csv", index=False)
    lines = ['title = "Many families"', "synthetic = true", f"[waves]\norder = {list(WAVES)}"]
    for scale in declared.scales:
        lines += [
            f'[[scales]]\nname = "{scale.name}"\nlabel = "{scale.label}"\nitems = {list(scale.items)}',
            f'low = 1\nhigh = 5\nbetter = "lower"\nreverse = {list(scale.reverse)}',
            f"confirmatory = {str(scale.confirmatory).lower()}",
        ]
    lines.append(f'[risk]\ncolumn = "risk"\nlabel = "Risk"\nlevels = {list(LEVELS)}\n[risk.labels]')
    lines += [f'{level} = "{level}"' for level in LEVELS]
    (folder / "study.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def commands(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """(name, command) of everything that is measured."""
    yield "check", ["check", str(folder)]
    for chapter in fed_by(parts_of(read_study(folder))):
        target = str(folder / f"{chapter.name}.ipynb")
        yield chapter.name, ["run", chapter.name, "-p", f"study={folder}", "--to", target]


def measured(command: list[str]) -> tuple[float, float]:
    """Seconds by the clock, and the largest sum of the memory of all its processes in GiB (what forks share counts twice)."""
    begun = time.perf_counter()
    with subprocess.Popen(
        [*CASEWORK, *command],
        cwd=PROJECT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        seen, stop = [0.0], threading.Event()
        watcher = threading.Thread(target=memory, args=(running.pid, seen, stop))
        watcher.start()
        said, _ = running.communicate()
        stop.set()
        watcher.join()
    assert running.returncode == 0, f"{command}: {said[-2000:]}"
    return time.perf_counter() - begun, max(seen) / 1024


def of_size(families: int) -> pd.DataFrame:
    """`seconds, gib` of each command, on a study of that many families in a cache of its own."""
    with tempfile.TemporaryDirectory() as place:
        os.environ["CASEWORK_CACHE"] = f"{place}/cache"
        folder = Path(place) / "study"
        folder.mkdir()
        written(folder, families)
        found = {}
        for name, command in commands(folder):
            found[name] = measured(command)
            print(
                f"{families:>9,} families  {name:16}{found[name][0]:8.1f} s{found[name][1]:7.2f} GiB",
                flush=True,
            )
    return pd.DataFrame(found, index=["seconds", "gib"]).T


def test_every_chapter_of_a_million_families_in_4_gib_and_linear_time(capsys):
    with capsys.disabled():
        found = {families: of_size(families) for families in SIZES}
    last, before = found[SIZES[-1]], found[SIZES[-2]]
    assert last["gib"].max() <= MOST_GIB
    assert last["seconds"].sum() <= MOST_GROWTH * before["seconds"].sum()


if __name__ == "__main__":
    of_size(int(sys.argv[1]))
