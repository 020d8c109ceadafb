"""The tasks of a report, for pytask: each notebook, results.csv, the generated pages, the book."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytask import PythonNode, mark, task

from analysis.pipeline import book, explain, release, results
from analysis.pipeline.chapters import all_chapters
from analysis.pipeline.editions import Edition
from analysis.pipeline.files import put
from analysis.pipeline.fingerprint import fingerprint


@dataclass(frozen=True)
class Plan:
    """What is to be made of what: notebooks with their parameters, the inputs all share, the code that builds, which book, and where to."""

    notebooks: Mapping[Path, Mapping[str, Any]]
    inputs: tuple[Path, ...]
    building: tuple[Path, ...]
    edition: Edition
    stage: Path

    @property
    def executed(self) -> dict[Path, Path]:
        return {source: self.stage / "notebooks" / source.name for source in self.notebooks}

    @property
    def results(self) -> Path:
        return self.stage / "results.csv"

    @property
    def html(self) -> Path:
        return self.stage / "html"


def tasks(plan: Plan) -> list[Callable[..., Any]]:
    """All tasks of the plan; pytask finds the order from what each depends on and produces.

    What a person may edit is handed to pytask as a digest taken now: pytask itself would look when a task has ended, and
    take what was edited meanwhile for what was used; and it trusts a file's time, which a copied file may share.
    """
    inputs = fingerprint(plan.inputs, {})
    runs = [
        _run(plan, source, fingerprint([source], {"inputs": inputs})) for source in plan.notebooks
    ]
    long = {chapter.name for chapter in all_chapters() if chapter.long}
    runs = [
        mark.try_first(run) if source.stem in long else run
        for source, run in zip(plan.notebooks, runs, strict=True)
    ]
    pages = [*plan.building, *plan.edition.files.values(), *plan.edition.tables]
    return [
        *runs,
        _collect(plan, fingerprint(plan.building, {})),
        _build(plan, fingerprint(pages, {})),
    ]


def _run(plan: Plan, source: Path, made_of: str) -> Callable[..., Any]:
    kwargs = {
        "made_of": PythonNode(value=made_of, hash=True),
        "parameters": PythonNode(
            value=json.dumps(plan.notebooks[source], sort_keys=True), hash=True
        ),
        "produces": plan.executed[source],
    }

    @task(name=source.stem, kwargs=kwargs)
    def run(made_of: str, parameters: str, produces: Path) -> None:
        from analysis.pipeline.run import run_notebook

        run_notebook(source, produces, json.loads(parameters))

    return run


def _collect(plan: Plan, made_of: str) -> Callable[..., Any]:
    kwargs = {
        "executed": list(plan.executed.values()),
        "made_of": PythonNode(value=made_of, hash=True),
        "produces": {"numbers": plan.results, "cells": plan.results.with_name("cells.json")},
    }

    @task(name="results.csv", kwargs=kwargs)
    def collect(executed: list[Path], made_of: str, produces: dict[str, Path]) -> None:
        results.write_results(results.collect(executed), produces["numbers"])
        explain.write_cells(executed, produces["cells"])

    return collect


def _build(plan: Plan, made_of: str) -> Callable[..., Any]:
    edition = plan.edition
    kwargs = {
        "executed": list(plan.executed.values()),
        "made_of": PythonNode(value=made_of, hash=True),
        "chapters": PythonNode(value=json.dumps(edition.chapters), hash=True),
        "numbers": plan.results,
        "produces": plan.html.with_suffix(".sha256"),
    }

    @task(name="book", kwargs=kwargs)
    def build(
        executed: list[Path],
        made_of: str,
        chapters: str,
        numbers: Path,
        produces: Path,
    ) -> None:
        stage = plan.stage / "book"
        if not produces.is_file():  # the builder takes half-written pages for finished ones
            shutil.rmtree(stage / "_build", ignore_errors=True)
        produces.unlink(missing_ok=True)
        book.stage_sources(edition.files, stage)
        book.stage_notebooks(executed, stage / "notebooks", edition.pages)
        put(stage / "results.csv", numbers.read_bytes())
        edition.write(executed, numbers, stage)
        book.build(stage, plan.html)
        release.seal(plan.html, produces)

    return build
