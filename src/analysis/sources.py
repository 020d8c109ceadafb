"""The project's own published tables, each read and checked from one place: `data/published`."""

from __future__ import annotations

import pandas as pd

from analysis import published
from analysis.study import PROJECT

FOLDER = PROJECT / "data" / "published"


def table(name: str) -> pd.DataFrame:
    """A table by name (`claims`, `themes`, `policy_cases`, …), every column text, empty cells empty texts."""
    return pd.read_csv(FOLDER / f"{name}.csv", dtype=str, keep_default_na=False, encoding="utf-8")


def by_study(themes: pd.DataFrame) -> pd.DataFrame:
    """Coded themes with the study in the place of the source: two texts on one study are one witness."""
    study = table("sources").set_index("key")["study"]
    return themes.assign(source=themes["source"].map(study))


def percentages() -> pd.DataFrame:
    """Every printed percentage; see `published.read_percentages`."""
    return published.read_percentages(FOLDER / "percentages.csv")


def verbal() -> pd.DataFrame:
    """Every claim in words beside a figure; see `published.read_verbal`."""
    return published.read_verbal(FOLDER / "verbal.csv", percentages())
