"""`versus`: one run of a slow reference beside repeated runs of ours, and the table of ratios."""

from collections.abc import Callable
from time import perf_counter
from typing import Any

import pytest

ROWS = pytest.StashKey[list[tuple[str, float, float, float, float]]]()


@pytest.fixture
def versus(benchmark: Any, request: pytest.FixtureRequest) -> Callable[..., tuple[Any, Any]]:
    """Measure `ours` and `theirs`, note the ratio, fail below `promise`; both results returned.

    Medians of `rounds` (ours) and `their_rounds` runs, after one unmeasured run of ours. The ratio
    is their time over ours; at a promise below 1 ours may be slower by that much. Where they did only
    a share of the work (`their_share`), their time is scaled up to all of it.
    """

    def measure(
        ours: Callable[[], Any],
        theirs: Callable[[], Any],
        promise: float,
        rounds: int = 15,
        their_rounds: int = 1,
        their_share: float = 1,
    ) -> tuple[Any, Any]:
        times = []
        for _ in range(their_rounds):
            start = perf_counter()
            expected = theirs()
            times.append(perf_counter() - start)
        found = benchmark.pedantic(ours, rounds=rounds, warmup_rounds=1)
        fast, slow = benchmark.stats.stats.median, sorted(times)[len(times) // 2] / their_share
        rows = request.config.stash.setdefault(ROWS, [])
        rows.append((request.node.name.removeprefix("test_"), fast, slow, slow / fast, promise))
        return found, expected

    return measure


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Any:
    """A promise that is not kept fails, after the answers were compared."""
    before = len(item.config.stash.get(ROWS, []))
    result = yield
    for name, _, _, ratio, promise in item.config.stash.get(ROWS, [])[before:]:
        if ratio < promise:
            pytest.fail(f"{name}: {ratio:.2f} times as fast, promised {promise:.2g}", pytrace=False)
    return result


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    rows = config.stash.get(ROWS, [])
    if not rows:
        return
    terminalreporter.section("ratios (their time / our time, medians)")
    terminalreporter.write_line(
        f"{'':58}{'ours':>11}{'theirs':>12}{'ratio':>9}{'promised':>10}  holds"
    )
    for name, fast, slow, ratio, promise in rows:
        holds = "yes" if ratio >= promise else "NO"
        times = f"{1e3 * fast:>8.2f} ms{1e3 * slow:>9.1f} ms"
        terminalreporter.write_line(f"{name:58}{times}{ratio:>9.2f}{promise:>10.2f}  {holds}")
