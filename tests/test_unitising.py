"""Alphas for unitising, against reprinted published examples and a computation character by character.

The published values are quoted from the tests of DKPro Statistics (Krippendorff 1995 and 2004) and of
the R package quallmer (Krippendorff 2019, figure 12.11); the papers themselves were not at hand.
"""

import numpy as np
import pandas as pd
import pytest

from analysis import unitising as room
from analysis.continua import continua
from analysis.readers import coding_frame


def coding_of(coders, document="d"):
    """Coding frame from one list of (start, end, code) per coder."""
    return [
        {"document": document, "start": s, "end": e, "code": c, "coder": f"k{i}", "created": None}
        | {"memo": "", "quote": "x" * (e - s)}
        for i, given in enumerate(coders)
        for s, e, c in given
    ]


def alphas(coders, length):
    coding, documents = coding_frame(coding_of(coders)), {"d": "x" * length}
    table = room.unitising(coding, documents, bootstrap=0, seed=1).set_index("coefficient")
    codes = sorted(coding["code"].unique())
    by_code = room.unitising_by_code(coding, documents, codes, bootstrap=0, seed=1)
    return table["alpha"], by_code.set_index(["code", "coefficient"])


# --- published examples --------------------------------------------------------------------------


def test_alpha_u_of_2004():
    # Krippendorff 2004: a continuum of 300 from 150 on; c .7286, k 1, together .859.
    first = [(225, 295, "c"), (370, 400, "c"), (180, 240, "k"), (300, 350, "k")]
    second = [(220, 300, "c"), (355, 375, "c"), (400, 420, "c"), (180, 240, "k"), (300, 350, "k")]
    moved = [[(s - 150, e - 150, c) for s, e, c in coder] for coder in (first, second)]
    overall, by_code = alphas(moved, 300)
    assert by_code.loc[("c", "alpha_u"), "alpha"] == pytest.approx(0.7286, abs=5e-5)
    assert by_code.loc[("k", "alpha_u"), "alpha"] == 1
    assert overall["alpha_u"] == pytest.approx(0.859, abs=5e-4)


COUPLES = {
    "A": ([(2, 10), (14, 20)], [(4, 8), (15, 17)]),
    "B": ([(0, 18)], [(0, 2), (2, 3), (3, 4), (4, 5), (5, 6), (6, 9), (9, 10)]),
    "C": ([(2, 8), (10, 12), (14, 18), (20, 22)], [(0, 2), (4, 8), (10, 14), (16, 18), (20, 22)]),
    "D": (
        [(0, 2), (2, 10), (10, 14), (14, 20), (20, 24)],
        [(0, 4), (4, 8), (8, 15), (15, 17), (17, 24)],
    ),
}


@pytest.mark.parametrize(
    ("couple", "value"), [("A", 0.553), ("B", -0.926), ("C", 0.679), ("D", 0.066)]
)
def test_alpha_u_of_1995(couple, value):
    # Krippendorff 1995, p. 57, stretched so far that characters do not matter. The expected
    # disagreement of 1995 differs a little from that of 2004, hence the tolerance (DKPro's).
    stretch = 1000
    given = [[(s * stretch, e * stretch, "x") for s, e in coder] for coder in COUPLES[couple]]
    _, by_code = alphas(given, 24 * stretch)
    assert by_code.loc[("x", "alpha_u"), "alpha"] == pytest.approx(value, abs=0.02)


def test_characters_of_1995_without_the_correction_for_length():
    # DKPro: alpha of couple A digitised is .329; single characters as stretches give the same.
    given = [[(i, i + 1, "x") for s, e in coder for i in range(s, e)] for coder in COUPLES["A"]]
    _, by_code = alphas(given, 24)
    assert by_code.loc[("x", "u"), "alpha"] == pytest.approx(0.329, abs=5e-4)


FIGURE = [
    [(0, 7, "1"), (7, 13, "2"), (30, 32, "5"), (32, 37, "6"), (37, 44, "6"), (44, 60, "7")],
    [(0, 7, "1"), (7, 13, "3"), (13, 21, "5"), (32, 44, "6")],
    [(0, 7, "1"), (7, 13, "4"), (13, 21, "5"), (32, 37, "6"), (37, 41, "6"), (41, 44, "6")],
]


