"""Whether interviews, coded files and translations speak of the same documents.

The coded files are read here, each once; what is inside them is the business of `readers`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from analysis.printed import one_line, shown
from analysis.problem import Problem, TableError
from analysis.readers import Project, read_project
from analysis.record_sheets import Sheet, inside
from analysis.study_parts import Study


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
            said = one_line(str(error).split("\n")[0])
            problems.append(Problem(name, said, mend=mend, kind="not readable"))
    return projects, problems


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
