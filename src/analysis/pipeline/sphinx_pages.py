"""A Sphinx extension: a finished book asks no other host for anything, keeps nothing that has changed or gone, can be heard and be cited."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from analysis.pipeline.citing import block, citation, with_block

GLUED_FROM_ELSEWHERE = ".ipynb::"
WITHOUT_SOURCE = ("genindex", "search")
FROM_PAGES, FROM_TABLES = (
    ("_images", "_downloads", "_sources"),
    ("_static/tables", "_static/ledger"),
)
SCRIPT = re.compile(r'<script[^>]*\ssrc="(?P<src>[^"]+)"[^>]*></script>')
# A style sheet whose name is its content's digest: what Sphinx adds for caches depends on whether an earlier build left the file.
NAMED_BY_DIGEST = re.compile(r"(\.[0-9a-f]{64}\.css)\?v=[0-9a-f]+")
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
    app.connect("env-get-outdated", note_titles)
    app.connect("env-updated", write_retitled_anew)
    app.connect("build-finished", mend_pages)
    app.connect("build-finished", drop_leftovers)
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
    glued = [f"{name}{GLUED_FROM_ELSEWHERE}" for name in added | changed | removed]
    return [name for name in env.found_docs if any(g in _source(env, name) for g in glued)]


def note_titles(app: Any, env: Any, *changes: set[str]) -> list[str]:
    """Keep the titles that the standing pages show; nothing is read again for that."""
    app.shown_titles = {name: title.astext() for name, title in env.titles.items()}
    return []


def write_retitled_anew(app: Any, env: Any) -> list[str]:
    """Every page, when a title is no longer what the others show: Sphinx would leave the old one in their contents and links."""
    now = {name: title.astext() for name, title in env.titles.items()}
    return [] if now == app.shown_titles else sorted(env.found_docs)


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
        mended = NAMED_BY_DIGEST.sub(r"\1", _each_script_once(page))
        for wrong, right in MENDED.items():
            mended = mended.replace(wrong, right)
        mended = with_block(mended, lambda title: block(title, book))
        if mended != page:
            path.write_text(mended, encoding="utf-8")


def drop_leftovers(app: Any, exception: Exception | None) -> None:
    """Remove what an earlier build left and no page has now: pages and their sources, pictures, files to download.

    A figure of groups that are hidden now would still lie among the pictures, and whoever copies the book would publish it.
    """
    if exception is not None:
        return
    env, out = app.env, Path(app.outdir)
    kept = {f"{page}.html" for page in (*env.found_docs, *WITHOUT_SOURCE)}
    kept |= {f"_sources/{env.doc2path(page, base=False)}" for page in env.found_docs}
    kept |= {f"_images/{name}" for _, name in env.images.values()}
    kept |= {f"_downloads/{name}" for _, name in env.dlfiles.values()}
    ours = [path for folder in FROM_PAGES for path in (out / folder).rglob("*")]
    ours += [path for path in out.rglob("*.html") if path.relative_to(out).parts[0] != "_static"]
    tables = [path for folder in FROM_TABLES for path in (out / folder).rglob("*")]
    kept |= {p.relative_to(out).as_posix() for p in tables if _staged(app, p).is_file()}
    for path in [*ours, *tables]:
        if path.is_file() and path.relative_to(out).as_posix() not in kept:
            path.unlink()


def _staged(app: Any, path: Path) -> Path:
    return Path(app.srcdir) / path.relative_to(app.outdir)


def _each_script_once(page: str) -> str:
    """MathJax comes twice, from Sphinx and from a theme extension, and the second copy stops the first."""
    seen: set[str] = set()

    def keep(found: re.Match[str]) -> str:
        again = found["src"] in seen
        seen.add(found["src"])
        return "" if again else found[0]

    return SCRIPT.sub(keep, page)
