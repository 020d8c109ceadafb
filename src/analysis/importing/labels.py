"""Labels of an SPSS or Stata file put to use: centres and waves by their words, codes that stand for no answer left empty."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from analysis.importing.columns import Column
from analysis.importing.guess import LIKELY, SURE, Guesses
from analysis.importing.words import fits, lists

LONGEST = 40  # characters of a label that can stand as the name of an item


def answered(columns: Mapping[str, Column], guesses: Guesses) -> dict[str, Column]:
    """Columns in which codes labelled "refused", "don't know" and the like are empty; each is said."""
    return {name: _answered(column, guesses) for name, column in columns.items()}


def _answered(column: Column, guesses: Guesses) -> Column:
    known = set(lists()["missing"]["known"])
    nothing = {code: label for code, label in column.labels if _plain(label) in known}
    if not nothing or fits(column.name, "outcome") == 1:
        return column
    rows = sum(column.counts.get(code, 0) for code in nothing)
    labels = tuple(pair for pair in column.labels if pair[0] not in nothing)
    if rows:
        said = ", ".join(f"{code} ({label})" for code, label in nothing.items())
        why = f"the label says there is no answer; cells: {rows}"
        guesses.add(f"left empty in {column.name}", said, LIKELY, why)
    cells = column.cells.where(~column.cells.isin(list(nothing)), None)
    return replace(column, cells=cells, labels=labels)


def _plain(label: str) -> str:
    return " ".join(re.sub(r"[^\w' ]+", " ", label.casefold().replace("’", "'")).split())


def worded(columns: Mapping[str, Column], names: tuple[str, ...], guesses: Guesses) -> dict:
    """The named columns with their labels instead of codes; codes without a label stay, labels stand in order of codes."""
    found = dict(columns)
    for name in names:
        column = columns.get(name)
        texts = dict(column.labels) if column is not None else {}
        if column is None or not texts or len(set(texts.values())) < len(texts):
            continue
        if set(column.values) <= set(texts.values()):
            continue
        words = {value: texts.get(value, value) for value in column.values}
        labels = tuple(
            (words.get(code, text), words.get(code, text)) for code, text in texts.items()
        )
        said = ", ".join(f"{code} {text}" for code, text in texts.items() if code in words)
        guesses.add(f"labels of {name}", said, SURE, "the labels in the file stand for its codes")
        cells = column.cells.map(words, na_action="ignore")
        found[name] = replace(column, cells=cells.where(cells.notna(), None), labels=labels)
    return found


def item_names(items: tuple[str, ...], columns: Mapping[str, Column]) -> tuple[str, ...]:
    """Labels of the items instead of their names, when every one has a short label of its own."""
    titles = tuple(columns[item].title for item in items)
    usable = all(0 < len(title) <= LONGEST for title in titles) and len(set(titles)) == len(titles)
    return titles if usable else items


def shared_title(columns: list[Column]) -> str:
    """The label all these columns have; "" when they differ."""
    titles = {column.title for column in columns}
    return titles.pop() if len(titles) == 1 else ""


def no_answers(meta: object, frame: pd.DataFrame) -> dict[str, str]:
    """Column -> codes declared missing by the user that occur in it, from an SPSS file read with them."""
    found = {}
    for name, ranges in getattr(meta, "missing_ranges", {}).items():
        numbers = pd.to_numeric(frame[name], errors="coerce")
        codes: set[str] = set()
        for part in ranges:
            if isinstance(part["lo"], str):
                texts = frame[name].astype(str)
                codes |= {str(v) for v in texts[texts == part["lo"]].unique()}
                continue
            codes |= {f"{v:g}" for v in numbers[numbers.between(part["lo"], part["hi"])].unique()}
        if codes:
            found[str(name)] = ", ".join(sorted(codes))
    return found