def test_figure_of_2019():
    overall, by_code = alphas(FIGURE, 60)
    assert overall["u"] == pytest.approx(0.510, abs=5e-4)
    # Where the figure cuts value 6 was read off by others; other cuts give .413 and .724.
    assert overall["binary"] == pytest.approx(0.413, abs=0.002)
    assert overall["cu"] == pytest.approx(0.724, abs=0.002)
    ku = by_code.xs("ku", level="coefficient")
    assert ku["alpha"][list("156")].tolist() == pytest.approx([1, 1, 1])
    assert ku["alpha"][list("234")].tolist() == pytest.approx([0, 0, 0])
    assert ku["coverage"]["5"] == pytest.approx(8 / 18) and ku["coverage"]["7"] == 0
    assert np.isnan(ku["alpha"]["7"]) and ku["note"]["7"] == room.NOTES["disjoint"]


def test_other_cuts_meet_all_three_published_values():
    thirds = [(32, 36, "6"), (36, 40, "6"), (40, 44, "6")]
    cut = [[g for g in coder if g[2] != "6"] for coder in FIGURE]
    overall, _ = alphas([cut[0] + thirds, [*cut[1], (32, 44, "6")], cut[2] + thirds], 60)
    assert overall[["u", "binary", "cu"]].round(3).tolist() == [0.510, 0.413, 0.724]


# --- the same, character by character ------------------------------------------------------------


def stretches(coding, document, coder, code):
    """Stretches of a coder as lists of positions; overlapping ones of one code joined."""
    part = coding[(coding["document"] == document) & (coding["coder"] == coder)]
    found = [set(range(s, e)) for s, e in part.loc[part["code"] == code, ["start", "end"]].values]
    joined = []
    for one in sorted(found, key=min):
        if joined and joined[-1] & one:
            joined[-1] |= one
        else:
            joined.append(one)
    return joined


def worked(coding, documents):
    coders = {d: sorted(coding.loc[coding["document"] == d, "coder"].unique()) for d in documents}
    return {d: names for d, names in coders.items() if len(names) > 1}


def by_character(coding, documents):
    """u, |u and cu from labels of single characters; a label is the set of codes."""
    agree = {"u": 0.0, "binary": 0.0, "cu": 0.0}
    lengths = {"u": {}, "binary": {}, "cu": {}}
    selves = {"u": 0.0, "binary": 0.0, "cu": 0.0}
    for d, coders in worked(coding, documents).items():
        labels, cuts = {}, {}
        for coder in coders:
            part = coding[(coding["document"] == d) & (coding["coder"] == coder)]
            codes = sorted(part["code"].unique())
            units = [(c, u) for c in codes for u in stretches(coding, d, coder, c)]
            labels[coder] = [
                frozenset(c for c, u in units if x in u) for x in range(len(documents[d]))
            ]
            cuts[coder] = {x for _, u in units for x in (min(u), max(u) + 1)}
        weight = 1 / (len(coders) - 1)
        for i in coders:
            for j in coders:
                if i == j:
                    continue
                for a, b in zip(labels[i], labels[j], strict=True):
                    for kind, one, two in (("u", a, b), ("binary", bool(a), bool(b)), ("cu", a, b)):
                        if kind == "cu" and not (a and b):
                            continue
                        agree[kind] += weight * (one == two)
                        lengths[kind][one] = lengths[kind].get(one, 0) + weight
            pieces, current = [], []
            for x, label in enumerate(labels[i]):
                if x in cuts[i] and current:
                    pieces.append(current)
                    current = []
                if label:
                    current.append(x)
                else:
                    selves["u"] += 1
                    selves["binary"] += 1
            pieces += [current] if current else []
            for piece in pieces:
                selves["u"] += len(piece) ** 2
                selves["binary"] += len(piece) ** 2
                for j in coders:
                    if j != i:
                        selves["cu"] += weight * sum(bool(labels[j][x]) for x in piece) ** 2
    result = {}
    for kind in agree:
        n = sum(lengths[kind].values())
        pairs = n**2 - sum(v**2 for v in lengths[kind].values())
        expected = n * pairs / (n**2 - selves[kind])
        result[kind] = 1 - (n - agree[kind]) / expected if expected else np.nan
    return result


