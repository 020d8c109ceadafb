"""Verdicts on printed percentages: figure by figure, at other bases, and in single-choice tables.

The exact arithmetic is in `proportions`, reading in `published`. No verdict here says why a figure
is wrong: an explanation is a candidate, and its chance of fitting by luck stands beside it.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from math import ceil, floor
from typing import Any

import pandas as pd

from analysis.printed import parse_base, parse_percent, printed_share
from analysis.proportions import attainable_share, possible_counts
from analysis.published import figure_problems, without_base
from analysis.verdicts import VERDICT_TYPES, figure_verdict, intervals, not_auditable

REACH = 10
OTHERS = ["other", "counts_low", "counts_high", "stated_possible", "better", "tried", "by_chance"]
QUESTIONS = [
    "source",
    "question",
    "group",
    "n",
    "statements",
    "counts_low",
    "counts_high",
    "missing_low",
    "missing_high",
    "unresolved",
    "rest_fits",
    "percent_sum",
    "percent_slack",
    "reaches_100",
    "verdict",
]


def audit(frame: pd.DataFrame, reach: int = REACH) -> pd.DataFrame:
    """Whether any whole count is possible behind each printed percentage, one row per input row.

    Possible means: some whole count gives the figure by rounding halves up or to the even
    neighbour. Every other rounding counts as impossible and is named as an `explanation`.

    Parameters
    ----------
    frame
        Columns `statement, n, percent` (percent as text, as printed); `base` may say ``none``.
        Other columns are kept, `n` becomes whole numbers. Figures that were not printed as such
        ("every fourth" entered as 25) are judged as if they had been: leave them out if unfair.
    reach
        How many smaller bases to try for an impossible figure (people who did not answer).

    Returns
    -------
    DataFrame
        The input and: `verdict` (possible, impossible, not auditable), `possible`; `counts_low`,
        `counts_high`, the only `count` where there is one with its Wilson 95 % interval `low`,
        `high` (percent); `rounding` (half-up, half-even or both, comma between); `attainable` (share of
        such figures that pass: `proportions.attainable_share`) and `power` (one minus it); for
        impossible figures the `explanation`, the `nearest_bases` that fit (tuple, nearest first)
        and `bases_by_chance`, how many of those tried would fit by luck alone.

    Raises
    ------
    ValueError
        Every problem of the table at once; nothing is audited half-way.
    """
    problems = figure_problems(frame)
    if problems:
        raise ValueError("\n".join(problems))
    bases = [
        None if none else parse_base(n)
        for n, none in zip(frame["n"], without_base(frame), strict=True)
    ]
    rows = [
        not_auditable() if n is None else figure_verdict(percent, n, reach)
        for percent, n in zip(frame["percent"], bases, strict=True)
    ]
    columns = list(not_auditable())
    found = pd.DataFrame(rows, columns=columns, index=frame.index).astype(VERDICT_TYPES)
    found["low"], found["high"] = intervals(found["count"], bases)
    kept = frame.drop(columns=[column for column in columns if column in frame])
    return pd.concat([kept.assign(n=pd.array(bases, dtype="Int64")), found], axis=1)


def other_bases(frame: pd.DataFrame, candidates: Iterable[int]) -> pd.DataFrame:
    """At which other bases each figure is possible, one row per figure and fitting base.

    Parameters
    ----------
    frame
        As for `audit`; rows without a base are tried as well.
    candidates
        Bases to try, such as 157, 117, 40, 39; a figure's own base is left out.

    Returns
    -------
    DataFrame
        The input columns and `other` (nearest to the stated base first), `counts_low`,
        `counts_high`, `stated_possible`, `better` (possible here and not at the stated base),
        `tried` and `by_chance`: how many bases were tried and would fit by luck alone.

    Raises
    ------
    ValueError
        If the table or a candidate cannot be read.
    """
    tried = [parse_base(candidate) for candidate in candidates]
    audited = audit(frame)
    rows = []
    for place, row in enumerate(audited.to_dict("records")):
        stated = None if pd.isna(row["n"]) else int(row["n"])
        others = sorted(
            {n for n in tried if n != stated}, key=lambda n: (abs(n - (stated or n)), n)
        )
        decimals = parse_percent(row["percent"])[1]
        chance = sum(attainable_share(n, decimals) for n in others)
        for n in others:
            counts = possible_counts(row["percent"], n)
            if counts:
                better = stated is not None and not row["possible"]
                found = (place, n, counts[0], counts[-1], row["possible"], better)
                rows.append((*found, len(others), chance))
    names = ["place_in_table", *OTHERS]
    fitting = pd.DataFrame(rows, columns=names).astype({"stated_possible": "boolean"})
    kept = frame.drop(columns=[name for name in OTHERS if name in frame])
    return kept.iloc[fitting["place_in_table"]].reset_index(drop=True).join(fitting.iloc[:, 1:])


def audit_tables(frame: pd.DataFrame) -> pd.DataFrame:
    """Whether single-choice questions account for everybody, one row per question.

    Parameters
    ----------
    frame
        As for `audit`, with `source, question, group, choice`; only rows whose `choice` is
        ``single`` and which have a base are used. Pass whole questions: people outside the rows
        given count as missing. Where one figure may stand for several units together, pass the
        table without the units that repeat it for the second reading.

    Returns
    -------
    DataFrame
        `source, question, group, n, statements`; `counts_low`, `counts_high` (sum over the
        possible figures); `missing_low`, `missing_high` (people left over); `unresolved` (tuple
        of the impossible statements, among whom the missing are to be sought) and `rest_fits`
        (whether these statements' printed shares together fit the people left over);
        `percent_sum`, `percent_slack` (largest sum of rounding errors), `reaches_100`;
        `verdict`: complete, short (people not accounted for), over (more answers than people),
        undecided (several counts possible) or unresolved (a statement is impossible).

    Raises
    ------
    ValueError
        If the table cannot be read, or one question has rows with different bases.
    """
    single = audit(frame[frame["choice"].eq("single") & ~without_base(frame)])
    rows = []
    for (source, question, group), part in single.groupby(
        ["source", "question", "group"], sort=False
    ):
        if part["n"].nunique() > 1:
            raise ValueError(
                f"question {question!r}, group {group!r} of {source!r} has the bases "
                f"{sorted(part['n'].unique())}; one single-choice question needs one base"
            )
        named = {"source": source, "question": question, "group": group}
        rows.append(named | _table(part, int(part["n"].iloc[0])))
    return pd.DataFrame(rows, columns=QUESTIONS).astype({"rest_fits": "boolean"})


def _table(part: pd.DataFrame, n: int) -> dict[str, Any]:
    fits = part[part["possible"]]
    unresolved = part[~part["possible"]]
    low, high = int(fits["counts_low"].sum()), int(fits["counts_high"].sum())
    shares, slack = _sum_of_shares(part["percent"])
    row: dict[str, Any] = {
        "n": n,
        "statements": len(part),
        "counts_low": low,
        "counts_high": high,
        "missing_low": n - high,
        "missing_high": n - low,
        "unresolved": tuple(unresolved["statement"]),
        "rest_fits": pd.NA,
        "percent_sum": float(shares),
        "percent_slack": float(slack),
        "reaches_100": abs(shares - 100) <= slack,
    }
    if len(unresolved):
        rest, rest_slack = _sum_of_shares(unresolved["percent"])
        first = max(ceil((rest - rest_slack) * n / 100), n - high)
        row["rest_fits"] = first <= min(floor((rest + rest_slack) * n / 100), n - low)
        return row | {"verdict": "unresolved"}
    if low > n:
        verdict = "over"
    elif high < n:
        verdict = "short"
    else:
        verdict = "complete" if low == high else "undecided"
    return row | {"verdict": verdict}


def _sum_of_shares(percents: Iterable[str]) -> tuple[Fraction, Fraction]:
    """Sum of printed percentages and the most that rounding can have moved it."""
    printed = [printed_share(percent) for percent in percents]
    return sum((p for p, _ in printed), Fraction()), sum((half for _, half in printed), Fraction())
