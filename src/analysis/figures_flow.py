"""Figures of what leads to what: a theory of change in layers, a plan of stages as a network and over days.

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
from analysis.schedule import SAME

WIDTH = 4.2  # inches: on a phone the text of a box is then shown at nearly its full size
LINE, PAD, GAP, ARROW = 0.155, 0.07, 0.06, 0.12  # inches
STRIP = 0.16
LOOKS: tuple[tuple[str, str], ...] = (("-", ""), ((0, (5, 2)), "////"), ((0, (1, 1.5)), "...."))  # type: ignore[assignment]
Texts = Mapping[str, str]


def layers(chain: pd.DataFrame, title: str, names: Texts, looks: Texts) -> Figure:
    """A theory of change from top to bottom: layers of boxes, and between them what must hold.

    Columns: `level` (in order, first on top), `column` (`narrative`: a box of the layer; `assumptions`: what must
    hold on the way to the next layer, beside the arrow), `text`, `status`. `names` is what a reader sees for a
    level, for `assumptions` and for `last` (the assumptions behind the last level); `looks` what a status is called
    in the legend, at most three, in the order of lines solid, dashed, dotted. The strip at the left of each box has
    the hatching of its status.

    Raises
    ------
    ValueError : a status that `looks` does not name, or more than three.
    """
    if unknown := set(chain["status"]) - set(looks):
        raise ValueError(f"status {sorted(unknown)[0]!r} has no look; expected {', '.join(looks)}")
    if len(looks) > len(LOOKS):
        raise ValueError(f"{len(looks)} kinds of boxes; expected at most {len(LOOKS)}")
    used = set(chain["status"])
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
            words = names.get(row["text"], "")
            ax.text(0.46, row["y"], words, va="top", fontsize=8.5, style="italic")
        else:
            _box(ax, row, look[row["status"]])
    _titled(figure, title)
    shown = [
        Patch(fc="white", ec="#111111", ls=line, hatch=hatch, label=looks[status])
        for status, (line, hatch) in look.items()
        if status in used
    ]
    figure.legend(handles=shown, loc="outside lower left", ncols=1, handleheight=1.2)
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
                placed.append({"kind": "note", "text": kind, "y": y + 0.02})
                y += LINE + PAD
            for text, status in zip(boxes["text"], boxes["status"], strict=True):
                # A letter of 8.5 points is 0.065 inches wide on average, a Cyrillic one more.
                words = fill(text, int((WIDTH - left - STRIP - 0.14) / 0.075))
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
    for row in placed[::-1]:
        if row["kind"] == "heading":
            break
        if row["kind"] == "note":
            row["text"] = "last"
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


def network(planned: pd.DataFrame, title: str, names: Texts) -> Figure:
    """A plan of stages from top to bottom, with arrows to those that wait; critical stages and arrows are heavy.

    Columns: `stage`, `label`, `after` (tuple), `mean`, `earliest_start`, `slack`, `critical`, as `schedule.plan`
    gives them. `names`: the legend's words for `critical` and `other`, and `box`, the second line of a box, with
    {mean}, {start} and {slack} in it.
    """
    places, most = _places(planned)
    wide = WIDTH / max(2, most) - 0.12
    step, high = 0.98, 0.66
    levels = 1 + max(level for _, level in places.values())
    figure, ax = new_figure(step * levels + 0.9, WIDTH)
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(step * levels, 0)
    ax.axis("off")
    critical = dict(zip(planned["stage"], planned["critical"], strict=True))
    for row in planned.to_dict("records"):
        x, level = WIDTH * places[row["stage"]][0], places[row["stage"]][1]
        top, heavy = step * level + 0.04, row["critical"]
        _stage(ax, row, (x, top, wide, high), names["box"])
        for name in row["after"]:
            from_x, above = places[name]
            on_path = (
                heavy and critical[name] and row["earliest_start"] <= _end(planned, name) + SAME
            )
            start, end = (WIDTH * from_x, step * above + 0.04 + high), (x, top)
            ax.add_patch(_link(start, end, on_path))
    _titled(figure, title)
    shown = [
        Patch(fc="white", ec="#111111", lw=2.4, label=names["critical"]),
        Patch(fc="white", ec="#111111", lw=1.0, ls=(0, (5, 2)), label=names["other"]),
    ]
    figure.legend(handles=shown, loc="outside lower left", ncols=1, handleheight=1.2)
    return figure


def _stage(
    ax: mpl.axes.Axes, row: dict, place: tuple[float, float, float, float], form: str
) -> None:
    """The box of a stage: its label, and `form` filled; `place` is middle, top, width and height."""
    x, top, wide, high = place
    width, line = (2.4, "-") if row["critical"] else (1.0, (0, (5, 2)))
    corner = (x - wide / 2, top)
    ax.add_patch(Rectangle(corner, wide, high, fc="white", ec="#111111", lw=width, ls=line))
    said = form.format(
        mean=f"{row['mean']:.1f}",
        start=f"{row['earliest_start']:.0f}",
        slack=f"{row['slack']:.1f}",
    )
    words = f"{fill(str(row['label']), int(wide / 0.075))}\n{said}"
    ax.text(x, top + high / 2, words, ha="center", va="center", fontsize=8, linespacing=1.2)


def _titled(figure: Figure, title: str) -> None:
    """A title broken for this width; words in boxes must not move the axes, whose units are inches."""
    for text in figure.axes[0].texts:
        text.set_in_layout(False)
    figure.suptitle(fill(title, 44), x=0.01, ha="left", fontsize=10.5, fontweight="bold")


def _end(planned: pd.DataFrame, stage: str) -> float:
    row = planned[planned["stage"].eq(stage)].iloc[0]
    return float(row["earliest_start"] + row["mean"])


def _link(start: tuple[float, float], end: tuple[float, float], heavy: bool) -> FancyArrowPatch:
    width, line = (2.2, "-") if heavy else (1.0, (0, (4, 2)))
    return FancyArrowPatch(
        start,
        end,
        arrowstyle="-|>",
        mutation_scale=11,
        color="#444444",
        lw=width,
        ls=line,
        shrinkA=0,
    )


def _places(planned: pd.DataFrame) -> tuple[dict[str, tuple[float, int]], int]:
    """Place from left to right (0 to 1) and level from the top of every stage; most stages on one level."""
    level: dict[str, int] = {}
    for row in planned.to_dict("records"):
        level[row["stage"]] = 1 + max((level[name] for name in row["after"]), default=-1)
    waits = dict(zip(planned["stage"], planned["after"], strict=True))
    x: dict[str, float] = {}
    most = 1
    for here in range(1 + max(level.values())):
        wanted = {
            s: sum(x[name] for name in waits[s]) / len(waits[s]) if waits[s] else 0.5
            for s in level
            if level[s] == here
        }
        if len(wanted) == 1:
            x |= wanted
            continue
        most = max(most, len(wanted))
        for place, stage in enumerate(sorted(wanted, key=lambda s: wanted[s])):
            x[stage] = (place + 0.5) / len(wanted)
    return {stage: (x[stage], level[stage]) for stage in level}, most


def bars(planned: pd.DataFrame, title: str, xlabel: str, names: Texts) -> Figure:
    """A plan of stages over days: each at its earliest, its slack behind it, the critical ones filled.

    Columns as for `network`. `names`: the legend's words for `critical`, `other`, `slack`. The mean days are written
    in or behind each bar.
    """
    figure, ax = new_figure(1.6 + 0.36 * len(planned))
    whole = float((planned["earliest_start"] + planned["mean"]).max())
    for y, row in enumerate(planned.to_dict("records")):
        start, end = row["earliest_start"], row["earliest_start"] + row["mean"]
        face = DARK if row["critical"] else "white"
        ax.barh(y, row["mean"], left=start, height=0.5, color=face, edgecolor=DARK, linewidth=1.4)
        if row["slack"] > 0:
            ax.barh(
                y, row["slack"], left=end, height=0.3, color="white", edgecolor=LIGHT, hatch="////"
            )
        wide = row["mean"] > 0.12 * whole
        ax.text(
            start + row["mean"] / 2 if wide else end + row["slack"] + 0.012 * whole,
            y,
            f"{row['mean']:.1f}",
            ha="center" if wide else "left",
            va="center",
            fontsize=8.5,
            color="white" if wide and row["critical"] else "#111111",
        )
    ax.set_yticks(range(len(planned)), [fill(str(label), 20) for label in planned["label"]])
    ax.set_ylim(len(planned) - 0.5, -0.5)
    ax.set_xlim(0, max(whole * 1.12, SAME))
    ax.grid(axis="y", visible=False)
    finished(figure, ax, title, xlabel, "")
    kinds = [
        Patch(fc=DARK, ec=DARK, label=names["critical"]),
        Patch(fc="white", ec=DARK, label=names["other"]),
        Patch(fc="white", ec=LIGHT, hatch="////", label=names["slack"]),
    ]
    figure.legend(handles=kinds, loc="outside lower left", ncols=1)
    return figure
