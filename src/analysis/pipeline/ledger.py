"""The verdict on every claim, by rule: from what the audit page computed, from results.csv, and from the table of links.

No verdict is written down anywhere; a claim with a printed figure has that of its figure. The page is in `ledger_page`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from analysis.contradictions import between_texts
from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.shown_tables import ShownTable
from analysis.survey import printed_figures
from analysis.tables import heading
from analysis.wording import catalogue

Row = Mapping[str, str]
AUDIT = "notebooks/audit"
EVERY, TWICE, WORDS = "every_figure", "twice", "verbal_contradicted"

VERDICTS = {
    "impossible": (
        "impossible",
        "The printed percentage comes from no whole number of people at its base, however halves are rounded.",
    ),
    "contradicted": (
        "contradicted",
        "The figure does not fit the words beside it, or the same fact is printed elsewhere with another figure.",
    ),
    "recomputed": (
        "recomputed",
        "Exactly one whole number stands behind the figure, and a page prints it. That does not make it true.",
    ),
    "attainable": (
        "attainable",
        "The figure can come from whole people, but from more than one number of them, so none can be rebuilt.",
    ),
    "bare": (
        "not testable: no base, or no figure of its own",
        "A figure without a base, a fraction in words or a sum of ours: there is nothing to check it against.",
    ),
    "coded": (
        "stated in words; coded and counted here",
        "No percentage is printed. One reader coded the claim, and the page counts codes; that tests our counting, not the claim.",
    ),
    "illustrated": (
        "illustrated on synthetic data",
        "The page shows how such a finding would be reached, on invented records. It neither confirms nor refutes the claim.",
    ),
    "stated": (
        "stated in words; not testable without the records",
        "The source says so and prints nothing that could be computed again. The page speaks of it.",
    ),
    "untestable": (
        "not testable without the records",
        "A finding that only records could decide which were never published.",
    ),
}
LINKS = ("recomputed", "coded", "illustrated", "stated", "untestable")


@dataclass(frozen=True)
class Figure:
    """What the audit page shows of one printed figure: `row` of its table, verdict, and what stands against it."""

    row: int
    texts: Row
    against: tuple[str, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """The verdict on one claim, why, and the place that shows it (`page`, `anchor`)."""

    name: str
    why: str
    page: str
    anchor: str


def figures(
    percentages: pd.DataFrame,
    verbal: Iterable[Row],
    pairs: pd.DataFrame,
    shown: Mapping[str, ShownTable],
) -> dict[str, Figure]:
    """Every figure that the audit page judged, by id, as the page judged it.

    Parameters
    ----------
    percentages, verbal, pairs : the published tables of these names.
    shown : the tables of the audit page by key.

    Raises
    ------
    EvidenceError
        When the page does not show exactly the printed figures, or names a pair or a phrase that is not in the tables.
    """
    missing = [key for key in (EVERY, TWICE, WORDS) if key not in shown]
    if missing:
        raise EvidenceError(
            f"The audit page shows no table {', '.join(missing)}; the ledger takes its verdicts from there."
        )
    expected = printed_figures(percentages)
    rows = shown[EVERY].named()
    mine = [(row["statement"], row["percent"]) for row in expected.to_dict("records")]
    theirs = [(row["statement"], row[_head("printed")]) for row in rows]
    if mine != theirs:
        odd = next(
            (pair for pair in zip(mine, theirs, strict=False) if pair[0] != pair[1]), ("", "")
        )
        raise EvidenceError(
            f"The audit page does not show the printed figures in their order: {len(mine)} are expected, "
            f"{len(theirs)} shown; first difference {odd[0]} and {odd[1]}."
        )
    against = _twice(percentages, pairs, shown[TWICE].named())
    for name, why in _words(verbal, percentages, shown[WORDS].named()):
        against.setdefault(name, []).append(why)
    return {
        name: Figure(place, row, tuple(against.get(name, ())))
        for place, (name, row) in enumerate(zip(expected["id"], rows, strict=True), 1)
    }


def _head(column: str) -> str:
    """The heading under which the page shows a column."""
    return heading(column, catalogue("en"))


def _twice(
    percentages: pd.DataFrame, pairs: pd.DataFrame, rows: Iterable[Row]
) -> dict[str, list[str]]:
    """Figures that are printed twice with two numbers, as the page found them."""
    every = percentages.set_index("id")
    known = {}
    for first, second in pd.concat([between_texts(percentages), pairs])[
        ["first", "second"]
    ].to_numpy():
        printed = every.loc[[first, second], "percent"]
        known[(every.loc[first, "statement"], *printed)] = (first, second)
    against: dict[str, list[str]] = {}
    for row in rows:
        place = (row["statement"], row[_head("first_printed")], row[_head("second_printed")])
        if place not in known:
            raise EvidenceError(
                f"The audit page compares {place}, which are no two figures of the tables."
            )
        if row["verdict"] == "disagree":
            for name in known[place]:
                against.setdefault(name, []).append(f"printed as {place[1]}% and as {place[2]}%")
    return against


def _words(
    verbal: Iterable[Row], percentages: pd.DataFrame, rows: Iterable[Row]
) -> Iterable[tuple[str, str]]:
    printed = dict(zip(percentages["id"], percentages["percent"], strict=True))
    known = {(row["phrase"], printed.get(row["percentage"])): row["percentage"] for row in verbal}
    for row in rows:
        place = (row[_head("phrase")], row[_head("printed")])
        if place not in known:
            raise EvidenceError(f"The audit page judges {place}, which is no phrase of the tables.")
        yield known[place], f"“{place[0]}” does not fit {place[1]}%"


def judge(
    claim: Row,
    proof: Row,
    found: Mapping[str, Figure],
    same_as: Mapping[str, str],
    said: Mapping[tuple[str, str], str],
) -> Verdict:
    """The verdict on one claim.

    Parameters
    ----------
    claim, proof : its rows of `claims.csv` and `evidence.csv`.
    found : what `figures` returns.
    same_as : figure id -> the id of the figure that it repeats.
    said : texts of the sentences of results.csv by notebook and key.
    """
    name = claim["percentage"]
    figure = found.get(same_as.get(name) or name)
    if figure:
        verdict, why = _of_figure(figure)
        return Verdict(verdict, why, AUDIT, f"{EVERY}-{figure.row}")
    anchor = proof["anchor"] or proof["key"]
    if name:
        return Verdict("bare", "", proof["page"], anchor)
    number = said.get((Path(proof["page"]).name, proof["key"]), "")
    if proof["key"] and claim["value"].isdigit() and number.isdigit():
        same = number == claim["value"]
        why = f"the page counts {number}"
        return Verdict("recomputed" if same else "contradicted", why, proof["page"], anchor)
    return Verdict(proof["status"], number, proof["page"], anchor)


def _of_figure(figure: Figure) -> tuple[str, str]:
    row, n = figure.texts, figure.texts["n"]
    if row["verdict"] == "impossible":
        return "impossible", "; ".join((f"no whole number of {n} people gives it", *figure.against))
    if row["verdict"] != "possible":
        raise EvidenceError(
            f"The audit page says {row['verdict']!r} of {row['statement']!r}; expected possible or impossible."
        )
    alone = row["count"] != "–"
    why = f"{row['count']} of {n}" if alone else f"several numbers of {n} people fit"
    if alone and row["low"] != "–":
        why += f" (95% interval {row['low']} to {row['high']}%)"
    if figure.against:
        return "contradicted", "; ".join((*figure.against, why))
    return ("recomputed" if alone else "attainable"), why


def problems(
    claims: Iterable[Row],
    evidence: Iterable[Row],
    found: Mapping[str, Figure],
    same_as: Mapping[str, str],
) -> list[str]:
    """One sentence for each link that is not of the kind that the claim's figure asks for."""
    by_id = {claim["id"]: claim for claim in claims}
    told = []
    for row in evidence:
        name = by_id.get(row["claim"], {}).get("percentage", "")
        audited = (same_as.get(name) or name) in found
        if row["status"] not in LINKS:
            told.append(
                f"claim {row['claim']} has status {row['status']!r}; expected one of {', '.join(LINKS)}"
            )
        elif audited != (row["status"] == "recomputed"):
            needed = "its figure is audited" if audited else "no figure of it is audited"
            told.append(f"claim {row['claim']} has status {row['status']!r}, but {needed}")
    return told
