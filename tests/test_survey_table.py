"""A survey of one's own gives the same tables as the printed one. Expected: the print itself, hand counts."""

import numpy as np
import pandas as pd
import pytest

from analysis import audit, rank_intervals, sources, survey, survey_table

QUESTIONS = ["worker-advantages", "worker-difficulties", "manager-difficulties"]
WORKERS, MANAGERS = 117, 40


@pytest.fixture(scope="module")
def published():
    """Printed statements whose count is known, one source per statement: what answers can give again."""
    percentages = sources.percentages()
    every = percentages["question"].isin([*QUESTIONS, "institution"])
    table = survey.mentions(percentages[every], *QUESTIONS, "institution")
    return table[table["count"].notna()].drop_duplicates(["question", "statement"])


@pytest.fixture(scope="module")
def answers(published):
    """Respondents made up so that exactly the printed counts come out; who said what is arbitrary."""
    rng = np.random.default_rng(3)
    group = ["workers"] * WORKERS + ["managers"] * MANAGERS
    frame = pd.DataFrame({"respondent": [f"r{i}" for i in range(157)], "group": group})
    single = published[published["question"].eq("institution")]
    places = [
        s for s, c in zip(single["statement"], single["count"], strict=True) for _ in range(c)
    ]
    frame["institution"] = rng.permutation(places)
    for question in QUESTIONS:
        base = frame.index[frame["group"].eq(f"{question.split('-')[0]}s")]
        for row in published[published["question"].eq(question)].to_dict("records"):
            named = rng.choice(base, row["count"], replace=False)
            column = pd.Series("", index=frame.index)
            column[base] = "0"
            column[named] = "1"
            frame[f"{question}: {row['statement']}"] = column
    return frame


def alike(table):
    columns = ["question", "statement", "group", "n", "count", "percent", "low", "high", "verdict"]
    ordered = table[columns].sort_values(["question", "statement"], ignore_index=True)
    return ordered.astype({"count": int, "n": int, "percent": float, "low": float, "high": float})


class TestSameFrames:
    def test_mentions_from_answers_are_those_from_print(self, answers, published):
        percentages = survey_table.percentages(answers, QUESTIONS)
        own = survey.mentions(percentages, *QUESTIONS, "institution")
        pd.testing.assert_frame_equal(alike(own), alike(published))

    def test_so_are_exact_intervals_and_places(self, answers, published):
        percentages = survey_table.percentages(answers, QUESTIONS)
        for question in QUESTIONS:
            own = survey.exact(survey.mentions(percentages, question))
            print_ = survey.exact(published[published["question"].eq(question)])
            pd.testing.assert_frame_equal(alike(own), alike(print_))
            sets = [rank_intervals.rank_sets(survey.count_range(t)) for t in (own, print_)]
            first, second = (s.sort_values("statement", ignore_index=True) for s in sets)
            pd.testing.assert_frame_equal(first, second)

    def test_so_it_is_after_a_file_with_semicolons(self, answers, published, tmp_path):
        # statements with a semicolon of their own cannot be listed with semicolons between
        frame = answers[["respondent", "group"]].copy()
        table = published[published["question"].eq("worker-advantages")]
        table = table[~table["statement"].str.contains(";")]
        marks = answers[[f"worker-advantages: {s}" for s in table["statement"]]]
        named = marks.eq("1").apply(
            lambda row: "; ".join(table["statement"][row.to_numpy()]) or "-", axis=1
        )
        frame["worker-advantages"] = named.where(answers["group"].eq("workers"), "")
        frame.to_csv(tmp_path / "own.csv", index=False)
        read = survey_table.read(tmp_path / "own.csv")
        own = survey.mentions(
            survey_table.percentages(read, ["worker-advantages"]), "worker-advantages"
        )
        pd.testing.assert_frame_equal(alike(own), alike(table))

    def test_the_audit_finds_every_figure_possible(self, answers):
        percentages = survey_table.percentages(answers, QUESTIONS)
        assert set(audit.audit(percentages)["verdict"]) == {"possible"}
        table = audit.audit_tables(percentages).set_index("question")
        assert table.loc["institution", "verdict"] == "complete"


SMALL = pd.DataFrame(
    {
        "respondent": ["1", "2", "3", "4"],
        "group": ["a", "a", "b", "b"],
        "post": ["x", "x", "y", ""],
        "good": ["e-mail; tablets", "-", " e-mail;;e-mail ", ""],
    }
)


