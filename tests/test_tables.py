"""A frame as the table a person reads: escaped, with true signs, nothing shown that is not there."""

import numpy as np
import pandas as pd
import pytest

from analysis import tables
from analysis.wording import catalogue

WORDS = catalogue("en")
EVIL = '<script>alert("x")</script>'


def texts(frame, formats=None, language="en"):
    return tables.shown(frame, formats or {}, catalogue(language))


def html(frame, caption="c"):
    return tables.html(texts(frame), caption, set(), WORDS)


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (-0.614, 2, "−0.61"),
        (0.5, 3, "0.500"),
        (3, 2, "3"),
        (np.int64(-3), 2, "−3"),
        (np.float32(0.5), 1, "0.5"),
        (0.256, "%", "26"),
        (1, "%", "100"),
        (np.nan, 2, "–"),
        (None, 2, "–"),
        (pd.NA, 2, "–"),
        (pd.NaT, 2, "–"),
        (True, 2, "yes"),
        (np.bool_(False), 2, "no"),
        ([36, 38], 2, "36, 38"),
        ([], 2, "–"),
        ("42", 2, "42"),
    ],
)
def test_cells(value, form, text):
    frame = pd.DataFrame({"x": pd.Series([value], dtype=object)})
    assert texts(frame, {"x": form})["x"].tolist() == [text]


def test_words_of_another_language():
    assert texts(pd.DataFrame({"x": [True]}), language="ru")["x"][0] == "да"


def test_percent_is_shown_and_recorded_alike():
    assert tables.printed_value(0.25, "%") == 25 and tables.printed_value(0.25, 2) == 0.25


class TestHtml:
    def test_every_text_from_data_is_escaped(self):
        page = html(pd.DataFrame({EVIL: [EVIL], "b": [EVIL]}), caption=EVIL)
        assert "<script" not in page and 'alert("x")' not in page
        assert page.count("&lt;script&gt;") >= 5  # caption and its label, heading and two cells

    def test_first_column_names_the_rows_and_headings_have_scope(self):
        page = html(pd.DataFrame({"scale": ["care"], "n": [3]}))
        assert '<th scope="row">care</th><td>3</td>' in page
        assert page.count('scope="col"') == 2 and ">c</" in page

    def test_headings_are_words_and_unknown_names_lose_underlines(self):
        page = html(pd.DataFrame({"p_holm": [1.0], "some_other": [1]}))
        assert "p, Holm" in page and "some other" in page

    def test_a_table_scrolls_and_can_be_reached_by_keyboard(self):
        assert 'class="table-scroll" role="region" tabindex="0"' in html(pd.DataFrame({"a": [1]}))

    def test_empty_frame(self):
        assert '<tbody><tr><td colspan="1">nothing recorded</td></tr></tbody>' in html(
            pd.DataFrame({"a": []})
        )


def test_plain_holds_caption_and_every_cell():
    plain = tables.plain(texts(pd.DataFrame({"a": ["x"], "b": [-1.5]})), "Caption")
    assert plain.startswith("Caption\n") and "−1.50" in plain and "x" in plain


class TestPassages:
    FRAME = pd.DataFrame(
        {
            "quote_id": ["I01:3-9", EVIL],
            "document": ["I01", "I02"],
            "quote": ["Да <b>", EVIL],
            "translation": ["Yes", ""],
        }
    )

    def test_original_translation_and_place(self):
        page = tables.html_passages(tables.passages({EVIL: self.FRAME}), EVIL)
        assert "<script" not in page and "Да &lt;b&gt;" in page and "<cite>I01:3-9</cite>" in page
        assert page.count('class="translation"') == 1  # none where there is none

    def test_nothing_to_show(self):
        assert tables.passages({}).empty
        assert tables.html_passages(tables.passages({}), "c").endswith("</section>")
