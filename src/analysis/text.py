"""Words of interviews with nltk and razdel, offline: nothing here needs a download.

Tokens, sentences, stems, concordance, collocations, frequencies, keyness. The stop lists
(`words/stop_ru.txt`, `words/stop_en.txt`) are our own: function words only, negations kept in.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from razdel import sentenize

# nltk's own word_tokenize needs data; wordpunct splits "кейс-менеджер" and "don't".
WORDS = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
if TYPE_CHECKING:
    from nltk.stem.snowball import SnowballStemmer

ENGLISH_END = re.compile(r"[.!?…]+[\"'”’)\]]*\s+(?=[\"'“‘(\[]?[A-Z0-9])")
ENGLISH_SHORT = re.compile(r"(?:\b(?:Mr|Mrs|Ms|Dr|Prof|St|vs|e\.g|i\.e|etc|No|[A-Z]))\.\s+$")
LANGUAGES = {"ru": "russian", "en": "english"}


def tokens(text: str) -> list[str]:
    """Words in lower case, hyphens and apostrophes kept inside; no numbers, no punctuation."""
    return [word.lower().replace("’", "'") for word in WORDS.findall(text)]


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Start and end (exclusive) of every sentence; a line end always ends one.

    razdel where most letters are Cyrillic, otherwise a simple rule for English.
    """
    cyrillic = len(re.findall(r"[А-Яа-яЁё]", text))
    russian = cyrillic > len(re.findall(r"[A-Za-z]", text))
    spans = []
    for line in re.finditer(r"[^\n]+", text):
        for start, end in _russian(line[0]) if russian else _english(line[0]):
            part = line[0][start:end]
            if part.strip():
                left = line.start() + start + len(part) - len(part.lstrip())
                spans.append((left, left + len(part.strip())))
    return spans


def sentences(text: str) -> list[str]:
    """The sentences of a text; see `sentence_spans`."""
    return [text[start:end] for start, end in sentence_spans(text)]


def _russian(line: str) -> list[tuple[int, int]]:
    return [(found.start, found.stop) for found in sentenize(line)]


def _english(line: str) -> list[tuple[int, int]]:
    ends = [
        m.end() for m in ENGLISH_END.finditer(line) if not ENGLISH_SHORT.search(line[: m.end()])
    ]
    return list(zip([0, *ends], [*ends, len(line)], strict=True))


def stems(words: Iterable[str], language: str = "ru") -> list[str]:
    """Snowball stems of words, one for one; `language` is "ru" or "en"."""
    return [_stem(word, language) for word in words]


@lru_cache(maxsize=200_000)
def _stem(word: str, language: str) -> str:
    return _stemmer(language).stem(word)


@lru_cache
def _stemmer(language: str) -> "SnowballStemmer":
    if language not in LANGUAGES:
        raise ValueError(f"language is {language!r}; it must be one of {', '.join(LANGUAGES)}.")
    from nltk.stem.snowball import SnowballStemmer  # nltk takes a second to load

    return SnowballStemmer(LANGUAGES[language])


@lru_cache
def stop_words(language: str = "ru") -> frozenset[str]:
    """Function words that say nothing about a topic, with е for ё; negations are not among them."""
    if language not in LANGUAGES:
        raise ValueError(f"language is {language!r}; it must be one of {', '.join(LANGUAGES)}.")
    lines = (files("analysis") / "words" / f"stop_{language}.txt").read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line.strip() and not line.startswith("#"))


def concordance(
    documents: Mapping[str, str], word: str, language: str = "ru", width: int = 60
) -> pd.DataFrame:
    """Every form of a word with the text around it.

    nltk's `Text.concordance` finds one surface form only, too few for Russian.

    Returns
    -------
    DataFrame
        `document, start, end, left, keyword, right`; the sides have up to `width` characters.
    """
    wanted = _stem(word.lower(), language)
    rows = [
        (name, a, b, text[max(0, a - width) : a], text[a:b], text[b : b + width])
        for name, text in documents.items()
        for a, b in (word.span() for word in WORDS.finditer(text))
        if _stem(text[a:b].lower(), language) == wanted
    ]
    return pd.DataFrame(rows, columns=["document", "start", "end", "left", "keyword", "right"])


