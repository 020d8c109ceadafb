"""What every reader does at the end: a report while it is written, a code tree, a `Project`.

No files are read here.
"""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pandas as pd

from analysis.readers import CODEBOOK, REPORT, VARIABLES, Project, code_labels, coding_frame

SAME = ["document", "start", "end", "code", "coder", "memo"]


@dataclass
class Report:
    """The report of an import while it is being written; nothing is noted about nothing."""

    rows: list[tuple] = field(default_factory=list)

    def add(self, status: str, item: str, n: int = 1, document: str = "", note: str = "") -> None:
        """Note `n` things of one kind, unless n is 0."""
        if n:
            self.rows.append((status, item, document, n, note))

    def add_counts(self, status: str, counts: Mapping[str, int], document: str = "") -> None:
        """Note several kinds of things: item -> n."""
        for item, n in counts.items():
            self.add(status, item, n, document)


class Node(NamedTuple):
    """A code or a folder of codes as a tool stores it; `parent` is the key of another node."""

    key: Hashable
    name: str
    parent: Hashable = None
    description: str = ""
    codable: bool = True


def code_tree(nodes: Sequence[Node]) -> tuple[pd.DataFrame, dict[Hashable, str]]:
    """The codebook of some nodes in tree order, and the label of every key.

    A node whose parent is missing, or that is its own ancestor, stands at the top.

    Returns
    -------
    (codebook, labels) : columns `CODEBOOK`; key -> `code`.
    """
    known = {node.key: node for node in nodes}
    below: dict[Hashable, list[Node]] = {}
    for node in known.values():
        below.setdefault(node.parent if node.parent in known else None, []).append(node)
    at: dict[Hashable, int] = {}
    order: list[Node] = []
    # After the real tops come those in a circle: the first of each opens it.
    for top in [*below.get(None, []), *known.values()]:
        waiting = [top]
        while waiting:
            node = waiting.pop()
            if node.key not in at:
                at[node.key] = len(order)
                order.append(node)
                waiting += below.get(node.key, [])[::-1]
    parents = [at.get(n.parent) if n.parent in known else None for n in order]
    parents = [p if p is not None and p < i else None for i, p in enumerate(parents)]
    labels = code_labels([node.name for node in order], parents)
    rows = [
        (label, "" if parent is None else labels[parent], node.description, node.codable, "")
        for node, label, parent in zip(order, labels, parents, strict=True)
    ]
    texts = {name: "str" for name in CODEBOOK if name != "codable"}
    frame = pd.DataFrame(rows, columns=CODEBOOK).astype(texts | {"codable": "bool"})
    return frame, {node.key: label for node, label in zip(order, labels, strict=True)}


def project(
    rows: list[dict[str, Any]],
    documents: Mapping[str, str],
    codebook: pd.DataFrame,
    report: Report,
    values: Sequence[tuple[str, str, str, str, str]] = (),
) -> Project:
    """The finished project: frames in their standard form, and the report closed with its counts.

    Parameters
    ----------
    rows : codings, columns `readers.CODING`; a position that is not known is None.
    values : variables as (document, case, variable, type, value).

    Notes
    -----
    A coding with a position given twice is read once. Two without a position may be two places
    with the same words, so both stay.
    """
    coding = coding_frame(rows)
    placed = coding["start"].notna()
    twice = coding.duplicated(SAME) & placed
    coding = coding[~twice].reset_index(drop=True)
    report.add("read", "codes", int(codebook["codable"].sum()))
    report.add("read", "folders of codes", int((~codebook["codable"]).sum()))
    report.add("read", "values of variables", len(values))
    report.add("skipped", "codings given twice", int(twice.sum()))
    report.add("read", "codings", len(coding))
    report.add(
        "warning",
        "codings without a position",
        int((~placed).sum()),
        note="start and end are missing: they count as uses of a code, but coders cannot be "
        "compared, co-occurrence and coverage cannot be computed",
    )
    report.add("warning", "codings without a coder", int(coding["coder"].eq("").sum()))
    written = sum(1 for row in rows if row.get("created"))
    unread = written - int(coding["created"].notna().sum()) - int(twice.sum())
    report.add("warning", "codings with a time that cannot be read", max(unread, 0))
    report.add("warning", "codings without a time", int(coding["created"].isna().sum()))
    variables = pd.DataFrame(list(values), columns=VARIABLES).astype("str")
    return Project(
        coding, documents, codebook, variables, pd.DataFrame(report.rows, columns=REPORT)
    )


def without_zone(rows: Sequence[Mapping[str, Any]], report: Report) -> None:
    """Warn that a tool stores local times without saying of which place."""
    n = sum(1 for row in rows if row.get("created"))
    report.add("warning", "times without a time zone, taken as UTC", n)


def count_of(reasons: Sequence[str]) -> Counter[str]:
    """Reasons that are not empty, counted, in order of first appearance."""
    return Counter(reason for reason in reasons if reason)
