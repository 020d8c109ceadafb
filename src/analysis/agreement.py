"""Agreement between coders: common units of text, coders x units matrices, a table per code.

The coefficients themselves are in `coefficients`. Free coding has no units of its own, so every
coding is laid over the same sentences, turns, lines or characters for all coders.
"""

import re
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd

from analysis import coefficients as c
from analysis.text import sentence_spans

RARE = 0.05  # below this share kappa and alpha are known to fall although coders agree
SPEAKER = re.compile(
    r"\s*(?:[A-ZА-ЯЁ]{1,3}|Интервьюер|Респондент|Информант|Модератор|Interviewer|Respondent"
    r"|Participant|Moderator)\s?\d{0,3}\s*:"
)
NOTES = {
    "alone": "One coder only: agreement cannot be computed.",
    "apart": "No unit was coded by two coders: agreement cannot be computed.",
    "same": "All coders gave every unit the same label: kappa and alpha are undefined.",
    "rare": "Rare code: kappa and alpha can be low although coders agree; read with ac1.",
    "loose": "Alpha was undefined in {n} of {of} resamples; its interval rests on the others.",
}

Span = tuple[int, int]


def units(documents: Mapping[str, str], kind: str = "sentence") -> pd.DataFrame:
    """Cut documents into the units that coders are compared on.

    Parameters
    ----------
    kind : "sentence" (never over a line end), "line" (every line with words on it), "turn" (from
        one speaker mark such as "И:", "Р2:" or "Interviewer:" to the next; in a document without
        marks every line) or "character" (blanks left out).

    Returns
    -------
    DataFrame
        `document, unit` (from 1 in each document), `start, end, text`.
    """
    kinds: dict[str, Callable[[str], list[Span]]] = {
        "sentence": sentence_spans,
        "turn": _turns,
        "line": _lines,
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


def _lines(text: str) -> list[Span]:
    return [
        (m.start() + len(m[0]) - len(m[0].lstrip()), m.start() + len(m[0].rstrip()))
        for m in re.finditer(r"[^\n]+", text)
        if m[0].strip()
    ]


def _turns(text: str) -> list[Span]:
    lines = _lines(text)
    marked = [bool(SPEAKER.match(text[start:end])) for start, end in lines]
    turns: list[Span] = []
    for (start, end), begins in zip(lines, marked, strict=True):
        if begins or not any(marked) or not turns:
            turns.append((start, end))
        else:
            turns[-1] = (turns[-1][0], end)
    return turns


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
        If `units` has no rows.
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


def agreement(
    coding: pd.DataFrame,
    units: pd.DataFrame,
    codes: Sequence[str],
    *,
    bootstrap: int = 1000,
    seed: int,
    resample: str = "unit",
) -> pd.DataFrame:
    """Agreement of the coders on every code, over the units that two or more of them coded.

    Parameters
    ----------
    bootstrap : number of resamples for the interval of alpha.
    resample : what is drawn with replacement, "unit" or "document". Units of one document are
        not independent, so "document" is the honest choice where ten or more were double-coded;
        with fewer, "unit" gives an interval that is too narrow rather than none.

    Returns
    -------
    DataFrame
        One row per code: `code, units, coders, prevalence` (share of labels that are 1),
        `percent, kappa` (Cohen, two coders only), `brennan_prediger, ac1, alpha` (nominal),
        `alpha_low, alpha_high` (95% percentile bootstrap), `positive_agreement, note`.

    Notes
    -----
    Checked against `krippendorff`, irrCAC's published values, R psych and hand arithmetic
    (tests/reference/agreement.json, statistics.json).
    """
    if resample not in ("unit", "document"):
        raise ValueError(f"resample is {resample!r}; it must be 'unit' or 'document'.")
    rows = []
    for code in codes:
        matrix = unit_matrix(coding, units, code)
        shared = matrix.loc[:, matrix.notna().sum() >= 2].dropna(how="all")
        row = _coefficients(shared) | {"code": code}
        row["alpha_low"], row["alpha_high"], undefined = _interval(
            shared, resample, bootstrap, np.random.default_rng(seed)
        )
        row["note"] = _note(matrix, shared, row, undefined, bootstrap)
        rows.append(row)
    columns = ["code", "units", "coders", "prevalence", "percent", "kappa", "brennan_prediger"]
    columns += ["ac1", "alpha", "alpha_low", "alpha_high", "positive_agreement", "note"]
    return pd.DataFrame(rows, columns=columns)


def _coefficients(shared: pd.DataFrame) -> dict:
    values = shared.to_numpy()
    both = (0, 1)
    return {
        "units": shared.shape[1],
        "coders": shared.shape[0],
        "prevalence": float(np.nanmean(values)) if values.size else np.nan,
        "percent": c.percent(values),
        "kappa": c.cohen_kappa(values, categories=both) if len(values) == 2 else np.nan,
        "brennan_prediger": c.brennan_prediger(values, both),
        "ac1": c.gwet_ac1(values, both),
        "alpha": c.alpha(values, "nominal"),
        "positive_agreement": c.positive_agreement(values),
    }


def _interval(
    shared: pd.DataFrame, resample: str, times: int, rng: np.random.Generator
) -> tuple[float, float, int]:
    """95% percentile bootstrap of nominal alpha of 0/1 labels, and how often it was undefined."""
    if shared.empty or not times:
        return np.nan, np.nan, 0
    counts, _ = c.unit_counts(shared, (0, 1))
    pairs = 2 * counts[:, 0] * counts[:, 1] / (counts.sum(axis=1) - 1)
    parts = np.column_stack([pairs, counts])
    if resample == "document":
        documents = shared.columns.get_level_values("document")
        parts = pd.DataFrame(parts).groupby(documents.to_numpy()).sum().to_numpy()
    # Equal units are interchangeable, so how often each kind is drawn is all that matters.
    kinds, n = np.unique(parts, axis=0, return_counts=True)
    drawn = rng.multinomial(n.sum(), n / n.sum(), size=times) @ kinds
    disagreeing, zeros, ones = drawn.T
    expected = 2 * zeros * ones
    defined = expected > 0
    if not defined.any():
        return np.nan, np.nan, times
    total = (zeros + ones)[defined]
    alphas = 1 - disagreeing[defined] * (total - 1) / expected[defined]
    low, high = np.quantile(alphas, [0.025, 0.975])
    return float(low), float(high), int((~defined).sum())


def _note(matrix: pd.DataFrame, shared: pd.DataFrame, row: dict, undefined: int, times: int) -> str:
    if len(matrix) < 2:
        return NOTES["alone"]
    if shared.empty:
        return NOTES["apart"]
    if np.isnan(row["alpha"]):
        return NOTES["same"]
    notes = [NOTES["rare"]] if row["prevalence"] < RARE else []
    notes += [NOTES["loose"].format(n=undefined, of=times)] if undefined else []
    return " ".join(notes)


def disagreements(coding: pd.DataFrame, units: pd.DataFrame, code: str) -> pd.DataFrame:
    """The units on which coders differ about a code, with their text, for talking them over.

    Returns
    -------
    DataFrame
        `document, unit, start, end, given_by, not_given_by` (coders joined by "; "), `text`.
    """
    matrix = unit_matrix(coding, units, code)
    differ = (matrix.max() > matrix.min()).to_numpy()
    table = units[differ].reset_index(drop=True)
    labels = matrix.loc[:, differ]

    def who(label: int) -> list[str]:
        return ["; ".join(labels.index[labels.iloc[:, i] == label]) for i in range(len(table))]

    table = table.assign(given_by=who(1), not_given_by=who(0))
    return table[["document", "unit", "start", "end", "given_by", "not_given_by", "text"]]
