"""What a page prints carries its numbers: texts worked out by hand, records beside them, glue for the book."""

import json
import math

import nbformat
import numpy as np
import pandas as pd
import pytest
from IPython.core.interactiveshell import InteractiveShell
from IPython.utils.capture import capture_output

from analysis import carried, figures, report
from analysis.pipeline.errors import NotebookError
from analysis.pipeline.results import collect
from analysis.report import RECORD
from analysis.study import read_study

ROW = {"m": -0.614, "low": -0.9, "high": -0.3, "n": 6, "p": 0.0312}


@pytest.fixture(scope="module", autouse=True)
def shell():
    """Displays need a running IPython, as in a kernel."""
    yield InteractiveShell.instance()
    InteractiveShell.clear_instance()


@pytest.fixture
def page():
    return report.page(read_study("data/casework"))


def displayed(action, *arguments, **named):
    """The one output of an action: its data and its metadata."""
    with capture_output() as caught:
        action(*arguments, **named)
    (output,) = caught.outputs
    return output.data, output.metadata


def note(action, *arguments, **named):
    return displayed(action, *arguments, **named)[0][RECORD]


class TestProse:
    def test_an_estimate_with_interval_base_and_test(self, page):
        said = note(page.say, "k", ROW, "m")
        text = "−0.61 (95% interval −0.90 to −0.30; n = 6; p = .031)"
        assert said["records"] == [
            {"key": "k", "row": "", "column": "", "text": text}
            | {"value": -0.614, "low": -0.9, "high": -0.3, "n": 6}
        ]
        assert (said["kind"], said["origin"]) == ("prose", "synthetic")

    def test_without_a_test_other_columns_and_decimals(self, page):
        row = {k: v for k, v in ROW.items() if k != "p"}
        row |= {"k": 5, "a": row["low"], "b": row["high"]}
        said = note(page.say, "k", row, "m", n="k", bounds=("a", "b"), decimals=1)
        assert said["records"][0]["text"] == "−0.6 (95% interval −0.9 to −0.3; n = 5)"

    def test_a_share_with_its_base(self, page):
        row = {"count": 31, "n": 48, "low": 0.5045, "high": 0.7657}
        (record,) = note(page.share, "k", row)["records"]
        assert record["text"] == "31 of 48 (65%; 95% interval 50 to 77%)"  # 31/48 = 0.6458...
        assert record["value"] == pytest.approx(64.5833333)
        assert (record["low"], record["high"], record["n"]) == (50.45, 76.57, 48)

    def test_a_range_of_what_was_left_unsaid(self, page):
        row = {"count": 3, "n": 9, "low": 3 / 9, "high": 8 / 9}
        (record,) = note(page.bounds, "k", row)["records"]
        assert record["text"] == "3 of 9 (at most 8)" and record["n"] == 9

    def test_count_and_words(self, page):
        assert note(page.count, "k", np.int64(7))["records"][0]["value"] == 7
        (record,) = note(page.text, "k", "Paperwork")["records"]
        assert (record["text"], record["value"]) == ("Paperwork", None)

    def test_glue_finds_text_and_metadata(self, page):
        data, metadata = displayed(page.count, "families", 240)
        assert metadata["scrapbook"]["name"] == "families"
        assert data["text/plain"] == "240"

    def test_another_language(self):
        russian = report.Page("records", "t", "ru", 3)
        assert note(russian.say, "k", ROW, "m")["records"][0]["text"].startswith(
            "−0.61 (95% интервал −0.90 до −0.30; n = 6"
        )


class TestTables:
    FRAME = pd.DataFrame(
        {"scale": ["care", "<b>"], "share": [0.25, np.nan], "n": [3, 4], "ok": [True, False]}
    )

    def test_every_number_goes_on_record_as_it_is_shown(self, page):
        records = note(page.table, "t", self.FRAME, "c", {"share": "%"})["records"]
        assert [(r["row"], r["column"], r["value"], r["text"]) for r in records] == [
            ("1. care", "share", 25, "25"),
            ("1. care", "n", 3, "3"),
            ("2. <b>", "n", 4, "4"),
        ]

    def test_html_is_escaped_and_plain_text_stands_beside_it(self, page):
        data, _ = displayed(page.table, "t", self.FRAME, "Caption <i>")
        assert "<b>" not in data["text/html"] and "<i>" not in data["text/html"]
        assert data["text/plain"].startswith("Caption <i>\n")

    def test_an_empty_table_has_no_records(self, page):
        assert note(page.table, "t", self.FRAME.head(0), "c")["records"] == []

    def test_quotes_are_escaped(self, page):
        frame = pd.DataFrame(
            {"quote_id": ["I1:0-2"], "document": ["I1"], "quote": ["<b>"], "translation": ["x"]}
        )
        data, _ = displayed(page.quotes, "q", {"Code": frame}, "c")
        assert "&lt;b&gt;" in data["text/html"] and data[RECORD]["records"] == []


