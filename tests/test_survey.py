"""The printed survey arranged for reading. Expected numbers: the print itself, hand arithmetic, R prop.test."""

import numpy as np
import pandas as pd
import pytest

from analysis import sources, survey


@pytest.fixture(scope="module")
def percentages():
    return sources.percentages()


def audited(*rows):
    names = ["question", "statement", "source", "percent", "count", "n", "verdict", "power"]
    return pd.DataFrame(rows, columns=names)


class TestMentions:
    def test_most_mentioned_first_and_counts_where_one_fits(self, percentages):
        table = survey.mentions(percentages, "worker-advantages")
        assert table["percent"].is_monotonic_decreasing
        assert len(table) > 5 and table["source"].nunique() >= 1
        known = table[table["count"].notna()]
        # every rebuilt count gives the printed figure at its base, whichever way a half is rounded
        decimals = known["percent"].map(lambda p: len(f"{p:g}".partition(".")[2]))
        off = (100 * known["count"] / known["n"] - known["percent"]).abs()
        assert (off.astype(float) <= 0.5 * 10.0**-decimals + 1e-9).all()

    def test_no_interval_where_no_unique_count(self, percentages):
        table = survey.mentions(percentages, *percentages["question"].unique())
        unknown = table["count"].isna()
        assert unknown.any() and table.loc[unknown, "low"].isna().all()
        assert table.loc[~unknown, ["low", "high"]].notna().all(axis=None)

    def test_numbers_the_authors_did_not_print_are_left_out(self, percentages):
        ids = set(survey.mentions(percentages, *percentages["question"].unique())["id"])
        left = percentages[~percentages["id"].isin(ids)]
        assert (left["printed"].eq("derived") | left["base"].eq("none")).all()

    def test_what_a_reader_sees(self, percentages):
        shown = survey.shown(survey.mentions(percentages, "worker-advantages"))
        assert list(shown) == survey.SHOWN and shown["printed"].notna().all()


class TestMerged:
    ROWS = audited(
        ("q", "paper", "a", 25.0, None, 40, "impossible", 1),
        ("q", "paper", "b", 26.0, 7, 27, "possible", 1),
        ("q", "time", "b", 50.0, 20, 40, "possible", 1),
        ("q", "time", "b", 50.0, 20, 40, "possible", 1),
    )

    def test_one_row_per_statement_with_its_sources(self):
        table = survey.merged(self.ROWS).set_index("statement")
        assert table["sources"].to_dict() == {"time": "b", "paper": "a, b"}
        assert table["agree"].to_dict() == {"time": "–", "paper": "no"}

    def test_a_missing_count_is_not_filled_from_another_text(self):
        row = survey.merged(self.ROWS).set_index("statement").loc["paper"]
        assert row["percent"] == 25.0 and row["n"] == 40 and pd.isna(row["count"])


def test_dots_have_the_columns_of_the_figure():
    frame = audited(("q", "s", "a", 25.0, 10, 40, "possible", 1)).assign(low=14.2, high=40.2)
    frame["group"] = "old"
    assert list(survey.dots(frame)) == ["label", "value", "low", "high", "n"]
    assert survey.dots(frame, "source")["group"].tolist() == ["a"]


def test_estimate_turns_percent_into_proportions():
    row = pd.Series({"count": 10, "n": 40, "low": 14.0, "high": 40.0})
    assert survey.estimate(row) == {"count": 10, "n": 40, "low": 0.14, "high": 0.40}


def test_share_impossible():
    rows = [
        ("q", str(i), "a", 1, None, 9, "impossible" if i < 2 else "possible", 1) for i in range(8)
    ]
    found = survey.share_impossible(audited(*rows))
    # R prop.test(2, 8, correct = FALSE): 0.0715 to 0.5907
    assert (found["count"], found["n"]) == (2, 8)
    assert (found["low"], found["high"]) == pytest.approx((0.0715, 0.5907), abs=5e-5)


def test_by_question_shares_add_up_and_no_power_is_its_own_part():
    table = survey.by_question(
        audited(
            ("one-a", "1", "s", 1, 1, 9, "possible", 0.5),
            ("one-a", "2", "s", 1, 1, 9, "impossible", 0.5),
            ("one-a", "3", "s", 1, 1, 9, "possible", 0.0),
            ("two", "4", "s", 1, 1, 9, "possible", 0.5),
        )
    )
    wide = table.pivot(index="label", columns="part", values="share")
    assert wide.loc["one a; s"].round(3).to_dict() == {
        "possible": 0.333,
        "impossible": 0.333,
        "no power": 0.333,
    }
    assert wide.sum(axis=1).tolist() == pytest.approx([1, 1])
    assert table.set_index("label")["n"].to_dict() == {"one a; s": 3, "two; s": 1}


