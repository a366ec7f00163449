.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
PYTHON ?= python3
# Run modules, not the scripts beside them: a script holds the path the checkout had at setup.
VENV := .venv/bin/python
STAMP := .venv/.stamp

# An environment whose interpreter or packages are gone is rebuilt, however fresh its stamp is.
VENV_STATE := $(shell $(VENV) -c 'from importlib.util import find_spec; print("usable" if find_spec("schemathesis") else "empty")' 2>/dev/null)
ifneq ($(VENV_STATE),usable)
.PHONY: $(STAMP)
endif

.PHONY: help setup demo demo-browser allure test test-real kill-matrix no-false-alarm bench lint format clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1|\2/p' Makefile | awk -F'|' '{ printf "  make %-16s %s\n", $$1, $$2 }'

setup: $(STAMP) ## create .venv from requirements.lock (network only when the lock has changed)
	@echo "Ready: .venv holds what requirements.lock names."

$(STAMP): requirements.lock
	@command -v "$(PYTHON)" >/dev/null || { \
		echo "Setup needs Python 3.11 or newer, but there is no $(PYTHON): install one, or name yours as in 'make setup PYTHON=python3.12'." >&2; exit 1; }
	@"$(PYTHON)" -c 'import sys; sys.exit("Setup needs Python 3.11 or newer, but $(PYTHON) is %d.%d: name a newer one as in \"make setup PYTHON=python3.12\"." % sys.version_info[:2] if sys.version_info < (3, 11) else 0)'
	@echo "Installing what requirements.lock names into .venv ..."
	@test "$(VENV_STATE)" = usable || { rm -rf .venv && "$(PYTHON)" -m venv .venv; }
	@$(VENV) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@touch $(STAMP)
	@$(VENV) -m reports.renderer || true

demo: $(STAMP) ## judge the reference target with three planted faults, then fixed, and compare
	@$(VENV) -m reports.renderer >/dev/null || true
	@$(VENV) -m fixtures.demo

demo-browser: $(STAMP) ## judge a single-page application and its fixed twin in real Chromium
	@$(VENV) -m reports.renderer >/dev/null || true
	@$(VENV) -m fixtures.demo_browser

allure: $(STAMP) ## install what renders the Allure report (Node comes with it if there is none)
	@$(VENV) -m reports.renderer

test: lint ## all static checks, then the self-tests
	$(VENV) -m pytest suites/selftest --ignore=suites/selftest/real -n 3 --dist worksteal

test-real: $(STAMP) ## self-tests against published versions of real products; ALL=1: of more of them
	ALL="$(ALL)" $(VENV) -m pytest suites/selftest/real -q -n 2 --dist worksteal

kill-matrix: $(STAMP) ## which requirement catches which seeded fault
	$(VENV) -m suites.selftest.kill_matrix

no-false-alarm: $(STAMP) ## conforming targets are never called violated
	$(VENV) -m suites.selftest.no_false_alarm

bench: $(STAMP) ## time and requests a run needs
	$(VENV) -m suites.selftest.bench

lint: $(STAMP) ## ruff, format, types, walls between the rooms
	$(VENV) -m ruff check .
	$(VENV) -m ruff format --check .
	$(VENV) -m mypy --strict
	$(VENV) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

format: $(STAMP) ## format and sort imports in place
	$(VENV) -m ruff check --select I --fix .
	$(VENV) -m ruff format .

clean: ## remove caches (.venv and the evidence in reports/runs stay)
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -path ./.venv -prune -o -type d -name __pycache__ -exec rm -rf {} +
