"""Words sorted into types and tables: variables by code-based type, summary grid, quote matrix.

Families are not interviewed and practitioners are not rated, so ratings meet interviews only
through the centre; the centre is then the unit. Nothing here is a test. Quotes come as they were
said: clear them with `voices.cleared` before any is printed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from textwrap import shorten

import pandas as pd

from analysis.coding import groups, quotes
from analysis.proportions import share

MIXED = "mixed"
WIDTH = 160


def types(mentions: pd.DataFrame, documents: Iterable[str], codes: Sequence[str]) -> pd.DataFrame:
    """Documents sorted by which of the codes are heard in them.

    Parameters
    ----------
    mentions : rows of `document, code`: a coding frame (any coder), or
        `voices.heard(coding).query("all_coders")` (every coder).
    documents : all interviews, also those without codings.
    codes : with one code the types are its name and "without"; with several, those heard joined
        by " + ", in the order given.

    Returns
    -------
    DataFrame
        `document, type`.
    """
    names = list(documents)
    unknown = sorted(set(mentions["document"]) - set(names))
    if unknown:
        raise ValueError(f"Coded documents missing from the interviews: {', '.join(unknown)}.")
    heard = set(zip(mentions["document"], mentions["code"], strict=True))
    kinds = [" + ".join(code for code in codes if (name, code) in heard) for name in names]
    return pd.DataFrame({"document": names, "type": [kind or "without" for kind in kinds]})


def centre_types(typed: pd.DataFrame, interviews: pd.DataFrame) -> pd.DataFrame:
    """The type of a centre: that of more than half of its interviews, else "mixed".

    Parameters
    ----------
    typed : `document, type`, from `types`.
    interviews : one row per interview, with `document, centre`.

    Returns
    -------
    DataFrame
        `centre, type, interviews, of_type` (interviews of the commonest type).
    """
    centre = groups(typed, interviews, "centre")
    table = typed.assign(centre=typed["document"].map(centre)).dropna(subset="centre")
    rows = []
    for name, part in table.groupby("centre", sort=True):
        counts = part["type"].value_counts()
        kind = counts.index[0] if 2 * counts.iloc[0] > len(part) else MIXED
        rows.append((name, kind, len(part), int(counts.iloc[0])))
    return pd.DataFrame(rows, columns=["centre", "type", "interviews", "of_type"])


def centre_means(records: pd.DataFrame, variables: Sequence[str]) -> pd.DataFrame:
    """Mean of each variable over the records of each centre: `centre, records`, and the variables.

    Give the records of one wave; a family with several waves would count several times.
    """
    by = records.groupby("centre", observed=True)
    means = by[list(variables)].mean()
    means.insert(0, "records", by.size())
    return means.reset_index()


def means(
    typed: pd.DataFrame, values: pd.DataFrame, variables: Sequence[str], unit: str = "document"
) -> pd.DataFrame:
    """Typology table for numbers: what the units of each type are like.

    Parameters
    ----------
    typed : `document, type`, or `centre, type` for ratings.
    values : one row per unit: the column `unit`, and the variables.
    unit : "document" or "centre"; every unit counts once, however many records it has.

    Returns
    -------
    DataFrame
        One row per variable and type: `variable, type, units` (of the type), `n` (with a value),
        `mean, sd, lowest, highest`. A description: with a handful of centres no interval would
        mean much, so the range is given.

    Raises
    ------
    ValueError
        If a column is missing, or a unit is listed twice or not at all.
    """
    joined = _joined(typed, values, variables, unit)
    rows = []
    for variable in variables:
        for kind, part in joined.groupby("type", sort=True):
            known = part[variable].astype(float).dropna()
            row = {"variable": variable, "type": kind, "units": len(part), "n": len(known)}
            row |= {"mean": known.mean(), "sd": known.std(ddof=1)}
            rows.append(row | {"lowest": known.min(), "highest": known.max()})
    columns = ["variable", "type", "units", "n", "mean", "sd", "lowest", "highest"]
    return pd.DataFrame(rows, columns=columns)


def shares(
    typed: pd.DataFrame, values: pd.DataFrame, variable: str, unit: str = "document"
) -> pd.DataFrame:
    """Typology table for categories: how the units of each type are distributed.

    Returns
    -------
    DataFrame
        One row per type and value, also where none has it: `variable, type, value, count, n`
        (of the type, with a value), `share, low, high` (Wilson, see proportions.share).

    Raises
    ------
    ValueError
        As `means`.
    """
    joined = _joined(typed, values, [variable], unit).dropna(subset=variable)
    column = joined[variable]
    levels = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else None
    rows = []
    for kind, part in joined.groupby("type", sort=True):
        for value in sorted(column.unique()) if levels is None else levels:
            row = share(int((part[variable] == value).sum()), len(part))
            rows.append({"variable": variable, "type": kind, "value": value} | row)
    columns = ["variable", "type", "value", "count", "n", "share", "low", "high"]
    return pd.DataFrame(rows, columns=columns)


def summary_grid(
    coding: pd.DataFrame,
    interviews: pd.DataFrame,
    case: str,
    codes: Sequence[str],
    take: str = "quote",
    limit: int = 3,
) -> pd.DataFrame:
    """Summary grid: what each case says on each theme, in short.

    Parameters
    ----------
    interviews : one row per interview: `document`, and the column `case` ("document" itself, or
        a group such as "centre").
    take : "quote" or "memo".
    limit : the most passages in a cell, the first ones in the text, each of `WIDTH` characters.

    Returns
    -------
    DataFrame
        One row per case and code, also where nothing was said: `case, code, n` (different quotes
        or memos), `documents, text` (joined by " / "; cut ones end in …). As a grid:
        `.pivot(index="case", columns="code", values="text")`.

    Raises
    ------
    ValueError
        If a column is missing, an interview is listed twice, a coded one is not listed, or `take`
        is neither.
    """
    if take not in ("quote", "memo"):
        raise ValueError(f"take is {take!r}; it must be quote or memo.")
    group = groups(coding, interviews, case)
    said = coding[coding[take].str.strip() != ""].sort_values(["document", "start", "end"])
    said = said.assign(case=said["document"].map(group)).drop_duplicates(["case", "code", take])
    rows = []
    for name in sorted(group.unique()):
        for code in codes:
            here = said[(said["case"] == name) & (said["code"] == code)]
            short = [shorten(text, WIDTH, placeholder=" …") for text in here[take].head(limit)]
            row = (name, code, len(here), here["document"].nunique(), " / ".join(short))
            rows.append(row)
    return pd.DataFrame(rows, columns=["case", "code", "n", "documents", "text"])


def quote_matrix(
    coding: pd.DataFrame,
    documents: Mapping[str, str],
    interviews: pd.DataFrame,
    variable: str,
    codes: Sequence[str],
    limit: int = 3,
) -> pd.DataFrame:
    """Quote matrix: for each code the words of each group, side by side.

    Parameters
    ----------
    documents, interviews : the texts; one row per interview with `document` and `variable`.
    limit : quotes per cell: those that most coders gave, then the shortest, one per interview.

    Returns
    -------
    DataFrame
        One row per quote, and one with an empty quote where a group says nothing: `code, group,
        passages` (unique stretches in the cell), `documents` (with one), `n` (interviews in the
        group), `quote_id, document, coders, quote`.

    Raises
    ------
    ValueError
        As `coding.quotes` and `coding.groups`.
    """
    group = groups(coding, interviews, variable)
    rows = []
    for code in codes:
        table = quotes(coding, documents, code)
        table = table.assign(
            group=table["document"].map(group),
            agreed=table["coders"].str.count(";"),
            length=table["quote"].str.len(),
        ).sort_values(["agreed", "length", "quote_id"], ascending=[False, True, True])
        for name, size in group.value_counts().sort_index().items():
            here = table[table["group"] == name]
            cell = {"code": code, "group": name, "passages": len(here)}
            cell |= {"documents": here["document"].nunique(), "n": size}
            chosen = here.drop_duplicates("document").head(limit)
            columns = ["quote_id", "document", "coders", "quote"]
            said = chosen[columns].to_dict("records") or [dict.fromkeys(columns, "")]
            rows += [cell | one for one in said]
    columns = ["code", "group", "passages", "documents", "n"]
    return pd.DataFrame(rows, columns=[*columns, "quote_id", "document", "coders", "quote"])


def _joined(
    typed: pd.DataFrame, values: pd.DataFrame, variables: Sequence[str], unit: str
) -> pd.DataFrame:
    """The types with the variables beside them, one row per unit."""
    for frame, columns in ((typed, [unit, "type"]), (values, [unit, *variables])):
        for column in columns:
            if column not in frame:
                raise ValueError(
                    f"There is no column {column!r}; found {', '.join(map(str, frame))}."
                )
    for frame in (typed, values):
        twice = frame.loc[frame[unit].duplicated(), unit]
        if len(twice):
            raise ValueError(f"The {unit} {twice.iloc[0]!r} is listed twice; one row per {unit}.")
    lost = sorted(set(typed[unit]) - set(values[unit]))
    if lost:
        raise ValueError(f"Without a row of values: {', '.join(map(str, lost))}.")
    return typed[[unit, "type"]].merge(values[[unit, *variables]], on=unit, how="left")
