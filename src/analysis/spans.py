"""Stretches of text as `document, start, end`: checked, measured, put in pairs.

Python code points, end exclusive. What codes the stretches bear is in `coding` and `queries`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

PLACE = ["document", "start", "end"]
NEAREST = "same range", "overlap", "near"


def check_places(frame: pd.DataFrame) -> None:
    """Refuse a frame in which a stretch has no place in its text.

    Raises
    ------
    ValueError
        If `start` or `end` is missing in any row; without places nothing can be counted once.
    """
    lost = frame[["start", "end"]].isna().any(axis=1).to_numpy()
    if not lost.any():
        return
    first = frame[lost].iloc[0]
    code = f", code {first['code']!r}" if "code" in frame else ""
    raise ValueError(
        f"{lost.sum()} of {len(frame)} codings have no place in the text (the first: document "
        f"{first['document']!r}{code}). A table of quotes, such as Taguette's highlights, tells the "
        "words but not where they stand. Export the project itself: Taguette as .sqlite3, other "
        "tools as REFI-QDA (.qdpx)."
    )


def merged(places: pd.DataFrame) -> pd.DataFrame:
    """The text under at least one stretch: stretches that overlap or touch become one.

    Returns
    -------
    DataFrame
        `document, start, end`, in order, with a gap between any two of one document. Stretches
        without a character are left out.
    """
    rows: list[tuple[str, int, int]] = []
    used = places.loc[places["end"] > places["start"], PLACE].sort_values(PLACE)
    for document, start, end in used.itertuples(index=False):
        if rows and rows[-1][0] == document and start <= rows[-1][2]:
            rows[-1] = (document, rows[-1][1], max(end, rows[-1][2]))
        else:
            rows.append((document, start, end))
    return pd.DataFrame(rows, columns=PLACE)


def covered(places: pd.DataFrame) -> int:
    """Characters under at least one of the stretches."""
    parts = merged(places)
    return int((parts["end"] - parts["start"]).sum())


def pairs(
    a: pd.DataFrame, b: pd.DataFrame, kind: str = "overlap", distance: int = 0, by: str = ""
) -> pd.DataFrame:
    """Stretches of `a` and of `b` that stand together.

    Parameters
    ----------
    kind : "same range" (the very same start and end), "overlap" (at least one character in
        common), "near" (in common, or at most `distance` characters between them; 0 is touching).
    by : a further column that must be the same in both, such as "coder".

    Returns
    -------
    DataFrame
        One row per pair: `document` (and `by`), `start_a, end_a, start_b, end_b`, and `row_a,
        row_b`, their positions in the frames given.

    Raises
    ------
    ValueError
        If `kind` is none of these, or `distance` is negative.
    """
    if kind not in NEAREST:
        raise ValueError(f"kind is {kind!r}; it must be one of {', '.join(NEAREST)}.")
    if distance < 0:
        raise ValueError(f"distance is {distance}; it must be 0 characters or more.")
    keys = ["document", by] if by else ["document"]
    left, right = (
        part[[*keys, "start", "end"]].assign(row=np.arange(len(part))) for part in (a, b)
    )
    both = left.merge(right, on=keys, suffixes=("_a", "_b"))
    if kind == "same range":
        chosen = (both["start_a"] == both["start_b"]) & (both["end_a"] == both["end_b"])
    else:
        begin = both[["start_a", "start_b"]].max(axis=1)
        end = both[["end_a", "end_b"]].min(axis=1)
        chosen = begin < end if kind == "overlap" else begin - end <= distance
    return both[chosen].reset_index(drop=True)
