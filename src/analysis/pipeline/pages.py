"""Pages of the book that are written from data: the codebook, and with `ledger_page` the ledger of claims."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from analysis.pipeline import ledger_page
from analysis.pipeline.files import put
from analysis.pipeline.markdown import escape, line, read_table, staged

__all__ = ["codebook", "escape", "line", "read_table", "staged", "write_pages"]


def write_pages(published: Path, evidence: Path, results: Path, stage: Path) -> None:
    """Write `made-codebook.md` and `made-claims.md` into the staged book; `mission.csv` stands beside `evidence`.

    Raises
    ------
    EvidenceError
        See `ledger_page.write_page`.
    """
    package = json.loads((published / "datapackage.json").read_text(encoding="utf-8"))
    put(stage / "made-codebook.md", "\n".join(codebook(package)))
    ledger_page.write_page(published, evidence.parent, results, stage)


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
