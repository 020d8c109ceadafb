"""The tornado: how far a result moves with one input at a time. Same style as `figures`; nothing is computed here but positions."""

from __future__ import annotations

from textwrap import fill
from typing import Any

import pandas as pd
from matplotlib.figure import Figure

from analysis.figures import DARK, LIGHT, finished, new_figure
from analysis.wording import number


def tornado(frame: pd.DataFrame, title: str, xlabel: str, decimals: int = 0) -> Figure:
    """Horizontal bars from the result at the lowest to the result at the highest input, widest on top.

    Columns as `sensitivity.tornado` gives them: `input, low, high, base, at_low, at_high`; an optional `n` (rows of the
    table behind an input) is written beside its name. Ends are labelled with the result there. Left bars are light and hatched, right bars dark, so
    that they differ in grey as well. The line is the result with nothing changed.
    """
    n = [f"  (n={count:.0f})" for count in frame["n"]] if "n" in frame else [""] * len(frame)
    names = [fill(f"{name}{base}", 30) for name, base in zip(frame["input"], n, strict=True)]
    figure, ax = new_figure(1.2 + 0.42 * max(len(frame), 1))
    base = float(frame["base"].iloc[0]) if len(frame) else 0.0
    for place, row in enumerate(frame.to_dict("records")):
        left, right = sorted([row["at_low"], row["at_high"]])
        ax.barh(place, left - base, left=base, color=LIGHT, hatch="///", edgecolor="white")
        ax.barh(place, right - base, left=base, color=DARK, edgecolor="white")
        ax.annotate(number(left, decimals), (left, place), (-3, 0), **_beside("right"))
        ax.annotate(number(right, decimals), (right, place), (3, 0), **_beside("left"))
    ax.axvline(base, color="#333333", linewidth=1)
    ax.margins(x=0.18)
    ax.set_yticks(range(len(frame)), names)
    ax.set_ylim(max(len(frame), 1) - 0.5, -0.5)
    ax.grid(axis="y", visible=False)
    finished(figure, ax, title, f"{xlabel}  (line: {number(base, decimals)})", "")
    return figure


def _beside(side: str) -> dict[str, Any]:
    return {"textcoords": "offset points", "ha": side, "va": "center", "fontsize": 8.5}
