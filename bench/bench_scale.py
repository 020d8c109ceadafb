"""The quantitative half on 10,000, 100,000 and 1,000,000 families: time per step and peak memory.

Run `python -m pytest bench/bench_scale.py -s` (some minutes) or `python bench/bench_scale.py 10000` for
one size. Each size runs in a process of its own, on three waves of 24 invented items (four scales of
six), a fifth of the families lost by the last wave and 3 % of the answers missing.
"""

import json
import os
import resource
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from time import process_time
from typing import Any

import numpy as np
import pandas as pd
import pytest

SIZES = (10_000, 100_000, 1_000_000)
MOST_GIB = 4.0
# Ten times the families may cost this many times the time: caches are worth less in larger tables.
MOST_GROWTH = 14.0
WAVES = ("intake", "middle", "end")
LEVELS = ("none", "low", "middle", "high")
CENTRES = tuple(f"centre {number}" for number in range(1, 7))
SEED = 20240229


# --- the records and the steps, in the process that is measured -----------------------------------


def study() -> Any:
    """Four scales of six items; the last item of each is scored against the rest."""
    from analysis.study import Risk, Scale, Study

    scales = tuple(
        Scale(
            name=f"s{s}",
            label=f"Scale {s}",
            items=tuple(f"s{s}i{i}" for i in range(6)),
            low=1,
            high=5,
            better="lower",
            reverse=(f"s{s}i5",),
            confirmatory=s < 2,
        )
        for s in range(4)
    )
    risk = Risk("risk", "Risk", LEVELS, dict(zip(LEVELS, LEVELS, strict=True)))
    return Study(Path(), "bench", True, waves=WAVES, scales=scales, risk=risk)


def records(families: int, declared: Any) -> pd.DataFrame:
    """A monitoring table as `records` gives it, sorted by family and wave; items as 32-bit floats."""
    rng = np.random.default_rng(SEED)
    lost_before = rng.choice([1, 2, 3], size=families, p=[0.1, 0.1, 0.8])
    family = np.repeat(np.arange(families, dtype=np.int32), lost_before)
    wave = np.arange(len(family)) - np.repeat(np.cumsum(lost_before) - lost_before, lost_before)
    centre = rng.choice(6, size=families, p=[0.3, 0.25, 0.2, 0.1, 0.1, 0.05])
    curator = 40 * centre + rng.integers(40, size=families)
    hidden = rng.normal(0, 0.8, families) + 0.1 * centre
    severity = (hidden[family] - 0.25 * wave + rng.normal(0, 0.5, len(family))).astype(np.float32)
    frame = pd.DataFrame(
        {
            "family": family,
            "centre": pd.Categorical.from_codes(centre[family], categories=list(CENTRES)),
            "curator": pd.Categorical.from_codes(
                curator[family], categories=[f"curator {number}" for number in range(240)]
            ),
            "wave": pd.Categorical.from_codes(wave, categories=list(WAVES), ordered=True),
            "date": np.datetime64("2020-01-01", "D")
            + (rng.integers(700, size=families)[family] + 180 * wave).astype("timedelta64[D]"),
        }
    )
    items = {
        item: _ratings(severity, item in scale.reverse, rng)
        for scale in declared.scales
        for item in scale.items
    }
    risk = np.digitize(severity + rng.normal(0, 0.7, len(family)), [-0.6, 0.3, 1.2])
    risk[rng.random(len(risk)) < 0.03] = -1
    levels = pd.Categorical.from_codes(risk, categories=list(LEVELS), ordered=True)
    return pd.concat([frame, pd.DataFrame(items)], axis=1).assign(risk=levels)


def _ratings(severity: np.ndarray, against: bool, rng: np.random.Generator) -> np.ndarray:
    noisy = severity + rng.standard_normal(len(severity), dtype=np.float32)
    rated = (1 + np.digitize(noisy, [-1.0, 0.0, 0.8, 1.6])).astype(np.float32)
    rated[rng.random(len(rated), dtype=np.float32) < 0.03] = np.nan
    return 6 - rated if against else rated


