# Two commands do everything on a fresh machine with Python 3.11 and make: `make demo` and `make test`.

PYTHON ?= python3
PY := .venv/bin/python
PIP := $(PY) -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
# Workers of the test run; each is one process with one thread.
JOBS ?= 2
export HF_HUB_OFFLINE ?= 1
export OMP_NUM_THREADS ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test quick lint format bench links env tools wheel smoke clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s %s\n", $$1, $$2 }' Makefile

demo: .venv/.installed ## generate, mark, strip, recover and scan, offline, into ./demo
	.venv/bin/indicia models pull
	.venv/bin/indicia demo -o demo

test: .venv/.tested links tools ## run all tests
	$(PY) -m pytest -n $(JOBS) --dist loadfile

quick: .venv/.tested links ## run the tests that are not slow
	$(PY) -m pytest -n $(JOBS) --dist loadfile -m "not slow"

lint: .venv/.tested links ## format check, lint, types and import layers
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports

format: .venv/.tested ## format and mend what can be mended
	.venv/bin/ruff format .
	.venv/bin/ruff check --fix .

bench: .venv/.tested ## every figure of docs/benchmarks.md again (takes a while)
	$(PY) -m benchmarks

wheel: .venv/.tested ## build the wheel into ./dist
	rm -rf dist build
	$(PY) -m build --quiet --wheel

smoke: wheel ## install the wheel without extras in a clean environment and use it
	sh tests/smoke.sh dist/*.whl

clean: ## remove the environment and everything that was built
	rm -rf .venv .dev build dist demo *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

env: .venv/.installed ## make the environment in .venv

# torch goes first and alone: pip then never looks for another build of it.
.venv/.installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "indicia needs Python 3.11 or newer; set PYTHON=..."; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv .venv
	$(PIP) --upgrade pip setuptools
	$(PIP) torch==2.13.0
	$(PIP) --editable '.[all]'
	@touch $@

.venv/.tested: .venv/.installed
	$(PIP) --group dev
	@touch $@

# Type checkers and editors see the namespace through links; running and testing do not need them.
links:
	@mkdir -p .dev/indicia
	@for p in cli detectors generators moderation policies provenance; do ln -sfn ../../$$p .dev/indicia/$$p; done

# Independent readers that the tests compare with. Without them those tests skip with a loud notice.
tools:
	@sh tests/tools.sh
