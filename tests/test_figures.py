"""Every figure, drawn for frames at the edge: drawn without a warning, n shown, marked, the same bytes twice."""

import io
import warnings

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text

from analysis import figures

LONG = "Систематичность, последовательность и согласованность работы со случаем: Ёё—№«»"
PARTS = ["очень низкий", "средний", "высокий"]


def dots_frame(labels, groups=(None,), value=0.5, n=48):
    frame = pd.DataFrame(
        [
            {"label": label, "value": value, "low": value - 0.2, "high": value + 0.2, "n": n + i}
            | ({"group": group} if group else {})
            for i, label in enumerate(labels)
            for group in groups
        ]
    )
    return frame


def lines_frame(steps, groups):
    return dots_frame(steps, groups).rename(columns={"label": "x"})


def stacks_frame(labels, shares=(0.2, 0.5, 0.3), n=48):
    return pd.DataFrame(
        [
            {"label": label, "part": part, "share": share, "n": n}
            for label in labels
            for part, share in zip(PARTS, shares, strict=True)
        ]
    )


MISSING = dots_frame(["a", "b"]).assign(low=np.nan, high=np.nan)
FIGURES = {
    "dots, one row": lambda: figures.dots(dots_frame(["one"]), "t", "x"),
    "dots, no intervals": lambda: figures.dots(MISSING, "t", "x", zero=0),
    "dots, no value": lambda: figures.dots(MISSING.assign(value=[1, np.nan]), "t", "x"),
    "dots, long names": lambda: figures.dots(dots_frame([LONG, LONG + "!"]), LONG * 2, LONG),
    "dots, many groups": lambda: figures.dots(dots_frame("ab", list("ABCDEFGHIJ")), "t", "x"),
    "dots, many rows": lambda: figures.dots(dots_frame([f"row {i}" for i in range(40)]), "t", "x"),
    "lines, one point": lambda: figures.lines(lines_frame(["w"], ["A"]), "t", "x", "y"),
    "lines, many groups": lambda: figures.lines(
        lines_frame(["вход", "через 3 месяца"], [f"Центр {i}" for i in range(12)]), LONG, "x", "y"
    ),
    "lines, no interval": lambda: figures.lines(
        lines_frame("ab", ["A", "B"]).assign(low=np.nan, high=np.nan), "t", "x", "y"
    ),
    "stacks, one bar": lambda: figures.stacks(stacks_frame(["one"]), "t", "x"),
    "stacks, long names": lambda: figures.stacks(stacks_frame([LONG, LONG + "!"]), LONG, LONG),
    "stacks, empty part": lambda: figures.stacks(stacks_frame(["a"], (0, 1, 0)), "t", "x"),
    "heat, one cell": lambda: figures.heat(pd.DataFrame([[3]], ["a"], ["b"]), "t (n = 3)", "n"),
    "heat, long names": lambda: figures.heat(
        pd.DataFrame(np.arange(12).reshape(4, 3), [f"{LONG} {i}" for i in range(4)], PARTS),
        LONG,
        "n",
    ),
    "heat, zeros only": lambda: figures.heat(pd.DataFrame(np.zeros((2, 2)), list("ab")), "t", "n"),
}


def png(figure):
    """The bytes as `report` writes them; any warning, such as a missing glyph, is an error."""
    out = io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(out, format="png", dpi=100, metadata={"Software": None})
    return out.getvalue()


def texts(figure):
    return [text.get_text() for text in figure.findobj(Text) if text.get_text()]


@pytest.mark.parametrize("name", FIGURES)
def test_drawn_without_a_warning_and_the_same_twice(name):
    first, second = FIGURES[name](), FIGURES[name]()
    assert isinstance(first, Figure)
    made = png(first)
    assert made.startswith(b"\x89PNG") and made == png(second)
    assert first.get_figwidth() < 6  # narrow: legible on a phone


def test_a_sign_the_font_lacks_would_be_noticed():
    figure = figures.dots(dots_frame(["汉字"]), "t", "x")
    with pytest.raises(UserWarning, match="Glyph"):
        png(figure)


