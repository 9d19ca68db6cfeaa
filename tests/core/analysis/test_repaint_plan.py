"""Which frames of which face get a new mouth: against rules counted out frame by frame."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.puppets.puppet import Puppet, points_of, puppet_track

from lipflap.core.analysis.repaint_plan import (
    FADE_FRAMES,
    MARGIN_FRAMES,
    MAX_GAP_FRAMES,
    Scene,
    dilate_and_close,
    exclude_ranges,
    fade,
    paintable_frames,
    plan_repaint,
)
from lipflap.core.analysis.speakers.active_speaker import Production
from lipflap.core.errors import DubError
from lipflap.core.face.landmarks import JAW
from lipflap.core.face.track import FaceTrack
from lipflap.core.order import FrameRange, Role, Speech
from lipflap.core.result import KeptReason

COUNT = 100
TALKING = 0.1 + 0.1 * np.sin(np.arange(COUNT))
SHUT = np.zeros(COUNT)


def speech(role: str = Role.DUB, face: int | None = None) -> Speech:
    return Speech("x.wav", role, 0, 1, 16_000, 0, face, "")


def during(*spans: tuple[int, int]) -> np.ndarray:
    out = np.zeros(COUNT, bool)
    for start, end in spans:
        out[start:end] = True
    return out


def scene(*tracks: FaceTrack, cuts: tuple[int, ...] = (), said: np.ndarray | None = None) -> Scene:
    production = None if said is None else Production(said.astype(float), said)
    return Scene(tracks, cuts, Fraction(25), COUNT, production)


def touched(parts, face: int) -> np.ndarray:
    out = np.zeros(COUNT)
    for part in parts:
        for frame in range(COUNT):
            if part.face == face and part.row(frame) is not None:
                out[frame] = part.opacity[part.row(frame)]
    return out


def test_where_both_are_silent_nothing_is_touched():
    parts = plan_repaint(
        scene(puppet_track(TALKING), said=during((60, 70))),
        [speech()],
        None,
        lambda _: during((20, 30)),
    )
    on = touched(parts, 0)
    assert (on[20:30] == 1).all()
    assert (on[60:70] == 1).all()
    away = [
        i for i in range(COUNT) if min(abs(i - t) for t in [*range(20, 30), *range(60, 70)]) > 5
    ]
    assert not on[away].any()


def test_a_mouth_that_was_shut_under_production_sound_is_left():
    parts = plan_repaint(
        scene(puppet_track(SHUT), said=during((60, 70))), [speech()], 0, lambda _: during((20, 30))
    )
    assert not touched(parts, 0)[50:].any()


def test_without_production_sound_every_movement_counts():
    opening = np.where(np.arange(COUNT) < 50, 0.0, TALKING)
    parts = plan_repaint(scene(puppet_track(opening)), [speech()], None, lambda _: during((10, 20)))
    on = touched(parts, 0)
    assert (on[10:20] == 1).all()
    assert not on[26:40].any()
    assert (on[51:] == 1).all()


def test_nothing_said_nothing_cast():
    shut, nobody = scene(puppet_track(SHUT), said=during()), scene(said=during((0, 50)))
    assert plan_repaint(shut, [speech()], None, lambda _: during()) == []
    assert plan_repaint(nobody, [speech()], None, lambda _: during((0, 50))) == []
    only_production = [speech(Role.PRODUCTION)]
    assert (
        plan_repaint(scene(puppet_track(TALKING)), only_production, None, lambda _: during((0, 9)))
        == []
    )


def test_each_of_two_speakers_says_their_own_line():
    lines = {(0,): during((10, 30)), (1,): during((50, 70))}
    tracks = scene(puppet_track(SHUT), puppet_track(SHUT, x=250), said=during())
    parts = plan_repaint(tracks, [speech(face=1), speech(face=0)], None, lines.__getitem__)
    assert {(part.face, part.lines) for part in parts} == {(1, (0,)), (0, (1,))}
    assert (touched(parts, 1)[10:30] == 1).all()
    assert not touched(parts, 1)[40:].any()
    assert (touched(parts, 0)[50:70] == 1).all()
    assert not touched(parts, 0)[:40].any()


def test_the_chosen_face_speaks_what_names_none():
    tracks = scene(puppet_track(TALKING, 80), puppet_track(TALKING, 20, x=250))
    parts = plan_repaint(tracks, [speech()], 1, lambda _: during((10, 30)))
    assert {part.face for part in parts} == {1}


def test_a_face_that_is_not_there_cannot_be_chosen():
    with pytest.raises(DubError, match="has no face 2"):
        plan_repaint(scene(puppet_track(TALKING)), [speech()], 2, lambda _: during((10, 30)))


def test_a_part_ends_at_a_camera_cut_and_nothing_fades_there():
    parts = plan_repaint(
        scene(puppet_track(TALKING), cuts=(40,)), [speech()], None, lambda _: during((0, COUNT))
    )
    assert [(part.first_frame, len(part.opacity)) for part in parts] == [(0, 40), (40, 60)]
    assert all((part.opacity == 1).all() for part in parts)
    first, second = parts
    assert 0 <= first.identity_frame < 40 <= second.identity_frame < COUNT


def test_a_face_lost_for_a_while_fades_out_and_in():
    lost = puppet_track(TALKING)
    visible = lost.visible.copy()
    visible[45:60] = False
    parts = plan_repaint(
        scene(replace(lost, visible=visible)), [speech()], None, lambda _: during((0, COUNT))
    )
    on = touched(parts, 0)
    assert not on[45:60].any()
    assert on[40:45] == pytest.approx([1, 0.8, 0.6, 0.4, 0.2])
    assert on[60:65] == pytest.approx([0.2, 0.4, 0.6, 0.8, 1])


@pytest.mark.parametrize("eyes_px", [5.0, 13.0])
def test_a_face_too_small_is_left(eyes_px):
    assert (
        plan_repaint(
            scene(puppet_track(TALKING, eyes_px)), [speech()], None, lambda _: during((0, 50))
        )
        == []
    )


def test_a_face_in_profile_is_left():
    points = np.array([points_of(Puppet(0, 80, 160, o)) for o in TALKING])
    points[..., 0] *= 0.25  # seen from the side: narrow, but not yet too small
    front = replace(puppet_track(TALKING), points=points.astype(np.float32))
    assert plan_repaint(scene(front), [speech()], None, lambda _: during((0, 50)))
    points[:, 48:53, 0] += 40  # the nose stands out
    aside = replace(puppet_track(TALKING), points=points.astype(np.float32))
    (plan,) = plan_repaint(scene(aside), [speech()], None, lambda _: during((0, 50)))
    assert not plan.opacity.any()
    assert plan.kept[KeptReason.TURNED][:50].all()


def test_the_identity_frame_is_sharp_and_sure():
    plain = puppet_track(SHUT)
    sharpness, confidence = plain.sharpness.copy(), plain.confidence.copy()
    sharpness[:] = 0.5
    sharpness[[30, 70]] = 1.0
    confidence[70] = 0.6
    parts = plan_repaint(
        scene(replace(plain, sharpness=sharpness, confidence=confidence)),
        [speech()],
        None,
        lambda _: during((0, 50)),
    )
    assert parts[0].identity_frame == 30


def test_the_identity_frame_holds_the_head_as_most_frames_do():
    plain = puppet_track(SHUT)
    points, sharpness = plain.points.copy(), np.full(COUNT, 0.6, np.float32)
    sharpness[[30, 70]] = (1.0, 0.9)
    points[26:34, list(JAW)] += (0.2 * 40, 0)  # the jaw swings out of its usual place
    parts = plan_repaint(
        scene(replace(plain, points=points, sharpness=sharpness)),
        [speech()],
        None,
        lambda _: during((0, 50)),
    )
    assert parts[0].identity_frame == 70


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_surroundings_frame_by_frame(flags):
    speaks = np.array(flags)
    spoken = [i for i, flag in enumerate(flags) if flag]
    found = dilate_and_close(speaks)
    for i in range(len(flags)):
        near = any(abs(i - s) <= MARGIN_FRAMES for s in spoken)
        before = [s for s in spoken if s < i]
        after = [s for s in spoken if s > i]
        pause = before and after and after[0] - before[-1] <= MAX_GAP_FRAMES
        far = not any(abs(i - s) <= MARGIN_FRAMES + MAX_GAP_FRAMES for s in spoken)
        if near or pause:
            assert found[i]
        if far:
            assert not found[i]


@given(st.lists(st.booleans(), min_size=1, max_size=60))
def test_opacity_is_the_distance_to_what_is_left_alone(flags):
    off = [i for i, flag in enumerate(flags) if not flag]
    expected = [
        min([abs(i - o) for o in off] + [FADE_FRAMES + 1]) / (FADE_FRAMES + 1)
        for i in range(len(flags))
    ]
    assert fade(np.array(flags)).tolist() == pytest.approx(expected)


def covered_track(*frames: int, lips: float = 0.3) -> FaceTrack:
    plain = puppet_track(TALKING)
    confidence = plain.lips_confidence.copy()
    confidence[list(frames)] = lips
    return replace(plain, lips_confidence=confidence)


def test_a_covered_mouth_stays_as_filmed_and_the_new_one_fades():
    hand = covered_track(*range(40, 50))
    (plan,) = plan_repaint(scene(hand), [speech()], None, lambda _: during((0, COUNT)))
    (plain,) = plan_repaint(
        scene(puppet_track(TALKING)), [speech()], None, lambda _: during((0, COUNT))
    )
    kept = during((38, 52))
    assert np.array_equal(plan.kept[KeptReason.COVERED], kept)
    assert np.array_equal(plan.opacity, np.minimum(plain.opacity, fade(~kept)))
    assert not plain.kept[KeptReason.COVERED].any()
    assert plan.identity_frame not in range(38, 52)


@pytest.mark.parametrize(("frames", "lips"), [((40, 60), 0.3), (range(40, 50), 0.75)])
def test_a_doubtful_frame_or_small_doubts_cover_no_mouth(frames, lips):
    hand = covered_track(*frames, lips=lips)
    (plan,) = plan_repaint(scene(hand), [speech()], None, lambda _: during((0, COUNT)))
    assert not plan.kept[KeptReason.COVERED].any()
    assert plan.opacity.all()


@pytest.mark.parametrize("frames", [1, 2, 3])
def test_a_flash_cut_is_paintable_in_all_its_frames(frames):
    assert paintable_frames(puppet_track(TALKING[:frames])).tolist() == [True] * frames


def test_doubt_is_measured_by_what_the_actor_usually_reaches():
    beard = replace(covered_track(*range(40, 50), lips=0.5), confidence=np.ones(COUNT, np.float32))
    usual = replace(beard, lips_confidence=np.minimum(beard.lips_confidence, 0.65))
    for one, covered in ((beard, True), (usual, False)):
        (plan,) = plan_repaint(scene(one), [speech()], None, lambda _: during((0, COUNT)))
        assert plan.kept[KeptReason.COVERED].any() == covered


def test_excluded_frames_are_not_counted_as_kept_by_a_guard():
    hand = covered_track(*range(40, 50))
    plans = plan_repaint(scene(hand), [speech()], None, lambda _: during((0, COUNT)))
    (plan,) = exclude_ranges(plans, [FrameRange(30, 45)])
    assert np.array_equal(plan.kept[KeptReason.COVERED], during((45, 52)))
