"""Two groups of people compared on what they named, statement by statement: shares, difference with interval, exact test.

Each statement is a yes or no of its own, so several answers per person do no harm within a statement; over the
statements Holm's correction holds under any dependence. The groups must not share a person.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import boschloo_exact
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.holm import holm
from analysis.proportions import share

COUNTS = ("count_a", "n_a", "count_b", "n_b")


def difference(count_a: int, n_a: int, count_b: int, n_b: int) -> dict[str, float]:
    """Share of the first group less share of the second, with Newcombe's interval and Boschloo's exact test.

    Returns
    -------
    dict
        `share_a, share_b, difference, low, high` in percent and percentage points (95 %), and `p`.

    Notes
    -----
    Interval: square-and-add of two Wilson intervals (Newcombe 1998, Statistics in Medicine 17:873, method 10), statsmodels'
    `newcomb`, checked against all eight examples of that paper. statsmodels' Miettinen-Nurminen (`score`) fails on small
    groups and is not used. Test: Boschloo (1970), scipy; exact for two groups of fixed size and never weaker than Fisher's.
    """
    for count, n in ((count_a, n_a), (count_b, n_b)):
        if not 0 <= count <= n or n == 0:
            raise ValueError(f"{count} of {n}: expected a count from 0 to n, and n above 0.")
    low, high = confint_proportions_2indep(
        count_a, n_a, count_b, n_b, method="newcomb", compare="diff"
    )
    table = [[count_a, count_b], [n_a - count_a, n_b - count_b]]
    nobody = count_a + count_b in (0, n_a + n_b)
    p = 1.0 if nobody else float(boschloo_exact(table).pvalue)
    share_a, share_b = 100 * count_a / n_a, 100 * count_b / n_b
    return {
        "share_a": share_a,
        "share_b": share_b,
        "difference": share_a - share_b,
        "low": 100 * float(low),
        "high": 100 * float(high),
        "p": min(p, 1.0),
    }


def compared(frame: pd.DataFrame) -> pd.DataFrame:
    """Both groups on every comparable statement.

    Parameters
    ----------
    frame
        One row per statement that both groups could name: `topic, count_a, n_a, count_b, n_b`; other columns are kept. A count may be
        missing where the print leaves it open.

    Returns
    -------
    DataFrame
        The input and `share_a, share_b, difference, low, high` (percent, points), `p`, `p_holm` (over the rows that
        could be tested). Rows without both counts stay, untested.

    Raises
    ------
    ValueError
        When columns are missing, a topic occurs twice or a count does not lie in its base.
    """
    missing = [name for name in ("topic", *COUNTS) if name not in frame]
    if missing:
        raise ValueError(f"no column {', '.join(missing)}; expected topic, {', '.join(COUNTS)}.")
    twice = frame.loc[frame["topic"].duplicated(), "topic"].tolist()
    if twice:
        raise ValueError(f"topic {twice[0]!r} occurs twice; a topic is compared once.")
    rows = [
        _difference([row[name] for name in COUNTS])
        for row in frame[list(COUNTS)].to_dict("records")
    ]
    found = pd.DataFrame(rows, index=frame.index)
    found["p_holm"] = holm(found["p"])
    return pd.concat([frame, found], axis=1)


def _difference(counts: list) -> dict[str, float]:
    if any(pd.isna(count) for count in counts):
        names = ("share_a", "share_b", "difference", "low", "high", "p")
        return dict.fromkeys(names, np.nan)
    return difference(*(int(count) for count in counts))


def paired(links: pd.DataFrame, mentions: pd.DataFrame) -> pd.DataFrame:
    """Counts of both groups side by side, by a table that says which statement of one answers to which of the other.

    Parameters
    ----------
    links : `topic, kind, closeness` and `workers, managers`, the ids of two rows of `mentions`.
    mentions : of `survey.mentions`, rows of both groups: `id, statement, count, n, percent`.

    Returns
    -------
    DataFrame
        `topic, kind, closeness, statement_a, count_a, n_a, percent_a` and the same with b, as `compared` wants it.

    Raises
    ------
    ValueError
        For an id that is not in `mentions`.
    """
    known = mentions.drop_duplicates("id").set_index("id")
    unknown = sorted({*links["workers"], *links["managers"]} - set(known.index))
    if unknown:
        raise ValueError(f"id {', '.join(unknown)} is not among the statements given.")
    table = links[["topic", "kind", "closeness"]].reset_index(drop=True)
    for letter, column in (("a", "workers"), ("b", "managers")):
        for name in ("statement", "count", "n", "percent"):
            table[f"{name}_{letter}"] = known.loc[links[column], name].to_numpy()
    return table


def smallest_clear(n_a: int, n_b: int, count_b: int, level: float = 0.05) -> float:
    """Share the first group would need for the difference to pass the test at `level`, in percent; NaN when none does.

    Says how blunt the comparison is before anybody reads “no difference” from it. Counts above `count_b`'s share only.
    """
    start = int(np.floor(n_a * count_b / n_b)) + 1
    for count in range(start, n_a + 1):
        table = [[count, count_b], [n_a - count, n_b - count_b]]
        if boschloo_exact(table).pvalue <= level:
            return 100 * count / n_a
    return float("nan")


def dots(table: pd.DataFrame, names: tuple[str, str]) -> pd.DataFrame:
    """Both shares of every topic as `figures.dots` wants them, with exact intervals where the count is known.

    `names` are the groups' names; `label, value, low, high, n, group`.
    """
    rows = []
    for row in table.to_dict("records"):
        for letter, name in zip(("a", "b"), names, strict=True):
            count, n = row[f"count_{letter}"], int(row[f"n_{letter}"])
            known = {} if pd.isna(count) else share(int(count), n)
            low, high = (100 * known.get(end, np.nan) for end in ("exact_low", "exact_high"))
            value = float(row[f"percent_{letter}"])
            rows.append((row["topic"], value, low, high, n, name))
    return pd.DataFrame(rows, columns=["label", "value", "low", "high", "n", "group"])
