"""`check` on coded files, on the table of interviews, and on a study.toml of which one section is wrong."""

import openpyxl
import pytest

from analysis.checking import check_study
from analysis.printed import shown
from analysis.readers import read_project
from conftest import TOML
from refi_files import CODE, OTHER, TEXT, pack, project, selection, source, stored

TALKS = '\n[interviews]\ntable = "interviews.csv"\ncoding = ["p.qdpx"]\n'
TREE = (
    f'<Code guid="{OTHER}" name="Barriers" isCodable="false">'
    f'<Code guid="{CODE}" name="Paper" isCodable="true"/></Code>'
)
GOOD = "".join(selection(n, n + 6, name=TEXT[n : n + 6]) for n in (3, 12, 30))


@pytest.fixture
def talks(small):
    """The small study with one interview, coded in a good project."""
    small.toml(TOML + TALKS)
    small.rows({5: "008,C2,k2,2,2022-04-11,NA,2,,x"})
    small.write("interviews.csv", "interview\nA\n")
    coded(small, GOOD)
    return small


def coded(small, inside, codes=TREE, path="internal://A.txt", text=TEXT):
    xml = project(source(inside, name="A", path=path), "casework-evaluation", codes=codes)
    pack(small.folder, xml, {"sources/A.txt": stored(text)})


def found(small, file=None):
    problems = check_study(small.folder)[1]
    return [(p.severity, p.message) for p in problems if file in (None, p.file)]


class TestCodedFiles:
    def test_a_good_project_is_silent(self, talks):
        assert found(talks) == []

    @pytest.mark.parametrize(
        ("inside", "said"),
        [
            (selection(3, len(TEXT) + 50), "not read: 1 × selections outside the text"),
            (selection(-4, 9), "not read: 1 × selections outside the text"),
            (selection(20, 12), "in doubt: 1 × selections with the end first in 'A'"),
            (selection(3, 9, ["NONE"]) * 2, "not read: 2 × codings with a code that is not in"),
        ],
    )
    def test_places_and_codes_that_are_none(self, talks, inside, said):
        coded(talks, GOOD + inside)
        here = [(s, m) for s, m in found(talks, "p.qdpx") if m.startswith(said)]
        assert len(here) == 1 and here[0][0] == "warning"

    @pytest.mark.parametrize("end", ["99999999999999999999", "-9007199254740992", "12.5", "", "١٢"])
    def test_a_position_that_is_none_costs_its_selection_only(self, talks, end):
        coded(talks, GOOD + selection(20, end))
        told = [(s, m) for s, m in found(talks, "p.qdpx") if "REFI-QDA schema" not in m]
        ((severity, said),) = told  # what is no whole number breaks the schema as well
        assert severity == "warning"
        assert said.startswith("not read: 1 × selections whose position cannot be read in 'A' (")
        assert f"endPosition is {shown(end)}, not a whole number, or too large" in said
        read = read_project(talks.folder / "p.qdpx")
        assert read.coding["start"].tolist() == [3, 12, 30], "the good ones stay where they were"

    def test_two_codes_of_one_name(self, talks):
        twin = TREE.replace(
            "</Code>", f'<Code guid="{OTHER[:-1]}9" name="Paper" isCodable="true"/></Code>'
        )
        coded(talks, GOOD, codes=twin)
        assert [m for _, m in found(talks, "p.qdpx")] == [
            "in doubt: 1 × names that two codes of one branch share ('Paper')."
        ]

    @pytest.mark.parametrize("path", ["", "internal://nope.txt", "absolute:///etc/passwd"])
    def test_a_text_that_is_lost(self, talks, path):
        coded(talks, GOOD, path=path)
        said = [m for s, m in found(talks, "p.qdpx") if s == "warning"]
        assert any("not read: 1 × source text in 'A'" in m for m in said)
        assert any("not read: 3 × text selections in 'A' (the text is missing)" in m for m in said)

    def test_a_text_of_nothing(self, talks):
        coded(talks, "", text="\n")
        assert ("warning", "1 × document without a text in 'A'.") in found(talks, "p.qdpx")

    def test_coders_with_different_texts(self, talks):
        talks.toml(TOML + TALKS.replace('["p.qdpx"]', '["p.qdpx", "q.qdpx"]'))
        xml = project(source(GOOD, name="A"), "casework-evaluation", codes=TREE)
        pack(talks.folder, xml, {"sources/A.txt": stored(TEXT + "more\n")}, name="q.qdpx")
        ((severity, said),) = found(talks)
        assert severity == "error" and "the text of 'A' is not the one in p.qdpx" in said

    def test_branches_that_the_codebook_does_not_have(self, talks):
        talks.toml(TOML + TALKS + 'strengths = "Barriers"\nbarriers = "Barier"\n')
        (problem,) = check_study(talks.folder)[1]
        assert (problem.severity, problem.file) == ("error", "study.toml")
        assert "barriers is 'Barier'" in problem.message
        assert "its branches are: 'Barriers'." in problem.message
        assert problem.mend.startswith("did you mean 'Barriers'?")


