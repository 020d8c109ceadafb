"""Taguette: HTML made text, highlights counted in bytes, tags, coders, and the way to REFI-QDA and back."""

import time

import pandas as pd
import pytest

from analysis import readers
from analysis.readers import taguette
from coding_files import TEXT, back, count, highlight, item, made, places, span, taguette_file


def test_taguette_places_codes_and_dates(tmp_path):
    read = readers.read_project(taguette_file(tmp_path / "Анна.sqlite3"))
    assert read.documents == {"one": TEXT}
    expected = [
        (words, code)
        for words, code in [
            ("😀 о семье", "Barrier"),
            ("справились 👩\u200d👧", "Barrier.Time"),
            ("справились 👩\u200d👧", "Support"),
            ("«Бумажки» & сроки", "Barrier"),
        ]
    ]
    assert places(read) == [
        (TEXT.index(words), TEXT.index(words) + len(words), code, words) for words, code in expected
    ]
    assert read.coding["coder"].eq("Анна").all()
    assert count(read, "codings with the coder taken from the file name") == 4
    first = pd.Timestamp("2026-05-06T07:08:09.123456Z")  # the making, not the later change
    assert read.coding["created"].iloc[0] == first and pd.isna(read.coding["created"].iloc[3])
    assert count(read, "highlights") == 4 and count(read, "highlights without a tag") == 1
    assert count(read, "codings without a time") == 1
    assert str(read.coding["start"].dtype) == "int64"
    tree = read.codebook.set_index("code")["parent"].to_dict()
    assert tree == {"Barrier": "", "Barrier.Time": "Barrier", "Support": ""}
    assert read.codebook["description"].tolist() == ["what hinders", "", ""]
    assert "stored words in place 4 of 4" in item(read, "offset rule")["note"].iloc[0]


def test_taguette_keeps_a_real_login(tmp_path):
    path = taguette_file(tmp_path / "x.db", commands=[made(1, "vera"), made(2), ("d", "u", "{")])
    coders = readers.read_coding(path).set_index("quote")["coder"]
    assert coders["😀 о семье"] == "vera" and coders["«Бумажки» & сроки"] == "x"


def test_taguette_blocks_without_line_end_are_set_apart(tmp_path):
    # Taguette counts "onetwothree"; the highlight runs over the end of a paragraph.
    html = "<h1>one</h1><p>two<br>three</p>\n<p>four</p>"
    drawn = [(1, 1, 0, 6, "<h1>one</h1><p>two</p>"), (2, 1, 3, 6, "two"), (3, 1, 6, 11, "three")]
    path = taguette_file(
        tmp_path / "a.sqlite3",
        documents=[(1, "one", html)],
        highlights=drawn,
        highlight_tags=[(1, 1), (2, 1), (3, 1)],
    )
    read = readers.read_project(path)
    assert read.documents["one"] == "one\ntwo\nthree\nfour"
    assert places(read) == [
        (0, 7, "Barrier", "one\ntwo"),
        (4, 7, "Barrier", "two"),
        (8, 13, "Barrier", "three"),
    ]


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("a &lt;b&gt; &amp;amp; &nbsp;c", "a <b> &amp; \xa0c"),
        ('<a href="x" title="1 > 0">y</a>', "y"),
        ("<p>1 < 2 and 3 > 2</p>", "1 < 2 and 3 > 2"),
        ("<!-- no --><p>yes</p><?php no ?>", "yes"),
        ("one<br/>\r\ntwo", "one\ntwo"),
        ("<pre>\nfirst\n</pre>", "first\n"),
        ("open <b unclosed", "open "),
        ("NUL \0 and \x1b[31m", "NUL \0 and \x1b[31m"),
        ("", ""),
    ],
)
def test_taguette_html_text(html, text):
    # Text of the HTML as its standard says; breaks never stand beside a line end.
    assert taguette.html_text(html)[0] == text


@pytest.mark.parametrize("bad", ['<a "', "<a b='", "<!--", "&", "<p>", "<pre ", "&#x"])
def test_taguette_html_costs_time_in_proportion(bad):
    begun = time.perf_counter()
    taguette.html_text(bad * 200_000)
    assert time.perf_counter() - begun < 5  # by the square of the length it would be an hour


def test_taguette_byte_order_mark_and_carriage_return(tmp_path):
    # Both are counted; the text read has neither.
    stored = "\ufeffодин\r\nдва три"
    html = "<p>\ufeffодин&#13;&#10;два три</p><p>end</p>"
    path = taguette_file(
        tmp_path / "a.sqlite3",
        documents=[(1, "one", html)],
        highlights=[highlight(1, "два", text=stored), highlight(2, "end", text=stored + "end")],
        highlight_tags=[(1, 1), (2, 1)],
    )
    read = readers.read_project(path)
    assert read.documents["one"] == "один\nдва три\nend"
    assert places(read) == [(5, 8, "Barrier", "два"), (13, 16, "Barrier", "end")]


def test_taguette_refuses_positions_that_miss_the_snippets(tmp_path):
    start = TEXT.index("Бумажки")  # code points where bytes belong
    wrong = [(1, 1, start, start + 7, "<p>Бумажки</p>"), (2, 1, start + 2, start + 10, "<p>x</p>")]
    path = taguette_file(tmp_path / "a.sqlite3", highlights=wrong)
    with pytest.raises(ValueError, match="only 0 of its 2 selections, so every quote"):
        readers.read_project(path)


def test_taguette_skips_single_wrong_highlights_and_says_so(tmp_path):
    inside = span("Тяжело")[0] + 1
    drawn = [
        highlight(1, "😀 о семье"),
        (2, 1, *span("семье"), "<p>another word</p>"),
        (3, 1, inside, inside + 2, ""),  # inside a Cyrillic letter
        (4, 1, 5, 10**9, ""),
        (5, 1, 4, 4, ""),
        (6, 9, 0, 2, ""),
    ]
    uses = [(n, 1) for n in range(1, 7)] + [(1, 99)]
    path = taguette_file(tmp_path / "a.sqlite3", highlights=drawn, highlight_tags=uses)
    read = readers.read_project(path)
    assert [row[3] for row in places(read)] == ["😀 о семье"]
    assert count(read, "selections whose stored words are not the text at their place") == 1
    assert count(read, "selections outside the text or inside a character") == 2
    assert count(read, "selections of no length") == 1
    assert count(read, "highlights in a document that is missing") == 1
    assert count(read, "tag uses on a highlight without a place") == 5
    assert count(read, "tag uses with a tag that is missing") == 1


def test_taguette_names(tmp_path):
    again = [(1, "one", "<p>a</p>"), (2, "one", "<p>b</p>")]
    path = taguette_file(tmp_path / "a.sqlite3", documents=again, highlights=[])
    read = readers.read_project(path)
    assert list(read.documents) == ["one", "one (2)"]
    assert count(read, "documents renamed, as two had one name") == 1
    two = taguette_file(tmp_path / "b.sqlite3", projects=[(1, "A"), (2, "B\x1b")])
    with pytest.raises(ValueError, match=r"holds 2 projects \('A', 'B\\x1b'\)"):
        readers.read_project(two)


def test_taguette_to_refi_and_back(tmp_path):
    read = readers.read_project(taguette_file(tmp_path / "Анна.sqlite3"))
    again = back(read, tmp_path)
    pd.testing.assert_frame_equal(again.coding, read.coding)
    pd.testing.assert_frame_equal(
        again.codebook.drop(columns="guid"), read.codebook.drop(columns="guid")
    )
    assert again.documents == read.documents
