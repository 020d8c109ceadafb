"""Exercises of the pages “Learn the methods”: the right answer is accepted, usual mistakes get their own hint, nothing is given away.

Right values come from outside what checks them: hand arithmetic, written at each assertion, from the counts and means named there.
"""

import ast
import re
from itertools import product

import nbformat
import pandas as pd
import pytest

from analysis import (
    centres,
    comparison,
    description,
    exercise_answers,
    exercises,
    joint,
    records,
    scales,
    sets,
    sources,
    voices,
)
from analysis.pipeline import parameters
from analysis.study import PROJECT, read_study

NAMES = exercises.names()
NOTEBOOKS = {
    name: nbformat.read(PROJECT / "notebooks" / f"learn_{name}.ipynb", as_version=4)
    for name in NAMES
}
one = pytest.mark.parametrize("name", NAMES)


@pytest.fixture(scope="module")
def study():
    return read_study("data/casework")


@pytest.fixture(scope="module")
def what(study):
    """What each page hands to its check, made as the page makes it."""
    main, monitoring = comparison.main_scale(study), records.load_monitoring(study)
    first, last = study.first_wave, study.last_wave
    scores = scales.scores(monitoring, [main], 0.8)
    intake = monitoring[monitoring["wave"] == first]
    project, interviews = voices.read_coders(study), records.load_interviews(study)
    changes = centres.centre_change(scores, first, last)
    better = description.improvement(changes, study, "mean_change")
    sides = joint.sides(study, project)
    display = joint.side_by_side(
        better.rename(columns={"mean_change": "value"}),
        project.coding,
        interviews,
        sides["more strengths"],
        sides["more barriers"],
    )
    waves = {"scores": scores, "scale": main, "first": first, "last": last}
    cases = sets.calibrated(sources.table("policy_cases"), sources.table("policy_sets"))
    return {
        "reliability": {
            "items": intake[list(main.items)],
            "reverse": main.reverse,
            "valid_range": (main.low, main.high),
        },
        "agreement": {
            "coding": project.coding,
            "documents": project.documents,
            "code": "Working around the form",
        },
        "few_centres": {},
        "regression": waves | {"above": 0.5},
        "dropout": waves,
        "joint": {"display": display},
        "audit": {},
        "qca": {"cases": cases, "conditions": ["CONFLICT", "BEYOND"], "outcome": "STRUCTURAL"},
    }


@pytest.fixture(scope="module")
def values(what):
    return {name: exercises.values(name, **what[name]) for name in NAMES}


@pytest.fixture
def told(what, values, monkeypatch):
    """Verdict and hint for an answer, without computing the right one again each time."""
    monkeypatch.setattr(exercises, "values", lambda name, **_: values[name])

    def tell(name, answer):
        return exercises.check(name, answer, **what[name]).iloc[0][["verdict", "hint"]].tolist()

    return tell


class TestRightAnswers:
    """The eight values, against arithmetic that shares no code with the rooms."""

    def test_reliability(self, what, values):
        # k/(k-1) (1 - sum of variances / variance of sum), covariances over the families that have both
        items = what["reliability"]["items"]

        def alpha(table):
            covariance = table.cov().to_numpy()
            return 6 / 5 * (1 - covariance.trace() / covariance.sum())

        turned = items.assign(difficulty_4=6 - items["difficulty_4"])
        assert values["reliability"]["right"] == pytest.approx(alpha(items) - alpha(turned))
        assert values["reliability"]["right"] < -0.2

    def test_agreement(self, values):
        # 2 x 329 labels by turn, 34 given by either, 8 turns in dispute; by sentence 2 x 1412, 71 and 45:
        # alpha = 1 - (N - 1) x disputed / (given x not given)
        turn = 1 - 657 * 8 / (34 * 624)
        sentence = 1 - 2823 * 45 / (71 * 2753)
        assert values["agreement"]["right"] == pytest.approx(sentence - turn)

    def test_few_centres(self, values):
        # 4 scales x 2 / 2^k: 8/128 = .0625 at seven centres, 8/256 = .03125 at eight
        assert values["few_centres"]["right"] == 8
        assert [values["few_centres"][x] for x in ("uncorrected", "one_sided")] == [6, 7]

    def test_regression(self, what, values):
        # ((1 - .5) - (1 - .7)) x .5 x SD of the first scores of those rated twice
        wide = what["regression"]["scores"].pivot(index="family", columns="wave", values="score")
        sd = wide.dropna(subset=["intake", "month_9"])["intake"].std()
        assert values["regression"]["right"] == pytest.approx(0.2 * 0.5 * sd)

    def test_dropout(self, what, values):
        # (184 families x their mean change + 54 x 1) / 238
        wide = what["dropout"]["scores"].pivot(index="family", columns="wave", values="score")
        changes = (wide["month_9"] - wide["intake"]).dropna()
        started = wide["intake"].notna().sum()
        by_hand = (changes.sum() + 1.0 * (started - len(changes))) / started
        assert values["dropout"]["right"] == pytest.approx(by_hand)

    def test_joint(self, values):
        # shares A 50/50, B 33/62, C 28/62, D 44/50, E 28/62, F 26/67: within .3 are A, B, D, all improved; E, F settle nothing
        assert values["joint"]["right"] == 3 + 2

    def test_audit(self, values):
        # 41 counts give 41 of 1001 figures: 1 - .04096
        assert values["audit"]["right"] == pytest.approx(100 * (1 - 41 / 1001))

    def test_qca(self, values):
        # one case has all four sets stated, so of 2^3 combinations 7 are unseen
        assert values["qca"]["right"] == 87.5


