"""The default casework study, as its declared model makes it. Every row made here is invented.

Pure: a mapping of declared values in (see `worlds`), a monitoring frame out; only
`write_monitoring` touches a file. What is stated about the real study and what is assumed stands
beside every value in `data/casework/making/parameters.csv`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import expit, logit

from analysis.worlds import Parameters, domains, families, names, stream


def complete(parameters: Parameters) -> pd.DataFrame:
    """All families at all waves, before anyone leaves: what nobody would see in practice.

    Parameters
    ----------
    parameters : name -> value, from `worlds.parameters_of`.

    Returns
    -------
    One row per admitted family and wave: family, centre, curator, wave (ordered categorical), date,
    the items in scale order (float, NaN = missing), risk (ordered categorical, best to worst, NaN =
    missing), synthetic (always True).

    Raises
    ------
    ValueError : a value is not declared, or the values contradict each other.

    Notes
    -----
    Cumulative probit: an item is rated one category worse for each threshold that
    a (severity in its domain) + sqrt(1 - a^2) noise exceeds; see `worlds.domains` for the severity.
    """
    with declared_values():
        return _everyone(parameters)[0]


def monitoring(parameters: Parameters) -> pd.DataFrame:
    """The monitoring table: `complete`, without the rows that follow a family's leaving.

    Leaving is monotone. At each wave after the first, a family still there leaves with
    logit P = logit(leave_hazard) + leave_mar x (its observed previous score on `leave_scale`, in
    points worse than the middle of the scale) + leave_mnar x (how far its hidden severity, averaged
    over the scales, has risen since intake). Parameters, columns and errors as for `complete`.
    """
    with declared_values():
        frame, worsening = _everyone(parameters)
        present = _present(parameters, frame, worsening)
    return frame[present.ravel()].reset_index(drop=True)


def write_monitoring(frame: pd.DataFrame, path: Path | str) -> None:
    """Write a synthetic monitoring table as CSV: whole numbers, empty = missing, ISO dates.

    The file is replaced in one step, so that a stopped run leaves the old one whole.

    Raises
    ------
    ValueError : the frame does not say in every row that it is synthetic.
    """
    if "synthetic" not in frame or not frame["synthetic"].eq(True).all():
        raise ValueError(
            "This table does not say synthetic = True in every row, and only invented tables are "
            "written here; records of real families must not be saved as synthetic ones."
        )
    items = frame.select_dtypes("float").columns
    whole = frame.astype(dict.fromkeys(items, "Int64"))
    path = Path(path)
    draft = path.with_name(f"{path.name}.part")
    whole.to_csv(draft, index=False, date_format="%Y-%m-%d", encoding="utf-8", lineterminator="\n")
    draft.replace(path)


@contextmanager
def declared_values() -> Iterator[None]:
    """Say of a value that the model asks for and that is not declared, where to declare it (ValueError)."""
    try:
        yield
    except KeyError as gap:
        raise ValueError(
            f"The model needs a value for {gap.args[0]!r}, which was not given; "
            "declare it in making/parameters.csv."
        ) from gap


def _everyone(parameters: Parameters) -> tuple[pd.DataFrame, np.ndarray]:
    """The complete frame, and how far each family has got worse since intake (families, waves)."""
    everyone = families(parameters)
    hidden = domains(parameters, everyone)
    frame = _visits(parameters, everyone).assign(
        **_items(parameters, hidden), risk=_risk(parameters, hidden["risk"]), synthetic=True
    )
    severity = np.mean([hidden[scale] for scale in names(parameters, "scales")], axis=0)
    return frame, severity - severity[:, [0]]


def _visits(parameters: Parameters, everyone: pd.DataFrame) -> pd.DataFrame:
    """Who was seen where, by whom, at which wave and on which day."""
    rng = stream(parameters, "dates")
    waves = names(parameters, "waves")
    first, last = (pd.Timestamp(parameters[name]) for name in ("first_intake", "last_intake"))
    intake = rng.integers((last - first).days + 1, size=len(everyone))
    late = parameters["date_jitter"]
    jitter = rng.integers(-late, late + 1, size=(len(everyone), len(waves)))
    jitter[:, 0] = 0
    days = intake[:, None] + parameters["wave_spacing"] * np.arange(len(waves)) + jitter
    rows = everyone.loc[everyone.index.repeat(len(waves))].reset_index(drop=True)
    return pd.DataFrame(
        {
            "family": rows["family"],
            "centre": "Centre " + rows["letter"],
            "curator": rows["curator"],
            "wave": pd.Categorical(waves * len(everyone), categories=waves, ordered=True),
            "date": first + pd.to_timedelta(days.ravel(), unit="D"),
        }
    )


def _items(parameters: Parameters, hidden: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Rated items by column name, one value per family and wave, NaN = missing."""
    rng, missing = stream(parameters, "items"), stream(parameters, "missing")
    columns = {}
    for scale in names(parameters, "scales"):
        severity = hidden[scale].ravel()
        loading = parameters[f"{scale}_item_loading"]
        offsets = np.linspace(-1, 1, parameters[f"{scale}_items"]) * parameters["item_spread"]
        for item, offset in enumerate(offsets, start=1):
            noise = rng.standard_normal(len(severity))
            latent = loading * severity + np.sqrt(1 - loading**2) * noise - offset
            gap = missing.random(len(severity)) < parameters["item_missing"]
            rated = _rated(parameters, scale, item, latent)
            columns[f"{scale}_{item}"] = np.where(gap, np.nan, rated)
    return columns


