"""The generating model: what it declares, what it makes, and that its adverse worlds are adverse.

Expected values are the declared ones, closed forms of the declared latent model worked out here
without the model's code, and the fall table for selection on a normal score (see `FALL`).
"""

import json
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from frictionless import Package
from scipy import integrate, stats

from analysis.invented import service_tables
from analysis.synthetic import complete, monitoring, write_monitoring
from analysis.worlds import domains, families, parameters_of, read_parameters, read_worlds

FOLDER = Path(__file__).resolve().parents[1] / "data" / "casework"
PARAMETERS = read_parameters(FOLDER / "making")
WORLDS = read_worlds(FOLDER / "making")
STUDY = tomllib.loads((FOLDER / "study.toml").read_text(encoding="utf-8"))
SCALES = {scale["name"]: scale for scale in STUDY["scales"]}
NAMES = ["favourable", "null", "regression", "dropout"]

# Expected fall in SD of families admitted above +1 SD when nothing changes, by retest r:
# (1 - r) phi(1) / (1 - Phi(1)), with phi(1)/(1 - Phi(1)) = 1.525 from a normal table.
FALL = {0.6: 0.61, 0.7: 0.46, 0.8: 0.31, 0.9: 0.15}


class Recording(dict):
    """A mapping that remembers which of its names were asked for."""

    def __init__(self, values):
        super().__init__(values)
        self.used = set()

    def __getitem__(self, name):
        self.used.add(name)
        return super().__getitem__(name)


def of(world, **changes):
    return parameters_of(world, PARAMETERS, WORLDS) | changes


def scores(frame, name):
    """Mean of the rated items, reversed items turned, straight from study.toml."""
    scale = SCALES[name]
    items = frame[scale["items"]].copy()
    for item in scale["reverse"]:
        items[item] = scale["low"] + scale["high"] - items[item]
    return items.mean(axis=1)


def change(frame, name, last="month_9"):
    """Last wave minus intake, one value per family that has both."""
    wide = frame.assign(score=scores(frame, name)).pivot(
        index=["family", "centre"], columns="wave", values="score"
    )
    return (wide[last] - wide["intake"]).dropna()


def standardised(frame, name):
    """Mean change over the root mean square of the first and last standard deviation (d_av)."""
    spread = scores(frame, name).groupby(frame["wave"], observed=True).std()
    return change(frame, name).mean() / np.sqrt(
        (spread["intake"] ** 2 + spread["month_9"] ** 2) / 2
    )


def large(families_per_centre=3000, **changes):
    """Many families, no differences between centres or curators: closed forms then hold exactly."""
    sizes = {f"families_{letter}": families_per_centre for letter in "ABCDEF"}
    return sizes | {"centre_variance": 0, "curator_variance": 0, "centre_drift_sd": 0} | changes


# --- the files ----------------------------------------------------------------------------------


def test_committed_table_is_what_the_model_makes_byte_for_byte(tmp_path):
    write_monitoring(monitoring(of("favourable")), tmp_path / "again.csv")
    assert (tmp_path / "again.csv").read_bytes() == (FOLDER / "monitoring.csv").read_bytes()


def test_a_changed_seed_makes_another_table():
    assert not monitoring(of("favourable", seed=4)).equals(monitoring(of("favourable")))


@pytest.mark.parametrize("name", ["monitoring", "parameters", "worlds"])
def test_datapackage_describes_the_tables(name):
    report = Package(str(FOLDER / "datapackage.json")).get_resource(name).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "note"])


def test_datapackage_notices_a_wrong_rating(tmp_path):
    text = (FOLDER / "datapackage.json").read_text(encoding="utf-8")
    (tmp_path / "datapackage.json").write_text(text, encoding="utf-8")
    frame = pd.read_csv(FOLDER / "monitoring.csv", dtype=str, keep_default_na=False)
    frame.loc[0, "difficulty_1"] = "6"
    frame.to_csv(tmp_path / "monitoring.csv", index=False)
    report = Package(str(tmp_path / "datapackage.json")).get_resource("monitoring").validate()
    assert report.flatten(["rowNumber", "fieldName"]) == [[2, "difficulty_1"]]


