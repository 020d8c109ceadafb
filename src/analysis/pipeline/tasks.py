"""The tasks of a report, for pytask: each notebook, results.csv, the generated pages, the book."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pytask import PythonNode, task

from analysis.pipeline import book, results
from analysis.pipeline.editions import Edition
from analysis.pipeline.run import run_notebook


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


def tasks(plan: Plan) -> list[Callable[..., Any]]:
    """All tasks of the plan; pytask finds the order from what each depends on and produces."""
    runs = [_run(plan, source) for source in plan.notebooks]
    return [*runs, _collect(plan), _build(plan)]


def _run(plan: Plan, source: Path) -> Callable[..., Any]:
    kwargs = {
        "source": source,
        "inputs": list(plan.inputs),
        "parameters": PythonNode(
            value=json.dumps(plan.notebooks[source], sort_keys=True), hash=True
        ),
        "produces": plan.executed[source],
    }

    @task(name=source.stem, kwargs=kwargs)
    def run(source: Path, inputs: list[Path], parameters: str, produces: Path) -> None:
        run_notebook(source, produces, json.loads(parameters))

    return run


def _collect(plan: Plan) -> Callable[..., Any]:
    kwargs = {
        "executed": list(plan.executed.values()),
        "building": list(plan.building),
        "produces": plan.results,
    }

    @task(name="results.csv", kwargs=kwargs)
    def collect(executed: list[Path], building: list[Path], produces: Path) -> None:
        results.write_results(results.collect(executed), produces)

    return collect


def _build(plan: Plan) -> Callable[..., Any]:
    edition = plan.edition
    kwargs = {
        "executed": list(plan.executed.values()),
        "pages_of_the_book": list(edition.files.values()),
        "chapters": PythonNode(value=json.dumps(edition.chapters), hash=True),
        "numbers": plan.results,
        "building": list(plan.building),
        "tables": list(edition.tables),
        "produces": plan.stage / "html" / "index.html",
    }

    @task(name="book", kwargs=kwargs)
    def build(
        executed: list[Path],
        pages_of_the_book: list[Path],
        chapters: str,
        numbers: Path,
        building: list[Path],
        tables: list[Path],
        produces: Path,
    ) -> None:
        stage = plan.stage / "book"
        book.stage_sources(edition.files, stage)
        book.stage_notebooks(executed, stage / "notebooks", edition.pages)
        shutil.copyfile(numbers, stage / "results.csv")
        edition.write(executed, numbers, stage)
        book.build(stage, produces.parent)

    return build
