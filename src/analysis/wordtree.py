"""Word trees: how a word or phrase is continued, branch by branch.

Words are counted by stem, within the sentence. Single passages with a word are in
`text.concordance`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

import pandas as pd

from analysis.text import WORDS, sentence_spans, stems, tokens

SIDES = ("left", "right")
COLUMNS = ["branch", "parent", "depth", "stem", "phrase", "n", "share", "documents"]
Sentence = tuple[str, list[str], list[str]]


def occurrences(documents: Mapping[str, str], phrase: str, language: str = "ru") -> pd.DataFrame:
    """Every place where a word or phrase stands, in any of its forms, with the rest of its sentence.

    Returns
    -------
    DataFrame
        `document, start, end, keyword, left, right` (what the sentence says before and after).

    Raises
    ------
    ValueError
        If there is no word in `phrase`, or the language is unknown.
    """
    wanted = _wanted(phrase, language)
    rows = []
    for document, text in documents.items():
        for begin, stop in sentence_spans(text):
            sentence = text[begin:stop]
            places = [word.span() for word in WORDS.finditer(sentence)]
            found = stems(tokens(sentence), language)
            for at in _matches(found, wanted):
                start, end = places[at][0], places[at + len(wanted) - 1][1]
                row = (document, begin + start, begin + end, sentence[start:end])
                rows.append((*row, sentence[:start].strip(), sentence[end:].strip()))
    columns = ["document", "start", "end", "keyword", "left", "right"]
    return pd.DataFrame(rows, columns=columns)


def branches(
    documents: Mapping[str, str],
    phrase: str,
    language: str = "ru",
    side: str = "right",
    depth: int = 3,
    minimum: int = 1,
) -> pd.DataFrame:
    """The words after (or before) a phrase, as a tree.

    Parameters
    ----------
    side : "right" (what follows) or "left" (what goes before, the nearest word first).
    depth : words from the phrase at most.
    minimum : the least n of a branch; rarer ones are left out with all that grows on them.

    Returns
    -------
    DataFrame
        Branches before their own branches, commoner ones first: `branch` (stems from the phrase
        outwards, joined by a blank), `parent` ("" at the phrase), `depth, stem`, `phrase`
        (the commonest wording of the whole branch, in reading order), `n`, `share` (of the parent's
        n; what is missing to 1 ended there or is rarer than `minimum`), `documents`.

    Raises
    ------
    ValueError
        If there is no word in `phrase`, or `side`, `language`, `depth` or `minimum` is none of those.

    Notes
    -----
    After the word tree of Wattenberg & Viegas (2008), by stem instead of by surface form.
    """
    if side not in SIDES:
        raise ValueError(f"side is {side!r}; it must be left or right.")
    if depth < 1 or minimum < 1:
        raise ValueError(f"depth {depth} and minimum {minimum}: both must be 1 or more.")
    found = _continuations(documents, _wanted(phrase, language), language, side)
    cut = [(name, roots[:depth], words[:depth]) for name, roots, words in found]
    return pd.DataFrame(_grown(cut, (), side, minimum), columns=COLUMNS)


def _wanted(phrase: str, language: str) -> list[str]:
    wanted = stems(tokens(phrase), language)
    if not wanted:
        raise ValueError(f"There is no word in {phrase!r}.")
    return wanted


def _matches(found: list[str], wanted: list[str]) -> list[int]:
    return [
        at for at in range(len(found) - len(wanted) + 1) if found[at : at + len(wanted)] == wanted
    ]


def _continuations(
    documents: Mapping[str, str], wanted: list[str], language: str, side: str
) -> list[Sentence]:
    """Of every occurrence: document, and stems and words from the phrase outwards."""
    result = []
    for document, text in documents.items():
        for begin, stop in sentence_spans(text):
            words = tokens(text[begin:stop])
            roots = stems(words, language)
            for at in _matches(roots, wanted):
                after = slice(at + len(wanted), None)
                before = slice(at - 1, None, -1) if at else slice(0, 0)
                part = after if side == "right" else before
                result.append((document, roots[part], words[part]))
    return result


def _grown(
    found: list[Sentence], path: tuple[str, ...], side: str, minimum: int
) -> list[tuple[str, str, int, str, str, int, float, int]]:
    """Rows of all branches that grow from `path`; `found` are the occurrences that follow it."""
    here = len(path)
    longer: dict[str, list[Sentence]] = {}
    for one in found:
        if len(one[1]) > here:
            longer.setdefault(one[1][here], []).append(one)
    rows = []
    for stem, part in sorted(longer.items(), key=lambda item: (-len(item[1]), item[0])):
        if len(part) < minimum:
            continue
        branch = (*path, stem)
        wordings = Counter(" ".join(_reading(words[: here + 1], side)) for _, _, words in part)
        phrase = min(wordings, key=lambda wording: (-wordings[wording], wording))
        names = len({document for document, _, _ in part})
        row = (" ".join(branch), " ".join(path), here + 1, stem, phrase)
        rows.append((*row, len(part), len(part) / len(found), names))
        rows += _grown(part, branch, side, minimum)
    return rows


def _reading(words: list[str], side: str) -> list[str]:
    return words if side == "right" else words[::-1]
