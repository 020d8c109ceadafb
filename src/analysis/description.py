"""Who is in the records and what the ratings look like at each wave: counts, shares and means. No tests of change."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.change import mean_test
from analysis.measures import extreme, floor_share
from analysis.proportions import share
from analysis.study import Scale, Study
from analysis.wording import catalogue


def centres(monitoring: pd.DataFrame, first: str) -> pd.DataFrame:
    """One row per centre at the first wave: `centre, families, curators, families_per_curator`, and the centres together.

    Curators are counted where they are named; where none is, their number is 0 and the ratio missing. A single centre stands alone.
    """
    intake = monitoring[monitoring["wave"] == first]
    named = intake.assign(curator=intake["curator"].where(intake["curator"].ne("")))
    table = named.groupby("centre", observed=True).agg(
        families=("family", "nunique"), curators=("curator", "nunique")
    )
    table = table.reset_index()
    if len(table) > 1:
        whole = {
            "centre": "All centres",
            "families": table["families"].sum(),
            "curators": named["curator"].nunique(),
        }
        table = pd.concat([table, pd.DataFrame([whole])], ignore_index=True)
    each = table["families"] / table["curators"].where(table["curators"].gt(0))
    return table.assign(families_per_curator=each)


def centres_named(study: Study, table: pd.DataFrame) -> int:
    """How many centres the study names, of the rows of `centres`; 0 when it has none."""
    return len(table) - (len(table) > 1) if study.has_centres else 0


def retention(monitoring: pd.DataFrame, first: str) -> pd.DataFrame:
    """Families rated at each wave among those rated at the first: `wave, count, n, share, low, high` (Wilson, proportions)."""
    start = set(monitoring.loc[monitoring["wave"] == first, "family"])
    rows = [
        {"wave": wave} | share(len(start & set(part["family"])), len(start))
        for wave, part in monitoring.groupby("wave", observed=False)
    ]
    return pd.DataFrame(rows)


def retention_by_centre(monitoring: pd.DataFrame, first: str) -> pd.DataFrame:
    """`retention` within each centre: with a column `centre`."""
    parts = [
        retention(part, first).assign(centre=centre)
        for centre, part in monitoring.groupby("centre", observed=True)
    ]
    return pd.concat(parts, ignore_index=True)


def means(scores: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Mean score at each wave with a t interval over families: `scale, wave, n, mean, sd, low, high` and, if asked, `by`; waves in order."""
    keys = ["scale", "wave", *([by] if by else [])]
    rows = [
        dict(zip(keys, names, strict=True)) | mean_test(part["score"].dropna())
        for names, part in scores.sort_values("wave", kind="stable").groupby(
            keys, observed=True, sort=False
        )
    ]
    found = pd.DataFrame(rows)[[*keys, "n", "mean", "sd", "low", "high"]]
    order = {scale: place for place, scale in enumerate(scores["scale"].unique())}
    return found.sort_values("scale", key=lambda s: s.map(order), kind="stable", ignore_index=True)


def spread(scores: pd.DataFrame) -> pd.DataFrame:
    """How the scores of one scale lie at each wave that has any row: `wave, n, mean, std, min, 25%, 50%, 75%, max`; waves in order.

    The columns keep the names under which `protecting` knows smallest values, largest values and quantiles.
    """
    table = scores.groupby("wave", observed=True)["score"].describe()
    return table.rename(columns={"count": "n"}).reset_index()


def item_shares(monitoring: pd.DataFrame, items: tuple[str, ...]) -> pd.DataFrame:
    """How the ratings of each item are distributed over the records given: `label, part, share, n`.

    Every level that any of the items has stands at every item, lowest first; an item nobody rated is left out.
    """
    rated = monitoring[list(items)]
    levels = sorted(pd.unique(rated.to_numpy().ravel()[rated.notna().to_numpy().ravel()]))
    rows = []
    for item in items:
        values = rated[item].dropna()
        rows += [
            (item, f"{level:g}", values.eq(level).mean(), len(values))
            for level in levels
            if len(values)
        ]
    return pd.DataFrame(rows, columns=["label", "part", "share", "n"])


