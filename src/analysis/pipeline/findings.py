"""The page that sums up what was found and how strong each strand is, by named standards; findings, standards and ratings are data."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.files import put
from analysis.pipeline.markdown import escape, line, link, read_table, rule, staged, title_of
from analysis.pipeline.shown_tables import plain

Row = Mapping[str, str]
Tables = Mapping[str, list[dict[str, str]]]
FILES = ("standards", "levels", "strands", "findings", "ratings")
UNRATED = ("not rated", "not applicable")
KEY = re.compile(r"\{(\w+)\}")
LOW = 2  # where GRADE starts for evidence that is not randomised, counted from “very low” as one
OPEN = "left to you"
DESIGN = "rating of the design, not of a finding"
ORIGINS = {
    "synthetic": "synthetic",
    "published": "real, printed figures",
    "coded": "real texts, our coding",
    "records": "your records",
    "": "real, stated in words",
}
INTRO = (
    "What was found, on which base, with which interval, whether it is real, and how strong the strand is that it stands on. Every number is taken "
    "from `results.csv`. How strong is said by named standards, each with the reason. A rating of a **synthetic** strand is a "
    "**rating of the design, not of a finding**: it says how far such records could be trusted if they were real."
)
OWN = (
    "What was found, on which base, with which interval, and how strong the strand is that it stands on. Every number is taken from `results.csv`. "
    f"Ratings that follow from the design are filled in; those that need a look at the data are {OPEN}."
)


def write_page(folder: Path, results: Path, stage: Path) -> None:
    """Write `made-findings.md` into the staged book, from the data package of standards in `folder`.

    Findings of notebooks that the book does not have are left out, and so are strands without a finding.

    Raises
    ------
    EvidenceError
        For a finding without a number, an interval or a base in results.csv, and for a rating that its standard does not have.
    """
    tables = {name: read_table(folder / f"{name}.csv") for name in FILES}
    rows = [row for row in read_table(results) if row["kind"] == "prose"]
    pages = staged(stage)
    tables["findings"] = [row for row in tables["findings"] if row["page"] in pages]
    numbers = {(row["notebook"], row["key"]): row for row in rows}
    wrong = problems(tables, numbers)
    if wrong:
        raise EvidenceError("Summary of findings: " + "; ".join(wrong) + ".")
    titles = {page: title_of(stage, page) for page in {row["page"] for row in tables["findings"]}}
    text = "\n".join(page_lines(tables, numbers, titles))
    put(stage / "made-findings.md", text + "\n")


def problems(tables: Tables, numbers: Mapping[tuple[str, str], Row]) -> list[str]:
    """One sentence for each finding without a complete number and each rating outside its standard."""
    found = []
    for row in tables["findings"]:
        page = Path(row["page"]).name
        named = [*KEY.findall(row["says"]), *([row["key"]] if row["key"] else [])]
        gone = [key for key in named if (page, key) not in numbers]
        found += [
            f"finding {row['finding']} takes {page} {key}, which no sentence of results.csv has"
            for key in gone
        ]
        if row["key"] and not gone:
            lacking = [c for c in ("value", "low", "high", "n") if not numbers[page, row["key"]][c]]
            found += [
                f"finding {row['finding']} has no {c} under {page} {row['key']}" for c in lacking
            ]
    strands = {row["strand"] for row in tables["strands"]}
    found += [
        f"finding {r['finding']} has strand {r['strand']!r}"
        for r in tables["findings"]
        if r["strand"] not in strands
    ]
    levels = {(row["standard"], row["domain"], row["level"]) for row in tables["levels"]}
    for row in tables["ratings"]:
        place = (row["standard"], _scale(row), row["rating"])
        if row["rating"] not in UNRATED and place not in levels:
            found.append(
                f"{row['strand']}, {row['standard']}, {row['domain']}: no level {row['rating']!r}"
            )
        if not row["reason"]:
            found.append(f"{row['strand']}, {row['standard']}, {row['domain']}: no reason")
    return found


def certainty(ratings: Iterable[Row], levels: Iterable[Row]) -> str:
    """The GRADE certainty of a strand: low, taken down by the steps of its domains, at least very low.

    Raises
    ------
    EvidenceError
        When a domain has a rating that the standard does not have.
    """
    grade = [row for row in levels if row["standard"] == "grade"]
    steps = {row["level"]: int(row["steps"]) for row in grade if row["domain"] == "domain"}
    names = {int(row["steps"]): row["level"] for row in grade if row["domain"] == "certainty"}
    given = [
        row["rating"]
        for row in ratings
        if row["standard"] == "grade" and row["rating"] not in UNRATED
    ]
    unknown = [each for each in given if each not in steps]
    if unknown:
        raise EvidenceError(f"GRADE has no {', '.join(unknown)}; it has {', '.join(steps)}.")
    return names[max(1, LOW - sum(steps[each] for each in given))]


def page_lines(
    tables: Tables, numbers: Mapping[tuple[str, str], Row], titles: Mapping[str, str]
) -> Iterable[str]:
    """Markdown lines: the findings, then each strand's ratings with reasons, then what the levels mean."""
    origins = _origins(tables["findings"], numbers)
    own = "records" in origins.values()
    shown = [row for row in tables["strands"] if row["strand"] in origins]
    yield from ("# Summary of findings", "", OWN if own else INTRO, "")
    yield from (
        line(("finding", "base", "estimate with interval", "data", "strength", "page")),
        rule(6),
    )
    strengths = {row["strand"]: _strength(row, tables, origins[row["strand"]]) for row in shown}
    for row in tables["findings"]:
        page = Path(row["page"]).name
        number = numbers.get((page, row["key"]))
        base = f"{_whole(number['n'])} {row['unit']}" if number else "not printed"
        effect = escape(plain(number["text"])) if number else "no figure is printed"
        place = link(row["page"], titles[row["page"]], row["key"])
        data = ORIGINS[origins[row["strand"]]]
        yield line(
            (escape(_says(row, numbers)), base, effect, data, strengths[row["strand"]], place)
        )
    for strand in shown:
        yield from _strand_lines(strand, tables, origins[strand["strand"]])
    yield from _level_lines(tables)


