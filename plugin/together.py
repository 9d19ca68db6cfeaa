"""How many shots this machine renders at once.

Measured on ProRes, decoders and encoders included: 0.5 GiB for the networks, and for each shot
0.4 GiB in HD, 1.1 GiB in UHD, whatever its length. Every shot is taken for one in UHD.
"""

import os

from lipflap.plugin.free_memory import free_mib

MOST = 8  # more rows make a batch no cheaper a row
_NETWORKS_MIB = 500
_SHOT_MIB = 1100
SHOTS_A_CORE = 4


def most() -> int:
    """As many as memory and cores have room for, 1 to 8."""
    room = (free_mib() - _NETWORKS_MIB) // _SHOT_MIB
    return max(1, min(MOST, room, _cores() * SHOTS_A_CORE))


def memory_mib(together: int) -> int:
    """What so many shots at once take."""
    return _NETWORKS_MIB + together * _SHOT_MIB


def _cores() -> int:
    """Those this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
