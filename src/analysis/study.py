"""A study folder: found, and its declaration study.toml read and checked as a whole.

The sections are read in `study_sections`, what contradicts what is in `study_rules`, the tables in
`records`. Nothing here knows the default study from a user's own.
"""

from __future__ import annotations

import contextlib
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.printed import one_line
from analysis.study_parts import COLUMNS, Interviews, Ratings, Risk, Running, Scale, Study
from analysis.study_rules import LANGUAGES, contradictions
from analysis.study_sections import (
    columns_of,
    control_characters,
    interviews_of,
    ratings_of,
    risk_of,
    running_of,
    scale_of,
    tables_of,
    text_in,
    usable,
)
from analysis.toml import Said, labels, take, texts, unknown

__all__ = [
    "COLUMNS",
    "LANGUAGES",
    "PROJECT",
    "Interviews",
    "Ratings",
    "Risk",
    "Running",
    "Scale",
    "Study",
    "StudyError",
    "draft",
    "find_folder",
    "read_study",
]

PROJECT = Path(__file__).resolve().parents[2]
_KEYS = (
    *("title", "language", "synthetic", "minimum_cell", "columns", "monitoring", "waves", "risk"),
    *("scales", "interviews", "tables", "ratings", "running", "costs"),
)

_HINTS = {
    "overwrite": "this key or section stands there twice; delete one.",
    "twice": "this section stands there twice; delete one.",
    "Unterminated": "a quotation mark is not closed.",
    "Unescaped": "write a backslash as two, or as a stroke: C:/data.",
    "Illegal character": "a quotation mark is not closed, or a typed mark is no straight one.",
    "Expected '=' after": 'a line is NAME = VALUE, a section [NAME]; a remark begins with "#".',
    "Unclosed": "a bracket is not closed.",
    "": 'texts stand in straight quotes, name = "care", numbers without, low = 1; true and false are small.',
}


class StudyError(ValueError):
    """A study folder that cannot be used as it is; `problems` holds one sentence per problem."""

    def __init__(self, problems: list[str]):
        self.problems = problems
        super().__init__("\n".join(problems))


def find_folder(name: str | Path) -> Path:
    """Folder of a study given as a path, or as a path below the project.

    Raises
    ------
    StudyError
        When there is no such folder or it holds no `study.toml`.
    """
    given, there = Path(name), False
    with contextlib.suppress(RuntimeError):  # "~nobody" stays as it is and is not found
        given = given.expanduser()
    for candidate in (given, PROJECT / given):
        with contextlib.suppress(OSError, ValueError):  # a name too long, or with a NUL in it
            if (candidate / "study.toml").is_file():
                return candidate.resolve()
            there = there or candidate.exists()
    if there:
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
    study, problems, _ = draft(name)
    if problems:
        raise StudyError([f"study.toml: {problem}" for problem in problems])
    return study


def draft(name: str | Path) -> tuple[Study, list[str], list[str]]:
    """A study's declaration as far as it can be used, what is wrong with it, and what cannot be checked because of that.

    Raises
    ------
    StudyError
        When there is no such folder, or its study.toml cannot be read as TOML at all.
    """
    folder = find_folder(name)
    file = folder / "study.toml"
    if not file.resolve().is_relative_to(folder):
        raise StudyError(
            [
                "study.toml: it is a link that leads out of the study folder and is not followed; "
                "copy the file into the study folder."
            ]
        )
    try:
        raw = tomllib.loads(file.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, OSError, RecursionError) as error:
        raise StudyError([f"{file.name}: {_not_toml(file, error)}"]) from error
    problems: list[str] = control_characters(raw)
    study = _study(folder, raw, problems)
    faulted = {key for said in problems for key in getattr(said, "keys", ())}
    problems += [said for said in contradictions(study) if not faulted & set(said.keys)]
    if not problems:
        return study, [], []
    study, unchecked = usable(raw, study, study.waves)
    return study, list(map(in_line, problems)), list(map(one_line, unchecked))


def in_line(said: str) -> str:
    """A sentence as one harmless line, with what it is about."""
    about = said if isinstance(said, Said) else Said(said)
    value = None if about.value is None else one_line(about.value)[:200]
    return Said(one_line(said), about.keys, value, about.expected)


def _not_toml(file: Path, error: Exception) -> str:
    """What keeps study.toml from being read: the line as it stands there, and how to mend it."""
    said = str(error)
    if isinstance(error, UnicodeDecodeError):
        return "not readable as TOML: it is not in UTF-8; save it as UTF-8 in a plain text editor."
    mend = next(hint for words, hint in _HINTS.items() if words in said)
    at = re.search(r"\s*\(at line (\d+), column \d+\)", said)
    if at is None:
        return f"not readable as TOML ({said}); {mend}"
    lines = file.read_text(encoding="utf-8-sig").splitlines()
    line = one_line(lines[int(at[1]) - 1] if int(at[1]) <= len(lines) else "")[:120]
    return f"not readable as TOML: line {at[1]} is `{line}` ({said.replace(at[0], '')}); {mend}"


def _study(folder: Path, raw: Mapping[str, Any], problems: list[str]) -> Study:
    unknown(raw, _KEYS, "", problems)
    waves = take(raw, "waves", dict, problems, default={})
    unknown(waves, ("order", "labels"), "waves: ", problems)
    order = texts(waves, "order", problems, "waves: ", default=[])
    risk = risk_of(raw, problems)
    return Study(
        folder=folder,
        title=take(raw, "title", str, problems),
        synthetic=take(raw, "synthetic", bool, problems),
        language=take(raw, "language", str, problems, default="en"),
        minimum_cell=take(raw, "minimum_cell", int, problems, default=5),
        columns=columns_of(raw, problems),
        monitoring=text_in(raw, "monitoring", "table", problems),
        waves=order,
        wave_labels=labels(waves, order, problems, "waves: "),
        scales=_scales(raw, problems),
        risk=risk,
        interviews=interviews_of(raw, problems),
        tables=tables_of(raw, problems),
        ratings=ratings_of(raw, problems),
        running=running_of(raw, order, risk, problems),
        currency=text_in(raw, "costs", "currency", problems),
    )


def _scales(raw: Mapping[str, Any], problems: list[str]) -> tuple[Scale, ...]:
    entries = take(raw, "scales", list, problems, default=[])
    return tuple(scale_of(entry, number, problems) for number, entry in enumerate(entries, 1))
