"""The reporting checklists: complete, honest about what is computed, and refused by the page's writer when broken."""

import csv
import itertools
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest
import yaml
from frictionless import validate

from analysis.pipeline import make, pages, reporting, results
from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.fingerprint import data_files
from analysis.study import read_study

PROJECT = Path(__file__).parents[1]
FOLDER, BOOK, NOTEBOOKS = PROJECT / "data" / "reporting", PROJECT / "book", PROJECT / "notebooks"
PACKAGE = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))
LISTS = {one["path"]: pages.read_table(FOLDER / one["path"]) for one in PACKAGE["resources"]}
EVERY = [(name, row) for name, rows in LISTS.items() for row in rows]
SENTENCES = r"page\.(?:count|text|share|say|bounds|things|value|span|name)\(\s*\"(\w+)\""


def row_of_results(notebook: str, key: str, text: str, **cells: str) -> dict[str, str]:
    said = {"notebook": notebook, "key": key, "kind": "prose", "origin": "synthetic", "text": text}
    return {**dict.fromkeys(results.FIELDS, ""), **said, **cells}


def promised(path: Path) -> list[dict[str, str]]:
    """A row for each key that a notebook's code says in a sentence, whether or not it has been run."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    source = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    real = 'report.page("published")' in source or 'report.page("coded")' in source
    origin = "published" if real else "synthetic"
    return [
        row_of_results(path.stem, key, f"{path.stem} {key}", origin=origin)
        for key in re.findall(SENTENCES, source)
    ]


RESULTS = [row for path in sorted(NOTEBOOKS.glob("*.ipynb")) for row in promised(path)]
NUMBERS = reporting.said(RESULTS)


def item(name: str, number: int) -> dict[str, str]:
    return LISTS[f"{name}.csv"][number - 1]


def line_of(text: str, name: str, number: int) -> str:
    """The line of the page for one item: that with its answer's question, in our words."""
    asked = pages.escape(item(name, number)["topic"])
    [found] = [each for each in text.splitlines() if f"| {asked} |" in each]
    return found


# ------------------------------------------------------------- the tables


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("coreq", [8, 15, 9]),  # Tong, Sainsbury and Craig 2007: 32 items in three domains
        ("srqr", [2, 2, 11, 2, 2, 2]),  # O'Brien and others 2014: 21 items under six headings
        ("gramms", [6]),  # O'Cathain, Murphy and Nicholl 2008: six items
    ],
)
def test_items_are_complete_and_in_order(name, counts):
    rows = LISTS[f"{name}.csv"]
    assert [row["item"] for row in rows] == [str(n) for n in range(1, sum(counts) + 1)]
    assert list(Counter(row["domain"] for row in rows).values()) == counts
    domains = [row["domain"] for row in rows]
    assert list(dict.fromkeys(domains)) == [
        d for i, d in enumerate(domains) if d not in domains[:i]
    ]
    assert sum(a != b for a, b in itertools.pairwise(domains)) == len(counts) - 1


@pytest.mark.parametrize(
    ("name", "number", "word"),
    [
        ("coreq", 12, "How many were interviewed"),
        ("coreq", 22, "saturation"),
        ("coreq", 24, "coded"),
        ("coreq", 25, "tree"),
        ("coreq", 27, "Software"),
        ("coreq", 29, "Quotations"),
        ("srqr", 9, "Ethics"),
        ("srqr", 15, "credible"),
        ("srqr", 21, "Funding"),
        ("gramms", 4, "brought together"),
    ],
)
def test_items_have_the_numbers_that_the_checklists_give_them(name, number, word):
    assert word in item(name, number)["topic"]


def test_nothing_is_wrong_with_the_tables_as_they_are():
    assert [
        each for name, rows in LISTS.items() for each in reporting.problems(name, rows, NUMBERS)
    ] == []
    assert {row["status"] for _, row in EVERY} <= set(reporting.STATUS)


def test_pages_are_files_of_the_book():
    toc = yaml.safe_load((BOOK / "_toc.yml").read_text(encoding="utf-8"))
    listed = {toc["root"], *(c["file"] for part in toc["parts"] for c in part["chapters"])}
    assert "made-reporting" in listed
    for page in {row["page"] for _, row in EVERY}:
        file = f"{page}.ipynb" if page.startswith("notebooks/") else f"book/{page}.md"
        assert page in listed
        assert (PROJECT / file).is_file()


