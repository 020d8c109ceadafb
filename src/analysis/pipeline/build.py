"""Tasks carried out by pytask: what has changed, in parallel, here or on a cluster, with progress; failures in words."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from analysis.kernels import client
from analysis.pipeline.errors import ParameterError, ReportError
from analysis.pipeline.turns import told

ANSWER_SECONDS, JOIN_SECONDS = 20, 120  # a scheduler is there or not; workers may wait for a queue


def carry_out(
    tasks: list[Callable[..., Any]], stage: Path, cluster: str = "", data: int = 0
) -> None:
    """Run those tasks whose inputs have changed since they last ended well; their state is kept in `stage`.

    `cluster` is the address of a Dask scheduler whose workers see the same files; without one, threads do the work: as
    many as the memory holds when each reads `data` bytes of tables.

    Raises
    ------
    ParameterError
        When no scheduler answers at the address.
    ReportError
        With the words of every task that failed.
    """
    import pytask

    from analysis.pipeline.progress import quiet_console, watched

    _forget_others(tasks)
    stage.mkdir(parents=True, exist_ok=True)
    config = stage / "pyproject.toml"
    config.write_text("[tool.pytask.ini_options]\n", encoding="utf-8")
    settle_environment()
    with (
        _workers(cluster, data) as (backend, handed, workers),
        watched(stage / "seconds.json", workers),
        quiet_console() as said,
    ):
        session = pytask.build(
            tasks=tasks,
            paths=stage,
            config=config,
            n_workers=handed,
            parallel_backend=backend,
            capture="no",
            show_traceback=False,
            verbose=0,
        )
    _refuse_failures(session, said.getvalue().strip(), stage)


def _refuse_failures(session: Any, said: str, stage: Path) -> None:
    """A session of pytask has to have done everything; `said` is what it would have printed."""
    import pytask

    failures = [
        str(report.exc_info[1])
        for report in session.execution_reports
        if report.exc_info and report.outcome == pytask.TaskOutcome.FAIL
    ]
    if failures:
        raise ReportError(told(failures, stage.parent))
    if session.exit_code != pytask.ExitCode.OK:
        problem = f"The pipeline could not be set up:\n{said}"
        mend = f"If that speaks of a file below {stage}, delete that folder: it only saves work."
        raise ReportError(told([problem, mend], stage.parent))
    if len(session.execution_reports) < len(session.tasks):
        raise KeyboardInterrupt  # pytask-parallel takes it for the end of the work


def _forget_others(tasks: list[Callable[..., Any]]) -> None:
    """Tasks made earlier in this process and never carried out would be refused by pytask, and these with them."""
    from _pytask.task_utils import COLLECTED_TASKS

    wanted = set(map(id, tasks))
    for place, found in COLLECTED_TASKS.items():
        COLLECTED_TASKS[place] = [task for task in found if id(task) in wanted]


@contextmanager
def _workers(cluster: str, data: int) -> Iterator[tuple[str, int, int]]:
    """The name of pytask's backend, how many tasks it is handed at once, and how many of them run at once."""
    if not cluster:
        from analysis.pipeline.hands import BACKEND, at_once, ready

        threads = at_once(data)
        yield BACKEND, ready(threads), threads
        return
    from distributed import Client

    how = (
        "Start one with `dask scheduler`, workers with `dask worker ADDRESS --nworkers auto --nthreads 1`, "
        "and give the scheduler's address."
    )
    try:
        client = Client(cluster, timeout=ANSWER_SECONDS)
    except (OSError, ValueError) as error:
        raise ParameterError(
            f"No Dask scheduler answers at {cluster!r} ({error}). {how}"
        ) from error
    with client:
        try:
            client.wait_for_workers(1, timeout=JOIN_SECONDS)
        except TimeoutError as error:
            raise ParameterError(
                f"The Dask scheduler at {cluster!r} has no worker, and none has joined in {JOIN_SECONDS} s. {how}"
            ) from error
        threads = sum(
            worker["nthreads"] for worker in client.scheduler_info(n_workers=-1)["workers"].values()
        )
        yield "dask", max(threads, 1), max(threads, 1)


def settle_environment() -> None:
    """What kernels inherit: no random hashing, one thread per kernel."""
    os.environ |= {"PYTHONHASHSEED": "0", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def begin(stage: Path | None = None) -> None:
    """Settle the environment, and have what kernels are forked from import its libraries while we import ours.

    `stage`: where tasks will be carried out. pytask-parallel puts that folder in front of PYTHONPATH, so it is put there
    now: kernels are forked for the environment in which the libraries were imported, and for no other.
    """
    settle_environment()
    places = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    if stage is not None and str(stage) not in places:
        os.environ["PYTHONPATH"] = os.pathsep.join([str(stage), *places])
    client.begin()
