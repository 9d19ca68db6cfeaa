"""Take pictures of the panel in every state: all into screenshots/, some into docs/.

    make screenshots

Makes the demo's cut, dubs it with the panel's own actions, and shows light and heavy cuts, the
empty panel, errors and other sizes on the way. A second process takes the picture of a screen with
twice as many pixels.
"""

import os
import subprocess
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic, sleep

import opentimelineio as otio
from PySide6.QtCore import QCoreApplication, QPoint
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

from lipflap.gui import commands
from lipflap.gui.choices.project_dialog import ProjectDialog
from lipflap.gui.choices.shot_dialog import ShotDialog
from lipflap.gui.deliver.dialog import DeliverableShots, DeliverDialog, DeliveryWishes
from lipflap.gui.dialogs.dub import DubDialog
from lipflap.gui.dialogs.keys import KeysDialog
from lipflap.gui.dialogs.relink import RelinkDialog
from lipflap.gui.panel import Panel, create
from lipflap.gui.personal.dialog import PersonaliseDialog
from lipflap.plugin.cut.project_settings import ProjectSettings
from lipflap.plugin.demo import demo
from lipflap.plugin.timeline.patch.writers import modes_of

ROOT = Path(__file__).parents[1]
ALL = ROOT / "screenshots"
SIZES = ((1280, 720), (1600, 1000), (400, 900))
DOUBLE = "QT_SCALE_FACTOR"
SHOWN = {
    "panel": "open",
    "panel-compare": "wipe",
    "panel-faces": "faces",
    "panel-renders": "rendering",
    "panel-cast": "cast",
}


def main() -> None:
    app = QApplication.instance() or QApplication(["lipflap"])
    ALL.mkdir(exist_ok=True)
    with TemporaryDirectory() as made:
        folder = sys.argv[1] if DOUBLE in os.environ else made
        for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = f"{folder}/{name}"
        panel = create()
        panel.resize(1440, 900)
        panel.show()
        if DOUBLE in os.environ:
            panel.open(Path(folder) / "cut.otio")
            _until(app, lambda: len(panel.rows) == 4)
            _until(app, lambda: panel.viewer.view.frames.frame is not None)
            _grab(app, panel, "double", wait_s=4)
            panel.close()
            return
        _light(app, panel, Path(folder))
        subprocess.run(
            [sys.executable, __file__, folder], env=os.environ | {DOUBLE: "2"}, check=True
        )
        _heavy(app, panel, Path(folder))
        panel.close()
    for name, state in SHOWN.items():
        picture = ALL / f"{state}.png"
        _as_jpeg(picture, ROOT / "docs" / f"{name}.jpg")


def _light(app: QCoreApplication, panel: Panel, folder: Path) -> None:
    _grab(app, panel, "empty")
    demo.make_footage(folder, say=lambda line: None)
    panel.open(folder / "cut.otio", "track:Dub DE")
    _until(app, lambda: len(panel.rows) == 4)
    _grab(app, panel, "open", wait_s=3)
    panel.select(["SH010"])
    _until(app, lambda: _shows(panel, "SH010") and not panel.document.is_checking)
    panel.actions_by_name["face"].trigger()
    _until(app, lambda: not panel.viewer.picker.box_of(0).isEmpty())
    _until(app, lambda: "click the face" in panel.viewer.picker.text)
    _grab(app, panel, "faces", wait_s=1)
    panel.viewer.picker.face_selected.emit(0)
    _cast(app, panel)
    _rendered(app, panel)
    _compared(app, panel)
    panel.actions_by_name["wipe"].trigger()
    panel.review_controller.approve(["SH010"])
    panel.review_controller.send_back(["SH030"], "The lips are late.")
    _until(app, lambda: panel.rows["SH030"].state == "sent back")
    _grab(app, panel, "reviewed", wait_s=1)
    _changed(app, panel)
    _sizes(app, panel)
    _dialogs(app, panel, folder)


def _cast(app: QCoreApplication, panel: Panel) -> None:
    """Name a person of the cast."""
    panel.actions_by_name["cast"].trigger()
    _until(app, lambda: len(panel.cast.search.found) == 3)
    _until(app, lambda: bool(panel.cast.view.people))
    person = panel.cast.view.people[0]
    panel.cast.view.person_named.emit(person.row, "Anna")
    _until(app, lambda: panel.cast.view.people[0].row.character == "Anna")
    _grab(app, panel, "cast", wait_s=5)
    panel.actions_by_name["faces"].trigger()


def _rendered(app: QCoreApplication, panel: Panel) -> None:
    """Render all shots."""
    panel.actions_by_name["render_all"].trigger()
    panel.tabs.setCurrentWidget(panel.queue)
    _until(
        app,
        lambda: (
            panel.monitor.snapshot is not None
            and any(s.done > 20 for s in panel.monitor.snapshot.status.shots)
        ),
    )
    _grab(app, panel, "rendering")
    _until(app, lambda: [r.state for r in panel.rows.values()].count("rendered") == 3)


