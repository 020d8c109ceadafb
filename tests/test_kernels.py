"""Forked kernels: the same bytes as fresh ones, nothing left from one run to the next, the same ends as child processes.

What is expected comes from an ordinary kernel (`python3`, Jupyter's LocalProvisioner) doing the same.
"""

import ast
import os
import re
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import nbformat
import pytest
from jupyter_client.manager import KernelManager

import analysis
from analysis import kernels
from analysis.kernels import client, early, provisioner
from analysis.kernels.preload import MODULES
from analysis.pipeline.run import run_notebook
from analysis.study import PROJECT

pytestmark = pytest.mark.skipif(not client.usable(), reason="kernels are forked on Linux only")
BOTH = [kernels.PRELOADED, kernels.ORDINARY]
SOON = 10.0
# Sockets of its own: two clients on TCP now and then pick the same port, and one of them waits in vain.
CLIENT = """
import sys, tempfile, time
from analysis.kernels import client, kernel_name
from jupyter_client.manager import KernelManager
place = tempfile.mkdtemp(prefix="k")
manager = KernelManager(kernel_name=kernel_name(), transport="ipc", ip=place + "/k")
manager.start_kernel()
talk = manager.client()
talk.start_channels()
talk.wait_for_ready(timeout=60)
[server] = client._servers.values()
print(server.process.pid, manager.provisioner.pid, flush=True)
"""


@pytest.fixture(autouse=True)
def found(monkeypatch):
    """The kernel is found as under make; one environment for all tests here, thus one server."""
    monkeypatch.setenv("PYTHONHASHSEED", "0")
    monkeypatch.setenv("JUPYTER_PATH", str(kernels.SHARE))
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")


