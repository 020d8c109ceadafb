"""Figures of printed and coded texts: places in a list, a story whose dates are partly known, a grid of marks for several sources."""

from __future__ import annotations

from textwrap import fill

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.figures import DARK, dots, dotted, finished, new_figure

MARKS = {  # leaning -> marker, fill, size
    "problem": ("v", DARK, 13),
    "resource": ("^", "white", 13),
    "mixed": ("D", "#9db4c4", 10),
    "neutral": ("o", "white", 6),
}


def places(sets: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Places of statements with the sets that hold them, of `rank_intervals.rank_sets`; the first place is on the left."""
    table = dotted(sets, "statement", "rank", bounds=("rank_low", "rank_high"))
    figure = dots(table, title, f"{xlabel} {sets['statements'].iloc[0]}")
    figure.axes[0].set_xlim(0.5, sets["statements"].iloc[0] + 0.5)
    figure.axes[0].xaxis.set_major_locator(MaxNLocator(integer=True))
    return figure


def timeline(events: pd.DataFrame, title: str, xlabel: str, words: tuple[str, str, str]) -> Figure:
    """Events from top to bottom in the order of the story, each over the years in which it can lie.

    A printed year is a filled square over that year, a time known from its neighbours only a thin line over the years left open (an arrow where
    one side is open), a time that is not told a question mark.

    Parameters
    ----------
    events : of `cases.dated`, with `label`.
    words : what the legend calls a printed year, a time between, and a time not told.
    """
    figure, ax = new_figure(1.6 + 0.42 * len(events))
    years = events[["earliest", "latest"]].to_numpy(dtype=float)
    first, last = np.nanmin(years), np.nanmax(years)
    left, right = first - 1.2, last + 2.0
    for y, (event, (low, high)) in enumerate(zip(events.to_dict("records"), years, strict=True)):
        if event["timing"] == "printed":
            ax.barh(y, 1, left=low, height=0.5, color=DARK)
        elif event["timing"] == "not told":
            ax.text((first + last + 1) / 2, y, "?", ha="center", va="center", fontsize=13)
        else:
            ends = (left if np.isnan(low) else low, right if np.isnan(high) else high + 1)
            ax.hlines(y, *ends, color="#6b6b6b", linewidth=1.6)
            ax.plot(ends[0], y, "<" if np.isnan(low) else "|", color="#6b6b6b", clip_on=False)
            ax.plot(ends[1], y, ">" if np.isnan(high) else "|", color="#6b6b6b", clip_on=False)
    ax.barh(np.nan, np.nan, color=DARK, label=words[0])
    ax.plot([], [], "-", color="#6b6b6b", label=words[1])
    with mpl.rc_context(
        {"text.parse_math": True}
    ):  # a marker is formula text, names of data are not
        ax.plot([], [], linestyle="none", marker="$?$", color="#111111", label=words[2])
    ax.set_xlim(left, right)
    shown = np.arange(first, last + 1, 2)
    ax.set_xticks(shown + 0.5, [f"{year:.0f}" for year in shown])
    ax.set_yticks(
        range(len(events)), [fill(str(text), 32) for text in events["label"]], fontsize=8.5
    )
    ax.set_ylim(len(events) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    finished(figure, ax, title, xlabel, "", legend=True)
    return figure


def grid(cells: pd.DataFrame, title: str, studies: dict[str, str]) -> Figure:
    """Themes by sources: a mark for how a source leans and the number of its claims; an empty cell is silence.

    Parameters
    ----------
    cells : `theme, source, claims, leaning` for every theme and source, in the order to be shown.
    studies : source -> study; neighbouring sources of one study are joined by a line, because they are one witness.
    """
    themes, sources = list(dict.fromkeys(cells["theme"])), list(dict.fromkeys(cells["source"]))
    figure, ax = new_figure(1.9 + 0.46 * len(themes))
    for row in cells[cells["claims"].gt(0)].to_dict("records"):
        x, y = sources.index(row["source"]), themes.index(row["theme"])
        marker, colour, size = MARKS[row["leaning"]]
        ax.plot(x - 0.14, y, marker, color=DARK, markerfacecolor=colour, markersize=size)
        ax.text(x + 0.14, y, f"{row['claims']}", va="center", fontsize=9.5)
    for name, (marker, colour, size) in MARKS.items():
        if cells["leaning"].eq(name).any():
            (key,) = ax.plot([], [], marker, color=DARK, linestyle="none", label=name)
            key.set(markerfacecolor=colour, markersize=min(size, 9))
    for study in dict.fromkeys(studies[source] for source in sources):
        places = [i for i, source in enumerate(sources) if studies[source] == study]
        if len(places) > 1:
            ends = (places[0] - 0.3, places[-1] + 0.3)
            ax.hlines(len(themes) - 0.45, *ends, color="#111111", linewidth=2.5, clip_on=False)
    ax.set_xticks(range(len(sources)), [fill(source, 11) for source in sources], fontsize=8.5)
    ax.set_yticks(range(len(themes)), [fill(theme, 14) for theme in themes])
    ax.set_xlim(-0.6, len(sources) - 0.4)
    ax.set_ylim(len(themes) - 0.4, -0.6)
    ax.set_xticks(np.arange(0.5, len(sources) - 1), minor=True)
    ax.set_yticks(np.arange(0.5, len(themes) - 1), minor=True)
    ax.grid(visible=False)
    ax.grid(which="minor", visible=True)
    ax.tick_params(which="both", length=0)
    finished(figure, ax, title, "", "", legend=True)
    return figure
