"""Which parts a study has: what its chapters can be made of, from the declaration and a look at the tables."""

from __future__ import annotations

import pandas as pd

from analysis.association import association
from analysis.comparison import main_scale
from analysis.contract import TABLES
from analysis.measures import summated, wide_scores
from analysis.records import has, load_interviews, load_monitoring
from analysis.scales import scores
from analysis.study import Study
from analysis.voices import read_coders
from analysis.waves import pairs

FEWEST_CENTRES, FEWEST_PAIRS, FEWEST_ITEMS = 2, 3, 3
MOST_ROWS = 20_000  # looked at, where a few rows tell as much as all
PARTS = (
    *("monitoring", "scores", "items", "pairs", "risk", "dates", "centres", "interviews"),
    *("texts", "coders", "interviews_by_centre", *TABLES),
)


def parts_of(study: Study) -> frozenset[str]:
    """Names of the parts that a study has, out of `PARTS`.

    `scores`: a main scale on which at least `FEWEST_PAIRS` families have a score at the first and the last of two waves or more; `items`: a
    scale of `FEWEST_ITEMS` items, fewer say nothing about consistency, that can be judged at the first wave; `pairs`: two things that correlate there; `risk`: levels of at least
    `FEWEST_PAIRS` families at both ends; `centres`: at least `FEWEST_CENTRES` with such scores or levels; `texts`: what was said in interviews;
    `coders`: a text on which two coders worked; `interviews_by_centre`: interviews that name a centre of the records. A table of
    `contract.TABLES` is a part under its name.

    Raises
    ------
    StudyError
        When a table cannot be read.
    """
    found = {name for name in TABLES if has(study, name)}
    centres: set[str] = set()
    if study.has_monitoring:
        monitoring = load_monitoring(study)
        centres = set(monitoring["centre"].astype(str).unique())
        found |= _of_monitoring(study, monitoring)
    if study.interviews is not None:
        found |= _of_interviews(study, centres)
    return frozenset(found)


def _of_monitoring(study: Study, monitoring: pd.DataFrame) -> set[str]:
    measured = _measured_twice(study, monitoring)
    intake = monitoring[monitoring["wave"] == study.first_wave].head(MOST_ROWS)
    held = {
        "monitoring": bool(len(intake)),
        "scores": "scores" in measured,
        "items": any(len(s.items) >= FEWEST_ITEMS for s in summated(intake, study)[0]),
        "pairs": _correlates(study, intake),
        "risk": "risk" in measured,
        "dates": study.has_dates,
        "centres": study.has_centres
        and max((kind["centre"].nunique() for kind in measured.values()), default=0)
        >= FEWEST_CENTRES,
    }
    return {name for name, there in held.items() if there}


def _measured_twice(study: Study, monitoring: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """`scores` and `risk` -> the families that have them at the first and the last wave, where those are enough."""
    first, last = study.first_wave, study.last_wave
    found = {}
    if first != last and study.scales:
        ends = monitoring[monitoring["wave"].isin([first, last])]
        found["scores"] = pairs(scores(ends, [main_scale(study)]), first, last)
    if first != last and study.risk is not None:
        both = monitoring[monitoring["risk"].notna() & monitoring["wave"].isin([first, last])]
        found["risk"] = both[both["family"].duplicated()]
    return {name: families for name, families in found.items() if len(families) >= FEWEST_PAIRS}


def _correlates(study: Study, intake: pd.DataFrame) -> bool:
    wide = wide_scores(intake, study, study.first_wave, 0.8).drop(columns="centre")
    return wide.shape[1] > 1 and bool(association(wide, "spearman")["r"].notna().any())


def _of_interviews(study: Study, centres: set[str]) -> set[str]:
    table, project = load_interviews(study), read_coders(study)
    placed = project.coding[project.coding["start"].notna()]
    texts = {name for name, text in project.documents.items() if text.strip()}
    coders = placed[placed["document"].isin(texts)].groupby("document")["coder"].nunique()
    held = {
        "interviews": bool(len(project.coding)),
        "texts": bool(texts),
        "coders": bool(coders.gt(1).any()),
        "interviews_by_centre": "centre" in table
        and len(centres) >= FEWEST_CENTRES
        and bool(centres & set(table["centre"])),
    }
    return {name for name, there in held.items() if there}
