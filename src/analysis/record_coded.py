"""What the coded files say of codes and coders: names spelt two ways, people in them, rows that stand twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

import pandas as pd

from analysis.printed import one_line, shown
from analysis.problem import MAX_KEPT, Problem, TableError
from analysis.readers import Project
from analysis.record_files import SUFFIXES, read_cells
from analysis.record_identity import EMAIL, NAME, holds_a_phone, is_a_name, words_of
from analysis.record_sheets import inside
from analysis.record_spelling import pairs_of
from analysis.study_parts import Study

SAME = ("document", "code", "coder", "quote", "start", "end")
Texts = dict[str, Counter[str]]  # file -> text -> in how many codings


def of_coded(study: Study, projects: Mapping[str, Project]) -> Iterator[Problem]:
    """Everything of this kind, over all coded files of a study together."""
    codes = {file: _counted(p, "code", p.codebook["code"]) for file, p in projects.items()}
    coders = {file: _counted(p, "coder", []) for file, p in projects.items()}
    yield from _spelt_twice(study, codes, "code")
    yield from _spelt_twice(study, coders, "coder")
    yield from _people(study, codes, "code")
    yield from _people(study, coders, "coder")
    for file, project in projects.items():
        yield from _same_rows(study, file, project)


def _counted(project: Project, column: str, others: object) -> Counter[str]:
    counts = Counter(str(text) for text in project.coding[column] if isinstance(text, str) and text)
    counts.update({str(text): 0 for text in others})  # type: ignore[attr-defined]
    return counts


def _spelt_twice(study: Study, files: Texts, name: str) -> Iterator[Problem]:
    counts: Counter[str] = Counter()
    for texts in files.values():
        for text, n in texts.items():
            counts[text] += n
    for rare, usual in pairs_of(counts, name)[:MAX_KEPT]:
        file = next(file for file, texts in files.items() if rare in texts)
        said = f"{shown(rare)} is nearly {shown(usual)}; the same {name} spelt two ways?"
        mend = f"if they are the same, call both {usual!r} in every coded file; as it is, they are counted apart."
        yield _doubt(study, file, name, rare, said, usual, mend, f"{name} spelt twice")


def _people(study: Study, files: Texts, name: str) -> Iterator[Problem]:
    """Codes and coders that hold a way to reach a person, or a full name: a first name alone may be a thing, or how colleagues sign."""
    for file, texts in files.items():
        for text in texts:
            severity = "warning" if study.synthetic or name == "coder" else "error"
            if EMAIL.search(text) or holds_a_phone(text):
                said = f"the {name} {shown(text)} holds a phone number or an e-mail address."
                mend = f"rename the {name} in the tool it was made in, and export it again."
                expected = "no way to reach a person"
                severity = "warning" if study.synthetic else "error"
                yield _doubt(study, file, name, text, said, expected, mend, "contact", severity)
            elif _names_in(text) > 1:
                said = f"the {name} {shown(text)}; it looks like a name."
                mend = f"rename the {name}: {NAME.mend}"
                yield _doubt(study, file, name, text, said, NAME.expected, mend, "name", severity)


def _names_in(text: str) -> int:
    """How many of the words with a capital are names."""
    words = [word for word in words_of(text) if word[:1].isupper()]
    return sum(is_a_name(word) for word in words)


def _same_rows(study: Study, file: str, project: Project) -> Iterator[Problem]:
    """Rows without a position that are alike; those with one the readers themselves leave out once."""
    coding = project.coding
    again = coding[list(SAME)].duplicated() & coding["start"].isna()
    for _, row in coding[again].drop_duplicates(list(SAME)).head(MAX_KEPT).iterrows():
        held = [row["document"], row["code"], row["quote"]]
        value = one_line(", ".join(str(text) for text in held))[:200]
        said = f"{value} stands there more than once; it counts as several codings."
        mend = "delete the row that is there twice."
        place = _row_of(study, file, [str(text) for text in held if isinstance(text, str)], -1)
        yield Problem(
            *(file, said, place, None, value, "each coding once", mend), *("warning", "row twice")
        )


def _doubt(
    study: Study, file: str, name: str, text: str, said: str, expected: str, *rest: str
) -> Problem:
    mend, kind, *severity = rest
    row, value = _row_of(study, file, [text], 0), one_line(text)[:200]
    column = name if row is not None else None
    return Problem(
        file, said, row, column, value, expected, mend, severity[0] if severity else "warning", kind
    )


def _row_of(study: Study, file: str, texts: list[str], which: int) -> int | None:
    """The first (0) or last (-1) row of a table that holds all these texts; None in other files."""
    if not file.lower().endswith(tuple(SUFFIXES)):
        return None
    try:
        cells, _ = read_cells(inside(study, file), ())
    except (TableError, ValueError, OSError):
        return None
    there = pd.Series(True, index=cells.index)
    for text in texts:
        there &= (cells.astype("object") == text).any(axis=1)
    rows = cells.index[there]
    return int(rows[which]) if len(rows) else None
