"""Agreement between coders, against published examples, other programs and hand arithmetic."""

import json
from pathlib import Path

import krippendorff
import numpy as np
import pandas as pd
import pytest
from nltk.metrics import masi_distance as nltk_masi
from nltk.metrics.agreement import AnnotationTask

from analysis import agreement as room
from analysis import coefficients as c

REFERENCE = Path(__file__).parent / "reference"
BOOK = json.loads((REFERENCE / "agreement.json").read_text("utf-8"))
EXAMPLES = {example["id"]: example for example in BOOK["coefficients"]}
KAPPA = next(
    entry
    for entry in json.loads((REFERENCE / "statistics.json").read_text("utf-8"))
    if entry["name"] == "kappa_3x3"
)
FUNCTIONS = {
    "alpha_nominal": lambda m: c.alpha(m, "nominal"),
    "alpha_ordinal": lambda m: c.alpha(m, "ordinal"),
    "alpha_interval": lambda m: c.alpha(m, "interval"),
    "alpha_ratio": lambda m: c.alpha(m, "ratio"),
    "cohen_kappa": c.cohen_kappa,
    "scott_pi": c.scott_pi,
    "S_bennett": c.brennan_prediger,
    "brennan_prediger": c.brennan_prediger,
    "percent": c.percent,
    "gwet_ac1": c.gwet_ac1,
    "fleiss_kappa_gwet_missing": c.fleiss,
    "conger_kappa": c.conger,
}


def from_table(table) -> np.ndarray:
    """Two coders x units from a contingency table."""
    pairs = [
        (i, j) for i, row in enumerate(table) for j, n in enumerate(row) for _ in range(int(n))
    ]
    return np.array(pairs, dtype=float).T


def matrix_of(example) -> np.ndarray:
    return from_table(example["table"]) if "table" in example else np.array(example["data"], float)


CASES = [
    (name, quantity, value)
    for name, example in EXAMPLES.items()
    for quantity, value in example["expected"].items()
    if quantity in FUNCTIONS and quantity != "conger_kappa"
]


@pytest.mark.parametrize(("name", "quantity", "value"), CASES)
def test_published_examples(name, quantity, value):
    # Sources stand in agreement.json; irrCAC's values are printed to five decimals.
    tolerance = 6e-6 if name == "kripp2011_C_missing" and "alpha" not in quantity else 1e-9
    assert FUNCTIONS[quantity](matrix_of(EXAMPLES[name])) == pytest.approx(value, abs=tolerance)


def test_conger_published():
    # irrCAC's cac.raw4raters is this matrix but for one cell: the only label of unit 12 is the
    # third coder's there, the second's in Krippendorff's example C. Only Conger's kappa looks at
    # who gave a label; with the label moved, the published .76282 comes out, and only then.
    example = EXAMPLES["kripp2011_C_missing"]
    matrix = matrix_of(example)
    assert np.isnan(matrix[:, 11]).tolist() == [True, False, True, True]
    published = example["expected"]["conger_kappa"]
    assert c.conger(matrix) != pytest.approx(published, abs=6e-6)
    assert c.conger(matrix[[0, 2, 1, 3]]) == pytest.approx(c.conger(matrix))
    matrix[[1, 2], 11] = matrix[[2, 1], 11]
    assert c.conger(matrix) == pytest.approx(published, abs=6e-6)


def test_every_published_coefficient_is_checked():
    listed = {q for example in EXAMPLES.values() for q in example["expected"]}
    assert listed - set(FUNCTIONS) == {"gwet_ac1_se", "gwet_ac1_ci95"}  # the next test


def test_the_interval_of_ac1_is_irrcacs():
    example = EXAMPLES["kripp2011_C_missing"]
    row = c.gwet_ac1_interval(np.array(example["data"], dtype=float))
    assert row["ac1"] == pytest.approx(example["expected"]["gwet_ac1"], abs=6e-6)
    assert row["se"] == pytest.approx(example["expected"]["gwet_ac1_se"], abs=6e-6)
    assert [row["low"], row["high"]] == pytest.approx(
        example["expected"]["gwet_ac1_ci95"], abs=6e-6
    )


