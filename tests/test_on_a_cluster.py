"""Sweep and report on a real scheduler with real workers, one of them killed in the middle: the same bytes, nothing lost or done twice."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from analysis.importing import bring
from analysis.pipeline import build, make, sweep
from analysis.pipeline.errors import ParameterError
from analysis.study import PROJECT

DASK = [sys.executable, "-m", "distributed.cli.dask_scheduler"]
WORKER = [sys.executable, "-m", "distributed.cli.dask_worker"]
PUBLIC = Path(__file__).parent / "public"
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not hasattr(os, "killpg"), reason="process groups are needed to kill a worker"
    ),
]


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def cluster(folder, names=("one", "two")):
    """A scheduler and its workers, processes of their own; yields the address and the workers."""
    address = f"tcp://127.0.0.1:{free_port()}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "start_new_session": True}
    common = ["--no-dashboard"]
    scheduler = subprocess.Popen([*DASK, "--host", address, *common], **quiet)
    workers = [
        subprocess.Popen(
            [
                *WORKER,
                address,
                "--nworkers",
                "1",
                "--nthreads",
                "1",
                "--local-directory",
                str(folder / name),
                *common,
            ],
            **quiet,
        )
        for name in names
    ]
    try:
        yield address, workers
    finally:
        for process in (*workers, scheduler):
            with_children(process, signal.SIGKILL)
            process.wait()


def with_children(process, number):
    with suppress(ProcessLookupError):
        os.killpg(process.pid, number)


def with_a_worker_killed(folder, *arguments):
    """`casework report ARGUMENTS` on a cluster that loses a worker when the first notebook is done; the tasks it tells of."""
    out = folder / "out"
    with cluster(folder) as (address, workers):
        command = ["report", *arguments, "--to", str(out), "--cluster", address]
        run = subprocess.Popen(
            [sys.executable, "-m", "analysis.cli", *command],
            cwd=PROJECT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        executed = out / "work" / "notebooks"
        deadline = time.monotonic() + 240
        while not list(executed.glob("*.ipynb")) and run.poll() is None:
            assert time.monotonic() < deadline, "no notebook was finished"
            time.sleep(0.1)
        assert run.poll() is None, "all was over before a worker could be killed"
        with_children(workers[0], signal.SIGKILL)
        said, errors = run.communicate(timeout=400)
    assert run.returncode == 0, said + errors
    return [line.split()[3] for line in errors.splitlines() if "s left" in line and " of " in line]


def same_bytes(out, expected):
    assert (out / "results.csv").read_bytes() == (expected / "results.csv").read_bytes()
    pages = [path.relative_to(expected) for path in (expected / "html").rglob("*.html")]
    assert pages
    for page in pages:
        assert (out / page).read_bytes() == (expected / page).read_bytes(), page


def test_a_sweep(tmp_path):
    sweep.make_sweep("data/casework", "all", tmp_path / "here", {})
    done = with_a_worker_killed(tmp_path, "data/casework", "--centre", "all")
    assert sorted(done) == [*(f"centre-{letter}" for letter in "abcdef"), "pages"]
    same_bytes(tmp_path / "out", tmp_path / "here")


def test_a_report(tmp_path):
    study = tmp_path / "study"
    bring.bring([PUBLIC / "sleepstudy.csv"], study)
    make.make_report(str(study), tmp_path / "here", {})
    done = with_a_worker_killed(tmp_path, str(study))
    assert sorted(done) == ["book", "change", "results.csv", "trust", "who_took_part"]
    same_bytes(tmp_path / "out", tmp_path / "here")


def test_a_scheduler_without_workers_is_said_in_words(tmp_path, monkeypatch):
    monkeypatch.setattr(build, "JOIN_SECONDS", 1)
    with (
        cluster(tmp_path, names=()) as (address, _),
        pytest.raises(ParameterError, match=r"has no worker, and none has joined in 1 s\. Start"),
    ):
        build.carry_out([], tmp_path / "work", address)