def _says(row: Row, numbers: Mapping[tuple[str, str], Row]) -> str:
    page = Path(row["page"]).name
    return KEY.sub(lambda found: plain(numbers[page, found[1]]["text"]), row["says"])


def _origins(findings: Iterable[Row], numbers: Mapping[tuple[str, str], Row]) -> dict[str, str]:
    """Strand -> whose numbers it has; nothing for one that is stated in words only."""
    found: dict[str, str] = {}
    for row in findings:
        number = numbers.get((Path(row["page"]).name, row["key"]))
        found[row["strand"]] = number["origin"] if number else found.get(row["strand"], "")
    return found


def _strength(strand: Row, tables: Tables, origin: str) -> str:
    mine = [row for row in tables["ratings"] if row["strand"] == strand["strand"]]
    if strand["strength"] == "grade":
        said = f"GRADE: {certainty(mine, tables['levels'])}"
        depends = any(row["standard"] == "grade" and row["needs_data"] == "yes" for row in mine)
    elif strand["strength"] == "cerqual":
        [row] = [r for r in mine if (r["standard"], r["domain"]) == ("cerqual", "confidence")]
        said, depends = f"CERQual: {row['rating']}", row["needs_data"] == "yes"
    else:
        levels = [
            f"{row['standard'].capitalize()}: level {row['rating']}"
            for row in mine
            if row["rating"].isdigit()
        ]
        return "; ".join(levels) or "no standard applies; see below"
    if origin == "records" and depends:
        return OPEN
    return f"{said} ({DESIGN})" if origin == "synthetic" else said


def _strand_lines(strand: Row, tables: Tables, origin: str) -> Iterable[str]:
    yield from ("", f"## {escape(strand['title'])}", "", f"Data: {ORIGINS[origin]}.", "")
    yield from (line(("standard", "domain", "rating", "why")), rule(4))
    names = {row["standard"]: row["name"] for row in tables["standards"]}
    mine = [row for row in tables["ratings"] if row["strand"] == strand["strand"]]
    for row in mine:
        asked = origin == "records" and row["needs_data"] == "yes"
        rating = row["rating"]
        if origin == "synthetic" and rating not in UNRATED:
            rating = f"{rating} ({DESIGN})"
        cells = (
            names[row["standard"]],
            row["domain"],
            OPEN if asked else rating,
            "" if asked else row["reason"],
        )
        yield line(escape(cell) for cell in cells)
    if strand["strength"] == "grade":
        reason = "Starts at low, because nothing was randomised, and goes down by the steps above."
        yield line(
            (
                names["grade"],
                "**certainty**",
                f"**{escape(_strength(strand, tables, origin))}**",
                reason,
            )
        )


def _level_lines(tables: Tables) -> Iterable[str]:
    yield from ("", "## What the standards mean", "")
    for one in tables["standards"]:
        yield from (f"### {escape(one['name'])}", "")
        yield f"Asks {one['asks']}; used for {one['used_for']} {{cite}}`{one['cite']}`. {escape(one['note'])}".rstrip()
        yield from ("", line(("of", "level", "meaning, in our words")), rule(3))
        for row in tables["levels"]:
            if row["standard"] == one["standard"]:
                yield line(escape(row[name]) for name in ("domain", "level", "meaning"))
        yield ""


def _scale(rating: Row) -> str:
    """Which list of levels a rating is taken from: single domains share one, the whole has its own."""
    if rating["domain"] in ("level", "certainty", "confidence"):
        return rating["domain"]
    return "domain" if rating["standard"] == "grade" else "component"


def _whole(text: str) -> str:
    return text.removesuffix(".0")
