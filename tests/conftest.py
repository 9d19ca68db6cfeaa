"""Settings of all tests."""

import gc
from collections.abc import Iterator

import pytest
from hypothesis import settings

# Hypothesis's deadline is one of the wall clock; the machine may be busy with other tests.
settings.register_profile("lipflap", deadline=None)
settings.load_profile("lipflap")


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Spare the garbage collector five thousand tests: they stay to the end, as imports do."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.enable()
        gc.freeze()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put files with slow tests first: at the end, no process works alone on a long one."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)
