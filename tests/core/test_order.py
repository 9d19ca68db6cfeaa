from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lipflap.core.order import (
    DubOrder,
    DubSettings,
    FrameMap,
    FrameRange,
    Mode,
    Output,
    Picture,
    Speech,
    digest,
    joined,
    order_from_json,
    order_to_json,
)
from lipflap.core.serialize import RecordUnreadable

FILM = Fraction(24000, 1001)
ORDER = DubOrder(
    "SH010",
    Picture("/media/a b.mov", FILM, 86_400, None, "f" * 64),
    FrameMap(Fraction(5), Fraction(1), 48),
    (Speech("/media/dub.wav", "dub", 0, 96_000, 48_000, -2_002, None, "e" * 64),),
    Output("/job/SH010.mov", FILM, 86_405, 8, 8, "source"),
    DubSettings("starter", "d" * 64, 2, 1.0, Mode.AUTOREGRESSIVE, 1, "embedded", None),
    (FrameRange(3, 9), FrameRange(40, 48)),
    FrameRange(24, 36),
)


def test_an_order_comes_back_from_json_as_it_was() -> None:
    assert order_from_json(order_to_json(ORDER), where="o.json") == ORDER


@pytest.mark.parametrize(
    "changed",
    [
        replace(ORDER, shot="SH020"),
        replace(ORDER, frames=replace(ORDER.frames, count=49)),
        replace(ORDER, settings=replace(ORDER.settings, seed=2)),
        replace(ORDER, picture=replace(ORDER.picture, fingerprint="0" * 64)),
        replace(ORDER, exclude=(FrameRange(3, 9),)),
        replace(ORDER, part=FrameRange(24, 37)),
        replace(ORDER, part=None),
    ],
)
def test_whatever_changes_the_picture_changes_the_digest(changed: DubOrder) -> None:
    assert digest(changed) != digest(ORDER)
    assert digest(replace(ORDER)) == digest(ORDER)


@pytest.mark.parametrize(
    ("broken", "names"),
    [
        (("lipflap.order/12", "lipflap.order/99"), "lipflap.order/99"),
        (('"count": 48', '"count": 0'), "at least one frame"),
        (('"count": 48', '"count": "48"'), "frames.count"),
        (('"role": "dub"', '"role": "song"'), "song"),
        (('"seed": 1', '"sead": 1'), "sead"),
        (('"24000/1001"', '"24000/0"'), "o.json"),
        (('"end": 36', '"end": 24'), "frames 24 to 24"),
        (('"end": 36', '"end": 49'), "24 to 49 are not among the 48"),
        (('"end": 48', '"end": 49'), "40 to 49 are not among the 48"),
        (('"start": 3', '"start": -3'), "frames -3 to 9"),
        (('"start": 3', '"start": 3.5'), r"exclude\[0\]\.start"),
    ],
)
def test_an_order_changed_by_hand_is_refused_by_name(broken: tuple[str, str], names: str) -> None:
    text = order_to_json(ORDER)
    assert broken[0] in text
    with pytest.raises(RecordUnreadable, match=names):
        order_from_json(text.replace(*broken, 1), where="o.json")


def test_an_order_without_a_part_writes_every_frame_there_is() -> None:
    assert ORDER.written == FrameRange(24, 36)
    assert replace(ORDER, part=None).written == FrameRange(0, len(ORDER.frames.media_frames()))


@given(
    st.fractions(0, 100, max_denominator=1001),
    st.sampled_from([Fraction(1), Fraction(0), Fraction(-1), Fraction(2), Fraction(1001, 1000)]),
)
def test_each_output_frame_shows_the_picture_on_screen_at_its_start(
    first: Fraction, step: Fraction
) -> None:
    shown = FrameMap(first, step, 20).media_frames()
    at = first
    for picture in shown:
        assert picture <= at < picture + 1
        at += step


def test_ranges_of_several_that_meet_or_overlap_are_one():
    first, second = (FrameRange(0, 4), FrameRange(10, 12)), (FrameRange(4, 6), FrameRange(11, 20))
    assert joined(first, second) == (FrameRange(0, 6), FrameRange(10, 20))
    assert joined() == ()
