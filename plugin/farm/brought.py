"""Models a farm machine would not have: they travel with the JOB."""

import os
import shutil
from collections.abc import Iterable
from pathlib import Path

from lipflap.core.disk_room import unwritable
from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder
from lipflap.core.weights import SHIPPED, locate
from lipflap.core.weights import sha256 as hash_of
from lipflap.plugin.job import Job


def bring_models(job: Job, orders: Iterable[DubOrder]) -> None:
    """Copy models that did not come with Lipflap into the JOB, each once. Raises DubError."""
    wanted = {(one.settings.model, one.settings.model_sha256) for one in orders}
    for model, sha256 in sorted(wanted):
        path, place = locate(model), job.model(sha256)
        if path.parent == SHIPPED.resolve() or place.exists():
            continue
        if hash_of(path) != sha256:
            raise DubError(
                "is not the model the shots were ordered with; its hash differs.",
                where=str(path),
                fix="Run `lipflap order` again.",
            )
        _copy(path, place)


def _copy(path: Path, place: Path) -> None:
    half = place.with_name(f".{place.name}.{os.getpid()}.half")
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        try:
            shutil.copyfile(path, half)
            half.replace(place)
        finally:
            half.unlink(missing_ok=True)
    except OSError as problem:
        raise unwritable(place, problem) from problem
