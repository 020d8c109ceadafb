"""One report at a time at one place, and how a report ends before its time: by hand, or on a full disk. Imports nothing heavy."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType

from analysis.pipeline import release
from analysis.pipeline.errors import ParameterError, ReportError

_FULL = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EFBIG: "a file grew larger than you may write",
}
_DISK = _FULL | {
    errno.EROFS: "the place is read-only",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
    errno.EIO: "the disk cannot be read or written",
}
_SIGNS = {os.strerror(number): words for number, words in _FULL.items()} | {
    "disk is full": _FULL[errno.ENOSPC]  # as SQLite says it
}
MEND = "Make room or choose another place with --to."
_scratch: set[str] = set()


@contextmanager
def only_one(out: Path) -> Iterator[None]:
    """Work at `out` while nobody else does, cleared of what a stopped run has left. The operating system drops the lock when a process dies, however it dies.

    Raises
    ------
    ParameterError
        When another report is being made there.
    ReportError
        When nothing can be written there, or not any more.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        with (out / ".lock").open("a+", encoding="utf-8") as file:
            if not _locked(file.fileno()):
                file.seek(0)
                raise ParameterError(
                    f"Another report is being made at {out} (process {file.read().strip() or 'unknown'}). "
                    "Wait until it has ended, or choose another place with --to."
                )
            file.truncate(0)
            file.write(str(os.getpid()))
            file.flush()
            release.tidy(out)
            yield
    except OSError as error:
        words = _DISK.get(error.errno or 0) or full([str(error)])
        if not words:
            raise
        where = error.filename or out
        raise ReportError(
            f"{where}: {words}. {release.standing(out)} {MEND} {release.KEPT}"
        ) from error


def clear_away(out: Path) -> None:
    """Tidy a place where a stopped run has left something, unless somebody works there or nothing can be written."""
    if release.untidy(out):
        with suppress(ParameterError, ReportError), only_one(out):
            pass  # whoever gets the place clears it


def told(failures: Iterable[str], out: Path) -> str:
    """What failed, in its own words, why if a full disk shows through them, and what stands and is kept."""
    lines = list(failures)
    if words := full(lines):
        lines.append(f"{words[0].upper()}{words[1:]}. {MEND}")
    return "\n".join([*lines, f"{release.standing(out)} {release.KEPT}"])


def full(texts: Iterable[str]) -> str:
    """Words for a full disk when one of the texts, of whatever library, speaks of it; else empty."""
    found = [words for text in texts for sign, words in _SIGNS.items() if sign in text]
    return found[0] if found else ""


@contextmanager
def stoppable(out: Path) -> Iterator[None]:
    """Ctrl-C or a request to end, followed at once and with one line.

    The process ends as if it were killed, which is safe at every moment: what it started listens for its end. Waiting
    for what runs would take as long as the longest chapter.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    place = out.resolve()  # now: while a book is built the working folder is another one

    def stop(number: int, frame: FrameType | None) -> None:
        text = f"\nStopped. {release.standing(place)} {release.KEPT}\n"
        os.write(2, text.encode(errors="replace"))
        for folder in list(_scratch):
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(128 + number)

    before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def scratch() -> Iterator[str]:
    """A temporary folder that also goes when the process is stopped by hand."""
    with TemporaryDirectory(prefix="cw-") as place:
        _scratch.add(place)
        try:
            yield place
        finally:
            _scratch.discard(place)


def run_tied(
    code: str, arguments: Iterable[str], environment: Mapping[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run Python code in a process that ends when we do, also when we are killed: it would write where the next run writes.

    It listens to a pipe whose other end only this process holds.
    """
    theirs, ours = os.pipe()
    try:
        command = [sys.executable, "-c", _LISTEN + code, *arguments]
        return subprocess.run(
            command, stdin=theirs, capture_output=True, text=True, env=dict(environment)
        )
    finally:
        os.close(theirs)
        os.close(ours)


# os.read and not sys.stdin.read: a thread that waits in a buffer would spoil the end of the interpreter.
_LISTEN = (
    "import os, threading; "
    "threading.Thread(target=lambda: (os.read(0, 1), os._exit(1)), daemon=True).start(); "
)


def _locked(descriptor: int) -> bool:
    """Take the lock of an open file, or say that another process has it."""
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        except OSError:
            return False
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
