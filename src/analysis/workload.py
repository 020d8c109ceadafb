"""Workload of curators and supervisors, and how complete the records are. What is overdue is in `operations`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

PLAIN = 1.0  # a case whose level of risk is not recorded


def caseload(
    families: pd.DataFrame,
    weights: Mapping[str, float] | None = None,
    staff: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Open cases of every curator in every centre: plain, and weighted by the risk level last rated.

    Families without a curator stand in a row of their centre whose curator is "", so that no case is
    lost to its centre and nobody is made a curator of them.

    Parameters
    ----------
    families : from `operations.open_families`.
    weights : risk level -> weight of a case; None or empty when the study declares none.
    staff : table `staff`; None when the study has none.

    Returns
    -------
    One row per curator and centre in alphabetical order: curator ("" for none), supervisor (missing
    without `staff`), centre, cases, weighted (missing without weights), unrated (cases without a
    level, which weigh 1). A curator with families in two centres has two rows.

    Raises
    ------
    ValueError : a level of risk in the records has no weight, or a weight is not above 0.
    """
    table = families.assign(weight=_weights(families, weights))
    unrated = table["risk"].isna() if "risk" in table else pd.Series(True, index=table.index)
    curator = families["curator"].astype(object).where(families["curator"].notna(), "")
    table = table.assign(unrated=unrated, curator=curator.astype("str"))
    grouped = table.groupby(["curator", "centre"], sort=True, observed=True)
    load = grouped.agg(
        cases=("family", "nunique"),
        weighted=("weight", lambda values: values.sum(min_count=1)),
        unrated=("unrated", "sum"),
    ).reset_index()
    names = {} if staff is None else dict(zip(staff["curator"], staff["supervisor"], strict=True))
    load.insert(1, "supervisor", load["curator"].map(names))
    return load


def _weights(families: pd.DataFrame, weights: Mapping[str, float] | None) -> pd.Series:
    if not weights:
        return pd.Series(np.nan, index=families.index)
    if wrong := [level for level, weight in weights.items() if not weight > 0]:
        raise ValueError(f"the weight of {wrong[0]!r} is {weights[wrong[0]]}; expected above 0")
    if "risk" not in families:
        raise ValueError("weights are declared, but the records hold no level of risk")
    levels = families["risk"].astype(object)
    lacking = sorted(set(levels.dropna()) - set(weights))
    if lacking:
        raise ValueError(f"[running] weights gives no weight for level {lacking[0]!r}; add it")
    return levels.map(dict(weights)).astype(float).fillna(PLAIN)


def of_supervisors(load: pd.DataFrame) -> pd.DataFrame:
    """Caseload of supervisors: one row per supervisor with curators, cases, weighted, unrated.

    Curators without a supervisor in the table of staff are left out; their number is in `attrs`
    under "without". Families without a curator are left out too.
    """
    named = load[load["curator"].ne("")]
    known = named[named["supervisor"].notna()]
    table = known.groupby("supervisor", sort=True).agg(
        curators=("curator", "nunique"),
        cases=("cases", "sum"),
        weighted=("weighted", lambda values: values.sum(min_count=1)),
        unrated=("unrated", "sum"),
    )
    table = table.reset_index()
    table.attrs["without"] = named["curator"].nunique() - known["curator"].nunique()
    return table


def spread(load: pd.DataFrame, by: str = "centre") -> pd.DataFrame:
    """Caseload without naming anybody: per centre the curators, cases, weighted, and both per curator.

    Families without a curator count among the cases and their weight, and stay out of what is told
    per curator: that is the load of named curators with the families they have. Where no curator is
    named it is missing. A curator of two centres counts in both, and once in all.

    Returns
    -------
    One row per group in alphabetical order and one for all ("All centres"): `by`, curators, cases,
    with_curator (cases that have one), weighted, cases_per_curator, weighted_per_curator.
    """
    named = load["curator"].ne("")
    parts = load.assign(
        curator=load["curator"].where(named),
        with_curator=load["cases"].where(named, 0),
        weight_with=load["weighted"].where(named),
    )
    sums = ["cases", "with_curator", "weighted", "weight_with"]
    grouped = parts.groupby(by, sort=True, observed=True)
    table = grouped[sums].sum(min_count=1).assign(curators=grouped["curator"].nunique())
    whole = table.sum(min_count=1).to_frame("All centres").T
    whole["curators"] = parts["curator"].nunique()
    table = pd.concat([table, whole]) if len(table) > 1 else table
    whole_numbers = ["curators", "cases", "with_curator"]
    table = table.rename_axis(by).reset_index().astype(dict.fromkeys(whole_numbers, int))
    curators = table["curators"].where(table["curators"].gt(0))
    table["cases_per_curator"] = table["with_curator"] / curators
    table["weighted_per_curator"] = table.pop("weight_with") / curators
    each = ["cases_per_curator", "weighted_per_curator"]
    return table[[by, *whole_numbers, "weighted", *each]]


