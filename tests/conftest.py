"""What tests share: a small study folder that they may write, spoil and read, an IPython, and files of other tools.

The small study has other column names and another language than the default.
"""

import os
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

pytest.register_assert_rewrite("fault_builds")

TOML = """
title = "Малое исследование"
language = "ru"
synthetic = false
minimum_cell = 3

[columns]
family = "код"
centre = "центр"
curator = "куратор"
wave = "срез"
date = "дата"

[waves]
order = ["1", "2"]
labels = {1 = "Вход", 2 = "Выход"}

[risk]
column = "риск"
levels = ["None", "some", "high"]

[[scales]]
name = "care"
label = "Забота"
items = ["a", "b"]
low = 1
high = 5
better = "lower"
reverse = ["b"]
confirmatory = true
"""
HEADER = "код,центр,куратор,срез,дата,a,b,риск,family"
ROWS = (
    "007,C1,k1,1,2022-01-10,1,5,None,x",
    "007,C1,k1,2,2022-04-10,2,,some,x",
    "008,C2,k2,1,2022-01-11,3,3,high,x",
    "008,C2,k2,2,2022-04-11,NA,2.5,,x",
)
INTERVIEWS = """
[interviews]
table = "interviews.csv"
coding = ["coder.qdpx"]
translations = "translations.csv"
variables = ["role"]
"""


class SmallStudy:
    """A folder with a study.toml and tables; each part can be replaced before reading."""

    def __init__(self, folder: Path):
        self.folder = folder
        folder.mkdir()
        self.toml(TOML)
        self.rows()

    def toml(self, text: str) -> None:
        (self.folder / "study.toml").write_text(text, encoding="utf-8")

    def change(self, old: str, new: str) -> None:
        assert old in TOML
        self.toml(TOML.replace(old, new))

    def rows(self, changes: dict[int, str] | None = None, header: str = HEADER) -> None:
        """The good table, with some rows (numbered as in the file, from 2) written otherwise."""
        lines = dict(enumerate(ROWS, 2)) | (changes or {})
        self.write("monitoring.csv", "\n".join([header, *lines.values()]) + "\n")

    def write(self, name: str, content: str | bytes) -> None:
        raw = content if isinstance(content, bytes) else content.encode("utf-8")
        (self.folder / name).write_bytes(raw)

    def with_interviews(self) -> None:
        self.toml(TOML + INTERVIEWS)
        self.write("interviews.csv", "interview,role,centre\nI1,curator,C1\nI2,supervisor,C2\n")
        self.write("translations.csv", "document,quote,translation\nI1, да ,yes\n")
        self.write("coder.qdpx", b"")


@pytest.fixture
def small(tmp_path):
    return SmallStudy(tmp_path / "small")


@pytest.fixture(scope="module")
def shell():
    """Displays and chapters need a running IPython, as in a kernel."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


@pytest.fixture
def samples():
    folder = os.environ.get("CASEWORK_SAMPLES")
    if not folder:
        pytest.skip("CASEWORK_SAMPLES does not name the folder with files of other tools")
    return Path(folder)