class TestBases:
    def test_dots_show_n_of_each_row(self):
        shown = texts(figures.dots(dots_frame(["a", "b"], n=48), "t", "x"))
        assert any("n=48" in text for text in shown) and any("n=49" in text for text in shown)

    def test_dots_show_one_n_for_all_once(self):
        frame = dots_frame(["a", "b"]).assign(n=48)
        shown = [text for text in texts(figures.dots(frame, "t", "x")) if "48" in text]
        assert len(shown) == 1 and "n = 48" in shown[0]

    def test_lines_show_the_sum_over_groups_below_each_step(self):
        shown = texts(figures.lines(lines_frame(["w1", "w2"], ["A", "B"]), "t", "x", "y"))
        assert any("n=96" in text for text in shown) and any("n=98" in text for text in shown)

    def test_stacks_show_the_base_of_each_bar(self):
        shown = texts(figures.stacks(stacks_frame(["a"], n=240), "t", "x"))
        assert any("n=240" in text for text in shown)
        assert {"20", "50", "30"} <= set(shown)  # shares are written in the bars

    def test_heat_writes_every_number(self):
        frame = pd.DataFrame([[11, 12], [13, 14]], list("ab"), list("cd"))
        assert {"11", "12", "13", "14"} <= set(texts(figures.heat(frame, "t", "n")))


def test_missing_value_is_shown_as_a_dash():
    frame = dots_frame(["a", "b"]).assign(value=[0.5, np.nan], low=np.nan, high=np.nan)
    assert texts(figures.dots(frame, "t", "x")).count("–") == 1


def test_groups_have_a_legend_and_differ_without_colour():
    figure = figures.dots(dots_frame(["a"], ["any coder", "every coder"]), "t", "x")
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == ["any coder", "every coder"]
    markers = {line.get_marker() for line in legend.get_lines()}
    assert len(markers) == 2


def test_stack_parts_keep_the_order_given():
    figure = figures.stacks(stacks_frame(["a"]), "t", "x")
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.get_texts()] == PARTS


def test_watermark_lies_over_everything_and_changes_the_picture():
    plain, marked = (figures.dots(dots_frame(["a"]), "t", "x") for _ in range(2))
    figures.watermark(marked, "СИНТЕТИЧЕСКИЕ ДАННЫЕ")
    (mark,) = [t for t in marked.findobj(Text) if t.get_text() == "СИНТЕТИЧЕСКИЕ ДАННЫЕ"]
    assert mark.get_zorder() > max(artist.get_zorder() for artist in marked.axes)
    assert png(plain) != png(marked)


def test_many_steps_give_their_bases_on_the_axis_and_not_under_each_other():
    frame = pd.DataFrame({"x": range(13), "value": 1.0, "low": 0.5, "high": 1.5, "group": "a"})
    axes = figures.lines(frame.assign(n=range(1, 14)), "T", "Interviews", "Y").axes[0]
    assert axes.get_xlabel() == "Interviews  (n = 1 to 13)"
    assert [t.get_text() for t in axes.get_xticklabels()] == [str(x) for x in range(13)]


def test_dots_of_rows_with_one_dot_each_stand_on_their_rows():
    frame = pd.DataFrame({"label": ["a", "b"], "value": [1.0, 2.0], "low": 0.0, "high": 3.0})
    axes = figures.dots(frame.assign(n=[4, 5], group=["x", "y"]), "T", "X").axes[0]
    assert [float(line.get_ydata()[0]) for line in axes.get_lines()] == [0.0, 1.0]


@pytest.mark.parametrize(("names", "turned"), [(["city", "region"], 0), (["q" * 30] * 5, 90)])
def test_labels_of_a_matrix_are_turned_only_when_they_do_not_fit(names, turned):
    frame = pd.DataFrame(np.eye(len(names)), index=range(len(names)), columns=names)
    axes = figures.heat(frame, "T", "n").axes[0]
    assert {label.get_rotation() for label in axes.get_xticklabels()} == {turned}
    assert {text.get_color() for text in axes.texts} == {"#111111", "white"}  # on light, on dark
