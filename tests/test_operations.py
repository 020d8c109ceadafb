"""What is due, seen, improving, and how complete: small records counted by hand."""

import numpy as np
import pandas as pd
import pytest

from analysis import operations, workload

WAVES = pd.CategoricalDtype(["intake", "m3", "m6"], ordered=True)
RISK = pd.CategoricalDtype(["low", "high"], ordered=True)
DAYS = {"intake": 0, "m3": 90, "m6": 180}
DAY = pd.Timestamp("2022-07-01")


def records(rows):
    frame = pd.DataFrame(rows, columns=["family", "centre", "curator", "wave", "date", "risk"])
    frame["date"] = pd.to_datetime(frame["date"])
    return frame.astype({"wave": WAVES, "risk": RISK})


MONITORING = records(
    [
        ("a", "A", "k1", "intake", "2022-01-01", "high"),  # m3 due 1 April, 91 days ago
        ("b", "A", "k1", "intake", "2022-01-01", "high"),
        ("b", "A", "k2", "m6", "2022-06-20", "low"),  # skipped m3: past, nothing to come
        ("c", "B", "k3", "intake", "2022-03-20", None),  # m3 due 18 June, 13 days ago
        ("d", "B", "k3", "intake", "2022-01-01", "low"),  # closed below
        ("e", "B", "k3", "m3", "2022-02-01", "low"),  # no intake
        ("f", "B", "k3", "intake", "2022-08-01", "low"),  # after the day looked from
    ]
)
STAGES = pd.DataFrame({"stage": ["plan", "closure"], "after": ["", "plan"]})
LOG = pd.DataFrame(
    {
        "family": ["d", "d", "c"],
        "stage": ["plan", "closure", "closure"],
        "end": pd.to_datetime(["2022-02-01", "2022-06-30", None]),
    }
)


@pytest.fixture
def families():
    closed = operations.closed_families(LOG, STAGES, DAY)
    assert closed == {"d"}
    return operations.open_families(MONITORING, DAY, closed)


def test_day_looked_from():
    assert operations.looked_from(DAY.date(), MONITORING) == DAY
    assert operations.looked_from(None, MONITORING, None, LOG) == pd.Timestamp("2022-08-01")
    assert operations.looked_from(None, MONITORING.assign(date=pd.NaT)) is pd.NaT


def test_closed():
    assert operations.closed_families(None, None, DAY) == set()
    assert operations.closed_families(LOG, None, DAY) == {"d"}
    assert operations.closed_families(LOG, STAGES, pd.Timestamp("2022-06-29")) == set()
    two = pd.DataFrame({"stage": ["plan", "closure", "follow"], "after": ["", "plan", "plan"]})
    both = pd.concat([LOG, LOG.iloc[[1]].assign(stage="follow", end=pd.NaT)])
    assert operations.closed_families(both, two, DAY) == set()  # follow-up still open


def test_open_families(families):
    assert families["family"].tolist() == ["a", "b", "c", "e"]
    assert families.set_index("family").loc["b", ["curator", "wave", "risk"]].tolist() == [
        "k2",
        "m6",
        "low",
    ]
    assert families.set_index("family")["intake"].isna()["e"]


def test_reviews_due(families):
    due = operations.reviews_due(families, DAYS, 14, DAY).set_index("family")
    assert due["next_wave"].tolist()[:1] == ["m3"] and due["due"]["a"] == pd.Timestamp("2022-04-01")
    assert due["status"].tolist() == ["overdue", "not overdue", "not overdue", "not overdue"]
    assert due["days_overdue"]["a"] == 91 and due["days_overdue"].isna().sum() == 3
    # c: due 18 June; 13 days late is within 14 days of grace, and overdue with 12
    late = operations.reviews_due(families, DAYS, 12, DAY).set_index("family")
    assert late["status"]["c"] == "overdue"
    exact = operations.reviews_due(families, DAYS, 13, DAY).set_index("family")
    assert exact["status"]["c"] == "not overdue"
    with pytest.raises(ValueError, match="review_days names 'm9'"):
        operations.reviews_due(families, {"m9": 1}, 0, DAY)


def test_counts(families):
    due = operations.reviews_due(families, DAYS, 12, DAY)
    table = operations.counts(due, "centre", "status", "overdue").set_index("centre")
    assert table["count"].to_dict() == {"A": 1, "B": 1} and table["n"].to_dict() == {"A": 2, "B": 2}
    assert table["median"]["A"] == 91
    by_curator = operations.counts(due, "curator", "status", "overdue")
    assert by_curator["curator"].tolist() == ["k1", "k2", "k3"]


def test_contacts(families):
    contacts = pd.DataFrame(
        {
            "family": ["a", "a", "b", "b"],
            "date": pd.to_datetime(["2022-06-01", "2022-06-17", "2022-06-18", "2022-07-02"]),
        }
    )
    last = operations.last_contacts(families, contacts, DAY).set_index("family")
    assert last["days_since"].to_dict() == pytest.approx(
        {"a": 14, "b": 13, "c": 103, "e": np.nan}, nan_ok=True
    )
    found = operations.contact_bands(last["days_since"])
    assert found.astype(object).tolist()[:3] == ["14–29", "<14", "≥30"] and found.isna()["e"]
    assert operations.contact_bands(pd.Series([29, 30])).tolist() == ["14–29", "≥30"]
    with pytest.raises(ValueError, match="edges"):
        operations.contact_bands(last["days_since"], (30, 14))


