"""How far the panel is with a cut that was opened."""

from lipflap.gui.panel import Panel
from lipflap.gui.shots.row import CHECKING


def is_settled(panel: Panel) -> bool:
    """Return whether all media has been checked, and the list shows what came of it."""
    states = {row.state for row in panel.rows.values()}
    return not panel.document.is_checking and bool(states) and CHECKING not in states
