"""Numbers for the joint displays: steps of risk by hand, the rest against the rooms they come from."""

from dataclasses import replace

import pandas as pd
import pytest

from analysis import centres, informants, records, scales
from analysis import joint_measures as measures
from analysis.study import read_study

LEVELS = ["low", "moderate", "high"]


@pytest.fixture(scope="module")
def default():
    study = read_study("data/casework")
    monitoring = records.load_monitoring(study)
    return study, monitoring, scales.scores(monitoring, study.scales, 0.8)


def test_risk_steps_by_hand():
    rows = [
        ("F1", "w1", "high"),
        ("F1", "w2", "low"),  # two levels better
        ("F2", "w1", "low"),
        ("F2", "w2", "moderate"),  # one worse
        ("F3", "w1", "high"),  # not rated again
        ("F4", "w1", "high"),
        ("F4", "w2", None),
        ("F5", "w2", "low"),
        ("F6", "w1", "moderate"),
        ("F6", "w2", "moderate"),
    ]
    table = pd.DataFrame(rows, columns=["family", "wave", "risk"])
    table["risk"] = pd.Categorical(table["risk"], LEVELS, ordered=True)
    table["wave"] = pd.Categorical(table["wave"], ["w1", "w2"], ordered=True)
    table = table.assign(centre="A", curator="K")
    steps = measures.risk_steps(table, "w1", "w2").set_index("family")["steps"]
    assert steps.to_dict() == {"F1": 2.0, "F2": -1.0, "F6": 0.0}


def test_results_turn_scales_so_that_positive_is_better(default):
    study, monitoring, scores = default
    table = measures.results(study, monitoring, scores).set_index("measure")
    wide = scores[scores["scale"].eq("difficulty")].pivot(
        index="family", columns="wave", values="score"
    )
    fell = (wide["intake"] - wide["month_9"]).dropna()  # lower is better
    assert table.loc["scale:difficulty", "value"] == pytest.approx(fell.mean())
    assert table.loc["scale:difficulty", "n"] == len(fell)
    assert set(table.index) == {
        *(f"scale:{scale.name}" for scale in study.scales),
        *("risk", "views:parent", "views:child"),
    }
    assert (table["low"] < table["value"]).all() and (table["value"] < table["high"]).all()


def test_views_are_those_of_the_last_wave_over_all_aspects(default):
    study, monitoring, scores = default
    table = measures.results(study, monitoring, scores).set_index("measure")
    views = records.load_table(study, "views").dropna(subset=["rating"])
    last = views[views["wave"].eq("month_9")]
    both = last[last["informant"].eq("parent")].merge(
        last[last["informant"].eq("specialist")], on=["family", "aspect"]
    )
    gap = both["rating_x"] - both["rating_y"]
    by_family = gap.groupby(both["family"]).mean()
    assert table.loc["views:parent", "value"] == pytest.approx(by_family.mean())
    assert table.loc["views:parent", "n"] == len(by_family)


def test_a_study_without_risk_views_and_further_tables(default):
    study, monitoring, scores = default
    bare = replace(study, risk=None, tables={}, running=None)
    table = measures.results(bare, monitoring, scores)
    assert table["measure"].str.startswith("scale:").all() and len(table) == 4
    units = measures.of_units(bare, monitoring, scores)
    assert set(units["measure"]) == {"improvement", "families per curator"}


def test_one_centre_still_has_results(default):
    study, monitoring, scores = default
    here = scores[scores["centre"].eq("Centre A")]
    bare = replace(study, risk=None, tables={})
    table = measures.results(bare, monitoring, here)
    assert set(table["centres"]) == {1} and table["low"].notna().all()
    units = measures.improvement_of(bare, monitoring, here)
    assert units["centre"].tolist() == ["Centre A"]


def test_small_groups_are_left_out_and_counted(default):
    study, monitoring, scores = default
    every = measures.improvement_of(replace(study, minimum_cell=1), monitoring, scores)
    assert len(every) == 6 and every.attrs["left out"] == 0
    fewest = int(sorted(every["n"])[2])  # two centres have fewer
    some = measures.improvement_of(replace(study, minimum_cell=fewest), monitoring, scores)
    assert len(some) == 4 and some.attrs["left out"] == 2
    none = measures.results(replace(study, minimum_cell=10_000), monitoring, scores)
    assert none["value"].isna().all() and set(none["reason"]) == {informants.TOO_FEW}


def test_improvement_of_centres_and_curators(default):
    study, monitoring, scores = default
    table = measures.improvement_of(study, monitoring, scores).set_index("centre")
    change = centres.centre_change(scores, "intake", "month_9")
    change = change[change["scale"].eq("difficulty")].set_index("centre")
    assert table["value"].tolist() == pytest.approx((-change["mean_change"]).tolist())
    assert table["low"].tolist() == pytest.approx((-change["high"]).tolist())
    curators = measures.improvement_of(study, monitoring, scores, "curator")
    assert set(curators["curator"]) <= set(monitoring["curator"])
    assert curators["n"].min() >= study.minimum_cell
    assert curators.attrs["left out"] == 20 - len(curators)


def test_units_by_hand(default):
    study, monitoring, scores = default
    table = measures.of_units(study, monitoring, scores)
    load = table[table["measure"].eq("families per curator")].set_index("unit")
    here = monitoring[monitoring["wave"].eq("intake") & monitoring["centre"].eq("Centre A")]
    assert load.loc["Centre A", "value"] == len(here) / here["curator"].nunique()
    kept = table[table["measure"].eq("supervision not kept")].set_index("unit")
    staff = records.load_table(study, "staff").set_index("curator")["centre"]
    meetings = records.load_table(study, "supervision")
    of_a = meetings[meetings["curator"].map(staff).eq("Centre A")]
    assert kept.loc["Centre A", "value"] == pytest.approx((~of_a["kept"]).mean())
    days = table[table["measure"].eq("days of a case")]
    assert sorted(days["unit"]) == sorted(staff.unique())  # and no row for all together


def test_curators_as_units_and_a_study_without_curators(default):
    study, monitoring, scores = default
    own = measures.of_units(study, monitoring, scores, "curator")
    load = own[own["measure"].eq("families per curator")].set_index("unit")
    first = monitoring[monitoring["wave"].eq("intake")]
    counts = first.groupby("curator")["family"].nunique()
    enough = counts[counts.ge(study.minimum_cell)]
    assert load["value"].to_dict() == enough.astype(float).to_dict()
    nobody = monitoring.assign(curator="")
    bare = replace(study, tables={})
    assert measures.improvement_of(bare, nobody, scores, "curator").empty
    assert measures.of_units(bare, nobody, scores, "curator").empty
    centre = measures.of_units(bare, nobody, scores)
    assert set(centre["measure"]) == {"improvement"}
