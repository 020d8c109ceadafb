"""Case-ranked display: centres or curators whose families improved most and least, and what their practitioners said.

Ranks order what was observed; intervals that overlap are no difference, and the display says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.joint import CENTRE, heard_in, loudest, placed

MOST, LEAST = "most improved", "least improved"


def extremes(improvement: pd.DataFrame, each: int = 1) -> pd.DataFrame:
    """The units with the largest and the smallest improvement, ties at the border included.

    Parameters
    ----------
    improvement : one row per unit with `value, low, high, n`; rows without a value are left out.
    each : units wanted at either end; at most half of them are taken.

    Returns
    -------
    DataFrame
        The rows of the extremes, largest value first, with `rank` (1 = largest; equal values share the best rank), `of` (units
        ranked) and `case` ("most improved", "least improved"). Empty where no two units differ, or ties would put a unit at
        both ends.
    """
    known = improvement[improvement["value"].notna()]
    table = known.sort_values("value", ascending=False, kind="stable").assign(of=len(known))
    table["rank"] = table["value"].rank(ascending=False, method="min").astype(int)
    count = min(each, len(table) // 2)
    if count < 1:
        return table.assign(case="").iloc[:0]
    top, bottom = table["value"].iloc[count - 1], table["value"].iloc[-count]
    if top <= bottom:
        return table.assign(case="").iloc[:0]
    ends = table[table["value"].ge(top) | table["value"].le(bottom)]
    cases = [MOST if value >= top else LEAST for value in ends["value"]]
    return ends.assign(case=cases).reset_index(drop=True)


def best(improvement: pd.DataFrame, unit: str, nobody: str) -> pd.Series:
    """The row with the largest improvement, the first of equals; numbers missing, under the name `nobody`, where no row has a value."""
    known = improvement[improvement["value"].notna()]
    if len(known):
        return known.iloc[int(known["value"].astype(float).argmax())]
    return pd.Series({unit: nobody} | dict.fromkeys(["value", "low", "high", "n"], float("nan")))


def pooled(
    improvement: pd.DataFrame, interviews: pd.DataFrame, unit: str, each: int = 3
) -> pd.DataFrame:
    """The extremes among units that were interviewed, when neither end is a single one: nobody is to be told apart.

    Returns
    -------
    DataFrame
        As `extremes`; empty where an end would hold fewer than two units.
    """
    spoken = improvement[improvement[unit].isin(set(placed(interviews, unit)))]
    ends = extremes(spoken, each)
    alone = ends["case"].value_counts().min() < 2 if len(ends) else True
    return ends.iloc[:0] if alone else ends


def apart(ends: pd.DataFrame) -> bool:
    """Whether every interval of the most improved lies above every interval of the least improved; missing ones do not."""
    most, least = ends[ends["case"].eq(MOST)], ends[ends["case"].eq(LEAST)]
    if most.empty or least.empty or ends[["low", "high"]].isna().any().any():
        return False
    return bool(most["low"].min() > least["high"].max())


def said(
    ends: pd.DataFrame,
    coding: pd.DataFrame,
    interviews: pd.DataFrame,
    sides: Mapping[str, Sequence[str]],
    unit: str = CENTRE,
) -> pd.DataFrame:
    """What the practitioners of each extreme unit spoke of most, beside its numbers.

    Parameters
    ----------
    ends : from `extremes`.  sides : name of a side -> its codes, such as from `joint.sides`.

    Returns
    -------
    DataFrame
        `case`, the column `unit`, `rank, of, n, value, low, high, interviews`, and one column per side: the theme that every
        coder heard in most of its interviews, the first of equals ("" where none).
    """
    table, place = heard_in(coding, interviews, unit), placed(interviews, unit)
    rows = []
    for row in ends.to_dict("records"):
        here, count = table[table["unit"].eq(row[unit])], int(place.eq(row[unit]).sum())
        entry = {
            name: row[name] for name in ("case", unit, "rank", "of", "n", "value", "low", "high")
        }
        entry["interviews"] = count
        for side, codes in sides.items():
            entry[side] = loudest(here, codes)
        rows.append(entry)
    columns = ["case", unit, "rank", "of", "n", "value", "low", "high", "interviews", *sides]
    return pd.DataFrame(rows, columns=columns)


def contrast(
    ends: pd.DataFrame,
    coding: pd.DataFrame,
    interviews: pd.DataFrame,
    sides: Mapping[str, Sequence[str]],
    unit: str = CENTRE,
) -> pd.DataFrame:
    """Themes heard more at one end than at the other, interviews of each end taken together.

    Returns
    -------
    DataFrame
        One row per code of the sides: `code, side, most, n_most, least, n_least` (interviews in which every coder heard it, of
        how many), `difference` (of the shares), largest difference either way first; missing where an end has no interview.
        Empty without extremes. With a handful of interviews nothing is tested.
    """
    table, place = heard_in(coding, interviews, unit), placed(interviews, unit)
    ends_of = {case: set(ends.loc[ends["case"].eq(case), unit]) for case in (MOST, LEAST)}
    sizes = {case: int(place.isin(names).sum()) for case, names in ends_of.items()}
    rows = []
    for side, codes in sides.items() if len(ends) else ():
        for code in codes:
            here = table.loc[table["code"].eq(code), "unit"]
            most, least = (int(here.isin(ends_of[case]).sum()) for case in (MOST, LEAST))
            shares = [
                count / sizes[case] if sizes[case] else float("nan")
                for case, count in ((MOST, most), (LEAST, least))
            ]
            rows.append((code, side, most, sizes[MOST], least, sizes[LEAST], shares[0] - shares[1]))
    columns = ["code", "side", "most", "n_most", "least", "n_least", "difference"]
    found = pd.DataFrame(rows, columns=columns)
    order = found["difference"].abs().sort_values(ascending=False, kind="stable").index
    return found.loc[order].reset_index(drop=True)
