"""What an Open Job Description session reads from the output of a task: how far it is, and why not.

How-Jobs-Are-Run of openjd-specifications: openjd_progress (percent), openjd_status, openjd_fail.
"""

from collections.abc import Callable, Iterable
from time import monotonic

from lipflap.core.order import LOOK, PAINT, DubOrder, DubResult
from lipflap.plugin.events import Event

_EVERY_S = 1.0
_STAGES = (LOOK, PAINT)


def openjd_words(orders: Iterable[DubOrder]) -> Callable[[Event], list[str]]:
    """What there is to say after each event of these orders; nothing that was said a moment ago."""
    frames = {order.shot: order.frames.count for order in orders}
    done = dict.fromkeys(frames, 0.0)
    said_at = float("-inf")

    def words(event: Event) -> list[str]:
        nonlocal said_at
        if isinstance(event, DubResult):
            done[event.shot] = 1.0
            status = f"{event.shot}: {event.report.state} {event.report.reason}"
        else:
            if event.stage in _STAGES:
                done[event.shot] = (_STAGES.index(event.stage) + event.done / event.total) / 2
            if monotonic() - said_at < _EVERY_S:
                return []
            status = f"{event.shot} {event.stage} {event.done}/{event.total}"
        said_at = monotonic()
        percent = 100 * sum(done[shot] * n for shot, n in frames.items()) / sum(frames.values())
        return [f"openjd_progress: {percent:.1f}", f"openjd_status: {one_line(status)}"]

    return words


def failure(why: str) -> str:
    return f"openjd_fail: {one_line(why)}"


def one_line(text: str) -> str:
    return " ".join(text.split())
