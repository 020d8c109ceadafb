"""Two groups on what they named. Expected: the eight examples of Newcombe (1998), Boschloo's test by its definition, hand arithmetic."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from analysis import groups, sources, survey
from analysis.fisher import fisher_exact_p


class TestDifference:
    @pytest.mark.parametrize(
        ("counts", "low", "high"),
        [  # Newcombe (1998) Statistics in Medicine 17:873, table II, method 10
            ((56, 70, 48, 80), 0.0524, 0.3339),
            ((9, 10, 3, 10), 0.1705, 0.8090),
            ((6, 7, 2, 7), 0.0582, 0.8062),
            ((5, 56, 0, 29), -0.0381, 0.1926),
            ((0, 10, 0, 20), -0.1611, 0.2775),
            ((0, 10, 0, 10), -0.2775, 0.2775),
            ((10, 10, 0, 20), 0.6791, 1.0),
            ((10, 10, 0, 10), 0.6075, 1.0),
        ],
    )
    def test_interval_of_newcombe(self, counts, low, high):
        found = groups.difference(*counts)
        assert (found["low"] / 100, found["high"] / 100) == pytest.approx((low, high), abs=5e-5)

    @pytest.mark.parametrize("counts", [(7, 12, 2, 9), (3, 11, 4, 8), (9, 16, 4, 14)])
    def test_p_of_boschloo_is_twice_the_smaller_one_sided_and_never_above_fishers(self, counts):
        a, n, b, m = counts
        p = groups.difference(*counts)["p"]
        expected = min(1, 2 * min(boschloo(a, n, b, m), boschloo(b, m, a, n)))
        assert p == pytest.approx(expected, rel=2e-3)
        assert p <= 2 * fisher_exact_p([a, b], [n, m])

    def test_nobody_and_everybody(self):
        assert groups.difference(0, 9, 0, 7)["p"] == 1 and groups.difference(9, 9, 7, 7)["p"] == 1

    def test_exchanging_the_groups_turns_the_sign(self):
        one, other = groups.difference(16, 117, 13, 40), groups.difference(13, 40, 16, 117)
        assert one["difference"] == pytest.approx(-other["difference"])
        assert (one["low"], one["high"]) == pytest.approx((-other["high"], -other["low"]))
        assert one["p"] == pytest.approx(other["p"], rel=1e-6)

    @pytest.mark.parametrize("counts", [(5, 4, 1, 4), (-1, 4, 1, 4), (0, 0, 1, 4)])
    def test_impossible_counts(self, counts):
        with pytest.raises(ValueError, match="expected a count from 0 to n"):
            groups.difference(*counts)


def boschloo(a, n, b, m):
    """One-sided by definition: Fisher's p as the statistic, its distribution at the worst common share."""

    def fisher(x, y):
        total = x + y
        ways = [
            binom.pmf(k, n, 0.5) * binom.pmf(total - k, m, 0.5)
            for k in range(max(0, total - m), min(n, total) + 1)
        ]
        start = x - max(0, total - m)
        return sum(ways[start:]) / sum(ways)

    seen = fisher(a, b)
    extreme = [
        (x, y) for x in range(n + 1) for y in range(m + 1) if fisher(x, y) <= seen * (1 + 1e-9)
    ]
    shares = np.linspace(0.0005, 0.9995, 1500)
    worst = np.zeros(len(shares))
    for x, y in extreme:
        worst += binom.pmf(x, n, shares) * binom.pmf(y, m, shares)
    return float(worst.max())


TWO = pd.DataFrame(
    {
        "topic": ["paper", "time", "phone"],
        "count_a": [40, 10, np.nan],
        "n_a": 117,
        "count_b": [2, 4, 3],
        "n_b": 40,
    }
)


class TestCompared:
    def test_holm_over_what_could_be_tested(self):
        table = groups.compared(TWO)
        p = table["p"].tolist()
        assert np.isnan(p[2]) and np.isnan(table["p_holm"][2])
        # two tests: the smaller p doubled, the larger no smaller than that
        assert table["p_holm"][0] == pytest.approx(2 * p[0])
        assert table["p_holm"][1] == pytest.approx(max(p[1], 2 * p[0]))

    def test_shares_and_difference_in_points(self):
        row = groups.compared(TWO).iloc[0]
        assert row["share_a"] == pytest.approx(4000 / 117) and row["share_b"] == 5
        assert row["difference"] == pytest.approx(row["share_a"] - row["share_b"])

    def test_a_topic_twice_and_a_column_missing(self):
        with pytest.raises(ValueError, match="'paper' occurs twice"):
            groups.compared(TWO.assign(topic="paper"))
        with pytest.raises(ValueError, match="no column count_b"):
            groups.compared(TWO.drop(columns="count_b"))


@pytest.fixture(scope="module")
def mentions():
    asked = [f"{w}-{q}" for w in ("worker", "manager") for q in ("advantages", "difficulties")]
    return survey.mentions(sources.percentages(), *asked)


class TestPublished:
    def test_every_link_names_a_worker_and_a_manager_of_one_kind(self, mentions):
        links = sources.table("comparable")
        question = mentions.set_index("id")["question"]
        plural = {"advantage": "advantages", "difficulty": "difficulties"}
        for row in links.to_dict("records"):
            assert question[row["workers"]] == f"worker-{plural[row['kind']]}"
            assert question[row["managers"]] == f"manager-{plural[row['kind']]}"

    def test_groups_are_exclusive_and_whole(self, mentions):
        bases = mentions.groupby("group")["n"].unique().map(list).to_dict()
        position = survey.mentions(sources.percentages(), "position")
        assert bases == {"managers": [40], "workers": [117]} and set(position["n"]) == {117 + 40}

    def test_counts_stand_with_their_group(self, mentions):
        table = groups.paired(sources.table("comparable"), mentions).set_index("topic")
        row = table.loc["databases of clients"]
        assert (row["count_a"], row["n_a"], row["count_b"], row["n_b"]) == (16, 117, 13, 40)
        assert pd.isna(table.loc["social networks and groups", "count_a"])

    def test_an_unknown_id_is_named(self, mentions):
        links = sources.table("comparable").replace("nuances-worker-advantage-email", "no-such")
        with pytest.raises(ValueError, match="no-such"):
            groups.paired(links, mentions)

    def test_dots_have_exact_intervals_where_a_count_is_known(self, mentions):
        dots = groups.dots(groups.paired(sources.table("comparable"), mentions), ("w", "m"))
        row = dots[dots["label"].eq("databases of clients") & dots["group"].eq("m")].iloc[0]
        # R binom.test(13, 40): 0.1857 to 0.4913
        assert (row["low"], row["high"]) == pytest.approx((18.57, 49.13), abs=5e-3)
        assert dots["low"].isna().sum() == 1


def test_smallest_clear_is_the_first_count_that_passes():
    share = groups.smallest_clear(30, 30, 3)
    count = round(share * 30 / 100)
    assert groups.difference(count, 30, 3, 30)["p"] <= 0.05
    assert groups.difference(count - 1, 30, 3, 30)["p"] > 0.05
    assert np.isnan(groups.smallest_clear(3, 3, 2))
