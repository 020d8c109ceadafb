"""Tidy frame to figure, in one style: narrow, legible in grey, n shown. Nothing is computed here but positions."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from textwrap import fill
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

mpl.style.use(Path(__file__).parent / "casework.mplstyle")

DARK, LIGHT = "#0b3c5d", "#d98324"
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
LABEL_WIDTH = 30
MANY = 8
CELLS = 3.0  # inches that the cells of a matrix have beside its labels and the scale of shades


def new_figure(height: float, width: float = 5.2) -> tuple[Figure, mpl.axes.Axes]:
    """An empty figure with one pair of axes, in inches; width fits a phone."""
    figure = Figure(figsize=(width, height))
    return figure, figure.subplots()


def watermark(figure: Figure, text: str) -> None:
    """Write the mark of synthetic data across the figure, under nothing and over everything."""
    figure.text(
        0.5,
        0.5,
        text,
        ha="center",
        va="center",
        rotation=24,
        fontsize=24,
        color="#7a0019",
        alpha=0.13,
        zorder=100,
    )


def blank(text: str) -> Figure:
    """A figure that shows nothing but why nothing is shown."""
    figure = Figure(figsize=(5.2, 1.2))
    figure.text(0.5, 0.5, fill(text, 58), ha="center", va="center")
    return figure


def legend_name(group: object) -> str:
    """A group's name as a legend takes it: matplotlib leaves out names that begin with an underscore."""
    return f" {group}" if str(group).startswith("_") else str(group)


def _labels(texts: Iterable[object], width: int = LABEL_WIDTH) -> list[str]:
    return [fill(str(text), width) for text in texts]


def dotted(
    frame: pd.DataFrame,
    label: str,
    value: str,
    *,
    n: str = "n",
    bounds: tuple[str, str] = ("low", "high"),
    group: str | None = None,
    times: float = 1,
) -> pd.DataFrame:
    """A tidy frame as `dots` wants it: `label, value, low, high, n` and, if named, `group`; `times` 100 makes percent."""
    table = pd.DataFrame(
        {"label": frame[label].astype(str), "value": times * frame[value].astype(float)}
    )
    table["low"], table["high"] = (times * frame[name].astype(float) for name in bounds)
    table["n"] = frame[n]
    told = {"group": group, "unit": "unit" if "unit" in frame else None}
    return table.assign(**{name: frame[column] for name, column in told.items() if column})


def dots(frame: pd.DataFrame, title: str, xlabel: str, zero: float | None = None) -> Figure:
    """Dot plot with intervals, one row per `label`, from top to bottom as the frame has them.

    Columns: `label`, `value`, `low`, `high`, `n`; a column `group`, if there is one, sets marker and colour.
    Rows whose interval is missing show the dot alone, rows whose value is missing show “–”.
    """
    if frame.empty:
        return blank(title)
    labels = list(dict.fromkeys(frame["label"]))
    groups = list(dict.fromkeys(frame["group"])) if "group" in frame else [None]
    lines = sum(text.count("\n") + 1 for text in _labels(labels))
    figure, ax = new_figure(1.1 + 0.2 * lines + 0.14 * len(labels) * len(groups))
    alone = not frame["label"].duplicated().any()  # one dot in each row stands on its row
    step = 0 if alone else min(0.26, 0.8 / len(groups))
    for g, group in enumerate(groups):
        part = frame if group is None else frame[frame["group"] == group]
        place = np.array([labels.index(label) for label in part["label"]]) + step * (
            g - (len(groups) - 1) / 2
        )
        colour, marker = f"C{g}", MARKERS[g % len(MARKERS)]
        ax.hlines(
            place, part["low"].astype(float), part["high"].astype(float), color=colour, linewidth=2
        )
        ax.plot(
            part["value"].astype(float),
            place,
            marker,
            color=colour,
            markerfacecolor=colour if g == 0 else "white",
            label=None if group is None else legend_name(group),
            linestyle="none",
        )
        for y in place[part["value"].isna().to_numpy()]:
            ax.text(0.5, y, "–", transform=ax.get_yaxis_transform(), color=colour, va="center")
    if zero is not None:
        ax.axvline(zero, color="#555555", linewidth=1, linestyle=(0, (4, 3)))
    texts, note = _based(labels, frame)
    ax.set_yticks(range(len(labels)), texts)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    finished(figure, ax, title, xlabel + note, "", legend=groups != [None])
    return figure


def _based(labels: list[str], frame: pd.DataFrame) -> tuple[list[str], str]:
    """Labels with their bases, or, where all have one base, the labels and a note for the axis."""
    known = frame["n"].dropna().unique()
    if len(known) == 1 and len(labels) > 1:
        return _labels(labels), f"  (n = {known[0]:.0f})"
    bases = frame.groupby("label", sort=False)["n"].agg(
        lambda n: "/".join(f"{v:.0f}" for v in n.dropna().unique())
    )
    return [
        f"{text}  (n={bases[label]})" for text, label in zip(_labels(labels), labels, strict=True)
    ], ""


