"""What in the monitoring table is possible but looks wrong: warnings for a person to judge.

Rows half filled, waves of a few families, families that move, ratings that run against the declared direction. What cannot be
at all is in `record_schema` and `record_rules`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from analysis.cells import numbers
from analysis.printed import shown
from analysis.problem import MAX_KEPT, Problem
from analysis.record_rules import wave_places
from analysis.record_sheets import Sheet
from analysis.study_parts import Scale, Study

LOOKED_AT = 100_000  # rows from which directions are told
FEWEST = 20
THIN, MANY = 5, 20  # families of a wave that is hardly one, while another has many
AGAINST = -3.0  # correlation times the root of n: about three standard errors of no relation


def half_filled(study: Study, sheet: Sheet) -> Iterator[Problem]:
    """Rows without any rating, and rows in which fewer than half of the items are filled."""
    items = [i for scale in study.scales for i in scale.items if i in sheet.frame]
    if not items:
        return
    filled = np.zeros(len(sheet.frame), dtype=np.int64)
    for item in items:
        filled += (sheet.frame[item].cat.codes >= 0).to_numpy()
    rated = sheet.frame["risk"].notna().to_numpy() if "risk" in sheet.frame else np.array(False)
    expected = f"most of the {len(items)} items"
    for at in np.flatnonzero(2 * filled < len(items))[:MAX_KEPT]:
        empty = filled[at] == 0 and not (rated[at] if rated.ndim else False)
        said = (
            "no rating at all in this row."
            if empty
            else f"only {filled[at]} of {len(items)} items are filled."
        )
        mend = "fill in what was rated, or delete the row if the family was not seen."
        yield _hint(sheet, at, None, str(filled[at]), said, expected, mend, "half filled")


def thin_waves(study: Study, sheet: Sheet) -> Iterator[Problem]:
    """Waves at which fewer than `THIN` families were rated, while another has `MANY` or more."""
    if not {"family", "wave"} <= set(sheet.frame):
        return
    rows = sheet.frame[["family", "wave"]].dropna().drop_duplicates()
    counted = rows["wave"].astype("str").value_counts()
    families = {wave: int(counted.get(wave, 0)) for wave in study.waves}
    most = max(families.values(), default=0)
    mend = (
        "if it is another wave spelt otherwise, correct the cells and take the name out of waves.order; "
        "a wave that is meant may stay, but a first or last one of a few families leaves nothing to compare."
    )
    for wave, n in families.items():
        if n < THIN and most >= MANY:
            said = f"the wave {shown(wave)} has {n} famil{'y' if n == 1 else 'ies'}, another has {most}."
            column, expected = sheet.theirs["wave"], f"{THIN} families or more"
            yield Problem(
                sheet.file, said, None, column, wave, expected, mend, "warning", "thin wave"
            )


def moved(study: Study, sheet: Sheet) -> Iterator[Problem]:
    """Families whose centre or curator is not the one of their first wave."""
    frame = sheet.frame
    if not {"family", "wave"} <= set(frame):
        return
    family, wave = frame["family"].cat.codes.to_numpy(), wave_places(study, frame["wave"])
    for name in (c for c in ("centre", "curator") if c in frame):
        value = frame[name].cat.codes.to_numpy()
        known = np.flatnonzero((family >= 0) & (wave >= 0) & (value >= 0))
        known = known[np.lexsort((wave[known], family[known]))]
        same = family[known][1:] == family[known][:-1]
        changed = np.flatnonzero(same & (value[known][1:] != value[known][:-1]))
        for at in changed[:MAX_KEPT]:
            now, before = (str(frame[name].iloc[known[place]]) for place in (at + 1, at))
            whose = frame["family"].iloc[known[at]]
            said = f"family {shown(whose)} changes from {shown(before)} to {shown(now)}."
            mend = "if it is a slip, correct it; a family that moved counts where it was first."
            yield _hint(sheet, known[at + 1], name, now, said, before, mend, f"{name} changes")


def directions(study: Study, sheet: Sheet) -> Iterator[Problem]:
    """Items that run against the rest of their scale, and risk that runs against the scales.

    Notes
    -----
    Over the first `LOOKED_AT` rows: Pearson correlation of an item, turned where declared, with the
    mean of the other items; of the risk level with the scale's mean, worse being higher in both.
    Said when r < -0.1 and r * sqrt(n) < `AGAINST`.
    """
    head = sheet.frame.head(LOOKED_AT)
    risk = _places(study, head)
    for scale in study.scales:
        if not scale.better or not set(scale.items) <= set(head):
            continue
        turned = np.column_stack([numbers(head[item]) for item in scale.items])
        against = [at for at, item in enumerate(scale.items) if item in scale.reverse]
        turned[:, against] = scale.low + scale.high - turned[:, against]
        yield from _items_against(sheet, scale, turned)
        mean = _mean(turned)
        worse = mean if scale.better == "lower" else -mean
        if risk is not None and _runs_against(worse, risk):
            said = f"risk falls where the scale {scale.name} gets worse, as both are declared."
            mend = f"look whether risk.levels run from best to worst, and better of {scale.name}."
            column = sheet.theirs["risk"]
            yield Problem(
                sheet.file, said, None, column, None, "", mend, "warning", "risk direction"
            )


def _places(study: Study, head: object) -> np.ndarray | None:
    if study.risk is None or "risk" not in head:  # type: ignore[operator]
        return None
    order = {level: float(place) for place, level in enumerate(study.risk.levels)}
    cells = head["risk"]  # type: ignore[index]
    found = [order.get(text, np.nan) for text in cells.cat.categories]
    return np.append(np.array(found, dtype=float), np.nan)[cells.cat.codes]


def _items_against(sheet: Sheet, scale: Scale, turned: np.ndarray) -> Iterator[Problem]:
    if len(scale.items) < 2:
        return
    flags = [
        _runs_against(turned[:, at], _mean(np.delete(turned, at, axis=1)))
        for at in range(len(scale.items))
    ]
    if all(flags) and len(flags) == 2:
        flags = [False, True]  # each runs against the other: one remark is enough
    for item in (item for item, flag in zip(scale.items, flags, strict=True) if flag):
        declared = item in scale.reverse
        change = f"take {item} out of" if declared else f"add {item} to"
        said = f"rated against the rest of the scale {scale.name}."
        mend = f"if it is worded the other way round, {change} reverse of {scale.name}."
        expected = "a positive relation to the other items"
        yield Problem(sheet.file, said, None, item, None, expected, mend, "warning", "direction")


def _mean(values: np.ndarray) -> np.ndarray:
    there = ~np.isnan(values)
    count = there.sum(axis=1)
    total = np.where(there, values, 0).sum(axis=1)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _runs_against(one: np.ndarray, other: np.ndarray) -> bool:
    both = ~np.isnan(one) & ~np.isnan(other)
    n = int(both.sum())
    if n < FEWEST or one[both].std() == 0 or other[both].std() == 0:
        return False
    r = float(np.corrcoef(one[both], other[both])[0, 1])
    return r < -0.1 and r * np.sqrt(n) < AGAINST


def _hint(
    sheet: Sheet, at: int, name: str | None, value: str, said: str, expected: str, *rest: str
) -> Problem:
    mend, kind = rest
    column = None if name is None else sheet.theirs[name]
    row = int(sheet.frame.index[at])
    return Problem(sheet.file, said, row, column, value, expected, mend, "warning", kind)