class TestCounting:
    def test_no_answer_leaves_the_base_and_nothing_named_stays(self):
        table = survey_table.percentages(SMALL, ["good"]).set_index("statement")
        assert table.loc["e-mail", ["n", "percent"]].tolist() == ["3", "66.7"]
        assert table.loc["tablets", ["n", "percent"]].tolist() == ["3", "33.3"]
        assert table.loc["x", ["n", "percent", "choice"]].tolist() == ["3", "66.7", "single"]

    @pytest.mark.parametrize("dash", ["-", "–", "—"])
    def test_a_dash_names_nothing_in_a_single_choice_either(self, dash):
        # by hand: x, x, and one who answered without naming anything: 2 of 3
        frame = SMALL.assign(post=["x", "x", dash, ""])
        table = survey_table.percentages(frame, [])
        table = table[table["question"].eq("post")]
        assert table[["statement", "n", "percent"]].to_numpy().tolist() == [["x", "3", "66.7"]]
        # everybody may say so
        assert survey_table.percentages(frame.assign(post=dash, good=""), []).empty

    def test_no_as_a_single_choice_is_an_answer(self):
        table = survey_table.percentages(SMALL.assign(post=["да", "нет", "нет", ""]), ["good"])
        assert table.set_index("statement").loc["нет", "percent"] == "66.7"  # 2 of 3

    def test_group_is_named_where_one_group_answered(self):
        table = survey_table.percentages(SMALL[:2], ["good"])
        assert set(table["group"]) == {"a"}
        assert set(survey_table.percentages(SMALL, ["good"])["group"]) == {"all"}

    def test_one_column_per_statement_counts_the_same(self):
        marks = pd.DataFrame(
            {"good: e-mail": ["1", "0", "1", ""], "good: tablets": ["1", "0", "0", ""]}
        )
        wide = pd.concat([SMALL.drop(columns="good"), marks], axis=1)
        one, other = (survey_table.percentages(f, ["good"]) for f in (SMALL, wide))
        pd.testing.assert_frame_equal(one, other)

    def test_a_statement_on_the_list_that_nobody_named_is_kept(self):
        marks = SMALL.drop(columns="good").assign(**{"good: fax": ["0", "0", "0", "0"]})
        table = survey_table.percentages(marks, ["good"]).set_index("statement")
        assert table.loc["fax", ["n", "percent"]].tolist() == ["4", "0.0"]

    @pytest.mark.parametrize(
        ("count", "n", "text"),
        [(36, 117, "30.8"), (23, 40, "57.5"), (1, 8, "12.5"), (1, 1000, "0.10"), (0, 7, "0.0")],
    )
    def test_printed(self, count, n, text):
        assert survey_table.printed(count, n) == text

    @pytest.mark.parametrize("n", [9, 117, 999, 1000, 1703])
    def test_every_count_is_found_again_from_its_percentage(self, n):
        texts = [survey_table.printed(count, n) for count in range(n + 1)]
        assert len(set(texts)) == n + 1


class TestRefused:
    @pytest.mark.parametrize(
        ("change", "said"),
        [
            ({"respondent": ["1", "1", "3", "4"]}, "'1' is there already"),
            ({"group": ["a", "", "b", "b"]}, "line 1, column group: found nothing"),
            ({"good: fax": ["1", "0", "1", "1"]}, "there twice"),
        ],
    )
    def test_answers(self, change, said):
        with pytest.raises(ValueError, match=said):
            survey_table.percentages(SMALL.assign(**change), ["good"])

    def test_a_question_that_is_not_there(self):
        with pytest.raises(ValueError, match="no column 'bad' and none called 'bad: statement'"):
            survey_table.percentages(SMALL, ["bad"])

    @pytest.mark.parametrize("multiple", [[], ["good"], ["years"]])
    def test_a_column_with_a_colon_that_no_question_claims(self, multiple):
        frame = SMALL.assign(**{"Age: years": ["30", "41", "", "52"], "years": "a"})
        with pytest.raises(ValueError, match=r"'Age: years'.*'Age' is not.*add it to `multiple`"):
            survey_table.percentages(frame, multiple)

    def test_a_column_with_a_colon_may_be_a_question_itself(self):
        frame = SMALL.rename(columns={"good": "Good: for what"})
        table = survey_table.percentages(frame, ["Good: for what"]).set_index("statement")
        assert table.loc["e-mail", "percent"] == "66.7"

    @pytest.mark.parametrize(
        ("values", "said"), [(["1", "x", "0", "0"], "found 'x'"), (["1", "", "0", "0"], "write 0")]
    )
    def test_marks(self, values, said):
        frame = SMALL.assign(**{"bad: fax": values, "bad: post": ["0", "1", "0", "0"]})
        with pytest.raises(ValueError, match=said):
            survey_table.percentages(frame, ["bad"])

    def test_a_file_names_itself_and_the_line(self, tmp_path):
        path = tmp_path / "own.csv"
        path.write_text("respondent,group\n1,a\n1,b\n", encoding="utf-8")
        with pytest.raises(ValueError, match=r"own\.csv.*line 3, column respondent"):
            survey_table.read(path)
        path.write_text("person,group\n1,a\n", encoding="utf-8")
        with pytest.raises(ValueError, match="no column respondent"):
            survey_table.read(path)