def alpha_u_slowly(coding, documents, code):
    """alpha_U of one code by shifting every unit one character at a time."""
    observed, units, free, n = 0.0, [], [], 0
    for d, coders in worked(coding, documents).items():
        n += len(coders) * len(documents[d])
        own = {coder: stretches(coding, d, coder, code) for coder in coders}
        for i in coders:
            units += [len(unit) for unit in own[i]]
            taken = {x for unit in own[i] for x in unit}
            marks = "".join("x" if x in taken else " " for x in range(len(documents[d])))
            free += [len(gap) for gap in marks.split("x") if gap]
            for j in coders:
                for one in own[i] if i != j else []:
                    meeting = [two for two in own[j] if one & two]
                    for two in meeting:
                        ends = (min(one) - min(two)) ** 2 + (max(one) - max(two)) ** 2
                        observed += ends / (len(coders) - 1)
                    if not meeting:  # once as the unit of i, once as the gap of j
                        observed += 2 * len(one) ** 2 / (len(coders) - 1)
    chance = 0
    for length in units:
        chance += (len(units) - 1) * sum(shift**2 for shift in range(-length + 1, length))
        chance += sum(length**2 for gap in free for _ in range(gap - length + 1))
    chance = 2 * chance / (n * (n - 1) - sum(u * (u - 1) for u in units))
    return 1 - observed / n / chance


def random_coding(seed, coders=3, overlap=True):
    rng = np.random.default_rng(seed)
    documents = {name: "x" * int(rng.integers(40, 70)) for name in ("a", "b", "c", "d")}
    rows = []
    for name, text in documents.items():
        for coder in range(coders if name != "b" else coders - 1):  # one skipped a document
            at = 0
            while at < len(text) - 12:
                at += int(rng.integers(0, 8))
                end = at + int(rng.integers(2, 9))
                code = "ABC"[int(rng.integers(3))]
                rows.append((name, at, end, code, f"k{coder}"))
                at = end - int(rng.integers(0, 3)) if overlap else end
    rows.append(("d", 0, 5, "A", "k0"))
    rows = [r for r in rows if r[0] != "d" or r[4] == "k0"]  # one coder alone: does not count
    frame = pd.DataFrame(rows, columns=["document", "start", "end", "code", "coder"])
    return frame, documents


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("coders", [2, 3, 4])
def test_against_single_characters(seed, coders):
    coders = max(coders, 2 + (seed == 0))
    coding, documents = random_coding(seed, coders, overlap=seed % 2 == 0)
    expected = by_character(coding, documents)
    table = room.unitising(coding, documents, bootstrap=0, seed=1).set_index("coefficient")
    for name, value in expected.items():
        assert table["alpha"][name] == pytest.approx(value, abs=1e-12), name
    by_code = room.unitising_by_code(coding, documents, ["A", "B"], bootstrap=0, seed=1)
    by_code = by_code.set_index(["code", "coefficient"])["alpha"]
    for code in ("A", "B"):
        slow = alpha_u_slowly(coding, documents, code)
        assert by_code[code, "alpha_u"] == pytest.approx(slow, abs=1e-12)


def test_one_code_against_the_rest_is_the_binary_alpha_of_that_code_alone():
    coding, documents = random_coding(7, coders=2, overlap=False)
    only = coding[coding["code"] == "A"]
    everywhere = only.groupby("document")["coder"].nunique()
    documents = {d: t for d, t in documents.items() if everywhere.get(d, 0) == 2}
    coding = coding[coding["document"].isin(documents)]
    assert len(documents) > 0
    ours = room.unitising_by_code(coding, documents, ["A"], bootstrap=0, seed=1)
    alone = by_character(only, documents)
    assert ours.set_index("coefficient")["alpha"]["u"] == pytest.approx(alone["binary"])


def test_coincidences_of_one_value_as_published():
    # (k)u-alpha, eq. 13b, written out with the coincidences of the characters both coded.
    coding, documents = random_coding(3, coders=2, overlap=False)
    met = both = shared = whole = 0
    for d, (first, second) in worked(coding, documents).items():
        inside = {
            c: {x for k in "ABC" for u in stretches(coding, d, c, k) for x in u}
            for c in (first, second)
        }
        whole += 2 * len(inside[first] & inside[second])
        own = {c: stretches(coding, d, c, "A") for c in (first, second)}
        for c, other in ((first, second), (second, first)):
            met += sum(len(u & inside[other]) for u in own[c])
            shared += sum(len(u & inside[other]) ** 2 for u in own[c])
            both += sum(len(u & v) for u in own[c] for v in own[other])
    e_k, e_kk = met * whole - shared, met**2 - shared
    ours = room.unitising_by_code(coding, documents, ["A"], bootstrap=0, seed=1)
    expected = 1 - e_k / met * (met - both) / (e_k - e_kk)
    assert ours.set_index("coefficient")["alpha"]["ku"] == pytest.approx(expected, abs=1e-12)


# --- interval, sentences, refusals ---------------------------------------------------------------


