"""Threads that never wait for pytask, nor it for them: each has a next task in store, and pytask hears of an end at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psutil
from loky import cpu_count
from pytask_parallel import ParallelBackend, WorkerType, registry

from analysis.pipeline.progress import begun, ended

BACKEND = ParallelBackend.CUSTOM.value
IN_STORE = 2  # for each thread: the task it does and the next
LONGEST_LOOK = 60.0  # seconds that pytask waits for news; it sleeps longer after each look in vain
KERNEL, TIMES = (
    3e8,
    8,
)  # bytes of a kernel by itself, and for each byte of a table: bench/bench_chapters.py, CSV


class News:
    """How many tasks have ended, and of how many of these pytask knows."""

    def __init__(self) -> None:
        self.ended = self.known = 0
        self._changed = threading.Condition()

    def tell(self) -> None:
        """One more has ended."""
        with self._changed:
            self.ended += 1
            self._changed.notify_all()

    def wait(self) -> None:
        """Until one has ended of which pytask does not know; for a while at the longest."""
        with self._changed:
            self._changed.wait_for(lambda: self.ended > self.known, LONGEST_LOOK)


class Awaited(Future):
    """The future of a task. Asked whether the task has ended, it answers when that, or another's end, is news.

    pytask-parallel asks each future in turn and then sleeps, longer each time that it had nothing to hand out: up to a second.
    It hands out what waited for an end only when it has asked them all, so none keeps it waiting that has not been asked
    since the last end was told.
    """

    def __init__(self, news: News) -> None:
        super().__init__()
        self._news, self._told, self._asked = news, False, news.known

    def done(self) -> bool:
        """Whether the task has ended."""
        if not super().done() and self._asked == self._news.known:
            self._news.wait()
        self._asked = self._news.known
        if super().done() and not self._told:
            self._told = True
            self._news.known += 1
        return super().done()


class Hands(ThreadPoolExecutor):
    """Threads that tell the progress when a task really begins and ends, not when pytask hands it over and takes it back."""

    def __init__(self, threads: int) -> None:
        super().__init__(threads)
        self._news = News()

    def submit(  # type: ignore[override]
        self, fn: Callable[..., Any], /, *args: Any, task: Any, **kwargs: Any
    ) -> Future[Any]:
        """Queue the task of pytask."""
        answer = Awaited(self._news)

        def done() -> None:
            begun(task)
            try:
                answer.set_result(fn(*args, task=task, **kwargs))
            except BaseException as error:
                answer.set_exception(error)
            finally:
                ended(task)
                self._news.tell()

        super().submit(done)
        return answer


def at_once(data: int = 0) -> int:
    """How many notebooks to run at once when each reads tables of so many bytes.

    One more than the cores that we may use, because a kernel that starts waits more than it works; fewer where the free memory
    would not hold them, but one in any case.
    """
    fitting = psutil.virtual_memory().available / (KERNEL + TIMES * data)
    return max(1, min(cpu_count() + 1, int(fitting)))


def ready(threads: int) -> int:
    """Make that many threads the backend of pytask's next build; how many tasks it should be handed at once."""
    registry.register_parallel_backend(
        ParallelBackend.CUSTOM, lambda n_workers: Hands(threads), worker_type=WorkerType.THREADS
    )
    return IN_STORE * threads
