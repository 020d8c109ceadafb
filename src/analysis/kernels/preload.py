"""What is imported before any kernel is forked, and whether that went without a trace; nothing is started here.

A module may stand in `MODULES` when importing it early cannot be told from importing it late: it prints nothing,
starts no thread, opens nothing and sets nothing outside itself (but environment variables, which a forked kernel
has from the start). tests/test_kernels.py compares a kernel forked after these imports with a fresh one that makes
them itself. `matplotlib_inline` may not stand there: it looks for a running IPython when it is imported, and
figures would not be shown.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import io
import os
import sys
import tempfile
import threading
from collections.abc import Iterable
from types import SimpleNamespace

from analysis.kernels import GRAMMARS

MODULES = (
    # the kernel itself
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.oinspect",
    "IPython.core.logger",
    "IPython.extensions.storemagic",
    "IPython.core.completerlib",
    "IPython.core.magics",
    "IPython.core.pylabtools",
    # what the rooms import
    "numpy",
    "pandas",
    "pyarrow",
    "scipy.stats",
    "scipy.optimize",
    "statsmodels.api",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "PIL.PngImagePlugin",
    "seaborn",
    "pingouin",
    "nltk",
    "nltk.stem.snowball",
    "nltk.collocations",
    "lxml.etree",
    "openpyxl",
    "pandera.pandas",
    "pandera.backends.pandas.builtin_checks",
    "pandera.backends.pandas.builtin_hypotheses",
    "pymorphy3",
    "pyreadstat",
    "razdel",
    "sqlite3",
    "tomllib",
    # what they import when first used
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PpmImagePlugin",
    "charset_normalizer",
    "docutils.nodes",
    "encodings.utf_8_sig",
    "myst_nb.ext.glue",
    "pandas.core.methods.to_dict",
    "pandas.core.reshape.reshape",
    "pandas.io.formats.string",
    "zmq.utils.garbage",
)
INLINE = "module://matplotlib_inline.backend_inline"  # what ipykernel sets where nothing is set


def preload(modules: Iterable[str] = MODULES) -> tuple[str, dict[str, str]]:
    """Import the modules; a module that is missing is left for the notebook to complain of.

    Returns
    -------
    (str, dict)
        Empty, or why kernels may not be forked from this process: what was printed or warned of would be missing
        from the notebook that makes the import; a thread would be missing from the fork. And the environment
        variables that libraries set for themselves.
    """
    os.environ.setdefault("MPLBACKEND", INLINE)
    # A note of the debugger that a kernel would write to the terminal, not into the notebook.
    os.environ.setdefault("PYDEVD_DISABLE_FILE_VALIDATION", "1")
    # A purging thread of pyarrow's allocator, which would not survive a fork. Results do not depend on it.
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")
    before = dict(os.environ)
    with tempfile.TemporaryFile() as heard:
        os.dup2(heard.fileno(), 1)
        os.dup2(heard.fileno(), 2)
        _import(modules)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()
        heard.seek(0)
        printed = heard.read(2000).decode(errors="replace").strip()
    changed = {k: v for k, v in os.environ.items() if before.get(k) != v}
    if printed:
        return f"importing the libraries printed: {printed}", changed
    if threading.active_count() > 1:
        return f"importing the libraries started threads: {threading.enumerate()[1:]}", changed
    return "", changed


def _import(modules: Iterable[str]) -> None:
    encoding = sys.stdout.encoding
    # pandas asks at import whether it is in a kernel, and prints tables wider if not
    builtins.get_ipython = lambda: SimpleNamespace(kernel=None)  # type: ignore[attr-defined]
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="UTF-8")  # spelled as a kernel's; pandas keeps the spelling
    sys.modules[GRAMMARS] = None  # type: ignore[assignment]
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    del sys.modules[GRAMMARS], builtins.get_ipython  # type: ignore[attr-defined]
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding=encoding)
