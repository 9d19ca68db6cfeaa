"""A shot with new mouths made from filmed ones: faces are drawn, lips move with a real voice."""

from dataclasses import replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.media.counted_media import framemd5
from support.puppets.puppet import Puppet, draw, puppet_networks
from support.puppets.puppet_shot import HZ, SETTINGS, film_order, speech, write_movie

from lipflap.core.diffusion.correction import CorrectionNetwork
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import probe
from lipflap.core.motion.lip_motion import LipMotion, load_lip_motion
from lipflap.core.order import DubOrder, FrameRange, Mode, Role
from lipflap.core.paint.mouth_correction import load_correction
from lipflap.core.paint.reference_painter import MIN_MOUTHS
from lipflap.core.result import DubResult
from lipflap.core.shot import dub_shot

RATE = Fraction(25)
COUNT = 40
WIDTH, HEIGHT = 160, 120
REFERENCE = replace(SETTINGS, mode=Mode.REFERENCE)


@pytest.fixture(scope="module")
def motion() -> LipMotion:
    return load_lip_motion()


def talker(i: int) -> Puppet:
    """A face that drifts, and talks from frame 14 on."""
    opening = 0.12 + 0.1 * np.sin(1.7 * i) if i >= 14 else 0.0
    return Puppet(76 + 0.2 * i, 40, 34, opening)


def film(folder: Path, frames: range, puppet=talker) -> str:
    pictures_of = (draw([puppet(i)], WIDTH, HEIGHT) for i in frames)
    return write_movie(folder / "plate.mkv", pictures_of, RATE)


def order(folder: Path, plate: str, frames: int = COUNT) -> DubOrder:
    """The demo's voice from frame 16 on, to four frames before the end."""
    from lipflap.plugin.demo.sound import ASSETS

    said, _ = soundfile.read(ASSETS / "dub_de_1.flac", dtype="float32")
    sound = np.zeros(frames * HZ // 25, np.float32)
    first, end = 16 * HZ // 25, (frames - 4) * HZ // 25
    sound[first:end] = said[4000 : 4000 + end - first]
    dub = speech(folder / "dub.wav", Role.DUB, sound)
    return film_order(plate, folder / "new.mkv", dub, settings=REFERENCE)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> DubOrder:
    folder = tmp_path_factory.mktemp("plate")
    return order(folder, film(folder, range(COUNT)))


@pytest.fixture(scope="module")
def undivided(whole, motion) -> DubResult:
    return run(whole, motion)


def run(an_order: DubOrder, motion: LipMotion) -> DubResult:
    networks = replace(puppet_networks(), motion=motion, correction=correction())
    *_, result = dub_shot(an_order, networks)
    return result


@cache
def correction() -> CorrectionNetwork:
    return load_correction()


def moved(an_order: DubOrder, path: Path) -> DubOrder:
    return replace(an_order, output=replace(an_order.output, path=str(path)))


def hashes(result: DubResult) -> list[str]:
    return framemd5(Path(result.output_path), "yuv444p")


def planes(path: str) -> np.ndarray:
    """All pictures of a film [N, 3, H, W]."""
    info = probe(path)
    return np.stack([np.stack(f.planes) for f in pictures(info, range(info.frame_count))])


def test_mouths_of_the_take_are_used_and_reported(undivided):
    report = undivided.report
    assert 2 <= report.mouths <= COUNT
    assert 0 < report.bend_px < 10
    assert 15 < report.repainted_frames < COUNT


def test_only_the_lower_face_changes_and_only_where_the_dub_speaks(whole, undivided):
    old, new = planes(whole.picture.path), planes(undivided.output_path)
    changed = (old != new).any(1)
    assert changed.any((1, 2)).sum() <= undivided.report.repainted_frames
    assert not changed[:4].any()
    down, across = np.nonzero(changed.any(0))
    face = talker(0)
    assert down.min() > face.y + 0.55 * face.eyes_px
    assert across.min() > face.x - 1.25 * face.eyes_px
    assert across.max() < talker(COUNT).x + 1.25 * face.eyes_px


def test_the_network_paints_none_of_it(whole, tmp_path, motion):
    """A painter that fails is not asked."""

    def fail(condition, noise):
        raise AssertionError("was asked for a mouth")

    networks = replace(puppet_networks(fail), motion=motion)
    *_, result = dub_shot(moved(whole, tmp_path / "new.mkv"), networks)
    assert result.report.mouths > 0


def test_the_same_order_gives_the_same_bytes_and_another_seed_others(
    whole, undivided, tmp_path, motion
):
    again = run(moved(whole, tmp_path / "again.mkv"), motion)
    assert Path(again.output_path).read_bytes() == Path(undivided.output_path).read_bytes()
    other = replace(whole, settings=replace(REFERENCE, seed=7))
    assert hashes(run(moved(other, tmp_path / "other.mkv"), motion)) != hashes(undivided)


def test_laid_mouths_are_corrected_and_nothing_else_is(whole, undivided, tmp_path, motion):
    networks = replace(puppet_networks(), motion=motion)
    *_, result = dub_shot(moved(whole, tmp_path / "laid.mkv"), networks)
    laid, new = planes(result.output_path), planes(undivided.output_path)
    old = planes(whole.picture.path)
    corrected, changed = (laid != new).any(1), (old != laid).any(1)
    assert result.report.repainted_frames == undivided.report.repainted_frames
    assert corrected.any((1, 2)).sum() > 15
    assert not corrected[~changed.any((1, 2))].any()
    down, across = np.nonzero(corrected.any(0))
    assert (down.max() - down.min(), across.max() - across.min()) < (60, 60)


def test_parts_joined_are_the_shot_bit_for_bit(whole, undivided, tmp_path, motion):
    results = []
    for start, end in ((0, 17), (17, COUNT)):
        part = replace(whole, part=FrameRange(start, end))
        results.append(run(moved(part, tmp_path / f"{start}.mkv"), motion))
    assert [h for result in results for h in hashes(result)] == hashes(undivided)
    assert {(r.report.mouths, r.report.bend_px) for r in results} == {
        (undivided.report.mouths, undivided.report.bend_px)
    }


def shut(i: int) -> Puppet:
    return replace(talker(i), opening=0.0)


def test_where_the_take_shows_too_few_mouths_the_network_paints(tmp_path, motion):
    """As in the mode of the network alone."""
    frames = MIN_MOUTHS - 1
    an_order = order(tmp_path, film(tmp_path, range(frames), talker), frames)
    result = run(an_order, motion)
    assert (result.report.mouths, result.report.bend_px) == (0, 0)
    assert result.report.repainted_frames > 3
    alone = replace(an_order, settings=replace(REFERENCE, mode=Mode.AUTOREGRESSIVE))
    assert hashes(run(moved(alone, tmp_path / "alone.mkv"), motion)) == hashes(result)


def test_lips_that_never_part_are_bent_and_what_is_between_them_is_said_to_be_nobodys(
    tmp_path, motion
):
    an_order = order(tmp_path, film(tmp_path, range(COUNT), shut), COUNT)
    result = run(an_order, motion)
    report = result.report
    assert (report.closed_faces, report.network_faces) == ((report.face,), ())
    assert report.repainted_frames > 10
    assert report.mouths > 0 == report.bend_px