def lines(frame: pd.DataFrame, title: str, xlabel: str, ylabel: str) -> Figure:
    """Mean lines over ordered `x`, one line per `group`, with intervals.

    Columns: `x` (already in order), `value`, `low`, `high`, `n`, `group`.
    """
    if frame.empty:
        return blank(title)
    figure, ax = new_figure(3.6)
    steps = list(dict.fromkeys(frame["x"]))
    groups = list(dict.fromkeys(frame["group"]))
    shift = 0.05
    for g, group in enumerate(groups):
        part = frame[frame["group"] == group]
        place = np.array([steps.index(x) for x in part["x"]]) + shift * (g - (len(groups) - 1) / 2)
        ax.vlines(
            place,
            part["low"].astype(float),
            part["high"].astype(float),
            color=f"C{g % 6}",
            linewidth=1.2,
        )
        ax.plot(
            place,
            part["value"].astype(float),
            marker=MARKERS[g % 8],
            color=f"C{g % 6}",
            label=legend_name(group),
        )
    total = (
        frame.groupby("x", sort=False)["n"].sum() if len(groups) > 1 else frame.set_index("x")["n"]
    )
    names = [fill(str(s), 12) for s in steps]
    if len(steps) > MANY:  # so many bases would run into each other
        xlabel += f"  (n = {total.min():.0f} to {total.max():.0f})"
    else:
        names = [f"{name}\n(n={total[s]:.0f})" for name, s in zip(names, steps, strict=True)]
    ax.set_xticks(range(len(steps)), names)
    finished(figure, ax, title, xlabel, ylabel, legend=len(groups) > 1)
    return figure


def stacks(frame: pd.DataFrame, title: str, xlabel: str) -> Figure:
    """Stacked shares, one bar per `label`, parts in the order of `part`, shares written in the bars.

    Columns: `label`, `part`, `share` (0 to 1), `n` (base of the bar).
    """
    labels, parts = list(dict.fromkeys(frame["label"])), list(dict.fromkeys(frame["part"]))
    bases = frame.groupby("label", sort=False, observed=True)["n"].max()
    if frame.empty:
        return blank(title)
    figure, ax = new_figure(1.5 + 0.42 * len(labels))
    wide = frame.pivot_table(
        index="label", columns="part", values="share", sort=False, observed=True
    )
    wide = wide.reindex(index=labels, columns=parts).fillna(0)
    shades = sns.color_palette("blend:#dbe6ee,#0b3c5d", len(parts))
    names = [
        fill(f"{label} (n={'–' if pd.isna(bases[label]) else f'{bases[label]:.0f}'})", 30)
        for label in labels
    ]
    left = np.zeros(len(labels))
    for p, part in enumerate(parts):
        share = 100 * wide[part].to_numpy()
        ax.barh(
            range(len(labels)),
            share,
            left=left,
            color=shades[p],
            edgecolor="white",
            label=legend_name(part),
        )
        for y, (start, width) in enumerate(zip(left, share, strict=True)):
            if width >= 7:
                colour = "white" if p > (len(parts) - 1) / 2 else "#111111"
                ax.text(
                    start + width / 2,
                    y,
                    f"{width:.0f}",
                    ha="center",
                    va="center",
                    color=colour,
                    fontsize=8.5,
                )
        left += share
    ax.set_yticks(range(len(labels)), names)
    ax.set_ylim(len(labels) - 0.5, -0.5)
    ax.set_xlim(0, 100)
    ax.grid(axis="y", visible=False)
    finished(figure, ax, title, xlabel, "", legend=True)
    return figure


def heat(frame: pd.DataFrame, title: str, legend: str, fmt: str = ".0f") -> Figure:
    """Matrix of numbers as shades with the numbers written in. Index and columns are the labels."""
    if frame.empty:
        return blank(title)
    wide = int(CELLS / frame.shape[1] / 0.085)  # letters that fit over a column
    upright = max(len(word) for name in frame for word in str(name).split() or [""]) > wide
    names = _labels(frame.columns, 20 if upright else wide)
    figure, ax = new_figure(1.5 + 0.3 * len(frame) + (0.5 if upright else 0))
    values = frame.astype(float)
    whole = {"ticks": MaxNLocator(integer=True)} if fmt == ".0f" else {}
    sns.heatmap(
        values,
        ax=ax,
        annot=True,
        fmt=fmt,
        cmap=sns.color_palette("blend:#f7f7f7,#0b3c5d", as_cmap=True),
        linewidths=1,
        linecolor="white",
        cbar_kws={"label": legend, **whole},
        annot_kws={"fontsize": 8.5},
    )
    cells = np.atleast_2d(np.asarray(ax.collections[0].get_facecolor()))
    for text, number in zip(ax.texts, np.flatnonzero(values.notna().to_numpy()), strict=True):
        text.set_color("#111111" if _luminance(cells[number]) > 0.18 else "white")
    ax.set_yticks(np.arange(len(frame)) + 0.5, _labels(frame.index, 26), rotation=0)
    ax.set_xticks(np.arange(frame.shape[1]) + 0.5, names, rotation=90 if upright else 0)
    ax.grid(visible=False)
    finished(figure, ax, title, "", "")
    return figure


def _luminance(colour: NDArray[np.floating[Any]]) -> float:
    """Relative luminance of WCAG: above 0.18 black stands out more than white."""
    linear = np.where(
        colour[:3] <= 0.04045, colour[:3] / 12.92, ((colour[:3] + 0.055) / 1.055) ** 2.4
    )
    return float(linear @ [0.2126, 0.7152, 0.0722])


def finished(
    figure: Figure, ax: mpl.axes.Axes, title: str, xlabel: str, ylabel: str, legend: bool = False
) -> None:
    """Write the title and the axes, and put the legend below where it hides nothing."""
    figure.suptitle(fill(title, 58), x=0.01, ha="left", fontsize=10.5, fontweight="bold")
    # A label longer than its axis would be cut at the edge: it begins further to the left.
    ax.set_xlabel(xlabel, loc="right" if len(xlabel) > 34 else "center")
    ax.set_ylabel(ylabel)
    if legend:
        handles, labels = ax.get_legend_handles_labels()
        longest = max(map(len, labels))
        columns = 1 if longest > 26 else 2 if longest > 14 else 3
        figure.legend(handles, labels, loc="outside lower left", ncols=columns)