def test_interval_against_a_slow_bootstrap_of_documents():
    coding, documents = random_coding(5, coders=2)
    table = room.unitising(coding, documents, bootstrap=4000, seed=2).set_index("coefficient")
    rng = np.random.default_rng(9)
    names = list(worked(coding, documents))
    slow = []
    for _ in range(400):
        drawn = rng.choice(names, len(names))
        copies = {f"{i}{name}": documents[name] for i, name in enumerate(drawn)}
        parts = [
            coding[coding["document"] == n].assign(document=f"{i}{n}") for i, n in enumerate(drawn)
        ]
        again = room.unitising(pd.concat(parts), copies, bootstrap=0, seed=1)
        slow.append(again["alpha"].to_numpy())
    low, high = np.quantile(slow, [0.025, 0.975], axis=0)
    # Three documents give ten different draws, so the quantiles are the same values.
    np.testing.assert_allclose(table["low"], low, atol=1e-9)
    np.testing.assert_allclose(table["high"], high, atol=1e-9)
    assert (table["note"] == "").all()


def test_same_seed_same_table():
    coding, documents = random_coding(5)
    pd.testing.assert_frame_equal(
        room.unitising(coding, documents, seed=3), room.unitising(coding, documents, seed=3)
    )


def test_identical_coders_agree_wholly():
    overall, _ = alphas([FIGURE[0], FIGURE[0]], 60)
    assert overall.tolist() == pytest.approx([1, 1, 1, 1])


def notes(coding, documents):
    table = room.unitising(coding, documents, bootstrap=10, seed=1).set_index("coefficient")
    return table["note"], table["alpha"]


def test_undefined_is_said_in_words():
    text = {"d": "x" * 20, "e": "x" * 20}
    alone, alpha = notes(coding_frame(coding_of([[(0, 5, "A")]])), text)
    assert set(alone) == {room.NOTES["alone"]} and alpha.isna().all()
    rows = coding_of([[(0, 5, "A")]]) + coding_of([[], [(0, 5, "A")]], "e")
    apart, alpha = notes(coding_frame(rows), text)
    assert set(apart) == {room.NOTES["apart"]} and alpha.isna().all()
    empty, alpha = notes(coding_frame([]), text)
    assert set(empty) == {room.NOTES["alone"]} and alpha.isna().all()
    whole, alpha = notes(coding_frame(coding_of([[(0, 20, "A")]] * 2)), text)
    assert whole["u"] == whole["binary"] == room.NOTES["same"] and whole["cu"] == room.NOTES["one"]
    assert alpha[["u", "binary", "cu"]].isna().all()
    disjoint, alpha = notes(coding_frame(coding_of([[(0, 5, "A")], [(5, 9, "B")]])), text)
    assert disjoint["cu"] == room.NOTES["disjoint"] and alpha["binary"] < 0
    assert disjoint["u"] == room.NOTES["single"]


def test_a_code_nobody_gave_and_no_codes():
    coding, documents = coding_frame(coding_of(FIGURE)), {"d": "x" * 60}
    table = room.unitising_by_code(coding, documents, ["never"], seed=1)
    assert set(table["note"]) == {room.NOTES["unused"]} and table["alpha"].isna().all()
    assert room.unitising_by_code(coding, documents, [], seed=1).empty


def test_resamples_without_a_value_are_counted():
    # Only document e has a second code where both coded something.
    rows = coding_of([[(0, 5, "A")], [(0, 6, "A")]])
    rows += coding_of([[(0, 5, "A"), (6, 9, "B")], [(0, 5, "A"), (6, 8, "B")]], "e")
    note, _ = notes(coding_frame(rows), {"d": "x" * 20, "e": "x" * 20})
    assert "of 10 resamples" in note["cu"] and note["u"] == ""


def test_positions_must_be_there_and_inside():
    rows = coding_of([[(0, 5, "A")], [(0, 6, "A")]])
    with pytest.raises(ValueError, match=r"'A' at 0-6 in 'd' lies outside"):
        room.unitising(coding_frame(rows), {"d": "x" * 5}, seed=1)
    with pytest.raises(ValueError, match="no start and end"):
        nowhere = coding_frame(rows).assign(start=pd.NA, end=pd.NA)
        room.unitising(nowhere, {"d": "x" * 5}, seed=1)


def test_touching_stretches_stay_two_and_overlapping_ones_become_one():
    coding = coding_frame(coding_of([[(0, 3, "A"), (3, 5, "A"), (4, 8, "A")], [(0, 1, "A")]]))
    (text,) = continua(coding, {"d": "x" * 10}, ["A"])
    assert text.marked.tolist() == [[0, 0, 0, 3], [0, 0, 3, 8], [1, 0, 0, 1]]
