"""The invented tables of the service: in the contract, in step with monitoring.csv, and as the model declares them.

Expected values are the declared ones, or closed forms of the declared model worked out here.
"""

import re
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frictionless import Package

from analysis import synthetic_service as service
from analysis.contract import TABLES
from analysis.invented import client_costs, service_tables, write_table
from analysis.records import load_table
from analysis.study import read_study
from analysis.synthetic import monitoring
from analysis.synthetic_views import views
from analysis.worlds import STREAMS, parameters_of, read_parameters, read_worlds

FOLDER = Path(__file__).resolve().parents[1] / "data" / "casework"
PARAMETERS = read_parameters(FOLDER / "making")
WORLDS = read_worlds(FOLDER / "making")
STUDY = tomllib.loads((FOLDER / "study.toml").read_text(encoding="utf-8"))
LETTERS = "ABCDEF"


def of(world, **changes):
    return parameters_of(world, PARAMETERS, WORLDS) | changes


def many(**changes):
    """Ten times the families, so that what is declared shows above chance."""
    return of("favourable", **{f"families_{letter}": 400 for letter in LETTERS}, **changes)


@pytest.fixture(scope="module")
def values():
    return of("favourable")


@pytest.fixture(scope="module")
def records(values):
    return monitoring(values)


@pytest.fixture(scope="module")
def tables(values, records):
    return service_tables(values, records) | {"client_costs": client_costs(FOLDER / "making")}


@pytest.fixture(scope="module")
def large():
    """The parameters, records and tables of many families."""
    values = many()
    records = monitoring(values)
    return values, records, service_tables(values, records)


# --- the files ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", TABLES)
def test_committed_table_is_what_the_model_makes_byte_for_byte(tables, name, tmp_path):
    path = write_table(tables[name], tmp_path / f"{name}.csv")
    assert path.read_bytes() == (FOLDER / f"{name}.csv").read_bytes()


@pytest.mark.parametrize("name", TABLES)
def test_columns_kinds_and_keys_of_the_contract(tables, name):
    table, contract = tables[name], TABLES[name]
    assert list(table.columns) == [*(column.name for column in contract.columns), "synthetic"]
    assert len(table) and table["synthetic"].eq(True).all()
    if contract.key:
        assert not table.duplicated(list(contract.key)).any()
    for column in contract.columns:
        cells = table[column.name]
        assert column.empty or (cells.notna().all() and (cells.astype(str) != "").all())
        if column.kind == "date":
            assert (cells.dropna() == cells.dropna().dt.normalize()).all()
        if column.kind == "count":
            assert (cells >= 0).all() and cells.dtype.kind == "i"


@pytest.mark.parametrize("name", TABLES)
def test_study_declares_the_table_and_the_reader_accepts_it(tables, name):
    study = read_study(FOLDER)
    assert study.tables[name] == f"{name}.csv"
    assert len(load_table(study, name)) == len(tables[name])


def test_tables_of_the_service_stay_small():
    assert sum((FOLDER / f"{name}.csv").stat().st_size for name in TABLES) < 700_000


def test_ids_are_invented_ones(tables):
    shapes = {"family": r"SYN-\d{4}", "curator": r"SYN-K\d{2}", "supervisor": r"SYN-S\d{2}"}
    shapes["document"] = r"SYN-C\d{2}"
    for table in tables.values():
        for column in set(shapes) & set(table.columns):
            assert table[column].map(re.compile(shapes[column]).fullmatch).notna().all()


def test_study_toml_agrees_with_the_model(values):
    assert STUDY["running"]["as_of"].isoformat() == values["as_of"]
    assert STUDY["ratings"] == {"low": values["rating_low"], "high": values["rating_high"]}
    due = [values["wave_spacing"] * step for step in range(4)]
    assert list(STUDY["running"]["review_days"].values()) == due
    assert list(STUDY["running"]["review_days"]) == STUDY["waves"]["order"]
    assert STUDY["running"]["grace_days"] >= values["date_jitter"], (
        "a rating on time is not overdue"
    )
    assert STUDY["costs"]["currency"] == "units", "no sum of money of the programme is known"


def test_datapackage_notices_a_contact_with_nobody(tmp_path):
    for name in ("datapackage.json", "monitoring.csv", "contacts.csv"):
        (tmp_path / name).write_bytes((FOLDER / name).read_bytes())
    contacts = (tmp_path / "contacts.csv").read_text(encoding="utf-8")
    (tmp_path / "contacts.csv").write_text(contacts.replace("SYN-0001", "SYN-9999", 1), "utf-8")
    report = Package(str(tmp_path / "datapackage.json")).get_resource("contacts").validate()
    assert report.flatten(["type", "rowNumber"]) == [["foreign-key", 2]]