def test_keys_are_said_in_a_sentence_of_a_synthetic_page():
    for name, row in EVERY:
        if row["key"]:
            found = NUMBERS[Path(row["page"]).name, row["key"]]
            assert found["text"] and found["origin"] == "synthetic", (name, row["item"])


def test_no_result_is_typed():
    assert [row for _, row in EVERY if re.search(r"\d", row["answer"])] == []


def test_two_coders_are_what_the_default_study_has():
    interviews = read_study(PROJECT / "data" / "casework").interviews
    assert "two coders" in item("coreq", 24)["answer"]
    assert interviews and len(interviews.coding) == 2


def test_synthetic_is_said_wherever_it_is():
    for name, row in EVERY:
        if row["status"] in ("computed", "invented"):
            assert row["answer"].startswith("Synthetic: "), (name, row["item"])
        if row["status"] == "stated":
            assert row["answer"].startswith(("Real: ", "Here: ")), (name, row["item"])


def test_a_change_of_the_tables_makes_a_new_book():
    assert FOLDER in {make.DATA / name for name in make.SHARED}
    assert {path.name for path in data_files(FOLDER)} >= {*LISTS, "datapackage.json"}


# ------------------------------------------------------------- the data package


def errors(folder: Path) -> set[str]:
    report = validate(str(folder / "datapackage.json"))
    return {error for (error,) in report.flatten(["type"])}


def test_package_is_valid_and_describes_every_file():
    assert errors(FOLDER) == set()
    assert {path.name for path in FOLDER.iterdir()} == {*LISTS, "datapackage.json", "README.md"}
    for path in FOLDER.iterdir():
        content = path.read_bytes()
        assert b"\r" not in content and content.endswith(b"\n"), path.name


@pytest.mark.parametrize(
    ("column", "value", "error"),
    [
        ("status", "believed", "constraint-error"),
        ("domain", "Elsewhere", "constraint-error"),
        ("page", "", "constraint-error"),
        ("answer", "", "constraint-error"),
        ("item", "33", "constraint-error"),
        ("item", "first", "type-error"),
    ],
)
def test_validation_can_fail_on_a_doctored_copy(tmp_path, column, value, error):
    copy = Path(shutil.copytree(FOLDER, tmp_path / "reporting"))
    frame = pd.read_csv(copy / "coreq.csv", dtype=str, keep_default_na=False)
    frame.loc[0, column] = value
    frame.to_csv(copy / "coreq.csv", index=False, lineterminator="\n")
    assert error in errors(copy)


# ------------------------------------------------------------- what is refused

SOUND = {
    "item": "1",
    "domain": "Part",
    "topic": "How many",
    "answer": "Synthetic: {value} interviews.",
    "status": "computed",
    "page": "notebooks/practitioners",
    "key": "interviews",
}
FOUND = reporting.said(
    [
        row_of_results("practitioners", "interviews", "13"),
        row_of_results("practitioners", "themes", "7", kind="table"),
    ]
)


@pytest.mark.parametrize(
    ("cells", "told"),
    [
        ({"status": "believed"}, "status 'believed'; expected one of computed"),
        ({"key": "interview"}, "points at notebooks/practitioners interview"),
        ({"key": "themes"}, "points at notebooks/practitioners themes"),  # a table, no sentence
        ({"page": "notebooks/change"}, "points at notebooks/change interviews"),
        ({"key": ""}, "needs a key if it is computed"),
        ({"status": "invented"}, "none if it is not"),
        ({"answer": "Synthetic: 13 interviews."}, "needs {value} once"),
        ({"answer": "{value} and {value}"}, "needs {value} once"),
        ({"answer": "not known: {value}"}, "only then"),
        (
            {"status": "not known", "key": "", "answer": "Nobody knows."},
            "needs “not known: ” first",
        ),
    ],
)
def test_what_is_wrong_is_told_with_its_place(cells, told):
    found = reporting.problems("a.csv", [SOUND, SOUND | cells | {"item": "2"}], FOUND)
    assert any(told in each for each in found)
    assert all(each.startswith("a.csv item 2 ") for each in found)


def test_a_sound_row_is_let_through():
    assert reporting.problems("a.csv", [SOUND], FOUND) == []


