"""Numbers as they stand in print, read without losing a digit, and text made safe to show.

Strings in, exact numbers out; no file.
"""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from functools import lru_cache


def parse_number(text: str) -> tuple[int, int]:
    """Digits and decimals of a printed number, trailing zeros kept.

    `"72.0"` and `"72,0"` give `(720, 1)`; a Unicode minus is a minus, blanks at the ends
    (also unbreakable ones) are ignored.

    Raises
    ------
    ValueError
        If the text is no plain decimal number with at most 12 digits before and after the point.
    """
    if not isinstance(text, str):
        raise ValueError(
            f"found {text!r}, which is not text; give the figure as printed, in quotes "
            '("72.0"), because its trailing zeros say how precise it is'
        )
    plain = _visible(text).replace("\u2212", "-")
    found = re.fullmatch(r"(-?)([0-9]{0,12})(?:[.,]([0-9]{1,12}))?", plain)
    if not found or not re.search("[0-9]", plain):
        raise ValueError(f"found {shown(text)}; expected one plain number such as 72 or 72.0")
    sign, whole, decimals = found.group(1), found.group(2), found.group(3) or ""
    digits = int(whole + decimals)
    return (-digits if sign else digits), len(decimals)


def parse_percent(text: str) -> tuple[int, int]:
    """Digits and decimals of a printed percentage: `"72,0 %"` gives `(720, 1)`.

    Raises
    ------
    ValueError
        If it is no plain number, is a bound such as `"<1"`, or lies outside 0 to 100.
    """
    return _percent(text) if isinstance(text, str) else parse_number(text)


def bare_percent(text: str) -> str:
    """A printed percentage without its sign, blanks and invisible marks: `"72,0 %"` is `"72,0"`."""
    return re.sub(r"\s*[%\uff05]$", "", _visible(text))


@lru_cache(maxsize=2**14)
def _percent(text: str) -> tuple[int, int]:
    plain = bare_percent(text)
    if plain.startswith(("<", ">", "\u2264", "\u2265", "~", "\u2248")):
        raise ValueError(
            f"found {shown(text)}, which is a bound or a guess and no figure; "
            "expected one number such as 0.6, or leave the row out"
        )
    if plain.startswith(("-", "\u2212")):
        raise ValueError(f"found {shown(text)}; a share of people cannot be negative")
    digits, decimals = parse_number(plain)
    if digits > 100 * 10**decimals:
        raise ValueError(f"found {shown(text)}; a share of people cannot pass 100 %")
    return digits, decimals


def parse_base(text: str | int) -> int:
    """Positive whole number from `"157"` or `157`.

    Raises
    ------
    ValueError
        If it is anything else; the sentence says how to mend `"1 000"` and `"157.0"`.
    """
    if type(text) is int and 0 < text < 10**12:
        return text
    plain = _visible(str(text))
    if isinstance(text, bool) or not re.fullmatch("[0-9]{1,12}", plain):
        raise ValueError(
            f"found {shown(text)}; expected a whole number such as 157{_base_hint(plain)}"
        )
    if int(plain) == 0:
        raise ValueError("found '0'; expected at least one person")
    return int(plain)


def printed_share(percent: str) -> tuple[Fraction, Fraction]:
    """A printed percentage and half a unit of its last decimal, both exact."""
    digits, decimals = parse_percent(percent)
    return Fraction(digits, 10**decimals), Fraction(1, 2 * 10**decimals)


def shown(value: object, width: int = 40) -> str:
    """A value as it may stand in a message: quoted, one harmless line, at most `width` long."""
    text = one_line(str(value))
    if not text:
        return "nothing"
    return f"'{text[: width - 3]}...'" if len(text) > width else f"'{text}'"


def one_line(text: str) -> str:
    """Text made one harmless line.

    Line breaks, tabs and runs of blanks become one blank; escape and other control characters are
    written out (`\\x1b`); invisible marks (zero-width, right-to-left) are dropped.
    """
    line = " ".join(text.split())
    return line if line.isprintable() else "".join(_harmless(sign) for sign in line)


def _harmless(sign: str) -> str:
    kind = unicodedata.category(sign)
    if kind in ("Cc", "Cs"):
        return sign.encode("unicode_escape").decode("ascii")
    return "" if kind == "Cf" else sign


def _visible(text: str) -> str:
    """Text without blanks at its ends and without invisible marks, which copying leaves behind."""
    if text.isascii():
        return text.strip()
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf").strip()


def _base_hint(plain: str) -> str:
    """How to mend a base that is nearly a whole number, as the end of a sentence."""
    if re.fullmatch(r"[0-9]{1,3}(?:[\s.,'][0-9]{3})+", plain):
        return f"; for thousands write {re.sub('[^0-9]', '', plain)}"
    if re.fullmatch(r"[0-9]+[.,]0*", plain):
        return f"; write {re.split('[.,]', plain)[0]}"
    return ""
