"""Where numbers and words meet: what the ratings of a centre say beside what its practitioners say, related by a stated rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pandas as pd

from analysis.readers import Project
from analysis.study import Study
from analysis.voices import chosen_quotes, codes_of, heard

MARGIN = 0.05
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


def rule() -> pd.DataFrame:
    """The rule as a reader sees it: `numbers, words, relation`. Numbers that settle nothing confirm nothing."""
    return pd.DataFrame(
        [(*pair, relation) for pair, relation in RULE.items()],
        columns=["numbers", "words", "relation"],
    )


def numbers_say(low: float, high: float) -> str:
    """What an interval of improvement says (positive is better): improved, worsened, or inconclusive."""
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


def by_centre(
    improvement: pd.DataFrame,
    coding: pd.DataFrame,
    interviews: pd.DataFrame,
    strengths: Sequence[str],
    barriers: Sequence[str],
) -> pd.DataFrame:
    """Joint display by centre: the ratings' result, the practitioners' themes, and the relation of the two.

    Parameters
    ----------
    improvement : one row per centre with `centre, value, low, high, n`; positive is better for families.
    coding, interviews : the coders' codings; the table that says which centre an interview belongs to.
    strengths, barriers : codes counted on either side. A theme counts once per interview, and only when every coder heard it.

    Returns
    -------
    DataFrame
        `centre, n, value, low, high, numbers, interviews, strengths, barriers` (shares of possible mentions: codes heard over
        codes times interviews), `words` and `relation`: confirms, discords, expands, or silent where nothing was heard.

    Notes
    -----
    Shares, because there are more strengths than barriers to mention. A mention says that a theme was talked about, not that it
    was praised. `RULE`: improving numbers beside more strengths confirm each other, beside more barriers they discord; a balance
    within `MARGIN`, and numbers that settle nothing, leave it to the words to add (expands).
    """
    table = (
        heard(coding)
        .query("all_coders")
        .merge(interviews, left_on="document", right_on="interview")
    )
    rows = []
    for row in improvement.to_dict("records"):
        here = table.loc[table["centre"] == row["centre"], "code"]
        counted = int(interviews["centre"].eq(row["centre"]).sum())
        good = here.isin(strengths).sum() / max(len(strengths) * counted, 1)
        bad = here.isin(barriers).sum() / max(len(barriers) * counted, 1)
        numbers, words = numbers_say(row["low"], row["high"]), words_say(good, bad)
        rows.append(
            {k: row[k] for k in ("centre", "n", "value", "low", "high")}
            | {"numbers": numbers, "interviews": counted, "strengths": good, "barriers": bad}
            | {"words": words, "relation": RULE.get((numbers, words), "silent")}
        )
    return pd.DataFrame(rows)


def drawn(display: pd.DataFrame) -> pd.DataFrame:
    """The display as `figures.dots` wants it; the label tells what the words say and the relation."""
    label = display["centre"] + ": " + display["words"] + " (" + display["relation"] + ")"
    return display.assign(label=label)[["label", "value", "low", "high", "n"]]


def discordant_quotes(
    study: Study, project: Project, display: pd.DataFrame, interviews: pd.DataFrame, limit: int
) -> dict[str, pd.DataFrame]:
    """Passages from the centres where numbers and words discord, by centre; see `voices.chosen_quotes`.

    Taken from the branch of the codebook that the centre's interviews speak of more.
    """
    branch = {"more strengths": "Success components", "more barriers": "Barriers"}
    chosen = {}
    for row in display[display["relation"].eq("discords")].to_dict("records"):
        names = interviews.loc[interviews["centre"].eq(row["centre"]), "interview"]
        here = replace(project, coding=project.coding[project.coding["document"].isin(names)])
        codes = heard(here.coding).query("all_coders")["code"].unique()
        parts = [
            chosen_quotes(study, here, code, limit)
            for code in codes_of(project, branch[row["words"]])
            if code in codes
        ]
        chosen[f"{row['centre']}: {row['words']}, numbers {row['numbers']}"] = (
            pd.concat(parts).drop_duplicates("quote_id").head(3)
        )
    return chosen