# --- apart from the tables that were there before ------------------------------------------------


def test_streams_of_old_tables_keep_their_places():
    assert STREAMS[:10] == (
        *("centres", "families", "changes", "drift", "domains"),
        *("items", "missing", "risk", "dates", "leaving"),
    )
    assert len(set(STREAMS)) == len(STREAMS)


def test_settings_of_the_service_leave_monitoring_as_it_was(records):
    changed = of("favourable", slip_A=1.5, contacts_low=9.0, view_gain=0, as_of="2022-12-31")
    assert monitoring(changed).equals(records)


def test_settings_of_views_leave_the_other_tables_as_they_were(values, records, tables):
    changed = service_tables(values | {"view_gain": 0}, records)
    same = [name for name in changed if changed[name].equals(tables[name])]
    assert set(changed) - set(same) == {"views"}


@pytest.mark.parametrize("world", ["null", "regression", "dropout"])
def test_every_world_has_the_tables(world):
    values = of(world)
    made = service_tables(values, monitoring(values))
    assert set(made) == set(TABLES) - {"client_costs"} and all(map(len, made.values()))


def test_a_changed_seed_makes_other_tables(tables):
    values = of("favourable", seed=4)
    made = service_tables(values, monitoring(values))
    assert [name for name in made if made[name].equals(tables[name])] == ["stages", "staff"]


# --- stages and the log of cases ----------------------------------------------------------------


def test_stages_have_a_parallel_branch_that_matters(tables):
    stages = tables["stages"].set_index("stage")
    assert stages["optimistic"].le(stages["likely"]).all()
    assert stages["likely"].le(stages["pessimistic"]).all()
    assert stages.loc["plan", "after"] == "risk;assessment"
    assert stages.loc["safety", "after"] == stages.loc["assessment", "after"] == "signal"
    branch = stages.loc[["safety", "risk"]].sum(numeric_only=True)
    whole = stages.loc["assessment"]
    assert branch["likely"] < whole["likely"], "as a rule the assessment is critical"
    assert branch["pessimistic"] > whole["likely"], "but it need not be"


def test_log_follows_the_order_of_stages_and_the_days_of_ratings(values, records, tables):
    log, order = tables["case_log"], tables["stages"].set_index("stage")["after"]
    assert log.dropna().eval("start <= end").all()
    assert log[["start", "end"]].max().max() <= pd.Timestamp(values["as_of"])
    ends = log.set_index(["family", "stage"])["end"]
    for row in log.itertuples():
        for before in filter(None, order[row.stage].split(";")):
            assert ends[row.family, before] < row.start, (row.family, row.stage)
    days = records.groupby("family")["date"].agg(["min", "max"])
    first = log[log["stage"] == "signal"].set_index("family")["start"]
    assert (days["min"] - first).dt.days.between(0, values["signal_lead"]).all()
    closed = log[(log["stage"] == "closure") & log["end"].notna()].set_index("family")["end"]
    assert len(closed) > 100 and (closed >= days.loc[closed.index, "max"]).all()
    assert (
        log.groupby("family")["centre"].first().equals(records.groupby("family")["centre"].first())
    )


def test_families_that_left_have_no_closure_and_mostly_an_open_stage(records, tables):
    log, waves = tables["case_log"], records.groupby("family").size()
    gone = log[log["family"].isin(waves[waves < 4].index)]
    assert gone["family"].nunique() == (waves < 4).sum() == 50
    ended = gone["end"].notna().groupby(gone["family"]).all()
    assert 0.1 < ended.mean() < 0.4  # declared: a quarter
    assert "closure" not in set(gone.loc[gone["end"].notna(), "stage"])


def test_days_of_a_stage_have_the_mean_of_pert_times_the_slip(large):
    # mean of a PERT draw = (o + 4m + p) / 6; of exp(s Z) = exp(s^2 / 2). First and last day count.
    values, _, tables = large
    log = tables["case_log"].query("stage == 'assessment'").dropna()
    days = ((log["end"] - log["start"]).dt.days + 1).groupby(log["centre"]).mean()
    mean = (7 + 4 * 15 + 40) / 6 * np.exp(0.12**2 / 2)
    for letter in LETTERS:
        slip = values[f"slip_{letter}"]
        assert days[f"Centre {letter}"] == pytest.approx(mean * slip, rel=0.06), letter
    assert days.nlargest(2).index.tolist() == ["Centre E", "Centre C"]


# --- contacts, staff, files, costs --------------------------------------------------------------


