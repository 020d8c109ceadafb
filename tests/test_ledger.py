"""The ledger of claims: verdicts follow the numbers, links open what is there, nothing of what was asked is empty."""

import csv
import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from openpyxl import load_workbook

from analysis.pipeline import book, ledger, ledger_page, pages, results
from analysis.pipeline.anchors import places
from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.markdown import read_table
from analysis.pipeline.run import write_notebook

PROJECT = Path(__file__).parents[1]
PUBLISHED, BOOK, NOTEBOOKS = PROJECT / "data" / "published", PROJECT / "book", PROJECT / "notebooks"
CLAIMS = read_table(PUBLISHED / "claims.csv")
EVIDENCE = read_table(BOOK / "evidence.csv")
MISSION = read_table(BOOK / "mission.csv")
NEEDED = {row["page"] for row in EVIDENCE} | {"notebooks/audit"}
NEEDED |= {page for row in MISSION for page in row["chapters"].split(";")}


def staged_book(stage: Path) -> Path:
    """A staged book with the stored notebooks and hand-written pages, and results.csv beside them."""
    (stage / "notebooks").mkdir(parents=True)
    stored = [NOTEBOOKS / f"{Path(page).name}.ipynb" for page in sorted(NEEDED) if "/" in page]
    for path in stored:
        if path.is_file():
            write_notebook(book.dressed(path), stage / "notebooks" / path.name)
    for page in NEEDED - {page for page in NEEDED if "/" in page}:
        shutil.copyfile(BOOK / f"{page}.md", stage / f"{page}.md")
    results.write_results(results.collect(p for p in stored if p.is_file()), stage / "results.csv")
    return stage


@pytest.fixture(scope="module")
def finished(tmp_path_factory) -> Path:
    stage = staged_book(tmp_path_factory.mktemp("ledger") / "book")
    pages.write_pages(PUBLISHED, BOOK / "evidence.csv", stage / "results.csv", stage)
    return stage


@pytest.fixture
def stage(finished, tmp_path) -> Path:
    return Path(shutil.copytree(finished, tmp_path / "book"))


def write(stage: Path, folder: Path = BOOK) -> str:
    ledger_page.write_page(PUBLISHED, folder, stage / "results.csv", stage)
    return (stage / "made-claims.md").read_text(encoding="utf-8")


def line_of(text: str, claim: str) -> str:
    [found] = [line for line in text.splitlines() if f'id="claim-{claim}"' in line]
    return found


