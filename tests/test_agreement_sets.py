"""Agreement over sets of codes, against nltk, krippendorff and the default study's own coders."""

import os
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import pytest
from nltk.metrics import distance as nltk_distance
from nltk.metrics.agreement import AnnotationTask

from analysis import agreement, agreement_sets, coefficients, readers
from analysis.krippendorff import set_distances

STUDY = Path(__file__).parents[1] / "data" / "casework"
NOBODY = frozenset({"no code"})  # nltk divides by zero at two empty sets; this one behaves the same


def nltk_dice(a, b):
    return 1 - 2 * len(a & b) / (len(a) + len(b))


THEIRS = {
    "masi": nltk_distance.masi_distance,
    "dice": nltk_dice,
    "jaccard": nltk_distance.jaccard_distance,
}


def nltk_task(matrix, distance=None):
    data = [
        (coder, unit, cell or NOBODY)
        for coder, row in matrix.iterrows()
        for unit, cell in row.items()
        if cell is not None
    ]
    return AnnotationTask(data, *([distance] if distance else []))


def random_coding(coders=3, lines=120, seed=1, skipped=()):
    """Lines "xx" with codes; coder k0 gives the truth, the others change it now and then."""
    rng = np.random.default_rng(seed)
    documents = dict.fromkeys("abc", "xx\n" * lines)
    rows = []
    for name in documents:
        truth = rng.random((lines, 5)) < 0.2
        for coder in range(coders):
            given = truth ^ (rng.random((lines, 5)) < 0.08 * coder)
            if (name, coder) not in skipped:
                rows += [
                    (name, 3 * i, 3 * i + 2, "ABCDE"[j], f"k{coder}")
                    for i, j in np.argwhere(given).tolist()
                ]
    coding = pd.DataFrame(rows, columns=["document", "start", "end", "code", "coder"])
    return coding, agreement.units(documents, "line")


@pytest.mark.parametrize("kind", THEIRS)
@pytest.mark.parametrize("skipped", [(), (("b", 1),), (("a", 0), ("b", 0), ("c", 2))])
def test_alpha_is_nltks(kind, skipped):
    coding, units = random_coding(skipped=skipped)
    row = agreement_sets.agreement_of_sets(coding, units, bootstrap=0, seed=1).iloc[0]
    matrix = agreement.set_matrix(coding, units)
    assert row[f"alpha_{kind}"] == pytest.approx(nltk_task(matrix, THEIRS[kind]).alpha(), abs=1e-12)
    assert row["note"] == "" and np.isnan(row["alpha_masi_low"])


def test_percent_and_ac1_are_those_of_numbered_sets():
    # Both are checked against published values in test_agreement, on numbers.
    coding, units = random_coding(skipped=(("b", 1),))
    row = agreement_sets.agreement_of_sets(coding, units, bootstrap=0, seed=1).iloc[0]
    cells = agreement.set_matrix(coding, units).to_numpy()
    at = {label: i for i, label in enumerate({c for c in cells.ravel() if c is not None})}
    numbers = [[np.nan if c is None else at[c] for c in cells_of] for cells_of in cells]
    assert row["percent"] == pytest.approx(coefficients.percent(numbers), abs=1e-12)
    assert row["ac1"] == pytest.approx(coefficients.gwet_ac1(numbers), abs=1e-12)
    assert row["sets"] == len(at) and row["units"] == 360 and row["coders"] == 3
    labels = [c for c in cells.ravel() if c is not None]
    assert row["coded"] == pytest.approx(np.mean([len(c) > 0 for c in labels]))


@pytest.mark.parametrize("kind", THEIRS)
def test_distances_of_all_pairs_are_those_one_by_one(kind):
    sets = [frozenset(s) for s in ("", "A", "AB", "ABC", "B", "BC", "D", "ACD")]
    one = getattr(coefficients, f"{kind}_distance")
    expected = [[one(a, b) for b in sets] for a in sets]
    np.testing.assert_allclose(set_distances(sets, kind), expected, atol=1e-15)
    filled = [[THEIRS[kind](a or NOBODY, b or NOBODY) for b in sets] for a in sets]
    np.testing.assert_allclose(set_distances(sets, kind), filled, atol=1e-15)
    with pytest.raises(ValueError, match="masi, dice or jaccard"):
        set_distances(sets, "cosine")


@pytest.mark.parametrize("resample", ["unit", "document"])
def test_interval_against_a_slow_bootstrap(resample):
    coding, units = random_coding(coders=2, lines=20)
    row = agreement_sets.agreement_of_sets(
        coding, units, bootstrap=4000, seed=4, resample=resample
    ).iloc[0]
    cells = agreement.set_matrix(coding, units)
    names = cells.columns.get_level_values("document").to_numpy()
    rng = np.random.default_rng(8)
    slow = []
    for _ in range(1000):
        if resample == "unit":
            drawn = rng.integers(0, len(names), len(names))
        else:
            drawn = np.concatenate([np.flatnonzero(names == n) for n in rng.choice(list("abc"), 3)])
        slow.append(coefficients.alpha_set_valued(cells.to_numpy()[:, drawn]))
    expected = np.quantile(slow, [0.025, 0.975])
    found = [row["alpha_masi_low"], row["alpha_masi_high"]]
    np.testing.assert_allclose(found, expected, atol=0.03 if resample == "unit" else 1e-9)
    assert row["percent_low"] < row["percent"] < row["percent_high"]
    assert row["ac1_low"] < row["ac1"] < row["ac1_high"]


