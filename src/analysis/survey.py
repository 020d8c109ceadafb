"""The published survey as tables of mentions: counts rebuilt where exactly one fits, shares with intervals.

What is possible and what is not is decided in `audit`; here its verdicts are arranged for reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import ceil, floor

import pandas as pd

from analysis.audit import audit, audit_tables
from analysis.contradictions import verbal_claims
from analysis.printed import printed_share
from analysis.proportions import share, wilson

SHOWN = ["statement", "count", "n", "printed", "low", "high", "verdict"]


def mentions(percentages: pd.DataFrame, *questions: str) -> pd.DataFrame:
    """Statements of one or more questions, most mentioned first, with rebuilt counts and Wilson intervals.

    Figures printed only as a fraction (“every fourth”) are kept, and are told from printed percentages by `printed`;
    numbers that authors did not print are left out.

    Returns
    -------
    DataFrame
        `id, source, question, statement, group, n, count, printed, percent` (float, as printed), `low, high` (percent, NaN
        where no unique count exists), `verdict`.
    """
    chosen = (
        percentages["question"].isin(questions)
        & percentages["base"].ne("none")
        & percentages["printed"].ne("derived")
    )
    frame = audit(percentages[chosen])
    frame["percent"] = [
        float(printed_share(text)[0]) if text else float("nan") for text in frame["percent"]
    ]
    columns = [
        "id",
        "source",
        "question",
        "statement",
        "group",
        "n",
        "count",
        "printed",
        "percent",
        "low",
        "high",
        "verdict",
    ]
    return frame[columns].sort_values("percent", ascending=False, kind="stable", ignore_index=True)


def in_print_order(frame: pd.DataFrame, percentages: pd.DataFrame) -> pd.DataFrame:
    """Mentions in the order of the print, for classes that have an order of their own such as years."""
    place = {name: number for number, name in enumerate(percentages["id"])}
    return frame.sort_values("id", key=lambda ids: ids.map(place), ignore_index=True)


def merged(frame: pd.DataFrame) -> pd.DataFrame:
    """One row per statement where several texts print the same survey: with `sources`, and `agree`: yes when all print one number, “–” where only one text prints it.

    What is shown is the row that comes first, whole: a count never joins a percentage of another text.
    """
    grouped = frame.groupby(["question", "statement"], sort=False)
    table = frame.drop_duplicates(["question", "statement"]).set_index(["question", "statement"])
    table["sources"] = grouped["source"].agg(lambda names: ", ".join(sorted(set(names))))
    once = grouped["source"].nunique().eq(1)
    table["agree"] = (
        grouped["percent"].nunique().eq(1).map({True: "yes", False: "no"}).mask(once, "–")
    )
    return table.reset_index().sort_values(
        "percent", ascending=False, kind="stable", ignore_index=True
    )


def exact(frame: pd.DataFrame, level: float = 0.95) -> pd.DataFrame:
    """Mentions with Clopper-Pearson intervals in the place of Wilson's: never too short, whatever the count.

    `low, high` in percent, NaN where no unique count exists. Checked against R ``binom.test``.
    """
    rows = [
        (float("nan"), float("nan"))
        if pd.isna(count)
        else tuple(
            100 * share(int(count), int(n), level)[f"exact_{end}"] for end in ("low", "high")
        )
        for count, n in zip(frame["count"], frame["n"], strict=True)
    ]
    low, high = zip(*rows, strict=True) if rows else ((), ())
    return frame.assign(low=list(low), high=list(high))


def count_range(frame: pd.DataFrame) -> pd.DataFrame:
    """Mentions with `count_low, count_high`, as `rank_intervals` wants them.

    Both are the count where one fits. A figure that no count gives is put between the whole counts below and above the printed
    share: an assumption (that it is off by less than a person), to be said beside whatever rests on it.
    """
    near = frame["percent"].astype(float) * frame["n"].astype(float) / 100
    known = frame["count"].notna()
    low = [int(c) if k else floor(x) for c, k, x in zip(frame["count"], known, near, strict=True)]
    high = [int(c) if k else ceil(x) for c, k, x in zip(frame["count"], known, near, strict=True)]
    return frame.assign(count_low=low, count_high=high)


def at_least_one(frame: pd.DataFrame, *by: str) -> pd.DataFrame:
    """Between which shares lie those who named at least one of several statements, from the margins alone.

    At least the largest share (all others named it too), at most the sum (nobody named two), never above 100 %: the bounds of
    Fréchet (1935), which no dependence can break. They are no confidence interval.

    Returns
    -------
    DataFrame
        The columns of `by` and `statements`, `n`, `low, high` in percent.
    """
    grouped = frame.groupby(list(by), sort=False)
    bases = grouped["n"].nunique()
    if bases.gt(1).any():
        raise ValueError(
            f"{bases[bases.gt(1)].index[0]}: statements with several bases; bounds need one base."
        )
    table = grouped.agg(
        statements=("percent", "size"),
        n=("n", "first"),
        low=("percent", "max"),
        high=("percent", "sum"),
    )
    return table.assign(high=table["high"].clip(upper=100)).reset_index()


def coded(frame: pd.DataFrame, codes: pd.DataFrame, column: str) -> pd.DataFrame:
    """Mentions with a code of ours beside each, looked up by `id`.

    Raises
    ------
    ValueError
        For a statement without a code: nothing is left out in silence.
    """
    found = frame["id"].map(codes.set_index("percentage")[column])
    if found.isna().any():
        raise ValueError(f"no {column} for {', '.join(frame['id'][found.isna()])}.")
    return frame.assign(**{column: found})


def crossed(
    frame: pd.DataFrame, column: str, questions: Sequence[str], values: Sequence[str]
) -> pd.DataFrame:
    """How many statements of each question have which value of `column`: questions by values in the order given, 0 where none has.

    Raises
    ------
    ValueError
        For a value that is not among those given: its statements would not be counted.
    """
    if unknown := sorted(set(frame[column]) - set(values)):
        raise ValueError(f"{column} {', '.join(unknown)}: expected one of {', '.join(values)}.")
    table = pd.crosstab(frame["question"], frame[column])
    return table.reindex(index=list(questions), columns=list(values), fill_value=0)


def dots(frame: pd.DataFrame, group: str | None = None) -> pd.DataFrame:
    """The frame as `figures.dots` wants it: `label, value, low, high, n` and, if asked, `group`."""
    table = frame.rename(columns={"statement": "label", "percent": "value"})
    table = table.assign(group=frame[group]) if group else table.drop(columns="group")
    wanted = ["label", "value", "low", "high", "n", *(["group"] if group else [])]
    return table[wanted].astype({"value": float, "n": float})


def estimate(row: pd.Series) -> dict[str, float]:
    """One statement as `report` wants a share: `count, n, low, high`, the interval as proportions."""
    return {
        "count": row["count"],
        "n": row["n"],
        "low": row["low"] / 100,
        "high": row["high"] / 100,
    }


def shown(frame: pd.DataFrame) -> pd.DataFrame:
    """The columns a reader sees."""
    return frame.assign(printed=frame["percent"])[SHOWN]


def contradicting(verbal: pd.DataFrame, percentages: pd.DataFrame, tolerance: int) -> pd.DataFrame:
    """Claims in words that do not fit the figure beside them, at a tolerance in percentage points."""
    allowed = dict.fromkeys(("almost", "slightly-less-than", "about"), tolerance)
    found = verbal_claims(verbal, percentages, allowed)
    return found[found["verdict"].eq("contradicts")].reset_index(drop=True)


def printed_figures(percentages: pd.DataFrame) -> pd.DataFrame:
    """The figures that were printed with a base, each once.

    Left out: fractions in words, numbers the authors did not print, figures without a base, and rows that only repeat a
    value (“the same number”, one share for several departments).
    """
    kept = percentages["printed"].isin(["figure", "words"]) & percentages["base"].ne("none")
    return percentages[kept & percentages["same_as"].eq("")]


def share_impossible(audited: pd.DataFrame) -> dict[str, float]:
    """Share of audited figures that are impossible: `count, n, low, high`, Wilson, as proportions."""
    count, n = int(audited["verdict"].eq("impossible").sum()), len(audited)
    low, high = wilson(count, n)
    return {"count": count, "n": n, "low": low / 100, "high": high / 100}


def by_question(audited: pd.DataFrame, names: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Share of each question's figures that are possible, impossible, or could not fail: `label, part, share, n`.

    `names` are a reader's words for the keys of questions and sources.
    """
    said = names or {}
    part = audited["verdict"].where(audited["power"].gt(0), "no power")
    question = audited["question"].map(lambda key: said.get(key, key.replace("-", " ")))
    source = audited["source"].map(lambda key: said.get(key, key).split(" (")[0])
    label = question + "; " + source
    table = pd.crosstab(label, part).reindex(label.unique())
    table = table.reindex(columns=["possible", "no power", "impossible"], fill_value=0)
    n = table.sum(axis=1)
    long = (
        table.div(n, axis=0)
        .rename_axis("label")
        .reset_index()
        .melt("label", var_name="part", value_name="share")
    )
    return long.assign(n=long["label"].map(n))


