# What people do with a checkout. `make` alone lists it.
# Needs: make and Python 3.11 or newer. Everything else is installed into .venv.

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq --no-input

# The first interpreter that runs and is new enough; `make PYTHON=...` names another.
PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.14; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo "$$name" && break; \
	done)

# make demo SERVE=0 ends after the ranking; HISTORY=1 replays sixteen months first.
SERVE ?= 1
HISTORY ?= 0
DEMO_FLAGS := $(if $(filter 0 no,$(SERVE)),--no-serve) $(if $(filter 1 yes,$(HISTORY)),--history)

RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev
BENCH_STAMP := $(VENV)/.installed-bench
CODE := auditor web migrations tests scripts benchmarks
TYPED := $(wildcard $(CODE))

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test check bench pairs calculator-truth docs lint format lock screenshots clean test-tools
.DELETE_ON_ERROR:

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(RUN_STAMP) ## create .venv with the program: .venv/bin/auditor

setup-dev: $(DEV_STAMP)

demo: $(RUN_STAMP) ## crawl a sample registry and serve it (SERVE=0: only print; HISTORY=1: with a past)
	@$(BIN)/auditor demo $(DEMO_FLAGS)

test: $(DEV_STAMP) test-tools ## install what tests need, run all of them, measure coverage
	@rm -f .coverage .coverage.*
	$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile \
		--cov --cov-report= --cov-fail-under=0 $(PYTEST_FLAGS)
	@$(BIN)/coverage report
	@echo "domain, analysis and ledger, every branch:"
	@$(BIN)/coverage report --fail-under=100 \
		--include='auditor/domain/*,auditor/analysis/*,auditor/ledger/*'

check: $(DEV_STAMP) ## everything static: format, lint, types, imports, documents
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy $(TYPED)
	PYTHONPATH=. $(BIN)/lint-imports --no-logo
	$(BIN)/python -m pytest -q tests/test_architecture.py tests/test_docs.py

bench: $(BENCH_STAMP) ## speed beside peers (BENCH="ledger --rounds 1": a part, options)
	@sh scripts/install-test-tools.sh bench
	$(BIN)/python -m benchmarks $(BENCH)

pairs: $(DEV_STAMP) ## build wasteful and lean images in pairs, record them (PAIRS="--only NAME": some)
	@sh scripts/install-test-tools.sh pairs
	PYTHONPATH=. $(BIN)/python -m scripts.build_pairs $(PAIRS)

calculator-truth: $(DEV_STAMP) ## build and weigh layers, fit the calculator (TRUTH="--only pip --minutes 9")
	@sh scripts/install-test-tools.sh pairs
	PYTHONPATH=. $(BIN)/python -m scripts.calculator_truth $(TRUTH)
	PYTHONPATH=. $(BIN)/python -m scripts.calculator_truth.apps
	PYTHONPATH=. $(BIN)/python -m scripts.calculator_truth.own
	PYTHONPATH=. $(BIN)/python -m scripts.fit_calculator
	PYTHONPATH=. $(BIN)/python -m scripts.calculator_truth.foretell

docs: $(DEV_STAMP) ## build the documents as a site into build/site
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet
	@echo "build/site/index.html"

lint: $(DEV_STAMP) ## only the linter, mending what it can
	$(BIN)/ruff check --fix .

format: $(DEV_STAMP) ## format the code
	$(BIN)/ruff format .

# Locks hold hashes and no addresses, so any package index will do.
COMPILE = $(UV) pip compile --quiet --generate-hashes --no-emit-index-url --no-header \
	--universal --python-version 3.11
UV ?= uv

lock: ## compile requirements/*.txt anew, with uv (UPGRADE=1: newest versions)
	@command -v $(UV) >/dev/null || { echo "make lock needs uv: $(PYTHON) -m pip install uv" >&2; exit 1; }
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml requirements/build.in requirements/dev.in \
		--extra postgres --extra parquet --extra server --extra otel --extra sentry \
		--output-file requirements/dev.txt
	$(COMPILE) --constraints requirements/dev.txt pyproject.toml --output-file requirements/run.txt
	$(COMPILE) --constraints requirements/dev.txt pyproject.toml --extra postgres \
		--output-file requirements/postgres.txt
	$(COMPILE) --constraints requirements/dev.txt pyproject.toml --extra server \
		--output-file requirements/server.txt
	$(COMPILE) --constraints requirements/dev.txt pyproject.toml --extra parquet \
		--output-file requirements/parquet.txt
	$(COMPILE) --constraints requirements/dev.txt pyproject.toml --extra server --extra otel \
		--output-file requirements/otel.txt
	$(COMPILE) --constraints requirements/dev.txt pyproject.toml --extra server --extra sentry \
		--output-file requirements/sentry.txt
	$(COMPILE) --constraints requirements/dev.txt requirements/build.in \
		--output-file requirements/build.txt
	$(COMPILE) --constraints requirements/dev.txt requirements/bench.in \
		--output-file requirements/bench.txt

screenshots: $(DEV_STAMP) ## take the pictures of the README anew, from the demo
	@sh scripts/install-test-tools.sh
	PYTHONPATH=. $(BIN)/python scripts/take_screenshots.py

clean: ## remove what was made: .venv, caches, the demo's database
	rm -rf $(VENV) .demo build dist htmlcov .coverage .coverage.* .mypy_cache .ruff_cache \
		.pytest_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

test-tools:
	@sh scripts/install-test-tools.sh

# A stamp is as old as the lock it was made from: a changed lock installs again.
# A lock names everything there is to install, so pip has nothing to resolve: where a package
# asks for another with extras, older releases of pip take the newest instead of the pinned one.
$(RUN_STAMP): requirements/run.txt requirements/build.txt pyproject.toml | $(BIN)/python
	@echo "installing the program into $(VENV) ..."
	@$(PIP) install --require-hashes --no-deps -r requirements/run.txt
	@$(PIP) install --require-hashes --no-deps -r requirements/build.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(DEV_STAMP): requirements/dev.txt pyproject.toml | $(BIN)/python
	@echo "installing the program and the tools of its developers into $(VENV) ..."
	@$(PIP) install --require-hashes --no-deps -r requirements/dev.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $(RUN_STAMP) $@

$(BENCH_STAMP): $(DEV_STAMP) requirements/bench.txt
	@echo "installing what only benchmarks need into $(VENV) ..."
	@$(PIP) install --require-hashes --no-deps -r requirements/bench.txt
	@touch $@

$(BIN)/python:
	@if [ -z "$(PYTHON)" ]; then \
		echo "Python 3.11 or newer was not found. Install it (Debian 12 and later: apt-get install python3 python3-venv)," >&2; \
		echo "or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; fi
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "$(PYTHON) is not Python 3.11 or newer; name another: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) has no venv module. On Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@"$(PYTHON)" -m venv --clear $(VENV)
