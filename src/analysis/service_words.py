"""What the pages on the running service say in words: each function returns one sentence part in the study's language.

What is hidden or not recorded is said to be so. The tables come from `service` and `shown_cells`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from analysis import alliance, control_charts, scales, shown_cells, workload
from analysis.change import change
from analysis.comparison import main_scale
from analysis.service import SUBJECTS, Tables, day, declared
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
    """Open cases of a centre, weighted ones rounded to the smallest count shown, and both per curator.

    Per curator only when the curators are not too few, hidden over all centres at once.
    """
    words, minimum = _words(study), study.minimum_cell
    load = workload.caseload(families, declared(study).weights, staff)
    table = workload.spread(load).set_index("centre")
    inner = table.drop(index=TOTAL, errors="ignore")
    if centre not in table.index:
        return str(words["no_cases"])
    cases = shown_cells.bases(families.groupby("centre", observed=True).size(), minimum)[centre]
    curators = shown_cells.bases(inner["curators"], minimum)[centre]
    if pd.isna(cases):
        return str(words["hidden"])
    weight, name = float(table["weighted"].astype(float)[centre]), "caseload"
    if pd.isna(weight):
        name = "caseload_plain"
    weighted = number(shown_cells.rounded(weight, minimum), 0, words)
    text = str(words[name]).format(cases=cases, weighted=weighted)
    if pd.isna(curators):
        return f"{text} {words['curators_hidden']}"
    return f"{text} {words['per_curator'].format(each=number(cases / curators, 1, words))}"


def change_said(study: Study, monitoring: pd.DataFrame, centre: str, minimum_share: float) -> str:
    """Change of the main scale in a centre, first to last wave, with interval and n; or why it is not told."""
    words = _words(study)
    if not study.scales or len(study.waves) < 2:
        return str(words["not_recorded"])
    scores = scales.scores(monitoring, [main_scale(study)], minimum_share)
    first, last = study.first_wave, study.last_wave
    both = pairs(scores, first, last)["centre"].astype(str).value_counts()
    n = both.reindex(sorted(scores["centre"].astype(str).unique()), fill_value=0)
    if not n.get(centre):
        return str(words["not_recorded"])
    if pd.isna(shown_cells.bases(n, study.minimum_cell)[centre]):
        return str(words["hidden"])
    row = change(scores[scores["centre"].astype(str).eq(centre)], first, last).iloc[0]
    ends = interval(row["low"], row["high"], 2, words)
    return f"{number(row['mean_change'], 2, words)} ({ends}; {words['n']} = {row['n']})"


def told(study: Study, table: pd.DataFrame, subject: str, centre: str = TOTAL) -> str:
    """What `shown_cells.attention` holds on a subject for a centre, or for all of them with the interval."""
    words = _words(study)
    if subject == "no improvement" and len(study.waves) < 3:
        return str(words["three_ratings"]).format(waves=len(study.waves))
    if centre != TOTAL:
        return shown_cells.said(*shown_cells.of_centre(table, subject, centre), words)
    single = table.loc[table["subject"].eq(subject), "centre"].nunique() == 1
    where = table.loc[table["subject"].eq(subject), "centre"].iloc[0] if single else TOTAL
    return shown_cells.said_with_interval(*shown_cells.of_centre(table, subject, where), words)


def checklist(
    study: Study, table: pd.DataFrame, complete: pd.DataFrame, centre: str, refusal: str = ""
) -> pd.DataFrame:
    """One centre's page as one table: what, said ("7 of 25 (28%)", or the `refusal`): attention first, then completeness."""
    if refusal:
        return pd.DataFrame({"what": list(SUBJECTS), "said": refusal})
    rows = [(subject, told(study, table, subject, centre)) for subject in SUBJECTS]
    here = complete[complete["centre"].eq(centre)]
    rows += [
        (what, shown_cells.said(count, n, _words(study)))
        for what, count, n in here[["what", "count", "n"]].itertuples(index=False)
    ]
    return pd.DataFrame(rows, columns=["what", "said"])


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
