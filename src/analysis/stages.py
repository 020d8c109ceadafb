"""Days that stages of casework really took, from the case log: open stages count as open, never as if they had ended."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis import proportions, schedule, survival

ALL = survival.ALL
REASONS = {
    "": "",
    survival.NOBODY: "nobody began",
    survival.NO_EVENT: "none has ended",
    survival.NOT_HALF: "fewer than half are estimated to have ended",
    survival.NO_LIMIT: "no upper limit can be given",
}
SLIPPAGE = [
    *("n", "n_open", "median", "low", "high", "expected"),
    *("slippage", "slippage_low", "slippage_high", "note"),
]


def days(
    case_log: pd.DataFrame, stages: pd.DataFrame, as_of: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Days of every stage of every family, one row each.

    Parameters
    ----------
    case_log : family, centre, stage, start, end (dates; end missing while the stage is open).
    stages : see `schedule.estimates`.
    as_of : the day looked from, the last date in the log if None. What began later is not seen yet, what
        ended later is seen as open.

    Returns
    -------
    family, centre, stage, days from the first to the last, both counted (1 when they are one day), event
    (False: still open, so days is at least that many).

    Raises
    ------
    ValueError : a stage that the plan does not know, a stage of a family twice, an end before its
        start, a start that is missing.
    """
    log = _checked(case_log, stages, as_of)
    length = _counted(log["start"], log["end"].fillna(log["last"]))
    return log[["family", "centre", "stage"]].assign(days=length, event=log["end"].notna())


