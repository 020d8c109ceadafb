"""Printed figures against each other and against words: texts that differ, claims that do not fit.

Whether a figure is possible at all is the business of `audit`.
"""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations
from typing import Any

import pandas as pd

from analysis.printed import printed_share

TOLERANCE: dict[str, int] = {"about": 5, "almost": 5, "slightly-less-than": 5, "exactly": 1}
COMPARED = ("source", "place", "statement", "n", "percent")
PAIR = [f"{end}_{name}" for name in COMPARED for end in ("first", "second")]
PAIR += ["difference", "same_text", "verdict"]


def between_texts(frame: pd.DataFrame) -> pd.DataFrame:
    """Pairs of figures that different sources print for the same statement.

    Same `survey, question, group` and `statement`, different `source`. Returns one row per pair
    with the ids `first, second` in printed order. Statements worded differently are not found:
    add them by hand, with the pairs inside one text, before asking for `disagreements`.
    """
    rows = []
    for _, part in frame.groupby(["survey", "question", "group", "statement"], sort=False):
        for first, second in combinations(part.to_dict("records"), 2):
            if first["source"] != second["source"]:
                rows.append((first["id"], second["id"]))
    return pd.DataFrame(rows, columns=["first", "second"])


def compare(frame: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """Two printed figures on one fact beside each other, one row per pair.

    Parameters
    ----------
    frame
        Columns `id, source, place, statement, n, percent`.
    pairs
        Columns `first, second`: ids of figures that ought to be the same, between texts or within
        one; further columns are kept.

    Returns
    -------
    DataFrame
        `pairs` and `first_source`, `second_source`, the same for `place`, `statement`, `n` and
        `percent`; `difference` (second minus first, percentage points), `same_text`, and
        `verdict`: agree (same number), agree within rounding (one share can be printed as both),
        or disagree.

    Raises
    ------
    ValueError
        Naming the ids of `pairs` that `frame` does not have.
    """
    wanted = pd.concat([pairs["first"], pairs["second"]])
    unknown = sorted(set(wanted) - set(frame["id"]))
    if unknown:
        raise ValueError(
            f"the pairs name {', '.join(unknown)}; expected ids of the table of percentages"
        )
    figures = frame.set_index("id").to_dict("index")
    rows = [
        _pair(figures[first], figures[second])
        for first, second in zip(pairs["first"], pairs["second"], strict=True)
    ]
    return pd.concat([pairs, pd.DataFrame(rows, index=pairs.index, columns=PAIR)], axis=1)


def disagreements(frame: pd.DataFrame, pairs: pd.DataFrame) -> pd.DataFrame:
    """The rows of `compare` that no rounding reconciles."""
    compared = compare(frame, pairs)
    return compared[compared["verdict"].eq("disagree")].reset_index(drop=True)


def verbal_claims(
    verbal: pd.DataFrame, percentages: pd.DataFrame, tolerance: dict[str, int] | None = None
) -> pd.DataFrame:
    """Whether each claim in words fits the figure beside it.

    With t the fraction named (numerator / denominator, in percent) and p any share that is printed
    as the figure, the declared rule is, tolerance in percentage points:

    - almost, slightly-less-than: t - 5 <= p < t
    - more-than: p > t
    - about: t - 5 <= p <= t + 5
    - exactly: t - 1 <= p <= t + 1 ("every tenth" beside 10.3 % is fair speech)

    The rule is lenient: a claim contradicts only if no p fits. The tolerances are a convention,
    declared here; pass `tolerance` to see whether a verdict hangs on it.

    Parameters
    ----------
    verbal
        `published.read_verbal`; `percentage` is the id of the figure, or empty.
    percentages
        Columns `id, percent`.

    Returns
    -------
    DataFrame
        `verbal` and: `percent`, `target` (t), `distance` (figure minus t, percentage points),
        `tolerance` (missing for more-than), `rule` and `verdict`: fits, contradicts, no figure.
    """
    allowed = TOLERANCE | (tolerance or {})
    printed = dict(zip(percentages["id"], percentages["percent"], strict=True))
    rows = [
        _claim(relation, Fraction(100 * int(top), int(bottom)), printed.get(identifier), allowed)
        for relation, top, bottom, identifier in zip(
            *(verbal[name] for name in ("relation", "numerator", "denominator", "percentage")),
            strict=True,
        )
    ]
    found = pd.DataFrame(rows, index=verbal.index)
    return pd.concat([verbal, found.astype({"tolerance": "Int64"})], axis=1)


def _pair(first: dict[Any, Any], second: dict[Any, Any]) -> dict[str, Any]:
    (a, half_a), (b, half_b) = printed_share(first["percent"]), printed_share(second["percent"])
    verdict = "agree" if a == b else "disagree"
    if a != b and abs(a - b) <= half_a + half_b:
        verdict = "agree within rounding"
    row: dict[str, Any] = {}
    for name in COMPARED:
        row |= {f"first_{name}": first[name], f"second_{name}": second[name]}
    same_text = first["source"] == second["source"]
    return row | {"difference": float(b - a), "same_text": same_text, "verdict": verdict}


def _claim(
    relation: str, target: Fraction, percent: str | None, allowed: dict[str, int]
) -> dict[str, Any]:
    band = Fraction(allowed.get(relation, 0))
    rules = {
        "almost": f"t - {band} <= p < t",
        "slightly-less-than": f"t - {band} <= p < t",
        "more-than": "p > t",
        "about": f"t - {band} <= p <= t + {band}",
        "exactly": f"t - {band} <= p <= t + {band}",
    }
    if relation not in rules:
        raise ValueError(f"relation {relation!r}: expected one of {list(rules)}")
    row: dict[str, Any] = {
        "percent": percent,
        "target": float(target),
        "distance": float("nan"),
        "tolerance": allowed.get(relation, pd.NA),
        "rule": rules[relation],
        "verdict": "no figure",
    }
    if percent is None:
        return row
    share, half = printed_share(percent)
    at_least = share + half >= target - band
    fits = {
        "almost": at_least and share - half < target,
        "slightly-less-than": at_least and share - half < target,
        "more-than": share + half > target,
        "about": at_least and share - half <= target + band,
        "exactly": at_least and share - half <= target + band,
    }
    verdict = "fits" if fits[relation] else "contradicts"
    return row | {"distance": float(share - target), "verdict": verdict}
