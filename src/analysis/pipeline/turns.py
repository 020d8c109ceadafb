"""One report at a time at one place, and what is said when the disk ends the work. Imports nothing heavy."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from analysis.pipeline.errors import ParameterError, ReportError

_DISK = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "your share of the disk is used up",
    errno.EROFS: "the place is read-only",
    errno.EACCES: "you may not write there",
    errno.EPERM: "you may not write there",
}


@contextmanager
def only_one(out: Path) -> Iterator[None]:
    """Work at `out` while nobody else does. The operating system drops the lock when a process dies, however it dies.

    Raises
    ------
    ParameterError
        When another report is being made there, or nothing can be written there.
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
            yield
    except OSError as error:
        if error.errno not in _DISK:
            raise
        raise ReportError(
            f"{error.filename or out}: {_DISK[error.errno]}. The last good book, if there is one, still stands. "
            "Make room or choose another place with --to; what was finished is not done again."
        ) from error


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
