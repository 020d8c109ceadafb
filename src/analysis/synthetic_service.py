"""How the invented service ran: stages, the log of cases, contacts, staff and checks of files.

Pure: declared values and the invented monitoring table in, tables of `contract` out. What it cost is in
`synthetic_costs`, what people said about the work in `synthetic_views`. Every row made here is invented.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.worlds import Parameters, names, stream

DAY = pd.Timedelta(days=1)


def stages(parameters: Parameters) -> pd.DataFrame:
    """The stages of the technology: stage, label, after, optimistic, likely, pessimistic (days), synthetic."""
    order, links = names(parameters, "stages"), _links(parameters)
    return pd.DataFrame(
        {
            "stage": order,
            "label": names(parameters, "stage_labels"),
            "after": [";".join(links[stage]) for stage in order],
            **{
                guess: [parameters[f"{stage}_{guess}"] for stage in order]
                for guess in ("optimistic", "likely", "pessimistic")
            },
            "synthetic": True,
        }
    )


def courses(parameters: Parameters, records: pd.DataFrame) -> pd.DataFrame:
    """The days between which each family can have been in care.

    Parameters
    ----------
    parameters : name -> value, from `worlds.parameters_of`.
    records : the monitoring table, one row per family and wave.

    Returns
    -------
    family, centre, curator, signal (first day of the case), rated (day of the last rating), left
    (whether it was gone before the last wave), limit (last day anything is known: `as_of`, or
    somewhere between `left_earliest` and `left_latest` days after the last rating of a family that left).
    """
    rng = stream(parameters, "courses")
    cases = records.groupby("family", sort=True)
    course = cases[["centre", "curator"]].first().assign(rated=cases["date"].max())
    lead = rng.integers(parameters["signal_lead"] + 1, size=len(course))
    course["signal"] = cases["date"].min() - pd.to_timedelta(lead, unit="D")
    course["left"] = cases.size() < len(names(parameters, "waves"))
    low, high = parameters["left_earliest"], parameters["left_latest"]
    after = pd.to_timedelta(rng.integers(low, high + 1, size=len(course)), unit="D")
    as_of = pd.Timestamp(parameters["as_of"])
    heard = (course["rated"] + after).where(course["left"], as_of)
    course["limit"] = heard.where(heard <= as_of, as_of)
    columns = ["family", "centre", "curator", "signal", "rated", "left", "limit"]
    return course.reset_index()[columns]


def case_log(parameters: Parameters, records: pd.DataFrame) -> pd.DataFrame:
    """One row per family and stage begun: family, centre, stage, start, end (NaT = open), synthetic.

    Notes
    -----
    Days of a stage = PERT draw between its optimistic and pessimistic days x the centre's `slip` x the
    family's own multiple, first and last day counted; a stage begins after the last of those it waits for (`stage_links`). What
    begins after the family's `limit` is not written, what ends after it is open.
    """
    rng = stream(parameters, "case_log")
    course, order = courses(parameters, records), names(parameters, "stages")
    days = _days(parameters, course["centre"], rng)
    start = pd.DataFrame(index=course.index, columns=order, dtype="datetime64[ns]")
    end = start.copy()
    for stage, before in _links(parameters).items():
        wait = pd.to_timedelta(rng.poisson(parameters["stage_wait"], len(course)), unit="D")
        ready = end[before].max(axis=1) + DAY + wait if before else course["signal"]
        if stage == parameters["stage_rated"]:
            ready = ready.where(course["left"] | (ready >= course["rated"]), course["rated"])
        start[stage] = ready
        end[stage] = ready + pd.to_timedelta(days[stage] - 1, unit="D")
    tidied = course["left"] & (rng.random(len(course)) < parameters["left_tidied"])
    parts = []
    for stage in order:
        over = end[stage] > course["limit"]
        last = end[stage].where(~over, course["limit"].where(tidied))
        part = course[["family", "centre"]].assign(stage=stage, start=start[stage], end=last)
        parts.append(part[start[stage] <= course["limit"]])
    log = pd.concat(parts).assign(synthetic=True)
    return log.sort_values(["family", "start"], kind="stable", ignore_index=True)


def spans(parameters: Parameters, records: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """First and last day of care: the columns of `courses`, first, last, closed (closure has ended)."""
    course = courses(parameters, records)
    final = names(parameters, "stages")[-1]
    ended = log[log["stage"] == final].set_index("family")["end"]
    closed_on = course["family"].map(ended)
    return course.assign(
        first=course["signal"], last=closed_on.fillna(course["limit"]), closed=closed_on.notna()
    )


def contacts(parameters: Parameters, records: pd.DataFrame, log: pd.DataFrame) -> pd.DataFrame:
    """One row per contact: family, date, kind, synthetic.

    Notes
    -----
    Between two ratings the number of contacts is Poisson with the rate of the level of risk rated last,
    times the family's own multiple; each rating is a contact of kind `contact_rated`. Of the families
    in care at the end and not rated for `gap_days`, a share has had no contact for so long.
    """
    rng = stream(parameters, "contacts")
    span = spans(parameters, records, log).set_index("family")
    seen = records.sort_values(["family", "wave"], kind="stable")[["family", "date", "risk"]]
    seen["risk"] = seen.groupby("family")["risk"].transform(lambda risk: risk.ffill().bfill())
    until = seen.groupby("family")["date"].shift(-1).fillna(seen["family"].map(span["last"]))
    length = (until - seen["date"]).dt.days.clip(lower=0).to_numpy()
    levels = names(parameters, "risk_levels")
    rate = seen["risk"].map({level: parameters[f"contacts_{level}"] for level in levels})
    rate = rate.astype(float).fillna(parameters[f"contacts_{levels[0]}"])
    own = pd.Series(np.exp(parameters["contacts_sd"] * rng.standard_normal(len(span))), span.index)
    count = rng.poisson((rate * seen["family"].map(own)).to_numpy() / 30 * length)
    rows = seen.loc[seen.index.repeat(count), ["family", "date"]].reset_index(drop=True)
    later = 1 + np.floor(rng.random(len(rows)) * np.repeat(length, count)).astype(int)
    rows["date"] += pd.to_timedelta(later, unit="D")
    kinds = names(parameters, "contact_kinds")
    shares = np.array([parameters[f"contact_{kind}"] for kind in kinds])
    rows["kind"] = rng.choice(kinds, size=len(rows), p=shares / shares.sum())
    rows = rows[~_out_of_sight(parameters, span, rows, rng)]
    rated = seen[["family", "date"]].assign(kind=parameters["contact_rated"])
    every = pd.concat([rated, rows]).drop_duplicates().assign(synthetic=True)
    return every.sort_values(["family", "date", "kind"], kind="stable", ignore_index=True)


def staff(parameters: Parameters, records: pd.DataFrame) -> pd.DataFrame:
    """One row per curator: curator, supervisor, centre, synthetic; one or two supervisors per centre in turn."""
    curators = records[["curator", "centre"]].drop_duplicates().sort_values(["centre", "curator"])
    size = curators.groupby("centre")["curator"].transform("size")
    many = np.where(size >= parameters["supervisors_two_from"], 2, 1)
    place = curators.groupby("centre").cumcount() % many
    number = pd.factorize(pd.MultiIndex.from_arrays([curators["centre"], place]))[0] + 1
    curators["supervisor"] = [f"SYN-S{one:02d}" for one in number]
    columns = ["curator", "supervisor", "centre"]
    return curators[columns].assign(synthetic=True).reset_index(drop=True)


def documents(parameters: Parameters, log: pd.DataFrame) -> pd.DataFrame:
    """Monthly checks of files: centre, month, checked, complete, synthetic.

    Each month `documents_share` of the files opened before it are looked at; a month without any has no
    row. Complete files are binomial with the centre's share; in one centre that share changes for good.
    """
    rng = stream(parameters, "documents")
    opened = log.groupby(["centre", "family"], as_index=False)["start"].min()
    turn = pd.Timestamp(parameters["documents_shift_month"])
    rows = []
    for centre, group in opened.groupby("centre"):
        for month in months(parameters):
            files = int((group["start"] < month).sum())
            share = parameters[f"documents_{str(centre)[-1]}"]
            if str(centre)[-1] == parameters["documents_shift_centre"] and month >= turn:
                share += parameters["documents_shift"]
            checked = int(np.ceil(files * parameters["documents_share"]))
            rows.append((centre, month, checked, int(rng.binomial(checked, share))))
    frame = pd.DataFrame(rows, columns=["centre", "month", "checked", "complete"])
    return frame[frame["checked"] > 0].assign(synthetic=True).reset_index(drop=True)


def months(parameters: Parameters) -> pd.DatetimeIndex:
    """The first day of every month from that of the first intake to that of `as_of`."""
    first = pd.Timestamp(parameters["first_intake"]).to_period("M").to_timestamp()
    return pd.date_range(first, parameters["as_of"], freq="MS")


def _links(parameters: Parameters) -> dict[str, list[str]]:
    """Stage -> the stages it waits for, in the declared order."""
    links: dict[str, list[str]] = {stage: [] for stage in names(parameters, "stages")}
    for link in names(parameters, "stage_links"):
        before, stage = link.split(">")
        links[stage].append(before)
    return links


def _days(parameters: Parameters, centre: pd.Series, rng: np.random.Generator) -> pd.DataFrame:
    """Days of every stage (families x stages): a beta on [o, p] with the weights 1, 4, 1 of PERT."""
    slip = centre.map({name: parameters[f"slip_{name[-1]}"] for name in centre.unique()})
    slip = slip * np.exp(parameters["slip_sd"] * rng.standard_normal(len(centre)))
    days = {}
    for stage in names(parameters, "stages"):
        best, likely, worst = (
            parameters[f"{stage}_{guess}"] for guess in ("optimistic", "likely", "pessimistic")
        )
        near, far = (likely - best) / (worst - best), (worst - likely) / (worst - best)
        share = rng.beta(1 + 4 * near, 1 + 4 * far, size=len(centre))
        days[stage] = np.rint((best + (worst - best) * share) * slip).clip(lower=1).astype(int)
    return pd.DataFrame(days, index=centre.index)


def _out_of_sight(
    parameters: Parameters, span: pd.DataFrame, rows: pd.DataFrame, rng: np.random.Generator
) -> pd.Series:
    """Which contacts are taken away, so that a family still in care has had none for `gap_days`."""
    since = pd.Timestamp(parameters["as_of"]) - parameters["gap_days"] * DAY
    could = ~span["left"] & ~span["closed"] & (span["rated"] < since)
    gone = could & (rng.random(len(span)) < parameters["gap_share"])
    return rows["family"].map(gone) & (rows["date"] >= since)
