"""The summary of findings: numbers from results.csv only, ratings that their standards have, and honest words about synthetic strands."""

import re
import shutil
from pathlib import Path

import pytest
from frictionless import validate

from analysis.pipeline import findings
from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.markdown import read_table

PROJECT = Path(__file__).parents[1]
FOLDER = PROJECT / "data" / "standards"
TABLES = {name: read_table(FOLDER / f"{name}.csv") for name in findings.FILES}
ORIGIN = {"survey": "published", "audit": "published", "policy": "coded"}
BIB = (PROJECT / "book" / "references.bib").read_text(encoding="utf-8")


def numbers(origin: str = "") -> list[dict[str, str]]:
    """A row of results.csv for every key that a finding names."""
    rows = []
    for row in TABLES["findings"]:
        for key in [*findings.KEY.findall(row["says"]), row["key"]]:
            if key:
                page, mine = (
                    Path(row["page"]).name,
                    origin or ORIGIN.get(row["strand"], "synthetic"),
                )
                number = {"value": "1", "low": "0", "high": "2", "n": "7"}
                rows.append(
                    {
                        "notebook": page,
                        "key": key,
                        "kind": "prose",
                        "origin": mine,
                        "row": "",
                        "column": "",
                        "text": f"{page} says {key}",
                        **number,
                    }
                )
    return rows


def written(stage: Path, rows: list[dict[str, str]], folder: Path = FOLDER) -> str:
    from csv import DictWriter

    (stage / "notebooks").mkdir(exist_ok=True)
    for row in TABLES["findings"]:
        path = stage / f"{row['page']}{'.ipynb' if '/' in row['page'] else '.md'}"
        path.touch()
    with (stage / "results.csv").open("w", encoding="utf-8", newline="") as file:
        writer = DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    findings.write_page(folder, stage / "results.csv", stage)
    return (stage / "made-findings.md").read_text(encoding="utf-8")


def test_package_is_valid_and_describes_every_file():
    assert validate(str(FOLDER / "datapackage.json")).valid
    assert {path.name for path in FOLDER.iterdir()} == {
        *(f"{n}.csv" for n in findings.FILES),
        "datapackage.json",
        "README.md",
    }


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("ratings", "strand", "nobody"),
        ("ratings", "needs_data", "maybe"),
        ("findings", "says", "It fell by 30%."),
    ],
)
def test_validation_can_fail_on_a_doctored_copy(tmp_path, table, column, value):
    copy = Path(shutil.copytree(FOLDER, tmp_path / "copy"))
    doctor(copy, table, column, value)
    assert not validate(str(copy / "datapackage.json")).valid


def doctor(folder: Path, table: str, column: str, value: str, row: int = 0) -> None:
    import pandas as pd

    frame = pd.read_csv(folder / f"{table}.csv", dtype=str, keep_default_na=False)
    frame.loc[row, column] = value
    frame.to_csv(folder / f"{table}.csv", index=False, lineterminator="\n")


def test_every_strand_is_rated_by_every_standard():
    rated = {(row["strand"], row["standard"]) for row in TABLES["ratings"]}
    assert rated == {
        (s["strand"], t["standard"]) for s in TABLES["strands"] for t in TABLES["standards"]
    }


def test_standards_have_their_levels_and_domains():
    """Farrington and others 2002: five levels; Guyatt and others 2008: five domains; Lewin and others 2018: four components."""
    levels = [row["level"] for row in TABLES["levels"] if row["standard"] == "maryland"]
    assert levels == ["1", "2", "3", "4", "5"]
    mine = [row for row in TABLES["ratings"] if row["strand"] == "ratings"]
    assert {r["domain"] for r in mine if r["standard"] == "grade"} == {
        "risk of bias",
        "inconsistency",
        "indirectness",
        "imprecision",
        "publication bias",
    }
    for strand in ("interviews", "policy"):
        domains = {
            r["domain"]
            for r in TABLES["ratings"]
            if (r["strand"], r["standard"]) == (strand, "cerqual")
        }
        assert domains == {
            "methodological limitations",
            "coherence",
            "adequacy",
            "relevance",
            "confidence",
        }


