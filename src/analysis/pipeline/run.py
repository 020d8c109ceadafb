"""One notebook, run through papermill and believed only after a look at every cell."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from analysis.kernels import kernel_name
from analysis.pipeline.errors import NotebookError
from analysis.pipeline.files import put
from analysis.pipeline.turns import scratch
from analysis.study import PROJECT

SOURCE_METADATA = ("tags", "mystnb", "slideshow", "jupyter")
IPC_LIMIT = 80  # macOS allows 104 bytes for a socket's path


def run_notebook(source: Path, target: Path, parameters: Mapping[str, Any]) -> None:
    """Run `source` with papermill and put the checked, scrubbed result at `target` in one step.

    The source is never written to; `target` keeps its old content unless every cell was executed without error.

    Raises
    ------
    NotebookError
        When a cell fails, the kernel dies, or cells were left unexecuted (`sys.exit(0)` looks like
        success to papermill).
    """
    import papermill
    from papermill.exceptions import PapermillExecutionError

    target.parent.mkdir(parents=True, exist_ok=True)
    reached: list[str] = []
    with scratch() as place:
        executed = Path(place) / source.name
        try:
            papermill.execute_notebook(
                str(source),
                str(executed),
                parameters=dict(parameters),
                kernel_name=kernel_name(),
                language="python",
                cwd=str(PROJECT),
                progress_bar=False,
                request_save_on_cell_execute=False,
                shutdown_kernel="immediate",
                start_timeout=120,
                on_cell_execute=lambda cell, cell_index: reached.append(cell.source),
                **_sockets(place),
            )
        except PapermillExecutionError as error:
            raise NotebookError(_failure(source, error.ename, error.evalue, error.source)) from None
        except (TimeoutError, RuntimeError) as error:
            raise NotebookError(_death(source, reached, error)) from error
        notebook = nbformat.read(executed, as_version=4)
    _refuse_gaps(source, notebook)
    write_notebook(scrub(notebook), target)


def _sockets(place: str) -> dict[str, Any]:
    """Unix sockets in a private folder: parallel kernels on TCP now and then pick the same port."""
    if sys.platform == "win32" or len(place) > IPC_LIMIT:
        return {}
    from traitlets.config import Config

    config = Config()
    config.KernelManager.transport = "ipc"
    config.KernelManager.ip = f"{place}/k"
    return {"config": config}


def _failure(source: Path, ename: str, evalue: str, code: str) -> str:
    return f"{source.name}, {_cell(source, code)} stopped with {ename}: {evalue}"


def _death(source: Path, reached: list[str], error: Exception) -> str:
    """The kernel is gone, or never came: with the cell it was last given."""
    if "died" not in str(error):
        return f"{source.name}: {error}"
    if not reached:
        return f"{source.name}: the kernel died before the first cell: {error}"
    return (
        f"{source.name}: the kernel died in {_cell(source, reached[-1])}. "
        "Either the memory was not enough, or it was killed, or the cell itself ended it."
    )


def _cell(source: Path, code: str) -> str:
    """`code cell 3 ('first line')`, numbered as in the stored notebook."""
    first = code.strip().splitlines()[0] if code.strip() else ""
    return f"code cell {_number_of(source, code)} ({first!r})"


def _number_of(source: Path, code: str) -> str:
    cells = [c for c in nbformat.read(source, as_version=4).cells if c.cell_type == "code"]
    places = [str(i) for i, cell in enumerate(cells, 1) if cell.source.strip() == code.strip()]
    return places[0] if places else "?"


def _refuse_gaps(source: Path, notebook: nbformat.NotebookNode) -> None:
    cells = [c for c in notebook.cells if c.cell_type == "code" and c.source.strip()]
    for cell in cells:
        if cell.execution_count is None:
            raise NotebookError(
                f"{source.name}, {_cell(source, cell.source)} was never executed: the run ended early "
                "(a cell called exit, or the kernel died)."
            )
        for output in cell.outputs:
            if output.output_type == "error":
                raise NotebookError(_failure(source, output.ename, output.evalue, cell.source))


def scrub(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """The notebook without times, paths, versions and transient metadata: equal runs give equal bytes."""
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    for number, cell in enumerate(notebook.cells):
        cell.id = f"cell-{number:03d}"
        cell.metadata = nbformat.from_dict(
            {key: cell.metadata[key] for key in SOURCE_METADATA if cell.metadata.get(key)}
        )
    count = 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            count += 1
            cell.execution_count = count
            for output in cell.outputs:
                if "execution_count" in output:
                    output.execution_count = count
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    return notebook


def write_notebook(notebook: nbformat.NotebookNode, target: Path) -> None:
    """Write beside the target, then replace it in one step; a target that is the same already is left as it is."""
    nbformat.validate(notebook)
    put(target, nbformat.writes(notebook) + "\n")
