"""A Sphinx extension: the finished pages ask no other host for anything."""

from __future__ import annotations

from typing import Any


def setup(app: Any) -> dict[str, Any]:
    app.connect("html-page-context", _drop_remote, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}


def _drop_remote(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Drop scripts and styles that name another host, which extensions add to every page, used or not."""
    for name in ("script_files", "css_files"):
        context[name] = [file for file in context.get(name, []) if not _remote(file)]


def _remote(file: Any) -> bool:
    body = getattr(file, "attributes", {}).get("body") or ""
    return "://" in str(getattr(file, "filename", file) or "") or "https://" in body
