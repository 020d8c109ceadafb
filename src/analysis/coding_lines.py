"""What `casework coding` prints: how much was read and skipped of coded interviews, and why. Texts only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from analysis.printed import one_line

if TYPE_CHECKING:
    from analysis.readers import Project

EMPTY = 2
WIDEST = 300  # characters of one part of a line: names come from strangers


def counts(project: Project) -> dict[str, int]:
    """How much there is: documents, codings, codes in use, coders, codings with a position."""
    coding = project.coding
    return {
        "documents": int(coding["document"].nunique()),
        "texts": len(project.documents),
        "codings": len(coding),
        "codes": int(coding["code"].nunique()),
        "coders": int(coding.loc[coding["coder"].ne(""), "coder"].nunique()),
        "placed": int(coding["start"].notna().sum()),
    }


def summary(project: Project) -> str:
    """The import in one sentence."""
    n = counts(project)
    if _is_codebook(project):
        return f"a codebook of {_some(len(project.codebook), 'code')}, without codings"
    if not n["codings"]:
        return "no coding could be read"
    parts = [_some(n["codings"], "coding"), _some(n["codes"], "code"), _some(n["coders"], "coder")]
    places = "all" if n["placed"] == n["codings"] else str(n["placed"] or "none")
    documents = _some(n["documents"], "document")
    return f"{', '.join(parts)} in {documents}; {places} of the codings with a position"


def lines(project: Project) -> list[str]:
    """The import report, one harmless line per entry: what was read, skipped, or is in doubt."""
    return [_line(row) for row in project.report.to_dict("records")]


def _line(row: dict[Any, Any]) -> str:
    where = f" in {_part(row['document'])}" if row["document"] else ""
    note = f" ({_part(row['note'])})" if row["note"] else ""
    return f"{row['status']}: {row['n']} × {_part(row['item'])}{where}{note}"


def record(project: Project) -> dict[str, Any]:
    """The import as JSON holds it: counts, number of codings per coder, the report."""
    coders = project.coding["coder"].value_counts(sort=False).sort_index()
    return {
        **counts(project),
        "by_coder": {str(name): int(n) for name, n in coders.items()},
        "report": project.report.to_dict("records"),
    }


def exit_code(project: Project) -> int:
    """0 where there is a coding, or the file is a codebook and holds a code; otherwise 2."""
    return 0 if len(project.coding) or _is_codebook(project) else EMPTY


def _is_codebook(project: Project) -> bool:
    told = project.report["item"].eq("codebook, without codings").any()
    return bool(told) and len(project.codebook) > 0


def _some(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _part(text: object) -> str:
    shown = one_line(str(text))
    return shown if len(shown) <= WIDEST else f"{shown[: WIDEST - 3]}..."