class Kernel:
    """A running kernel and what its cells print."""

    def __init__(self, name, **options):
        self.manager = KernelManager(kernel_name=name)
        self.manager.start_kernel(stderr=subprocess.DEVNULL, **options)
        self.talk = self.manager.client()
        self.talk.start_channels()
        self.talk.wait_for_ready(timeout=60)

    def run(self, code, timeout=60):
        said = []

        def hear(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                said.append(content["text"])
            if message["msg_type"] == "error":
                said.append(content["ename"])

        self.talk.execute_interactive(code, output_hook=hear, timeout=timeout)
        return "".join(said).strip()

    @property
    def forked(self):
        return isinstance(self.manager.provisioner.process, client.ForkedKernel)

    @property
    def pid(self):
        return self.manager.provisioner.pid

    def until_dead(self):
        until(lambda: not self.manager.is_alive())


@contextmanager
def kernel(name=kernels.PRELOADED, **options):
    one = Kernel(name, **options)
    try:
        yield one
    finally:
        one.talk.stop_channels()
        if one.manager.has_kernel:
            one.manager.shutdown_kernel(now=True)


def until(true):
    """Wait until something holds, but not for long."""
    end = time.monotonic() + SOON
    while not true():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def gone(pid):
    """No such process, not even a dead one nobody has asked after."""
    return not Path(f"/proc/{pid}").exists()


# --- the same as a fresh kernel ------------------------------------------------------------------

STATE = """
import gc, locale, os, signal, sys, threading, warnings
own = ("JPY_", "PYTEST_", "KMP_", "SPARK_", "PYARROW_")  # the last three are set by libraries, see below
print(sys.argv[0], sys.argv[1], len(sys.argv), sys.orig_argv[1:4], sys.path, sys.flags, __name__)
print(sorted((k, v) for k, v in os.environ.items() if not k.startswith(own)), os.getcwd())
print([signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGCHLD, signal.SIGHUP, signal.SIGPIPE)])
print(sorted(t.name.rstrip("1234567890") for t in threading.enumerate() if "_watch" not in t.name), threading.Thread().name, locale.getlocale(), gc.get_threshold(), gc.isenabled())
print(os.getsid(0) == os.getpgid(0) == os.getpid(), os.umask(0o22), hash("a"), sys.stdin, sys.getrecursionlimit())
print(sys.modules["__main__"].__dict__ is globals(), sorted(n for n in globals() if not n.startswith("_")))
print(os.read(0, 1))
"""
SETTINGS = """
import importlib, os, sys, warnings
for name in {modules}: importlib.import_module(name)
import matplotlib as mpl, numpy as np, pandas as pd, PIL.Image
print(sorted(map(str, mpl.rcParams.items())), mpl.get_backend(), mpl.is_interactive())
print(pd.options.d, np.geterr(), np.get_printoptions(), sorted(PIL.Image.OPEN))
print(sorted((k, v) for k, v in os.environ.items() if not k.startswith(("JPY_", "PYTEST_"))))
print(sorted(str(f) for f in warnings.filters), sorted(get_ipython().events.callbacks))
print({{n: [f.__name__ for f in c] for n, c in get_ipython().events.callbacks.items()}})
from analysis import figures
print(sorted(map(str, mpl.rcParams.items())))
"""


class TestTheSame:
    def test_it_is_forked_at_all(self):
        with kernel() as one, kernel(kernels.ORDINARY) as other:
            assert one.forked and not other.forked

    def test_state_at_the_start_and_settings_after_the_imports(self):
        said = []
        for name in BOTH:
            with kernel(name) as one:
                said.append((one.run(STATE), one.run(SETTINGS.format(modules=MODULES))))
        assert "Error" not in said[1][0] and "Error" not in said[1][1]
        for forked, fresh in zip(*said, strict=True):
            assert forked.splitlines() == fresh.splitlines()

    def test_settings_of_a_notebook_that_does_not_import_our_style(self):
        code = "import matplotlib as mpl; print(sorted(map(str, mpl.rcParams.items())))"
        with kernel() as one, kernel(kernels.ORDINARY) as other:
            assert one.run(code) == other.run(code)

    def test_bytes_of_figures_warnings_tables_and_errors(self, tmp_path, monkeypatch):
        cells = [
            "import matplotlib.pyplot as plt\n_ = plt.plot([1, 3, 2])",
            "import seaborn as sns, pandas as pd\nax = sns.scatterplot(x=[1, 2], y=[2, 1])\nax.set_title('Семья')",
            "import warnings\nwarnings.warn('as shown to people')\npd.DataFrame({'a': [1.5, None]})",
            "import numpy as np\nnp.array([1.0]) / 0",
            "print(np.random.default_rng(1).random(3) @ np.ones(3), {'a', 'b', 'c'})",
        ]
        notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
        nbformat.write(notebook, tmp_path / "figures.ipynb")
        forked, fresh = both_ways(tmp_path / "figures.ipynb", tmp_path, monkeypatch)
        assert forked.count("image/png") == 2 and "as shown to people" in forked
        assert addressless(forked) == addressless(fresh)

    @pytest.mark.slow
    @pytest.mark.parametrize("name", ["policy", "change", "words"])
    def test_bytes_of_a_stored_notebook(self, name, tmp_path, monkeypatch):
        forked, fresh = both_ways(PROJECT / "notebooks" / f"{name}.ipynb", tmp_path, monkeypatch)
        assert forked == fresh
        assert "image/png" in forked


def both_ways(source, folder, monkeypatch):
    """The text of the executed notebook, from a forked kernel and from a fresh one."""
    texts = []
    for name in BOTH:
        monkeypatch.setattr("analysis.pipeline.run.kernel_name", lambda name=name: name)
        run_notebook(source, folder / f"{name}.out.ipynb", {})
        texts.append((folder / f"{name}.out.ipynb").read_text(encoding="utf-8"))
    return texts


def addressless(text):
    """A warning names the cell's temporary file, whose folder is the number of the process."""
    return re.sub(r"/tmp/ipykernel_\d+/", "", text)


# --- nothing from one run to the next ------------------------------------------------------------

CHANGE = """
import json, os, random, sys, types, tempfile
import matplotlib as mpl, numpy as np, pandas as pd
pd.options.display.max_rows = 3; np.random.seed(1); random.seed(1); mpl.rcParams["lines.linewidth"] = 99
np.set_printoptions(precision=1); np.seterr(all="raise"); json.loads = None; np.pi = 3
os.environ["LEFT"] = "behind"; os.environ.pop("OMP_NUM_THREADS"); os.chdir("/"); sys.path.append("/left")
sys.modules["left_behind"] = types.ModuleType("left_behind"); kept = open(tempfile.mkstemp()[1], "w")
import analysis.study; analysis.study.PROJECT = None
print(np.random.random())
"""
LOOK = """
import json, os, random, sys
import matplotlib as mpl, numpy as np, pandas as pd
import analysis.study
print(pd.options.display.max_rows, mpl.rcParams["lines.linewidth"], np.get_printoptions()["precision"], np.geterr()["divide"],
      json.loads("1"), np.pi, os.environ.get("LEFT"), os.environ.get("OMP_NUM_THREADS"), os.getcwd() == CWD,
      "/left" in sys.path, "left_behind" in sys.modules, "kept" in globals(), analysis.study.PROJECT is None,
      sum("/tmp/tmp" in os.path.realpath(f"/proc/self/fd/{f}") for f in os.listdir("/proc/self/fd")))
"""


class TestNothingLeft:
    def test_what_one_run_changes_the_next_does_not_see(self):
        look = f"CWD = {str(Path.cwd())!r}\n{LOOK}"
        with kernel() as before:
            untouched = before.run(look)
        with kernel() as one:
            drawn = one.run(CHANGE)
            with kernel() as during:
                assert during.run(look) == untouched
        with kernel() as after:
            assert after.run(look) == untouched
            assert after.run("print(np.random.random())") != drawn
        assert untouched.startswith("60 1.5 8 warn 1 3.14159") and untouched.endswith(" 0")

    def test_global_generators_differ_as_between_processes(self):
        code = "import random, uuid, numpy as np; print(random.random(), np.random.random(), uuid.uuid4())"
        said = []
        for _ in range(2):
            with kernel() as one:
                said.append(one.run(code).split())
        assert len(said[0]) == 3
        assert all(first != second for first, second in zip(*said, strict=True))

    def test_rooms_are_read_anew(self):
        with kernel() as one:
            assert (
                one.run(
                    "import sys; print([m for m in sys.modules if m.split('.')[0] == 'analysis'])"
                )
                == "[]"
            )

    def test_environment_and_folder_are_those_of_the_launch(self, tmp_path):
        env = os.environ | {"SAID": "once"}
        with kernel(env=env, cwd=str(tmp_path)) as one:
            assert (
                one.run("import os; print(os.environ['SAID'], os.getcwd())") == f"once {tmp_path}"
            )
        with kernel() as one:
            assert one.run("import os; print(os.environ.get('SAID'))") == "None"


# --- ends ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", BOTH)
class TestEnds:
    @pytest.mark.parametrize(
        ("code", "status"),
        [("os._exit(3)", 3), ("os.kill(os.getpid(), signal.SIGKILL)", -9), ("os.abort()", -6)],
    )
    def test_a_death_is_noticed_with_its_status(self, name, code, status):
        with kernel(name) as one:
            pid, process = one.pid, one.manager.provisioner.process
            one.talk.execute(
                f"import os, signal, resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0)); {code}"
            )
            one.until_dead()
            assert process.poll() == status
            until(lambda: gone(pid))

    def test_interrupt_reaches_the_cell_and_the_kernel_goes_on(self, name):
        with kernel(name) as one:
            one.run("x = 7")
            one.talk.execute("import time\nwhile True: time.sleep(0.01)", reply=False)
            time.sleep(0.3)
            one.manager.interrupt_kernel()
            reply = one.talk.get_shell_msg(timeout=SOON)
            assert reply["content"]["ename"] == "KeyboardInterrupt"
            assert one.run("assert x == 8") == "AssertionError"  # not by print: an interrupt
            assert (
                one.run("assert x == 7") == ""
            )  # may cut off the thread that sends what is printed

    def test_polite_shutdown_runs_exit_handlers(self, name, tmp_path):
        with kernel(name) as one:
            pid = one.pid
            one.run(
                f"import atexit, pathlib; atexit.register(pathlib.Path({str(tmp_path / 'x')!r}).touch)"
            )
            one.manager.shutdown_kernel()
            assert (tmp_path / "x").exists() and gone(pid)
            assert not one.manager.has_kernel

    def test_restart(self, name):
        with kernel(name) as one:
            first = one.pid
            one.run("x = 7")
            one.manager.restart_kernel(now=True)
            one.talk.wait_for_ready(timeout=60)
            assert one.pid != first and gone(first)
            assert one.run("print(x)") == "NameError"

    def test_children_of_the_kernel_are_killed_with_it(self, name):
        with kernel(name) as one:
            child = int(one.run("import subprocess; print(subprocess.Popen(['sleep', '60']).pid)"))
        until(lambda: gone(child) or "Z" in Path(f"/proc/{child}/stat").read_text().split()[2])

    def test_a_timeout_of_nbclient(self, name):
        from nbclient import NotebookClient
        from nbclient.exceptions import CellTimeoutError

        cells = [nbformat.v4.new_code_cell("import time; time.sleep(60)")]
        notebook = nbformat.v4.new_notebook(cells=cells)
        with pytest.raises(CellTimeoutError):
            NotebookClient(notebook, timeout=1, kernel_name=name).execute()


def only_server():
    [server] = [one for one in client._servers.values() if one.process.poll() is None]
    return server


BEGUN = """
import sys
from pathlib import Path
from pytask import task
from analysis.kernels import client
from analysis.pipeline.build import begin, carry_out

made, start = [], client.Server.__init__
client.Server.__init__ = lambda self, env: (made.append(1), start(self, env))[1]
place = Path(sys.argv[1])
begin(place / "work")
from analysis.pipeline.editions import compendium  # all that a report imports before the first kernel
from analysis.records import check_tables
from analysis.study import read_study
check_tables(read_study("data/casework"))

@task(name="x", kwargs={"produces": place / "out.ipynb"})
def run(produces):
    from analysis.pipeline.run import run_notebook
    run_notebook(place / "in.ipynb", produces, {})

carry_out([run], place / "work")
print(len(made))
"""


@pytest.mark.slow
def test_the_server_begun_before_the_imports_of_a_report_is_the_one_that_serves_it(tmp_path):
    """pandera and pytask change the environment after it has begun; a second server would cost its imports again."""
    nbformat.write(
        nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1 + 1")]), tmp_path / "in.ipynb"
    )
    script = tmp_path / "begun.py"  # pytask wants a task to stand in a file
    script.write_text(BEGUN, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, script, tmp_path], cwd=PROJECT, capture_output=True, text=True
    )
    assert done.stdout.split() == ["1"], done.stderr


