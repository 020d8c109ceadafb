"""Words of interviews: offline, against hand arithmetic, scipy and nltk's own counts."""

import math

import pytest
from scipy.stats import power_divergence

from analysis import text as room

RUSSIAN = "Мы работаем с людьми, т.е. с семьями. Пришла к.п.н. А. С. Петрова… «Тяжело!» — сказала она.\nДа."
ENGLISH = 'Dr. Smith came late. He said: "No way!" Then he left, e.g. by bus. It was 5.30.'


def test_tokens_keep_hyphens_and_negated_forms():
    assert room.tokens("Кейс-менеджер НЕ пришёл в 10:00 — don’t") == [
        "кейс-менеджер",
        "не",
        "пришёл",
        "в",
        "don't",
    ]
    assert room.tokens("") == []


def test_sentences():
    assert room.sentences(RUSSIAN)[0] == "Мы работаем с людьми, т.е. с семьями."
    assert room.sentences(RUSSIAN)[-1] == "Да."
    assert room.sentences(ENGLISH) == [
        "Dr. Smith came late.",
        'He said: "No way!"',
        "Then he left, e.g. by bus.",
        "It was 5.30.",
    ]
    assert room.sentences(" \n\n") == []


@pytest.mark.parametrize("text", [RUSSIAN, ENGLISH, "  a \n\tb.  C?! ", "😀 Да. 😀 Нет."])
def test_sentence_spans_fit_the_text(text):
    spans = room.sentence_spans(text)
    assert [text[a:b] for a, b in spans] == room.sentences(text)
    # Nothing but blanks is lost.
    kept = "".join(text[a:b] for a, b in spans)
    assert "".join(kept.split()) == "".join(text.split())


def test_stems_group_russian_forms():
    # Snowball's own example family; "делись" is its known mistake and not tested here.
    assert len(set(room.stems(["семья", "семьи", "семье", "семью"]))) == 1
    assert room.stems(["running"], "en") == ["run"]
    with pytest.raises(ValueError, match="ru, en"):
        room.stems(["x"], "de")


@pytest.mark.parametrize(
    ("language", "kept"),
    [
        ("ru", ["не", "нет", "ни", "без", "нельзя", "человек", "работа", "дело", "год"]),
        ("en", ["no", "not", "nor", "never", "without", "can", "don't"]),
    ],
)
def test_stop_lists_keep_negations_and_topics(language, kept):
    stop = room.stop_words(language)
    assert 90 <= len(stop) <= 170
    assert not stop & set(kept)
    assert all(word == word.lower().replace("ё", "е") for word in stop)
    with pytest.raises(ValueError, match="ru, en"):
        room.stop_words("de")


def test_concordance_finds_every_form():
    documents = {"a": "Семья пришла. О семье говорили.", "b": "Ничего."}
    table = room.concordance(documents, "семьёй".replace("ё", "е"), width=5)
    assert table["keyword"].tolist() == ["Семья", "семье"]
    for row in table.to_dict("records"):
        text = documents[row["document"]]
        assert text[row["start"] : row["end"]] == row["keyword"]
        assert text.startswith(
            row["left"] + row["keyword"] + row["right"], row["start"] - len(row["left"])
        )


def test_collocations_stay_inside_sentences():
    text = "Семейный центр открыт. Семейный центр закрыт. Семейный центр. Центр семейный.\n" * 2
    table = room.collocations({"a": text}, minimum=3)
    assert table[["first", "second"]].to_numpy().tolist() == [
        [room.stems(["семейный"])[0], room.stems(["центр"])[0]]
    ]
    assert table["n"].tolist() == [6]
    assert room.collocations({"a": ""}).empty


def test_word_frequencies_by_hand():
    documents = {"a": "семья и семью семья", "b": "центр и не он"}
    table = room.word_frequencies(documents).set_index("word")
    assert table.index.tolist() == ["семья", "не", "центр"]
    assert table.loc["семья", ["n", "documents"]].tolist() == [3, 1]
    assert table.loc["семья", "per_thousand"] == pytest.approx(3000 / 8)
    # DP: all in a, which is half of the text: (|1 - .5| + |0 - .5|) / 2.
    assert table.loc["семья", "dispersion"] == pytest.approx(0.5)
    even = room.word_frequencies({"a": "центр", "b": "центр"})
    assert even["dispersion"].tolist() == [0]
    assert room.word_frequencies({}).empty


def test_yo_counts_as_e_for_stop_words():
    assert room.word_frequencies({"a": "её ещё всё"}).empty


def test_keyness_against_scipy():
    a = {"x": "семья " * 10 + "прочее " * 990}
    b = {"y": "семья " * 20 + "прочее " * 980}
    table = room.keyness(a, b).set_index("word")
    row = table.loc["семья"]
    # Two-cell log-likelihood: expected 15 and 15.
    outside = power_divergence([10, 20], [15, 15], lambda_="log-likelihood").statistic
    assert row["log_likelihood"] == pytest.approx(outside)
    assert row["log_likelihood"] == pytest.approx(
        2 * (10 * math.log(10 / 15) + 20 * math.log(20 / 15))
    )
    assert row["log_ratio"] == pytest.approx(-1)  # half as frequent
    assert (row["n"], row["n_reference"], row["documents"]) == (10, 20, 1)


def test_keyness_of_a_word_on_one_side_only():
    row = room.keyness({"x": "семья семья"}, {"y": "центр центр"}).set_index("word").loc["семья"]
    # 2 ln(2 / 1) * 2; log2((2 / 2) / (0.5 / 2)).
    assert row["log_likelihood"] == pytest.approx(4 * math.log(2))
    assert row["log_ratio"] == pytest.approx(2)
    with pytest.raises(ValueError, match="must contain words"):
        room.keyness({"x": "семья"}, {"y": "123"})


def test_nothing_is_downloaded(monkeypatch):
    import nltk.data

    def refuse(*args, **kwargs):
        raise AssertionError("nltk data asked for")

    monkeypatch.setattr(nltk.data, "load", refuse)
    monkeypatch.setattr(nltk.data, "find", refuse)
    room._stemmer.cache_clear()
    room._stem.cache_clear()
    room.word_frequencies({"a": RUSSIAN})
    room.collocations({"a": ENGLISH}, "en", 1)
