"""Names cut to the room they have, remembered from paint to paint."""

from collections import OrderedDict

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics

_MOST = 4096
_FEWEST = 4  # letters of a name, the dots between them counted
_STEP_PX = 4  # rooms that differ by less share their text

_known: OrderedDict[tuple[str, int, int], str] = OrderedDict()


def shortened(metrics: QFontMetrics, text: str, room_px: int) -> str:
    """The text with its middle left out, if it is longer than there is room: how names begin and
    how they end tells them apart. Empty where next to nothing of it would be left."""
    room = room_px // _STEP_PX * _STEP_PX
    key = text, room, metrics.height()
    if key not in _known:
        shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
        _known[key] = shown if shown == text or len(shown) >= _FEWEST else ""
        if len(_known) > _MOST:
            _known.popitem(last=False)
    return _known[key]