class TestServer:
    def test_it_has_one_thread_and_no_dead_children(self):
        with kernel() as one:
            pid = only_server().process.pid
            assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
            children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            assert str(one.pid) in children
        until(lambda: gone(one.pid))

    @pytest.mark.slow
    def test_when_the_server_is_killed_its_kernels_go_and_the_next_start_is_served(self):
        with kernel() as one:
            pid = one.pid
            only_server().process.kill()
            one.until_dead()
            assert one.manager.provisioner.process.poll() == -9
            until(lambda: gone(pid))
        with kernel() as after:
            assert after.forked and after.run("print(1)") == "1"

    @pytest.mark.slow
    @pytest.mark.parametrize("busy", ["", "talk.execute('while True: pass'); time.sleep(1)\n"])
    def test_nothing_outlives_a_killed_client(self, busy):
        code = CLIENT.replace("[server]", f"{busy}[server]") + "time.sleep(60)\n"
        with subprocess.Popen(
            [sys.executable, "-c", code], stdout=subprocess.PIPE, text=True
        ) as one:
            pids = list(map(int, one.stdout.readline().split()))
            assert len(pids) == 2 and not any(map(gone, pids))
            one.kill()
        until(lambda: all(map(gone, pids)))

    @pytest.mark.slow
    def test_two_clients_at_once_have_a_server_each_and_leave_none(self):
        running = [
            subprocess.Popen([sys.executable, "-c", CLIENT], stdout=subprocess.PIPE, text=True)
            for _ in range(2)
        ]
        pids = [int(pid) for one in running for pid in one.communicate(timeout=60)[0].split()]
        assert len(set(pids)) == 4
        until(lambda: all(map(gone, pids)))

    @pytest.mark.parametrize(
        ("module", "reason"),
        [
            ("print('hello')", "printed: hello"),
            ("import warnings; warnings.warn('old', FutureWarning)", "FutureWarning: old"),
            ("import threading; threading.Timer(9, print).start()", "threads"),
            ("x = 1", ""),
            ("import no_such_module", ""),
        ],
    )
    def test_imports_that_leave_a_trace_are_not_forked_from(self, module, reason, tmp_path):
        (tmp_path / "tried.py").write_text(module, encoding="utf-8")
        code = (
            "import os, sys; from analysis.kernels.preload import preload; out = os.dup(1)\n"
            "said, _ = preload(['tried']); os.write(out, said.encode()); os._exit(0)"
        )
        env = os.environ | {"PYTHONPATH": f"{tmp_path}:{Path(analysis.__file__).parents[1]}"}
        done = subprocess.run(
            [sys.executable, "-c", code],
            env=env,
            capture_output=True,
            text=True,
            stdin=subprocess.PIPE,
        )
        assert (reason in done.stdout) if reason else (done.stdout == "")


