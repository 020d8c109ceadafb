"""What the pages on the running service show: the study's tables gathered, looked at as of a day, hidden where needed.

Reads the further tables of a study; a table that a study does not have is None, and what needs it is then
said not to be recorded (`service_words`). Nothing here names a family or a curator, and every count passes `shown_cells`.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from analysis import alliance, control_charts, funnel, operations, scales, shown_cells, workload
from analysis.comparison import main_scale
from analysis.records import has, load_table
from analysis.shown_cells import TOTAL
from analysis.study import Running, Study

TABLES = ("case_log", "stages", "contacts", "staff", "documents", "supervision", "alliance")
SUBJECTS = ("rating overdue", "no contact", "no improvement")
ALLIANCE = (
    *("aspect", "n", "supervisors", "mean_curator", "mean_supervisor"),
    *("difference", "low", "high", "p", "icc", "icc_low", "icc_high"),
)
Tables = Mapping[str, pd.DataFrame | None]


def tables(study: Study) -> dict[str, pd.DataFrame | None]:
    """The tables these pages use, read; None for each that the study does not have."""
    return {name: load_table(study, name) if has(study, name) else None for name in TABLES}


def declared(study: Study) -> Running:
    """What the study declares about running cases; nothing is due and nothing weighs when it declares nothing."""
    return study.running or Running()


def day(study: Study, monitoring: pd.DataFrame, found: Tables) -> pd.Timestamp:
    """The day looked from: declared, or the last in the records; NaT without any date."""
    frames = (monitoring, found["contacts"], found["case_log"])
    return operations.looked_from(declared(study).as_of, *frames)


def made(study: Study, monitoring: pd.DataFrame, found: Tables) -> pd.DataFrame:
    """The ratings made by that day (`operations.made_by`): all that the tables of these pages know of."""
    return operations.made_by(monitoring, day(study, monitoring, found))


def open_families(study: Study, monitoring: pd.DataFrame, found: Tables) -> pd.DataFrame:
    """Families in care on that day (see `operations.open_families`)."""
    as_of = day(study, monitoring, found)
    closed = operations.closed_families(found["case_log"], found["stages"], as_of)
    return operations.open_families(monitoring, as_of, closed)


def now(
    study: Study,
    monitoring: pd.DataFrame,
    found: Tables,
    days: int,
    retest: float,
    minimum_share: float,
) -> dict[str, pd.DataFrame | None]:
    """Open families of all centres, once per subject, with `attention`: does this family need a look?

    Subjects: "rating overdue"; "no contact" for `days` days or more; "no improvement" that is reliable on the
    main scale once rated twice more. None where the study lacks dates, contacts or scales.

    Returns
    -------
    subject -> one row per open family: centre, attention; "rating overdue" also days_overdue, "no contact"
    days_since, "no improvement" status.
    """
    families, as_of = open_families(study, monitoring, found), day(study, monitoring, found)
    running, result = declared(study), dict.fromkeys(SUBJECTS)
    frames: dict[str, pd.DataFrame | None] = dict(result)
    if running.review_days and families["intake"].notna().any():
        due = operations.reviews_due(families, running.review_days, running.grace_days, as_of)
        late = due["status"].eq(operations.OVERDUE)
        frames["rating overdue"] = due.assign(attention=late)[
            ["centre", "attention", "days_overdue"]
        ]
    if found["contacts"] is not None and pd.notna(as_of):
        last = operations.last_contacts(families, found["contacts"], as_of)
        last = last.assign(attention=last["days_since"].ge(days))
        frames["no contact"] = last[last["days_since"].notna()][
            ["centre", "attention", "days_since"]
        ]
    if study.scales and len(study.waves) > 2:
        scale = main_scale(study)
        scores = scales.scores(made(study, monitoring, found), [scale], minimum_share)
        judged = operations.improvement(families, scores, retest, scale.better)
        still = judged["status"].isin(["unchanged", "deteriorated"])
        frames["no improvement"] = judged.assign(attention=still)[["centre", "attention", "status"]]
    return frames


def completeness(study: Study, monitoring: pd.DataFrame, found: Tables) -> pd.DataFrame:
    """Completeness of the records by centre on that day (`workload.completeness`), each kind hidden over all centres.

    One row per centre and kind: centre, what, count, n (NA where hidden), share.
    """
    items = [item for scale in study.scales for item in scale.items]
    running = declared(study)
    as_of, rated = day(study, monitoring, found), made(study, monitoring, found)
    table = workload.completeness(rated, items, running.review_days, running.grace_days, as_of)
    if table.empty:
        return table
    parts = [
        shown_cells.of_base(part[["centre", "count", "n"]], study.minimum_cell).assign(what=what)
        for what, part in table.groupby("what", sort=False)
    ]
    shown = pd.concat(parts, ignore_index=True)
    shown["share"] = (shown["count"] / shown["n"].mask(shown["n"].eq(0))).astype("Float64")
    return shown[["centre", "what", "count", "n", "share"]]


def funnel_of(study: Study, monitoring: pd.DataFrame, found: Tables) -> pd.DataFrame:
    """Families of each centre who got every rating due, as units of a funnel; hidden centres are left out.

    Empty when the study does not declare when ratings are due.
    """
    shown = completeness(study, monitoring, found)
    units = shown[shown["what"].eq("every rating") & shown["centre"].ne(TOTAL)].dropna()
    return units.rename(columns={"centre": "label"})[["label", "count", "n"]].astype(
        {"count": int, "n": int}
    )


def standardised(study: Study, monitoring: pd.DataFrame, found: Tables) -> pd.DataFrame:
    """The same as if all centres had taken in the same mix of risk levels (`funnel.standardised`).

    Only centres that `funnel_of` shows; empty without risk levels.
    """
    running, as_of = declared(study), day(study, monitoring, found)
    rated = made(study, monitoring, found)
    due = workload.rated_when_due(rated, running.review_days, running.grace_days, as_of)
    if "risk" not in due or due.empty:
        return pd.DataFrame(columns=["label", "n", "ratio", "low", "high", "standardised_share"])
    grouped = due.groupby(["centre", "risk"], observed=True)["made"].agg(count="sum", n="size")
    strata = grouped.reset_index().rename(columns={"centre": "label", "risk": "stratum"})
    table = funnel.standardised(strata)
    return table[table["label"].isin(funnel_of(study, monitoring, found)["label"])]


def documentation(
    documents: pd.DataFrame | None, centre: str | None, minimum: int, months: int
) -> pd.DataFrame | None:
    """Control chart of complete case files, of one centre or all; None when there is nothing to draw.

    Months in which fewer than `minimum` files were looked at are blank; the first `months` months from
    the first that is not are the baseline.
    """
    if documents is None or documents.empty:
        return None
    points = shown_cells.enough(workload.documentation(documents, centre), minimum)
    known = points["n"].notna().to_numpy()
    if not known.any():
        return None
    points = points.iloc[int(known.argmax()) :].reset_index(drop=True)
    return control_charts.p_chart(points, min(months, len(points)))


def checked_centre(monitoring: pd.DataFrame, centre: str) -> str:
    """The centre's name as given, when the records hold it.

    Raises
    ------
    ValueError : they do not; the message names those they hold.
    """
    known = sorted(monitoring["centre"].dropna().astype(str).unique())
    if centre not in known:
        raise ValueError(f"the records hold no centre {centre!r}; they hold {', '.join(known)}")
    return centre


def loads(study: Study, families: pd.DataFrame, staff: pd.DataFrame | None) -> pd.DataFrame:
    """Caseload by centre and together (`workload.spread`), weights rounded; no rows without an open case.

    Per curator only where curators are not too few, and where what is told would not give away a small
    number of families without one (curators times cases of each, beside all cases).
    """
    minimum = study.minimum_cell
    table = workload.spread(workload.caseload(families, declared(study).weights, staff))
    with_curator = table.pop("with_curator")
    if table.empty:
        return table
    inner = table["centre"].ne(TOTAL)
    curators = shown_cells.bases(table[inner].set_index("centre")["curators"], minimum)
    pairs = table[["centre"]].assign(count=with_curator, n=table["cases"])[inner]
    cases = shown_cells.of_base(pairs, minimum).set_index("centre")
    hidden = table["centre"].map(curators).isna()
    shown = table.assign(
        curators=table["curators"].astype("Int64").mask(hidden),
        cases=table["centre"].map(cases["n"]).astype("Int64"),
        weighted=[shown_cells.rounded(w, minimum) for w in table["weighted"].astype(float)],
    )
    few = hidden | table["centre"].map(cases["count"]).isna()
    each = ["cases_per_curator", "weighted_per_curator"]
    shown[each] = shown[each].astype(float).mask(few)
    return shown.assign(weighted=shown["weighted"].mask(shown["cases"].isna()))


def alliance_by_aspect(study: Study, ratings: pd.DataFrame | None) -> pd.DataFrame:
    """`alliance.by_aspect` where pairs are not too few; empty when the study has no such ratings."""
    if ratings is None or ratings.empty:
        return pd.DataFrame(columns=list(ALLIANCE))
    return shown_cells.only_large(alliance.by_aspect(ratings), "n", study.minimum_cell)


def drawn(chart: pd.DataFrame | None) -> pd.DataFrame:
    """What a chart puts on record: month, value, limits, n and signals; empty when there is none."""
    columns = ["x", "value", "n", "middle", "low", "high", "beyond", "in_run"]
    return pd.DataFrame(columns=columns) if chart is None else chart[columns]


def in_funnel(units: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame, pd.Series]:
    """Units judged, the funnel's curves, and how far the units spread together; all empty without units."""
    if units.empty:
        blank = pd.DataFrame(columns=["label", "count", "n", "share", "target", "outside"])
        return blank, pd.DataFrame(columns=["n", "level"]), pd.Series({"phi": np.nan, "p": np.nan})
    judged = funnel.funnel(units)
    curves = funnel.curve(int(units["n"].max()), float(judged["target"].iloc[0]))
    return judged, curves, funnel.overdispersion(units).iloc[0]
