"""The rate that all media of a cut has, for a cut that does not say its own."""

import logging
from fractions import Fraction
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.media.probe import probe
from lipflap.plugin.cut.cut import Cut

_log = logging.getLogger(__name__)

_ENOUGH = 20  # files to ask


def rate_of_media(cut: Cut) -> Fraction | None:
    """Return frames per second that the first films of a cut all have; None when they differ.

    Image sequences have no rate of their own. None, too, when no film is there.
    """
    films = (shot.media.path for shot in cut.shots if shot.media and shot.media.first_file is None)
    there = [path for path in dict.fromkeys(films) if Path(path).is_file()]
    rates = set()
    for path in there[:_ENOUGH]:
        try:
            rates.add(probe(path).rate)
        except DubError as problem:
            _log.info("%s", problem)
    return rates.pop() if len(rates) == 1 else None
