"""One thing that is wrong in a table, as data: where, what was found, what was expected, how to mend it.

Only shapes and how they read; what is wrong is found in the rooms of records.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from analysis.printed import one_line, shown

MAX_SHOWN = 20
MAX_KEPT = 10_000


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong. `said` is the sentence without the place; `row` the line in the file.

    `kind` is the same for problems that differ only in row and value; `value` is one harmless line.
    """

    file: str
    said: str
    row: int | None = None
    column: str | None = None
    value: str | None = None
    expected: str = ""
    mend: str = ""
    severity: str = "error"
    kind: str = ""

    @property
    def message(self) -> str:
        """`row 4, column 'risk': 'severe'; expected one of low, high.`"""
        row = [] if self.row is None else [f"row {self.row}"]
        named = self.column is not None and self.kind != "declaration"
        column = [f"column {shown(str(self.column))}"] if named else []
        place = ", ".join(row + column)
        return one_line(f"{place}: {self.said}" if place else self.said)

    @property
    def sentence(self) -> str:
        """The message behind the name of the file."""
        return f"{one_line(self.file)}: {self.message}"

    def record(self) -> dict[str, str | int | None]:
        """The problem for `--json`."""
        return {
            "severity": self.severity,
            "file": self.file,
            "row": self.row,
            "column": self.column,
            "value": self.value,
            "expected": self.expected,
            "mend": self.mend,
            "message": self.message,
        }


class TableError(ValueError):
    """A table that cannot be read as one; `problems` says why."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = list(problems)
        super().__init__("\n".join(problem.sentence for problem in self.problems))


def refused(file: str, said: str, mend: str = "", row: int | None = None) -> TableError:
    """The error for a table with one thing wrong that keeps it from being read."""
    return TableError([Problem(file, said, row=row, mend=mend, kind="not readable")])


def errors(problems: Iterable[Problem]) -> list[Problem]:
    """Those that are no mere warnings."""
    return [problem for problem in problems if problem.severity == "error"]


def shortened(sentences: Sequence[str]) -> list[str]:
    """At most `MAX_SHOWN` sentences, and how many more there are."""
    rest = len(sentences) - MAX_SHOWN
    return [*sentences[:MAX_SHOWN], f"and {rest} more problems."] if rest > 0 else [*sentences]


def by_kind(problems: Sequence[Problem]) -> list[tuple[Problem, int]]:
    """At most `MAX_SHOWN` problems of one kind in one column; beside the last of them how many more."""
    kinds = [(problem.file, problem.column, problem.kind) for problem in problems]
    total, seen, kept = Counter(kinds), Counter[tuple[str, str | None, str]](), []
    for problem, kind in zip(problems, kinds, strict=True):
        seen[kind] += 1
        if seen[kind] <= MAX_SHOWN:
            rest = total[kind] - MAX_SHOWN if seen[kind] == MAX_SHOWN else 0
            kept.append((problem, rest))
    return kept
