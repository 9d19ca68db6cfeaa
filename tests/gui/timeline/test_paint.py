"""Painting of the timeline, read from its pictures."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor, QHelpEvent, QImage, QRegion
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QToolTip, QWidget
from support.cuts.laid_cut import long, small, write_beeps
from support.media.comparison import pixels

from lipflap.core.order import Role
from lipflap.gui.theme import ACCENT, STATE_COLOURS, TEXT, TROUBLE, style
from lipflap.gui.timeline.colours import DUB_COLOUR
from lipflap.gui.timeline.layout import PICTURE
from lipflap.gui.timeline.paint import HEADER_PX, RULER_PX, Placed
from lipflap.gui.timeline.view import TimelineView
from lipflap.plugin.cut.time_range import TimeRange

Picture = NDArray[np.uint8]

BEEPS = (1.0, 1.5), (2.5, 2.6), (3.9, 4.0)  # of DE_1, which begins at 1 s and shows its first 4 s
WAVE = DUB_COLOUR.lighter(125)


@pytest.fixture
def timeline(qtbot) -> Iterator[TimelineView]:
    made = TimelineView()
    made.setStyleSheet(style())
    made.resize(900, 330)
    made.show()
    yield made
    made.stop()
    made.deleteLater()


@pytest.fixture(scope="module")
def sounds(tmp_path_factory) -> Path:
    """DE_1 and the production sound; DE_2 is missing."""
    folder = tmp_path_factory.mktemp("sounds")
    write_beeps(folder / "de_1.wav", 4, *BEEPS)
    write_beeps(folder / "take.wav", 12, (0, 1), (6, 9))
    return folder


def picture(timeline: TimelineView) -> Picture:
    return pixels(timeline.viewport().grab().toImage())


def row(timeline: TimelineView, kind: str, lane: int = -1) -> Placed:
    return [placed for placed in timeline.scene.placed if placed.row.kind == kind][lane]


def inside(timeline: TimelineView, placed: Placed, start: float, end: float) -> Picture:
    """What is painted of a row from second to second."""
    begin, stop = (HEADER_PX + timeline.scale.x_of(Fraction(at)) for at in (start, end))
    return picture(timeline)[placed.top : placed.bottom, begin:stop]


def holds(part: Picture, colour: QColor) -> bool:
    return bool((part == colour.getRgb()[:3]).all(-1).any())


def heard(qtbot, timeline: TimelineView) -> None:
    """Wait until all sound in view is drawn."""
    for _ in range(4):  # facts, wide tiles, and finer ones
        timeline.viewport().grab()
        qtbot.waitUntil(lambda: not timeline.waveforms.is_reading, timeout=10_000)


def loud(timeline: TimelineView, kind: str = Role.DUB, colour: QColor = WAVE) -> NDArray[np.bool_]:
    """For each column of the viewport, whether the waveform of a row is as high as it can be."""
    placed = row(timeline, kind)
    part = picture(timeline)[placed.top : placed.bottom]
    high = (part == colour.getRgb()[:3]).all(-1).sum(0)
    return high > placed.height // 2


def test_a_waveform_is_high_where_the_sound_is_loud_and_nowhere_else(qtbot, timeline, sounds):
    timeline.show_sheet(*small(sounds), {})
    for notches in (0, 4, 3):
        if notches:
            timeline.zoom(notches, timeline.scale.x_of(Fraction(7, 2)))
        heard(qtbot, timeline)
        columns = np.arange(HEADER_PX, timeline.viewport().width() - 1)
        middle = [float(timeline.scale.record_at(x - HEADER_PX)) + 1e-9 for x in columns]
        apart = float(1 / (timeline.scale.px_per_frame * 25))  # seconds a column
        said = loud(timeline)[columns]
        for second, is_loud in zip(middle, said, strict=True):
            if not 1 <= second < 5 - apart:
                assert not is_loud
                continue
            beeps = [(a + 1, b + 1) for a, b in BEEPS]
            if any(a + apart < second < b - 2 * apart for a, b in beeps):
                assert is_loud, second
            if all(second + 2 * apart < a or second > b + apart for a, b in beeps):
                assert not is_loud, second


def test_a_line_laid_later_takes_its_waveform_along(qtbot, timeline, sounds):
    sheet, lines = small(sounds)
    timeline.show_sheet(sheet, lines, {})
    heard(qtbot, timeline)
    before = np.flatnonzero(loud(timeline))
    later = replace(lines[0], record=TimeRange(Fraction(3), Fraction(7)))
    timeline.show_sheet(sheet, (later, *lines[1:]), {})
    after = np.flatnonzero(loud(timeline))
    two_seconds = timeline.scale.x_of(Fraction(2))
    assert after[[0, -1]] == pytest.approx(before[[0, -1]] + two_seconds, abs=1)


def test_a_sound_that_begins_within_its_file_shows_that_part(qtbot, timeline, sounds):
    sheet, lines = small(sounds)
    from_beep = replace(lines[0], sound_start=Fraction(5, 2))
    timeline.show_sheet(sheet, (from_beep, *lines[1:]), {})
    heard(qtbot, timeline)
    first = np.flatnonzero(loud(timeline))[0]
    assert first == pytest.approx(HEADER_PX + timeline.scale.x_of(Fraction(1)), abs=1)


def test_production_sound_is_drawn_in_its_own_row(qtbot, timeline, sounds):
    timeline.show_sheet(*small(sounds), {})
    heard(qtbot, timeline)
    placed = row(timeline, Role.PRODUCTION)
    bright = inside(timeline, placed, 7, 8).mean() - inside(timeline, placed, 3, 5).mean()
    assert bright > 20


def test_sound_that_is_missing_says_so(qtbot, timeline, sounds):
    timeline.show_sheet(*small(sounds), {})
    heard(qtbot, timeline)
    assert holds(inside(timeline, row(timeline, Role.DUB), 8, 11), TROUBLE)
    assert not holds(inside(timeline, row(timeline, Role.DUB), 1, 5), TROUBLE)


@pytest.mark.parametrize("state", sorted(STATE_COLOURS))
def test_a_shot_wears_the_colour_of_its_state(timeline, sounds, state):
    timeline.show_sheet(*small(sounds), {"SH020": state})
    assert holds(inside(timeline, row(timeline, PICTURE), 4, 5), STATE_COLOURS[state])


def test_what_is_covered_is_hatched_and_nothing_else(timeline, sounds):
    timeline.show_sheet(*small(sounds), {})
    seen, covered = (
        inside(timeline, row(timeline, PICTURE), *part)[8:-2] for part in ((6.2, 7.8), (5.1, 5.9))
    )
    assert len(np.unique(seen.reshape(-1, 3), axis=0)) == 1
    assert len(np.unique(covered.reshape(-1, 3), axis=0)) > 3
    assert covered.mean() < seen.mean()


def test_what_stays_as_it_was_filmed_is_marked_at_the_foot_of_its_shot(timeline, sounds):
    sheet, lines = small(sounds)
    timeline.show_sheet(sheet, lines, {})
    before = picture(timeline)
    kept = replace(sheet.cues[0].overrides, exclude=(TimeRange(Fraction(1), Fraction(2)),))
    cues = (replace(sheet.cues[0], overrides=kept), *sheet.cues[1:])
    timeline.show_sheet(replace(sheet, cues=cues), lines, {})
    changed = np.argwhere((picture(timeline) != before).any(-1))
    low, high = changed.min(0), changed.max(0)
    placed = row(timeline, PICTURE)
    assert placed.top + placed.height / 2 < low[0] <= high[0] < placed.bottom
    ends = [HEADER_PX + timeline.scale.x_of(Fraction(at)) for at in (1, 2)]
    assert [low[1], high[1] + 1] == pytest.approx(ends, abs=1)


def test_a_marked_range_is_seen_over_ruler_and_rows(timeline, sounds):
    timeline.show_sheet(*small(sounds), {})
    timeline.show_playhead(Fraction(2))
    timeline.set_mark_in()
    timeline.show_playhead(Fraction(6) - Fraction(1, 25))
    timeline.set_mark_out()
    timeline.show_playhead(Fraction(0))
    ruler = picture(timeline)[RULER_PX - 4].astype(int)
    columns = np.flatnonzero((ruler[:, 0] - ruler[:, 2] > 60) & (np.arange(900) > HEADER_PX + 10))
    begin, end = (HEADER_PX + timeline.scale.x_of(Fraction(at)) for at in (2, 6))
    assert columns.tolist() == list(range(begin, end))
    assert holds(picture(timeline)[-10:, begin : begin + 1], ACCENT)


def test_a_selected_shot_has_a_bright_frame(timeline, sounds):
    timeline.show_sheet(*small(sounds), {})
    placed = row(timeline, PICTURE)
    for chosen in (False, True):
        timeline.select({"SH010"} if chosen else set())
        foot = inside(timeline, placed, 2, 3)[-4:]
        assert holds(foot, TEXT) is chosen


def test_names_never_leave_their_boxes(timeline, sounds):
    sheet, lines = small(sounds)
    names = {"SH010": "SHOT_WITH_A_VERY_LONG_NAME_THAT_GOES_ON_0010", "SH030": "x" * 200}
    cues = tuple(
        replace(cue, shot=replace(cue.shot, name=names.get(cue.shot.name, cue.shot.name)))
        for cue in sheet.cues
    )
    timeline.show_sheet(replace(sheet, cues=cues), lines, {})
    for width in (900, 420, 260, 180, 130):
        timeline.resize(width, 330)
        placed = row(timeline, PICTURE)
        for start, end in ((0, 4), (4, 8), (8, 12)):
            part = inside(timeline, placed, start, end)
            assert not holds(part[:, -3:], TEXT)
        right = HEADER_PX + timeline.scale.x_of(Fraction(12)) + 1
        assert not holds(picture(timeline)[placed.top : placed.bottom, right:], TEXT)


@pytest.mark.parametrize(
    ("width", "height"), [(30, 30), (60, 106), (99, 106), (110, 400), (3000, 60)]
)
def test_any_size_can_be_drawn(timeline, sounds, width, height):
    timeline.show_sheet(*small(sounds), {})
    timeline.setMinimumHeight(0)
    timeline.resize(width, height)
    timeline.select({"SH010"})
    timeline.zoom(3)
    assert picture(timeline).shape[:2] == (
        timeline.viewport().height(),
        timeline.viewport().width(),
    )


def test_of_thousands_of_shots_the_one_that_failed_is_seen(timeline):
    sheet, lines = long(5000)
    timeline.show_sheet(sheet, lines, {"SH_3333": "failed"})
    placed = row(timeline, PICTURE)
    columns = (picture(timeline)[placed.top + 12] == STATE_COLOURS["failed"].getRgb()[:3]).all(-1)
    at = HEADER_PX + timeline.scale.x_of(Fraction(3333))
    assert np.flatnonzero(columns).tolist() == [at]


def test_lines_that_play_at_once_get_rows_of_their_own(timeline, sounds):
    sheet, lines = small(sounds)
    over = replace(lines[0], name="DE_1b", record=TimeRange(Fraction(2), Fraction(3)))
    timeline.show_sheet(sheet, (*lines, over), {})
    told = []
    timeline.selection_changed.connect(told.append)
    upper, lower = row(timeline, Role.DUB, 0), row(timeline, Role.DUB, 1)
    x = HEADER_PX + timeline.scale.x_of(Fraction(5, 2))
    for placed, name in ((upper, "DE_1"), (lower, "DE_1b")):
        at = QPoint(x, placed.top + placed.height // 2)
        QTest.mouseClick(timeline.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert timeline.selected_line.name == name


def test_a_tooltip_describes_what_is_below_the_mouse(qtbot, timeline, sounds):
    timeline.show_sheet(*small(sounds), {"SH020": "failed"})
    heard(qtbot, timeline)

    def tooltip(seconds: float, kind: str) -> str:
        placed = row(timeline, kind)
        at = QPoint(HEADER_PX + timeline.scale.x_of(Fraction(seconds)), placed.top + 10)
        place = timeline.viewport().mapToGlobal(at)
        QApplication.sendEvent(timeline.viewport(), QHelpEvent(QHelpEvent.Type.ToolTip, at, place))
        return QToolTip.text()

    assert tooltip(7, PICTURE).splitlines()[:2] == [
        "SH020: Failed",
        "01:00:04:00 – 01:00:08:00 · 100 frames",
    ]
    assert str(sounds / "de_2.wav") in tooltip(9, Role.DUB)
    assert tooltip(9, Role.DUB).endswith("Sound is missing.")
    QToolTip.hideText()


SHARP = """
import sys
from fractions import Fraction
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from support.cuts.laid_cut import small
from lipflap.gui.timeline.view import TimelineView
app = QApplication([])
timeline = TimelineView()
timeline.resize(900, 330)
timeline.show()
timeline.show_sheet(*small(Path(sys.argv[1])), {})
beep = timeline.scale.x_of(Fraction(2))
timeline.zoom(14, beep)
print(beep)
for _ in range(4):
    timeline.viewport().grab()
    while timeline.waveforms.is_reading:
        QTest.qWait(5)
