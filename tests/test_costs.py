"""Unit costs against hand arithmetic, a slow loop over days and a published average; Schreiner's aspects as data."""

import json
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from analysis import costs, schreiner, service
from analysis.disclosure import DisclosureError
from analysis.study import PROJECT, Study
from analysis.study_parts import Running

JAN, FEB = pd.Timestamp("2022-01-01"), pd.Timestamp("2022-02-01")


def money(*rows):
    frame = pd.DataFrame(
        rows, columns=["centre", "month", "payer", "item", "amount", "low", "high"]
    )
    return frame.astype({"amount": float, "low": float, "high": float})


def log(*rows):
    frame = pd.DataFrame(rows, columns=["family", "centre", "stage", "start", "end"])
    return frame.assign(start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"]))


def rated(*rows):
    frame = pd.DataFrame(rows, columns=["family", "centre", "wave", "date"])
    return frame.assign(date=pd.to_datetime(frame["date"]))


def met(*rows):
    frame = pd.DataFrame(rows, columns=["family", "date"])
    return frame.assign(date=pd.to_datetime(frame["date"]), kind="visit")


SPENT = money(
    ("A", JAN, "state", "salaries", 300, None, None),
    ("A", FEB, "state", "salaries", 300, 300, 330),
    ("A", JAN, "staff", "transport", 40, 20, 100),
    ("B", FEB, "charity", "materials", 160, 150, None),
)
DONE = pd.DataFrame(
    {"centre": ["A", "B"], "clients": [4, 2], "services": [20, 0], "client_months": [8.0, 2.0]}
)


# Totals


def test_totals_by_payer_by_hand():
    """state 600 (600 to 630), charity 160 (150 to 160), staff 40 (20 to 100); 800 in all."""
    table = costs.totals(SPENT, "payer").set_index("payer")
    assert list(table.index) == ["state", "charity", "staff"]
    assert table.loc["state", ["n", "amount", "low", "high", "share"]].tolist() == [
        2,
        600,
        600,
        630,
        0.75,
    ]
    assert table.loc["charity", ["low", "high"]].tolist() == [150, 160]
    assert table.loc["staff", ["low", "high", "share"]].tolist() == [20, 100, 0.05]


@pytest.mark.parametrize("ends", [(50, 60), (10, 20), (-1, 60)])
def test_an_amount_outside_its_range_is_refused_with_its_place(ends):
    with pytest.raises(ValueError, match="centre A, month 2022-01, state, salaries"):
        costs.totals(money(("A", JAN, "state", "salaries", 40, *ends)), "payer")


# In the service


LOG = log(
    ("f1", "A", "start", "2022-01-10", "2022-01-20"),
    ("f1", "A", "service", "2022-01-21", "2022-02-10"),
    ("f2", "A", "start", "2021-12-01", None),
    ("f3", "B", "start", "2022-02-20", "2022-03-20"),
)
RATED = rated(
    ("f2", "A", "w1", "2021-12-05"),
    ("f2", "A", "w2", "2022-01-15"),
    ("f4", "B", "w1", "2022-01-31"),
)
MET = met(("f2", "2022-01-31"), ("f2", "2022-03-01"), ("f3", "2022-02-21"), ("f3", "2022-02-28"))


def test_a_family_is_in_the_service_up_to_its_last_sign_or_up_to_the_day_asked():
    care = costs.spells(LOG, RATED, MET).set_index("family")
    assert str(care.loc["f1", "end"].date()) == "2022-02-10" and not care.loc["f1", "open"]
    assert str(care.loc["f2", "start"].date()) == "2021-12-01"
    assert str(care.loc["f2", "end"].date()) == "2022-03-01" and care.loc["f2", "open"]
    assert care.loc["f4", "start"] == care.loc["f4", "end"]
    later = costs.spells(LOG, RATED, MET, pd.Timestamp("2022-06-30")).set_index("family")
    assert str(later.loc["f2", "end"].date()) == "2022-06-30"
    assert (later.drop("f2")["end"] == care.drop("f2")["end"]).all()


def test_the_day_looked_from_is_declared_or_the_last_date_whatever_comes_first():
    """The notebook takes it from `service`, with the tables of this room."""
    study, tables = Study(PROJECT, "t", True), {"case_log": LOG, "contacts": met()}
    undated = RATED.assign(date=pd.NaT)
    assert service.day(study, RATED, tables) == pd.Timestamp("2022-03-20")
    assert service.day(study, undated, tables) == pd.Timestamp("2022-03-20")
    assert service.day(study, RATED, tables | {"case_log": log()}) == pd.Timestamp("2022-01-31")
    later = met(("f2", "2022-04-01"))
    assert service.day(study, RATED, tables | {"contacts": later}) == pd.Timestamp("2022-04-01")
    asked = replace(study, running=Running(as_of=date(2022, 6, 30)))
    assert service.day(asked, undated, tables) == pd.Timestamp("2022-06-30")
    nothing = {"case_log": log(), "contacts": met()}
    assert service.day(study, undated, nothing) is pd.NaT
    care = costs.spells(log(), undated, met(), as_of=pd.NaT)
    assert care.empty


def test_the_notebook_asks_for_the_day_in_one_place():
    cells = json.loads((PROJECT / "notebooks" / "costs.ipynb").read_text(encoding="utf-8"))["cells"]
    source = "".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert "day = service.day(study, monitoring, tables)" in source
    assert not hasattr(costs, "last_day")


def test_without_a_log_the_ratings_tell():
    care = costs.spells(log(), RATED, met()).set_index("family")
    assert str(care.loc["f2", "start"].date()) == "2021-12-05"
    assert str(care.loc["f2", "end"].date()) == "2022-01-15" and not care["open"].any()


def test_a_contact_with_nobody_known_is_refused():
    with pytest.raises(ValueError, match="family f9 is in neither"):
        costs.spells(LOG, RATED, met(("f9", "2022-01-01")))


def test_activity_by_hand():
    """January and February 2022. f1: 10 January to 10 February, 32 days. f2: 1 January to 28 February, 59. f3: 20 to 28
    February, 9. f4: one day. Contacts in the period: one of f2 (the other is in March), two of f3."""
    care = costs.spells(LOG, RATED, MET)
    table = costs.activity(care, MET, SPENT).set_index("centre")
    assert table.loc["A", ["clients", "services"]].tolist() == [2, 1]
    assert table.loc["B", ["clients", "services"]].tolist() == [2, 2]
    assert table.loc["A", "client_months"] == pytest.approx((32 + 59) / 30.4375)
    assert table.loc["B", "client_months"] == pytest.approx((9 + 1) / 30.4375)


def test_activity_equals_a_walk_through_every_day():
    generator = np.random.default_rng(11)
    starts = pd.Timestamp("2021-10-01") + pd.to_timedelta(generator.integers(0, 200, 60), unit="D")
    care = pd.DataFrame({"family": [f"f{i}" for i in range(60)], "start": starts})
    care["centre"] = generator.choice(["A", "B"], 60)
    care["end"] = care["start"] + pd.to_timedelta(generator.integers(0, 120, 60), unit="D")
    table = costs.activity(care, met(), SPENT).set_index("centre")
    for centre in ("A", "B"):
        days, clients = 0, set()
        for one in care[care["centre"] == centre].itertuples():
            day = one.start
            while day <= one.end:
                if JAN <= day < pd.Timestamp("2022-03-01"):
                    days += 1
                    clients.add(one.family)
                day += timedelta(days=1)
        assert table.loc[centre, "clients"] == len(clients)
        assert table.loc[centre, "client_months"] == pytest.approx(days / (365.25 / 12))


# Unit costs


def test_unit_costs_by_hand():
    """A: 640 (620 to 730) over 4, 20, 8. Together 800 (770 to 890) over 6, 20, 10."""
    table = costs.unit_costs(SPENT, DONE).set_index(["centre", "unit"])
    assert table.loc[("A", "per client"), ["n", "cost", "low", "high"]].tolist() == [
        4,
        160,
        155,
        182.5,
    ]
    assert table.loc[("A", "per service"), "cost"] == 32
    assert table.loc[("A", "per client-month"), "cost"] == 80
    assert table.loc[("All centres", "per client-month"), ["cost", "low", "high"]].tolist() == [
        80,
        77,
        89,
    ]
    assert table.loc[("All centres", "per client"), "cost"] == pytest.approx(800 / 6)


def test_nothing_to_divide_by_is_said_and_not_infinite():
    row = costs.unit_costs(SPENT, DONE).set_index(["centre", "unit"]).loc[("B", "per service")]
    assert np.isnan(row["cost"]) and row["reason"] == "nothing was counted to divide by"


def test_shared_costs_follow_client_months_and_nothing_is_lost():
    """100 shared over 8 and 2 client-months: 80 and 20."""
    both = pd.concat([SPENT, money(("shared", JAN, "grant", "training", 100, 50, 150))])
    table = costs.shared_out(both, DONE).set_index("centre")
    assert table["amount"].tolist() == [640 + 80, 160 + 20]
    assert table["low"].tolist() == [620 + 40, 150 + 10]
    assert table["own"].tolist() == [640, 160]
    assert table["amount"].sum() == both["amount"].sum()


def test_costs_of_an_unknown_centre_are_not_spread_in_silence():
    with pytest.raises(ValueError, match="'Centre A' had no family"):
        costs.unit_costs(SPENT.replace({"centre": {"A": "Centre A"}}), DONE)


def test_shared_costs_without_client_months_are_refused():
    only = money(("shared", JAN, "grant", "training", 100, None, None))
    with pytest.raises(ValueError, match="no client-months"):
        costs.shared_out(only, DONE.assign(client_months=0.0))


def test_a_published_average():
    """Schreiner (2002), CSD Report 02-17: $64 per participant-month, $29 saved in it, about $2.20 for each dollar saved."""
    spent = money(("Tulsa", JAN, "all", "all", 64, None, None))
    done = pd.DataFrame(
        {"centre": ["Tulsa"], "clients": [1], "services": [29], "client_months": [1.0]}
    )
    table = costs.unit_costs(spent, done).set_index(["centre", "unit"])["cost"]
    assert table["Tulsa", "per client-month"] == 64
    assert table["Tulsa", "per service"] == pytest.approx(2.20, abs=0.01)


def test_without_costs_there_are_no_rows():
    nothing = money().astype({"month": "datetime64[ns]"})
    assert costs.unit_costs(nothing, DONE).empty
    assert costs.totals(nothing, "payer").empty and costs.inputs(nothing).empty
    assert costs.activity(costs.spells(LOG, RATED, MET), MET, nothing).empty


def test_inputs_and_model_give_the_unit_cost_back():
    table = costs.inputs(SPENT, "item")
    model = costs.per(10)
    assert model(table["value"].to_numpy()[None, :])[0] == 80
    assert model(table["high"].to_numpy()[None, :])[0] == 89
    with pytest.raises(ValueError, match="needs units"):
        costs.per(0)


# Schreiner's aspects


def test_the_table_of_aspects_says_where_every_statement_is_from():
    table = schreiner.aspects()
    assert set(table["status"]) == set(schreiner.STATUS)
    stated = table["status"].eq("stated")
    assert (stated == table["source"].ne("")).all() and (stated == table["url"].ne("")).all()
    assert not table.duplicated(["aspect", "element"]).any()


def test_no_sum_of_money_is_put_into_the_mouth_of_a_source():
    table = schreiner.aspects()
    assert not table["what"].str.contains(r"\d|рубл|RUB|₽").any()
    money_row = table[table["element"] == "sums of money"].iloc[0]
    assert money_row["status"] == "not known"


def test_every_aspect_of_the_seven_and_the_added_one_is_there():
    counts = schreiner.by_status(schreiner.aspects()).set_index("aspect")
    assert len(counts) == 9  # seven indicators, management, the model itself
    assert counts.sum().sum() == len(schreiner.aspects())
    assert (counts.drop("The model as a whole")["stated"] >= 1).all()


def test_the_data_package_knows_the_columns():
    package = json.loads((PROJECT / "data/evaluation/datapackage.json").read_text("utf-8"))
    (entry,) = [one for one in package["resources"] if one["path"] == "schreiner.csv"]
    assert [one["name"] for one in entry["schema"]["fields"]] == list(schreiner.aspects().columns)


def told(*rows):
    return pd.DataFrame(rows, columns=["document", "informant", "kind", "quote", "translation"])


TOLD = told(
    ("i1", "parent", "time", "long words about time", ""),
    ("i1", "parent", "time", "time", "t"),
    ("i2", "parent", "shame", "shame", None),
    ("i3", "specialist", "time", "their time", ""),
)


def test_statements_are_counted_by_kind_and_informant():
    table = schreiner.client_statements(TOLD).set_index("kind")
    assert table.loc["time"].tolist() == [2, 3, 2, 1]
    assert list(table.columns) == ["interviews", "told", "parent", "specialist"]


def test_passages_one_per_interview_and_kind_the_shortest():
    table = schreiner.client_passages(TOLD, 1)
    assert table["quote"].tolist() == ["shame", "time"]
    assert table["translation"].tolist() == ["", "t"]


def test_no_statements_no_rows():
    nothing = told().astype("str")
    assert schreiner.client_statements(nothing).empty
    assert schreiner.client_passages(nothing, 2).empty


def test_passages_are_cleared_and_stand_under_their_kind(tmp_path):
    study = Study(tmp_path, "t", True)
    chosen = schreiner.passages_by_kind(study, TOLD, 1)
    assert list(chosen) == ["shame", "time"] and list(chosen["time"]["quote"]) == ["time"]
    named = TOLD.assign(quote="звоните Петровой Анне Ивановне, +7 916 123-45-67")
    with pytest.raises(DisclosureError):
        schreiner.passages_by_kind(study, named, 1)


def test_a_study_without_further_tables_has_empty_ones(tmp_path):
    tables = costs.tables(Study(tmp_path, "t", True))
    assert all(table.empty for table in tables.values())
    care = costs.spells(tables["case_log"], RATED, tables["contacts"])
    done = costs.activity(care, tables["contacts"], tables["costs"])
    assert costs.unit_costs(tables["costs"], done).empty


def test_social_value_by_hand():
    """2 (10 - 1) + 1 (4 - 0) = 22 against 30: net -8; break-even worth (30 + 2) / 3."""
    clients = pd.DataFrame({"worth": [10, 4], "client_cost": [1, 0], "weight": [2, 1]})
    row = schreiner.social_value(clients, 30)
    assert (row["n"], row["social_value"], row["net"]) == (2, 22, -8)
    assert row["break_even"] == pytest.approx(32 / 3)
    even = clients.assign(worth=row["break_even"])
    assert schreiner.social_value(even, 30)["net"] == pytest.approx(0)


def test_without_weights_nothing_breaks_even():
    clients = pd.DataFrame({"worth": [1.0], "client_cost": [0.0], "weight": [0.0]})
    assert np.isnan(schreiner.social_value(clients, 5)["break_even"])
