"""Verdicts on printed figures, tables, repeats and words; expected values worked out by hand."""

from pathlib import Path

import pandas as pd
import pytest

from analysis.audit import audit, audit_tables, other_bases
from analysis.contradictions import between_texts, compare, disagreements, verbal_claims
from analysis.published import bases, read_percentages, read_verbal

PUBLISHED = Path(__file__).parents[1] / "data" / "published"


def figures(*rows, **columns):
    """A frame of figures from (statement, n, percent)."""
    frame = pd.DataFrame(rows, columns=["statement", "n", "percent"], dtype="str")
    return frame.assign(**columns)


def question(n, percents, name="experience"):
    return figures(
        *[(f"class {i}", str(n), percent) for i, percent in enumerate(percents)],
        source="text",
        question=name,
        group="all",
        choice="single",
    )


class TestAudit:
    def test_one_row_per_figure_in_order_with_other_columns_kept(self):
        frame = figures(("a", "40", "2.5"), ("b", "157", "17.5"), note=["x", "y"])
        found = audit(frame)
        assert found["statement"].tolist() == ["a", "b"]
        assert found["note"].tolist() == ["x", "y"]
        assert found["verdict"].tolist() == ["possible", "impossible"]
        assert found["possible"].tolist() == [True, False]

    def test_only_count_gets_wilson_interval(self):
        row = audit(figures(("a", "40", "32.5"))).iloc[0]
        assert (row["count"], row["counts_low"], row["counts_high"]) == (13, 13, 13)
        assert row["low"] == pytest.approx(20.0845022318)  # R prop.test(13, 40, correct=FALSE)
        assert row["high"] == pytest.approx(47.9822538101)

    def test_several_counts_get_none(self):
        row = audit(figures(("a", "361", "90"))).iloc[0]
        assert (row["counts_low"], row["counts_high"]) == (324, 326)  # 89.75, 90.03, 90.30 %
        assert pd.isna(row["count"]) and pd.isna(row["low"])

    def test_impossible_figure_names_explanation_and_near_bases(self):
        row = audit(figures(("a", "117", "18.0"))).iloc[0]
        assert row["explanation"] == "double rounding"  # 21/117 = 17.949 -> 17.95 -> 18.0
        assert row["nearest_bases"] == (111,)  # 20/111 = 18.018 %
        # by hand: (n + 1) / 1001 over the bases 107 to 116, none has an exact tie but 112
        assert row["bases_by_chance"] == pytest.approx(
            sum(n + 1 for n in range(107, 117)) / 1001, abs=0.01
        )
        assert pd.isna(row["count"]) and row["rounding"] == ""

    def test_near_bases_stop_at_one_person_and_follow_reach(self):
        assert audit(figures(("a", "2", "33"))).iloc[0]["nearest_bases"] == ()
        assert audit(figures(("a", "117", "18.0")), reach=5).iloc[0]["nearest_bases"] == ()

    def test_truncation_is_named_but_does_not_make_it_possible(self):
        row = audit(figures(("a", "157", "17.1"))).iloc[0]  # 27/157 = 17.197 %
        assert (row["verdict"], row["explanation"]) == ("impossible", "truncation")

    def test_power_stands_beside_every_verdict(self):
        found = audit(figures(("a", "157", "72.0"), ("b", "157", "72"), ("c", "40", "25")))
        assert found["power"].round(3).tolist() == [0.842, 0.0, 0.495]

    def test_rounding_names_the_rules_that_fit(self):
        found = audit(figures(("a", "8", "12"), ("b", "8", "13"), ("c", "8", "38")))  # 12.5, 37.5
        assert found["rounding"].tolist() == ["half-even", "half-up", "half-up, half-even"]
        assert found["possible"].all()

    def test_half_rounded_down_is_named_but_does_not_make_it_possible(self):
        found = audit(figures(("a", "8", "37"), ("b", "40", "57")))
        assert (found["verdict"] == "impossible").all() and (found["rounding"] == "").all()
        assert (found["explanation"] == "half rounded down").all()

    def test_equal_figures_get_equal_verdicts_at_their_own_base(self):
        found = audit(figures(("a", "40", "2.5"), ("b", "39", "2.5"), ("c", "40", "2.5")))
        assert found["possible"].tolist() == [True, False, True]
        assert found["count"].fillna(-1).tolist() == [1, -1, 1]
        assert found["low"].iloc[0] == found["low"].iloc[2] and pd.isna(found["low"].iloc[1])

    def test_large_bases_are_not_counted_one_by_one(self):
        row = audit(figures(("a", "10000000", "33.3"))).iloc[0]
        assert (row["counts_low"], row["counts_high"]) == (3_325_000, 3_334_999)

    def test_row_without_a_base_is_not_auditable(self):
        frame = figures(("a", "", "84"), ("b", "40", "2.5"), base=["none", "stated"])
        found = audit(frame)
        assert found["verdict"].tolist() == ["not auditable", "possible"]
        assert found["possible"].isna().tolist() == [True, False]
        assert found["n"].isna().tolist() == [True, False]

    def test_every_problem_is_named_and_nothing_audited(self):
        frame = figures(("a", "1 000", "2"), ("", "40", "<1"), ("c", "", "101"))
        with pytest.raises(ValueError) as error:
            audit(frame)
        lines = str(error.value).splitlines()
        assert len(lines) == 5
        assert "row 0, column n: found '1 000'" in str(error.value)
        assert "row 1, column statement: found nothing" in str(error.value)
        assert "row 2, column percent: found '101'" in str(error.value)

    def test_base_none_with_a_number_is_a_contradiction(self):
        with pytest.raises(ValueError, match="although base is 'none'"):
            audit(figures(("a", "40", "2.5"), base="none"))

    def test_figures_as_numbers_are_refused(self):
        frame = pd.DataFrame({"statement": ["a"], "n": [157], "percent": [72.0]})
        with pytest.raises(ValueError, match="not text"):
            audit(frame)

    def test_missing_columns(self):
        with pytest.raises(ValueError, match="no column n, percent"):
            audit(pd.DataFrame({"statement": ["a"]}))

    def test_no_rows(self):
        assert audit(figures()).empty


