"""Time until a family is first rated at the best risk level: Kaplan-Meier, median, number at risk.

Families are seen at waves only: the time is when a level was first recorded, not when it was
reached. Those who left count as if they went on like those who stayed; without a comparison group
a curve describes and does not show what a programme did.
"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

ALL = "All centres"
NOBODY = "no family was above the best level at the first wave and could be followed"
NO_EVENT = "no family was rated at the best level later"
NOT_HALF = "fewer than half are estimated to have reached the best level"
NO_LIMIT = "the upper limit of the curve never falls to one half: the median has no upper limit"


def time_to_best(monitoring: pd.DataFrame) -> pd.DataFrame:
    """Time from the first wave to the first rating at the best level, one row per family.

    Only families rated at the first wave and not at the best level then; the others have no such
    time. Censored (event False) at the last wave with a rating.

    Parameters
    ----------
    monitoring : columns family, centre, wave (ordered categorical), risk (ordered categorical, best
        to worst; NaN = not rated) and, for days, date.

    Returns
    -------
    DataFrame with family, centre (at the first wave), event, waves (steps from the first wave), days
    (NaN without a date at both ends). A family rated at the first wave only has 0 waves, 0 days.

    Raises
    ------
    ValueError : wave or risk not ordered, two rows of a family at one wave, dates that run backwards.
    """
    rated = _rated(monitoring)
    first = rated[rated["wave"].cat.codes == 0]
    at_risk = first[first["risk"].cat.codes > 0].set_index("family")
    known = rated[rated["family"].isin(at_risk.index)].assign(
        best=lambda x: x["risk"].cat.codes == 0
    )
    hits = known["best"].astype(int).groupby(known["family"], observed=True).cumsum()
    until = known[hits - known["best"].astype(int) == 0]  # up to and with the first best rating
    end = until.drop_duplicates("family", keep="last").set_index("family").loc[at_risk.index]
    days = (end["date"] - at_risk["date"]).dt.total_seconds() / 86_400
    if (days < 0).any():
        who = days.index[days < 0][0]
        raise ValueError(
            f"family {who}: the wave {end.loc[who, 'wave']} is dated before the first wave "
            f"({end.loc[who, 'date']:%Y-%m-%d} and {at_risk.loc[who, 'date']:%Y-%m-%d}); correct it"
        )
    table = pd.DataFrame({"centre": at_risk["centre"], "event": end["best"].astype(bool)})
    table["waves"] = end["wave"].cat.codes.astype(float)
    return table.assign(days=days).rename_axis("family").reset_index()


def at_start(monitoring: pd.DataFrame) -> pd.DataFrame:
    """Families above the best level at the first wave among those rated then, all centres and each: `centre, count, n`."""
    rated = _rated(monitoring)
    first = rated[rated["wave"].cat.codes == 0]
    above = first["risk"].cat.codes > 0
    known = above.groupby(first["centre"].astype(str)).agg(["sum", "size"])
    known.loc[ALL] = [above.sum(), len(above)]
    return known.set_axis(["count", "n"], axis=1).rename_axis("centre").reset_index()


def _rated(monitoring: pd.DataFrame) -> pd.DataFrame:
    """Rows with a level, in time order, with a date column, checked."""
    if absent := {"family", "centre", "wave", "risk"} - set(monitoring.columns):
        raise ValueError(f"the monitoring table lacks {', '.join(sorted(absent))}")
    for column in ("wave", "risk"):
        kind = monitoring[column].dtype
        if not (isinstance(kind, pd.CategoricalDtype) and kind.ordered):
            raise ValueError(f"{column} must be an ordered categorical; give it its order")
    rows = monitoring[monitoring["risk"].notna() & monitoring["wave"].notna()]
    twice = rows[rows.duplicated(["family", "wave"])]
    if len(twice):
        who = twice.iloc[0]
        raise ValueError(
            f"family {who['family']} has more than one rating at wave {who['wave']}; keep one"
        )
    date = pd.to_datetime(rows["date"]) if "date" in rows else np.datetime64("NaT")
    rows = rows.assign(date=date).sort_values(["wave", "family"], kind="stable")
    return rows[["family", "centre", "wave", "date", "risk"]].astype({"date": "datetime64[ns]"})


def kaplan_meier(times: pd.DataFrame, time: str = "days", level: float = 0.95) -> pd.DataFrame:
    """Share not yet at the best level over time, all centres and each centre.

    Parameters
    ----------
    times : columns centre, event and `time` ("days" or "waves"), one row per family, from
        `time_to_best`. Families without a time are left out.

    Returns
    -------
    One row per centre and time at which something happened: centre, time, n_at_risk (just before),
    events, censored, survival, se (Greenwood), low, high (log-log, Kalbfleisch & Prentice). At a
    survival of 1 or 0 se is 0 and there is no interval.

    Notes
    -----
    survival(t) = product of (1 - events / n_at_risk). In-house because statsmodels' SurvfuncRight
    has no pointwise log-log interval. Checked against R survfit / Stata sts list on the 6-MP arm of
    Freireich et al. (1963): .857, .807, .753, .690, .627, .538, .448.
    """
    parts = []
    for centre, here in _by_centre(times, time):
        parts.append(_curve(here, time, level).assign(centre=centre))
    columns = ["centre", "time", "n_at_risk", "events", "censored", "survival", "se", "low", "high"]
    return pd.concat(parts, ignore_index=True)[columns]


def _by_centre(times: pd.DataFrame, time: str) -> Iterable[tuple[Any, pd.DataFrame]]:
    if absent := {"centre", "event", time} - set(times.columns):
        raise ValueError(f"the table of times lacks {', '.join(sorted(absent))}")
    known = times[times[time].notna()]
    if (known[time] < 0).any():
        raise ValueError(f"{time} must not be negative; row {known.index[known[time] < 0][0]} is")
    yield ALL, known
    for centre in sorted(times["centre"].dropna().unique(), key=str):
        yield centre, known[known["centre"] == centre]


def once(table: pd.DataFrame) -> pd.DataFrame:
    """Curves or medians without those of all centres where they are the same as a single centre's."""
    names = set(table["centre"])
    return table[table["centre"].ne(ALL)] if len(names) == 2 and ALL in names else table


