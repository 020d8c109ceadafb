"""Selections that a tool stores together with their words: placed by its rule, checked by the words.

No files are read here.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from analysis.readers.assembly import Report, count_of
from analysis.readers.offsets import ENOUGH, LIMIT, Rule, convert, normalise


@dataclass(frozen=True)
class Place:
    """Where a selection stands in the normalised text; `problem` says why it has no place.

    `checked` says whether the tool stored the selected words.
    """

    start: int
    end: int
    quote: str
    problem: str
    checked: bool


class Drawn(NamedTuple):
    """A coded selection as a tool stores it; `code` is the key of its code, `rest` what else its coding says."""

    start: int
    end: int
    words: str
    code: Hashable | None
    rest: Mapping[str, Any]


def place(
    text: str, starts: Sequence[int], ends: Sequence[int], words: Sequence[str], rule: Rule
) -> list[Place]:
    """The places of selections in `normalise(text)`.

    Parameters
    ----------
    text : the text as stored.
    starts, ends : positions as the tool wrote them.
    words : the selected words as the tool stored them; "" where it stored none.
    rule : how the tool counts.

    Returns
    -------
    list of Place
        In the given order. The words must stand at the place, up to the kind of blanks.
    """
    plain = normalise(text)
    first, last = convert(text, starts, ends, rule)
    return [
        _place(plain, start, end, stored)
        for start, end, stored in zip(first.tolist(), last.tolist(), words, strict=True)
    ]


def _place(plain: str, start: int, end: int, stored: str) -> Place:
    checked = bool(stored.strip())
    if min(start, end) < 0:
        problem = "selections outside the text or inside a character"
        return Place(start, end, "", problem, checked)
    if start >= end:
        return Place(start, end, "", "selections of no length", checked)
    quote = plain[start:end]
    same = not checked or quote == normalise(stored) or quote.split() == stored.split()
    problem = "" if same else "selections whose stored words are not the text at their place"
    return Place(start, end, quote, problem, checked)


def report_places(name: str, places: Sequence[Place], rule: Rule, report: Report) -> None:
    """Note the rule of one document and the selections without a place.

    Raises
    ------
    ValueError
        If the stored words are found for none of the selections, or for fewer than `LIMIT` of
        at least `ENOUGH`: then the rule is not this file's, and every quote might be wrong.
    """
    checked = [p for p in places if p.checked]
    right = sum(1 for p in checked if not p.problem)
    if checked and right < LIMIT * len(checked) and (len(checked) >= ENOUGH or not right):
        raise ValueError(
            f"Document {name!r}: counting in {rule} finds the stored words of only {right} of its "
            f"{len(checked)} selections, so every quote might be wrong. The text may have been "
            "edited after it was coded; export the project again from its own tool."
        )
    note = f"{rule}; stored words in place {right} of {len(checked)}"
    report.add("rule", "offset rule", len(places), name, note)
    report.add_counts("skipped", count_of([p.problem for p in places]), name)


def placed_codings(
    name: str,
    text: str,
    drawn: Sequence[Drawn],
    rule: Rule,
    labels: Mapping[Hashable, str],
    report: Report,
) -> list[dict[str, Any]]:
    """The codings of one document; selections without a place, or whose code is missing, are noted.

    Parameters
    ----------
    name, text : of the document, the text as stored.
    labels : key of a code -> how it is called.

    Raises
    ------
    ValueError
        As `report_places`.
    """
    starts, ends = [d.start for d in drawn], [d.end for d in drawn]
    places = place(text, starts, ends, [d.words for d in drawn], rule)
    report_places(name, places, rule, report)
    right = [(d, p) for d, p in zip(drawn, places, strict=True) if not p.problem]
    coded = [(d, p) for d, p in right if d.code is not None]
    report.add("skipped", "segments without a code", len(right) - len(coded), name)
    missing = sum(d.code not in labels for d, _ in coded)
    report.add("skipped", "segments with a code that is missing", missing, name)
    return [
        {"document": name, "start": p.start, "end": p.end, "quote": p.quote, "code": labels[d.code]}
        | dict(d.rest)
        for d, p in coded
        if d.code in labels
    ]
