"""What happened before it could have, long after everything else, or on a day that has not been: warnings mostly.

Days are compared by whole columns; what nearly every family has is said once, for then it is how the service works.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from itertools import pairwise

import numpy as np
import pandas as pd

from analysis.cells import days, judged, truth
from analysis.printed import shown
from analysis.problem import MAX_KEPT, Problem
from analysis.record_rules import successive, wave_places
from analysis.record_sheets import Sheet
from analysis.study_parts import Study

Sheets = Mapping[str, Sheet]
NAT = np.datetime64("NaT", "s")
SLACK = np.timedelta64(30, "D")  # by so much a case may begin before its first rating
LONG = np.timedelta64(366, "D")
FAR = np.timedelta64(2 * 366, "D")
MANY, SHARE = 20, 0.2  # beyond these it is no slip of one row
LOOK = "look the day up in the file of the case."


def out_of_time(study: Study, sheets: Sheets, monitoring: Sheet | None) -> Iterator[Problem]:
    """Everything in the tables that cannot have been on the day that is written, or hardly can."""
    if monitoring is not None:
        yield from _one_day(study, monitoring)
    for name, column in (("case_log", "start"), ("contacts", "date")):
        if name in sheets:
            yield from _before_intake(study, sheets[name], column, monitoring)
    if "contacts" in sheets and monitoring is not None:
        yield from _long_after(sheets["contacts"], monitoring, sheets.get("case_log"))
    if "case_log" in sheets and "stages" in sheets:
        yield from _before_what_it_waits_for(sheets["case_log"], sheets["stages"])
    if "case_log" in sheets:
        yield from _after_as_of(study, sheets["case_log"], ("start", "end"))
    if "contacts" in sheets:
        yield from _after_as_of(study, sheets["contacts"], ("date",))
    if "supervision" in sheets:
        yield from _meetings(sheets["supervision"])


def review_order(study: Study) -> Iterator[Problem]:
    """Waves that study.toml wants rated no later than the wave before them."""
    due = study.running.review_days if study.running else {}
    waves = [wave for wave in study.waves if wave in due]
    for before, wave in pairwise(waves):
        if due[wave] <= due[before]:
            said = f"running: review_days: {wave} is due on day {due[wave]:g}, {before}, the wave before it, on day {due[before]:g}."
            mend = "count the days of every wave from intake, and keep waves.order and review_days in one order."
            expected = f"more than {due[before]:g}"
            value = f"{due[wave]:g}"
            yield Problem("study.toml", said, None, None, value, expected, mend, kind="review days")


def _one_day(study: Study, sheet: Sheet) -> Iterator[Problem]:
    """Two waves of a family on one day: one of them was copied from the other, or only its date."""
    frame = sheet.frame
    was, now, date = successive(study, frame)
    wave = frame["wave"].cat.codes.to_numpy() if len(now) else now
    same = (date[now] == date[was]) & (wave[now] != wave[was])
    told = {at: int(frame.index[before]) for at, before in zip(now[same], was[same], strict=True)}
    said = "%s is also the day of the family's wave in row {}."
    texts = {at: said.format(row) for at, row in told.items()}
    yield from _say(sheet, "date", date, texts, "a later day than the wave before", "one day")


def first_days(study: Study, monitoring: Sheet | None) -> pd.Series:
    """The day of the first wave, of the families that have one; the family is the index."""
    if monitoring is None or not {"family", "wave", "date"} <= set(monitoring.frame):
        return pd.Series(dtype="datetime64[s]")
    frame = monitoring.frame
    date = days(frame["date"])
    first = (wave_places(study, frame["wave"]) == 0) & ~np.isnat(date)
    first &= (frame["family"].cat.codes >= 0).to_numpy()
    found = pd.Series(date[first], index=frame["family"].cat.codes.to_numpy()[first])
    found = found[~found.index.duplicated()]
    return found.set_axis(frame["family"].cat.categories[found.index])


def _before_intake(
    study: Study, sheet: Sheet, column: str, monitoring: Sheet | None
) -> Iterator[Problem]:
    intake = first_days(study, monitoring)
    if intake.empty or not {"family", column} <= set(sheet.frame):
        return
    date, begun = days(sheet.frame[column]), _of_families(sheet, intake)
    early = np.flatnonzero(date < begun - SLACK)
    texts = {
        at: f"%s is long before the family's first wave ({_day(begun[at])})."
        for at in map(int, early)
    }
    yield from _say(sheet, column, date, texts, "a day after intake", "before intake")


def _long_after(sheet: Sheet, monitoring: Sheet, log: Sheet | None) -> Iterator[Problem]:
    """Contacts more than a year after the last rating and stage of a family that has no stage open."""
    needed = {"family", "date"}
    if not (needed <= set(monitoring.frame) and needed <= set(sheet.frame)):
        return
    last = _latest(monitoring, "date")
    if log is not None and {"family", "start", "end"} <= set(log.frame):
        known = [last, _latest(log, "start"), _latest(log, "end")]
        open_still = log.frame["family"][log.frame["end"].isna()].dropna().astype("str").unique()
        last = pd.concat(known).groupby(level=0).max().drop(open_still, errors="ignore")
    date, ended = days(sheet.frame["date"]), _of_families(sheet, last)
    late = np.flatnonzero(date > ended + LONG)
    texts = {
        at: f"%s is more than a year after anything else known of the family ({_day(ended[at])})."
        for at in map(int, late)
    }
    yield from _say(sheet, "date", date, texts, "a day while the case is open", "long after")


def _latest(sheet: Sheet, column: str) -> pd.Series:
    """The last day in a column of each family, which is the index."""
    family, date = sheet.frame["family"].cat.codes.to_numpy(), days(sheet.frame[column])
    known = (family >= 0) & ~np.isnat(date)
    last = pd.Series(date[known]).groupby(family[known]).max()
    return last.set_axis(sheet.frame["family"].cat.categories[last.index])


def _of_families(sheet: Sheet, known: pd.Series) -> np.ndarray:
    """In each row the day known of its family, NaT where none is."""
    cells = sheet.frame["family"]
    found = known.reindex(cells.cat.categories).to_numpy(dtype="datetime64[s]")
    return np.append(found, NAT)[cells.cat.codes]


def _before_what_it_waits_for(sheet: Sheet, stages: Sheet) -> Iterator[Problem]:
    """Stages begun while one that must end first was open, or before it had ended."""
    if not {"family", "stage", "start", "end"} <= set(sheet.frame):
        return
    if not {"stage", "after"} <= set(stages.frame):
        return
    start, end = days(sheet.frame["start"]), days(sheet.frame["end"])
    names, codes = sheet.frame["stage"].cat.categories, sheet.frame["stage"].cat.codes.to_numpy()
    family = sheet.frame["family"].cat.codes.to_numpy()
    rows = {
        str(name): np.flatnonzero((codes == at) & (family >= 0)) for at, name in enumerate(names)
    }
    texts: dict[int, str] = {}
    open_still: dict[int, str] = {}
    waits = stages.frame[["stage", "after"]].dropna().astype("str")
    for stage, after in waits.itertuples(index=False):
        for other in filter(None, (part.strip() for part in after.split(";"))):
            if other == stage or stage not in rows or other not in rows:
                continue
            at = np.full(int(family.max(initial=0)) + 1, -1)
            at[family[rows[other]]] = rows[other]
            before = at[family[rows[stage]]]
            here, before = rows[stage][before >= 0], before[before >= 0]
            early, still = start[here] < end[before], np.isnat(end[before]) & ~np.isnat(start[here])
            for now, was in zip(here[early], before[early], strict=True):
                said = f"%s, while {shown(other)}, which must end first, ended on {_day(end[was])}."
                texts[int(now)] = said
            for now, was in zip(here[still], before[still], strict=True):
                open_still[int(was)] = (
                    f"{shown(other)} has no end, while {shown(stage)}, which waits for it, began on {_day(start[now])}."
                )
    expected = "a day after the stages it waits for"
    yield from _say(sheet, "start", start, texts, expected, "begun too early")
    yield from _say(sheet, "end", end, open_still, "the day on which it ended", "still open")


def _after_as_of(study: Study, sheet: Sheet, columns: tuple[str, ...]) -> Iterator[Problem]:
    as_of = study.running.as_of if study.running else None
    for column in columns if as_of else ():
        if column in sheet.frame:
            date = days(sheet.frame[column])
            said = f"%s is after {as_of}, the day looked from (as_of in study.toml)."
            late = np.flatnonzero(date > np.datetime64(str(as_of), "s"))
            texts = dict.fromkeys(late.tolist(), said)
            yield from _say(sheet, column, date, texts, f"a day until {as_of}", "after as_of")


def _meetings(sheet: Sheet) -> Iterator[Problem]:
    """Meetings that took place on a day to come, and plans for a day far ahead."""
    if "date" not in sheet.frame:
        return
    date, today = days(sheet.frame["date"]), np.datetime64(str(datetime.date.today()), "s")
    kept = np.zeros(len(date), dtype=bool)
    if "kept" in sheet.frame:
        kept = judged(sheet.frame["kept"], lambda text: bool(truth(text)))
    texts = dict.fromkeys(
        np.flatnonzero(kept & (date > today)).tolist(),
        "%s is a day to come, and the meeting was kept.",
    )
    expected = "a day that has already been"
    yield from _say(sheet, "date", date, texts, expected, "kept in the future", "error")
    far = np.flatnonzero(~kept & (date > today + FAR)).tolist()
    texts = dict.fromkeys(far, "%s is more than two years ahead.")
    yield from _say(sheet, "date", date, texts, "a day of the coming two years", "far ahead")


def _say(
    sheet: Sheet,
    column: str,
    date: np.ndarray,
    texts: Mapping[int, str],
    expected: str,
    kind: str,
    severity: str = "warning",
) -> Iterator[Problem]:
    """A problem for each place; a warning that holds for many families is said once, with their number."""
    cases = sheet.frame["family"].cat.categories if "family" in sheet.frame else sheet.frame.index
    many = severity == "warning" and len(texts) > max(MANY, SHARE * len(cases))
    theirs = sheet.theirs.get(column, column)
    for at in sorted(texts)[: 1 if many else MAX_KEPT]:
        value = "" if np.isnat(date[at]) else _day(date[at])
        said = texts[at].removeprefix("%s")
        said = texts[at] if said == texts[at] else value + said
        said += f" So or alike in {len(texts):,} of {len(sheet.frame):,} rows." if many else ""
        mend = f"{LOOK[:-1]}; if this is how the service works, nothing is wrong." if many else LOOK
        row = int(sheet.frame.index[at])
        yield Problem(sheet.file, said, row, theirs, value, expected, mend, severity, kind)


def _day(day: np.datetime64) -> str:
    return str(day)[:10]
