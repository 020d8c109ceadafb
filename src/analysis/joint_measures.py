"""Numbers for the joint displays: one result per proposition, and one number per centre or curator.

Reads the further tables of a study where it has them; what it lacks gives no row. Small groups are left out.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis import alliance, informants, stages, survival
from analysis.centres import centre_change
from analysis.comparison import main_scale
from analysis.description import improvement
from analysis.joint import CENTRE, CURATOR
from analysis.protecting import withheld
from analysis.records import has, load_table
from analysis.study import Study
from analysis.transitions import transition_table
from analysis.waves import pairs

RESULT = ["measure", "label", "n", "centres", "value", "low", "high", "reason"]
UNIT = ["measure", "unit", "value", "n"]
TOO_FEW = "too few families to show"
_UNSAID = {"value": np.nan, "low": np.nan, "high": np.nan, "reason": TOO_FEW}


def results(study: Study, monitoring: pd.DataFrame, scores: pd.DataFrame) -> pd.DataFrame:
    """What the numbers say on every measure that a proposition can name, one row each.

    Parameters
    ----------
    scores : tidy scores of the study's scales.

    Returns
    -------
    DataFrame
        `measure` ("scale:NAME", "risk", "views:INFORMANT"), `label, n` (families), `centres, value, low, high, reason`.
        Scales: mean change in points from the first to the last wave; risk: in levels; both turned so that positive is better for the
        family. Views: mean difference from specialists at the last wave over all aspects. 95% intervals let families
        of one centre go together (`informants.clustered_mean`). Below the study's smallest cell only n is missing too.
    """
    rows = []
    first, last = study.first_wave, study.last_wave
    for scale in study.scales:
        both = pairs(scores[scores["scale"].eq(scale.name)], first, last)
        turned = both["change"] * (-1 if scale.better == "lower" else 1)
        rows.append(_result(f"scale:{scale.name}", scale.label, turned, both["centre"]))
    if study.risk is not None:
        moved = risk_steps(monitoring, first, last)
        row = _result("risk", study.risk.label, moved["steps"], moved["centre"])
        rows.append(row | (_UNSAID if _moves_are_hidden(study, monitoring) else {}))
    rows += _views(study, monitoring)
    return informants.blanked(pd.DataFrame(rows, columns=RESULT), study.minimum_cell)


def _moves_are_hidden(study: Study, monitoring: pd.DataFrame) -> bool:
    """Whether a move between risk levels must be hidden: mean times n would be one more equation on the table of moves."""
    table = transition_table(monitoring, study.first_wave, study.last_wave)
    return study.origin == "records" and withheld(table, study.minimum_cell)


def _result(measure: str, label: str, values: pd.Series, centre: pd.Series) -> dict[str, Any]:
    found = informants.clustered_mean(values, centre)
    kept = {name: found[name] for name in ("n", "centres", "low", "high", "reason")}
    return {"measure": measure, "label": label, "value": found["mean"]} | kept


def risk_steps(monitoring: pd.DataFrame, first: str, last: str) -> pd.DataFrame:
    """Levels that each family rated at both waves moved towards the best: `family, centre` (at `first`), `curator, steps`.

    Raises
    ------
    ValueError : as `transitions.transition_table`.
    """
    transition_table(monitoring, first, last)  # checks waves, order of levels and double rows
    rated = monitoring.dropna(subset=["risk"]).assign(place=lambda t: t["risk"].cat.codes)
    start = rated.loc[rated["wave"].eq(first), ["family", "centre", "curator", "place"]]
    end = rated.loc[rated["wave"].eq(last), ["family", "place"]]
    both = start.merge(end, on="family", suffixes=("_first", "_last"))
    steps = both["place_first"].astype(float) - both["place_last"].astype(float)
    return both[["family", "centre", "curator"]].assign(steps=steps)


def _views(study: Study, monitoring: pd.DataFrame, reference: str = "specialist") -> list[dict]:
    if not has(study, "views"):
        return []
    views = load_table(study, "views")
    if reference not in set(views["informant"]):
        return []
    paired = informants.pairs(views, monitoring, reference)
    here = paired[paired["wave"].eq(study.last_wave) & paired["aspect"].eq(informants.OVERALL)]
    return [
        _result(f"views:{who}", f"{who} less {reference}", part["difference"], part["centre"])
        for who, part in here.groupby("informant", sort=True)
    ]


def improvement_of(
    study: Study, monitoring: pd.DataFrame, scores: pd.DataFrame, unit: str = CENTRE
) -> pd.DataFrame:
    """Improvement on the main scale of every centre or curator: the column `unit`, `value, low, high, n`, positive is better.

    t intervals over families; each family belongs to where it was at the first wave. Units with fewer families than the study's
    smallest cell, and families without a curator, are left out. How many units were left out is in `attrs` under "left out".
    """
    first, last, scale = study.first_wave, study.last_wave, main_scale(study)
    here = scores[scores["scale"].eq(scale.name)]
    if unit == CURATOR:
        whose = monitoring[monitoring["wave"].eq(first)].set_index("family")["curator"]
        here = here.assign(centre=here["family"].map(whose).astype(object))
        here = here[here["centre"].notna() & here["centre"].ne("")]
    empty = pd.DataFrame(columns=[unit, "value", "low", "high", "n"])
    if here.empty:
        return empty
    changes = improvement(centre_change(here, first, last), study, "mean_change")
    table = changes.rename(columns={"mean_change": "value", "centre": unit})
    kept = table["n"].ge(study.minimum_cell)
    shown = table.loc[kept, [unit, "value", "low", "high", "n"]].reset_index(drop=True)
    shown.attrs["left out"] = int((~kept).sum())
    return shown


def of_units(
    study: Study, monitoring: pd.DataFrame, scores: pd.DataFrame, unit: str = CENTRE
) -> pd.DataFrame:
    """The numbers from which themes can be expected, one row per measure and centre (or curator).

    Returns
    -------
    DataFrame
        `measure, unit, value, n` (families, or meetings planned): "improvement" and, at the first wave, "families per curator"
        (of a curator: the families); of centres also "days of a case" (median) and, with a table of staff, "supervision not kept" (share).
        Rows with a base below the study's smallest cell are left out.
    """
    change = improvement_of(study, monitoring, scores, unit).rename(columns={unit: "unit"})
    parts = [change.assign(measure="improvement")[UNIT], _load(study, monitoring, unit)]
    if unit == CENTRE and has(study, "case_log") and has(study, "stages"):
        parts.append(_days(study))
    if has(study, "supervision") and (unit == CURATOR or has(study, "staff")):
        parts.append(_not_kept(study, unit))
    table = pd.concat([part for part in parts if len(part)] or [parts[0]], ignore_index=True)
    enough = table["n"].ge(study.minimum_cell) & table["value"].notna()
    return table[enough].reset_index(drop=True)


def _load(study: Study, monitoring: pd.DataFrame, unit: str) -> pd.DataFrame:
    intake = monitoring[monitoring["wave"].eq(study.first_wave) & monitoring["curator"].ne("")]
    by = intake.groupby(unit, observed=True)
    families = by["family"].nunique()
    value = families / by["curator"].nunique() if unit == CENTRE else families
    found = pd.DataFrame({"value": value.astype(float), "n": families}).rename_axis("unit")
    return found.reset_index().assign(measure="families per curator")[UNIT]


def _days(study: Study) -> pd.DataFrame:
    log, plan = load_table(study, "case_log"), load_table(study, "stages")
    as_of = study.running.as_of if study.running else None
    times = stages.whole(log, plan, None if as_of is None else pd.Timestamp(as_of))
    found = survival.median_time(times).rename(columns={"centre": "unit", "median": "value"})
    known = found[found["unit"].isin(set(times["centre"]))]
    return known.assign(measure="days of a case")[UNIT]


def _not_kept(study: Study, unit: str) -> pd.DataFrame:
    supervision = load_table(study, "supervision")
    own = pd.Series(supervision["curator"].unique(), index=supervision["curator"].unique())
    by = own if unit == CURATOR else load_table(study, "staff").set_index("curator")["centre"]
    kept = alliance.kept(supervision, by).rename(columns={"group": "unit"})
    kept["value"] = np.where(kept["n"].gt(0), 1 - kept["count"] / kept["n"], np.nan)
    return kept.assign(measure="supervision not kept")[UNIT]


def counting_curators(table: pd.DataFrame) -> pd.DataFrame:
    """A table whose counts are of curators, under names that say so: curators are people, and few of them are not shown of real records."""
    return table.rename(
        columns={
            "n_voiced": "curators_voiced",
            "n_others": "curators_others",
            "as_predicted": "curators_as_predicted",
            "not_voiced": "curators_not_voiced",
            "not_predicted": "curators_not_predicted",
            "no_interview": "curators_silent",
        }
    )
