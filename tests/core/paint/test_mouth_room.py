"""The number of filmed mouths kept decoded: bounded in bytes, whatever the size of the picture."""

from types import SimpleNamespace

import numpy as np
import pytest
from support.puppets.puppet import Puppet, points_of

from lipflap.core.face.align import crop_from_plate
from lipflap.core.paint.mouth_bank import MAX_DECODED_MIB, FilmedFace, max_mouths
from lipflap.core.reference.lay_mouth import mouth_box
from lipflap.core.reference.mouth_plan import MAX_MOUTHS


def filmed(eyes_px: float, width: int, height: int) -> FilmedFace:
    """A face whose eyes are so far apart, in thirty frames."""
    plate = np.tile(points_of(Puppet(width / 2, height / 3, eyes_px)), (30, 1, 1))
    crops = crop_from_plate(plate, ())
    points = np.einsum("nij,nkj->nki", crops[:, :, :2], plate) + crops[:, None, :, 2]
    film = SimpleNamespace(info=SimpleNamespace(width=width, height=height))
    track = SimpleNamespace(visible=np.ones(30, bool))
    return FilmedFace(film, track, 0, crops, points, track.visible)  # type: ignore[arg-type]


def test_in_hd_there_is_room_for_all():
    assert max_mouths([filmed(120, 1920, 1080)]) == MAX_MOUTHS


@pytest.mark.parametrize("eyes_px", [450, 600])
def test_a_close_up_in_uhd_stays_within_its_room(eyes_px):
    face = filmed(eyes_px, 3840, 2160)
    left, top, right, bottom = mouth_box([face.points[0]], face.crops[0], (3840, 2160))
    room = max_mouths([filmed(60, 1920, 1080), face])
    assert 48 <= room < MAX_MOUTHS
    assert room * (right - left) * (bottom - top) * 6 <= MAX_DECODED_MIB << 20
