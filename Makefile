# `make report` and `make test` do everything, set-up included. `make` alone lists the targets.
VENV   := .venv
PYTHON := $(VENV)/bin/python
READY  := $(VENV)/.ready
export PYTHONHASHSEED := 0
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1

.PHONY: help report test bench lab accept study lint lock clean

help:
	@echo "make report   build the report; open book/_build/html/index.html"
	@echo "make test     run every check: style, types, unit tests, every notebook"
	@echo "make bench    measure speed, as ratios within this one run"
	@echo "make lab      open the notebooks in JupyterLab"
	@echo "make accept   run all notebooks and store their outputs as the new reference"
	@echo "make study    make the default synthetic study again from its declared model"
	@echo "make lint     style and types only"
	@echo "make lock     write requirements.txt again from pyproject.toml"
	@echo "make clean    delete what was made: the book, caches, the environment"

report: $(READY)
	@$(PYTHON) -m analysis.cli report

test: $(READY) lint
	@$(PYTHON) -m pytest -n 2 --dist loadfile
	@$(PYTHON) -m pytest -n 2 --dist loadfile -p analysis.kernels.early --nbval --nbval-kernel-name casework --nbval-cell-timeout 300 \
		--nbval-sanitize-with tests/nbval.cfg notebooks

bench: $(READY)
	@$(PYTHON) -m pytest bench -q -s

lint: $(READY)
	@$(PYTHON) -m ruff check .
	@$(PYTHON) -m ruff format --check .
	@$(PYTHON) -m mypy

lab: $(READY)
	@$(PYTHON) -m jupyter lab --notebook-dir=.

accept: $(READY)
	@$(PYTHON) -m analysis.cli accept

study: $(READY)
	@$(PYTHON) -m analysis.cli synthesise

# The environment: made once from the lock, made again when the lock or the project's own metadata changes.
$(READY): requirements.txt pyproject.toml
	@sh scripts/environment.sh $(VENV)
	@touch $(READY)

lock:
	@sh scripts/lock.sh

clean:
	@rm -rf book/_build .pytest_cache .mypy_cache .ruff_cache src/*.egg-info $(VENV)
	@find notebooks src tests -name __pycache__ -type d -prune -exec rm -rf {} +
	@echo "Deleted the book, the caches and the environment; nothing written by hand was touched."
