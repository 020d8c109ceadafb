"""What the rows of the monitoring table say about each other that cannot be: order in time, half steps.

The columns by themselves are checked in `record_schema`, what merely looks wrong in `record_hints`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from analysis.cells import days, numbers
from analysis.problem import MAX_KEPT, Problem
from analysis.record_sheets import Sheet
from analysis.study_parts import Study


def wave_places(study: Study, cells: pd.Series) -> np.ndarray:
    """The place of each row's wave in the study's order, -1 where it is unknown."""
    order = {wave: place for place, wave in enumerate(study.waves)}
    found = np.array([order.get(text, -1) for text in cells.cat.categories], dtype=np.int64)
    return np.append(found, -1)[cells.cat.codes]


def successive(study: Study, frame: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Dated ratings of a family that follow each other in the order of waves: places of the earlier, of the later, all days."""
    if not {"family", "wave", "date"} <= set(frame):
        nothing = np.array([], dtype=int)
        return nothing, nothing, np.array([], dtype="datetime64[s]")
    family, wave = frame["family"].cat.codes.to_numpy(), wave_places(study, frame["wave"])
    date = days(frame["date"])
    known = np.flatnonzero((family >= 0) & (wave >= 0) & ~np.isnat(date))
    known = known[np.lexsort((wave[known], family[known]))]
    before, after = known[:-1], known[1:]
    same = family[before] == family[after]
    return before[same], after[same], date


def order_in_time(study: Study, sheet: Sheet) -> Iterator[Problem]:
    """Waves dated before an earlier wave of the same family."""
    frame = sheet.frame
    earlier, later, date = successive(study, frame)
    back = np.flatnonzero(date[later] < date[earlier])
    expected = "a day after the family's earlier wave"
    for at in back[:MAX_KEPT]:
        now, before = str(date[later[at]])[:10], str(date[earlier[at]])[:10]
        said = f"{now} is before the family's earlier wave ({before}); waves follow one another."
        other, row = int(frame.index[earlier[at]]), int(frame.index[later[at]])
        mend = f"one of the two days (the other is in row {other}) or one of the waves is wrong."
        column = sheet.theirs["date"]
        yield Problem(sheet.file, said, row, column, now, expected, mend, kind="before")


def half_steps(study: Study, sheet: Sheet) -> Iterator[Problem]:
    """Ratings between the steps of a scale: wrong when the study says `whole = true`, else a hint."""
    for scale in study.scales:
        if not scale.steps:
            continue
        severity = "error" if scale.whole else "warning"
        for item in (item for item in scale.items if item in sheet.frame):
            values = numbers(sheet.frame[item])
            inside = (values >= scale.low) & (values <= scale.high)
            for at in np.flatnonzero(inside & (values != np.round(values)))[:MAX_KEPT]:
                value = f"{values[at]:g}"
                said = f"{value} lies between two steps of the scale {scale.name}."
                expected = f"a whole number from {scale.low:g} to {scale.high:g}"
                mend = f"correct it; if half steps are meant, write whole = false for {scale.name}."
                row = int(sheet.frame.index[at])
                yield Problem(
                    sheet.file, said, row, item, value, expected, mend, severity, "half step"
                )