def _compared(app: QCoreApplication, panel: Panel) -> None:
    """Compare original and dub in every way."""
    panel.tabs.setCurrentWidget(panel.timeline)
    panel.select(["SH010"])
    _until(app, lambda: _shows_dub(panel, "SH010"))
    for mode in ("wipe", "flip", "side_by_side", "difference", "mouth"):
        panel.actions_by_name[mode].trigger()
        if mode == "mouth":
            _until(app, lambda: panel.viewer.view.face_report is not None)
        panel.viewer.view.player.seek(20)
        _grab(app, panel, mode, wait_s=2)


def _changed(app: QCoreApplication, panel: Panel) -> None:
    """Change a rendered shot, and slip a line."""
    step = commands.shot_settings(panel.document.decisions, ["SH010"], {"quality": "draft"})
    panel.document.decide(step)
    _until(app, lambda: panel.rows["SH010"].state == "out of date")
    line = next(line for line in panel.document.lines if line.name == "DE_2")
    panel.timeline.line_slipped.emit(line, 3 / panel.document.cut.rate)


def _sizes(app: QCoreApplication, panel: Panel) -> None:
    for width, height in SIZES:
        panel.resize(width, height)
        _until(app, lambda: panel.viewer.view.frames.frame is not None)
        _grab(app, panel, f"{width}", wait_s=1)
    panel.resize(1440, 900)


def _dialogs(app: QCoreApplication, panel: Panel, folder: Path) -> None:
    """Take pictures of an error, and of the dialogs that ask for what the panel cannot know."""
    (folder / "broken.otio").write_text("{", encoding="utf-8")
    panel.open(folder / "broken.otio")
    box = _box(app)
    _grab(app, box, "error")
    box.close()
    dialog = DubDialog(["Production", "Dub DE"], parent=panel)
    dialog.show_lines(panel.document.lines)
    dialog.tracks.setCurrentRow(1)
    dialog.show()
    _grab(app, dialog, "dub", wait_s=1)
    dialog.done(0)
    keys = KeysDialog(panel)
    keys.show()
    _grab(app, keys, "keys")
    keys.close()
    cut = panel.document.path or Path("cut.otio")
    missing = {"P:\\show\\A001.mov": ["SH010", "SH030"], "P:\\show\\C001.mov": ["SH040"]}
    decisions, shots = panel.document.decisions, DeliverableShots(("SH010",), ("SH030",), ())
    wide = ProjectSettings(codec="prores", burn_in="AI-edited mouth")
    for name, dialog in (
        ("project", ProjectDialog(wide, ["starter"], panel)),
        ("shot", ShotDialog("SH010", [decisions.overrides["SH010"]], wide, ["starter"], panel)),
        ("deliver", DeliverDialog(shots, cut, partial(modes_of, cut), DeliveryWishes(), panel)),
        ("personalise", PersonaliseDialog(cut, panel.cast.names, "", panel)),
        ("relink", RelinkDialog(missing, panel)),
    ):
        dialog.show()
        _grab(app, dialog, name)
        dialog.done(0)
    menu = panel.bar.languages
    menu.aboutToShow.emit()
    menu.popup(panel.mapToGlobal(QPoint(0, 0)))
    _grab(app, menu, "languages")
    menu.close()


def _heavy(app: QCoreApplication, panel: Panel, folder: Path) -> None:
    timeline = otio.adapters.read_from_file(str(folder / "cut.otio"))
    for track in timeline.tracks:
        once = [child.clone() for child in track]
        for n in range(700):
            track.extend([_renamed(child.clone(), n) for child in once])
    otio.adapters.write_to_file(timeline, str(folder / "heavy.otio"))
    panel.open(folder / "heavy.otio", "track:Dub DE")
    _until(app, lambda: len(panel.rows) > 2000)
    _until(app, lambda: panel.viewer.view.frames.frame is not None)
    _grab(app, panel, "heavy", wait_s=3)


def _renamed(child: otio.core.Composable, n: int) -> otio.core.Composable:
    child.name = f"{child.name}_{n:03}"
    return child


def _shows(panel: Panel, shot: str) -> bool:
    shown = panel.viewer.view.comparison
    return shown is not None and shown.shot == shot


def _shows_dub(panel: Panel, shot: str) -> bool:
    shown = panel.viewer.view.comparison
    return shown is not None and shown.shot == shot and shown.dub is not None


def _until(app: QCoreApplication, done: Callable[[], bool], patience_s: float = 900) -> None:
    end = monotonic() + patience_s
    while not done():
        if monotonic() > end:
            raise SystemExit("The panel did not reach the state to take a picture of.")
        app.processEvents()
        sleep(0.01)


def _box(app: QCoreApplication) -> QMessageBox:
    found: list[QMessageBox] = []

    def is_open() -> bool:
        found[:] = [w for w in QApplication.topLevelWidgets() if isinstance(w, QMessageBox)]
        return bool(found)

    _until(app, is_open)
    return found[0]


def _grab(app: QCoreApplication, widget: QWidget, name: str, wait_s: float = 0.3) -> None:
    end = monotonic() + wait_s
    _until(app, lambda: monotonic() > end)
    widget.grab().save(str(ALL / f"{name}.png"))
    sys.stdout.write(f"{ALL / name}.png\n")


def _as_jpeg(picture: Path, copy: Path) -> None:
    QImage(str(picture)).save(str(copy), quality=88)


if __name__ == "__main__":
    main()
