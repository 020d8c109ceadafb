"""What people said about the invented service: meetings and alliance of curators with supervisors, and the views of
parents, children and specialists.

Pure: declared values and other invented tables in, tables of `contract` out. Every rating is invented.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from analysis.synthetic import points_worse_than_middle
from analysis.worlds import Parameters, names, stream


def supervision(parameters: Parameters, people: pd.DataFrame, span: pd.DataFrame) -> pd.DataFrame:
    """One row per planned meeting: curator, supervisor, date, kept, usefulness (NaN = none), synthetic.

    Parameters
    ----------
    people, span : the tables of `synthetic_service.staff` and `synthetic_service.spans`.

    Notes
    -----
    logit P(kept) = logit(supervision_kept) + supervision_load x (cases in care under the supervisor on
    that day less their average over all meetings) / 10. Only kept meetings are rated.
    """
    rng = stream(parameters, "supervision")
    every, first = int(parameters["supervision_every"]), pd.Timestamp(parameters["first_intake"])
    last = pd.Timestamp(parameters["as_of"])
    parts = []
    for one in people.itertuples():
        begin = first + pd.Timedelta(days=int(rng.integers(every)))
        days = pd.date_range(begin, last, freq=f"{every}D")
        parts.append(
            pd.DataFrame({"curator": one.curator, "supervisor": one.supervisor, "date": days})
        )
    frame = pd.concat(parts, ignore_index=True)
    load = _load(frame, span.merge(people[["curator", "supervisor"]], on="curator"))
    leaning = parameters["supervision_load"] * (load - load.mean()) / 10
    chance = expit(logit(parameters["supervision_kept"]) + leaning)
    frame["kept"] = rng.random(len(frame)) < chance
    person = _of_each(frame["curator"], rng) + _of_each(frame["supervisor"], rng)
    felt = parameters["supervision_level"] + parameters["supervision_person_sd"] * person
    felt = felt + parameters["supervision_noise_sd"] * rng.standard_normal(len(frame))
    rated = frame["kept"] & (rng.random(len(frame)) >= parameters["supervision_missing"])
    frame["usefulness"] = np.where(rated, _rated(parameters, felt), np.nan)
    return frame.assign(synthetic=True)


def alliance(parameters: Parameters, people: pd.DataFrame) -> pd.DataFrame:
    """Both sides' ratings of their work together: curator, supervisor, date, side, aspect, rating, synthetic.

    Parameters
    ----------
    people : the table of `synthetic_service.staff`.

    Notes
    -----
    Rating = level of the aspect + side + pair + side of the pair + noise, rounded and kept within the
    range. A sheet that was not handed in has no rows.
    """
    rng = stream(parameters, "alliance")
    dates = pd.DataFrame({"date": pd.to_datetime(names(parameters, "alliance_dates"))})
    sides = pd.DataFrame({"side": ["curator", "supervisor"]})
    sheets = people[["curator", "supervisor"]].merge(dates, how="cross").merge(sides, how="cross")
    handed = rng.random(len(sheets)) >= parameters["alliance_missing"]
    aspects = pd.DataFrame({"aspect": names(parameters, "alliance_aspects")})
    rows = sheets.assign(handed=handed).merge(aspects, how="cross")
    level = rows["aspect"].map({one: parameters[f"alliance_{one}"] for one in aspects["aspect"]})
    felt = level + parameters["alliance_supervisor"] * (rows["side"] == "supervisor")
    felt = felt + parameters["alliance_pair_sd"] * _of_each(rows["curator"], rng)
    whose = rows["curator"] + " " + rows["side"]
    felt = felt + parameters["alliance_side_sd"] * _of_each(whose, rng)
    felt = felt + parameters["alliance_noise_sd"] * rng.standard_normal(len(rows))
    rows["rating"] = _rated(parameters, felt)
    kept = rows[rows["handed"]].drop(columns="handed").assign(synthetic=True)
    return kept.reset_index(drop=True)


def views(parameters: Parameters, records: pd.DataFrame) -> pd.DataFrame:
    """What informants said of each family: family, wave, informant, aspect, rating (NaN = asked in vain), synthetic.

    Parameters
    ----------
    records : the monitoring table, one row per family and wave; only families there at a wave are asked.

    Notes
    -----
    Rating = level of the aspect + view_gain x improvement since intake on `leave_scale` + what is shared
    about the family + the informant's own part + shift of parents or children + noise, rounded and kept
    within the range. Parents and children answer with logit P = logit(view_answer) + view_answer_gain x
    improvement, so answers come more often from families that do well; specialists do not.
    """
    rng = stream(parameters, "views")
    rows = _asked(parameters, records, rng)
    felt = _felt(parameters, rows, rng)
    rating = pd.Series(_rated(parameters, felt), rows.index)
    left_out = rng.random(len(rows)) < parameters["view_item_missing"]
    rows["rating"] = rating.where(_answered(parameters, rows, rng) & ~left_out)
    columns = ["family", "wave", "informant", "aspect", "rating"]
    return rows[columns].assign(synthetic=True)


def _asked(parameters: Parameters, records: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """One row per question asked, with the family's improvement since intake in points."""
    seen = records[["family", "wave"]].assign(worse=points_worse_than_middle(parameters, records))
    at_intake = seen[seen["wave"] == names(parameters, "waves")[0]].set_index("family")["worse"]
    seen["gain"] = seen["family"].map(at_intake) - seen["worse"]
    seen = seen.assign(wave=seen["wave"].astype(str)).drop(columns="worse")
    families = np.sort(seen["family"].unique())
    old = pd.Series(rng.random(len(families)) < parameters["view_child_asked"], families)
    for column, listed in (("informant", "view_informants"), ("aspect", "view_aspects")):
        seen = seen.merge(pd.DataFrame({column: names(parameters, listed)}), how="cross")
    waves = names(parameters, "view_waves")
    late = seen["aspect"].isin(names(parameters, "view_last_only"))
    asked = seen["wave"].isin(waves) & (~late | (seen["wave"] == waves[-1]))
    asked &= (seen["informant"] != "child") | seen["family"].map(old)
    return seen[asked].reset_index(drop=True)