def completeness(
    monitoring: pd.DataFrame,
    items: Sequence[str],
    review_days: Mapping[str, float],
    grace_days: float,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """How complete the records of each centre are. Everything is counted, so there are no intervals.

    `monitoring` holds the ratings made by `as_of` (`operations.made_by`).

    Returns
    -------
    One row per centre and what was looked at: centre, what, count, n, share. `what` is
    "answers" (item ratings given, of those in the records), "dates" (records with a date), "levels"
    (records with a level; only where the study has it) or "every rating" (of the families for whom a rating after
    intake was due by `as_of`, those who got every one due; only with `review_days`).
    """
    looked = {
        "answers": monitoring[list(items)].notna().sum(axis=1),
        "dates": monitoring["date"].notna(),
    }
    if "risk" in monitoring:
        looked["levels"] = monitoring["risk"].notna()
    by_centre = pd.DataFrame(looked).groupby(monitoring["centre"], observed=True, sort=True)
    counts, records = by_centre.sum(), by_centre.size()
    bases = {what: records * (len(items) if what == "answers" else 1) for what in looked}
    due = rated_when_due(monitoring, review_days, grace_days, as_of)
    if len(due):
        made = due.groupby("centre", observed=True)["made"]
        counts["every rating"] = made.sum().reindex(counts.index, fill_value=0)
        bases["every rating"] = made.size().reindex(counts.index, fill_value=0)
    table = pd.concat(
        {what: pd.DataFrame({"count": counts[what], "n": base}) for what, base in bases.items()},
        names=["what"],
    )
    table = table.swaplevel().sort_index(level=0, sort_remaining=False, kind="stable")
    table = table.rename_axis(["centre", "what"]).reset_index().astype({"count": int, "n": int})
    return table.assign(share=(table["count"] / table["n"]).where(table["n"].gt(0)))


def rated_when_due(
    monitoring: pd.DataFrame,
    review_days: Mapping[str, float],
    grace_days: float,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    """Did every family get each rating after intake that was due by `as_of`, open or closed?

    `monitoring` holds the ratings made by `as_of` (`operations.made_by`): one that is there is made. One
    row per family for whom any was due: family, centre (at intake), made (all of them), and risk (at
    intake) where the study has it. Families, because the ratings of one family hang together.
    """
    first = monitoring["wave"].cat.categories[0]
    intake = monitoring[monitoring["wave"].eq(first)].set_index("family")
    made = pd.Series(True, index=intake.index)
    any_due = pd.Series(False, index=intake.index)
    for wave, days in review_days.items():
        if wave == first:
            continue
        due = (intake["date"] + pd.to_timedelta(days + grace_days, unit="D")).lt(as_of)
        rated = intake.index.isin(monitoring.loc[monitoring["wave"].eq(wave), "family"])
        any_due |= due
        made &= ~due | rated
    columns = ["centre", *(["risk"] if "risk" in intake else [])]
    return intake[columns].assign(made=made)[any_due].reset_index()


def documentation(documents: pd.DataFrame, centre: str | None = None) -> pd.DataFrame:
    """Monthly checks of case files as points of a control chart, of one centre or of all together.

    Returns
    -------
    One row per month in order: x (first day), count (files with everything in them), n (looked at).

    Raises
    ------
    ValueError : a month with more complete files than were looked at.
    """
    wrong = documents["complete"].gt(documents["checked"])
    if wrong.any():
        row = documents[wrong].iloc[0]
        raise ValueError(
            f"{row['centre']}, {row['month']:%Y-%m}: {row['complete']} complete of {row['checked']} checked"
        )
    chosen = documents if centre is None else documents[documents["centre"].eq(centre)]
    sums = chosen.groupby("month", sort=True)[["complete", "checked"]].sum().reset_index()
    return sums.rename(columns={"month": "x", "complete": "count", "checked": "n"})