def remaining(curve: pd.DataFrame) -> pd.DataFrame:
    """The share not yet at the best level where each curve of `kaplan_meier` ends, in the order of the curves: `centre, survival`."""
    return curve.groupby("centre", sort=False)["survival"].min().reset_index()


def _curve(here: pd.DataFrame, time: str, level: float) -> pd.DataFrame:
    event = here["event"].astype(bool)
    counts = event.groupby(here[time].astype(float)).agg(["size", "sum"])
    d, size = counts["sum"].to_numpy(dtype=float), counts["size"].to_numpy(dtype=float)
    n = size[::-1].cumsum()[::-1]
    survival = np.cumprod(1 - d / n)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(d / (n * (n - d))))  # of log survival
        reach = stats.norm.ppf((1 + level) / 2) * spread / np.abs(np.log(survival))
        inside = (survival > 0) & (survival < 1)
        limits = [np.where(inside, survival ** np.exp(side * reach), np.nan) for side in (1, -1)]
        se = np.where(inside, survival * spread, 0.0)
    frame = {"time": counts.index, "n_at_risk": n.astype(int), "events": d.astype(int)}
    frame |= {"censored": (size - d).astype(int), "survival": survival, "se": se}
    return pd.DataFrame(frame | {"low": limits[0], "high": limits[1]})


def median_time(times: pd.DataFrame, time: str = "days", level: float = 0.95) -> pd.DataFrame:
    """Time by which half of the families were rated at the best level, one row per centre.

    Parameters
    ----------
    times, time : see `kaplan_meier`.

    Returns
    -------
    DataFrame with centre, n (families followed), n_missing (without a time), events, censored,
    median, low, high (times at which the log-log limits reach one half; Brookmeyer & Crowley 1982),
    reason. A median or limit that was not reached is NaN.

    Notes
    -----
    Where the curve lies at exactly one half the median is the middle of that step, as in R survfit.
    Checked on the 6-MP data: 23, from 13, no upper limit (R survfit, SAS LIFETEST).
    """
    rows = []
    for centre, here in _by_centre(times, time):
        of_centre = times if centre == ALL else times[times["centre"] == centre]
        events = int(here["event"].sum())
        row: dict[str, Any] = {"centre": centre, "n": len(here)}
        row |= {"n_missing": len(of_centre) - len(here)}
        row |= {"events": events, "censored": len(here) - events}
        row |= dict.fromkeys(["median", "low", "high"], np.nan)
        rows.append(row | _median(_curve(here, time, level), events))
    return pd.DataFrame(rows)


def _median(curve: pd.DataFrame, events: int) -> dict[str, Any]:
    if not events:
        return {"reason": NO_EVENT if len(curve) else NOBODY}
    steps = curve[curve["events"] > 0]
    half = steps[steps["survival"] <= 0.5 + 1e-12]
    row: dict[str, Any] = {"low": _reached(steps, "low"), "high": _reached(steps, "high")}
    if half.empty:
        return row | {"reason": NOT_HALF}
    median, after = half["time"].iloc[0], half["time"].iloc[1:2]
    if abs(half["survival"].iloc[0] - 0.5) <= 1e-12 and len(after):
        median = (median + after.item()) / 2
    return row | {"median": median, "reason": NO_LIMIT if np.isnan(row["high"]) else ""}


def _reached(steps: pd.DataFrame, limit: str) -> float:
    """First time at which a limit is at most one half; NaN if never (also where survival is 0)."""
    below = steps.loc[steps[limit] <= 0.5, "time"]
    return float(below.iloc[0]) if len(below) else np.nan


def at_risk(times: pd.DataFrame, at: Sequence[float], time: str = "days") -> pd.DataFrame:
    """Number still followed and not yet at the best level just before each time in `at`.

    Returns
    -------
    One row per centre and time: centre, time, n_at_risk, events (before or at that time), survival.
    """
    rows = []
    for centre, here in _by_centre(times, time):
        curve = _curve(here, time, 0.95)
        for moment in at:
            past = curve[curve["time"] <= moment]
            rows.append(
                {
                    "centre": centre,
                    "time": moment,
                    "n_at_risk": int((here[time] >= moment).sum()),
                    "events": int(past["events"].sum()),
                    "survival": past["survival"].iloc[-1] if len(past) else 1.0,
                }
            )
    return pd.DataFrame(rows)
