"""Which book stands at a place, and how a new one takes over in one step. Imports nothing heavy."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

from analysis.pipeline.errors import ParameterError


def published(out: Path) -> str | None:
    """Fingerprint of the book that stands at `out`, or None if none stands there whole."""
    mark = out / "current" / "fingerprint"
    whole = (
        mark.is_file()
        and (out / "html" / "index.html").is_file()
        and (out / "results.csv").is_file()
    )
    return mark.read_text(encoding="utf-8").strip() if whole else None


def check_place(out: Path) -> None:
    """Refuse a place where something stands that is not ours: nothing of anybody else's is replaced.

    Raises
    ------
    ParameterError
    """
    for name in ("current", "html", "results.csv"):
        if (out / name).exists() and not (out / name).is_symlink():
            raise ParameterError(
                f"{out / name} is not from an earlier report; move it away or choose another place with --to."
            )


def publish(html: Path, results: Path, out: Path, mark: str) -> Path:
    """Put a finished book in the place of the old one, in one step, and return its first page.

    `out/html` and `out/results.csv` lead through the link `out/current`; that link is what is replaced.
    """
    check_place(out)
    release = out / "releases" / f"{mark}-{time.time_ns()}"
    partial = release.with_name(f".{release.name}")
    shutil.copytree(html, partial / "html")
    shutil.copyfile(results, partial / "results.csv")
    (partial / "fingerprint").write_text(mark + "\n", encoding="utf-8")
    partial.rename(release)
    _point(out / "current", Path("releases") / release.name)
    _point(out / "html", Path("current") / "html")
    _point(out / "results.csv", Path("current") / "results.csv")
    for old in (out / "releases").iterdir():
        if old != release:
            shutil.rmtree(old, ignore_errors=True)
    return out / "html" / "index.html"


def _point(link: Path, target: Path) -> None:
    """Make `link` lead to `target`; the switch is one rename, so a reader sees the old or the new, never none."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
