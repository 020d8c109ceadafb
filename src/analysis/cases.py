"""Coded cases and coded claims: how often each category occurs, and what several sources say of one theme.

Counts of what a coding table holds. Cases are not a sample of anything, so there are no confidence intervals here; where a
table says “not stated”, the count is a range from what is stated to what could be.
"""

from __future__ import annotations

import pandas as pd

NOT_STATED = "not stated"
STANCES = ("problem", "resource", "mixed", "neutral")


def crossed(cases: pd.DataFrame, rows: str, columns: str) -> pd.DataFrame:
    """Matrix of case counts, rows by columns; “not stated” comes last and is never dropped."""
    table = pd.crosstab(cases[rows], cases[columns])
    return table.reindex(index=_last(table.index), columns=_last(table.columns))


def counted(cases: pd.DataFrame, column: str) -> pd.DataFrame:
    """Cases per category: `category, cases, n`, most frequent first, “not stated” last."""
    counts = cases[column].value_counts()
    order = [name for name in counts.index if name != NOT_STATED] + [
        n for n in counts.index if n == NOT_STATED
    ]
    return pd.DataFrame(
        {"category": order, "cases": [int(counts[name]) for name in order], "n": len(cases)}
    )


def at_least(cases: pd.DataFrame, column: str, value: str) -> dict[str, float]:
    """In how many cases `column` is `value`: as stated, and at most if every “not stated” were so too.

    Returns
    -------
    dict
        `count, n, low, high`; low and high are the shares between which the truth lies whatever was left unsaid.
    """
    stated, open_ = int(cases[column].eq(value).sum()), int(cases[column].eq(NOT_STATED).sum())
    n = len(cases)
    return {"count": stated, "n": n, "low": stated / n, "high": (stated + open_) / n}


def stances(themes: pd.DataFrame, sources: list[str]) -> pd.DataFrame:
    """What each source says of each theme: `theme, source, claims` and the number of claims per stance.

    Raises
    ------
    ValueError
        For a claim that would not be counted: its stance is none of `STANCES`, its source none of those given.
    """
    for column, known in (("stance", STANCES), ("source", sources)):
        wrong = sorted(set(themes[column]) - set(known))
        if wrong:
            raise ValueError(f"{column} {', '.join(wrong)}: expected one of {', '.join(known)}.")
    unique = themes.drop_duplicates(["theme", "source", "claim"])
    table = pd.crosstab([unique["theme"], unique["source"]], unique["stance"])
    table = table.reindex(columns=list(STANCES), fill_value=0)
    every = pd.MultiIndex.from_product(
        [sorted(unique["theme"].unique()), sources], names=["theme", "source"]
    )
    table = table.reindex(every, fill_value=0)
    table.insert(0, "claims", table.sum(axis=1))
    return table.reset_index()


def convergence(table: pd.DataFrame, enough: int = 2) -> pd.DataFrame:
    """Whether sources agree on a theme, by rule.

    A source leans to the stance of most of its claims among problem and resource; a tie, or only other claims, leans to
    neither. Sources **converge** when at least `enough` lean and all of them the same way, **differ** when two lean opposite ways;
    otherwise there is **one voice** or **no leaning**. Silence is the number of sources with no claim.

    Returns
    -------
    DataFrame
        `theme, speaking, silent, problem, resource` (sources leaning each way) and `verdict`.
    """
    rows = []
    for theme, part in table.groupby("theme", sort=False):
        speaking = part[part["claims"] > 0]
        problem = int((speaking["problem"] > speaking["resource"]).sum())
        resource = int((speaking["resource"] > speaking["problem"]).sum())
        leaning = problem + resource
        verdict = "no leaning" if leaning == 0 else "one voice" if leaning < enough else "converge"
        if problem and resource:
            verdict = "differ"
        rows.append((theme, len(speaking), len(part) - len(speaking), problem, resource, verdict))
    return pd.DataFrame(
        rows, columns=["theme", "speaking", "silent", "problem", "resource", "verdict"]
    )


def _last(names: pd.Index) -> list[str]:
    return [n for n in names if n != NOT_STATED] + [n for n in names if n == NOT_STATED]
