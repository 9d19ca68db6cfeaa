"""Widgets are tested without a screen, and leave the user's own folders alone."""

import os
from contextlib import suppress

import psutil
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """What the panel remembers and keeps goes to folders of this test."""
    folder = tmp_path_factory.mktemp("user")
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(folder / name.casefold()))


@pytest.fixture(autouse=True)
def ended():
    """What was begun here outlives the panel, as it should, but not the test."""
    from lipflap.gui import render_controller

    yield
    for begun in render_controller._started:
        with suppress(psutil.NoSuchProcess):
            below = psutil.Process(begun.process.pid).children(recursive=True)
            begun.process.kill()
            for process in below:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        begun.process.wait()
    render_controller._started.clear()