def test_one_group_before_and_after_is_the_second_level():
    rated = {
        (r["strand"], r["standard"]): r["rating"]
        for r in TABLES["ratings"]
        if r["domain"] == "level"
    }
    assert rated["ratings", "maryland"] == rated["ratings", "nesta"] == "2"


@pytest.mark.parametrize(
    ("ratings", "expected"),
    [
        # Guyatt and others 2008: what is not randomised starts at low; one step down for serious, two for very serious.
        ([], "low"),
        (["not serious", "not serious"], "low"),
        (["serious"], "very low"),
        (["very serious", "serious"], "very low"),
        (["not rated"], "low"),
    ],
)
def test_certainty_starts_low_and_goes_down(ratings, expected):
    rows = [{"standard": "grade", "rating": rating} for rating in ratings]
    assert findings.certainty(rows, TABLES["levels"]) == expected


def test_a_rating_that_grade_does_not_have_is_refused():
    with pytest.raises(EvidenceError, match="GRADE has no awful"):
        findings.certainty([{"standard": "grade", "rating": "awful"}], TABLES["levels"])


def test_sources_of_the_standards_are_in_the_list_of_references():
    for row in TABLES["standards"]:
        for key in row["cite"].split(","):
            assert re.search(rf"@\w+{{{key},", BIB)


def test_numbers_come_from_results(tmp_path):
    text = written(tmp_path, numbers())
    assert "| 7 centres | change says headline | synthetic |" in text
    changed = [row | {"text": "4711"} if row["key"] == "headline" else row for row in numbers()]
    assert "| 7 centres | 4711 | synthetic |" in written(tmp_path, changed)


def test_ratings_of_synthetic_strands_say_what_they_are(tmp_path):
    text = written(tmp_path, numbers())
    assert "GRADE: very low (rating of the design, not of a finding)" in text
    assert "CERQual: very low |" in text  # real cases: a rating of the finding
    assert "| not printed | no figure is printed | real, stated in words |" in text


def test_with_own_records_what_needs_a_look_is_left_open(tmp_path):
    rows = numbers("records")
    text = written(tmp_path, rows)
    assert findings.DESIGN not in text
    assert "| 7 centres | change says headline | your records | left to you |" in text
    assert "| Maryland Scientific Methods Scale | level | 2 | Families are compared" in text
    assert "| GRADE, certainty of evidence | inconsistency | left to you |  |" in text


def test_pages_that_a_book_does_not_have_take_their_findings_along(tmp_path):
    written(tmp_path, numbers())
    (tmp_path / "notebooks" / "practitioners.ipynb").unlink()
    findings.write_page(FOLDER, tmp_path / "results.csv", tmp_path)
    text = (tmp_path / "made-findings.md").read_text(encoding="utf-8")
    assert "practitioners" not in text and "## Interviews with practitioners" not in text


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"key": "headlines"}, "finding change takes change headline, which no sentence"),
        ({"low": ""}, "finding change has no low under change headline"),
        ({"n": ""}, "finding change has no n under change headline"),
    ],
)
def test_a_finding_without_a_complete_number_is_refused(tmp_path, change, told):
    rows = [row | change if row["key"] == "headline" else row for row in numbers()]
    with pytest.raises(EvidenceError, match=told):
        written(tmp_path, rows)


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("rating", "6", "reported, maryland, level: no level '6'"),
        ("reason", "", "reported, maryland, level: no reason"),
    ],
)
def test_a_rating_outside_its_standard_is_refused(tmp_path, column, value, told):
    copy = Path(shutil.copytree(FOLDER, tmp_path / "copy"))
    doctor(copy, "ratings", column, value)
    with pytest.raises(EvidenceError, match=told):
        written(tmp_path, numbers(), copy)
