"""Transcripts cut by hand."""

import pytest

from analysis.turns import lines, turns


def cut(text, known=""):
    return [(t.mark, text[t.start : t.words], text[t.words : t.end]) for t in turns(text, known)]


def test_header_marks_numbers_and_paragraphs():
    text = "Interview 7; role: worker\n12:30 start\n\nI: How?\n  R2 : Well.\n\nAnd so on.  \nInterviewer: Oh.\n"
    assert cut(text) == [
        ("", "", "Interview 7; role: worker\n12:30 start"),
        ("I", "I: ", "How?"),
        ("R", "R2 : ", "Well.\n\nAnd so on."),
        ("Interviewer", "Interviewer: ", "Oh."),
    ]


@pytest.mark.parametrize(
    ("text", "known", "marks"),
    [
        ("Мама: да\nАнна: нет\nМама: ну", "", ["Мама", "Мама"]),  # Анна opens one line only
        ("Мама: да\nАнна: нет\nМама: ну\nАнна: вот", "", ["Мама", "Анна"] * 2),
        ("Мама: да\nдалее", "Мама", ["Мама"]),
        ("Мама: да\nдалее", "", ["", ""]),
        ("Р: да\nНапример: план", "", ["Р"]),
        ("Р: да\nрусский: нет", "", ["Р"]),
        ("АБВГ: да\nАБВ: нет", "", ["", "АБВ"]),
        ("12: да\n13: нет", "", ["", ""]),
        ("Слово\u2028Р: внутри\nР: да", "", ["", "Р"]),  # only LF ends a line
    ],
)
def test_what_is_a_mark(text, known, marks):
    assert [turn.mark for turn in turns(text, known)] == marks


def test_turns_cover_every_line_once():
    text = "a\nИ: б\n\n \nв\nР: г\n"
    ends = [(t.start, t.end) for t in turns(text)]
    for start, end in lines(text):
        assert sum(s <= start and end <= e for s, e in ends) == 1
    assert turns("") == turns(" \n ") == []
