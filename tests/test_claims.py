"""The links from claims to pages: complete and truthful about their kind. The ledger made of them is tested in test_ledger.py."""

import json
import re
from pathlib import Path

import pytest
import yaml

from analysis.pipeline import ledger, pages

PROJECT = Path(__file__).parents[1]
PUBLISHED, BOOK, NOTEBOOKS = PROJECT / "data" / "published", PROJECT / "book", PROJECT / "notebooks"
CLAIMS = pages.read_table(PUBLISHED / "claims.csv")
EVIDENCE = pages.read_table(BOOK / "evidence.csv")
PERCENTAGES = {row["id"]: row for row in pages.read_table(PUBLISHED / "percentages.csv")}
THEMED = {row["claim"] for row in pages.read_table(PUBLISHED / "themes.csv")}
CLAIM = {row["id"]: row for row in CLAIMS}
CASEWORK = {"casework2023", "seminar"}


def source_of(page: str) -> str:
    """Everything a notebook's cells say, without outputs."""
    notebook = json.loads((PROJECT / f"{page}.ipynb").read_text(encoding="utf-8"))
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"])


SOURCES = {
    f"notebooks/{path.stem}": source_of(f"notebooks/{path.stem}")
    for path in NOTEBOOKS.glob("*.ipynb")
}
REAL = {
    page
    for page, text in SOURCES.items()
    if 'report.page("published")' in text or 'report.page("coded")' in text
}
SYNTHETIC = set(SOURCES) - REAL


def auditable(claim: dict[str, str]) -> bool:
    """Whether a percentage is printed for the claim, in figures or words, and its base is known."""
    figure = PERCENTAGES.get(claim["percentage"])
    return bool(figure and figure["base"] != "none" and figure["printed"] in {"figure", "words"})


def having(status: str) -> list[dict[str, str]]:
    """Rows of evidence of one status, each with its claim's columns."""
    return [CLAIM[row["claim"]] | row for row in EVIDENCE if row["status"] == status]


# ------------------------------------------------------------- the table of links


def test_every_claim_has_one_row_in_the_order_of_the_texts():
    assert [row["claim"] for row in EVIDENCE] == [row["id"] for row in CLAIMS]


def test_table_is_written_as_the_others_are():
    with (BOOK / "evidence.csv").open(encoding="utf-8", newline="") as file:
        text = file.read()
    assert "\r" not in text
    assert text.splitlines()[0] == "claim,page,key,anchor,row,status,part"


def test_pages_are_files_of_the_book():
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    listed = {toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])}
    for page in {row["page"] for row in EVIDENCE}:
        file = f"{page}.ipynb" if page.startswith("notebooks/") else f"book/{page}.md"
        assert page in listed
        assert (PROJECT / file).is_file()


def test_both_kinds_of_notebooks_are_told_apart():
    assert {"notebooks/audit", "notebooks/policy"} <= REAL
    assert {"notebooks/change", "notebooks/risk", "notebooks/practitioners"} <= SYNTHETIC


def test_statuses_are_known():
    assert {row["status"] for row in EVIDENCE} <= set(ledger.LINKS)


def test_recomputed_are_the_claims_with_a_printed_percentage_and_a_base():
    assert {row["id"] for row in having("recomputed")} == {c["id"] for c in CLAIMS if auditable(c)}


def test_nothing_synthetic_recomputes_or_lends_a_number():
    offered = [row for row in EVIDENCE if row["status"] == "recomputed" or row["key"]]
    assert offered
    assert {row["page"] for row in offered} <= REAL


def test_only_findings_on_casework_are_illustrated_and_nothing_else_leads_to_synthetic_pages():
    assert having("illustrated")
    for row in having("illustrated"):
        assert row["page"] in SYNTHETIC
        assert row["source"] in CASEWORK
        assert row["kind"] == "finding"
    others = [row for row in EVIDENCE if row["status"] != "illustrated"]
    assert not {row["page"] for row in others} & SYNTHETIC


def test_coded_claims_are_in_the_tables_that_the_page_counts():
    assert {row["page"] for row in having("coded")} == {"notebooks/policy", "notebooks/across"}
    for row in having("coded"):
        assert not row["percentage"]
        if row["page"] == "notebooks/policy":
            assert row["source"] == "policycases"
        else:
            assert row["id"] in THEMED


def test_untestable_claims_have_no_figure_and_rest_on_unpublished_records():
    assert having("untestable")
    for row in having("untestable"):
        assert not row["percentage"]
        assert not row["key"]
        assert row["kind"] == "finding"
        assert row["source"] in {*CASEWORK, "policycases"}  # the survey prints its figures


def test_figures_without_a_base_are_only_stated():
    bare = [c["id"] for c in CLAIMS if PERCENTAGES.get(c["percentage"], {}).get("base") == "none"]
    assert bare
    assert set(bare) <= {row["id"] for row in having("stated")}


ASKED = [row for row in having("recomputed") if row["page"] != "notebooks/audit"]


def test_the_audit_takes_every_figure_and_the_others_are_asked_one_by_one():
    audited = [row for row in having("recomputed") if row["page"] == "notebooks/audit"]
    assert "sources.percentages()" in SOURCES["notebooks/audit"]
    assert audited and ASKED


@pytest.mark.parametrize("row", ASKED, ids=lambda row: row["id"])
def test_the_page_takes_up_the_question_of_the_figure(row):
    figure, text = PERCENTAGES[row["percentage"]], SOURCES[row["page"]]
    if row["page"] == "notebooks/across":  # takes two, by name
        assert figure["id"] in text
        return
    assert f'"{figure["question"]}"' in text
    if figure["question"] == "position":  # this page keeps to one of the articles
        assert figure["source"] == "nuances2021"


@pytest.mark.parametrize("row", [row for row in EVIDENCE if row["key"]], ids=lambda r: r["claim"])
def test_keys_are_said_on_the_page(row):
    said = re.findall(
        r"page\.(?:count|text|share|say|bounds|things|value|span|name)\(\s*\"(\w+)\"",
        SOURCES[row["page"]],
    )
    assert row["key"] in said
    assert f"{{glue:text}}`{row['key']}`" in SOURCES[row["page"]]


def test_the_page_on_the_sources_has_a_section_for_each_and_types_no_result():
    text = (BOOK / "sources.md").read_text(encoding="utf-8")
    sections = text.split("\n## ")[1:]
    described = {row["source"] for row in CLAIMS}
    cited = [re.search(r"\{cite\}`(\w+)", section).group(1) for section in sections]
    assert len(sections) == len(described)
    assert set(cited) == described
    assert "%" not in text
    assert not re.search(r"per ?cent", text)


def test_codebook_says_rules_and_links_in_words():
    fields = [
        {"name": "id", "type": "string", "constraints": {"required": True, "unique": True}},
        {"name": "of", "type": "string", "constraints": {"enum": ["a", "b"], "required": False}},
    ]
    keys = [
        {"fields": ["of"], "reference": {"resource": "", "fields": ["id"]}},
        {"fields": ["of"], "reference": {"resource": "other", "fields": ["key"]}},
    ]
    package = {
        "resources": [
            {"name": "t", "path": "t.csv", "schema": {"fields": fields, "foreignKeys": keys}},
            {"name": "other", "path": "other.csv", "schema": {"fields": []}},
        ]
    }
    lines = list(pages.codebook(package))
    assert "| id | string |  | required; unique |" in lines
    assert (
        "| of | string |  | one of: a, b; found in: t.csv, id; found in: other.csv, key |" in lines
    )
