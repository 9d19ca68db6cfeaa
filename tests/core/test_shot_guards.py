"""Shots of drawn faces with something before the mouth: what stays as filmed, and its count."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from support.puppets.puppet import Puppet, draw, puppet_networks
from support.puppets.puppet_shot import HZ, film_order, speech, write_movie

from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import probe
from lipflap.core.motion.lip_motion import load_lip_motion
from lipflap.core.order import DubOrder, FrameRange, Mode, Role
from lipflap.core.paint import reference_painter
from lipflap.core.reference import rim_guard
from lipflap.core.result import DubResult, KeptFrames, KeptReason, ShotState
from lipflap.core.shot import dub_shot

RATE = Fraction(25)
COUNT, WIDTH, HEIGHT = 60, 192, 160
HIDDEN = range(30, 38)  # a hand the colour of the skin
MARGIN = 2


def picture(i: int, hidden: range) -> np.ndarray:
    puppet = Puppet(96 + 0.1 * i, 56, 40, 0.16 + 0.14 * np.sin(1.7 * i))
    drawn = draw([puppet], WIDTH, HEIGHT)
    if i in hidden:
        mouth = (round(puppet.x), round(puppet.y + 1.15 * puppet.eyes_px))
        cv2.ellipse(drawn, mouth, (24, 18), 0, 0, 360, puppet.skin, -1)
    return drawn


def order_of(folder: Path, hidden: range, mode: Mode) -> DubOrder:
    folder.mkdir(exist_ok=True)
    film = write_movie(folder / "plate.mkv", (picture(i, hidden) for i in range(COUNT)), RATE)
    rng = np.random.default_rng(5)
    loud = np.repeat(rng.uniform(0.2, 1, 30), COUNT * HZ // 25 // 30)
    sound = (0.1 * loud * rng.standard_normal(len(loud))).astype(np.float32)
    plain = film_order(film, folder / "new.mkv", speech(folder / "a.wav", Role.DUB, sound, face=0))
    return replace(plain, settings=replace(plain.settings, mode=mode))


@pytest.fixture(scope="module")
def motion():
    return load_lip_motion()


@pytest.fixture(scope="module")
def clear(tmp_path_factory) -> DubOrder:
    return order_of(tmp_path_factory.mktemp("clear"), range(0), Mode.REFERENCE)


@pytest.fixture(scope="module")
def covered(tmp_path_factory) -> DubOrder:
    return order_of(tmp_path_factory.mktemp("covered"), HIDDEN, Mode.REFERENCE)


def run(order: DubOrder, motion, part: FrameRange | None = None) -> DubResult:
    if part:
        path = Path(order.output.path).with_name(f"{part.start}.mkv")
        order = replace(order, part=part, output=replace(order.output, path=str(path)))
    networks = replace(puppet_networks(), motion=motion)
    return [*dub_shot(order, networks)][-1]


def frames_of(path: str) -> list[tuple[np.ndarray, ...]]:
    info = probe(path)
    shown = pictures(info, range(info.frame_count))
    return [tuple(plane.copy() for plane in frame.planes) for frame in shown]


def changed(order: DubOrder, result: DubResult) -> list[int]:
    pairs = zip(frames_of(order.picture.path), frames_of(result.output_path), strict=True)
    return [
        i
        for i, (old, new) in enumerate(pairs)
        if any(not np.array_equal(a, b) for a, b in zip(old, new, strict=True))
    ]


@pytest.mark.parametrize("mode", [Mode.REFERENCE, Mode.AUTOREGRESSIVE])
def test_frames_with_a_hand_before_the_mouth_stay_as_filmed(covered, tmp_path, motion, mode):
    order = replace(covered, settings=replace(covered.settings, mode=mode))
    result = run(order, motion)
    assert result.report.state == ShotState.RENDERED
    kept = range(HIDDEN.start - MARGIN, HIDDEN.stop + MARGIN)
    assert result.report.kept == (
        KeptFrames(KeptReason.COVERED, Fraction(kept.start, 25), len(kept)),
    )
    assert set(changed(order, result)) == set(range(COUNT)) - set(kept)
    assert result.report.repainted_frames == COUNT - len(kept)
    assert (result.report.mouths is None) == (mode != Mode.REFERENCE)


def test_a_good_shot_loses_nothing(clear, motion):
    result = run(clear, motion)
    assert result.report.kept == ()
    assert result.report.repainted_frames == COUNT
    assert result.report.mouths


def test_a_mouth_covered_throughout_is_no_error(tmp_path, motion):
    result = run(order_of(tmp_path / "all", range(COUNT), Mode.REFERENCE), motion)
    assert result.report.state == ShotState.SKIPPED
    assert "covered or turned away" in result.report.reason


@pytest.mark.parametrize("limit", ["MAX_BEND_PX", "MAX_TURN_PX"])
def test_where_no_mouth_comes_near_the_frame_stays_as_filmed(clear, motion, monkeypatch, limit):
    plain = reference_painter.plan_mouths

    def far_in_the_middle(*given):
        plan = plain(*given)
        far = np.zeros(COUNT)
        far[20:24] = getattr(reference_painter, limit) + 0.1
        name = "bend_px" if limit == "MAX_BEND_PX" else "turn_px"
        return replace(plan, **{name: np.maximum(getattr(plan, name), far)})

    monkeypatch.setattr(reference_painter, "plan_mouths", far_in_the_middle)
    result = run(clear, motion)
    assert result.report.kept == (KeptFrames(KeptReason.NO_MOUTH, Fraction(20, 25), 4),)
    assert set(changed(clear, result)) == set(range(COUNT)) - set(range(20, 24))


def test_a_mouth_that_does_not_meet_the_plate_is_not_laid_and_parts_agree(
    clear, motion, monkeypatch
):
    plain = reference_painter.rim_step
    measured: list[tuple[tuple[int, ...], float]] = []

    def note(rgb, plate, matte):
        measured.append((plate.shape, float(plate.mean())))
        return plain(rgb, plate, matte)

    monkeypatch.setattr(reference_painter, "rim_step", note)
    untouched = run(clear, motion)
    assert untouched.report.kept == ()

    def high_in_frame_22(rgb, plate, matte):
        is_22 = (plate.shape, float(plate.mean())) == measured[22]
        return 1.0 if is_22 else plain(rgb, plate, matte)

    monkeypatch.setattr(reference_painter, "rim_step", high_in_frame_22)
    whole = run(clear, motion)
    kept = 1 + rim_guard.REST_FRAMES
    assert whole.report.kept == (KeptFrames(KeptReason.MISMATCH, Fraction(22, 25), kept),)
    assert whole.report.repainted_frames == COUNT - kept
    expected = frames_of(whole.output_path)
    assert set(changed(clear, whole)) == set(range(COUNT)) - set(range(22, 22 + kept))
    parts = [run(clear, motion, FrameRange(a, b)) for a, b in ((0, 24), (24, 28), (28, COUNT))]
    joined = [frame for part in parts for frame in frames_of(part.output_path)]
    for whole_frame, part_frame in zip(expected, joined, strict=True):
        assert all(np.array_equal(a, b) for a, b in zip(whole_frame, part_frame, strict=True))
    assert sum(one.frames for part in parts for one in part.report.kept) == kept
