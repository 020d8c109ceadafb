"""The last look before a book of real records is made: nothing that an executed notebook prints may lead to a person.

It reads what was printed and not how, so that a chapter that forgets to protect its frames is stopped. What protects is `protecting`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import nbformat

from analysis.pipeline.errors import NotebookError
from analysis.pipeline.results import RECORD
from analysis.protecting import roles
from analysis.records import has, load_monitoring, load_table
from analysis.small_groups import small, too_few
from analysis.study import Study

BASE = re.compile(r"\bn\s*=\s*([0-9]+)\b")
SHARE = re.compile(r"\b([0-9]+) \w+ ([0-9]+) \(")  # as `Page.share` writes it, in any language
TAG = re.compile(r"<[^>]*>")
WORD = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")
NUMBER = re.compile(r"[0-9.,%−-]*")
IDS = ("family", "curator", "supervisor")
MOST = 12


def check(executed: Iterable[Path], study: Study) -> None:
    """Stop the report of real records when a notebook prints an identifier or a group below the study's minimum.

    A study that is not of real records passes. Call it with the executed notebooks before anything is made of them.

    Raises
    ------
    NotebookError
        Which notebook, under which key, what was found and how to mend it.
    """
    if study.origin != "records":
        return
    ids = identifiers(study)
    found = [
        f"{path.name}, {problem}"
        for path in executed
        for problem in leaks(nbformat.read(path, as_version=4), ids, study.minimum_cell)
    ]
    if found:
        more = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
        raise NotebookError(
            "Nothing was made, because these pages would print what real records must not show. Pass the frame through "
            "`page.shown` before it is printed or drawn.\n" + "\n".join([*found[:MOST], *more])
        )


def identifiers(study: Study) -> frozenset[str]:
    """Every identifier of a family, a curator or a supervisor in the study's tables."""
    frames = [load_monitoring(study)] if study.has_monitoring else []
    frames += [load_table(study, name) for name in study.tables if has(study, name)]
    values = {
        str(value)
        for frame in frames
        for column in IDS
        if column in frame
        for value in frame[column].dropna().unique()
    }
    return frozenset(values - {""})


def leaks(notebook: nbformat.NotebookNode, ids: Iterable[str], minimum: int) -> list[str]:
    """One sentence for each identifier and each small group that an executed notebook prints.

    Identifiers are looked for as whole words in everything shown: text, tables, captions, alternative texts, errors. One that could be a number or has
    one letter only counts where it is all a table's cell says. Small: a base, a declared count or a rest from 1 to `minimum` - 1
    in the numbers of a page of records, and "n = 3" in its words.
    """
    wanted, found = frozenset(ids), []
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", ()):
            note = output.get("data", {}).get(RECORD) or {}
            where = f"cell {number}" + (f", {note['key']!r}" if note else "")
            named = sorted(_named(output, note) & wanted)
            found += [f"{where}: the identifier {name!r} is printed." for name in named]
            if note.get("origin") == "records":
                found += [f"{where}: {what}" for what in _small(note, minimum)]
    return found


def _texts(output: Mapping[str, Any], note: Mapping[str, Any]) -> Iterator[str]:
    yield str(output.get("text", ""))
    yield from map(str, output.get("traceback", ()))
    for kind, data in output.get("data", {}).items():
        if kind.startswith("text/"):
            yield html.unescape(TAG.sub("\n", data)) if kind == "text/html" else data
    yield from (str(note.get(name, "")) for name in ("caption", "alt"))
    for record in note.get("records", ()):
        yield from (str(record[name]) for name in ("text", "row", "column"))


def _named(output: Mapping[str, Any], note: Mapping[str, Any]) -> set[str]:
    """Whole words, and whole lines or cells, that could be an identifier."""
    said: set[str] = set()
    for text in _texts(output, note):
        for line in text.splitlines():
            said |= {
                word for word in WORD.findall(line) if len(word) > 1 and not NUMBER.fullmatch(word)
            }
    cells = output.get("data", {}).get("text/html", "")
    whole = re.findall(r"<(?:th scope=\"row\"|td)>(.*?)</t[hd]>", cells)
    return said | {html.unescape(TAG.sub("", cell)).strip() for cell in whole}


def _small(note: Mapping[str, Any], minimum: int) -> Iterator[str]:
    """Small groups among the numbers and words of one printed thing."""
    declared = roles()
    counting = {*declared["bases"], *declared["parts"], *declared["counts"]}
    rows: dict[str, dict[str, float]] = {}
    for record in note["records"]:
        apart = "counts" in record
        if small(record["n"], minimum) and not apart:
            yield f"a base of {record['n']} is printed."
        if record["column"] in counting and small(record["value"], minimum) and not apart:
            yield f"{record['column']} = {record['value']} is printed in row {record['row']!r}."
        alone = note["kind"] == "prose" and record["n"] is None
        if alone and small(record["value"], minimum) and not apart:
            yield f"a count of {record['value']} is printed."
        if not apart and record["value"] is not None:
            rows.setdefault(record["row"], {})[record["column"]] = record["value"]
    for row, values in rows.items():
        for part in declared["parts"]:
            if part in values and "n" in values and too_few(values[part], values["n"], minimum):
                yield f"{part} {values[part]} of {values['n']} is printed in row {row!r}."
    if not any("counts" in record for record in note["records"]):
        said = [note.get("caption", ""), note.get("alt", ""), *(r["text"] for r in note["records"])]
        yield from _small_in_words(" ; ".join(said), minimum)


def _small_in_words(said: str, minimum: int) -> Iterator[str]:
    """Small groups that a sentence names: "n = 3", "23 of 25 (92%"."""
    yield from (f"“n = {n}” is printed." for n in BASE.findall(said) if small(int(n), minimum))
    for count, n in SHARE.findall(said):
        if too_few(int(count), int(n), minimum):
            yield f"{count} of {n} is printed."
