"""How many shots this machine renders at once.

Measured on ProRes, decoders and encoders included: 0.5 GiB for the networks, and for each shot
0.4 GiB in HD, 1.1 GiB in UHD, whatever its length. Every shot is taken for one in UHD.
"""

import os
from pathlib import Path

MOST = 8  # more rows make a batch no cheaper a row
_NETWORKS_MIB = 500
_SHOT_MIB = 1100
_SHOTS_A_CORE = 4
_MEMINFO = Path("/proc/meminfo")


def most() -> int:
    """As many as memory and cores have room for, 1 to 8."""
    room = (_free_mib() - _NETWORKS_MIB) // _SHOT_MIB
    return max(1, min(MOST, room, _cores() * _SHOTS_A_CORE))


def _cores() -> int:
    """Those this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _free_mib() -> int:
    """Memory that could be had now; where the system does not tell, half of what there is."""
    if _MEMINFO.exists():
        told = dict(line.split(":", 1) for line in _MEMINFO.read_text().splitlines())
        return int(told["MemAvailable"].split()[0]) >> 10
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        return (os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") >> 20) // 2
    return _NETWORKS_MIB + 2 * _SHOT_MIB
