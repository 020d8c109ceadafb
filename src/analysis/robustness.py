"""The same analysis in worlds where the truth is known: what it finds where there is nothing to find.

Each world is a declared change of the default study's model; each repeat is another seed.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from analysis.centres import centre_test
from analysis.change import change
from analysis.description import improvement
from analysis.proportions import share
from analysis.scales import scores
from analysis.study import PROJECT, Study
from analysis.synthetic import monitoring
from analysis.worlds import parameters_of, read_parameters, read_worlds

MAKING = PROJECT / "data" / "casework" / "making"
COUNTED = {"families": "families, paired t", "centres": "centres, t", "flip": "centres, sign-flip"}


def world_names(making: Path = MAKING) -> list[str]:
    """The declared worlds, the default one first."""
    return list(read_worlds(making)["world"].unique())


def repeats(
    study: Study, worlds: Sequence[str], seeds: Sequence[int], minimum_share: float
) -> pd.DataFrame:
    """The confirmatory scales analysed in every world and repeat.

    Returns
    -------
    DataFrame
        One row per world, seed and scale: `world, seed, scale, value` (mean of centre means, positive is better), `low, high`
        (t over centres), `families, centres, flip` (p of the three tests).
    """
    planned = [scale for scale in study.scales if scale.confirmatory]
    names = [scale.name for scale in planned]
    declared = read_parameters(MAKING), read_worlds(MAKING)
    rows = []
    for world in worlds:
        for seed in seeds:
            made = monitoring(parameters_of(world, *declared) | {"seed": seed})
            made["wave"] = pd.Categorical(made["wave"], study.waves, ordered=True)
            table = scores(made, planned, minimum_share)
            tests = centre_test(table, study.first_wave, study.last_wave, names)
            tests = improvement(tests.rename(columns={"mean_of_means": "value"}), study, "value")
            naive = change(table, study.first_wave, study.last_wave).set_index("scale")["p"]
            tests = tests.assign(world=world, seed=seed, families=tests["scale"].map(naive))
            rows.append(tests.rename(columns={"p": "centres", "p_flip": "flip"}))
    columns = ["world", "seed", "scale", "value", "low", "high", "families", "centres", "flip"]
    return pd.concat(rows, ignore_index=True)[columns]


def found(table: pd.DataFrame, alpha: float = 0.05) -> pd.DataFrame:
    """How often each test calls the change significant, per world and scale: `world, scale, test, count, n, share, low, high`."""
    rows = [
        {"world": world, "scale": scale, "test": label}
        | share(int(part[test].lt(alpha).sum()), len(part))
        for (world, scale), part in table.groupby(["world", "scale"], sort=False)
        for test, label in COUNTED.items()
    ]
    return pd.DataFrame(rows)[["world", "scale", "test", "count", "n", "share", "low", "high"]]


def typical(table: pd.DataFrame) -> pd.DataFrame:
    """Mean improvement of each world and scale over the repeats, with the middle 95% of the repeats: `value, low, high, n`."""
    grouped = table.groupby(["world", "scale"], sort=False)["value"]
    summary = grouped.agg(
        value="mean", low=lambda v: v.quantile(0.025), high=lambda v: v.quantile(0.975), n="size"
    )
    return summary.reset_index()
