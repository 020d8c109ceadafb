"""Where each claim of the ledger leads: a page and the very place in it. A place that is not there stops the build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from docutils.nodes import make_id

from analysis.pipeline.anchors import place, places
from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.ledger import Row, Verdict
from analysis.pipeline.markdown import link, source_of, title_of
from analysis.pipeline.shown_tables import shown_tables
from analysis.wording import catalogue

BY_THEME = "convergence"  # the table whose rows are the themes that claims are coded under
CITED = re.compile(r"\{cite\}`([\w,]+)`")
SECTION = re.compile(r"^##+ +(.+?) *$", re.M)


def links(
    claims: Iterable[Row],
    proofs: Mapping[str, Row],
    verdicts: Mapping[str, Verdict],
    results: Iterable[Row],
    stage: Path,
) -> dict[str, list[str]]:
    """One or two links for each claim: to what gives the verdict and, where that is another page, to the page that speaks of it.

    Raises
    ------
    EvidenceError
        For every place that is not there, all at once.
    """
    shown = {row["page"] for row in proofs.values()} | {v.page for v in verdicts.values()}
    missing = sorted(page for page in shown if not _file(stage, page).is_file())
    if missing:
        raise EvidenceError(
            f"evidence.csv leads to pages that are not there: {', '.join(missing)}."
        )
    notebooks = sorted(page for page in shown if page.startswith("notebooks/"))
    known = {page: places(_file(stage, page)) for page in notebooks}
    rows = _rows(results, [_file(stage, page) for page in notebooks])
    titles = {page: title_of(stage, page) for page in shown}
    sections = {page: _sections(source_of(stage, page)) for page in shown - set(notebooks)}
    found: dict[str, list[str]] = {}
    lost = []
    for claim in claims:
        proof, verdict = proofs[claim["id"]], verdicts[claim["id"]]
        page, anchor = verdict.page, _place(claim, proof, verdict, rows)
        if page in sections:
            anchor = sections[page].get(claim["source"], "")
        elif anchor and anchor not in known[page]:
            anchor = place(Path(page).name, anchor, "figure")
        if anchor and page in known and anchor not in known[page]:
            lost.append(f"claim {claim['id']} leads to {page}#{verdict.anchor}")
        found[claim["id"]] = [link(page, titles[page], anchor)]
        if proof["page"] != page:
            found[claim["id"]].append(link(proof["page"], titles[proof["page"]]))
    if lost:
        raise EvidenceError("There is no such place: " + "; ".join(lost) + ".")
    return found


def _file(stage: Path, page: str) -> Path:
    return stage / f"{page}{'.ipynb' if page.startswith('notebooks/') else '.md'}"


def _place(
    claim: Row, proof: Row, verdict: Verdict, rows: Mapping[tuple[str, str], Mapping[str, int]]
) -> str:
    """The table's row that a claim is about, where it names one; else what the verdict names."""
    theme = claim["theme"] if verdict.anchor == BY_THEME else ""
    label = proof["row"] or catalogue("en")["values"].get(theme, theme)
    number = rows.get((verdict.page, verdict.anchor), {}).get(label)
    return f"{verdict.anchor}-{number}" if label and number else verdict.anchor


def _rows(results: Iterable[Row], notebooks: list[Path]) -> dict[tuple[str, str], dict[str, int]]:
    """Table -> text of the first cell -> number of the row."""
    results = list(results)
    return {
        (f"notebooks/{table.page}", table.key): {row[0]: n for n, row in enumerate(table.rows, 1)}
        for path in notebooks
        for table in shown_tables(path, results)
    }


def _sections(text: str) -> dict[str, str]:
    """Source -> id of the section of a hand-written page that cites it first."""
    found: dict[str, str] = {}
    parts = SECTION.split(text)
    for heading, body in zip(parts[1::2], parts[2::2], strict=True):
        for keys in CITED.findall(body):
            for key in keys.split(","):
                found.setdefault(key, make_id(heading))
    return found
