"""Pages of real records: nothing below the minimum is printed or drawn, and a name is never taken for markup."""

import io

import numpy as np
import pandas as pd
import pytest

from analysis import figures, figures_waves, report
from analysis.carried import RECORD
from analysis.figures import legend_name
from analysis.pipeline import book, own_book
from page_outputs import NOT_SHOWN, printed

pytestmark = pytest.mark.usefixtures("shell")

ODD = [
    "<script>alert(1)</script>",
    "*x*",
    "{glue:text}`k`",
    "$a_b$ and $",
    "a | b",
    "_hidden",
    "[l](javascript:1)",
]


@pytest.fixture
def real():
    return report.Page("records", "t", "en", 5, frozenset({"Small"}))


class TestPage:
    WORDS = NOT_SHOWN

    def said(self, action, *arguments, **named):
        (record,) = printed(action, *arguments, **named)[RECORD]["records"]
        if record["text"] == self.WORDS:
            assert [record[name] for name in ("value", "low", "high", "n")] == [None] * 4
        return record["text"]

    @pytest.mark.parametrize("n, hidden", [(4, True), (5, False), (np.nan, True)])
    def test_say(self, real, n, hidden):
        row = {"m": 1.0, "low": 0.5, "high": 1.5, "n": n}
        assert (self.said(real.say, "k", row, "m") == self.WORDS) == hidden

    def test_say_of_centres_is_of_no_people(self, real):
        row = {"m": 1.0, "low": 0.5, "high": 1.5, "k": 3}
        assert self.said(real.say, "k", row, "m", n="k").endswith("n = 3)")

    @pytest.mark.parametrize(
        "count, hidden", [(0, False), (1, True), (4, True), (5, False), (21, True), (25, False)]
    )
    def test_share_and_bounds(self, real, count, hidden):
        row = {"count": count, "n": 25, "low": count / 25, "high": 1.0}
        assert (self.said(real.share, "k", row) == self.WORDS) == hidden
        assert (self.said(real.bounds, "k", row) == self.WORDS) == hidden

    @pytest.mark.parametrize("n, hidden", [(0, False), (4, True), (5, False)])
    def test_count(self, real, n, hidden):
        assert (self.said(real.count, "k", n) == self.WORDS) == hidden
        assert self.said(real.things, "k", n) == str(n)

    def test_rows_of_a_hidden_centre_in_prose(self, real):
        row = {"centre": "Small", "m": 1.0, "low": 0.5, "high": 1.5, "n": 40}
        assert self.said(real.say, "k", row, "m") == self.WORDS
        assert self.said(real.value, "k", row, "m") == self.WORDS
        assert self.said(real.span, "k", row, "low", "high") == self.WORDS
        assert self.said(real.name, "k", row, "centre", "m") == self.WORDS
        other = row | {"centre": "Large"}
        assert self.said(real.name, "k", other, "centre", "m") == "Large"
        assert self.said(real.span, "k", other, "low", "high") == "0.50 to 1.50"
        assert self.said(real.value, "k", other, "m", 0, "%") == "100%"

    def test_a_table_is_protected_before_columns_are_chosen(self, real):
        frame = pd.DataFrame(
            {"movement": [*"abc"], "count": [8, 15, 2], "n": 25, "share": [0.32, 0.6, 0.08]}
        )
        data = printed(real.table, "t", frame, "c", {"share": "%"}, "movement share")
        assert [r["value"] for r in data[RECORD]["records"]] == [60] and "32" not in data[
            "text/html"
        ]

    def test_a_figure_drawn_from_small_groups_is_not_shown(self, real):
        frame = pd.DataFrame(
            {"label": [*"ab"], "value": [1.0, 2.0], "low": 0.0, "high": 3.0, "n": [4, 9]}
        )
        drawn = figures.dots(frame, "t", "x")
        note = printed(real.figure, "f", drawn, "n = 4", "from 1 to 2", frame)[RECORD]
        assert note["records"] == [] and note["caption"] == note["alt"] == self.WORDS

    def test_a_figure_drawn_from_what_may_be_shown_is(self, real):
        frame = pd.DataFrame(
            {"label": [*"ab"], "value": [1.0, 2.0], "low": 0.0, "high": 3.0, "n": [4, 9]}
        )
        safe = real.shown(frame)
        note = printed(real.figure, "f", figures.dots(safe, "t", "x"), "c", "a", safe)[RECORD]
        assert {r["row"] for r in note["records"]} == {"2"} and note["caption"] == "c"

    def test_russian_words(self):
        page = report.Page("records", "t", "ru", 5)
        assert printed(page.count, "k", 2)["text/plain"] == "не показано (группы меньше 5 скрыты)"
        assert "Группы меньше 5 не показаны" in printed(page.banner)["text/plain"]

    def test_a_cloud_ends_where_few_lie_beyond(self):
        scores = pd.DataFrame({"score": [0.0, *np.linspace(2, 3, 28), 5.0]})
        scores["wave"] = pd.Categorical(["1"] * 30, ["1", "2"], ordered=True)
        for least, ends in ((1, (0, 5)), (5, (2, 3))):
            figure = figures_waves.clouds(scores, "t", "y", (0, 5), least)
            y = figure.axes[0].collections[0].get_paths()[0].vertices[:, 1]
            assert y.min() >= ends[0] - 0.05 and y.max() <= ends[1] + 0.05
        few = figures_waves.clouds(scores.head(4), "t", "y", (0, 5), 5)
        assert not few.axes[0].collections and not few.axes[0].lines


