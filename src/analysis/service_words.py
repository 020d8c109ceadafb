"""What the pages on the running service say in words: each function returns one sentence part in the study's language.

What is hidden or not recorded is said to be so. The tables come from `service` and `shown_cells`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import nan
from typing import Any

import pandas as pd

from analysis import alliance, control_charts, scales, shown_cells
from analysis.change import change
from analysis.comparison import main_scale
from analysis.service import SUBJECTS, Tables, day, loads
from analysis.shown_cells import TOTAL
from analysis.study import Study
from analysis.waves import pairs
from analysis.wording import catalogue, interval, number, p_value


def refused(study: Study, centre: str, hidden: Collection[str]) -> str:
    """The sentence that stands in the place of every number of a centre that is too small to be shown; "" for any other.

    `hidden` are the centres hidden on every page (`report.Page.centres`).
    """
    return str(_words(study)["centre_hidden"]) if centre in hidden else ""


def chart_said(chart: pd.DataFrame | None, study: Study, refusal: str = "") -> str:
    """What a control chart of shares says: its middle, its signals and the last of them; or that there is none; or the `refusal`."""
    words = _words(study)
    if refusal:
        return refusal
    if chart is None:
        return str(words["not_recorded"])
    row = control_charts.signals(chart).iloc[0]
    text = str(words["chart"]).format(
        middle=f"{100 * row['middle']:.0f}%",
        points=row["points"],
        beyond=row["beyond"],
        run=row["in_run"],
    )
    last = row["last_signal"]
    text += "" if last is None else " " + str(words["chart_last"]).format(month=f"{last:%Y-%m}")
    return text + (f" {words['chart_provisional']}" if row["provisional"] else "")


def caseload_said(
    study: Study, families: pd.DataFrame, staff: pd.DataFrame | None, centre: str
) -> str:
    """Open cases of a centre in its row of `service.loads`: plain, weighted, and cases per curator.

    Where no curator is named, or too few families have none, it says so instead.
    """
    words, table = _words(study), loads(study, families, staff).set_index("centre")
    if centre not in table.index:
        return str(words["no_cases"])
    cases, curators = table["cases"][centre], table["curators"][centre]
    if pd.isna(cases):
        return str(words["hidden"])
    weight = float(table["weighted"].astype(float)[centre])
    name = "caseload_plain" if pd.isna(weight) else "caseload"
    text = str(words[name]).format(cases=cases, weighted=number(weight, 0, words))
    if pd.isna(curators):
        return f"{text} {words['curators_hidden']}"
    each = float(table["cases_per_curator"].astype(float)[centre])
    why = words["hidden"] if curators else words["not_recorded"]
    told = why if pd.isna(each) else number(each, 1, words)
    return f"{text} {words['per_curator'].format(each=told)}"


def change_here(
    study: Study, monitoring: pd.DataFrame, centre: str, minimum_share: float, refusal: str = ""
) -> pd.Series:
    """Change of the main scale in a centre, first to last wave: a row of `change.change`; or one without numbers and the `reason` why."""
    words = _words(study)
    if refusal:
        return _without(refusal)
    if not study.scales or len(study.waves) < 2:
        return _without(words["not_recorded"])
    scores = scales.scores(monitoring, [main_scale(study)], minimum_share)
    first, last = study.first_wave, study.last_wave
    both = pairs(scores, first, last)["centre"].astype(str).value_counts()
    n = both.reindex(sorted(scores["centre"].astype(str).unique()), fill_value=0)
    if not n.get(centre):
        return _without(words["not_recorded"])
    if pd.isna(shown_cells.bases(n, study.minimum_cell)[centre]):
        return _without(words["hidden"])
    return change(scores[scores["centre"].astype(str).eq(centre)], first, last).iloc[0]


def _without(reason: str) -> pd.Series:
    return pd.Series(
        {"mean_change": nan, "low": nan, "high": nan, "n": 0, "reason": reason}, dtype=object
    )


def told(study: Study, table: pd.DataFrame, subject: str) -> str:
    """What `shown_cells.attention` holds on a subject for all centres together, with the interval."""
    words = _words(study)
    if why := _why_not(study, subject):
        return why
    single = table.loc[table["subject"].eq(subject), "centre"].nunique() == 1
    where = table.loc[table["subject"].eq(subject), "centre"].iloc[0] if single else TOTAL
    return shown_cells.said_with_interval(*shown_cells.of_centre(table, subject, where), words)


def checklist(
    study: Study, table: pd.DataFrame, complete: pd.DataFrame, centre: str, refusal: str = ""
) -> pd.DataFrame:
    """One centre's page as one table: what, count, n, share, note; attention first, then completeness.

    The note says why numbers are not there: the `refusal`, hidden, or not recorded.
    """
    if refusal:
        return _listed([(subject, None, None, refusal) for subject in SUBJECTS])
    words = _words(study)
    rows = [
        (subject, *shown_cells.of_centre(table, subject, centre), _why_not(study, subject))
        for subject in SUBJECTS
    ]
    here = complete[complete["centre"].eq(centre)]
    rows += [(*row, "") for row in here[["what", "count", "n"]].itertuples(index=False, name=None)]
    return _listed(
        [
            (what, count, n, why or shown_cells.why_not(count, n, words))
            for what, count, n, why in rows
        ]
    )


def _why_not(study: Study, subject: str) -> str:
    """Why a subject cannot be told of any centre of this study; "" where it can."""
    if subject == "no improvement" and len(study.waves) < 3:
        return str(_words(study)["three_ratings"]).format(waves=len(study.waves))
    return ""


def _listed(rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["what", "count", "n", "note"])
    noted = frame["note"].ne("")
    for column in ("count", "n"):
        frame[column] = pd.to_numeric(frame[column].mask(noted)).astype("Int64")
    share = frame["count"].astype("Float64") / frame["n"].astype("Float64").mask(frame["n"].eq(0))
    return frame.assign(share=share)[["what", "count", "n", "share", "note"]]


def funnel_said(study: Study, judged: pd.DataFrame, together: pd.Series) -> str:
    """How many centres of a funnel lie outside its limits and how far they spread; or that there is none to draw."""
    words = _words(study)
    if judged.empty:
        return str(words["no_funnel"])
    return str(words["funnel"]).format(
        units=len(judged),
        outside=int(judged["outside"].ne("no").sum()),
        phi=number(together["phi"], 2, words),
        p=p_value(together["p"]),
    )


def lateness(study: Study, overdue: pd.DataFrame | None) -> str:
    """Median days since the due day of the ratings overdue, when they are not too few."""
    words = _words(study)
    if overdue is None:
        return str(words["not_recorded"])
    days = overdue["days_overdue"].dropna()
    return (
        number(days.median(), 0, words) if len(days) >= study.minimum_cell else str(words["hidden"])
    )


def alliance_said(study: Study, table: pd.DataFrame) -> str:
    """The aspect on which the two sides differ most, with interval and number of pairs."""
    words, known = _words(study), table.dropna(subset=["difference"])
    if known.empty:
        return str(words["hidden"] if len(table) else words["not_recorded"])
    row = known.to_dict("records")[int(known["difference"].astype(float).abs().argmax())]
    ends = interval(row["low"], row["high"], 2, words)
    n = number(row["n"], 0, words)
    return f"{row['aspect']}: {number(row['difference'], 2, words)} ({ends}; {words['n']} = {n})"


def supervision_said(study: Study, meetings: pd.DataFrame | None) -> tuple[str, str]:
    """Meetings kept of those planned, and how useful curators found them; over all centres."""
    words = _words(study)
    if meetings is None or meetings.empty:
        return str(words["not_recorded"]), str(words["not_recorded"])
    if meetings["curator"].nunique() < study.minimum_cell:
        return str(words["hidden"]), str(words["hidden"])
    held = alliance.kept(meetings).iloc[0]
    text = shown_cells.said_with_interval(held["count"], held["n"], words)
    rows = alliance.usefulness(meetings)
    if rows.empty or rows["n"].iloc[0] < study.minimum_cell:
        return text, str(words["hidden"])
    row = rows.iloc[0]
    ends = interval(row["low"], row["high"], 2, words)
    return text, f"{number(row['mean'], 2, words)} ({ends}; {words['n']} = {row['n']})"


def _words(study: Study) -> Mapping[str, Any]:
    words = catalogue(study.language)
    return {**words, **words["service"]}


def day_said(study: Study, monitoring: pd.DataFrame, found: Tables) -> str:
    """The day looked from, as 2022-11-30; or that no date is recorded."""
    when = day(study, monitoring, found)
    return str(_words(study)["not_recorded"]) if pd.isna(when) else f"{when:%Y-%m-%d}"


def scale_said(study: Study) -> str:
    """The main scale with its good direction; or that there is none."""
    if not study.scales:
        return str(_words(study)["not_recorded"])
    scale = main_scale(study)
    return f"“{scale.label}” ({_words(study)[f'better_{scale.better}']})"
