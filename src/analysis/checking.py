"""Everything that is wrong with a study folder, in one pass: declaration, tables, and what they say of each other.

Nothing is computed from the records and nothing is printed here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.contract import TABLES
from analysis.problem import Problem, TableError
from analysis.record_belonging import misplaced
from analysis.record_doubts import doubts
from analysis.record_files import SUFFIXES
from analysis.record_hints import directions, half_filled, moved, thin_waves
from analysis.record_identity import (
    columns_of_names,
    contacts,
    formulas,
    names_as_ids,
    plain_numbers,
    unseen,
)
from analysis.record_repeats import currencies, same_quotes, same_rows
from analysis.record_rules import half_steps, order_in_time
from analysis.record_sheets import (
    Sheet,
    interviews_sheet,
    monitoring_sheet,
    table_sheet,
    translations_sheet,
)
from analysis.record_spelling import columns_told, spelt_twice
from analysis.record_tables import of_interviews, of_tables
from analysis.record_time import out_of_time, review_order
from analysis.study import Study, draft
from analysis.toml import Said

ORDER = {"error": 0, "warning": 1}


def check_study(name: str | Path) -> tuple[Study, list[Problem]]:
    """Read a whole study folder and say all that is wrong or looks wrong, errors first.

    Raises
    ------
    StudyError
        When there is no such folder, or no study.toml in it that can be read.
    """
    study, said, unchecked = draft(name)
    mend = "correct study.toml; its comments, and book/own-study.md, say what each line means."
    problems = [_declared(text, mend) for text in said]
    mend = "correct what is said of study.toml, then check again."
    problems += [
        Problem("study.toml", text, mend=mend, severity="warning", kind="not checked")
        for text in unchecked
    ]
    problems += [*doubts(study), *review_order(study), *_nothing_read(study), *_of_tables(study)]
    unique = dict.fromkeys(problems)
    return study, sorted(unique, key=lambda problem: ORDER[problem.severity])


def _declared(said: str, mend: str) -> Problem:
    """What is wrong with study.toml, under the first key it hangs on."""
    about = said if isinstance(said, Said) else Said(said)
    key = about.keys[0] if about.keys else None
    return Problem(
        "study.toml",
        str(said),
        column=key,
        value=about.value,
        expected=about.expected,
        mend=mend,
        kind="declaration",
    )


def _nothing_read(study: Study) -> Iterator[Problem]:
    """Monitoring that lies in the folder while study.toml does not speak of it, or in a second copy."""
    there = [name for s in SUFFIXES if (study.folder / (name := f"monitoring{s}")).is_file()]
    if study.has_monitoring and not study.monitoring and "monitoring.csv" in there:
        for name in there[1:]:
            mend = (
                "take it out of the folder, or name the one that counts: [monitoring] table = ..."
            )
            said = "is not read, for there is a monitoring.csv."
            yield Problem(name, said, mend=mend, severity="warning", kind="not read")
    for name in TABLES:
        files = [f for s in SUFFIXES if (study.folder / (f := f"{name}{s}")).is_file()]
        if files and name not in study.tables:
            said = "is in the folder, but study.toml does not name it under [tables], so it is not read."
            mend = (
                f'write {name} = "{files[0]}" under [tables], or take the file out of the folder.'
            )
            yield Problem(files[0], said, mend=mend, severity="warning", kind="not read")
    if there and not study.has_monitoring:
        said = "is in the folder, but study.toml declares no usable [waves], so it is not read."
        mend = "declare [waves] and [[scales]]; `casework new` writes a study.toml to start from."
        yield Problem(there[0], said, mend=mend, severity="warning", kind="not read")


def _of_tables(study: Study) -> list[Problem]:
    problems: list[Problem] = []

    def read(make: Callable[[], Sheet | None]) -> Sheet | None:
        try:
            sheet = make()
        except TableError as error:
            problems.extend(error.problems)
            return None
        if sheet is not None:
            problems.extend([*sheet.problems, *_of_any(study, sheet)])
        return sheet

    talks = study.interviews
    monitoring = read(lambda: monitoring_sheet(study)) if study.has_monitoring else None
    found = {name: read(lambda name=name: table_sheet(study, name)) for name in study.tables}  # type: ignore[misc]
    tables = {name: sheet for name, sheet in found.items() if sheet is not None}
    interviews = read(lambda: interviews_sheet(study)) if talks and talks.table else None
    translations = read(lambda: translations_sheet(study)) if talks else None
    if monitoring is not None:
        problems += _of_monitoring(study, monitoring)
    problems += _between(study, tables, monitoring, interviews)
    if translations is not None:
        problems += same_quotes(translations)
    problems += _of_words(study, interviews, translations, tables)
    return problems


def _between(
    study: Study,
    tables: Mapping[str, Sheet],
    monitoring: Sheet | None,
    interviews: Sheet | None,
) -> Iterator[Problem]:
    """What the further tables say against themselves, against each other and against monitoring."""
    yield from of_tables(tables, monitoring)
    yield from out_of_time(study, tables, monitoring)
    for name, sheet in tables.items():
        yield from same_rows(sheet, name)
    if "costs" in tables:
        yield from currencies(study, tables["costs"])
    listed = {} if interviews is None else {"interviews": interviews}
    yield from misplaced(study, {**tables, **listed}, monitoring)
    if not study.synthetic:
        own = [] if monitoring is None else [monitoring]
        yield from plain_numbers([*own, *tables.values()])
    if interviews is not None:
        yield from of_interviews(interviews, tables, monitoring)


def _of_any(study: Study, sheet: Sheet) -> Iterator[Problem]:
    """What is looked for in every table: people, formulas, one thing spelt two ways."""
    severity = "warning" if study.synthetic else "error"
    yield from names_as_ids(sheet, severity)
    yield from columns_of_names(sheet, study.interviews.variables if study.interviews else ())
    yield from contacts(sheet, severity)
    yield from unseen(sheet, columns_told(study))
    yield from formulas(sheet)
    yield from spelt_twice(study, sheet)


def _branches(found: Iterable[Problem], some_unread: bool) -> Iterator[Problem]:
    """What the codebook lacks; a doubt only where a file that could not be read may hold it."""
    for problem in found:
        said = f"{problem.said} (in the files that could be read)"
        yield replace(problem, said=said, severity="warning") if some_unread else problem


def _of_monitoring(study: Study, sheet: Sheet) -> Iterator[Problem]:
    yield from order_in_time(study, sheet)
    yield from thin_waves(study, sheet)
    yield from half_steps(study, sheet)
    yield from half_filled(study, sheet)
    yield from moved(study, sheet)
    yield from directions(study, sheet)


def _of_words(
    study: Study,
    interviews: Sheet | None,
    translations: Sheet | None,
    tables: Mapping[str, Sheet],
) -> Iterator[Problem]:
    """Coded interviews against each other and their tables, and everything printed in words."""
    from analysis import record_coded, record_quotes
    from analysis import record_interviews as coded  # the readers take their time to load
    from analysis.record_propositions import of_propositions

    projects, problems = coded.read_coding(study) if study.interviews else ({}, [])
    yield from problems
    yield from coded.of_reading(projects)
    yield from coded.of_files(study, projects)
    yield from record_coded.of_coded(study, projects)
    if projects:
        yield from _branches(coded.of_branches(study, projects), bool(problems))
    names = list(coded.documents_of(projects))
    if interviews is not None and "interview" in interviews.frame:
        yield from coded.of_documents(interviews, projects)
        names.extend(interviews.frame["interview"].cat.categories)
    if translations is not None:
        yield from coded.of_quotes(translations, names, projects)
    views = tables["views"].frame if "views" in tables else pd.DataFrame()
    informants = list(views["informant"].cat.categories) if "informant" in views else []
    yield from of_propositions(study, projects, informants)
    printed = {"translations": translations, "client_costs": tables.get("client_costs")}
    there = {name: sheet for name, sheet in printed.items() if sheet is not None}
    yield from record_quotes.telling(study, record_quotes.passages_of(projects, there))
