# Creates the virtual environment and installs the locked packages. Everything else is a task: `.venv/bin/task --list`.
.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
IS_SUPPORTED := -c 'import sys; sys.exit(sys.version_info < (3, 13))' 2>/dev/null
PYTHON ?= $(shell for candidate in python3.14 python3.13 python3 python; do \
	$$candidate $(IS_SUPPORTED) && echo $$candidate && break; done)
# The shell reads both from its environment, because a path may contain quotation marks.
export PYTHON
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help install run test test-all test-browser clean

help:
	@echo 'make run           install, migrate and serve on http://127.0.0.1:8000 (SQLite unless DATABASE_URL is set)'
	@echo 'make test          install and run the quick checks (with TEST_DATABASE_URL some of them on PostgreSQL too)'
	@echo 'make test-all      install and run every check on SQLite and on the PostgreSQL of TEST_DATABASE_URL'
	@echo 'make test-browser  run the browser tests; they need Chromium (CHROMIUM=/path if it is not found)'
	@echo 'make install       install into $(VENV)'
	@echo 'make clean         remove $(VENV)'

install: $(VENV)/.installed

# Install the export of poetry.lock with hash checks; repeat it only when the export changes.
$(VENV)/.installed: requirements/dev.txt
	@"$$PYTHON" $(IS_SUPPORTED) || { echo "Python >= 3.13 is needed; found: $${PYTHON:-none}. Install it, or give its path: make PYTHON=/path/to/python3.13" >&2; exit 1; }
	@test -x $(BIN)/python || "$$PYTHON" -m venv $(VENV)
	@echo 'Installing (about half a minute, once) ...'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@touch $@

run: install
	@DJANGO_DEBUG=$${DJANGO_DEBUG:-true} sh -c 'task migrate --verbosity 0 && task serve'

test: install
	@task test

test-all: test $(VENV)/.installed-browser
	@task slow

test-browser: $(VENV)/.installed-browser
	@task browser

$(VENV)/.installed-browser: $(VENV)/.installed requirements/browser.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/browser.txt
	@touch $@

clean:
	rm -rf $(VENV)
