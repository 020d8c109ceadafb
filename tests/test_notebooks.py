"""Every stored notebook and every page of the book, held to the rules in notebook_checks.py.

Below, each rule is shown a notebook or a page that breaks it.
"""

import nbformat
import pytest

import notebook_checks as checks
from analysis.study import PROJECT

PATHS = sorted((PROJECT / "notebooks").glob("*.ipynb"))
NOTEBOOKS = {path.stem: nbformat.read(path, as_version=4) for path in PATHS}
PAGES = checks.pages_of(PROJECT / "book")
# Numbers in words that are no results of ours: worked examples, levels, a version, a printed date.
ALLOWED = {
    "glossary.md": ["95% intervals", "95 of 100 repeated studies", "0 and 100%"],
    "reproduce.md": ["Python 3.11"],
    "sources.md": ["19 October"],
}


def one(path):
    return pytest.mark.parametrize("name", path, ids=str)


class TestEveryNotebook:
    def test_there_are_some(self):
        assert len(NOTEBOOKS) > 5 and len(PAGES) > 5

    @one(NOTEBOOKS)
    @pytest.mark.parametrize("check", ["form", "executed", "plain_code", "places"])
    def test_rule(self, check, name):
        assert getattr(checks, check)(NOTEBOOKS[name]) == []

    @one(NOTEBOOKS)
    def test_valid_as_a_file(self, name):
        nbformat.validate(NOTEBOOKS[name])

    @one(NOTEBOOKS)
    def test_no_number_is_typed(self, name):
        assert checks.typed(checks.written(NOTEBOOKS[name])) == []

    @one(NOTEBOOKS)
    def test_says_what_it_does_not_show(self, name):
        assert "does not show" in checks.written(NOTEBOOKS[name])

    def test_every_key_is_set_and_used(self):
        assert checks.glue(NOTEBOOKS, PAGES) == []


class TestEveryPage:
    @one(PAGES)
    def test_no_number_is_typed(self, name):
        assert checks.typed(PAGES[name], ALLOWED.get(name, ())) == []

    @one(ALLOWED)
    def test_what_is_allowed_is_still_there(self, name):
        assert checks.stale(PAGES.get(name, ""), ALLOWED[name]) == []


@pytest.fixture
def good():
    """A notebook that breaks no rule."""
    v4 = nbformat.v4
    output = v4.new_output("stream", text="in 240 families")
    cells = [
        v4.new_markdown_cell("# Title\n\nWords: {glue:text}`k`. What this does not show."),
        v4.new_code_cell("seed = 1", metadata={"tags": ["parameters"]}, execution_count=1),
        v4.new_code_cell('page.count("k", 1)', execution_count=2, outputs=[output]),
    ]
    notebook = v4.new_notebook(cells=cells)
    notebook.nbformat_minor = 5
    return notebook


def test_a_good_notebook_passes(good):
    for check in (checks.form, checks.executed, checks.plain_code, checks.places):
        assert check(good) == []
    assert checks.glue({"n": good}, {}) == [] and checks.typed(checks.written(good)) == []


