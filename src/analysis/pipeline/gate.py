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
ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<t[hd](?: scope=\"\w+\")?( class=\"number\")?>(.*?)</t[hd]>", re.DOTALL)
WORD = re.compile(r"[^\W_](?:[\w.-]*[^\W_])?")
NUMBER = re.compile(r"[0-9.,%−-]*")
IDS = ("family", "curator", "supervisor")
MOST = 12
PLAIN = re.compile(r"the identifier '[0-9.,%−-]+' is printed")
LETTER = "Identifiers of this study are plain numbers, which other numbers may be taken for: put a letter before them (F12 for 12), in every table."


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
    ids, names = identifiers(study), known_names(study)
    found = [
        f"{path.name}, {problem}"
        for path in executed
        for problem in leaks(nbformat.read(path, as_version=4), ids, study.minimum_cell, names)
    ]
    if found:
        more = [f"and {len(found) - MOST} more"] if len(found) > MOST else []
        if any(PLAIN.search(problem) for problem in found):
            more.append(LETTER)
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


def known_names(study: Study) -> frozenset[str]:
    """What stands at the head of rows and is nobody: centres, waves and levels of the study, by name and by label."""
    named = [*study.waves, *study.wave_labels.values()]
    if study.risk:
        named += [*study.risk.levels, *study.risk.labels.values()]
    if study.has_monitoring:
        monitoring = load_monitoring(study)
        named += list(monitoring["centre"].dropna().unique()) if "centre" in monitoring else []
    return frozenset(map(str, named))


def leaks(
    notebook: nbformat.NotebookNode,
    ids: Iterable[str],
    minimum: int,
    names: Iterable[str] = (),
) -> list[str]:
    """One sentence for each identifier and each small group that an executed notebook prints.

    Identifiers are looked for as whole words in everything shown: text, tables, captions, alternative texts, errors. One that has
    one letter only counts where it is all a table's cell says; one that could be a number, where it names a table's row and is none of `names` (see
    `known_names`), or stands in a column of identifiers. Small: a base, a declared count or a rest from 1 to `minimum` - 1
    in the numbers of a page of records, and "n = 3" in its words.
    """
    wanted, nobody, found = frozenset(ids), frozenset(names), []
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", ()):
            note = output.get("data", {}).get(RECORD) or {}
            where = f"cell {number}" + (f", {note['key']!r}" if note else "")
            named = sorted(_named(output, note, nobody) & wanted)
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


def _named(output: Mapping[str, Any], note: Mapping[str, Any], nobody: frozenset[str]) -> set[str]:
    """Whole words, and whole cells, that could be an identifier."""
    said: set[str] = set()
    for text in _texts(output, note):
        for line in text.splitlines():
            said |= {
                word for word in WORD.findall(line) if len(word) > 1 and not NUMBER.fullmatch(word)
            }
    return said | set(_cells(output.get("data", {}).get("text/html", ""), nobody))


def _cells(page: str, nobody: frozenset[str]) -> Iterator[str]:
    """Texts that are all a cell says; a number only where it could tell who a row is about, since elsewhere it counts or measures."""
    heads: list[tuple[str, str]] = []
    for row in ROW.findall(page):
        cells = [
            (kind, html.unescape(TAG.sub("", said)).strip()) for kind, said in CELL.findall(row)
        ]
        if 'scope="col"' in row:
            heads = cells
            continue
        for (kind, head), (place, (_, said)) in zip(heads, enumerate(cells), strict=False):
            of_people = head.casefold() in IDS
            row_name = place == 0 and not kind and said not in nobody
            if of_people or row_name or not (kind or NUMBER.fullmatch(said)):
                yield said


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
