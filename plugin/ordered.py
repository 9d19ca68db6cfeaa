"""The shots of a JOB that are meant by what somebody typed."""

from collections.abc import Sequence
from fnmatch import fnmatchcase

from lipflap.core.errors import DubError
from lipflap.plugin.cuesheet import read_cues
from lipflap.plugin.job import Job


def ordered_shots(job: Job, patterns: Sequence[str]) -> list[str]:
    """The shots that are ordered and match one of these, in the order of the cut.

    patterns   names; where no shot is called so, * and ? match
    Raises DubError when one matches nothing.
    """
    shots = [cue.shot.name for cue in read_cues(job.cues).ready] if patterns else []
    meant: set[str] = set()
    for pattern in patterns:
        found = {pattern} & set(shots) or {shot for shot in shots if fnmatchcase(shot, pattern)}
        if not found and pattern != "*":
            raise DubError(
                "is not among the shots that are ordered.",
                where=pattern,
                fix=f"`lipflap farm status {job.folder}` lists them.",
            )
        meant |= found
    return [shot for shot in shots if shot in meant]
