"""Typed reading of a TOML table: what is missing, misspelt or of the wrong kind becomes one sentence each.

Nothing here knows what the keys mean.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

KINDS = {
    str: "a text in quotes",
    bool: "true or false",
    int: "a whole number",
    list: "a list in square brackets",
    dict: "a section of its own",
}


def take(
    table: Mapping[str, Any],
    key: str,
    kind: type,
    problems: list[str],
    where: str = "",
    default: Any = None,
) -> Any:
    """The value under a key; one that is missing without a default, or of another kind, is a problem."""
    value = table.get(key, default)
    if isinstance(value, kind) and not (kind is int and isinstance(value, bool)):
        return value
    found = "nothing" if value is None else repr(value)
    problems.append(f"{where}{key} is {found}; expected {KINDS[kind]}.")
    return kind()


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
        f"{where}{key} holds {value!r}; expected texts in quotes."
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


def unknown(table: Iterable[str], known: Iterable[str], where: str, problems: list[str]) -> None:
    """A misspelt key would be ignored in silence; here it is a problem."""
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"expected {', '.join(known)}."
            problems.append(f"{where}{key!r} is not known here; {hint}")


def twice(names: Iterable[str]) -> list[str]:
    """Names that occur more than once, in alphabetical order."""
    listed = list(names)
    return sorted({name for name in listed if listed.count(name) > 1})
