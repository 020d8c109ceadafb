"""A study.toml from what was guessed: every line with its meaning, every doubt beside its line."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from analysis.importing.guess import Guess, Guesses
from analysis.importing.items import ENDS, Measure
from analysis.importing.roles import Levels


@dataclass(frozen=True)
class Declaration:
    """What study.toml will say of the records and interviews."""

    title: str
    language: str
    waves: Sequence[str] = ()
    lacking: Sequence[str] = ()  # of centre, curator, date
    scales: Sequence[Measure] = ()
    risk: Levels | None = None
    coding: Sequence[str] = ()
    interviews_table: str = ""
    variables: Sequence[str] = ()
    interviews_language: str = "ru"
    sources: Sequence[str] = field(default_factory=tuple)
    synthetic: bool = False


def toml(declared: Declaration, guesses: Guesses) -> str:
    """The text of study.toml."""
    lines = [
        f"# Written by `casework import` from {_remark(', '.join(declared.sources))}. Nothing in it was declared by a person yet.",
        "# Look at the lines marked UNSURE and at `ends_guessed`, then run `casework check` on this folder.",
        *(f"# UNSURE  {_remark(f'{g.what}: {g.value} ({g.why})')}" for g in _of_no_line(guesses)),
        *(f"# LEFT OUT  {_remark(f'{g.value} ({g.why})')}" for g in guesses.left_out()),
        "",
        f"title = {_text(declared.title)}",
        f"language = {_text(declared.language)}   # of tables and fixed phrases in the report, en or ru; the pages around them are English",
        f"synthetic = {'true' if declared.synthetic else 'false'}   # true only for invented records",
        "minimum_cell = 5    # groups smaller than this are not shown",
    ]
    if declared.waves:
        lines += _monitoring(declared)
    if declared.coding:
        lines += _interviews(declared)
    return "\n".join(lines) + "\n"


def _of_no_line(guesses: Guesses) -> Iterable[Guess]:
    """Doubts to name on top: all but guessed ends, which have a line of their own in their scale."""
    return (guess for guess in guesses.doubts() if not guess.what.startswith(ENDS))


def _monitoring(declared: Declaration) -> Iterable[str]:
    yield from ("", "[columns]   # names in monitoring.csv; empty: there is no such column")
    for name in ("family", "centre", "curator", "wave", "date"):
        yield f"{name} = {_text('' if name in declared.lacking else name)}"
    yield from ("", "[waves]   # first to last")
    yield f"order = {_texts(declared.waves)}"
    if declared.risk is not None:
        yield from _risk(declared.risk)
    for scale in declared.scales:
        yield from _scale(scale)


def _risk(risk: Levels) -> Iterable[str]:
    yield from ("", "[risk]   # an ordered outcome; levels from best to worst")
    yield 'column = "risk"'
    yield f"label = {_text(risk.title or risk.column)}"
    yield f"levels = {_texts(risk.levels)}"
    named = {level: label for level, label in risk.labels.items() if label != level}
    if named:
        yield from ("", "[risk.labels]")
        yield from _pairs(named)


def _scale(scale: Measure) -> Iterable[str]:
    yield from ("", "[[scales]]")
    yield f"name = {_text(scale.name)}"
    yield f"label = {_text(scale.label)}"
    yield f"items = {_texts(scale.items)}"
    yield f"low = {_plain_number(scale.low)}   # the lowest value that can be given"
    yield f"high = {_plain_number(scale.high)}   # the highest"
    if scale.ends_guessed:
        yield "ends_guessed = true   # low and high are only the values that occur: write the true ends, delete this line"
    if len(scale.items) > 1 and not scale.whole:
        yield "whole = false   # ratings may lie between two whole numbers"
    yield f"better = {_text(scale.better)}   # which end is good for the family"
    yield f"reverse = {_texts(scale.reverse)}   # items rated against the rest"
    yield "confirmatory = false   # true for the few named in advance as the measure of change"


def _interviews(declared: Declaration) -> Iterable[str]:
    yield from ("", "[interviews]")
    yield f"table = {_text(declared.interviews_table)}"
    yield f"coding = {_texts(declared.coding)}   # one or more per coder"
    yield f"variables = {_texts(declared.variables)}"
    yield f"language = {_text(declared.interviews_language)}   # of the interviews: ru or en"


def _pairs(table: Mapping[str, str]) -> Iterable[str]:
    for name, value in table.items():
        yield f"{_text(name)} = {_text(value)}"


def _texts(values: Iterable[str]) -> str:
    return "[" + ", ".join(map(_text, values)) + "]"


def _remark(text: str) -> str:
    """One line without characters that may not stand in a remark."""
    return "".join(letter if letter.isprintable() else " " for letter in " ".join(text.split()))


def _text(value: str) -> str:
    """A TOML basic string: the escapes of JSON are those of TOML."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain_number(value: float) -> str:
    """Every digit that tells it from its neighbours, so that no rating at an end falls outside it."""
    return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