class TestChecks:
    @one
    def test_the_right_answer_is_accepted_and_so_is_its_rounding(self, told, values, name):
        decimals, right = exercises.exercise(name)["decimals"], values[name]["right"]
        for answer in (right, round(right, decimals), f"{right:.{decimals}f}"):
            assert told(name, answer)[0] == "right"

    @one
    def test_the_edge_of_the_tolerance(self, told, values, name):
        tolerance, right = exercises.exercise(name)["tolerance"], values[name]["right"]
        assert told(name, right + 0.99 * tolerance)[0] == "right"
        assert told(name, right - 1.01 * tolerance)[0] == "not yet"

    @pytest.mark.parametrize(
        ("name", "mistake"),
        [(name, mistake) for name in NAMES for mistake in exercises.exercise(name)["hints"]],
    )
    def test_each_named_mistake_gets_its_own_hint(self, told, values, name, mistake):
        verdict, hint = told(name, values[name][mistake])
        assert verdict == "not yet"
        assert hint.lower() == exercises.exercise(name)["hints"][mistake].lower()

    @one
    def test_every_computed_mistake_has_a_hint_and_there_are_three(self, values, name):
        hints = set(exercises.exercise(name)["hints"])
        assert hints == set(values[name]) - {"right"} and len(hints) >= 3

    @one
    def test_mistakes_can_be_told_apart(self, values, name):
        found, tolerance = list(values[name].values()), exercises.exercise(name)["tolerance"]
        close = [(a, b) for i, a in enumerate(found) for b in found[:i] if abs(a - b) <= tolerance]
        assert close == []

    @one
    @pytest.mark.parametrize(("times", "words"), [(-1, "sign"), (100, "percent"), (0.01, "share")])
    def test_sign_percent_and_share(self, told, values, name, times, words):
        verdict, hint = told(name, times * values[name]["right"])
        assert verdict == "not yet" and words in hint

    def test_rounded_too_early(self, told, values):
        assert round(values["reliability"]["right"], 1) == -0.3
        for name, answer in (("reliability", -0.3), ("qca", 88.0), ("audit", 96.2)):
            assert "round" in told(name, answer)[1]
        assert "round" not in told("few_centres", 9.5)[1]  # a count is not rounded

    @one
    def test_something_else(self, told, name):
        verdict, hint = told(name, 1234.5)
        assert verdict == "not yet" and "none of the usual slips" in hint

    @one
    def test_no_answer_says_how_to_answer(self, told, name):
        verdict, hint = told(name, None)
        assert verdict == "not answered"
        assert "“answer =”" in hint and exercises.exercise(name)["form"] in hint

    @pytest.mark.parametrize("answer", ["a lot", "", "nan", "inf", "1/2", True])
    def test_what_is_no_number(self, told, answer):
        verdict, hint = told("audit", answer)
        assert verdict == "not yet" and "not a number" in hint

    @pytest.mark.parametrize("answer", ["95.9", "95,9", " 95.9 % ", "95.9%", 95.9])
    def test_ways_to_write_a_number(self, told, answer):
        assert told("audit", answer)[0] == "right"

    def test_a_true_minus(self, told, values):
        text = f"{values['dropout']['right']:.2f}".replace("-", "−")
        assert text.startswith("−") and told("dropout", text)[0] == "right"

    @one
    def test_no_verdict_gives_the_answer_away(self, told, values, name):
        right = values[name]["right"]
        answers = [None, "x", 1234.5, *(v for k, v in values[name].items() if k != "right")]
        said = " ".join(told(name, answer)[1] for answer in [*answers, -right, 100 * right])
        assert not written(said, name, right)

    def test_unknown_exercise(self):
        with pytest.raises(ValueError, match=r"no exercise 'alpha'; expected one of reliability"):
            exercises.check("alpha", 1)

    def test_records_without_an_answer(self, what):
        nobody = what["regression"] | {"scores": what["regression"]["scores"].iloc[:0]}
        with pytest.raises(ValueError):
            exercises.check("regression", 0.1, **nobody)
        with pytest.raises(ValueError, match="reliability: these records give it no answer"):
            exercises.check("reliability", 0.1, **what["reliability"] | {"reverse": ()})


