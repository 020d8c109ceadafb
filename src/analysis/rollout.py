"""What pages for thousands of centres would cost in time and memory, from runs that were measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from analysis.study import PROJECT

FILE = PROJECT / "data" / "measured" / "sweep.csv"


def measured() -> pd.DataFrame:
    """The measured runs, one row each: `machine, centres, workers, seconds, peak_mib`."""
    return pd.read_csv(FILE, encoding="utf-8")


def fitted(measured: pd.DataFrame) -> pd.Series:
    """The line seconds = start + each x (centres / workers), by least squares over measured runs.

    A start takes time or none: where the line would begin below 0, it is fitted anew through the origin, each = sum(load x
    seconds) / sum(load^2). By hand: loads 10, 20, 40 and 5, 60, 170 seconds are 8050 / 2100 = 3.83 seconds a page.

    Parameters
    ----------
    measured : one row per run with `centres, workers, seconds, peak_mib` (peak memory of all processes of the run).

    Returns
    -------
    Series
        `start, each` (seconds), `each_low, each_high` (the extremes over single runs, start taken off), `peak_mib` per worker
        (the largest over the runs), `runs`.

    Raises
    ------
    ValueError
        With fewer than two different loads there is no line.
    """
    load = measured["centres"] / measured["workers"]
    if load.nunique() < 2:
        raise ValueError(
            "The measured runs have one load only; measure two different numbers of centres per worker."
        )
    each, start = np.polyfit(load, measured["seconds"], 1)
    if start < 0:
        start, each = 0.0, (load * measured["seconds"]).sum() / (load**2).sum()
    single = (measured["seconds"] - start) / load
    return pd.Series(
        {
            "start": float(start),
            "each": float(each),
            "each_low": float(single.min()),
            "each_high": float(single.max()),
            "peak_mib": float((measured["peak_mib"] / measured["workers"]).max()),
            "runs": len(measured),
        }
    )


def plan(measured: pd.DataFrame, centres: Sequence[int], workers: Sequence[int]) -> pd.DataFrame:
    """Hours and memory for each number of centres and of workers.

    Returns
    -------
    DataFrame
        `centres, workers, pages` (of the busiest worker), `hours, low, high`, `gib` (all workers together). The range is that
        of the single measured runs, no interval of sampling; waiting for a shared disk or a scheduler is not in it.
    """
    line = fitted(measured)
    rows = []
    for number in centres:
        for count in workers:
            pages = -(-number // count)
            hours = [
                (line["start"] + pages * line[name]) / 3600
                for name in ("each", "each_low", "each_high")
            ]
            rows.append((number, count, pages, *hours, count * line["peak_mib"] / 1024))
    return pd.DataFrame(
        rows, columns=["centres", "workers", "pages", "hours", "low", "high", "gib"]
    )


def drawn(planned: pd.DataFrame) -> pd.DataFrame:
    """The plan as `figures.dots` wants it: `label, value, low, high, n`, hours by centres and workers."""
    label = planned["centres"].astype(str) + " centres, " + planned["workers"].astype(str)
    label += " workers"
    return planned.assign(label=label, value=planned["hours"], n=planned["centres"])[
        ["label", "value", "low", "high", "n"]
    ]
