"""A study folder to fill by hand: study.toml with a comment at every line, and tables with headers only."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path

from analysis.contract import KINDS, TABLES

TOML = """# A study: what the tables in this folder mean. Change what stands right of the equals signs.
# Lines that begin with # are remarks; a section you have no data for can be deleted.

title = "Our study"
language = "en"        # of tables and fixed phrases in the report: "en" or "ru"; the pages around them are English
synthetic = false      # true only for invented records; real and invented ones are never mixed
minimum_cell = 5       # groups of fewer people than this are not shown

# What the columns of monitoring.csv are called: on the right the name in your table, "" if you have none
# (only centre, curator and date may be missing).
[columns]
family = "family"
centre = "centre"
curator = "curator"
wave = "wave"
date = "date"          # YYYY-MM-DD

# The waves, first to last, as they are written in the column `wave`.
[waves]
order = ["intake", "month_6"]

# An ordered outcome, best level first. Delete the section if you have none.
[risk]
column = "risk"
label = "Risk of child abuse"
levels = ["low", "moderate", "high"]

# One [[scales]] per scale.
#   items         columns of monitoring.csv; a single one is a ready score
#   low, high     the lowest and the highest rating an item can get
#   better        "lower" or "higher": which end is good for the family
#   reverse       items rated against the rest of the scale
#   confirmatory  true for the few scales named in advance as the measure of change
[[scales]]
name = "difficulty"
label = "Difficulties in care"
items = ["difficulty_1", "difficulty_2", "difficulty_3"]
low = 1
high = 5
better = "lower"
reverse = []
confirmatory = true

# Coded interviews, one file per coder (.qdpx, Taguette .sqlite3, QualCoder, .csv). Take the marks away when you have them.
# [interviews]
# table = "interviews.csv"
# coding = ["coder_a.qdpx"]
# variables = ["role", "centre"]
# language = "en"      # of the interviews: "en" or "ru"

# Further tables, each optional. Take the mark away before those you fill; delete the others' files.
# [tables]
"""
AFTER = """
# [ratings]            # range of the ratings in views.csv and alliance.csv; higher is better
# low = 1
# high = 5

# [costs]
# currency = "EUR"
"""
MONITORING = (
    *("family", "centre", "curator", "wave", "date"),
    *("difficulty_1", "difficulty_2", "difficulty_3", "risk"),
)


def write_blank(folder: Path) -> list[str]:
    """Write study.toml and the empty tables; the names of the files written.

    Raises
    ------
    ValueError
        When the folder holds something already.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ValueError(f"{folder} is there already and not empty; choose a new folder.")
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        "monitoring.csv": MONITORING,
        "interviews.csv": ("interview", "role", "centre", "date"),
    }
    tables |= {f"{name}.csv": tuple(c.name for c in t.columns) for name, t in TABLES.items()}
    for name, columns in tables.items():
        with (folder / name).open("x", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(columns)
    (folder / "study.toml").write_text(TOML + "\n".join(_further()) + AFTER, encoding="utf-8")
    return ["study.toml", *tables]


def _further() -> Iterable[str]:
    for name, table in TABLES.items():
        columns = "; ".join(
            f"{column.name}: {KINDS[column.kind]}, {column.meaning}" for column in table.columns
        )
        yield f'# {name} = "{name}.csv"   # {table.row}. {columns}'
