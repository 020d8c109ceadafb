"""Running the service: what is overdue, who was not seen, who does not improve, as of a day.

One row per open family comes out of each first function, for the supervisor's own list; what may be printed
of it is decided in `shown_cells`. Workload and completeness are in `workload`. No file is read here.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analysis.individual import reliable_change
from analysis.proportions import share

CLOSING = "closure"
OVERDUE, NOT_OVERDUE = "overdue", "not overdue"
TOO_EARLY = "too early to say"


def looked_from(declared: datetime.date | None, *frames: pd.DataFrame | None) -> pd.Timestamp:
    """The day everything is counted as of: the declared one, else the last date in any of the frames.

    Columns `date`, `start` and `end` are looked at; tables a study does not have are None. NaT when
    nothing is declared and no frame holds a date: then nothing can be overdue.
    """
    if declared is not None:
        return pd.Timestamp(declared)
    known = [
        frame[column].dropna().max()
        for frame in frames
        if frame is not None
        for column in ("date", "start", "end")
        if column in frame and frame[column].notna().any()
    ]
    latest: Any = max(known, default=pd.NaT)
    return latest


def closed_families(
    case_log: pd.DataFrame | None, stages: pd.DataFrame | None, as_of: pd.Timestamp
) -> set[str]:
    """Families whose case has ended by `as_of`: every closing stage of theirs is over.

    A closing stage is one that no other stage waits for (column `after` of `stages`); without that
    table, the stage called "closure". Without a log nobody is known to be closed.
    """
    if case_log is None or case_log.empty:
        return set()
    last = {CLOSING}
    if stages is not None and len(stages):
        waited = {name.strip() for cell in stages["after"].fillna("") for name in cell.split(";")}
        last = set(stages["stage"]) - waited
    closing = case_log[case_log["stage"].isin(last)]
    over = closing["end"].le(as_of).groupby(closing["family"]).all()
    return set(over.index[over])


def made_by(monitoring: pd.DataFrame, as_of: pd.Timestamp) -> pd.DataFrame:
    """The ratings made by `as_of`: the rows of `monitoring` without those of a later day.

    A rating without a date counts as made; so does every one when `as_of` is NaT.
    """
    return monitoring[~monitoring["date"].gt(as_of)]


def open_families(
    monitoring: pd.DataFrame, as_of: pd.Timestamp, closed: Sequence[str] | set[str] = ()
) -> pd.DataFrame:
    """Families rated at least once by `as_of` and not closed, as they were last rated.

    Later ratings are left out by `made_by`.

    Returns
    -------
    One row per family: family, centre, curator, intake (day of the first wave; missing when the family
    was not rated then), wave (last rated), rated (its day) and, where the study has it, risk.
    """
    made = made_by(monitoring, as_of)
    rated = made[~made["family"].isin(list(closed))]
    rated = rated.sort_values(["family", "wave"])
    first = rated["wave"].cat.categories[0]
    intake = rated[rated["wave"].eq(first)].set_index("family")["date"]
    columns = [
        "family",
        "centre",
        "curator",
        "wave",
        "date",
        *(["risk"] if "risk" in rated else []),
    ]
    last = rated.groupby("family", sort=True).tail(1)[columns].rename(columns={"date": "rated"})
    last.insert(3, "intake", intake.reindex(last["family"]).to_numpy())
    return last.reset_index(drop=True)


def reviews_due(
    families: pd.DataFrame,
    review_days: Mapping[str, float],
    grace_days: float,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """The next rating of every open family: when it is due, and whether it is overdue.

    The next wave is the first after the last one rated for which `review_days` says when; a wave that
    was skipped and followed by a later rating is past, not due. Due day = intake + review_days;
    overdue when due day + grace_days lies before `as_of`.

    Parameters
    ----------
    families : from `open_families`.
    review_days : wave -> days after intake.  grace_days : how much later is still in time.

    Returns
    -------
    `families` with next_wave and due (missing when no rating is to come or intake is not known), status
    ("overdue" or "not overdue"), days_overdue (days since the due day; missing when not overdue).
    """
    waves = list(families["wave"].cat.categories)
    unknown = [wave for wave in review_days if wave not in waves]
    if unknown:
        raise ValueError(f"review_days names {unknown[0]!r}; the waves are {waves}")
    planned = [wave for wave in waves if wave in review_days]
    after = {
        wave: next((w for w in planned if waves.index(w) > place), None)
        for place, wave in enumerate(waves)
    }
    table = families.assign(next_wave=families["wave"].astype(object).map(after))
    days = pd.to_timedelta(table["next_wave"].map(dict(review_days)).astype(float), unit="D")
    table["due"] = table["intake"] + days
    late = (as_of - table["due"]).dt.days
    overdue = late.gt(grace_days)
    table["status"] = pd.Categorical(
        np.where(overdue, OVERDUE, NOT_OVERDUE), [OVERDUE, NOT_OVERDUE], ordered=True
    )
    return table.assign(days_overdue=late.where(overdue).astype(float))


def last_contacts(
    families: pd.DataFrame, contacts: pd.DataFrame, as_of: pd.Timestamp
) -> pd.DataFrame:
    """Days since each open family was last in contact.

    Contacts after `as_of` and of families that are not open are left aside. A family without any
    contact counts from its intake, because nobody was in touch since then at the latest.

    Returns
    -------
    `families` with contact (day of the last one; missing when there was none) and days_since
    (missing when neither a contact nor the intake is known).
    """
    last = contacts[contacts["date"].le(as_of)].groupby("family")["date"].max()
    table = families.assign(contact=last.reindex(families["family"]).to_numpy())
    since = (as_of - table["contact"].fillna(table["intake"])).dt.days
    return table.assign(days_since=since.astype(float))


def contact_bands(days: pd.Series, edges: Sequence[int] = (14, 30)) -> pd.Series:
    """Days since the last contact as bands that do not overlap: "<14", "14–29", "≥30"; missing stays missing.

    Bands, because two counts of which one is part of the other give away their difference.
    """
    if list(edges) != sorted(set(edges)) or not edges or min(edges) < 1:
        raise ValueError(
            f"edges are {list(edges)}; expected whole days from 1, each above the last"
        )
    names = [f"<{edges[0]}"]
    names += [f"{low}–{high - 1}" for low, high in pairwise(edges)]
    names += [f"≥{edges[-1]}"]
    return pd.cut(days, [-np.inf, *edges, np.inf], right=False, labels=names, ordered=True)


def improvement(
    families: pd.DataFrame,
    scores: pd.DataFrame,
    reliability: float,
    better: str,
    after: int = 2,
) -> pd.DataFrame:
    """Has each open family reliably improved since intake, once it was rated `after` times more?

    Reliable change (Jacobson & Truax; `individual.reliable_change`) from the first wave to the latest
    one scored. A change that is not reliable is no proof that nothing changed.

    Parameters
    ----------
    families : from `open_families`.
    scores : of one scale (columns of `waves.pairs`), up to the day looked from.
    reliability : retest correlation assumed for the scale, 0 to below 1.
    better : "lower" or "higher".

    Returns
    -------
    `families` with status: improved, unchanged, deteriorated or "too early to say" (fewer than `after`
    ratings after the first, no score at the first, or no spread to judge by).
    """
    waves = list(scores["wave"].cat.categories)
    scored = scores[scores["score"].notna()]
    scales = scored["scale"].unique()
    if len(scales) > 1:
        raise ValueError(f"scores of one scale are needed, not of {len(scales)}; choose one")
    later = scored[scored["wave"].ne(waves[0])].sort_values("wave").groupby("family")["wave"]
    enough = later.size()[lambda size: size.ge(after)].index
    latest = later.last().loc[enough]
    found = pd.Series(dtype=object)
    for wave in latest.unique():
        rows = reliable_change(
            scored, waves[0], str(wave), {scales[0]: reliability}, {scales[0]: better}
        )
        rows = rows[rows["family"].isin(latest.index[latest.eq(wave)])].set_index("family")
        found = pd.concat([found, rows["status"].astype(object)])
    status = families["family"].map(found.dropna()).fillna(TOO_EARLY)
    order = ["improved", "unchanged", "deteriorated", TOO_EARLY]
    return families.assign(status=pd.Categorical(status, order, ordered=True))


def counts(families: pd.DataFrame, by: str, column: str, value: str) -> pd.DataFrame:
    """How many families have `value` in `column`, by centre, curator or supervisor.

    Returns
    -------
    One row per group in alphabetical order, no ranking: `by`, count, n (those with an entry in
    `column`), share, low, high (Wilson) and, where `families` has it, median and longest of
    days_overdue.
    """
    rows = []
    for name, part in families.groupby(by, observed=True):
        known = part[column].dropna()
        row = {by: name} | share(int(known.eq(value).sum()), len(known))
        row = {key: cell for key, cell in row.items() if not str(key).startswith("exact")}
        if "days_overdue" in part:
            row |= {"median": part["days_overdue"].median(), "longest": part["days_overdue"].max()}
        rows.append(row)
    return pd.DataFrame(rows)
