"""Whether interviews, coded files and translations speak of the same documents.

The coded files are read here, each once; what is inside them is the business of `readers`.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

import pandas as pd

from analysis.printed import one_line, shown
from analysis.problem import MAX_SHOWN, Problem, TableError
from analysis.readers import Project, read_project
from analysis.record_sheets import Sheet, inside
from analysis.study_parts import Study
from analysis.turns import turns

DOUBTED = {"skipped": "not read", "warning": "in doubt"}
# Told by the readers, but no coding and no place hangs on it.
NOTHING_LOST = (
    *("selections without a code (comments)", "highlights without a tag", "other columns"),
    *(
        "codings without a time",
        "times without a time zone, taken as UTC",
        "empty values of variables",
    ),
    *("project file not called project.qde", "marks «important»", "attributes of users"),
)


def read_coding(study: Study) -> tuple[dict[str, Project], list[Problem]]:
    """The coded files of a study that can be read, and what is wrong with the others."""
    projects: dict[str, Project] = {}
    problems: list[Problem] = []
    for name in study.interviews.coding if study.interviews else ():
        try:
            projects[name] = read_project(inside(study, name))
        except TableError as error:
            problems += error.problems
        except (ValueError, OSError) as error:
            mend = "export it again from the tool it was made in; `casework coding FILE` says more."
            lines = str(error).split("\n")[:MAX_SHOWN]
            problems += [
                Problem(name, one_line(line), mend=mend, kind="not readable") for line in lines
            ]
    return projects, problems


def of_reading(projects: Mapping[str, Project]) -> Iterator[Problem]:
    """What the readers skipped or doubt, once per file and kind with its number; documents whose text is lost or another's."""
    mend = "look at it in the tool it was made in, and export it again; `casework coding FILE` shows it all."
    texts: dict[str, tuple[str, str]] = {}
    for file, project in projects.items():
        told = project.report[project.report["status"].isin(DOUBTED)]
        told = told[~told["item"].isin(NOTHING_LOST)]
        for (status, item), rows in told.groupby(["status", "item"], sort=False):
            n, note = int(rows["n"].sum()), next(filter(None, rows["note"]), "")
            where = _listed(name for name in rows["document"] if name)
            why = f" ({one_line(note)[:200]})" if note else ""
            said = f"{DOUBTED[str(status)]}: {n} × {one_line(str(item))}{where}{why}."
            yield Problem(file, said, None, None, str(n), "", mend, "warning", "import")
        lost = [name for name, text in project.documents.items() if not text.strip()]
        coded = set(project.coding["document"]) if project.documents else set()
        lost += sorted(coded - set(project.documents))
        if lost:
            said = f"{len(lost)} × document without a text{_listed(lost)}."
            yield Problem(file, said, None, None, str(len(lost)), "", mend, "warning", "no text")
        for name, text in project.documents.items():
            first, before = texts.setdefault(name, (file, text))
            if before != text:
                said = f"the text of {shown(name)} is not the one in {first}, so that places do not match."
                same = (
                    "let all coders work on the same texts, or give the documents different names."
                )
                yield Problem(file, said, value=one_line(name)[:200], mend=same, kind="two texts")


def of_files(study: Study, projects: Mapping[str, Project]) -> Iterator[Problem]:
    """Coded files in which nothing is coded, two that hold the same codings, and a mark of respondents that no text has."""
    seen: dict[int, str] = {}
    for file, project in projects.items():
        if project.coding.empty:
            said = "nothing is coded in it."
            mend = "export the project with its codings, or take the file out of interviews.coding."
            yield Problem(file, said, expected="codings", mend=mend, kind="no codings")
            continue
        held = project.coding[["document", "code", "quote", "start", "end"]].astype("str")
        content = (*sorted(map(tuple, held.to_numpy())), *sorted(project.documents.items()))
        first = seen.setdefault(hash(content), file)
        if first != file and len(projects) > 1:
            said = f"it holds the same codings as {first}; two coders would agree perfectly by that alone."
            mend = "is it a copy? Name each coder's own file in interviews.coding."
            yield Problem(file, said, mend=mend, severity="warning", kind="same codings")
    mark = study.interviews.respondent if study.interviews else ""
    texts = [text for project in projects.values() for text in project.documents.values() if text]
    if (
        mark
        and texts
        and not any(turn.mark == mark for text in texts for turn in turns(text, mark))
    ):
        said = f"interviews: respondent is {mark!r}, which stands before no turn of any interview."
        mend = f"write the mark as in the texts, a letter of another alphabet counts; it stands before a colon, as in {mark}: …"
        value = one_line(mark)[:200]
        yield Problem(
            "study.toml",
            said,
            None,
            "interviews: respondent",
            value,
            "a mark of the texts",
            mend,
            "warning",
            "declaration",
        )


