"""Widgets are tested without a screen, and leave the user's own folders alone."""

import os
from contextlib import suppress
from pathlib import Path

import psutil
import pytest
from support.cuts.rendered_cut import write_rendered_cut

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(autouse=True)
def own_folders(tmp_path_factory, monkeypatch):
    """Redirect settings and caches of the panel to folders of this test."""
    folder = tmp_path_factory.mktemp("user")
    for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(folder / name.casefold()))


@pytest.fixture(scope="session")
def rendered(tmp_path_factory) -> Path:
    """A cut whose first shot is rendered; a test that changes its folder puts it back."""
    return write_rendered_cut(tmp_path_factory.mktemp("rendered"))


@pytest.fixture(autouse=True)
def no_search(monkeypatch):
    """Leave faces where they are: a search costs a process with torch; tests of it turn it on."""
    monkeypatch.setattr("lipflap.gui.cast.search.finds_faces", lambda: False)


@pytest.fixture(autouse=True)
def ended():
    """Kill processes that the panel started: they outlive the panel, but not the test."""
    from lipflap.gui import render_controller

    yield
    for started in render_controller._started:
        with suppress(psutil.NoSuchProcess):
            children = psutil.Process(started.process.pid).children(recursive=True)
            started.process.kill()
            for process in children:
                with suppress(psutil.NoSuchProcess):
                    process.kill()
        started.process.wait()
    render_controller._started.clear()