# ------------------------------------------------------------- the page


@pytest.fixture
def stage(tmp_path) -> Path:
    """A staged book with an empty file for every page that the checklists name."""
    (tmp_path / "notebooks").mkdir()
    for page in {row["page"] for _, row in EVERY}:
        ending = ".ipynb" if page.startswith("notebooks/") else ".md"
        (tmp_path / f"{page}{ending}").touch()
    return tmp_path


def written(stage: Path, rows: list[dict[str, str]] = RESULTS, folder: Path = FOLDER) -> str:
    with (stage / "results.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, results.FIELDS)
        writer.writeheader()
        writer.writerows(rows)
    reporting.write_page(folder, stage / "results.csv", stage)
    return (stage / "made-reporting.md").read_text(encoding="utf-8")


def test_every_item_has_its_line_with_answer_and_link(stage):
    text = written(stage)
    assert reporting.VALUE not in text and "\\{value" not in text
    assert sum("| [](" in each for each in text.splitlines()) == len(EVERY)
    for name, row in EVERY:
        cells = line_of(text, name.removesuffix(".csv"), int(row["item"]))
        assert f"| {row['status']} | []({row['page']}." in cells


def test_values_on_the_page_are_those_of_results(stage):
    changed = [
        row | {"text": "4711"}
        if (row["notebook"], row["key"]) == ("practitioners", "interviews")
        else row
        for row in RESULTS
    ]
    answer = "Synthetic: 4711 invented interviews. Real: not known."
    assert answer in line_of(written(stage, changed), "coreq", 12)
    assert answer not in line_of(written(stage), "coreq", 12)


def test_rows_are_read_as_the_stored_notebooks_give_them():
    """Six centres: stated in the article's abstract, and declared for the default study."""
    rows = results.collect([NOTEBOOKS / "who_took_part.ipynb"])
    assert reporting.said(rows)["who_took_part", "centres_n"]["text"] == "6"


def test_items_are_counted_by_status(stage):
    rows = [
        each.split("|")[1:-1] for each in written(stage).splitlines() if each.startswith("| **")
    ]
    counted = {cells[0].strip(" *"): [int(cell) for cell in cells[2:]] for cells in rows}
    expected = Counter(row["status"] for _, row in EVERY)
    assert {status: numbers[-1] for status, numbers in counted.items()} == {
        status: expected[status] for status in reporting.STATUS
    }
    assert [sum(column) for column in zip(*counted.values(), strict=True)] == [32, 21, 6, 59]


def test_with_own_records_no_written_answer_is_printed(stage):
    text = written(stage, [row | {"origin": "records"} for row in RESULTS])
    assert "Synthetic:" not in text and "Real:" not in text and "not known" not in text
    number = NUMBERS["practitioners", "interviews"]["text"]
    assert f"| {number} | computed | [](notebooks/practitioners.ipynb) |" in line_of(
        text, "coreq", 12
    )
    assert line_of(text, "coreq", 1).endswith(f"|  | {reporting.OPEN} |  |")


def test_a_key_that_is_gone_is_refused(stage):
    rows = [row for row in RESULTS if (row["notebook"], row["key"]) != ("agreement", "units")]
    with pytest.raises(
        EvidenceError, match=r"coreq\.csv item 24 points at notebooks/agreement units"
    ):
        written(stage, rows)
    assert not (stage / "made-reporting.md").exists()


def test_a_page_that_is_gone_is_refused(stage):
    (stage / "ethics.md").unlink()
    with pytest.raises(EvidenceError, match=r"srqr\.csv item 9 leads to the page 'ethics'"):
        written(stage)


def test_all_problems_of_a_doctored_copy_are_told_at_once(stage, tmp_path):
    copy = Path(shutil.copytree(FOLDER, tmp_path / "copy"))
    for name in ("coreq.csv", "gramms.csv"):
        frame = pd.read_csv(copy / name, dtype=str, keep_default_na=False)
        frame.loc[0, "status"] = "believed"
        frame.to_csv(copy / name, index=False, lineterminator="\n")
    with pytest.raises(EvidenceError) as error:
        written(stage, folder=copy)
    assert "coreq.csv item 1" in str(error.value) and "gramms.csv item 1" in str(error.value)
