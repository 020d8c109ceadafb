"""Measure sweeps on Dask workers of this machine and write data/measured/sweep.csv, from which the page on many centres is made.

Run `python bench/measure_sweep.py` on a quiet machine; some ten minutes.
"""

import os
import platform
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import pandas as pd
from bench_report import many_centres, memory

from analysis.pipeline.sweep import make_sweep
from analysis.rollout import FILE

PORT = 8797
LOADS = ((1, 12), (1, 36), (2, 24), (2, 72))  # workers, centres


def measured(workers: int, centres: int, folder: Path) -> dict[str, object]:
    """One sweep on that many workers: seconds from the command to the published pages, and the memory of all processes."""
    study = many_centres(folder / "study", centres)
    address = f"tcp://127.0.0.1:{PORT}"
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    dask = [sys.executable, "-m"]
    scheduler = subprocess.Popen(
        [*dask, "distributed.cli.dask_scheduler", "--host", address, "--no-dashboard"], **quiet
    )
    worker = [
        *dask,
        "distributed.cli.dask_worker",
        address,
        "--nworkers",
        str(workers),
        "--nthreads",
        "1",
        "--no-dashboard",
    ]
    hands = subprocess.Popen([*worker, "--local-directory", str(folder)], **quiet)
    seen: list[float] = []
    stop = threading.Event()
    watcher = threading.Thread(target=memory, args=(os.getpid(), seen, stop))
    try:
        time.sleep(10)
        watcher.start()
        begun = time.perf_counter()
        make_sweep(str(study), "all", folder / "out", {}, address)
        seconds = time.perf_counter() - begun
    finally:
        stop.set()
        hands.terminate()
        hands.wait()
        scheduler.terminate()
        scheduler.wait()
    machine = f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"
    return {
        "machine": machine,
        "centres": centres,
        "workers": workers,
        "seconds": round(seconds, 1),
        "peak_mib": round(max(seen)),
    }


def main() -> None:
    rows = []
    for workers, centres in LOADS:
        with tempfile.TemporaryDirectory() as folder:
            rows.append(measured(workers, centres, Path(folder)))
            print(rows[-1], flush=True)
    FILE.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(rows).to_csv(FILE, index=False, lineterminator="\n")


if __name__ == "__main__":
    main()
