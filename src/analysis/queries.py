"""Complex queries over coded text: AND, AND NOT, NEAR, WITHIN, same unit, same document, NOT.

`segments` takes stretches out of the coding frame; every other function takes such frames and
returns one, so that they can be put inside each other. All coders are merged: to ask about one,
give that coder's codings. Pairs of codes are counted in `coding.cooccurrence`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from analysis.spans import PLACE, check_places, merged, pairs

COLUMNS = [*PLACE, "quote", "codes"]


def segments(coding: pd.DataFrame, codes: Sequence[str]) -> pd.DataFrame:
    """Stretches under any of the codes (OR).

    Parameters
    ----------
    codes : one or more codes; a code never used gives no rows.

    Returns
    -------
    DataFrame
        `document, start, end, quote, codes`: unique stretches in order; `codes` are those of
        the codes asked for that stand on this very stretch, joined by "; ".

    Raises
    ------
    ValueError
        If `codes` is one text, a coding has no place, or a quote is not as long as its stretch.
    """
    if isinstance(codes, str):
        raise ValueError(f"codes is the text {codes!r}; give a list, such as [{codes!r}].")
    check_places(coding)
    used = coding[coding["code"].isin(codes)]
    wrong = used[used["quote"].str.len() != used["end"] - used["start"]]
    if len(wrong):
        row = wrong.iloc[0]
        raise ValueError(
            f"{row['document']!r} {row['start']}-{row['end']}: the quote has {len(row['quote'])} "
            "characters, so it is not the text there. Use the texts that were coded."
        )
    found = used.groupby(PLACE, sort=True).agg(quote=("quote", "first"), codes=("code", _joined))
    return found.reset_index()[COLUMNS]


def overlap(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """AND: the parts of text that a stretch of `a` and a stretch of `b` have in common.

    Returns
    -------
    DataFrame
        As `segments`; `codes` are those of all stretches that meet in this very part.
    """
    both = pairs(a, b)
    parts = pd.DataFrame(
        {
            "start": both[["start_a", "start_b"]].max(axis=1),
            "end": both[["end_a", "end_b"]].min(axis=1),
        }
    )
    codes = a["codes"].to_numpy()[both["row_a"]] + "; " + b["codes"].to_numpy()[both["row_b"]]
    return _cut(a, both["row_a"].to_numpy(), parts).assign(codes=codes).pipe(_unique)


def remainder(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """AND NOT: the parts of the stretches of `a` that lie under no stretch of `b`.

    Returns
    -------
    DataFrame
        As `segments`, with the codes of `a`; one stretch can leave several parts.
    """
    cover = merged(b)
    rows, starts, ends = [], [], []
    for row, (document, start, end) in enumerate(a[PLACE].itertuples(index=False)):
        here = cover[
            (cover["document"] == document) & (cover["start"] < end) & (cover["end"] > start)
        ]
        lefts, rights = [start, *here["end"]], [*here["start"], end]
        for left, right in zip(lefts, rights, strict=True):
            if left < right:
                rows.append(row)
                starts.append(left)
                ends.append(right)
    at = np.array(rows, dtype=int)
    return _unique(_cut(a, at, pd.DataFrame({"start": starts, "end": ends}, dtype="int64")))


def overlapping(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Whole stretches of `a` that share a character with one of `b`, with the codes of both."""
    return _with_partners(a, b, pairs(a, b))