def test_datapackage_describes_interviews_too():
    resources = json.loads((FOLDER / "datapackage.json").read_text(encoding="utf-8"))["resources"]
    fields = {
        one["name"]: [f["name"] for f in one["schema"]["fields"]]
        for one in resources
        if "schema" in one
    }
    assert fields["interviews"] == (
        ["interview", "role", "centre", "curator", "date", "words", "synthetic"]
    )


def test_every_parameter_is_used_and_every_used_one_is_declared():
    values = Recording(of("favourable"))
    service_tables(values, monitoring(values))
    assert values.used == set(PARAMETERS["name"])


def test_stated_parameters_have_a_source_and_assumed_ones_a_range():
    assert set(PARAMETERS["status"]) == {"stated", "assumed"}
    stated = PARAMETERS[PARAMETERS["status"] == "stated"]
    assert set(stated["name"]) == {"centres", "direction", "direction_risk"}
    assert not stated["source"].isin(["", "assumption"]).any()
    assumed = PARAMETERS[PARAMETERS["status"] == "assumed"]
    assert (assumed["source"] == "assumption").all()
    assert (PARAMETERS["meaning"] != "").all()
    for row in assumed.itertuples():
        if row.unit in ("name", "names", "direction"):
            assert row.low == row.high == "", row.name
        elif row.unit == "date":
            assert pd.Timestamp(row.low) <= pd.Timestamp(row.value) <= pd.Timestamp(row.high)
        else:
            assert float(row.low) <= float(row.value) <= float(row.high), row.name


def test_worlds_are_declared_explained_and_within_the_ranges():
    assert list(WORLDS["world"].unique()) == NAMES
    assert (WORLDS["why"] != "").all()
    assert not WORLDS.duplicated(["world", "parameter"]).any()
    changed = WORLDS[WORLDS["parameter"] != ""].merge(
        PARAMETERS, left_on="parameter", right_on="name", suffixes=("", "_base"), validate="m:1"
    )
    assert len(changed) == (WORLDS["parameter"] != "").sum()
    for row in changed[changed["status"] == "assumed"].itertuples():
        assert float(row.low) <= float(row.value) <= float(row.high), (row.world, row.parameter)


def test_study_declaration_agrees_with_the_model():
    values = of("favourable")
    assert STUDY["synthetic"] is True
    assert STUDY["waves"]["order"] == values["waves"].split("|")
    assert STUDY["risk"]["levels"] == values["risk_levels"].split("|")
    assert list(SCALES) == values["scales"].split("|")
    for name, scale in SCALES.items():
        number = values[f"{name}_items"]
        assert scale["items"] == [f"{name}_{item}" for item in range(1, number + 1)]
        assert (scale["low"], scale["high"]) == (values[f"{name}_low"], values[f"{name}_high"])
        assert scale["better"] == values[f"{name}_better"]
        against = values[f"{name}_reversed"]
        assert scale["reverse"] == ([f"{name}_{against}"] if against else [])


# --- the tables, in every world -----------------------------------------------------------------


@pytest.mark.parametrize("world", NAMES)
def test_shape_ids_labels_and_ranges(world):
    values = of(world)
    frame = monitoring(values)
    items = [item for scale in SCALES.values() for item in scale["items"]]
    assert list(frame.columns) == (
        ["family", "centre", "curator", "wave", "date", *items, "risk", "synthetic"]
    )
    assert frame["synthetic"].eq(True).all()
    assert not frame.duplicated(["family", "wave"]).any()
    assert frame["family"].str.fullmatch(r"SYN-\d{4}").all()
    assert frame["curator"].str.fullmatch(r"SYN-K\d{2}").all()
    assert sorted(frame["centre"].unique()) == [f"Centre {letter}" for letter in "ABCDEF"]
    sizes = frame[frame["wave"] == "intake"]["centre"].value_counts()
    assert {f"Centre {c}": values[f"families_{c}"] for c in "ABCDEF"} == sizes.to_dict()
    assert frame["curator"].nunique() == sum(values[f"curators_{c}"] for c in "ABCDEF") == 20
    assert frame.groupby("curator")["centre"].nunique().eq(1).all()
    for scale in SCALES.values():
        rated = frame[scale["items"]].stack().dropna()
        assert set(rated) == set(range(scale["low"], scale["high"] + 1))
    assert list(frame["risk"].cat.categories) == ["low", "moderate", "high"]
    assert 0.02 < frame[items].isna().mean().mean() < 0.04