class TestOtherBases:
    def test_bases_at_which_it_fits_nearest_first(self):
        found = other_bases(figures(("a", "157", "17.5")), [40, 157, 154, 117])
        assert found["other"].tolist() == [154, 40]  # 27/154 = 17.53 %, 7/40 = 17.5 %
        assert found["better"].all() and (found["tried"] == 3).all()
        assert not found["stated_possible"].any()

    def test_a_figure_that_fits_its_own_base_fits_no_other_better(self):
        found = other_bases(figures(("a", "117", "23.9")), [157, 46])
        assert found["other"].tolist() == [46]  # 11/46 = 23.91 %
        assert not found["better"].any()

    def test_figure_without_a_base_is_tried(self):
        found = other_bases(figures(("a", "", "32.5"), base="none"), [117, 40])
        assert found["other"].tolist() == [40, 117]  # 13/40; 38/117 = 32.48 %
        assert found["stated_possible"].isna().all() and not found["better"].any()

    def test_chance_of_fitting_by_luck_is_beside_it(self):
        found = other_bases(figures(("a", "157", "17.5")), [40])
        assert found["by_chance"].tolist() == [41 / 1001]


class TestTables:
    def test_complete(self):
        # institutions: 113 + 26 + 11 + 4 + 2 + 1 = 157 by hand
        row = audit_tables(question(157, ["72.0", "16.6", "7.0", "2.5", "1.3", "0.6"])).iloc[0]
        assert (row["verdict"], row["missing_low"], row["missing_high"]) == ("complete", 0, 0)
        assert row["percent_sum"] == 100.0 and row["reaches_100"]

    def test_short_says_how_many_are_missing(self):
        row = audit_tables(question(40, ["50.0", "25.0", "20.0"])).iloc[0]
        assert (row["verdict"], row["missing_low"], row["missing_high"]) == ("short", 2, 2)
        assert not row["reaches_100"] and row["unresolved"] == ()

    def test_percents_may_reach_100_although_people_are_missing(self):
        # 116 + 20 * 2 = 156 of 157, printed 73.9 + 20 * 1.3 = 99.9: rounding hides a person
        row = audit_tables(question(157, ["73.9", *["1.3"] * 20])).iloc[0]
        assert (row["verdict"], row["missing_low"]) == ("short", 1)
        assert row["reaches_100"]

    def test_over(self):
        row = audit_tables(question(40, ["50.0", "52.5"])).iloc[0]
        assert (row["verdict"], row["missing_high"]) == ("over", -1)

    def test_undecided_when_counts_are_not_unique(self):
        row = audit_tables(question(361, ["90", "1", "4", "4", "1"])).iloc[0]
        assert (row["counts_low"], row["counts_high"]) == (354, 368)  # 324+2+13+13+2, 326+5+16+16+5
        assert (row["verdict"], row["missing_low"], row["missing_high"]) == ("undecided", -7, 7)

    def test_missing_people_are_sought_among_the_impossible_statements(self):
        row = audit_tables(question(157, ["17.5", "29.3", "21.7", "23.9", "7.6"])).iloc[0]
        assert row["verdict"] == "unresolved"
        assert row["unresolved"] == ("class 0", "class 3")
        assert row["missing_low"] == row["missing_high"] == 65  # 157 - 46 - 34 - 12
        assert row["rest_fits"]  # 65/157 = 41.40 %, printed 17.5 + 23.9 = 41.4
        assert row["reaches_100"]

    def test_rest_that_does_not_fit(self):
        row = audit_tables(question(157, ["17.5", "29.3", "21.7", "7.6"])).iloc[0]
        assert not row["rest_fits"]  # 65 people left for a share of 17.5 %

    def test_only_single_choice_rows_with_a_base(self):
        frame = pd.concat([question(40, ["50.0", "50.0"]), question(40, ["90.0"], "b")])
        frame["choice"] = ["single", "single", "multiple"]
        assert audit_tables(frame)["question"].tolist() == ["experience"]
        assert audit_tables(frame[frame["choice"] == "none"]).empty

    def test_one_question_with_two_bases_is_refused(self):
        frame = pd.concat([question(40, ["50.0"]), question(157, ["50"])])
        with pytest.raises(ValueError, match="has the bases"):
            audit_tables(frame)


