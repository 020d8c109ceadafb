"""The evaluation matrix checks itself: every link leads to a stored result, every source is known, every mark is allowed."""

import json
from pathlib import Path

import pandas as pd
import pytest
from frictionless import validate

from analysis import matrix, sources, tables
from analysis.pipeline import anchors
from analysis.pipeline.results import RECORD
from analysis.wording import catalogue

PROJECT = Path(__file__).parents[1]
NAMES = ("cipp", "logframe", "utos")
TABLES = {name: matrix.table(name) for name in NAMES}
SOURCES = set(sources.table("sources")["key"])


def printed(path):
    """(notebook, key) -> kind of all that a stored notebook prints, and its outputs by key."""
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    data = [output.get("data", {}) for cell in cells for output in cell.get("outputs", ())]
    return {d[RECORD]["key"]: d for d in data if RECORD in d}


STORED = {path.stem: printed(path) for path in sorted((PROJECT / "notebooks").glob("*.ipynb"))}
ANSWERS = {(n, key): d[RECORD]["kind"] for n, found in STORED.items() for key, d in found.items()}


def spoiled(name, column, value, row=0):
    frame = TABLES[name].copy()
    frame.loc[row, column] = value
    return matrix.problems(name, frame, SOURCES, ANSWERS)


class TestTheTables:
    @pytest.mark.parametrize("name", NAMES)
    def test_nothing_is_wrong_with_them(self, name):
        assert len(ANSWERS) > 100  # the reading of notebooks works
        assert matrix.problems(name, TABLES[name], SOURCES, ANSWERS) == []

    def test_the_folder_is_a_valid_data_package(self):
        report = validate(str(matrix.FOLDER / "datapackage.json"))
        assert report.valid, report.flatten(["path", "message"])

    def test_the_codebook_allows_the_same_marks_as_the_code(self):
        package = json.loads((matrix.FOLDER / "datapackage.json").read_text(encoding="utf-8"))
        schemas = {one["name"]: one["schema"]["fields"] for one in package["resources"]}
        assert set(NAMES) <= set(schemas)
        for name in NAMES:
            fields = {field["name"]: field for field in schemas[name]}
            assert fields["status"]["constraints"]["enum"] == list(matrix.STATUSES)

    def test_no_number_is_typed_in_them(self):
        for frame in TABLES.values():
            assert not frame["text" if "text" in frame else "question"].str.contains(r"\d").any()
            assert not frame["answer"].str.contains(r"\d").any()

    def test_what_is_called_stated_is_on_a_list_that_somebody_checked(self):
        """A question becomes stated only by a deliberate change here: these were held against the texts."""
        named = {
            "casework2023": {
                *("thematic coding", "Cronbach's alpha", "means of centres, intervals"),
                "transition table",
            },
            "seminar": {"gaps between informants"},  # it calls for users' view; see the README
        }
        stated = TABLES["cipp"][TABLES["cipp"]["status"].eq("stated")]
        for source, here in stated.groupby("where"):
            assert set(here["method"]) <= named[source]


class TestEveryRuleCanFail:
    @pytest.mark.parametrize(
        ("name", "column", "value", "said"),
        [
            ("cipp", "status", "known", "status is 'known'; expected one of stated"),
            ("cipp", "part", "outcome", "part is 'outcome'"),
            (
                "cipp",
                "answer_key",
                "no_such",
                "leads to 'no_such' in notebooks/who_took_part.ipynb",
            ),
            (
                "cipp",
                "answer_notebook",
                "no_such",
                "notebooks/no_such.ipynb, which does not print it",
            ),
            (
                "cipp",
                "answer_kind",
                "figure",
                "'centres' of who_took_part is a table, not a figure",
            ),
            ("cipp", "answer_kind", "", "needs a notebook, a key and a kind"),
            ("cipp", "answer", "", "an answer without a result begins with"),
            ("cipp", "answer", "not answered: why", "is not answered and leads to a result"),
            ("logframe", "where", "nobody1999", "source 'nobody1999' is not in sources.csv"),
            ("logframe", "where", "", "is stated but names no source"),
            ("logframe", "column", "budget", "column is 'budget'"),
            ("utos", "facet", "people", "facet is 'people'"),
        ],
    )
    def test_a_spoiled_cell(self, name, column, value, said):
        found = spoiled(name, column, value)
        assert any(said in sentence for sentence in found), found
        assert any(f"{name}.csv line 2" in sentence for sentence in found)

    @pytest.mark.parametrize(
        ("name", "gone", "cell"),
        [
            ("logframe", {"level": "goal", "column": "verification"}, "goal / verification"),
            ("utos", {"facet": "settings", "domain": "target"}, "settings / target"),
            ("cipp", {"part": "product", "aspect": "sustainability"}, "product / sustainability"),
        ],
    )
    def test_an_empty_cell_of_the_grid(self, name, gone, cell):
        frame = TABLES[name]
        kept = frame[~frame[list(gone)].eq(pd.Series(gone)).all(axis=1)]
        assert f"{name}: no row for {cell}" in matrix.problems(name, kept, SOURCES, ANSWERS)


