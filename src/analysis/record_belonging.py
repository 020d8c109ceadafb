"""Who belongs where: curators to a centre and a supervisor, ratings to a family's waves, families to a first wave.

Warnings, for people move; each different pair is looked at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from analysis.printed import one_line, shown
from analysis.problem import MAX_KEPT, Problem
from analysis.record_rules import wave_places
from analysis.record_sheets import Sheet
from analysis.study_parts import Study

Sheets = Mapping[str, Sheet]
MANY, SHARE = 20, 0.2


def misplaced(study: Study, sheets: Sheets, monitoring: Sheet | None) -> Iterator[Problem]:
    """Everything in the tables that puts somebody where another table does not.

    Parameters
    ----------
    sheets
        Name of a further table -> the table; the table of interviews as `interviews`.
    """
    staff, interviews = sheets.get("staff"), sheets.get("interviews")
    if staff is not None:
        yield from _own_supervisor(staff)
        if monitoring is not None:
            yield from _elsewhere(staff, monitoring, "centre")
        for name in ("supervision", "alliance"):
            if name in sheets:
                yield from _elsewhere(sheets[name], staff, "supervisor")
                yield from _no_staff(sheets[name], staff, monitoring)
    if interviews is not None:
        for other in (monitoring, staff):
            if other is not None and _pairs(other, "centre"):
                yield from _elsewhere(interviews, other, "centre")
                break
    if monitoring is not None:
        yield from _without_first_wave(study, monitoring)
        if "views" in sheets:
            yield from _at_no_wave(sheets["views"], monitoring)


def _elsewhere(sheet: Sheet, other: Sheet, column: str) -> Iterator[Problem]:
    """Curators with a centre or supervisor that the other table does not give them."""
    known, pair = _pairs(other, column), ["curator", column]
    if not known or not set(pair) <= set(sheet.frame):
        return
    told = sheet.frame[pair].dropna().drop_duplicates().astype("str")
    held = set(other.frame[column].cat.categories)  # a centre that nobody knows is said elsewhere
    for row, curator, place in list(told.itertuples())[:MAX_KEPT]:
        theirs = known.get(curator)
        if theirs and place not in theirs and (place in held or column != "centre"):
            listed = ", ".join(map(shown, theirs[:5]))
            said = f"{shown(place)} for the curator {shown(curator)}, who has {listed} in {other.file}."
            mend = "one of the two tables is wrong, or the curator has changed over."
            yield _doubt(
                sheet, row, column, place, said, ", ".join(theirs[:5]), mend, f"another {column}"
            )


def _pairs(sheet: Sheet, column: str) -> dict[str, list[str]]:
    """Curator -> the centres or supervisors that a table gives him."""
    pair = ["curator", column]
    if not set(pair) <= set(sheet.frame):
        return {}
    found: dict[str, list[str]] = {}
    rows = sheet.frame[pair].dropna().drop_duplicates().astype("str")
    for curator, place in rows.itertuples(index=False):
        found.setdefault(curator, []).append(place)
    return found


def _own_supervisor(sheet: Sheet) -> Iterator[Problem]:
    if not {"curator", "supervisor"} <= set(sheet.frame):
        return
    rows = sheet.frame[["curator", "supervisor"]].dropna().astype("str")
    for row, text in rows["curator"][rows["curator"] == rows["supervisor"]][:MAX_KEPT].items():
        said = f"{shown(text)} is the curator of this row and the supervisor too."
        mend = "write the id of the supervisor; nobody supervises their own work."
        yield _doubt(sheet, row, "supervisor", text, said, "somebody else", mend, "own supervisor")


def _no_staff(sheet: Sheet, staff: Sheet, monitoring: Sheet | None) -> Iterator[Problem]:
    """Curators that monitoring knows and staff does not; those that nobody knows are said elsewhere."""
    if "curator" not in sheet.frame or "curator" not in staff.frame:
        return
    known = set(staff.frame["curator"].cat.categories)
    if monitoring is not None and "curator" in monitoring.frame:
        theirs = set(monitoring.frame["curator"].cat.categories)
        known |= set(sheet.frame["curator"].cat.categories) - theirs
    cells = sheet.frame["curator"]
    first = cells[cells.isin([text for text in cells.cat.categories if text not in known])]
    for row, text in list(first.drop_duplicates().items())[:MAX_KEPT]:
        said = f"{shown(text)} is not known in {staff.file}."
        mend = f"add a row for the curator to {staff.file}, or spell it as there."
        yield _doubt(
            sheet, row, "curator", text, said, f"a curator of {staff.file}", mend, "not in staff"
        )


def _without_first_wave(study: Study, sheet: Sheet) -> Iterator[Problem]:
    """Families that have later waves only: no change of theirs can be told."""
    if not {"family", "wave"} <= set(sheet.frame) or not study.waves:
        return
    family = sheet.frame["family"].cat.codes.to_numpy()
    place = wave_places(study, sheet.frame["wave"])
    names, start = sheet.frame["family"].cat.categories, np.zeros(family.max(initial=-1) + 2, bool)
    start[family[place <= 0]] = True  # a wave that is unknown may be the first
    late = np.flatnonzero((family >= 0) & (place > 0) & ~start[family])
    _, first = np.unique(family[late], return_index=True)
    places = np.sort(late[first])
    expected = f"a row with the wave {study.first_wave}"
    mend = "add the row, or see whether the family or the wave is spelt otherwise; without it the family is in no change."
    said = f"the family %s has no row at the first wave, {shown(study.first_wave)}."
    texts = {int(at): said.replace("%s", shown(names[family[at]]), 1) for at in places}
    values = {int(at): str(names[family[at]]) for at in places}
    yield from _all_or_once(
        sheet, "family", texts, values, (expected, mend, "no first wave"), len(names)
    )


def _at_no_wave(sheet: Sheet, monitoring: Sheet) -> Iterator[Problem]:
    """Ratings at a wave at which the family was not seen, of families that monitoring knows."""
    pair = ["family", "wave"]
    if not (set(pair) <= set(sheet.frame) and set(pair) <= set(monitoring.frame)):
        return
    ours = sheet.frame[pair].dropna().drop_duplicates().astype("str")
    theirs = monitoring.frame[pair].dropna().drop_duplicates().astype("str")
    known = pd.MultiIndex.from_frame(theirs)
    strange = ours[~pd.MultiIndex.from_frame(ours).isin(known)]
    waves = set(monitoring.frame["wave"].cat.categories)
    strange = strange[strange["family"].isin(theirs["family"]) & strange["wave"].isin(waves)]
    place = sheet.frame.index.get_indexer(strange.index)
    texts = {
        int(at): f"the family {shown(family)} has no row at {shown(wave)} in {monitoring.file}."
        for at, family, wave in zip(place, strange["family"], strange["wave"], strict=True)
    }
    values = dict(zip(map(int, place), strange["wave"], strict=True))
    mend = f"correct the wave, or add the family's row to {monitoring.file}."
    rest = ("a wave at which the family was rated", mend, "not seen then")
    yield from _all_or_once(sheet, "wave", texts, values, rest, len(ours))


def _all_or_once(
    sheet: Sheet,
    column: str,
    texts: Mapping[int, str],
    values: Mapping[int, str],
    rest: tuple[str, str, str],
    n: int,
) -> Iterator[Problem]:
    """A warning for each place, or one with the number when it holds for more than a few of all."""
    many = len(texts) > max(MANY, SHARE * n)
    for at in sorted(texts)[: 1 if many else MAX_KEPT]:
        said = texts[at] + (f" So or alike {len(texts):,} times." if many else "")
        row = int(sheet.frame.index[at])
        yield _doubt(sheet, row, column, values[at], said, *rest)


def _doubt(sheet: Sheet, row: object, column: str, value: object, said: str, *rest: str) -> Problem:
    expected, mend, kind = rest
    theirs, told = sheet.theirs.get(column, column), one_line(str(value))[:200]
    return Problem(sheet.file, said, int(row), theirs, told, expected, mend, "warning", kind)  # type: ignore[call-overload]
