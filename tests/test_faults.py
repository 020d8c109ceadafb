"""A build killed, starved of disk, stopped by hand or doubled at seeded moments: the last good book stays whole, the next run ends well.

Run as a script this file is the builder under test: it has imported everything, and forks once for each report, so that
a report costs its work and not its imports. Faults come in through an audit hook of Python, which sees every operation
on files; nothing in the package knows of it. Two tiny notebooks and, but for one test, a tiny builder of books stand in for the real ones.
"""

import contextlib
import errno
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat

PROJECT = Path(__file__).resolve().parents[1]
SEED, KILLS, FULL = 20230, 12, 6
CHANGES = {"os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.symlink", "os.chmod", "os.utime"}
# Like Sphinx it leaves alone every page that is newer than its source, also one that it had half written.
BUILDER = """
import os, sys, time, pathlib
source, place = pathlib.Path(sys.argv[2]), pathlib.Path(os.environ["CASEWORK_PLACE"])
html = source / "_build" / "html"; html.mkdir(parents=True, exist_ok=True)
for page in sorted([*source.glob("*.md"), *source.glob("notebooks/*.ipynb"), *source.glob("results.csv")]):
    made = html / (page.stem + ".html")
    if made.is_file() and made.stat().st_mtime > page.stat().st_mtime: continue
    text = page.read_text()
    with made.open("w") as file:
        file.write(text[:len(text) // 2]); file.flush()
        while (place / ("hold-" + page.stem)).exists():
            (place / "half").touch(); time.sleep(0.02)
        file.write(text[len(text) // 2:])
"""
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


# --- the builder under test ----------------------------------------------------------------------


def arm(out, fault):
    """Set the fault: `kill` or `fill` at an operation on files below `out`, `kill_builder` so many seconds after its start."""
    count, lock = [0], threading.Lock()

    def die():
        if fault.get("alone"):
            os.kill(os.getpid(), signal.SIGKILL)
        os.killpg(os.getpgid(0), signal.SIGKILL)

    def hook(event, arguments):
        if event == "subprocess.Popen" and "kill_builder" in fault and "build" in arguments[1]:
            threading.Timer(fault["kill_builder"], die).start()
        writes = (
            event == "open"
            and isinstance(arguments[2], int)
            and arguments[2] & (os.O_WRONLY | os.O_RDWR)
        )
        if not writes and event not in CHANGES:
            return
        if not any(str(each).startswith(f"{out}{os.sep}") for each in arguments[:2]):
            return
        with lock:
            count[0] += 1
            now = count[0]
        if fault.get("kill") == now:
            die()
        if (
            fault.get("fill")
            and now >= fault["fill"]
            and event in ("open", "os.mkdir", "os.symlink")
        ):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(arguments[0]))
        if "count" in fault:
            Path(fault["count"]).write_text(str(now))

    sys.addaudithook(hook)


def without_kernel(source, target, parameters):
    """What `run_notebook` writes, without a kernel: where only operations on files are looked at."""
    from analysis.pipeline.run import scrub, write_notebook

    notebook = nbformat.read(source, as_version=4)
    value = float((source.parents[1] / "study" / "value.txt").read_text())
    records = [{"key": "value", "row": "", "column": "", "low": None, "high": None, "n": None}]
    records[0] |= {"value": value, "text": str(value)}
    note = {"kind": "prose", "key": "value", "origin": "synthetic", "records": records}
    data = {"text/plain": str(value), "application/vnd.casework+json": note}
    notebook.cells[-1].outputs = [nbformat.v4.new_output("display_data", data)]
    target.parent.mkdir(parents=True, exist_ok=True)
    write_notebook(scrub(notebook), target)


