PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
TORCH ?= torch==2.13.0
# Without an NVIDIA driver take PyTorch's CPU builds, unless pip is told about a folder of wheels.
TORCH_INDEX ?= $(shell command -v nvidia-smi >/dev/null 2>&1 || test "$$(uname -s)" != Linux || $(PYTHON) -m pip config list 2>/dev/null | grep -q find-links || test -n "$$PIP_FIND_LINKS" || echo https://download.pytorch.org/whl/cpu)

.PHONY: demo test types tested soak screenshots clean

demo: $(VENV)/.ready
	$(BIN)/lipflap demo -o demo

test: $(VENV)/.ready
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(MAKE) --no-print-directory -j2 types tested

types:
	$(BIN)/mypy

# Three processes on two cores: tests that wait, for a process or for a window, leave a core idle.
# Each has one thread and whole test files: what a file starts is started once. Bytecode is kept,
# whatever the user's settings: hundreds of processes import the same.
tested:
	PYTHONDONTWRITEBYTECODE= OMP_NUM_THREADS=1 OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# What takes many minutes: every kill, every mutation.
soak: $(VENV)/.ready
	$(BIN)/python -m pytest -m soak

# Pictures of the panel in every state, for docs and for eyes.
screenshots: $(VENV)/.ready
	QT_QPA_PLATFORM=offscreen $(BIN)/python docs/screenshots.py

clean:
	rm -rf $(VENV) demo build dist *.egg-info

# The link farm shows mypy the folders under their import names.
$(VENV)/.ready: pyproject.toml Makefile
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Lipflap needs Python 3.11 or newer: make PYTHON=python3.11 $(MAKECMDGOALS)" >&2; exit 1; }
	@missing=$$($(PYTHON) .ci/missing_packages.py) || \
	  { echo "This machine lacks: $$missing. On Debian or Ubuntu: sudo apt-get install $$missing" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q $(if $(TORCH_INDEX),--extra-index-url $(TORCH_INDEX)) "$(TORCH)"
	$(BIN)/python -m pip install -q -e ".[formats,gui,farm,train,trust,test]"
	mkdir -p $(VENV)/types/lipflap
	for d in core gui plugin training; do ln -sfn ../../../$$d $(VENV)/types/lipflap/$$d; done
	touch $@
