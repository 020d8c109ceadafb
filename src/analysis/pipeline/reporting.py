"""The page of the book with the reporting checklists, written from their tables and the results; what they ask is data, not code."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import Path

from analysis.pipeline.errors import EvidenceError
from analysis.pipeline.files import put
from analysis.pipeline.markdown import escape, line, read_table, staged

Row = Mapping[str, str]
Numbers = Mapping[tuple[str, str], Row]

STATUS = {
    "computed": "A page computes it; the number or name in the answer is taken from there.",
    "stated": "Said in words: by a source about the real study, or by this compendium about what it does itself.",
    "invented": "Made up for the synthetic study. It describes no person and no event.",
    "not known": "No text that we read says it, and nothing was invented in its place.",
    "not applicable": "The item asks for something that such a study cannot have.",
}
VALUE = "{value}"
OPEN = "left to you"
SYNTHETIC_INTRO = (
    "What reports of such studies are asked to say, answered item by item. *Real* is the published evaluation, of which we read the page with "
    "abstract, authors and references and not the article: what is not known here may stand there. *Synthetic* is the invented "
    "study in this book, and a number from it says nothing about the real one. *Here* is what this compendium does itself. "
    "What an item asks is told in our words. A checklist shows what was reported, not whether the study was good."
)
RECORDS_INTRO = (
    "What reports of such studies are asked to say. This book was made from your own records: what its pages compute is filled in, and every "
    "other item is left for those who did the study. What an item asks is told in our words."
)


def write_page(folder: Path, results: Path, stage: Path) -> None:
    """Write `made-reporting.md` into the staged book, from the data package of checklists in `folder`.

    Raises
    ------
    EvidenceError
        For an item with an unknown status, page or key, or whose answer and status do not fit.
    """
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    lists = {one["path"]: read_table(folder / one["path"]) for one in package["resources"]}
    numbers = said(read_table(results))
    wrong = [each for name, rows in lists.items() for each in problems(name, rows, numbers)]
    pages = staged(stage)
    wrong += [
        f"{name} item {row['item']} leads to the page {row['page']!r}, which is not there"
        for name, rows in lists.items()
        for row in rows
        if row["page"] not in pages
    ]
    if wrong:
        raise EvidenceError("Reporting checklists: " + "; ".join(wrong) + ".")
    text = "\n".join(page_lines(package["resources"], lists, numbers))
    put(stage / "made-reporting.md", text + "\n")


def said(results: Iterable[Row]) -> dict[tuple[str, str], Row]:
    """The rows of `results.csv` that stand in a sentence, by notebook and key."""
    return {(row["notebook"], row["key"]): row for row in results if row["kind"] == "prose"}


def problems(name: str, rows: Iterable[Row], numbers: Numbers) -> list[str]:
    """One sentence for each thing wrong with the rows of a checklist; `name` says which table it is.

    A row is computed exactly when it has a key, and then its answer holds `{value}` once; what is not known says so first.
    """
    found = []
    for row in rows:
        where, computed = f"{name} item {row['item']}", row["status"] == "computed"
        if row["status"] not in STATUS:
            found.append(
                f"{where} has status {row['status']!r}; expected one of {', '.join(STATUS)}"
            )
        if computed != bool(row["key"]):
            found.append(f"{where} needs a key if it is computed, and none if it is not")
        if row["answer"].count(VALUE) != computed:
            found.append(f"{where} needs {VALUE} once if it is computed, and nowhere if it is not")
        if row["key"] and _place(row) not in numbers:
            found.append(
                f"{where} points at {row['page']} {row['key']}, which no sentence of results.csv has"
            )
        if (row["status"] == "not known") != row["answer"].startswith("not known: "):
            found.append(f"{where} needs “not known: ” first if it is not known, and only then")
    return found


def page_lines(
    resources: Iterable[Mapping], lists: Mapping[str, list[dict[str, str]]], numbers: Numbers
) -> Iterable[str]:
    """Markdown lines: how many items have which status, then one table for each checklist.

    Parameters
    ----------
    resources : the checklists of the data package, with `path, title, description, sources`.
    lists : rows of each checklist, by path.
    numbers : what `said` returns. If any number used is not synthetic, the written answers are left out.
    """
    used = {_place(row) for rows in lists.values() for row in rows if row["key"]}
    own = any(numbers[place]["origin"] != "synthetic" for place in used)
    if own:
        lists = {name: [_emptied(row) for row in rows] for name, rows in lists.items()}
    yield from ("# Reporting checklists", "", RECORDS_INTRO if own else SYNTHETIC_INTRO, "")
    yield from _counts(resources, lists, own)
    for one in resources:
        source = one["sources"][0]
        yield from ("", f"## {escape(one['title'])}", "", escape(one["description"]), "")
        yield f"Source: [{escape(source['title'])}]({source['path']})."
        yield from ("", "| item | domain | what it asks | answer | status | page |")
        yield "|---|---|---|---|---|---|"
        for row in lists[one["path"]]:
            yield line(_cells(row, numbers))


def _counts(
    resources: Iterable[Mapping], lists: Mapping[str, list[dict[str, str]]], own: bool
) -> Iterable[str]:
    meanings = {"computed": STATUS["computed"], OPEN: "For your own answer."} if own else STATUS
    short = [one["title"].partition(":")[0] for one in resources]
    yield from ("## How many items have which status", "")
    yield line(("status", "meaning", *map(escape, short), "together"))
    yield "|---" * (len(short) + 3) + "|"
    counts = [Counter(row["status"] for row in lists[one["path"]]) for one in resources]
    for status, meaning in meanings.items():
        each = [count[status] for count in counts]
        yield line((f"**{status}**", meaning, *map(str, each), str(sum(each))))


def _emptied(row: Row) -> dict[str, str]:
    if row["key"]:
        return {**row, "answer": VALUE}
    return {**row, "answer": "", "status": OPEN, "page": ""}


def _cells(row: Row, numbers: Numbers) -> Iterable[str]:
    value = numbers[_place(row)]["text"] if row["key"] else ""
    ending = ".ipynb" if row["page"].startswith("notebooks/") else ".md"
    link = f"[]({row['page']}{ending})" if row["page"] else ""
    answer = escape(row["answer"].replace(VALUE, value))
    domain, topic = escape(row["domain"]), escape(row["topic"])
    return row["item"], domain, topic, answer, row["status"], link


def _place(row: Row) -> tuple[str, str]:
    return Path(row["page"]).name, row["key"]
