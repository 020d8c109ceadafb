"""What study.toml itself leaves open: doubts of the import, guessed ends, names that differ in capitals, a minimum of one.

Only study.toml is read here; no table is looked at. All of it is warnings for a person to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from analysis.printed import one_line, shown
from analysis.problem import Problem
from analysis.record_spelling import LOOKALIKES
from analysis.study_parts import Study

FILE = "study.toml"
DOUBT = re.compile(r"#\s*UNSURE\b[:\s]*(.*)")
FEWEST_SHOWN = 3  # in a group of two each knows what the other said


def doubts(study: Study) -> Iterator[Problem]:
    """Everything in a declaration that was guessed and not looked at yet, or is hardly meant so."""
    yield from unsure_lines(study)
    yield from guessed_ends(study)
    yield from same_but_capitals(study)
    yield from small_minimum(study)


def unsure_lines(study: Study) -> Iterator[Problem]:
    """Lines of study.toml that `casework import` marked UNSURE and nobody took away."""
    try:
        lines = (study.folder / FILE).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return
    mend = "look whether it is right, correct the declaration if not, then delete this remark."
    for number, line in enumerate(lines, 1):
        found = DOUBT.search(line)
        if found and not line.strip().startswith("ends_guessed"):  # `guessed_ends` says more of it
            before = line[: found.start()].strip()
            about = " ".join(part for part in (before, found[1]) if part)
            said = f"line {number} is still marked UNSURE: {one_line(about)}"
            yield _doubt(said, mend, "unsure", about)


def guessed_ends(study: Study) -> Iterator[Problem]:
    """Scales whose lowest and highest value are those that occur, and not those that can be given."""
    for scale in study.scales:
        if scale.ends_guessed:
            said = (
                f"scale {scale.name}: its ends, {scale.low:g} and {scale.high:g}, were guessed from the ratings; "
                "what hangs on them is withheld or said with an if."
            )
            mend = (
                "write the lowest and the highest value that can be given as low and high, "
                f"then delete the line ends_guessed of {scale.name}."
            )
            yield _doubt(said, mend, "guessed ends", scale.name)


def same_but_capitals(study: Study) -> Iterator[Problem]:
    """Waves, or risk levels, that are one name but for capitals, blanks and letters that look alike."""
    levels = study.risk.levels if study.risk else ()
    for key, names in (("waves.order", study.waves), ("risk.levels", levels)):
        for other, first in _alike(names):
            said = f"{key} holds {shown(first)} and {shown(other)}; the same one spelt two ways?"
            mend = (
                f"if so, write {first!r} everywhere in the table and take {other!r} out of {key}."
            )
            yield _doubt(said, mend, "spelt twice", other)


def small_minimum(study: Study) -> Iterator[Problem]:
    """Real records with a minimum that protects nobody."""
    if not study.synthetic and 1 <= study.minimum_cell < FEWEST_SHOWN:
        said = (
            f"minimum_cell = {study.minimum_cell} with real records: groups of one or two families would be "
            "printed, and so what is known of a single family."
        )
        mend = "write 5, or what your agreement with the families says; 3 is the least that hides anything."
        yield _doubt(said, mend, "small minimum", str(study.minimum_cell))


def _alike(names: Sequence[str]) -> Iterator[tuple[str, str]]:
    seen: dict[str, str] = {}
    for name in dict.fromkeys(names):
        plain = " ".join(name.casefold().replace("ё", "е").split()).translate(LOOKALIKES)
        first = seen.setdefault(plain, name)
        if first != name:
            yield name, first


def _doubt(said: str, mend: str, kind: str, value: str) -> Problem:
    value = one_line(value)[:200]
    return Problem(FILE, said, value=value, mend=mend, severity="warning", kind=kind)
