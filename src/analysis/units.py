"""Common units of text for all coders, and matrices of coders x units.

Free coding has no units of its own, so every coding is laid over the same sentences, turns, lines
or characters. How far coders agree on them is in `agreement`.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from analysis.spans import check_places
from analysis.text import sentence_spans
from analysis.turns import lines, turns

Span = tuple[int, int]


def units(documents: Mapping[str, str], kind: str = "sentence") -> pd.DataFrame:
    """Cut documents into the units that coders are compared on.

    Parameters
    ----------
    kind : "sentence" (never over a line end), "line" (every line with words on it), "turn" (from
        one speaker's mark to the next, see `turns`; in a document without marks every line) or "character" (blanks left out).

    Returns
    -------
    DataFrame
        `document, unit` (from 1 in each document), `start, end, text`.
    """
    kinds: dict[str, Callable[[str], list[Span]]] = {
        "sentence": sentence_spans,
        "turn": _turns,
        "line": lines,
        "character": _characters,
    }
    if kind not in kinds:
        raise ValueError(f"kind is {kind!r}; it must be one of {', '.join(kinds)}.")
    rows = [
        (document, number, start, end, text[start:end])
        for document, text in documents.items()
        for number, (start, end) in enumerate(kinds[kind](text), start=1)
    ]
    return pd.DataFrame(rows, columns=["document", "unit", "start", "end", "text"])


def _turns(text: str) -> list[Span]:
    return [(turn.start, turn.end) for turn in turns(text)]


def _characters(text: str) -> list[Span]:
    return [(i, i + 1) for i, character in enumerate(text) if not character.isspace()]


def unit_matrix(coding: pd.DataFrame, units: pd.DataFrame, code: str) -> pd.DataFrame:
    """Which coder put a code on which unit.

    Returns
    -------
    DataFrame
        Coders (rows, by name) x units (columns, `document` and `unit`): 1 if a coding of the code
        shares a character with the unit, else 0; NaN if the coder coded nothing at all, under
        any code, in that document. (Who read a document and rightly coded nothing in it cannot
        be told from who never opened it.)

    Raises
    ------
    ValueError
        If `units` has no rows, or a coding has no place in its text.
    """
    matrix = _empty_matrix(coding, units)
    cells = matrix.to_numpy(copy=True)
    for coder, _, covered in _unit_slices(coding[coding["code"] == code], units):
        cells[matrix.index.get_loc(coder), covered] = 1.0
    return pd.DataFrame(cells, index=matrix.index, columns=matrix.columns)


def set_matrix(coding: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """As `unit_matrix` for all codes at once: cells are frozensets of codes, None for missing.

    `coefficients.alpha_set_valued(set_matrix(...).to_numpy())` is the one-number summary.
    """
    empty = _empty_matrix(coding, units)
    coded = empty.notna().to_numpy()
    found: dict[tuple, set[str]] = {}
    for coder, code, covered in _unit_slices(coding, units):
        for unit in covered.tolist():
            found.setdefault((coder, unit), set()).add(code)
    cells = [
        [frozenset(found.get((coder, unit), ())) if seen else None for unit, seen in enumerate(row)]
        for coder, row in zip(empty.index, coded, strict=True)
    ]
    return pd.DataFrame(cells, index=empty.index, columns=empty.columns, dtype=object)


def _empty_matrix(coding: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """Coders x units: 0 where the coder coded anything in the document, else NaN."""
    if units.empty:
        raise ValueError("There are no units; cut the documents with `units` first.")
    check_places(coding)
    at, documents = pd.factorize(units["document"])
    known = coding[coding["document"].isin(documents)]
    coders = pd.Index(sorted(known["coder"].unique()), name="coder", dtype="str")
    worked = pd.crosstab(known["coder"], known["document"]).reindex(index=coders, columns=documents)
    cells = np.where(worked.fillna(0).to_numpy() > 0, 0.0, np.nan)[:, at]
    columns = pd.MultiIndex.from_frame(units[["document", "unit"]])
    return pd.DataFrame(cells, index=coders, columns=columns)


def _unit_slices(coding: pd.DataFrame, units: pd.DataFrame) -> list[tuple[str, str, np.ndarray]]:
    """Of every coding: coder, code, and the positions of the units it shares a character with."""
    places = units.reset_index(drop=True).sort_values("start").groupby("document", sort=False)
    found = {
        name: (part.index.to_numpy(), part["start"].to_numpy(), part["end"].to_numpy())
        for name, part in places
    }
    result = []
    for row in coding[coding["document"].isin(found)].to_dict("records"):
        index, starts, ends = found[row["document"]]
        first = np.searchsorted(ends, row["start"], side="right")
        last = np.searchsorted(starts, row["end"], side="left")
        result.append((row["coder"], row["code"], index[first:last]))
    return result
