"""A file written in one step, and only when it changes: the builder reads again whatever is newer than its page."""

from __future__ import annotations

from pathlib import Path


def put(target: Path, content: str | bytes) -> bool:
    """Make `content` the whole of `target`, in a folder that is there; texts as UTF-8, ends of lines as they are.

    Returns
    -------
    bool
        Whether anything had to be written. A reader finds the old file or the new one, never a part.
    """
    new = content.encode() if isinstance(content, str) else content
    if target.is_file() and target.read_bytes() == new:
        return False
    partial = target.with_name(f".{target.name}.partial")
    partial.write_bytes(new)
    partial.replace(target)
    return True