class TestWholeTables:
    def test_accounts_leave_out_questions_printed_in_part(self, percentages):
        table = survey.accounts(percentages)
        assert (table["statements"] >= 3).all()
        open_ = table["verdict"].eq(
            "unresolved"
        )  # an impossible figure: nobody is shown to be missing
        assert table.loc[open_, "unaccounted"].eq("–").all() and open_.any()
        assert table.loc[~open_, "unaccounted"].str.fullmatch(r"-?\d+( to -?\d+)?").all()

    def test_printed_figures_stand_once_and_have_a_base(self, percentages):
        kept = survey.printed_figures(percentages)
        assert kept["id"].is_unique and kept["same_as"].eq("").all() and kept["n"].notna().all()
        assert set(kept["printed"]) <= {"figure", "words"} and 0 < len(kept) < len(percentages)

    def test_contradicting_grows_with_a_smaller_tolerance(self, percentages):
        verbal = sources.verbal()
        found = [len(survey.contradicting(verbal, percentages, t)) for t in (0, 5, 10)]
        assert found == sorted(found, reverse=True) and found[0] > found[-1]


def test_shown_twice_puts_disagreements_first():
    table = survey.shown_twice(
        pd.DataFrame(
            {
                "first_statement": ["a", "b"],
                "first_percent": ["1", "2"],
                "first_source": ["x", "x"],
                "second_percent": ["1", "3"],
                "second_source": ["y", "y"],
                "verdict": ["agree", "disagree"],
            }
        )
    )
    assert table["verdict"].tolist() == ["disagree", "agree"] and table["statement"][0] == "b"


class TestExact:
    def test_interval_is_clopper_pearsons(self, percentages):
        table = survey.exact(survey.mentions(percentages, "manager-difficulties"))
        row = table.set_index("id").loc["intec-manager-difficulty-technical-support"]
        # R binom.test(16, 40): 0.2486 to 0.5667
        assert (row["low"], row["high"]) == pytest.approx((24.86, 56.67), abs=5e-3)

    def test_no_interval_without_a_count_and_never_narrower_than_the_share(self, percentages):
        table = survey.exact(survey.mentions(percentages, "worker-advantages"))
        unknown = table["count"].isna()
        assert unknown.sum() == 1 and table.loc[unknown, ["low", "high"]].isna().all(axis=None)
        known = table[~unknown]
        assert known["percent"].between(known["low"], known["high"]).all()

    def test_counts_for_a_ranking(self, percentages):
        table = survey.count_range(survey.mentions(percentages, "worker-advantages"))
        row = table[table["count"].isna()].iloc[0]
        # 18.0 % of 117 are 21.06 people
        assert (row["percent"], row["count_low"], row["count_high"]) == (18.0, 21, 22)
        known = table[table["count"].notna()]
        assert (known["count_low"] == known["count"]).all()
        assert (known["count_high"] == known["count"]).all()


class TestLevels:
    FRAME = pd.DataFrame(
        {
            "level": ["micro", "micro", "macro", "macro"],
            "n": [40, 40, 40, 40],
            "percent": [30.0, 20.0, 70.0, 60.0],
        }
    )

    def test_bounds_are_the_largest_share_and_the_sum(self):
        table = survey.at_least_one(self.FRAME, "level").set_index("level")
        assert table.loc["micro", ["low", "high", "statements"]].tolist() == [30, 50, 2]
        assert table.loc["macro", ["low", "high"]].tolist() == [70, 100]

    def test_bounds_hold_for_any_answers(self):
        rng = np.random.default_rng(5)
        for _ in range(50):
            named = rng.random((40, 3)) < rng.random(3)
            shares = 100 * named.mean(axis=0)
            frame = pd.DataFrame({"level": "x", "n": 40, "percent": shares})
            row = survey.at_least_one(frame, "level").iloc[0]
            truth = 100 * named.any(axis=1).mean()
            assert row["low"] - 1e-9 <= truth <= row["high"] + 1e-9

    def test_one_base_only(self):
        with pytest.raises(ValueError, match="several bases"):
            survey.at_least_one(self.FRAME.assign(n=[40, 117, 40, 40]), "level")

    def test_every_statement_has_a_level(self, percentages):
        questions = [
            f"{w}-{q}" for w in ("worker", "manager") for q in ("advantages", "difficulties")
        ]
        table = survey.mentions(percentages, *questions)
        found = survey.coded(table, sources.table("levels"), "level")
        assert set(found["level"]) == {"micro", "meso", "macro"}
        # the same statement of both articles lies at one level
        assert found.groupby(["question", "statement"])["level"].nunique().eq(1).all()

    def test_a_statement_without_a_code_is_named(self, percentages):
        table = survey.mentions(percentages, "position")
        with pytest.raises(ValueError, match="no level for nuances-position"):
            survey.coded(table, sources.table("levels"), "level")


def test_statements_are_counted_by_question_and_level():
    pairs = [("b", "meso"), ("a", "micro"), ("b", "meso"), ("b", "micro"), ("left out", "meso")]
    frame = pd.DataFrame(pairs, columns=["question", "level"])
    table = survey.crossed(frame, "level", ["a", "b", "silent"], ["micro", "meso", "macro"])
    assert table.index.tolist() == ["a", "b", "silent"]
    assert table.to_numpy().tolist() == [[1, 0, 0], [1, 2, 0], [0, 0, 0]]
    with pytest.raises(ValueError, match=r"level micro: expected one of meso\."):
        survey.crossed(frame, "level", ["a"], ["meso"])


def test_classes_in_the_order_of_the_print(percentages):
    table = survey.in_print_order(survey.mentions(percentages, "experience"), percentages)
    assert table["id"].str.split("experience-").str[1].tolist() == [
        "under-1",
        "1-to-5",
        "6-to-10",
        "11-to-15",
        "over-15",
    ]
