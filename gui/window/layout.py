"""The arrangement of the panel's views, which stacks them where it is narrow.

top row
shot list  |  viewer, transport            narrow: viewer, transport
-----------+---------------------                  shot list
timeline | render queue                            timeline | render queue
"""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QStackedWidget, QTabWidget, QVBoxLayout, QWidget

from lipflap.gui.queue.view import RenderView
from lipflap.gui.settings import layout, remember_layout
from lipflap.gui.timeline.controls.zoom_slider import ZoomSlider
from lipflap.gui.timeline.view import TimelineView
from lipflap.gui.transport.window import ViewerWindow

_MIN_PX = 350
_BESIDE, _STACKED = [815, 685], [560, 440]  # shot list and viewer, viewer and shot list
_STACKED_PX = 700  # a panel narrower than this has viewer, list and timeline one below the other


class PanelLayout(QWidget):
    """The views in splitters; the viewer may have a window of its own.

    pane              viewer and transport
    window_of_viewer  holds them, if there is one
    window_closed     the viewer is back
    """

    window_closed = Signal()

    def __init__(
        self,
        bar: QWidget,
        shot_list: QWidget,
        viewer: QStackedWidget,
        transport: QWidget,
        timeline: TimelineView,
        queue: RenderView,
    ) -> None:
        super().__init__()
        self.window_of_viewer: ViewerWindow | None = None
        self.tabs = QTabWidget()
        self.tabs.addTab(timeline, "Timeline")
        self.tabs.addTab(queue, "Render queue")
        self._zoom = ZoomSlider(timeline)
        self.tabs.setCornerWidget(self._zoom)
        self.tabs.currentChanged.connect(self._show_zoom)
        self._viewer, self._sizes_beside, self.pane = viewer, list[int](), QWidget()
        _column(self.pane, viewer, transport, grows=viewer)
        self.upper = _splitter(Qt.Orientation.Horizontal, shot_list, self.pane, _BESIDE)
        self.whole = _splitter(Qt.Orientation.Vertical, self.upper, self.tabs, [600, 300])
        self.setMinimumWidth(_MIN_PX)  # stacked, its parts need no more
        _column(self, bar, self.whole, grows=self.whole)

    @property
    def is_stacked(self) -> bool:
        return self.width() < _STACKED_PX

    def restore(self) -> None:
        """Restore the splitters of the last session; none that a stacked panel has left."""
        for name, splitter in self._splitters().items():
            if state := layout(name):
                splitter.restoreState(state)
        if self.upper.orientation() != Qt.Orientation.Horizontal:
            self.upper.setOrientation(Qt.Orientation.Horizontal)
            self.upper.setSizes(_BESIDE)

    def remember(self) -> None:
        """Store where the splitters are; those of stacked views are as they come."""
        for name, splitter in self._splitters().items():
            if not self.is_stacked:
                remember_layout(name, splitter.saveState())

    def close_window(self) -> None:
        """Close the viewer's window, if it has one."""
        if self.window_of_viewer is not None:
            self.window_of_viewer.close()

    def toggle_window(self, take_key: Callable[[QKeyEvent], bool]) -> None:
        """Put the viewer into a window of its own, or back; see ViewerWindow."""
        if self.window_of_viewer is not None:
            self.close_window()
            return
        self._sizes_beside = self.upper.sizes()
        self.window_of_viewer = ViewerWindow(self.pane, take_key, self)
        self.window_of_viewer.closed.connect(self._take_viewer_back)
        self.window_of_viewer.show()
        self._focus_viewer()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Stack the viewer above the list where they have no room side by side."""
        super().resizeEvent(event)
        self._show_zoom()
        wanted = Qt.Orientation.Vertical if self.is_stacked else Qt.Orientation.Horizontal
        if self.upper.orientation() != wanted:
            self.upper.setOrientation(wanted)
            if self.window_of_viewer is None:
                self._place_viewer()
            self.upper.setSizes(_STACKED if self.is_stacked else _BESIDE)
            self._sizes_beside = self.upper.sizes()

    def _show_zoom(self) -> None:
        """Show the zoom beside the timeline; where it is narrow, the tabs' names need the room."""
        self._zoom.setVisible(not self.is_stacked and self.tabs.currentIndex() == 0)

    def _splitters(self) -> dict[str, QSplitter]:
        return {"upper": self.upper, "whole": self.whole}

    def _take_viewer_back(self) -> None:
        window, self.window_of_viewer = self.window_of_viewer, None
        self._place_viewer()
        self.pane.show()
        self.upper.setSizes(self._sizes_beside)
        self._focus_viewer()
        if window is not None:
            window.deleteLater()
        self.window_closed.emit()

    def _focus_viewer(self) -> None:
        """Give the viewer the focus: Qt would give it to a button, which takes the space bar."""
        if (shown := self._viewer.currentWidget()) is not None:
            shown.setFocus()

    def _place_viewer(self) -> None:
        self.upper.insertWidget(0 if self.is_stacked else 1, self.pane)


def _splitter(
    orientation: Qt.Orientation, first: QWidget, second: QWidget, sizes: list[int]
) -> QSplitter:
    splitter = QSplitter(orientation)
    splitter.addWidget(first)
    splitter.addWidget(second)
    splitter.setSizes(sizes)
    splitter.setChildrenCollapsible(False)
    return splitter


def _column(owner: QWidget, *widgets: QWidget, grows: QWidget) -> None:
    """Lay widgets below one another, of which one takes the room that is left."""
    column = QVBoxLayout(owner)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in widgets:
        column.addWidget(widget, int(widget is grows))
