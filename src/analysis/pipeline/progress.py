"""How far a report is, on standard error: one line as each task begins or ends, with the time that is left.

A plugin of pytask, found through its entry point; silent unless a report watches.
"""

from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pytask import TaskOutcome, console, hookimpl

ASSEMBLING = ("results.csv", "book", "pages")  # everything that is no notebook
USUAL = 5.0  # seconds, for a task never seen before


@dataclass
class Watch:
    """Seconds that each task took before and takes now; `left` counts down what has not ended yet."""

    before: Mapping[str, float]
    workers: int
    waiting: set[str] = field(default_factory=set)
    started: dict[str, float] = field(default_factory=dict)
    ended: dict[str, float] = field(default_factory=dict)
    took: dict[str, float] = field(default_factory=dict)
    total: int = 0

    def summary(self, seconds: float) -> str:
        """What the pages took by themselves, and the whole with everything around them."""
        pages = [took for name, took in self.took.items() if name not in ASSEMBLING]
        return (
            f"{len(pages)} notebooks ran for {sum(pages):.0f} s, counted one after another; "
            f"the whole took {seconds:.0f} s."
        )

    def left(self, now: float) -> float:
        """Seconds until everything has ended, when the rest takes as long as last time."""
        running = sum(
            max(self._usual(name) - (now - since), 0) for name, since in self.started.items()
        )
        waiting = sum(self._usual(name) for name in self.waiting - set(self.started))
        return (running + waiting) / self.workers

    def _usual(self, name: str) -> float:
        return self.before.get(name, USUAL)


_watches: list[Watch] = []


@contextmanager
def watched(file: Path, workers: int) -> Iterator[Watch]:
    """Show the progress of what pytask runs inside; `file` keeps the seconds of each task for the next time."""
    watch = Watch(_read(file), workers)
    _watches.append(watch)
    begun = time.monotonic()
    try:
        yield watch
        if watch.took:
            print(watch.summary(time.monotonic() - begun), file=sys.stderr, flush=True)
    finally:
        _watches.remove(watch)
        file.write_text(json.dumps({**watch.before, **watch.took}, indent=1), encoding="utf-8")


@contextmanager
def quiet_console() -> Iterator[io.StringIO]:
    """Keep what pytask would print, for the case that it is needed; our own lines say how far things are."""
    before, kept = console.file, io.StringIO()
    console.file = kept
    try:
        yield kept
    finally:
        console.file = before


def _read(file: Path) -> dict[str, float]:
    try:
        return {str(k): float(v) for k, v in json.loads(file.read_text(encoding="utf-8")).items()}
    except (OSError, ValueError, AttributeError, TypeError):
        return {}


@hookimpl
def pytask_execute_log_start(session: Any) -> None:
    """Know what there is to do."""
    for watch in _watches:
        watch.waiting = {_name(task) for task in session.tasks}
        watch.total = len(watch.waiting)


@hookimpl
def pytask_execute_task_log_start(session: Any, task: Any) -> None:
    """A task is handed over, or about to be found unchanged."""
    begun(task)


def begun(task: Any) -> None:
    """A task begins."""
    for watch in _watches:
        watch.started[_name(task)] = time.monotonic()


def ended(task: Any) -> None:
    """A task has ended; what comes of it is told later."""
    for watch in _watches:
        watch.ended[_name(task)] = time.monotonic()


@hookimpl
def pytask_execute_task_log_end(session: Any, report: Any) -> None:
    """A task has ended: say so, unless there was nothing to do."""
    now, name = time.monotonic(), _name(report.task)
    for watch in _watches:
        seconds = watch.ended.pop(name, now) - watch.started.pop(name, now)
        watch.waiting.discard(name)
        if report.outcome == TaskOutcome.SUCCESS:
            watch.took[name] = seconds
        if report.outcome in (TaskOutcome.SUCCESS, TaskOutcome.FAIL):
            done = watch.total - len(watch.waiting)
            how = "" if report.outcome == TaskOutcome.SUCCESS else " FAILED"
            print(
                f"{done:>4} of {watch.total}  {name:<24}{seconds:6.1f} s{how}   about {watch.left(now):.0f} s left",
                file=sys.stderr,
                flush=True,
            )


def _name(task: Any) -> str:
    return str(task.name).rpartition("::")[2]
