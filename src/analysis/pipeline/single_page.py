"""An executed notebook as one HTML file that needs nothing beside it: for pages made by the hundred, where a book is too much."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

import nbformat
from markdown_it import MarkdownIt

from analysis.pipeline.results import RECORD

GLUED = re.compile(r"\{glue:text\}<code>([^<]+)</code>")
ADMONITION = re.compile(
    r"^:::\{admonition\} (?P<title>.*)\n(?::class:.*\n)?(?P<body>(?:.*\n)*?):::\s*$", re.M
)
LINK = re.compile(r"(?<!!)\[(?P<words>[^\]]*)\]\([^)\s:]+\.(?:md|ipynb)(?:#[^)\s]*)?\)")


def html(notebook: nbformat.NotebookNode, language: str, style: str) -> str:
    """The page: prose with its numbers in it, figures as data, tables; no code, no script, no link to another page.

    `style` is CSS; it is written into the page. Text from data is escaped: what a notebook glued is plain text.
    """
    said = _said(notebook)
    body = "\n".join(part for cell in notebook.cells for part in _parts(cell, said))
    heads = (c.source.partition("\n")[0] for c in notebook.cells if c.source.startswith("# "))
    title = next(heads, "# ").removeprefix("# ")
    return (
        f'<!DOCTYPE html>\n<html lang="{escape(language)}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>\n{style}\n</style>\n</head>\n"
        f'<body>\n<main class="bd-article">\n{body}\n</main>\n</body>\n</html>\n'
    )


def style() -> str:
    """The look of the book, with the few colours that its theme would have set."""
    return Path(__file__).with_name("single_page.css").read_text(encoding="utf-8")


def _said(notebook: nbformat.NotebookNode) -> dict[str, str]:
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            note = output.get("data", {}).get(RECORD, {})
            if note.get("kind") == "prose":
                found[note["key"]] = output["data"]["text/plain"]
    return found


def _parts(cell: nbformat.NotebookNode, said: Mapping[str, str]) -> Iterable[str]:
    if cell.cell_type == "markdown":
        yield _prose(cell.source, said)
        return
    for output in cell.get("outputs", ()):
        data = output.get("data", {})
        note = data.get(RECORD, {})
        if note.get("kind") == "prose":
            continue
        if "image/png" in data:
            picture = "".join(data["image/png"].split())
            alt, caption = escape(note.get("alt", "")), escape(note.get("caption", ""))
            yield (
                f'<figure><img alt="{alt}" src="data:image/png;base64,{picture}">'
                f"<figcaption>{caption}</figcaption></figure>"
            )
        elif "text/html" in data:
            yield data["text/html"]


def _prose(source: str, said: Mapping[str, str]) -> str:
    """Markdown as HTML; raw HTML in it is shown and not run, a number that was not said stops the page."""
    markdown = MarkdownIt("commonmark", {"html": False})
    boxes: list[str] = []

    def box(found: re.Match[str]) -> str:
        title = f'<p class="admonition-title">{escape(found["title"])}</p>'
        boxes.append(f'<aside class="admonition">{title}{markdown.render(found["body"])}</aside>')
        return f"\n\nBOX{len(boxes) - 1}XOB\n\n"

    text = ADMONITION.sub(box, LINK.sub(lambda found: found["words"], source) + "\n")
    rendered = re.sub(r"<p>BOX(\d+)XOB</p>", lambda m: boxes[int(m[1])], markdown.render(text))
    return GLUED.sub(lambda found: escape(said[found[1]]), rendered)