def frame_of(rows):
    return pd.DataFrame(rows, columns=["document", "start", "end", "code", "coder"])


def one_row(rows, **options):
    units = agreement.units({"a": "xx\n" * 4, "b": "xx\n" * 4}, "line")
    table = agreement_sets.agreement_of_sets(frame_of(rows), units, seed=1, **options)
    assert list(table.columns) == agreement_sets.COLUMNS and len(table) == 1
    return table.iloc[0]


def test_undefined_is_said_in_words():
    alone = one_row([("a", 0, 2, "A", "k1")])
    assert alone["note"] == agreement.NOTES["alone"] and np.isnan(alone["alpha_masi"])
    assert one_row([])["note"] == agreement.NOTES["alone"]
    apart = one_row([("a", 0, 2, "A", "k1"), ("b", 0, 2, "A", "k2")])
    assert apart["note"] == agreement.NOTES["apart"] and apart["units"] == 0
    whole = one_row([("a", 0, 11, "A", "k1"), ("a", 0, 11, "A", "k2")])
    assert whole["note"] == agreement.NOTES["same"] and whole["percent"] == 1
    assert np.isnan(whole["alpha_masi"]) and np.isnan(whole["alpha_masi_low"])
    few = one_row([("a", 0, 2, "A", "k1"), ("a", 0, 2, "A", "k2")], bootstrap=200)
    assert few["alpha_dice"] == 1 and "of 200 resamples" in few["note"]
    with pytest.raises(ValueError, match="'unit' or 'document'"):
        one_row([], resample="coder")


# --- two real files, two other programs ----------------------------------------------------------


def pooled_decisions(coding, units, codes):
    """Coders x (units x codes): every code on every unit is one decision, 0 or 1."""
    return np.hstack([agreement.unit_matrix(coding, units, code).to_numpy() for code in codes])


def check_two_coders(coding, documents):
    """Ours against nltk and krippendorff, run here on matrices made from the same units."""
    units = agreement.units(documents, "sentence")
    row = agreement_sets.agreement_of_sets(coding, units, bootstrap=50, seed=1).iloc[0]
    matrix = agreement.set_matrix(coding, units).dropna(axis=1)
    assert len(matrix) == row["coders"] == 2 and row["units"] == matrix.shape[1] > 0
    assert row["percent"] == pytest.approx(nltk_task(matrix).avg_Ao(), abs=1e-12)
    for kind, distance in THEIRS.items():
        theirs = nltk_task(matrix, distance).alpha()
        assert row[f"alpha_{kind}"] == pytest.approx(theirs, abs=1e-12)
        assert row[f"alpha_{kind}_low"] <= theirs <= row[f"alpha_{kind}_high"]
    codes = sorted(coding["code"].unique())
    table = agreement.agreement(coding, units, codes, bootstrap=0, seed=1).set_index("code")
    for code in codes:
        labels = agreement.unit_matrix(coding, units, code).to_numpy()
        if np.ptp(labels[:, ~np.isnan(labels).any(axis=0)]) > 0:
            theirs = krippendorff.alpha(reliability_data=labels, level_of_measurement="nominal")
            assert table["alpha"][code] == pytest.approx(theirs, abs=1e-12), code
        same = labels[0] == labels[1]
        share = same.sum() / (~np.isnan(labels).any(axis=0)).sum()
        assert table["percent"][code] == pytest.approx(share, abs=1e-12), code
    pooled = pooled_decisions(coding, units, codes)
    theirs = krippendorff.alpha(reliability_data=pooled, level_of_measurement="nominal")
    assert coefficients.alpha(pooled, "nominal") == pytest.approx(theirs, abs=1e-12)


def test_the_two_coders_of_the_default_study():
    projects = [readers.read_project(STUDY / f"coder_{name}.qdpx") for name in "ab"]
    assert projects[0].documents == projects[1].documents
    coding = pd.concat([project.coding for project in projects], ignore_index=True)
    assert coding["coder"].nunique() == 2
    check_two_coders(coding, projects[0].documents)


def test_two_coders_in_files_of_taguette():
    folder = os.environ.get("CASEWORK_SAMPLES")
    if not folder:
        pytest.skip("CASEWORK_SAMPLES does not name the folder with files of other tools")
    files = [Path(folder) / "taguette-1.5.2" / f"project_coder{name}.sqlite3" for name in "AB"]
    projects = [readers.read_project(file) for file in files]
    assert projects[0].documents == projects[1].documents
    # Taguette calls every coder admin on export, so who coded is known from the file only.
    parts = [p.coding.assign(coder=name) for p, name in zip(projects, "AB", strict=True)]
    check_two_coders(pd.concat(parts, ignore_index=True), projects[0].documents)


def test_the_row_as_a_reader_compares_it():
    names = ("percent", "ac1", "alpha_masi", "alpha_dice", "alpha_jaccard")
    row = pd.Series(
        {"units": 4.0} | {f"{n}{e}": i for i, n in enumerate(names) for e in ("", "_low", "_high")}
    )
    table = agreement_sets.by_measure(row)
    assert table["alpha"].tolist() == [0, 1, 2, 3, 4] and table["units"].tolist() == [4] * 5