def builder(place, options):
    """Read commands, one JSON a line: start a report (its pid is the answer), or wait for one (its exit code is)."""
    import papermill
    import pytask

    import analysis.kernels
    from analysis import cli
    from analysis.pipeline import book, make, tasks
    from analysis.pipeline.editions import Edition
    from analysis.pipeline.fingerprint import book_files

    assert papermill and pytask and tasks
    if "real_book" not in options:
        book._JUPYTER_BOOK = BUILDER
    if "light" in options:
        tasks.run_notebook = without_kernel
    if "forked" not in options:
        analysis.kernels.PROVISIONER = "none"  # ordinary kernels: nothing to preload
    files = {
        each.relative_to(place / "book").as_posix(): each for each in book_files(place / "book")
    }
    make.NOTEBOOKS, make.BOOK, make.DATA = place / "notebooks", place / "book", place / "study"
    make.code_files = (
        lambda folder: []
    )  # whoever edits the package while this runs is not what is tested
    make._edition = lambda folder: Edition(("one", "two"), files, (), None, lambda *_: None)
    if (place / "nowhere").exists():
        make.OUT = PROJECT / "book" / "_build_of_a_test"
    print("ready", flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        if "wait" in command:
            print(os.waitstatus_to_exitcode(os.waitpid(command["wait"], 0)[1]), flush=True)
            continue
        pid = os.fork()
        if pid:
            print(pid, flush=True)
            continue
        os.setsid()
        out = command["out"]
        said = os.open(command["said"], os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        arm(out, command["fault"])
        sys.argv = ["casework", "report", str(place / "study"), *(["--to", out] if out else [])]
        code = 70
        try:
            cli.main()
        except SystemExit as end:
            code = end.code or 0
        except BaseException:
            import traceback

            traceback.print_exc()
        sys.stdout.flush()
        import atexit

        atexit._run_exitfuncs()
        os._exit(code)


if __name__ == "__main__":
    builder(Path(sys.argv[1]), sys.argv[2:])
    sys.exit()

import pytask  # noqa: E402
import pytest  # noqa: E402

from analysis.pipeline import release  # noqa: E402
from analysis.pipeline.build import carry_out  # noqa: E402

pytestmark = pytest.mark.slow


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
            "PYTHONPATH": str(PROJECT / "src"),
            "CASEWORK_FAULTS": self.mark,
            "CASEWORK_PLACE": str(place),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        self.process = subprocess.Popen(
            [*inside, sys.executable, __file__, str(place), *options],
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


TOC = "format: jb-book\nroot: index\nchapters:\n- file: notebooks/one\n- file: notebooks/two\n"
CONFIG = "title: T\nonly_build_toc_files: true\nexecute:\n  execute_notebooks: 'off'\n"


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


@pytest.fixture(scope="module")
def light(tmp_path_factory):
    """A builder that needs no kernels, and its books."""
    yield from _with_books(tmp_path_factory.mktemp("light"), "light")


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A builder with kernels, and its books."""
    yield from _with_books(tmp_path_factory.mktemp("tiny"))


def _with_books(place, *options):
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


def points(n, last):
    """One operation from each of `n` equal stretches."""
    generator = random.Random(SEED)
    edges = [1 + i * last // n for i in range(n + 1)]
    return [generator.randrange(a, max(b, a + 1)) for a, b in itertools.pairwise(edges)]


# --- killed --------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(KILLS))
def test_killed_at_an_operation(light, number):
    out = place_of(light, f"kill-{number}")
    at = points(KILLS, light.operations)[number]
    code, said = light.report(out, kill=at, alone=number % 2)
    assert code == -signal.SIGKILL, (at, light.operations, said)
    check_after(light, out)


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("page", ["one", "results"])
def test_killed_while_the_book_is_written(light, page, alone):
    """Alone: the builder is another process, and would go on to write where the next run writes."""
    out = place_of(light, f"builder-{page}-{alone}")
    with paused(light, f"hold-{page}", "half"):
        pid = light.start(out)
        light.until("half")
        (os.kill if alone else os.killpg)(pid, signal.SIGKILL)
        assert light.ask(wait=pid) == -signal.SIGKILL
        light.leaves_nothing()
    check_after(light, out)


def test_killed_while_notebooks_run(tiny):
    out = place_of(tiny, "running")
    with paused(tiny, "slow", "begun-one", "begun-two"):
        pid = tiny.start(out)
        tiny.until("begun-one", "begun-two")
        os.kill(pid, signal.SIGKILL)
        assert tiny.ask(wait=pid) == -signal.SIGKILL
        tiny.leaves_nothing()
    check_after(tiny, out)


def test_killed_at_its_first_book(light):
    """Before the first book stands, nothing may pass for one."""
    new = light.new
    for number, at in enumerate(points(3, light.operations)):
        out = light.place / "outs" / f"first-{number}"
        code, said = light.report(out, kill=at)
        assert code == -signal.SIGKILL, said
        assert release.published(out) in (None, release.published(new))
        code, said = light.report(out)
        assert code == 0 and stands(out) == stands(new), said


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


# --- no room on the disk -------------------------------------------------------------------------


@pytest.mark.parametrize("number", range(FULL))
def test_no_room_from_an_operation_on(light, number):
    out = place_of(light, f"full-{number}")
    at = points(FULL, light.operations)[number]
    code, said = light.report(out, fill=at)
    assert code == 1 and "Traceback" not in said, said
    assert "he disk is full" in said and "Make room or choose another place with --to." in said
    assert "The last good book still stands" in said and "What was finished is kept" in said
    check_after(light, out)


def namespace(*mounts):
    """A command prefix under which mounts are seen by nobody else; skips where the system does not let us."""
    script = " && ".join((*mounts, 'exec "$@"'))
    inside = ["unshare", "-rm", "sh", "-c", script, "sh"]
    if (
        not shutil.which("unshare")
        or subprocess.run([*inside, "true"], capture_output=True).returncode
    ):
        pytest.skip("this system does not let us mount anything")
    return inside


def test_a_disk_that_is_really_full(tmp_path):
    """A file system of 3 MB, of which so many kilobytes are left: every library under the report meets its own error."""
    place, disk = tmp_path / "place", tmp_path / "disk"
    disk.mkdir()
    tiny = Place(place, "light", inside=namespace(f"mount -t tmpfs -o size=3m tmpfs '{disk}'"))
    assert tiny.ready
    seen = Path(f"/proc/{tiny.process.pid}/root{disk}")
    code, said = tiny.report(disk / "out")
    assert code == 0, said
    good, failed = stands(seen / "out"), 0
    for value, kilobytes in enumerate((0, 20, 60, 150, 300), 2):
        tiny.value(value)
        ballast = max(free(seen) - 1024 * kilobytes, 0)
        (seen / "ballast").write_bytes(bytes(ballast))
        code, said = tiny.report(disk / "out")
        assert release.published(seen / "out"), said
        if code:
            failed += 1
            assert code == 1 and "he disk is full" in said and "Traceback" not in said, said
            assert stands(seen / "out") == good
        (seen / "ballast").unlink()
        code, said = tiny.report(disk / "out")
        assert code == 0 and f"{value}.0" in (seen / "out" / "results.csv").read_text(), said
        good = stands(seen / "out")
    assert failed >= 2
    tiny.close()


def free(folder):
    state = os.statvfs(folder)
    return state.f_bavail * state.f_bsize


# --- kernels that die ----------------------------------------------------------------------------


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


# --- stopped by hand -----------------------------------------------------------------------------


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


# --- two at once, a place that may not be written, inputs that change ----------------------------


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


def test_a_checkout_that_is_read_only(tmp_path):
    mounts = (f"mount --bind '{PROJECT}' '{PROJECT}'", f"mount -o remount,ro,bind '{PROJECT}'")
    inside = namespace(*mounts)
    if (
        subprocess.run(
            [*inside, "touch", str(PROJECT / ".written")], capture_output=True
        ).returncode
        == 0
    ):
        (PROJECT / ".written").unlink()
        pytest.skip("the mount is not read-only")
    place = tmp_path / "place"
    place.mkdir()
    (place / "nowhere").touch()
    tiny = Place(place, inside=inside)
    assert tiny.ready
    code, said = tiny.report("")
    assert code == 1 and "the place is read-only. No book stands at" in said, said
    assert "choose another place with --to" in said and "Traceback" not in said
    code, said = tiny.report(tmp_path / "elsewhere")
    assert code == 0 and release.published(tmp_path / "elsewhere"), said
    tiny.close()


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


# --- once with the real builder of books, and kernels from the server that forks -----------------


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
