"""Checks of media whose process dies under them; little is imported, for it is started for them."""

import os
import signal
from collections.abc import Iterator
from pathlib import Path

from lipflap.plugin.order.media_check import iter_outcomes


def dies_once(*asked) -> Iterator[object]:
    """Yield what comes of the first cue, and die; go on the next time."""
    mark = Path(asked[3].folder).with_name("died")
    for outcomes in iter_outcomes(*asked[:5], 0.0):
        yield outcomes
        if not mark.exists():
            mark.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def dies_always(*asked) -> Iterator[object]:
    os.kill(os.getpid(), signal.SIGKILL)
    yield
