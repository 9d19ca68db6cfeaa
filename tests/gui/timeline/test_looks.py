"""What is seen in the strip, read from its pictures."""

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
from support.compared import pixels
from support.laid_cut import long, small, write_beeps

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
def strip(qtbot) -> Iterator[TimelineView]:
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


def picture(strip: TimelineView) -> Picture:
    return pixels(strip.viewport().grab().toImage())


def row(strip: TimelineView, kind: str, lane: int = -1) -> Placed:
    return [placed for placed in strip.stage.placed if placed.row.kind == kind][lane]


def inside(strip: TimelineView, placed: Placed, start: float, end: float) -> Picture:
    """What is painted of a row from second to second."""
    begin, stop = (HEADER_PX + strip.scale.x_of(Fraction(at)) for at in (start, end))
    return picture(strip)[placed.top : placed.bottom, begin:stop]


def holds(part: Picture, colour: QColor) -> bool:
    return bool((part == colour.getRgb()[:3]).all(-1).any())


def heard(qtbot, strip: TimelineView) -> None:
    """Wait until all sound in view is drawn."""
    for _ in range(4):  # facts, wide tiles, and finer ones
        strip.viewport().grab()
        qtbot.waitUntil(lambda: not strip.shelf.is_reading, timeout=5000)


def loud(strip: TimelineView, kind: str = Role.DUB, colour: QColor = WAVE) -> NDArray[np.bool_]:
    """For each column of the viewport, whether the waveform of a row is as high as it can be."""
    placed = row(strip, kind)
    part = picture(strip)[placed.top : placed.bottom]
    high = (part == colour.getRgb()[:3]).all(-1).sum(0)
    return high > placed.height // 2


def test_a_waveform_is_high_where_the_sound_is_loud_and_nowhere_else(qtbot, strip, sounds):
    strip.show_sheet(*small(sounds), {})
    for notches in (0, 4, 3):
        if notches:
            strip.zoom(notches, strip.scale.x_of(Fraction(7, 2)))
        heard(qtbot, strip)
        columns = np.arange(HEADER_PX, strip.viewport().width() - 1)
        middle = [float(strip.scale.record_at(x - HEADER_PX)) + 1e-9 for x in columns]
        apart = float(1 / (strip.scale.px_per_frame * 25))  # seconds a column
        said = loud(strip)[columns]
        for second, is_loud in zip(middle, said, strict=True):
            if not 1 <= second < 5 - apart:
                assert not is_loud
                continue
            beeps = [(a + 1, b + 1) for a, b in BEEPS]
            if any(a + apart < second < b - 2 * apart for a, b in beeps):
                assert is_loud, second
            if all(second + 2 * apart < a or second > b + apart for a, b in beeps):
                assert not is_loud, second


def test_a_line_laid_later_takes_its_waveform_along(qtbot, strip, sounds):
    sheet, lines = small(sounds)
    strip.show_sheet(sheet, lines, {})
    heard(qtbot, strip)
    before = np.flatnonzero(loud(strip))
    later = replace(lines[0], record=TimeRange(Fraction(3), Fraction(7)))
    strip.show_sheet(sheet, (later, *lines[1:]), {})
    after = np.flatnonzero(loud(strip))
    two_seconds = strip.scale.x_of(Fraction(2))
    assert after[[0, -1]] == pytest.approx(before[[0, -1]] + two_seconds, abs=1)


def test_a_sound_that_begins_within_its_file_shows_that_part(qtbot, strip, sounds):
    sheet, lines = small(sounds)
    from_beep = replace(lines[0], sound_start=Fraction(5, 2))
    strip.show_sheet(sheet, (from_beep, *lines[1:]), {})
    heard(qtbot, strip)
    first = np.flatnonzero(loud(strip))[0]
    assert first == pytest.approx(HEADER_PX + strip.scale.x_of(Fraction(1)), abs=1)


def test_production_sound_is_drawn_in_its_own_row(qtbot, strip, sounds):
    strip.show_sheet(*small(sounds), {})
    heard(qtbot, strip)
    placed = row(strip, Role.PRODUCTION)
    bright = inside(strip, placed, 7, 8).mean() - inside(strip, placed, 3, 5).mean()
    assert bright > 20


