"""Counts of coded cases and claims, by hand on tiny tables; “not stated” is kept and never guessed."""

import pandas as pd
import pytest

from analysis import cases

CASES = pd.DataFrame(
    {
        "strategy": ["suit", "suit", "not stated", "media"],
        "level": ["city", "region", "city", "not stated"],
        "conflict": ["yes", "not stated", "no", "not stated"],
    }
)


def test_crossed_keeps_not_stated_last_and_every_case():
    table = cases.crossed(CASES, "strategy", "level")
    assert list(table.index) == ["media", "suit", "not stated"]
    assert list(table.columns) == ["city", "region", "not stated"]
    assert table.to_numpy().tolist() == [[0, 0, 1], [1, 1, 0], [1, 0, 0]]


def test_crossed_with_itself_counts_on_the_diagonal():
    table = cases.crossed(CASES, "level", "level")
    assert table.to_numpy().tolist() == [[2, 0, 0], [0, 1, 0], [0, 0, 1]]


def test_counted_puts_not_stated_last_even_when_it_is_most_frequent():
    table = cases.counted(CASES, "conflict")
    assert table["category"].iloc[-1] == "not stated"
    assert table["cases"].tolist() == [1, 1, 2] and set(table["n"]) == {4}


def test_at_least_is_a_range_from_stated_to_possible():
    # one of four says yes, two say nothing: between 1/4 and 3/4
    assert cases.at_least(CASES, "conflict", "yes") == {
        "count": 1,
        "n": 4,
        "low": 0.25,
        "high": 0.75,
    }


THEMES = pd.DataFrame(
    [
        ("paper", "s1", "c1", "problem"),
        ("paper", "s1", "c1", "problem"),  # one claim listed twice counts once
        ("paper", "s1", "c2", "resource"),
        ("paper", "s1", "c3", "problem"),
        ("paper", "s2", "c4", "problem"),
        ("trust", "s1", "c5", "resource"),
        ("trust", "s2", "c6", "problem"),
        ("tools", "s2", "c7", "neutral"),
    ],
    columns=["theme", "source", "claim", "stance"],
)


def test_stances_have_a_row_for_every_theme_and_source_also_the_silent():
    table = cases.stances(THEMES, ["s1", "s2", "s3"])
    assert len(table) == 9
    row = table.query("theme == 'paper' and source == 's1'").iloc[0]
    assert (row["claims"], row["problem"], row["resource"], row["mixed"]) == (3, 2, 1, 0)
    assert table.loc[table["source"] == "s3", "claims"].tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("column", "value"), [("stance", "problematic"), ("source", "an-unlisted-source")]
)
def test_a_claim_that_would_not_be_counted_is_refused(column, value):
    spoilt = THEMES.copy()
    spoilt.loc[0, column] = value
    with pytest.raises(ValueError, match=value):
        cases.stances(spoilt, ["s1", "s2", "s3"])


def leaning(*sources):
    """Claims of one theme: (problem, resource) counts per source."""
    rows = [
        {"theme": "t", "source": f"s{i}", "claims": p + r, "problem": p, "resource": r}
        for i, (p, r) in enumerate(sources)
    ]
    return cases.convergence(pd.DataFrame(rows)).iloc[0]


@pytest.mark.parametrize(
    ("sources", "verdict"),
    [
        ([(1, 0), (2, 1)], "converge"),
        ([(0, 3), (0, 1), (0, 0)], "converge"),
        ([(1, 0), (0, 1)], "differ"),
        ([(1, 0), (2, 0), (0, 1)], "differ"),
        ([(1, 0), (0, 0)], "one voice"),
        ([(1, 0), (2, 2)], "mixed"),  # both stances, neither twice the other
        ([(1, 0), (2, 1), (3, 2)], "mixed"),
        ([(1, 0), (4, 2)], "converge"),  # twice the other is a leaning
        ([(1, 1), (2, 2)], "mixed"),
        ([(0, 0), (0, 0)], "no leaning"),
    ],
)
def test_convergence_by_rule(sources, verdict):
    row = leaning(*sources)
    assert row["verdict"] == verdict
    assert row["speaking"] + row["silent"] == len(sources)
    assert row["silent"] == sources.count((0, 0))


def test_more_sources_can_be_asked_for():
    table = cases.stances(THEMES, ["s1", "s2", "s3"])
    two = cases.convergence(table, 2).set_index("theme")["verdict"].to_dict()
    assert two == {"paper": "converge", "tools": "no leaning", "trust": "differ"}
    assert cases.convergence(table, 3).set_index("theme").loc["paper", "verdict"] == "one voice"
