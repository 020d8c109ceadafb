"""One thing spelt two ways: capitals, blanks, letters that look alike, a letter that slipped.

Each different text is looked at once, however many rows it stands in.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from analysis.contract import TABLES
from analysis.printed import one_line, shown
from analysis.problem import MAX_KEPT, Problem
from analysis.record_sheets import Sheet
from analysis.study_parts import Study

MOST_NAMES = 300  # beyond so many different names no pairs are compared letter by letter
RARE = 3  # a slip stands in a third of the rows of the usual spelling at most
CODED = ("family", "curator", "supervisor", "interview", "document")
# Ordered by other means, or running text.
NOT_KINDS = ("wave", "side", "after", "quote", "translation")
KINDS = dict.fromkeys(
    column.name
    for table in TABLES.values()
    for column in table.columns
    if column.kind == "text" and column.name not in NOT_KINDS
)
LOOKALIKES = str.maketrans("авекмнорстухёіѕј–—−‐", "abekmhopctyxеisj----")
_NOT_SPELLING = re.compile(r"[\"'«»“”„]+|(?<!\d)[\s.]+|[\s.]+(?!\d)")  # 1.1 and 11 are two


def spelt_twice(study: Study, sheet: Sheet) -> Iterator[Problem]:
    """Ids, places and kinds in every column of text that seem to be one thing under two spellings."""
    for name in (name for name in columns_told(study) if name in sheet.frame):
        yield from _in_column(sheet, name)


def columns_told(study: Study) -> list[str]:
    """Every column of ids and kinds that a table of the study may have, by its standard name."""
    items = {item for scale in study.scales for item in scale.items}
    asked = study.interviews.variables if study.interviews else ()
    names = dict.fromkeys(("interview", *KINDS, *asked))
    return [name for name in names if name not in items and name not in NOT_KINDS]


def _in_column(sheet: Sheet, name: str) -> Iterator[Problem]:
    cells = sheet.frame[name]
    counts = {str(text): int(n) for text, n in cells.value_counts().items() if n}
    for rare, usual in pairs_of(counts, name)[:MAX_KEPT]:
        at, before = (int((cells == text).to_numpy().argmax()) for text in (rare, usual))
        if counts[rare] == counts[usual] and at < before:
            (rare, usual), at = (usual, rare), before
        row = int(cells.index[at])
        said = f"{shown(rare)} is nearly {shown(usual)}; the same {name} spelt two ways?"
        mend = f"if they are the same, write {usual!r} everywhere."
        column = sheet.theirs.get(name, name)
        value = one_line(rare)[:200]
        yield Problem(
            sheet.file, said, row, column, value, usual, mend, "warning", f"{name} spelt twice"
        )


def pairs_of(counts: Mapping[str, int], name: str) -> list[tuple[str, str]]:
    """The doubtful spelling and the usual one, of texts with their numbers, the most frequent first.

    In ids no letter slips, for F11 and F12 are two, but O may stand for 0. Among centres every slip is
    said, elsewhere only that of a rare spelling: "house" and "horse" may both be meant.
    """
    texts = sorted(counts, key=lambda text: -counts[text])
    if name in CODED:
        return twins(texts, zeros=True)
    slipped = slips(texts)
    if name != "centre":
        slipped = [pair for pair in slipped if RARE * counts[pair[0]] <= counts[pair[1]]]
    return list(dict.fromkeys([*twins(texts), *slipped]))


def twins(
    texts: Iterable[str], one_letter: bool = False, zeros: bool = False
) -> list[tuple[str, str]]:
    """Pairs of texts that are the same but for spelling, the one that comes later first.

    Blanks, quotation marks, full stops, capitals, ё for е and Cyrillic letters that look like Latin
    ones do not count; with `zeros` neither does O for 0. With `one_letter` also those of `slips`.
    """
    seen: dict[str, str] = {}
    pairs = []
    for text in texts:
        heard = spelling(text)
        first = seen.setdefault(heard.replace("o", "0") if zeros else heard, text)
        if first != text:
            pairs.append((text, first))
    return pairs + slips(seen.values()) if one_letter else pairs


def slips(texts: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs of texts with a letter missing, added, another or in its neighbour's place.

    Inside a word of four letters or more: "Centre A" and "Centre B" are two centres, "Northern" and
    "Nothern" one. None of more than `MOST_NAMES` texts.
    """
    different = list({spelling(text): text for text in reversed(list(texts))}.values())[::-1]
    if len(different) > MOST_NAMES:
        return []
    words = [text.split() for text in different]
    return [
        (other, one)
        for at, one in enumerate(different)
        for place, other in enumerate(different[at + 1 :], at + 1)
        if len(words[at]) == len(words[place]) and _one_letter(words[at], words[place])
    ]


def spelling(text: str) -> str:
    """A text as it would be heard: no blanks and capitals, letters that look alike made one."""
    return _NOT_SPELLING.sub("", text.casefold().replace("ё", "е")).translate(LOOKALIKES)


def _one_letter(words: list[str], others: list[str]) -> bool:
    odd = [(a, b) for a, b in zip(words, others, strict=True) if a.casefold() != b.casefold()]
    if len(odd) != 1 or any(_numbered(word) for word in odd[0]):
        return False
    a, b = sorted((word.casefold() for word in odd[0]), key=len)
    if len(a) < 4 or not (a.isalpha() and b.isalpha()) or len(b) - len(a) > 1:
        return False
    same = next((n for n, pair in enumerate(zip(a, b, strict=False)) if pair[0] != pair[1]), len(a))
    swapped = len(a) == len(b) and a[same : same + 2] == b[same : same + 2][::-1]
    return a[same + (len(a) == len(b)) :] == b[same + 1 :] or (
        swapped and a[same + 2 :] == b[same + 2 :]
    )


def _numbered(word: str) -> bool:
    """`itemA`: a capital behind small letters tells things apart as a number does."""
    return len(word) > 1 and word[-1].isupper() and word[-2].islower()