def steps(declared: Any, monitoring: pd.DataFrame) -> Iterator[tuple[str, Callable[[], Any]]]:
    """(name, what to run) in the order of the notebooks; the first one's result feeds the others."""
    from analysis import association, description, measures, scales

    intake = monitoring[monitoring["wave"] == WAVES[0]]
    made: dict[str, Any] = {}

    def keep(name: str, run: Callable[[], Any]) -> Any:
        made[name] = run()
        return made[name]

    yield (
        "scales.scores",
        partial(keep, "scores", lambda: scales.scores(monitoring, declared.scales)),
    )
    scores = made["scores"]
    yield (
        "measures.reliability_table",
        lambda: measures.reliability_table(intake, declared, 2000, SEED),
    )
    yield "measures.item_table", lambda: measures.item_table(intake, declared)
    yield "measures.structure_table", lambda: measures.structure_table(intake, declared, SEED)
    wide = measures.wide_scores(monitoring, declared, WAVES[0], 0.8)
    plain = wide.drop(columns="centre")
    yield "association.association", lambda: association.association(plain)
    for method in ("pearson", "kendall"):
        yield f"association.association, {method}", partial(association.association, plain, method)
    yield (
        "association.partial_association",
        lambda: association.partial_association(wide, "centre"),
    )
    yield "description.centres", lambda: description.centres(monitoring, WAVES[0])
    yield "description.retention", lambda: description.retention(monitoring, WAVES[0])
    yield (
        "description.retention_by_centre",
        lambda: description.retention_by_centre(monitoring, WAVES[0]),
    )
    yield "description.means", lambda: description.means(scores)
    yield "description.means by centre", lambda: description.means(scores, "centre")
    yield "description.item_means", lambda: description.item_means(monitoring, declared)
    items = declared.scales[0].items
    yield "description.item_shares", lambda: description.item_shares(intake, items)
    yield from _steps_of_change(scores)
    yield from _steps_of_levels(monitoring)


def _steps_of_change(scores: pd.DataFrame) -> Iterator[tuple[str, Callable[[], Any]]]:
    from analysis import (
        centres,
        change,
        comparison,
        equivalence,
        imputation,
        individual,
        mixed,
        ranks,
        threats,
    )

    ends = (scores, WAVES[0], WAVES[-1])
    names = [f"s{s}" for s in range(4)]
    yield "change.change", lambda: change.change(*ends)
    yield "change.signed_rank_change", lambda: change.signed_rank_change(*ends)
    yield "change.effect_sizes", lambda: change.effect_sizes(*ends)
    yield "ranks.friedman", lambda: ranks.friedman(scores, WAVES)
    yield "centres.centre_change", lambda: centres.centre_change(*ends)
    yield "centres.centre_test", lambda: centres.centre_test(*ends, names[:2])
    yield (
        "equivalence.equivalence",
        lambda: equivalence.equivalence(*ends, dict.fromkeys(names, 0.2)),
    )
    yield "mixed.mixed_change", lambda: mixed.mixed_change(*ends)
    yield "imputation.imputed_change", lambda: imputation.imputed_change(*ends, (-0.5, 0.0, 0.5))
    yield "comparison.ways, one scale", lambda: comparison.ways(scores, "s0", *ends[1:], SEED)
    better, alpha = dict.fromkeys(names, "lower"), dict.fromkeys(names, 0.8)

    def individually() -> pd.DataFrame:
        return individual.reliable_change_summary(individual.reliable_change(*ends, alpha, better))

    yield "individual.reliable_change, summary", individually
    limits = dict.fromkeys(names, (1.0, 5.0))
    yield "threats.dropout_bounds", lambda: threats.dropout_bounds(*ends, limits)
    yield "threats.who_left", lambda: threats.who_left(*ends)
    yield "threats.left_by_centre", lambda: threats.left_by_centre(*ends)
    population = dict.fromkeys(names, 2.5)
    yield (
        "threats.expected_regression_observed",
        lambda: threats.expected_regression_observed(*ends, [0.6, 0.8], population),
    )


