"""Coded interviews brought into a study folder: copied, listed, and what is known of them declared."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd

from analysis.importing.declare import Declaration
from analysis.importing.guess import LIKELY, SURE, Guesses
from analysis.importing.words import fits

MOST_GROUPS = 6
TAKEN = ("study.toml", "monitoring.csv", "interviews.csv", "mask.csv", "allow.csv")


class BringError(ValueError):
    """Files that cannot be brought into a study; the text says which, why, and what to do."""


def taken_in(
    coded: Sequence[Path],
    tables: Sequence[pd.DataFrame],
    folder: Path,
    declared: Declaration,
    guesses: Guesses,
) -> Declaration:
    """Copy the coded interviews, write the table of interviews, and declare both.

    Raises
    ------
    BringError
        When a file cannot be read or nothing is coded in it.
    """
    names = _own_names(coded, guesses)
    documents, quotes = _copied(names, folder)
    table = next(iter(tables), None)
    if table is None:
        table = pd.DataFrame({"interview": list(documents)})
        guesses.add(
            "interviews.csv",
            f"{len(table)} interviews",
            SURE,
            "the names in the coded files; nothing else is known of them",
        )
    else:
        name = next(str(n) for n in table if fits(str(n), "interview") == 1)
        table = table.rename(columns={name: "interview"})
        guesses.add("interviews.csv", f"column {name!r}", SURE, "the header says so")
    table.to_csv(folder / "interviews.csv", index=False, encoding="utf-8", lineterminator="\n")
    variables = _variables(table)
    letters = "".join(documents.values() if any(documents.values()) else quotes)[:100_000]
    russian = len(re.findall(r"[А-Яа-яЁё]", letters)) > len(letters) / 4
    guesses.add(
        "language of the interviews",
        "ru" if russian else "en",
        SURE if letters else LIKELY,
        "its letters",
    )
    return replace(
        declared,
        coding=tuple(names.values()),
        interviews_table="interviews.csv",
        variables=tuple(variables),
        interviews_language="ru" if russian else "en",
    )


def _variables(table: pd.DataFrame) -> list[str]:
    """Columns that put interviews in groups: role and centre, and others of a few values that come back; no curators, who are people."""
    chosen = []
    for name in map(str, table):
        values = table[name].dropna().nunique()
        groups = 2 <= values <= min(MOST_GROUPS, len(table) - 1) and not fits(name, "curator")
        if name in ("role", "centre") or (
            groups and name not in ("interview", "date", "synthetic")
        ):
            chosen.append(name)
    return chosen


def _own_names(coded: Sequence[Path], guesses: Guesses) -> dict[Path, str]:
    """The name each file gets in the study: its own, or with its folder's before it where another has that."""
    names: dict[Path, str] = {}
    for path in coded:
        if path in names:
            raise BringError(f"{path} is given twice.")
        own = path.resolve()
        taken = {*TAKEN, *(name.lower() for name in names.values())}
        choices = [path.name, *(f"{above.name}-{path.name}" for above in own.parents)]
        free = [name for name in choices if name.lower() not in taken]
        if not free:
            raise BringError(f"{path}: no name is left for it in the study; rename the file.")
        names[path] = free[0]
        if free[0] != path.name:
            guesses.add(
                "name", f"{path} is {free[0]} in the study", SURE, "another file has its name"
            )
    return names


def _copied(coded: Mapping[Path, str], folder: Path) -> tuple[dict[str, str], list[str]]:
    """The coded files copied into the folder: the interviews in them with their texts, and the passages coded."""
    from analysis.readers import read_project

    documents: dict[str, str] = {}
    quotes: list[str] = []
    for path, name in coded.items():
        try:
            project = read_project(path)
        except (ValueError, OSError) as error:
            raise BringError(f"{path.name}: {error}") from error
        if project.coding.empty:
            raise BringError(
                f"{path.name}: no passage is coded in it; export a project with its codings."
            )
        documents |= {str(name): "" for name in project.coding["document"].unique()}
        documents |= project.documents
        quotes += project.coding["quote"].dropna().astype(str).to_list()
        copy = shutil.copytree if path.is_dir() else shutil.copyfile
        copy(path, folder / name)
    return documents, quotes
