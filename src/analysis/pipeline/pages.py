"""Pages of the book that are written from data: the codebook, and the claims with their evidence."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from analysis.pipeline.errors import EvidenceError

Row = Mapping[str, str]

# What a reader is shown for each status, and what it means. “Illustrated” must stay true when the
# book is made from somebody's own records, so it does not say what kind of records they are.
STATUS = {
    "recomputed": (
        "recomputed",
        "The source prints a percentage with a base. The page asks which number of people, if any, can stand "
        "behind it, alone or with the other figures of its question. That the figure is possible does not make it true.",
    ),
    "coded": (
        "coded",
        "No percentage is printed. The claim is coded, by one reader, in our tables of cases or themes, "
        "and the page counts those codes.",
    ),
    "illustrated": (
        "illustrated, not confirmed",
        "The page shows how such a finding would be reached, on other records than the source's. "
        "It can neither confirm nor refute the claim.",
    ),
    "stated": (
        "stated",
        "The source says so and prints no percentage with a base to check. The page speaks of it.",
    ),
    "untestable": (
        "untestable",
        "Only records that were never published could decide it. The page says why.",
    ),
}
REAL = ("published", "coded")
THEMES = "notebooks/across"


def write_pages(published: Path, evidence: Path, results: Path, stage: Path) -> None:
    """Write `made-codebook.md` and `made-claims.md` into the staged book.

    Raises
    ------
    EvidenceError
        For a claim without evidence, or with a page or a result key that does not exist.
    """
    package = json.loads((published / "datapackage.json").read_text(encoding="utf-8"))
    (stage / "made-codebook.md").write_text("\n".join(codebook(package)), encoding="utf-8")
    text = claims_page(
        read_table(published / "sources.csv"),
        read_table(published / "claims.csv"),
        read_table(evidence),
        read_table(results),
    )
    (stage / "made-claims.md").write_text("\n".join(text), encoding="utf-8")
    missing = {row["page"] for row in read_table(evidence)} - staged(stage)
    if missing:
        raise EvidenceError(
            f"{evidence.name} leads to pages that are not there: {', '.join(sorted(missing))}."
        )


def read_table(path: Path) -> list[dict[str, str]]:
    """A CSV table as rows of texts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def staged(stage: Path) -> set[str]:
    """Names of the pages that the staged book has by now, without ending."""
    return {
        path.relative_to(stage).with_suffix("").as_posix()
        for pattern in ("*.md", "notebooks/*.ipynb")
        for path in stage.glob(pattern)
    }


def codebook(package: Mapping[str, Any]) -> Iterable[str]:
    """Markdown lines: every table and every field of the data package."""
    yield from ("# Codebook of the published data", "", escape(package.get("description", "")), "")
    for table in package["resources"]:
        schema = table["schema"]
        links = _links(table["path"], schema, package["resources"])
        yield from (f"## {escape(table['path'])}", "", escape(table.get("description", "")), "")
        yield from ("| field | type | meaning | allowed |", "|---|---|---|---|")
        for field in schema["fields"]:
            rules = field.get("constraints", {})
            allowed = [_rule(name, value) for name, value in rules.items() if value is not False]
            allowed += links.get(field["name"], [])
            cells = (field["name"], field["type"], field.get("description", ""), "; ".join(allowed))
            yield line(escape(cell) for cell in cells)
        yield ""


RULES = {"enum": "one of", "minimum": "at least", "maximum": "at most"}


def _rule(name: str, value: Any) -> str:
    if value is True:
        return name
    said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return f"{RULES.get(name, name)}: {said}"


def _links(
    path: str, schema: Mapping[str, Any], tables: list[Mapping[str, Any]]
) -> dict[str, list[str]]:
    """For each field that points at a field of another table, or of its own: where it points."""
    files = {table["name"]: table["path"] for table in tables} | {"": path}
    links: dict[str, list[str]] = {}
    for key in schema.get("foreignKeys", []):
        there = files[key["reference"]["resource"]]
        for here, target in zip(key["fields"], key["reference"]["fields"], strict=True):
            links.setdefault(here, []).append(f"found in: {there}, {target}")
    return links


