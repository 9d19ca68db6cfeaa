"""An order as it lies in a JOB: it renders into that very JOB, and nowhere else.

JOB/orders/SH010.json   says   JOB/media/SH010.mov
"""

import re
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.order import DubOrder, read_order
from lipflap.plugin.job.folder import job_of
from lipflap.plugin.job.path_map import Rules, localise_order

_SUFFIX = re.compile(r"(\.%0\d+d)?\.\w+")


def read_job_order(file: Path, rules: Rules = ()) -> DubOrder:
    """The order in a file of a JOB's orders/, as the workstation wrote it.

    rules   where this machine finds what the order names
    Raises DubError when it holds none, or one that would be written to another place.
    """
    order = read_order(file)
    place = Path(localise_order(order, rules).output.path)
    job, suffix = job_of(localise_order(order, rules)), place.name.removeprefix(order.shot)
    inside = _is(job.folder, file.absolute().parent.parent) and _SUFFIX.fullmatch(suffix)
    if not inside or place != job.media(order.shot, suffix):
        raise DubError(
            f"would be written to {place}, which is not its place in this JOB.",
            where=str(file),
            fix="Run `lipflap order` again; on another machine, say where things are with --map.",
        )
    return order


def _is(folder: Path, other: Path) -> bool:
    try:
        return folder.samefile(other)
    except OSError:
        return False
