"""The pages on the running service: the default study, and a study of another language that has next to nothing."""

from dataclasses import replace
from datetime import date

import pandas as pd
import pytest
from matplotlib.figure import Figure

from analysis import figures_control, operations, service, shown_cells
from analysis import service_words as words
from analysis.records import load_monitoring
from analysis.study import PROJECT, Risk, Running, Scale, Study, read_study
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


def running_study(as_of):
    """Three-monthly ratings of one centre; nothing is hidden."""
    levels = Risk("risk", "Risk", ("low", "high"), {})
    running = Running(as_of=as_of, review_days={"in": 0, "m3": 90})
    scales = (Scale("care", "Care", ("x",), 1, 5, "lower"),)
    return Study(
        *(PROJECT, "t", True), minimum_cell=1, waves=("in", "m3"), risk=levels, scales=scales,
        running=running,
    )  # fmt: skip


def rated(*rows):
    frame = pd.DataFrame(rows, columns=["family", "wave", "date", "x"])
    frame["date"] = pd.to_datetime(frame["date"])
    wave = pd.Categorical(frame["wave"], ["in", "m3"], ordered=True)
    risk = pd.Categorical(["low"] * len(frame), ["low", "high"], ordered=True)
    return frame.assign(wave=wave, risk=risk, centre="A", curator="k")


LATER = rated(
    ("a", "in", "2022-01-01", 1.0),
    ("a", "m3", "2022-04-10", 2.0),  # after the day looked from, and due on 1 April
    ("b", "in", "2022-01-01", None),
    ("b", "m3", "2022-03-30", 2.0),
    ("c", "in", "2022-04-09", 3.0),  # not there yet on that day
)
NO_TABLES = dict.fromkeys(service.TABLES)


def test_a_rating_after_the_day_looked_from_is_not_made_anywhere():
    """On 5 April: two families, three ratings, two with an answer; a's m3 is overdue though made on the 10th."""
    study = running_study(date(2022, 4, 5))
    complete = service.completeness(study, LATER, NO_TABLES).set_index("what")
    assert complete.loc["answers", ["count", "n"]].tolist() == [2, 3]
    assert complete.loc["dates", ["count", "n"]].tolist() == [3, 3]
    assert complete.loc["every rating", ["count", "n"]].tolist() == [1, 2]
    assert service.funnel_of(study, LATER, NO_TABLES)[["count", "n"]].values.tolist() == [[1, 2]]
    row = service.standardised(study, LATER, NO_TABLES).iloc[0]
    assert (row["n"], row["standardised_share"]) == (2, 0.5)
    overdue = service.now(study, LATER, NO_TABLES, 30, 0.7, 0.8)["rating overdue"]
    assert overdue["attention"].tolist() == [True, False]
    late = service.completeness(running_study(date(2022, 4, 10)), LATER, NO_TABLES)
    assert late.set_index("what").loc["every rating", ["count", "n"]].tolist() == [2, 2]


def test_a_day_before_every_record_shows_nothing_and_breaks_nothing():
    study = running_study(date(2021, 1, 1))
    assert service.open_families(study, LATER, NO_TABLES).empty
    complete = service.completeness(study, LATER, NO_TABLES)
    assert complete.empty and list(complete) == ["centre", "what", "count", "n", "share"]
    assert service.funnel_of(study, LATER, NO_TABLES).empty
    assert service.standardised(study, LATER, NO_TABLES).empty
    now = service.now(study, LATER, NO_TABLES, 30, 0.7, 0.8)
    attention = shown_cells.attention(now, 1)
    listed = words.checklist(study, attention, complete, "A")
    assert listed[["count", "n"]].isna().all(axis=None)


def test_all_tables_of_a_day_before_every_record(default):
    study, monitoring, tables = default
    early = replace(study, running=replace(study.running, as_of=date(2000, 1, 1)))
    families = service.open_families(early, monitoring, tables)
    now = service.now(early, monitoring, tables, 30, 0.7, 0.8)
    assert all(frame is None or frame.empty for frame in now.values())
    assert service.loads(early, families, tables["staff"]).empty
    bands = operations.contact_bands(now["no contact"]["days_since"])
    assert shown_cells.bands(bands, 5).empty


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
