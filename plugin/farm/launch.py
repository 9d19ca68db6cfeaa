"""Start a farm run in a process of its own, which goes on when we do not."""

import os
import subprocess
import sys

from lipflap.plugin.job import Job
from lipflap.plugin.local import child_environment


def start_farm(job: Job, address: str) -> "subprocess.Popen[bytes]":
    """Give the orders of a JOB to a cluster; what it says goes to JOB/farm.log.

    address   of a Dask scheduler, or "local"
    """
    command = ["farm", "run", str(job.folder), "--cluster", address]
    with (job.folder / "farm.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "lipflap.plugin.cli", *command],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env=child_environment(os.environ),
            start_new_session=True,
        )
