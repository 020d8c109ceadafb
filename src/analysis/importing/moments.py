"""What the name of a wave says of its moment: a number in words, how long after the start, a month or a quarter of a year."""

from __future__ import annotations

import re

from analysis.importing.words import ORDINAL, lists, parts

ROMAN = ("i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x", "xi", "xii")
WORD = re.compile(r"[^\W\d_]+")
YEAR_MONTH = re.compile(r"((?:19|20)\d\d)[-./ ](\d{1,2})$")
MONTH_YEAR = re.compile(r"(\d{1,2})[-./ ]((?:19|20)\d\d)$")
YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")


def in_digits(value: str) -> str:
    """A name with its numbers in digits: `Wave Three`, `3rd wave`, `III`, `Этап третий` hold a 3."""
    numbers = {word: n for n, words in enumerate(lists()["waves"]["numbers"], 1) for word in words}

    def digits(found: re.Match[str]) -> str:
        word = found[0]
        if word.isupper() and word.lower() in ROMAN:
            return str(ROMAN.index(word.lower()) + 1)
        return str(numbers.get(word.lower(), word))

    return WORD.sub(digits, ORDINAL.sub("", value))


def days_after(value: str) -> float | None:
    """`6 weeks` -> 42, `через 3 месяца` -> 90, `1 year` -> 365; None when it does not say how long."""
    units = {word: int(days) for days, words in lists()["units"].items() for word in words}
    numbers = re.findall(r"\d+(?:[.,]\d+)?", value)
    found = [units[part] for part in parts(value) if part in units]
    if len(numbers) != 1 or len(found) != 1:
        return None
    return float(numbers[0].replace(",", ".")) * found[0]


def month_of(value: str) -> tuple[int, int] | None:
    """Year and month that a name speaks of, the first month of a quarter; the year is 0 when there is none."""
    text = value.strip()
    for form, year, month in ((YEAR_MONTH, 1, 2), (MONTH_YEAR, 2, 1)):
        found = form.match(text)
        if found:
            return (int(found[year]), int(found[month])) if 1 <= int(found[month]) <= 12 else None
    years = YEAR.findall(text)
    if len(years) > 1:
        return None
    split = parts(YEAR.sub(" ", in_digits(text)))
    quarters = set(lists()["waves"]["quarters"]) & set(split)
    numbers = [part for part in split if part.isdigit()]
    if years and quarters and len(numbers) == 1 and 1 <= int(numbers[0]) <= 4:
        return int(years[0]), 3 * int(numbers[0]) - 2
    for part in split[:1]:
        for name in ("months", "months_ru"):
            known = lists()["waves"][name]
            start = "май" if part == "мая" else part[:3]
            if start in known:
                return int(years[0]) if years else 0, known.index(start) + 1
    return None