def collocations(
    documents: Mapping[str, str], language: str = "ru", minimum: int = 3
) -> pd.DataFrame:
    """Pairs of neighbouring words that occur together more often than chance.

    Neighbours within a sentence, by stem, pairs with a stop word left out.

    Returns
    -------
    DataFrame
        `first, second` (stems), `n, log_likelihood, pmi`; most likely first. `minimum` is the
        least n. Measures by nltk (Dunning 1993; Church & Hanks 1990).
    """
    parts = [stems(tokens(s), language) for text in documents.values() for s in sentences(text)]
    from nltk.collocations import BigramAssocMeasures, BigramCollocationFinder

    finder = BigramCollocationFinder.from_documents(parts)
    dropped = set(stems(stop_words(language), language))
    finder.apply_word_filter(lambda stem: stem in dropped)
    finder.apply_freq_filter(minimum)
    measures = BigramAssocMeasures()
    pmi = dict(finder.score_ngrams(measures.pmi))
    rows = [
        (*pair, finder.ngram_fd[pair], score, pmi[pair])
        for pair, score in finder.score_ngrams(measures.likelihood_ratio)
    ]
    return pd.DataFrame(rows, columns=["first", "second", "n", "log_likelihood", "pmi"])


def word_frequencies(documents: Mapping[str, str], language: str = "ru") -> pd.DataFrame:
    """Stems without stop words: how often, in how many documents, how evenly.

    Returns
    -------
    DataFrame
        `stem, word` (its commonest form), `n, per_thousand` (of all words), `documents`,
        `dispersion` (Gries's DP, 2008: 0 spread like the text itself, near 1 in one place only).
    """
    words = {name: tokens(text) for name, text in documents.items()}
    sizes = np.array([len(part) for part in words.values()], dtype=float)
    counts = [Counter(stems(part, language)) for part in words.values()]
    forms: dict[str, Counter[str]] = {}
    for word, n in Counter(word for part in words.values() for word in part).items():
        if word.replace("ё", "е") not in stop_words(language):
            forms.setdefault(_stem(word, language), Counter())[word] = n
    rows = []
    for stem, shapes in forms.items():
        n = sum(shapes.values())
        each = np.array([count[stem] for count in counts], dtype=float)
        dispersion = np.abs(each / each.sum() - sizes / sizes.sum()).sum() / 2
        word = min(shapes, key=lambda form: (-shapes[form], form))
        rows.append((stem, word, n, 1000 * n / sizes.sum(), int((each > 0).sum()), dispersion))
    columns = ["stem", "word", "n", "per_thousand", "documents", "dispersion"]
    table = pd.DataFrame(rows, columns=columns)
    return table.sort_values(["n", "stem"], ascending=[False, True], ignore_index=True)


def keyness(
    documents: Mapping[str, str], reference: Mapping[str, str], language: str = "ru"
) -> pd.DataFrame:
    """Words that set one group of documents apart from another.

    Returns
    -------
    DataFrame
        `stem, word, n, n_reference, documents, documents_reference, log_likelihood` (Rayson &
        Garside 2000), `log_ratio` (Hardie 2014: log2 of the relative frequencies, 0.5 for a count
        of 0; 1 means twice as frequent). Strongest first.

    Notes
    -----
    No p values: words of one speaker are not independent. Look at `documents` first.
    """
    sizes = [sum(len(tokens(text)) for text in group.values()) for group in (documents, reference)]
    if not all(sizes):
        raise ValueError("Both groups must contain words.")
    a, b = (word_frequencies(group, language) for group in (documents, reference))
    table = a.merge(b, on="stem", how="outer", suffixes=("", "_reference"))
    table["word"] = table["word"].fillna(table["word_reference"])
    counts = ["n", "n_reference", "documents", "documents_reference"]
    table[counts] = table[counts].fillna(0).astype(int)
    seen = table[["n", "n_reference"]].to_numpy(dtype=float)
    expected = np.outer(seen.sum(axis=1), np.array(sizes) / sum(sizes))
    terms = seen * np.log(np.where(seen > 0, seen, 1) / expected)
    table["log_likelihood"] = 2 * np.where(seen > 0, terms, 0).sum(axis=1)
    rates = np.where(seen > 0, seen, 0.5) / np.array(sizes)
    table["log_ratio"] = np.log2(rates[:, 0] / rates[:, 1])
    columns = ["stem", "word", *counts, "log_likelihood", "log_ratio"]
    order = ["log_likelihood", "stem"]
    return table[columns].sort_values(order, ascending=[False, True], ignore_index=True)
