"""A Sphinx extension: finished pages ask no other host for anything, keep no number that has changed, can be heard and be cited."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from analysis.pipeline.citing import block, citation, with_block

GLUED_FROM_ELSEWHERE = ".ipynb::"
SCRIPT = re.compile(r'<script[^>]*\ssrc="(?P<src>[^"]+)"[^>]*></script>')
# What the theme says to a screen reader that differs from what it shows, and a list that is none.
MENDED = {
    ' aria-label="Search" data-bs-placement': " data-bs-placement",
    ' aria-label="Color mode" data-bs-title': " data-bs-title",
    '<summary aria-label="Toggle hidden content">': "<summary>",
    '<div role="list" class="citation-list">': '<div class="citation-list">',
}


def setup(app: Any) -> dict[str, Any]:
    """Connect all of it to the build."""
    for script in ("tables.js", "ledger.js"):
        app.add_js_file(script)
    app.connect("html-page-context", drop_remote, priority=900)
    app.connect("env-get-outdated", reread_glued_pages)
    app.connect("build-finished", mend_pages)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def drop_remote(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Drop scripts and styles that name another host, which extensions add to every page, used or not."""
    for name in ("script_files", "css_files"):
        context[name] = [file for file in context.get(name, []) if not _remote(file)]


def _remote(file: Any) -> bool:
    body = getattr(file, "attributes", {}).get("body") or ""
    return "://" in str(getattr(file, "filename", file) or "") or "https://" in body


def reread_glued_pages(
    app: Any, env: Any, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    """Pages that glue numbers from a notebook that has changed; Sphinx does not know that they depend on it."""
    if not any(name.startswith("notebooks/") for name in added | changed | removed):
        return []
    return [name for name in env.found_docs if GLUED_FROM_ELSEWHERE in _source(env, name)]


def _source(env: Any, name: str) -> str:
    path = Path(env.doc2path(name))
    return path.read_text(encoding="utf-8") if path.suffix == ".md" and path.is_file() else ""


def mend_pages(app: Any, exception: Exception | None) -> None:
    """Mend the accessible names in every finished page, load every script once, and say how to cite a page."""
    if exception is not None:
        return
    book = citation(app.config.html_title, app.config.author, Path(app.srcdir) / "results.csv")
    for path in Path(app.outdir).rglob("*.html"):
        page = path.read_text(encoding="utf-8")
        mended = _each_script_once(page)
        for wrong, right in MENDED.items():
            mended = mended.replace(wrong, right)
        mended = with_block(mended, lambda title: block(title, book))
        if mended != page:
            path.write_text(mended, encoding="utf-8")


def _each_script_once(page: str) -> str:
    """MathJax comes twice, from Sphinx and from a theme extension, and the second copy stops the first."""
    seen: set[str] = set()

    def keep(found: re.Match[str]) -> str:
        again = found["src"] in seen
        seen.add(found["src"])
        return "" if again else found[0]

    return SCRIPT.sub(keep, page)
