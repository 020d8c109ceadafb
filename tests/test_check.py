"""`casework check`: one run finds everything that is wrong, in every table, and a good study has nothing."""

import csv
import io
import json
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from analysis.checking import check_study
from analysis.cli import app
from analysis.record_spelling import twins
from conftest import TOML

RUN = CliRunner()
DECLARED = """
title = "Spoilt"
synthetic = false
minimum_cel = 3

[waves]
order = ["in", "out"]

[risk]
levels = ["low", "high"]

[[scales]]
name = "care"
items = ["a", "b", "c"]
low = 1
high = 5
better = "lower"
whole = true

[[scales]]
name = "broken"
items = ["d"]
low = 5
high = 1
better = "lower"

[interviews]
table = "interviews.csv"
coding = ["coded.csv"]
translations = "translations.csv"

[tables]
stages = "stages.csv"
case_log = "case_log.csv"
contacts = "contacts.csv"
staff = "../staff.csv"
documents = "documents.csv"
supervision = "supervision.csv"
alliance = "alliance.csv"
views = "views.csv"
costs = "costs.csv"
client_costs = "client_costs.csv"

[ratings]
low = 1
high = 5
"""
TABLES = {
    "monitoring.csv": """family,centre,curator,wave,date,a,b,c,risk,note
F1,Northern,K1,in,2022-01-10,1,2,3,low,
F1,Northern,K1,out,2021-12-01,1,2,3,low,
F1,Northern,K1,in,2022-01-10,1,2,3,low,
F2,Nothern,K1,in,2022-02-31,9,x,2.5,low,
F2,Northern,K2,out,2022-05-10,1,,,bad,
Иванова,NORTHERN,K1,in,2999-01-01,1,1,1,high,8 (916) 123-45-67
F4,,K1,later,1949-05-01,"1,250",1,1,high,anna@example.org
F5,Northern,=K1,in,10.01.2022,1,1,1,high,
""",
    "interviews.csv": "interview,role\nI1,curator\nI1,curator\nI2,curator\n",
    "coded.csv": "document,start,end,code,coder,created,memo,quote\nI1,0,2,x,A,,,да\nI9,0,2,x,A,,,да\n",
    "translations.csv": "document,quote,translation\nI7,да,yes\nI1,да,\n",
    "stages.csv": """stage,label,after,optimistic,likely,pessimistic
intake,Intake,closing,5,3,9
closing,Closing,intake;nowhere,1,2,-3
""",
    "case_log.csv": """family,centre,stage,start,end
F1,Southern,intake,2022-03-01,2022-02-01
F99,Northern,middle,2022-03-01,
""",
    "contacts.csv": "family,date,kind\nF1,soon,visit\n,2022-01-01,visit\n",
    "documents.csv": "centre,month,checked,complete\nNorthern,2022-01-15,5,7\nNorthern,2022-02-01,-1,0\n",
    "supervision.csv": "curator,supervisor,date,kept\nK1,S1,2022-01-01,perhaps\n",
    "alliance.csv": "curator,supervisor,date,side,aspect,rating\nK1,S1,2022-01-01,boss,goal,9\n",
    "views.csv": """family,wave,informant,aspect,rating,synthetic
F1,in,parent,home,6,False
F1,in,parent,home,3,True
""",
    "costs.csv": "centre,month,payer,item,amount,low,high\nNorthern,2022-01-01,state,rent,ten,1,2\n",
    "client_costs.csv": "document;informant;kind;quote\nI1;parent;money;=1+1\n",
}
# (severity, file, row, column, words of the message): each thing that was spoilt above, once.
EXPECTED = [
    ("error", "study.toml", None, None, "'minimum_cel' is not known here"),
    ("error", "study.toml", None, None, "low (5) is not below high (1)"),
    ("warning", "study.toml", None, None, "as scale broken is declared, the range and direction"),
    ("error", "monitoring.csv", None, "d", "there is no such column"),
    ("error", "study.toml", None, None, "leads out of the study folder"),
    ("error", "monitoring.csv", 3, "date", "2021-12-01 is before the family's earlier wave"),
    ("error", "monitoring.csv", 4, None, "has wave in a second time (first in row 2)"),
    ("warning", "monitoring.csv", 5, "centre", "'Nothern' is nearly 'Northern'"),
    ("error", "monitoring.csv", 5, "date", "'2022-02-31'; expected a date"),
    ("error", "monitoring.csv", 5, "a", "'9'; expected a number from 1 to 5"),
    ("error", "monitoring.csv", 5, "b", "'x'; expected a number from 1 to 5"),
    ("error", "monitoring.csv", 5, "c", "2.5 lies between two steps"),
    ("warning", "monitoring.csv", 6, "centre", "'F2' changes from 'Nothern' to 'Northern'"),
    ("warning", "monitoring.csv", 6, "curator", "'F2' changes from 'K1' to 'K2'"),
    ("warning", "monitoring.csv", 6, None, "only 1 of 3 items are filled"),
    ("error", "monitoring.csv", 6, "risk", "'bad'; expected one of low, high"),
    ("error", "monitoring.csv", 7, "family", "looks like a name"),
    ("warning", "monitoring.csv", 7, "centre", "'NORTHERN' is nearly 'Northern'"),
    ("error", "monitoring.csv", 7, "date", "expected a day that has already been"),
    ("error", "monitoring.csv", 7, "note", "holds a phone number"),
    ("error", "monitoring.csv", 8, "centre", "empty; every row needs one"),
    ("error", "monitoring.csv", 8, "wave", "'later'; expected one of in, out"),
    ("error", "monitoring.csv", 8, "date", "expected a day after 1950"),
    ("error", "monitoring.csv", 8, "a", "'1,250'; expected a number"),
    ("error", "monitoring.csv", 8, "note", "holds an e-mail address"),
    ("error", "monitoring.csv", 9, "curator", "run as a formula"),
    ("error", "monitoring.csv", 9, "date", "'10.01.2022'; expected a date"),
    ("error", "interviews.csv", 3, None, "a second time (first in row 2)"),
    ("warning", "interviews.csv", 4, "interview", "'I2' is in no coded file"),
    ("error", "coded.csv", None, None, "the document 'I9' is not in interviews.csv"),
    ("error", "translations.csv", 2, "document", "'I7' is no interview of this study"),
    ("error", "translations.csv", 3, "translation", "empty; every row needs one"),
    ("error", "stages.csv", 2, "optimistic", "5 is more than likely (3)"),
    ("error", "stages.csv", 2, "after", "'intake' waits for itself in a circle"),
    ("error", "stages.csv", 3, "after", "'nowhere' is not known in stages"),
    ("error", "stages.csv", 3, "pessimistic", "'-3'; expected a number of 0 or more"),
    ("error", "stages.csv", 3, "after", "'closing' waits for itself in a circle"),
    ("error", "stages.csv", 3, "likely", "2 is more than pessimistic (-3)"),
    ("error", "case_log.csv", 2, "centre", "'Southern' is not known in monitoring"),
    ("error", "case_log.csv", 2, "end", "2022-02-01 is before the start"),
    ("warning", "case_log.csv", 3, "family", "'F99' is not known in monitoring"),
    ("error", "case_log.csv", 3, "stage", "'middle' is not known in stages"),
    ("error", "contacts.csv", 2, "date", "'soon'; expected a date"),
    ("error", "contacts.csv", 3, "family", "empty; every row needs one"),
    ("error", "documents.csv", 2, "complete", "7 is more than checked (5)"),
    ("error", "documents.csv", 2, "month", "not the first day of its month"),
    ("error", "documents.csv", 3, "checked", "expected a whole number of 0 or more"),
    ("error", "documents.csv", 3, "complete", "0 is more than checked (-1)"),
    ("error", "supervision.csv", 2, "kept", "'perhaps'; expected True or False"),
    ("error", "supervision.csv", None, "usefulness", "there is no such column"),
    ("error", "alliance.csv", 2, "side", "'boss'; expected one of curator, supervisor"),
    ("error", "alliance.csv", 2, "rating", "'9'; expected a number from 1 to 5"),
    ("error", "views.csv", 2, "rating", "'6'; expected a number from 1 to 5"),
    ("error", "views.csv", 3, None, "a second time (first in row 2)"),
    ("error", "views.csv", 3, "synthetic", "real and synthetic rows are never mixed"),
    ("error", "costs.csv", 2, "amount", "'ten'; expected a number"),
    ("error", "client_costs.csv", None, "translation", "there is no such column"),
    ("warning", "client_costs.csv", 2, "quote", "run as a formula"),
    ("warning", "study.toml", None, None, "no currency of the amounts in costs.csv"),
]


