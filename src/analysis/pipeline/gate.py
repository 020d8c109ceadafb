"""The last look before a book of real records is made: nothing that an executed notebook prints may lead to a person.

It reads what was printed and not how, so that a chapter that forgets to protect its frames is stopped. What protects is `protecting`.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple
from unicodedata import normalize

import nbformat

from analysis.pipeline.errors import NotebookError
from analysis.pipeline.results import RECORD
from analysis.protecting import roles
from analysis.records import has, load_monitoring, load_table
from analysis.small_groups import small, too_few
from analysis.study import Study
from analysis.study_rules import LANGUAGES
from analysis.wording import catalogue

BASE = re.compile(r"\bn\s*=\s*([0-9]+)\b")
OF = "|".join(re.escape(catalogue(language)["of"]) for language in LANGUAGES)
SHARE = re.compile(rf"\b([0-9]+) (?:{OF}) ([0-9]+) \(")  # as `Page.share` writes it
TAG = re.compile(r"<[^>]*>")
ROW = re.compile(r"<tr>(.*?)</tr>", re.DOTALL)
CELL = re.compile(r"<t[hd](?: scope=\"\w+\")?( class=\"number\")?>(.*?)</t[hd]>", re.DOTALL)
RUN = re.compile(r"[^\W\d_]+|\d+")
JOINT = re.compile(r"[-–—−_./\\#@]{0,2}")
LOOSE_JOINT = re.compile(r"[-–—−_./\\#@\s]{0,3}")
ENDING = re.compile(r"(?:[а-яё]{1,3}|s)?(?![^\W_])")  # "FAM0017му", "F12s"
BLANKS = re.compile(r"[^\S\n]+")
AROUND = " _#@/"
UNSEEN = {0xAD: None, 0x200B: None, 0x2060: None, 0xFEFF: None, 0x2010: "-"}
AMOUNT = re.compile(r"[−-]?[0-9]+(?:[.,][0-9]+)?%?")
NUMBER = re.compile(r"[0-9.,%−-]*")
IDS = ("family", "curator", "supervisor")
MOST = 12
PLAIN = re.compile(r"the identifier '[\W\d_]+' is printed")
LETTER = "Identifiers of this study hold no letter, so that other numbers may be taken for them: put a letter before them (F12 for 12), in every table."


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
            "Nothing was made, because these pages would print what real records must not show. An identifier in a text is hidden by a "
            "line in mask.csv; a document named like a family needs another name in the study's tables. Anything else is a fault of "
            "the chapter: its frame must go through `page.shown` before it is printed or drawn.\n"
            + "\n".join([*found[:MOST], *more])
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

    Identifiers are looked for in each line of everything shown: text, tables, captions, alternative texts, errors. One is there
    when its runs of letters and of digits follow each other, in any case and however joined ("fam-0017" is FAM0017), save that
    without three letters in a row blanks must be as in the records ("F 12" is not F12: "с 1 мая"); three letters or fewer and
    no digit must be in the same case (ОН is not "он"); and digits alone must stand as spelt ("17  4" is not 17/4). One that has
    one letter only counts where it is all a table's cell says; one that could be a number, where it names a table's row and is none of `names` (see
    `known_names`), or stands in a column of identifiers. Names in other grammatical cases are not looked for here.
    Small: a base, a declared count or a rest from 1 to `minimum` - 1
    in the numbers of a page of records, and "n = 3" in its words.
    """
    wanted, nobody, found = _wanted(frozenset(ids)), frozenset(names), []
    for number, cell in enumerate(notebook.cells, 1):
        for output in cell.get("outputs", ()):
            note = output.get("data", {}).get(RECORD) or {}
            where = f"cell {number}" + (f", {note['key']!r}" if note else "")
            named = sorted(set(_named(output, note, wanted, nobody)))
            found += [f"{where}: the identifier {name!r} is printed." for name in named]
            if note.get("origin") == "records":
                found += [f"{where}: {what}" for what in _small(note, minimum)]
    return found


