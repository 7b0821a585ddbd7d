# Set-up, proofs, tests and checks. `make help` lists the targets.
#
# Every target that needs Python makes `.venv` beside this file first. The stamp inside it is
# renewed when pyproject.toml or requirements.lock is newer; otherwise set-up takes no time.

SHELL := /bin/sh
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.setup-done

# The interpreter that .venv is made with. Empty: the first one on PATH that works, see below.
PYTHON ?=

# Prints "suitable", or says why not.
PROBE := import sys; v = sys.version_info; \
	print("older than 3.11") if v < (3, 11) \
	else __import__("venv") and __import__("ensurepip") and print("suitable")

# Tries each candidate by running it: a version manager's shim may exist and still fail, and a
# distribution's python3 may lack ensurepip (Debian: the package python3-venv). Prints the first
# that works.
define FIND_PYTHON
tried=""; \
try() { \
	out=$$("$$1" -c '$(PROBE)' 2>&1) || true; \
	case "$$out" in \
		(*suitable) echo "$$1"; exit 0;; \
		(*"older than 3.11"*) why="is older than Python 3.11";; \
		(*ensurepip*|*"No module named"*venv*) why="lacks venv or ensurepip";; \
		(*) why="does not run";; \
	esac; \
	tried="$$tried  $$1: $$why\\n"; \
}; \
if [ -n "$(PYTHON)" ]; then \
	try "$(PYTHON)"; \
else \
	for name in python3 python3.13 python3.12 python3.11 python3.14 python; do \
		rest=$$PATH:; \
		while [ -n "$$rest" ]; do \
			dir=$${rest%%:*}; rest=$${rest#*:}; \
			if [ -n "$$dir" ] && [ -f "$$dir/$$name" ] && [ -x "$$dir/$$name" ]; then \
				try "$$dir/$$name"; \
			fi; \
		done; \
	done; \
fi; \
{ \
	echo "No suitable Python found. Needed: Python >= 3.11 with venv and ensurepip."; \
	if [ -n "$$tried" ]; then printf 'Tried:\n%b' "$$tried"; else echo "Tried: no python on PATH"; fi; \
	echo "On Debian or Ubuntu: apt-get install python3 python3-venv."; \
	echo "Or name one: make setup PYTHON=/path/to/python3"; \
} >&2; \
exit 1
endef

.PHONY: help setup prove mutants hostile test lint lock clean find-python
.DEFAULT_GOAL := help

help:  ## show this list
	@sed -n 's/^\([a-z][a-z-]*\):[^#]*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 22

setup: $(STAMP)  ## make .venv with the pinned versions (PYTHON= names the interpreter)

$(STAMP): pyproject.toml requirements.lock
	@set -e; \
	if ! $(BIN)/python -c 'import pip' >/dev/null 2>&1; then \
		python=$$($(FIND_PYTHON)); \
		echo "Making $(VENV) with $$python"; \
		"$$python" -m venv --clear $(VENV); \
	fi
	@rm -f $(STAMP)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		--no-deps --no-build-isolation --editable .
	@touch $(STAMP)

prove: $(STAMP)  ## run the executable theorems on all cores and print their ledger
	$(BIN)/python -m pytest proofs/ -n auto

mutants: $(STAMP)  ## run false neighbours of the formulas of the proofs; goes on where it was
	OPENBLAS_NUM_THREADS=1 $(BIN)/python numerics/mutants/run.py

hostile: $(STAMP)  ## hostile problems against an exact truth; goes on where it was
	OPENBLAS_NUM_THREADS=1 $(BIN)/python -m numerics.hostile.run

test: $(STAMP)  ## run the tests
	$(BIN)/python -m pytest tests/ -n auto

lint: $(STAMP)  ## ruff, mypy --strict on the package, the layers
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy --strict
	$(BIN)/lint-imports

lock:  ## take the newest versions that pyproject.toml allows into requirements.lock
	@set -e; \
	python=$$($(FIND_PYTHON)); \
	"$$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { \
		echo "The lock is made with the oldest supported Python, so that every later one can use" >&2; \
		echo "it; $$python is not 3.11. Name one: make lock PYTHON=/path/to/python3.11" >&2; \
		exit 1; \
	}; \
	work=$$(mktemp -d); trap 'rm -rf "$$work"' EXIT; \
	"$$python" -m venv "$$work/venv"; \
	"$$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
		--upgrade --editable '.[dev]'; \
	{ sed -n '/^#/p' requirements.lock; \
	  "$$work/venv/bin/python" -m pip freeze --all --exclude-editable \
		--exclude pip --exclude wheel | LC_ALL=C sort -f; } > "$$work/lock"; \
	mv "$$work/lock" requirements.lock; \
	echo "Wrote requirements.lock; run make prove, make test and make lint with it."

clean:  ## remove .venv and every cache
	rm -rf $(VENV) build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache \
		.import_linter_cache .hypothesis proofs/.ledger_cache
	find implicitbias proofs tests numerics notebooks -type d -name __pycache__ \
		-exec rm -rf {} + 2>/dev/null || true

find-python:  ## print the interpreter that set-up would use
	@$(FIND_PYTHON)
