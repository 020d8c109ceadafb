"""What a study is made of: waves, scales, risk, interviews, ratings, running cases. Shapes only.

They are read from study.toml in `study_sections`; what contradicts what is in `study_rules`.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

COLUMNS = ("family", "centre", "curator", "wave", "date")
MAY_LACK = ("centre", "curator", "date")


@dataclass(frozen=True)
class Scale:
    """A summated rating scale, or one ready measure when it has a single item.

    `better` says which end is good; `reverse` names items scored against it. `whole`: are only whole
    numbers right? None when not declared. `ends_guessed`: are `low` and `high` only the values that occur?
    """

    name: str
    label: str
    items: tuple[str, ...]
    low: float
    high: float
    better: str
    reverse: tuple[str, ...] = ()
    confirmatory: bool = False
    whole: bool | None = None
    ends_guessed: bool = False

    @property
    def steps(self) -> bool:
        """Whether ratings go in whole steps: as declared, else when several items have whole ends."""
        ends = float(self.low).is_integer() and float(self.high).is_integer()
        return len(self.items) > 1 and ends if self.whole is None else self.whole


@dataclass(frozen=True)
class Risk:
    """An ordered risk level, or an outcome with two; `levels` run from best to worst."""

    column: str
    label: str
    levels: tuple[str, ...]
    labels: Mapping[str, str]


@dataclass(frozen=True)
class Interviews:
    """Where the coded interviews are, relative to the study folder, and how they are written.

    `respondent` is the mark before a respondent's turn; empty when all the text is the respondent's.
    `strengths` and `barriers` name two branches of the codebook; empty when the study has none.
    """

    table: str
    coding: tuple[str, ...]
    translations: str | None = None
    variables: tuple[str, ...] = ()
    respondent: str = ""
    language: str = "ru"
    strengths: str = ""
    barriers: str = ""


@dataclass(frozen=True)
class Ratings:
    """Range of the ratings in the tables `views` and `alliance`; higher is better."""

    low: float
    high: float


@dataclass(frozen=True)
class Running:
    """What is due when in cases that run.

    `as_of` is the day looked from (None: the last date in the records), `review_days` says for each
    wave how many days after intake its rating is due, `grace_days` how much later it is overdue,
    `weights` how much a case of each risk level weighs in a caseload.
    """

    as_of: datetime.date | None = None
    grace_days: int = 0
    review_days: Mapping[str, float] = field(default_factory=dict)
    weights: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Study:
    """What `study.toml` declares. Parts a study does not have are None or empty.

    `columns` maps the standard names to those in the study's table, "" where it has no such column;
    `monitoring` is the declared file, "" for monitoring.csv; `tables` maps the names of `contract`
    to files; `currency` is that of the table of costs.
    """

    folder: Path
    title: str
    synthetic: bool
    language: str = "en"
    minimum_cell: int = 5
    columns: Mapping[str, str] = field(default_factory=lambda: {name: name for name in COLUMNS})
    monitoring: str = ""
    waves: tuple[str, ...] = ()
    wave_labels: Mapping[str, str] = field(default_factory=dict)
    scales: tuple[Scale, ...] = ()
    risk: Risk | None = None
    interviews: Interviews | None = None
    tables: Mapping[str, str] = field(default_factory=dict)
    ratings: Ratings | None = None
    running: Running | None = None
    currency: str = ""

    @property
    def origin(self) -> str:
        """`synthetic` or `records`: what every number made from this study is."""
        return "synthetic" if self.synthetic else "records"

    @property
    def first_wave(self) -> str:
        return self.waves[0]

    @property
    def last_wave(self) -> str:
        return self.waves[-1]

    @property
    def has_monitoring(self) -> bool:
        """Whether families are rated at waves; a study of interviews only declares no waves."""
        return bool(self.waves)

    @property
    def has_centres(self) -> bool:
        return bool(self.columns.get("centre"))

    @property
    def has_curators(self) -> bool:
        return bool(self.columns.get("curator"))

    @property
    def has_dates(self) -> bool:
        return bool(self.columns.get("date"))
