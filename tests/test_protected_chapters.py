"""Whole chapters on a small study marked as real: nothing small is on record, nothing hidden can be worked out.

The same rows marked as synthetic are printed whole: what the first hides of the second is attacked with `small_cells.recoverable`.
"""

import re
import shutil

import nbformat
import pandas as pd
import pytest
from IPython.utils.capture import capture_output

from analysis import report
from analysis.carried import RECORD
from analysis.pipeline import gate
from analysis.small_cells import recoverable, with_totals
from analysis.study import PROJECT, read_study
from page_outputs import NOT_SHOWN

SIZES = {"Centre A": 16, "Centre B": 11, "Centre C": 3}
CHAPTERS = (
    *(
        "who_took_part",
        "measures",
        "associations",
        "change",
        "risk",
        "centres",
        "trust",
        "costs",
        "users",
        "stages",
    ),
    *("practitioners", "words", "agreement"),
)


def small_study(folder, synthetic):
    """Thirty families of the default study in three centres, one of them with three families."""
    shutil.copytree(PROJECT / "data" / "casework", folder, ignore=shutil.ignore_patterns("making"))
    toml = folder / "study.toml"
    said = toml.read_text(encoding="utf-8")
    toml.write_text(
        said if synthetic else said.replace("synthetic = true", "synthetic = false"),
        encoding="utf-8",
    )
    tables = {
        path: pd.read_csv(path, dtype=str, keep_default_na=False) for path in folder.glob("*.csv")
    }
    first = tables[folder / "monitoring.csv"].drop_duplicates("family")
    kept = pd.concat([first[first["centre"].eq(c)].head(n) for c, n in SIZES.items()])["family"]
    for path, table in tables.items():
        if "family" in table:
            table = table[table["family"].isin(kept)]
        elif "centre" in table and path.name != "interviews.csv":
            table = table[table["centre"].isin(SIZES)]
        lost = [] if synthetic else ["synthetic"]
        table.drop(columns=lost, errors="ignore").to_csv(path, index=False)
    return folder


def executed(shell, name, study, monkeypatch):
    """A chapter run in this process: the executed notebook, and the frame behind each of its tables."""
    notebook = nbformat.read(PROJECT / "notebooks" / f"{name}.ipynb", as_version=4)
    frames, table = {}, report.Page.table

    def watched(page, key, frame, *arguments, **named):
        frames[key] = page.shown(frame)
        return table(page, key, frame, *arguments, **named)

    monkeypatch.setattr(report.Page, "table", watched)
    shell.reset(new_session=False)
    fewer = {"bootstrap": 50, "draws": 200, "repeats": 2}
    for cell in (cell for cell in notebook.cells if cell.cell_type == "code"):
        source = cell.source
        if "parameters" in cell.metadata.get("tags", []):
            source += f"\nstudy = {str(study)!r}\n"
            source += "\n".join(f"{k} = {v}" for k, v in fewer.items() if f"\n{k} =" in cell.source)
        with capture_output() as caught:
            ran = shell.run_cell(source)
        problem = ran.error_before_exec or ran.error_in_exec
        assert problem is None, f"{name}: {problem!r} in {cell.source[:80]!r}"
        cell.outputs = [output_of(each.data) for each in caught.outputs]
    return notebook, frames


def output_of(data):
    kept = {k: v for k, v in data.items() if k != "image/png"}
    return nbformat.v4.new_output("display_data", kept)


@pytest.fixture(scope="module")
def both(tmp_path_factory, shell):
    """Chapter -> (real notebook, its frames, frames of the same rows printed whole)."""
    folder = tmp_path_factory.mktemp("studies")
    real, whole = small_study(folder / "real", False), small_study(folder / "whole", True)
    found = {}
    with pytest.MonkeyPatch.context() as patch:
        for name in CHAPTERS:
            notebook, frames = executed(shell, name, real, patch)
            patch.undo()
            found[name] = (notebook, frames, executed(shell, name, whole, patch)[1])
            patch.undo()
    return read_study(real), found


