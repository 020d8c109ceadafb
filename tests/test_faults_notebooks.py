"""A build killed, stopped, doubled or overtaken while notebooks run: the last good book stays whole, the next run ends well."""

import os
import random
import signal
import time

import pytask
import pytest

from analysis.pipeline import release
from analysis.pipeline.build import carry_out
from fault_builds import Place, check_after, paused, place_of, stands, with_books

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A builder with kernels, and its books."""
    yield from with_books(tmp_path_factory.mktemp("tiny"))


# ---- killed, and kernels that die -----------------------------------------------------------


def test_killed_while_notebooks_run(tiny):
    out = place_of(tiny, "running")
    with paused(tiny, "slow", "begun-one", "begun-two"):
        pid = tiny.start(out)
        tiny.until("begun-one", "begun-two")
        os.kill(pid, signal.SIGKILL)
        assert tiny.ask(wait=pid) == -signal.SIGKILL
        tiny.leaves_nothing()
    check_after(tiny, out)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "import os; os.kill(os.getpid(), 9)",
            "two.ipynb: the kernel died in code cell 2 ('import json",
        ),
        ("import sys; sys.exit(0)", "two.ipynb, code cell 2 ('import json"),
        ("raise MemoryError('too large')", "stopped with MemoryError: too large"),
        ("raise OSError(28, 'No space left on device')", "The disk is full. Make room"),
    ],
)
def test_a_kernel_that_dies_costs_its_own_chapter_only(tiny, code, words):
    out = place_of(tiny, f"dying-{random.random()}")
    (tiny.place / "last-two.py").write_text(code, encoding="utf-8")
    try:
        exit_code, said = tiny.report(out)
    finally:
        (tiny.place / "last-two.py").unlink()
    assert exit_code == 1 and words in said and "Traceback" not in said, said
    assert "The last good book still stands" in said and stands(out) == stands(tiny.old)
    for name in ("begun-one", "begun-two"):
        tiny.flag(name).unlink()
    check_after(tiny, out)
    assert tiny.flag("begun-two").exists() and not tiny.flag("begun-one").exists()


# ---- stopped by hand ------------------------------------------------------------------------


@pytest.mark.parametrize(("sign", "expected"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_stopped_by_hand(tiny, sign, expected):
    out = place_of(tiny, f"stopped-{expected}")
    with paused(tiny, "slow", "begun-one", "begun-two"):
        pid = tiny.start(out)
        tiny.until("begun-one", "begun-two")
        begun = time.monotonic()
        os.killpg(pid, sign)
        assert tiny.ask(wait=pid) == expected
        assert time.monotonic() - begun < 5
        tiny.leaves_nothing()
    said = f"Stopped. The last good book still stands: {out}/html/index.html. What was finished is kept"
    assert tiny.said(out).count(said) == 1 and "Traceback" not in tiny.said(out)
    assert stands(out) == stands(tiny.old)
    check_after(tiny, out)


def test_ctrl_c_where_nothing_catches_it_is_no_end_of_the_work(tmp_path):
    """pytask-parallel takes it for the end, and would have the work so far published."""

    @pytask.task(name="first", kwargs={"produces": tmp_path / "first"})
    def first(produces):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.5)
        produces.touch()

    @pytask.task(
        name="second", kwargs={"first": tmp_path / "first", "produces": tmp_path / "second"}
    )
    def second(first, produces):
        produces.touch()

    with pytest.raises(KeyboardInterrupt):
        carry_out([first, second], tmp_path / "out" / "work")


# ---- two at once, and inputs that change ----------------------------------------------------


def test_two_at_two_places_and_two_at_one(tiny):
    outs = [place_of(tiny, f"both-{name}") for name in "ab"]
    with paused(tiny, "slow", "begun-one", "begun-two"):
        pids = [tiny.start(out) for out in outs]
        tiny.until("begun-one", "begun-two")
        code, said = (
            tiny.ask(wait=tiny.ask(out=str(outs[0]), fault={}, said=str(tiny.flag("third")))),
            "",
        )
        said = tiny.flag("third").read_text(encoding="utf-8")
        assert code == 2 and said.startswith(
            f"Another report is being made at {outs[0]} (process {pids[0]})"
        )
    assert [tiny.ask(wait=pid) for pid in pids] == [0, 0]
    for out in outs:
        assert stands(out) == stands(tiny.new)


def test_what_is_edited_while_it_is_read_is_not_taken_for_what_was_read(tiny):
    out = place_of(tiny, "edited")
    try:
        with paused(tiny, "late", "read-one", "read-two"):
            pid = tiny.start(out)
            tiny.until("read-one", "read-two")
            tiny.value(3)
        assert tiny.ask(wait=pid) == 1
        assert "was changed while it was being made; run it again" in tiny.said(out)
        assert stands(out) == stands(tiny.old)
        code, said = tiny.report(out)
        assert code == 0 and "3.0" in (out / "results.csv").read_text(), said
        file = tiny.place / "study" / "value.txt"
        before = file.stat()
        tiny.value(4)
        os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))  # as a copy with its time kept
        code, said = tiny.report(out)
        assert code == 0 and "4.0" in (out / "results.csv").read_text(), said
    finally:
        tiny.value(2)


# ---- once with the real builder of books, and kernels from the server that forks ------------


def test_the_real_builder_and_the_server_of_kernels_killed_and_resumed(tmp_path):
    tiny = Place(tmp_path / "place", "real_book", "forked")
    out = tmp_path / "out"
    code, said = tiny.report(out)
    assert code == 0, said
    first = stands(out)
    tiny.value(2)
    code, said = tiny.report(out, kill_builder=1.5, alone=True)
    assert code == -signal.SIGKILL, said
    tiny.leaves_nothing()
    assert stands(out) == first and release.published(out)
    code, said = tiny.report(out)
    assert code == 0, said
    assert "2.0" in (out / "results.csv").read_text()
    assert {"index.html", "notebooks/one.html", "notebooks/two.html"} <= set(stands(out)[0])
    tiny.leaves_nothing()
    tiny.close()
