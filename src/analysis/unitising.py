"""Krippendorff's alphas for unitising: do coders mark the same stretches of text, and name them alike?

No common units are imposed, so nothing is lost at their borders; `agreement` compares sentences.
The stretches come from `continua`.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from analysis.alpha_u import Draw, alpha_u, one_minus
from analysis.continua import Continuum, continua, own_pieces, squared_overlaps

NOTES = {
    "alone": "One coder only: agreement cannot be computed.",
    "apart": "No document was coded by two coders: agreement cannot be computed.",
    "unused": "Nobody gave this code where two coders worked: agreement cannot be computed.",
    "same": "Every character has the same label: alpha is undefined.",
    "disjoint": "Coders never coded the same text: agreement on codes cannot be computed.",
    "one": "Where coders coded the same text they used one code only: alpha of codes is undefined.",
    "single": "One document only: no interval.",
    "loose": "Alpha was undefined in {n} of {of} resamples; its interval rests on the others.",
}
COLUMNS = ["coefficient", "documents", "coders", "stretches", "coverage", "alpha", "low", "high"]
COLUMNS += ["note"]
# A coefficient (None: not computable), the share of text it covers, why it may be undefined.
Part = tuple[Draw | None, float, str]


def unitising(
    coding: pd.DataFrame, documents: Mapping[str, str], *, bootstrap: int = 1000, seed: int
) -> pd.DataFrame:
    """Agreement of coders on stretches of text and on their codes, all codes together.

    Parameters
    ----------
    documents : name -> text; the continuum is every character of those that two or more coders
        coded in. A coder who coded nothing in a document is missing there, not in disagreement.
    bootstrap : number of resamples of documents for the 95% percentile interval.

    Returns
    -------
    DataFrame
        One row per coefficient: `coefficient, documents, coders, stretches, coverage, alpha, low,
        high, note`. `alpha_u`: lengths and places of stretches (2004); `u`: codes and gaps,
        character by character; `binary` (|u): coded or not; `cu`: codes where coders both coded
        something. `coverage` is the share of the text a coefficient speaks about.

    Raises
    ------
    ValueError
        If a coding has no position or lies outside its document.

    Notes
    -----
    Krippendorff 2004 (Quality & Quantity 38: 787-800) and Krippendorff, Mathet, Bouvry and
    Widlöcher 2016 (50: 2347-2364). Where codes of one coder overlap, the value is the set of codes.
    Documents are not joined: a gap ends with its document. Checked against the examples of 1995 and
    2004 and of Content Analysis (2019, fig. 12.11) as others have reprinted them, and against a
    computation character by character. With three coders the published `binary` .413 and `cu`
    .724 were met within .002 only: where that figure cuts its stretches could not be seen.
    """
    codes = sorted(coding["code"].unique())
    texts = continua(coding, documents, codes)
    parts: dict[str, Part]
    if not texts:
        nothing: Part = (None, np.nan, _why_empty(coding))
        parts = dict.fromkeys(["alpha_u", "u", "binary", "cu"], nothing)
    else:
        parts = _overall(texts) | {
            "alpha_u": (alpha_u(texts, range(len(codes))), 1.0, NOTES["same"])
        }
        parts = {name: parts[name] for name in ("alpha_u", "u", "binary", "cu")}
    return _table(texts, sum(len(text.marked) for text in texts), parts, bootstrap, seed)


def unitising_by_code(
    coding: pd.DataFrame,
    documents: Mapping[str, str],
    codes: Sequence[str],
    *,
    bootstrap: int = 1000,
    seed: int,
) -> pd.DataFrame:
    """Agreement on the stretches of every code; parameters, errors and sources as in `unitising`.

    Returns
    -------
    DataFrame
        One row per code and coefficient: `code` and the columns of `unitising`. `alpha_u` as
        there; `u`: this code or not, character by character; `ku` ((k)u): this code or another,
        only where coders both coded something.
    """
    every = sorted({*codes, *coding["code"].unique()})
    texts = continua(coding, documents, every)
    tables = []
    for code in codes:
        at = every.index(code)
        n = sum(int((text.marked[:, 1] == at).sum()) for text in texts)
        parts: dict[str, Part]
        if not n:
            why = NOTES["unused"] if texts else _why_empty(coding)
            nothing: Part = (None, np.nan, why)
            parts = dict.fromkeys(["alpha_u", "u", "ku"], nothing)
        else:
            lengths: Part = (alpha_u(texts, [at]), 1.0, NOTES["same"])
            parts = {"alpha_u": lengths} | _of_code(texts, at)
        tables.append(_table(texts, n, parts, bootstrap, seed).assign(code=code))
    if not tables:
        return pd.DataFrame(columns=["code", *COLUMNS])
    return pd.concat(tables, ignore_index=True)[["code", *COLUMNS]]


def _why_empty(coding: pd.DataFrame) -> str:
    return NOTES["alone" if coding["coder"].nunique() < 2 else "apart"]


def _table(
    texts: list[Continuum], stretches: int, parts: Mapping[str, Part], times: int, seed: int
) -> pd.DataFrame:
    """One row per coefficient from its computation, coverage and the reason it may be undefined."""
    rng = np.random.default_rng(seed)
    n = len(texts)
    drawn = rng.multinomial(n, np.full(n, 1 / n), size=times) if n > 1 and times else None
    rows = []
    for name, (alphas, coverage, missing) in parts.items():
        row: dict = {"coefficient": name, "documents": n, "stretches": stretches}
        row["coders"] = max((text.coders for text in texts), default=0)
        row |= {"coverage": coverage, "alpha": np.nan, "low": np.nan, "high": np.nan}
        row["alpha"] = float(alphas(np.ones((1, n)))[0]) if alphas else np.nan
        row["note"] = missing if np.isnan(row["alpha"]) else NOTES["single"] if n == 1 else ""
        if alphas and drawn is not None and not np.isnan(row["alpha"]):
            found = alphas(drawn.astype(float))
            defined = found[~np.isnan(found)]
            row["low"], row["high"] = (
                np.quantile(defined, [0.025, 0.975]) if len(defined) else (np.nan, np.nan)
            )
            undefined = len(found) - len(defined)
            row["note"] = NOTES["loose"].format(n=undefined, of=times) if undefined else ""
        rows.append(row)
    return pd.DataFrame(rows, columns=COLUMNS)


def _overall(texts: list[Continuum]) -> dict[str, Part]:
    """u, |u and cu over sets of codes, each as a function of how often every document is drawn."""
    sets: dict[bytes, int] = {bytes(len(texts[0].given[0, 0])): 0}
    sums = []
    for text in texts:
        keys = [
            [sets.setdefault(piece.tobytes(), len(sets)) for piece in row] for row in text.given
        ]
        sums.append((np.array(keys), own_pieces(text)))
    per_text = [
        _set_sums(text, keys, pieces, len(sets))
        for text, (keys, pieces) in zip(texts, sums, strict=True)
    ]
    one, every, both = (np.stack([sums[i] for sums in per_text]) for i in range(3))

    def u(drawn: np.ndarray) -> np.ndarray:
        agreed, _, _, squares, _ = (drawn @ one).T
        margins = drawn @ every
        return _alpha(agreed, margins, squares + margins[:, 0])

    def binary(drawn: np.ndarray) -> np.ndarray:
        _, coded, empty, squares, _ = (drawn @ one).T
        margins = drawn @ every
        two = np.column_stack([margins[:, 0], margins[:, 1:].sum(axis=1)])
        return _alpha(coded + empty, two, squares + margins[:, 0])

    def cu(drawn: np.ndarray) -> np.ndarray:
        agreed, _, empty, _, shared = (drawn @ one).T
        return _alpha(agreed - empty, drawn @ both, shared)

    met = float(both.sum() / every.sum())
    missing = NOTES["one" if met else "disjoint"]
    return {
        "u": (u, 1.0, NOTES["same"]),
        "binary": (binary, 1.0, NOTES["same"]),
        "cu": (cu, met, missing),
    }


def _alpha(agreed: np.ndarray, margins: np.ndarray, selves: np.ndarray) -> np.ndarray:
    """Alpha from agreeing length, lengths per value, and the squares no unit shares with itself."""
    n = margins.sum(axis=1)
    expected = n * (n**2 - (margins**2).sum(axis=1))
    possible = n**2 - selves
    expected = np.divide(expected, possible, out=np.zeros_like(n), where=possible > 0)
    return one_minus(n - agreed, expected, n)


def _set_sums(
    text: Continuum, keys: np.ndarray, pieces: np.ndarray, sets: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of one document: five sums, length per value, length per value where another coder coded."""
    others = text.coders - 1
    width = text.widths.astype(float)
    agreed = sum((((keys == row).sum(axis=0) - 1) * width).sum() for row in keys) / others
    coded = (keys > 0).sum(axis=0)
    blank = text.coders - coded
    both_coded = (width * coded * (coded - 1)).sum() / others
    both_blank = (width * blank * (blank - 1)).sum() / others
    squares = float(((pieces[:, 2] - pieces[:, 1]) ** 2).sum())
    shared = squared_overlaps(text, pieces)
    every = np.sum([np.bincount(row, width, sets) for row in keys], axis=0)
    met = width * (coded - 1) / others
    both = np.sum([np.bincount(row, met * (row > 0), sets) for row in keys], axis=0)
    return np.array([agreed, both_coded, both_blank, squares, shared]), every, both


