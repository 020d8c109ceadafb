"""Who of those asked for their view answered, what the silent could hide, and how views change between waves.

Ratings of two informants side by side are in `informants`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.fisher import fisher_exact_p
from analysis.informants import TOO_FEW, clustered_mean, homes
from analysis.joint_themes import dealt
from analysis.proportions import share
from analysis.small_cells import suppress, with_totals
from analysis.study import Study

RISK_COLUMNS = [
    *("wave", "informant", "n", "n_answered", "n_silent", "share_answered", "share_silent"),
    *("difference", "low", "high", "test", "p", "reason"),
]
SIDES = ["below_middle", "on_middle", "above_middle"]
NOBODY_SILENT, NOBODY_ANSWERED = "everybody asked answered", "nobody asked answered"


def chosen(views: pd.DataFrame, reference: str, informant: str) -> tuple[str, str]:
    """The informant compared with and the one told of: those named, where the table has them; else those who answered most.

    Raises
    ------
    ValueError : when fewer than two informants answered.
    """
    answered = views.loc[views["rating"].notna(), "informant"].astype(str)
    by_number = list(answered.value_counts().index)
    if len(by_number) < 2:
        raise ValueError("views: fewer than two informants answered; there is nobody to compare")
    first = reference if reference in by_number else next(n for n in by_number if n != informant)
    rest = [name for name in by_number if name != first]
    return first, informant if informant in rest else rest[0]


def limits(study: Study, views: pd.DataFrame) -> tuple[float, float]:
    """The lowest and the highest rating: as declared, else as they occur."""
    if study.ratings is not None:
        return study.ratings.low, study.ratings.high
    return float(views["rating"].min()), float(views["rating"].max())


def asked(views: pd.DataFrame) -> pd.DataFrame:
    """One row per family, wave and informant that was asked: `family, wave, informant, answered` (at least one aspect rated)."""
    keys = ["family", "wave", "informant"]
    rated = views.assign(answered=views["rating"].notna())
    return rated.groupby(keys, observed=True, sort=False)["answered"].any().reset_index()


def response(views: pd.DataFrame, minimum: int = 1) -> pd.DataFrame:
    """Share of families about whom each informant answered at each wave: `wave, informant, count, n, share, low, high` (Wilson).

    A row is left blank where those who answered or those who did not are 1 to `minimum` - 1.
    """
    rows = []
    for (wave, informant), here in asked(views).groupby(
        ["wave", "informant"], sort=False, observed=True
    ):
        count, n = int(here["answered"].sum()), len(here)
        row: dict[str, Any] = {"wave": wave, "informant": informant}
        row |= {name: share(count, n)[name] for name in ("count", "n", "share", "low", "high")}
        if any(0 < part < minimum for part in (count, n - count)):
            row |= dict.fromkeys(("count", "n", "share", "low", "high"), np.nan)
        rows.append(row)
    return pd.DataFrame(rows)


def who_answered(
    views: pd.DataFrame,
    first_scores: pd.DataFrame,
    wave: str,
    level: float = 0.95,
    seed: int = 20230,
) -> pd.DataFrame:
    """First scores of families about whom an informant answered and did not answer, one row per informant.

    Parameters
    ----------
    first_scores : columns family, score; one row per family, of the first wave.  wave : the wave of the views.

    Returns
    -------
    DataFrame
        `wave, informant, n` (asked and scored), `n_answered, n_silent, mean_answered, mean_silent, difference` (answered less
        silent), `low, high` (Welch), `test, p` (permutation test of the difference), `reason`.

    Notes
    -----
    No difference does not show that the silent would have said the same; none is given where one family stands alone. Checked
    against R t.test(extra ~ group) on datasets::sleep (-3.365 to .205) and full enumeration by hand.
    """
    score = first_scores.set_index("family")["score"]
    there = asked(views)
    there = there[there["wave"].astype(str).eq(wave)].assign(score=lambda x: x["family"].map(score))
    rows = []
    for informant, here in there.dropna(subset=["score"]).groupby("informant", sort=False):
        yes, no = (here.loc[here["answered"] == side, "score"].to_numpy() for side in (True, False))
        row = {"wave": wave, "informant": informant, "n": len(here), "n_answered": len(yes)}
        rows.append(row | {"n_silent": len(no)} | _difference(yes, no, level, seed))
    return pd.DataFrame(rows)


def _difference(yes: np.ndarray, no: np.ndarray, level: float, seed: int) -> dict[str, Any]:
    means = {"answered": yes, "silent": no}.items()
    row: dict[str, Any] = {f"mean_{k}": v.mean() if len(v) else np.nan for k, v in means}
    row |= dict.fromkeys(["difference", "low", "high"], np.nan)
    row |= {"test": "permutation", "p": np.nan, "reason": ""}
    if not len(yes) or not len(no):
        return row | {"reason": NOBODY_ANSWERED if len(no) else NOBODY_SILENT}
    if min(len(yes), len(no)) < 2:  # scipy permutes samples of two or more
        return row | {"reason": TOO_FEW}
    row["difference"] = yes.mean() - no.mean()
    row["p"] = permutation_p(yes, no, seed=seed)
    if np.ptp(np.concatenate([yes, no])) > 0:
        reach = stats.ttest_ind(yes, no, equal_var=False).confidence_interval(level)
        row["low"], row["high"] = float(reach.low), float(reach.high)
    return row


def permutation_p(a: ArrayLike, b: ArrayLike, draws: int = 9_999, seed: int = 20230) -> float:
    """Two-sided p of a difference of means when membership is dealt anew: as large a difference or larger.

    As `joint_themes.dealt`. By hand: 1, 2, 3 against 4, 5, 6 is 2 of 20 regroupings.
    """
    return dealt(np.asarray(a, dtype=float), np.asarray(b, dtype=float), draws, seed)


def risk_of_answered(
    views: pd.DataFrame,
    monitoring: pd.DataFrame,
    wave: str,
    minimum: int = 1,
    level: float = 0.95,
) -> pd.DataFrame:
    """Were families at the worst risk level at first less often answered for? One row per informant.

    Parameters
    ----------
    monitoring : columns family, wave, risk (both ordered categorical).
    minimum : shares are left blank where a count behind them is 1 to `minimum` - 1.

    Returns
    -------
    DataFrame
        `wave, informant, n, n_answered, n_silent, share_answered, share_silent` (shares at the worst level), `difference` (answered
        less silent), `low, high` (Newcombe), `test, p` (Fisher's exact test of those two shares), `reason`.
    """
    if "risk" not in monitoring:
        return pd.DataFrame(columns=RISK_COLUMNS)
    first = monitoring[monitoring["wave"].cat.codes.eq(0) & monitoring["risk"].notna()]
    risk = first.set_index("family")["risk"]
    worst, rows = monitoring["risk"].cat.categories[-1], []
    there = asked(views)
    there = there[there["wave"].astype(str).eq(wave)].assign(risk=lambda x: x["family"].map(risk))
    for informant, here in there.dropna(subset=["risk"]).groupby("informant", sort=False):
        counts = pd.crosstab(here["risk"].eq(worst), here["answered"]).reindex(
            index=[True, False], columns=[True, False], fill_value=0
        )
        row = {"wave": wave, "informant": informant, "n": len(here)}
        rows.append(row | _risk_row(counts.to_numpy(), minimum, level))
    return pd.DataFrame(rows, columns=RISK_COLUMNS)


def _risk_row(counts: np.ndarray, minimum: int, level: float) -> dict[str, Any]:
    """From counts of worst level and other by answered and silent."""
    yes, no = (int(n) for n in counts.sum(axis=0))
    row: dict[str, Any] = {"n_answered": yes, "n_silent": no, "test": "Fisher", "reason": ""}
    row |= dict.fromkeys(("share_answered", "share_silent", "difference", "low", "high"), np.nan)
    row["p"] = np.nan
    if not yes or not no:
        return row | {"reason": NOBODY_ANSWERED if no else NOBODY_SILENT}
    if ((counts > 0) & (counts < minimum)).any():
        return row | {"reason": TOO_FEW}
    worst = [int(n) for n in counts[0]]
    row |= {"share_answered": worst[0] / yes, "share_silent": worst[1] / no}
    row["difference"] = row["share_answered"] - row["share_silent"]
    row["low"], row["high"] = confint_proportions_2indep(
        worst[0], yes, worst[1], no, method="newcomb", alpha=1 - level
    )
    return row | {"p": fisher_exact_p(worst, [yes, no])}


def bounds(views: pd.DataFrame, limits: tuple[float, float]) -> pd.DataFrame:
    """Between which values the mean rating of everybody asked lies, whatever the silent think (Manski).

    Parameters
    ----------
    limits : lowest and highest rating possible.

    Returns
    -------
    DataFrame with wave, informant, aspect, n (asked), n_answered, mean (of the answers), low, high: the silent all at the lowest,
    all at the highest rating. Not a confidence interval. By hand: answers 4, 4, 2 of 5 asked on 1 to 5: 12 / 5 = 2.4 to 4.

    Raises
    ------
    ValueError : for a rating outside the limits.
    """
    lowest, highest = limits
    rows = []
    for (wave, informant, aspect), here in views.groupby(
        ["wave", "informant", "aspect"], sort=False, observed=True
    ):
        given = here["rating"].dropna()
        if not given.between(lowest, highest).all():
            raise ValueError(
                f"{informant}, {aspect}, {wave}: a rating outside {lowest:g} to {highest:g}"
            )
        silent, n = len(here) - len(given), len(here)
        row = {"wave": wave, "informant": informant, "aspect": aspect, "n": n}
        row |= {"n_answered": len(given), "mean": given.mean()}
        ends = {
            "low": (given.sum() + silent * lowest) / n,
            "high": (given.sum() + silent * highest) / n,
        }
        rows.append(row | ends)
    return pd.DataFrame(rows)


def distribution(
    views: pd.DataFrame, wave: str, limits: tuple[float, float], minimum: int
) -> pd.DataFrame:
    """How often ratings lay below, on and above the middle of their range at a wave: `aspect, informant, below_middle, on_middle, above_middle, Total`.

    Three groups, because of five or more most would be too small to show. Each aspect, if rated at that wave, is a table of informants
    by groups with totals, small counts left out by `small_cells.suppress`; a `minimum` below 2 leaves nothing out.

    Parameters
    ----------
    limits : lowest and highest rating possible; the middle is half-way between.
    """
    here = views[views["wave"].astype(str).eq(wave)].dropna(subset=["rating"])
    names = dict(zip((-1.0, 0.0, 1.0), SIDES, strict=True))
    side = np.sign(here["rating"] - sum(limits) / 2).map(names)
    parts = []
    for aspect, given in here.assign(side=side).groupby("aspect", sort=False):
        counts = pd.crosstab(given["informant"], given["side"])
        table = with_totals(counts.reindex(columns=SIDES, fill_value=0)).astype("Int64")
        shown = table if minimum < 2 else suppress(table, minimum)
        shown = shown.rename_axis(index="informant", columns=None)
        parts.append(shown.reset_index().assign(aspect=aspect))
    table = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["aspect"])
    return table[["aspect", *(column for column in table if column != "aspect")]]


def means(views: pd.DataFrame, monitoring: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Mean rating by wave, informant and aspect: `wave, informant, aspect, n, centres, mean, low, high` (clustered), `reason`."""
    known = views.dropna(subset=["rating"])
    centre = known["family"].map(homes(monitoring))
    rows = []
    for names, here in known.groupby(["wave", "informant", "aspect"], sort=False, observed=True):
        found = clustered_mean(here["rating"], centre[here.index], level)
        rows.append(dict(zip(("wave", "informant", "aspect"), names, strict=True)) | found)
    return pd.DataFrame(rows).drop(columns=["test", "p"], errors="ignore")


def change(
    views: pd.DataFrame, monitoring: pd.DataFrame, first: str, last: str, level: float = 0.95
) -> pd.DataFrame:
    """Change of views from one wave to another among those who answered at both, one row per informant and aspect.

    Returns
    -------
    DataFrame with informant, aspect, first, last, n, centres, change (last less first), low, high, test, p (see
    `informants.clustered_mean`), reason. Aspects asked at one of the waves only have no row.
    """
    known = views.dropna(subset=["rating"]).assign(wave=lambda x: x["wave"].astype(str))
    wide = known.pivot(index=["informant", "aspect", "family"], columns="wave", values="rating")
    both = wide.reindex(columns=[first, last]).dropna().reset_index()
    centre, rows = both["family"].map(homes(monitoring)), []
    told = known[["informant", "aspect"]].drop_duplicates()
    for informant, aspect in told.itertuples(index=False):
        here = both[both["informant"].eq(informant) & both["aspect"].eq(aspect)]
        if here.empty:
            continue
        found = clustered_mean(here[last] - here[first], centre[here.index], level)
        row = {"informant": informant, "aspect": aspect, "first": first, "last": last}
        row |= {"n": found.pop("n"), "centres": found.pop("centres"), "change": found.pop("mean")}
        rows.append(row | found)
    return pd.DataFrame(rows)
