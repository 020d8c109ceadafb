"""Coded passages that might lead to a person, found as the gate before printing finds them, before a report is made.

Reads the study's `allow.csv` and `mask.csv`. Whole texts of interviews are not searched: only passages are printed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import pandas as pd

from analysis.disclosure import MEND, mask, read_allow, read_mask
from analysis.printed import one_line, shown
from analysis.problem import Problem
from analysis.readers import Project
from analysis.record_sheets import Sheet
from analysis.study_parts import Study

MOST_CHARACTERS = 300_000  # some seconds
PLACES = {"translations": ("quote", "translation"), "client_costs": ("quote", "translation")}


def passages_of(projects: Mapping[str, Project], sheets: Mapping[str, Sheet]) -> pd.DataFrame:
    """Every different passage that a page could print: `document, quote, file, row` (NaN in coded files).

    `projects` maps coded files to what is in them; `sheets` may hold `translations` and `client_costs`.
    """
    parts = [
        project.coding[["document", "quote"]].assign(file=file, row=float("nan"))
        for file, project in projects.items()
    ]
    for name, sheet in sheets.items():
        for column in (c for c in PLACES[name] if {c, "document"} <= set(sheet.frame)):
            cells = (
                sheet.frame[["document", column]]
                .astype("object")
                .set_axis(["document", "quote"], axis=1)
            )
            parts.append(cells.assign(file=sheet.file, row=sheet.frame.index))
    if not parts:
        return pd.DataFrame(columns=["document", "quote", "file", "row"])
    found = pd.concat([part.astype("object") for part in parts], ignore_index=True)
    found = found[found["quote"].notna() & found["quote"].ne("")]
    return found.drop_duplicates(["document", "quote"], ignore_index=True)


def _lists(study: Study) -> tuple[list[Problem], pd.DataFrame, list[str]]:
    """What is wrong with mask.csv and allow.csv, each by itself, and what they hold: nothing where they are wrong."""
    wrong: list[Problem] = []
    words, allow = pd.DataFrame(columns=["found", "replacement"], dtype="str"), []
    try:
        words = read_mask(study.folder)
    except ValueError as error:
        wrong += _of_list("mask.csv", error)
    try:
        allow = list(read_allow(study.folder)["word"])
    except ValueError as error:
        wrong += _of_list("allow.csv", error)
    return wrong, words, allow


def _of_list(file: str, error: ValueError) -> Iterator[Problem]:
    mend = "see mask.csv and allow.csv in “Use your own study”."
    for text in str(error).splitlines():
        line = re.match(rf"(?:{re.escape(file)}: )?(?:line (\d+):? )?(.*)", text)
        number, said = (line[1], line[2]) if line else (None, text)
        row = int(number) if number else None
        yield Problem(file, said, row, expected=_after(said), mend=mend, kind="list")


def _after(said: str) -> str:
    return said.partition("expected ")[2].rstrip(".")


def telling(study: Study, passages: pd.DataFrame) -> Iterator[Problem]:
    """A warning for each thing in the passages that is neither masked nor allowed and might lead to a person.

    `passages` as from `passages_of`; the first `MOST_CHARACTERS` characters are searched. What is wrong with the lists
    themselves is an error, and the search goes on without the list.
    """
    wrong, words, allow = _lists(study)
    yield from wrong
    if passages.empty:
        return
    from analysis.identifiers import scan  # its dictionary takes a second to load

    fits = passages["quote"].str.len().cumsum().le(MOST_CHARACTERS)
    try:
        hits = scan(mask(passages[fits], words), allow=allow)
    except ValueError as error:  # a word of the list that would allow or mask everything
        yield from _of_list("allow.csv", error)
        hits = scan(mask(passages[fits], words), allow=())
    where = passages[["file", "row"]].to_dict("index")
    for hit in hits.to_dict("records"):
        place, found = where[hit["row"]], str(hit["found"])
        said = (
            f"a passage of {shown(str(hit['document']))} holds {shown(found)} ({hit['kind']}), which might lead to a "
            "person; a page leaves the passage out, or the report stops."
        )
        yield Problem(
            str(place["file"]),
            said,
            None if pd.isna(place["row"]) else int(place["row"]),
            value=one_line(found)[:200],
            expected="nothing that tells who it is",
            mend=MEND,
            severity="warning",
            kind="quote",
        )
    if not fits.all():
        said = f"only {int(fits.sum()):,} of {len(fits):,} passages were searched for names and numbers."
        mend = "the report looks at every passage before it prints it."
        yield Problem(
            str(passages["file"].iloc[-1]), said, mend=mend, severity="warning", kind="not searched"
        )
