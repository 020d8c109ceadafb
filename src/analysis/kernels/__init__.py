"""Kernels forked from one process that has imported the libraries already: a fresh kernel's results in a tenth of its start.

`provisioner` is what Jupyter calls (kernel `casework`; papermill, nbval and nbclient alike). It asks `client` for a
kernel, which keeps one `server` for this process; the server has done `preload` and forks; the fork turns into an
ordinary kernel in `child`. Where that is not possible an ordinary kernel is started instead, and nobody notices but by time.
Only libraries are preloaded, never rooms of this package: a room may set things up at import, and may be edited.
"""

from __future__ import annotations

import os
import sys
from importlib.metadata import entry_points
from pathlib import Path

__all__ = ["GRAMMARS", "ORDINARY", "PRELOADED", "kernel_name", "spare_grammars"]
PRELOADED, ORDINARY = "casework", "python3"
PROVISIONER = (
    "casework-provisioner"  # also in share/kernels/casework/kernel.json and pyproject.toml
)
SHARE = Path(__file__).parent / "share"
# jsonschema would compile thirty grammars for a format no Jupyter schema uses: a second of every start.
GRAMMARS = "rfc3987_syntax"


def kernel_name() -> str:
    """Name of the kernel that runs notebooks here, made findable through JUPYTER_PATH.

    `casework` where this package is installed, else `python3`: Jupyter finds the provisioner by its entry point.
    """
    known = entry_points(group="jupyter_client.kernel_provisioners")
    if sys.platform == "win32" or PROVISIONER not in known.names:
        return ORDINARY
    places = [place for place in os.environ.get("JUPYTER_PATH", "").split(os.pathsep) if place]
    if str(SHARE) not in places:
        os.environ["JUPYTER_PATH"] = os.pathsep.join([str(SHARE), *places])
    return PRELOADED


def spare_grammars() -> None:
    """Keep this process from compiling those grammars; called before nbformat is imported."""
    sys.modules.setdefault(GRAMMARS, None)  # type: ignore[arg-type]