def test_the_interval_of_ac1_is_missing_where_there_is_none():
    row = c.gwet_ac1_interval(np.array([[1.0], [0.0]]))
    assert np.isnan(row["se"]) and np.isnan(row["low"])


@pytest.mark.parametrize(
    ("weights", "key"),
    [
        ("none", "kappa"),
        ("linear", "linear_formula"),
        ("quadratic", "weighted_kappa_quadratic"),
    ],
)
def test_cohen_kappa_against_r_psych(weights, key):
    table = pd.read_csv(REFERENCE / KAPPA["data"])
    table = table.select_dtypes("number").to_numpy()
    assert table.shape == (3, 3)
    assert c.cohen_kappa(from_table(table), weights) == pytest.approx(
        KAPPA["expected"][key], abs=KAPPA["tolerance"]
    )


@pytest.mark.parametrize("level", ["nominal", "ordinal", "interval", "ratio"])
@pytest.mark.parametrize("seed", range(5))
def test_alpha_against_krippendorff_package(level, seed):
    rng = np.random.default_rng(seed)
    data = rng.integers(1, 5, size=(4, 40)).astype(float)
    data[rng.random(data.shape) < 0.3] = np.nan
    outside = krippendorff.alpha(reliability_data=data, level_of_measurement=level)
    assert c.alpha(data, level) == pytest.approx(outside, abs=1e-10)


def test_krippendorff_default_level_is_not_nominal():
    # Why `level` has no default here: .849 for .743, silently (facts of krippendorff 0.9).
    data = matrix_of(EXAMPLES["kripp2011_C_missing"])
    assert krippendorff.alpha(reliability_data=data) == pytest.approx(0.849, abs=5e-4)
    with pytest.raises(TypeError):
        c.alpha(data)
    with pytest.raises(ValueError, match="nominal, ordinal, interval or ratio"):
        c.alpha(data, "nominale")


def test_all_labels_equal_is_undefined_not_an_error():
    same = np.ones((2, 6))
    with pytest.raises(ValueError):
        krippendorff.alpha(reliability_data=same, level_of_measurement="nominal")
    assert np.isnan(c.alpha(same, "nominal"))
    assert np.isnan(c.cohen_kappa(same, categories=(0, 1)))
    assert c.percent(same) == 1
    assert c.gwet_ac1(same, (0, 1)) == 1
    assert c.brennan_prediger(same, (0, 1)) == 1  # (1 - 1/2) / (1 - 1/2)


def test_missing_labels():
    # By hand: only the first unit has two labels, and they agree.
    data = np.array([[1, 0, np.nan], [1, np.nan, np.nan]])
    assert c.percent(data) == 1
    assert np.isnan(c.percent(np.array([[1, np.nan], [np.nan, 0]])))
    assert np.isnan(c.cohen_kappa(np.array([[1, np.nan], [np.nan, 0]])))
    assert np.isnan(c.alpha(np.array([[1, np.nan], [np.nan, 0]]), "nominal"))
    assert np.isnan(c.gwet_ac1(np.full((2, 3), np.nan), (0, 1)))
    assert np.isnan(c.conger(np.full((2, 3), np.nan)))


def test_one_disagreement_among_equal_labels_gives_alpha_zero():
    # nltk issue 2991: right by definition (expected equals observed disagreement).
    data = np.array([[1, 1, 1, 1], [1, 1, 1, 0]], float)
    assert c.alpha(data, "nominal") == pytest.approx(0)


def test_conger_is_cohen_for_two_complete_coders():
    data = matrix_of(EXAMPLES["kripp2011_A_binary"])
    assert c.conger(data) == pytest.approx(c.cohen_kappa(data))
    assert c.fleiss(data) == pytest.approx(c.scott_pi(data))


def test_refusals():
    with pytest.raises(ValueError, match="two coders; the matrix has 3"):
        c.cohen_kappa(np.zeros((3, 4)))
    with pytest.raises(ValueError, match="must be numbers"):
        c.percent([["a", "b"], ["a", "b"]])
    with pytest.raises(ValueError, match="not among the categories"):
        c.gwet_ac1(np.array([[2.0], [1.0]]), (0, 1))
    with pytest.raises(ValueError, match="one row per coder"):
        c.percent(np.zeros(4))
    with pytest.raises(ValueError, match="linear or quadratic"):
        c.cohen_kappa(np.eye(2), "cubic")


