"""Names cut to the room they have, remembered from paint to paint."""

from collections import OrderedDict

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

_MOST = 4096
_FEWEST = 6  # letters of a name that is cut in its middle
_STEP_PX = 4  # rooms that differ by less share their text

_known: OrderedDict[tuple[str, int, int], str] = OrderedDict()


def shortened(metrics: QFontMetrics, text: str, room_px: int) -> str:
    """The text with its middle left out if it is longer than there is room, or all but its end
    if there is little: that is where names differ. Empty where nothing of it would be left."""
    room = room_px // _STEP_PX * _STEP_PX
    key = text, room, metrics.height()
    if key not in _known:
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        if len(shown) < min(_FEWEST, len(text)):
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideLeft, room)
        _known[key] = shown if shown == text or len(shown) > 2 else ""
        if len(_known) > _MOST:
            _known.popitem(last=False)
    return _known[key]
