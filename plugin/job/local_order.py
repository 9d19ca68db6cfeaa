"""An order on the machine that renders it: paths mapped once, when it is read.

original   P:\\reel\\plates\\A001.mov      what results name, so that they need no way back
local      /mnt/reel/plates/A001.mov       what is decoded and written here
"""

import os
from dataclasses import dataclass, replace
from pathlib import PurePath

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, digest
from lipflap.plugin.job.folder import Job, job_of
from lipflap.plugin.job.path_map import Rules, map_path, pure_path


@dataclass(frozen=True, slots=True)
class LocalOrder:
    """An order as it was written, and as this machine carries it out.

    original   names the workstation's files
    local      names the files here, and the model that the JOB brings along, if it brings one
    """

    original: DubOrder
    local: DubOrder

    @property
    def shot(self) -> str:
        return self.original.shot

    @property
    def job(self) -> Job:
        """The JOB it renders into, here."""
        return job_of(self.local)

    @property
    def sha256(self) -> str:
        """The digest by which its result is known on every machine."""
        return digest(self.original)


def localise_order(order: DubOrder, rules: Rules = ()) -> LocalOrder:
    """Map the paths of an order to this machine, and take its model from the JOB.

    A model that the JOB brings along counts before one of its name on this machine; which one it
    is, its hash tells.
    Raises DubError when the rules do not lead to this machine.
    """
    settings = order.settings
    local = replace(
        order,
        picture=replace(order.picture, path=map_path(order.picture.path, rules)),
        speeches=tuple(replace(one, path=map_path(one.path, rules)) for one in order.speeches),
        output=replace(order.output, path=_local_output(order, rules)),
        settings=replace(settings, model=map_path(settings.model, rules)),
        references=tuple(
            replace(one, picture=replace(one.picture, path=map_path(one.picture.path, rules)))
            for one in order.references
        ),
        speakers=tuple(
            replace(one, picture=replace(one.picture, path=map_path(one.picture.path, rules)))
            for one in order.speakers
        ),
    )
    if settings.model_sha256:
        model = job_of(local).model(settings.model_sha256)
        if os.path.isfile(model):  # Path.is_file raises on a name that is too long
            local = replace(local, settings=replace(settings, model=str(model)))
    return LocalOrder(order, local)


def _local_output(order: DubOrder, rules: Rules) -> str:
    path = map_path(order.output.path, rules)
    if type(pure_path(path)) is not type(PurePath()):
        raise DubError(
            "is a path of another operating system.",
            where=path,
            fix="Map its folder to one of this machine with --map.",
        )
    return path
