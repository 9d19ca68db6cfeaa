"""Start a farm run in a process of its own, which goes on when we do not."""

from lipflap.plugin.detached import Detached, detach
from lipflap.plugin.job import Job


def start_farm(job: Job, address: str) -> Detached:
    """Give the orders of a JOB to a cluster; what it says goes to JOB/farm.log. Raises DubError.

    address   of a Dask scheduler, or "local"
    """
    folder = str(job.folder.absolute())
    return detach(["farm", "run", folder, "--cluster", address], job.folder / "farm.log")
