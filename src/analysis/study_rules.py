"""What in a declaration contradicts itself, one sentence each. Nothing is read, no table is looked at."""

from __future__ import annotations

from pathlib import Path

from analysis.study_parts import COLUMNS, Running, Scale, Study
from analysis.toml import twice

LANGUAGES = tuple(sorted(path.stem for path in (Path(__file__).parent / "words").glob("*.toml")))


def contradictions(study: Study) -> list[str]:
    """Everything in a study that cannot be meant as it is declared."""
    problems = []
    if study.scales and not study.waves:
        problems.append("waves.order names no wave; name them all, first to last.")
    if study.monitoring and not study.waves:
        problems.append("monitoring.table names a file, but waves.order names no wave.")
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
    if study.risk:
        problems += [f"risk.levels names {name!r} twice." for name in twice(study.risk.levels)]
    if study.interviews and not study.interviews.coding:
        problems.append("interviews.coding names no file; expected one or more per coder.")
    named = study.interviews and study.interviews.strengths
    if study.interviews and named and named == study.interviews.barriers:
        problems.append(
            f"interviews: strengths and barriers are both {named!r}; expected two branches of the codebook."
        )
    if study.ratings and study.ratings.low >= study.ratings.high:
        low, high = study.ratings.low, study.ratings.high
        problems.append(f"ratings: low ({low}) is not below high ({high}).")
    problems += _of_running(study, study.running) if study.running else []
    names = [scale.name for scale in study.scales]
    problems += [f"scale {name} is declared twice." for name in twice(names)]
    return [*problems, *_items_twice(study), *(p for s in study.scales for p in of_scale(s))]


def of_scale(scale: Scale) -> list[str]:
    """What is wrong with a scale by itself."""
    where, problems = f"scale {scale.name}: ", []
    if scale.better not in ("lower", "higher"):
        problems.append(f"{where}better is {scale.better!r}; expected 'lower' or 'higher'.")
    if scale.low >= scale.high:
        problems.append(f"{where}low ({scale.low}) is not below high ({scale.high}).")
    if not scale.items:
        problems.append(
            f"{where}it has no items; expected the columns of a scale, or the one of a ready score."
        )
    if scale.whole and not (float(scale.low).is_integer() and float(scale.high).is_integer()):
        problems.append(f"{where}whole is true, but low or high is no whole number.")
    problems += [
        f"{where}reverse names {item}, which is not among its items."
        for item in scale.reverse
        if item not in scale.items
    ]
    return problems


def _items_twice(study: Study) -> list[str]:
    """A column of the table stands for one thing only."""
    named = {name: theirs for name, theirs in study.columns.items() if theirs}
    owners = dict.fromkeys(COLUMNS, "the columns")
    owners |= {theirs: f"the column {name}" for name, theirs in named.items()}
    columns = [*named.values(), *([study.risk.column] if study.risk else [])]
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


def _of_running(study: Study, running: Running) -> list[str]:
    days = {"grace_days": running.grace_days} | dict(running.review_days)
    problems = [
        f"running: {name} is {value}; expected a number of days, 0 or more."
        for name, value in days.items()
        if value < 0
    ]
    problems += [
        f"running: weights: {level} is {value}; expected a number above 0."
        for level, value in running.weights.items()
        if value <= 0
    ]
    lacking = [level for level in (study.risk.levels if study.risk else ()) if running.weights]
    return problems + [
        f"running: weights says nothing of {level!r}; give every risk level a weight, or none."
        for level in lacking
        if level not in running.weights
    ]
