"""Threads that never wait for pytask: it looks for ended tasks only now and then, so each thread has a next task in store."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from pytask_parallel import ParallelBackend, WorkerType, registry

from analysis.pipeline.progress import begun, ended

BACKEND = ParallelBackend.CUSTOM.value
IN_STORE = 2  # for each thread: the task it does and the next


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


def ready(threads: int) -> int:
    """Make that many threads the backend of pytask's next build; how many tasks it should be handed at once."""
    registry.register_parallel_backend(
        ParallelBackend.CUSTOM, lambda n_workers: Hands(threads), worker_type=WorkerType.THREADS
    )
    return IN_STORE * threads
