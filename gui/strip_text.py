"""Names cut to the room they have, remembered from paint to paint."""

from collections import OrderedDict

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

_MOST = 4096
_STEP_PX = 4  # rooms that differ by less share their text

_known: OrderedDict[tuple[str, int, int], str] = OrderedDict()


def shortened(metrics: QFontMetrics, text: str, room_px: int) -> str:
    """The text with its end left out, if it is longer than there is room."""
    room = room_px // _STEP_PX * _STEP_PX
    key = text, room, metrics.height()
    if key not in _known:
        _known[key] = metrics.elidedText(text, Qt.TextElideMode.ElideRight, room)
        if len(_known) > _MOST:
            _known.popitem(last=False)
    return _known[key]
