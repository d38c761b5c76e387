# Everything a developer or a first-time user needs; every target does its own set-up.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
WORKERS ?= 2
# Kills of each job in make faults.
N ?= 5
# cpu or cuda: which build of PyTorch a Linux machine gets. Others have one build.
TORCH ?= $(shell test "$$(uname)" = Linux && ! nvidia-smi -L >/dev/null 2>&1 && echo cpu || echo cuda)
CPU_BUILDS := --retries 1 --extra-index-url https://download.pytorch.org/whl/cpu
PIP := $(BIN)/pip --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help install demo test accept faults lowest check format lint types bench bench-gpu docs wheel clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

install: $(INSTALLED) ## Install InterPLM with all extras for development into $(VENV)

$(INSTALLED): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.11 ...")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	# PyTorch first: packages that depend on it must find this build. The CPU build is a tenth of the
	# size, and of one version pip prefers it where it is offered.
	@echo "Installing PyTorch for $(TORCH); make install TORCH=cuda or TORCH=cpu chooses the other build."
	$(PIP) install --quiet --constraint constraints.txt $(if $(filter cpu,$(TORCH)),$(CPU_BUILDS)) torch
	$(PIP) install --quiet --constraint constraints.txt --editable '.[explorer,huggingface,docs,dev]'
	touch $@

demo: $(INSTALLED) ## Proteins to features on generated data, offline, in a few minutes
	$(BIN)/interplm pipeline experiment=demo

test: $(INSTALLED) ## Run the tests
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest --numprocesses=$(WORKERS) -m "not demo"

accept: $(INSTALLED) ## Hold the whole demonstration to what it promises; minutes
	$(BIN)/python -m pytest tests/test_demo.py

faults: $(INSTALLED) ## Kill, stop, limit, pair every job and fuzz every reader; minutes, N=50 for hours
	PYTHONPATH=. $(BIN)/python experiments/faults/inject_faults.py --n $(N)
	PYTHONPATH=. $(BIN)/python experiments/faults/fuzz_readers.py

lowest: ## Run the tests with the lowest versions that pyproject.toml allows; before a release
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/pip install --quiet uv
	.venv-lowest/bin/uv pip install --quiet --python .venv-lowest/bin/python --resolution lowest-direct \
		$(if $(filter cpu,$(TORCH)),--torch-backend cpu) --editable '.[explorer,huggingface,sklearn,parquet,tensorboard]'
	.venv-lowest/bin/pip install --quiet --constraint constraints.txt \
		axe-playwright-python build hatchling hypothesis playwright psutil pytest pytest-xdist
	OMP_NUM_THREADS=1 .venv-lowest/bin/python -m pytest --numprocesses=$(WORKERS) -m "not demo" --ignore tests/docs

check: lint types test accept ## Lint, types and all tests: what CI runs

format: $(INSTALLED) ## Put the code into shape
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lint: $(INSTALLED) ## Check style and format
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED) ## Check types
	$(BIN)/mypy

bench: $(INSTALLED) ## Measure speed against references; needs a quiet machine
	$(BIN)/python experiments/speed/benchmark.py

bench-gpu: $(INSTALLED) ## Speed and results on a GPU against references; some minutes
	$(BIN)/python -m experiments.gpu.benchmark

docs: $(INSTALLED) ## Build the documentation into build/docs, links checked
	$(BIN)/python -m mkdocs build --strict

wheel: $(INSTALLED) ## Build the wheel into dist/
	$(BIN)/python -m build --no-isolation --wheel

clean: ## Remove what the targets above made, but no data
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .coverage
