"""The builder under test, run as a script: it has imported everything and forks once for each report, which then costs its work only.

Faults come in through an audit hook of Python, which sees every operation on files; nothing in the package knows of it.
Two tiny notebooks and, but for one test, a tiny builder of books stand in for the real ones.
"""

import atexit
import errno
import json
import os
import signal
import sys
import threading
import traceback
from pathlib import Path

import nbformat

PROJECT = Path(__file__).resolve().parents[1]
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


def prepare(place, options):
    """Import all that a report needs, and put the tiny project and the stand-ins where the real ones are."""
    import papermill
    import pytask

    import analysis.kernels
    from analysis import cli
    from analysis.pipeline import book, make, tasks

    assert papermill and pytask and cli and tasks
    if "real_book" not in options:
        book._JUPYTER_BOOK = BUILDER
    if "light" in options:
        tasks.run_notebook = without_kernel
    if "forked" not in options:
        analysis.kernels.PROVISIONER = "none"  # ordinary kernels: nothing to preload
    make.NOTEBOOKS, make.BOOK, make.DATA = place / "notebooks", place / "book", place / "study"
    # whoever edits the package while this runs is not what is tested
    make.code_files = lambda folder: []
    edition = edition_of(place)
    make._edition = lambda folder: edition
    if (place / "nowhere").exists():
        make.OUT = PROJECT / "book" / "_build_of_a_test"


def edition_of(place):
    """The tiny project's two notebooks and its book."""
    from analysis.pipeline.editions import Edition
    from analysis.pipeline.fingerprint import book_files

    book = place / "book"
    files = {each.relative_to(book).as_posix(): each for each in book_files(book)}
    return Edition(("one", "two"), files, (), None, lambda *_: None)


def answer(place):
    """Read commands, one JSON a line: start a report (its pid is the answer), or wait for one (its exit code is)."""
    for line in sys.stdin:
        command = json.loads(line)
        if "wait" in command:
            print(os.waitstatus_to_exitcode(os.waitpid(command["wait"], 0)[1]), flush=True)
            continue
        pid = os.fork()
        if not pid:
            report(place, **command)
        print(pid, flush=True)


def report(place, out, fault, said):
    """Make one report in this process, which ends with it: in a group of its own, its words in a file, its fault set."""
    os.setsid()
    words = os.open(said, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(words, 1)
    os.dup2(words, 2)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    arm(out, fault)
    sys.argv = ["casework", "report", str(place / "study"), *(["--to", out] if out else [])]
    code = exit_code()
    sys.stdout.flush()
    atexit._run_exitfuncs()
    os._exit(code)


def exit_code():
    """Run the command; the code it exits with."""
    from analysis import cli

    try:
        cli.main()
    except SystemExit as end:
        return end.code or 0
    except BaseException:
        traceback.print_exc()
    return 70


if __name__ == "__main__":
    prepare(Path(sys.argv[1]), sys.argv[2:])
    print("ready", flush=True)
    answer(Path(sys.argv[1]))
