"""One hash over everything that goes into a book: any change to any of it changes the hash."""

import pytest

from analysis.pipeline.fingerprint import book_files, code_files, data_files, fingerprint
from analysis.study import PROJECT


@pytest.fixture
def files(tmp_path):
    for name, text in (("a.py", "1"), ("b.csv", "2")):
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [tmp_path / "a.py", tmp_path / "b.csv"]


def test_the_same_twice_and_sixteen_digits(files):
    assert fingerprint(files, {"seed": 1}) == fingerprint(list(files), {"seed": 1})
    assert len(fingerprint(files, {})) == 16 and int(fingerprint(files, {}), 16) >= 0


def test_content_name_set_and_parameters_all_count(files, tmp_path):
    marks = {fingerprint(files, {"seed": 1}), fingerprint(files, {"seed": 2})}
    marks |= {fingerprint(files, {}), fingerprint(files[:1], {})}
    files[1].rename(tmp_path / "c.csv")
    marks.add(fingerprint([files[0], tmp_path / "c.csv"], {}))
    files[0].write_text("1 ", encoding="utf-8")
    marks.add(fingerprint([files[0], tmp_path / "c.csv"], {}))
    assert len(marks) == 6


def test_order_of_parameters_does_not_count(files):
    assert fingerprint(files, {"a": 1, "b": 2}) == fingerprint(files, {"b": 2, "a": 1})


def test_contents_cannot_be_moved_from_one_file_to_the_next(files):
    before = fingerprint(files, {})
    files[0].write_text("2", encoding="utf-8")
    files[1].write_text("1", encoding="utf-8")
    assert fingerprint(files, {}) != before


class TestWhatIsCollected:
    def test_all_of_the_package_that_can_change_a_result(self):
        package = PROJECT / "src" / "analysis"
        found = {path.relative_to(package).as_posix() for path in code_files(package)}
        assert {"report.py", "pipeline/run.py", "casework.mplstyle", "words/en.toml"} <= found
        assert {"words/stop_ru.txt", "readers/Project.xsd"} <= found
        assert not any("__pycache__" in name or name.endswith(".pyc") for name in found)
        others = {
            path.suffix
            for path in package.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        } - {".py", ".toml", ".mplstyle", ".txt", ".xsd", ".json", ".css"}
        assert not others, f"files of a kind that the fingerprint does not see: {others}"

    def test_all_of_the_book_written_by_hand_and_nothing_made(self):
        book = PROJECT / "book"
        found = {path.relative_to(book).as_posix() for path in book_files(book)}
        assert {"index.md", "_toc.yml", "_config.yml", "evidence.csv", "references.bib"} <= found
        assert any(name.startswith("_static/") for name in found)
        assert not any(name.startswith("_build/") for name in found)

    def test_data_with_folders_below_but_nothing_hidden(self, tmp_path):
        (tmp_path / "making").mkdir()
        for name in ("a.csv", "making/b.csv", ".a.csv.partial", ".DS_Store"):
            (tmp_path / name).write_text("x", encoding="utf-8")
        names = [path.relative_to(tmp_path).as_posix() for path in data_files(tmp_path)]
        assert names == ["a.csv", "making/b.csv"]


def test_it_imports_nothing_heavy():
    import subprocess
    import sys

    code = (
        "import sys, analysis.pipeline.fingerprint, analysis.pipeline.release\n"
        "print(sorted({'pandas', 'numpy', 'nbformat', 'papermill'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
