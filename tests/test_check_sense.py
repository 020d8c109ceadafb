"""`check` on what single columns cannot show: spellings, rows that stand twice, order in time, who belongs where."""

import datetime

import pytest

from analysis.checking import check_study
from analysis.record_spelling import pairs_of, slips, twins

TOML = """
title = "Sense"
synthetic = false

[waves]
order = ["in", "out"]

[[scales]]
name = "care"
items = ["a"]
low = 1
high = 5
better = "lower"

[ratings]
low = 1
high = 5

[running]
as_of = 2022-12-31
review_days = { in = 0, out = 90 }

[costs]
currency = "units"

[interviews]
table = "interviews.csv"
coding = ["coder.csv"]
translations = "translations.csv"
variables = ["role"]

[tables]
stages = "stages.csv"
case_log = "case_log.csv"
contacts = "contacts.csv"
staff = "staff.csv"
supervision = "supervision.csv"
alliance = "alliance.csv"
views = "views.csv"
costs = "costs.csv"
client_costs = "client_costs.csv"
"""
GOOD = {
    "monitoring.csv": """family,centre,curator,wave,date,a
F1,North,K1,in,2022-01-10,3
F1,North,K1,out,2022-04-10,2
F2,South,K2,in,2022-01-12,4
F2,South,K2,out,2022-04-14,2
""",
    "stages.csv": """stage,label,after,optimistic,likely,pessimistic
signal,Signal,,1,2,3
plan 1,First plan,signal,1,2,3
plan 2,Second plan,plan 1,1,2,3
""",
    "case_log.csv": """family,centre,stage,start,end
F1,North,signal,2022-01-08,2022-01-12
F1,North,plan 1,2022-01-12,2022-02-01
F1,North,plan 2,2022-02-01,
""",
    "contacts.csv": """family,date,kind
F1,2022-01-11,visit
F1,2022-01-11,call
F2,2022-01-15,visit
F2,2022-02-15,visit
F2,2022-03-15,visit
""",
    "staff.csv": "curator,supervisor,centre\nK1,S1,North\nK2,S1,South\n",
    "supervision.csv": "curator,supervisor,date,kept,usefulness\nK1,S1,2022-02-01,True,3\nK2,S1,2022-02-01,False,\n",
    "alliance.csv": """curator,supervisor,date,side,aspect,rating
K1,S1,2022-02-01,curator,goal,4
K1,S1,2022-02-01,curator,task,4
""",
    "views.csv": """family,wave,informant,aspect,rating
F1,in,parent,respect,3
F1,out,parent,respect,3
F2,in,parent,respect,3
F2,in,child,respect,3
""",
    "costs.csv": """centre,month,payer,item,amount,low,high
North,2022-01-01,state,item A,10,,
North,2022-01-01,state,item B,10,,
South,2022-01-01,state,item A,10,,
South,2022-01-01,charity,item A,10,,
""",
    "client_costs.csv": """document,informant,kind,quote,translation
I1,parent,money,это деньги,it is money
I1,parent,time,это время,it is time
""",
    "interviews.csv": "interview,role,centre,curator\nI1,curator,North,K1\nI2,curator,South,K2\n",
    "translations.csv": "document,quote,translation\nI1,это время,it is time\nI1,это деньги,it is money\n",
    "coder.csv": """document,code,quote,coder,start,end
I1,Trust in us,это время,c1,0,9
I1,Trust in us,это деньги,c1,10,20
I2,Trust in us,вот так,c1,0,7
I2,Step 1,и так,c1,10,15
I2,Step 2,и вот так,c1,20,29
""",
}
AHEAD = datetime.date.today() + datetime.timedelta(40)
FAR = datetime.date.today() + datetime.timedelta(1000)
ROW = "warning"
PLANTED = [
    ("coder.csv", "I2,Trust in", "I2,trust in", ROW, 4, "code", "nearly 'Trust in us'"),
    ("coder.csv", "так,c1,0", "так,С1,0", ROW, 4, "coder", "nearly 'c1'"),
    ("coder.csv", "I2,Trust in", "I2,звонить 8 916 123-45-67", "error", 4, "code", "a phone number"),
    ("coder.csv", "так,c1,0", "так,Мария Петрова,0", ROW, 4, "coder", "looks like a name"),
    # file, what stood there, what stands there now, severity, row, column, words
    ("contacts.csv", "02-15,visit", "02-15,Visit", ROW, 5, "kind", "nearly 'visit'"),
    ("contacts.csv", "02-15,visit", "02-15,vіsit", ROW, 5, "kind", "nearly 'visit'"),
    ("contacts.csv", "02-15,visit", "02-15,vist", ROW, 5, "kind", "nearly 'visit'"),
    ("views.csv", "F1,out,parent", "F1,out,Parent", ROW, 3, "informant", "nearly 'parent'"),
    ("alliance.csv", "task", "Goal", ROW, 3, "aspect", "nearly 'goal'"),
    ("costs.csv", "charity", "State", ROW, 5, "payer", "nearly 'state'"),
    ("client_costs.csv", "parent,time", "parent,Money", ROW, 3, "kind", "nearly 'money'"),
    ("interviews.csv", "I2,curator", "I2,Curator", ROW, 3, "role", "nearly 'curator'"),
    ("stages.csv", "plan 2,S", "Plan 1,S", ROW, 4, "stage", "nearly 'plan 1'"),
    ("monitoring.csv", "F2,South,K2,out", "F2,South,К2,out", ROW, 5, "curator", "nearly 'K2'"),
    ("contacts.csv", "11,call", "11,visit", ROW, 3, None, "the same row stands in row 2"),
    ("translations.csv", "это деньги", "это время", ROW, 3, None, "stands in row 2"),
    ("monitoring.csv", "2022-04-10", "2022-01-10", ROW, 3, "date", "wave in row 2"),
    ("case_log.csv", "2022-01-08", "2020-01-08", ROW, 2, "start", "before the family's first wave"),
    ("case_log.csv", "1,2022-01-12", "1,2022-01-11", ROW, 3, "start", "'signal', which must end"),
    ("case_log.csv", "08,2022-01-12", "08,", ROW, 2, "end", "'signal' has no end"),
    ("case_log.csv", "01,\n", "01,2023-02-01\n", ROW, 4, "end", "is after 2022-12-31"),
    ("contacts.csv", "F2,2022-01-15", "F2,2020-01-15", ROW, 4, "date", "long before"),
    ("contacts.csv", "F2,2022-01-15", "F2,2024-01-15", ROW, 4, "date", "more than a year after"),
    ("contacts.csv", "F1,2022-01-11,call", "F1,2023-01-11,call", ROW, 3, "date", "is after 2022-12-31"),
    ("supervision.csv", "2022-02-01,True", f"{AHEAD},True", "error", 2, "date", "was kept"),
    ("supervision.csv", "2022-02-01,False", f"{FAR},False", ROW, 3, "date", "two years ahead"),
    ("study.toml", "out = 90", "out = 0", "error", None, None, "out is due on day 0, in,"),
    ("staff.csv", "K1,S1,North", "K1,S1,South", ROW, 2, "centre", "who has 'North' in monitoring"),
    ("supervision.csv", "K1,S1", "K1,S2", ROW, 2, "supervisor", "who has 'S1' in staff.csv"),
    ("alliance.csv", "S1,2022-02-01,curator,task", "S2,2022-02-01,curator,task", ROW, 3, "supervisor", "has 'S1'"),
    ("staff.csv", "K1,S1", "K1,K1", ROW, 2, "supervisor", "and the supervisor too"),
    ("interviews.csv", "North,K1", "South,K1", ROW, 2, "centre", "who has 'North'"),
    ("staff.csv", "K2,S1,South\n", "", ROW, 3, "curator", "not known in staff.csv"),
    ("monitoring.csv", "F1,North,K1,out,2022-04-10,2\n", "", ROW, 3, "wave", "no row at 'out'"),
    ("monitoring.csv", "F2,South,K2,in,2022-01-12,4\n", "", ROW, 4, "family", "no row at the first"),
    ("interviews.csv", "I1,", "Петрова Анна,", "error", 2, "interview", "looks like a name"),
    ("client_costs.csv", "I1,parent,money", "Петрова Анна,parent,money", "error", 2, "document", "looks like a name"),
    ("monitoring.csv", "F2,South,K2,in", "PetrovaAnna,South,K2,in", "error", 4, "family", "looks like a name"),
    ("monitoring.csv", "F2,South,K2,out", "F2\u200b,South,K2,out", "error", 5, "family", "cannot be seen"),
    ("monitoring.csv", "F2,South,K2,out", "F2\x07,South,K2,out", "error", 5, "family", "cannot be seen"),
    ("contacts.csv", "02-15,visit", "02-15,vi\u200bsit", "error", 5, "kind", "cannot be seen"),
    ("study.toml", 'currency = "units"', "", ROW, None, None, "no currency of the amounts"),
]  # fmt: skip


