"""The cast: faces found in the background, named once, and lines given to characters."""

import os
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QInputDialog, QMenu
from support.cuts.rendered_cut import write_rendered_cut
from support.jobs.orders import job_order

from lipflap.core.analysis.face_report import FaceReport
from lipflap.core.order import Role
from lipflap.gui.cast import search
from lipflap.gui.cast.search import _have_same_faces
from lipflap.gui.panel import Panel, create
from lipflap.gui.timeline.view import MenuTarget
from lipflap.plugin.cli import main
from lipflap.plugin.cut.cast.speakers import ShownFace
from lipflap.plugin.cut.cut import DubLine
from lipflap.plugin.cut.decisions import read_decisions
from lipflap.plugin.job.folder import Job

Key, LEFT = Qt.Key, Qt.MouseButton.LeftButton
SHOTS = ("SH010", "SH030", "SH040")
STAND_IN = Path(__file__).parents[2] / "support" / "stand_in"


@pytest.fixture
def cut(tmp_path) -> Path:
    return write_rendered_cut(tmp_path)


@pytest.fixture
def panel(qtbot, cut, monkeypatch) -> Panel:
    """A panel whose cut is open and whose faces have been found, two in each shot."""
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN), prepend=os.pathsep)
    monkeypatch.setattr("lipflap.gui.cast.search.finds_faces", lambda: True)
    made = create()
    made.resize(1400, 1000)
    made.show()
    made.open(cut)
    people = made.cast.view
    found = lambda: [len(person.faces) for person in people.people] == [3, 3]  # noqa: E731
    qtbot.waitUntil(found, timeout=120_000)
    yield made
    made.close()
    made.deleteLater()


def name(qtbot, panel: Panel, row: int, text: str) -> None:
    """Type a name for a person, with the keys that make it."""
    edit = panel.cast.view.people[row].name.lineEdit()
    qtbot.mouseClick(edit, LEFT)
    edit.selectAll()
    qtbot.keyClicks(edit, text)
    qtbot.keyClick(edit, Key.Key_Return)


def names_are(qtbot, panel: Panel, *wanted: str) -> None:
    names = lambda: tuple(person.row.character for person in panel.cast.view.people)  # noqa: E731
    qtbot.waitUntil(lambda: names() == wanted, timeout=20_000)


def test_a_face_is_named_once_and_known_in_every_shot(qtbot, panel, cut, monkeypatch):
    qtbot.keyClick(panel.shot_list.table, Key.Key_C)
    assert panel.tabs.currentWidget() is panel.cast.view
    assert panel.cast.view.summary.text().startswith("2 people in 3 of 3 shots")
    portrait = panel.cast.view.people[0].faces["SH010", 0]
    qtbot.waitUntil(lambda: not portrait.icon().isNull(), timeout=20_000)
    name(qtbot, panel, 0, "anna b")
    names_are(qtbot, panel, "anna b", "")
    decided = read_decisions(cut.with_name("small.decisions.json"))
    assert decided.speakers == (ShownFace("anna b", "SH010", 0),)
    assert (decided.overrides, decided.slips) == ({}, ())  # no key of the name was a command
    for shot in SHOTS:
        assert panel.cast.names_in(shot) == {0: "anna b"}
    assert [button.text() for button in panel.bar.cast.names] == ["anna b"]
    lines = panel.cast.view.people[0].findChild(QMenu).actions()
    lines[0].trigger()
    assert lines[0].text() == "All lines of Dub DE"
    names_are(qtbot, panel, "anna b", "")
    assert {one.character for one in panel.document.lines if one.role == Role.DUB} == {"anna b"}
    abouts = lambda: [person.about.text() for person in panel.cast.view.people]  # noqa: E731
    qtbot.waitUntil(lambda: abouts()[:1] == ["in 3 shots · 3 lines"], timeout=10_000)
    qtbot.waitUntil(lambda: panel.rows["SH010"].lines == "anna b: DE_1", timeout=10_000)
    qtbot.mouseClick(panel.cast.view.people[1].faces["SH030", 1], LEFT)
    assert panel.selection.current == "SH030"
    panel.document.undo_step()
    panel.document.undo_step()
    names_are(qtbot, panel, "", "")
    monkeypatch.setattr("lipflap.gui.cast.search.MIN_SHOTS", 0)  # known faces of many shots
    before, panel.cast.search.found = panel.cast.search.found, {}
    panel.cast.search.want(True)
    qtbot.waitUntil(lambda: panel.cast.search.found == before, timeout=20_000)


def test_a_cut_that_is_read_again_while_faces_are_found_loses_none_of_them(
    qtbot, panel, cut, monkeypatch
):
    """F5 between the first shot and the others: the search begins again, and has all three."""
    for file in cut.parent.glob("*.lipflap/faces/*.json"):
        file.unlink()
    slow, find, gone_on = panel.cast.search, search.find_faces_of_shots, Event()

    def find_slowly(orders, **how):
        with closing(find(orders, **how)) as events:
            for event in events:
                yield event
                if isinstance(event, FaceReport):
                    gone_on.wait(20)

    monkeypatch.setattr(search, "find_faces_of_shots", find_slowly)
    slow.forget()
    slow.want(True)
    qtbot.waitUntil(lambda: len(slow.found) == 1, timeout=60_000)
    with qtbot.waitSignal(panel.document.opened, timeout=20_000):
        panel.document.reload()
    gone_on.set()
    qtbot.waitUntil(lambda: set(slow.found) == set(SHOTS), timeout=20_000)


