# make demo    set up .venv if need be, then run the demonstration
# make test    set up .venv if need be, then run the tests (ARGS="-k name" goes to pytest)
# make check   lint, format, types, directions of imports, and the documentation
# make docs    build the documentation into build/site
# make bench   time emulator and training beside others; best on an idle machine
#              (ARGS="--data DIR" trains on MNIST instead of random images)
# make format  rewrite the code in the project's format
# make venv    only set up .venv
# make clean   remove .venv and the caches
#
# Takes the first Python 3.10, 3.11 or 3.12 it finds; to name one: make PYTHON=python3.10 test

PYTHON ?= python3 python3.12 python3.11 python3.10
ASK := import sys; v = sys.version_info; print("%d.%d" % v[:2])
# An interpreter and its version, "python3 3.11"; empty when none will do.
FOUND := $(shell for p in $(PYTHON); do v=$$($$p -c '$(ASK)' 2>/dev/null | grep -x '3\.1[012]') && echo $$p $$v && break; done)

BIN := .venv/bin
# Tests run in two processes, a file of tests in one of them; none: make PARALLEL= test
PARALLEL ?= -n 2 --dist loadfile
DOCS := NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict
PIP := $(BIN)/python -m pip --disable-pip-version-check install -qq -c constraints.txt
# Written last, so that a set-up cut short starts again, and so does one for another Python.
READY := .venv/ready-$(word 2,$(FOUND))

.PHONY: demo test check docs bench format venv clean

demo: $(READY)
	$(BIN)/spikeff demo

test: $(READY)
	$(BIN)/python -m pytest $(PARALLEL) $(ARGS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(DOCS)

docs: $(READY)
	$(DOCS)

bench: $(READY)
	$(BIN)/python -m benchmarks.speed.emulator
	$(BIN)/python -m benchmarks.speed.scaling
	$(BIN)/python -m benchmarks.speed.training $(ARGS)

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

venv: $(READY)

# One resolver run under the constraints for everything but lava-nc, whose wheel declares
# Python < 3.11 (on Python 3.10 it is there already), and neurobench, whose metrics need nothing
# of what its data sets pull in. The last line lets both in.
$(READY): pyproject.toml constraints.txt
	$(if $(FOUND),,$(error No Python 3.10, 3.11 or 3.12 among: $(PYTHON). Name one: make PYTHON=/path/to/python3.11 test))
	@echo "Setting up .venv with Python $(word 2,$(FOUND)): a few minutes, once"
	@$(word 1,$(FOUND)) -m venv --clear .venv
	@$(PIP) pip
	@$(PIP) --build-constraint constraints.txt -e '.[dev]'
	@$(PIP) --no-deps --ignore-requires-python lava-nc neurobench
	@touch $@

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build *.egg-info