class TestFigures:
    DATA = pd.DataFrame(
        {"label": ["a", "b"], "value": [0.5, np.nan], "low": [0.1, np.nan], "high": [math.inf, 1]}
    ).assign(n=[3, 4])

    def shown(self, page):
        figure = figures.dots(self.DATA.assign(high=1), "t", "x")
        return displayed(page.figure, "f", figure, "Caption", "Alt text", self.DATA)[0]

    def test_alt_text_caption_and_the_frame_behind_it(self, page):
        data = self.shown(page)
        assert (data[RECORD]["alt"], data[RECORD]["caption"]) == ("Alt text", "Caption")
        numbers = [(r["row"], r["column"], r["value"]) for r in data[RECORD]["records"]]
        assert ("1", "value", 0.5) in numbers and ("2", "n", 4) in numbers
        assert ("2", "value", None) not in numbers

    def test_synthetic_figures_are_marked_and_published_ones_are_not(self, page, monkeypatch):
        marks = []
        monkeypatch.setattr(report, "watermark", lambda figure, text: marks.append(text))
        self.shown(page)
        self.shown(report.page("published"))
        assert marks == ["SYNTHETIC DATA"]

    def test_the_same_bytes_twice(self, page):
        assert self.shown(page)["image/png"] == self.shown(page)["image/png"]


def not_strict(value):
    raise AssertionError(f"{value} is not JSON")


@pytest.mark.parametrize("odd", [math.inf, -math.inf, math.nan, np.float64("inf")])
def test_nothing_that_is_not_finite_reaches_json(page, odd):
    row = {"m": 1.5, "low": odd, "high": 2.0, "n": 3}
    said = (
        note(page.say, "k", row, "m"),
        note(page.table, "t", pd.DataFrame({"a": ["x"], "b": pd.Series([odd], dtype=object)}), "c"),
        note(page.table, "t", pd.DataFrame({"a": ["x"], "b": [math.inf]}), "c"),
        TestFigures().shown(page)[RECORD],
    )
    for each in said:
        text = json.dumps(each, allow_nan=False)
        json.loads(text, parse_constant=not_strict)


def test_ten_significant_digits():
    assert carried.plain(1 / 3) == 0.3333333333
    assert carried.plain(2.0) == 2 and isinstance(carried.plain(2.0), int)


class TestBanner:
    @pytest.mark.parametrize("origin", ["synthetic", "records", "published"])
    def test_every_origin_says_what_it_is(self, origin):
        data, _ = displayed(report.Page(origin, "<t>").banner)
        assert f'class="origin origin-{origin}"' in data["text/html"]
        assert "<t>" not in data["text/html"]

    def test_invented_data_are_called_so(self, page):
        text = displayed(page.banner)[0]["text/plain"]
        assert "Synthetic data." in text and "says anything about the real programme" in text


def test_two_numbers_under_one_key_are_refused_at_collection(page, tmp_path):
    outputs = [
        nbformat.v4.new_output("display_data", {RECORD: note(page.count, "same", n)})
        for n in (1, 2)
    ]
    cell = nbformat.v4.new_code_cell("x", outputs=outputs)
    path = tmp_path / "twice.ipynb"
    nbformat.write(nbformat.v4.new_notebook(cells=[cell]), path)
    with pytest.raises(NotebookError, match=r"twice\.ipynb: the key 'same' is used twice"):
        collect([path])


@pytest.mark.parametrize(
    ("column", "value", "text", "told"),
    [
        ("p", 0.0016251517, ".002", 0.002),  # an exact p would tell the counts behind it
        ("p_holm", 0.5, ".500", 0.5),
        ("mean", -1.6441234, "−1.64", -1.644),
        ("mean", 256.65123, "256.65", 256.65),  # never less than is shown
        ("share", 38.75123, "39", 38.75),
        ("passages", 1234567, "1234567", 1234567),
        ("value", 0.0123456, "", 0.01235),
        ("n", 0, "0", 0),
    ],
)
def test_numbers_of_real_records_are_hardly_more_precise_than_shown(column, value, text, told):
    made = carried.record("key", value, (value, None, None), text, ("1. a", column))
    assert carried.as_shown(made) == {"value": told, "low": told}