def test_dates_follow_the_waves():
    frame = monitoring(of("favourable"))
    assert frame["date"].between("2021-01-01", "2022-12-31").all()
    apart = frame.groupby("family")["date"].diff().dropna().dt.days
    assert apart.between(91 - 20, 91 + 20).all()


@pytest.mark.parametrize("world", NAMES)
def test_leaving_is_monotone_and_takes_about_a_fifth_to_a_quarter(world):
    left = []
    for seed in range(10):
        frame = monitoring(of(world, seed=seed))
        order = frame["wave"].cat.codes.groupby(frame["family"]).apply(list)
        assert all(seen == list(range(len(seen))) for seen in order)
        left.append(1 - (order.str.len() == 4).mean())
    assert 0.18 < np.mean(left) < 0.28


def test_dropout_settings_leave_the_complete_table_as_it_was():
    few, many = of("null", leave_hazard=0.02), of("null", leave_hazard=0.2)
    assert complete(few).equals(complete(many))
    assert len(monitoring(many)) < len(monitoring(few)) < len(complete(few)) == 960


@pytest.mark.parametrize("name", SCALES)
def test_scale_and_every_item_move_with_severity_as_declared(name):
    values = of("null", **large(400), admission_cut=float("-inf"))
    severity = domains(values, families(values))[name].ravel()
    frame = complete(values)
    sign = 1 if SCALES[name]["better"] == "lower" else -1
    assert sign * np.corrcoef(severity, scores(frame, name))[0, 1] > 0.7
    for item in SCALES[name]["items"]:
        turned = -sign if item in SCALES[name]["reverse"] else sign
        assert turned * frame[item].corr(pd.Series(severity)) > 0.35, item


def test_signs_sit_on_the_floor_and_go_with_risk():
    frame = monitoring(of("favourable"))
    at_zero = (frame[SCALES["signs"]["items"]].stack().dropna() == 0).mean()
    assert 0.65 < at_zero < 0.78
    mean = scores(frame, "signs").groupby(frame["risk"], observed=True).mean()
    assert mean["low"] < mean["moderate"] < mean["high"]


@pytest.mark.parametrize("name", SCALES)
def test_alphas_stay_between_seven_and_nine_tenths(name):
    # alpha = k/(k-1) (1 - sum of item variances / variance of the sum), Cronbach 1951
    frame = monitoring(of("favourable"))
    items = frame[frame["wave"] == "intake"][SCALES[name]["items"]].dropna()
    for item in SCALES[name]["reverse"]:
        items[item] = -items[item]
    k = items.shape[1]
    assert 0.7 < k / (k - 1) * (1 - items.var().sum() / items.sum(axis=1).var()) < 0.9


# --- what happens in each world -----------------------------------------------------------------


def test_favourable_world_shows_a_moderate_and_uneven_improvement():
    frame = monitoring(of("favourable"))
    for name, sign in [("difficulty", -1), ("wellbeing", 1)]:
        assert 0.4 <= sign * standardised(frame, name) <= 0.65
    centres = change(frame, "difficulty").groupby("centre").mean()
    low, high = stats.t.interval(0.95, 5, centres.mean(), stats.sem(centres))
    assert low < high < 0
    assert centres.drop(["Centre E", "Centre F"]).max() < centres[["Centre E", "Centre F"]].min()
    assert abs(change(frame, "resources").mean()) < 0.15


