"""How far a report is, and that only one is made at a place."""

import errno
import os
import subprocess
import sys

import pytask
import pytest

from analysis.pipeline.build import carry_out
from analysis.pipeline.errors import ParameterError, ReportError
from analysis.pipeline.progress import USUAL, Watch, watched
from analysis.pipeline.turns import only_one


def test_time_left_is_what_waits_and_what_runs_shared_among_workers():
    watch = Watch({"a": 10, "b": 4}, 2, waiting={"a", "b", "c"}, started={"a": 100.0})
    # by hand: a has 10 - 6 left, b takes 4, c was never seen: (4 + 4 + USUAL) / 2
    assert watch.left(106.0) == (4 + 4 + USUAL) / 2
    assert watch.left(1000.0) == (0 + 4 + USUAL) / 2, (
        "what takes longer than last time is not negative"
    )


def test_seconds_are_kept_for_next_time_and_a_spoilt_file_is_no_obstacle(tmp_path):
    file = tmp_path / "seconds.json"
    file.write_text("[1]", encoding="utf-8")
    with watched(file, 1) as watch:
        watch.took["change"] = 3.0
    with watched(file, 1) as watch:
        assert watch.before == {"change": 3.0}


HOLD = """
import sys, time
from pathlib import Path
from analysis.pipeline.turns import only_one
with only_one(Path(sys.argv[1])):
    print("ready", flush=True)
    time.sleep(60)
"""


def test_a_second_report_at_one_place_is_refused_until_the_first_is_gone(tmp_path):
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as first:
        assert first.stdout.readline() == "ready\n"
        with pytest.raises(ParameterError, match=f"process {first.pid}"), only_one(tmp_path):
            pass
        first.kill()  # as kill -9 does: the lock must go with the process
    with only_one(tmp_path):
        assert (tmp_path / ".lock").read_text(encoding="utf-8") == str(os.getpid())


def test_tasks_of_an_earlier_plan_do_not_stand_in_the_way(tmp_path):
    """A plan that was made and never carried out: pytask would refuse the next one because of it."""

    @pytask.task(name="left", kwargs={"produces": tmp_path / "left"})
    def left(produces):
        raise AssertionError("nobody asked for this one")

    @pytask.task(name="wanted", kwargs={"produces": tmp_path / "wanted"})
    def wanted(produces):
        produces.touch()

    carry_out([wanted], tmp_path / "work")
    assert (tmp_path / "wanted").exists() and not (tmp_path / "left").exists()


def test_a_full_disk_is_said_in_words(tmp_path):
    with (
        pytest.raises(
            ReportError,
            match=r"x\.png: the disk is full\. No book stands at .*was finished is kept",
        ),
        only_one(tmp_path),
    ):
        raise OSError(errno.ENOSPC, "No space left on device", "x.png")


def test_other_errors_are_not_dressed_up(tmp_path):
    with pytest.raises(FileNotFoundError), only_one(tmp_path):
        raise FileNotFoundError(errno.ENOENT, "gone", "x")
