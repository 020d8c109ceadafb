"""The sections of study.toml, each read into the part of the study that it declares.

Every function notes in `problems` what is missing, misspelt or of the wrong kind; no file is opened.
"""

from __future__ import annotations

import datetime
import math
import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from analysis.contract import TABLES
from analysis.study_parts import (
    COLUMNS,
    MAY_LACK,
    Interviews,
    Ratings,
    Risk,
    Running,
    Scale,
    Study,
)
from analysis.toml import Said, labels, numbers, take, texts, unknown

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
    columns |= {c: c for c in COLUMNS if not isinstance(given.get(c, c), str)}
    problems += [
        Said(
            f'columns: {c} is ""; every study needs it, only {", ".join(MAY_LACK)} may be left out.',
            [f"columns: {c}"],
            "",
            "the name of a column",
        )
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


def usable(raw: Mapping[str, Any], study: Study, order: tuple[str, ...]) -> tuple[Study, list[str]]:
    """A study for checking tables: of the sections that are wrong, what the tables can be held against all the same.

    Returns
    -------
    study
        Its scales with at least their items, its risk with at least column and levels, interviews with table and files.
    unchecked
        One sentence for each thing that no table can be held against until study.toml is mended.
    """
    unchecked: list[str] = []
    scales = [_usable_scale(entry, n, unchecked) for n, entry in enumerate(_listed(raw), 1)]
    parts: dict[str, Any] = {"scales": tuple(s for s in scales if s)}
    risk, said = risk_of(raw, []), "[risk]: its levels, and what risk says of the scales"
    parts["risk"] = _kept(raw, "risk", risk, {"levels": list}, unchecked, said)
    if parts["risk"] and not parts["risk"].column:
        parts["risk"] = replace(parts["risk"], column="risk")
    talks, said = interviews_of(raw, []), "[interviews]: interviews, coded files and translations"
    parts["interviews"] = _kept(raw, "interviews", talks, {"coding": list}, unchecked, said)
    if parts["interviews"] and not parts["interviews"].table:
        unchecked.append("[interviews]: the table of interviews")
    wrong: list[str] = []
    running = running_of(raw, order, parts["risk"], wrong)
    parts["running"] = None if wrong else running
    faults: list[str] = []
    ratings = ratings_of(raw, faults)
    if faults or (ratings and ratings.low >= ratings.high):
        ratings = None
    if "ratings" in raw and ratings is None:
        unchecked.append("[ratings]: the range of ratings in the tables that have any")
    if raw.get("scales") and not order:
        unchecked.append("[waves]: monitoring")
    return replace(study, ratings=ratings, **parts), [
        f"as {part.replace(':', ' is declared,', 1)} could not be checked." for part in unchecked
    ]


def _listed(raw: Mapping[str, Any]) -> list[Any]:
    entries = raw.get("scales")
    return entries if isinstance(entries, list) else []


def _usable_scale(entry: Any, number: int, unchecked: list[str]) -> Scale | None:
    """A scale of which at least the items are known; its range open, its direction "" where they cannot be meant."""
    faults: list[str] = []
    scale = scale_of(entry, number, faults)
    where = f"scale {scale.name or number}:"
    items = entry.get("items") if isinstance(entry, dict) else None
    if not scale.items or len(scale.items) != len(items or ()):
        unchecked.append(f"{where} its items")
        return None
    ends = [entry.get("low"), entry.get("high")]
    given = all(isinstance(e, int | float) and not isinstance(e, bool) for e in ends)
    if not (given and -math.inf < scale.low < scale.high < math.inf):
        unchecked.append(f"{where} the range and direction of its items")
        return replace(scale, low=-math.inf, high=math.inf, better="", whole=None, reverse=())
    if scale.better not in ("lower", "higher"):
        unchecked.append(f"{where} the direction of its items")
        scale = replace(scale, better="")
    return replace(scale, reverse=tuple(i for i in scale.reverse if i in scale.items))


def _kept(
    raw: Mapping[str, Any],
    section: str,
    part: Any,
    needed: Mapping[str, type],
    unchecked: list[str],
    said: str,
) -> Any:
    """A section in which nothing that its tables hang on is of the wrong kind; else None, and what that leaves open."""
    given = raw.get(section)
    if given is None:
        return None
    values = {key: getattr(part, key) for key in needed}
    wrong = not isinstance(given, dict) or any(
        key in given and not isinstance(given[key], kind) for key, kind in needed.items()
    )
    if wrong or not all(values.values()):
        unchecked.append(said)
        return None
    return part


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
    files = {name: take(given, name, str, problems, where) for name in TABLES if name in given}
    return {name: file for name, file in files.items() if isinstance(given[name], str)}


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


def control_characters(raw: Any, where: str = "") -> list[str]:
    """Texts and names with a character that no page can hold: one sentence each, naming the key."""
    if isinstance(raw, Mapping):
        inner = [(f"{where}.{key}" if where else str(key), value) for key, value in raw.items()]
        odd = [_odd(f"the name {key!r}", key) for key in raw]
        return [
            *filter(None, odd),
            *(p for key, value in inner for p in control_characters(value, key)),
        ]
    if isinstance(raw, list):
        return [
            p for n, value in enumerate(raw, 1) for p in control_characters(value, f"{where}[{n}]")
        ]
    return list(filter(None, [_odd(where, raw)])) if isinstance(raw, str) else []


def _odd(where: str, text: str) -> str:
    """What is wrong with a text: line breaks and tabs may stand in one, other control characters not."""
    signs = [s for s in text if s in "\ufffe\uffff" or unicodedata.category(s) in ("Cc", "Cs")]
    found = next((sign for sign in signs if sign not in "\n\t"), "")
    named = f"U+{ord(found):04X}" if found else ""
    return (
        f"{where} holds the control character {named}, which no page can show; delete it."
        if found
        else ""
    )


def text_in(raw: Mapping[str, Any], section: str, key: str, problems: list[str]) -> str:
    """The one text that a section of a single key holds, such as [costs] currency; "" without it."""
    entry = take(raw, section, dict, problems, default={})
    unknown(entry, (key,), f"{section}: ", problems)
    return take(entry, key, str, problems, f"{section}: ", default="")