def write(folder, files):
    folder.mkdir(exist_ok=True)
    for name, content in files.items():
        (folder / name).write_text(content, encoding="utf-8")
    return folder


def checked(folder, *more):
    done = RUN.invoke(app, ["check", str(folder), *more])
    return done.exit_code, done.stdout, done.stderr


class TestEverythingAtOnce:
    @pytest.fixture(scope="class")
    @classmethod
    def found(cls, tmp_path_factory):
        folder = tmp_path_factory.mktemp("spoilt")
        write(folder, {"study.toml": DECLARED, **TABLES})
        code, out, _ = checked(folder, "--json")
        return code, json.loads(out)

    @pytest.mark.parametrize("wanted", EXPECTED, ids=lambda w: f"{w[1]}-{w[2]}-{w[3]}-{w[4][:20]}")
    def test_one_run_finds_it(self, found, wanted):
        severity, file, row, column, words = wanted
        here = [p for p in found[1]["problems"] if (p["file"], p["row"]) == (file, row)]
        fitting = [p for p in here if words in p["message"]]
        assert len(fitting) == 1, here
        assert (fitting[0]["severity"], fitting[0]["column"]) == (severity, column)
        assert fitting[0]["mend"] and fitting[0]["message"]

    def test_nothing_else_is_found(self, found):
        said = [(p["file"], p["row"], p["message"]) for p in found[1]["problems"]]
        extra = [
            (file, row, message)
            for file, row, message in said
            if not any((f, r) == (file, row) and w in message for _, f, r, _, w in EXPECTED)
        ]
        assert extra == []
        assert found[0] == 1 and found[1]["errors"] + found[1]["warnings"] == len(said)

    def test_errors_stand_first_and_the_folder_is_left_as_it_was(self, found):
        severities = [p["severity"] for p in found[1]["problems"]]
        assert severities == sorted(severities)


