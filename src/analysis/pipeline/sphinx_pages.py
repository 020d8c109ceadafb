"""A Sphinx extension: finished pages ask no other host for anything, and no page keeps a number that has changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

GLUED_FROM_ELSEWHERE = ".ipynb::"


def setup(app: Any) -> dict[str, Any]:
    """Connect both to the build."""
    app.connect("html-page-context", drop_remote, priority=900)
    app.connect("env-get-outdated", reread_glued_pages)
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