def test_seed_is_the_first_near_the_average_of_forty_as_the_readme_says():
    table = pd.DataFrame(
        [
            {name: standardised(monitoring(of("favourable", seed=seed)), name) for name in SCALES}
            for seed in range(1, 41)
        ],
        index=range(1, 41),
    )
    far = (table - table.mean()).abs().max(axis=1)
    assert far[far < 0.1].index[0] == of("favourable")["seed"]


def test_null_world_does_not_change_on_average():
    means = {name: [] for name in SCALES}
    for seed in range(60):
        frame = monitoring(of("null", seed=seed))
        for name in SCALES:
            means[name].append(change(frame, name).groupby("centre").mean().mean())
    for name, values in means.items():
        assert abs(np.mean(values)) < 3 * stats.sem(values), name
        assert stats.sem(values) < 0.02, "too few programmes to see a change of a tenth of a point"


@pytest.mark.parametrize(("retest", "fall"), FALL.items())
def test_regression_to_the_mean_falls_as_the_formula_says(retest, fall):
    values = of("regression", **large(6000), admission_cut=1, stable_share=retest)
    values |= {"referral_error_sd": 0, "occasion_autocorrelation": 0, "difficulty_loading": 1}
    severity = domains(values, families(values))["difficulty"].mean(axis=0)
    assert severity[0] == pytest.approx(1.525, abs=0.01)
    assert severity[0] - severity[1:] == pytest.approx([fall] * 3, abs=0.02)


def mean_difficulty(values, covariance):
    """E[score | referral rating X > cut] by quadrature, when cov(severity at the wave, X) is given.

    The latent item is normal given X = x with mean b x and variance 1 - b^2 var X, where
    b = item loading x domain loading x cov / var X; a rating is 1 + the number of thresholds passed.
    """
    variance = 1 + values["referral_error_sd"] ** 2
    cut = values["admission_cut"]
    b = values["difficulty_item_loading"] * values["difficulty_loading"] * covariance / variance
    offsets = values["item_spread"] * np.linspace(-1, 1, values["difficulty_items"])
    steps = values["difficulty_threshold"] + values["difficulty_step"] * np.arange(4)
    thresholds = (steps[:, None] + offsets).ravel()
    spread = np.sqrt(1 - b**2 * variance)
    x = stats.norm(scale=np.sqrt(variance))

    def passed(value):
        return stats.norm.sf((thresholds - b * value) / spread).mean() * 4 * x.pdf(value)

    return 1 + integrate.quad(passed, cut, 8)[0] / x.sf(cut)


def test_regression_world_falls_in_scale_points_as_the_declared_model_predicts():
    values = of("regression", **large(3000))
    share, carry = values["stable_share"], values["occasion_autocorrelation"]
    intake = mean_difficulty(values, 1)
    last = mean_difficulty(values, share + (1 - share) * carry**3)
    frame = complete(values)
    observed = scores(frame, "difficulty").groupby(frame["wave"], observed=True).mean()
    assert observed["intake"] == pytest.approx(intake, abs=0.02)
    assert observed["month_9"] == pytest.approx(last, abs=0.02)
    assert intake - last > 0.2, "the prediction itself must be a fall worth warning about"


def test_without_an_admission_rule_nobody_regresses():
    values = of("regression", **large(3000), admission_cut=float("-inf"))
    assert change(complete(values), "difficulty").mean() == pytest.approx(0, abs=0.02)


def test_dropout_world_improves_only_among_those_who_stay():
    stayed, everyone = [], []
    for seed in range(30):
        values = of("dropout", seed=seed)
        stayed.append(change(monitoring(values), "difficulty").mean())
        everyone.append(change(complete(values), "difficulty").mean())
    assert abs(np.mean(everyone)) < 3 * stats.sem(everyone)
    assert np.mean(stayed) < -0.1
    assert stats.ttest_rel(stayed, everyone).pvalue < 1e-6