def _of_code(texts: list[Continuum], code: int) -> dict[str, Part]:
    """u and (k)u of one code as functions of how often every document is drawn."""
    one = np.array([_code_sums(text, code) for text in texts])

    def u(drawn: np.ndarray) -> np.ndarray:
        given, both, blank, squares, *_, n = (drawn @ one).T
        return _alpha(both + blank, np.column_stack([n - given, given]), squares + n - given)

    def ku(drawn: np.ndarray) -> np.ndarray:
        _, both, _, _, shared, met, all_met, _ = (drawn @ one).T
        # The expected coincidences of 2016, eq. 13b; their common denominator cancels.
        expected = met**2 * (all_met - met)
        observed = (met * all_met - shared) * (met - both)
        return one_minus(observed, expected, all_met**3)

    total = one.sum(axis=0)
    missing = NOTES["one" if total[5] else "disjoint"]
    coverage = float(total[5] / total[0])
    return {"u": (u, 1.0, NOTES["same"]), "ku": (ku, coverage, missing)}


def _code_sums(text: Continuum, code: int) -> list[float]:
    """Lengths of one document: given, by both, by neither; squares; met by other coders; whole."""
    others = text.coders - 1
    width = text.widths.astype(float)
    on = text.given[:, :, code].sum(axis=0)
    off = text.coders - on
    coded = text.given.any(axis=2).sum(axis=0)
    rows = text.marked[text.marked[:, 1] == code][:, [0, 2, 3]]
    return [
        (width * on).sum(),
        (width * on * (on - 1)).sum() / others,
        (width * off * (off - 1)).sum() / others,
        float(((rows[:, 2] - rows[:, 1]) ** 2).sum()),
        squared_overlaps(text, rows),
        (width * on * np.maximum(coded - 1, 0)).sum() / others,
        (width * coded * np.maximum(coded - 1, 0)).sum() / others,
        float(text.length * text.coders),
    ]
