# make report and make test each do all of their own set-up; the stamp files under .venv make a second run quick.
SHELL := /bin/bash
PYTHON ?= $(shell command -v python3.11 || command -v python3)
BIN := .venv/bin
AXE := .venv/node_modules/axe-core/axe.min.js
UV := $(shell command -v uv)
ifeq ($(UV),)
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check
else
INSTALL := $(UV) pip install --quiet --python $(BIN)/python
endif

.PHONY: report test lint lab benchmark mutants picture clean

report: .venv/.installed
	$(BIN)/exkit report data/customers --out reports

test: .venv/.installed-dev lint
	.ci/system-packages
	@test -f $(AXE) || npm install --silent --no-save --no-audit --no-fund --prefix .venv axe-core@4.14.1
	$(BIN)/pytest -n 2 --dist loadscope --no-loadscope-reorder -r fEs

lint: .venv/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

lab: .venv/.installed
	$(BIN)/jupyter lab notebooks --ServerApp.kernel_websocket_connection_class=exkit.workshop.wire.Undelayed

benchmark: .venv/.installed-dev
	@status=0; for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python "$$file" || status=1; done; exit $$status

# Change the rules one place at a time: do the tests notice? Takes long, so it is no part of `make test`.
mutants: .venv/.installed-dev
	$(BIN)/python -m tests.mutants

.venv/bin/python:
	@test -n "$(PYTHON)" || { echo "No python3 found: install Python 3.11 or newer."; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "exkit needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version)."; exit 1; }
ifeq ($(UV),)
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || .ci/system-packages venv
	$(PYTHON) -m venv .venv
else
	$(UV) venv --quiet --python $(PYTHON) .venv
endif

.venv/.installed: requirements.txt pyproject.toml setup.py | .venv/bin/python
	$(INSTALL) -r requirements.txt -e .
	@touch $@

.venv/.installed-dev: requirements-dev.txt .venv/.installed
	$(INSTALL) -r requirements-dev.txt
	@touch $@

# The picture in the README, of a real report.
picture: report
	chromium --headless --no-sandbox --hide-scrollbars --window-size=1000,1320 --screenshot=docs/report.png \
		"file://$(CURDIR)/reports/cas-in-perimeter-2007/report.html" 2> /dev/null

clean:
	rm -rf .venv build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