class TestWhatItSays:
    def test_the_default_study_has_no_errors(self):
        code, out, err = checked("data/casework")
        assert code == 0 and "error:" not in out and " 0 errors" not in out, err

    def test_a_good_small_study_is_silent(self, small):
        small.rows({5: "008,C2,k2,2,2022-04-11,NA,2,,x"})
        said = f"Checked: {small.folder}, “Малое исследование”.\n"
        nothing = "Nothing is wrong with these records as far as can be told.\n"
        assert checked(small.folder) == (0, "", said + nothing)

    def test_the_study_checked_is_named_also_when_nobody_names_one(self):
        done = RUN.invoke(app, ["check"])
        assert (
            "\nChecked: " in f"\n{done.stderr}"  # a slow machine says before that it takes its time
            and "data/casework, “Casework with" in done.stderr
        )

    def test_warnings_alone_end_with_0(self, small):  # the rating 2.5 of the fixture
        code, out, err = checked(small.folder)
        assert (
            code == 0 and "2.5 lies between two steps" in out and "\n0 errors, 1 warning. " in err
        )

    def test_a_folder_that_cannot_be_read_ends_with_2(self, tmp_path, small):
        assert checked(tmp_path / "nowhere")[0] == 2
        small.toml("title = ")
        code, out, err = checked(small.folder, "--json")
        assert (code, json.loads(out)["errors"]) == (2, 1) and "Nothing was checked." in err

    def test_at_most_20_of_a_kind_in_text_and_all_in_json(self, small):
        small.rows({n: f"{n},C1,k1,1,2022-01-10,99,1,,x" for n in range(2, 60)})
        code, out, _ = checked(small.folder)
        assert code == 1 and out.count("'99'; expected") == 20
        assert "and 38 more of this kind in monitoring.csv" in out
        assert json.loads(checked(small.folder, "--json")[1])["errors"] == 58

    def test_synthetic_names_are_a_warning_only(self, small):
        small.change("synthetic = false", "synthetic = true")
        header = "код,центр,куратор,срез,дата,a,b,риск,synthetic"
        small.write("monitoring.csv", f"{header}\nPetrov,C1,k1,1,2022-01-10,1,5,None,True\n")
        code, out, _ = checked(small.folder)
        assert code == 0 and "warning: monitoring.csv: row 2, column 'код': 'Petrov'" in out

    def test_a_second_copy_of_monitoring_is_said(self, small):
        small.write("monitoring.xlsx", b"")
        assert "monitoring.xlsx: is not read" in checked(small.folder)[1]

    def test_a_wrong_level_is_said_once_with_its_count_and_what_was_meant(self, small):
        small.change(
            'order = ["1", "2"]\nlabels = {1 = "Вход", 2 = "Выход"}', 'order = ["in", "month_3"]'
        )
        small.rows({n: f"F{n},C1,k1,{['in', 'month_4'][n % 2]},,1,1,,x" for n in range(2, 42)})
        problems = [p for p in check_study(small.folder)[1] if p.severity == "error"]
        assert [(p.row, p.message) for p in problems] == [
            (3, "row 3, column 'срез': 'month_4'; expected one of in, month_3. So in 20 rows.")
        ]
        assert problems[0].mend.startswith("did you mean 'month_3'?")

    def test_a_phone_as_id_is_replaced_and_not_deleted(self, small):
        small.rows({5: "8 (916) 123-45-67,C2,k2,2,2022-04-11,1,2,,8 (916) 123-45-67"})
        mends = {p.column: p.mend for p in check_study(small.folder)[1] if p.kind == "phone"}
        assert "write a code instead" in mends["код"] and "delete it here" in mends["family"]

    def test_no_column_that_is_in_use_is_proposed(self, small):
        small.change('items = ["a", "b"]', 'items = ["a", "b", "b1"]')
        (problem,) = (p for p in check_study(small.folder)[1] if p.kind == "column")
        assert problem.mend == "add the column, or correct its name in study.toml."


