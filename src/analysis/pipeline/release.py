"""Which book stands at a place, whole or not, and how a new one takes over in one step. Imports nothing heavy."""

from __future__ import annotations

import hashlib
import shutil
import time
from pathlib import Path

from analysis.pipeline.errors import ParameterError, ReportError
from analysis.pipeline.files import put

LINKS = {"html": Path("current/html"), "results.csv": Path("current/results.csv")}
OURS = frozenset({".lock", "work", "releases", "current", *LINKS})
SEAL = "sha256sums"  # as `sha256sum -c` reads it
KEPT = "What was finished is kept: the next run does only what is left."


def published(out: Path) -> str | None:
    """Fingerprint of the book that stands at `out`, or None if none stands there whole.

    Whole: both links lead to one release, and every file of it has the digest that was taken when it was made.
    """
    release = out / "current"
    try:
        led = all((out / name).readlink() == target for name, target in LINKS.items())
        mark, sealed = (release / "fingerprint").read_text(encoding="utf-8").split()
        whole = led and _digest(release / SEAL) == sealed and not broken(release, release / SEAL)
        return mark if whole else None
    except (OSError, ValueError):
        return None


def standing(out: Path) -> str:
    """One sentence: which book a reader finds at `out` now."""
    if published(out):
        return f"The last good book still stands: {out / 'html' / 'index.html'}."
    return f"No book stands at {out}."


def check_place(out: Path) -> None:
    """Refuse a place where something stands that is not ours: nothing of anybody else's is replaced, nor mixed with ours.

    Raises
    ------
    ParameterError
    """
    if out.exists() and not out.is_dir():
        raise ParameterError(f"{out} is a file; choose a folder with --to.")
    held = sorted(path.name for path in out.iterdir()) if out.is_dir() else []
    if held and not OURS & set(held):
        named = ", ".join(held[:3]) + (", ..." if len(held) > 3 else "")
        raise ParameterError(
            f"{out} holds other things ({named}); choose a new or empty folder with --to."
        )
    for name in ("current", *LINKS):
        path = out / name
        led = path.readlink() if path.is_symlink() else None
        ours = led is not None and (led == LINKS.get(name) or led.parts[:1] == ("releases",))
        if not ours and (led is not None or path.exists()):
            raise ParameterError(
                f"{path} is not from an earlier report; move it away or choose another place with --to."
            )


def seal(folder: Path, target: Path) -> None:
    """Write the digest of every file of a finished folder to `target`, in one step."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != target)
    lines = [f"{_digest(path)}  {path.relative_to(folder).as_posix()}\n" for path in files]
    put(target, "".join(lines))


def broken(folder: Path, sealed: Path) -> str | None:
    """Name of the first file of `folder` that is not as it was when `sealed` was written; None if all are."""
    for line in sealed.read_text(encoding="utf-8").splitlines():
        digest, _, name = line.partition("  ")
        if not (folder / name).is_file() or _digest(folder / name) != digest:
            return name
    return None


def publish(html: Path, results: Path, out: Path, mark: str) -> Path:
    """Put a finished book in the place of the old one, in one step, and return its first page.

    `out/html` and `out/results.csv` lead through the link `out/current`; that link is what is replaced. Beside `html`
    stands `html.sha256`, the seal it got when it was finished. What stands beside `results` as cells.json goes along.

    Raises
    ------
    ParameterError
        When something else stands at the place.
    ReportError
        When the finished book is not as it was sealed.
    """
    check_place(out)
    release = out / "releases" / f"{mark}-{time.time_ns()}"
    partial = release.with_name(f".{release.name}")
    try:
        shutil.copytree(html, partial / "html")
        if wrong := broken(partial / "html", html.with_suffix(".sha256")):
            raise ReportError(
                f"{html / wrong} is not as it was when the book was finished; delete {html} and run again."
            )
        for path in (results, results.with_name("cells.json")):
            if path.is_file():
                shutil.copyfile(path, partial / path.name)
        seal(partial, partial / SEAL)
        said = f"{mark}\n{_digest(partial / SEAL)}\n"
        (partial / "fingerprint").write_text(said, encoding="utf-8")
        partial.rename(release)
    except (OSError, ReportError):
        shutil.rmtree(partial, ignore_errors=True)  # it may be what fills the disk
        raise
    _point(out / "current", Path("releases") / release.name)
    for name, target in LINKS.items():
        _point(out / name, target)
    tidy(out)
    return out / "html" / "index.html"


def tidy(out: Path) -> None:
    """Clear away what stopped runs have left: old releases, half-copied ones, links that were never switched.

    Only for who holds the lock of the place. Where no whole release is current, finished ones are left alone.
    """
    for name in ("current", *LINKS):
        (out / f".{name}.new").unlink(missing_ok=True)
    current = (out / "current").resolve()
    for release in (out / "releases").glob("*"):
        if release.name.startswith(".") or (current.is_dir() and release.name != current.name):
            shutil.rmtree(release, ignore_errors=True)


def untidy(out: Path) -> bool:
    """Whether a stopped run has left anything to clear away."""
    links = any((out / f".{name}.new").is_symlink() for name in ("current", *LINKS))
    return links or len(list((out / "releases").glob("*"))) > 1


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _point(link: Path, target: Path) -> None:
    """Make `link` lead to `target`; the switch is one rename, so a reader sees the old or the new, never none."""
    fresh = link.with_name(f".{link.name}.new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target)
    fresh.replace(link)
