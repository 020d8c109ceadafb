"""The sections of study.toml, each read into the part of the study that it declares.

Every function notes in `problems` what is missing, misspelt or of the wrong kind; no file is opened.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from analysis.contract import TABLES
from analysis.study_parts import COLUMNS, MAY_LACK, Interviews, Ratings, Risk, Running, Scale
from analysis.toml import labels, numbers, take, texts, unknown

_KEYS: Mapping[str, tuple[str, ...]] = {
    "risk": ("column", "label", "levels", "labels"),
    "scale": (
        "name",
        "label",
        "items",
        "low",
        "high",
        "better",
        "reverse",
        "confirmatory",
        "whole",
        "ends_guessed",
    ),
    "interviews": (
        *("table", "coding", "translations", "variables", "respondent", "language"),
        *("strengths", "barriers"),
    ),
    "ratings": ("low", "high"),
    "running": ("as_of", "grace_days", "review_days", "weights"),
}


def columns_of(raw: Mapping[str, Any], problems: list[str]) -> dict[str, str]:
    """Standard name -> name in the study's table; "" for a column the study does not have."""
    given, where = take(raw, "columns", dict, problems, default={}), "columns: "
    unknown(given, COLUMNS, where, problems)
    columns = {c: take(given, c, str, problems, where, default=c) for c in COLUMNS}
    problems += [
        f'columns: {c} is ""; every study needs it, only {", ".join(MAY_LACK)} may be left out.'
        for c in COLUMNS
        if given.get(c) == "" and c not in MAY_LACK
    ]
    return columns


def scale_of(entry: Any, number: int, problems: list[str]) -> Scale:
    """One section [[scales]]."""
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
        low=take(entry, "low", float, problems, where),
        high=take(entry, "high", float, problems, where),
        better=take(entry, "better", str, problems, where),
        reverse=texts(entry, "reverse", problems, where, default=[]),
        confirmatory=take(entry, "confirmatory", bool, problems, where, default=False),
        whole=take(entry, "whole", bool, problems, where) if "whole" in entry else None,
        ends_guessed=take(entry, "ends_guessed", bool, problems, where, default=False),
    )


def risk_of(raw: Mapping[str, Any], problems: list[str]) -> Risk | None:
    """The section [risk]; None when there is none."""
    if "risk" not in raw:
        return None
    entry = take(raw, "risk", dict, problems)
    unknown(entry, _KEYS["risk"], "risk: ", problems)
    levels = texts(entry, "levels", problems, "risk: ")
    return Risk(
        column=take(entry, "column", str, problems, "risk: ", default="risk"),
        label=take(entry, "label", str, problems, "risk: ", default="Risk"),
        levels=levels,
        labels=labels(entry, levels, problems, "risk: "),
    )


def interviews_of(raw: Mapping[str, Any], problems: list[str]) -> Interviews | None:
    """The section [interviews]; None when there is none."""
    if "interviews" not in raw:
        return None
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
        strengths=take(entry, "strengths", str, problems, where, default=""),
        barriers=take(entry, "barriers", str, problems, where, default=""),
    )


def tables_of(raw: Mapping[str, Any], problems: list[str]) -> dict[str, str]:
    """The section [tables]: name of a further table -> its file, in the order of the contract."""
    given, where = take(raw, "tables", dict, problems, default={}), "tables: "
    unknown(given, TABLES, where, problems)
    return {name: take(given, name, str, problems, where) for name in TABLES if name in given}


def ratings_of(raw: Mapping[str, Any], problems: list[str]) -> Ratings | None:
    """The section [ratings]; None when there is none."""
    if "ratings" not in raw:
        return None
    entry, where = take(raw, "ratings", dict, problems), "ratings: "
    unknown(entry, _KEYS["ratings"], where, problems)
    return Ratings(
        take(entry, "low", float, problems, where), take(entry, "high", float, problems, where)
    )


def running_of(
    raw: Mapping[str, Any], waves: tuple[str, ...], risk: Risk | None, problems: list[str]
) -> Running | None:
    """The section [running]; None when there is none."""
    if "running" not in raw:
        return None
    entry, where = take(raw, "running", dict, problems), "running: "
    unknown(entry, _KEYS["running"], where, problems)
    as_of = take(entry, "as_of", datetime.date, problems, where) if "as_of" in entry else None
    return Running(
        as_of=as_of,
        grace_days=take(entry, "grace_days", int, problems, where, default=0),
        review_days=numbers(entry, "review_days", waves, problems, where),
        weights=numbers(entry, "weights", risk.levels if risk else (), problems, where),
    )


def text_in(raw: Mapping[str, Any], section: str, key: str, problems: list[str]) -> str:
    """The one text that a section of a single key holds, such as [costs] currency; "" without it."""
    entry = take(raw, section, dict, problems, default={})
    unknown(entry, (key,), f"{section}: ", problems)
    return take(entry, key, str, problems, f"{section}: ", default="")
