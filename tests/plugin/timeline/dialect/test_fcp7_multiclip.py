"""Multiclips of Final Cut 7 XML: the active camera plays, or the reason says why not."""

from pathlib import Path

import pytest
from support.formats.fcp7 import (
    CHANNEL,
    camera,
    clip,
    document,
    file,
    multiclip,
    sequence,
    track,
)

from lipflap.plugin.cut.cut import Cut
from lipflap.plugin.timeline.extract import extract_cut
from lipflap.plugin.timeline.read import read_timeline

WIDE, CLOSE = file("wide.mov", 500, start=90_000), file("close.mov", 400, start=30_000)
CAMERAS = (
    camera("cam-1", clip("w", WIDE, (0, 500), 0)),
    camera("cam-2", clip("c", CLOSE, (20, 300), 100)),
)
BY_ID = ('<clip id="cam-1">', '<clip id="cam-2">')


def read(folder: Path, *pictures: str, sounds: tuple[str, ...] = ()) -> Cut:
    for name in ("wide.mov", "close.mov"):
        (folder / name).touch()
    made = sequence("s", track(*pictures), sound=[track(*sounds)])
    cut = document(folder / "cut.xml", made)
    return extract_cut(read_timeline(cut), path=cut)


def test_the_active_camera_plays_in_each_multiclip_of_an_id(tmp_path: Path) -> None:
    """Frame 20 of the multiclip is frame 100 of the close camera's file."""
    first = clip("A", multiclip(*CAMERAS, picture=1), (0, 50), 30)
    again = clip("B", multiclip(*BY_ID, picture=0), (50, 100), 80)
    close = clip("C", multiclip(*BY_ID, picture=1), (100, 120), 130)
    found = read(tmp_path, first, again, close).shots
    assert [shot.problem for shot in found] == [None] * 3
    assert [(shot.media and Path(shot.media.path).name, shot.source_start) for shot in found] == [
        ("close.mov", 30_000 + 30 - 20 + 100),
        ("wide.mov", 90_000 + 80),
        ("close.mov", 30_000 + 130 - 20 + 100),
    ]


def test_its_sound_is_that_of_the_camera_active_for_sound(tmp_path: Path) -> None:
    own = CHANNEL.replace("2", "1")
    heard = clip("S", multiclip(*CAMERAS, picture=0, sound=1) + own, (0, 50), 30)
    (line,) = read(tmp_path, clip("A", WIDE, (0, 50), 0), sounds=(heard,)).lines
    assert Path(line.path).name == "close.mov"
    assert [channel.channel for channel in line.playback.channels] == [1]


DELAYED = camera("cam-1", clip("w", WIDE, (0, 500), 0), inside="<mediadelay>12</mediadelay>")
SHORT = camera("cam-1", clip("w", WIDE, (0, 40), 0))
TWICE = camera("cam-1", clip("w", WIDE, (0, 500), 0), clip("x", CLOSE, (0, 500), 0))


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("<multiclip><angle/></multiclip>", "names no active camera"),
        (multiclip(*CAMERAS, picture=7), "names no active camera"),
        (multiclip(DELAYED), "is delayed in it"),
        (multiclip(SHORT), "has no one file for all of the clip"),
        (multiclip(TWICE), "has no one file for all of the clip"),
        (file("other.mov", 500) + multiclip(*CAMERAS), "names another file than its active"),
    ],
)
def test_a_camera_that_cannot_be_told_is_left_with_that_reason(
    tmp_path: Path, said: str, why: str
) -> None:
    (shot,) = read(tmp_path, clip("CAMS", said, (0, 50), 0)).shots
    assert shot.problem is not None
    assert shot.problem.text.startswith("It is a multiclip")
    assert why in shot.problem.text
    assert "Flatten it" in shot.problem.text
