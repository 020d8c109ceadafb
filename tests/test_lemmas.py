"""Dictionary forms: against the grammar, by hand."""

import pytest

from analysis.lemmas import lemmas


def test_russian_lemmas():
    # Suppletive and inflected forms that no stemmer brings together.
    given = ["людей", "человек", "детей", "ребенок", "Шла", "лучшее"]
    assert lemmas(given) == ["человек", "человек", "ребёнок", "ребёнок", "идти", "хороший"]


@pytest.mark.parametrize(
    "form", ["супервизия", "супервизии", "супервизию", "супервизией", "супервизий"]
)
def test_words_of_the_field(form):
    assert lemmas([form]) == ["супервизия"]


def test_english_words_are_stemmed():
    assert lemmas(["Families", "running"], "en") == ["famili", "run"]


def test_other_languages_are_refused():
    with pytest.raises(ValueError, match="must be one of"):
        lemmas(["x"], "de")
    assert lemmas([]) == []
