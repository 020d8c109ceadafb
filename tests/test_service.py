"""The pages on the running service: the default study, and a study of another language that has next to nothing."""

import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis import figures_control, operations, service, shown_cells
from analysis import service_words as words
from analysis.records import load_monitoring
from analysis.study import PROJECT, read_study
from conftest import SmallStudy

RUSSIAN = "не записывается"


@pytest.fixture(scope="module")
def default():
    study = read_study(PROJECT / "data" / "casework")
    return study, load_monitoring(study), service.tables(study)


@pytest.fixture
def bare(tmp_path):
    """Two families in two centres, two waves, no further table, Russian words."""
    study = read_study(SmallStudy(tmp_path / "study").folder)
    return study, load_monitoring(study), service.tables(study)


def test_a_hidden_centre_is_refused_in_words_and_nothing_of_it_is_told(bare):
    study, monitoring, tables = bare
    assert words.refused(study, "C1", frozenset()) == "" == words.refused(study, "C1", {"C2"})
    refusal = words.refused(study, "C1", frozenset({"C1"}))
    assert refusal == "этот центр слишком мал, чтобы его показать"
    now = service.now(study, monitoring, tables, 30, 0.7, 0.8)
    complete = service.completeness(study, monitoring, tables)
    attention = shown_cells.attention(now, study.minimum_cell)
    listed = words.checklist(study, attention, complete, "C1", refusal)
    assert set(listed["note"]) == {refusal} and len(listed) == len(service.SUBJECTS)
    assert listed[["count", "n", "share"]].isna().all(axis=None)
    row = words.change_here(study, monitoring, "C1", 0.8, refusal)
    assert row["reason"] == refusal and pd.isna(row["mean_change"])
    assert words.chart_said(pd.DataFrame(), study, refusal) == refusal


def test_nothing_recorded_is_said_and_nothing_breaks(bare):
    study, monitoring, tables = bare
    families = service.open_families(study, monitoring, tables)
    now = service.now(study, monitoring, tables, 30, 0.7, 0.8)
    assert set(now.values()) == {None} and set(tables.values()) == {None}
    attention = shown_cells.attention(now, study.minimum_cell)
    complete = service.completeness(study, monitoring, tables)
    listed = words.checklist(study, attention, complete, "C1")
    assert listed["note"].tolist()[:2] == [RUSSIAN] * 2
    assert "нужны три оценки семьи, а волн 2" in listed["note"].iloc[2]
    assert words.told(study, attention, "no contact") == RUSSIAN
    assert words.lateness(study, None) == RUSSIAN == words.chart_said(None, study)
    assert words.supervision_said(study, None) == (RUSSIAN, RUSSIAN)
    assert words.alliance_said(study, service.alliance_by_aspect(study, None)) == RUSSIAN
    assert "не показано" in words.caseload_said(study, families, None, "C1")
    assert "не показано" in words.change_here(study, monitoring, "C1", 0.5)["reason"]
    assert service.loads(study, families, None)["cases"].isna().all()
    judged, _, together = service.in_funnel(service.funnel_of(study, monitoring, tables))
    assert judged.empty and pd.isna(together["phi"])
    assert words.funnel_said(study, judged, together).startswith("Ни один центр нельзя изобразить")
    assert service.standardised(study, monitoring, tables).empty
    assert service.documentation(None, None, 3, 12) is None and service.drawn(None).empty
    assert words.day_said(study, monitoring, tables) == "2022-04-11"


def test_a_centre_that_is_not_there(default):
    with pytest.raises(ValueError, match=r"no centre 'Centre X'; they hold Centre A, Centre B"):
        service.checked_centre(default[1], "Centre X")


def test_default_study_every_centre(default):
    study, monitoring, tables = default
    now = service.now(study, monitoring, tables, 30, 0.7, 0.8)
    attention = shown_cells.attention(now, study.minimum_cell)
    assert attention["subject"].value_counts().to_dict() == dict.fromkeys(service.SUBJECTS, 7)
    families = service.open_families(study, monitoring, tables)
    for centre in sorted(families["centre"].unique()):
        assert "open cases" in words.caseload_said(study, families, tables["staff"], centre)
        row = words.change_here(study, monitoring, centre, 0.8)
        assert row["low"] < row["mean_change"] < row["high"] and row["n"] >= study.minimum_cell
        listed = words.checklist(study, attention, service.completeness(*default), centre)
        assert len(listed) == 7
        told = listed["note"].eq("")
        assert listed.loc[told, ["count", "n", "share"]].notna().all(axis=None)
        assert told.sum() >= 3
        assert listed.loc[~told, ["count", "n", "share"]].isna().all(axis=None)


