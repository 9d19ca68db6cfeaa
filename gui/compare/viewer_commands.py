"""What an editor does with the viewer itself: play, step, loop, listen, and compare in a way."""

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal

from lipflap.gui.compare.paint import DIFFERENCE, FLIP, MOUTH, SIDE, WIPE
from lipflap.gui.compare.view import CompareView
from lipflap.gui.selection import ShotSelection
from lipflap.gui.sound.cut_sound import Heard
from lipflap.gui.timeline.view import TimelineView

_END = 10**9  # frames: more than any cut has
_HEARD = {
    Heard.DUB: "You hear the dub.",
    Heard.PRODUCTION: "You hear the production sound.",
    Heard.BOTH: "You hear the dub and the production sound.",
}
_MODES = {"wipe": WIPE, "side_by_side": SIDE, "difference": DIFFERENCE, "mouth": MOUTH}


class ViewerCommands(QObject):
    """The commands of the viewer.

    message   a line for the status bar
    """

    message = Signal(str)

    def __init__(
        self, view: CompareView, selection: ShotSelection, timeline: TimelineView, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._view, self._selection, self._timeline = view, selection, timeline

    def handlers(self) -> dict[str, Callable[[], object]]:
        """Return the functions for entries of gui.actions, by name."""
        view = self._view
        return {
            "play": self.toggle_play,
            "back": lambda: self.shuttle(-1),
            "stop": view.stop,
            "forward": lambda: self.shuttle(1),
            "step_back": lambda: view.step(-1),
            "step": lambda: view.step(1),
            "jump_back": lambda: view.step(-10),
            "jump": lambda: view.step(10),
            "first": lambda: view.step(-_END),
            "last": lambda: view.step(_END),
            "loop": self._toggle_loop,
            "hear": self._toggle_audio,
            "hear_dub": lambda: self._hear(Heard.DUB),
            "hear_production": lambda: self._hear(Heard.PRODUCTION),
            "hear_both": lambda: self._hear(Heard.BOTH),
            "original": lambda: self._show_one(is_original=True),
            "dubbed": lambda: self._show_one(is_original=False),
            "full_screen": lambda: view.set_full_screen(not view.isFullScreen()),
            "wipe": lambda: view.set_mode(WIPE),
            "flip": lambda: view.set_mode(FLIP),
            "side_by_side": lambda: view.set_mode(SIDE),
            "difference": lambda: view.set_mode(DIFFERENCE),
            "flip_now": self._flip,
        }

    def ticks(self) -> dict[str, bool]:
        """Return which entries of gui.actions are on, by name."""
        view = self._view
        return {
            **{name: view.mode == mode for name, mode in _MODES.items()},
            "original": view.mode == FLIP and view.is_flipped,
            "dubbed": view.mode == FLIP and not view.is_flipped,
            "hear_dub": view.heard == Heard.DUB,
            "hear_production": view.heard == Heard.PRODUCTION,
            "hear_both": view.heard == Heard.BOTH,
            "loop": view.player.loop_range is not None,
            "full_screen": view.isFullScreen(),
        }

    def toggle_play(self) -> None:
        """Play, or stop."""
        if self._view.player.speed:
            self._view.stop()
        else:
            self._view.play()

    def shuttle(self, direction: int) -> None:
        """Play faster in a direction, 1 or -1; stop at 0."""
        if direction:
            self._view.player.shuttle(direction)
        else:
            self._view.stop()

    def _toggle_loop(self) -> None:
        """Loop between the marks, or over the current shot; or no longer."""
        program, player, marked = self._view.program, self._view.player, self._timeline.marked
        shot = self._selection.current
        if program is None or player.loop_range is not None or (shot is None and marked is None):
            player.set_loop(None)
            self.message.emit("Loop off.")
            return
        first, end = program.frames_of(marked) if marked else program.spans[shot or ""]
        player.set_loop((max(0, first), min(program.count, end)))
        self.message.emit("Loop between the marks." if marked else f"Loop over {shot}.")

    def _toggle_audio(self) -> None:
        """Switch between dub and production sound."""
        self._hear(Heard.PRODUCTION if self._view.heard == Heard.DUB else Heard.DUB)

    def _hear(self, heard: Heard) -> None:
        self._view.hear(heard)
        self.message.emit(_HEARD[heard])

    def _show_one(self, *, is_original: bool) -> None:
        """Show the original alone, or the dub alone."""
        self._view.set_mode(FLIP)
        if self._view.is_flipped != is_original:
            self._view.flip()

    def _flip(self) -> None:
        self._view.set_mode(FLIP)
        self._view.flip()