def accounts(percentages: pd.DataFrame) -> pd.DataFrame:
    """Whether the single-choice questions that are printed whole account for everybody; see `audit.audit_tables`.

    A question with fewer than three printed classes is printed in part and left out. `unaccounted` is the number of people not
    accounted for, as a text: one number or a range, “–” where an impossible figure keeps it open.
    """
    size = percentages.groupby(["source", "question"])["id"].transform("size")
    table = audit_tables(percentages[size.ge(3)])
    table["unaccounted"] = [
        f"{low}" if low == high else f"{low} to {high}"
        for low, high in zip(table["missing_low"], table["missing_high"], strict=True)
    ]
    table.loc[table["verdict"].eq("unresolved"), "unaccounted"] = "–"
    return table


def shown_twice(compared: pd.DataFrame) -> pd.DataFrame:
    """Facts printed twice as a reader sees them, disagreements first."""
    names = {
        "first_statement": "statement",
        "first_percent": "first_printed",
        "second_percent": "second_printed",
    }
    wanted = [
        "statement",
        "first_printed",
        "first_source",
        "second_printed",
        "second_source",
        "verdict",
    ]
    ordered = compared.sort_values("verdict", key=lambda v: v.ne("disagree"), kind="stable")
    return ordered.rename(columns=names)[wanted].reset_index(drop=True)