@pytest.mark.parametrize(
    ("written", "mend"),
    [
        ("31.02.2023", "February 2023 has no 31st"),
        ("2023-04-31", "April 2023 has no 31st"),
        ("29.02.23", "February 2023 has no 29th"),  # 2023 is no leap year
        ("2024/02/30", "February 2024 has no 30th"),
        ("01.13.2023", "there is no month 13"),
        ("41.02.2023", "there is no such day in the calendar"),
        ("28.02.2023", "write 2023-02-28."),
        (
            "03/04/2022",
            "write 2022-04-03 if that is 3 April, 2022-03-04 if that is 4 March.",
        ),
        ("03-04-2022", "write 2022-04-03 if that is 3 April, 2022-03-04 if"),
        ("03/04/22", "write 2022-04-03 if that is 3 April, 2022-03-04 if"),
        ("04/13/2022", "write 2022-04-13."),  # only one of the two is a day
        ("13/04/2022", "write 2022-04-13."),
        ("04/04/2022", "write 2022-04-04."),  # both ways the same day
        ("soon", "write the year, the month and the day"),
    ],
)
def test_a_day_that_is_none(small, written, mend):
    small.rows({2: f"007,C1,k1,1,{written},1,5,None,x"})
    (problem,) = (p for p in check_study(small.folder)[1] if p.kind == "not a date")
    assert problem.mend.startswith(mend)


