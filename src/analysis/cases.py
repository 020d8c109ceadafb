"""Coded cases, their events and coded claims: how often each category occurs, and what several sources say of one theme.

Counts of what a coding table holds. Cases are not a sample of anything, so there are no confidence intervals here; where a
table says “not stated”, the count is a range from what is stated to what could be.
"""

from __future__ import annotations

import pandas as pd

NOT_STATED = "not stated"
STANCES = ("problem", "resource", "mixed", "neutral")
SILENT = "silent"


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

    How a study leans is said in `leanings`. Studies **converge** when at least `enough` lean and all of them one way, **differ** when
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
        count = leanings(part).value_counts()
        silent = int(count.get(SILENT, 0))
        problem, resource, mixed = (int(count.get(k, 0)) for k in ("problem", "resource", "mixed"))
        verdict = _verdict(problem, resource, mixed, enough)
        rows.append((theme, len(part) - silent, silent, problem, resource, mixed, verdict))
    return pd.DataFrame(
        rows, columns=["theme", "speaking", "silent", "problem", "resource", "mixed", "verdict"]
    )


def leanings(table: pd.DataFrame) -> pd.Series:
    """How each row of `stances` leans: problem, resource, mixed, neutral or silent.

    To problem or to resource when claims of that stance outnumber those of the other at least two to one; mixed when both occur
    more evenly; neutral when there are claims and none of either; silent without a claim.
    """
    against, for_it = table["problem"], table["resource"]
    leaning = pd.Series("mixed", index=table.index)
    leaning[against.eq(0) & for_it.eq(0)] = "neutral"
    leaning[for_it.gt(0) & for_it.ge(2 * against)] = "resource"
    leaning[against.gt(0) & against.ge(2 * for_it)] = "problem"
    return leaning.mask(table["claims"].eq(0), SILENT)


def said(themes: pd.DataFrame, claims: pd.DataFrame, sources: list[str], most: int) -> pd.DataFrame:
    """What each source says of each theme, in words, with its place: one row per theme and source, silence included.

    At most `most` claims are written out, findings before other claims and else in the order of the text; how many more there are is
    said. A printed value stands in brackets.

    Returns
    -------
    DataFrame
        `theme, source, claims, leaning, says`.
    """
    table = stances(themes, sources)
    table["leaning"] = leanings(table)
    known = claims.set_index("id")
    place = {claim: number for number, claim in enumerate(claims["id"])}
    first = themes["claim"].map(known["kind"]).ne("finding")
    ordered = themes.assign(first=first, place=themes["claim"].map(place)).sort_values(
        ["first", "place"], kind="stable"
    )
    cells = {
        key: part["claim"].drop_duplicates() for key, part in ordered.groupby(["theme", "source"])
    }
    table["says"] = [
        _told(cells.get((theme, source)), known, most)
        for theme, source in zip(table["theme"], table["source"], strict=True)
    ]
    return table[["theme", "source", "claims", "leaning", "says"]]


def _told(named: pd.Series | None, known: pd.DataFrame, most: int) -> str:
    """Claims of one cell as one line; empty for silence."""
    if named is None:
        return ""
    lines = []
    for claim in named[:most]:
        row = known.loc[claim]
        value = f" [{row['value']}]" if row["value"] else ""
        lines.append(f"{row['paraphrase']}{value} ({row['place']})")
    more = len(named) - most
    return " · ".join(lines) + (f" · and {more} more" if more > 0 else "")


def dated(events: pd.DataFrame) -> pd.DataFrame:
    """Between which years each event of a story can lie, by what is printed of it and of its neighbours.

    Parameters
    ----------
    events : `order`, `year` (text, empty if none), `timing` (printed, before, after, between, not told), in the order of the story.

    Returns
    -------
    DataFrame
        The events with `earliest, latest` (years as numbers): the printed year, or the nearest printed years before and after, as far
        as the timing says that it came after or before them; NaN where nothing bounds that side.

    Raises
    ------
    ValueError
        When printed years go back, or a year and its timing disagree.
    """
    year = pd.to_numeric(events["year"].replace("", None)).astype(float)
    printed = events["timing"].eq("printed")
    if not year.notna().eq(printed).all():
        raise ValueError(
            f"order {events['order'][year.notna().ne(printed)].iloc[0]}: year and timing disagree."
        )
    if not year.dropna().is_monotonic_increasing:
        raise ValueError(
            "the printed years go back; the events must stand in the order of the story."
        )
    timing = events["timing"]
    earliest = year.ffill().where(timing.isin(["printed", "after", "between"]))
    latest = year.bfill().where(timing.isin(["printed", "before", "between"]))
    return events.assign(earliest=earliest, latest=latest)


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