def test_improvement():
    rows = [(f, "A", w, "s", v) for f, values in
            {"up": (4, 3, 1), "same": (3, 3, 3), "down": (1, 2, 4), "once": (2, 1, None)}.items()
            for w, v in zip(["intake", "m3", "m6"], values, strict=True)]  # fmt: skip
    scores = pd.DataFrame(rows, columns=["family", "centre", "wave", "scale", "score"]).astype(
        {"wave": WAVES, "score": float}
    )
    families = pd.DataFrame({"family": ["up", "same", "down", "once", "new"]})
    # first scores 4, 3, 1, 2: SD 1.291; r .8: S_diff = 1.291 sqrt(2 * .2) = .8165, limit 1.60
    found = operations.improvement(families, scores, 0.8, "lower").set_index("family")["status"]
    assert found.astype(str).to_dict() == {
        "up": "improved", "same": "unchanged", "down": "deteriorated",
        "once": "too early to say", "new": "too early to say",
    }  # fmt: skip
    assert (
        operations.improvement(families, scores, 0.8, "higher")["status"].tolist()[0]
        == "deteriorated"
    )
    with pytest.raises(ValueError, match="one scale"):
        operations.improvement(
            families, pd.concat([scores, scores.assign(scale="t")]), 0.8, "lower"
        )


def test_caseload(families):
    staff = pd.DataFrame(
        {"curator": ["k1", "k3"], "supervisor": ["s1", "s1"], "centre": ["A", "B"]}
    )
    load = workload.caseload(families, {"low": 1, "high": 2.5}, staff).set_index("curator")
    assert load["cases"].to_dict() == {"k1": 1, "k2": 1, "k3": 2}
    assert load["weighted"].to_dict() == {"k1": 2.5, "k2": 1, "k3": 2}  # k3: one low, one unrated
    assert load["unrated"].to_dict() == {"k1": 0, "k2": 0, "k3": 1}
    top = workload.of_supervisors(load.reset_index())
    assert top[["curators", "cases", "weighted"]].iloc[0].tolist() == [2, 3, 4.5]
    assert top.attrs["without"] == 1
    table = workload.spread(load.reset_index()).set_index("centre")
    assert table["cases"].to_dict() == {"A": 2, "B": 2, "All centres": 4}
    assert table["cases_per_curator"]["All centres"] == pytest.approx(4 / 3)
    plain = workload.caseload(families)
    assert plain["weighted"].isna().all() and plain["supervisor"].isna().all()
    for weights, said in (({"low": 1}, "no weight for level 'high'"), ({"low": 0}, "above 0")):
        with pytest.raises(ValueError, match=said):
            workload.caseload(families, weights)


def test_completeness():
    frame = MONITORING.assign(x=[1, np.nan, 1, 1, 1, 1, 1], y=[1, 1, np.nan, 1, 1, 1, 1.0])
    table = workload.completeness(frame, ["x", "y"], DAYS, 14, DAY).set_index(["centre", "what"])
    assert table.loc[("A", "answers"), ["count", "n"]].tolist() == [4, 6]
    assert table.loc[("B", "levels"), ["count", "n"]].tolist() == [3, 4]
    # due by 1 July with 14 days of grace: m3 (31 March + 14) for a, b, d; m6 (30 June) not yet
    assert table.loc[("A", "every rating"), ["count", "n"]].tolist() == [0, 2]
    assert table.loc[("B", "every rating"), ["count", "n"]].tolist() == [0, 1]
    none = workload.completeness(frame, ["x"], {}, 14, DAY)
    assert "every rating" not in set(none["what"])


def test_ratings_after_the_day_are_not_made_and_those_without_a_date_are():
    undated = MONITORING.assign(date=MONITORING["date"].mask(MONITORING["family"].eq("e")))
    made = operations.made_by(undated, DAY)
    assert made["family"].tolist() == ["a", "b", "b", "c", "d", "e"]
    assert len(operations.made_by(undated, pd.NaT)) == len(undated)


def test_documentation():
    documents = pd.DataFrame(
        {
            "centre": ["A", "B", "A"],
            "month": pd.to_datetime(["2022-02-01", "2022-01-01", "2022-01-01"]),
            "checked": pd.array([5, 4, 3], "Int64"),
            "complete": pd.array([4, 4, 1], "Int64"),
        }
    )
    points = workload.documentation(documents)
    assert points["count"].tolist() == [5, 4] and points["n"].tolist() == [7, 5]
    assert workload.documentation(documents, "B")["n"].tolist() == [4]
    with pytest.raises(ValueError, match="A, 2022-02: 6 complete of 5"):
        workload.documentation(documents.assign(complete=pd.array([6, 4, 1], "Int64")))
