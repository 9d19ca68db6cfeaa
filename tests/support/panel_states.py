"""A panel with a cut open, and how far it is with it."""

from pathlib import Path

from support.cuts.small_cut import write_small_cut

from lipflap.gui.panel import Panel, create
from lipflap.gui.shots.row import CHECKING


def is_settled(panel: Panel) -> bool:
    """Return whether all media has been checked, and the list shows what came of it."""
    states = {row.state for row in panel.rows.values()}
    return not panel.document.is_checking and bool(states) and CHECKING not in states


def panel_with_small_cut(qtbot, folder: Path) -> Panel:
    """Show a panel, and open a small cut in it; return it once it is settled."""
    made = create()
    qtbot.addWidget(made)
    made.resize(1400, 900)
    made.show()
    with qtbot.waitSignal(made.document.opened, timeout=120_000):
        made.open(write_small_cut(folder), "track:Dub DE")
    qtbot.waitUntil(lambda: is_settled(made), timeout=120_000)
    return made