def scale_labels(study: Study) -> dict[str, str]:
    """Scale names to what a reader reads, with the good direction said."""
    words = catalogue(study.language)
    return {s.name: f"{s.label} ({words['better_' + s.better]})" for s in study.scales}


def improvement(changes: pd.DataFrame, study: Study, value: str) -> pd.DataFrame:
    """Changes turned so that positive is better for the family, whatever the scale's direction.

    `value` names the column of the change; it and its interval `low`, `high` are turned for scales where lower is better.
    """
    lower = changes["scale"].isin([s.name for s in study.scales if s.better == "lower"])
    turned = changes.copy()
    turned.loc[lower, value] = -changes.loc[lower, value]
    turned.loc[lower, "low"] = -changes.loc[lower, "high"]
    turned.loc[lower, "high"] = -changes.loc[lower, "low"]
    return turned


def ends_said(study: Study, scale: Scale) -> str:
    """On what bounds from the ends of a scale rest: on nothing but the scale, or on its ends where they were taken from the records."""
    return _of_ends(study, scale, "bounds")


def tipping_said(study: Study, scale: Scale, possible: object) -> str:
    """Whether the scale allows the change at the tipping point; with an if where its ends were taken from the records."""
    return _of_ends(study, scale, "allows" if possible else "forbids")


def _of_ends(study: Study, scale: Scale, what: str) -> str:
    words = catalogue(study.language)
    kind = "guessed" if scale.ends_guessed else "declared"
    low, high = (f"{end:g}".replace("-", words["minus"]) for end in (scale.low, scale.high))
    return str(words["ends"][kind][what]).format(low=low, high=high)


def rated(monitoring: pd.DataFrame) -> pd.DataFrame:
    """How many families are rated at each wave that has any: `wave, n`, waves in order."""
    families = monitoring.groupby("wave", observed=True)["family"].nunique()
    return families.rename("n").reset_index()


def range_said(values: pd.Series, study: Study) -> str:
    """Whole numbers as "40", or "between 38 and 40" where they differ; missing ones are left out, "–" where all are."""
    known = values.dropna()
    if known.empty:
        return "–"
    low, high = int(known.min()), int(known.max())
    between = str(catalogue(study.language)["between"]).format(low=low, high=high)
    return f"{low}" if low == high else between


def named_waves(frame: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The frame with its waves under the labels a reader reads, in order."""
    labels = [study.wave_labels.get(wave, wave) for wave in study.waves]
    named = frame["wave"].map(dict(zip(study.waves, labels, strict=True)))
    return frame.assign(wave=pd.Categorical(named, labels, ordered=True))


def item_means(monitoring: pd.DataFrame, study: Study, least: int = 1) -> pd.DataFrame:
    """Mean rating of each item at each wave, as percent of its range, turned so that 100 is the worst: items by waves.

    Missing where fewer than `least` families were rated on the item.
    """
    columns = {}
    for scale in study.scales:
        for item in scale.items:
            position = (monitoring[item] - scale.low) / (scale.high - scale.low)
            worse_is_high = (scale.better == "lower") != (item in scale.reverse)
            columns[item] = 100 * (position if worse_is_high else 1 - position)
    by_wave = pd.DataFrame(columns).groupby(monitoring["wave"], observed=True)
    table = by_wave.mean().where(by_wave.count().ge(least)).T
    return table.rename(columns=dict(study.wave_labels))


def item_name(item: str, study: Study) -> str:
    """An item as a reader knows it: its number in its scale."""
    scale = next(scale for scale in study.scales if item in scale.items)
    return f"item {scale.items.index(item) + 1} of “{scale.label}”"


def highest_floor(records: pd.DataFrame, items: pd.DataFrame, study: Study) -> dict[str, Any]:
    """`floor_share` of the item (of `item_table`) with most ratings at its lowest level, with `item` and `name`; the name says so when none has any."""
    item = str(extreme(items, "floor", most=True)["item"])
    row = floor_share(records, item, study)
    name = item_name(item, study) if row["count"] else str(catalogue(study.language)["no_floor"])
    return {**row, "item": item, "name": name}