def _rated(parameters: Parameters, scale: str, item: int, latent: np.ndarray) -> np.ndarray:
    """The category a practitioner ticks: how many thresholds the severity exceeds."""
    low, high = parameters[f"{scale}_low"], parameters[f"{scale}_high"]
    first, step = parameters[f"{scale}_threshold"], parameters[f"{scale}_step"]
    passed = np.searchsorted(first + step * np.arange(high - low), latent)
    against = item == parameters[f"{scale}_reversed"]
    higher_is_worse = (parameters[f"{scale}_better"] == "lower") != against
    return low + passed if higher_is_worse else high - passed


def _risk(parameters: Parameters, severity: np.ndarray) -> pd.Categorical:
    """The curator's risk level for each family and wave, ordered from best to worst."""
    levels = names(parameters, "risk_levels")
    cuts = [parameters[f"risk_threshold_{level}"] for level in levels[1:]]
    rated = np.array(levels, dtype=object)[np.searchsorted(cuts, severity.ravel())]
    rated[stream(parameters, "risk").random(len(rated)) < parameters["risk_missing"]] = None
    return pd.Categorical(rated, categories=levels, ordered=True)


def _present(parameters: Parameters, frame: pd.DataFrame, worsening: np.ndarray) -> np.ndarray:
    """Which family is still there at which wave (families, waves)."""
    rng = stream(parameters, "leaving")
    worse = points_worse_than_middle(parameters, frame).reshape(worsening.shape)
    present = np.ones(worsening.shape, dtype=bool)
    for wave in range(1, worsening.shape[1]):
        leaning = (
            logit(parameters["leave_hazard"])
            + parameters["leave_mar"] * worse[:, wave - 1]
            + parameters["leave_mnar"] * worsening[:, wave]
        )
        stays = rng.random(len(leaning)) >= expit(leaning)
        present[:, wave] = present[:, wave - 1] & stays
    return present


def points_worse_than_middle(parameters: Parameters, frame: pd.DataFrame) -> np.ndarray:
    """Observed mean of the rated items of `leave_scale`, turned so that higher is worse.

    One value per row of `frame`, in points from the middle of the scale; 0 where no item was rated.
    """
    scale = parameters["leave_scale"]
    items = [f"{scale}_{item}" for item in range(1, parameters[f"{scale}_items"] + 1)]
    middle = (parameters[f"{scale}_low"] + parameters[f"{scale}_high"]) / 2
    turn = pd.Series(1 if parameters[f"{scale}_better"] == "lower" else -1, index=items)
    against = parameters[f"{scale}_reversed"]
    if against:
        turn[f"{scale}_{against}"] *= -1
    return ((frame[items] - middle) * turn).mean(axis=1).fillna(0).to_numpy()
