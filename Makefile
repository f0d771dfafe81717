# Everything runs in .venv, which the first target that needs it builds. No root, no system package.
#
#   make book    execute the notebooks, prove every claim, write pv/ and figures/, build build/book/
#   make test    style, types and tests
#   make check   style and types only
#   make pdf     print the book that make book has built as build/book.pdf, where there is a Chromium
#   make pictures   photograph a chapter and an attack for the README, likewise
#   make lab     open JupyterLab on the notebooks
#   make lite    build build/lite/site, a JupyterLite site: the notebooks run in the reader's browser
#   make compiled   the hot modules of the verifier as C extensions, where there is a C compiler; not needed
#   make bench   time the verifier, compiled and pure, on every model, beside ProVerif where it is installed;
#                more models: make bench BENCH='--examples FOLDER --proverif PATH'; then, as bench/families.svg,
#                what all sets of up to two toggles cost, by the family and one by one
#   make clean   remove what the targets above made, except what is committed

SYSTEM_PYTHON ?= python3
JOBS ?= 2
TESTS ?= tests

VENV := .venv
PYTHON := $(VENV)/bin/python
STAMP := $(VENV)/installed

# A reader's own settings must not change a committed byte.
export JUPYTER_PREFER_ENV_PATH := 1
export PYTHONNOUSERSITE := 1
# Compiled modules and parsing tables are kept: without them every start takes three times as long.
export PYTHONDONTWRITEBYTECODE :=
export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)

.PHONY: book pdf pictures test check lab lite compiled bench clean help

help:
	@sed -n 's/^#   //p' Makefile

book: $(STAMP)
	@$(PYTHON) -m kbspec book --jobs $(JOBS)

pdf pictures: $(STAMP)
	@$(PYTHON) -m kbspec book --$@

check: $(STAMP)
	@$(PYTHON) -m ruff check --quiet src tests ci bench
	@$(PYTHON) -m mypy --no-error-summary

test: check
	@$(PYTHON) -m pytest -q -n $(JOBS) --dist loadfile $(TESTS)

lab: $(STAMP)
	@JUPYTER_PATH=$(CURDIR)/src/kbspec/jupyter:$(JUPYTER_PATH) $(PYTHON) -m jupyter lab notebooks

lite: $(STAMP)
	@$(PYTHON) -m kbspec.book.lite

compiled: $(STAMP)
	@$(PYTHON) -m appliedpi.native

bench: compiled
	@$(PYTHON) -m bench $(BENCH)
	@$(PYTHON) -m bench.families

clean:
	rm -rf build .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis .cache
	find src tests ci notebooks -name __pycache__ -o -name .ipynb_checkpoints -o -name '*.egg-info' | xargs rm -rf

$(STAMP): pyproject.toml requirements.lock
	@$(SYSTEM_PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed; this is " + sys.version.split()[0] + ". Try: make SYSTEM_PYTHON=python3.11")'
	@echo "setting up $(VENV) (once; a few minutes)"
	@test -x $(PYTHON) || $(SYSTEM_PYTHON) -m venv $(VENV)
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check -r requirements.lock
	@$(PYTHON) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@
