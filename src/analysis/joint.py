"""Where numbers and words meet: what the ratings of a centre or curator say beside what practitioners say, by a stated rule.

The rule is data; other joint displays are in `joint_themes`, `joint_cases`, `joint_waves` and `meta`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pandas as pd

from analysis.readers import Project
from analysis.study import Study
from analysis.voices import branches, chosen_quotes, heard

MARGIN = 0.05
CENTRE, CURATOR = "centre", "curator"
UNMEASURED, SILENT = "not measured", "silent"
RULE = {
    ("improved", "more strengths"): "confirms",
    ("improved", "more barriers"): "discords",
    ("improved", "balanced"): "expands",
    ("worsened", "more strengths"): "discords",
    ("worsened", "more barriers"): "confirms",
    ("worsened", "balanced"): "expands",
    ("inconclusive", "more strengths"): "expands",
    ("inconclusive", "more barriers"): "expands",
    ("inconclusive", "balanced"): "expands",
}
PASSAGE = ["quote_id", "document", "quote", "translation", "marked"]


def rule() -> pd.DataFrame:
    """The rule as a reader sees it: `numbers, words, relation`. Numbers that settle nothing confirm nothing."""
    return pd.DataFrame(
        [(*pair, relation) for pair, relation in RULE.items()],
        columns=["numbers", "words", "relation"],
    )


def numbers_say(low: float, high: float) -> str:
    """What an interval of improvement says (positive is better): improved, worsened, or inconclusive.

    A missing interval of a known value is inconclusive; a missing value is not asked here, it is `UNMEASURED`.
    """
    if low > 0:
        return "improved"
    return "worsened" if high < 0 else "inconclusive"


def words_say(strengths: float, barriers: float, margin: float = MARGIN) -> str:
    """What a centre's interviews say, from the shares of possible mentions of strengths and of barriers (0 to 1)."""
    if strengths == barriers == 0:
        return "nothing"
    if round(abs(strengths - barriers), 9) <= margin:  # 0.55 - 0.50 is a little over 0.05
        return "balanced"
    return "more strengths" if strengths > barriers else "more barriers"


def sides(study: Study, project: Project) -> dict[str, list[str]]:
    """Codes of the two branches that the study declares: `more strengths` and `more barriers` -> codes.

    A side that is not declared has no codes; then nothing is heard of it.

    Raises
    ------
    ValueError
        When a declared branch is not in the codebook, naming what is.
    """
    known = branches(project)
    declared = study.interviews
    names = (declared.strengths, declared.barriers) if declared else ("", "")
    for name in names:
        if name and name not in known:
            there = ", ".join(branch for branch in known if branch) or "none"
            raise ValueError(
                f"study.toml, [interviews]: the codebook has no branch {name!r}; its branches are: {there}."
            )
    return {
        side: known[name] if name else []
        for side, name in zip(("more strengths", "more barriers"), names, strict=True)
    }


def spoken_of(study: Study, project: Project, flat_name: str = "") -> dict[str, list[str]]:
    """Branch -> codes: the two branches the study declares, under their names in the codebook, or all branches when it declares neither."""
    declared = study.interviews
    names = (declared.strengths, declared.barriers) if declared else ("", "")
    found = dict(zip(names, sides(study, project).values(), strict=True))
    found.pop("", None)
    return found or branches(project, flat_name)


def heard_in(coding: pd.DataFrame, interviews: pd.DataFrame, unit: str = CENTRE) -> pd.DataFrame:
    """Which codes every coder heard in which interview, and whose interview it is.

    Returns
    -------
    DataFrame
        `unit, document, code`; interviews that name no centre (or curator) are left out, all of them when the table of
        interviews has no such column.
    """
    known = placed(interviews, unit)
    table = heard(coding).query("all_coders")
    table = table.assign(unit=table["document"].map(known)).dropna(subset="unit")
    return table[["unit", "document", "code"]].reset_index(drop=True)


def placed(interviews: pd.DataFrame, unit: str = CENTRE) -> pd.Series:
    """The centre (or curator) of each interview by its name; without those that name none."""
    if unit not in interviews:
        return pd.Series(dtype=object, name=unit)
    named = interviews[interviews[unit].notna() & interviews[unit].astype(str).ne("")]
    return named.set_index("interview")[unit].astype(object)


