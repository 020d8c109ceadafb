"""What somebody who waits is told: after two seconds how long a step has taken and how long it may still take."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

SILENT, EVERY = 2.0, 3.0  # seconds
BYTES_A_SECOND = 10e6  # a table read and checked, on a slow machine


@contextmanager
def patience(what: str, expected: float) -> Iterator[None]:
    """Say on standard error how far a step is, once it has taken longer than two seconds; silent before.

    `expected` is a guess of the seconds in all. When it is over, only the time so far is told.
    """
    over, begun = threading.Event(), time.monotonic()

    def tell() -> None:
        wait = SILENT
        while not over.wait(wait):
            print(told(what, time.monotonic() - begun, expected), file=sys.stderr, flush=True)
            wait = EVERY

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        over.set()
        teller.join()


def told(what: str, elapsed: float, expected: float) -> str:
    """`checking the tables: 6 s, about 12 s left`."""
    left = (
        f"about {expected - elapsed:.0f} s left" if elapsed < expected else "longer than expected"
    )
    return f"{what}: {elapsed:.0f} s, {left}"


def counted(done: int, total: int, since: float, now: Callable[[], float] = time.monotonic) -> str:
    """`3 of 12, about 40 s left`: for things of about the same length, `since` when they began."""
    left = (now() - since) / done * (total - done) if done else 0.0
    return f"{done:>4} of {total}, about {left:.0f} s left"


def seconds_for(files: Iterable[Path]) -> float:
    """Seconds that reading and checking these files may take, by their size."""
    return 1 + sum(path.stat().st_size for path in files if path.is_file()) / BYTES_A_SECOND
