"""What each parameter of a notebook means and what it may be: the ranges, in words and as checks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from analysis.study import find_folder, read_study


@dataclass(frozen=True)
class Rule:
    """Meaning of a parameter, what is allowed in words, and the check itself."""

    meaning: str
    allowed: str
    accepts: Callable[[Any], bool]


def _whole(low: int, high: int) -> Callable[[Any], bool]:
    return lambda value: (
        isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
    )


def _between(low: float, high: float) -> Callable[[Any], bool]:
    return lambda v: isinstance(v, (int, float)) and not isinstance(v, bool) and low <= v <= high


def _study(value: Any) -> bool:
    return isinstance(value, str) and bool(read_study(find_folder(value)))


_CODED = (
    "strategy",
    "level",
    "region",
    "conflict",
    "structural_change",
    "initiator_group",
    "actor_group",
    "achieved",
)
_CODED_NAMES = "one of " + ", ".join(_CODED)


def _coded(value: Any) -> bool:
    return value in _CODED


RULES: Mapping[str, Rule] = {
    "study": Rule("folder of the study", "the path of a folder that holds a study.toml", _study),
    "bootstrap": Rule(
        "number of bootstrap samples", "a whole number from 200 to 100000", _whole(200, 100_000)
    ),
    "seed": Rule(
        "start of the random numbers", "a whole number from 0 to 4294967295", _whole(0, 2**32 - 1)
    ),
    "minimum_share": Rule(
        "share of its items a score needs", "a number from 0.5 to 1", _between(0.5, 1)
    ),
    "retest": Rule(
        "assumed retest correlation of a scale",
        "a number from 0 up to, but not, 1",
        lambda value: _between(0, 1)(value) and value < 1,
    ),
    "smallest_share": Rule(
        "smallest share, in percent, that a figure shows", "a number from 0 to 50", _between(0, 50)
    ),
    "enough_sources": Rule(
        "sources that must lean one way to converge", "a whole number from 2 to 5", _whole(2, 5)
    ),
    "smallest_change": Rule(
        "smallest change that would matter, as a share of the scale's range",
        "a number above 0 and up to 0.5",
        lambda value: _between(0, 0.5)(value) and value > 0,
    ),
    "keyword": Rule(
        "word shown in context, in any of its forms; empty: the commonest",
        "one word of letters, or none",
        lambda value: isinstance(value, str) and (not value or value.replace("-", "").isalpha()),
    ),
    "minimum_interviews": Rule(
        "interviews in which a word must be heard", "a whole number from 1 to 100", _whole(1, 100)
    ),
    "above": Rule(
        "how many standard deviations worse than usual families were when they came",
        "a number from 0 to 3",
        _between(0, 3),
    ),
    "centre": Rule(
        "centre the page is about",
        "the name of a centre in the records",
        lambda value: isinstance(value, str) and bool(value.strip()),
    ),
    "days_without_contact": Rule(
        "days without a contact after which a family needs a look",
        "a whole number from 1 to 365",
        _whole(1, 365),
    ),
    "baseline_months": Rule(
        "months that set the limits of a control chart",
        "a whole number from 2 to 120",
        _whole(2, 120),
    ),
    "repeats": Rule(
        "number of repeats of each world", "a whole number from 10 to 2000", _whole(10, 2000)
    ),
    "show_unanswered": Rule(
        "whether questions that nothing answers are listed",
        "True or False",
        lambda value: isinstance(value, bool),
    ),
    "rows": Rule("what the rows of a map of cases are", _CODED_NAMES, _coded),
    "columns": Rule("what the columns of a map of cases are", _CODED_NAMES, _coded),
    "consistency": Rule(
        "share of its cases that must show the outcome before a combination counts as showing it",
        "a number from 0.5 to 1",
        _between(0.5, 1),
    ),
    "frequency": Rule(
        "cases a combination needs to count as seen", "a whole number from 1 to 10", _whole(1, 10)
    ),
    "claims_per_cell": Rule(
        "claims written out for a theme and a source", "a whole number from 1 to 20", _whole(1, 20)
    ),
    "unit": Rule(
        "unit on which coders are compared",
        "'turn' or 'sentence'",
        lambda value: value in ("turn", "sentence"),
    ),
    "answer": Rule(
        "a reader's answer to the exercise of a page",
        "None, a number or a short text",
        lambda value: (
            value is None
            or (isinstance(value, str) and len(value) <= 40)
            or (isinstance(value, (int, float)) and not isinstance(value, bool))
        ),
    ),
    "turned": Rule(
        "whether items rated against the rest of their scale are turned",
        "True or False",
        lambda value: isinstance(value, bool),
    ),
    "planned": Rule(
        "number of scales named in advance", "a whole number from 1 to 20", _whole(1, 20)
    ),
    "lost_change": Rule(
        "scale points by which the lost are assumed to have changed",
        "a number from -5 to 5",
        _between(-5, 5),
    ),
    "margin": Rule(
        "difference of two shares up to which words count as balanced",
        "a number from 0 to 1",
        _between(0, 1),
    ),
    "base": Rule(
        "number of people a printed percentage is a share of",
        "a whole number from 1 to 100000",
        _whole(1, 100_000),
    ),
    "added_condition": Rule(
        "set added to the conditions of a truth table",
        "'', 'USERS' or 'ACHIEVED'",
        lambda value: value in ("", "USERS", "ACHIEVED"),
    ),
    "tolerance": Rule(
        "percentage points a verbal claim may be off", "a number from 0 to 10", _between(0, 10)
    ),
    "centres": Rule(
        "numbers of centres",
        "a list of whole numbers from 1 to 1000000",
        lambda value: isinstance(value, list) and bool(value) and all(map(_whole(1, 10**6), value)),
    ),
    "workers": Rule(
        "numbers of workers",
        "a list of whole numbers from 1 to 10000",
        lambda value: isinstance(value, list) and bool(value) and all(map(_whole(1, 10**4), value)),
    ),
    "draws": Rule(
        "number of random draws",
        "a whole number from 1000 to 200000",
        _whole(1000, 200_000),
    ),
    "reference": Rule(
        "informant with whom the others are compared",
        "an informant of the table of views",
        lambda value: isinstance(value, str) and bool(value.strip()),
    ),
    "informant": Rule(
        "informant whose views are told in words",
        "an informant of the table of views",
        lambda value: isinstance(value, str) and bool(value.strip()),
    ),
    "quotes_per_code": Rule(
        "quotes printed for a code", "a whole number from 0 to 10", _whole(0, 10)
    ),
}
