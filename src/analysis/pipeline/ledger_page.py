"""The page of the ledger: what was asked and where it is answered, then every claim with its verdict and the place that shows it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from html import escape as html_escape
from pathlib import Path

import pandas as pd

from analysis import published
from analysis.pipeline import ledger
from analysis.pipeline.downloads import write_files
from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.files import put
from analysis.pipeline.ledger import VERDICTS, Row, Verdict
from analysis.pipeline.ledger_links import links
from analysis.pipeline.markdown import escape, line, read_table, rule, staged
from analysis.pipeline.shown_tables import plain, shown_tables

FILES = Path("_static") / "ledger" / "claims-ledger"
ADDRESS = re.compile(r'href="([^"]+)"')
REAL = ("published", "coded")
INTRO = (
    "Every claim that we found in the sources, in our words and in the order of the texts, with its verdict and a link that opens the very place "
    "which shows it. Verdicts follow from the computation by rule: none is written by hand, and when a number changes, its verdict changes or this "
    "page is not made. The list can be filtered below and taken away as "
    '<a href="_static/ledger/claims-ledger.csv" download>claims-ledger.csv</a> or '
    '<a href="_static/ledger/claims-ledger.xlsx" download>claims-ledger.xlsx</a>.'
)


def write_page(published_folder: Path, book: Path, results: Path, stage: Path) -> None:
    """Write `made-claims.md` and its two files into the staged book.

    Parameters
    ----------
    published_folder : folder of the published tables.
    book : folder with `evidence.csv` (claim to page) and `mission.csv` (part to chapters).
    results : results.csv.
    stage : the staged book, with its notebooks.

    Raises
    ------
    EvidenceError
        For a claim without a link or with two, a link to a page, place or number that is not there, a kind of link that the
        claim's figure does not have, a part of the mission without claims or chapters, and for numbers that differ.
    """
    tables = {name: read_table(published_folder / f"{name}.csv") for name in ("sources", "claims")}
    evidence, mission = read_table(book / "evidence.csv"), read_table(book / "mission.csv")
    rows = read_table(results)
    wrong = unmatched(tables["claims"], evidence) + lent(evidence, rows)
    wrong += empty_parts(mission, evidence, staged(stage))
    if wrong:
        raise EvidenceError("Evidence of claims: " + "; ".join(wrong) + ".")
    verdicts = judged(published_folder, tables["claims"], evidence, rows, stage)
    proofs = {row["claim"]: row for row in evidence}
    opened = links(tables["claims"], proofs, verdicts, rows, stage)
    text = page_lines(tables, evidence, mission, verdicts, opened)
    put(stage / "made-claims.md", "\n".join(text) + "\n")
    body = as_rows(tables, proofs, verdicts, opened)
    about = [
        "Claims of the sources with their verdicts.",
        *(": ".join(pair) for pair in VERDICTS.values()),
    ]
    write_files(stage / FILES, HEAD, body, about)


def unmatched(claims: list[dict[str, str]], evidence: list[dict[str, str]]) -> list[str]:
    """One sentence for each claim without exactly one row of links, and each row without a claim."""
    known = {claim["id"] for claim in claims}
    rows = Counter(row["claim"] for row in evidence)
    problems = [f"claim {name} has no evidence" for name in sorted(known - set(rows))]
    problems += [f"evidence for {name}, which is no claim" for name in sorted(set(rows) - known)]
    return problems + [
        f"claim {name} has {count} rows of evidence" for name, count in rows.items() if count > 1
    ]


def lent(evidence: list[dict[str, str]], results: list[dict[str, str]]) -> list[str]:
    """One sentence for each link whose number is not there, or lends an unreal number to a claim of a real text."""
    numbers = {(row["notebook"], row["key"]) for row in results if row["kind"] == "prose"}
    unreal = {row["notebook"] for row in results if row["origin"] not in REAL}
    problems = [
        f"claim {row['claim']} points at {row['page']} {row['key']}, which no sentence of results.csv has"
        for row in evidence
        if row["key"] and (Path(row["page"]).name, row["key"]) not in numbers
    ]
    return problems + [
        f"claim {row['claim']} is answered from {row['page']}, whose numbers are not published ones"
        for row in evidence
        if (row["key"] or row["status"] == "recomputed") and Path(row["page"]).name in unreal
    ]


def empty_parts(
    mission: list[dict[str, str]], evidence: list[dict[str, str]], pages: set[str]
) -> list[str]:
    """One sentence for each part of the mission without claims or without a chapter in the book, and each claim without a part."""
    claims = Counter(row["part"] for row in evidence)
    named = {row["part"] for row in mission}
    problems = [
        f"part {row['part']} of mission.csv has no claim"
        for row in mission
        if not claims[row["part"]]
    ]
    for row in mission:
        chapters = [name for name in row["chapters"].split(";") if name]
        problems += [] if chapters else [f"part {row['part']} of mission.csv has no chapter"]
        problems += [
            f"mission.csv leads to {name}, which is not there"
            for name in chapters
            if name not in pages
        ]
    return problems + [
        f"claims have the part {name!r}, which mission.csv has not"
        for name in sorted(set(claims) - named)
    ]


def judged(
    published_folder: Path,
    claims: list[dict[str, str]],
    evidence: list[dict[str, str]],
    results: list[dict[str, str]],
    stage: Path,
) -> dict[str, Verdict]:
    """The verdict on every claim by id, from the audit page as staged."""
    percentages = published.read_percentages(published_folder / "percentages.csv")
    pairs = pd.read_csv(published_folder / "pairs.csv", dtype=str, keep_default_na=False)
    shown = {table.key: table for table in shown_tables(stage / f"{ledger.AUDIT}.ipynb", results)}
    found = ledger.figures(percentages, read_table(published_folder / "verbal.csv"), pairs, shown)
    same_as = dict(zip(percentages["id"], percentages["same_as"], strict=True))
    wrong = ledger.problems(claims, evidence, found, same_as)
    if wrong:
        raise EvidenceError("Evidence of claims: " + "; ".join(wrong) + ".")
    said = {
        (row["notebook"], row["key"]): plain(row["text"])
        for row in results
        if row["kind"] == "prose"
    }
    proofs = {row["claim"]: row for row in evidence}
    return {
        claim["id"]: ledger.judge(claim, proofs[claim["id"]], found, same_as, said)
        for claim in claims
    }


def page_lines(
    tables: Mapping[str, list[dict[str, str]]],
    evidence: list[dict[str, str]],
    mission: list[dict[str, str]],
    verdicts: Mapping[str, Verdict],
    opened: Mapping[str, list[str]],
) -> Iterable[str]:
    """Markdown lines of the page; `opened` holds the links of each claim."""
    yield from ("# Claims ledger", "", INTRO, "")
    yield from mission_lines(mission, evidence, verdicts)
    yield from ("", "## What the verdicts mean", "")
    yield from (line(("verdict", "meaning", "claims")), rule(3))
    counts = Counter(verdict.name for verdict in verdicts.values())
    for name, (label, meaning) in VERDICTS.items():
        yield line((f"**{label}**", meaning, str(counts[name])))
    proofs = {row["claim"]: row for row in evidence}
    yield ""
    for source in tables["sources"]:
        rows = [claim for claim in tables["claims"] if claim["source"] == source["key"]]
        if rows:
            yield from (f"## {escape(source['short'])}", "")
            yield from (line(("claim", "printed", "verdict", "opens")), rule(4))
            for claim in rows:
                name = claim["id"]
                yield line(_cells(claim, proofs[name], verdicts[name], opened[name]))
            yield ""


def mission_lines(
    mission: Iterable[Row], evidence: Iterable[Row], verdicts: Mapping[str, Verdict]
) -> Iterable[str]:
    """Markdown lines: each part of what was asked, its chapters, its claims, and how many of these have a figure that was tested."""
    parts: dict[str, list[str]] = {}
    for row in evidence:
        parts.setdefault(row["part"], []).append(verdicts[row["claim"]].name)
    tested = ("impossible", "contradicted", "recomputed", "attainable")
    yield from ("## What was asked, and where it is answered", "")
    yield from (
        line(("part", "question", "chapters", "claims", "with a figure that could be tested")),
        rule(5),
    )
    for row in mission:
        names = parts[row["part"]]
        chapters = ", ".join(
            f"[]({page}{'.ipynb' if page.startswith('notebooks/') else '.md'})"
            for page in row["chapters"].split(";")
        )
        count = sum(name in tested for name in names)
        yield line(
            (escape(row["title"]), escape(row["asks"]), chapters, str(len(names)), str(count))
        )


def _cells(claim: Row, proof: Row, verdict: Verdict, links: Iterable[str]) -> Iterable[str]:
    marks = {"kind": claim["kind"], "theme": claim["theme"], "part": proof["part"]}
    data = "".join(f' data-{name}="{html_escape(value)}"' for name, value in marks.items() if value)
    label = f"**{VERDICTS[verdict.name][0]}**" + (
        f" – {escape(verdict.why)}" if verdict.why else ""
    )
    said = f'<span id="claim-{html_escape(claim["id"])}"{data}></span>{escape(claim["paraphrase"])}'
    where = f'<small class="where">{escape(claim["place"])}</small>'
    return f"{said} {where}", escape(claim["value"]), label, "; ".join(links)


HEAD = (
    "source",
    "id",
    "part",
    "kind",
    "theme",
    "place",
    "claim",
    "printed",
    "base",
    "verdict",
    "why",
    "opens",
)


def as_rows(
    tables: Mapping[str, list[dict[str, str]]],
    proofs: Mapping[str, Row],
    verdicts: Mapping[str, Verdict],
    opened: Mapping[str, list[str]],
) -> list[list[str]]:
    """The ledger as rows of `HEAD`, for the files; the last column holds the addresses, from the first page of the book."""
    rows = []
    for claim in tables["claims"]:
        name = claim["id"]
        verdict = verdicts[name]
        places = " ".join(ADDRESS.findall(" ".join(opened[name])))
        about = [
            claim[column] for column in ("kind", "theme", "place", "paraphrase", "value", "base")
        ]
        rows.append(
            [
                claim["source"],
                name,
                proofs[name]["part"],
                *about,
                VERDICTS[verdict.name][0],
                verdict.why,
                places,
            ]
        )
    return rows