def test_positive_agreement_by_hand():
    # a = 20, b + c = 15: 40 / 55; three coders, one unit 1,1,0: 2 of 4 ordered chances.
    data = matrix_of(EXAMPLES["cohen_50_applications"])
    assert c.positive_agreement(1 - data) == pytest.approx(40 / 55)
    assert c.positive_agreement(np.array([[1.0], [1.0], [0.0]])) == pytest.approx(0.5)
    assert np.isnan(c.positive_agreement(np.zeros((2, 5))))


@pytest.mark.parametrize(("a", "b", "value"), BOOK["set_distances"]["masi"]["pairs"])
def test_masi_published(a, b, value):
    assert c.masi_distance(frozenset(a), frozenset(b)) == pytest.approx(value, abs=1e-12)
    assert c.masi_distance(frozenset(b), frozenset(a)) == pytest.approx(value, abs=1e-12)


@pytest.mark.parametrize(("a", "b", "value"), BOOK["set_distances"]["jaccard"]["pairs"])
def test_jaccard_published(a, b, value):
    assert c.jaccard_distance(frozenset(a), frozenset(b)) == pytest.approx(value, abs=1e-12)


def test_two_empty_sets():
    # Two coders who saw nothing agree; nltk divides by zero.
    empty = frozenset()
    with pytest.raises(ZeroDivisionError):
        nltk_masi(empty, empty)
    for distance in (c.masi_distance, c.jaccard_distance, c.dice_distance):
        assert distance(empty, empty) == 0
        assert distance(empty, frozenset({1})) == 1


def test_dice_by_hand():
    assert c.dice_distance(frozenset({1, 2}), frozenset({2, 3})) == pytest.approx(0.5)


def test_set_valued_alpha_published():
    entry = BOOK["set_distances"]["alpha_set_valued"]
    rows = {coder: {} for coder, _, _ in entry["data"]}
    for coder, item, labels in entry["data"]:
        rows[coder][item] = labels
    matrix = [list(cells.values()) for cells in rows.values()]
    expected = entry["expected"]
    assert c.alpha_set_valued(matrix) == pytest.approx(expected["alpha_masi"], abs=1e-12)
    assert c.alpha_set_valued(matrix, c.jaccard_distance) == pytest.approx(
        expected["alpha_jaccard"], abs=1e-12
    )


def test_set_valued_alpha_against_nltk_with_missing():
    rng = np.random.default_rng(3)
    matrix = [
        [
            None if rng.random() < 0.2 else set(rng.choice(5, rng.integers(1, 4)).tolist())
            for _ in range(30)
        ]
        for _ in range(3)
    ]
    records = [
        (f"c{i}", f"u{j}", frozenset(cell))
        for i, row in enumerate(matrix)
        for j, cell in enumerate(row)
        if cell is not None
    ]
    outside = AnnotationTask(records, distance=nltk_masi).alpha()
    assert c.alpha_set_valued(matrix) == pytest.approx(outside, abs=1e-10)


# ---- units ---------------------------------------------------------------------------------

TALK = "И: Как вы?\nР: Тяжело. Много бумаг 😀!\nЕще одно.\n\nИ: Понятно.\n"


def spans(frame):
    return frame["text"].tolist()


def test_units_cut_the_text_where_they_say():
    for kind in ["sentence", "line", "turn", "character"]:
        table = room.units({"a": TALK, "b": ""}, kind)
        assert (table["unit"] == np.arange(1, len(table) + 1)).all()
        for row in table.to_dict("records"):
            assert TALK[row["start"] : row["end"]] == row["text"] == row["text"].strip()
        assert (table["start"].to_numpy()[1:] >= table["end"].to_numpy()[:-1]).all()


def test_units_by_hand():
    assert spans(room.units({"a": TALK}, "line")) == [
        "И: Как вы?",
        "Р: Тяжело. Много бумаг 😀!",
        "Еще одно.",
        "И: Понятно.",
    ]
    assert spans(room.units({"a": TALK}, "turn")) == [
        "И: Как вы?",
        "Р: Тяжело. Много бумаг 😀!\nЕще одно.",
        "И: Понятно.",
    ]
    assert "Много бумаг 😀!" in spans(room.units({"a": TALK}, "sentence"))
    assert len(room.units({"a": TALK}, "character")) == sum(not x.isspace() for x in TALK)


