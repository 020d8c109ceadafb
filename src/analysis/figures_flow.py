"""Figures of what leads to what: a theory of change in layers, and a plan of stages over days. Same style as `figures`.

Kinds are told apart by lines and hatching, never by colour alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import fill

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import FancyArrowPatch, Patch, Rectangle

from analysis.figures import DARK, LIGHT, finished, new_figure

WIDTH = 4.2  # inches: on a phone the text of a box is then shown at nearly its full size
LINE, PAD, GAP, ARROW = 0.155, 0.07, 0.06, 0.12  # inches
STRIP = 0.16
LOOKS: tuple[tuple[str, str], ...] = (("-", ""), ((0, (5, 2)), "////"), ((0, (1, 1.5)), "...."))  # type: ignore[assignment]
Texts = Mapping[str, str]


def layers(chain: pd.DataFrame, title: str, names: Texts, looks: Texts) -> Figure:
    """A theory of change from top to bottom: layers of boxes, and between them what must hold.

    Columns: `level` (in order, first on top), `column` (`narrative`: a box of the layer; `assumptions`: what must
    hold on the way to the next layer, beside the arrow), `text`, `status`. `names` is what a reader sees for a
    level and for `assumptions`; `looks` what a status is called in the legend, at most three, in the order of lines
    solid, dashed, dotted. The strip at the left of each box has the hatching of its status.

    Raises
    ------
    ValueError : a status that `looks` does not name, or more than three.
    """
    if unknown := set(chain["status"]) - set(looks):
        raise ValueError(f"status {sorted(unknown)[0]!r} has no look; expected {', '.join(looks)}")
    if len(looks) > len(LOOKS):
        raise ValueError(f"{len(looks)} kinds of boxes; expected at most {len(LOOKS)}")
    look = dict(zip(looks, LOOKS, strict=False))
    placed, height = _placed(chain)
    # The title and the legend take about this much; box heights are inches of the axes.
    figure, ax = new_figure(height + 0.75 + 0.2 * len(looks), WIDTH)
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(height, 0)
    ax.axis("off")
    for row in placed:
        if row["kind"] == "heading":
            name = names.get(row["text"], row["text"])
            ax.text(0.02, row["y"], name, va="top", fontsize=9.5, fontweight="bold")
        elif row["kind"] == "arrow":
            _arrow(ax, (0.2, row["y"]), (0.2, row["y"] + row["height"]))
        elif row["kind"] == "note":
            ax.text(0.46, row["y"], names.get("assumptions", ""), va="top", fontsize=8.5, style="italic")
        else:
            _box(ax, row, look[row["status"]])
    finished(figure, ax, title, "", "")
    shown = [Patch(fc="white", ec="#111111", ls=line, hatch=h) for line, h in look.values()]
    figure.legend(shown, list(looks.values()), loc="outside lower left", ncols=1, handleheight=1.2)
    return figure


def _placed(chain: pd.DataFrame) -> tuple[list[dict], float]:
    """Every heading, box, note and arrow with its place in inches from the top, and the height of all."""
    placed: list[dict] = []
    y = 0.02
    for level, here in chain.groupby("level", sort=False):
        placed.append({"kind": "heading", "text": level, "y": y})
        y += LINE + PAD
        for kind, left in (("narrative", 0.02), ("assumptions", 0.46)):
            boxes = here[here["column"].eq(kind)]
            top = y
            if kind == "assumptions" and len(boxes):
                placed.append({"kind": "note", "text": "", "y": y + 0.02})
                y += LINE + PAD
            for text, status in zip(boxes["text"], boxes["status"], strict=True):
                # 8.5 points of this letter are about 0.068 inches wide.
                words = fill(text, int((WIDTH - left - STRIP - 0.14) / 0.068))
                height = LINE * (words.count("\n") + 1) + 2 * PAD
                box = {"kind": "box", "text": words, "status": status, "x": left, "y": y}
                placed.append(box | {"height": height})
                y += height + GAP
            if kind == "assumptions":
                y += ARROW
                placed.append({"kind": "arrow", "text": "", "y": top, "height": y - top - 0.03})
    if placed and placed[-1]["kind"] == "arrow":
        placed.pop()  # behind the last layer nothing follows
        y -= ARROW
    return placed, y


def _box(ax: mpl.axes.Axes, row: dict, look: tuple) -> None:
    line, hatch = look
    width = WIDTH - row["x"] - 0.02
    corner, height = (row["x"], row["y"]), row["height"]
    ax.add_patch(Rectangle(corner, STRIP, height, fc="white", ec="#444444", lw=0, hatch=hatch))
    ax.add_patch(Rectangle(corner, width, height, fc="none", ec="#111111", lw=1.1, ls=line))
    ax.text(
        row["x"] + STRIP + 0.07,
        row["y"] + height / 2,
        row["text"],
        va="center",
        fontsize=8.5,
        linespacing=1.25,
    )


def _arrow(ax: mpl.axes.Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    ax.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=12, color="#444444", lw=1.4)
    )


def bars(planned: pd.DataFrame, title: str, xlabel: str, names: Texts) -> Figure:
    """A plan of stages over days: each at its earliest, its slack behind it, the critical ones marked.

    Columns: `stage`, `label`, `after` (tuple), `earliest_start`, `mean`, `slack`, `critical`, as `schedule.plan`
    gives them. `names`: the legend's words for `critical`, `other`, `slack`. The mean days are written in or behind
    each bar; thin arrows run from the end of a stage to those that wait for it.
    """
    figure, ax = new_figure(1.6 + 0.42 * len(planned))
    rows = {row["stage"]: (y, row) for y, row in enumerate(planned.to_dict("records"))}
    whole = float((planned["earliest_start"] + planned["mean"]).max())
    for y, row in rows.values():
        start, end = row["earliest_start"], row["earliest_start"] + row["mean"]
        face = DARK if row["critical"] else "white"
        ax.barh(y, row["mean"], left=start, height=0.5, color=face, edgecolor=DARK, linewidth=1.4)
        ax.barh(y, row["slack"], left=end, height=0.3, color="white", edgecolor=LIGHT, hatch="////")
        wide, past = row["mean"] > 0.12 * whole, end + row["slack"]
        ax.text(
            start + row["mean"] / 2 if wide else past + 0.012 * whole,
            y,
            f"{row['mean']:.1f}",
            ha="center" if wide else "left",
            va="center",
            fontsize=8.5,
            color="white" if wide and row["critical"] else "#111111",
        )
        for name in row["after"]:
            above, before = rows[name]
            ended = before["earliest_start"] + before["mean"]
            ax.annotate(
                "",
                (start, y - 0.25),
                (ended, above + 0.25),
                arrowprops={"arrowstyle": "->", "color": "#777777", "lw": 0.8},
            )
    ax.set_yticks(range(len(rows)), [fill(str(row["label"]), 20) for _, row in rows.values()])
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xlim(0, whole * 1.08)
    ax.grid(axis="y", visible=False)
    finished(figure, ax, title, xlabel, "")
    kinds = [
        Patch(fc=DARK, ec=DARK, label=names["critical"]),
        Patch(fc="white", ec=DARK, label=names["other"]),
        Patch(fc="white", ec=LIGHT, hatch="////", label=names["slack"]),
    ]
    figure.legend(handles=kinds, loc="outside lower left", ncols=1)
    return figure
