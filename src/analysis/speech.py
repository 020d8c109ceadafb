"""What respondents say, apart from what interviewers ask; and the words that set one group of them apart."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from analysis.disclosure import mask, read_allow, read_mask
from analysis.identifiers import scan
from analysis.lemmas import lemmas
from analysis.study import Study
from analysis.text import concordance, keyness, tokens
from analysis.turns import turns

NEGATIONS = ("не", "нет", "ни", "no", "not", "nor")
WITHHELD = "[…]"


def spoken(documents: Mapping[str, str], respondent: str) -> dict[str, str]:
    """The respondents' turns of each document, each from a line of its own, without their marks.

    A turn begins with a mark such as “Р:” or “Р2:” and goes on until the next mark of anybody, see `turns`. Without a mark
    (`respondent` empty) all is theirs.

    Raises
    ------
    ValueError
        Naming documents in which no turn carries the mark: their words would be lost in silence.
    """
    if not respondent:
        return dict(documents)
    said = {
        name: "\n".join(
            text[turn.words : turn.end]
            for turn in turns(text, respondent)
            if turn.mark == respondent
        )
        for name, text in documents.items()
    }
    silent = [name for name, text in said.items() if not text.strip()]
    if silent:
        raise ValueError(
            f"No turn begins with {respondent!r}: in {', '.join(silent)}; see [interviews] respondent in study.toml."
        )
    return said


def two_groups(study: Study, interviews: pd.DataFrame, said: Mapping[str, str]) -> str:
    """The first declared variable that divides the interviews into exactly two groups with words in both; "" when none does."""
    spoken_in = interviews[
        interviews["interview"].map(lambda name: bool(tokens(said.get(name, ""))))
    ]
    declared = study.interviews.variables if study.interviews else ()
    return next((name for name in declared if _groups(spoken_in, name)), "")


def _groups(interviews: pd.DataFrame, variable: str) -> list[str]:
    """Its two values in order of the alphabet; none when there are not exactly two. Interviews that name no value do not count."""
    values = sorted(str(value) for value in interviews[variable].unique() if value)
    return values if len(values) == 2 else []


def distinguishing(
    said: Mapping[str, str], interviews: pd.DataFrame, variable: str, language: str, documents: int
) -> pd.DataFrame:
    """Words that one group uses more than the other, heard in at least `documents` interviews of the group that prefers them.

    `interviews` has `interview` and `variable` with two values; positive log ratios belong to the first in order of the alphabet. A
    group of fewer interviews than `documents` is asked for all of its own. Columns as `text.keyness`, and `group`, the group that
    prefers the word. Without a variable (""), no row.

    Raises
    ------
    ValueError
        When the variable does not have exactly two values.
    """
    if not variable:
        columns = ("stem", "word", "n", "n_reference", "documents", "documents_reference")
        return pd.DataFrame(columns=[*columns, "log_likelihood", "log_ratio", "group"])
    groups = _groups(interviews, variable)
    if not groups:
        count = interviews[variable].nunique()
        raise ValueError(
            f"{variable} has {count} values; words are compared between exactly two groups."
        )
    names = [set(interviews.loc[interviews[variable].eq(group), "interview"]) for group in groups]
    parts = [{name: text for name, text in said.items() if name in chosen} for chosen in names]
    table = keyness(parts[0], parts[1], language)
    first = table["log_ratio"].gt(0)
    heard_in = table["documents"].where(first, table["documents_reference"])
    needed = first.map({True: min(documents, len(parts[0])), False: min(documents, len(parts[1]))})
    return table.assign(group=first.map({True: groups[0], False: groups[1]}))[
        heard_in.ge(needed)
    ].reset_index(drop=True)


def typical(setting: pd.DataFrame, reason: str) -> str:
    """The word most typical of each group of `distinguishing`, as text; the `reason` where there is none."""
    strongest = setting.drop_duplicates("group").sort_values("group")
    told = [f"{group}: «{word}»" for group, word in strongest[["group", "word"]].to_numpy()]
    return "; ".join(told) or reason


def commonest(frequent: pd.DataFrame) -> pd.Series:
    """The most frequent word of `text.word_frequencies` that is no negation; the stop list keeps those on purpose.

    Where nothing but function words was said, an empty word said 0 times.
    """
    words = frequent[~frequent["word"].isin(NEGATIONS)]
    return words.iloc[0] if len(words) else pd.Series({"word": "", "n": 0})


def in_context(study: Study, said: Mapping[str, str], keyword: str) -> pd.DataFrame:
    """A word in all its forms with the words around it: `document, left, keyword, right`.

    Forms share a stem and a dictionary form: the stem alone would take «семь» (seven) for «семья» (family). Where something beside the
    word looks like an identifier, neither masked nor allowed in the study folder, the line keeps its place and shows `WITHHELD`.
    """
    language = study.interviews.language if study.interviews else "ru"
    masked = mask(pd.DataFrame(said.items(), columns=["document", "text"]), read_mask(study.folder))
    lines = concordance(
        dict(zip(masked["document"], masked["text"], strict=True)), keyword, language
    )
    if lines.empty:
        return lines[["document", "left", "keyword", "right"]]
    wanted = lemmas([keyword.lower()], language)[0]
    lines = lines[[form == wanted for form in lemmas(lines["keyword"].str.lower(), language)]]
    whole = lines.assign(text=lines["left"] + lines["keyword"] + lines["right"])[
        ["document", "text"]
    ]
    hits = scan(whole, allow=list(read_allow(study.folder)["word"]))
    lines.loc[lines.index.isin(hits["row"]), ["left", "right"]] = WITHHELD
    return lines[["document", "left", "keyword", "right"]].reset_index(drop=True)