def test_turns_without_speaker_marks_are_lines():
    assert spans(room.units({"a": "Первая\n\nНапример: вторая\n"}, "turn")) == [
        "Первая",
        "Например: вторая",
    ]


def test_unknown_kind_and_no_units():
    with pytest.raises(ValueError, match="sentence, turn, line, character"):
        room.units({"a": "x"}, "word")
    with pytest.raises(ValueError, match="no units"):
        room.unit_matrix(coding_of([]), room.units({"a": ""}), "A")


def coding_of(rows):
    columns = ["document", "start", "end", "code", "coder"]
    return pd.DataFrame(rows, columns=columns)


LINES = {"a": "one\ntwo\nsix\nten\n", "b": "low\nfar\n"}


def test_unit_matrix_by_hand():
    coding = coding_of(
        [
            ("a", 0, 5, "A", "k1"),  # ends after "t" of "two": shares a character with it
            ("a", 3, 4, "A", "k2"),  # the line end only: no unit
            ("a", 8, 11, "A", "k2"),
            ("b", 0, 3, "B", "k1"),
        ]
    )
    units = room.units(LINES, "line")
    matrix = room.unit_matrix(coding, units, "A")
    assert matrix.index.tolist() == ["k1", "k2"]
    assert matrix.columns.tolist()[:2] == [("a", 1), ("a", 2)]
    nan = np.nan  # k2 never worked on b
    np.testing.assert_equal(matrix.to_numpy(), [[1, 1, 0, 0, 0, 0], [0, 0, 1, 0, nan, nan]])


def test_matrix_follows_the_units_row_order():
    coding = coding_of([("a", 8, 11, "A", "k1"), ("b", 0, 3, "A", "k1")])
    units = room.units(LINES, "line").iloc[[4, 2, 0]]
    np.testing.assert_equal(room.unit_matrix(coding, units, "A").to_numpy(), [[1, 1, 0]])


def test_set_matrix_by_hand():
    coding = coding_of([("a", 0, 3, "A", "k1"), ("a", 0, 7, "B", "k1"), ("b", 0, 3, "A", "k2")])
    sets = room.set_matrix(coding, room.units(LINES, "line")).to_numpy().tolist()
    assert sets[0][:3] == [frozenset("AB"), frozenset("B"), frozenset()]
    assert sets[1][:5] == [None, None, None, None, frozenset("A")]


def paradox():
    """The published table 118/5/2/0 as coding of 125 lines by two coders."""
    text = "".join("xx\n" for _ in range(125))
    first = [("a", 3 * i, 3 * i + 2, "A", "k1") for i in range(5)]
    second = [("a", 3 * i, 3 * i + 2, "A", "k2") for i in range(5, 7)]
    others = [("a", 0, 2, "B", "k1"), ("a", 0, 2, "B", "k2")]
    return coding_of(first + second + others), room.units({"a": text}, "line")


def test_agreement_table_on_the_published_paradox():
    coding, units = paradox()
    row = room.agreement(coding, units, ["A"], seed=1).iloc[0]
    expected = EXAMPLES["kappa_paradox_118"]["expected"]
    assert row["units"] == 125 and row["coders"] == 2
    assert row["prevalence"] == pytest.approx(7 / 250)  # 7 ones among 250 labels
    assert row["percent"] == pytest.approx(expected["percent"])
    assert row["kappa"] == pytest.approx(expected["cohen_kappa"])
    assert row["ac1"] == pytest.approx(expected["gwet_ac1"])
    assert row["alpha"] == pytest.approx(expected["alpha_nominal"])
    assert row["brennan_prediger"] == pytest.approx(expected["brennan_prediger"])
    assert row["positive_agreement"] == 0
    assert row["note"].startswith("Rare code")
    assert row["alpha_low"] <= row["alpha"] <= row["alpha_high"]