def test_favourable_dropout_depends_on_what_was_recorded():
    values = of("favourable", **large(1500), leave_mar=1.0)
    first = complete(values).query("wave == 'intake'").set_index("family")
    seen = monitoring(values).groupby("family").size()
    score = scores(first, "difficulty")
    assert score[seen[seen == 1].index].mean() > score[seen[seen > 1].index].mean() + 0.3


def test_an_item_rated_against_its_scale_is_turned_before_it_bears_on_leaving():
    # with items that share nothing, only the direction given to item 4 can part the leavers
    values = of("favourable", **large(1500), leave_mar=2.0, difficulty_item_loading=0)
    first = complete(values).query("wave == 'intake'").set_index("family")
    seen = monitoring(values).groupby("family").size()
    gone, stayed = (
        first.loc[seen[which].index].mean(numeric_only=True) for which in (seen == 1, seen > 1)
    )
    assert gone["difficulty_4"] < stayed["difficulty_4"] - 0.1
    assert gone["difficulty_3"] > stayed["difficulty_3"] + 0.1


def test_declared_directions_alone_decide_whether_the_programme_works():
    values = of("favourable", **large(1000), admission_cut=float("-inf"))
    still = values | {"direction": 0}
    assert change(complete(values), "wellbeing").mean() > 0.2
    assert change(complete(still), "wellbeing").mean() == pytest.approx(0, abs=0.03)
    high = {
        direction: complete(values | {"direction_risk": direction})
        .query("wave == 'month_9'")["risk"]
        .eq("high")
        .mean()
        for direction in (0, 1)
    }
    assert high[1] < high[0] - 0.03


# --- refusals -----------------------------------------------------------------------------------


def test_unknown_world_is_refused_by_name():
    with pytest.raises(ValueError, match=r"no world 'rosy'.*favourable, null, regression, dropout"):
        of("rosy")


def test_world_with_an_undeclared_parameter_is_refused():
    wrong = WORLDS.assign(parameter=WORLDS["parameter"].replace("leave_mnar", "leave_mmar"))
    with pytest.raises(ValueError, match="'dropout' changes 'leave_mmar'"):
        parameters_of("dropout", PARAMETERS, wrong)


@pytest.mark.parametrize("name", ["seed", "signs_step", "growth_month_9", "leave_scale"])
def test_missing_parameter_is_named(name):
    values = of("favourable")
    del values[name]
    with pytest.raises(ValueError, match=f"'{name}'.*parameters.csv"):
        monitoring(values)


def test_contradictory_variances_and_impossible_cuts_are_refused():
    with pytest.raises(ValueError, match="must stay below 1"):
        complete(of("null", centre_variance=0.6, curator_variance=0.4))
    with pytest.raises(ValueError, match="choose a lower cut"):
        complete(of("null", admission_cut=5))


def test_parameter_names_are_unique(tmp_path):
    text = (FOLDER / "making" / "parameters.csv").read_text(encoding="utf-8")
    (tmp_path / "parameters.csv").write_text(text + "seed,1,0,2,number,assumed,assumption,x\n")
    with pytest.raises(ValueError, match="'seed'"):
        read_parameters(tmp_path)
    (tmp_path / "worlds.csv").write_text("world,parameter,value\nnull,seed,1\n")
    with pytest.raises(ValueError, match="no column why"):
        read_worlds(tmp_path)


def test_real_records_are_not_written_as_synthetic_ones(tmp_path):
    frame = monitoring(of("favourable"))
    frame.loc[5, "synthetic"] = False
    for wrong in (frame, frame.drop(columns="synthetic")):
        with pytest.raises(ValueError, match="synthetic = True"):
            write_monitoring(wrong, tmp_path / "x.csv")
    assert list(tmp_path.iterdir()) == []


def test_writing_leaves_one_whole_file_with_whole_numbers_and_empty_gaps(tmp_path):
    write_monitoring(monitoring(of("favourable")), tmp_path / "x.csv")
    assert [one.name for one in tmp_path.iterdir()] == ["x.csv"]
    text = (tmp_path / "x.csv").read_text(encoding="utf-8")
    assert ".0" not in text and "nan" not in text.lower() and ",," in text and "\r" not in text
