"""Which parts a study has: what its chapters can be made of, from the declaration and a look at the tables."""

from __future__ import annotations

from analysis.contract import TABLES
from analysis.records import coding_files, has, load_interviews, load_monitoring
from analysis.study import Study

FEWEST_CENTRES, FEWEST_ITEMS = 2, 3
PARTS = (
    *("monitoring", "scores", "items", "pairs", "risk", "dates", "centres", "interviews"),
    *("coders", "interviews_by_centre", *TABLES),
)


def parts_of(study: Study) -> frozenset[str]:
    """Names of the parts that a study has, out of `PARTS`.

    `scores`: a scale and two waves; `items`: a scale of `FEWEST_ITEMS` items, fewer say nothing about consistency; `pairs`: two things to
    correlate; `centres`: at least `FEWEST_CENTRES` in the records; `coders`: two files or more of coded interviews;
    `interviews_by_centre`: interviews that name a centre of the records. A table of `contract.TABLES` is a part under its name.

    Raises
    ------
    StudyError
        When a table cannot be read.
    """
    found = {name for name in TABLES if has(study, name)}
    centres: set[str] = set()
    if study.has_monitoring:
        centres = set(load_monitoring(study)["centre"].astype(str).unique())
        found |= _of_monitoring(study, centres)
    if study.interviews is not None:
        found |= _of_interviews(study, centres)
    return frozenset(found)


def _of_monitoring(study: Study, centres: set[str]) -> set[str]:
    two_waves = len(study.waves) > 1
    held = {
        "monitoring": True,
        "scores": bool(study.scales) and two_waves,
        "items": any(len(scale.items) >= FEWEST_ITEMS for scale in study.scales),
        "pairs": len(study.scales) + (study.risk is not None) > 1,
        "risk": study.risk is not None and two_waves,
        "dates": study.has_dates,
        "centres": study.has_centres and len(centres) >= FEWEST_CENTRES,
    }
    return {name for name, there in held.items() if there}


def _of_interviews(study: Study, centres: set[str]) -> set[str]:
    table = load_interviews(study)
    held = {
        "interviews": True,
        "coders": len(coding_files(study)) > 1,
        "interviews_by_centre": "centre" in table
        and len(centres) >= FEWEST_CENTRES
        and bool(centres & set(table["centre"])),
    }
    return {name for name, there in held.items() if there}
