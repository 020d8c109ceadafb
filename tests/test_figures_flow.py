"""What the figures of flow show is read off their artists; how they look was looked at."""

from itertools import pairwise

import pandas as pd
import pytest
from matplotlib.patches import FancyArrowPatch, Rectangle

from analysis import figures_flow, schedule

LOOKS = {"stated": "stated by a source", "assumed": "assumed", "ours": "ours"}
NAMES = {
    "critical": "no slack",
    "other": "others",
    "slack": "may be late",
    "box": "{mean} days from {start}, slack {slack}",
}
CHAIN = pd.DataFrame(
    [
        ("one", "narrative", "Шаг первый", "stated"),
        ("one", "narrative", "A second step " * 8, "ours"),
        ("one", "assumptions", "If it rains", "assumed"),
        ("two", "narrative", "The end", "stated"),
        ("two", "assumptions", "And it lasts", "assumed"),
    ],
    columns=["level", "column", "text", "status"],
)


def stages(*rows):
    frame = pd.DataFrame(rows, columns=["stage", "after", "optimistic", "likely", "pessimistic"])
    return schedule.plan(frame.assign(label=frame["stage"]))


PLAN = stages(("a", "", 1, 1, 1), ("b", "a", 2, 2, 2), ("c", "a", 5, 5, 5), ("d", "b; c", 1, 1, 1))


def texts(figure):
    return [text.get_text() for text in figure.axes[0].texts]


def legend(figure):
    return [text.get_text() for text in figure.legends[0].get_texts()]


def inside(figure):
    """Whether every text lies within the picture."""
    figure.draw_without_rendering()
    whole = figure.bbox
    boxes = [t.get_window_extent() for t in [*figure.axes[0].texts, *figure.texts]]
    return all(whole.x0 - 1 <= b.x0 and b.x1 <= whole.x1 + 1 for b in boxes if b.width)


class TestLayers:
    def figure(self, chain=CHAIN):
        return figures_flow.layers(
            chain,
            "What is meant to lead to what, and what has to hold on the way",
            {"last": "lasting only if"},
            LOOKS,
        )

    def test_every_statement_is_there(self):
        said = " ".join(" ".join(texts(self.figure())).split())
        for text in CHAIN["text"]:
            assert " ".join(text.split()) in said
        assert "lasting only if" in said

    def test_marks_differ_without_colour(self):
        frames = [p for p in self.figure().axes[0].patches if isinstance(p, Rectangle)]
        strips = {p.get_hatch() for p in frames if p.get_linewidth() == 0}
        lines = {str(p.get_linestyle()) for p in frames if p.get_linewidth() > 0}
        colours = {p.get_edgecolor() for p in frames if p.get_linewidth() > 0}
        assert len(strips) == 3 and len(lines) == 3 and len(colours) == 1

    def test_the_legend_names_the_marks_in_use(self):
        assert legend(self.figure()) == list(LOOKS.values())
        assert legend(self.figure(CHAIN[CHAIN["status"].ne("ours")])) == list(LOOKS.values())[:2]

    def test_one_arrow_between_two_layers_and_none_behind_the_last(self):
        arrows = [p for p in self.figure().axes[0].patches if isinstance(p, FancyArrowPatch)]
        assert len(arrows) == 1
        (x0, y0), (x1, y1) = arrows[0]._posA_posB
        assert x0 == x1 and y1 > y0  # the axis runs downwards

    def test_boxes_do_not_overlap(self):
        frames = [
            p.get_bbox()
            for p in self.figure().axes[0].patches
            if isinstance(p, Rectangle) and p.get_linewidth() > 0
        ]
        spans = sorted((b.y0, b.y1) for b in frames)
        assert all(end < start for (_, end), (start, _) in pairwise(spans))

    def test_words_stay_within_the_picture_and_their_box(self):
        figure = self.figure()
        assert inside(figure)
        ends = [t.get_window_extent().x1 for t in figure.axes[0].texts]
        frames = [
            p for p in figure.axes[0].patches if isinstance(p, Rectangle) and p.get_linewidth()
        ]
        assert max(ends) <= max(p.get_window_extent().x1 for p in frames)

    def test_narrow_enough_for_a_phone(self):
        assert self.figure().get_size_inches()[0] <= 4.2

    def test_a_mark_without_a_look(self):
        with pytest.raises(ValueError, match="status 'guessed' has no look"):
            self.figure(CHAIN.assign(status="guessed"))

    def test_more_marks_than_looks(self):
        with pytest.raises(ValueError, match="4 kinds of boxes"):
            figures_flow.layers(CHAIN, "t", {}, LOOKS | {"x": "x"})


class TestNetwork:
    def figure(self, plan=PLAN):
        return figures_flow.network(plan, "t", NAMES)

    def test_days_and_slack_are_written(self):
        assert "b\n2.0 days from 1, slack 3.0" in texts(self.figure())

    def test_critical_stages_and_arrows_are_heavy(self):
        patches = self.figure().axes[0].patches
        heavy = [p.get_linewidth() for p in patches if isinstance(p, Rectangle)]
        assert sum(width > 2 for width in heavy) == 3  # a, c, d
        arrows = [p.get_linewidth() for p in patches if isinstance(p, FancyArrowPatch)]
        assert len(arrows) == 4 and sum(width > 2 for width in arrows) == 2  # a to c, c to d

    def test_siblings_stand_beside_each_other(self):
        places, most = figures_flow._places(PLAN)
        assert most == 2 and places["b"][1] == places["c"][1] == 1
        assert places["b"][0] != places["c"][0] and places["d"] == (0.5, 2)

    @pytest.mark.parametrize("count", [1, 3, 4])
    def test_boxes_of_one_level_do_not_overlap(self, count):
        plan = stages(*((f"Этап {k}", "", 1, 1, 1) for k in range(count)))
        figure = self.figure(plan)
        spans = sorted(
            (p.get_x(), p.get_x() + p.get_width())
            for p in figure.axes[0].patches
            if isinstance(p, Rectangle)
        )
        assert all(end < start for (_, end), (start, _) in pairwise(spans))
        figure.draw_without_rendering()

    def test_one_stage(self):
        assert inside(self.figure(stages(("a", "", 1, 2, 3))))


class TestBars:
    def figure(self, plan=PLAN):
        return figures_flow.bars(plan, "t", "days", NAMES)

    def test_bars_start_when_the_plan_says(self):
        bars = self.figure().axes[0].patches
        assert [(b.get_x(), b.get_width()) for b in bars if not b.get_hatch()] == [
            *((0, 1), (1, 2), (1, 5), (6, 1)),
        ]

    def test_only_stages_with_slack_have_a_hatched_one(self):
        hatched = [b for b in self.figure().axes[0].patches if b.get_hatch()]
        assert [(b.get_x(), b.get_width()) for b in hatched] == [(3, 3)]

    def test_numbers_and_legend(self):
        assert texts(self.figure()) == ["1.0", "2.0", "5.0", "1.0"]
        assert legend(self.figure()) == ["no slack", "others", "may be late"]

    def test_a_plan_of_no_days(self):
        self.figure(stages(("a", "", 0, 0, 0))).draw_without_rendering()
