"""Schreiner's aspects as the companion study used them: what is stated, ours, not known, and what families give in words.

The project's table `data/evaluation/schreiner.csv` is read here. Money and unit costs are in `costs`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.study import PROJECT, Study
from analysis.voices import cleared

STATUS = ("stated", "ours", "not known")


def aspects() -> pd.DataFrame:
    """Schreiner's aspects for the published evaluation: `aspect, element, status, what, source, url`, all text.

    `status`: stated (in a text that was read, named in `source`), ours (our reading or rule), not known. Empty cells are empty texts.
    """
    file = PROJECT / "data" / "evaluation" / "schreiner.csv"
    return pd.read_csv(file, dtype=str, keep_default_na=False, encoding="utf-8")


def by_status(table: pd.DataFrame) -> pd.DataFrame:
    """How much of each aspect is stated, ours, not known: `aspect` and one count for each status, in the order of the aspects."""
    counts = pd.crosstab(table["aspect"], table["status"])
    counts = counts.reindex(index=table["aspect"].unique(), columns=list(STATUS), fill_value=0)
    return counts.rename_axis(columns=None).rename_axis("aspect").reset_index()


def client_statements(client_costs: pd.DataFrame) -> pd.DataFrame:
    """What families give, as it was told: `kind, interviews, told` and one column of statements for each informant.

    Kinds in order of frequency. Counts of interviews and statements, never of families.
    """
    counts = pd.crosstab(client_costs["kind"], client_costs["informant"])
    by_kind = client_costs.groupby("kind")["document"]
    counts.insert(0, "interviews", by_kind.nunique())
    counts.insert(1, "told", by_kind.size())
    counts = counts.sort_values("told", ascending=False, kind="stable")
    return counts.rename_axis(columns=None).reset_index()


def client_passages(client_costs: pd.DataFrame, limit: int) -> pd.DataFrame:
    """Statements to choose for print: `quote_id, document, quote, translation, kind, informant`, at most `limit` of a kind.

    One per interview and kind, the shortest first. Not yet cleared of what could tell who somebody is: see `passages_by_kind`.
    """
    table = client_costs.assign(
        length=client_costs["quote"].str.len(), translation=client_costs["translation"].fillna("")
    )
    table = table.sort_values(["kind", "length", "document"], kind="stable")
    table = table.drop_duplicates(["kind", "document"]).groupby("kind").head(limit)
    table = table.assign(quote_id=table["document"]).reset_index(drop=True)
    return table[["quote_id", "document", "quote", "translation", "kind", "informant"]]


def passages_by_kind(
    study: Study, client_costs: pd.DataFrame, limit: int
) -> dict[str, pd.DataFrame]:
    """`client_passages` by kind of cost, with the study's masks applied, as `Page.quotes` wants them.

    Raises
    ------
    DisclosureError
        For anything that looks like an identifier and is neither masked nor allowed in the study folder.
    """
    shown = cleared(study, client_passages(client_costs, limit))
    return {
        str(kind): part.drop(columns="kind") for kind, part in shown.groupby("kind", sort=False)
    }


def social_value(clients: pd.DataFrame, total_cost: float) -> dict[str, Any]:
    """Social value set against total cost. The formula is ours: sum over clients of weight x (worth - client cost).

    Parameters
    ----------
    clients : columns worth, client_cost (money), weight; one row per client.

    Returns
    -------
    dict with n, social_value, total_cost, net, break_even (the same worth for every client at which net is 0; missing where the
    weights sum to 0). No worth and no weight of the Moscow programme is known, so with real numbers this is a what-if.
    """
    weight = clients["weight"].astype(float)
    value = float((weight * (clients["worth"] - clients["client_cost"])).sum())
    needed = total_cost + float((weight * clients["client_cost"]).sum())
    even = needed / weight.sum() if weight.sum() > 0 else np.nan
    row = {"n": len(clients), "social_value": value, "total_cost": float(total_cost)}
    return row | {"net": value - total_cost, "break_even": even}


def alike(n: int) -> pd.DataFrame:
    """`n` clients of weight 1 with no client cost and a worth of 0, for `social_value`: the plainest what-if."""
    return pd.DataFrame({"worth": 0.0, "client_cost": 0.0, "weight": 1.0}, index=range(n))
