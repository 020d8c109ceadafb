"""Large tables kept as parquet under the hash of what they were made from; safe to delete at any time.

The cache is in the user's own folder, readable by nobody else, never in the study. `CASEWORK_CACHE`
names another folder; set to nothing it switches the cache off.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

LARGE = 2**24  # bytes of a table from which it is kept
KEPT = 4
# The rooms by which the same file could give another frame, or be refused.
MADE_BY = (
    "cells.py",
    "contract.*",
    "problem.py",
    "record_*.py",
    "records.py",
    "stud*.py",
    "toml.py",
)


def cache_folder() -> Path | None:
    """Where tables are kept: `$CASEWORK_CACHE`, else the platform's folder for caches; None for nowhere."""
    chosen = os.environ.get("CASEWORK_CACHE")
    if chosen is not None:
        return Path(chosen) if chosen.strip() else None
    with contextlib.suppress(RuntimeError):  # no home
        home = Path.home()
        usual = {"darwin": home / "Library/Caches", "win32": home / "AppData/Local"}
        given = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA")
        return (Path(given) if given else usual.get(sys.platform, home / ".cache")) / "casework"
    return None


def kept(sources: Iterable[Path], make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """The frame made from some files, from the cache when they are large and were seen before.

    A cache that cannot be read or written is passed over; only the frame counts.
    """
    files = list(sources)
    folder = cache_folder()
    if folder is None or sum(file.stat().st_size for file in files) < LARGE:
        return make()
    digest = hashlib.sha256(pd.__version__.encode())
    rooms = Path(__file__).parent
    for file in [*files, *sorted(path for name in MADE_BY for path in rooms.glob(name))]:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    place = folder / f"monitoring-{digest.hexdigest()}.parquet"
    with contextlib.suppress(Exception):  # whatever is wrong with a stored copy, it is made again
        if place.is_file():
            return pd.read_parquet(place)
    frame = make()
    with contextlib.suppress(Exception):  # a full or closed disk must not stop the work
        _store(frame, place)
    return frame


def _store(frame: pd.DataFrame, place: Path) -> None:
    """Written beside its place first, so that nobody ever reads half a table."""
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = place.with_suffix(f".{os.getpid()}")
    try:
        half.touch(mode=0o600)
        frame.to_parquet(half, index=False)
        half.replace(place)
    finally:
        half.unlink(missing_ok=True)
    stored = sorted(
        place.parent.glob("monitoring-*.parquet"), key=lambda file: file.stat().st_mtime
    )
    for old in stored[:-KEPT]:
        old.unlink(missing_ok=True)
