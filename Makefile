# All one needs is Python 3.11 or newer, git and make.

PYTHON ?= python3
CAREGIVERS ?= 2000
DAYS ?= 60
PORT ?= 3000
FAULT_RUNS ?= 100

export PYTHONDONTWRITEBYTECODE :=

VENV := .venv
READY := $(VENV)/.ready
OLDER_SPARK := $(VENV)/spark35

.PHONY: help setup demo demo-aws dev test lint bench drill faults clean

help: ## show this
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(READY) ## make .venv with the pinned dependencies

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
		|| { echo "Python 3.11 or newer is needed; set PYTHON to one: make PYTHON=python3.12"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement requirements.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(VENV)/bin/python -m compileall -q $(VENV)/lib seniorlink_assets spark || true
	@echo "Teaching Java to start Spark fast; this takes about a minute, once."
	@$(VENV)/bin/python -m seniorlink_assets.launchers.aot || true
	@touch $@

$(OLDER_SPARK)/.ready: assets_tests/spark35/requirements.txt | $(READY)
	$(PYTHON) -m venv --clear $(OLDER_SPARK)
	$(OLDER_SPARK)/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes --requirement $<
	@touch $@

demo: setup ## seed the sample company and materialize everything (SENIORLINK_HOME, CAREGIVERS, DAYS)
	@$(VENV)/bin/seniorlink demo --caregivers $(CAREGIVERS) --days $(DAYS)

demo-aws: setup ## the same on doubles of AWS and Redshift, and compare its rows with the demo's
	@$(VENV)/bin/python -m assets_tests.doubles.demo --caregivers $(CAREGIVERS) --days $(DAYS)

dev: setup ## open the Dagster UI on 127.0.0.1:3000 (PORT)
	@$(VENV)/bin/seniorlink dev --port $(PORT)

test: setup lint $(OLDER_SPARK)/.ready ## run every check and test
	$(VENV)/bin/python -m pytest --numprocesses 3 --no-loadscope-reorder

lint: setup ## check format, style and types
	$(VENV)/bin/ruff format --check
	$(VENV)/bin/ruff check
	$(VENV)/bin/basedpyright

golden: setup ## write the DDL of every table anew, to be read in review
	@$(VENV)/bin/python -m assets_tests.warehouses.redshift.golden_files

bench: setup ## measure against baselines on this machine (ONLY=overhead,catalogue,..., RUNS, CAREGIVERS, DAYS)
	@$(VENV)/bin/python -m assets_tests.bench.run

drill: setup ## fail a mart on purpose, show the plan, mend it and recover
	@$(VENV)/bin/python -m assets_tests.drills.demonstration

faults: setup ## run a hundred jobs through misfortune that seeds choose (FAULT_RUNS)
	FAULT_RUNS=$(FAULT_RUNS) $(VENV)/bin/python -m pytest assets_tests/launchers/test_fault_runs.py

clean: ## remove the environment and the default home
	rm -rf $(VENV) .seniorlink