class TestLinks:
    def test_tables_and_figures(self):
        assert matrix.address("change", "headlines", "table") == "change.html#headlines"
        assert matrix.address("change", "headline_figure", "figure") == (
            "change.html#change-headline-figure"  # as docutils makes an id of the figure's label
        )

    def test_what_is_not_answered_has_none(self):
        found = matrix.addresses(TABLES["cipp"])
        empty = TABLES["cipp"]["answer_key"].eq("")
        assert [not each for each in found] == empty.tolist() and empty.any()

    def test_the_stored_page_holds_them(self):
        html = "".join(STORED["matrix"]["cipp"]["text/html"])
        for address in filter(None, matrix.addresses(TABLES["cipp"])):
            assert f'<a href="{address}">' in html

    @pytest.mark.parametrize("name", NAMES)
    def test_every_one_leads_to_a_place_that_the_book_gives_to_what_is_shown(self, name):
        frame = TABLES[name][TABLES[name]["answer_key"].ne("")]
        for row, address in zip(frame.to_dict("records"), matrix.addresses(frame), strict=True):
            page, key, kind = (row[f"answer_{c}"] for c in ("notebook", "key", "kind"))
            assert address == f"{page}.html#{anchors.place(page, key, kind)}"

    def table(self, text, address):
        frame = pd.DataFrame({"a": ["row"], "b": [text]})
        return tables.html(frame, "c", set(), catalogue("en"), {"b": [address]})

    def test_cells_and_addresses_are_escaped(self):
        html = self.table("<b>", 'x.html#"><script>')
        assert "<b>" not in html and "<script>" not in html
        assert '<a href="x.html#&quot;&gt;&lt;script&gt;">&lt;b&gt;</a>' in html

    @pytest.mark.parametrize("address", ["javascript:alert(1)", "JavaScript:x", "data:text/html,x"])
    def test_an_address_that_is_code_is_refused(self, address):
        with pytest.raises(ValueError, match=r"neither relative nor http"):
            self.table("x", address)

    @pytest.mark.parametrize(
        "address", ["https://example.org/a:b", "change.html#a:b", "a/b:c.html"]
    )
    def test_other_addresses_pass(self, address):
        assert f'href="{address}"' in self.table("x", address)

    def test_without_links_nothing_is_one(self):
        assert "<a " not in self.table("x", "")


class TestViews:
    def test_the_grid_has_every_cell_and_says_the_mark(self):
        grid = matrix.grid("logframe", TABLES["logframe"])
        assert grid.shape == (4, 5) and list(grid["level"]) == list(matrix.LEVELS)
        assert (grid != "").all(axis=None)
        assert (
            grid.loc[0, "narrative"].startswith("(1) Families cope")
            and "[stated]" in grid.iloc[0, 1]
        )
        assert matrix.grid("utos", TABLES["utos"]).shape == (4, 4)

    def test_the_chain_runs_from_activities_to_goal(self):
        chain = matrix.chain(TABLES["logframe"])
        assert list(dict.fromkeys(chain["level"])) == ["activities", "outputs", "purpose", "goal"]
        first = chain[chain["level"].eq("activities")]["column"].tolist()
        assert first == sorted(first, reverse=True)  # narrative before assumptions

    def test_the_chain_in_words_holds_every_statement_with_its_mark(self):
        chain = matrix.chain(TABLES["logframe"])
        words = matrix.spoken(chain, {"goal": "Goal"})
        for text, status in zip(chain["text"], chain["status"], strict=True):
            assert f"{text} ({status})" in words

    def test_statements_are_counted_by_level_and_mark_in_the_order_of_the_chain(self):
        pairs = [("outputs", "ours"), ("goal", "stated"), ("outputs", "ours"), ("goal", "assumed")]
        steps = matrix.steps(pd.DataFrame(pairs, columns=["level", "status"]))
        assert steps.to_dict("list") == {
            **{"level": ["outputs", "goal", "goal"], "status": ["ours", "stated", "assumed"]},
            "n": [2, 1, 1],
        }

    def test_counts(self):
        frame = pd.DataFrame(
            {
                "status": ["stated", "ours", "ours"],
                "answer_key": ["k", "", ""],
                "answer": ["a", "not answered: b", ""],
            }
        )
        (row,) = matrix.counts({"t": frame}).to_dict("records")
        assert row == {
            **{"table": "t", "rows": 3, "stated": 1, "assumed": 0, "ours": 2},
            **{"answered": 1, "unanswered": 1},
        }
