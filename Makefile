# `make help` lists the targets. The environments are made once, and again when what they are made from changes.

# Candidates, tried in order; the first that runs and has the right version makes the environment. pyenv leaves
# commands that exist and fail, so the version is asked, not read off the name.
PYTHON ?= python3.11 python3 $(wildcard $(HOME)/.pyenv/versions/3.11*/bin/python)
PYTHON312 ?= python3.12 python3 $(wildcard $(HOME)/.pyenv/versions/3.12*/bin/python)
PYTHON313 ?= python3.13 python3 $(wildcard $(HOME)/.pyenv/versions/3.13*/bin/python)

BIN := .venv/bin
BIN312 := .venv312/bin
BIN313 := .venv313/bin
# Two processes of one thread each, taking work from each other; what either compiles is cached for both.
PYTEST := -m pytest -n 2 --dist worksteal --durations 10
test test-all fuzz test-py312 test-py313 test-cuda coverage: export OMP_NUM_THREADS ?= 1

.PHONY: help demo figures docs test test-all fuzz test-py312 test-py313 test-cuda test-browser coverage check clean

help:  ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*##/ { printf "make %-12s %s\n", $$1, $$2 }' Makefile

demo: .venv/installed  ## Learn digits, recall them, write demo/report.html
	$(BIN)/neurosim demo --out demo

figures: .venv/installed  ## Run all programs in analysis/ and training/ into figures/; QUICK=1: previews, in minutes
	$(BIN)/python -m neurosim.cli.figures $(sort $(wildcard analysis/*.py training/*.py)) \
	  --out figures $(if $(QUICK),--quick)

docs: .venv/docs  ## Build the site into build/docs/html: pages, executed tutorials, API; warnings are errors
	$(BIN)/python -m sphinx -b html -W --keep-going -j 1 -q docs build/docs/html
	$(BIN)/python docs/check_links.py build/docs/html

test: .venv/installed  ## Run the tests, but for the slow ones
	$(BIN)/python $(PYTEST) -m "not slow and not cuda_compile and not browser"

test-all: .venv/installed  ## Run all tests, but for those of `make test-cuda`
	$(BIN)/python $(PYTEST) -m "not cuda_compile and not browser"

fuzz: .venv/installed  ## Give every reader of files 10,000 damaged ones; N=…: as many
	NEUROSIM_FUZZ=$(or $(N),10000) $(BIN)/python $(PYTEST) --timeout 3600 --timeout-method thread tests/fuzz

test-py312: .venv312/installed  ## Run the tests on Python 3.12 and brian2 2.10, without torch
	$(BIN312)/python $(PYTEST) -m "not slow and not torch and not cuda_compile and not browser"

test-py313: .venv313/installed  ## Run the tests on Python 3.13 and brian2 2.11, without torch
	$(BIN313)/python $(PYTEST) -m "not slow and not torch and not cuda_compile and not browser"

test-cuda: .venv312/cuda  ## Compile every kind of CUDA program with nvcc, without a GPU (half an hour on two cores)
	$(BIN312)/python -m pytest --durations 0 -m cuda_compile tests/engines/brian/test_cuda.py

test-browser: .venv/installed neurosim/explore/node_modules  ## Build the interactive page anew, test all pages in Chromium (needs Node and Chromium)
	cd neurosim/explore && npm run --silent check
	$(BIN)/python -m pytest -q -s -m browser tests/explore

coverage: .venv/installed  ## Run the tests and print which lines of neurosim/ they do not reach
	$(BIN)/python $(PYTEST) -m "not slow and not cuda_compile and not browser" --cov neurosim --cov-report term-missing:skip-covered

check: .venv/installed  ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/basedpyright --pythonpath $(BIN)/python
	$(BIN)/lint-imports

clean:  ## Remove the environments and everything made
	rm -rf .venv .venv312 .venv313 neurosim/explore/node_modules demo figures build docs/generated dist *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache .coverage
	find . -name __pycache__ -not -path './.git/*' -prune -exec rm -rf {} +

neurosim/explore/node_modules: neurosim/explore/package-lock.json
	cd neurosim/explore && npm ci --no-audit --no-fund
	@touch $@

.venv/installed: requirements/py311.txt pyproject.toml
	$(call environment,.venv,3.11,$(PYTHON),PYTHON,$<)

.venv312/installed: requirements/py312.txt pyproject.toml
	$(call environment,.venv312,3.12,$(PYTHON312),PYTHON312,$<)

.venv313/installed: requirements/py313.txt pyproject.toml
	$(call environment,.venv313,3.13,$(PYTHON313),PYTHON313,$<)

.venv/docs: requirements/docs.txt .venv/installed
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

.venv312/cuda: requirements/cuda.txt .venv312/installed
	@$(BIN312)/python -m pip install --quiet --disable-pip-version-check --no-deps -r $<
	@touch $@

# $(1) folder, $(2) Python version, $(3) candidates, $(4) the variable that names them, $(5) lock file.
# setuptools is in the lock, so the build needs no isolated environment of its own.
define environment
@python=; for candidate in $(3); do \
	found=$$("$$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue; \
	if [ "$$found" = "$(2)" ]; then python=$$candidate; break; fi; \
done; \
if [ -z "$$python" ]; then \
	echo "make: Python $(2) is needed for $(1); none of these runs as that: $(3)" >&2; \
	echo "make: install it, or name it: make $(4)=/path/to/python$(2)" >&2; \
	exit 1; \
fi; \
echo "Making $(1) from $$python (a few minutes, once)"; \
"$$python" -m venv $(1)
@$(1)/bin/python -m pip install --quiet --disable-pip-version-check -r $(5)
@$(1)/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation --no-deps -e .
@touch $@
endef
