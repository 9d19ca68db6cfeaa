"""About how long rendering takes, before it is started: at the pace of what was rendered before."""

from collections.abc import Collection, Iterable, Mapping

from lipflap.core.order import DubOrder
from lipflap.core.result import DubResult, ShotState
from lipflap.core.timing import format_estimate
from lipflap.gui.background.settings_file import change, stored

_KEY = "seconds_per_frame"
_FIRST_GUESS = 0.35  # s a frame on two cores, until this machine has rendered a shot
_SMOOTH = 0.5  # weight of the job at hand against what is remembered


def learn_pace(results: Iterable[DubResult]) -> None:
    """Remember how many seconds a frame takes on this machine."""
    reports = [result.report for result in results if result.report.state == ShotState.RENDERED]
    frames = sum(report.frames for report in reports)
    seconds = sum(sum(report.seconds.values()) for report in reports)
    if frames and seconds:
        pace = seconds / frames

        def nearer(before: object) -> float:
            return before + _SMOOTH * (pace - before) if isinstance(before, float) else pace

        change(_KEY, nearer)


def estimate(shots: Collection[str], orders: Mapping[str, DubOrder]) -> str:
    """Return about how long these shots take, such as "about 4 min"; empty where unknown.

    It is unknown until the media of all of them has been checked, and they are ordered.
    """
    if any(shot not in orders for shot in shots):
        return ""
    frames = sum(orders[shot].frames.count for shot in shots)
    known = stored(_KEY)
    pace = known if isinstance(known, float) else _FIRST_GUESS
    return f"about {format_estimate(frames * pace)}" if frames else ""
