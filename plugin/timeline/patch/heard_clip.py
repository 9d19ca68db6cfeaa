"""Clips that are heard from the file that they show, where a new file takes its place."""

from lipflap.core.errors import DubError
from lipflap.plugin.timeline.patch.dubbed_shot import How

SILENT = "Its new file holds no sound, which the clip would lose, so it stays as filmed."


def needs_sound(how: How, document: str) -> DubError:
    """Return the error for a document in which no new file can take the place of the old."""
    return DubError(
        f"needs the clips' sound in the new files for --as {how}.",
        where=document,
        fix="Add --sound, or choose --as track.",
    )
