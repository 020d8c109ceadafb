"""Where a selection really starts: the tools' ways of counting characters, told apart by evidence.

Tools count in code points, UTF-16 units or bytes, with or without a byte order mark, with a line
end as one or two, with the end inside or outside. The standard does not settle it and real files
differ, so a rule is checked on the text itself. No files are read here.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import pandas as pd

ENOUGH = 20  # below this many distinct starts one careless selection would outvote the rule
FARTHEST = 2**53  # no position reaches it; below it whole numbers are exact in every tool
LIMIT = 0.95  # the right rule reached .997 to 1.0 on real NVivo projects, wrong ones .11 to .25

# What XML 1.0 cannot hold; in a quote kept as a name it stands as a blank.
CONTROL = re.compile("[^\\t\\n\\r -\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")


@dataclass(frozen=True)
class Rule:
    """One way of counting: unit, byte order mark counted, units per CRLF, end inclusive, first."""

    unit: str = "code point"
    bom: bool = False
    crlf: int = 1
    inclusive: bool = False
    first: int = 0

    def __str__(self) -> str:
        return (
            f"{self.unit}s from {self.first}, byte order mark {'' if self.bom else 'not '}counted, "
            f"CRLF as {self.crlf}, end {'inclusive' if self.inclusive else 'exclusive'}"
        )


@dataclass(frozen=True)
class Evidence:
    """How one rule fits one source: shares of clean starts, clean ends and matching quotes."""

    start: float
    end: float
    quote: float
    n: int


RULES = [
    Rule(unit, bom, crlf, inclusive)
    for inclusive, bom, unit, crlf in product(
        [False, True], [False, True], ["code point", "UTF-16 unit"], [1, 2]
    )
]
NVIVO = Rule(unit="UTF-16 unit", crlf=2)
KNOWN = {"nvivo": NVIVO, "atlas.ti": Rule(), "qualcoder": Rule(), "casework-evaluation": Rule()}


def known_rule(origin: str) -> Rule | None:
    """The rule a writer is known to follow, by the name it gives itself, or None."""
    return next((rule for name, rule in KNOWN.items() if name in origin.lower()), None)


def normalise(text: str) -> str:
    """Text without a byte order mark and with LF line ends: what all positions refer to."""
    return text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")


def convert(
    text: str, starts: Sequence[int], ends: Sequence[int], rule: Rule
) -> tuple[np.ndarray, np.ndarray]:
    """Positions counted by `rule` in the stored text, as positions in `normalise(text)`.

    Parameters
    ----------
    text : the text as stored, byte order mark and CRLF still in it.
    starts, ends : positions as the tool wrote them.
    rule : how the tool counted.

    Returns
    -------
    (starts, ends) : int64 arrays, code points, end exclusive; -1 where a position lies outside
        the text or inside one character.
    """
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype("int64")
    first_of_crlf = np.zeros(len(points), dtype=bool)
    first_of_crlf[:-1] = (points[:-1] == 13) & (points[1:] == 10)
    mark = np.zeros(len(points), dtype=bool)
    mark[:1] = points[:1] == 0xFEFF
    width = np.ones(len(points), dtype="int64")
    if rule.unit == "UTF-16 unit":
        width += points > 0xFFFF
    elif rule.unit == "UTF-8 byte":
        width += (points > 0x7F).astype(int) + (points > 0x7FF) + (points > 0xFFFF)
    width[first_of_crlf] = rule.crlf - 1
    width[mark] = width[mark] if rule.bom else 0
    counted = np.concatenate([[0], width.cumsum()])
    clean = np.concatenate([[0], (~(first_of_crlf | mark)).cumsum()])

    def place(positions: np.ndarray) -> np.ndarray:
        at = np.searchsorted(counted, positions).clip(max=len(counted) - 1)
        return np.where(counted[at] == positions, clean[at], -1)

    shift = rule.first - int(rule.inclusive)
    return (
        place(np.asarray(starts, dtype="int64") - rule.first),
        place(np.asarray(ends, dtype="int64") - shift),
    )


def evidence(text: str, selections: pd.DataFrame, rule: Rule) -> Evidence:
    """How well `rule` fits the selections of one source.

    Parameters
    ----------
    text : the text as stored.
    selections : columns `start`, `end` (as written) and `name` (a stored quote, or anything).

    Returns
    -------
    Evidence
        A start is clean if a non-blank stands there and no word character before it; an end is
        clean if no word runs over it and no blank stands before it (a line end may). `quote` is
        the share of named selections whose text is the name (or begins so, where cut by "…").
        Shares are NaN where there is nothing to judge.
    """
    return _evidence(text, selections, [rule])[rule]


def _evidence(text: str, selections: pd.DataFrame, rules: Sequence[Rule]) -> dict[Rule, Evidence]:
    drawn = selections.drop_duplicates(["start", "end"])
    plain = normalise(text)
    names = [_squeeze(name) for name in drawn["name"]]
    positions = drawn["start"].tolist(), drawn["end"].tolist()
    seen: dict[bytes, Evidence] = {}
    found = {}
    for rule in rules:
        starts, ends = convert(text, *positions, rule)
        # Most texts have no mark, no CRLF, no emoji: there many rules place everything alike.
        key = starts.tobytes() + ends.tobytes()
        if key not in seen:
            seen[key] = _judge(plain, starts.tolist(), ends.tolist(), names)
        found[rule] = seen[key]
    return found


def _judge(plain: str, starts: list[int], ends: list[int], names: list[str]) -> Evidence:
    clean_start = [_starts_word(plain, s) for s in starts]
    clean_end = [_ends_word(plain, e) for e in ends]
    named = [
        _is_quote(plain[s:e] if min(s, e) >= 0 else "", name)
        for s, e, name in zip(starts, ends, names, strict=True)
        if name
    ]
    return Evidence(_share(clean_start), _share(clean_end), _share(named), len(starts))


def detect(
    sources: Mapping[str, tuple[str, pd.DataFrame]], origin: str = ""
) -> dict[str, tuple[Rule, Evidence, str]]:
    """The offset rule of every source, checked, with the reason for it.

    Parameters
    ----------
    sources : name -> (text as stored, selections as in `evidence`).
    origin : the program that wrote the file, as it names itself.

    Returns
    -------
    dict
        name -> (rule, evidence for it, sentence). The writer's known rule is kept where it fits; otherwise the
        best one. A source with fewer than `ENOUGH` selections takes the rule of the whole file.

    Raises
    ------
    ValueError
        If there are enough selections to judge and no rule puts `LIMIT` of the starts on the
        beginning of a word (or of the stored quotes in place); names the rules tried.
    """
    known = known_rule(origin)
    scores = {
        name: _evidence(text, drawn, RULES) for name, (text, drawn) in sources.items() if len(drawn)
    }
    whole = {rule: _pooled([found[rule] for found in scores.values()]) for rule in RULES}
    common = _choose("all sources together", whole, known) if scores else (known or Rule())
    nothing = Evidence(float("nan"), float("nan"), float("nan"), 0)
    result = dict.fromkeys(sources, (common, nothing, "no selections: nothing to judge"))
    for name in scores:
        enough = scores[name][common].n >= ENOUGH
        rule = _choose(f"source {name!r}", scores[name], known or common) if enough else common
        found = scores[name][rule]
        result[name] = (rule, found, _sentence(rule, found, known))
    return result


def _choose(where: str, scores: dict[Rule, Evidence], preferred: Rule | None) -> Rule:
    best = max(scores, key=lambda rule: _rank(scores[rule]))
    # An inclusive end has never been seen in a REFI file: it must be clearly better to win.
    outside = Rule(best.unit, best.bom, best.crlf)
    better_quotes = scores[best].quote > scores[outside].quote
    if best.inclusive and not better_quotes and scores[best].end - scores[outside].end < 0.1:
        best = outside
    n = scores[best].n
    if _fits(scores[best]) < LIMIT and n >= ENOUGH:
        tried = "; ".join(f"{rule}: {_fits(found):.2f}" for rule, found in scores.items())
        raise ValueError(
            f"Offset rule of {where}: none of the known ways of counting characters puts {LIMIT:.0%}"
            f" of its {n} selections on the beginning of a word, so every quote might be wrong. "
            f"Export the project again from its own tool. Tried (share of clean starts): {tried}."
        )
    if preferred is None:
        return best
    quoted = scores[best].quote >= LIMIT > scores[preferred].quote
    # Five clean starts by chance under a wrong rule have odds of about .25 ** 5.
    beaten = n >= 5 and _fits(scores[best]) >= LIMIT and _fits(scores[preferred]) < 0.6
    keeps = _fits(scores[preferred]) >= LIMIT or (n < ENOUGH and not beaten)
    return preferred if keeps and not quoted else best


def _fits(found: Evidence) -> float:
    return max(found.start, found.quote) if found.quote >= LIMIT else found.start


def _rank(found: Evidence) -> tuple[float, ...]:
    quote = found.quote if found.quote >= 0.5 else 0.0  # names need not be quotes
    return (quote, round(found.start, 6), round(found.end, 6))


def _pooled(parts: list[Evidence]) -> Evidence:
    n = sum(part.n for part in parts)

    def mean(values: list[float]) -> float:
        pairs = [(v, p.n) for v, p in zip(values, parts, strict=True) if v == v]
        total = sum(w for _, w in pairs)
        return sum(v * w for v, w in pairs) / total if total else float("nan")

    return Evidence(
        mean([p.start for p in parts]),
        mean([p.end for p in parts]),
        mean([p.quote for p in parts]),
        n,
    )


def _sentence(rule: Rule, found: Evidence, known: Rule | None) -> str:
    origin = "the writer's known rule" if rule == known else "found by evidence"
    few = f"; only {found.n} selections, too few to judge alone" if found.n < ENOUGH else ""
    quotes = f", stored quotes in place {found.quote:.3f}" if found.quote == found.quote else ""
    edges = f"clean starts {found.start:.3f}, clean ends {found.end:.3f}"
    return f"{rule}; {origin}; {edges}{quotes}{few}"


def _starts_word(text: str, at: int) -> bool:
    if not 0 <= at < len(text) or text[at].isspace():
        return False
    return at == 0 or not (text[at - 1].isalnum() or text[at - 1] == "_")


def _ends_word(text: str, at: int) -> bool:
    if not 0 < at <= len(text) or (text[at - 1].isspace() and text[at - 1] != "\n"):
        return False
    return text[at - 1] == "\n" or at == len(text) or not text[at].isalnum()


def _squeeze(text: str) -> str:
    return re.sub(r"\s+", " ", CONTROL.sub(" ", text or "")).strip()


def _is_quote(quote: str, name: str) -> bool:
    """Whether a quote is the name, which is squeezed already."""
    quote = _squeeze(quote)
    if name.endswith("…"):
        return len(name) > 1 and quote.startswith(name[:-1])
    return quote == name


def _share(values: list[bool]) -> float:
    return sum(values) / len(values) if values else float("nan")
