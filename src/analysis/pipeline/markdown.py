"""Small parts of every page written from data: tables read, cells escaped, lines joined, staged pages found."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable
from html import escape as html_escape
from pathlib import Path

TITLE = re.compile(r"^# +(.+?) *$", re.M)


def read_table(path: Path) -> list[dict[str, str]]:
    """A CSV table as rows of texts."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


def staged(stage: Path) -> set[str]:
    """Names of the pages that the staged book has by now, without ending."""
    return {
        path.relative_to(stage).with_suffix("").as_posix()
        for pattern in ("*.md", "notebooks/*.ipynb")
        for path in stage.glob(pattern)
    }


def line(cells: Iterable[str]) -> str:
    """Cells, already Markdown, as one line of a table."""
    return "| " + " | ".join(cells) + " |"


def rule(columns: int) -> str:
    """The line below the headings of a table."""
    return "|---" * columns + "|"


def escape(text: str) -> str:
    """Text from data as plain Markdown text within a table cell."""
    for sign in "\\`*_{}[]<>|$#":
        text = text.replace(
            sign, f"\\{sign}" if sign not in "<>" else {"<": "&lt;", ">": "&gt;"}[sign]
        )
    return " ".join(text.split())


def link(page: str, title: str, anchor: str = "") -> str:
    """A link from a page beside the index to a place in another page, by the id that stands there.

    It is HTML, because Sphinx knows no ids of what a notebook prints; whoever writes it checks that the place exists.
    """
    address = f"{page}.html" + (f"#{anchor}" if anchor else "")
    return f'<a href="{html_escape(address)}">{html_escape(title, quote=False)}</a>'


def title_of(stage: Path, page: str) -> str:
    """The first heading of a staged page, or its name where it has none."""
    found = TITLE.search(source_of(stage, page))
    return re.sub(r"[`*]", "", found[1]) if found else Path(page).name.replace("_", " ")


def source_of(stage: Path, page: str) -> str:
    """What somebody wrote on a staged page: Markdown, of a notebook that of its text cells."""
    if not page.startswith("notebooks/"):
        return (stage / f"{page}.md").read_text(encoding="utf-8")
    text = (stage / f"{page}.ipynb").read_text(encoding="utf-8")
    cells = json.loads(text)["cells"] if text else []
    written = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
    return "\n\n".join(each if isinstance(each, str) else "".join(each) for each in written)
