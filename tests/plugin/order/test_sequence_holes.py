"""Sequences with missing files: refused in words, held or black, as the cut says."""

from contextlib import closing
from dataclasses import replace
from fractions import Fraction

import pytest
from support.media.counted_media import read_number, write_film

from lipflap.core.errors import MediaMissing
from lipflap.core.files.hole_policy import HolePolicy
from lipflap.core.files.sequence import sequence_file
from lipflap.core.media.decode import pictures
from lipflap.core.media.preview import Preview
from lipflap.core.media.probe import MediaInfo, probe
from lipflap.core.order import FrameMap
from lipflap.plugin.order.sequence_holes import frames_beside_holes, missing_frames
from lipflap.plugin.order.source_frames import SourceFrames


@pytest.fixture(scope="module")
def pattern(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Files 0 to 11 without 3, 4 and 8; each shows its number."""
    path = tmp_path_factory.mktemp("holes") / "shot.%04d.png"
    start = ("-start_number", "0")
    write_film(path, range(12), pixel_format="rgb24", codec=start)
    for number in (3, 4, 8):
        sequence_file(str(path), number).unlink()
    return str(path)


def shown(info: MediaInfo, frames: list[int]) -> list[int | None]:
    """The number that each picture shows; None for black."""
    return [
        read_number(one.planes[0]) if one.planes[0].any() else None
        for one in pictures(info, frames)
    ]


def test_a_hole_is_held_or_black_forwards_and_backwards(pattern: str) -> None:
    frames = [*range(12)]
    held = [0, 1, 2, 2, 2, 5, 6, 7, 7, 9, 10, 11]
    hold, black = (probe(pattern, 0, one) for one in (HolePolicy.HOLD, HolePolicy.BLACK))
    assert shown(hold, frames) == held
    assert shown(hold, frames[::-1]) == held[::-1]
    assert shown(hold, [4, 4, 9]) == [2, 2, 9]
    dark = [None if number in (3, 4, 8) else number for number in frames]
    assert shown(black, frames) == dark
    assert shown(black, [3]) == [None]
    with pytest.raises(MediaMissing, match=r"0003\.png"):
        shown(probe(pattern, 0), frames)
    with closing(Preview(hold)) as seen, closing(Preview(black)) as blackened:
        assert read_number(seen.picture(4, 128, 96)[..., 1]) == 2
        assert not blackened.picture(4, 128, 96).any()


def test_a_sequence_may_begin_with_a_hole(pattern: str) -> None:
    info = probe(pattern, 3, HolePolicy.HOLD)
    assert info.frame_count == 9
    assert shown(info, [0, 2]) == [5, 5]


def source(handles: int) -> SourceFrames:
    """Frames 5 to 7, with handles."""
    frames = FrameMap(Fraction(5 - handles), Fraction(1), 3 + 2 * handles)
    return SourceFrames(frames, Fraction(25), 0, 0, handles, handles, Fraction(0))


def test_what_is_shown_has_to_be_there_and_handles_end_before_a_hole(pattern: str) -> None:
    info = probe(pattern, 0)
    missing = missing_frames(info)
    assert missing == {3, 4, 8}
    assert missing_frames(replace(info, holes=HolePolicy.HOLD)) == frozenset()
    assert frames_beside_holes(source, 4, info, missing) == source(0)
    longer = replace(source(0), frames=FrameMap(Fraction(5), Fraction(1), 4))
    with pytest.raises(MediaMissing, match="lacks the files 5, 7-8"):
        frames_beside_holes(lambda _: longer, 0, info, frozenset({5, 7, 8}))