def test_no_count_below_the_minimum_and_no_name(default):
    study, monitoring, tables = default
    now = service.now(study, monitoring, tables, 30, 0.7, 0.8)
    families = service.open_families(study, monitoring, tables)
    frames = [
        shown_cells.attention(now, study.minimum_cell),
        service.completeness(study, monitoring, tables),
        service.loads(study, families, tables["staff"]),
        service.funnel_of(study, monitoring, tables),
    ]
    for frame in frames:
        for column in set(frame) & {"count", "n", "cases", "curators"}:
            numbers = frame[column].dropna().astype(int)
            assert not numbers.between(1, study.minimum_cell - 1).any()
        text = frame.to_csv()
        assert not any(name in text for name in {*monitoring["family"], *monitoring["curator"]})
    small = {"count", "n"} <= set(frames[0])
    rest = (frames[0]["n"] - frames[0]["count"]).dropna().astype(int)
    assert small and not rest.between(1, study.minimum_cell - 1).any()


def test_overdue_by_a_slow_count(default):
    study, monitoring, tables = default
    running, as_of = study.running, pd.Timestamp("2022-11-30")
    ended = tables["case_log"].query("stage == 'closure' and end == end")
    closed = set(ended.loc[ended["end"] <= as_of, "family"])
    overdue = open_cases = 0
    for family, rows in monitoring[monitoring["date"] <= as_of].groupby("family"):
        if family in closed:
            continue
        open_cases += 1
        start = rows.loc[rows["wave"].eq("intake"), "date"].iloc[0]
        later = list(study.waves)[list(study.waves).index(str(rows["wave"].max())) + 1 :]
        if later:
            due = start + pd.Timedelta(days=running.review_days[later[0]] + running.grace_days)
            overdue += due < as_of
    frame = service.now(study, monitoring, tables, 30, 0.7, 0.8)["rating overdue"]
    assert (len(frame), int(frame["attention"].sum())) == (open_cases, overdue)


def test_figures(default):
    study, monitoring, tables = default
    chart = service.documentation(tables["documents"], None, 5, 12)
    assert chart["phase"].eq("baseline").sum() == 12 and chart["n"].min() >= 5
    judged, curves, _ = service.in_funnel(service.funnel_of(study, monitoring, tables))
    drawn = [
        figures_control.control_chart(chart, "Файлы", "Месяц", "Доля, %", 100),
        figures_control.control_chart(None, "Nothing", "Month", "Share"),
        figures_control.funnel(judged, curves, "Funnel", "n", "%"),
        figures_control.funnel(judged[:0], curves[:0], "Nothing", "n", "%"),
    ]
    assert all(isinstance(figure, Figure) for figure in drawn)
    texts = [t.get_text() for t in drawn[2].axes[0].texts]
    assert texts == [f"{r.label} (n={r.n})" for r in judged.itertuples()]
    assert [t.get_text() for t in drawn[1].axes[0].texts] == ["–"]


def test_labels_of_equal_heights_stand_apart():
    import numpy as np

    placed = figures_control._apart(np.array([80.0, 80.0, 20.0, 99.0, 100.0]))
    assert np.diff(np.sort(placed)).min() >= 5 - 1e-9 and placed.max() <= 102


def test_months_with_few_files_are_blank():
    documents = pd.DataFrame(
        {
            "centre": "A",
            "month": pd.date_range("2022-01-01", periods=4, freq="MS"),
            "checked": [4, 6, 3, 8],
            "complete": [4, 5, 1, 8],
        }
    )
    chart = service.documentation(documents, "A", 5, 12)
    assert chart["x"].iloc[0] == pd.Timestamp("2022-02-01")  # leading blank month is left out
    assert chart["n"].isna().tolist() == [False, True, False]
    assert chart["middle"].iloc[0] == pytest.approx(13 / 14)
    assert service.documentation(documents, "B", 5, 12) is None
    assert service.documentation(documents, "A", 20, 12) is None


def test_words_say_what_a_reader_needs(default):
    study, _, tables = default
    chart = service.documentation(tables["documents"], None, 5, 3)
    assert "provisional" in words.chart_said(chart, study)
    assert operations.CLOSING in set(tables["stages"]["stage"])
