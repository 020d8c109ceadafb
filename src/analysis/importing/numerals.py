"""Numbers written as people write them: 45%, 12 345, 1,234.5, a long minus; words where no number was given."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from analysis.importing.columns import NUMBER, Column
from analysis.importing.guess import LIKELY, UNSURE, Guesses
from analysis.importing.words import fits, lists

BLANKS = "[ \u00a0\u202f\u2009]"
SIGN = "[+-]?"
PERCENT = re.compile(rf"({SIGN}\d+(?:[.,]\d+)?)\s*%")
SPACED = re.compile(rf"{SIGN}\d{{1,3}}(?:{BLANKS}\d{{3}})+(?:[.,]\d+)?")
ENGLISH = re.compile(rf"{SIGN}\d{{1,3}}(?:,\d{{3}})+(?:\.\d+)?")  # 1,234 and 1,234.5
GERMAN = re.compile(rf"{SIGN}\d{{1,3}}(?:\.\d{{3}})+(?:,\d+)?")  # 1.234 and 1.234,5
THOUSANDS = re.compile(rf"{SIGN}[1-9]\d{{0,2}},\d{{3}}")
DECIMALS = re.compile(rf"{SIGN}\d+,(?!\d{{3}}$)\d+")  # a comma that marks no thousands
MINUS = "\u2212"
NUMBERS, FEW_WORDS = (
    0.8,
    3,
)  # share of numbers from which other words mean that there is none, and how many
NO_RATINGS = ("family", "wave", "centre", "curator", "date", "risk", "outcome")
Columns = Mapping[str, Column]


def thousands(cells: pd.DataFrame, guesses: Guesses) -> pd.DataFrame:
    """Columns of a comma-delimited table in which each comma stands before three digits, without it; each is said.

    Where any number of the table has a comma that can only be a decimal sign, all of them may be one.
    """
    texts = {name: [str(value) for value in cells[name].dropna().unique()] for name in cells}
    if any(DECIMALS.fullmatch(text) for values in texts.values() for text in values):
        return cells
    for name, values in texts.items():
        commas = [value for value in values if "," in value]
        rest = [value for value in values if "," not in value and NUMBER.match(value)]
        others = len(values) - len(commas) - len(rest)
        if not commas or not all(map(THOUSANDS.fullmatch, commas)) or others * 20 > len(values):
            continue
        small = not rest and all(len(value.lstrip("+-")) == 5 for value in commas)
        why = "three digits behind every comma, and commas part the columns"
        why += "; or are they decimals?" if small else ""
        said = f"{commas[0]} is {commas[0].replace(',', '')}"
        guesses.add(f"thousands in {name}", said, UNSURE if small else LIKELY, why)
        plain = {value: value.replace(",", "") for value in commas}
        kept = cells[name].astype(object)
        cells = cells.assign(**{str(name): kept.map(lambda v, of=plain: of.get(v, v))})
    return cells


def read_as_numbers(columns: Columns, guesses: Guesses) -> dict[str, Column]:
    """Columns of numbers that are written with a sign more, as plain numbers; each is said."""
    return {name: _plain(column, guesses) for name, column in columns.items()}


def unanswered(columns: Columns, guesses: Guesses) -> dict[str, Column]:
    """Columns of numbers in which words for no answer, and a few other repeated words, are empty; each is said."""
    return {name: _unanswered(column, guesses) for name, column in columns.items()}


def _plain(column: Column, guesses: Guesses) -> Column:
    odd = [value for value in column.values if not NUMBER.match(value)]
    read = {value: text for value, text in _meant(column.values).items() if text != value}
    if not odd or not read or fits(column.name, "family") == 1:
        return column
    cells = column.cells.map(lambda value: read.get(value, value), na_action="ignore")
    found = replace(column, cells=cells)
    if _share(found) < NUMBERS:
        return column
    signed = sum(value.endswith("%") for value in read)
    mixed = (
        0 < signed < sum(value.strip("0.,") != "" for value in column.values) - len(_words(found))
    )
    first = next(iter(read))
    why = f"a number however it is written; cells: {sum(column.counts[value] for value in read)}"
    why += "; only some cells have the sign %" if mixed else ""
    said = f"{first!r} is {read[first]}"
    guesses.add(f"numbers of {column.name}", said, UNSURE if mixed else LIKELY, why)
    return found


def _meant(values: list[str]) -> dict[str, str]:
    """Each value as the number it means. How thousands are parted is told from values that leave no doubt."""
    english = any(ENGLISH.fullmatch(v) and ("." in v or v.count(",") > 1) for v in values)
    german = any(GERMAN.fullmatch(v) and ("," in v or v.count(".") > 1) for v in values)
    return {
        value: _number(value, english and not german, german and not english) for value in values
    }


def _number(value: str, english: bool, german: bool) -> str:
    text = value.replace(MINUS, "-") if value.startswith(MINUS) else value
    percent = PERCENT.fullmatch(text)
    if percent:
        return percent[1].replace(",", ".")
    if SPACED.fullmatch(text):
        return re.sub(BLANKS, "", text).replace(",", ".")
    if english and ENGLISH.fullmatch(text):
        return text.replace(",", "")
    if german and GERMAN.fullmatch(text):
        return text.replace(".", "").replace(",", ".")
    return text if NUMBER.match(text) else value


def _unanswered(column: Column, guesses: Guesses) -> Column:
    """Words for no answer, and up to three other repeated words, empty where most cells are numbers."""
    if _share(column) < NUMBERS or not _words(column):
        return column
    known = [word for word in _words(column) if says_nothing(word)]
    repeated = [word for word in _words(column) if word not in known and column.counts[word] > 1]
    left = replace(column, cells=column.cells.where(~column.cells.isin(known), None))
    if not left.numeric and len(repeated) <= FEW_WORDS and not _role(column):
        known_too = [*known, *repeated]
        left = replace(column, cells=column.cells.where(~column.cells.isin(known_too), None))
        if not left.numeric:
            return column
    else:
        repeated = []
    for words, sure, why in (
        (known, LIKELY, "it says that there is no answer"),
        (repeated, UNSURE, "the other cells are numbers; what do these words mean?"),
    ):
        if words:
            said = ", ".join(f"{word} ({column.counts[word]} cells)" for word in words)
            guesses.add(f"left empty in {column.name}", said, sure, why)
    return left


def says_nothing(word: str) -> bool:
    """Whether a word stands for no answer: `refused`, `нет ответа`."""
    plain = " ".join(re.sub(r"[^\w' ]+", " ", word.casefold().replace("’", "'")).split())
    return plain in lists()["missing"]["known"]


def _words(column: Column) -> list[str]:
    return [value for value in column.values if not NUMBER.match(value)]


def _share(column: Column) -> float:
    """Share of numbers among the filled cells."""
    return column.share([value for value in column.values if NUMBER.match(value)])


def _role(column: Column) -> bool:
    return any(fits(column.name, kind) == 1 for kind in NO_RATINGS)
