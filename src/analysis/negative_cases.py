"""Negative cases: where a number leads one to expect a theme that nobody voiced, and themes voiced where no number led there.

The expectations are data (`propositions`), the numbers come from `joint_measures`, what counts as voiced from `joint`.
"""

from __future__ import annotations

from collections.abc import Collection

import pandas as pd

from analysis.joint import CENTRE, heard_in, placed

AS_PREDICTED = "as predicted"
NOT_VOICED = "predicted, not voiced"
NOT_PREDICTED = "voiced, not predicted"
NO_INTERVIEW = "no interview"
NO_MEASURE, NO_CODE, NO_SPREAD = "not measured", "no such code", "units do not differ"
COLUMNS = ["id", "measure", "when", "theme", "unit", "value", "median", "n", "interviews", "case"]


def cases(
    expectations: pd.DataFrame,
    measures: pd.DataFrame,
    coding: pd.DataFrame,
    interviews: pd.DataFrame,
    codes: Collection[str],
    unit: str = CENTRE,
) -> pd.DataFrame:
    """Every expectation held against every centre (or curator) whose number is known.

    Parameters
    ----------
    expectations : `id, measure, when` ("high" or "low")`, theme`.  measures : `measure, unit, value, n`.
    codes : all codes of the codebook; an expectation of another theme has no cases.

    Returns
    -------
    DataFrame
        `id, measure, when, theme, unit, value, median` (over the units), `n, interviews, case`. The theme is predicted where the
        value lies above (high) or below (low) the median; at the median it is not. Voiced: every coder heard it in at least one
        interview of the unit. `case`: as predicted, "predicted, not voiced", "voiced, not predicted", or no interview. An
        expectation over fewer than two units, or units that are all alike, has no rows (see `summary`).
    """
    table, place = heard_in(coding, interviews, unit), placed(interviews, unit)
    rows = []
    for entry in expectations.to_dict("records"):
        here = measures[measures["measure"].eq(entry["measure"])]
        if _reason(here, entry["theme"], codes):
            continue
        middle = float(here["value"].median())
        voiced = set(table.loc[table["code"].eq(entry["theme"]), "unit"])
        for row in here.to_dict("records"):
            above = row["value"] > middle if entry["when"] == "high" else row["value"] < middle
            count = int(place.eq(row["unit"]).sum())
            case = _case(bool(above), row["unit"] in voiced) if count else NO_INTERVIEW
            found = {"unit": row["unit"], "value": row["value"], "median": middle, "n": row["n"]}
            rows.append(entry | found | {"interviews": count, "case": case})
    return pd.DataFrame(rows, columns=COLUMNS)


def _case(predicted: bool, voiced: bool) -> str:
    if predicted == voiced:
        return AS_PREDICTED
    return NOT_VOICED if predicted else NOT_PREDICTED


def _reason(here: pd.DataFrame, theme: str, codes: Collection[str]) -> str:
    """Why an expectation cannot be held against anything, "" when it can."""
    if theme not in codes:
        return NO_CODE
    if len(here) < 2:
        return NO_MEASURE
    return NO_SPREAD if here["value"].nunique() < 2 else ""


def summary(
    expectations: pd.DataFrame,
    measures: pd.DataFrame,
    found: pd.DataFrame,
    codes: Collection[str],
) -> pd.DataFrame:
    """How each expectation fared: `measure, when, theme, units, as_predicted, not_voiced, not_predicted, no_interview, reason`.

    `reason` says why an expectation was held against no unit.
    """
    names = {"as_predicted": AS_PREDICTED, "not_voiced": NOT_VOICED}
    names |= {"not_predicted": NOT_PREDICTED, "no_interview": NO_INTERVIEW}
    rows = []
    for entry in expectations.to_dict("records"):
        here = found.loc[found["id"].eq(entry["id"]), "case"]
        counts = {name: int(here.eq(case).sum()) for name, case in names.items()}
        measured = measures[measures["measure"].eq(entry["measure"])]
        row = {key: entry[key] for key in ("measure", "when", "theme")} | {"units": len(here)}
        rows.append(row | counts | {"reason": _reason(measured, entry["theme"], codes)})
    return pd.DataFrame(rows, columns=["measure", "when", "theme", "units", *names, "reason"])


def negative(found: pd.DataFrame) -> pd.DataFrame:
    """The negative cases alone, those predicted and not voiced first; an expectation's cases in the order of its units."""
    wanted = found[found["case"].isin([NOT_VOICED, NOT_PREDICTED])]
    return wanted.sort_values("case", kind="stable").reset_index(drop=True)
