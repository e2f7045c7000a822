# Everything a newcomer needs: `make run` tries it, `make test` proves it.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: run test lint bench score docs lock clean

run: $(VENV)/run.stamp  ## set up and run with the demo data on the embedded database
	$(BIN)/intake serve --demo

test: $(VENV)/dev.stamp  ## set up and run the tests (servers that are missing are skipped, visibly)
	$(BIN)/python -m pytest $(WORKERS)
# One worker a core; a module stays with one of them, as it shares its servers.
WORKERS ?= --numprocesses=auto --maxprocesses=4 --dist=loadfile

lint: $(VENV)/dev.stamp  ## style, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: $(VENV)/bench.stamp  ## print ratios against a baseline measured in the same run
	$(BIN)/python -m tests.bench

score: $(VENV)/dev.stamp  ## how well mail is read: scores on the corpora in INTAKE_CORPUS
	$(BIN)/python -m tests.score

docs: $(VENV)/dev.stamp  ## rewrite the generated parts of the documentation
	$(BIN)/python -m tests.docs --write

lock:  ## renew the hashed locks; needs uv
	uv pip compile pyproject.toml --universal --python-version 3.11 $(LOCK) -o requirements/run.txt
	uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 $(LOCK) -o requirements/dev.txt -c requirements/run.txt
	uv pip compile pyproject.toml --extra dev --extra bench --universal --python-version 3.11 $(LOCK) -o requirements/bench.txt -c requirements/dev.txt
LOCK := --generate-hashes --no-emit-index-url --no-emit-find-links --no-annotate --quiet --custom-compile-command 'make lock'

$(VENV)/bin/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/%.stamp: requirements/%.txt pyproject.toml | $(VENV)/bin/python
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r $<
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache build dist