class TestEachRuleCanFail:
    def broken(self, good, check, cell=None, **changes):
        for name, value in changes.items():
            setattr(good.cells[cell], name, value)
        (problem,) = check(good)
        return problem

    def test_format(self, good):
        good.nbformat_minor = 4
        assert checks.form(good) == ["format 4.4, expected 4.5"]

    @pytest.mark.parametrize("words", ["no heading", "# One\n\n# Two"])
    def test_headings(self, good, words):
        assert "headings of the first" in self.broken(good, checks.form, 0, source=words)

    def test_a_comment_in_code_is_no_heading(self, good):
        good.cells[0].source += "\n\n```sh\n# comment\n```"
        assert checks.form(good) == []

    def test_code_first(self, good):
        good.cells.append(good.cells.pop(0))
        assert checks.form(good) == ["no words before the first code"]

    def test_parameters(self, good):
        said = self.broken(good, checks.form, 1, source="seed = f()")
        assert said == "parameters hold 'seed = f()', expected literals only"
        good.cells[1].metadata = {}
        assert checks.form(good) == ["the first code cell is not tagged 'parameters'"]

    def test_not_run_in_order(self, good):
        said = self.broken(good, checks.executed, 2, execution_count=7)
        assert said == "code cell 2 has execution count 7"

    def test_not_run_at_all(self, good):
        for cell in good.cells[1:]:
            cell.update(execution_count=None, outputs=[])
        assert len(checks.executed(good)) == 3

    def test_run_but_stored_without_outputs(self, good):
        assert "no outputs" in self.broken(good, checks.executed, 2, outputs=[])

    def test_error_kept(self, good):
        error = nbformat.v4.new_output("error", ename="ValueError", evalue="x", traceback=[])
        assert self.broken(good, checks.executed, 2, outputs=[error]).endswith("with ValueError")

    @pytest.mark.parametrize(
        "source",
        [
            *("def f(): pass", "  class A: pass", "x = open('f')", "pd.read_csv(x)", "x.to_csv(y)"),
            *('x.groupby("a")["b"].min()', "x.drop_duplicates().pivot(index='a')", "a.merge(b)"),
            *('f"from {a.min():.2f} to {b}"', "f'between {x} and {y}'"),
            *("x.size().unstack()", "x['a'].describe()", "x.agg(len)", "x.pivot_table()"),
        ],
    )
    def test_code_that_belongs_into_the_package(self, good, source):
        assert "holds" in self.broken(good, checks.plain_code, 2, source=source)

    def test_long_cells(self, good):
        assert "15 lines" in self.broken(good, checks.plain_code, 2, source="x\n" * 15)

    @pytest.mark.parametrize("text", ["see /tmp/x.csv", "/root/study", "'/home/me'", "(/Users/me)"])
    def test_places_of_a_machine(self, good, text):
        data = {"text/html": [text], "image/png": "/tmp/AAAA"}
        output = nbformat.v4.new_output("display_data", {checks.RECORD: {"a": [text]}, **data})
        good.cells[2].outputs = [output]
        assert len(checks.places(good)) == 2

    def test_links_are_no_places(self, good):
        good.cells[2].outputs = [nbformat.v4.new_output("stream", text="https://x.org/home/a")]
        assert checks.places(good) == []

    def test_a_key_that_is_not_set(self, good):
        assert "j is used and not set" in self.broken(
            good, lambda n: checks.glue({"n": n}, {"p.md": "{glue:text}`notebooks/n.ipynb::j:s`"})
        )

    def test_a_key_of_a_page_without_its_notebook(self, good):
        assert checks.glue({"n": good}, {"p.md": "{glue:text}`k`"}) == [": k is used and not set"]

    def test_a_key_that_nobody_uses(self, good):
        said = self.broken(good, lambda n: checks.glue({"n": n}, {}), 0, source="# Title")
        assert said == "n: k is set and not used"

    @pytest.mark.parametrize(
        "words",
        [
            "fell by 12%",
            "fell by 7 %",
            "alpha of 0.81",
            "a mean of 2,5 points",
            "n = 6",
            "significant (p < .05)",
            "p=0.2",
            "of 240 families",
            "in 12 interviews.",
            "**31** of them",
            "95% interval",
            ":::{note}\nin 48 cases\n:::",
            "```{div} origin\n48 cases\n```",
        ],
    )
    def test_typed_results(self, words):
        assert checks.typed(words)

    @pytest.mark.parametrize(
        "words",
        [
            "six centres, 3 of them, in 2022 and the 1990s",
            "{glue:text}`k` and `seed=20230`",
            "$r = 0.7$ and $$x = 12.5$$",
            "[text](https://example.org/12345)",
            "```sh\nrun 12.5%\n```",
            "1. first\n12. last",
        ],
    )
    def test_what_is_no_result(self, words):
        assert checks.typed(words) == []

    def test_what_is_allowed_is_exact_and_must_be_there(self):
        assert checks.typed("Python 3.11 and 3.12", ["Python 3.11"]) == ["3.12"]
        assert checks.stale("Python 3.12", ["Python 3.11"]) == ["Python 3.11"]