@pytest.fixture
def whole(tmp_path):
    """A folder with every table, in which nothing is wrong."""
    for name, text in {"study.toml": TOML, **GOOD}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def spoil(folder, file, old, new):
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")


def found(folder):
    return check_study(folder)[1]


def test_good_tables_are_silent(whole):
    assert [problem.sentence for problem in found(whole)] == []


@pytest.mark.parametrize("planted", PLANTED, ids=lambda p: f"{p[0]}-{p[6][:25]}")
def test_what_is_planted_is_found_once(whole, planted):
    file, old, new, severity, row, column, words = planted
    spoil(whole, file, old, new)
    fitting = [p for p in found(whole) if words in p.said]
    where = {"monitoring.csv": "views.csv"} if "no row at 'out'" in words else {}
    where |= {"staff.csv": "supervision.csv"} if "not known" in words else {}
    if file == "staff.csv" and "not known" not in words:
        fitting = [p for p in fitting if p.file == file]
    assert len(fitting) == 1, found(whole)
    one = fitting[0]
    assert (one.file, one.severity, one.row, one.column) == (
        where.get(file, file),
        severity,
        row,
        column,
    )
    assert one.mend


def test_rows_are_not_alike_when_a_column_is_missing(whole):
    (whole / "contacts.csv").write_text("family,kind\nF1,visit\nF1,visit\n")
    assert {p.kind for p in found(whole)} == {"column"}


