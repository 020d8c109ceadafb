"""Caseload of centres whose families have curators, have none, or share one: small records counted by hand."""

import numpy as np
import pandas as pd
import pytest

from analysis import service, workload
from analysis import service_words as words
from analysis.study import PROJECT, Study
from analysis.study_parts import Running

WEIGHTS = {"low": 1, "high": 2.5}


def open_cases(**curators):
    """Open families, all of low risk: centre -> the curator of each, "" where there is none."""
    rows = [
        (f"{centre}{place}", centre, curator, "low")
        for centre, names in curators.items()
        for place, curator in enumerate(names)
    ]
    frame = pd.DataFrame(rows, columns=["family", "centre", "curator", "risk"])
    return frame.assign(risk=pd.Categorical(frame["risk"], list(WEIGHTS), ordered=True))


def by_centre(families, weights=None):
    return workload.spread(workload.caseload(families, weights)).set_index("centre")


def study(minimum, language="en"):
    running = Running(weights=WEIGHTS)
    return Study(PROJECT, "t", True, language=language, minimum_cell=minimum, running=running)


@pytest.mark.parametrize("nobody", ["", np.nan])
def test_families_without_a_curator_stay_in_their_centre_and_make_no_curator(nobody):
    """4 families in X, 5 in Y, no curator anywhere."""
    families = open_cases(X=[nobody] * 4, Y=[nobody] * 5)
    table = by_centre(families, WEIGHTS)
    assert table["cases"].to_dict() == {"X": 4, "Y": 5, "All centres": 9}
    assert table["weighted"].to_dict() == {"X": 4, "Y": 5, "All centres": 9}
    assert table["curators"].to_dict() == {"X": 0, "Y": 0, "All centres": 0}
    assert table[["cases_per_curator", "weighted_per_curator"]].isna().all(axis=None)
    top = workload.of_supervisors(workload.caseload(families))
    assert top.empty and top.attrs["without"] == 0


def test_per_curator_counts_only_families_who_have_one():
    """X: k1 with 3 families and 2 without; Y: k2 with 1."""
    table = by_centre(open_cases(X=["k1", "k1", "k1", "", ""], Y=["k2"]), WEIGHTS)
    assert table["cases"].to_dict() == {"X": 5, "Y": 1, "All centres": 6}
    assert table["curators"].to_dict() == {"X": 1, "Y": 1, "All centres": 2}
    assert table["with_curator"].to_dict() == {"X": 3, "Y": 1, "All centres": 4}
    assert table["cases_per_curator"].to_dict() == {"X": 3, "Y": 1, "All centres": 2}
    assert table["weighted_per_curator"].to_dict() == {"X": 3, "Y": 1, "All centres": 2}


def test_a_curator_of_two_centres_takes_no_family_from_either_and_counts_once_in_all():
    families = open_cases(X=["k1", "k1", "k2"], Y=["k1"])
    load = workload.caseload(families)
    assert load[["curator", "centre", "cases"]].values.tolist() == [
        ["k1", "X", 2],
        ["k1", "Y", 1],
        ["k2", "X", 1],
    ]
    table = by_centre(families)
    assert table["cases"].to_dict() == {"X": 3, "Y": 1, "All centres": 4}
    assert table["curators"].to_dict() == {"X": 2, "Y": 1, "All centres": 2}
    assert table["cases_per_curator"].to_dict() == {"X": 1.5, "Y": 1, "All centres": 2}


def test_supervisors_have_their_curators_cases_of_every_centre():
    staff = pd.DataFrame({"curator": ["k1"], "supervisor": ["s1"]})
    load = workload.caseload(open_cases(X=["k1", "k2", ""], Y=["k1", "k2"]), staff=staff)
    top = workload.of_supervisors(load)
    assert top[["supervisor", "curators", "cases"]].values.tolist() == [["s1", 1, 2]]
    assert top.attrs["without"] == 1  # k2, in both centres; a family without one is nobody's


def test_the_page_of_a_study_without_curators_holds_every_centre():
    families = open_cases(X=[""] * 4, Y=[""] * 5)
    table = service.loads(study(1), families, None).set_index("centre")
    assert table["cases"].to_dict() == {"X": 4, "Y": 5, "All centres": 9}
    assert table["cases_per_curator"].isna().all()
    said = words.caseload_said(study(1), families, None, "X")
    assert said == "4 open cases, about 4 when weighted by risk; not recorded per curator"
    assert "на куратора: не записывается" in words.caseload_said(
        study(1, "ru"), families, None, "Y"
    )


def test_a_load_per_curator_does_not_tell_how_few_families_have_none():
    """20 families of 5 curators in each of two centres; in X 18 have a curator: 3.6 x 5 would tell the 2 without."""
    names = [f"k{i % 5}" for i in range(20)]
    some, all_ = [*names[:18], "", ""], [f"q{i % 5}" for i in range(20)]
    table = service.loads(study(3), open_cases(X=some, Y=all_), None).set_index("centre")
    assert table["curators"].to_dict() == {"X": 5, "Y": 5, "All centres": 10}
    assert pd.isna(table["cases_per_curator"]["X"]) and pd.isna(table["weighted_per_curator"]["X"])
    assert pd.isna(table["cases_per_curator"]["All centres"])  # 3.8 x 10 would tell it as well
    assert table["cases_per_curator"]["Y"] == 4
    said = words.caseload_said(study(3), open_cases(X=some, Y=all_), None, "X")
    assert said.endswith("not shown (small numbers) per curator")
    four = service.loads(study(3), open_cases(X=[*names[:16], *[""] * 4], Y=all_), None)
    assert four.set_index("centre")["cases_per_curator"]["X"] == pytest.approx(16 / 5)


def test_no_open_case_is_no_error():
    nobody = open_cases(X=["k1"])[:0]
    assert service.loads(study(5), nobody, None).empty
    assert words.caseload_said(study(5), nobody, None, "X") == "no open case"
