"""What the service costs: totals by payer and item, and unit costs per client, per service and per client-month.

Money comes with declared ranges, not with samples: `low` and `high` here are sums of declared ends and no confidence intervals.
What they do to a result is in `sensitivity`; aspects that no money measures are in `schreiner`. The tables of a study are read here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from analysis import records
from analysis.contract import TABLES
from analysis.study import Study

MONTH = 365.25 / 12  # days
ALL = "All centres"
UNITS = {
    "per client": "clients",
    "per service": "services",
    "per client-month": "client_months",
}
NOTHING = "nothing was counted to divide by"


def totals(costs: pd.DataFrame, by: str) -> pd.DataFrame:
    """Amounts added up by `payer`, `item` or `centre`: `by, n` (rows added), `amount, low, high, share` (of all amounts).

    An empty end of a range is the amount itself. Ranges add end to end: everything low at once, everything high at once, which is
    the widest the total can be. Largest amount first. Without costs there are no rows.

    Raises
    ------
    ValueError
        For an amount outside its own range or below 0, naming the row.
    """
    known = ranged(costs)
    grouped = known.groupby(by, sort=False, observed=True)
    table = grouped[["amount", "low", "high"]].sum().assign(n=grouped.size()).reset_index()
    whole = table["amount"].sum()
    table["share"] = table["amount"] / whole if whole > 0 else np.nan
    table = table.sort_values("amount", ascending=False, kind="stable", ignore_index=True)
    return table[[by, "n", "amount", "low", "high", "share"]]


def ranged(costs: pd.DataFrame) -> pd.DataFrame:
    """The table of costs with every range filled in; see `totals` for what is refused."""
    table = costs.copy()
    for end in ("low", "high"):
        table[end] = table[end].astype(float).fillna(table["amount"])
    wrong = ~(table["low"].le(table["amount"]) & table["amount"].le(table["high"]))
    wrong |= table["low"].lt(0)
    if wrong.any():
        row = table[wrong].iloc[0]
        raise ValueError(
            f"costs, centre {row['centre']}, month {row['month']:%Y-%m}, {row['payer']}, {row['item']}: the amount "
            f"{row['amount']:g} and its range {row['low']:g} to {row['high']:g}; expected 0 <= low <= amount <= high"
        )
    return table


def tables(study: Study) -> dict[str, pd.DataFrame]:
    """The tables this chapter reads, by name: costs, case_log, contacts, client_costs; empty where the study has none."""
    kinds = {"date": "datetime64[ns]", "number": "float64"}
    found = {}
    for name in ("costs", "case_log", "contacts", "client_costs"):
        columns = TABLES[name].columns
        empty = {one.name: pd.Series(dtype=kinds.get(one.kind, "str")) for one in columns}
        declared = records.has(study, name)
        found[name] = records.load_table(study, name) if declared else pd.DataFrame(empty)
    return found


def spells(
    case_log: pd.DataFrame,
    monitoring: pd.DataFrame,
    contacts: pd.DataFrame,
    as_of: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """From when to when each family was in the service: `family, centre, start, end, open`, one row per family with a date.

    Parameters
    ----------
    case_log : columns family, centre, start, end (empty while a stage is open); may be empty.
    monitoring : columns family, centre, date.  contacts : columns family, date; may be empty.
    as_of : None ends every family with its last recorded day (log, rating or contact), the least that the records prove; a day
        ends families with an open stage on it, the most: a stage that nobody closed may have ended long ago.

    Raises
    ------
    ValueError : for a contact with a family that is in no other table.
    """
    homes = pd.concat([case_log, monitoring]).groupby("family")["centre"].first()
    if strange := sorted(set(contacts["family"]) - set(homes.index)):
        raise ValueError(
            f"contacts: family {strange[0]} is in neither the case log nor the ratings; correct its id"
        )
    days = [
        case_log[["family", each]].set_axis(["family", "day"], axis=1) for each in ("start", "end")
    ]
    days += [
        table[["family", "date"]].set_axis(["family", "day"], axis=1)
        for table in (monitoring, contacts)
    ]
    signs = pd.concat([part for part in days if len(part)]).dropna().groupby("family")["day"]
    table = pd.DataFrame({"centre": homes, "start": signs.min(), "end": signs.max()})
    table = table.dropna(subset=["start"])
    table["open"] = table.index.isin(case_log.loc[case_log["end"].isna(), "family"])
    if as_of is not None:
        table["end"] = table["end"].mask(table["open"], pd.Timestamp(as_of))
    return table.rename_axis("family").reset_index()


def activity(care: pd.DataFrame, contacts: pd.DataFrame, costs: pd.DataFrame) -> pd.DataFrame:
    """What the costs bought in the months they cover: `centre, clients, services, client_months`, one row per centre.

    Parameters
    ----------
    care : from `spells`.  contacts : columns family, date.  costs : column month.

    Notes
    -----
    The period runs from the first day of the first month with costs to the last day of the last. Clients: families with a day
    in it. Client-months: their days in it, first and last day counted, over 365.25 / 12. Services: contacts on a day in it.

    """
    columns = ["centre", "clients", "services", "client_months"]
    if not len(costs):
        return pd.DataFrame(columns=columns)
    first, last = costs["month"].min(), costs["month"].max() + pd.offsets.MonthEnd(0)
    days = (care["end"].clip(upper=last) - care["start"].clip(lower=first)).dt.days + 1
    inside = care.assign(days=days)[days > 0]
    homes = care.set_index("family")["centre"]
    held = contacts[contacts["date"].between(first, last)]
    table = inside.groupby("centre").agg(clients=("family", "nunique"), days=("days", "sum"))
    table["services"] = held["family"].map(homes).value_counts()
    table["services"] = table["services"].fillna(0).astype(int)
    return table.assign(client_months=table["days"] / MONTH).reset_index()[columns]


def shared_out(costs: pd.DataFrame, done: pd.DataFrame, shared: str = "shared") -> pd.DataFrame:
    """Costs of each centre, those of all centres together divided by client-months: `centre, amount, low, high, own`.

    Parameters
    ----------
    costs : rows whose centre is `shared` belong to all centres.  done : from `activity`.

    Returns
    -------
    DataFrame, one row per centre in `done`; `own` is the part of the amount that is the centre's own. The parts add up to
    all costs. Client-months because most shared work (supervision, training, software) lasts as long as families stay; by
    clients, centres with long cases would look cheaper.

    Raises
    ------
    ValueError : for costs of a centre without any family in the months covered, or shared costs that nobody can take.
    """
    known = ranged(costs)
    common = known["centre"].eq(shared)
    if strange := sorted(set(known.loc[~common, "centre"]) - set(done["centre"])):
        raise ValueError(
            f"costs: centre {strange[0]!r} had no family in the months covered; name a centre of the records, "
            f"or {shared!r} for costs of all centres"
        )
    ends = ["amount", "low", "high"]
    own = known[~common].groupby("centre")[ends].sum().reindex(done["centre"], fill_value=0.0)
    months = done.set_index("centre")["client_months"]
    if common.any() and not months.sum() > 0:
        raise ValueError(f"costs of {shared!r} cannot be divided: there are no client-months")
    part = months / months.sum() if common.any() else months * 0
    spread = np.outer(part, known.loc[common, ends].sum())
    table = (own + spread).assign(own=own["amount"])
    return table.reset_index()


def unit_costs(costs: pd.DataFrame, done: pd.DataFrame, shared: str = "shared") -> pd.DataFrame:
    """Cost per client, per service and per client-month, in each centre and together, one row per estimate.

    Parameters
    ----------
    costs : columns centre, month, payer, item, amount, low, high.  done : from `activity`.  shared : see `shared_out`.

    Returns
    -------
    DataFrame
        `centre, unit, clients, n` (units counted), `cost, low, high` (in the currency of the study), `reason`. Low and high
        come from the declared ranges of the money; the counts are taken as they are. Empty without costs.

    Notes
    -----
    Average, not marginal, cost: one family more would cost something else. Checked by hand, against one loop over days and
    rows, and against Schreiner (2002, CSD 02-17): 64 dollars per participant-month and 29 saved in it are 2.20 for each dollar.
    """
    columns = ["centre", "unit", "clients", "n", "cost", "low", "high", "reason"]
    if not len(costs):
        return pd.DataFrame(columns=columns)
    each = shared_out(costs, done, shared).merge(done, on="centre")
    whole = each.drop(columns="centre").sum().to_frame().T.assign(centre=ALL)
    rows = []
    for row in pd.concat([each, whole], ignore_index=True).to_dict("records"):
        for unit, counted in UNITS.items():
            n = row[counted]
            ends = {"cost": row["amount"], "low": row["low"], "high": row["high"]}
            ratios = {name: value / n if n > 0 else np.nan for name, value in ends.items()}
            known = {"centre": row["centre"], "unit": unit, "clients": int(row["clients"]), "n": n}
            rows.append(known | ratios | {"reason": "" if n > 0 else NOTHING})
    return pd.DataFrame(rows)[columns]


def inputs(costs: pd.DataFrame, by: str = "item") -> pd.DataFrame:
    """The costs as `sensitivity` wants them, one input per payer or item: `input, value, low, high, n` (rows added).

    Within an input the amounts are taken to err together, all months and centres alike.
    """
    table = totals(costs, by).rename(columns={by: "input", "amount": "value"})
    return table[["input", "value", "low", "high", "n"]]


def per(units: float) -> Callable[[Any], Any]:
    """The model of a unit cost: sets of costs (sets x inputs) to their sum over a number of units.

    Raises
    ------
    ValueError : unless units is above 0.
    """
    if not units > 0:
        raise ValueError(f"a unit cost needs units to divide by, not {units}")
    return lambda sets: np.asarray(sets, dtype=float).sum(axis=-1) / units