def test_sound_that_is_missing_says_so(qtbot, strip, sounds):
    strip.show_sheet(*small(sounds), {})
    heard(qtbot, strip)
    assert holds(inside(strip, row(strip, Role.DUB), 8, 11), TROUBLE)
    assert not holds(inside(strip, row(strip, Role.DUB), 1, 5), TROUBLE)


@pytest.mark.parametrize("state", sorted(STATE_COLOURS))
def test_a_shot_wears_the_colour_of_its_state(strip, sounds, state):
    strip.show_sheet(*small(sounds), {"SH020": state})
    assert holds(inside(strip, row(strip, PICTURE), 4, 5), STATE_COLOURS[state])


def test_what_is_covered_is_hatched_and_nothing_else(strip, sounds):
    strip.show_sheet(*small(sounds), {})
    seen, covered = (
        inside(strip, row(strip, PICTURE), *part)[8:-2] for part in ((6.2, 7.8), (5.1, 5.9))
    )
    assert len(np.unique(seen.reshape(-1, 3), axis=0)) == 1
    assert len(np.unique(covered.reshape(-1, 3), axis=0)) > 3
    assert covered.mean() < seen.mean()


def test_what_stays_as_it_was_filmed_is_marked_at_the_foot_of_its_shot(strip, sounds):
    sheet, lines = small(sounds)
    strip.show_sheet(sheet, lines, {})
    before = picture(strip)
    kept = replace(sheet.cues[0].overrides, exclude=(TimeRange(Fraction(1), Fraction(2)),))
    cues = (replace(sheet.cues[0], overrides=kept), *sheet.cues[1:])
    strip.show_sheet(replace(sheet, cues=cues), lines, {})
    changed = np.argwhere((picture(strip) != before).any(-1))
    low, high = changed.min(0), changed.max(0)
    placed = row(strip, PICTURE)
    assert placed.top + placed.height / 2 < low[0] <= high[0] < placed.bottom
    ends = [HEADER_PX + strip.scale.x_of(Fraction(at)) for at in (1, 2)]
    assert [low[1], high[1] + 1] == pytest.approx(ends, abs=1)


def test_a_marked_range_is_seen_over_ruler_and_rows(strip, sounds):
    strip.show_sheet(*small(sounds), {})
    strip.show_playhead(Fraction(2))
    strip.set_mark_in()
    strip.show_playhead(Fraction(6) - Fraction(1, 25))
    strip.set_mark_out()
    strip.show_playhead(Fraction(0))
    ruler = picture(strip)[RULER_PX - 4].astype(int)
    columns = np.flatnonzero((ruler[:, 0] - ruler[:, 2] > 60) & (np.arange(900) > HEADER_PX + 10))
    begin, end = (HEADER_PX + strip.scale.x_of(Fraction(at)) for at in (2, 6))
    assert columns.tolist() == list(range(begin, end))
    assert holds(picture(strip)[-10:, begin : begin + 1], ACCENT)


def test_a_chosen_shot_has_a_bright_frame(strip, sounds):
    strip.show_sheet(*small(sounds), {})
    placed = row(strip, PICTURE)
    for chosen in (False, True):
        strip.choose({"SH010"} if chosen else set())
        foot = inside(strip, placed, 2, 3)[-4:]
        assert holds(foot, TEXT) is chosen


def test_names_never_leave_their_boxes(strip, sounds):
    sheet, lines = small(sounds)
    names = {"SH010": "SHOT_WITH_A_VERY_LONG_NAME_THAT_GOES_ON_0010", "SH030": "x" * 200}
    cues = tuple(
        replace(cue, shot=replace(cue.shot, name=names.get(cue.shot.name, cue.shot.name)))
        for cue in sheet.cues
    )
    strip.show_sheet(replace(sheet, cues=cues), lines, {})
    for width in (900, 420, 260, 180, 130):
        strip.resize(width, 330)
        placed = row(strip, PICTURE)
        for start, end in ((0, 4), (4, 8), (8, 12)):
            part = inside(strip, placed, start, end)
            assert not holds(part[:, -3:], TEXT)
        right = HEADER_PX + strip.scale.x_of(Fraction(12)) + 1
        assert not holds(picture(strip)[placed.top : placed.bottom, right:], TEXT)