class TestContradictions:
    def frame(self):
        rows = [
            ("a1", "a", "Results", "databases", "40", "32.5"),
            ("a2", "a", "Results", "programs", "40", "30"),
            ("a3", "a", "Discussion", "use of programs", "40", "32.5"),
            ("b1", "b", "Results", "databases", "40", "32.5"),
            ("b2", "b", "Results", "programs", "40", "30.0"),
            ("b3", "b", "Results", "films", "40", "33"),
        ]
        names = ["id", "source", "place", "statement", "n", "percent"]
        frame = pd.DataFrame(rows, columns=names, dtype="str")
        return frame.assign(survey="s", group="managers", question="q")

    def test_pairs_between_texts(self):
        pairs = between_texts(self.frame())
        assert pairs.to_numpy().tolist() == [["a1", "b1"], ["a2", "b2"]]

    def test_disagreement_within_one_text(self):
        pairs = pd.DataFrame(
            {"first": ["a1", "a2", "a2", "a1"], "second": ["b1", "b2", "a3", "b3"]}
        )
        found = compare(self.frame(), pairs)
        assert found["verdict"].tolist() == ["agree", "agree", "disagree", "agree within rounding"]
        row = disagreements(self.frame(), pairs).iloc[0]
        assert (row["first"], row["second"], row["difference"]) == ("a2", "a3", 2.5)
        assert row["same_text"] and row["second_place"] == "Discussion"

    def test_unknown_ids_are_named(self):
        with pytest.raises(ValueError, match="a9"):
            compare(self.frame(), pd.DataFrame({"first": ["a1"], "second": ["a9"]}))

    def test_no_pairs(self):
        pairs = pd.DataFrame(columns=["first", "second"])
        assert disagreements(self.frame(), pairs).empty


