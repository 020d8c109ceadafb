"""How numbers are written: signs, decimals, intervals, bases. Strings only; what is printed is chosen in `report`."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

CATALOGUES = Path(__file__).parent / "words"


@cache
def catalogue(language: str) -> Mapping[str, Any]:
    """The words of one language, from `words/<language>.toml`.

    Raises
    ------
    ValueError
        When there is no catalogue for the language.
    """
    file = CATALOGUES / f"{language}.toml"
    if not file.is_file():
        known = ", ".join(sorted(path.stem for path in CATALOGUES.glob("*.toml")))
        raise ValueError(
            f"There is no catalogue for language {language!r}; expected one of {known}."
        )
    return tomllib.loads(file.read_text(encoding="utf-8"))


def number(value: float, decimals: int = 2, words: Mapping[str, Any] | None = None) -> str:
    """A number with a true minus sign; never “−0.00”. Not-a-number is written “–”, infinity “∞”."""
    if value is None or math.isnan(value):
        return "–"
    text = f"{value:.{decimals}f}".replace("inf", "∞")
    if not text.strip("-0."):
        text = text.lstrip("-")
    return text.replace("-", (words or catalogue("en"))["minus"])


def interval(
    low: float, high: float, decimals: int, words: Mapping[str, Any], unit: str = ""
) -> str:
    """`95% interval −0.61 to −0.23`."""
    ends = f"{number(low, decimals, words)} {words['to']} {number(high, decimals, words)}{unit}"
    return f"{words['interval']} {ends}"


def p_value(p: float) -> str:
    """`p = .031`, `p < .001`; three decimals, no leading zero, never “p = .000”."""
    if math.isnan(p):
        return "p –"
    if p < 0.001:
        return "p < .001"
    if p >= 0.9995:
        return "p = 1" if p >= 1 else "p > .999"
    return "p = " + f"{p:.3f}".replace("0.", ".", 1)
