# Every target sets up what it needs; `make help` lists them.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH := torch==2.13.0
TORCH_CPU_INDEX := https://download.pytorch.org/whl/cpu
INSTALLED := $(VENV)/.installed
DATASET := data/synthetic/enhanced_synthetic_dataset_v2.json
CHECKPOINT ?=
# Searches take the guide that is named, else the shipped one of the language that solves most; the other targets take
# the last guide that was trained.
NAMED_GUIDE = $(addprefix checkpoint=,$(CHECKPOINT))
LAST_GUIDE = checkpoint=$(or $(CHECKPOINT),$(if $(wildcard outputs/latest/guide.safetensors),outputs/latest,guides/v2))
ARGS ?=
TEST_WORKERS ?= 2
TRAINING_ARGS ?=
MUTATION := mutmut==3.8.1 coverage==7.17.5
MUTATION_ARGS ?= --fresh

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help setup train test lint types imports generate inspect evaluate solve speedup bundle guide explore tensorboard notebooks bench soak mutation clean

help: ## list the targets
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

setup: $(INSTALLED) ## install everything into a virtual environment in .venv

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed, $(PYTHON) is `$(PYTHON) --version`. Use make PYTHON=python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

# Torch first and alone, so that nothing replaces it: the CUDA build where there is an NVIDIA GPU, else the CPU
# build from PyTorch's own index, which wins by version order where that index is reached.
$(VENV)/.torch: Makefile | $(VENV)/bin/python
	@if nvidia-smi -L 2>/dev/null | grep -q GPU; then \
		echo "NVIDIA GPU found: installing the CUDA build of $(TORCH)"; \
		$(BIN)/pip install --quiet $(TORCH); \
	else \
		echo "No NVIDIA GPU: installing the CPU build of $(TORCH)"; \
		$(BIN)/pip install --quiet --retries 0 --timeout 5 --extra-index-url $(TORCH_CPU_INDEX) $(TORCH) \
			|| $(BIN)/pip install --quiet $(TORCH); \
	fi
	@touch $@

$(INSTALLED): pyproject.toml $(VENV)/.torch
	@echo "Installing neural_guide and what it needs"
	@$(BIN)/pip install --quiet --editable '.[dev]' $(TORCH)
	@touch $@

$(DATASET): | $(INSTALLED)
	$(BIN)/python -m neural_guide.generate

generate: $(INSTALLED) ## generate the 100,000-record dataset again
	$(BIN)/python -m neural_guide.generate generate.overwrite=true $(ARGS)

train: $(INSTALLED) $(DATASET) ## generate the dataset if it is missing, train, evaluate and report: the main job
	$(BIN)/python -m neural_guide.train $(ARGS)

inspect: $(INSTALLED) $(DATASET) ## inspect the dataset before training on it (ARGS=data.path=FILE)
	$(BIN)/python -m neural_guide.inspect $(ARGS)

evaluate: $(INSTALLED) $(DATASET) ## evaluate the last guide (CHECKPOINT=...) on the validation split
	$(BIN)/python -m neural_guide.evaluate $(LAST_GUIDE) evaluate.split=val $(ARGS)

solve: $(INSTALLED) ## solve the 400 ARC-1 training tasks (CHECKPOINT=..., ARGS=tasks=...)
	$(BIN)/python -m neural_guide.solve $(NAMED_GUIDE) $(ARGS)

speedup: $(INSTALLED) ## measure what the last guide saves in search, about 15 minutes (CHECKPOINT=...)
	$(BIN)/python -m neural_guide.speedup $(LAST_GUIDE) $(ARGS)

bundle: $(INSTALLED) ## make a folder that solves without a network (CHECKPOINT=...)
	$(BIN)/python -m neural_guide.bundle $(NAMED_GUIDE) $(ARGS)

guide: $(INSTALLED) ## ship the last guide with the repository, in guides/ (CHECKPOINT=...)
	$(BIN)/python -m neural_guide.ship $(LAST_GUIDE) $(ARGS)

explore: $(INSTALLED) ## explore tasks, predictions and searches on a local page (CHECKPOINT=...)
	$(BIN)/python -m neural_guide.explore $(NAMED_GUIDE) $(ARGS)

tensorboard: $(INSTALLED) ## show loss curves, metrics, images and HParams of every run, at localhost:6006
	$(BIN)/tensorboard --logdir outputs $(ARGS)

test: $(INSTALLED) ## run the whole test suite in two processes (TEST_WORKERS=0: in one)
	$(BIN)/python -m pytest -n $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(INSTALLED) ## check style and format with ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(INSTALLED) ## check types with mypy, strict
	$(BIN)/mypy

imports: $(INSTALLED) ## check the import rules between folders
	$(BIN)/lint-imports

notebooks: $(INSTALLED) ## run every notebook
	$(BIN)/python notebooks/run.py

# Each library gets an environment of its own in outputs/bench. ARGS="--contenders ours json" measures a few;
# TRAINING_ARGS are those of the second part.
bench: $(INSTALLED) $(DATASET) ## benchmark the data path and training; about 30 minutes
	$(BIN)/python benchmarks/data_path --torch $(TORCH) --torch-index $(TORCH_CPU_INDEX) $(ARGS)
	$(BIN)/python benchmarks/training.py $(TRAINING_ARGS)

soak: $(INSTALLED) ## run slow proofs: kills, mutated files, every command of the docs, a real compiler, Ray
	$(BIN)/python -m pytest -m soak $(ARGS)
	$(if $(ARGS),,$(MAKE) mutation)

mutation: $(INSTALLED) ## measure how many small faults the tests notice, about an hour (MUTATION_ARGS="--rooms data")
	@$(BIN)/pip install --quiet $(MUTATION)
	$(BIN)/python benchmarks/mutation --least 0.85 $(MUTATION_ARGS)

clean: ## remove caches and virtual environments; data and results stay
	rm -rf $(VENV) outputs/bench/env-* outputs/bench/work .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache src/*.egg-info
	find src tests benchmarks -name __pycache__ -type d -exec rm -rf {} +
