"""Who judges and never trains, against a second count in seconds and in sets of frames."""

from fractions import Fraction

import numpy as np
import pytest

from lipflap.core.errors import DubError
from lipflap.core.face.track import FaceTrack
from lipflap.core.order import FrameMap, Picture
from lipflap.core.recording import Recording
from lipflap.training.data.face_segments import FaceSegment
from lipflap.training.data.split import (
    GAP_S,
    SplitPart,
    choose_validating,
    seconds,
    split_by_seconds,
)


def _recording(name: str, speaker: str = "s1", rate: Fraction = Fraction(25)) -> Recording:
    picture = Picture(f"{speaker}/{name}.mov", rate, 0, None, "")
    return Recording(name, speaker, picture, FrameMap(Fraction(0), Fraction(1), 10_000), rate, ())


def _track() -> FaceTrack:
    rows = np.zeros(0, np.float32)
    return FaceTrack(0, rows.reshape(0, 72, 2), rows, rows, rows.astype(bool), rows, rows)


def _parts(*spans: tuple[int, int], rate: Fraction = Fraction(25)) -> list[SplitPart]:
    recording, track = _recording("take", rate=rate), _track()
    return [SplitPart(recording, FaceSegment(track, *span), False) for span in spans]


def _of(*counts: int) -> list[Recording]:
    """So many recordings of each of several speakers."""
    return [
        _recording(f"{number:03}", f"s{speaker}")
        for speaker, count in enumerate(counts)
        for number in range(count)
    ]


def test_of_one_talker_every_nineteenth_file_validates() -> None:
    held = choose_validating(_of(60), ())
    assert held is not None
    assert np.flatnonzero(held).tolist() == [0, 19, 38, 57]


def test_of_many_speakers_whole_speakers_validate() -> None:
    recordings = _of(7, 1, 3, 2, 2, 4)
    held = choose_validating(recordings, ())
    assert held is not None
    assert {one.speaker for one, v in zip(recordings, held, strict=True) if v} == {"s0", "s5"}
    assert {one.speaker for one, v in zip(recordings, held, strict=True) if not v} == {
        "s1",
        "s2",
        "s3",
        "s4",
    }


def test_a_speaker_of_few_files_is_not_all_held_out() -> None:
    held = choose_validating(_of(40, 1), ())
    assert held is not None
    assert held[:20] == [True] + 18 * [False] + [True]
    assert not held[-1]


def test_the_speakers_asked_for_validate_and_nobody_else() -> None:
    recordings = _of(2, 2)
    assert choose_validating(recordings, ["s1"]) == [False, False, True, True]
    with pytest.raises(DubError, match=r"s7: no speaker in the footage .* s0, s1"):
        choose_validating(recordings, ["s7"])


def test_of_few_files_no_whole_one_is_held_out() -> None:
    assert choose_validating(_of(5), ()) is None
    assert choose_validating(_of(1, 1, 1), ()) is None


@pytest.mark.parametrize("rate", [Fraction(25), Fraction(24_000, 1001), Fraction(60)])
def test_the_last_sixth_of_the_seconds_validates(rate: Fraction) -> None:
    second = round(rate)
    parts = _parts(
        (0, 10 * second), (10 * second, 20 * second), (30 * second, 40 * second), rate=rate
    )
    made = list(split_by_seconds(parts))
    assert seconds(made, validates=False) == pytest.approx(25, rel=0.01)
    assert seconds(made, validates=True) == pytest.approx(5 - GAP_S, rel=0.02)
    learns, judges = (
        {f for p in made if p.validates is v for f in _frames(p)} for v in (False, True)
    )
    assert max(learns) < min(judges)
    assert (min(judges) - max(learns) - 1) / rate >= GAP_S - 1 / rate


def test_the_gap_is_kept_where_the_sixth_begins_with_a_part() -> None:
    made = list(split_by_seconds(_parts((0, 250), (250, 300))))
    assert [(_span(part), part.validates) for part in made] == [
        ((0, 250), False),
        ((262, 300), True),
    ]


def test_scraps_of_less_than_a_second_are_left_out() -> None:
    made = list(split_by_seconds(_parts((0, 240), (300, 360))))
    assert [_span(part) for part in made] == [(0, 240), (322, 360)]


def _frames(part: SplitPart) -> range:
    return range(part.segment.start, part.segment.end)


def _span(part: SplitPart) -> tuple[int, int]:
    return part.segment.start, part.segment.end