class TestInterviews:
    def table(self, talks, row):
        header = "interview,centre,curator,date,words"
        talks.write("interviews.csv", f"{header}\n{row}\n")
        return found(talks, "interviews.csv")

    def test_a_good_row_is_silent(self, talks):
        assert self.table(talks, "A,C1,k1,2022-10-01,880") == []
        assert self.table(talks, "A,,,,") == []

    @pytest.mark.parametrize(
        ("row", "severity", "said"),
        [
            ("A,C1,k1,2022-10-32,8", "error", "'2022-10-32'; expected a date"),
            ("A,C1,k1,2999-10-01,8", "error", "expected a day that has already been"),
            ("A,C1,k1,2022-10-01,-8", "error", "'-8'; expected a whole number of 0 or more"),
            ("A,C9,k1,2022-10-01,8", "warning", "'C9' is not known in monitoring"),
            ("A,C1,k77,2022-10-01,8", "warning", "'k77' is not known in monitoring"),
            ("A,C1,Петрова,2022-10-01,8", "error", "it looks like a name"),
        ],
    )
    def test_each_column_is_held_to_what_it_is(self, talks, row, severity, said):
        assert [s for s, message in self.table(talks, row) if said in message] == [severity]


class TestRatingOfSupervision:
    @pytest.mark.parametrize(("rating", "wrong"), [("5", 0), ("", 0), ("6", 1), ("-1", 1)])
    def test_it_has_the_range_of_ratings(self, small, rating, wrong):
        small.toml(TOML + '[ratings]\nlow = 1\nhigh = 5\n[tables]\nsupervision = "s.csv"\n')
        header = "curator,supervisor,date,kept,usefulness"
        small.write("s.csv", f"{header}\nk1,s1,2022-01-01,True,{rating}\n")
        said = [message for _, message in found(small, "s.csv")]
        assert len(said) == wrong and all("from 1 to 5" in message for message in said)


class TestOneSectionIsWrong:
    """What does not hang on it is checked all the same, and one line says what was not."""

    def test_a_direction_hides_no_rating(self, small):
        small.change('better = "lower"', 'better = "down"')
        small.rows({2: "007,C1,k1,1,2022-01-10,88,5,None,x"})
        messages = [message for _, message in found(small)]
        assert any("'88'; expected a number from 1 to 5" in message for message in messages)
        line = "as scale care is declared, the direction of its items could not be checked."
        assert messages.count(line) == 1

    @pytest.mark.parametrize("ends", ['low = "1"', "low = 9", "low = true"])
    def test_a_range_hides_no_header_and_no_word(self, small, ends):
        text = TOML.replace("low = 1", ends).replace('["a", "b"]', '["a", "b", "c9"]')
        small.toml(text)
        small.rows({2: "007,C1,k1,1,2022-01-10,two,5,None,x"})
        messages = [message for _, message in found(small)]
        assert any("column 'c9': there is no such column" in message for message in messages)
        assert any("'two'; expected a number" in message for message in messages)
        assert any("the range and direction of its items" in message for message in messages)

    def test_labels_of_risk_hide_no_level(self, small):
        small.change('column = "риск"', 'column = "риск"\nlabels = {mild = "x"}')
        small.rows({2: "007,C1,k1,1,2022-01-10,1,5,severe,x"})
        assert any("'severe'; expected one of None" in message for _, message in found(small))

    @pytest.mark.parametrize(
        ("more", "line"),
        [
            ('[ratings]\nlow = "1"\nhigh = 5\n', "as [ratings] is declared, the range of ratings"),
            ('[interviews]\ntable = 1\ncoding = ["p.qdpx"]\n', "as [interviews] is declared"),
        ],
    )
    def test_what_was_not_checked_is_said(self, small, more, line):
        small.toml(TOML + more)
        assert [s for s, message in found(small) if message.startswith(line)] == ["warning"]


class TestFarCells:
    """One cell in the last corner of a sheet: refused in a sentence, and at once."""

    @pytest.mark.parametrize(
        ("cell", "place"),
        [
            ("XFD1048576", "column 16,384 of row 1,048,576"),
            ("A1048576", "column 1 of row 1,048,576"),
            ("XFD3", "column 16,384 of row 3"),
        ],
    )
    def test_a_table(self, small, cell, place):
        small.toml(TOML + '[tables]\nstaff = "staff.xlsx"\n')
        self.book(small.folder / "staff.xlsx", ["curator", "supervisor", "centre"], cell)
        ((severity, said),) = found(small, "staff.xlsx")
        assert severity == "error" and place in said and "far from the rest" in said

    def test_a_table_of_codings(self, talks):
        talks.toml(TOML + TALKS.replace("p.qdpx", "c.xlsx"))
        self.book(talks.folder / "c.xlsx", ["document", "code", "quote"], "XFD1048576")
        said = [message for _, message in found(talks, "c.xlsx")]
        assert len(said) == 1 and "row 1048576 holds something beyond column 256" in said[0]

    def book(self, path, header, cell):
        book = openpyxl.Workbook()
        book.active.append(header)
        book.active.append(["k1", "s1", "C1"])
        book.active[cell] = "x"
        book.save(path)


def test_a_mask_that_leads_out_of_the_folder_is_said_and_not_shown(talks):
    (talks.folder.parent / "secret").write_text("root:x:0\n", encoding="utf-8")
    (talks.folder / "mask.csv").symlink_to(talks.folder.parent / "secret")
    said = [message for _, message in found(talks, "mask.csv")]
    assert len(said) == 1 and "leads out of the study folder" in said[0] and "root" not in said[0]