def whole(
    case_log: pd.DataFrame, stages: pd.DataFrame, as_of: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Days from a family's first stage to the end of its last, one row per family, waiting included.

    A case has ended (event) when every stage of the plan has ended; until then it counts as open at
    `as_of`. Parameters and errors as in `days`. Returns family, centre, days, event.
    """
    log = _checked(case_log, stages, as_of)
    by = log.groupby("family", sort=True)
    ended = by["end"].count().eq(stages["stage"].nunique())
    end = by["end"].max().where(ended, by["last"].max())
    length = _counted(by["start"].min(), end)
    table = pd.DataFrame({"centre": by["centre"].first(), "days": length, "event": ended})
    return table.rename_axis("family").reset_index()


def _counted(first: pd.Series, last: pd.Series) -> pd.Series:
    """Days from the first to the last, both counted, as in the contract of the case log."""
    return (last - first).dt.days + 1.0


def _checked(
    case_log: pd.DataFrame, stages: pd.DataFrame, as_of: pd.Timestamp | None
) -> pd.DataFrame:
    """The log with a column `last`: the day until which an open stage was seen to be open."""
    if absent := {"family", "centre", "stage", "start", "end"} - set(case_log.columns):
        raise ValueError(f"the case log lacks {', '.join(sorted(absent))}")
    log = case_log.assign(**{c: pd.to_datetime(case_log[c]) for c in ("start", "end")})
    last = log[["start", "end"]].max().max() if as_of is None else pd.Timestamp(as_of)
    known = ", ".join(stages["stage"])
    for wrong, what in (
        (~log["stage"].isin(set(stages["stage"])), f"is not in the plan; expected one of {known}"),
        (log.duplicated(["family", "stage"]), "stands twice in the case log; keep one row"),
        (log["start"].isna(), "has no start; give the first day or take the row out"),
        (log["end"] < log["start"], "ends before it starts; correct the dates"),
    ):
        if wrong.any():
            row = log[wrong].iloc[0]
            raise ValueError(f"family {row['family']}, stage {row['stage']}: {what}")
    seen = log[log["start"] <= last]
    return seen.assign(end=seen["end"].where(seen["end"] <= last), last=last)


def slippage(times: pd.DataFrame, expected: float) -> pd.DataFrame:
    """Median days, and how far they lie from what was expected, for all centres and each centre.

    Parameters
    ----------
    times : family, centre, days, event; from `whole`, or one stage of `days`.
    expected : the planned median in days. A median is held against a median: PERT's mean of a
        skewed stage lies above it.

    Returns
    -------
    centre, n (families), n_open, median (Kaplan-Meier), low, high (95%, Brookmeyer & Crowley),
    expected, slippage = median - expected, slippage_low, slippage_high, note (why a number is missing).
    The plan is taken as given: the interval is that of the median alone.

    Notes
    -----
    The mean of finished stages would leave out those that take longest. See `survival.median_time`
    for what the median was checked against.
    """
    found = survival.median_time(times).rename(columns={"censored": "n_open"})
    found = found.assign(expected=float(expected), note=found["reason"].map(REASONS))
    for name, column in (
        ("slippage", "median"),
        ("slippage_low", "low"),
        ("slippage_high", "high"),
    ):
        found[name] = found[column] - found["expected"]
    return found[["centre", *SLIPPAGE]]


def by_stage(times: pd.DataFrame, stages: pd.DataFrame) -> pd.DataFrame:
    """`slippage` of every stage against its beta-PERT median, in the order of the plan.

    Returns
    -------
    stage, label, centre and the columns of `slippage`; a stage nobody began has no rows.
    """
    planned = schedule.estimates(stages)
    parts = [
        slippage(times[times["stage"].eq(row["stage"])], row["median"]).assign(
            stage=row["stage"], label=row["label"]
        )
        for row in planned.to_dict("records")
        if times["stage"].eq(row["stage"]).any()
    ]
    if not parts:
        return pd.DataFrame(columns=["stage", "label", "centre", *SLIPPAGE])
    return pd.concat(parts, ignore_index=True)[["stage", "label", "centre", *SLIPPAGE]]


def relative(found: pd.DataFrame) -> pd.DataFrame:
    """Median days in percent of the planned median, as `figures.dots` wants it: label, value, low, high, n."""
    table = found[["label", "n"]].copy()
    for name, column in (("value", "median"), ("low", "low"), ("high", "high")):
        table[name] = 100 * found[column] / found["expected"]
    return table


def order(
    case_log: pd.DataFrame, stages: pd.DataFrame, as_of: pd.Timestamp | None = None
) -> pd.DataFrame:
    """Whether stages began after those they wait for had ended, one row per pair.

    Returns
    -------
    before, stage (labels), n (families that began the stage), count (in order), early (began while the
    one before was open or before it began), without (the one before is not in the log), share, low, high
    (Wilson 95%). A stage may begin on the day on which the one before ends.
    """
    planned = schedule.estimates(stages)
    labels = dict(zip(planned["stage"], planned["label"], strict=True))
    verdicts = _verdicts(_checked(case_log, stages, as_of), planned)
    rows = []
    for (before, stage), here in verdicts.groupby(["before", "stage"], sort=False):
        kinds = here["verdict"].value_counts()
        row = {"before": labels[before], "stage": labels[stage]}
        row |= proportions.share(int(kinds.get("kept", 0)), len(here))
        rows.append(row | {k: int(kinds.get(k, 0)) for k in ("early", "without")})
    columns = ["before", "stage", "n", "count", "early", "without", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def in_order(
    case_log: pd.DataFrame, stages: pd.DataFrame, as_of: pd.Timestamp | None = None
) -> Mapping[str, float]:
    """Families all of whose stages began in the declared order: count, n, share, low, high (Wilson 95%).

    n counts families that began at least one stage that waits for another; for the others order says nothing.
    """
    verdicts = _verdicts(_checked(case_log, stages, as_of), schedule.estimates(stages))
    kept = verdicts["verdict"].eq("kept").groupby(verdicts["family"]).all()
    return proportions.share(int(kept.sum()), len(kept))


def _verdicts(log: pd.DataFrame, planned: pd.DataFrame) -> pd.DataFrame:
    """family, before, stage, verdict (kept, early, without) for every begun stage and each it waits for."""
    pairs = (
        planned[["stage", "after"]].explode("after").dropna().rename(columns={"after": "before"})
    )
    begun = pairs.merge(log[["family", "stage", "start"]], on="stage")
    prior = log[["family", "stage", "end"]].rename(columns={"stage": "before", "end": "ended"})
    both = begun.merge(prior, on=["family", "before"], how="left", indicator=True)
    kept = both["ended"].le(both["start"])
    absent = both["_merge"].eq("left_only")
    return both.assign(verdict=np.select([absent, kept], ["without", "kept"], "early"))
