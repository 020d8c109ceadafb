"""What the joint displays ask, read as data: propositions, expectations, and words that tell when in the work a passage is set.

From `propositions.toml` of the study folder, else from the one beside this file. The numbers are in `joint_measures`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.study import Study

FILE = Path(__file__).with_name("propositions.toml")
PROPOSITION = {
    "id": str,
    "statement": str,
    "status": str,
    "measure": str,
    "expects": str,
    "speaking_for": list,
    "speaking_against": list,
}
EXPECTATION = {"id": str, "measure": str, "when": str, "theme": str}
DIRECTIONS = {"better": 1, "higher": 1, "worse": -1, "lower": -1}
WHEN = ("high", "low")
PHASES = ("beginning", "middle", "end")


def file_of(study: Study) -> Path:
    """The study's own propositions.toml, or the one of the package when it has none."""
    own = study.folder / "propositions.toml"
    return own if own.is_file() else FILE


def propositions(file: Path = FILE) -> pd.DataFrame:
    """One row per proposition: `id, statement, status, measure, expects, speaking_for, speaking_against` (tuples of codes).

    Raises
    ------
    ValueError
        When the file is no TOML, or an entry lacks a field, holds the wrong kind or a direction its measure cannot take.
    """
    rows = _entries(file, "propositions", PROPOSITION)
    for row in rows:
        allowed = (
            ("higher", "lower") if row["measure"].startswith("views:") else ("better", "worse")
        )
        if row["expects"] not in allowed:
            raise ValueError(
                f"{file.name}, proposition {row['id']}: expects is {row['expects']!r}; expected {' or '.join(allowed)} for {row['measure']}."
            )
    table = pd.DataFrame(rows, columns=list(PROPOSITION))
    for column in ("speaking_for", "speaking_against"):
        table[column] = pd.Series([tuple(row[column]) for row in rows], dtype=object)
    return table


def expectations(file: Path = FILE) -> pd.DataFrame:
    """One row per expectation: `id, measure, when, theme`.

    Raises
    ------
    ValueError
        As `propositions`, and when `when` is neither high nor low.
    """
    rows = _entries(file, "expectations", EXPECTATION)
    for row in rows:
        if row["when"] not in WHEN:
            raise ValueError(
                f"{file.name}, expectation {row['id']}: when is {row['when']!r}; expected high or low."
            )
    return pd.DataFrame(rows, columns=list(EXPECTATION))


def phases(language: str, file: Path = FILE) -> dict[str, tuple[str, ...]]:
    """Phase (beginning, middle, end) -> words that place a passage there; no words where the file has none in this language.

    Raises
    ------
    ValueError
        When the section holds anything but the three lists of words.
    """
    section = _read(file).get("phases", {}).get(language, {})
    wrong = [name for name in section if name not in PHASES or not isinstance(section[name], list)]
    if wrong:
        raise ValueError(
            f"{file.name}, phases.{language}: {wrong[0]!r} is not a list of words under {', '.join(PHASES)}."
        )
    return {phase: tuple(map(str, section.get(phase, []))) for phase in PHASES}


def _entries(file: Path, name: str, fields: Mapping[str, type]) -> list[dict[str, Any]]:
    """The entries of a list of tables, each with all its fields and no other, every id once."""
    entries = _read(file).get(name, [])
    for number, entry in enumerate(entries, 1):
        where = f"{file.name}, {name} {entry.get('id', number)}"
        lacking = [field for field in fields if field not in entry]
        unknown = [field for field in entry if field not in fields]
        if lacking or unknown:
            said = f"{lacking[0]!r} is missing" if lacking else f"{unknown[0]!r} is unknown"
            raise ValueError(f"{where}: {said}; expected the fields {', '.join(fields)}.")
        for field, kind in fields.items():
            if not isinstance(entry[field], kind):
                raise ValueError(
                    f"{where}: {field} is {entry[field]!r}; expected {'a text' if kind is str else 'a list of codes'}."
                )
    ids = [entry["id"] for entry in entries]
    twice = [one for one in ids if ids.count(one) > 1]
    if twice:
        raise ValueError(
            f"{file.name}, {name}: the id {twice[0]!r} stands twice; give each its own."
        )
    return entries


def _read(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{file.name}: not readable as TOML ({error}).") from error
