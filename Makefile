# Two commands matter: `make demo` shows what pepperbird does, `make test` proves it. Both set up what they need.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin
# Other people's programs that judge what pepperbird writes, and whose pins do not go with its own.
ORACLES := .venv-oracles
# A file stays on one worker: its tests share a machine and follow each other. The long files come first.
SIDE_BY_SIDE := -n 2 --dist loadfile --no-loadscope-reorder

# `make demo-full` is the large one: databases, buckets, repositories, a drill, a kit and signed documents.

.PHONY: demo demo-full test check cover lint bench clean

demo: $(VENV)/ready
	sh tests/support/tools.sh machines
	$(RUN)/python tests/machines/demo.py

demo-full: $(VENV)/ready
	sh tests/support/tools.sh machines databases objects backups
	$(RUN)/python tests/machines/demo_full.py

test: $(VENV)/ready $(ORACLES)/ready lint
	sh tests/support/tools.sh all
	$(RUN)/python -m pytest $(SIDE_BY_SIDE)

# The same tests, and which lines of pepperbird none of them reaches. Kept apart: to look costs as much as to test.
cover: $(VENV)/ready $(ORACLES)/ready
	sh tests/support/tools.sh all
	$(RUN)/python -m pytest $(SIDE_BY_SIDE) --cov --cov-report=term:skip-covered

check: $(VENV)/ready lint
	$(RUN)/python -m pytest $(SIDE_BY_SIDE) -q -m "not slow and not machine"

lint: $(VENV)/ready
	$(RUN)/ruff check .
	$(RUN)/ruff format --check .
	$(RUN)/mypy
	$(RUN)/lint-imports

bench: $(VENV)/ready
	sh tests/support/tools.sh machines
	$(RUN)/pip install --quiet --constraint constraints.txt pytest-testinfra
	$(RUN)/python -m bench

$(VENV)/ready: pyproject.toml constraints.txt
	PYTHON=$(PYTHON) sh tests/support/tools.sh python
	test -x $(RUN)/python || $(PYTHON) -m venv $(VENV)
	$(RUN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $@

$(ORACLES)/ready: tests/support/oracles.txt
	PYTHON=$(PYTHON) sh tests/support/tools.sh python
	test -x $(ORACLES)/bin/python || $(PYTHON) -m venv $(ORACLES)
	$(ORACLES)/bin/python -m pip install --quiet --disable-pip-version-check --requirement $<
	touch $@

clean:
	rm -rf $(VENV) $(ORACLES) build dist demo-output demo-full-output .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
