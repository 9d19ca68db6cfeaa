"""The table of all actions of the panel: name, menu, text and keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from lipflap.gui.keys.panel_action import PanelAction


@dataclass(frozen=True, slots=True)
class Entry:
    """One action.

    name   under which the panel looks up what serves it
    menu   title of its menu
    text   in the menu, with & before its access key
    keys   as QKeySequence reads them; empty for none
    tick   whether it is ticked while it is on
    """

    name: str
    menu: str
    text: str
    keys: str = ""
    tick: bool = False


CUT, EDIT, SHOT, RENDER, REVIEW, PLAY, VIEW, HELP = (
    "&Cut",
    "&Edit",
    "&Shot",
    "&Render",
    "Re&view",
    "&Play",
    "Vie&w",
    "&Help",
)

ENTRIES = (
    Entry("open", CUT, "&Open…", "Ctrl+O"),
    Entry("dub_source", CUT, "Choose the &dub…", "Ctrl+D"),
    Entry("add_language", CUT, "Add a lan&guage…"),
    Entry("job_folder", CUT, "&Render into…"),
    Entry("project", CUT, "Project setti&ngs…", "Ctrl+,"),
    Entry("personalise", CUT, "Make a &model of an actor…"),
    Entry("consent", CUT, "&Consent…"),
    Entry("cast", CUT, "C&ast: who is who…", "C"),
    Entry("references", CUT, "Add a &take of an actor…", "Ctrl+T"),
    Entry("clear_references", CUT, "Use no added takes"),
    Entry("relink", CUT, "Relin&k media…"),
    Entry("reload", CUT, "Rescan med&ia", "F5"),
    Entry("close", CUT, "Close &panel", "Ctrl+W"),
    Entry("undo", EDIT, "&Undo", "Ctrl+Z"),
    Entry("redo", EDIT, "&Redo", "Ctrl+Shift+Z"),
    Entry("select_all", EDIT, "Select &all shots", "Ctrl+A"),
    Entry("select_ready", EDIT, "Select shots &to render", "Ctrl+Shift+A"),
    Entry("find", EDIT, "&Find a shot", "Ctrl+F"),
    Entry("face", SHOT, "Choose the &face…", "F"),
    Entry("suggested_face", SHOT, "Face: &automatic", "Shift+F"),
    Entry("dub", SHOT, "&Dub", "D"),
    Entry("do_not_dub", SHOT, "&Exclude", "N"),
    Entry("keep_range", SHOT, "&Keep original In–Out", "Shift+N"),
    Entry("slip_back", SHOT, "Slip line a frame earlier", ","),
    Entry("slip", SHOT, "Slip line a frame later", "."),
    Entry("dub_whole_shot", SHOT, "Dub the &whole shot"),
    Entry("extend", SHOT, "Make as l&ong as its dub", "E", tick=True),
    Entry("blink", SHOT, "&Blink in stills", tick=True),
    Entry("shot_settings", SHOT, "&Settings of the shot…", "Ctrl+I"),
    Entry("reset", SHOT, "&Reset shot", "Ctrl+Backspace"),
    Entry("render", RENDER, "&Render selected", "R"),
    Entry("render_all", RENDER, "Render &all", "Ctrl+Shift+R"),
    Entry("pause", RENDER, "&Pause or resume", "Ctrl+P"),
    Entry("cancel", RENDER, "&Cancel selected", "Ctrl+."),
    Entry("retry", RENDER, "R&etry failed", "Ctrl+Shift+E"),
    Entry("farm", RENDER, "Render on a &farm…"),
    Entry("approve", REVIEW, "&Approve", "A"),
    Entry("send_back", REVIEW, "&Needs changes…", "B"),
    Entry("withdraw", REVIEW, "&Withdraw verdict", "W"),
    Entry("conform", REVIEW, "&Deliver…", "Ctrl+E"),
    Entry("qc_page", REVIEW, "Export &QC page…", "Ctrl+Shift+Q"),
    Entry("markers", REVIEW, "Export &markers…", "Ctrl+Shift+M"),
    Entry("play", PLAY, "&Play or stop", "Space"),
    Entry("back", PLAY, "Play back&wards", "J"),
    Entry("stop", PLAY, "&Stop", "K"),
    Entry("forward", PLAY, "Play &forwards", "L"),
    Entry("step_back", PLAY, "One frame back", "Left"),
    Entry("step", PLAY, "One frame forward", "Right"),
    Entry("jump_back", PLAY, "Ten frames back", "Shift+Left"),
    Entry("jump", PLAY, "Ten frames forward", "Shift+Right"),
    Entry("first", PLAY, "Start of the cut", "Home"),
    Entry("last", PLAY, "End of the cut", "End"),
    Entry("previous_shot", PLAY, "Previous shot", "PgUp"),
    Entry("next_shot", PLAY, "Next shot", "PgDown"),
    Entry("mark_in", PLAY, "Mark &in", "I"),
    Entry("mark_out", PLAY, "Mark &out", "O"),
    Entry("clear_marks", PLAY, "Clear marks", "X"),
    Entry("loop", PLAY, "&Loop", "Ctrl+L", tick=True),
    Entry("hear", PLAY, "&Hear dub or production sound", "H"),
    Entry("hear_dub", PLAY, "Hear the dub", "Alt+1", tick=True),
    Entry("hear_production", PLAY, "Hear the production sound", "Alt+2", tick=True),
    Entry("hear_both", PLAY, "Hear &both", "Shift+H", tick=True),
    Entry("wipe", VIEW, "&Wipe", "1", tick=True),
    Entry("flip", VIEW, "&Flip", "2"),
    Entry("side_by_side", VIEW, "&Side by side", "3", tick=True),
    Entry("difference", VIEW, "&Difference", "4", tick=True),
    Entry("mouth", VIEW, "&Mouth close-up", "5", tick=True),
    Entry("original", VIEW, "&Original", "6", tick=True),
    Entry("dubbed", VIEW, "Du&b", "7", tick=True),
    Entry("flip_now", VIEW, "Switc&h original and dub", "Q"),
    Entry("faces", VIEW, "Show f&aces and matte", "M", tick=True),
    Entry("fit", VIEW, "Fit the &cut", "Shift+Z"),
    Entry("fit_selection", VIEW, "Fit the selec&tion", "Z"),
    Entry("viewer_window", VIEW, "Viewer in its own wi&ndow", "Ctrl+Shift+V", tick=True),
    Entry("full_screen", VIEW, "F&ull screen viewer", "F11", tick=True),
    Entry("keys", HELP, "&Keys", "?"),
    Entry("about", HELP, "&About Lipflap"),
)


def make_actions(
    owner: QWidget, handlers: Mapping[str, Callable[[], object]]
) -> dict[str, QAction]:
    """Make an action for each entry, active while the focus is in `owner`.

    Raises KeyError when an entry has no handler.
    """
    made: dict[str, QAction] = {}
    for entry in ENTRIES:
        action = PanelAction(entry.text, owner)
        action.setObjectName(entry.name)
        action.setShortcut(QKeySequence(entry.keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        action.setCheckable(entry.tick)
        handler = handlers[entry.name]
        action.triggered.connect(lambda _checked=False, handler=handler: handler())
        owner.addAction(action)
        made[entry.name] = action
    return made


def fill_menus(bar: QMenuBar, made: Mapping[str, QAction]) -> dict[str, QMenu]:
    """Put the actions into menus of the bar; return the menus by title."""
    menus: dict[str, QMenu] = {}
    for entry in ENTRIES:
        if entry.menu not in menus:
            menus[entry.menu] = bar.addMenu(entry.menu)
        menus[entry.menu].addAction(made[entry.name])
    return menus


def list_keys() -> list[tuple[str, str, str]]:
    """Return menu, text and keys of every action that has keys."""
    return [
        (
            entry.menu.replace("&", ""),
            entry.text.replace("&", "").rstrip("…"),
            QKeySequence(entry.keys).toString(QKeySequence.SequenceFormat.NativeText),
        )
        for entry in ENTRIES
        if entry.keys
    ]
