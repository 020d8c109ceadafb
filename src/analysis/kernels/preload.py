"""What is imported before any kernel is forked, and whether that went without a trace; nothing is started here.

A module may stand in `MODULES` when importing it early cannot be told from importing it late: it prints nothing,
starts no thread, opens nothing and sets nothing outside itself. tests/test_kernels.py compares a kernel forked
after these imports with a fresh one that makes them itself. `matplotlib_inline.backend_inline` may not: it looks
for a running IPython when it is imported, and figures would be another size and not be closed.
"""

from __future__ import annotations

import importlib
import os
import tempfile
import threading
from collections.abc import Iterable

MODULES = (
    # the kernel itself
    "ipykernel.kernelapp",
    "ipykernel.debugger",
    "IPython.core.completerlib",
    "IPython.core.magics",
    "IPython.core.pylabtools",
    "matplotlib_inline.config",
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
    "pymorphy3",
    "razdel",
    "sqlite3",
)
INLINE = "module://matplotlib_inline.backend_inline"  # what ipykernel sets where nothing is set


def preload(modules: Iterable[str] = MODULES) -> str:
    """Import the modules; a module that is missing is left for the notebook to complain of.

    Returns
    -------
    str
        Empty, or why kernels may not be forked from this process: what was printed or warned of would be missing
        from the notebook that makes the import; a thread would be missing from the fork.
    """
    os.environ.setdefault("MPLBACKEND", INLINE)
    # A purging thread of pyarrow's allocator, which would not survive a fork. Results do not depend on it.
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")
    with tempfile.TemporaryFile() as heard:
        os.dup2(heard.fileno(), 1)
        os.dup2(heard.fileno(), 2)
        for name in modules:
            try:
                importlib.import_module(name)
            except ImportError:
                continue
        heard.seek(0)
        printed = heard.read(2000).decode(errors="replace").strip()
    if printed:
        return f"importing the libraries printed: {printed}"
    if threading.active_count() > 1:
        return f"importing the libraries started threads: {threading.enumerate()[1:]}"
    return ""
