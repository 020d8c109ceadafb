"""Counts of coded cases and claims, by hand on tiny tables; “not stated” is kept and never guessed."""

import pandas as pd
import pytest

from analysis import cases, sources

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


CLAIMS = pd.DataFrame(
    [
        ("c0", "design", "Aim.", "", "p. 1"),
        ("c1", "context", "Forms.", "", "p. 2"),
        ("c2", "finding", "Copies.", "10%", "p. 3"),
        ("c3", "finding", "Time.", "", "p. 4"),
    ],
    columns=["id", "kind", "paraphrase", "value", "place"],
)


def cell(theme, source, most=5):
    themes = THEMES[THEMES["claim"].isin(["c1", "c2", "c3"])]
    table = cases.said(themes, CLAIMS, ["s1", "s2"], most)
    return table[table["theme"].eq(theme) & table["source"].eq(source)].iloc[0]


class TestSaid:
    def test_findings_first_with_value_and_place(self):
        row = cell("paper", "s1")
        assert row["says"] == "Copies. [10%] (p. 3) · Time. (p. 4) · Forms. (p. 2)"
        assert (row["claims"], row["leaning"]) == (3, "problem")

    def test_what_is_left_out_is_counted(self):
        assert cell("paper", "s1", 1)["says"] == "Copies. [10%] (p. 3) · and 2 more"

    def test_silence_is_a_row(self):
        row = cell("paper", "s2")
        assert (row["claims"], row["leaning"], row["says"]) == (0, "silent", "")

    def test_published_every_cell_and_every_claim_once(self):
        themes, names = sources.table("themes"), list(sources.table("sources")["key"])
        table = cases.said(themes, sources.table("claims"), names, 1000)
        assert len(table) == themes["theme"].nunique() * len(names)
        written = table["says"].str.split(" · ").map(lambda parts: sum(map(bool, parts)))
        assert (written == table["claims"]).all() and table["claims"].sum() == len(themes)


@pytest.mark.parametrize(
    ("problem", "resource", "claims", "leaning"),
    [
        (2, 1, 3, "problem"),
        (1, 2, 4, "resource"),
        (3, 2, 5, "mixed"),
        (1, 1, 2, "mixed"),
        (0, 0, 4, "neutral"),
        (0, 0, 0, "silent"),
    ],
)
def test_leanings_by_rule(problem, resource, claims, leaning):
    row = pd.DataFrame({"problem": [problem], "resource": [resource], "claims": [claims]})
    assert cases.leanings(row).tolist() == [leaning]


class TestDated:
    def events(self, *rows):
        frame = pd.DataFrame(rows, columns=["year", "timing"])
        return frame.assign(order=[str(i + 1) for i in range(len(frame))])

    def test_bounds_come_from_printed_neighbours_and_only_on_the_side_told(self):
        table = cases.dated(
            self.events(
                ("", "before"),
                ("2004", "printed"),
                ("", "between"),
                ("", "not told"),
                ("", "after"),
                ("2008", "printed"),
                ("", "after"),
            )
        )
        nan = float("nan")
        expected = pd.DataFrame(
            {
                "earliest": [nan, 2004, 2004, nan, 2004, 2008, 2008],
                "latest": [2004, 2004, 2008, nan, nan, 2008, nan],
            }
        )
        pd.testing.assert_frame_equal(table[["earliest", "latest"]], expected)

    @pytest.mark.parametrize(
        ("rows", "said"),
        [
            ([("2004", "between")], "order 1: year and timing disagree"),
            ([("", "printed")], "order 1: year and timing disagree"),
            ([("2008", "printed"), ("2004", "printed")], "go back"),
        ],
    )
    def test_refused(self, rows, said):
        with pytest.raises(ValueError, match=said):
            cases.dated(self.events(*rows))

    def test_published_events_have_no_bound_where_the_time_is_not_told(self):
        table = cases.dated(sources.table("policy_events"))
        untold = table["timing"].eq("not told")
        assert table.loc[untold, ["earliest", "latest"]].isna().all(axis=None) and untold.sum() == 2
        assert (table["earliest"].fillna(0) <= table["latest"].fillna(9999)).all()
