"""Figures of what happens over waves: distributions, flows between levels, time until an event. Same style as `figures`.

No family is drawn by itself: a shape, a quartile or a count can be shown, a single record cannot.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path as Outline
from matplotlib.ticker import MaxNLocator
from scipy.stats import gaussian_kde

from analysis.figures import blank, finished, legend_name, new_figure

SHADES = ("#dbe6ee", "#6d8ba3", "#0b3c5d", "#4f8f6b", "#d98324", "#9c3848")


def clouds(
    scores: pd.DataFrame,
    title: str,
    ylabel: str,
    limits: tuple[float, float],
    least: int = 1,
) -> Figure:
    """The distribution of a score at each wave: its shape, its quartiles, its mean.

    Columns: `wave` (ordered), `score`. `limits` are the ends of the scale; the shape is drawn within them. `least` is the smallest group shown:
    a wave with fewer families is left out, the shape ends where fewer than that lie beyond, and quartiles need as many between any two.
    """
    figure, ax = new_figure(3.6)
    waves = [wave for wave in scores["wave"].cat.categories if scores["wave"].eq(wave).any()]
    grid = np.linspace(*limits, 200)
    labels = []
    for place, wave in enumerate(waves):
        values = scores.loc[scores["wave"].eq(wave), "score"].dropna().to_numpy()
        if 0 < len(values) < least:
            labels.append(f"{wave}\n–")
            continue
        labels.append(f"{wave}\n(n={len(values)})")
        if len(values) > 2 * least and np.ptp(values) > 0:
            shape, ends = gaussian_kde(values)(grid), np.sort(values)[[least - 1, -least]]
            seen = (grid >= ends[0]) & (grid <= ends[1]) if least > 1 else np.full(len(grid), True)
            outline = place + 0.06 + 0.38 * shape / shape.max()
            ax.fill_betweenx(grid[seen], place + 0.06, outline[seen], color=SHADES[0])
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75]) if len(values) else [np.nan] * 3
        if len(values) >= 4 * least or least < 2:
            ax.vlines(place, low, high, color="C0", linewidth=5)
            ax.plot(place, middle, "s", color="white", markersize=5)
        ax.plot(
            place - 0.12, values.mean() if len(values) else np.nan, "D", color="C1", markersize=5
        )
    ax.set_xticks(range(len(waves)), labels)
    ax.set_xlim(-0.4, len(waves) - 0.4)
    finished(figure, ax, title, "", ylabel)
    return figure


def flows(table: pd.DataFrame, title: str, left: str, right: str) -> Figure:
    """Moves between levels: how many families go from each level at the first wave to each at the last.

    `table` holds counts, first wave in rows and last wave in columns, levels best to worst. Best is at the bottom.
    A count that is missing is not drawn; a level it belongs to is labelled with what is drawn and a “+”.
    """
    figure, ax = new_figure(4.0)
    known = table.to_numpy(dtype=float, na_value=np.nan)
    gaps, counts = np.isnan(known), np.nan_to_num(known)
    total, gap = max(counts.sum(), 1), 0.04
    starts = np.cumsum([0, *(counts.sum(axis=1)[:-1] / total + gap)])
    ends = np.cumsum([0, *(counts.sum(axis=0)[:-1] / total + gap)])
    from_here, to_here = starts.copy(), ends.copy()
    for i in range(len(counts)):
        for j in range(len(counts)):
            height = counts[i, j] / total
            if height:
                ax.add_patch(_ribbon(from_here[i], to_here[j], height, SHADES[i % len(SHADES)]))
                from_here[i] += height
                to_here[j] += height
    for x, heights, base, names, side in (
        (0, counts.sum(axis=1), starts, table.index, "right"),
        (1, counts.sum(axis=0), ends, table.columns, "left"),
    ):
        more = gaps.any(axis=1 - x)
        for height, y, name, some in zip(heights, base, names, more, strict=True):
            ax.plot(
                [x, x], [y, y + height / total], color="#222222", linewidth=4, solid_capstyle="butt"
            )
            ax.text(
                x + (0.03 if x else -0.03),
                y + height / total / 2,
                f"{name}\n{height:.0f}{'+' if some else ''}",
                ha=side,
                va="center",
                fontsize=9,
            )
    ax.set_xlim(-0.35, 1.35)
    ax.set_xticks([0, 1], [left, right])
    ax.set_yticks([])
    ax.grid(visible=False)
    ax.spines[["left", "bottom"]].set_visible(False)
    finished(figure, ax, title, "", "")
    return figure


def _ribbon(left: float, right: float, height: float, colour: str) -> PathPatch:
    corners = [(0, left), (0.5, left), (0.5, right), (1, right), (1, right + height)]
    corners += [(0.5, right + height), (0.5, left + height), (0, left + height), (0, left)]
    codes = [
        Outline.MOVETO,
        *[Outline.CURVE4] * 3,
        Outline.LINETO,
        *[Outline.CURVE4] * 3,
        Outline.CLOSEPOLY,
    ]
    return PathPatch(
        Outline(corners, codes), facecolor=colour, alpha=0.75, edgecolor="white", linewidth=0.8
    )


def curves(steps: pd.DataFrame, title: str, xlabel: str, ylabel: str) -> Figure:
    """Step curves of a share over time, one per group, with the number still followed at the start of each.

    Columns: `group, time, survival, n_at_risk`; the curve starts at 100% at time 0. The first group is drawn heavy.
    """
    if steps.empty:
        return blank(title)
    figure, ax = new_figure(3.8)
    for g, (group, part) in enumerate(steps.groupby("group", sort=False)):
        times = np.concatenate([[0], part["time"]])
        share = 100 * np.concatenate([[1], part["survival"]])
        start = part["n_at_risk"].iloc[0]
        label = legend_name(group) + (f" (n={start:.0f})" if pd.notna(start) else "")
        colour, width = (f"C{(g - 1) % 6}", 1.4) if g else ("#111111", 2.8)
        ax.step(times, share, where="post", color=colour, linewidth=width, label=label)
    ax.set_ylim(0, 102)
    ax.xaxis.set_major_locator(MaxNLocator("auto", integer=True))
    finished(figure, ax, title, xlabel, ylabel, legend=True)
    return figure
