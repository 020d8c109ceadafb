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


def commonest(table: pd.DataFrame) -> str:
    """The categories of `counted` told most often, all of them where several tie: `a and b (3 of 9 each)`."""
    known = table[table["category"].ne(NOT_STATED)]
    if known.empty:
        return NOT_STATED
    most = known["cases"].max()
    names = list(known.loc[known["cases"].eq(most), "category"])
    each = " each" if len(names) > 1 else ""
    return f"{' and '.join(names)} ({most} of {known['n'].iloc[0]}{each})"


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
    """Whether studies agree on a theme, by rule.

    A study leans to problem or to resource when its claims of that stance outnumber those of the other at least two to one; it is
    mixed when both occur more evenly. Studies **converge** when at least `enough` lean and all of them one way, **differ** when
    two lean opposite ways; otherwise there is **one voice**, **mixed** or **no leaning**. Silence is a study with no claim.

    Parameters
    ----------
    table : of `stances`, one row per theme and study (the column `source` may name studies: two texts on one study are one).

    Returns
    -------
    DataFrame
        `theme, speaking, silent, problem, resource, mixed` (studies) and `verdict`.
    """
    rows = []
    for theme, part in table.groupby("theme", sort=False):
        spoken = part[part["claims"] > 0]
        against, for_it = spoken["problem"], spoken["resource"]
        leans_against, leans_for = (
            against.gt(0) & against.ge(2 * for_it),
            for_it.gt(0) & for_it.ge(2 * against),
        )
        problem, resource = int(leans_against.sum()), int(leans_for.sum())
        mixed = int((against.gt(0) & for_it.gt(0) & ~leans_against & ~leans_for).sum())
        rows.append(
            (
                theme,
                len(spoken),
                len(part) - len(spoken),
                problem,
                resource,
                mixed,
                _verdict(problem, resource, mixed, enough),
            )
        )
    return pd.DataFrame(
        rows, columns=["theme", "speaking", "silent", "problem", "resource", "mixed", "verdict"]
    )


def _verdict(problem: int, resource: int, mixed: int, enough: int) -> str:
    if problem and resource:
        return "differ"
    if problem + resource >= enough and not mixed:
        return "converge"
    if mixed:
        return "mixed"
    return "one voice" if problem + resource else "no leaning"


def _last(names: pd.Index) -> list[str]:
    return [n for n in names if n != NOT_STATED] + [n for n in names if n == NOT_STATED]
