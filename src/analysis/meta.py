"""Theory-linked display: each proposition with its number, its themes, the relation of the two, and the inference from both.

Relation and inference are made by rule; the words of the inference come from the catalogue of the language.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import pandas as pd

from analysis.joint import in_a_cell, loudest, numbers_say, passages, words_say
from analysis.propositions import DIRECTIONS
from analysis.readers import Project
from analysis.study import Study
from analysis.voices import heard
from analysis.wording import number

AS_EXPECTED, OTHER_WAY, UNSETTLED, UNMEASURED = (
    "as expected",
    "the other way",
    "unsettled",
    "not measured",
)
FOR, AGAINST, BOTH, NOBODY, NO_CODE = (
    "speak for",
    "speak against",
    "speak both ways",
    "nobody",
    "no code",
)
SILENT = "silent"
THEORY = [
    *("id", "statement", "status", "measure", "label", "n", "value", "low", "high", "numbers"),
    *("words", "theme", "heard", "heard_any", "interviews", "relation"),
]
RULE = {
    (AS_EXPECTED, FOR): "confirms",
    (AS_EXPECTED, AGAINST): "discords",
    (AS_EXPECTED, BOTH): "expands",
    (OTHER_WAY, FOR): "discords",
    (OTHER_WAY, AGAINST): "confirms",
    (OTHER_WAY, BOTH): "expands",
    (UNSETTLED, FOR): "expands",
    (UNSETTLED, AGAINST): "expands",
    (UNSETTLED, BOTH): "expands",
}
SIDES = {"more strengths": FOR, "more barriers": AGAINST, "balanced": BOTH, "nothing": NOBODY}


def rule() -> pd.DataFrame:
    """The rule as a reader sees it: `numbers, words, relation`. Whatever is not in it is silent: one source says nothing."""
    rows = [(*pair, relation) for pair, relation in RULE.items()]
    silent = [(UNMEASURED, "any", SILENT), ("any", f"{NOBODY} / {NO_CODE}", SILENT)]
    return pd.DataFrame([*rows, *silent], columns=["numbers", "words", "relation"])


def numbers_for(expects: str, value: float, low: float, high: float) -> str:
    """What a result says of a proposition: as expected, the other way, unsettled (the interval holds 0 or is missing), or not measured.

    `expects` is a key of `propositions.DIRECTIONS`.
    """
    if pd.isna(value):
        return UNMEASURED
    ends = (low, high) if DIRECTIONS[expects] > 0 else (-high, -low)
    said = {"improved": AS_EXPECTED, "worsened": OTHER_WAY, "inconclusive": UNSETTLED}
    return said[numbers_say(*ends)]


def theory(
    propositions: pd.DataFrame,
    results: pd.DataFrame,
    coding: pd.DataFrame,
    interviews: Collection[str],
    codes: Collection[str],
) -> pd.DataFrame:
    """Each proposition with what numbers and words say of it.

    Parameters
    ----------
    propositions : from `propositions.propositions`.  results : `measure, label, n, value, low, high` (`joint_measures.results`).
    interviews : names of all interviews.  codes : all codes of the codebook.

    Returns
    -------
    DataFrame
        `id, statement, status, measure, label, n, value, low, high, numbers, words, theme` (of the side that speaks, heard in most
        interviews; of both when balanced), `heard, heard_any` (interviews in which every coder, any coder heard it),
        `interviews, relation`.

    Notes
    -----
    A side speaks by its share of possible mentions, codes heard by every coder over codes times interviews, and sides within
    `joint.MARGIN` speak both ways, as in `joint.side_by_side`.
    """
    table = heard(coding)
    table = table[table["document"].isin(list(interviews))]
    every, total = table[table["all_coders"]], len(interviews)
    known = results.set_index("measure")
    rows = []
    for entry in propositions.to_dict("records"):
        row = {name: entry[name] for name in ("id", "statement", "status", "measure")}
        row |= _number(known, entry)
        sides = [
            [c for c in entry[f"speaking_{side}"] if c in codes] for side in ("for", "against")
        ]
        row |= _words(every, sides, total)
        any_coder = int(table["code"].eq(row["theme"]).sum()) if row["theme"] else 0
        row |= {"heard_any": any_coder, "interviews": total}
        rows.append(row | {"relation": RULE.get((row["numbers"], row["words"]), SILENT)})
    return pd.DataFrame(rows, columns=THEORY)


def _number(known: pd.DataFrame, entry: Mapping[Any, Any]) -> dict[str, Any]:
    found = dict.fromkeys(["n", "value", "low", "high"], float("nan"))
    label = ""
    if entry["measure"] in known.index:
        row = known.loc[entry["measure"]]
        label, found = row["label"], {name: float(row[name]) for name in found}
    said = numbers_for(entry["expects"], found["value"], found["low"], found["high"])
    return {"label": label} | found | {"numbers": said}


def _words(every: pd.DataFrame, sides: list[list[str]], total: int) -> dict[str, Any]:
    """What the words say, from the codes for and against that the codebook has."""
    if not any(sides):
        return {"words": NO_CODE, "theme": "", "heard": 0}
    shares = [every["code"].isin(side).sum() / max(len(side) * total, 1) for side in sides]
    said = SIDES[words_say(*shares)]
    speaking = {FOR: sides[0], AGAINST: sides[1], BOTH: [*sides[0], *sides[1]]}.get(said, [])
    theme = loudest(every, speaking)
    count = int(every["code"].eq(theme).sum()) if theme else 0
    return {"words": said, "theme": theme, "heard": count}


def inferences(table: pd.DataFrame, words: Mapping[str, Any]) -> list[str]:
    """One sentence or two per row of `theory`, put together from the catalogue's parts by numbers, words and relation."""
    parts = words["joint"]
    sentences = []
    for row in table.to_dict("records"):
        told = {name: number(row[name], 2, words) for name in ("value", "low", "high")}
        told |= {"n": number(row["n"], 0, words), "theme": row["theme"]}
        told |= {name: str(row[name]) for name in ("heard", "interviews")}
        said = {side: parts[side][row[side]].format(**told) for side in ("numbers", "words")}
        sentences.append(parts["relation"][row["relation"]].format(**said))
    return sentences


def with_passages(study: Study, project: Project, table: pd.DataFrame) -> pd.DataFrame:
    """`theory` with `passage`: one cleared quote of the row's theme, its translation, place and how many coders marked it so.

    Taken from interviews in which every coder heard the theme; "" where there is no theme.
    """
    every = heard(project.coding).query("all_coders")
    texts = []
    for theme in table["theme"]:
        names = set(every.loc[every["code"].eq(theme), "document"])
        found = passages(study, project, names, [theme], 1) if names else None
        texts.append(in_a_cell(found.iloc[0]) if found is not None and len(found) else "")
    return table.assign(passage=texts)


def relations(table: pd.DataFrame) -> pd.DataFrame:
    """How often each relation occurs, also those that do not: `relation, count, n`."""
    names = ["confirms", "expands", "discords", SILENT]
    counts = [int(table["relation"].eq(name).sum()) for name in names]
    return pd.DataFrame({"relation": names, "count": counts, "n": len(table)})
