"""The study folder's declaration: what `study.toml` says about waves, scales, risk and interviews.

The tables themselves are read in `records`. Nothing here knows the default study from a user's own.
"""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from analysis.toml import labels, take, texts, twice, unknown

PROJECT = Path(__file__).resolve().parents[2]
COLUMNS = ("family", "centre", "curator", "wave", "date")
LANGUAGES = tuple(sorted(path.stem for path in (Path(__file__).parent / "words").glob("*.toml")))


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
    """Where the coded interviews are, relative to the study folder, and how they are written.

    `respondent` is the mark before a respondent's turn; empty when all the text is the respondent's.
    """

    table: str
    coding: tuple[str, ...]
    translations: str | None = None
    variables: tuple[str, ...] = ()
    respondent: str = ""
    language: str = "ru"


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
    given = Path(name)
    with contextlib.suppress(RuntimeError):  # "~nobody" stays as it is and is not found
        given = given.expanduser()
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
        With one sentence for each thing that is missing, unknown, of the wrong kind or contradictory.
    """
    folder = find_folder(name)
    file = folder / "study.toml"
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise StudyError([f"{file.name}: not readable as TOML ({error})."]) from error
    problems: list[str] = []
    study = _study(folder, raw, problems)
    problems += [] if problems else _contradictions(study)
    if problems:
        raise StudyError([f"{file.name}: {problem}" for problem in problems])
    return study


_KEYS: Mapping[str, tuple[str, ...]] = {
    "": (
        *("title", "language", "synthetic", "minimum_cell"),
        *("columns", "waves", "risk", "scales", "interviews"),
    ),
    "waves": ("order", "labels"),
    "risk": ("column", "label", "levels", "labels"),
    "scale": ("name", "label", "items", "low", "high", "better", "reverse", "confirmatory"),
    "interviews": ("table", "coding", "translations", "variables", "respondent", "language"),
}


def _study(folder: Path, raw: Mapping[str, Any], problems: list[str]) -> Study:
    unknown(raw, _KEYS[""], "", problems)
    columns = take(raw, "columns", dict, problems, default={})
    unknown(columns, COLUMNS, "columns: ", problems)
    waves = take(raw, "waves", dict, problems, default={})
    unknown(waves, _KEYS["waves"], "waves: ", problems)
    order = texts(waves, "order", problems, "waves: ", default=[])
    return Study(
        folder=folder,
        title=take(raw, "title", str, problems),
        synthetic=take(raw, "synthetic", bool, problems),
        language=take(raw, "language", str, problems, default="en"),
        minimum_cell=take(raw, "minimum_cell", int, problems, default=5),
        columns={c: take(columns, c, str, problems, "columns: ", default=c) for c in COLUMNS},
        waves=order,
        wave_labels=labels(waves, order, problems, "waves: "),
        scales=tuple(
            _scale(entry, number, problems)
            for number, entry in enumerate(take(raw, "scales", list, problems, default=[]), 1)
        ),
        risk=_risk(raw, problems) if "risk" in raw else None,
        interviews=_interviews(raw, problems) if "interviews" in raw else None,
    )


def _scale(entry: Any, number: int, problems: list[str]) -> Scale:
    if not isinstance(entry, dict):
        problems.append(f"scales holds {entry!r}; expected one section [[scales]] per scale.")
        entry = {}
    where = f"scale {entry.get('name', number)}: "
    unknown(entry, _KEYS["scale"], where, problems)
    name = take(entry, "name", str, problems, where)
    return Scale(
        name=name,
        label=take(entry, "label", str, problems, where, default=name),
        items=texts(entry, "items", problems, where),
        low=take(entry, "low", int, problems, where),
        high=take(entry, "high", int, problems, where),
        better=take(entry, "better", str, problems, where),
        reverse=texts(entry, "reverse", problems, where, default=[]),
        confirmatory=take(entry, "confirmatory", bool, problems, where, default=False),
    )


def _risk(raw: Mapping[str, Any], problems: list[str]) -> Risk:
    entry = take(raw, "risk", dict, problems)
    unknown(entry, _KEYS["risk"], "risk: ", problems)
    levels = texts(entry, "levels", problems, "risk: ")
    return Risk(
        column=take(entry, "column", str, problems, "risk: ", default="risk"),
        label=take(entry, "label", str, problems, "risk: ", default="Risk"),
        levels=levels,
        labels=labels(entry, levels, problems, "risk: "),
    )


def _interviews(raw: Mapping[str, Any], problems: list[str]) -> Interviews:
    entry, where = take(raw, "interviews", dict, problems), "interviews: "
    unknown(entry, _KEYS["interviews"], where, problems)
    translations = take(entry, "translations", str, problems, where, default="")
    return Interviews(
        table=take(entry, "table", str, problems, where),
        coding=texts(entry, "coding", problems, where),
        translations=translations or None,
        variables=texts(entry, "variables", problems, where, default=[]),
        respondent=take(entry, "respondent", str, problems, where, default=""),
        language=take(entry, "language", str, problems, where, default="ru"),
    )


def _contradictions(study: Study) -> list[str]:
    problems = []
    if study.scales and len(study.waves) < 2:
        problems.append(
            "waves.order names fewer than two waves; change needs at least two, first to last."
        )
    problems += [f"waves.order names {name!r} twice." for name in twice(study.waves)]
    if study.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        problems.append(f"language is {study.language!r}; expected one of {known}.")
    if study.minimum_cell < 1:
        problems.append(
            f"minimum_cell is {study.minimum_cell!r}; expected a whole number of 1 or more."
        )
    if study.risk and len(set(study.risk.levels)) < 2:
        problems.append("risk.levels names fewer than two different levels, best to worst.")
    if study.interviews and not study.interviews.coding:
        problems.append("interviews.coding names no file; expected one or more per coder.")
    names = [scale.name for scale in study.scales]
    problems += [f"scale {name} is declared twice." for name in twice(names)]
    return [*problems, *_items_twice(study), *(p for s in study.scales for p in _of_scale(s))]


def _items_twice(study: Study) -> list[str]:
    """A column of the table stands for one thing only."""
    owners = dict.fromkeys(COLUMNS, "the columns")
    owners |= {study.columns[name]: f"the column {name}" for name in COLUMNS}
    columns = [*study.columns.values(), *([study.risk.column] if study.risk else [])]
    if study.risk:
        owners |= {study.risk.column: "risk", "risk": "risk"}
    problems = [f"column {name!r} is named for two things." for name in twice(columns)]
    for scale in study.scales:
        for item in scale.items:
            if item in owners:
                problems.append(
                    f"scale {scale.name}: item {item} already belongs to {owners[item]}."
                )
            owners[item] = f"scale {scale.name}"
    return problems


def _of_scale(scale: Scale) -> list[str]:
    where, problems = f"scale {scale.name}: ", []
    if scale.better not in ("lower", "higher"):
        problems.append(f"{where}better is {scale.better!r}; expected 'lower' or 'higher'.")
    if scale.low >= scale.high:
        problems.append(f"{where}low ({scale.low}) is not below high ({scale.high}).")
    if len(scale.items) < 2:
        problems.append(f"{where}{len(scale.items)} item(s); a scale needs at least two.")
    problems += [
        f"{where}reverse names {item}, which is not among its items."
        for item in scale.reverse
        if item not in scale.items
    ]
    return problems