def side_by_side(
    improvement: pd.DataFrame,
    coding: pd.DataFrame,
    interviews: pd.DataFrame,
    strengths: Sequence[str],
    barriers: Sequence[str],
    unit: str = CENTRE,
) -> pd.DataFrame:
    """The ratings' result of every centre (or curator), the practitioners' themes, and the relation of the two.

    Parameters
    ----------
    improvement : one row per unit with the column `unit`, `value, low, high, n`; positive is better for families.
    coding, interviews : the coders' codings; the table that says which centre or curator an interview belongs to.
    strengths, barriers : codes counted on either side. A theme counts once per interview, and only when every coder heard it.
    unit : "centre" or "curator".

    Returns
    -------
    DataFrame
        The column `unit`, `n, value, low, high, numbers, interviews, strengths, barriers` (shares of possible mentions: codes
        heard over codes times interviews), `words` and `relation`: confirms, discords, expands, or silent where nothing was heard
        or the value is missing (`numbers` is then "not measured").

    Notes
    -----
    Shares, because there are more strengths than barriers to mention. A mention says that a theme was talked about, not that it
    was praised. `RULE`: improving numbers beside more strengths confirm each other, beside more barriers they discord; a balance
    within `MARGIN`, and numbers that settle nothing, leave it to the words to add (expands).
    """
    table, place = heard_in(coding, interviews, unit), placed(interviews, unit)
    rows = []
    for row in improvement.to_dict("records"):
        here = table.loc[table["unit"].eq(row[unit]), "code"]
        counted = int(place.eq(row[unit]).sum())
        good = here.isin(strengths).sum() / max(len(strengths) * counted, 1)
        bad = here.isin(barriers).sum() / max(len(barriers) * counted, 1)
        said = numbers_say(row["low"], row["high"])
        numbers = UNMEASURED if pd.isna(row["value"]) else said
        words = words_say(good, bad)
        rows.append(
            {k: row[k] for k in (unit, "n", "value", "low", "high")}
            | {"numbers": numbers, "interviews": counted, "strengths": good, "barriers": bad}
            | {"words": words, "relation": RULE.get((numbers, words), SILENT)}
        )
    columns = [unit, "n", "value", "low", "high", "numbers", "interviews", "strengths", "barriers"]
    return pd.DataFrame(rows, columns=[*columns, "words", "relation"])


def drawn(display: pd.DataFrame, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """The display of centres as `figures.dots` wants it; the label tells what the words say and the relation.

    `names` are a reader's words for both.
    """
    words, relation = (display[c].replace(dict(names or {})) for c in ("words", "relation"))
    label = display["centre"] + ": " + words + " (" + relation + ")"
    return display.assign(label=label)[["label", "value", "low", "high", "n"]]


def loudest(table: pd.DataFrame, codes: Collection[str]) -> str:
    """The code heard in most interviews (of `heard_in`), the first in the order given among equals; "" when none was."""
    counts = {code: int(table["code"].eq(code).sum()) for code in codes}
    best = max(counts.values(), default=0)
    return next((code for code, count in counts.items() if count == best), "") if best else ""


def passages(
    study: Study, project: Project, documents: Collection[str], codes: Sequence[str], limit: int
) -> pd.DataFrame:
    """Cleared passages under any of the codes in these interviews, in the order of the codes (see `voices.chosen_quotes`).

    Returns
    -------
    DataFrame
        `quote_id, document, quote, translation, marked`, each passage once; `limit` per code.
    """
    coding = project.coding[project.coding["document"].isin(list(documents))]
    here = replace(project, coding=coding)
    said = set(coding["code"])
    parts = [chosen_quotes(study, here, code, limit) for code in codes if code in said]
    if not parts:
        return pd.DataFrame(columns=PASSAGE)
    return pd.concat(parts, ignore_index=True).drop_duplicates("quote_id", ignore_index=True)


def in_a_cell(passage: pd.Series) -> str:
    """A passage as the text of one cell: words, translation, place, marks."""
    translated = f" / {passage['translation']}" if passage["translation"] else ""
    return f"{passage['quote']}{translated} [{passage['quote_id']}; {passage['marked']}]"


def beside(
    study: Study,
    project: Project,
    display: pd.DataFrame,
    interviews: pd.DataFrame,
    codes: Mapping[str, Sequence[str]],
) -> pd.DataFrame:
    """The display of centres with `theme` and `passage`: what is heard most on the side that speaks, and a cleared quote of it.

    `codes` are the two `sides`; where they balance, both count. Empty where nothing was heard; no passage where the centre of a
    speaker must not be told (`may_be_placed`).
    """
    table, themes, texts = heard_in(project.coding, interviews), [], []
    both = [code for side in codes.values() for code in side]
    for row in display.to_dict("records"):
        here = table[table["unit"].eq(row["centre"])]
        themes.append(loudest(here, codes.get(row["words"], both)))
        names = set(here.loc[here["code"].eq(themes[-1]), "document"])
        told = names if may_be_placed(study, row["interviews"]) else set()
        found = passages(study, project, told, [themes[-1]], 1)
        texts.append(in_a_cell(found.iloc[0]) if len(found) else "")
    return display.assign(theme=themes, passage=texts)


def may_be_placed(study: Study, interviews: int) -> bool:
    """Whether passages may stand under the name of a centre: in real records only where enough people of it spoke."""
    return study.synthetic or interviews >= study.minimum_cell


def discordant_quotes(
    study: Study,
    project: Project,
    display: pd.DataFrame,
    interviews: pd.DataFrame,
    codes: Mapping[str, Sequence[str]],
    limit: int,
) -> dict[str, pd.DataFrame]:
    """Passages from the centres where numbers and words discord, by centre; at most three each.

    `codes` are the two `sides`; passages come from the one that the centre's interviews speak of more, and only under codes
    that every coder heard there. Centres whose speakers must not be told (`may_be_placed`) have none.
    """
    chosen = {}
    table = heard_in(project.coding, interviews)
    for row in display[display["relation"].eq("discords")].to_dict("records"):
        here = table[table["unit"].eq(row["centre"])]
        names = placed(interviews).loc[lambda place, name=row["centre"]: place.eq(name)].index
        if not may_be_placed(study, len(names)):
            continue
        said = [code for code in codes[row["words"]] if code in set(here["code"])]
        heading = f"{row['centre']}: {row['words']}, numbers {row['numbers']}"
        chosen[heading] = passages(study, project, names, said, limit).head(3)
    return chosen
