"""From a fork of the server to an ordinary kernel: environment, folder, arguments, randomness, then ipykernel's own start."""

from __future__ import annotations

import importlib
import json
import os
import random
import runpy
import socket
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LAUNCHER = "ipykernel_launcher"
SETTINGS = frozenset({"matplotlibrc"})  # read from the current folder when a library is imported


def become(descriptors: list[int], variables: Mapping[str, str]) -> None:
    """Turn this fork into the kernel that was asked for, and return when it is shut down.

    `descriptors`: channel to the client, file of the request, stdin, stdout, stderr. `variables`: what the imported
    libraries have set in the environment. Says `pid N` on the channel
    when all is set, or `no REASON` and ends.
    """
    channel = socket.socket(fileno=descriptors[0])
    with os.fdopen(descriptors[1], encoding="utf-8") as file:
        file.seek(0)
        request = json.load(file)
    request["env"] |= variables
    try:
        os.setsid()
        _settle(request, descriptors[2:])
        _refuse_shadows(Path(request["cwd"]))
    except (OSError, ValueError) as error:
        channel.sendall(f"no {error}\n".encode())
        os._exit(1)
    _renew_randomness()
    _forget_ourselves()
    channel.sendall(f"pid {os.getpid()}\n".encode())
    channel.close()
    runpy.run_module(LAUNCHER, run_name="__main__", alter_sys=True)


def _settle(request: dict[str, Any], streams: list[int]) -> None:
    for place, descriptor in enumerate(streams):
        os.dup2(descriptor, place)
        os.close(descriptor)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    sys.argv = ["-m", *request["arguments"]]
    sys.orig_argv = [sys.executable, "-m", LAUNCHER, *request["arguments"]]
    if not sys.flags.safe_path:
        sys.path.insert(0, str(Path.cwd()))  # as -m does; the launcher takes it away again
    importlib.invalidate_caches()


def _refuse_shadows(folder: Path) -> None:
    """A kernel imports from its own folder first: what stands there under the name of a loaded module has to win."""
    loaded = {name.partition(".")[0] for name in sys.modules} - set(sys.builtin_module_names)
    for path in folder.iterdir():
        name = path.name.partition(".")[0]
        if path.name in SETTINGS or (name in loaded and _importable(path)):
            raise ValueError(f"{path} would be read in place of what is loaded")


def _importable(path: Path) -> bool:
    if path.is_dir():
        return (path / "__init__.py").is_file()
    return path.suffix in (".py", ".pyc", ".so")


def _renew_randomness() -> None:
    """Forks share the state of global generators, new processes do not."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()


def _forget_ourselves() -> None:
    """The notebook imports rooms of this package as they are now."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "analysis"]:
        del sys.modules[name]