class TestTables:
    def test_reach(self):
        # 2/2^4 = .125 and, times four scales, .5; with one scale six centres do (2/64)
        table = exercise_answers.reach(4, 4, 8)
        assert table["smallest_p"].tolist() == [2 / 2**k for k in range(4, 9)]
        assert table["corrected"].iloc[0] == 0.5 and table["reachable"].tolist() == [False] * 4 + [
            True
        ]
        assert exercise_answers.reach(1, 5, 6)["reachable"].tolist() == [False, True]

    def test_everybody(self):
        # .7 x -.5 + .3 x 1 = -.05; nobody lost: the mean of those who stayed
        assert exercise_answers.everybody(-0.5, 0.3, 1) == pytest.approx(-0.05)
        assert exercise_answers.everybody(-0.5, 0, 9) == -0.5

    @pytest.mark.parametrize("margin", [0, 0.05, 0.1, 0.3, 1])
    def test_related_follows_the_rule(self, what, margin):
        display = what["joint"]["display"]
        table = exercise_answers.related(display, margin)
        for row in table.to_dict("records"):
            far = abs(row["strengths"] - row["barriers"]) > margin + 1e-9
            assert far == (row["words"] != "balanced")
            assert row["relation"] == joint.RULE[(row["numbers"], row["words"])]
        if margin == joint.MARGIN:
            pd.testing.assert_frame_equal(table, display)

    def test_neighbours(self):
        # 21/117 = 17.949, 22/117 = 18.803: 18.0 lies between; at the ends there is nobody below none
        table = exercise_answers.neighbours("18.0", 117)
        assert table["count"].tolist() == [20, 21, 22, 23]
        assert table["percent"].round(3).tolist() == [17.094, 17.949, 18.803, 19.658]
        assert exercise_answers.neighbours("0.0", 3)["count"].tolist() == [0, 1, 2]
        assert exercise_answers.neighbours("100.0", 3)["count"].tolist() == [2, 3]


def written(text, name, right):
    """Whether the right answer stands in a text as a number, as asked for or with more digits, with either sign."""
    decimals = exercises.exercise(name)["decimals"]
    forms = {f"{abs(right):.{digits}f}" for digits in range(decimals, decimals + 5)}
    numbers = set(re.findall(r"\d+(?:\.\d+)?", text.replace(",", ".")))
    return sorted(forms & numbers)


def section(notebook, start, stop):
    """The cells from one heading to the next."""
    heads = {cell.source.splitlines()[0]: i for i, cell in enumerate(notebook.cells) if cell.source}
    return notebook.cells[heads[start] : heads[stop]]


def tagged(notebook, tag):
    (cell,) = [cell for cell in notebook.cells if tag in cell.metadata.get("tags", ())]
    return cell


