"""Figures of a process over time and of centres against their size: control charts and funnels. Same style as `figures`."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.figures import finished, new_figure

LIMIT = "#808080"
SIGNAL = "#d98324"


def control_chart(
    chart: pd.DataFrame | None, title: str, xlabel: str, ylabel: str, times: float = 1
) -> Figure:
    """Points over time with the middle and the limits; signals are larger squares, the baseline is shaded.

    `chart` is from `control_charts`: x, value, middle, low, high, phase, beyond, in_run and, for shares and rates,
    n (named below the months). `times` 100 makes percent. Points without a value are gaps. None draws an
    empty figure that says so by its dash.
    """
    figure, ax = new_figure(3.4)
    if chart is None:
        return _nothing(figure, ax, title)
    place = np.arange(len(chart))
    scaled = {
        name: times * chart[name].astype(float) for name in ("value", "middle", "low", "high")
    }
    base = int(chart["phase"].eq("baseline").sum())
    if base < len(chart):
        ax.axvspan(-0.5, base - 0.5, color="#f0f3f6", zorder=0)
    for name in ("low", "high"):
        ax.step(place, scaled[name], where="mid", color=LIMIT, linewidth=1, linestyle=(0, (4, 2)))
    ax.plot(place, scaled["middle"], color=LIMIT, linewidth=1.2)
    ax.plot(place, scaled["value"], color="C0", marker="o", markersize=4)
    beyond = chart["beyond"].to_numpy(dtype=bool)
    run = chart["in_run"].to_numpy(dtype=bool) & ~beyond
    values = scaled["value"].to_numpy()
    for chosen, marker, name in ((beyond, "s", "beyond a limit"), (run, "D", "long run")):
        if chosen.any():
            ax.plot(
                place[chosen], values[chosen], marker, color=SIGNAL, markersize=8,
                markeredgecolor="#111111", linestyle="none", label=name,
            )  # fmt: skip
    _ends(ax, scaled)
    step = max(1, int(np.ceil(len(chart) / 8)))
    ax.set_xticks(place[::step], [_label(x) for x in chart["x"].iloc[::step]])
    ax.set_xlim(-0.5, len(chart) + 0.9)
    known = chart["n"].dropna() if "n" in chart else pd.Series(dtype=float)
    note = f"  (n = {known.min():.0f} to {known.max():.0f} per point)" if len(known) else ""
    finished(figure, ax, title, xlabel + note, ylabel, legend=bool(beyond.any() or run.any()))
    return figure


def _nothing(figure: Figure, ax: Axes, title: str) -> Figure:
    """An empty figure whose dash says that there is nothing to draw."""
    ax.text(0.5, 0.5, "–", transform=ax.transAxes, ha="center", va="center", fontsize=24)
    ax.set_xticks([])
    ax.set_yticks([])
    finished(figure, ax, title, "", "")
    return figure


def _ends(ax: Axes, scaled: dict[str, pd.Series]) -> None:
    """Name the lines at their right end, where nothing else stands."""
    last = {name: scaled[name].dropna() for name in ("low", "middle", "high")}
    for name, values in last.items():
        if len(values):
            ax.text(
                len(scaled["value"]) - 0.4, values.iloc[-1], f"{values.iloc[-1]:.3g}",
                va={"low": "top", "middle": "center", "high": "bottom"}[name],
                fontsize=8.5, color="#444444",
            )  # fmt: skip


def _label(x: object) -> str:
    return f"{x:%Y-%m}" if isinstance(x, pd.Timestamp) else str(x)


def funnel(
    units: pd.DataFrame, curves: pd.DataFrame, title: str, xlabel: str, ylabel: str
) -> Figure:
    """Shares of units against their size within the funnel that chance alone draws.

    `units` is from `funnel.funnel` (label, n, share, target), `curves` from `funnel.curve` (n, level, low, high). Shares in
    percent. Labels stand beside their points and never on one another. No units draw an empty figure.
    """
    figure, ax = new_figure(3.8)
    if units.empty:
        return _nothing(figure, ax, title)
    for level in sorted(curves["level"].unique()):
        part = curves[curves["level"].eq(level)]
        style = "solid" if level > 0.99 else (0, (4, 2))
        for k, name in enumerate(("low", "high")):
            label = f"{100 * level:g}% limits" if not k else None
            ax.plot(
                part["n"], 100 * part[name], color=LIMIT, linewidth=1, linestyle=style, label=label
            )
    some = units[units["n"].gt(0)]
    if len(some):
        ax.axhline(100 * some["target"].iloc[0], color="#333333", linewidth=1)
    outside = some["outside"].ne("no")
    for chosen, colour, marker in ((~outside, "C0", "o"), (outside, SIGNAL, "s")):
        ax.plot(
            some["n"][chosen], 100 * some["share"][chosen], marker, color=colour,
            markeredgecolor="#111111", linestyle="none",
        )  # fmt: skip
    reach = max(curves["n"].max(), 1)
    ax.set_xlim(0, 1.25 * reach)
    ax.set_ylim(-4, 104)
    for (_, row), y in zip(some.iterrows(), _apart(100 * some["share"].to_numpy()), strict=True):
        ax.annotate(
            f"{row['label']} (n={row['n']:.0f})", (row["n"], 100 * row["share"]),
            (row["n"] + 0.025 * reach, y), fontsize=8, va="center", annotation_clip=False,
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        )  # fmt: skip
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    finished(figure, ax, title, xlabel, ylabel, legend=True)
    return figure


def _apart(heights: np.ndarray, gap: float = 5.0) -> np.ndarray:
    """Heights of labels moved up as little as it takes for none to stand within `gap` of another."""
    placed = heights.astype(float).copy()
    order = np.argsort(placed, kind="stable")
    for lower, upper in itertools.pairwise(order):
        placed[upper] = max(placed[upper], placed[lower] + gap)
    return placed - max(0.0, placed.max(initial=0) - 102)
