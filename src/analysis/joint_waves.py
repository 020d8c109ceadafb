"""Longitudinal display: scores at each wave beside what practitioners say about the beginning, the middle and the end of the work.

Interviews are held once; a passage is placed in the work by words in it, a rule that a reader can see and that is often silent.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import pandas as pd

from analysis.joint import words_say
from analysis.propositions import PHASES
from analysis.readers import Project
from analysis.spans import PLACE
from analysis.study import Study
from analysis.voices import chosen_quotes

SILENT = "silent"
FEWEST = 3
Words = Mapping[str, Sequence[str]]


def phase_of(text: str, words: Words) -> str:
    """The one phase whose words a text holds, "" for none; "several" for more than one.

    A word counts where a word of the text begins with it; capitals and the dots of ё do not matter.
    """
    plain = _folded(text)
    found = [
        phase
        for phase, beginnings in words.items()
        if any(re.search(rf"(?<!\w){re.escape(_folded(word))}", plain) for word in beginnings)
    ]
    return found[0] if len(found) == 1 else "several" if found else ""


def _folded(text: str) -> str:
    return text.lower().replace("ё", "е")


def placed_passages(coding: pd.DataFrame, words: Words) -> pd.DataFrame:
    """Coded passages, each once whoever marked it, with their phase: `document, start, end, quote, codes, phase`.

    `codes` is a tuple in alphabetical order. A passage without a place in its text is told from others by its words.
    """
    words_of = coding["quote"].where(coding["start"].isna(), "").rename("words")
    found = coding.groupby([*PLACE, words_of], sort=True, dropna=False).agg(
        quote=("quote", "first"), codes=("code", lambda given: tuple(sorted(set(given))))
    )
    found = found.reset_index().drop(columns="words")
    phases = [phase_of(quote, words) for quote in found["quote"]]
    return found.assign(phase=pd.Series(phases, dtype=object))


def phase_of_wave(waves: Sequence[str]) -> dict[str, str]:
    """Wave -> phase: the first is the beginning, the last the end, those between the middle."""
    last = len(waves) - 1
    return {
        wave: PHASES[0] if place == 0 else PHASES[2] if place == last else PHASES[1]
        for place, wave in enumerate(waves)
    }


def by_wave(
    means: pd.DataFrame,
    placed: pd.DataFrame,
    strengths: Sequence[str],
    barriers: Sequence[str],
    waves: Sequence[str],
    fewest: int = FEWEST,
) -> pd.DataFrame:
    """Mean score at each wave beside the passages that speak of that phase of the work.

    Parameters
    ----------
    means : one scale: `wave, n, mean, low, high` (`description.means`).  placed : from `placed_passages`.
    fewest : interviews that must have a passage on the phase; with fewer the words are silent.

    Returns
    -------
    DataFrame
        One row per wave: `wave, mean, low, high, n, phase, documents` (interviews with a passage), `passages, strengths_count, barriers_count` (passages
        under a code of that side) and `words`: more strengths, more barriers, balanced (`joint.words_say` on their shares of the passages),
        nothing (neither), or silent. Waves between first and last share the words of the middle.
    """
    phases = phase_of_wave(waves)
    scores = means.assign(wave=means["wave"].astype(str)).set_index("wave")
    rows = []
    for wave in waves:
        here = placed[placed["phase"].eq(phases[wave])]
        good, bad = (
            int(sum(bool(set(codes) & set(side)) for codes in here["codes"]))
            for side in (strengths, barriers)
        )
        row = {"wave": wave} | {
            name: scores.loc[wave, name] if wave in scores.index else float("nan")
            for name in ("mean", "low", "high", "n")
        }
        count = int(here["document"].nunique())
        said = SILENT if count < max(fewest, 1) else words_say(good / len(here), bad / len(here))
        row |= {"phase": phases[wave], "documents": count, "passages": len(here)}
        rows.append(row | {"strengths_count": good, "barriers_count": bad, "words": said})
    return pd.DataFrame(rows)


def phase_words(words: Words) -> pd.DataFrame:
    """The words of the rule as a reader sees them: `phase, words`."""
    return pd.DataFrame(
        [(phase, ", ".join(words[phase]) or "–") for phase in words], columns=["phase", "words"]
    )


def phase_quotes(
    study: Study,
    project: Project,
    placed: pd.DataFrame,
    codes: Sequence[str],
    limit: int,
) -> dict[str, pd.DataFrame]:
    """Cleared passages of each phase under the codes given, first codes first, at most `limit` per phase and one per interview.

    Phases without any are left out.
    """
    chosen = {}
    for phase in PHASES if limit else ():
        here = placed[placed["phase"].eq(phase)]
        said = {code for given in here["codes"] for code in given}
        found = pd.DataFrame({"document": []}, dtype="str")
        for code in [code for code in codes if code in said]:
            if len(found) < limit:
                more = chosen_quotes(study, project, code, limit, here[PLACE])
                found = pd.concat([found, more], ignore_index=True).drop_duplicates("document")
        if len(found):
            chosen[phase] = found.head(limit).reset_index(drop=True)
    return chosen