class TestDoubts:
    """What was guessed and not looked at, and what is hardly meant so: warnings, each with its mend."""

    def said(self, small, kind):
        return [p for p in check_study(small.folder)[1] if p.kind == kind]

    def families(self, small, first, second, name="F{}"):
        rows = [f"{name.format(n)},C1,k1,1,,1,5,None,x" for n in range(1, first + 1)]
        rows += [f"{name.format(n)},C1,k1,2,,1,5,None,x" for n in range(1, second + 1)]
        small.rows(dict(enumerate(rows, 2)))

    @pytest.mark.parametrize(
        ("first", "second", "thin"), [(40, 1, 1), (40, 4, 1), (40, 5, 0), (19, 4, 0), (4, 3, 0)]
    )
    def test_a_wave_of_a_few_families(self, small, first, second, thin):
        self.families(small, first, second)
        found = self.said(small, "thin wave")
        assert len(found) == thin and all(p.severity == "warning" for p in found)
        if second == 1:
            assert "'2' has 1 family, another has 40" in found[0].message

    def test_waves_and_levels_that_differ_in_capitals(self, small):
        small.toml(
            TOML.replace('"some", "high"', '"some", "Some", "high"').replace(
                'order = ["1", "2"]\nlabels = {1 = "Вход", 2 = "Выход"}',
                'order = ["После", "1", "после ", "2"]',
            )
        )
        keys = [p.message.split()[0] for p in self.said(small, "spelt twice")]
        assert keys == ["waves.order", "risk.levels"]

    def test_what_the_import_was_not_sure_of(self, small):
        head = (
            "# Look at the lines marked UNSURE, then run check.\n# UNSURE  better of care: lower\n"
        )
        small.toml(head + TOML.replace("low = 1", "low = 1   # UNSURE: the lowest that occurs"))
        found = self.said(small, "unsure")
        assert found[0].message.startswith("line 2 is still marked UNSURE: better of care")
        assert "low = 1 the lowest that occurs" in found[1].message and len(found) == 2

    @pytest.mark.parametrize(
        ("name", "found"), [("{}", 1), ("F{}", 0), ("00{}", 0)]
    )  # 007 is never printed as a number
    def test_ids_that_are_plain_numbers(self, small, name, found):
        self.families(small, 8, 8, name)
        problems = self.said(small, "plain numbers")
        assert len(problems) == found
        assert all(p.mend == "put a letter before them, in every table: F1." for p in problems)

    @pytest.mark.parametrize(("minimum", "found"), [(1, 1), (2, 1), (3, 0)])
    def test_a_minimum_that_hides_nobody(self, small, minimum, found):
        small.change("minimum_cell = 3", f"minimum_cell = {minimum}")
        assert len(self.said(small, "small minimum")) == found

    def test_ends_of_a_scale_that_were_guessed(self, small):
        assert self.said(small, "guessed ends") == []
        small.change(
            "low = 1", "low = 1\nends_guessed = true   # UNSURE: only the values that occur"
        )
        (problem,) = self.said(small, "guessed ends")
        assert "scale care: its ends, 1 and 5, were guessed" in problem.message
        assert self.said(small, "unsure") == [], "one remark is enough"


class TestQuotes:
    """Passages are searched as they are before they are printed; masked and allowed ones are not said."""

    CODED = "document,code,quote\nI1,trust,звоните Марии Петровой 8 (916) 123-45-67\nI1,trust,всё хорошо\n"

    @pytest.fixture
    def talks(self, small):
        small.toml(TOML + '[interviews]\ntable = "interviews.csv"\ncoding = ["coded.csv"]\n')
        small.write("interviews.csv", "interview\nI1\n")
        small.write("coded.csv", self.CODED)
        return small

    def found(self, small):
        return [(p.value, p.severity) for p in check_study(small.folder)[1] if p.kind == "quote"]

    def test_a_name_and_a_phone_in_a_quote(self, talks):
        found = self.found(talks)
        assert ("8 (916) 123-45-67", "warning") in found
        assert any("Петровой" in value for value, _ in found)

    def test_what_a_service_costs_is_searched_too(self, talks):
        talks.toml((talks.folder / "study.toml").read_text() + '[tables]\nclient_costs = "c.csv"\n')
        quote = "мне помогла Анна Сергеевна"
        talks.write(
            "c.csv", f"document,informant,kind,quote,translation\nI1,parent,time,{quote},x\n"
        )
        (problem,) = (p for p in check_study(talks.folder)[1] if p.file == "c.csv")
        assert (problem.row, problem.kind, problem.value) == (2, "quote", "Анна Сергеевна")

    def test_masked_they_are_fine(self, talks):
        words = "found,replacement\nМарии Петровой,[имя]\n8 (916) 123-45-67,[номер]\n"
        talks.write("mask.csv", words)
        assert self.found(talks) == []

    def test_a_list_that_cannot_be_read_is_said(self, talks):
        talks.write("mask.csv", "word;mask\n")
        said = [p.message for p in check_study(talks.folder)[1] if p.file == "mask.csv"]
        assert len(said) == 1 and "expected found,replacement" in said[0]

    def test_more_than_can_be_searched_is_said(self, talks, monkeypatch):
        monkeypatch.setattr("analysis.record_quotes.MOST_CHARACTERS", 45)
        kinds = [p.kind for p in check_study(talks.folder)[1]]
        assert "not searched" in kinds and "quote" in kinds


