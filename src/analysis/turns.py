"""Who speaks in a transcript: its lines, the marks of speakers, and the turns that they open."""

import re
from collections import Counter
from typing import NamedTuple

USUAL = re.compile(
    r"[A-ZА-ЯЁ]{1,3}|Интервьюер|Респондент|Информант|Модератор|Interviewer|Respondent"
    r"|Participant|Moderator"
)
MARK = re.compile(r"(?P<mark>[^\W\d]{1,20})[ \t]?\d{0,3}[ \t]*:[ \t]*")


class Turn(NamedTuple):
    """What one speaker says: the mark without its number, where mark, words and turn begin and end."""

    mark: str
    start: int
    words: int
    end: int


def lines(text: str) -> list[tuple[int, int]]:
    """The lines with words on them, from the first to the last sign that is no blank."""
    return [
        (m.start() + len(m[0]) - len(m[0].lstrip()), m.start() + len(m[0].rstrip()))
        for m in re.finditer(r"[^\n]+", text)
        if m[0].strip()
    ]


def turns(text: str, known: str = "") -> list[Turn]:
    """The turns of a transcript, each from one speaker's mark to the next, whatever lines lie between.

    A mark is a word and a colon at the start of a line, perhaps with a number ("Р2:"), if the word
    is of a usual shape (up to three capitals, "Interviewer"), is the mark `known`, or opens at
    least two lines of this text: "For example:" in the midst of an answer ends no turn.

    Returns
    -------
    list of Turn
        Lines above the first mark are one turn of nobody (mark ""). Without any mark every line
        is a turn of nobody.
    """
    places = lines(text)
    found = [MARK.match(text, start, end) for start, end in places]
    often = Counter(match["mark"] for match in found if match)
    marks = {mark for mark, n in often.items() if n > 1 or mark == known or USUAL.fullmatch(mark)}
    result: list[Turn] = []
    for (start, end), match in zip(places, found, strict=True):
        if match and match["mark"] in marks:
            result.append(Turn(match["mark"], start, match.end(), end))
        elif result and marks:
            result[-1] = result[-1]._replace(end=end)
        else:
            result.append(Turn("", start, start, end))
    return result
