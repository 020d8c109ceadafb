"""Codes as a tree and over time: frequencies with those of the codes below, and what became of a codebook.

Both take a codebook as the readers give it (`code, parent, description, codable, guid`).
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.readers import Project
from analysis.spans import PLACE, check_places

CHANGES = ["change", "before", "after", "parent_before", "parent_after", "by", "overlap"]
Masks = dict[str, np.ndarray]
Matches = dict[str, tuple[str, str]]


def tree_frequencies(coding: pd.DataFrame, codebook: pd.DataFrame) -> pd.DataFrame:
    """Frequencies of every code alone and together with the codes below it.

    Returns
    -------
    DataFrame
        In the codebook's order: `code, parent, depth` (0 at the top), `own_ranges,
        own_documents`, `ranges` (unique stretches under the code or any code below it; a stretch
        with several of them counts once), `documents`.

    Raises
    ------
    ValueError
        If a code used or a parent is not in the codebook, a code is there twice or below itself,
        or a coding has no place.
    """
    check_places(coding)
    ancestors = _ancestors(coding, codebook)
    rows = []
    for code, parent in zip(codebook["code"], codebook["parent"], strict=True):
        below = [one for one, above in ancestors.items() if code in (one, *above)]
        row = {"code": code, "parent": parent, "depth": len(ancestors[code])}
        for name, codes in (("own_", [code]), ("", below)):
            places = coding.loc[coding["code"].isin(codes), PLACE].drop_duplicates()
            row[f"{name}ranges"] = len(places)
            row[f"{name}documents"] = places["document"].nunique()
        rows.append(row)
    columns = ["code", "parent", "depth", "own_ranges", "own_documents", "ranges", "documents"]
    return pd.DataFrame(rows, columns=columns)


def history(before: Project, after: Project, least: float = 0.8) -> pd.DataFrame:
    """What became of every code between two versions of a project.

    Codes are matched by guid, then by name, then by the text they stand on. Tools differ: ATLAS.ti
    gives new guids on every export, Taguette makes them from the name.

    Parameters
    ----------
    least : share of text that two codes must have in common to be called the same, merged or
        split; over 0.5 and up to 1.

    Returns
    -------
    DataFrame
        `change, before, after, parent_before, parent_after, by, overlap`. `change`: "kept",
        "renamed", "moved" (another parent; a renamed one is not another), "merged" (a code gone,
        its text newly under `after`), "split" (a new code on text that left `before`), "removed",
        "added". A code both renamed and moved has two rows. `by`: "guid", "name" or "overlap".
        `overlap`: for matched codes the Jaccard index of their text; for merged and split the share
        of the text of the code gone or come; NaN without text.

    Raises
    ------
    ValueError
        If `least` is out of range, a code used is not in its codebook, or a coding has no place.

    Notes
    -----
    Only documents with the same text in both are compared. Two codes that become one, or one that
    becomes two, are only seen where there are two: a single code that grew beyond `least` and lost
    its name and guid is "removed" and "added".
    """
    if not 0.5 < least <= 1:
        raise ValueError(f"least is {least}; it must be over 0.5 and up to 1.")
    old, new = _masks(before, after), _masks(after, before)
    matched = _same_guid_or_name(before.codebook, after.codebook)
    matched |= _same_text(_left(old, matched), _left(new, _turned(matched)), least)
    merged = _taken(old, new, matched, least)
    split = _taken(new, old, _turned(matched), least)
    rows = [
        (change, a, b, by, _jaccard(old[a], new[b]))
        for a, (b, by) in matched.items()
        for change in _changes(a, b, before.codebook, after.codebook, matched)
    ]
    rows += [("merged", a, b, "overlap", share) for a, (b, share) in merged.items()]
    rows += [("split", a, b, "overlap", share) for b, (a, share) in split.items()]
    told = [{row[side] for row in rows} for side in (1, 2)]
    rows += [("removed", a, "", "", np.nan) for a in old if a not in told[0]]
    rows += [("added", "", b, "", np.nan) for b in new if b not in told[1]]
    return _ordered(rows, before.codebook, after.codebook)


def _ordered(rows: list[tuple], before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """Rows of a history with the parents, in the order of the codebook before, then of that after."""
    table = pd.DataFrame(rows, columns=["change", "before", "after", "by", "overlap"])
    for name, book in (("before", before), ("after", after)):
        table[f"parent_{name}"] = table[name].map(_parents(book)).fillna("")
    place = {code: n for n, code in enumerate(dict.fromkeys([*before["code"], *after["code"]]))}
    at = [place[a or b] for a, b in zip(table["before"], table["after"], strict=True)]
    return table.assign(at=at).sort_values("at", kind="stable", ignore_index=True)[CHANGES]


def _check_known(codes: set[str], codebook: pd.DataFrame) -> None:
    unknown = sorted(codes - set(codebook["code"]))
    if unknown:
        raise ValueError(f"Used, but not in the codebook: {', '.join(unknown)}.")


def _parents(codebook: pd.DataFrame) -> dict[str, str]:
    return dict(zip(codebook["code"], codebook["parent"], strict=True))


def _ancestors(coding: pd.DataFrame, codebook: pd.DataFrame) -> dict[str, list[str]]:
    """The codes above each code, nearest first."""
    twice = codebook.loc[codebook["code"].duplicated(), "code"]
    if len(twice):
        raise ValueError(f"The code {twice.iloc[0]!r} is twice in the codebook.")
    parents = _parents(codebook)
    _check_known({*coding["code"], *codebook["parent"]} - {""}, codebook)
    found: dict[str, list[str]] = {}
    for code in parents:
        above: list[str] = []
        while (parent := parents[above[-1] if above else code]) != "":
            if parent == code or parent in above:
                raise ValueError(
                    f"The code {code!r} lies below {parent!r}, which lies below itself."
                )
            above.append(parent)
        found[code] = above
    return found


def _masks(project: Project, other: Project) -> Masks:
    """For every code, which characters of the texts that both projects share are under it."""
    check_places(project.coding)
    _check_known(set(project.coding["code"]), project.codebook)
    begins, size = {}, 0
    for document in sorted(set(project.documents) & set(other.documents)):
        if project.documents[document] == other.documents[document]:
            begins[document] = size
            size += len(project.documents[document])
    masks = {code: np.zeros(size, dtype=bool) for code in project.codebook["code"]}
    columns = project.coding[["document", "start", "end", "code"]]
    for document, start, end, code in columns.itertuples(index=False):
        if document in begins:
            masks[code][begins[document] + start : begins[document] + end] = True
    return masks


def _same_guid_or_name(before: pd.DataFrame, after: pd.DataFrame) -> Matches:
    guids = [
        {guid.upper(): code for code, guid in zip(book["code"], book["guid"], strict=True) if guid}
        for book in (before, after)
    ]
    matched = {a: (guids[1][guid], "guid") for guid, a in guids[0].items() if guid in guids[1]}
    taken = {b for b, _ in matched.values()}
    names = set(after["code"]) - taken
    return matched | {c: (c, "name") for c in before["code"] if c in names and c not in matched}


def _same_text(old: Masks, new: Masks, least: float) -> Matches:
    likeness = {(a, b): _jaccard(old[a], new[b]) for a in old for b in new}
    matched: Matches = {}
    for (a, b), share in sorted(
        likeness.items(), key=lambda item: (-np.nan_to_num(item[1]), item[0])
    ):
        if share >= least and a not in matched and b not in _turned(matched):
            matched[a] = (b, "overlap")
    return matched


def _taken(
    gone: Masks, there: Masks, matched: Matches, least: float
) -> dict[str, tuple[str, float]]:
    """Unmatched codes whose text is newly under a code of the other side, and its share.

    "Newly": what was under that code's own counterpart already does not count, or codes that
    always stood on the same text would look merged.
    """
    own = {b: gone[a] for a, (b, _) in matched.items()}
    found: dict[str, tuple[str, float]] = {}
    for code, mask in _left(gone, matched).items():
        if not mask.any():
            continue
        shares = {
            other: float((mask & text & ~own.get(other, np.zeros_like(mask))).sum() / mask.sum())
            for other, text in there.items()
        }
        best = max(shares, key=lambda other: shares[other], default="")
        if best and shares[best] >= least:
            found[code] = (best, shares[best])
    into = [other for other, _ in found.values()]
    return {a: (b, share) for a, (b, share) in found.items() if b in own or into.count(b) > 1}


def _changes(
    a: str, b: str, before: pd.DataFrame, after: pd.DataFrame, matched: Matches
) -> list[str]:
    parent = _parents(before)[a]
    became = matched[parent][0] if parent in matched else parent
    found = ["renamed"] if a != b else []
    found += ["moved"] if _parents(after)[b] != became else []
    return found or ["kept"]


def _jaccard(a: np.ndarray, b: np.ndarray) -> float:
    either = (a | b).sum()
    return float((a & b).sum() / either) if either else np.nan


def _left(masks: Masks, matched: Matches) -> Masks:
    return {code: mask for code, mask in masks.items() if code not in matched}


def _turned(matched: Matches) -> Matches:
    return {b: (a, by) for a, (b, by) in matched.items()}