def _felt(parameters: Parameters, rows: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    level = rows["aspect"].map(
        {one: parameters[f"view_{one}"] for one in names(parameters, "view_aspects")}
    )
    outlook = rows["aspect"].isin(names(parameters, "view_outlook"))
    shift = np.zeros(len(rows))
    for informant in ("parent", "child"):
        about = (parameters[f"view_{informant}_{part}"] for part in ("outlook", "service"))
        shift += np.where(rows["informant"] == informant, np.where(outlook, *about), 0)
    occasion, whose = rows["family"] + rows["wave"], rows["family"] + rows["informant"]
    own = parameters["view_shared_sd"] * _of_each(occasion, rng)
    own = own + parameters["view_informant_sd"] * _of_each(whose, rng)
    noise = parameters["view_noise_sd"] * rng.standard_normal(len(rows))
    return level + parameters["view_gain"] * rows["gain"] + shift + own + noise


def _answered(parameters: Parameters, rows: pd.DataFrame, rng: np.random.Generator) -> pd.Series:
    """Whether this informant answered on this family at this wave at all."""
    informants = names(parameters, "view_informants")
    usual = rows["informant"].map({one: parameters[f"view_answer_{one}"] for one in informants})
    gain = parameters["view_answer_gain"] * rows["gain"] * (rows["informant"] != "specialist")
    sheet = pd.factorize(rows["family"] + rows["wave"] + rows["informant"])[0]
    return pd.Series(rng.random(sheet.max() + 1)[sheet], rows.index) < expit(logit(usual) + gain)


def _load(meetings: pd.DataFrame, cases: pd.DataFrame) -> np.ndarray:
    """Cases in care under the supervisor of each meeting on its day."""
    load = np.zeros(len(meetings))
    for supervisor, group in cases.groupby("supervisor"):
        here = (meetings["supervisor"] == supervisor).to_numpy()
        day = meetings.loc[here, "date"].to_numpy()[:, None]
        load[here] = ((group["first"].to_numpy() <= day) & (day <= group["last"].to_numpy())).sum(1)
    return load


def _of_each(names_of: pd.Series, rng: np.random.Generator) -> np.ndarray:
    """A standard normal value for each different name, given to all its rows."""
    place, different = pd.factorize(names_of)
    return rng.standard_normal(len(different))[place]


def _rated(parameters: Parameters, felt: np.ndarray | pd.Series) -> np.ndarray:
    """What is felt, as a rating: rounded and kept within the range."""
    return np.clip(np.rint(np.asarray(felt)), parameters["rating_low"], parameters["rating_high"])
