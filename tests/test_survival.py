"""Time to the best level against Stata, R and SAS on Freireich et al. (1963), and by hand."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.duration.survfunc import SurvfuncRight

from analysis import survival
from analysis.survival import at_risk, kaplan_meier, median_time, time_to_best

# Weeks in remission of the 21 patients given 6-MP (Freireich et al. 1963; Gehan 1965); + = censored
SIX_MP = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+"
# Stata: sts list (log-log limits); the same estimates as R survfit(Surv(weeks, relapse) ~ 1)
STATA = """6 21 3 .8571 .0764 .6197 .9516
7 17 1 .8067 .0869 .5631 .9228
10 15 1 .7529 .0963 .5032 .8894
13 12 1 .6902 .1068 .4316 .8491
16 11 1 .6275 .1141 .3675 .8049
22 7 1 .5378 .1282 .2678 .7468
23 6 1 .4482 .1346 .1881 .6801"""
LEVELS, WAVES = ["low", "medium", "high"], ["in", "mid", "out"]


def times_of(text, centre="A"):
    marks = text.split()
    frame = pd.DataFrame({"centre": centre, "days": [float(m.rstrip("+")) for m in marks]})
    return frame.assign(event=[not m.endswith("+") for m in marks])


def monitoring_of(levels, dates=("2020-01-01", "2020-01-31", "2020-07-19")):
    """Monitoring frame from {family: one letter per wave}; l, m, h, "." = not rated."""
    names = {name[0]: name for name in LEVELS} | {".": None}
    rows = [
        (family, "A" if family < "f3" else "B", wave, date, names[mark])
        for family, marks in levels.items()
        for wave, date, mark in zip(WAVES, dates, marks, strict=True)
    ]
    frame = pd.DataFrame(rows, columns=["family", "centre", "wave", "date", "risk"])
    frame["wave"] = pd.Categorical(frame["wave"], WAVES, ordered=True)
    frame["risk"] = pd.Categorical(frame["risk"], LEVELS, ordered=True)
    return frame.assign(date=pd.to_datetime(frame["date"]))


# Outside values


def test_six_mp_is_that_of_stata_and_r():
    table = kaplan_meier(times_of(SIX_MP))
    ours = table[(table["centre"] == survival.ALL) & (table["events"] > 0)]
    theirs = np.array([line.split() for line in STATA.splitlines()], dtype=float)
    columns = ["time", "n_at_risk", "events", "survival", "se", "low", "high"]
    np.testing.assert_allclose(ours[columns], theirs, atol=5.1e-5)


def test_six_mp_median_is_that_of_sas():
    row = median_time(times_of(SIX_MP)).iloc[0]
    assert (row["n"], row["events"], row["censored"]) == (21, 9, 12)
    assert (row["median"], row["low"]) == (23, 13) and np.isnan(row["high"])
    assert row["reason"] == survival.NO_LIMIT


def test_random_times_agree_with_statsmodels():
    rng = np.random.default_rng(2)
    days, event = rng.integers(1, 40, 200), rng.random(200) < 0.6
    frame = pd.DataFrame({"centre": "A", "days": days, "event": event})
    judge = SurvfuncRight(days, event.astype(int))
    ours = kaplan_meier(frame).query("centre == 'A' and events > 0")
    assert ours["time"].tolist() == list(judge.surv_times)
    np.testing.assert_allclose(ours["survival"], judge.surv_prob)
    np.testing.assert_allclose(ours["se"], judge.surv_prob_se)
    low, high = judge.quantile_ci(0.5, method="cloglog")
    row = median_time(frame).iloc[0]
    assert (row["median"], row["low"], row["high"]) == (judge.quantile(0.5), low, high)


# From monitoring


def test_times_by_hand():
    frame = monitoring_of(
        {"f1": "hml", "f2": "hlh", "f3": "mm.", "f4": "lmh", "f5": ".ml", "f6": "h..", "f7": "h.l"}
    )
    table = time_to_best(frame).set_index("family")
    # f4 began at the best level and f5 was not rated at first: neither has a time
    assert table.index.tolist() == ["f1", "f2", "f3", "f6", "f7"]
    assert table["event"].tolist() == [True, True, False, False, True]
    assert table["waves"].tolist() == [2, 1, 1, 0, 2]
    assert table["days"].tolist() == [200, 30, 30, 0, 200]  # 1 January to 31 January, to 19 July
    assert table["centre"].tolist() == ["A", "A", "B", "B", "B"]


def test_curve_by_hand():
    frame = monitoring_of({"f1": "hml", "f2": "hlh", "f3": "mm.", "f6": "h..", "f7": "h.l"})
    table = kaplan_meier(time_to_best(frame), "waves")
    both = table[table["centre"] == survival.ALL]
    assert both["time"].tolist() == [0, 1, 2]
    assert both["n_at_risk"].tolist() == [5, 4, 2]
    assert both["events"].tolist() == [0, 1, 2] and both["censored"].tolist() == [1, 1, 0]
    assert both["survival"].tolist() == [1, 0.75, 0]
    assert both["se"].tolist() == pytest.approx([0, 0.75 * np.sqrt(1 / (4 * 3)), 0])
    assert both[["low", "high"]].isna().all(axis=1).tolist() == [True, False, True]
    assert table["centre"].unique().tolist() == [survival.ALL, "A", "B"]


def test_a_missing_date_is_not_borrowed_from_another_wave():
    frame = monitoring_of({"f1": "hll", "f2": "hml"})
    frame.loc[(frame["family"] == "f1") & (frame["wave"] == "mid"), "date"] = pd.NaT
    table = time_to_best(frame)
    assert np.isnan(table["days"][0]) and table["waves"][0] == 1
    row = median_time(table).iloc[0]
    assert (row["n"], row["n_missing"]) == (1, 1)


def test_without_dates_there_are_waves():
    table = time_to_best(monitoring_of({"f1": "hll"}).drop(columns="date"))
    assert table["days"].isna().all() and table["waves"].tolist() == [1]


def test_what_remains_where_each_curve_ends():
    # B: one of four, then one of the other three; A: nobody; what is hidden (NaN) is passed over
    times = pd.concat([times_of("1 2 3+ 3+", "B"), times_of("1+ 2+", "A")])
    curve = kaplan_meier(times).query("centre != @survival.ALL")
    hidden = pd.DataFrame({"centre": ["B", "C"], "survival": [np.nan, np.nan]})
    table = survival.remaining(pd.concat([curve[["centre", "survival"]], hidden]))
    assert table["centre"].tolist()[-1] == "C" and table["survival"].isna().tolist()[-1]
    assert table.set_index("centre")["survival"][["A", "B"]].tolist() == pytest.approx([1, 0.5])


def test_number_at_risk():
    # By hand from the printed times: 21 followed at 0, 17 at 7, 15 at 10, 6 at 23, none at 36
    table = at_risk(times_of(SIX_MP), [0, 7, 10, 23, 36])
    whole = table[table["centre"] == survival.ALL]
    assert whole["n_at_risk"].tolist() == [21, 17, 15, 6, 0]
    assert whole["events"].tolist() == [0, 4, 5, 9, 9]
    assert whole["survival"].tolist() == pytest.approx(
        [1, 0.8067, 0.7529, 0.4482, 0.4482], abs=1e-4
    )


# Limits


@pytest.mark.parametrize(
    ("text", "median", "reason"),
    [
        ("5+ 6+ 7+", np.nan, survival.NO_EVENT),
        ("5 6+ 7+", np.nan, survival.NOT_HALF),
        ("3 3 3", 3, survival.NO_LIMIT),
        ("2 4", 3, survival.NO_LIMIT),  # one half from 2 to 4: the middle, as R survfit
        ("0+ 0+", np.nan, survival.NO_EVENT),
    ],
)
def test_medians_at_the_edge(text, median, reason):
    row = median_time(times_of(text)).iloc[0]
    assert row["median"] == pytest.approx(median, nan_ok=True)
    assert row["reason"] == reason


def test_nobody_followed_keeps_a_row():
    started_well = monitoring_of({"f1": "lll", "f5": "lmh"})
    table = time_to_best(started_well)
    assert len(table) == 0
    assert median_time(table)["reason"].tolist() == [survival.NOBODY]
    assert len(kaplan_meier(table)) == 0
    assert at_risk(table, [0, 10])["n_at_risk"].tolist() == [0, 0]


def test_a_centre_without_times_keeps_its_row():
    times = pd.concat([times_of(SIX_MP), times_of("4").assign(centre="B", days=np.nan)])
    table = median_time(times).set_index("centre")
    assert table.loc["B", ["n", "n_missing"]].tolist() == [0, 1]
    assert table.loc["B", "reason"] == survival.NOBODY


def test_refusals():
    frame = monitoring_of({"f1": "hml"})
    with pytest.raises(ValueError, match="lacks risk"):
        time_to_best(frame.drop(columns="risk"))
    with pytest.raises(ValueError, match="risk must be an ordered"):
        time_to_best(frame.astype({"risk": object}))
    with pytest.raises(ValueError, match="more than one rating at wave in"):
        time_to_best(pd.concat([frame, frame]))
    with pytest.raises(ValueError, match="dated before the first wave"):
        time_to_best(monitoring_of({"f1": "hml"}, ("2020-01-01", "2020-02-01", "2019-07-01")))
    with pytest.raises(ValueError, match="must not be negative"):
        kaplan_meier(times_of("-1 3"))
    with pytest.raises(ValueError, match="lacks days"):
        kaplan_meier(times_of("1 3").drop(columns="days"))


def test_families_above_the_best_level_at_the_start():
    """f1 starts at the best level and f4 has no first rating: of A one of two is followed, of B one of one."""
    monitoring = monitoring_of({"f1": "lmh", "f2": "hml", "f3": "mml", "f4": ".hl"})
    table = survival.at_start(monitoring).set_index("centre")
    assert table.loc["A"].tolist() == [1, 2] and table.loc["B"].tolist() == [1, 1]
    assert table.loc[survival.ALL].tolist() == [2, 3]