# --- ordinary kernels where none can be forked ---------------------------------------------------


class TestOrdinaryInstead:
    def works(self, **options):
        with kernel(**options) as one:
            assert not one.forked
            return one.run("import numpy; print(numpy.__name__)")

    def test_on_a_system_that_cannot(self, monkeypatch):
        monkeypatch.setattr(provisioner, "usable", lambda: False)
        assert self.works() == "numpy"

    def test_where_the_server_does_not_start(self, monkeypatch):
        monkeypatch.setattr(client, "_servers", {})
        monkeypatch.setattr(client.sys, "executable", "/bin/false")
        monkeypatch.setattr(provisioner, "sys", type("Same", (), {"executable": sys.executable}))
        with pytest.raises(client.KernelRefused, match="did not start"):
            client.server(os.environ).fork({}, [])
        client._servers.popitem()[1].close()

    def test_where_a_file_of_the_folder_would_be_imported(self, tmp_path):
        (tmp_path / "numpy.py").write_text("__name__ = 'another'", encoding="utf-8")
        assert self.works(cwd=str(tmp_path)) == "another"

    def test_where_the_folder_has_settings_of_its_own(self, tmp_path):
        (tmp_path / "matplotlibrc").write_text("lines.linewidth: 7", encoding="utf-8")
        with kernel(cwd=str(tmp_path)) as one:
            assert one.run("import matplotlib as m; print(m.rcParams['lines.linewidth'])") == "7.0"

    def test_a_folder_that_is_not_there_is_refused_as_ever(self, tmp_path):
        with pytest.raises(FileNotFoundError):
            Kernel(kernels.PRELOADED, cwd=str(tmp_path / "nowhere"))

    @pytest.mark.parametrize(
        ("command", "options"),
        [
            (["/usr/bin/other", "-m", "ipykernel_launcher", "-f", "x"], {}),
            ([sys.executable, "-X", "dev", "-m", "ipykernel_launcher"], {}),
            ([sys.executable, "-m", "ipykernel_launcher"], {"independent": True}),
            ([sys.executable, "-m", "ipykernel_launcher"], {"stdout": subprocess.PIPE}),
            ([sys.executable, "-m", "ipykernel_launcher"], {"umask": 7}),
        ],
    )
    def test_what_is_not_understood_is_refused(self, command, options):
        with pytest.raises(client.KernelRefused):
            provisioner.forked(command, {"env": dict(os.environ), **options})

    def test_without_the_entry_point_notebooks_run_in_python3(self, monkeypatch):
        monkeypatch.setattr(kernels, "PROVISIONER", "not-installed")
        assert kernels.kernel_name() == "python3"

    def test_the_kernel_is_made_findable_once_and_before_others(self, monkeypatch):
        monkeypatch.setenv("JUPYTER_PATH", "/elsewhere")
        assert kernels.kernel_name() == kernels.kernel_name() == "casework"
        assert os.environ["JUPYTER_PATH"] == f"{kernels.SHARE}{os.pathsep}/elsewhere"


def test_every_library_of_the_rooms_is_preloaded():
    house = Path(analysis.__file__).parent
    named = set()
    for path in house.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                named |= {alias.name.partition(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                named.add(str(node.module).partition(".")[0])
    elsewhere = {"typer", "analysis"}  # of the command, which no notebook imports
    missing = named - {name.partition(".")[0] for name in MODULES} - elsewhere
    assert {"numpy", "seaborn"} <= named
    assert missing - sys.stdlib_module_names == set()


@pytest.mark.parametrize(
    ("arguments", "environment", "expected"),
    [
        (["pytest", "--nbval"], {}, True),
        (["pytest", "-n", "2", "--nbval"], {}, False),
        (["pytest", "--numprocesses=2"], {}, False),
        (["-c", "-n", "2"], {"PYTEST_XDIST_WORKER": "gw0"}, True),
    ],
)
def test_the_head_of_workers_starts_no_server(arguments, environment, expected):
    assert early.runs_kernels(arguments, environment) is expected


def test_signals_are_forwarded_to_a_living_kernel_only():
    with kernel() as one:
        process = one.manager.provisioner.process
        process.terminate()
        assert process.wait(SOON) in (0, -signal.SIGTERM, 1)
        process.kill()  # no error, and nobody else is hit