class TestVerbalClaims:
    def verdict(self, relation, fraction, percent, **options):
        verbal = pd.DataFrame(
            [("v", relation, *fraction, "p")],
            columns=["id", "relation", "numerator", "denominator", "percentage"],
        )
        percentages = pd.DataFrame({"id": ["p"], "percent": [percent]})
        return verbal_claims(verbal, percentages, **options).iloc[0]

    @pytest.mark.parametrize(
        ("relation", "fraction", "percent", "verdict"),
        [
            ("almost", ("1", "4"), "26.5", "contradicts"),  # above a quarter
            ("almost", ("1", "1"), "23.9", "contradicts"),  # 'almost all'
            ("almost", ("1", "10"), "9.4", "fits"),
            ("almost", ("1", "4"), "25.0", "fits"),  # 24.95 % is printed so
            ("almost", ("1", "4"), "25.1", "contradicts"),
            ("almost", ("1", "4"), "19.9", "contradicts"),
            ("slightly-less-than", ("1", "3"), "29.3", "fits"),
            ("slightly-less-than", ("1", "3"), "33.4", "contradicts"),
            ("more-than", ("1", "3"), "35.0", "fits"),
            ("more-than", ("1", "3"), "33.3", "fits"),  # 33.34 % is printed so
            ("more-than", ("1", "3"), "33.2", "contradicts"),
            ("about", ("3", "4"), "72.0", "fits"),
            ("about", ("3", "4"), "69.9", "contradicts"),
            ("about", ("1", "5"), "25.1", "contradicts"),
            ("exactly", ("1", "10"), "10.3", "fits"),
            ("exactly", ("1", "10"), "11.1", "contradicts"),
        ],
    )
    def test_declared_rule(self, relation, fraction, percent, verdict):
        assert self.verdict(relation, fraction, percent)["verdict"] == verdict

    def test_distance_in_points_and_the_rule_come_with_the_verdict(self):
        row = self.verdict("almost", ("1", "4"), "26.5")
        assert (row["distance"], row["target"], row["tolerance"]) == (1.5, 25.0, 5)
        assert row["rule"] == "t - 5 <= p < t"
        assert pd.isna(self.verdict("more-than", ("1", "3"), "35")["tolerance"])

    def test_tolerance_can_be_changed(self):
        assert self.verdict("about", ("3", "4"), "72.0", tolerance={"about": 2})["verdict"] == (
            "contradicts"
        )

    def test_claim_without_a_figure(self):
        verbal = pd.DataFrame(
            [("v", "almost", "1", "4", "")],
            columns=["id", "relation", "numerator", "denominator", "percentage"],
        )
        percentages = pd.DataFrame({"id": ["p"], "percent": ["1"]})
        assert verbal_claims(verbal, percentages)["verdict"].tolist() == ["no figure"]

    def test_unknown_relation(self):
        with pytest.raises(ValueError, match="expected one of"):
            self.verdict("nearly", ("1", "4"), "25")


class TestPublishedTables:
    """The project's own tables can be read, and the four known figures are found."""

    def percentages(self):
        return read_percentages(PUBLISHED / "percentages.csv")

    def test_impossible_figures(self):
        found = audit(self.percentages())
        impossible = found[found["verdict"] == "impossible"]
        expected = {("17.5", 157), ("23.9", 157), ("18.0", 117), ("8.6", 117)}
        assert set(zip(impossible["percent"], impossible["n"], strict=True)) == expected

    def test_bases_are_counted_once(self):
        percentages = self.percentages()
        assert bases(percentages)["statements"].sum() == len(percentages)

    def test_words_that_contradict_their_figure(self):
        percentages = self.percentages()
        found = verbal_claims(read_verbal(PUBLISHED / "verbal.csv", percentages), percentages)
        wrong = found[found["verdict"] == "contradicts"]
        assert sorted(wrong["percent"]) == ["23.9", "26.5", "26.5"]

    def test_reader_names_every_problem(self, tmp_path):
        frame = self.percentages().head(3)
        frame.loc[1, ["id", "choice", "same_as"]] = [frame.loc[0, "id"], "some", "nowhere"]
        frame.to_csv(tmp_path / "percentages.csv", index=False)
        with pytest.raises(ValueError) as error:
            read_percentages(tmp_path / "percentages.csv")
        for words in ("line 3, column id", "line 3, column choice", "line 3, column same_as"):
            assert words in str(error.value)
