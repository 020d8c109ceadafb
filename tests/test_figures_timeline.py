"""Figures of coded texts: what is drawn is what the frame says, and nothing overlaps the edge."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis import cases, figures_timeline, rank_intervals, sources

WORDS = ("printed", "between", "not told")


@pytest.fixture
def events():
    table = cases.dated(sources.table("policy_events"))
    return table.assign(label=table["order"] + ". " + table["kind"])


def test_timeline_draws_bars_lines_and_question_marks(events):
    figure = figures_timeline.timeline(events, "A case", "Year", WORDS)
    (ax,) = figure.axes
    known = events["timing"].value_counts()
    bars = [bar for bar in ax.patches if bar.get_width() == 1]
    assert len(bars) == known["printed"]
    assert [bar.get_x() for bar in bars] == [2004, 2006, 2008, 2011]
    assert sum(text.get_text() == "?" for text in ax.texts) == known["not told"]
    assert len(ax.collections) == len(events) - known["printed"] - known["not told"]
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert sorted(labels) == sorted(WORDS)


def test_timeline_arrow_only_where_a_side_is_open(events):
    (ax,) = figures_timeline.timeline(events, "A case", "Year", WORDS).axes
    markers = [line.get_marker() for line in ax.lines]
    assert markers.count("<") == events["timing"].eq("before").sum()
    assert markers.count(">") == events["timing"].eq("after").sum()


def test_grid_writes_the_claims_and_leaves_silence_empty():
    cells = pd.DataFrame(
        [
            ("paper", "one", 3, "problem"),
            ("paper", "two", 0, "silent"),
            ("time", "one", 1, "neutral"),
            ("time", "two", 12, "mixed"),
        ],
        columns=["theme", "source", "claims", "leaning"],
    )
    figure = figures_timeline.grid(cells, "Grid", {"one": "s", "two": "s"})
    (ax,) = figure.axes
    assert sorted(text.get_text() for text in ax.texts) == ["1", "12", "3"]
    # the two sources of one study are joined by a line
    assert len(ax.collections) == 1
    labels = [text.get_text() for text in figure.legends[0].get_texts()]
    assert labels == ["problem", "mixed", "neutral"]
    apart = figures_timeline.grid(cells, "Grid", {"one": "s", "two": "t"})
    assert len(apart.axes[0].collections) == 0


def test_marks_differ_in_shape_so_that_grey_print_tells_them():
    assert len({marker for marker, _, _ in figures_timeline.MARKS.values()}) == 4


def test_places_have_whole_ticks_within_the_list():
    frame = pd.DataFrame(
        {"statement": list("abc"), "count_low": [9, 5, 1], "count_high": [9, 5, 1], "n": 40}
    )
    figure = figures_timeline.places(rank_intervals.rank_sets(frame), "Places", "Place among")
    assert isinstance(figure, Figure)
    (ax,) = figure.axes
    assert ax.get_xlim() == (0.5, 3.5) and "Place among 3" in ax.get_xlabel()
    assert all(float(tick).is_integer() for tick in ax.get_xticks())
