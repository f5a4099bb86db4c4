# `make course`, `make test` and `make lab` set up .venv on first use; nothing is registered outside it.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: course test lab clean

course: $(READY)
	$(BIN)/course demo

test: $(READY)
	$(BIN)/pytest

lab: $(READY)
	$(BIN)/course lab

$(READY): pyproject.toml requirements.lock
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; name one: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv || \
	  { rm -rf .venv; echo "python -m venv failed; on Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	$(BIN)/python -m pip install --quiet --constraint requirements.lock --editable ".[dev]"
	@touch $@

clean:
	rm -rf .venv build
