# `make` builds the graph of data/corpus and serves it; `make test` passes the tests. Both set up what they need.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
VENV ?= .venv
BIN = $(VENV)/bin
OUT ?= out
HOST ?= 127.0.0.1
PORT ?= 0
# `make test EXTRAS=dev,clients` tests with other people's clients too
EXTRAS ?= dev

.PHONY: all serve build test check clean
all: serve

$(VENV)/.run: pyproject.toml
	@test -n "$(PYTHON)" || { echo "leakgraph needs Python 3.11 or newer (looked for python3.13 ... python3)."; exit 2; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.test-$(EXTRAS): pyproject.toml $(VENV)/.run
	$(BIN)/python -m pip install --quiet --editable '.[$(EXTRAS)]'
	@touch $@

build: $(VENV)/.run
	$(BIN)/kg build data/corpus --out $(OUT)

serve: build
	$(BIN)/kg serve $(OUT) --host $(HOST) --port $(PORT)

check: $(VENV)/.test-$(EXTRAS)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict kg

test: check
	$(BIN)/pytest $(ARGS)

clean:
	rm -rf $(VENV) $(OUT) .mypy_cache .ruff_cache .pytest_cache build dist
