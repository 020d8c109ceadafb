"""The study folder's declaration: what `study.toml` says about waves, scales, risk and interviews.

The tables themselves are read in `records`. Nothing here knows the default study from a user's own.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

PROJECT = Path(__file__).resolve().parents[2]
COLUMNS = ("family", "centre", "curator", "wave", "date")


class StudyError(ValueError):
    """A study folder that cannot be used as it is; `problems` holds one sentence per problem."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True)
class Scale:
    """A summated rating scale. `better` says which end is good; `reverse` names items scored against it."""

    name: str
    label: str
    items: tuple[str, ...]
    low: int
    high: int
    better: str
    reverse: tuple[str, ...] = ()
    confirmatory: bool = False


@dataclass(frozen=True)
class Risk:
    """An ordered risk level; `levels` run from best to worst."""

    column: str
    label: str
    levels: tuple[str, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Interviews:
    """Where the coded interviews are, relative to the study folder."""

    table: str
    coding: tuple[str, ...]
    translations: str | None = None
    variables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Study:
    """What `study.toml` declares. Parts a study does not have are None or empty."""

    folder: Path
    title: str
    synthetic: bool
    language: str = "en"
    minimum_cell: int = 5
    columns: Mapping[str, str] = field(default_factory=dict)
    waves: tuple[str, ...] = ()
    wave_labels: Mapping[str, str] = field(default_factory=dict)
    scales: tuple[Scale, ...] = ()
    risk: Risk | None = None
    interviews: Interviews | None = None

    @property
    def origin(self) -> str:
        """`synthetic` or `records`: what every number made from this study is."""
        return "synthetic" if self.synthetic else "records"

    @property
    def first_wave(self) -> str:
        return self.waves[0]

    @property
    def last_wave(self) -> str:
        return self.waves[-1]


def find_folder(name: str | Path) -> Path:
    """Folder of a study given as a path, or as a path below the project.

    Raises
    ------
    StudyError
        When there is no such folder or it holds no `study.toml`.
    """
    given = Path(name).expanduser()
    for candidate in (given, PROJECT / given):
        if (candidate / "study.toml").is_file():
            return candidate.resolve()
    if given.exists() or (PROJECT / given).exists():
        raise StudyError(
            [f"{name}: there is no study.toml in this folder; a study is a folder that has one."]
        )
    raise StudyError(
        [f"{name}: no such study folder; give the path of a folder that holds a study.toml."]
    )


def read_study(name: str | Path) -> Study:
    """Read and check a study's declaration.

    Raises
    ------
    StudyError
        With one sentence for each thing that is missing, of the wrong kind or contradictory.
    """
    folder = find_folder(name)
    file = folder / "study.toml"
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError([f"{file.name}: not readable as TOML ({error})."]) from error
    problems: list[str] = []
    study = Study(
        folder=folder,
        title=_get(raw, "title", str, problems),
        synthetic=_get(raw, "synthetic", bool, problems),
        language=raw.get("language", "en"),
        minimum_cell=raw.get("minimum_cell", 5),
        columns={name: raw.get("columns", {}).get(name, name) for name in COLUMNS},
        waves=tuple(raw.get("waves", {}).get("order", ())),
        wave_labels=raw.get("waves", {}).get("labels", {}),
        scales=tuple(
            _scale(entry, i, problems) for i, entry in enumerate(raw.get("scales", []), 1)
        ),
        risk=_risk(raw["risk"], problems) if "risk" in raw else None,
        interviews=_interviews(raw["interviews"], problems) if "interviews" in raw else None,
    )
    problems += _contradictions(study)
    if problems:
        raise StudyError([f"{file.name}: {problem}" for problem in problems])
    return study


def _get(
    table: Mapping[str, Any], key: str, kind: type, problems: list[str], where: str = ""
) -> Any:
    value = table.get(key)
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        found = "nothing" if value is None else repr(value)
        problems.append(f"{where}{key} is {found}; expected {_KINDS[kind]}.")
        return kind()
    return value


_KINDS = {str: "a text in quotes", bool: "true or false", int: "a whole number", list: "a list"}


def _scale(entry: Mapping[str, Any], number: int, problems: list[str]) -> Scale:
    where = f"scale {entry.get('name', number)}: "
    return Scale(
        name=_get(entry, "name", str, problems, where),
        label=entry.get("label", entry.get("name", "")),
        items=tuple(_get(entry, "items", list, problems, where)),
        low=_get(entry, "low", int, problems, where),
        high=_get(entry, "high", int, problems, where),
        better=_get(entry, "better", str, problems, where),
        reverse=tuple(entry.get("reverse", ())),
        confirmatory=bool(entry.get("confirmatory", False)),
    )


def _risk(entry: Mapping[str, Any], problems: list[str]) -> Risk:
    levels = tuple(_get(entry, "levels", list, problems, "risk: "))
    labels = entry.get("labels", {})
    return Risk(
        column=entry.get("column", "risk"),
        label=entry.get("label", "Risk"),
        levels=levels,
        labels={level: labels.get(level, str(level)) for level in levels},
    )


def _interviews(entry: Mapping[str, Any], problems: list[str]) -> Interviews:
    return Interviews(
        table=_get(entry, "table", str, problems, "interviews: "),
        coding=tuple(_get(entry, "coding", list, problems, "interviews: ")),
        translations=entry.get("translations"),
        variables=tuple(entry.get("variables", ())),
    )


def _contradictions(study: Study) -> list[str]:
    problems = []
    if study.scales and len(study.waves) < 2:
        problems.append(
            "waves.order names fewer than two waves; change needs at least two, first to last."
        )
    if not isinstance(study.minimum_cell, int) or study.minimum_cell < 1:
        problems.append(
            f"minimum_cell is {study.minimum_cell!r}; expected a whole number of 1 or more."
        )
    seen: dict[str, str] = {}
    for scale in study.scales:
        where = f"scale {scale.name}: "
        if scale.better not in ("lower", "higher"):
            problems.append(f"{where}better is {scale.better!r}; expected 'lower' or 'higher'.")
        if scale.low >= scale.high:
            problems.append(f"{where}low ({scale.low}) is not below high ({scale.high}).")
        if len(scale.items) < 2:
            problems.append(f"{where}{len(scale.items)} item(s); a scale needs at least two.")
        for item in scale.items:
            if item in seen:
                problems.append(f"{where}item {item} already belongs to scale {seen[item]}.")
            seen[item] = scale.name
        for item in set(scale.reverse) - set(scale.items):
            problems.append(f"{where}reverse names {item}, which is not among its items.")
    names = [scale.name for scale in study.scales]
    problems += [
        f"scale {name} is declared twice."
        for name in sorted({n for n in names if names.count(n) > 1})
    ]
    if study.risk and len(set(study.risk.levels)) < 2:
        problems.append("risk.levels names fewer than two different levels, best to worst.")
    return problems
