"""What a figure must show is read off its artists; how it looks was looked at."""

import numpy as np
import pandas as pd
import pytest

from analysis import figures_waves


def texts(figure):
    return " ".join(t.get_text() for ax in figure.axes for t in [*ax.texts, *ax.get_xticklabels()])


def waves(values, wave="Начало"):
    frame = pd.DataFrame({"wave": wave, "score": values})
    return frame.assign(wave=pd.Categorical(frame["wave"], [wave, "Later"], ordered=True))


def test_clouds_show_n_and_draw_no_single_record():
    rng = np.random.default_rng(1)
    figure = figures_waves.clouds(waves(rng.normal(3, 0.5, 40)), "t", "y", (1, 5))
    assert "n=40" in texts(figure)
    points = sum(len(line.get_xdata()) for line in figure.axes[0].lines)
    assert points <= 2  # the median and the mean, nothing per family


@pytest.mark.parametrize("values", [[3.0], [3.0, 3.0, 3.0], [np.nan]])
def test_clouds_stand_few_equal_and_missing_scores(values):
    figures_waves.clouds(waves(values), "t", "y", (1, 5)).canvas.draw()


def test_flows_write_the_counts_of_both_sides():
    table = pd.DataFrame([[5, 1], [3, 2]], index=["low", "high"], columns=["low", "high"])
    figure = figures_waves.flows(table, "t", "first", "last")
    # Hand arithmetic: 6 and 5 start, 8 and 3 end.
    assert [t.get_text() for t in figure.axes[0].texts] == [
        "low\n6",
        "high\n5",
        "low\n8",
        "high\n3",
    ]
    assert len(figure.axes[0].patches) == 4


def test_flows_leave_out_moves_that_nobody_made():
    table = pd.DataFrame([[5, 0], [0, 2]], index=["low", "high"], columns=["low", "high"])
    assert len(figures_waves.flows(table, "t", "first", "last").axes[0].patches) == 2


def test_curves_start_at_all_and_name_their_base():
    steps = pd.DataFrame(
        {"group": ["All"] * 2, "time": [90, 180], "survival": [0.5, 0.25], "n_at_risk": [8, 4]}
    )
    figure = figures_waves.curves(steps, "t", "x", "y")
    line = figure.axes[0].lines[0]
    assert list(line.get_ydata()) == [100, 50, 25] and line.get_label() == "All (n=8)"