def test_every_rating_is_a_visit_and_every_contact_lies_in_the_case(values, records, tables):
    contacts = tables["contacts"]
    visits = set(zip(contacts["family"], contacts["date"], contacts["kind"], strict=True))
    for row in records.itertuples():
        assert (row.family, row.date, "visit") in visits
    span = service.spans(values, records, tables["case_log"]).set_index("family")
    dates = contacts["date"]
    assert dates.ge(contacts["family"].map(span["first"])).all()
    assert dates.le(contacts["family"].map(span["last"])).all()
    assert set(contacts["kind"]) == {"visit", "call", "meeting", "group"}


def test_contacts_rise_with_risk_as_declared(large):
    values, records, tables = large
    # families at one level of risk at all four waves: their rate is the declared one of that level
    risk = records.pivot(index="family", columns="wave", values="risk").dropna()
    steady = risk[risk.nunique(axis=1) == 1]["intake"]
    days = records.groupby("family")["date"].agg(["min", "max"])
    contacts = tables["contacts"].join(days, on="family")
    within = contacts[(contacts["date"] > contacts["min"]) & (contacts["date"] <= contacts["max"])]
    count = within.groupby("family").size().reindex(steady.index) - 3  # without the ratings
    length = (days["max"] - days["min"]).dt.days.reindex(steady.index)
    for level in ("low", "moderate", "high"):
        here = steady[steady == level].index
        rate = 30 * count[here].sum() / length[here].sum()
        assert rate == pytest.approx(values[f"contacts_{level}"] * np.exp(0.35**2 / 2), rel=0.12)


def test_some_families_in_care_are_out_of_sight(values, records, tables):
    span = service.spans(values, records, tables["case_log"]).query("not left and not closed")
    last = tables["contacts"].groupby("family")["date"].max()
    gap = (pd.Timestamp(values["as_of"]) - span["family"].map(last)).dt.days
    assert 3 <= (gap >= values["gap_days"]).sum() < len(gap) / 3
    assert gap[gap < values["gap_days"]].median() < 21


def test_each_curator_has_one_supervisor_of_the_same_centre(records, tables):
    staff = tables["staff"]
    own = records.groupby("curator")["centre"].first()
    assert staff.set_index("curator")["centre"].sort_index().equals(own)
    per_centre = staff.groupby("centre")["supervisor"].nunique()
    assert per_centre.tolist() == [2, 2, 2, 1, 1, 1]  # centres with 5, 4, 4, 3, 2, 2 curators
    assert staff.groupby("supervisor")["centre"].nunique().eq(1).all()
    assert sorted(staff["supervisor"].unique()) == [f"SYN-S{one:02d}" for one in range(1, 10)]


def test_files_get_worse_in_one_centre_in_midyear_and_nowhere_else(values, tables):
    files = tables["documents"]
    assert files["complete"].le(files["checked"]).all() and files["month"].dt.day.eq(1).all()
    late = files["month"] >= values["documents_shift_month"]
    share = files.groupby(["centre", late])[["complete", "checked"]].sum()
    share = (share["complete"] / share["checked"]).unstack()
    assert share.loc["Centre B", True] < share.loc["Centre B", False] - 0.2
    assert (share[False] - share[True]).drop("Centre B").max() < 0.1
    assert 4 <= pd.Timestamp(values["documents_shift_month"]).month <= 8


def test_costs_are_in_order_and_rough_where_declared(values, tables):
    costs = tables["costs"]
    assert set(costs["payer"]) == {"state", "charity", "grant", "private", "staff"}
    assert (costs["amount"] > 0).all()
    rough = costs["low"].notna()
    assert rough.equals(costs["high"].notna())
    assert rough.equals(costs["payer"].isin(["private", "staff"]))
    known = costs[rough]
    assert (known["low"] < known["amount"]).all() and (known["amount"] < known["high"]).all()
    assert known["high"].sum() / known["amount"].sum() == pytest.approx(1.4, abs=0.01)
    training = costs.loc[costs["item"] == "training", "month"].dt.month
    assert set(training) == {3, 9}
    salaries = costs.query("item == 'salaries'").groupby("centre")["amount"].mean()
    people = tables["staff"].groupby("centre").size() * values["cost_state_salaries"]
    assert salaries.to_numpy() == pytest.approx(people.to_numpy(), rel=0.1)


# --- supervision, alliance, views ---------------------------------------------------------------


def test_meetings_are_planned_regularly_and_rated_only_if_kept(values, tables):
    meetings = tables["supervision"]
    apart = meetings.groupby("curator")["date"].diff().dropna().dt.days
    assert set(apart) == {values["supervision_every"]}
    assert meetings.loc[~meetings["kept"], "usefulness"].isna().all()
    missing = meetings.loc[meetings["kept"], "usefulness"].isna().mean()
    assert missing == pytest.approx(values["supervision_missing"], abs=0.05)
    assert set(meetings["usefulness"].dropna()) <= {1, 2, 3, 4, 5}
    assert meetings["kept"].mean() == pytest.approx(values["supervision_kept"], abs=0.05)


