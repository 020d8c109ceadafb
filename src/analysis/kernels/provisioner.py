"""What Jupyter calls for a kernel named `casework`: a forked kernel where that is possible, else an ordinary one."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_client.provisioning import LocalProvisioner

from analysis.kernels.child import LAUNCHER
from analysis.kernels.client import ForkedKernel, KernelRefused, server, usable

UNDERSTOOD = {
    "env",
    "cwd",
    "stdin",
    "stdout",
    "stderr",
    "independent",
    "kernel_id",
    "extra_arguments",
}
DEATH_SECONDS, LOOK_SECONDS = 0.1, 0.002


class CaseworkProvisioner(LocalProvisioner):
    """Jupyter's own local provisioner, but for where the process comes from."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Fork the kernel from the preloaded server, or start it as `LocalProvisioner` does."""
        try:
            kernel = await asyncio.to_thread(forked, cmd, kwargs)
        except KernelRefused as refusal:
            self.log.debug("An ordinary kernel is started: %s", refusal)
            return await super().launch_kernel(cmd, **kwargs)
        self.process = kernel  # type: ignore[assignment]
        self.pid = self.pgid = kernel.pid  # type: ignore[assignment]
        self.cwd = kwargs.get("cwd") or Path.cwd()  # type: ignore[assignment]
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill, and look often for the end: whoever calls looks only every tenth of a second."""
        await super().kill(restart)
        for _ in range(int(DEATH_SECONDS / LOOK_SECONDS)):
            if self.process is None or self.process.poll() is not None:
                return
            await asyncio.sleep(LOOK_SECONDS)


def forked(command: list[str], options: Mapping[str, Any]) -> ForkedKernel:
    """Fork the kernel that `command` and the options of `Popen` describe.

    Raises
    ------
    KernelRefused
        When the system cannot fork kernels, the command is not the usual one, an option is not understood, or the
        server or the fork refuses.
    """
    plain = [sys.executable, "-m", LAUNCHER]
    if not usable() or command[:3] != plain or options.get("independent"):
        raise KernelRefused("not a kernel that can be forked")
    if unknown := {k for k, v in options.items() if v is not None} - UNDERSTOOD:
        raise KernelRefused(f"options not understood: {sorted(unknown)}")
    environment = dict(options["env"]) | {"JPY_PARENT_PID": str(os.getpid())}
    request = {
        "arguments": [str(Path(part).expanduser()) for part in command[3:]],
        "env": environment,
        "cwd": str(Path(options.get("cwd") or Path.cwd()).absolute()),
    }
    opened: list[int] = []
    try:
        streams = [
            _stream(options.get(name), number, opened)
            for number, name in enumerate(("stdin", "stdout", "stderr"))
        ]
        return server(environment).fork(request, streams)
    except OSError as error:
        raise KernelRefused(str(error)) from None
    finally:
        for descriptor in opened:
            os.close(descriptor)


def _stream(given: Any, number: int, opened: list[int]) -> int:
    """The descriptor of a standard stream, as `launch_kernel` and Popen choose it; those opened here are noted."""
    if given in (subprocess.PIPE, subprocess.STDOUT):
        raise KernelRefused("a stream is to be read by the client")
    if given is None and number == 0:
        end, other = os.pipe()  # an end of file, as from a closed pipe
        os.close(other)
        opened.append(end)
        return end
    if given == subprocess.DEVNULL:
        opened.append(os.open(os.devnull, os.O_RDWR))
        return opened[-1]
    if given is None:
        return number
    return given if isinstance(given, int) else given.fileno()