@pytest.mark.parametrize(
    ("width", "height"), [(30, 30), (60, 106), (99, 106), (110, 400), (3000, 60)]
)
def test_any_size_can_be_drawn(strip, sounds, width, height):
    strip.show_sheet(*small(sounds), {})
    strip.setMinimumHeight(0)
    strip.resize(width, height)
    strip.choose({"SH010"})
    strip.zoom(3)
    assert picture(strip).shape[:2] == (strip.viewport().height(), strip.viewport().width())


def test_of_thousands_of_shots_the_one_that_failed_is_seen(strip):
    sheet, lines = long(5000)
    strip.show_sheet(sheet, lines, {"SH_3333": "failed"})
    placed = row(strip, PICTURE)
    columns = (picture(strip)[placed.top + 12] == STATE_COLOURS["failed"].getRgb()[:3]).all(-1)
    at = HEADER_PX + strip.scale.x_of(Fraction(3333))
    assert np.flatnonzero(columns).tolist() == [at]


def test_lines_that_play_at_once_get_rows_of_their_own(strip, sounds):
    sheet, lines = small(sounds)
    over = replace(lines[0], name="DE_1b", record=TimeRange(Fraction(2), Fraction(3)))
    strip.show_sheet(sheet, (*lines, over), {})
    told = []
    strip.chosen.connect(told.append)
    upper, lower = row(strip, Role.DUB, 0), row(strip, Role.DUB, 1)
    x = HEADER_PX + strip.scale.x_of(Fraction(5, 2))
    for placed, name in ((upper, "DE_1"), (lower, "DE_1b")):
        at = QPoint(x, placed.top + placed.height // 2)
        QTest.mouseClick(strip.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert strip.line.name == name


def test_a_tip_tells_what_is_below_the_mouse(qtbot, strip, sounds):
    strip.show_sheet(*small(sounds), {"SH020": "failed"})
    heard(qtbot, strip)

    def tip(seconds: float, kind: str) -> str:
        placed = row(strip, kind)
        at = QPoint(HEADER_PX + strip.scale.x_of(Fraction(seconds)), placed.top + 10)
        place = strip.viewport().mapToGlobal(at)
        QApplication.sendEvent(strip.viewport(), QHelpEvent(QHelpEvent.Type.ToolTip, at, place))
        return QToolTip.text()

    assert tip(7, PICTURE).splitlines()[:2] == [
        "SH020: failed",
        "01:00:04:00 – 01:00:08:00 · 100 frames",
    ]
    assert str(sounds / "de_2.wav") in tip(9, Role.DUB)
    assert tip(9, Role.DUB).endswith("is not there.")
    QToolTip.hideText()


SHARP = """
import sys
from fractions import Fraction
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from support.laid_cut import small
from lipflap.gui.timeline.view import TimelineView
app = QApplication([])
strip = TimelineView()
strip.resize(900, 330)
strip.show()
strip.show_sheet(*small(Path(sys.argv[1])), {})
beep = strip.scale.x_of(Fraction(2))
strip.zoom(14, beep)
print(beep)
for _ in range(4):
    strip.viewport().grab()
    while strip.shelf.is_reading:
        QTest.qWait(5)
strip.viewport().grab().save(sys.argv[3])
strip.stop()
"""


def test_fine_screens_get_fine_pictures(qtbot, strip, sounds, tmp_path):
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


def test_of_two_places_that_are_painted_at_once_both_are_whole(strip, sounds):
    """As when the playhead leaves one and comes to another."""
    strip.show_sheet(*small(sounds), {})
    whole = picture(strip)
    shown = QImage(strip.viewport().size(), QImage.Format.Format_RGB32)
    shown.fill(QColor("magenta"))
    places = QRect(300, 0, 20, shown.height()), QRect(700, 0, 20, shown.height())
    region = QRegion(places[0]) + QRegion(places[1])
    flags = QWidget.RenderFlag.DrawChildren  # the strip paints its own background
    strip.viewport().render(shown, places[0].topLeft(), region, flags)
    painted = pixels(shown)
    for place in places:
        columns = slice(place.left(), place.right() + 1)
        assert np.array_equal(painted[:, columns], whole[:, columns])
