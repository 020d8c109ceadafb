"""Check digits of numbers that belong to one person: bank cards, СНИЛС, ИНН."""

from __future__ import annotations

import re
from collections.abc import Sequence

INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_12 = (3, *INN_11)
FIRST_CHECKED_SNILS = 1_001_999


def digits(text: str) -> str:
    """The digits of a number without the blanks, hyphens and brackets between them."""
    return "".join(re.findall(r"[0-9]", text))


def luhn(text: str) -> bool:
    """Whether the last digit fits the others by Luhn's rule (ISO/IEC 7812-1), 12 digits or more.

    HL7's "Mod 10" is the same rule: doubling a number and adding up the digits of the result gives
    the same as doubling digit by digit. Checked against the published test card
    4111 1111 1111 1111 and HL7 v2.3's example 9999 9999 -> 8.
    """
    found = [int(digit) for digit in reversed(digits(text))]
    doubled = [2 * digit - 9 if digit > 4 else 2 * digit for digit in found[1::2]]
    return len(found) >= 12 and (sum(found[::2]) + sum(doubled)) % 10 == 0


def snils(text: str) -> bool:
    """Whether the last two of eleven digits fit the nine before them (insurance number, СНИЛС).

    Sum of digit times place counted from the right, modulo 101, and 100 counts as 0. Numbers up to
    001-001-998 were given out without check digits and always fit. Checked against the Pension
    Fund's example 112-233-445 95.
    """
    found = digits(text)
    if len(found) != 11:
        return False
    if int(found[:9]) < FIRST_CHECKED_SNILS:
        return True
    total = sum(int(digit) * weight for digit, weight in zip(found, range(9, 0, -1), strict=False))
    return total % 101 % 100 == int(found[9:])


def inn(text: str) -> bool:
    """Whether the check digits of a taxpayer number (ИНН) fit: one of ten digits, two of twelve.

    Weighted sum modulo 11 modulo 10. Checked against 7707083893 (a bank's published number) and
    500100732259 (the tax service's example of a person's).
    """
    found = digits(text)
    if len(found) == 10:
        return _inn_digit(found, INN_10) == found[9]
    if len(found) == 12:
        return _inn_digit(found, INN_11) + _inn_digit(found, INN_12) == found[10:]
    return False


def _inn_digit(found: str, weights: Sequence[int]) -> str:
    total = sum(int(digit) * weight for digit, weight in zip(found, weights, strict=False))
    return str(total % 11 % 10)