class TestNotebooks:
    @one
    def test_parameters_are_the_changed_one_and_no_answer(self, name):
        told = exercises.exercise(name)
        body = ast.parse(tagged(NOTEBOOKS[name], "parameters").source).body
        given = {node.targets[0].id: ast.literal_eval(node.value) for node in body}
        assert given["answer"] is None and given[told["parameter"]] == told["before"]
        for value in (told["before"], told["after"]):
            parameters.check(told["parameter"], value)

    @one
    def test_the_check_was_stored_unanswered(self, name):
        cell = tagged(NOTEBOOKS[name], "exercise")
        assert f'"{name}"' in cell.source and "answer" in cell.source
        assert "not answered" in str(cell.outputs)

    @one
    def test_the_exercise_asks_for_the_change_that_is_checked(self, name):
        told = exercises.exercise(name)
        asked = section(NOTEBOOKS[name], "## Exercise", "## Discuss in class")[0].source
        value = f'"{told["after"]}"' if isinstance(told["after"], str) else told["after"]
        assert f"`{told['parameter']} = {value}`" in asked

    @one
    def test_the_answer_is_not_in_the_exercise(self, name, values):
        text = " ".join(
            cell.source + str(cell.get("outputs", ""))
            for cell in section(NOTEBOOKS[name], "## Exercise", "## Discuss in class")
        )
        said = written(text.replace(".05", ""), name, values[name]["right"])
        assert said == []

    @one
    def test_the_answer_is_in_no_source(self, name, values):
        text = "\n".join(prose(cell) for cell in NOTEBOOKS[name].cells)
        assert written(text, name, values[name]["right"]) == []

    @one
    def test_the_solution_is_folded_and_last(self, name, values):
        *_, words, cell = NOTEBOOKS[name].cells
        assert words.source.startswith("## Solution\n\n<details>\n<summary>")
        assert words.source.endswith("</details>") and cell.metadata["tags"] == ["solution"]
        decimals = exercises.exercise(name)["decimals"]
        shown = f"{values[name]['right']:.{decimals}f}".replace("-", "−")
        assert shown in str(cell.outputs)

    @one
    def test_form_of_a_lesson(self, name):
        text = "\n".join(cell.source for cell in NOTEBOOKS[name].cells)
        for part in (
            "**After this page you can** compute",
            ", tell ",
            "argue",
            "**Time**",
            "**Before**",
            "**Question.**",
            "**Base.**",
            "## Discuss in class",
            "<summary>Teacher's note</summary>",
            "What this does not show",
            "make lab",
            f"{{download}}`Download this notebook <../_static/notebooks/learn_{name}.ipynb>`",
        ):
            assert part in text, part
        assert text.count("<details>") == text.count("</details>") == 2

    def test_written_finds_an_answer(self):
        assert written("it is −0.27", "reliability", -0.267) == ["0.27"]
        assert written("it is 0.2671, or 8", "reliability", -0.26713) == ["0.2671"]
        assert written("10.27 and 0.275", "reliability", -0.267) == []
        assert written("eight: 8.", "few_centres", 8.0) == ["8"]


def prose(cell):
    """A cell's source without mathematics, links and what the worked example is given by hand."""
    text = re.sub(r"\$\$.*?\$\$|\$[^$\n]+\$|\]\([^)]*\)", " ", cell.source, flags=re.S)
    return text if cell.cell_type == "markdown" else re.sub(r"\.repeat\(.*|range\(.*", " ", text)


def test_every_exercise_has_its_notebook_and_the_index_names_it():
    index = (PROJECT / "book" / "learn.md").read_text(encoding="utf-8")
    stored = {path.stem for path in (PROJECT / "notebooks").glob("learn_*.ipynb")}
    assert stored == {f"learn_{name}" for name in NAMES}
    assert [name for name in NAMES if f"(notebooks/learn_{name}.ipynb)" not in index] == []


@pytest.mark.parametrize("value", [None, 0, -0.25, 3.5, "0,5", "12.5%"])
def test_an_answer_may_be(value):
    parameters.check("answer", value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("answer", True),
        ("answer", "x" * 41),
        ("answer", [1]),
        ("turned", 1),
        ("planned", 0),
        ("planned", 21),
        ("lost_change", 6),
        ("margin", 1.1),
        ("base", 0),
        ("added_condition", "CONFLICT"),
    ],
)
def test_parameters_out_of_range(name, value):
    with pytest.raises(parameters.ParameterError, match="out of range"):
        parameters.check(name, value)


def test_exercises_toml_is_complete():
    keys = {"parameter", "before", "after", "form", "decimals", "tolerance", "hints"}
    for name, key in product(NAMES, keys):
        assert key in exercises.exercise(name), (name, key)
    assert set(exercise_answers.SOLVERS) == set(NAMES)
