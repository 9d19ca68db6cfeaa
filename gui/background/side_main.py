"""The side process itself: iterates over what it is asked for, one call after the other.

It ends as soon as the panel that started it does, however that ends.
"""

import gc
import os
import pickle
import sys
import traceback
from collections.abc import Callable
from queue import SimpleQueue
from threading import Thread
from typing import IO

from lipflap.core.errors import DubError
from lipflap.gui.background.messages import Call, Ended, Forget, Stop, send


class _Stops:
    """The number of the last call that is no longer wanted."""

    latest = -1


def main() -> None:
    """Serve the process that holds the other ends of stdin and stdout."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints is no message
    gc.disable()  # but between two calls
    calls: SimpleQueue[Call] = SimpleQueue()
    stops = _Stops()
    Thread(target=_listen, args=(calls, stops), daemon=True).start()
    _answer(None, answers)
    while True:
        call = calls.get()
        _answer(_serve(call, stops, lambda event: _answer(event, answers)), answers)
        del call
        gc.collect()


def _listen(calls: "SimpleQueue[Call]", stops: _Stops) -> None:
    """Take calls and stops; end the process when nobody is left to send any."""
    unpickler = pickle.Unpickler(sys.stdin.buffer)
    try:
        while True:
            message = unpickler.load()
            if isinstance(message, Forget):
                unpickler = pickle.Unpickler(sys.stdin.buffer)
            elif isinstance(message, Stop):
                stops.latest = message.number
            else:
                calls.put(message)
    except (EOFError, OSError):
        os._exit(0)
    except Exception:  # noqa: BLE001 - a thread that ends alone would leave a process that is deaf
        traceback.print_exc()
        os._exit(1)


def _serve(call: Call, stops: _Stops, answer: Callable[[object], None]) -> Ended:
    """Answer with what a call yields; return how it ended."""
    try:
        for event in call.function(*call.arguments):
            if stops.latest >= call.number:
                break
            answer(event)
    except DubError as error:
        return Ended(error)
    except Exception as problem:  # noqa: BLE001 - the edge of a process: handed on
        return Ended(fault=f"{type(problem).__name__}: {problem}")
    return Ended()


def _answer(message: object, answers: IO[bytes]) -> None:
    try:
        send(message, answers)
    except OSError:  # nobody reads it
        os._exit(0)


if __name__ == "__main__":
    main()