class TestEscaping:
    @pytest.mark.parametrize("name", ODD)
    def test_tables_quotes_and_banners(self, name):
        page = report.Page("synthetic", name)
        frame = pd.DataFrame({"centre": [name], name: [1]})
        passage = pd.DataFrame(
            {"quote_id": [name], "document": "d", "quote": [name], "translation": [name]}
        )
        shown = [
            printed(page.table, "t", frame, name),
            printed(page.quotes, "q", {name: passage.assign(role=name)}, name),
            printed(page.banner),
        ]
        for data in shown:
            assert "<script" not in data["text/html"] and "href" not in data["text/html"]

    @pytest.mark.parametrize("name", ODD)
    def test_glue_carries_plain_text_which_the_book_takes_for_no_markup(self, name):
        data = printed(report.Page("synthetic", "t").text, "k", name)
        assert set(data) == {"text/plain", RECORD} and data["text/plain"] == name

    @pytest.mark.parametrize("text", ["0.10", "1.00", "0.0", "(1, 2)", "'q'", "1_000", "31 of 48"])
    def test_the_book_prints_what_was_glued_and_no_shorter_number(self, text):
        """myst-nb reads glued text as Python: 0.10 became 0.1 and 1_000 became 1000."""
        from myst_nb.core.variables import format_plain_text

        assert format_plain_text(book._as_it_is(text), "") == text

    @pytest.mark.parametrize("name", ODD)
    def test_a_caption_and_a_first_page_show_the_name_itself(self, name, tmp_path):
        from markdown_it import MarkdownIt

        note = {"kind": "figure", "key": "f", "caption": name, "alt": name}
        caption = book._looks(note, "p")["mystnb"]["figure"]["caption"]
        assert plain_of(MarkdownIt().parseInline(caption)) == name
        said = {("c", "k"): name}
        sentence = own_book._sentence(own_book.Chapter("c", sentences={"en": "{k}"}), "en", said)
        assert plain_of(MarkdownIt().parseInline(sentence)) == name

    @pytest.mark.parametrize("name", ODD)
    def test_figures_print_the_name_itself(self, name):
        frame = pd.DataFrame({"label": [name, "b"], "value": 1.0, "low": 0.0, "high": 2.0, "n": 9})
        frame = frame.assign(group=[name, "b"], x=[name, "b"], part=[name, "b"], share=0.5)
        drawn = [
            figures.dots(frame, name, name),
            figures.lines(frame, name, name, name),
            figures.stacks(frame, name, name),
        ]
        for figure in drawn:
            figure.savefig(io.BytesIO(), format="png")
            legend = [text.get_text() for text in figure.legends[0].get_texts()]
            assert [text.strip() for text in legend] == [name, "b"]
            assert not any(text.get_parse_math() for text in figure.findobj(type(figure._suptitle)))

    def test_a_legend_names_everybody(self):
        assert legend_name("_a") == " _a" and legend_name("a") == "a"


def plain_of(tokens):
    """What a reader sees of Markdown, if nothing in it is markup."""
    kinds = {child.type for child in tokens[0].children}
    assert kinds <= {"text", "text_special"}, kinds
    return "".join(child.content for child in tokens[0].children)
