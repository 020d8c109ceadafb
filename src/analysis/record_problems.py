"""What can be wrong with the rows of a study's tables, one sentence per problem: row, column, what was found, what was expected.

Frames come as text, indexed by the line of the file. Nothing is read or raised here.
"""

from __future__ import annotations

import pandas as pd

from analysis.study import Study
from analysis.toml import twice

TRUE, FALSE = ("true", "1", "yes"), ("false", "0", "no")


def listed(frame: pd.DataFrame) -> str:
    """The names of the columns, for a message."""
    return ", ".join(map(str, frame.columns[:30]))


def missing_columns(study: Study, raw: pd.DataFrame) -> list[str]:
    """Columns that study.toml names and the monitoring table lacks."""
    wanted = [*study.columns.values(), *item_names(study)]
    wanted += [study.risk.column] if study.risk else []
    return [
        f"there is no column {c!r}, which study.toml names; the columns are: {listed(raw)}."
        for c in wanted
        if c not in raw
    ]


def of_monitoring(study: Study, raw: pd.DataFrame, frame: pd.DataFrame) -> list[str]:
    """All that is wrong with the values of the monitoring table: `raw` as read, `frame` under standard names."""
    return [
        *_keys(study, frame),
        *_categories(frame, "wave", study.columns["wave"], study.waves),
        *(_categories(frame, "risk", study.risk.column, study.risk.levels) if study.risk else []),
        *_items(study, frame),
        *_dates(study, frame),
        *_mixed(study, raw),
    ]


def of_interviews(study: Study, frame: pd.DataFrame, wanted: tuple[str, ...]) -> list[str]:
    """Columns that are missing; else interviews without a name or named twice, and mixed rows."""
    problems = [
        f"there is no column {c!r}; the columns are: {listed(frame)}."
        for c in wanted
        if c not in frame
    ]
    if problems:
        return problems
    names = frame["interview"]
    return [
        *(
            f"row {i}, column 'interview': empty; every row needs one."
            for i in names.index[names.isna()]
        ),
        *(f"interview {name} stands in two rows." for name in twice(names.dropna())),
        *_mixed(study, frame),
    ]


def item_names(study: Study) -> list[str]:
    """All items of all scales, in order."""
    return [item for scale in study.scales for item in scale.items]


def _keys(study: Study, frame: pd.DataFrame) -> list[str]:
    problems = [
        f"row {i}, column {study.columns[c]!r}: empty; every row needs one."
        for c in ("family", "centre", "wave")
        for i in frame.index[frame[c].isna()]
    ]
    known = frame[frame["family"].notna() & frame["wave"].notna()]
    first = known.reset_index(names="line").groupby(["family", "wave"])["line"].first()
    problems += [
        f"row {i}: family {family} has wave {wave} a second time (first in row {first[family, wave]}); one row per family and wave."
        for i, (family, wave) in known[["family", "wave"]].iterrows()
        if i != first[family, wave]
    ]
    return problems


def _categories(
    frame: pd.DataFrame, column: str, theirs: str, allowed: tuple[str, ...]
) -> list[str]:
    wrong = frame[column].notna() & ~frame[column].isin(allowed)
    return [
        f"row {i}, column {theirs!r}: {value!r}; expected one of {', '.join(allowed)}."
        for i, value in frame.loc[wrong, column].items()
    ]


def _items(study: Study, frame: pd.DataFrame) -> list[str]:
    problems = []
    for scale in study.scales:
        for item in scale.items:
            values = pd.to_numeric(frame[item], errors="coerce")
            wrong = frame[item].notna() & ~values.between(scale.low, scale.high)
            problems += [
                f"row {i}, column {item!r}: {value!r}; expected a number from {scale.low} to {scale.high}, or empty."
                for i, value in frame.loc[wrong, item].items()
            ]
    return problems


def _dates(study: Study, frame: pd.DataFrame) -> list[str]:
    """Dates that are none, and waves rated before an earlier wave of the same family."""
    name = study.columns["date"]
    dates = pd.to_datetime(frame["date"], format="%Y-%m-%d", errors="coerce")
    wrong = frame["date"].notna() & dates.isna()
    problems = [
        f"row {i}, column {name!r}: {value!r}; expected a date such as 2022-03-15."
        for i, value in frame.loc[wrong, "date"].items()
    ]
    order = frame["wave"].map({wave: place for place, wave in enumerate(study.waves)})
    table = pd.DataFrame({"family": frame["family"], "wave": order, "date": dates}).dropna()
    table = table.sort_values(["family", "wave"], kind="stable")
    table["before"] = table.groupby("family")["date"].shift()
    return problems + [
        f"row {i}, column {name!r}: {date:%Y-%m-%d} is before the family's earlier wave ({before:%Y-%m-%d}); waves follow one another."
        for i, date, before in table[["date", "before"]].itertuples()
        if date < before
    ]


def _mixed(study: Study, raw: pd.DataFrame) -> list[str]:
    """Real and synthetic rows never meet in one analysis."""
    if "synthetic" not in raw:
        lacking = "there is no column 'synthetic'; a synthetic study marks every row."
        return [lacking] if study.synthetic else []
    marks = raw["synthetic"].fillna("").str.lower()
    expected = TRUE if study.synthetic else (*FALSE, "")
    wrong = raw.index[~marks.isin(expected)]
    if wrong.empty:
        return []
    return [
        f"row {wrong[0]}, column 'synthetic': {raw.at[wrong[0], 'synthetic']!s} (so in {len(wrong)} of {len(raw)} rows), while study.toml says synthetic = {str(study.synthetic).lower()}; real and synthetic rows are never mixed."
    ]
