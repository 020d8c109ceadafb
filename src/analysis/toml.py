"""Typed reading of a TOML table: what is missing, misspelt or of the wrong kind becomes one sentence each.

Nothing here knows what the keys mean.
"""

from __future__ import annotations

import datetime
import difflib
from collections.abc import Iterable, Mapping
from typing import Any

LARGEST = 2.0**53  # the largest number below which no whole one is lost
KINDS = {
    str: "a text in quotes",
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    datetime.date: "a date such as 2023-01-31, without quotes",
    list: "a list in square brackets",
    dict: "a section of its own",
}


class Said(str):
    """A sentence on what is wrong in a TOML file; `keys` it hangs on, the `value` found, what was `expected`."""

    __slots__ = ("expected", "keys", "value")

    def __new__(
        cls, text: str, keys: Iterable[str] = (), value: Any = None, expected: str = ""
    ) -> Said:
        said = super().__new__(cls, text)
        said.keys, said.expected = tuple(keys), expected
        said.value = None if value is None else str(value)
        return said

    keys: tuple[str, ...]
    value: str | None
    expected: str


def take(
    table: Mapping[str, Any],
    key: str,
    kind: type,
    problems: list[str],
    where: str = "",
    default: Any = None,
) -> Any:
    """The value under a key; one that is missing without a default, or of another kind, is a problem.

    A whole number is a number, true is none; infinity and nan are none either. A moment is no date.
    """
    value = table.get(key, default)
    if _is(value, kind):
        return value
    found = "nothing" if value is None else repr(value)
    text = f"{where}{key} is {found}; expected {KINDS[kind]}."
    problems.append(Said(text, [f"{where}{key}"], value, KINDS[kind]))
    return datetime.date.min if kind is datetime.date else kind()


def _is(value: Any, kind: type) -> bool:
    if kind in (int, float):
        given = isinstance(value, int | kind) and not isinstance(value, bool)
        return given and -LARGEST < value < LARGEST
    if kind is datetime.date:
        return isinstance(value, kind) and not isinstance(value, datetime.datetime)
    return isinstance(value, kind)


def texts(
    table: Mapping[str, Any],
    key: str,
    problems: list[str],
    where: str,
    default: list[str] | None = None,
) -> tuple[str, ...]:
    """The list of texts under a key; anything else in it is a problem."""
    values = take(table, key, list, problems, where, default)
    problems += [
        Said(
            f"{where}{key} holds {value!r}; expected texts in quotes.",
            [f"{where}{key}"],
            value,
            "texts in quotes",
        )
        for value in values
        if not isinstance(value, str)
    ]
    return tuple(value for value in values if isinstance(value, str))


def labels(
    table: Mapping[str, Any], names: Iterable[str], problems: list[str], where: str
) -> dict[str, str]:
    """What a reader reads for each name; a name without a label stands for itself."""
    given = take(table, "labels", dict, problems, where, default={})
    unknown(given, tuple(names), f"{where}labels: ", problems)
    where = f"{where}labels: "
    return {name: take(given, name, str, problems, where, default=name) for name in names}


def numbers(
    table: Mapping[str, Any], key: str, names: Iterable[str], problems: list[str], where: str
) -> dict[str, float]:
    """The section under a key as name -> number, in the order of `names`; other names are a problem."""
    given = take(table, key, dict, problems, where, default={})
    where = f"{where}{key}: "
    unknown(given, tuple(names), where, problems)
    return {name: take(given, name, float, problems, where) for name in names if name in given}


def unknown(table: Iterable[str], known: Iterable[str], where: str, problems: list[str]) -> None:
    """A misspelt key would be ignored in silence; here it is a problem."""
    known = tuple(known)
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            expected = near[0] if near else ", ".join(known)
            hint = f"did you mean {expected!r}?" if near else f"expected {expected}."
            text = f"{where}{key!r} is not known here; {hint if known else 'leave it out.'}"
            problems.append(Said(text, [f"{where}{key}"], key, expected))


def twice(names: Iterable[str]) -> list[str]:
    """Names that occur more than once, in alphabetical order."""
    seen: set[str] = set()
    return sorted({name for name in names if name in seen or seen.add(name)})  # type: ignore[func-returns-value]
