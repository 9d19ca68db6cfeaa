"""A process beside the panel for what holds Python's interpreter for long.

Threads share one interpreter with the window: reading a cut of thousands of shots, or checking the
media of them, makes each event wait. A call in the side process costs the panel its answer alone.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryFile
from threading import Condition, Timer
from typing import IO, Any, cast
from weakref import finalize

from lipflap.core.errors import DubError
from lipflap.gui.background.messages import Call, Ended, Forget, MessagePickler, Stop, receive
from lipflap.plugin.render.child import format_exit, last_log_line, start_lipflap

MIN_SHOTS = 200  # about which a call is made here: the process takes half a second to start
_PATIENCE_S = 1.0  # with a call that is no longer wanted, until its process is killed
_REMEMBERED_CALLS = 8  # whose arguments are not sent again; to forget many at once takes long


class SideProcessEnded(DubError):
    """An error for a side process that ended before its answer."""


class SideProcess:
    """A process that runs one call after the other: started by the first, and again if it dies.

    Where Python cannot be started, as in a host whose program holds it, calls run here.
    """

    def __init__(self) -> None:
        self._free = Condition()
        self._child: _Child | None = None
        self._living: set[_Child] = set()
        finalize(self, _end_all, self._living)

    def call(self, function: Callable[..., Iterator[Any]], *arguments: object) -> Iterator[Any]:
        """Yield what a generator function yields in the side process.

        It and its arguments are pickled. A call that is closed is stopped after its next event.
        Raises what it raises, and SideProcessEnded.
        """
        child = self._take()
        if child is None:
            yield from function(*arguments)
            return
        try:
            yield from child.iterate(function, arguments)
        except SideProcessEnded:
            if child in self._living:
                raise
        finally:
            self._give_back(child)

    def close(self) -> None:
        """End the process until the next call; those that are under way end without a word."""
        children = set(self._living)
        self._living.clear()
        _end_all(children)

    def _take(self) -> "_Child | None":
        """Return the process once it is free, or another; None where none can be started."""
        with self._free:
            self._free.wait_for(lambda: self._child is None or self._child.is_free, _PATIENCE_S)
            child = self._child
            if child is None or not child.is_free or not child.is_alive:
                if "python" not in Path(sys.executable).name.casefold():
                    return None
                try:
                    child = self._child = _Child()
                except OSError:
                    return None
                self._living.add(child)
            child.is_free = False
            return child

    def _give_back(self, child: "_Child") -> None:
        with self._free:
            child.is_free = True
            if child is not self._child or not child.is_alive:
                self._living.discard(child)
                child.end()
                if child is self._child:
                    self._child = None
            self._free.notify_all()


class _Child:
    """A started process, and what it remembers of the calls that it was sent."""

    def __init__(self) -> None:
        self.is_free = True
        self._log = TemporaryFile()  # noqa: SIM115 - closed by `end`
        module, pipe = "lipflap.gui.background.side_main", subprocess.PIPE
        self._process = start_lipflap((), self._log, pipe, stdin=pipe, module=module)
        self._calls: IO[bytes] = cast(Any, self._process.stdin).buffer
        self._answers: IO[bytes] = cast(Any, self._process.stdout).buffer
        self._pickler = MessagePickler(self._calls)
        self._number = 0

    @property
    def is_alive(self) -> bool:
        return self._process.poll() is None

    def iterate(
        self, function: Callable[..., Iterator[Any]], arguments: tuple[object, ...]
    ) -> Iterator[Any]:
        """Yield what the function yields there. Raises SideProcessEnded, and what it raises."""
        ended = None
        try:
            self._send(Call(self._number, function, arguments))
            while not isinstance(event := receive(self._answers), Ended):
                if event is not None:
                    yield event
            ended = event
        except (EOFError, OSError) as problem:
            raise SideProcessEnded(self._why_ended(), fix="Try it again.") from problem
        finally:
            if ended is None:
                self._stop()
            self._number += 1
        if ended.error is not None:
            raise ended.error
        if ended.fault:
            raise RuntimeError(ended.fault)

    def kill(self) -> None:
        """Kill the process, from any thread."""
        self._process.kill()
        self._process.wait()

    def end(self) -> None:
        """Kill the process and close what leads to it."""
        self.kill()
        for file in (self._calls, self._answers, self._log):
            with suppress(OSError):
                file.close()

    def _send(self, message: object) -> None:
        if self._number % _REMEMBERED_CALLS == _REMEMBERED_CALLS - 1:
            self._pickler.dump(Forget())
            self._pickler.clear_memo()
        self._pickler.dump(message)
        self._calls.flush()

    def _stop(self) -> None:
        """End the call that is under way, politely at first."""
        if sys.is_finalizing():  # no thread starts any more
            self.kill()
            return
        patience = Timer(_PATIENCE_S, self._process.kill)
        patience.start()
        with suppress(EOFError, OSError):
            self._send(Stop(self._number))
            while not isinstance(receive(self._answers), Ended):
                pass
        patience.cancel()

    def _why_ended(self) -> str:
        code = self._process.wait()
        reason = last_log_line(self._log)
        return f"Work beside the panel ended {format_exit(code)}{reason and f': {reason}'}."


def _end_all(children: "set[_Child]") -> None:
    for child in list(children):
        child.end() if child.is_free else child.kill()