def test_alliance_has_both_sides_twice_a_year(values, tables):
    alliance = tables["alliance"]
    assert set(alliance["side"]) == {"curator", "supervisor"}
    assert set(alliance["aspect"]) == {"goal", "task", "bond"}
    assert alliance["date"].dt.year.value_counts().index.sort_values().tolist() == [2021, 2022]
    assert alliance.groupby(alliance["date"].dt.year)["date"].nunique().eq(2).all()
    assert alliance["rating"].between(1, 5).all()
    sheets = alliance.groupby(["curator", "date", "side"]).size()
    assert sheets.eq(3).all() and 20 * 4 * 2 * 0.85 < len(sheets) < 20 * 4 * 2


def test_views_are_asked_of_families_that_are_there(records, tables):
    asked = tables["views"]
    there = set(zip(records["family"], records["wave"], strict=True))
    assert set(zip(asked["family"], asked["wave"], strict=True)) <= there
    assert set(asked.loc[asked["aspect"] == "change_seen", "wave"]) == {"month_9"}
    children = asked.loc[asked["informant"] == "child", "family"].nunique()
    assert 0.4 < children / 240 < 0.7
    answered = asked.dropna().groupby("informant").size() / asked.groupby("informant").size()
    assert answered["child"] < answered["parent"] < answered["specialist"] < 1
    assert set(asked["rating"].dropna()) == {1, 2, 3, 4, 5}


def test_parents_are_less_optimistic_than_specialists_on_the_same_families(large):
    wide = large[2]["views"].pivot(
        index=["family", "wave", "aspect"], columns="informant", values="rating"
    )
    gap = (wide["parent"] - wide["specialist"]).dropna().groupby("aspect").mean()
    for aspect in ("confidence", "change_seen"):
        assert gap[aspect] == pytest.approx(-0.5, abs=0.08), "the declared shift, little clipped"
    for aspect in ("satisfaction", "respect"):
        assert abs(gap[aspect]) < 0.12


def test_parents_answer_more_often_when_things_went_well_and_specialists_do_not():
    values = many(view_answer_gain=1)
    records = monitoring(values)
    for gain, informant, least, most in (
        *((1, "parent", 0.08, 0.4), (1, "specialist", -0.03, 0.03)),
        *((0, "parent", -0.04, 0.04),),
    ):
        asked = views(values | {"view_answer_gain": gain}, records)
        last = asked.query("wave == 'month_9' and aspect == 'respect'").set_index("family")
        items = [f"wellbeing_{item}" for item in range(1, 7)]  # not the scale the model uses
        score = records.assign(score=records[items].mean(axis=1)).pivot(
            index="family", columns="wave", values="score"
        )
        better = (score["month_9"] - score["intake"]).dropna()
        rating = last[last["informant"] == informant]["rating"].reindex(better.index)
        well = better > better.median()
        difference = rating[well].notna().mean() - rating[~well].notna().mean()
        assert least < difference < most, (gain, informant, difference)


# --- statements ---------------------------------------------------------------------------------


def test_statements_are_short_translated_and_name_nobody(tables):
    said = tables["client_costs"]
    assert 25 <= len(said) <= 30 and said["quote"].is_unique
    assert set(said["informant"]) == {"parent", "specialist"}
    assert said["kind"].value_counts().min() >= 5 and set(said["kind"]) == {
        *("money", "time", "shame")
    }
    assert said["quote"].str.fullmatch(r"[А-Яа-яЁё ,.:;—«»-]+").all()
    assert said["translation"].str.fullmatch(r"[A-Za-z ,.:;'-]+").all()
    assert said["quote"].str.len().max() < 200
    # a capital letter inside a sentence would be a name
    assert not said["quote"].str.contains(r"[^.]\s[А-ЯЁ]").any()


# --- refusals -----------------------------------------------------------------------------------


def test_only_tables_that_say_they_are_synthetic_are_written(tmp_path, tables):
    real = tables["staff"].assign(synthetic=[False, *[True] * 19])
    with pytest.raises(ValueError, match=r"x\.csv.*synthetic = True"):
        write_table(real, tmp_path / "x.csv")
    with pytest.raises(ValueError, match="synthetic = True"):
        write_table(real.drop(columns="synthetic"), tmp_path / "x.csv")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["slip_C", "service_likely", "view_gain", "cost_staff_transport"])
def test_missing_parameter_is_named(values, records, name):
    with pytest.raises(ValueError, match=f"'{name}'.*parameters.csv"):
        service_tables({key: value for key, value in values.items() if key != name}, records)
