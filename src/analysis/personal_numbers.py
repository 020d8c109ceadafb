"""Numbers that belong to one person and their check digits: bank cards, СНИЛС, ИНН, passports."""

from __future__ import annotations

import re
from collections.abc import Sequence

INN_10 = (2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_11 = (7, 2, 4, 10, 3, 5, 9, 4, 6, 8)
INN_12 = (3, *INN_11)
FIRST_CHECKED_SNILS = 1_001_999

NUMBER = re.compile(r"(?<![\w+])\d(?:[ \u00a0–-]?\d){8,}(?!\w)")
_SAID = re.compile(r"(?i)(?<!\w)(снилс|инн|полис|омс|енп|карт)")
_KINDS = {"снилс": "СНИЛС", "инн": "ИНН", "карт": "bank card"}
_SNILS = re.compile(r"\d{3}-\d{3}-\d{3}[ -]\d{2}")
_PASSPORT = re.compile(r"\d{2}\s?\d{2}\s\d{6}")


def digits(text: str) -> str:
    """The digits of a number without the blanks, hyphens and brackets between them."""
    return "".join(re.findall(r"[0-9]", text))


def luhn(text: str) -> bool:
    """Whether the last digit fits the others by Luhn's rule (ISO/IEC 7812-1).

    HL7's "Mod 10" is the same rule: doubling a number and adding up the digits of the result gives
    the same as doubling digit by digit. Checked against the published test card
    4111 1111 1111 1111 and HL7's examples 12345 -> 5, 401 -> 0, 9999 -> 4.
    """
    found = [int(digit) for digit in reversed(digits(text))]
    doubled = [2 * digit - 9 if digit > 4 else 2 * digit for digit in found[1::2]]
    return len(found) > 1 and (sum(found[::2]) + sum(doubled)) % 10 == 0


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


def number_kind(found: str, said: str = "") -> tuple[str, str]:
    """Kind and reason of a number of nine digits or more; `said` is what stands just before it.

    Check digits only decide what the number is called: one mistyped digit does not make it harmless.
    A health policy (ОМС) has 16 digits and Luhn's check digit like many cards, so the word decides.
    """
    if named := _SAID.search(said):
        word = named[1].lower()
        return _KINDS.get(word, "ОМС"), f"what stands before it ({word}) says what it numbers"
    if _SNILS.fullmatch(found) or snils(found):
        return "СНИЛС", "eleven digits written as, or checking as, a personal insurance number"
    if inn(found):
        return "ИНН", "the check digits are those of a taxpayer number"
    if _PASSPORT.fullmatch(found):
        return "passport", "four digits and six are series and number of a passport"
    if 13 <= len(digits(found)) <= 19 and luhn(found):
        return "bank card", "the check digit is that of a bank card or a health policy (Luhn)"
    return "long number", "nine digits or more number a person, a case or an account"
