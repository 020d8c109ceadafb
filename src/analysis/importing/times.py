"""The times that a header may name, each with the measure that is left when it is taken out."""

from __future__ import annotations

import re
from dataclasses import dataclass

from analysis.importing.words import joints, lists, parts

WORD, STRONG, MARK, LETTER = range(4)  # how plainly a time is named, best first
YEAR = re.compile(r"(?:19|20)\d\d$")


@dataclass(frozen=True)
class Mark:
    """A header taken apart: the measure it belongs to, and the wave it names."""

    header: str
    stem: str
    wave: str
    plain: bool  # the wave is a bare number, which could count items as well
    likely: bool = False  # read in a way that is not the only one
    doubt: str = ""  # why somebody should look at it
    rank: int = WORD  # how plainly the time is named


def readings(header: str) -> list[Mark]:
    """Every way to read a header, the plainest time first, of equals the one that stands last.

    `bdi_t1` -> bdi, t1; `pre_anx` -> anx, pre; `bdi.2m` -> bdi, m2; `T1_S2` -> s_2, t1 or t_1, s2; `score.2` -> score, 2 (plain).
    """
    split = parts(header)
    found = [mark for at in reversed(range(len(split))) for mark in _at(header, at)]
    if found:
        return sorted(found, key=lambda mark: mark.rank)
    if _only_time(split):
        return [Mark(header, "value", "".join(sorted(split, key=str.isdigit)), False)]
    ends = re.search(r"^(.*?)[\s_.\-]*(\d+)$", header)
    return [Mark(header, ends[1] or "value", str(int(ends[2])), True)] if ends else []


def _at(header: str, at: int) -> list[Mark]:
    """What the part at this place names, if it names a time and leaves a measure."""
    split, waves = parts(header), lists()["waves"]
    part = split[at]
    after = split[at + 1] if at + 1 < len(split) and split[at + 1].isdigit() else ""
    if part in waves["later"]:
        for start in range(at + 1, len(split) - 1):  # `followup_3m`, `post_6_months`
            if _counted(header, start + 1) and all(
                word in waves["links"] for word in split[at + 1 : start]
            ):
                return _mark(
                    header, (at, start + 2), f"{_same(split[start + 1])}{split[start]}", WORD
                )
            break
    if part in waves["known"] or part in waves["known_ru"]:
        took = 2 if after and at + 2 == len(split) else 1
        return _mark(header, (at, at + took), "".join(split[at : at + took]), WORD)
    if part not in waves["marks"]:
        return []
    rank = STRONG if part in waves["strong"] else MARK if len(part) > 1 else LETTER
    if _counted(header, at):
        return _mark(header, (at - 1, at + 1), f"{_same(part)}{split[at - 1]}", rank)
    return _mark(header, (at, at + 2), f"{part}{after}", rank) if after else []


def _counted(header: str, at: int) -> bool:
    """Whether a number stands before a unit of time or a word for a rating, and belongs to it, not to letters before it."""
    split = joints(header)
    part, glued = split[at]
    units = {word for words in lists()["units"].values() for word in words}
    if (
        not at
        or not split[at - 1][0].isdigit()
        or part not in {*units, *lists()["waves"]["counted"]}
    ):
        return False
    if at + 1 < len(split) and (split[at + 1][0].isdigit() or (len(part) == 1 and not glued)):
        return False
    return glued or not split[at - 1][1]


def _mark(header: str, taken: tuple[int, int], wave: str, rank: int) -> list[Mark]:
    """The reading without the parts from one place to another, and without `at` or `через` before them."""
    split, (start, end) = parts(header), taken
    while start > 1 and split[start - 1] in lists()["waves"]["links"]:
        start -= 1
    rest = (*split[:start], *split[end:])
    return [Mark(header, "_".join(rest), wave, False, rank=rank)] if rest else []


def _same(word: str) -> str:
    """The form of a word of time under which all its forms are one: months -> month."""
    return next((words[0] for words in lists()["waves"]["same"] if word in words), word)


def _only_time(split: tuple[str, ...]) -> bool:
    """A header that holds nothing but a time: `Before`, `1 week`, `T2`, `month_6`."""
    waves = lists()["waves"]
    words = [part for part in split if not part.isdigit()]
    known = {*waves["known"], *waves["known_ru"]}
    timed = len(words) == 1 and (
        words[0] in known or (words[0] in waves["marks"] and len(split) == 2)
    )
    return (timed and len(words[0]) > 1) or (timed and split[0] in ("t", "w", "т", "в"))
