"""Documents as continua: which stretches each coder marked, and how long they lie on each other's.

Everything is in characters and computed piece by piece between the edges of stretches. What coders'
agreement follows from it is in `unitising`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd


@dataclass(frozen=True)
class Continuum:
    """One document that two or more coders worked on.

    `marked` has one row per stretch, columns coder, code (numbers), start, end; stretches of one code
    by one coder do not overlap. `edges` are all their ends and those of the document; `given` says,
    coder x piece x code, who gave what to the piece between two edges.
    """

    length: int
    coders: int
    marked: np.ndarray
    edges: np.ndarray
    given: np.ndarray

    @property
    def widths(self) -> np.ndarray:
        """Characters between two edges."""
        return np.diff(self.edges)


def continua(
    coding: pd.DataFrame, documents: Mapping[str, str], codes: Sequence[str]
) -> list[Continuum]:
    """The documents that at least two coders coded something in, as `Continuum`.

    Stretches of one code by one coder that overlap are one stretch; those that only touch stay two.

    Raises
    ------
    ValueError
        If a coding has no position, or lies outside its document.
    """
    known = coding[coding["document"].isin(list(documents))]
    _check_positions(known, documents)
    at = {code: number for number, code in enumerate(codes)}
    found = []
    for name, part in known.groupby("document", sort=True):
        # Who worked on a document is seen from all codes, also those not asked for.
        coders = {coder: number for number, coder in enumerate(sorted(part["coder"].unique()))}
        if len(coders) < 2:
            continue
        part = part[part["code"].isin(at)]
        rows = np.column_stack(
            [part["coder"].map(coders), part["code"].map(at), part["start"], part["end"]]
        ).astype("int64")
        found.append(_continuum(len(documents[str(name)]), len(coders), _merged(rows), len(at)))
    return found


def _check_positions(coding: pd.DataFrame, documents: Mapping[str, str]) -> None:
    if coding[["start", "end"]].isna().to_numpy().any():
        raise ValueError(
            "Some codings have no start and end, so nothing can be said about where coders agree; "
            "read them from a file with positions (.qdpx or a database, not a report of quotes)."
        )
    lengths = coding["document"].map({name: len(text) for name, text in documents.items()})
    lengths = lengths.astype("int64")  # no row at all would make it a column of text
    wrong = (coding["start"] < 0) | (coding["end"] <= coding["start"]) | (coding["end"] > lengths)
    if wrong.any():
        row = coding[wrong].iloc[0]
        raise ValueError(
            f"The coding {row['code']!r} at {row['start']}-{row['end']} in {row['document']!r} lies "
            "outside the text or is empty; the text is not the one that was coded."
        )


def _merged(rows: np.ndarray) -> np.ndarray:
    """Rows of coder, code, start, end, in this order, without overlaps of one coder's own code."""
    merged: list[list[int]] = []
    for coder, code, start, end in sorted(rows.tolist()):
        if merged and merged[-1][:2] == [coder, code] and start < merged[-1][3]:
            merged[-1][3] = max(merged[-1][3], end)
        else:
            merged.append([coder, code, start, end])
    return np.array(merged, dtype="int64").reshape(-1, 4)


def _continuum(length: int, coders: int, marked: np.ndarray, codes: int) -> Continuum:
    edges = np.unique(np.append(marked[:, 2:].ravel(), [0, length]))
    given = np.zeros((coders, len(edges) - 1, codes), dtype=bool)
    first, last = np.searchsorted(edges, marked[:, 2]), np.searchsorted(edges, marked[:, 3])
    for coder, code, a, b in zip(marked[:, 0], marked[:, 1], first, last, strict=True):
        given[coder, a:b, code] = True
    return Continuum(length, coders, marked, edges, given)


def own_pieces(continuum: Continuum) -> np.ndarray:
    """Rows of coder, start, end: what each coder marked, cut at that coder's own edges only.

    Where codes of a coder do not overlap these are the coder's stretches; where they do, the
    stretches with the same set of codes.
    """
    rows = []
    for coder in range(continuum.coders):
        own = np.unique(continuum.marked[continuum.marked[:, 0] == coder, 2:])
        coded = continuum.given[coder].any(axis=1)
        inside = coded[np.searchsorted(continuum.edges, own[:-1])]
        rows.append(np.column_stack([np.full(len(own), coder)[:-1], own[:-1], own[1:]])[inside])
    return np.concatenate(rows)


def squared_overlaps(continuum: Continuum, rows: np.ndarray) -> float:
    """Sum over stretches and other coders of the squared length that coder coded there, / (m - 1).

    Parameters
    ----------
    rows : coder, start, end.
    """
    coded = continuum.given.any(axis=2) * continuum.widths
    upto = np.concatenate([np.zeros((continuum.coders, 1)), coded.cumsum(axis=1)], axis=1)
    first, last = (np.searchsorted(continuum.edges, rows[:, side]) for side in (1, 2))
    shared = (upto[:, last] - upto[:, first]) ** 2
    own = shared[rows[:, 0], np.arange(len(rows))]
    return float((shared.sum() - own.sum()) / (continuum.coders - 1))
