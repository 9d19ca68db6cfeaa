"""Start a farm run in a process of its own, which goes on when we do not."""

from collections.abc import Collection

from lipflap.plugin.detached import Detached, detach
from lipflap.plugin.job import Job


def start_farm(job: Job, address: str, shots: Collection[str] = ()) -> Detached:
    """Give orders of a JOB to a cluster; what it says goes to JOB/farm.log. Raises DubError.

    address   of a Dask scheduler, or "local"
    shots     the shots that are meant; none for all
    """
    command = ["farm", "run", str(job.folder.absolute()), "--cluster", address]
    if shots:
        command += ["--only", *shots]
    return detach(command, job.folder / "farm.log")
