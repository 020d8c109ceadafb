"""What in a declaration contradicts itself, one sentence each. Nothing is read, no table is looked at."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from pathlib import Path

from analysis.study_parts import COLUMNS, Running, Scale, Study
from analysis.toml import Said, twice

LANGUAGES = tuple(sorted(path.stem for path in (Path(__file__).parent / "words").glob("*.toml")))


def contradictions(study: Study) -> list[Said]:
    """Everything in a study that cannot be meant as it is declared."""
    problems = [*_of_names(study), *_of_waves(study), *_of_risk(study), *_of_interviews(study)]
    if study.minimum_cell < 1:
        text = f"minimum_cell is {study.minimum_cell!r}; expected a whole number of 1 or more."
        problems.append(Said(text, ["minimum_cell"], study.minimum_cell, "1 or more"))
    if study.ratings and study.ratings.low >= study.ratings.high:
        low, high = study.ratings.low, study.ratings.high
        text = f"ratings: low ({low}) is not below high ({high})."
        problems.append(Said(text, ["ratings: low", "ratings: high"], low, f"below {high}"))
    problems += _of_running(study, study.running) if study.running else []
    return [*problems, *_items_twice(study), *(p for s in study.scales for p in of_scale(s))]


def _of_names(study: Study) -> Iterator[Said]:
    """Language and title, and scales that a reader could not tell apart."""
    if study.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        text = f"language is {study.language!r}; expected one of {known}."
        yield Said(text, ["language"], study.language, f"one of {known}")
    if not study.title.strip():
        yield Said("title is empty; expected what the report is called.", ["title"], "", "a title")
    names = [scale.name for scale in study.scales]
    for name in twice(filter(None, names)):
        yield Said(f"scale {name} is declared twice.", [f"scale {name}: name"], name, "once")
    yield from _one_label("scales", {s.name: s.label for s in study.scales})


def _one_label(section: str, labels: Mapping[str, str]) -> Iterator[Said]:
    """Names that would be one to a reader; names that are missing are told elsewhere."""
    for label in twice(filter(None, labels.values())):
        names = [name for name, theirs in labels.items() if theirs == label]
        text = f"{section}: {' and '.join(names)} have one label, {label!r}; a reader could not tell them apart."
        yield Said(text, [f"{section}: labels"], label, "a label of its own for each")


def _of_waves(study: Study) -> Iterator[Said]:
    if study.scales and not study.waves:
        yield Said(
            "waves.order names no wave; name them all, first to last.", ["waves", "waves: order"]
        )
    if study.monitoring and not study.waves:
        text = "monitoring.table names a file, but waves.order names no wave."
        yield Said(text, ["waves", "waves: order"])
    for name in twice(study.waves):
        yield Said(f"waves.order names {name!r} twice.", ["waves: order"], name, "once")
    if not all(name.strip() for name in study.waves):
        yield Said("waves.order holds an empty name.", ["waves: order"], "", "a name")
    yield from _one_label("waves", study.wave_labels)


def _of_risk(study: Study) -> Iterator[Said]:
    if not study.risk:
        return
    if len(set(study.risk.levels)) < 2:
        text = "risk.levels names fewer than two different levels, best to worst."
        yield Said(text, ["risk: levels"], ", ".join(study.risk.levels), "two levels or more")
    for name in twice(study.risk.levels):
        yield Said(f"risk.levels names {name!r} twice.", ["risk: levels"], name, "once")
    yield from _one_label("risk", study.risk.labels)


def _of_interviews(study: Study) -> Iterator[Said]:
    if not study.interviews:
        return
    if not study.interviews.coding:
        text = "interviews.coding names no file; expected one or more per coder."
        yield Said(text, ["interviews: coding"])
    for name in twice(study.interviews.coding):
        yield Said(f"interviews.coding names {name!r} twice.", ["interviews: coding"], name, "once")
    if study.interviews.language not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        text = f"interviews: language is {study.interviews.language!r}; expected one of {known}."
        yield Said(text, ["interviews: language"], study.interviews.language, f"one of {known}")
    named = study.interviews.strengths
    if named and named == study.interviews.barriers:
        text = f"interviews: strengths and barriers are both {named!r}; expected two branches of the codebook."
        yield Said(text, ["interviews: strengths", "interviews: barriers"], named, "two branches")


def of_scale(scale: Scale) -> list[Said]:
    """What is wrong with a scale by itself."""
    where, problems = f"scale {scale.name}: ", []
    if not scale.name.strip():
        problems.append(
            Said("scale: name is empty; expected a short name.", [f"{where}name"], "", "a name")
        )
    if scale.better not in ("lower", "higher"):
        text = f"{where}better is {scale.better!r}; expected 'lower' or 'higher'."
        problems.append(Said(text, [f"{where}better"], scale.better, "lower or higher"))
    if scale.low >= scale.high:
        text = f"{where}low ({scale.low}) is not below high ({scale.high})."
        problems.append(
            Said(text, [f"{where}low", f"{where}high"], scale.low, f"below {scale.high}")
        )
    if not scale.items:
        text = (
            f"{where}it has no items; expected the columns of a scale, or the one of a ready score."
        )
        problems.append(Said(text, [f"{where}items"], "", "names of columns"))
    if scale.whole and not (float(scale.low).is_integer() and float(scale.high).is_integer()):
        text = f"{where}whole is true, but low or high is no whole number."
        problems.append(
            Said(text, [f"{where}{key}" for key in ("whole", "low", "high")], True, "whole ends")
        )
    problems += [
        Said(
            f"{where}reverse names {item}, which is not among its items.",
            [f"{where}reverse", f"{where}items"],
            item,
            "one of its items",
        )
        for item in scale.reverse
        if item not in scale.items
    ]
    return problems


def _items_twice(study: Study) -> list[Said]:
    """A column of the table stands for one thing only."""
    named = {name: theirs for name, theirs in study.columns.items() if theirs}
    owners = dict.fromkeys(COLUMNS, "the columns")
    owners |= {theirs: f"the column {name}" for name, theirs in named.items()}
    columns = [*named.values(), *([study.risk.column] if study.risk else [])]
    if study.risk:
        owners |= {study.risk.column: "risk", "risk": "risk"}
    problems = [
        Said(
            f"column {name!r} is named for two things.",
            ["columns", "risk: column"],
            name,
            "one thing",
        )
        for name in twice(columns)
    ]
    for scale in study.scales:
        for item in scale.items:
            if item in owners:
                text = f"scale {scale.name}: item {item} already belongs to {owners[item]}."
                problems.append(
                    Said(text, [f"scale {scale.name}: items"], item, "a column of one thing")
                )
            owners[item] = f"scale {scale.name}"
    return problems


def _of_running(study: Study, running: Running) -> list[Said]:
    days = {"grace_days": running.grace_days} | {
        f"review_days: {wave}": day for wave, day in running.review_days.items()
    }
    problems = [
        Said(
            f"running: {name} is {value}; expected a number of days, 0 or more.",
            [f"running: {name}"],
            value,
            "0 or more",
        )
        for name, value in days.items()
        if value < 0
    ]
    if running.as_of and running.as_of > datetime.date.today():
        text = f"running: as_of is {running.as_of}, which lies in the future; cases are looked at from a day that was."
        problems.append(Said(text, ["running: as_of"], running.as_of, "a day up to today"))
    problems += [
        Said(
            f"running: weights: {level} is {value}; expected a number above 0.",
            [f"running: weights: {level}"],
            value,
            "above 0",
        )
        for level, value in running.weights.items()
        if value <= 0
    ]
    lacking = [level for level in (study.risk.levels if study.risk else ()) if running.weights]
    return problems + [
        Said(
            f"running: weights says nothing of {level!r}; give every risk level a weight, or none.",
            ["running: weights", "risk: levels"],
            level,
            "a weight for every level",
        )
        for level in lacking
        if level not in running.weights
    ]
