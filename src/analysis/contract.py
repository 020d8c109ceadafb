"""What the further tables of a study hold, as data: columns, their kinds, what makes a row unique.

`records` reads monitoring and interviews; the tables here are optional, named in `[tables]` of study.toml.
Reading, checking, `casework new` and the codebook page all follow this one list.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

KINDS: Mapping[str, str] = {
    "text": "a text",
    "date": "a date as YYYY-MM-DD",
    "number": "a number",
    "count": "a whole number of 0 or more",
    "truth": "True or False",
}


@dataclass(frozen=True)
class Column:
    """One column: its name, its kind (a key of `KINDS`), what it means, and whether a cell may be empty."""

    name: str
    kind: str
    meaning: str
    empty: bool = False


@dataclass(frozen=True)
class Table:
    """One table: what a row is, its columns, and the columns that together occur once."""

    name: str
    row: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]


_FAMILY = Column("family", "text", "the family's id, as in monitoring.csv")
_CENTRE = Column("centre", "text", "the centre, spelt as in monitoring.csv")
_CURATOR = Column("curator", "text", "the curator's id, as in monitoring.csv")
_SUPERVISOR = Column("supervisor", "text", "the supervisor's id")

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table(
            "stages",
            "one stage of the technology",
            (
                Column("stage", "text", "short name"),
                Column("label", "text", "what a reader sees"),
                Column("after", "text", "stages that must end first, with ; between", empty=True),
                Column("optimistic", "number", "days if all goes well"),
                Column("likely", "number", "days as a rule"),
                Column("pessimistic", "number", "days if it goes badly"),
            ),
            ("stage",),
        ),
        Table(
            "case_log",
            "one stage of one family's case",
            (
                _FAMILY,
                _CENTRE,
                Column("stage", "text", "the stage, as in the table of stages"),
                Column("start", "date", "first day"),
                Column("end", "date", "last day; empty while the stage is open", empty=True),
            ),
            ("family", "stage"),
        ),
        Table(
            "contacts",
            "one contact of a specialist with a family",
            (
                _FAMILY,
                Column("date", "date", "day of the contact"),
                Column("kind", "text", "kind of service, such as visit or call"),
            ),
            (),
        ),
        Table(
            "staff",
            "one curator",
            (_CURATOR, _SUPERVISOR, _CENTRE),
            ("curator",),
        ),
        Table(
            "documents",
            "one monthly check of case files in one centre",
            (
                _CENTRE,
                Column("month", "date", "first day of the month"),
                Column("checked", "count", "files looked at"),
                Column("complete", "count", "files with everything in them"),
            ),
            ("centre", "month"),
        ),
        Table(
            "supervision",
            "one planned meeting of a curator with the supervisor",
            (
                _CURATOR,
                _SUPERVISOR,
                Column("date", "date", "day planned"),
                Column("kept", "truth", "whether it took place"),
                Column("usefulness", "number", "the curator's rating afterwards", empty=True),
            ),
            ("curator", "date"),
        ),
        Table(
            "alliance",
            "one side's rating of one aspect of the work of curator and supervisor",
            (
                _CURATOR,
                _SUPERVISOR,
                Column("date", "date", "day of the rating"),
                Column("side", "text", "who rates: curator or supervisor"),
                Column("aspect", "text", "what is rated, such as goal, task or bond"),
                Column("rating", "number", "within [ratings] of study.toml"),
            ),
            ("curator", "date", "side", "aspect"),
        ),
        Table(
            "views",
            "one informant's rating of one aspect of one family at one wave",
            (
                _FAMILY,
                Column("wave", "text", "the wave, as in monitoring.csv"),
                Column("informant", "text", "who rates, such as parent, child or specialist"),
                Column("aspect", "text", "what is rated"),
                Column("rating", "number", "within [ratings]; empty if not answered", empty=True),
            ),
            ("family", "wave", "informant", "aspect"),
        ),
        Table(
            "costs",
            "one payment or estimate of what the service cost",
            (
                _CENTRE,
                Column("month", "date", "first day of the month"),
                Column("payer", "text", "who pays, such as state, charity, grant, private, staff"),
                Column("item", "text", "what for"),
                Column("amount", "number", "in [costs] currency"),
                Column("low", "number", "lowest amount thought possible", empty=True),
                Column("high", "number", "highest amount thought possible", empty=True),
            ),
            ("centre", "month", "payer", "item"),
        ),
        Table(
            "client_costs",
            "one coded statement about what the service costs a family",
            (
                Column("document", "text", "the interview"),
                Column("informant", "text", "who speaks, such as parent or specialist"),
                Column("kind", "text", "kind of cost, such as money, time or shame"),
                Column("quote", "text", "the words"),
                Column("translation", "text", "the words in the report's language", empty=True),
            ),
            (),
        ),
    )
}
