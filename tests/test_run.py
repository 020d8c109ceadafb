"""A run counts only if every cell was executed without error. Tiny notebooks, real kernels: most of it is slow."""

import json
import re

import nbformat
import pytest

from analysis.pipeline.errors import NotebookError
from analysis.pipeline.run import _number_of, run_notebook, scrub, write_notebook

OLD = "what stood here before"


@pytest.fixture
def notebook(tmp_path):
    """Writes a notebook: a heading, a parameters cell, then the given cells."""

    def write(*sources):
        cells = [
            nbformat.v4.new_markdown_cell("# Title"),
            nbformat.v4.new_code_cell("x = 1", metadata={"tags": ["parameters"]}),
            *(nbformat.v4.new_code_cell(source) for source in sources),
        ]
        path = tmp_path / "tiny.ipynb"
        nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
        return path

    return write


@pytest.fixture
def refused(tmp_path):
    """Runs a notebook that must be refused; source and target must stay as they were. Returns the words."""

    def run(source, parameters=None):
        target = tmp_path / "out" / "tiny.ipynb"
        target.parent.mkdir()
        target.write_text(OLD, encoding="utf-8")
        before = source.read_bytes()
        with pytest.raises(NotebookError) as caught:
            run_notebook(source, target, parameters or {})
        assert source.read_bytes() == before
        assert target.read_text(encoding="utf-8") == OLD
        assert [path.name for path in target.parent.iterdir()] == ["tiny.ipynb"]
        return str(caught.value)

    return run


@pytest.mark.slow
class TestRefused:
    def test_a_failing_cell_is_named_by_notebook_number_and_error(self, notebook, refused):
        said = refused(notebook("y = 2", "1 / 0"))
        assert said == (
            "tiny.ipynb, code cell 3 ('1 / 0') stopped with ZeroDivisionError: division by zero"
        )

    def test_numbers_are_those_of_the_stored_notebook_when_parameters_are_injected(
        self, notebook, refused
    ):
        assert "code cell 2 " in refused(notebook("1 / 0"), {"x": 5})

    def test_a_syntax_error(self, notebook, refused):
        said = refused(notebook("for = 3"))
        assert said.startswith("tiny.ipynb, code cell 2 ('for = 3') stopped with SyntaxError")

    @pytest.mark.parametrize(
        "ending", ["import sys; sys.exit(0)", "import sys; sys.exit()", "raise SystemExit"]
    )
    def test_leaving_early_is_no_success(self, notebook, refused, ending):
        said = refused(notebook(ending, "z = 3"))
        assert said.startswith("tiny.ipynb, code cell ")

    @pytest.mark.parametrize(
        "ending",
        ["import os; os._exit(0)", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"],
    )
    def test_a_kernel_that_dies(self, notebook, refused, ending):
        said = refused(notebook(ending, "z = 3"))
        assert said.startswith("tiny.ipynb: ") and "ied" in said, said

    def test_the_last_cell_may_not_leave_either(self, notebook, refused):
        assert refused(notebook("import sys; sys.exit(0)")).startswith("tiny.ipynb")


@pytest.mark.slow
class TestAccepted:
    SOURCES = (
        "print('out', x)",
        "import time, sys; print(time.time() > 0, file=sys.stderr)",
        "x + 1",
        "",
    )

    def test_two_runs_give_equal_bytes_without_paths_or_times(self, notebook, tmp_path):
        source = notebook(*self.SOURCES)
        before = source.read_bytes()
        targets = [tmp_path / "one" / "tiny.ipynb", tmp_path / "two" / "tiny.ipynb"]
        for target in targets:
            run_notebook(source, target, {})
        made = targets[0].read_text(encoding="utf-8")
        assert made == targets[1].read_text(encoding="utf-8")
        assert source.read_bytes() == before
        assert not re.search(r"/tmp|/home|/work|/root|20\d\d-\d\d-\d\dT", made)
        assert str(tmp_path) not in made and "papermill" not in made
        cells = [c for c in json.loads(made)["cells"] if c["cell_type"] == "code"]
        assert [cell["execution_count"] for cell in cells] == [1, 2, 3, 4, 5]
        assert cells[3]["outputs"][0]["data"]["text/plain"] == ["2"]

    def test_parameters_reach_the_cells(self, notebook, tmp_path):
        target = tmp_path / "out.ipynb"
        run_notebook(notebook("x * 2"), target, {"x": 21})
        cells = nbformat.read(target, as_version=4).cells
        assert cells[-1].outputs[0].data["text/plain"] == "42"
        assert cells[2].metadata.tags == ["injected-parameters"]

    def test_the_kernel_stands_in_the_project_folder(self, notebook, tmp_path, monkeypatch):
        monkeypatch.chdir(tmp_path)
        target = tmp_path / "out.ipynb"
        run_notebook(notebook("import os; os.path.isfile('pyproject.toml')"), target, {})
        assert nbformat.read(target, as_version=4).cells[-1].outputs[0].data["text/plain"] == "True"


class TestWithoutAKernel:
    def test_number_of_a_cell(self, notebook):
        path = notebook("a = 1", "b = 2")
        assert (_number_of(path, "b = 2\n"), _number_of(path, "c")) == ("3", "?")

    def dirty(self):
        output = nbformat.v4.new_output(
            "execute_result", {"text/plain": "1"}, execution_count=9, metadata={}
        )
        metadata = {"tags": ["parameters"], "papermill": {"start_time": "now"}, "execution": {}}
        cell = nbformat.v4.new_code_cell("1", execution_count=9, outputs=[output])
        cell.metadata.update(metadata)
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# T"), cell])
        notebook.metadata.update({"papermill": {"input_path": "/home/me"}, "language_info": {}})
        return notebook

    def test_scrub_keeps_tags_and_drops_what_varies(self):
        clean = scrub(self.dirty())
        assert [cell.id for cell in clean.cells] == ["cell-000", "cell-001"]
        assert clean.cells[1].metadata == {"tags": ["parameters"]}
        assert clean.cells[1].execution_count == clean.cells[1].outputs[0].execution_count == 1
        assert "/home" not in nbformat.writes(clean) and "papermill" not in clean.metadata
        assert (clean.nbformat, clean.nbformat_minor) == (4, 5)

    def test_scrub_twice_is_scrub_once(self):
        once = nbformat.writes(scrub(self.dirty()))
        assert nbformat.writes(scrub(nbformat.reads(once, as_version=4))) == once

    def test_an_invalid_notebook_is_not_written(self, tmp_path):
        target = tmp_path / "x.ipynb"
        target.write_text(OLD, encoding="utf-8")
        broken = scrub(self.dirty())
        broken.cells[1].outputs[0].pop("data")
        with pytest.raises(nbformat.ValidationError):
            write_notebook(broken, target)
        assert target.read_text(encoding="utf-8") == OLD

    def test_an_equal_target_is_left_as_it_is(self, tmp_path):
        target = tmp_path / "x.ipynb"
        write_notebook(scrub(self.dirty()), target)
        before = target.stat()
        write_notebook(scrub(self.dirty()), target)
        assert target.stat().st_mtime_ns == before.st_mtime_ns
        assert target.stat().st_ino == before.st_ino
