"""The number of shots that this machine renders at once.

Measured on ProRes, decoders and encoders included: 0.5 GiB for the networks, and for each shot
0.4 GiB in HD, 1.1 GiB in UHD, whatever its length. Every shot counts as one in UHD.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import psutil

MAX_TOGETHER = 8  # a larger batch takes no less time per shot
_NETWORKS_MIB = 500
_SHOT_MIB = 1100
SHOTS_A_CORE = 4


def max_shots() -> int:
    """Return how many shots memory and cores have room for, 1 to 8."""
    room = (free_mib() - _NETWORKS_MIB) // _SHOT_MIB
    return max(1, min(MAX_TOGETHER, room, cores() * SHOTS_A_CORE))


def memory_mib(together: int) -> int:
    """Return the memory that `together` shots take when they are rendered at once."""
    return _NETWORKS_MIB + together * _SHOT_MIB


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


_GROUPS = Path("/sys/fs/cgroup")
_OWN_GROUPS = Path("/proc/self/cgroup")

# Files of a control group: its memory limit, its usage, and what of that is cached files.
_V2 = ("memory.max", "memory.current", "inactive_file")
_V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def free_mib() -> int:
    """Return the free memory of the machine or of its control groups, whichever is less."""
    free = [psutil.virtual_memory().available, *_free_in_groups()]
    return max(0, min(free)) >> 20


def _free_in_groups() -> Iterator[int]:
    """Yield the free bytes of each control group of this process, its own first."""
    for folder, (limit_file, usage_file, cached_key) in _group_folders():
        try:
            limit = (folder / limit_file).read_text().strip()
            usage = int((folder / usage_file).read_text())
            stat = dict(line.split() for line in (folder / "memory.stat").read_text().splitlines())
        except (OSError, ValueError):
            continue
        if limit != "max":
            yield int(limit) - usage + int(stat.get(cached_key, 0))


def _group_folders() -> Iterator[tuple[Path, tuple[str, str, str]]]:
    """Yield the folder of each control group, with the names of its files."""
    try:
        lines = _OWN_GROUPS.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        root, names = (_GROUPS / "memory", _V1) if controllers else (_GROUPS, _V2)
        own = root / group.lstrip("/")
        for folder in (own, *own.parents):
            yield folder, names
            if folder == root:
                break
