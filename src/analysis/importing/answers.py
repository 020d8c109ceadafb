"""Answers in ordered words as numbers: `1 (never)` by its number, never to always by an order that is known."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from analysis.importing.columns import NUMBER, Column
from analysis.importing.guess import LIKELY, UNSURE, Guesses
from analysis.importing.numerals import says_nothing
from analysis.importing.slips import plain
from analysis.importing.words import fits, lists, parts

ANCHORED = re.compile(r"([+-]?\d{1,3})\s*[-–—=.:)(]\s*\(?([^\W\d].*?)\)?")
MOST_STEPS, MOST_VALUES = 12, 60
FITTING = 0.98  # share of the filled cells that must be such answers
SIMILAR, WORDS = 3, range(3, 8)  # columns that share unknown words, and how many words those may be
ROLES = ("family", "wave", "centre", "curator", "date", "background")
Columns = Mapping[str, Column]
Order = tuple[tuple[str, ...], ...]  # steps, lowest first, each with its wordings


def numbered(columns: Columns, guesses: Guesses) -> dict[str, Column]:
    """Columns of answers in words as numbers, their words as labels; each order is said."""
    return _in_order(_without_anchors(_levels(columns, guesses), guesses), guesses)


def _levels(columns: Columns, guesses: Guesses) -> dict[str, Column]:
    """Columns of levels with a number before each, `1 - low`, by their words."""
    done = dict(columns)
    for name, column in columns.items():
        words = {value: _bare(value) for value in column.values[: MOST_VALUES + 1]}
        changed = {value: word for value, word in words.items() if ANCHORED.fullmatch(value)}
        if changed and len(words) == len(column.values) and _known(set(words.values())):
            cells = column.cells.map(lambda v, of=words: of[v], na_action="ignore")
            done[name] = replace(column, cells=cells)
            said = ", ".join(f"{value!r} is {word}" for value, word in changed.items())
            guesses.add(f"levels of {name}", said, LIKELY, "ordered words with numbers before them")
    return done


def _free(column: Column) -> bool:
    """Whether a column may hold answers: words that are neither levels of risk nor of anything a column stands for."""
    if (
        column.numeric
        or not 2 <= len(column.values) <= MOST_VALUES
        or column.labels
        or column.date_format
    ):
        return False
    if any(fits(column.name, kind) == 1 for kind in ROLES):
        return False
    words = {_bare(value) for value in column.values}
    return not _known(words)


def _known(words: set[str]) -> bool:
    return any(words <= set(known) for known in lists()["levels"]["known"])


def _bare(value: str) -> str:
    """An answer without capitals and full stop, and without its number."""
    found = ANCHORED.fullmatch(value)
    return plain(found[2] if found else value).replace("ё", "е").rstrip(".!")


def _without_anchors(columns: Columns, guesses: Guesses) -> dict[str, Column]:
    """Columns whose cells begin with their number, read by it."""
    pairs = {name: _anchors(column) for name, column in columns.items() if _free(column)}
    found = {name: table for name, table in pairs.items() if table}
    told: dict[str, set[str]] = {}
    for table in found.values():
        for number, word in table.values():
            told.setdefault(number, set()).add(word)
    one = {number: words.pop() for number, words in told.items() if len(words) == 1}
    for names in _alike(found):
        table = found[names[0]]
        said = ", ".join(f"{value!r} is {number}" for value, (number, _) in sorted(table.items()))
        guesses.add(f"answers of {', '.join(names)}", said, LIKELY, "a number with its meaning")
    done = dict(columns)
    for name, table in found.items():
        own = dict(table.values())
        shared = one if len(one) == len(told) else own  # a wave may lack an answer that another has
        labels = tuple((n, shared[n]) for n in sorted(shared, key=float))
        numbers = {value: number for value, (number, _) in table.items()}
        cells = columns[name].cells.map(lambda v, of=numbers: of.get(v, v), na_action="ignore")
        done[name] = replace(columns[name], cells=cells, labels=labels)
    return done


def _anchors(column: Column) -> dict[str, tuple[str, str]]:
    """Cell -> its number and its word, {} where cells are no numbered answers, as `2 weeks` and `3 weeks` are none."""
    if max(fits(column.name, kind) for kind in ("centre", "curator")) >= 0.7:
        return {}
    found = {value: ANCHORED.fullmatch(value) for value in column.values}
    table = {value: (f"{float(m[1]):g}", plain(m[2])) for value, m in found.items() if m}
    bare = [value for value in column.values if NUMBER.match(value)]
    numbers = {number for number, _ in table.values()}
    words = {word for _, word in table.values()}
    rest = [v for v in column.values if v not in table and v not in bare and not says_nothing(v)]
    fitting = column.share(rest) <= 1 - FITTING
    few = 2 <= len({*numbers, *(f"{float(v.replace(',', '.')):g}" for v in bare)}) <= MOST_STEPS
    distinct = len(words) == len(numbers) == len(set(table.values()))
    return table if fitting and few and distinct and not _speak_of_time(words) else {}


def _speak_of_time(words: set[str]) -> bool:
    kinds = ("known", "known_ru", "marks", "months")
    known = {word for kind in kinds for word in lists()["waves"][kind]}
    return any(part in known for word in words for part in parts(word))


def _alike(found: Mapping[str, Mapping[str, object]]) -> list[list[str]]:
    """Names of the columns that are read in one way."""
    groups: dict[frozenset, list[str]] = {}
    for name, table in found.items():
        groups.setdefault(frozenset(table.items()), []).append(name)
    return list(groups.values())


def _in_order(columns: Columns, guesses: Guesses) -> dict[str, Column]:
    """Columns of words of a known order as 1, 2, 3 …; the order that most columns fit is taken for all of them."""
    done = dict(columns)
    free = [column for column in columns.values() if _free(column)]
    orders = [_order(steps) for steps in lists()["answers"]["known"]]
    while free:
        fitting = {at: [c for c in free if _fits(c, order)] for at, order in enumerate(orders)}
        best = max(fitting, key=lambda at: (_placed(fitting[at], orders[at]), -len(orders[at])))
        if not fitting[best]:
            break
        for column in fitting[best]:
            done[column.name] = _as_steps(column, orders[best])
        _say(orders[best], fitting[best], guesses)
        free = [column for column in free if column not in fitting[best]]
    _unknown(free, guesses)
    return done


def _placed(columns: Sequence[Column], order: Order) -> tuple[int, int]:
    """How many columns fit an order, and how many of their answers have a place in it."""
    places = _places(order)
    return len(columns), len({_bare(v) for c in columns for v in c.values} & set(places))


def _order(steps: Sequence[str]) -> Order:
    return tuple(tuple(step.split("|")) for step in steps)


def _places(order: Order) -> dict[str, str]:
    return {word: str(at) for at, words in enumerate(order, 1) for word in words}


def _fits(column: Column, order: Order) -> bool:
    places = _places(order)
    fitting = [value for value in column.values if _bare(value) in places]
    rest = [value for value in column.values if value not in fitting and not says_nothing(value)]
    return len(fitting) > 1 and column.share(rest) <= 1 - FITTING


def _as_steps(column: Column, order: Order) -> Column:
    places = _places(order)
    table: dict[str, str | None] = {
        value: places.get(_bare(value), value) for value in column.values
    }
    table |= {v: None for v in column.values if table[v] == v and says_nothing(v)}
    cells = column.cells.map(lambda value: table[value], na_action="ignore").astype(object)
    labels = tuple((str(at), words[0]) for at, words in enumerate(order, 1))
    return replace(column, cells=cells.where(cells.notna(), None), labels=labels)


def _say(order: Order, columns: Sequence[Column], guesses: Guesses) -> None:
    names = ", ".join(column.name for column in columns)
    used = {_bare(value) for column in columns for value in column.values}
    steps = [next((word for word in words if word in used), words[0]) for words in order]
    said = ", ".join(f"{at} {word}" for at, word in enumerate(steps, 1))
    doubtful = [word for word in steps if word in used and says_nothing(word)]
    why = "a known order of answers"
    why += f"; or does {doubtful[0]!r} mean that there is no answer?" if doubtful else ""
    guesses.add(f"answers of {names}", said, UNSURE if doubtful else LIKELY, why)
    left = {
        v for c in columns for v in c.values if says_nothing(v) and _bare(v) not in _places(order)
    }
    if left:
        guesses.add(f"left empty in {names}", ", ".join(sorted(left)), LIKELY, "no answer")


def _unknown(columns: Sequence[Column], guesses: Guesses) -> None:
    """Say which few words come back in several columns and may be ordered."""
    groups: list[tuple[set[str], list[str]]] = []
    for column in columns:
        words = {value for value in column.values if column.counts[value] > 1}
        if len(words) < len(column.values) or len(words) not in WORDS:
            continue
        for known, names in groups:
            if len(words & known) >= 2 and len(words | known) in WORDS:
                known |= words
                names.append(column.name)
                break
        else:
            groups.append((words, [column.name]))
    for words, names in groups:
        if len(names) >= SIMILAR:
            why = "they come back in several columns; write numbers in their order to have them as a scale"
            said = f"{', '.join(sorted(words))} in {', '.join(names)}"
            guesses.add("ordered words?", said, UNSURE, why)