class TestDirections:
    """Ratings of 60 families made so that `c` runs against `a` and `b`, and risk against all."""

    def messages(self, tmp_path, declared):
        rng = np.random.default_rng(1)
        hidden = np.repeat(rng.integers(1, 6, 60), 2)
        lines = ["family,centre,curator,wave,date,a,b,c,risk"]
        for n, level in enumerate(hidden):
            risk = "high" if level < 3 else "low"
            lines.append(
                f"F{n // 2},A,K1,{['in', 'out'][n % 2]},,{level},{level},{6 - level},{risk}"
            )
        toml = DECLARED[: DECLARED.index('[[scales]]\nname = "broken"')]
        toml = toml.replace("minimum_cel = 3", "").replace("whole = true", declared)
        write(tmp_path, {"study.toml": toml, "monitoring.csv": "\n".join(lines)})
        return [(p.column, p.severity, p.mend) for p in check_study(tmp_path)[1]]

    def test_an_item_against_the_rest_and_risk_against_the_scale(self, tmp_path):
        item, risk = self.messages(tmp_path, "")
        assert item[:2] == ("c", "warning") and "add c to reverse of care" in item[2]
        assert risk[:2] == ("risk", "warning") and "from best to worst" in risk[2]

    def test_declared_it_is_right(self, tmp_path):
        (risk,) = self.messages(tmp_path, 'reverse = ["c"]')
        assert risk[0] == "risk"


@pytest.mark.parametrize(
    ("texts", "pairs"),
    [
        (["Centre A", "Centre B"], 0),
        (["Centre A", "centre  A", "Сеntrе А"], 2),  # blanks and capitals; Cyrillic С, е, А
        (["Northern", "Nothern"], 1),
        (["Южный", "Южнный", "Северный"], 1),
        (["Ёлка", "Елка"], 1),
        (["K01", "K02"], 0),
    ],
)
def test_one_centre_spelt_two_ways(texts, pairs):
    assert len(twins(texts, one_letter=True)) == pairs


@pytest.mark.parametrize("name", ["Петрова А.", "семья ивановых", "Olga-2", "PETROV", "Кузнецов1"])
def test_ids_that_are_names(small, name):
    small.rows({5: f"{name},C2,k2,1,2022-04-11,1,2,,x"})
    assert any(p.kind == "name" and p.severity == "error" for p in check_study(small.folder)[1])


@pytest.mark.parametrize("name", ["SYN-0001", "Семья-12", "Case 7", "АБ-1", "центр-3", "f_009"])
def test_ids_that_are_none(small, name):
    small.rows({5: f"{name},C2,k2,1,2022-04-11,1,2,,x"})
    assert not any(p.kind == "name" for p in check_study(small.folder)[1])


CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "2,5", "=1", "2022-02-31", "<script>x</script>", "Иванов", "1", "in"]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
HEADER = ["код", "центр", "куратор", "срез", "дата", "a", "b", "риск"]
QUICK = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


class TestAnything:
    """Whatever a file holds: it loads or it gives problems, never a traceback."""

    @QUICK
    @given(st.lists(st.lists(CELLS, min_size=8, max_size=8), max_size=6), st.sampled_from(",;\t"))
    def test_any_cells(self, rows, sign):
        out = io.StringIO()
        csv.writer(out, delimiter=sign).writerows([HEADER, *rows])
        self.survives({"monitoring.csv": out.getvalue().encode("utf-8")})

    @QUICK
    @given(
        st.binary(max_size=200), st.sampled_from(["csv", "tsv", "xlsx", "parquet", "sav", "dta"])
    )
    def test_any_bytes(self, content, suffix):
        self.survives({f"monitoring.{suffix}": content})

    @QUICK
    @given(st.lists(st.lists(CELLS, min_size=6, max_size=6), min_size=1, max_size=5))
    def test_any_stages(self, rows):
        out = io.StringIO()
        header = ["stage", "label", "after", "optimistic", "likely", "pessimistic"]
        csv.writer(out).writerows([header, *rows])
        self.survives(
            {"stages.csv": out.getvalue().encode("utf-8")}, '[tables]\nstages="stages.csv"'
        )

    def survives(self, files, more=""):
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "study.toml").write_text(TOML + more, encoding="utf-8")
            for name, content in files.items():
                (Path(folder) / name).write_bytes(content)
            _, problems = check_study(folder)
            for problem in problems:
                assert not set(map(chr, range(32))) & set(problem.message), problem
                assert json.dumps(problem.record())
