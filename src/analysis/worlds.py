"""The worlds of the default study: their declared values, and the hidden state of invented families.

Reads the two tables in `making/`; everything else is pure. What practitioners would have written
down about these families is in `synthetic`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

Parameters = Mapping[str, Any]

PARAMETER_COLUMNS = ["name", "value", "low", "high", "unit", "status", "source", "meaning"]
WORLD_COLUMNS = ["world", "parameter", "value", "why"]

# One random stream per part of the model: changing dropout leaves every item as it was.
STREAMS = (
    *("centres", "families", "changes", "drift", "domains"),
    *("items", "missing", "risk", "dates", "leaving"),
    *("courses", "case_log", "contacts", "documents", "costs"),
    *("supervision", "alliance", "views"),
)


def read_parameters(folder: Path | str) -> pd.DataFrame:
    """Read `parameters.csv`: every value the model uses, what it means and whether it is stated.

    Parameters
    ----------
    folder : the folder that holds the table (`data/casework/making` for the default study).

    Returns
    -------
    One row per parameter, all text: name, value, low, high, unit, status (stated | assumed),
    source (a source key, or "assumption"), meaning. An empty cell is an empty text.

    Raises
    ------
    ValueError : columns are missing, or a name is empty or occurs twice.
    """
    frame = _read_text(Path(folder) / "parameters.csv", PARAMETER_COLUMNS)
    wrong = frame["name"][frame["name"].duplicated() | (frame["name"] == "")]
    if len(wrong):
        raise ValueError(
            f"parameters.csv, row {int(wrong.index[0]) + 2}: the name {wrong.iloc[0]!r} is empty or "
            "stands there a second time; give every parameter one row with a name of its own."
        )
    return frame


def read_worlds(folder: Path | str) -> pd.DataFrame:
    """Read `worlds.csv`: which values each world changes, and why.

    Returns
    -------
    One row per changed value, all text: world, parameter, value, why. A world that changes nothing
    has one row with an empty parameter.

    Raises
    ------
    ValueError : columns are missing.
    """
    return _read_text(Path(folder) / "worlds.csv", WORLD_COLUMNS)


def parameters_of(world: str, parameters: pd.DataFrame, worlds: pd.DataFrame) -> dict[str, Any]:
    """The values of one world: those of `parameters`, with that world's changes put in.

    Parameters
    ----------
    world : a name in the column `world` of `worlds`.
    parameters, worlds : the tables of `read_parameters` and `read_worlds`.

    Returns
    -------
    name -> value; whole numbers as int, other numbers as float (also -inf), the rest as text.

    Raises
    ------
    ValueError : a world that is not declared, or a world that changes an undeclared parameter.
    """
    if world not in set(worlds["world"]):
        known = ", ".join(worlds["world"].unique())
        raise ValueError(
            f"There is no world {world!r} in worlds.csv; declared are: {known}. "
            "Use one of these, or add rows for the new world."
        )
    values = dict(zip(parameters["name"], parameters["value"], strict=True))
    changes = worlds[(worlds["world"] == world) & (worlds["parameter"] != "")]
    for name, value in zip(changes["parameter"], changes["value"], strict=True):
        if name not in values:
            raise ValueError(
                f"worlds.csv: the world {world!r} changes {name!r}, which is not in "
                "parameters.csv. Correct the name or declare the parameter there."
            )
        values[name] = value
    return {name: _number_or_text(value) for name, value in values.items()}


def names(parameters: Parameters, name: str) -> list[str]:
    """The parts of a declared list, such as waves or scales, in their order."""
    return str(parameters[name]).split("|")


def stream(parameters: Parameters, part: str) -> np.random.Generator:
    """The random numbers of one part of the model: the same for the same version and seed."""
    return np.random.default_rng([parameters["version"], parameters["seed"], STREAMS.index(part)])


def families(parameters: Parameters) -> pd.DataFrame:
    """Who is admitted where: one row per family.

    Returns
    -------
    family, letter (of its centre), curator, group (what centre and curator add to its severity).
    """
    rng = stream(parameters, "centres")
    rows = []
    before = 0
    for place in range(parameters["centres"]):
        letter = chr(ord("A") + place)
        size, curators = parameters[f"families_{letter}"], parameters[f"curators_{letter}"]
        centre = np.sqrt(parameters["centre_variance"]) * rng.standard_normal()
        curator = np.sqrt(parameters["curator_variance"]) * rng.standard_normal(curators)
        whose = rng.integers(curators, size=int(size))
        ids = [f"SYN-K{before + one + 1:02d}" for one in whose]
        group = centre + curator[whose]
        rows.append(pd.DataFrame({"letter": letter, "curator": ids, "group": group}))
        before += curators
    everyone = pd.concat(rows, ignore_index=True)
    everyone.insert(0, "family", [f"SYN-{one:04d}" for one in range(1, len(everyone) + 1)])
    return everyone


def domains(parameters: Parameters, everyone: pd.DataFrame) -> dict[str, np.ndarray]:
    """Hidden severity in each scale's domain and in risk, higher = worse throughout.

    Parameters
    ----------
    everyone : the frame of `families`.

    Returns
    -------
    name of the scale, or "risk" -> array (families, waves), in standard deviations of referred
    families. Where the families are admitted on a bad day, the first wave shows it.

    Notes
    -----
    General severity of family f at wave t has variance 1 among referred families:
    G_ft = centre + curator + sqrt(w) [sqrt(s) S_f + sqrt(1 - s) O_ft] + change_f growth_t, with
    w = 1 - centre variance - curator variance and O an AR(1) series. Domain: l G + sqrt(1 - l^2) U -
    shift, U of the same state-trait form. Risk leans in the same way on the domain `risk_domain` as
    it is without the programme, and then gets its own shift, so that each declared improvement is
    the whole one. Checked against the expected fall (1 - r)(E[X | X > c] - mu).
    """
    _check(parameters)
    severity = _severity(parameters, everyone["group"].to_numpy())
    rng = stream(parameters, "domains")
    before: dict[str, np.ndarray] = {}
    for scale in [*names(parameters, "scales"), "risk"]:
        stable, occasion = rng.standard_normal((2, len(everyone)))
        own = _state_trait(parameters, stable, _occasions(parameters, occasion, rng))
        leans_on = before[parameters["risk_domain"]] if scale == "risk" else severity
        loading = parameters[f"{scale}_loading"]
        before[scale] = loading * leans_on + np.sqrt(1 - loading**2) * own
    shifts = _shifts(parameters, everyone["letter"])
    return {scale: before[scale] - shifts[scale] for scale in before}


def _severity(parameters: Parameters, group: np.ndarray) -> np.ndarray:
    """General severity (families, waves) of the families that are admitted."""
    rng = stream(parameters, "families")
    stable, occasion = _admitted(parameters, group, rng)
    own = _state_trait(parameters, stable, _occasions(parameters, occasion, rng))
    change = stream(parameters, "changes").standard_normal(len(group)) * parameters["change_sd"]
    return (
        group[:, None] + np.sqrt(_within(parameters)) * own + np.outer(change, _growth(parameters))
    )


def _admitted(
    parameters: Parameters, group: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Stable and intake-occasion part of each family; one below the cut is replaced by another."""
    stable, occasion = np.empty(len(group)), np.empty(len(group))
    waiting = np.arange(len(group))
    while len(waiting):
        stable[waiting], occasion[waiting], error = rng.standard_normal((3, len(waiting)))
        own = _state_trait(parameters, stable[waiting], occasion[waiting][:, None])[:, 0]
        severity = group[waiting] + np.sqrt(_within(parameters)) * own
        rating = severity + parameters["referral_error_sd"] * error
        waiting = waiting[rating <= parameters["admission_cut"]]
    return stable, occasion