def notes(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if RECORD in output.get("data", {}):
                yield output["data"][RECORD]


# Last: how many blocks of counts are shown in part, so that they can be attacked; of the others nothing is shown.
ADDING_UP = [
    ("who_took_part", "centres", "families", [], 1),
    ("who_took_part", "centres", "curators", [], 0),
    ("change", "individual_table", "count", ["scale"], 1),
    ("risk", "levels_all", "count", ["wave"], 4),
    ("risk", "movement", "count", [], 1),
    ("risk", "medians", "n", [], 0),
    ("centres", "changes", "n", ["scale"], 4),
    ("costs", "units", "clients", ["unit"], 3),
]


@pytest.mark.slow
class TestSmallStudyMarkedAsReal:
    def test_the_gate_finds_nothing(self, both):
        study, found = both
        ids = gate.identifiers(study)
        assert len(ids) > 30
        problems = {name: gate.leaks(notebook, ids, 5) for name, (notebook, *_) in found.items()}
        assert {name: said for name, said in problems.items() if said} == {}

    def test_no_small_number_of_people_is_on_record(self, both):
        """Looked for by the column's name alone, without the vocabulary that protects."""
        named = re.compile(
            r"n|n_[a-z]+|count|events|families|clients|curators|interviews|told|documents"
        )
        looked = 0
        for name, (notebook, *_) in both[1].items():
            for note in notes(notebook):
                for record in note["records"]:
                    if note["origin"] != "records" or record.get("counts") == "no people":
                        continue
                    looked += 1
                    assert record["n"] is None or record["n"] == 0 or record["n"] >= 5, (
                        name,
                        record,
                    )
                    if named.fullmatch(record["column"]) and record["column"] not in ("n_a", "n_b"):
                        assert record["value"] == 0 or record["value"] >= 5, (name, record)
        assert looked > 500

    def test_no_figure_says_nan_of_what_is_hidden(self, both):
        said = [
            (name, note[part])
            for name, (notebook, *_) in both[1].items()
            for note in notes(notebook)
            for part in ("alt", "caption")
            if part in note
        ]
        assert len(said) > 40
        assert [one for one in said if re.search(r"\bnan\b|<NA>", one[1])] == []

    def test_something_is_hidden_and_most_is_shown(self, both):
        for chapter in ("risk", "centres", "change"):
            _, real, whole = both[1][chapter]
            blanks = sum(int(frame.isna().to_numpy().sum()) for frame in real.values())
            before = sum(int(frame.isna().to_numpy().sum()) for frame in whole.values())
            cells = sum(frame.size for frame in real.values())
            assert before < blanks < 0.6 * cells

    @pytest.mark.parametrize("chapter, key, column, by, in_part", ADDING_UP)
    def test_nothing_can_be_worked_out_from_the_others(
        self, both, chapter, key, column, by, in_part
    ):
        _, real, whole = both[1][chapter]
        truth, shown = whole[key], real[key]
        rows = ~truth.iloc[:, :2].astype(str).isin(["All centres"]).any(axis=1)
        keys = (
            truth.loc[rows, by].astype(str).agg("/".join, axis=1)
            if by
            else pd.Series("", truth.index[rows])
        )
        attacked = hidden = 0
        for _, block in truth[rows].groupby(keys):
            counts = block[[column]].astype(int)
            gone = shown.loc[block.index, [column]].isna() & counts.gt(0)
            totals = with_totals(counts)
            mask = gone.reindex(totals.index, fill_value=False)
            if gone[column].sum() != counts[column].gt(0).sum():  # all gone: as safe as it gets
                assert recoverable(totals, mask, 5).empty, block
                attacked += 1
            hidden += int(gone[column].sum())
        assert hidden and attacked == in_part

    def test_no_figure_had_to_be_withheld(self, both):
        gone = [
            (name, n["key"])
            for name, (book_, *_) in both[1].items()
            for n in notes(book_)
            if n.get("caption") == NOT_SHOWN
        ]
        # moves: hidden whole beside the sums that stand on the same page (`Page.whole`)
        assert set(gone) <= {("practitioners", "roles"), ("risk", "moves")}
