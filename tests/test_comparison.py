"""Each method is checked in its own test; here that the display says what each of them says, and of whom."""

from types import SimpleNamespace

import pandas as pd
import pytest
from scipy import stats

from analysis import comparison
from analysis.centres import centre_test
from analysis.change import change
from analysis.study import Scale


@pytest.fixture
def scores():
    """Three centres, four families each, two waves; centre means of change are -1, -2 and -3."""
    rows = []
    for c, shift in enumerate((-1, -2, -3)):
        for f, wobble in enumerate((-0.5, 0.0, 0.0, 0.5)):
            family, base = f"F{c}{f}", 4 + 0.25 * f
            rows.append((family, f"C{c}", "K", "first", "care", base))
            rows.append((family, f"C{c}", "K", "last", "care", base + shift + wobble))
    frame = pd.DataFrame(rows, columns=["family", "centre", "curator", "wave", "scale", "score"])
    return frame.assign(wave=pd.Categorical(frame["wave"], ["first", "last"], ordered=True))


def test_every_method_has_its_row_and_its_base(scores):
    table = comparison.ways(scores, "care", "first", "last", seed=1).set_index("method")
    assert table.groupby("unit")["n"].agg(set).to_dict() == {"centres": {3}, "families": {12}}
    # Hand arithmetic: all twelve changes average -2, and so do the three centre means.
    for method in (
        "Mean of centres, t",
        "Families, CR2 by centre",
        "Families, paired t",
        "Mixed model, all waves",
    ):
        assert table.loc[method, "change"] == pytest.approx(-2)
    assert (table["p"].gt(0) & table["p"].le(1)).all()


@pytest.mark.parametrize("step", [0.0, -1.0])
def test_no_method_is_sure_where_every_family_changed_alike(scores, step):
    """No error can be estimated from equal changes: a p of next to nothing would be made of rounding."""
    first = scores[scores["wave"] == "first"]
    alike = pd.concat([first, first.assign(wave="last", score=first["score"] + step)])
    alike["wave"] = pd.Categorical(alike["wave"], ["first", "last"], ordered=True)
    table = comparison.ways(alike, "care", "first", "last", seed=1).set_index("method")
    assert table["p"].dropna().ge(2 / 2**12).all()  # signed rank of twelve alike: exact
    assert table.loc["Mean of centres, sign-flip", "p"] == (1 if step == 0 else 0.25)
    assert table.loc["Families, CR2 by centre", ["low", "high", "p"]].isna().all()
    assert pd.isna(table.loc["Families, wild bootstrap by centre", "p"])
    assert table.loc["Families, CR2 by centre", "change"] == step


def test_the_rows_are_those_of_the_methods(scores):
    table = comparison.ways(scores, "care", "first", "last", seed=1).set_index("method")
    # t on three means -1, -2, -3: scipy is the outside value. Sign-flip of three alike signs: 2 / 2^3.
    assert table.loc["Mean of centres, t", "p"] == pytest.approx(
        stats.ttest_1samp([-1, -2, -3], 0).pvalue
    )
    assert table.loc["Mean of centres, sign-flip", "p"] == pytest.approx(0.25)
    paired = change(scores, "first", "last").iloc[0]
    assert table.loc["Families, paired t", "low"] == pytest.approx(paired["low"])
    means = centre_test(scores, "first", "last").iloc[0]
    assert table.loc["Mean of centres, t", "high"] == pytest.approx(means["high"])


def test_tests_without_an_estimate_say_nothing_of_its_size(scores):
    table = comparison.ways(scores, "care", "first", "last", seed=1)
    only_p = table[table["change"].isna()]
    assert list(only_p["method"]) == [
        "Mean of centres, sign-flip",
        "Families, wild bootstrap by centre",
        "Families, signed rank",
    ]
    assert only_p[["low", "high"]].isna().all().all()


def test_the_first_confirmatory_scale_is_told_first():
    scales = [
        Scale("a", "A", ("x", "y"), 0, 1, "lower"),
        Scale("b", "B", ("z", "w"), 0, 1, "lower", confirmatory=True),
    ]
    assert comparison.main_scale(SimpleNamespace(scales=scales)).name == "b"
    assert comparison.main_scale(SimpleNamespace(scales=scales[:1])).name == "a"
