"""Functions of these tests can be imported by the processes that they start."""

import os
from pathlib import Path

import pytest

_TESTS = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def importable():
    """Let other processes import what tests can."""
    folders = [str(_TESTS.parent), str(_TESTS), os.environ.get("PYTHONPATH", "")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, folders)))
        yield