timeline.viewport().grab().save(sys.argv[3])
timeline.stop()
"""


def test_fine_screens_get_fine_pictures(qtbot, timeline, sounds, tmp_path):
    """On a screen of twice as many pixels a waveform has twice as many columns."""
    made, tests = tmp_path / "fine.png", str(Path(__file__).parents[2])
    said = subprocess.run(
        [sys.executable, "-c", SHARP, str(sounds), tests, str(made)],
        check=True,
        env=os.environ | {"QT_SCALE_FACTOR": "2"},
        stdout=subprocess.PIPE,
    )
    begins = 2 * (HEADER_PX + int(said.stdout))
    fine = pixels(QImage(str(made)))
    assert fine.shape[1] == 1800
    wave = (fine == WAVE.getRgb()[:3]).all(-1).sum(0)
    assert wave[2 * HEADER_PX : begins - 60].max() <= 4
    beep = wave[begins + 60 : begins + 660]
    assert beep.max() > 40
    assert (beep[::2] != beep[1::2]).mean() > 0.05


def test_of_two_places_that_are_painted_at_once_both_are_whole(timeline, sounds):
    """As when the playhead leaves one and comes to another."""
    timeline.show_sheet(*small(sounds), {})
    whole = picture(timeline)
    shown = QImage(timeline.viewport().size(), QImage.Format.Format_RGB32)
    shown.fill(QColor("magenta"))
    places = QRect(300, 0, 20, shown.height()), QRect(700, 0, 20, shown.height())
    region = QRegion(places[0]) + QRegion(places[1])
    flags = QWidget.RenderFlag.DrawChildren  # the timeline paints its own background
    timeline.viewport().render(shown, places[0].topLeft(), region, flags)
    painted = pixels(shown)
    for place in places:
        columns = slice(place.left(), place.right() + 1)
        assert np.array_equal(painted[:, columns], whole[:, columns])
