"""Who is in a shot: looked for once, kept in JOB/looks, asked for by whoever shows pictures."""

import os
import subprocess
import sys
from collections.abc import Generator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from lipflap.core.errors import DubError
from lipflap.core.looked import Looked, looked_from_json, looked_to_json
from lipflap.core.order import DubOrder, Progress, digest, order_to_json
from lipflap.core.record_json import RecordUnreadable, read_text
from lipflap.plugin.job import job_of, write_text
from lipflap.plugin.local import child_environment

if TYPE_CHECKING:
    from lipflap.core.kit import Kit


def look(order: DubOrder, weights: Path | None = None) -> Generator[Progress | Looked, None, None]:
    """Progress, then who is in the shot; at once when that is known. Raises DubError."""
    known = known_look(order)
    if known is not None:
        yield known
        return
    from lipflap.core.looking import looked  # takes torch along

    order = _unchosen(order)
    for event in looked(order, _kit(order, weights)):
        if isinstance(event, Looked):
            write_text(_place(order), looked_to_json(event))
        yield event


def known_look(order: DubOrder) -> Looked | None:
    """What an earlier look found, if the shot is still the same; whichever face is chosen."""
    try:
        place = _place(order)
        return looked_from_json(read_text(place), where=str(place))
    except RecordUnreadable:
        return None


def look_elsewhere(order: DubOrder) -> Iterator[Progress | Looked | None]:
    """The same, by a process of its own; None now and then, so that it can be ended.

    Raises DubError with what that process said.
    """
    known = known_look(order)
    if known is not None:
        yield known
        return
    place = _place(order).with_suffix(".order.json")
    write_text(place, order_to_json(_unchosen(order)))
    command = [sys.executable, "-m", "lipflap.plugin.cli", "look", str(place)]
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env=child_environment(os.environ),
        start_new_session=True,
    )
    try:
        for _ in child.stdout or ():
            yield None
        said = child.stderr.read() if child.stderr else ""
        if child.wait() != 0:
            last = (said.strip().splitlines() or ["it was ended."])[-1]
            raise DubError(last.removeprefix("lipflap: "), where=f"looking at {order.shot}")
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        for pipe in (child.stdout, child.stderr):
            if pipe:
                pipe.close()
        place.unlink(missing_ok=True)
    yield known_look(order)


def told(looked: Looked) -> Iterator[str]:
    """What was found, in lines of text."""
    for number, face in enumerate(looked.faces):
        seen = sum(box is not None for box in face.boxes)
        mark = ", suggested" if number == looked.suggested else ""
        yield f"face {number}: seen in {seen} of {looked.frames} frames{mark}"
    if not looked.faces:
        yield "There is no face in it."


def _unchosen(order: DubOrder) -> DubOrder:
    """The order as if nobody had chosen a face: what is seen does not depend on that."""
    return replace(order, settings=replace(order.settings, face=None), leave=(), part=None)


def _place(order: DubOrder) -> Path:
    return job_of(order).folder / "looks" / f"{digest(_unchosen(order))[:32]}.json"


def _kit(order: DubOrder, weights: Path | None) -> "Kit":
    from lipflap.core.kit import load_kit

    return load_kit(order.settings, weights)
