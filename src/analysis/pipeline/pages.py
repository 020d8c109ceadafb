"""Pages of the book that are written from data: the codebook, and the claims with their evidence."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from analysis.pipeline.errors import EvidenceError

STATUS = {
    "recomputed": "recomputed from printed figures",
    "coded": "in a coded table of ours",
    "illustrated": "illustrated on synthetic data, which cannot confirm it",
    "stated": "stated by the source; nothing printed to check it with",
    "untestable": "not testable without the records",
}


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
    missing = {row["page"] for row in read_table(evidence)} - _pages(stage)
    if missing:
        raise EvidenceError(
            f"{evidence.name} leads to pages that are not there: {', '.join(sorted(missing))}."
        )


def read_table(path: Path) -> list[dict[str, str]]:
    """A CSV table as rows of texts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def _pages(stage: Path) -> set[str]:
    return {
        path.relative_to(stage).with_suffix("").as_posix()
        for pattern in ("*.md", "notebooks/*.ipynb")
        for path in stage.glob(pattern)
    }


def codebook(package: Mapping[str, Any]) -> Iterable[str]:
    """Markdown lines: every table and every field of the data package."""
    yield from ("# Codebook of the published data", "", escape(package.get("description", "")), "")
    for table in package["resources"]:
        yield from (f"## {escape(table['path'])}", "", escape(table.get("description", "")), "")
        yield from ("| field | type | meaning | allowed |", "|---|---|---|---|")
        for field in table["schema"]["fields"]:
            rules = field.get("constraints", {})
            allowed = "; ".join(f"{name}: {_rule(value)}" for name, value in rules.items())
            cells = (field["name"], field["type"], field.get("description", ""), allowed)
            yield "| " + " | ".join(escape(cell) for cell in cells) + " |"
        yield ""


def _rule(value: Any) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def claims_page(
    sources: list[dict[str, str]],
    claims: list[dict[str, str]],
    evidence: list[dict[str, str]],
    results: list[dict[str, str]],
) -> Iterable[str]:
    """Markdown lines: every claim of every source with what bears on it and where.

    Raises
    ------
    EvidenceError
        When a claim has no row of evidence, a row of evidence no claim, or a key no result.
    """
    found = {row["claim"]: row for row in evidence}
    known = {claim["id"] for claim in claims}
    numbers = {(row["notebook"], row["key"]): row["text"] for row in results if not row["row"]}
    problems = [f"claim {name} has no evidence" for name in sorted(known - set(found))]
    problems += [f"evidence for {name}, which is no claim" for name in sorted(set(found) - known)]
    problems += [
        f"claim {row['claim']} points at {row['page']} {row['key']}, which is not in results.csv"
        for row in evidence
        if row["key"] and (Path(row["page"]).name, row["key"]) not in numbers
    ]
    problems += [
        f"claim {r['claim']} has status {r['status']!r}"
        for r in evidence
        if r["status"] not in STATUS
    ]
    if problems:
        raise EvidenceError("Evidence of claims: " + "; ".join(problems) + ".")
    return _claims_lines(sources, claims, found, numbers)


def _claims_lines(
    sources: list[dict[str, str]],
    claims: list[dict[str, str]],
    found: Mapping[str, Mapping[str, str]],
    numbers: Mapping[tuple[str, str], str],
) -> Iterable[str]:
    yield from ("# Claims and their evidence", "")
    yield (
        "Every claim that we found in the sources, in our words, with what this compendium can say about it. "
        "The last column leads to the page, and shows the number there where one number bears on the claim."
    )
    for source in sources:
        rows = [claim for claim in claims if claim["source"] == source["key"]]
        if not rows:
            continue
        yield from ("", f"## {escape(source['short'])}", "")
        yield from ("| where | claim | printed | status | evidence |", "|---|---|---|---|---|")
        for claim in rows:
            proof = found[claim["id"]]
            suffix = ".ipynb" if proof["page"].startswith("notebooks/") else ".md"
            number = numbers.get((Path(proof["page"]).name, proof["key"]), "")
            link = f"[{Path(proof['page']).name.replace('_', ' ')}]({proof['page']}{suffix})"
            cells = [escape(claim[name]) for name in ("place", "paraphrase", "value")]
            yield (
                "| "
                + " | ".join([*cells, STATUS[proof["status"]], f"{link} {escape(number)}"])
                + " |"
            )


def escape(text: str) -> str:
    """Text from data as plain Markdown text within a table cell."""
    for sign in "\\`*_{}[]<>|$#":
        text = text.replace(
            sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign]
        )
    return " ".join(text.split())