def save(path: Path, rows: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def change_results(stage: Path, key: str, row: str, column: str, text: str) -> None:
    """Change what results.csv says; the notebook stays as it is."""
    rows = read_table(stage / "results.csv")
    [found] = [
        r
        for r in rows
        if (r["key"], r["row"], r["column"]) == (key, row, column)
        and r["notebook"] in ("audit", "survey")
    ]
    found |= {"text": text, "value": text}
    save(stage / "results.csv", rows)


def change_notebook(stage: Path, name: str, key: str, old: str, new: str) -> None:
    """Change what a table shows; results.csv stays as it is."""
    path = stage / "notebooks" / f"{name}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for cell in notebook.cells:
        if cell.metadata.get("casework", {}).get("key") == key:
            html = cell.outputs[0]["data"]["text/html"]
            assert old in html
            cell.outputs[0]["data"]["text/html"] = html.replace(old, new, 1)
    nbformat.write(notebook, path)


# ------------------------------------------------------------- the ledger as it is


def test_every_claim_has_one_line_a_verdict_and_a_link(finished):
    text = (finished / "made-claims.md").read_text(encoding="utf-8")
    labels = {label for label, _ in ledger.VERDICTS.values()}
    for claim in CLAIMS:
        cells = line_of(text, claim["id"]).split(" | ")
        assert re.match(r"\*\*(.+?)\*\*", cells[2])[1] in labels
        assert 'href="' in cells[3]


def test_counts_of_the_verdicts_add_up_to_the_claims(finished):
    text = (finished / "made-claims.md").read_text(encoding="utf-8")
    counted = [line.rsplit("|", 2)[1] for line in text.splitlines() if line.startswith("| **")]
    assert sum(map(int, counted)) == len(CLAIMS)


def test_impossible_and_contradicted_are_as_many_as_the_audit_page_says(finished):
    """Two ways to one number: the page counts figures, the ledger counts claims on them; each such figure has one claim."""
    said = {(r["notebook"], r["key"]): r["text"] for r in read_table(finished / "results.csv")}
    rows = read_table(finished / "_static/ledger/claims-ledger.csv")
    impossible = [row for row in rows if row["verdict"] == "impossible"]
    assert len(impossible) == int(said["audit", "impossible_count"])
    pairs, words = int(said["audit", "pairs_disagreeing"]), int(said["audit", "verbal_wrong"])
    contradicted = [row for row in rows if row["verdict"] == "contradicted"]
    assert len(contradicted) == 2 * pairs + words


def test_a_verdict_by_hand_arithmetic(finished):
    """36 of 117 is 30.77 and printed 30.8; 17.5% of 157 is 27.475, and 27 and 28 are 17.2 and 17.8: no whole number."""
    text = (finished / "made-claims.md").read_text(encoding="utf-8")
    assert "**recomputed** – 36 of 117" in line_of(text, "nuances-worker-advantage-contact")
    assert "**impossible** – no whole number of 157 people" in line_of(
        text, "nuances-experience-under-1"
    )


def test_every_link_opens_a_place_that_is_there(finished):
    known = {f"notebooks/{p.stem}": places(p) for p in (finished / "notebooks").glob("*.ipynb")}
    rows = read_table(finished / "_static/ledger/claims-ledger.csv")
    opened = [address for row in rows for address in row["opens"].split()]
    assert len(opened) >= len(CLAIMS)
    for address in opened:
        page, _, anchor = address.partition("#")
        page = page.removesuffix(".html")
        assert page in known or (finished / f"{page}.md").is_file()
        assert not anchor or page not in known or anchor in known[page], address


def test_a_named_row_is_the_row_that_opens(finished):
    html = nbformat.read(finished / "notebooks/practitioners.ipynb", as_version=4)
    shown = "".join(
        o["data"].get("text/html", "") for c in html.cells for o in c.get("outputs", ())
    )
    rows = {row["id"]: row for row in read_table(finished / "_static/ledger/claims-ledger.csv")}
    named = [row for row in EVIDENCE if row["row"]]
    assert len(named) > 10
    for row in named:
        anchor = rows[row["claim"]]["opens"].split()[0].partition("#")[2]
        assert f'<tr id="{anchor}"><th scope="row">{row["row"]}</th>' in shown


def test_the_two_files_say_what_the_page_says(finished):
    rows = read_table(finished / "_static/ledger/claims-ledger.csv")
    sheet = load_workbook(finished / "_static/ledger/claims-ledger.xlsx")["table"]
    assert [row["id"] for row in rows] == [claim["id"] for claim in CLAIMS]
    assert [row[1] for row in sheet.iter_rows(min_row=2, values_only=True)] == [
        c["id"] for c in CLAIMS
    ]


# ------------------------------------------------------------- no number may differ


def test_a_number_changed_in_results_stops_the_build(stage):
    [row] = [
        r["row"]
        for r in read_table(stage / "results.csv")
        if r["notebook"] == "audit"
        and r["key"] == "every_figure"
        and r["column"] == "count"
        and r["row"].startswith("1. ")
    ]
    change_results(stage, "every_figure", row, "count", "7")
    with pytest.raises(
        EvidenceError, match=r"audit, table 'every_figure', row 1: results.csv says '7' for count"
    ):
        write(stage)


def test_a_sentence_changed_in_results_changes_the_verdict(stage):
    assert "**recomputed** – the page counts 157" in line_of(write(stage), "nuances-n")
    change_results(stage, "respondents", "", "", "158")
    assert "**contradicted** – the page counts 158" in line_of(write(stage), "nuances-n")


def test_a_verdict_changed_on_the_page_changes_the_ledger(stage):
    first = next(
        c["id"]
        for c in CLAIMS
        if c["percentage"] and "#every_figure-1 " in _opens(stage, c["id"]) + " "
    )
    assert "**recomputed**" in line_of(write(stage), first)
    change_notebook(stage, "audit", "every_figure", "<td>possible</td>", "<td>impossible</td>")
    assert "**impossible**" in line_of(write(stage), first)


def _opens(stage: Path, claim: str) -> str:
    rows = read_table(stage / "_static/ledger/claims-ledger.csv")
    return next(row["opens"] for row in rows if row["id"] == claim)


@pytest.mark.parametrize(
    ("key", "old", "new", "told"),
    [
        ("every_figure", ">3.8<", ">3.9<", "does not show the printed figures in their order"),
        ("twice", ">32.5<", ">32.4<", "which are no two figures of the tables"),
        (
            "verbal_contradicted",
            "almost a quarter",
            "a quarter",
            "which is no phrase of the tables",
        ),
        ("every_figure", "<td>possible</td>", "<td>probable</td>", "says 'probable'"),
    ],
)
def test_an_audit_page_that_does_not_fit_the_tables_is_refused(stage, key, old, new, told):
    change_notebook(stage, "audit", key, old, new)
    with pytest.raises(EvidenceError, match=told):
        write(stage)


# ------------------------------------------------------------- broken links


@pytest.fixture
def links(tmp_path) -> Path:
    """A copy of the hand-written tables, to be spoilt."""
    folder = tmp_path / "links"
    folder.mkdir()
    for name in ("evidence.csv", "mission.csv"):
        shutil.copyfile(BOOK / name, folder / name)
    return folder


def spoil(folder: Path, of: str, **cells: str) -> None:
    rows = read_table(folder / "evidence.csv")
    rows = [row | cells if row["claim"] == of else row for row in rows]
    save(folder / "evidence.csv", rows)


@pytest.mark.parametrize(
    ("claim", "cells", "told"),
    [
        ("nuances-n", {"key": "respondent"}, "points at notebooks/survey respondent"),
        ("nuances-n", {"status": "sure"}, "claim nuances-n has status 'sure'"),
        ("nuances-n", {"status": "recomputed"}, "but no figure of it is audited"),
        ("nuances-experience-under-1", {"status": "stated"}, "but its figure is audited"),
        ("casework-abuse-risk", {"key": "improved"}, "whose numbers are not published ones"),
        (
            "casework-abuse-risk",
            {"anchor": "worse"},
            "casework-abuse-risk leads to notebooks/risk#worse",
        ),
        (
            "casework-abuse-risk",
            {"page": "notebooks/risks"},
            "pages that are not there: notebooks/risks",
        ),
        ("casework-alpha", {"part": "design"}, "part reliability of mission.csv has no claim"),
        (
            "casework-alpha",
            {"part": "alpha"},
            "claims have the part 'alpha', which mission.csv has not",
        ),
        ("casework-alpha", {"claim": "casework-beta"}, "claim casework-alpha has no evidence"),
        (
            "casework-alpha",
            {"claim": "casework-beta"},
            "evidence for casework-beta, which is no claim",
        ),
    ],
)
def test_broken_links_are_refused(stage, links, claim, cells, told):
    spoil(links, claim, **cells)
    with pytest.raises(EvidenceError, match=re.escape(told)):
        write(stage, links)


@pytest.mark.parametrize(
    ("chapters", "told"),
    [
        ("", "part reliability of mission.csv has no chapter"),
        ("notebooks/alpha", "mission.csv leads to notebooks/alpha"),
    ],
)
def test_a_part_of_the_mission_without_chapters_is_refused(stage, links, chapters, told):
    rows = [
        row | ({"chapters": chapters} if row["part"] == "reliability" else {}) for row in MISSION
    ]
    save(links / "mission.csv", rows)
    with pytest.raises(EvidenceError, match=told):
        write(stage, links)


def test_the_mission_table_has_no_empty_row_and_every_claim_once(finished):
    text = (finished / "made-claims.md").read_text(encoding="utf-8")
    titles = {row["title"] for row in MISSION}
    rows = [
        line.split(" | ")
        for line in text.splitlines()
        if line.split(" | ")[0].removeprefix("| ") in titles
    ]
    assert len(rows) == len(MISSION)
    assert all("](" in row[2] and int(row[3]) > 0 for row in rows)
    assert sum(int(row[3]) for row in rows) == len(CLAIMS)


def test_mission_names_everything_that_was_asked_for():
    asked = {
        "descriptives",
        "correlations",
        "reliability",
        "change",
        "risk",
        "interviews",
        "seminar",
        "survey-workers",
        "survey-managers",
        "policy",
    }
    assert asked <= {row["part"] for row in MISSION}


# ------------------------------------------------------------- ids


@pytest.mark.parametrize("path", sorted(NOTEBOOKS.glob("*.ipynb")), ids=lambda path: path.stem)
def test_no_id_stands_twice_on_a_page(path):
    found = []
    for cell in book.dressed(path).cells:
        texts = [cell.source] if cell.cell_type == "markdown" else []
        texts += [output.get("data", {}).get("text/html", "") for output in cell.get("outputs", ())]
        found += re.findall(r'\bid="([^"]+)"', json.dumps(texts).replace('\\"', '"'))
    assert len(found) == len(set(found))
