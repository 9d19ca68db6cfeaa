"""The menu that says which character speaks a dub line, or all lines of its track."""

from PySide6.QtWidgets import QInputDialog, QMenu

from lipflap.core.order import Role
from lipflap.gui.cast.controller import CastController
from lipflap.plugin.cut.cut import DubLine


def add_voices(menu: QMenu, line: DubLine, cast: CastController) -> None:
    """Add who says a dub line to its menu; production sound is nobody's."""
    if line.role != Role.DUB:
        return
    for title, track in (("Said by", False), (f"All lines of {line.track} said by", True)):
        voices = menu.addMenu(title)
        for name in cast.names:
            action = voices.addAction(name)
            action.setCheckable(True)
            action.setChecked(name.casefold() == line.character.casefold())
            action.triggered.connect(
                lambda _checked, name=name, track=track: cast.say(line, name, track=track)
            )
        voices.addSeparator()
        voices.addAction("Nobody known").triggered.connect(
            lambda _checked, track=track: cast.say(line, "", track=track)
        )
        voices.addAction("Somebody else…").triggered.connect(
            lambda _checked, track=track: _ask(menu, line, cast, track)
        )
    menu.addSeparator()


def _ask(menu: QMenu, line: DubLine, cast: CastController, track: bool) -> None:
    """Ask for a name that is not in the cast yet."""
    title = f"Who says {line.name}?"
    name, accepted = QInputDialog.getText(menu.parentWidget(), "Said by", title)
    if accepted and name.strip():
        cast.say(line, name.strip(), track=track)
