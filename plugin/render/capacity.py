"""How many shots this machine renders at once.

Measured on ProRes, decoders and encoders included: 0.5 GiB for the networks, and for each shot
0.4 GiB in HD, 1.1 GiB in UHD, whatever its length. Every shot is taken for one in UHD.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import psutil

MAX_TOGETHER = 8  # more rows make a batch no cheaper a row
_NETWORKS_MIB = 500
_SHOT_MIB = 1100
SHOTS_A_CORE = 4


def max_shots() -> int:
    """As many as memory and cores have room for, 1 to 8."""
    room = (free_mib() - _NETWORKS_MIB) // _SHOT_MIB
    return max(1, min(MAX_TOGETHER, room, _cores() * SHOTS_A_CORE))


def memory_mib(together: int) -> int:
    """What so many shots at once take."""
    return _NETWORKS_MIB + together * _SHOT_MIB


def _cores() -> int:
    """Those this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")

# Files of a memory group: its limit, what it holds, and what of that is a copy of files.
_V2 = ("memory.max", "memory.current", "inactive_file")
_V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def free_mib() -> int:
    """The least of what the machine and the groups have left; 0 when they are over."""
    left = [psutil.virtual_memory().available, *_left_in_groups()]
    return max(0, min(left)) >> 20


def _left_in_groups() -> Iterator[int]:
    """Bytes left in each group this process is in, from its own to the outermost to be seen."""
    for folder, (limit, used, files) in _group_folders():
        try:
            most = (folder / limit).read_text().strip()
            held = int((folder / used).read_text())
            told = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):
            continue
        if most != "max":
            yield int(most) - held + int(told.get(files, 0))


def _group_folders() -> Iterator[tuple[Path, tuple[str, str, str]]]:
    try:
        lines = _OWN_GROUPS.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, place = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root, names = (_GROUPS / "memory", _V1) if controllers else (_GROUPS, _V2)
        inside = root / place.lstrip("/")
        for folder in (inside, *inside.parents):
            yield folder, names
            if folder == root:
                break
