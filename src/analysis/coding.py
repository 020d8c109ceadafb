"""Coded segments, whatever tool they come from: frequencies, groups, co-occurrence, quotes.

All functions take the standard coding frame (`document, start, end, code, coder, created, memo,
quote`). Reading files is in `readers`, agreement between coders in `agreement`.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256
from itertools import combinations

import numpy as np
import pandas as pd
from statsmodels.stats.proportion import proportion_confint

from analysis.fisher import fisher_exact_p
from analysis.holm import holm
from analysis.spans import PLACE, check_places, covered, pairs

INDEPENDENCE = (
    "Each document counts once. The test takes documents as independent; several interviews with "
    "one person, or from one centre, are not."
)


def ranges(coding: pd.DataFrame) -> pd.DataFrame:
    """Unique stretches of text per coder: several codes on one stretch become one row.

    Some tools write one selection per code, so codings must be merged before segments are
    counted (a real NVivo project: 303 selections, 188 stretches).

    Returns
    -------
    DataFrame
        `document, start, end, coder, n_codes, codes` (codes in order, joined by "; ").

    Raises
    ------
    ValueError
        If a coding has no place in its text.
    """
    check_places(coding)
    grouped = coding.groupby(["document", "start", "end", "coder"], sort=True)["code"]
    table = grouped.agg(n_codes="nunique", codes=lambda codes: "; ".join(sorted(set(codes))))
    return table.reset_index()


def frequencies(
    coding: pd.DataFrame, documents: Mapping[str, str], codes: Sequence[str] | None = None
) -> pd.DataFrame:
    """How often and how widely each code was used.

    Parameters
    ----------
    documents : name -> text of every document that was coded, also those with no coding.
    codes : which codes, in which order; default those in use, in order of their name. A code
        never used gets zeros.

    Returns
    -------
    DataFrame
        One row per code: `code, codings, ranges` (unique stretches, coders merged), `documents`
        (that mention it), `n` (documents in all), `share, low, high` (Wilson 95% interval of the
        share of documents), `coverage` (share of all characters under the code).

    Raises
    ------
    ValueError
        If a coded document has no text, or a coding has no place in its text.

    Notes
    -----
    Wilson (1927), by statsmodels; checked against R `prop.test(correct = FALSE)`.
    """
    _check_documents(coding, documents)
    check_places(coding)
    characters = sum(len(text) for text in documents.values())
    rows = []
    for code in _codes(coding, codes):
        used = coding[coding["code"] == code]
        places = used[["document", "start", "end"]].drop_duplicates()
        rows.append(
            {"code": code, "codings": len(used), "ranges": len(places)}
            | _share(places["document"].nunique(), len(documents))
            | {"coverage": covered(places) / characters if characters else np.nan}
        )
    columns = ["code", "codings", "ranges", "documents", "n", "share", "low", "high", "coverage"]
    return pd.DataFrame(rows, columns=columns)


def by_variable(
    coding: pd.DataFrame,
    interviews: pd.DataFrame,
    variable: str,
    codes: Sequence[str] | None = None,
) -> pd.DataFrame:
    """Codes by groups of interviews: in what share of each group's documents a code occurs.

    Parameters
    ----------
    interviews : one row per document: `document` and the column `variable`.

    Returns
    -------
    DataFrame
        One row per code and group: `code, group, documents, n, share, low, high` (Wilson 95%),
        `p` (exact test of the code's whole row of groups), `p_holm` (Holm over the codes), `note`.
        Documents without a value of `variable` are left out, and the note says how many.

    Raises
    ------
    ValueError
        If a column is missing, an interview is listed twice, or a coded document is not listed.

    Notes
    -----
    Fisher's exact test for 2 x k tables, see `fisher`. Documents must be independent.
    """
    group = groups(coding, interviews, variable)
    sizes = group.value_counts(sort=False).sort_index()
    left_out = len(interviews) - len(group)
    note = INDEPENDENCE + (f" Without a value, left out: {left_out}." if left_out else "")
    rows, p_values = [], []
    for code in _codes(coding, codes):
        mention = set(coding.loc[coding["code"] == code, "document"])
        counts = group[group.index.isin(mention)].value_counts().reindex(sizes.index, fill_value=0)
        p_values.append(fisher_exact_p(counts.tolist(), sizes.tolist()))
        for name, count, size in zip(sizes.index, counts, sizes, strict=True):
            part = {"code": code, "group": name} | _share(int(count), int(size))
            rows.append(part | {"p": p_values[-1], "note": note})
    columns = ["code", "group", "documents", "n", "share", "low", "high", "p", "note"]
    table = pd.DataFrame(rows, columns=columns)
    table.insert(8, "p_holm", np.repeat(holm(p_values), len(sizes)))
    return table


def placed(coding: pd.DataFrame) -> pd.DataFrame:
    """The codings that have a place in their text; tables of quotations often tell the words only."""
    there = coding[coding["start"].notna() & coding["end"].notna()]
    return there.astype({"start": "int64", "end": "int64"})


def cooccurrence(coding: pd.DataFrame, kind: str = "overlap", distance: int = 0) -> pd.DataFrame:
    """Which codes stand together in the text.

    Parameters
    ----------
    kind : "same range", "overlap", "near" (see `spans.pairs`) or "same document".
    distance : for "near", the most characters between two stretches.

    Returns
    -------
    DataFrame
        One row per pair of codes: `code_a, code_b, kind, n_a, n_b` (unique stretches, or documents
        for "same document"), `together` (pairs of them, given by one coder), `documents` (where
        they do), `c` = together / (n_a + n_b - together), `jaccard` (characters under both /
        under either, for every kind).

    Raises
    ------
    ValueError
        If `kind` is none of these, `distance` is negative, or a coding has no place in its text.

    Notes
    -----
    `c` is the c-coefficient of ATLAS.ti: 0 never, 1 always together. It passes 1 or turns
    negative where one stretch meets several; it is then NaN, and `jaccard` stays readable.
    """
    check_places(coding)
    key = ["document", "coder", "start", "end"]
    place = ["document"] if kind == "same document" else PLACE
    codes = _codes(coding, None)
    by_code = {code: coding.loc[coding["code"] == code, key].drop_duplicates() for code in codes}
    under = {code: covered(part) for code, part in by_code.items()}
    rows = []
    for a, b in combinations(codes, 2):
        first, second = by_code[a], by_code[b]
        met = _together(first, second, kind, distance)
        n_a, n_b = (len(part[place].drop_duplicates()) for part in (first, second))
        both = len(met)
        either = covered(pd.concat([first, second]))
        rows.append(
            {"code_a": a, "code_b": b, "kind": kind, "n_a": n_a, "n_b": n_b, "together": both}
            | {"documents": met["document"].nunique()}
            | {"c": both / (n_a + n_b - both) if both <= min(n_a, n_b) else np.nan}
            | {"jaccard": (under[a] + under[b] - either) / either if either else np.nan}
        )
    columns = ["code_a", "code_b", "kind", "n_a", "n_b", "together", "documents", "c", "jaccard"]
    return pd.DataFrame(rows, columns=columns)


def code_by_document(coding: pd.DataFrame, documents: Mapping[str, str]) -> pd.DataFrame:
    """Matrix of codes (rows, by name) and documents (columns, as given): unique stretches."""
    _check_documents(coding, documents)
    check_places(coding)
    places = coding[["code", "document", "start", "end"]].drop_duplicates()
    table = pd.crosstab(places["code"], places["document"])
    return table.reindex(columns=list(documents), fill_value=0).rename_axis(columns="document")


def quotes(coding: pd.DataFrame, documents: Mapping[str, str], code: str) -> pd.DataFrame:
    """The passages under one code, each with an identifier that stays while the text does.

    Returns
    -------
    DataFrame
        One row per stretch: `quote_id` (document:start-end:hash of the words), `document, start,
        end, coders` (joined by "; "), `quote, memo, line, lines` (the line the quote begins on,
        lines in the document).

    Raises
    ------
    ValueError
        If a stored quote is not the text at its place: the texts are not those that were coded;
        or if a coding has no place.
    """
    _check_documents(coding, documents)
    check_places(coding)
    rows = []
    used = coding[coding["code"] == code]
    for _, part in used.groupby(["document", "start", "end"], sort=True):
        document, start, end = part[["document", "start", "end"]].iloc[0].tolist()
        text = documents[document]
        quote = text[start:end]
        if set(part["quote"]) != {quote}:
            raise ValueError(
                f"{document!r} {start}-{end}: the stored quote {part['quote'].iloc[0]!r} is not the "
                f"text there, {quote!r}. Use the texts that were coded."
            )
        rows.append(
            {
                "quote_id": f"{document}:{start}-{end}:{sha256(quote.encode()).hexdigest()[:8]}",
                "document": document,
                "start": start,
                "end": end,
                "coders": "; ".join(sorted(set(part["coder"]))),
                "quote": quote,
                "memo": "\n".join(dict.fromkeys(memo for memo in part["memo"] if memo)),
                "line": text.count("\n", 0, start) + 1,
                "lines": text.rstrip("\n").count("\n") + 1,
            }
        )
    columns = ["quote_id", "document", "start", "end", "coders", "quote", "memo", "line", "lines"]
    return pd.DataFrame(rows, columns=columns)


def _together(a: pd.DataFrame, b: pd.DataFrame, kind: str, distance: int) -> pd.DataFrame:
    """Pairs of stretches, or documents, where one coder gave both; each once, whoever gave it."""
    if kind == "same document":
        return a.merge(b, on=["document", "coder"])[["document"]].drop_duplicates()
    met = pairs(a, b, kind, distance, by="coder")
    return met[["document", "start_a", "end_a", "start_b", "end_b"]].drop_duplicates()


def _codes(coding: pd.DataFrame, codes: Sequence[str] | None) -> list[str]:
    return list(codes) if codes is not None else sorted(coding["code"].unique())


def _check_documents(coding: pd.DataFrame, documents: Mapping[str, str]) -> None:
    unknown = sorted(set(coding["document"]) - set(documents))
    if unknown:
        raise ValueError(
            f"Coded documents without a text: {', '.join(unknown)}. Give the text of every "
            "document that was coded, under the same name."
        )


def _share(count: int, n: int) -> dict[str, float]:
    low, high = proportion_confint(count, n, method="wilson") if n else (np.nan, np.nan)
    share = count / n if n else np.nan
    return {"documents": count, "n": n, "share": share, "low": low, "high": high}


def groups(coding: pd.DataFrame, interviews: pd.DataFrame, variable: str) -> pd.Series:
    """The group of every interview by its document; interviews without a value are left out.

    Raises
    ------
    ValueError
        If a column is missing, an interview is listed twice, or a coded document is not listed.
    """
    for column in ["document", variable]:
        if column not in interviews:
            raise ValueError(f"The interviews have no column {column!r}.")
    twice = interviews.loc[interviews["document"].duplicated(), "document"]
    if len(twice):
        raise ValueError(f"Interview {twice.iloc[0]!r} is listed twice; one row per document.")
    unknown = sorted(set(coding["document"]) - set(interviews["document"]))
    if unknown:
        raise ValueError(f"Coded documents missing from the interviews: {', '.join(unknown)}.")
    return interviews.set_index("document", drop=False)[variable].dropna()