def test_what_the_command_line_has_shown_the_panel_shows_and_changes(qtbot, panel, cut):
    decisions, job = cut.with_name("small.decisions.json"), cut.with_name("other")
    panel.cast.say(panel.document.lines[0], "ANNA", track=True)
    order = ["order", str(cut), "-o", str(job), "--decisions", str(decisions)]
    assert main.main([*order, "--speaker", "ANNA=SH030:1"]) == 0
    with qtbot.waitSignal(panel.document.opened, timeout=120_000):
        panel.open(cut)
    names_are(qtbot, panel, "ANNA", "")
    assert panel.cast.view.people[0].about.text() == "in 3 shots · 3 lines"
    assert panel.cast.names_in("SH040") == {1: "ANNA"}
    name(qtbot, panel, 0, "Eva")
    assert read_decisions(decisions).speakers == (ShownFace("Eva", "SH030", 1),)
    names_are(qtbot, panel, "Eva", "ANNA", "")
    assert not panel.cast.view.people[1].name.isEnabled()  # she speaks, and is not seen yet


def test_two_speakers_go_to_two_faces_of_one_shot(qtbot, panel):
    """Both say lines of one track; the menu of a line says whose it is."""
    name(qtbot, panel, 0, "Anna")
    names_are(qtbot, panel, "Anna", "")
    name(qtbot, panel, 1, "Ben")
    names_are(qtbot, panel, "Anna", "Ben")
    for number, who in ((0, "Anna"), (1, "Ben")):
        said_by(panel, panel.document.lines[number], who)
    in_orders = lambda: {  # noqa: E731
        shot: order.speakers[0].face
        for shot, order in panel.document.orders.items()
        if order.speakers
    }
    ben = [line.character for line in panel.document.lines if line.role == Role.DUB]
    assert ben[:2] == ["Anna", "Ben"]
    qtbot.waitUntil(lambda: sorted(in_orders().values()) == [0, 1], timeout=20_000)


def test_who_is_given_a_line_keeps_the_colour_and_the_place_in_the_top_row(qtbot, panel):
    name(qtbot, panel, 0, "Anna")
    names_are(qtbot, panel, "Anna", "")
    name(qtbot, panel, 1, "Ben")
    names_are(qtbot, panel, "Anna", "Ben")
    said_by(panel, panel.document.lines[0], "Ben")
    about = lambda: panel.cast.view.people[1].about.text()  # noqa: E731
    qtbot.waitUntil(lambda: about() == "in 3 shots · 1 line", timeout=20_000)
    assert [button.text() for button in panel.bar.cast.names] == ["Anna", "Ben"]


def test_who_is_asked_to_speak_is_known_by_name_in_the_face_picker(qtbot, panel):
    name(qtbot, panel, 0, "Anna")
    names_are(qtbot, panel, "Anna", "")
    panel.select(["SH030"])
    qtbot.keyClick(panel.shot_list.table, Key.Key_F)
    picker = panel.viewer.picker
    qtbot.waitUntil(lambda: picker.face_report is not None, timeout=20_000)
    assert picker.face_report.shot == "SH030"
    assert (picker.label_of(0), picker.label_of(1)) == ("0  Anna", "1  suggested")
    qtbot.keyClick(picker, Key.Key_Escape)


def test_one_face_that_lies_with_the_wrong_person_is_somebody_not_known_before(
    qtbot, panel, monkeypatch
):
    name(qtbot, panel, 0, "Anna")
    names_are(qtbot, panel, "Anna", "")
    monkeypatch.setattr(QInputDialog, "getText", lambda *asked: (" Eva ", True))
    face = panel.cast.view.people[0].faces["SH030", 0]
    face.customContextMenuRequested.emit(face.rect().center())
    menu = next(menu for menu in panel.findChildren(QMenu) if menu.isVisible())
    assert [action.text() for action in menu.actions() if action.text()] == [
        "Face 0 of SH030 is",
        "Anna",
        "Somebody else…",
    ]
    menu.actions()[-1].trigger()
    menu.close()
    qtbot.waitUntil(lambda: panel.cast.names_in("SH030").get(0) == "Eva", timeout=20_000)
    assert panel.cast.names_in("SH010") == {0: "Anna"}


def test_another_face_detector_finds_other_faces(tmp_path):
    order = job_order(Job(tmp_path), "SH010", 10)
    drawn = replace(order, settings=replace(order.settings, seed=7))
    assert _have_same_faces(order, drawn)
    other = replace(order, settings=replace(order.settings, tracker="face-alignment"))
    assert not _have_same_faces(order, other)


def said_by(panel: Panel, line: DubLine, who: str) -> None:
    """Choose who says a line in its menu."""
    target = MenuTarget(line.record.start, None, line)
    panel.menus.pop_up_in_timeline(panel.timeline, panel.cast, QPoint(0, 0), target)
    menu = next(menu for menu in panel.findChildren(QMenu) if menu.isVisible())
    voices = next(a.menu() for a in menu.actions() if a.text() == "Said by")
    next(action for action in voices.actions() if action.text() == who).trigger()
    menu.close()
