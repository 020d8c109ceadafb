"""A plug-in for pytest --nbval (`-p analysis.kernels.early`): the server imports while pytest itself does."""

from __future__ import annotations

import os
import sys

from analysis.kernels import spare_grammars
from analysis.kernels.client import begin


def runs_kernels(arguments: list[str], environment: dict[str, str]) -> bool:
    """Whether this process will: a worker of pytest-xdist or a pytest without workers, not the head of workers."""
    parallel = any(a.startswith(("-n", "--numprocesses")) and a != "-n0" for a in arguments)
    return "PYTEST_XDIST_WORKER" in environment or not parallel


def pytest_addoption() -> None:
    """Called as soon as pytest knows this plug-in, before it loads the others; no option is added."""
    spare_grammars()
    if runs_kernels(sys.argv, dict(os.environ)):
        begin()