def of_branches(study: Study, projects: Mapping[str, Project]) -> Iterator[Problem]:
    """Branches that [interviews] names and the codebook, of all coders together, does not have."""
    declared = study.interviews
    if declared is None or not projects:
        return
    book = pd.concat([p.codebook for p in projects.values()]).drop_duplicates("code")
    there = _branches(dict(zip(book["code"], book["parent"], strict=True)))
    for key in ("strengths", "barriers"):
        name = getattr(declared, key)
        if name and name not in there:
            near = difflib.get_close_matches(name, there, 1)
            asked = f"did you mean {near[0]!r}? " if near else ""
            known = ", ".join(map(shown, there)) or "none"
            yield Problem(
                "study.toml",
                f"interviews: {key} is {shown(name)}, which is no branch of the codebook; its branches are: {known}.",
                value=one_line(name)[:200],
                expected="a branch of the codebook",
                mend=f"{asked}Write the name of a branch, or leave {key} out.",
                kind="branch",
            )


def _branches(above: Mapping[str, str]) -> list[str]:
    """Codes on the top level that have others below them, in their order."""
    parents = set(above.values())
    return [code for code, parent in above.items() if not parent and code in parents]


def _listed(names: Iterable[str]) -> str:
    """` in 'I01', 'I02' and 3 more`; nothing for no name."""
    every = list(dict.fromkeys(names))
    more = f" and {len(every) - 3} more" if len(every) > 3 else ""
    return f" in {', '.join(map(shown, every[:3]))}{more}" if every else ""


def documents_of(projects: Mapping[str, Project]) -> dict[str, str]:
    """Document -> the first file that holds it, over all coded files."""
    found: dict[str, str] = {}
    for file, project in projects.items():
        for document in (*project.documents, *project.coding["document"].dropna().unique()):
            found.setdefault(str(document), file)
    return found


def of_documents(interviews: Sheet, projects: Mapping[str, Project]) -> Iterator[Problem]:
    """Interviews that nobody coded, and coded documents that are no interview of the table."""
    if "interview" not in interviews.frame or not projects:
        return
    documents = documents_of(projects)
    cells = interviews.frame["interview"]
    for row, name in cells.dropna().items():
        if name not in documents:
            said = f"{shown(name)} is in no coded file."
            mend = "spell it as the document is called there, or code it."
            yield Problem(
                interviews.file,
                said,
                int(row),  # type: ignore[call-overload]
                "interview",
                one_line(name)[:200],
                "a document of a coded file",
                mend,
                "warning",
                "not coded",
            )
    known = set(cells.cat.categories)
    for document, file in documents.items():
        if document not in known:
            said = f"the document {shown(document)} is not in {interviews.file}."
            mend = f"add a row for it to {interviews.file}, or spell it as there."
            expected = f"an interview of {interviews.file}"
            value = one_line(document)[:200]
            yield Problem(file, said, None, None, value, expected, mend, kind="not in the table")


def of_quotes(
    sheet: Sheet, texts: Iterable[str], projects: Mapping[str, Project]
) -> Iterator[Problem]:
    """Documents that are no interview, and quotes that do not stand in their document.

    `texts` are the names of all documents and interviews.
    """
    if not {"document", "quote"} <= set(sheet.frame):
        return
    known = set(texts)
    words: dict[str, list[str]] = {}
    for project in projects.values():
        for document, text in project.documents.items():
            words.setdefault(str(document), []).append(text)
    for row, document, quote in sheet.frame[["document", "quote"]].dropna().itertuples():
        value = one_line(document)[:200]
        if known and document not in known:
            said = f"{shown(document)} is no interview of this study."
            mend = "spell it as in the table of interviews."
            yield Problem(
                sheet.file,
                said,
                int(row),
                "document",
                value,
                "an interview",
                mend,
                kind="unknown document",
            )
        elif document in words and not any(quote in text for text in words[document]):
            said = f"{shown(quote)} does not stand in {shown(document)} with these words."
            mend = "copy the words from the document; what differs is never shown."
            expected = "words of the document"
            found = one_line(quote)[:200]
            yield Problem(
                sheet.file,
                said,
                int(row),
                "quote",
                found,
                expected,
                mend,
                "warning",
                "quote not found",
            )
