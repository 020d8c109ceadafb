"""The client's side: one server for this process and environment, and its kernels as if they were child processes."""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from typing import Any, BinaryIO

from analysis.kernels import PRELOADED, kernel_name

START_SECONDS, END_SECONDS = 60.0, 5.0  # for the imports of the server, on a slow disk; for its end
# Beginnings of variables of no meaning to what is imported: those of one launch, and those that pandera sets when it is.
OWN = ("JPY_", "PYTEST_", "PYARROW_IGNORE_TIMEZONE", "SPARK_LOCAL_IP")
_lock = threading.Lock()
_servers: dict[str, Server] = {}


class KernelRefused(Exception):  # noqa: N818
    """No kernel can be forked for this request; an ordinary one can be started."""


class ForkedKernel:
    """A kernel that the server forked, with the part of `subprocess.Popen` that Jupyter uses."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int, channel: socket.socket) -> None:
        self.pid, self._channel = pid, channel
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Exit status (a signal's number negative), or None while the kernel lives."""
        return self._look(0.0)

    def wait(self, timeout: float | None = None) -> int | None:
        """Wait for the end; None when `timeout` seconds were not enough."""
        return self._look(timeout)

    def _look(self, timeout: float | None) -> int | None:
        if self.returncode is not None:
            return self.returncode
        self._channel.settimeout(timeout)
        try:
            said = _line(self._channel)
        except (BlockingIOError, TimeoutError):
            return None
        if said.startswith("exit "):
            self.returncode = int(said.removeprefix("exit "))
        else:  # the server is gone, and nobody else looks after its kernels
            with contextlib.suppress(OSError):
                os.killpg(self.pid, signal.SIGKILL)
            self.returncode = -signal.SIGKILL
        self._channel.close()
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel alone; nothing when it has ended."""
        if self.poll() is None:
            os.kill(self.pid, signum)

    def kill(self) -> None:
        """SIGKILL."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """SIGTERM."""
        self.send_signal(signal.SIGTERM)


class Server:
    """The process that forks, for one environment."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "analysis.kernels.server", str(theirs.fileno())]
        with theirs:
            self.process = subprocess.Popen(
                command,
                env=dict(environment),
                cwd="/",
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.control, self.owner, self.lock = ours, os.getpid(), threading.Lock()
        self.kernels: list[ForkedKernel] = []
        self.problem: str | None = None  # not known until the imports are over

    def fork(self, request: Mapping[str, Any], streams: list[int]) -> ForkedKernel:
        """A kernel, once it has set itself up.

        Raises
        ------
        KernelRefused
            With what the server or the fork said.
        """
        self._await_imports()
        ours, theirs = socket.socketpair()
        with theirs, tempfile.TemporaryFile() as file:
            _write(file, request)
            try:
                with self.lock:
                    socket.send_fds(
                        self.control, [b"k"], [theirs.fileno(), file.fileno(), *streams]
                    )
            except OSError as error:
                ours.close()
                raise KernelRefused(f"the server is gone: {error}") from None
        ours.settimeout(START_SECONDS)
        try:
            said = _line(ours)
        except TimeoutError:
            said = "no answer"
        if not said.startswith("pid "):
            ours.close()
            raise KernelRefused(said.removeprefix("no ") or "the server is gone")
        kernel = ForkedKernel(int(said.removeprefix("pid ")), ours)
        self.kernels = [one for one in self.kernels if one.returncode is None] + [kernel]
        return kernel

    def _await_imports(self) -> None:
        with self.lock:
            if self.problem is None:
                self.control.settimeout(START_SECONDS)
                try:
                    said = _line(self.control)
                except (TimeoutError, OSError):
                    said = ""
                self.control.settimeout(None)
                self.problem = "" if said == "ready" else said or "it did not start"
        if self.problem:
            raise KernelRefused(self.problem)

    def alive(self) -> bool:
        """Whether it runs, or has said why it will not: then there is no use in another."""
        return self.process.poll() is None or bool(self.problem)

    def idle(self) -> bool:
        """Whether the end of every kernel was seen; asking would take the answer from who waits."""
        return self.problem is not None and all(
            kernel.returncode is not None for kernel in self.kernels
        )

    def close(self) -> None:
        """Let it end, with its kernels, by closing what it listens to; while it imports it does not listen, and has none."""
        self.control.close()
        if self.owner == os.getpid():
            if self.problem is None:
                self.process.kill()
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(END_SECONDS)


def usable() -> bool:
    """Whether this system can fork kernels: not Windows, nor macOS, whose frameworks do not survive a fork."""
    return hasattr(os, "fork") and hasattr(socket, "send_fds") and sys.platform != "darwin"


def server(environment: Mapping[str, str]) -> Server:
    """The server of this process whose imports saw the same environment; started where there is none yet."""
    seen = {k: v for k, v in environment.items() if not k.startswith(OWN)}
    key = json.dumps(seen, sort_keys=True)
    with _lock:
        for old, one in list(_servers.items()):
            if one.owner != os.getpid() or not one.alive() or (old != key and one.idle()):
                _servers.pop(old).close()
        if key not in _servers:
            _servers[key] = Server(seen)
        return _servers[key]


def begin() -> None:
    """Start the server now, so that it imports while the caller does what comes before the first kernel.

    Kernels find it when the environment is then what it is now, but for variables of one launch.
    """
    if kernel_name() == PRELOADED and usable():
        server(os.environ)


@atexit.register
def _close_all() -> None:
    while _servers:
        _servers.popitem()[1].close()


def _write(file: BinaryIO, request: Mapping[str, Any]) -> None:
    file.write(json.dumps(request).encode())
    file.flush()


def _line(channel: socket.socket) -> str:
    """One line, or all there is before the end; without a time limit only the wait for its start is none."""
    said = part = channel.recv(1)
    if channel.gettimeout() == 0:
        channel.settimeout(1.0)
    while part and not said.endswith(b"\n"):
        part = channel.recv(1)
        said += part
    return said.decode(errors="replace").strip()