def _state_trait(parameters: Parameters, stable: np.ndarray, occasions: np.ndarray) -> np.ndarray:
    share = parameters["stable_share"]
    return np.sqrt(share) * stable[:, None] + np.sqrt(1 - share) * occasions


def _occasions(parameters: Parameters, first: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """A standard AR(1) series (families, waves) that starts from `first`."""
    carry = parameters["occasion_autocorrelation"]
    series = [first]
    for _ in names(parameters, "waves")[1:]:
        fresh = rng.standard_normal(len(first))
        series.append(carry * series[-1] + np.sqrt(1 - carry**2) * fresh)
    return np.column_stack(series)


def _growth(parameters: Parameters) -> np.ndarray:
    """Share of the full change reached at each wave: 0 at the first."""
    later = [parameters[f"growth_{wave}"] for wave in names(parameters, "waves")[1:]]
    return np.array([0.0, *later])


def _shifts(parameters: Parameters, letters: pd.Series) -> dict[str, np.ndarray]:
    """How far each family has been moved towards better at each wave, in standard deviations."""
    present = sorted(letters.unique())
    effect = pd.Series({letter: parameters[f"effect_{letter}"] for letter in present})
    drift = stream(parameters, "drift").standard_normal(len(present))
    shifts = {}
    for scale in [*names(parameters, "scales"), "risk"]:
        direction = parameters["direction_risk" if scale == "risk" else "direction"]
        full = direction * parameters[f"{scale}_improvement"] * effect
        full = full + parameters["centre_drift_sd"] * drift
        shifts[scale] = np.outer(letters.map(full), _growth(parameters))
    return shifts


def _within(parameters: Parameters) -> float:
    return 1 - parameters["centre_variance"] - parameters["curator_variance"]


def _check(parameters: Parameters) -> None:
    if _within(parameters) <= 0:
        raise ValueError(
            "centre_variance + curator_variance must stay below 1, because severity has variance 1 "
            "and families differ too; lower one of them in making/parameters.csv."
        )
    if parameters["admission_cut"] > 3:
        raise ValueError(
            f"admission_cut is {parameters['admission_cut']}: almost no referred family lies more "
            "than 3 standard deviations above the average; choose a lower cut."
        )


def _read_text(path: Path, columns: list[str]) -> pd.DataFrame:
    frame = pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8")
    missing = [column for column in columns if column not in frame.columns]
    if missing:
        raise ValueError(
            f"{path.name} has no column {', '.join(missing)}; expected are {', '.join(columns)}."
        )
    return frame[columns]


def _number_or_text(value: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(value)
        except ValueError:
            continue
    return value