class TestMoney:
    def test_two_currencies_are_an_error_and_another_than_declared_a_warning(self, whole):
        head, *rows = GOOD["costs.csv"].splitlines()
        lines = [f"{head},currency", *(f"{row},EUR" for row in rows)]
        (whole / "costs.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (one,) = found(whole)
        assert (one.severity, one.row, one.value) == ("warning", 2, "EUR")
        spoil(
            whole,
            "costs.csv",
            "South,2022-01-01,state,item A,10,,,EUR",
            "South,2022-01-01,state,item A,10,,,RUB",
        )
        (one,) = found(whole)
        assert (one.severity, one.row, one.column, one.value) == ("error", 4, "currency", "RUB")


class TestHowTheServiceWorks:
    def test_what_most_rows_have_is_said_once(self, whole):
        rows = [f"F1,2019-{n % 12 + 1:02}-{n % 27 + 1:02},visit" for n in range(50)]
        (whole / "contacts.csv").write_text("\n".join(["family,date,kind", *rows]) + "\n")
        (one,) = found(whole)
        assert one.kind == "before intake" and "in 50 of 50 rows" in one.said

    def test_contacts_with_an_open_case_or_without_days_of_ratings_are_not_late(self, whole):
        spoil(whole, "study.toml", "as_of = 2022-12-31", "as_of = 2023-12-31")
        spoil(whole, "contacts.csv", "F1,2022-01-11,call", "F1,2023-11-11,call")  # plan 2 is open
        assert found(whole) == []
        spoil(whole, "contacts.csv", "F2,2022-01-15", "F2,2023-11-15")
        assert [p.kind for p in found(whole)] == ["long after"]
        spoil(whole, "study.toml", "[waves]", '[columns]\ndate = ""\n[waves]')
        assert found(whole) == []


class TestSpelling:
    @pytest.mark.parametrize(
        "names", [("Stage 1", "Stage 2"), ("item A", "item B"), ("itemA", "itemB"), ("1.1", "11"), ("1 1", "11"), ("I", "II"), ("phase i", "phase ii")]
    )  # fmt: skip
    def test_numbered_names_are_no_slips(self, names):
        assert pairs_of(dict.fromkeys(names, 1) | {names[0]: 9}, "kind") == []

    @pytest.mark.parametrize("slip", ["tsak", "taks", "tasks", "tassk", "tast"])
    def test_a_letter_that_slipped(self, slip):
        assert pairs_of({"task": 9, slip: 1}, "aspect") == [(slip, "task")]

    def test_two_words_that_are_both_frequent_are_meant(self):
        assert pairs_of({"house": 9, "horse": 8}, "kind") == []
        assert slips(["house", "horse"]) == [("horse", "house")]

    def test_o_for_0_in_ids_only(self):
        assert twins(["SYN-0001", "SYN-ООО1"], zeros=True) == [("SYN-ООО1", "SYN-0001")]
        assert pairs_of({"F11": 3, "F12": 3}, "family") == []
        assert pairs_of({"Фаза": 5, "Фаза 0": 5}, "kind") == []


class TestPeople:
    @pytest.mark.parametrize(
        "text", ["(495) 123-45-67", "123-45-67", "+49 30 1234567", "+380 44 123 45 67", "8.916.123.45.67", "9161234567", "112-233-445 95", "4510 123456"]
    )  # fmt: skip
    def test_numbers_as_ids_that_reach_a_person(self, whole, text):
        spoil(whole, "monitoring.csv", "F2,South,K2,out", f"{text},South,K2,out")
        here = [p for p in found(whole) if p.row == 5 and p.kind in ("phone", "personal number")]
        assert len(here) == 1 and here[0].severity == "error"
        assert all("9161234567" not in problem.mend for problem in found(whole))

    @pytest.mark.parametrize(
        "text", ["2022-10-15", "12-34-56-78", "F-123-45", "100000", "1/2022-17"]
    )
    def test_ids_that_are_no_such_numbers(self, whole, text):
        spoil(whole, "monitoring.csv", "F2,South,K2,out", f"{text},South,K2,out")
        assert not [p for p in found(whole) if p.kind in ("phone", "personal number")]

    def test_a_column_of_names_that_nobody_uses_is_said_once(self, whole):
        head, *rows = GOOD["monitoring.csv"].splitlines()
        people = ["Иванова Мария", "Иванова Мария", "Петров Олег", "Петров Олег"]
        rows = [f"{row},{who}" for row, who in zip(rows, people, strict=True)]
        (whole / "monitoring.csv").write_text("\n".join([head + ",mother", *rows]) + "\n")
        (one,) = found(whole)
        assert (one.severity, one.row, one.column) == ("warning", 2, "mother")

    def test_a_name_behind_thousands_of_ids_is_found(self, whole):
        rows = [f"F{n:05}x,North,K1,in,2022-01-10,3" for n in range(3, 3000)]
        with (whole / "monitoring.csv").open("a", encoding="utf-8") as file:
            file.write("\n".join([*rows, "Иванова Мария,North,K1,in,2022-01-10,3"]) + "\n")
        assert [p.row for p in found(whole) if p.kind == "name"] == [3003]