def test_interval_against_a_slow_bootstrap():
    rng = np.random.default_rng(0)
    truth = rng.random(60) < 0.4
    rows = []
    for coder in ["k1", "k2", "k3"]:
        labels = np.where(rng.random(60) < 0.15, ~truth, truth)
        rows += [("a", 3 * i, 3 * i + 2, "A", coder) for i in np.flatnonzero(labels).tolist()]
    coding, units = coding_of(rows), room.units({"a": "xx\n" * 60}, "line")
    row = room.agreement(coding, units, ["A"], seed=5, bootstrap=4000).iloc[0]
    matrix = room.unit_matrix(coding, units, "A").to_numpy()
    slow = [
        krippendorff.alpha(
            reliability_data=matrix[:, rng.integers(0, 60, 60)], level_of_measurement="nominal"
        )
        for _ in range(2000)
    ]
    low, high = np.quantile(slow, [0.025, 0.975])
    assert row["alpha_low"] == pytest.approx(low, abs=0.03)
    assert row["alpha_high"] == pytest.approx(high, abs=0.03)


def test_interval_is_reproducible_and_wider_over_documents():
    rng = np.random.default_rng(1)
    documents = {f"d{i:02}": "xx\n" * 10 for i in range(12)}
    rows = []
    for i, name in enumerate(documents):
        for line in range(10):
            one = rng.random() < 0.5
            # Coders agree in all of a document or in none of it: strong clustering.
            other = one if i % 2 else not one
            place = (name, 3 * line, 3 * line + 2)
            rows += [(*place, "A", "k1")] if one else []
            rows += [(*place, "A", "k2")] if other else []
        rows += [(name, 0, 2, "B", k) for k in ("k1", "k2")]
    coding, units = coding_of(rows), room.units(documents, "line")
    over_units = room.agreement(coding, units, ["A"], seed=2)
    pd.testing.assert_frame_equal(over_units, room.agreement(coding, units, ["A"], seed=2))
    over_documents = room.agreement(coding, units, ["A"], seed=2, resample="document")
    width = [t["alpha_high"][0] - t["alpha_low"][0] for t in (over_units, over_documents)]
    assert width[1] > 1.5 * width[0]
    assert over_units["alpha"][0] == over_documents["alpha"][0]
    with pytest.raises(ValueError, match="'unit' or 'document'"):
        room.agreement(coding, units, ["A"], seed=2, resample="coder")


def test_notes_where_undefined():
    units = room.units(LINES, "line")
    alone = room.agreement(coding_of([("a", 0, 3, "A", "k1")]), units, ["A"], seed=1).iloc[0]
    assert alone["note"] == room.NOTES["alone"] and np.isnan(alone["alpha"])
    apart = coding_of([("a", 0, 3, "A", "k1"), ("b", 0, 3, "A", "k2")])
    row = room.agreement(apart, units, ["A"], seed=1).iloc[0]
    assert row["note"] == room.NOTES["apart"] and row["units"] == 0
    both = coding_of([("a", 0, 3, "A", "k1"), ("a", 0, 3, "A", "k2")])
    row = room.agreement(both, units, ["never used"], seed=1).iloc[0]
    assert row["note"] == room.NOTES["same"]
    assert row["percent"] == 1 and np.isnan(row["kappa"]) and np.isnan(row["alpha_low"])
    assert room.agreement(both, units, [], seed=1).empty


def test_three_coders_have_no_cohen_kappa():
    coding = coding_of([("a", 0, 3, "A", k) for k in ("k1", "k2", "k3")])
    row = room.agreement(coding, room.units(LINES, "line"), ["A"], seed=1).iloc[0]
    assert row["coders"] == 3 and np.isnan(row["kappa"]) and row["alpha"] == 1


def test_disagreements_show_the_text():
    coding = coding_of([("a", 0, 3, "A", "k1"), ("a", 4, 7, "A", "k1"), ("a", 0, 3, "A", "k2")])
    table = room.disagreements(coding, room.units(LINES, "line"), "A")
    assert table.to_dict("records") == [
        {
            "document": "a",
            "unit": 2,
            "start": 4,
            "end": 7,
            "given_by": "k1",
            "not_given_by": "k2",
            "text": "two",
        }
    ]


def test_resampling_one_document_gives_back_alpha():
    coding, units = paradox()
    row = room.agreement(coding, units, ["A"], seed=1, resample="document").iloc[0]
    assert row["alpha_low"] == pytest.approx(row["alpha"])
    assert row["alpha_high"] == pytest.approx(row["alpha"])
