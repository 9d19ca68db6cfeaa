"""The making of a model of one actor: a process in the background, how far it is, how it ended."""

from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from time import time

import psutil
from PySide6.QtCore import QObject, QTimer, Signal

from lipflap.core.errors import DubError
from lipflap.gui.personal.going_on import (
    MakingNote,
    birth_of,
    note_path,
    read_note,
    write_note,
)
from lipflap.plugin.render.background import BackgroundProcess, spawn
from lipflap.plugin.render.child import last_log_line

_POLL_MS = 500
_LEARNS = " to train on"  # what its log says once the actor has been found
_STOP_S = 5

_left: list[BackgroundProcess] = []  # so that they are waited for when they end before us


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """A model to make: of which actor, under which name, from the cut and further films."""

    actor: str
    model: str
    minutes: int
    footage: tuple[Path, ...]
    consent: str = ""

    @property
    def arguments(self) -> list[str]:
        """Return the `lipflap` command that makes it."""
        consent = ["--consent", self.consent] if self.consent else []
        paths = map(str, self.footage)
        named = ["--actor", self.actor, "--minutes", str(self.minutes), "-o", self.model]
        return ["train", "personalise", *paths, *named, *consent]


class ModelMaking(QObject):
    """One model that is being made, or none. It goes on when the panel is closed.

    changed   it has come further, or has ended
    made      name of the model, which is ready
    failed    a DubError that says why it is not
    """

    changed = Signal()
    made = Signal(str)
    failed = Signal(object)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.note: MakingNote | None = None
        self._log = Path()
        self._own: BackgroundProcess | None = None  # none where an earlier panel began it
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self._poll)

    @property
    def is_running(self) -> bool:
        return self.note is not None

    @property
    def share(self) -> float:
        """Return how much of the learning is done, 0 to 1."""
        if self.note is None or self.note.learns_since_s is None:
            return 0.0
        return min(1.0, (time() - self.note.learns_since_s) / (60 * self.note.minutes))

    @property
    def text(self) -> str:
        """Return what is being done now."""
        if self.note is None:
            return ""
        actor = self.note.actor
        if self.note.learns_since_s is None:
            return f"Model of {actor}: looking for {actor} in the film …"
        if self.share < 1:
            return f"Model of {actor}: {self.share * 100:.0f} % of {self.note.minutes} min"
        return f"Model of {actor}: measuring it …"

    def start(self, request: ModelRequest, log: Path) -> None:
        """Begin to make a model; `log` is overwritten. Raises DubError."""
        self._own = spawn(request.arguments, log)
        pid = self._own.process.pid
        note = MakingNote(request.actor, request.model, request.minutes, pid, birth_of(pid))
        self._follow(note, log)

    def resume(self, log: Path) -> None:
        """Follow again what an earlier panel began; say how it ended if it has meanwhile."""
        note = None if self.is_running else read_note(log)
        if note is not None:
            self._own = None
            self._follow(note, log)
            self._poll()

    def leave(self) -> None:
        """Follow it no longer: it goes on by itself."""
        self._timer.stop()
        if self._own is not None and self._own.is_running:
            _left.append(self._own)
        self.note = self._own = None

    def stop(self) -> None:
        """Stop; what was learnt is lost."""
        process = self.note.process if self.note else None
        if process is not None:
            process.terminate()
            QTimer.singleShot(1000 * _STOP_S, partial(_kill, process))
        if self._own is not None:
            _left.append(self._own)
        self._forget()

    def _follow(self, note: MakingNote, log: Path) -> None:
        self.note, self._log = note, log
        self._timer.start()
        self.changed.emit()
        write_note(log, note)

    def _forget(self) -> None:
        self._timer.stop()
        self.note = self._own = None
        note_path(self._log).unlink(missing_ok=True)
        self.changed.emit()

    def _poll(self) -> None:
        note = self.note
        if note is None:
            return
        if note.learns_since_s is None and _LEARNS in _read(self._log):
            self.note = replace(note, learns_since_s=time())
            with suppress(DubError):  # a later panel shows a smaller share
                write_note(self._log, self.note)
        is_over = not self._own.is_running if self._own else note.process is None
        if is_over:
            self._end(note, self._own)
        self.changed.emit()

    def _end(self, note: MakingNote, own: BackgroundProcess | None) -> None:
        self._forget()
        if own.process.returncode == 0 if own else note.is_made:
            self.made.emit(note.model)
            return
        reason = (own.failure if own else _last_line(self._log)) or "was ended from outside."
        self.failed.emit(DubError(reason, where=f"Model of {note.actor}"))


def _kill(process: psutil.Process) -> None:
    with suppress(psutil.NoSuchProcess):
        process.kill()


def _last_line(log: Path) -> str:
    """Return why a process that another panel began has failed."""
    try:
        with log.open("rb") as lines:
            return last_log_line(lines)
    except OSError:
        return ""


def _read(log: Path) -> str:
    try:
        return log.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
