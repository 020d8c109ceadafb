"""Threads that never wait for pytask: it looks for ended tasks only now and then, so each thread has a next task in store."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import psutil
from loky import cpu_count
from pytask_parallel import ParallelBackend, WorkerType, registry

from analysis.pipeline.progress import begun, ended

BACKEND = ParallelBackend.CUSTOM.value
IN_STORE = 2  # for each thread: the task it does and the next
KERNEL, TIMES = (
    3e8,
    8,
)  # bytes of a kernel by itself, and for each byte of a table: bench/bench_chapters.py, CSV


class Hands(ThreadPoolExecutor):
    """Threads that tell the progress when a task really begins and ends, not when pytask hands it over and takes it back."""

    def submit(  # type: ignore[override]
        self, fn: Callable[..., Any], /, *args: Any, task: Any, **kwargs: Any
    ) -> Future[Any]:
        """Queue the task of pytask."""

        def done() -> Any:
            begun(task)
            try:
                return fn(*args, task=task, **kwargs)
            finally:
                ended(task)

        return super().submit(done)


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
