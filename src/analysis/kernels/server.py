"""The process that has imported everything and forks kernels: `python -m analysis.kernels.server FD`.

FD is one end of a socket pair whose other end only the client holds, so there is nothing in the file system to
find, guard or clear away. A request is one byte with five descriptors: the kernel's channel back to the client, a
file with the request (JSON), and the kernel's stdin, stdout and stderr. The fork says on the channel that it is
ready; the server says there how it ended. When the client is gone, killed or not, kernels and server go too.
"""

from __future__ import annotations

import gc
import os
import select
import signal
import socket
import sys
import warnings
from pathlib import Path

from analysis.kernels.preload import preload

DESCRIPTORS = 5
LOOK_SECONDS = 1.0  # how often to look whether the parent is still the client


def serve(control: socket.socket) -> list[int] | None:
    """Fork kernels until the client is gone. In a fork: the five descriptors of its request; in the server: None."""
    client = os.getppid()
    children: dict[int, socket.socket] = {}
    woken, wake = socket.socketpair()
    for end in (woken, wake):
        end.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
    control.sendall(b"ready\n")
    while os.getppid() == client:
        ready, _, _ = select.select([control, woken], [], [], LOOK_SECONDS)
        if woken in ready:
            woken.recv(4096)
        _reap(children)
        if control not in ready:
            continue
        try:
            asked, given, _, _ = socket.recv_fds(control, 1, DESCRIPTORS)
        except ConnectionError:
            break
        if not asked:
            break
        pid = _fork() if len(given) == DESCRIPTORS else -1
        if pid == 0:
            _forget(control, woken, wake, *children.values())
            return list(given)
        if pid > 0:
            children[pid] = socket.socket(fileno=os.dup(given[0]))
        for descriptor in given:
            os.close(descriptor)
    _end(children)
    return None


def _fork() -> int:
    with warnings.catch_warnings():  # 3.12 warns of threads of the libraries, which end at a fork
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            return os.fork()
        except OSError:
            return -1


def _forget(*inherited: socket.socket) -> None:
    """In the fork: signals as in a new process, and nothing left open of the server's."""
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for end in inherited:
        end.close()


def _reap(children: dict[int, socket.socket]) -> None:
    while children:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        channel = children.pop(pid, None)
        if channel is not None:
            with channel:
                _tell(channel, f"exit {os.waitstatus_to_exitcode(status)}\n")


def _tell(channel: socket.socket, text: str) -> None:
    try:
        channel.sendall(text.encode())
    except OSError:
        return  # the client has forgotten this kernel


def _end(children: dict[int, socket.socket]) -> None:
    for pid in children:
        try:
            os.killpg(pid, signal.SIGKILL)
        except OSError:
            os.kill(pid, signal.SIGKILL)
    for pid in children:
        os.waitpid(pid, 0)


def _system_threads() -> int:
    """Threads of this process that outlive a fork in the parent; libraries end theirs at a fork."""
    pid = _fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)
    try:
        return sum(1 for _ in Path("/proc/self/task").iterdir())
    except OSError:
        return 1  # a system that does not tell


def main() -> None:
    """Import, say how that went, serve; a fork leaves through here as a kernel."""
    control = socket.socket(fileno=int(sys.argv[1]))
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # ipykernel reads at import who its parent is
    if not sys.flags.safe_path:
        del sys.path[0]  # the folder that -m puts there
    problem, variables = preload()
    if not problem and _system_threads() > 1:
        problem = "importing the libraries started threads that a fork would lose"
    if problem:
        control.sendall(f"no {' '.join(problem.split())}\n".encode())
        return
    gc.collect()
    gc.freeze()  # else the first collection in a fork copies every page
    empty = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(empty, descriptor)
    os.close(empty)
    descriptors = serve(control)
    if descriptors is None:
        os._exit(0)
    from analysis.kernels.child import become

    become(descriptors, variables)


if __name__ == "__main__":
    main()
