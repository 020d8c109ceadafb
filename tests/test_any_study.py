"""Studies of different shapes go from file to report without a change of code; numbers are compared with the raw files."""

import csv
import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis import comparison, parts, report, scales, survival
from analysis.checking import check_study
from analysis.importing import bring
from analysis.pipeline import chapters
from analysis.problem import errors
from analysis.records import load_monitoring
from analysis.study import PROJECT, read_study

PUBLIC = Path(__file__).parent / "public"
CASEWORK = PROJECT / "data" / "casework"
CHANGE = {"who_took_part", "change", "trust"}
SHAPES = {
    "sleepstudy": ({"monitoring", "scores"}, CHANGE),
    "BtheB": ({"monitoring", "scores"}, CHANGE),
    "respiratory": ({"monitoring", "risk", "centres"}, {"who_took_part", "risk"}),
    "schizophrenia2": ({"monitoring", "risk"}, {"who_took_part", "risk"}),
    "bfi": ({"monitoring", "items", "pairs"}, {"who_took_part", "measures", "associations"}),
}


def made(folder, *files):
    bring.bring(list(files), folder / "study")
    return read_study(folder / "study")


def run(study, name, monkeypatch):
    """The cells of a notebook in this process: key -> what it says. An exception in a cell is the test's."""
    said, seen = {}, []
    monkeypatch.setattr(report, "display", lambda *data, **more: None)
    monkeypatch.setattr(report, "glue", lambda key, text, *more: said.update({key: text}))
    monkeypatch.setattr(report, "show", lambda key, *more: seen.append(key))
    notebook = json.loads((PROJECT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8"))
    space = {}
    for cell in notebook["cells"]:
        if cell["cell_type"] == "code":
            exec(compile("".join(cell["source"]), name, "exec"), space)
            if "parameters" in cell["metadata"].get("tags", ()):
                space |= {"study": str(study.folder)}
                space |= {"bootstrap": 200} if "bootstrap" in space else {}
    assert seen
    return said


def told(study, monkeypatch):
    """What every chapter of the study's own report says, and that the first page gets each sentence."""
    fed = chapters.fed_by(parts.parts_of(study))
    results = {chapter.name: run(study, chapter.name, monkeypatch) for chapter in fed}
    for chapter in fed:
        for sentence in chapter.sentences.values():
            assert set(re.findall(r"\{(\w+)\}", sentence)) <= set(results[chapter.name])
    return results


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", SHAPES)
def test_a_public_table_feeds_its_chapters(name, tmp_path, monkeypatch):
    study = made(tmp_path, PUBLIC / f"{name}.csv")
    held, fed = SHAPES[name]
    assert parts.parts_of(study) == held
    assert not errors(check_study(study.folder)[1])
    assert set(told(study, monkeypatch)) == fed


def long(rows, *names):
    return pd.DataFrame(rows, columns=["id", "wave", *names])


def odd_tables():
    """Tables with too little of something."""
    rng = np.random.default_rng(5)
    skipped = [
        (
            f"f{f}",
            w,
            *rng.integers(1, 6, 3),
            np.nan,
            *([3] * 3 if w == "t1" else rng.integers(1, 6, 3)),
        )
        for f in range(60)
        for w in ("t1", "t2", "t3")
        if w != "t2" or f % 3
    ]
    items = [f"mood_{i}" for i in range(1, 5)] + [f"calm_{i}" for i in range(1, 4)]
    still = [(f, w, f + 0.5 * (f == 3 and w == 2)) for f in range(20) for w in (1, 2, 3)]
    few = [("a", 1, 5.5, "high"), ("a", 2, 4, "low"), ("b", 1, 6, "high"), ("b", 2, 3, "low")]
    few += [("c", 1, 4, "low"), ("c", 2, 4.5, "high")]
    return {
        "a wave skipped, an item never rated, a scale that does not vary": long(skipped, *items),
        "nobody changes": long(still, "stress"),
        "three families": long(few, "stress", "risk"),
    }


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", odd_tables())
def test_too_little_of_something_is_said_and_stops_nothing(name, tmp_path, monkeypatch):
    file = tmp_path / "odd.csv"
    odd_tables()[name].to_csv(file, index=False)
    results = told(made(tmp_path, file), monkeypatch)
    assert "change" in results
    if name == "nobody changes":
        assert "no interval: every change was the same amount" in results["change"]["headline"]
        assert "p = .000" not in str(results) and "p < .001" not in str(results["change"])


@pytest.mark.filterwarnings("ignore")
def test_the_default_records_without_risk_and_with_one_centre(tmp_path, monkeypatch):
    table = pd.read_csv(CASEWORK / "monitoring.csv", dtype=str).drop(columns=["risk", "synthetic"])
    table[table["centre"] == table["centre"].iloc[0]].to_csv(tmp_path / "one.csv", index=False)
    results = told(made(tmp_path, tmp_path / "one.csv"), monkeypatch)
    assert not {"risk", "centres", "running"} & set(results)
    assert results["change"]["units"] == "families"
    assert "do not hold two centres" in results["associations"]["within_strongest"]


@pytest.mark.filterwarnings("ignore")
def test_interviews_alone_and_nothing_known_of_them(tmp_path, monkeypatch):
    study = made(tmp_path, CASEWORK / "coder_a.qdpx", CASEWORK / "coder_b.qdpx")
    results = told(study, monkeypatch)
    assert set(results) == {"practitioners", "words", "agreement"}
    assert results["practitioners"]["interviews"] == "13"
    assert "no variable of the interviews" in results["words"]["typical"]
    assert "names no branch" in results["practitioners"]["top_barrier"]


@pytest.mark.filterwarnings("ignore")
def test_quotations_without_places_or_texts_in_english(tmp_path, monkeypatch):
    rows = [
        {"document": f"I{n}", "code": code, "quote": f"{words} {n}"}
        for n in range(1, 7)
        for code, words in (("Hope", "we shall manage"), ("Burden", "so many forms"))
    ]
    file = tmp_path / "quotes.csv"
    pd.DataFrame(rows).to_csv(file, index=False)
    study = made(tmp_path, file)
    assert study.interviews.language == "en"
    results = told(study, monkeypatch)
    assert set(results) == {"practitioners"}
    assert (
        results["practitioners"]["interviews"] == "6" and results["practitioners"]["codes"] == "2"
    )


def test_families_are_the_units_where_centres_are_fewer_than_four(tmp_path):
    study = made(tmp_path, PUBLIC / "sleepstudy.csv")
    scores = scales.scores(load_monitoring(study), study.scales)
    row = comparison.headline(study, scores).iloc[0]
    raw = pd.read_csv(PUBLIC / "sleepstudy.csv").pivot(
        index="Subject", columns="Days", values="Reaction"
    )
    outside = stats.ttest_rel(raw[9], raw[0])  # scipy on the raw file
    interval = outside.confidence_interval()
    assert row["units"] == "families" and row["n"] == row["k"] == 18
    assert row["estimate"] == pytest.approx((raw[9] - raw[0]).mean())
    assert (row["low"], row["high"], row["p"]) == pytest.approx(
        (interval.low, interval.high, outside.pvalue)
    )


def test_the_default_study_counts_centres():
    study = read_study("data/casework")
    row = comparison.headline(study, scales.scores(load_monitoring(study), study.scales)).iloc[0]
    assert row["units"] == "centres" and row["k"] == 6 and row["base"] == "k"


def test_the_smallest_change_that_matters_follows_the_range(tmp_path):
    study = made(tmp_path, PUBLIC / "sleepstudy.csv")
    # Hand arithmetic: the slowest less the fastest reaction is 466.3535 - 194.3322 = 272.0213; 6% of it 16.3213.
    found = comparison.smallest_that_matters(study, 0.06)
    assert found == {"reaction": pytest.approx(16.321278)}


def test_curves_of_all_centres_go_where_they_are_those_of_the_only_one():
    both = pd.DataFrame({"centre": [survival.ALL, "A", "B"]})
    assert survival.once(both)["centre"].tolist() == [survival.ALL, "A", "B"]
    assert survival.once(both[:2])["centre"].tolist() == ["A"]


def results_of(study, folder):
    """Whole report by the command alone: results.csv by chapter and key or table place."""
    from analysis.pipeline.make import make_report

    page, _ = make_report(str(study.folder), folder / "out", {})
    assert page.is_file()
    with (folder / "out" / "results.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def numbers(results, notebook, key, column):
    return [
        float(row["value"])
        for row in results
        if (row["notebook"], row["key"], row["column"]) == (notebook, key, column)
    ]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="kernels fork")
@pytest.mark.parametrize("name", ["BtheB", "respiratory"])
def test_a_whole_report_and_its_numbers(name, tmp_path):
    results = results_of(made(tmp_path, PUBLIC / f"{name}.csv"), tmp_path)
    raw = pd.read_csv(PUBLIC / f"{name}.csv")
    if name == "BtheB":
        waves = raw[["bdi.pre", "bdi.2m", "bdi.4m", "bdi.6m", "bdi.8m"]]
        assert numbers(results, "change", "means", "mean") == pytest.approx(waves.mean(), abs=0.005)
        assert numbers(results, "change", "means", "n") == waves.notna().sum().to_list()
        (headline,) = [r for r in results if (r["notebook"], r["key"]) == ("change", "headline")]
        change = (raw["bdi.8m"] - raw["bdi.pre"]).dropna()
        assert float(headline["value"]) == pytest.approx(change.mean())
        assert int(headline["n"]) == len(change)
    else:
        wide = raw.pivot(index=["center", "id"], columns="visit", values="outcome")
        (improved,) = [r for r in results if (r["notebook"], r["key"]) == ("risk", "improved")]
        moved = (wide[1] == 1) & (
            wide[4] == 0
        )  # 0 was taken as the better end, and said to be unsure
        assert float(improved["value"]) == pytest.approx(100 * moved.mean())
        assert int(improved["n"]) == len(wide)
