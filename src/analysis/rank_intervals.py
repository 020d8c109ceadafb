"""Ranks of statements by how many people named them, with sets that hold all true ranks at once.

One person may name several things, so the counts depend on each other and only their margins are printed. Every
comparison here is therefore made at the least favourable overlap; none assumes independence. No figure is read here.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import binom, rankdata
from statsmodels.stats.proportion import proportion_confint

from analysis.holm import holm

COLUMNS = ("statement", "count_low", "count_high", "n")


def more_named_p(more: int, fewer: int, n: int) -> float:
    """P for “`more` is named by no more people than `fewer`”, at the least favourable overlap of the two.

    One-sided exact McNemar test. With m people naming exactly one of the two, those naming the first are Binomial(m, ½)
    at the border of the hypothesis. m is not printed; it lies between the difference and what no overlap would give,
    and p grows with m, so the largest m is used: then p holds whatever the overlap was.

    Parameters
    ----------
    more, fewer : people out of the same `n` who named the one and the other.

    Returns
    -------
    float
        p; 1 where `more` is not above `fewer`.

    Notes
    -----
    Checked against scipy's `binomtest` over every possible overlap. Without overlap it is the p value of the R
    package csranks (`csranks_multinom`; Bazylik, Mogstad, Romano, Shaikh & Wilhelm 2021).
    """
    if not 0 <= fewer <= n or not 0 <= more <= n:
        raise ValueError(f"counts {more} and {fewer} of {n}: expected numbers from 0 to {n}.")
    if more <= fewer:
        return 1.0
    either = min(more + fewer, 2 * n - more - fewer)
    alone = (either + more - fewer) // 2
    return float(binom.sf(alone - 1, either, 0.5))


def pairs(frame: pd.DataFrame) -> pd.DataFrame:
    """Every ordered pair of statements: is the first named by more people than the second?

    Parameters
    ----------
    frame
        One row per statement of one question: `statement, count_low, count_high, n`. The two counts are one number, or
        the ends of a range where the print leaves the count open; the least favourable end is used.

    Returns
    -------
    DataFrame
        `first, second` (row numbers), `more, fewer` (statements), `difference` (percentage points, least favourable), `n`, `p` and
        `p_holm` over all ordered pairs, so that no true null hypothesis is rejected with more than the chosen risk.

    Raises
    ------
    ValueError
        When columns are missing, bases differ, or a count does not lie in its base.
    """
    n = _one_base(frame)
    low, high = (frame[name].to_numpy(dtype=int) for name in COLUMNS[1:3])
    names = frame["statement"].tolist()
    every = [(i, j) for i in range(len(frame)) for j in range(len(frame)) if i != j]
    table = pd.DataFrame(every, columns=["first", "second"], dtype=int)
    table["more"] = [names[i] for i, _ in every]
    table["fewer"] = [names[j] for _, j in every]
    table["difference"] = [100 * (low[i] - high[j]) / n for i, j in every]
    table["n"] = n
    table["p"] = [more_named_p(low[i], high[j], n) for i, j in every]
    table["p_holm"] = holm(table["p"])
    return table


def rank_sets(frame: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """For each statement the ranks that its true place can have; all of them hold together with the level.

    The place of a statement is one more than the number of statements that more people would name. It is at least
    one more than those shown to be above, and at most the number of statements less those shown to be below.

    Parameters
    ----------
    frame : as for `pairs`.
    level : simultaneous coverage, between 0 and 1.

    Returns
    -------
    DataFrame
        Input order: `statement, rank` (as printed, ties share the best place), `rank_low, rank_high` (the set), `above, below` (statements
        shown to be named by more, by fewer people), `statements`, `n`.

    Notes
    -----
    Mogstad, Romano, Shaikh & Wilhelm (2024) Review of Economic Studies 91:476 with exact pairwise tests and Holm; valid
    under any dependence of the answers. For answers without overlap it is the R package csranks' `csranks_multinom`.
    Coverage was checked by simulation with dependent answers.
    """
    _level(level)
    shown = pairs(frame).query("p_holm <= 1 - @level + 1e-12")
    size = len(frame)
    above = shown["second"].value_counts().reindex(range(size), fill_value=0).to_numpy()
    below = shown["first"].value_counts().reindex(range(size), fill_value=0).to_numpy()
    return _ranked(frame, above, below)


def rank_sets_by_intervals(frame: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """The same from intervals alone: a statement is above another when their simultaneous intervals are apart.

    Clopper-Pearson intervals at 1 − (1 − level)/k for k statements hold together by Bonferroni under any dependence.
    Wider than `rank_sets`, and simple enough to be read off a figure; given beside it as a second way.

    Notes
    -----
    Klein, Wright & Wieczorek (2020) JRSS A 183:589. Columns as `rank_sets`.
    """
    n = _one_base(frame)
    _level(level)
    size = len(frame)
    alpha = (1 - level) / size
    low = proportion_confint(frame["count_low"].to_numpy(dtype=int), n, alpha, "beta")[0]
    high = proportion_confint(frame["count_high"].to_numpy(dtype=int), n, alpha, "beta")[1]
    apart = np.asarray(low)[:, None] > np.asarray(high)[None, :]
    return _ranked(frame, apart.sum(axis=0), apart.sum(axis=1))


def among_first(sets: pd.DataFrame, places: int) -> dict[str, list[str]]:
    """Statements that are among the first `places` for sure, and those that may be: `surely`, `possibly`."""
    return {
        "surely": sets.loc[sets["rank_high"].le(places), "statement"].tolist(),
        "possibly": sets.loc[sets["rank_low"].le(places), "statement"].tolist(),
    }


def told_apart(sets: pd.DataFrame) -> dict[str, float]:
    """How many pairs of statements the counts can put in order: `count, n, share`."""
    size = len(sets)
    count, every = int(sets["above"].sum()), size * (size - 1) // 2
    return {"count": count, "n": every, "share": count / every if every else float("nan")}


def _ranked(frame: pd.DataFrame, above: np.ndarray, below: np.ndarray) -> pd.DataFrame:
    size = len(frame)
    middle = (frame["count_low"].to_numpy(float) + frame["count_high"].to_numpy(float)) / 2
    return pd.DataFrame(
        {
            "statement": frame["statement"].to_numpy(),
            "rank": rankdata(-middle, method="min").astype(int),
            "rank_low": (1 + above).astype(int),
            "rank_high": (size - below).astype(int),
            "above": above.astype(int),
            "below": below.astype(int),
            "statements": size,
            "n": frame["n"].to_numpy(dtype=int),
        }
    )


def _one_base(frame: pd.DataFrame) -> int:
    missing = [name for name in COLUMNS if name not in frame]
    if missing:
        raise ValueError(
            f"no column {', '.join(missing)}; a ranking needs {', '.join(COLUMNS)}, one row per statement."
        )
    if len(frame) < 2:
        raise ValueError(f"{len(frame)} statements; a ranking needs at least two.")
    bases = frame["n"].unique()
    if len(bases) > 1:
        raise ValueError(
            f"bases {', '.join(map(str, bases))} in one ranking; rank statements of one question and one group."
        )
    wrong = ~(frame["count_low"].between(0, frame["count_high"]) & frame["count_high"].le(bases[0]))
    if wrong.any() or frame[["count_low", "count_high"]].isna().any(axis=None):
        raise ValueError(
            f"{frame['statement'][wrong].tolist()[:3]}: expected counts from 0 to {bases[0]}, the lower one first."
        )
    return int(bases[0])


def _level(level: float) -> None:
    if not 0 < level < 1:
        raise ValueError(f"level {level}: expected a number between 0 and 1, such as 0.95.")
