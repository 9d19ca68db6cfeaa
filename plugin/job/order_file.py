"""The order in a file of a JOB: it renders into that very JOB, and nowhere else.

JOB/orders/SH010.json   says   JOB/media/SH010.mov
"""

import re
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.order import read_order
from lipflap.plugin.job.local_order import LocalOrder, localise_order
from lipflap.plugin.job.path_map import Rules

_SUFFIX = re.compile(r"(\.%0\d+d)?\.\w+")


def read_job_order(file: Path, rules: Rules = ()) -> LocalOrder:
    """Read the order in a file of a JOB's orders/, and map its paths to this machine.

    rules   where this machine finds what the order names
    Raises DubError when it holds none, or one that would be rendered into another folder.
    """
    order = localise_order(read_order(file), rules)
    output = Path(order.local.output.path)
    suffix = output.name.removeprefix(order.shot)
    inside = _is_same(order.job.folder, file.absolute().parent.parent) and _SUFFIX.fullmatch(suffix)
    if not inside or output != order.job.media(order.shot, suffix):
        raise DubError(
            f"would be rendered to {output}, which is not in this JOB.",
            where=str(file),
            fix="Run `lipflap order` again; on another machine, map its folders with --map.",
        )
    return order


def _is_same(folder: Path, other: Path) -> bool:
    try:
        return folder.samefile(other)
    except OSError:
        return False
