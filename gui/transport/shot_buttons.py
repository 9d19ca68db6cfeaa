"""The buttons below the viewer that go by the current shot: what makes sense for it is shown."""

from lipflap.gui.compare.controller import CompareController
from lipflap.gui.document import CutDocument
from lipflap.gui.selection import ShotSelection
from lipflap.gui.transport.bar import TransportBar
from lipflap.gui.transport.versions_menu import fill_versions


class ShotButtons:
    """Shows and hides buttons of the transport, and fills the menu of the shot's versions."""

    def __init__(
        self,
        document: CutDocument,
        selection: ShotSelection,
        viewer: CompareController,
        transport: TransportBar,
    ) -> None:
        self._document, self._selection = document, selection
        self._viewer, self._transport = viewer, transport
        transport.versions.menu().aboutToShow.connect(self._fill_versions)
        viewer.versions_changed.connect(self._show_versions)

    def ticks(self) -> dict[str, bool]:
        """Return which entries of gui.actions are on for the current shot, by name."""
        decisions, shot = self._document.decisions, self._selection.current
        return {"extend": shot in decisions.extended, "blink": shot in decisions.blinking}

    def update(self) -> None:
        """Show the buttons that make sense for the current shot."""
        buttons, shot = self._transport.buttons, self._selection.current or ""
        overrides = self._document.decisions.overrides
        is_excluded = shot in overrides and not overrides[shot].dub
        overhang = self._document.overhangs.get(shot)
        order = self._document.media.order_of(shot)
        is_on = self.ticks()
        buttons["dub"].setVisible(is_excluded)
        buttons["do_not_dub"].setVisible(not is_excluded)
        can_be_longer = overhang is not None and not overhang.why_not
        buttons["extend"].setVisible(is_on["extend"] or can_be_longer)
        is_still = order is not None and order.frames.step == 0
        buttons["blink"].setVisible(is_on["blink"] or is_still)
        self._show_versions()

    def _fill_versions(self) -> None:
        versions, shown = self._viewer.versions()
        menu = self._transport.versions.menu()
        fill_versions(menu, versions, shown, self._viewer.show_version)

    def _show_versions(self) -> None:
        """Show which render of the current shot is seen."""
        versions, shown = self._viewer.versions()
        number = versions.index(shown) + 1 if shown in versions else len(versions) + 1
        self._transport.show_versions(len(versions) + 1, number)