def _steps_of_levels(monitoring: pd.DataFrame) -> Iterator[tuple[str, Callable[[], Any]]]:
    from analysis import ordinal, survival, transitions

    def moved() -> list[pd.DataFrame]:
        table = transitions.transition_table(monitoring, WAVES[0], WAVES[-1])
        return [table, transitions.movement(table), transitions.homogeneity_tests(table, "high")]

    yield "transitions.transition_table, tests", moved
    yield "transitions.risk_shares", lambda: transitions.risk_shares(monitoring)
    yield "transitions.cochran_q", lambda: transitions.cochran_q(monitoring, WAVES, ["high"])
    yield "ordinal.worse_odds", lambda: ordinal.worse_odds(monitoring)
    yield "ordinal.worse_odds of an item", lambda: ordinal.worse_odds(monitoring, "s0i0")
    yield "ordinal.proportional_odds", lambda: list(ordinal.proportional_odds(monitoring))

    def waiting() -> list[pd.DataFrame]:
        times = survival.time_to_best(monitoring)
        at = survival.at_risk(times, [0.0, 180.0, 360.0])
        return [survival.kaplan_meier(times), survival.median_time(times), at]

    yield "survival.time_to_best, curves", waiting


def peak_gib() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20  # kibibytes on Linux


def measure(families: int) -> Iterator[tuple[str, float, float, Any]]:
    """(step, seconds, GiB at the highest so far, result) of every step on so many families.

    Seconds of the processor: on a machine with other work the clock measures the neighbours.
    """
    declared = study()
    start = process_time()
    monitoring = records(families, declared)
    yield "(making the records)", process_time() - start, peak_gib(), None
    for name, run in steps(declared, monitoring):
        start = process_time()
        result = run()
        yield name, process_time() - start, peak_gib(), result


# --- the three sizes, each in its own process -----------------------------------------------------


def in_own_process(families: int) -> pd.DataFrame:
    """`step, seconds, peak` (GiB so far) of one size."""
    done = subprocess.run(
        [sys.executable, __file__, str(families), "--json"],
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )
    if done.returncode:
        pytest.fail(f"{families} families:\n{done.stderr[-2000:]}", pytrace=False)
    return pd.DataFrame([json.loads(line) for line in done.stdout.splitlines()])


def report(found: dict[int, pd.DataFrame]) -> str:
    """Seconds per step and size, how often the last tenfold multiplied them, and the peaks."""
    table = pd.DataFrame({n: of.set_index("step")["seconds"] for n, of in found.items()})
    table = table.reindex(next(iter(found.values()))["step"])
    table.loc["all steps"] = table.iloc[1:].sum()
    if len(SIZES) > 1:
        table["growth"] = table[SIZES[-1]] / table[SIZES[-2]]
    peaks = ", ".join(f"{n:,}: {of['peak'].max():.2f}" for n, of in found.items())
    return f"{table.round(2).to_string()}\npeak memory, GiB: {peaks} (promised {MOST_GIB:g})"


def test_a_million_families_in_4_gib_and_linear_time(capsys):
    found = {families: in_own_process(families) for families in SIZES}
    with capsys.disabled():
        print(f"\n{report(found)}")
    seconds = {n: of["seconds"].iloc[1:].sum() for n, of in found.items()}
    assert found[SIZES[-1]]["peak"].max() <= MOST_GIB
    assert seconds[SIZES[-1]] <= MOST_GROWTH * seconds[SIZES[-2]]


def main() -> None:
    families, as_json = int(sys.argv[1]), "--json" in sys.argv
    for step, seconds, peak, _ in measure(families):
        if as_json:
            row = {"step": step, "seconds": seconds, "peak": peak}
            print(json.dumps(row), flush=True)
        else:
            print(f"{step:44}{seconds:9.2f} s{peak:8.2f} GiB", flush=True)


if __name__ == "__main__":
    main()