def claims_page(
    sources: list[dict[str, str]],
    claims: list[dict[str, str]],
    evidence: list[dict[str, str]],
    results: list[dict[str, str]],
) -> Iterable[str]:
    """Markdown lines: every claim of every source with what bears on it and where.

    Parameters
    ----------
    sources, claims
        Rows of the published tables of these names.
    evidence
        Rows of `claim, page, key, status`; `key` may be empty.
    results
        Rows of `results.csv`.

    Raises
    ------
    EvidenceError
        When a claim has no row of evidence or several, a row of evidence no claim, a key no result, or a status is
        unknown; and when anything but published figures is offered as a number for a claim or as a recomputation of it.
    """
    found = {row["claim"]: row for row in evidence}
    numbers = {(row["notebook"], row["key"]): row for row in results if not row["row"]}
    problems = _unmatched(claims, evidence)
    problems += [
        f"claim {row['claim']} points at {row['page']} {row['key']}, which is not in results.csv"
        for row in evidence
        if row["key"] and _number(row) not in numbers
    ]
    problems += [
        f"claim {row['claim']} has status {row['status']!r}; expected one of {', '.join(STATUS)}"
        for row in evidence
        if row["status"] not in STATUS
    ]
    problems += _unreal(evidence, results)
    if problems:
        raise EvidenceError("Evidence of claims: " + "; ".join(problems) + ".")
    texts = {place: row["text"] for place, row in numbers.items()}
    return _claims_lines(sources, claims, found, texts)


def _unmatched(claims: list[dict[str, str]], evidence: list[dict[str, str]]) -> list[str]:
    known = {claim["id"] for claim in claims}
    rows = Counter(row["claim"] for row in evidence)
    problems = [f"claim {name} has no evidence" for name in sorted(known - set(rows))]
    problems += [f"evidence for {name}, which is no claim" for name in sorted(set(rows) - known)]
    return problems + [
        f"claim {name} has {count} rows of evidence" for name, count in rows.items() if count > 1
    ]


def _unreal(evidence: list[dict[str, str]], results: list[dict[str, str]]) -> list[str]:
    """Claims of real texts may be answered with figures of real texts only."""
    unreal = {row["notebook"] for row in results if row["origin"] not in REAL}
    return [
        f"claim {row['claim']} is answered from {row['page']}, whose numbers are not published ones"
        for row in evidence
        if (row["key"] or row["status"] == "recomputed") and Path(row["page"]).name in unreal
    ]


def _number(row: Row) -> tuple[str, str]:
    return Path(row["page"]).name, row["key"]


def _claims_lines(
    sources: list[dict[str, str]],
    claims: list[dict[str, str]],
    found: Mapping[str, Row],
    numbers: Mapping[tuple[str, str], str],
) -> Iterable[str]:
    yield from ("# Claims and their evidence", "")
    yield (
        "Every claim that we found in the sources, in our words and in the order of the texts, with what this compendium can "
        "say about it. The last column leads to the page that speaks of it. Where one published number there bears on exactly "
        "this claim, the number stands beside the link; where a claim is coded under a theme, its theme does."
    )
    yield from ("", "## What the statuses mean", "")
    yield from ("| status | meaning | claims |", "|---|---|---|")
    counts = Counter(found[claim["id"]]["status"] for claim in claims)
    for status, (label, meaning) in STATUS.items():
        yield line((f"**{label}**", meaning, str(counts[status])))
    for source in sources:
        rows = [claim for claim in claims if claim["source"] == source["key"]]
        if not rows:
            continue
        yield from ("", f"## {escape(source['short'])}", "")
        yield from ("| where | claim | printed | status | evidence |", "|---|---|---|---|---|")
        for claim in rows:
            proof = found[claim["id"]]
            cells = [escape(claim[name]) for name in ("place", "paraphrase", "value")]
            yield line((*cells, STATUS[proof["status"]][0], _evidence(claim, proof, numbers)))


def _evidence(claim: Row, proof: Row, numbers: Mapping[tuple[str, str], str]) -> str:
    """The link, with the page's own title, and the number or the theme beside it."""
    suffix = ".ipynb" if proof["page"].startswith("notebooks/") else ".md"
    beside = numbers.get(_number(proof), "")
    if not beside and proof["page"] == THEMES and claim.get("theme"):
        beside = f"theme “{claim['theme'].replace('-', ' ')}”"
    return f"[]({proof['page']}{suffix})" + (f" – {escape(beside)}" if beside else "")


def line(cells: Iterable[str]) -> str:
    """Cells, already Markdown, as one line of a table."""
    return "| " + " | ".join(cells) + " |"


def escape(text: str) -> str:
    """Text from data as plain Markdown text within a table cell."""
    for sign in "\\`*_{}[]<>|$#":
        text = text.replace(
            sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign]
        )
    return " ".join(text.split())
