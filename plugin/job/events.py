"""Progress and results as JSON lines, by which a renderer reports to its parent process."""

import json
from dataclasses import asdict

from lipflap.core.result import DubResult, Progress
from lipflap.core.serialize import from_dict

Event = Progress | DubResult

_KINDS: dict[str, type[Progress] | type[DubResult]] = {"progress": Progress, "result": DubResult}


def to_line(event: Event) -> str:
    """Return an event as one line of JSON, without its line break."""
    kind = "progress" if isinstance(event, Progress) else "result"
    return json.dumps({"event": kind} | asdict(event), default=str)  # str: of a Fraction


def from_line(line: str) -> Event | None:
    """Return the event on a line; None when it is something else, such as a library's output.

    Raises RecordUnreadable for an event with wrong fields.
    """
    try:
        body = json.loads(line)
    except (ValueError, RecursionError):
        return None
    kind = _KINDS.get(str(body.pop("event", None))) if isinstance(body, dict) else None
    return from_dict(kind, body, where="event of the renderer") if kind else None
