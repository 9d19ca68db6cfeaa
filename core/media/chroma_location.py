"""The place of chroma samples against luma in a picture with fewer of them, as its file says it.

left          topleft        rows of luma o, of chroma x
x o . o       (x o) . o
              . . . .
"""

import re
import subprocess

from lipflap.core.errors import MediaBroken
from lipflap.core.media.ffmpeg_process import binary, file_url

_PLACES = ("left", "center", "topleft", "top", "bottomleft", "bottom")
_FORMAT = re.compile(r"Video: .*?\b\w+\(([^()]*)\), \d+x\d+")
_TIMEOUT_S = 60


def chroma_location(path: str) -> str:
    """Return ffmpeg's name of the place, "unspecified" where the file does not say it.

    Raises MediaBroken when the file does not open in time.
    """
    arguments = [binary(), "-hide_banner", "-nostdin", "-v", "verbose", "-i", file_url(path)]
    try:
        asked = subprocess.run(arguments, capture_output=True, timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired as problem:
        raise MediaBroken(
            "does not open within a minute.", where=path, fix="Copy it to another disk."
        ) from problem
    found = _FORMAT.search(asked.stderr.decode("utf-8", "replace"))
    said = found[1].split(", ") if found else []
    return next((place for place in _PLACES if place in said), "unspecified")
