"""Mouths below titles stay as filmed for as long as these hide them whole."""

import numpy as np
import pytest

from lipflap.core.analysis.overlays import keep_below
from lipflap.core.analysis.repaint_plan import FacePlan
from lipflap.core.face.landmarks import COUNT
from lipflap.core.order import FrameRange, Overlay
from lipflap.core.result import KeptReason

WIDTH, HEIGHT, COUNT_FRAMES, FIRST = 200, 100, 10, 3


def plan(centre: tuple[float, float]) -> FacePlan:
    """A face whose lips are 10 samples wide about a place of the plate; the crop is twice it."""
    points = np.tile(np.array(centre) * 2, (COUNT_FRAMES, COUNT, 1))
    points[:, ::2, 0] -= 10
    points[:, 1::2, 0] += 10
    matrix = np.array([[2.0, 0, 0], [0, 2.0, 0]])
    return FacePlan(
        face=0,
        lines=(0,),
        first_frame=FIRST,
        crop_from_plate=np.tile(matrix, (COUNT_FRAMES, 1, 1)),
        points=points,
        opacity=np.array([0.0, 0.5, *[1.0] * 8]),
        identity_frame=FIRST,
        painted=np.ones(COUNT_FRAMES, bool),
        kept={KeptReason.TURNED: np.array([True] + [False] * 9)},
    )


def hidden(made: FacePlan) -> list[int]:
    return (np.flatnonzero(made.kept[KeptReason.OVERLAID]) + FIRST).tolist()


def test_a_mouth_below_a_title_stays_as_filmed_for_as_long_as_it_is_there() -> None:
    title = Overlay(FrameRange(0, 8), 0.25, 0.5, 0.75, 1.0)
    (made,) = keep_below([plan((100, 75))], [title], WIDTH, HEIGHT)
    assert hidden(made) == [4, 5, 6, 7]
    assert made.opacity.tolist() == [0.0] * 5 + [1.0] * 5
    assert made.painted.all()
    assert not made.kept[KeptReason.TURNED].any()


@pytest.mark.parametrize(
    "centre", [(100, 45), (52, 75), (148, 75), (100, 99)], ids=["above", "left", "right", "below"]
)
def test_a_mouth_that_is_seen_in_part_is_repainted(centre: tuple[float, float]) -> None:
    title = Overlay(FrameRange(0, 20), 0.25, 0.5, 0.75, 1.0)
    (made,) = keep_below([plan(centre)], [title], WIDTH, HEIGHT)
    assert hidden(made) == []
    assert made.opacity.tolist() == plan(centre).opacity.tolist()


def test_without_titles_nothing_changes() -> None:
    given = plan((100, 75))
    assert keep_below([given], [], WIDTH, HEIGHT)[0] is given


@pytest.mark.parametrize("box", [(0.5, 0, 0.5, 1), (-0.1, 0, 1, 1), (0, 0.4, 1, 0.3), (0, 0, 1, 2)])
def test_an_overlay_lies_in_the_picture(box: tuple[float, float, float, float]) -> None:
    with pytest.raises(ValueError, match="overlay"):
        Overlay(FrameRange(0, 1), *box)
