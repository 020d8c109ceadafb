"""What the invented service cost, centre by centre and month by month, in units that are no currency.

Pure: declared values and other invented tables in, the table `costs` of `contract` out. No amount of
money of the real programme is known, and none is meant here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.synthetic_service import DAY, months
from analysis.worlds import Parameters, names, stream


def costs(
    parameters: Parameters, span: pd.DataFrame, people: pd.DataFrame, met: pd.DataFrame
) -> pd.DataFrame:
    """What the service cost: centre, month, payer, item, amount, low, high (units, NaN = known), synthetic.

    Parameters
    ----------
    span, people, met : the tables of `spans`, `staff` and `contacts`.

    Notes
    -----
    Amount = declared amount per unit x number of units in that centre and month x noise. Units are
    curators, supervisors, cases in care, visits, or curators in a month of training.
    """
    rng = stream(parameters, "costs")
    units = _units(parameters, span, people, met)
    parts = []
    for line in names(parameters, "cost_lines"):
        item, payer, per, certainty = line.split(":")
        each = parameters[f"cost_{payer}_{item.replace(' ', '_')}"]
        noise = np.exp(parameters["cost_noise_sd"] * rng.standard_normal(len(units)))
        part = units[["centre", "month"]].assign(payer=payer, item=item)
        part["amount"] = (each * units[per].to_numpy() * noise).round(1)
        rough = parameters["cost_rough"] if certainty == "rough" else np.nan
        part["low"], part["high"] = part["amount"] * (1 - rough), part["amount"] * (1 + rough)
        parts.append(part[part["amount"] > 0])
    frame = pd.concat(parts).round({"low": 1, "high": 1}).assign(synthetic=True)
    return frame.sort_values(["centre", "month"], kind="stable", ignore_index=True)


def _units(
    parameters: Parameters, span: pd.DataFrame, people: pd.DataFrame, met: pd.DataFrame
) -> pd.DataFrame:
    """What amounts go with: one row per centre and month, one column per unit."""
    centre_of = span.set_index("family")["centre"]
    visits = met[met["kind"] == "visit"]
    where, training = visits["family"].map(centre_of), names(parameters, "cost_training_months")
    rows = []
    for centre, group in people.groupby("centre"):
        here = span[span["centre"] == centre]
        days = visits.loc[where == centre, "date"]
        for month in months(parameters):
            after = month + pd.offsets.MonthBegin(1)
            cases = int(((here["first"] < after) & (here["last"] >= month)).sum())
            curators = len(group)
            rows.append(
                {
                    "centre": centre,
                    "month": month,
                    "curators": curators,
                    "supervisors": group["supervisor"].nunique(),
                    "cases": cases,
                    "visits": int(days.between(month, after - DAY).sum()),
                    "trained": curators if str(month.month) in training else 0,
                }
            )
    return pd.DataFrame(rows)
