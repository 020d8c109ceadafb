"""How a page of the book is cited: a folded block at its end, made of the page's title, CITATION.cff and the numbers' fingerprint."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from html import escape, unescape
from pathlib import Path

import yaml

from analysis.study import PROJECT

CFF = PROJECT / "CITATION.cff"
HEADING = re.compile(r"<h1>(.*?)(?:<a class=\"headerlink\".*?)?</h1>", re.S)
TAG = re.compile(r"<[^>]+>")
OLD = re.compile(r'<details class="cite-page">.*?</details>\n?', re.S)
END = "</article>"
DIGITS = 16


def citation(title: str, author: str, results: Path, cff: Path = CFF) -> dict[str, str]:
    """What is the same on every page: `author, year, book, version, numbers`.

    Parameters
    ----------
    title, author : of the book that is built; a study's own report has no author of ours.
    results : results.csv; the first digits of its hash tell which numbers a page was made with.
    cff : where version, year and the compendium's own name stand.
    """
    stated = yaml.safe_load(cff.read_text(encoding="utf-8"))
    numbers = hashlib.sha256(results.read_bytes()).hexdigest()[:DIGITS] if results.is_file() else ""
    return {
        "author": author or "",
        "year": str(stated["date-released"])[:4],
        "book": stated["title"] if author else title,
        "made_with": "" if author else stated["title"],
        "version": str(stated["version"]),
        "numbers": numbers,
    }


def with_block(page: str, made: Callable[[str], str]) -> str:
    """The finished page with its block before the end of the article, an older one replaced; pages without a heading stay."""
    bare = OLD.sub("", page)
    found = HEADING.search(bare)
    place = bare.rfind(END)
    if not found or place < 0:
        return bare
    title = " ".join(unescape(TAG.sub("", found[1])).split())
    return bare[:place] + made(title) + "\n" + bare[place:]


def block(title: str, book: Mapping[str, str]) -> str:
    """The folded block: the reference in words and as BibTeX."""
    return (
        '<details class="cite-page"><summary>Cite this page</summary>'
        f"<p>{escape(in_words(title, book))}</p><pre>{escape(as_bibtex(title, book))}</pre></details>"
    )


def in_words(title: str, book: Mapping[str, str]) -> str:
    """One sentence: author, year, page, book, version, numbers."""
    who = f"{book['author'].rstrip('.')} ({book['year']}). " if book["author"] else ""
    end = f"Numbers: results.csv {book['numbers']}." if book["numbers"] else ""
    made = f" Made with “{book['made_with']}”," if book["made_with"] else ""
    return f"{who}“{title}”. In: {book['book']}{'.' if made else ','}{made} version {book['version']}. {end}".strip()


def as_bibtex(title: str, book: Mapping[str, str]) -> str:
    """The same as an entry for a list of references."""
    key = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "page"
    made = f"Made with {book['made_with']}, version" if book["made_with"] else "Version"
    note = f"{made} {book['version']}" + (
        f", results.csv {book['numbers']}" if book["numbers"] else ""
    )
    fields = {
        "title": title,
        "author": book["author"],
        "booktitle": book["book"],
        "year": book["year"],
        "note": note,
    }
    inside = ",\n".join(f"  {name} = {{{{{value}}}}}" for name, value in fields.items() if value)
    return f"@incollection{{{key},\n{inside}\n}}"
