"""The exercises of the pages “Learn the methods”: an answer is checked, and a wrong one told what it confuses.

The right one is never given away: hints name the kind of mistake and never a value. How an answer is read and the hints are data
(exercises.toml); what is right is computed in `exercise_answers`.
"""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.exercise_answers import SOLVERS

FILE = Path(__file__).with_name("exercises.toml")
SLIPS = "slips"
RIGHT, NOT_YET, OPEN = "right", "not yet", "not answered"


@cache
def _data() -> Mapping[str, Any]:
    return tomllib.loads(FILE.read_text(encoding="utf-8"))


def names() -> list[str]:
    """The exercises there are."""
    return [name for name in _data() if name != SLIPS]


def exercise(name: str) -> Mapping[str, Any]:
    """What exercises.toml says of one exercise: `parameter, before, after, form, decimals, tolerance, hints`.

    Raises
    ------
    ValueError
        For a name that is no exercise.
    """
    if name not in names():
        raise ValueError(f"there is no exercise {name!r}; expected one of {', '.join(names())}.")
    return _data()[name]


def values(name: str, **what: Any) -> dict[str, float]:
    """The true answer under `right`, then what each usual mistake would give, from the rooms that computed the page.

    `what` is what the page was made from; see the function of that name in `exercise_answers`.

    Raises
    ------
    ValueError
        When the records give the exercise no answer.
    """
    parameters = exercise(name)
    found = SOLVERS[name](parameters["before"], parameters["after"], **what)
    if not math.isfinite(found["right"]):
        raise ValueError(
            f"exercise {name}: these records give it no answer; use the default study."
        )
    return found


def solution(name: str, **what: Any) -> float:
    """The true answer, for the folded solution of a page."""
    return values(name, **what)["right"]


def check(name: str, answer: float | str | None, **what: Any) -> pd.DataFrame:
    """Whether an answer is right, without saying what the right one is.

    Parameters
    ----------
    name : the exercise.
    answer : None (not answered), a number, or a number as text: `"-0.12"`, `"0,5"`, `"12.5%"`.
    what : what the page was made from, handed to `values`.

    Returns
    -------
    DataFrame
        One row: `exercise, your_answer, verdict` (right, not yet, not answered), `hint`. Right is an answer within the stated tolerance. A
        wrong one is compared with what each usual mistake would give: sign, share and percent, those named for the exercise, rounding.
    """
    told = exercise(name)
    if answer is None:
        how = f"Put your answer after “answer =” in the first code cell and run the page again. Asked for: {told['form']}."
        return _row(name, "–", OPEN, how)
    number = _number(answer)
    if number is None:
        return _row(name, str(answer), NOT_YET, f"This is not a number. Asked for: {told['form']}.")
    found = values(name, **what)
    if _near(number, found["right"], told["tolerance"]):
        within = f"Within {told['tolerance']} of what the rooms of this project compute."
        return _row(name, str(answer), RIGHT, within)
    slip = _slip(number, found, told)
    hint = told["hints"].get(slip) or _data()[SLIPS][slip]
    return _row(name, str(answer), NOT_YET, hint[0].upper() + hint[1:])


def _row(name: str, answer: str, verdict: str, hint: str) -> pd.DataFrame:
    return pd.DataFrame(
        [{"exercise": name, "your_answer": answer, "verdict": verdict, "hint": hint}]
    )


def _number(answer: float | str) -> float | None:
    """The answer as a number; commas, a true minus and a percent sign are read, anything else is None."""
    text = str(answer).strip().replace("−", "-").replace(",", ".").removesuffix("%").strip()
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and not isinstance(answer, bool) else None


def _near(number: float, value: float, tolerance: float) -> bool:
    return math.isfinite(value) and abs(number - value) <= tolerance + 1e-9


def _slip(number: float, found: Mapping[str, float], told: Mapping[str, Any]) -> str:
    """The mistake that would give this number: the first that fits, “other” when none does."""
    right, tolerance = found["right"], told["tolerance"]
    usual = {
        "sign": (-right, tolerance),
        "percent": (100 * right, 100 * tolerance),
        "share": (right / 100, tolerance / 100),
    }
    usual |= {name: (value, tolerance) for name, value in found.items() if name != "right"}
    usual |= {"rounding": (right, max(5 * tolerance, 0.5 * 10.0 ** (1 - told["decimals"])))}
    if not told["decimals"]:
        usual.pop("rounding")  # a whole number is counted, not rounded
    fitting = [name for name, (value, near) in usual.items() if _near(number, value, near)]
    return fitting[0] if fitting else "other"
