"""Single documents and their likeness: portraits, code lines, normalised tables, order by likeness.

All coders are merged: a character is under a code if any coder put it there. To see one coder's
work, give that coder's codings.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations, pairwise

import numpy as np
import pandas as pd
from scipy.cluster.hierarchy import leaves_list, linkage

from analysis.spans import check_places, covered, merged
from analysis.text import tokens

MEASURES = ("jaccard", "simple_matching", "cosine")


def runs(coding: pd.DataFrame, documents: Mapping[str, str]) -> pd.DataFrame:
    """Document portrait: every text cut wherever the set of codes changes.

    Returns
    -------
    DataFrame
        One row per run, uncoded text too: `document, start, end, codes` (joined by "; ", "" for
        none), `n_codes, share` (of the document's characters; they add up to 1).

    Raises
    ------
    ValueError
        If a coding has no place, or lies outside the text of its document.
    """
    _check(coding, documents)
    rows: list[tuple[str, int, int, tuple[str, ...]]] = []
    for document, text in documents.items():
        here = coding[coding["document"] == document]
        codes, starts, ends = (here[name].to_numpy() for name in ("code", "start", "end"))
        for start, end in pairwise(sorted({0, len(text), *starts, *ends})):
            now = tuple(sorted(set(codes[(starts <= start) & (end <= ends)])))
            if rows and rows[-1][0] == document and rows[-1][3] == now:
                rows[-1] = (document, rows[-1][1], end, now)
            else:
                rows.append((document, start, end, now))
    table = pd.DataFrame(rows, columns=["document", "start", "end", "codes"])
    size = table["document"].map({name: len(text) for name, text in documents.items()})
    return table.assign(
        codes=["; ".join(now) for now in table["codes"]],
        n_codes=[len(now) for now in table["codes"]],
        share=(table["end"] - table["start"]) / size,
    )


def shares(coding: pd.DataFrame, documents: Mapping[str, str]) -> pd.DataFrame:
    """How much of each document lies under each of its codes, in the order they first appear.

    Returns
    -------
    DataFrame
        `document, code, first` (where it begins to appear), `ranges` (unique stretches),
        `characters, share` (of the document; codes overlap, so the shares need not add up).
    """
    _check(coding, documents)
    rows = []
    for document, text in documents.items():
        for code, part in coding[coding["document"] == document].groupby("code", sort=True):
            size, places = covered(part), part[["start", "end"]].drop_duplicates()
            share = size / len(text) if size else 0.0
            rows.append((document, code, part["start"].min(), len(places), size, share))
    columns = ["document", "code", "first", "ranges", "characters", "share"]
    table = pd.DataFrame(rows, columns=columns)
    at = table["document"].map({name: place for place, name in enumerate(documents)})
    table = table.assign(at=at).sort_values(["at", "first", "code"], ignore_index=True)
    return table.drop(columns="at")


def code_lines(
    coding: pd.DataFrame, documents: Mapping[str, str], codes: Sequence[str], bins: int = 20
) -> pd.DataFrame:
    """Where in a document each code stands: the text in equal parts, from beginning to end.

    Returns
    -------
    DataFrame
        One row per document, code and part, also where the code is absent: `document, code, bin`
        (from 1), `start, end, characters` (under the code), `share` (of the part's characters).

    Raises
    ------
    ValueError
        If there are fewer characters than parts in a document, or `bins` is less than 1.
    """
    _check(coding, documents)
    short = [name for name, text in documents.items() if len(text) < bins]
    if bins < 1 or short:
        which = f"; too short for it: {', '.join(short)}" if short else ""
        raise ValueError(f"bins is {bins}; it must be 1 or more, at most one per character{which}.")
    places = {pair: merged(part) for pair, part in coding.groupby(["document", "code"])}
    rows = []
    for document, text in documents.items():
        edges = [len(text) * number // bins for number in range(bins + 1)]
        for code in codes:
            part = places.get((document, code), coding.iloc[:0])
            for number, (start, end) in enumerate(pairwise(edges), start=1):
                within = part["end"].clip(upper=end) - part["start"].clip(lower=start)
                size = int(within.clip(lower=0).sum())
                row = (document, code, number, start, end, size, size / (end - start))
                rows.append(row)
    columns = ["document", "code", "bin", "start", "end", "characters", "share"]
    return pd.DataFrame(rows, columns=columns)


def normalised(table: pd.DataFrame, by: str) -> pd.DataFrame:
    """A table of codes (rows) x documents (columns) as shares of its sums.

    Parameters
    ----------
    table : `coding.code_by_document(coding, documents)`.
    by : "document" (every column adds up to 1: what is this document about) or "code" (every
        row: where is this code). A column or row without any coding is NaN.
    """
    if by not in ("document", "code"):
        raise ValueError(f"by is {by!r}; it must be document or code.")
    turned = table if by == "document" else table.T
    sums = turned.sum().astype(float)
    result = turned.div(sums.where(sums > 0), axis="columns")
    return result if by == "document" else result.T


def per_thousand_words(table: pd.DataFrame, documents: Mapping[str, str]) -> pd.DataFrame:
    """Codes x documents as stretches per 1,000 words of the document; NaN for one without words."""
    sizes = pd.Series({name: float(len(tokens(text))) for name, text in documents.items()})
    sizes = sizes.reindex(table.columns)
    return 1000 * table.div(sizes.where(sizes > 0), axis=1)


def similarities(table: pd.DataFrame) -> pd.DataFrame:
    """How alike two documents are in their codes.

    Parameters
    ----------
    table : codes x documents, `coding.code_by_document` with a row for every code that was
        looked for: `simple_matching` counts the codes that both documents lack.

    Returns
    -------
    DataFrame
        One row per pair: `document_a, document_b, both, only_a, only_b, neither` (codes),
        `jaccard` = both / (both + only_a + only_b), `simple_matching` = (both + neither) / codes,
        `cosine` (of the counts). NaN where a document has no codes at all.

    Notes
    -----
    Checked against scipy.spatial.distance (jaccard, hamming, cosine).
    """
    rows = []
    for a, b in combinations(table.columns, 2):
        x, y = table[a].to_numpy(dtype=float), table[b].to_numpy(dtype=float)
        both, neither = int(((x > 0) & (y > 0)).sum()), int(((x == 0) & (y == 0)).sum())
        only_a, only_b = int((x > 0).sum()) - both, int((y > 0).sum()) - both
        length = np.linalg.norm(x) * np.linalg.norm(y)
        rows.append(
            {"document_a": a, "document_b": b, "both": both, "only_a": only_a, "only_b": only_b}
            | {"neither": neither}
            | {"jaccard": both / (both + only_a + only_b) if length else np.nan}
            | {"simple_matching": (both + neither) / len(x) if length else np.nan}
            | {"cosine": float(x @ y / length) if length else np.nan}
        )
    columns = ["document_a", "document_b", "both", "only_a", "only_b", "neither", *MEASURES]
    return pd.DataFrame(rows, columns=columns)


def merges(pairs: pd.DataFrame, measure: str = "jaccard") -> pd.DataFrame:
    """Documents joined step by step, the most alike first (average linkage, UPGMA).

    Parameters
    ----------
    pairs : every pair of documents, `similarities(table)`; distance is 1 - similarity.

    Returns
    -------
    DataFrame
        `step` (from 1), `left, right` (documents, joined by "; "), `distance, size`.

    Raises
    ------
    ValueError
        If there are fewer than two documents, or a similarity is missing.

    Notes
    -----
    scipy `linkage(method="average", optimal_ordering=True)`.
    """
    names, tree = _tree(pairs, measure)
    groups, rows = list(names), []
    for step, (left, right, distance, size) in enumerate(tree, start=1):
        a, b = groups[int(left)], groups[int(right)]
        rows.append((step, a, b, distance, int(size)))
        groups.append(f"{a}; {b}")
    return pd.DataFrame(rows, columns=["step", "left", "right", "distance", "size"])


def order(pairs: pd.DataFrame, measure: str = "jaccard") -> list[str]:
    """Documents in the order of the tree of `merges`, neighbours as alike as the tree allows."""
    names, tree = _tree(pairs, measure)
    return [names[place] for place in leaves_list(tree)]


def _tree(pairs: pd.DataFrame, measure: str) -> tuple[list[str], np.ndarray]:
    if measure not in MEASURES:
        raise ValueError(f"measure is {measure!r}; it must be one of {', '.join(MEASURES)}.")
    if pairs.empty:
        raise ValueError("There are fewer than two documents; nothing can be put in order.")
    lost = pairs[pairs[measure].isna()]
    if len(lost):
        a, b = lost[["document_a", "document_b"]].iloc[0]
        raise ValueError(
            f"{a!r} and {b!r} have no {measure} similarity: at least one of them has no codes. "
            "Leave documents without codes out of the table."
        )
    names = list(dict.fromkeys([*pairs["document_a"], *pairs["document_b"]]))
    wide = pairs.pivot(index="document_a", columns="document_b", values=measure)
    wide = wide.reindex(index=names, columns=names)
    wide = wide.fillna(wide.T)  # a pair may be given either way round
    # scipy wants the upper triangle row by row; rounding must not make a distance negative.
    upper = wide.to_numpy()[np.triu_indices(len(names), k=1)]
    distances = np.clip(1 - upper, 0, None)
    return names, linkage(distances, method="average", optimal_ordering=True)


def _check(coding: pd.DataFrame, documents: Mapping[str, str]) -> None:
    check_places(coding)
    size = (
        coding["document"]
        .map({name: len(text) for name, text in documents.items()})
        .astype("float64")
    )
    wrong = coding[~(coding["end"] <= size)]
    if len(wrong):
        row = wrong.iloc[0]
        raise ValueError(
            f"{row['document']!r} {row['start']}-{row['end']}: there is no such place in the texts. "
            "Give the text of every document that was coded, under the same name."
        )
