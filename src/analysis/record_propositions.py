"""The study's own propositions.toml against what the study has: its scales, informants and codes. Nothing is computed."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterator, Mapping

import pandas as pd

from analysis.problem import Problem
from analysis.propositions import expectations, phases, propositions
from analysis.readers import Project
from analysis.study_parts import Study

FILE = "propositions.toml"
FORM = "the form is that of src/analysis/propositions.toml."


def of_propositions(
    study: Study, projects: Mapping[str, Project], informants: Collection[str]
) -> Iterator[Problem]:
    """What cannot be read in propositions.toml, and what in it the study does not have; nothing when there is no such file.

    `projects` as read from the coded files, `informants` those of the table of views.
    """
    file = study.folder / FILE
    if not file.exists():
        return
    if not file.is_file() or not file.resolve().is_relative_to(study.folder):
        yield Problem(FILE, "it is no file in the study folder.", mend="put the file itself there.")
        return
    language = study.interviews.language if study.interviews else study.language
    asked, said = _read(lambda: propositions(file))
    yield from said
    told, more = _read(lambda: expectations(file))
    yield from (problem for problem in more if problem not in said)
    _, words = _read(lambda: pd.DataFrame({"x": [phases(language, file)]}))
    yield from (problem for problem in words if problem not in said)
    measures = {f"scale:{scale.name}" for scale in study.scales}
    measures |= {"risk"} if study.risk else set()
    measures |= {f"views:{name}" for name in informants}
    yield from _strangers(asked, "measure", measures, "measure")
    codes = {code for p in projects.values() for code in p.codebook["code"].astype(str)}
    if codes:
        for column in ("speaking_for", "speaking_against"):
            spread = asked[["id", column]].explode(column).dropna() if len(asked) else asked
            yield from _strangers(spread, column, codes, "code")
        yield from _strangers(told, "theme", codes, "code")


def _read(read: Callable[[], pd.DataFrame]) -> tuple[pd.DataFrame, list[Problem]]:
    try:
        return read(), []
    except (ValueError, OSError, TypeError, AttributeError) as error:
        text = str(error).removeprefix(FILE).lstrip(",: ")
        return pd.DataFrame(), [Problem(FILE, text, mend=FORM, kind="declaration")]


def _strangers(
    table: pd.DataFrame, column: str, known: Collection[str], what: str
) -> Iterator[Problem]:
    """A warning for each value that the study does not have: the page leaves such a line without a result."""
    if column not in table:
        return
    for row in table[~table[column].isin(list(known))].itertuples():
        value = str(getattr(row, column))
        near = difflib.get_close_matches(value, list(known), 1)
        expected = near[0] if near else f"one of {', '.join(sorted(known)[:12]) or 'none'}"
        said = f"{row.id}: {column} is {value!r}, which is no {what} of this study; expected {expected}."
        mend = f"write a {what} that the study has, or take the line out."
        yield Problem(
            FILE, said, None, column, value, expected, mend, severity="warning", kind=f"no {what}"
        )