def _texts(output: Mapping[str, Any], note: Mapping[str, Any]) -> Iterator[str]:
    yield str(output.get("text", ""))
    yield from map(str, output.get("traceback", ()))
    cells = "<td" in output.get("data", {}).get("text/html", "")
    for kind, data in output.get("data", {}).items():
        if kind == "text/plain" and cells:
            # "Centre F" beside n = 16 is no "F 16"; what has a blank is found in the html.
            yield BLANKS.sub(" | ", data)
        elif kind.startswith("text/"):
            yield html.unescape(TAG.sub("\n", data)) if kind == "text/html" else data
    yield from (str(note.get(name, "")) for name in ("caption", "alt"))
    for record in note.get("records", ()):
        yield from (str(record[name]) for name in ("text", "row", "column"))


class Wanted(NamedTuple):
    """Identifiers as spelt in the records, by what is looked up: their runs in a line, all that a cell says."""

    runs: dict[str, list[str]]
    lengths: tuple[int, ...]
    cells: dict[str, list[str]]


@lru_cache(maxsize=1)
def _wanted(ids: frozenset[str]) -> Wanted:
    runs: dict[str, list[str]] = {}
    cells: dict[str, list[str]] = {}
    lengths = set()
    for name in ids:
        spelt = _spelt(name)
        bare, parts = spelt.strip(AROUND), RUN.findall(spelt)
        if not parts or len(bare) == 1 or AMOUNT.fullmatch(bare):
            cells.setdefault(bare or spelt, []).append(name)
            if bare == spelt:
                continue
        runs.setdefault(_folded(" ".join(parts)), []).append(name)
        lengths.add(len(parts))
    return Wanted(runs, tuple(sorted(lengths)), cells)


def _spelt(text: str) -> str:
    """Without differences that nobody sees: width of letters, soft hyphens, kinds of blanks, a blank after №."""
    if text.isascii():
        return text.strip()
    return normalize("NFKC", re.sub(r"№\s*", "#", text)).translate(UNSEEN).strip()


def _folded(text: str) -> str:
    return text.casefold().replace("ё", "е")


def _named(
    output: Mapping[str, Any], note: Mapping[str, Any], wanted: Wanted, nobody: frozenset[str]
) -> Iterator[str]:
    """Identifiers that stand in a line, or are all that a cell says."""
    for text in _texts(output, note):
        for line in text.splitlines():
            yield from _in_line(_spelt(line), wanted)
    for said in _cells(output.get("data", {}).get("text/html", ""), nobody):
        yield from wanted.cells.get(said, ())


def _in_line(line: str, wanted: Wanted) -> Iterator[str]:
    places = list(RUN.finditer(line))
    runs = [_folded(place[0]) for place in places]
    for first in range(len(runs)):
        for length in wanted.lengths:
            for name in wanted.runs.get(" ".join(runs[first : first + length]), ()):
                if _stands(_spelt(name), line, places[first : first + length]):
                    yield name


def _stands(name: str, line: str, places: Sequence[re.Match[str]]) -> bool:
    """Whether runs of a line that are those of an identifier are joined as it may be, and no part of a longer word."""
    own, start, end = list(RUN.finditer(name)), places[0].start(), places[-1].end()
    letters = [run[0] for run in own if run[0].isalpha()]
    if not letters:
        start, end = start - own[0].start(), end + len(name) - own[-1].end()
        beside = line[max(start - 1, 0) : max(start, 0)] + line[end : end + 1]
        return start >= 0 and line[start:end] == name and not re.search(r"[^\W_]", beside)
    if line[:start][-1:].isalnum() or not ENDING.match(line, end):
        return False
    as_spelt = _folded(line[start:end]) == _folded(name[own[0].start() : own[-1].end()])
    if len(letters) == len(own) and sum(map(len, letters)) < 4:
        same_case = [place[0] for place in places] == [run[0] for run in own]
        return same_case and (as_spelt or _joined(line, places, LOOSE_JOINT))
    return as_spelt or _joined(line, places, JOINT if max(map(len, letters)) < 3 else LOOSE_JOINT)


def _joined(line: str, places: Sequence[re.Match[str]], joint: re.Pattern[str]) -> bool:
    return all(joint.fullmatch(line, a.end(), b.start()) for a, b in pairwise(places))


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
            bare = _spelt(said).strip(AROUND)
            if of_people or row_name or not (kind or NUMBER.fullmatch(bare)):
                yield bare or said


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
