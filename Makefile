# wirewatch: everything a developer or an operator does, by name. `make help` lists it.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
ENV_FILE ?= .env
export PYTHONUNBUFFERED = 1

help: ## list what there is
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 18

# One environment a lock: the demo needs no more than what runs in production and the embedded servers.
$(VENV)/.run: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "wirewatch needs Python 3.11 or later: make PYTHON=python3.11 …")'
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	$(BIN)/wirewatch lexicon compile
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --only-binary :all: -r requirements-dev.lock
	@touch $@

demo: $(VENV)/.run ## run the whole product on this machine and play a sample wire (ARGS=--once ends by itself)
	@$(BIN)/wirewatch demo $(ARGS)

test: $(VENV)/.dev ## run every tier: unit, contract, integration, end to end (ARGS="-k page" selects)
	@deploy/test-tools.sh
	$(BIN)/python -m pytest $(ARGS)

lint: $(VENV)/.dev ## ruff, mypy --strict, the dependency rule, the compose file against its schema
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml

bench: $(VENV)/.dev ## articles a second and publish-to-alert on real Kafka and Redis, next to peers in the same run
	@deploy/test-tools.sh
	$(BIN)/python -m tests.bench $(ARGS)

eval: $(VENV)/.dev ## score the lexicons on the labelled articles of ../shared, each set apart (ARGS="--check", --json, --texts FILE)
	@$(BIN)/python -m tests.eval $(ARGS)

bench-kernel: $(VENV)/.dev ## articles a second a core of fold, furniture, match, offsets beside the naive chain; hostile texts
	$(BIN)/python -m tests.bench.kernel $(ARGS)

bench-dedup: $(VENV)/.dev ## fingerprint and claim against a real Redis, beside datasketch's MinHashLSH, and the index's memory
	$(BIN)/python -m tests.bench.dedup $(ARGS)

kafka: $(VENV)/.run ## run a real Apache Kafka (KRaft, from Maven Central) until Ctrl-C (ARGS="--brokers 3")
	@$(BIN)/python deploy/kafka/run.py $(ARGS)

faults: $(VENV)/.dev ## break things on real Kafka and Redis and count what was lost (FAULT=worker-kill SEED=3 repeats one; resumes)
	@deploy/test-tools.sh
	$(BIN)/python -m tests.faults $(if $(FAULT),--fault $(FAULT)) $(if $(SEED),--seed $(SEED)) $(ARGS)

incidents: $(VENV)/.dev ## two workers on a real Kafka, 200 reports of 20 sittings in an order of their own (SEED=3)
	SEED=$(or $(SEED),1) $(BIN)/python -m pytest tests/integration/test_incidents.py $(ARGS)

env: ## write .env with new random secrets, for docker compose
	@test ! -e $(ENV_FILE) || { echo "$(ENV_FILE) is there already; move it away first"; exit 1; }
	@umask 077; while IFS= read -r line; do case "$$line" in \
		\#*|"") echo "$$line" ;; *=) echo "$$line$$(head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n')" ;; *) echo "$$line" ;; esac; \
		done < deploy/env.example > $(ENV_FILE)
	@echo "made $(ENV_FILE); now: docker compose up -d"

places: $(VENV)/.dev ## write streams/lexicons/countries anew from the Unicode CLDR
	$(BIN)/python deploy/places.py

lock: ## resolve the locks anew (after a change of pyproject.toml)
	$(PYTHON) -m venv build/lock && build/lock/bin/pip install --quiet uv==0.13.9
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--extra embedded pyproject.toml deploy/build.in -o requirements.lock
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
		--all-extras pyproject.toml deploy/build.in -c requirements.lock -o requirements-dev.lock

clean: ## remove the environment and everything built
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis

.PHONY: help demo test lint bench bench-kernel bench-dedup eval kafka faults incidents env places lock clean