def within(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """WITHIN: stretches of `a` that lie wholly inside one stretch of `b`, with the codes of both."""
    both = pairs(a, b)
    inside = (both["start_b"] <= both["start_a"]) & (both["end_a"] <= both["end_b"])
    return _with_partners(a, b, both[inside])


def near(a: pd.DataFrame, b: pd.DataFrame, distance: int) -> pd.DataFrame:
    """NEAR: stretches of `a` with one of `b` at most `distance` characters before or after.

    Overlapping counts as near; 0 is touching. With `a` and `b` the same, all stretches are found:
    each is near itself.
    """
    return _with_partners(a, b, pairs(a, b, "near", distance))


def near_units(
    a: pd.DataFrame, b: pd.DataFrame, units: pd.DataFrame, distance: int = 0
) -> pd.DataFrame:
    """NEAR in units: stretches of `a` with one of `b` at most `distance` units away.

    Parameters
    ----------
    units : sentences, lines or turns, `units.units(documents, "turn")`.
    distance : 0 is the same unit, 1 the same or the next one.

    Notes
    -----
    A stretch stands in every unit that it shares a character with; in none (between units), it
    is near nothing.
    """
    if distance < 0:
        raise ValueError(f"distance is {distance}; it must be 0 units or more.")
    in_a, in_b = _unit_ranges(a, units), _unit_ranges(b, units)
    return _with_partners(a, b, pairs(in_a, in_b, "near", distance), in_a["row"], in_b["row"])


def same_document(a: pd.DataFrame, b: pd.DataFrame) -> pd.DataFrame:
    """Stretches of `a` in documents where there is one of `b`; codes are those of `a`."""
    return a[a["document"].isin(b["document"])].reset_index(drop=True)


def without(a: pd.DataFrame, found: pd.DataFrame) -> pd.DataFrame:
    """NOT: stretches of `a` that are not among those found.

    `without(a, near(a, b, 100))` are the stretches of `a` that are not near `b`.
    """
    places = pd.MultiIndex.from_frame(found[PLACE])
    return a[~pd.MultiIndex.from_frame(a[PLACE]).isin(places)].reset_index(drop=True)


def _joined(codes: Iterable[str]) -> str:
    """Codes once each, in order, also those that are joined already."""
    return "; ".join(sorted({code for part in codes for code in part.split("; ")}))


def _unique(found: pd.DataFrame) -> pd.DataFrame:
    """One row per stretch, in order, with all its codes."""
    table = found.groupby(PLACE, sort=True).agg(quote=("quote", "first"), codes=("codes", _joined))
    return table.reset_index()[COLUMNS]


def _cut(a: pd.DataFrame, rows: np.ndarray, parts: pd.DataFrame) -> pd.DataFrame:
    """Parts of the stretches at `rows` of `a`, with their words."""
    whole = a.iloc[rows].reset_index(drop=True)
    quotes = [
        quote[left - start : right - start]
        for quote, start, left, right in zip(
            whole["quote"], whole["start"], parts["start"], parts["end"], strict=True
        )
    ]
    return whole.assign(start=parts["start"], end=parts["end"], quote=pd.Series(quotes, dtype=str))


def _with_partners(
    a: pd.DataFrame,
    b: pd.DataFrame,
    both: pd.DataFrame,
    rows_a: pd.Series | None = None,
    rows_b: pd.Series | None = None,
) -> pd.DataFrame:
    """Whole stretches of `a` that have a partner, with its codes; `rows_*` lead back to a and b."""
    at_a, at_b = both["row_a"].to_numpy(), both["row_b"].to_numpy()
    at_a = at_a if rows_a is None else rows_a.to_numpy()[at_a]
    at_b = at_b if rows_b is None else rows_b.to_numpy()[at_b]
    codes = a["codes"].to_numpy()[at_a] + "; " + b["codes"].to_numpy()[at_b]
    return _unique(a.iloc[at_a].assign(codes=codes))


def _unit_ranges(stretches: pd.DataFrame, units: pd.DataFrame) -> pd.DataFrame:
    """First and last unit of every stretch as `document, start, end, row`; near 0 is the same."""
    met = pairs(stretches, units)
    met = met.assign(unit=units["unit"].to_numpy()[met["row_b"]])
    table = met.groupby(["document", "row_a"], sort=False)["unit"].agg(start="min", end="max")
    return table.reset_index().rename(columns={"row_a": "row"})
