"""What `casework audit` prints: one harmless line per figure, a summary, an exit code. Texts only, no arithmetic."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

WEAK_POWER = 0.8
IMPOSSIBLE, MALFORMED = 1, 2
WORDS = (
    "The first line of the table holds these English words, in any order: statement (the claim in words), n (how many were asked), "
    "percent (the figure as printed). By Russian names: statement = утверждение, n = число опрошенных, percent = процент; rename the columns."
)


def exit_code(verdicts: pd.Series) -> int:
    """1 if any figure is impossible, 0 if none is and some is possible, 2 if none could be audited."""
    if verdicts.eq("impossible").any():
        return IMPOSSIBLE
    return 0 if verdicts.eq("possible").any() else MALFORMED


def hints(said: str) -> list[str]:
    """What a refusal leaves unsaid: which words the header must hold, where a column was not found."""
    return [WORDS] if "there is no column" in said else []


def summary(verdicts: pd.Series) -> str:
    """The last line: how many figures are possible, impossible and without a base."""
    counted = {name: int(verdicts.eq(name).sum()) for name in ("possible", "impossible")}
    without = len(verdicts) - sum(counted.values())
    audited = "no figure could be audited" if without == len(verdicts) else ""
    parts = [f"{counted['possible']} possible", f"{counted['impossible']} impossible"]
    if without:
        parts.append(f"{without} without a base")
    figures = "1 figure" if len(verdicts) == 1 else f"{len(verdicts)} figures"
    return f"{figures}: {', '.join(parts)}" + (f"; {audited}" if audited else "")


def line(row: dict[str, Any]) -> str:
    """One row in one harmless line: the statement, the verdict and what it rests on."""
    from analysis.printed import one_line

    detail = {
        "possible": _possible,
        "impossible": _impossible,
        "not auditable": lambda _: "not auditable (no base)",
    }
    return f"{one_line(row['statement'])}: {detail[row['verdict']](row)}"


def _possible(row: dict[str, Any]) -> str:
    n, low, high = row["n"], row["counts_low"], row["counts_high"]
    counts = f"{low} of {n}" if low == high else f"{low} to {high} of {n}"
    if low == high:
        counts += f", 95 % interval {row['low']:.1f} to {row['high']:.1f} %"
    kind = _kind(row["percent"])
    if row["power"] == 0:
        return f"possible (no power: every {kind} is attainable at n={n}); {counts}"
    if row["power"] < WEAK_POWER:
        share = f"{100 * row['attainable']:.0f} % of all figures pass at n={n}"
        return f"possible (weak: with {kind}s {share}); {counts}"
    return f"possible; {counts}"


def _impossible(row: dict[str, Any]) -> str:
    from analysis.audit import REACH
    from analysis.printed import bare_percent

    n, slip = row["n"], row["explanation"]
    parts = [f"no whole count of {n} rounds to {bare_percent(row['percent'])} %"]
    if slip:
        parts.append(f"{slip} would give it")
    tried = f"of the {min(REACH, n - 1)} next smaller bases"
    if row["nearest_bases"]:
        fits = ", ".join(str(base) for base in row["nearest_bases"])
        parts.append(f"{tried} {fits} would (by luck {row['bases_by_chance']:.1f} expected)")
    elif n > 2:  # one person can only be 0 or 100 %
        parts.append(f"{tried} none would")
    return f"impossible; {'; '.join(parts)}"


def _kind(percent: str) -> str:
    from analysis.printed import parse_percent

    decimals = parse_percent(percent)[1]
    if decimals == 0:
        return "whole percentage"
    return f"percentage with {decimals} decimal{'s' if decimals > 1 else ''}"


def record(row: dict[str, Any]) -> dict[str, Any]:
    """A row as JSON holds it: nothing missing but null, no not-a-number."""
    return {key: None if _missing(value) else value for key, value in row.items()}


def _missing(value: object) -> bool:
    import pandas as pd

    return not isinstance(value, str | tuple) and bool(pd.isna(value))  # type: ignore[call-overload]
