PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
TORCH ?= torch==2.13.0
# Without an NVIDIA driver take PyTorch's CPU builds, unless pip is told about a folder of wheels.
TORCH_INDEX ?= $(shell command -v nvidia-smi >/dev/null 2>&1 || test "$$(uname -s)" != Linux || $(PYTHON) -m pip config list 2>/dev/null | grep -q find-links || test -n "$$PIP_FIND_LINKS" || echo https://download.pytorch.org/whl/cpu)

.PHONY: demo test lint clean

demo: $(VENV)/.ready
	$(BIN)/lipflap demo -o demo

test: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/python -m pytest

clean:
	rm -rf $(VENV) demo build dist *.egg-info

$(VENV)/.ready: pyproject.toml Makefile
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) "$(TORCH)"
	$(BIN)/python -m pip install -q -e ".[formats,train,test]"
	mkdir -p $(VENV)/types/lipflap
	for d in core plugin training; do ln -sfn ../../../$$d $(VENV)/types/lipflap/$$d; done
	touch $@
