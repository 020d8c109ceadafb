"""How numbers are written. Expected texts follow the APA rules on p values and the Unicode minus sign."""

import math

import pytest

from analysis.wording import CATALOGUES, catalogue, interval, number, p_value


@pytest.mark.parametrize(
    ("value", "decimals", "text"),
    [
        (-0.614, 2, "−0.61"),
        (-0.001, 2, "0.00"),
        (-0.0, 2, "0.00"),
        (-0.4, 0, "0"),
        (-0.006, 2, "−0.01"),
        (12, 0, "12"),
        (1234.5, 1, "1234.5"),
        (math.nan, 2, "–"),
        (None, 2, "–"),
        (math.inf, 2, "∞"),
        (-math.inf, 2, "−∞"),
    ],
)
def test_number(value, decimals, text):
    assert number(value, decimals) == text
    assert "-" not in number(value, decimals)


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0, "p < .001"),
        (0.00099, "p < .001"),
        (0.001, "p = .001"),
        (0.0312, "p = .031"),
        (0.05, "p = .050"),
        (0.2, "p = .200"),
        (0.9994, "p = .999"),
        (0.9996, "p > .999"),
        (1.0, "p = 1"),
        (math.nan, "p –"),
    ],
)
def test_p_value(p, text):
    assert p_value(p) == text


def test_interval_in_both_languages():
    assert interval(-0.6, -0.2, 2, catalogue("en")) == "95% interval −0.60 to −0.20"
    assert interval(50.4, 77, 0, catalogue("en"), "%") == "95% interval 50 to 77%"
    assert interval(math.nan, math.nan, 2, catalogue("ru")) == "95% интервал – до –"


def test_unknown_language_says_which_are_known():
    with pytest.raises(ValueError, match="no catalogue for language 'xx'; expected one of en, ru"):
        catalogue("xx")


def keys(table, before=""):
    """All keys of a nested table, as paths."""
    for name, value in table.items():
        yield from keys(value, f"{before}{name}.") if isinstance(value, dict) else [before + name]


def test_every_language_has_the_same_keys_and_no_empty_heading():
    english = set(keys(catalogue("en")))
    for path in CATALOGUES.glob("*.toml"):
        words = catalogue(path.stem)
        assert set(keys(words)) == english, path.name
        assert all(words["headings"].values()), path.name
        assert words["origin"]["synthetic"], "synthetic figures need their mark in every language"
