"""Fixtures of the crash recovery tests: orders, their undisturbed results, a renderer."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.jobs.lost_job import place, write_orders
from support.puppets.puppet_renderer import Ready, ready_to_render

from lipflap.core.order import DubOrder
from lipflap.plugin.job.folder import Job


@pytest.fixture(scope="session")
def ready() -> Iterator[Ready]:
    if os.name != "posix":
        pytest.skip("processes are forked here, and ended by signals")
    with ready_to_render() as process:
        yield process


@pytest.fixture(scope="session")
def orders(tmp_path_factory) -> dict[str, DubOrder]:
    return write_orders(tmp_path_factory.mktemp("media of the cut"))


@pytest.fixture(scope="session")
def undisturbed(ready, orders, tmp_path_factory) -> Job:
    job = Job(tmp_path_factory.mktemp("undisturbed") / "JOB")
    told = job.folder.with_name("told")
    files = place(job, orders)
    code, lines = ready.run(["--together", 1, *files], told)
    assert code == 0, lines[-5:]
    return job


@pytest.fixture
def told(tmp_path) -> Path:
    return tmp_path / "told"
