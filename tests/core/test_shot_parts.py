"""A shot in parts against the same shot in one piece, by ffmpeg's hashes; and frames excluded."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import torch
from support.media.counted_media import framemd5
from support.puppets.puppet import Puppet, draw, puppet_detector, puppet_networks, puppet_points
from support.puppets.puppet_shot import HZ, SETTINGS, film_order, speech, write_movie

from lipflap.core.analysis.detectors import Detectors
from lipflap.core.analysis.repaint_plan import FADE_FRAMES
from lipflap.core.files.fingerprint import fingerprint_of_picture
from lipflap.core.files.sequence import numbers_on_disk, sequence_file
from lipflap.core.media.probe import probe
from lipflap.core.model_files import locate, sha256
from lipflap.core.order import DubOrder, FrameMap, FrameRange, Mode, Role
from lipflap.core.paint.lockstep import run_lockstep
from lipflap.core.paint.painter import Networks, batched_across_shots, load_painter
from lipflap.core.result import DubResult, Progress, ShotState, Stage
from lipflap.core.shot import dub_shot

RATE = Fraction(25)
COUNT, CUT = 72, 40
WIDTH, HEIGHT = 192, 120


def puppets_at(i: int) -> list[Puppet]:
    """Two who stand so close that one's mouth is in the other's crop, then the left one alone."""
    left = Puppet(60 + 0.2 * i, 36, 34, 0.12 + 0.1 * np.sin(1.7 * i))
    right = Puppet(136, 40, 34, 0.12 + 0.1 * np.cos(1.3 * i), skin=(110, 80, 60))
    return [left, right] if i < CUT else [replace(left, x=90, y=30)]


def voice(seed: int, *spans: tuple[int, int]) -> np.ndarray:
    """Noise in spans of frames, every tenth of a second in another measure."""
    rng = np.random.default_rng(seed)
    length = COUNT * HZ // 25
    level = np.repeat(rng.uniform(0.2, 1, length // 1600 + 1), 1600)[:length]
    frame = np.arange(length) * 25 / HZ
    on = np.any([(frame >= a) & (frame < b) for a, b in spans], axis=0)
    return (0.1 * on * level * rng.standard_normal(length)).astype(np.float32)


def brighter(condition, noise):
    """Each mouth a little brighter than the one before, and than a louder sound makes it."""
    fresh = condition.previous_known[:, None, None, None] == 0
    before = torch.where(fresh, torch.tensor(-0.8), condition.previous)
    loud = condition.sound.mean((1, 2))[:, None, None, None]
    beside = condition.plate.mean((1, 2, 3), keepdim=True)
    new = (before + 0.03 + 0.05 * loud.tanh() + 0.02 * beside).clamp(-1, 1)
    return torch.where(condition.mask > 0, new, condition.plate)


@pytest.fixture(scope="module")
def whole(tmp_path_factory) -> DubOrder:
    """Both talk, each with pauses; the camera cuts while the left one speaks."""
    folder = tmp_path_factory.mktemp("plate")
    film = write_movie(
        folder / "plate.mkv", (draw(puppets_at(i), WIDTH, HEIGHT) for i in range(COUNT)), RATE
    )
    speeches = [
        speech(folder / "a.wav", Role.DUB, voice(1, (4, 12), (34, 60)), face=0),
        speech(folder / "b.wav", Role.DUB, voice(2, (10, 20)), face=1),
        speech(folder / "day.wav", Role.PRODUCTION, voice(3, (4, 8))),
    ]
    an_order = film_order(film, folder / "new.mkv", *speeches)
    return replace(an_order, output=replace(an_order.output, start_frame=90_000))


@pytest.fixture(scope="module")
def undivided(whole, tmp_path_factory) -> DubResult:
    return run(placed(whole, tmp_path_factory.mktemp("undivided")))[1]


def placed(an_order: DubOrder, folder: Path, part: FrameRange | None = None) -> DubOrder:
    name = f"{part.start}" if part else "whole"
    path = str(folder / f"{name}{Path(an_order.output.path).suffix}")
    return replace(an_order, part=part, output=replace(an_order.output, path=path))


def run(an_order: DubOrder, paint=brighter) -> tuple[list[Progress], DubResult]:
    *progress, result = dub_shot(an_order, puppet_networks(paint))
    return progress, result


def hashes(result: DubResult) -> list[str]:
    return framemd5(Path(result.output_path), "yuv444p")


def spans(*edges: int) -> list[FrameRange]:
    return [FrameRange(a, b) for a, b in zip((0, *edges), (*edges, COUNT), strict=True)]


@pytest.mark.parametrize(
    ("mode", "edges"),
    # Amid one rollout, amid two, in a pause, at the camera cut, amid the rollout after it.
    [(Mode.AUTOREGRESSIVE, (15, 28, CUT, 51)), (Mode.FRAMEWISE, (45,))],
)
def test_parts_joined_are_the_shot_bit_for_bit(whole, undivided, tmp_path, mode, edges):
    changed_order = replace(whole, settings=replace(SETTINGS, mode=mode))
    if mode == Mode.FRAMEWISE:
        undivided = run(placed(changed_order, tmp_path))[1]
    results = [run(placed(changed_order, tmp_path, span))[1] for span in spans(*edges)]
    assert [h for result in results for h in hashes(result)] == hashes(undivided)
    for span, result in zip(spans(*edges), results, strict=True):
        new = probe(result.output_path)
        assert (new.first_frame, new.frame_count) == (90_000 + span.start, len(span))
        assert (result.report.state, result.report.frames) == (ShotState.RENDERED, len(span))
        assert result.report.face == undivided.report.face
    counted = sum(result.report.repainted_frames for result in results)
    assert 40 < counted == undivided.report.repainted_frames


def test_no_more_is_painted_than_a_part_depends_on(whole, tmp_path):
    """The rollout over the camera cut starts anew there, one over a part's edge where it began."""
    painted = {}
    for name, span in (
        ("cut", FrameRange(CUT, 50)),
        ("amid", FrameRange(50, 60)),
        ("pause", FrameRange(29, 31)),
    ):
        progress, _ = run(placed(whole, tmp_path, span))
        painted[name] = [p for p in progress if p.stage == Stage.PAINT][-1].total
        assert sum(p.stage == Stage.ANALYSE for p in progress) == COUNT
    assert painted == {"cut": 10, "amid": 20, "pause": painted["pause"]}
    assert painted["pause"] <= 5


def test_parts_in_lockstep_come_out_as_alone(whole, undivided, tmp_path):
    networks = puppet_networks(brighter)
    orders = [placed(replace(whole, shot=f"{s}"), tmp_path, s) for s in spans(15, 51)]
    shots = [
        lambda request, an_order=an_order: dub_shot(
            an_order, batched_across_shots(networks, request)
        )
        for an_order in orders
    ]
    done = {e.shot: e for e in run_lockstep(shots, len(shots)) if isinstance(e, DubResult)}
    joined = [h for an_order in orders for h in hashes(done[an_order.shot])]
    assert joined == hashes(undivided)


def test_parts_of_a_sequence_carry_their_own_numbers_and_equal_the_whole_byte_for_byte(
    whole, tmp_path
):
    codec = replace(whole.output, path=str(tmp_path / "whole.%06d.png"), codec="png")
    changed_order = replace(whole, output=codec, frames=FrameMap(Fraction(30), Fraction(1), 24))
    undivided = run(changed_order)[1]
    (tmp_path / "parts").mkdir()
    for name, span in (("a", FrameRange(0, 7)), ("b", FrameRange(7, 24))):
        pattern = str(tmp_path / "parts" / f"{name}.%06d.png")
        result = run(replace(changed_order, part=span, output=replace(codec, path=pattern)))[1]
        numbers = numbers_on_disk(pattern)
        assert numbers == list(range(90_000 + span.start, 90_000 + span.end))
        for number in numbers:
            same = sequence_file(undivided.output_path, number).read_bytes()
            assert sequence_file(pattern, number).read_bytes() == same
        assert result.output_fingerprint == fingerprint_of_picture(pattern)


def test_with_the_shipped_model_and_guidance_parts_are_the_shot_too(whole, tmp_path):
    settings = replace(
        SETTINGS, model="starter", model_sha256=sha256(locate("starter")), guidance=1.5
    )
    networks = Networks(Detectors([puppet_detector], puppet_points), load_painter(settings))
    short = replace(whole, frames=FrameMap(Fraction(34), Fraction(1), 10), settings=settings)
    results = []
    for span in (None, FrameRange(0, 7), FrameRange(7, 10)):
        *_, result = dub_shot(placed(short, tmp_path, span), networks)
        results.append(result)
    undivided, first, last = (hashes(result) for result in results)
    assert first + last == undivided
    assert results[2].report.repainted_frames > 0


def test_a_part_in_which_nobody_speaks_is_the_source_and_a_silent_shot_has_no_parts(
    whole, tmp_path
):
    result = run(placed(whole, tmp_path, FrameRange(67, COUNT)))[1]
    assert (result.report.state, result.report.repainted_frames) == (ShotState.RENDERED, 0)
    plate = framemd5(Path(whole.picture.path), "yuv444p")
    assert hashes(result) == plate[67:]
    silent = replace(whole, speeches=whole.speeches[2:])
    result = run(placed(silent, tmp_path, FrameRange(10, 20)))[1]
    assert (result.report.state, result.report.frames) == (ShotState.SKIPPED, 10)


def test_excluded_frames_are_the_source_and_all_others_as_before(whole, undivided, tmp_path):
    """One range amid a rollout, one that ends at the camera cut: nothing fades behind a cut.

    A part that begins amid a range depends on the mouth that is painted there and not shown.
    """
    plate = framemd5(Path(whole.picture.path), "yuv444p")
    before = hashes(undivided)
    changed_order = replace(whole, exclude=(FrameRange(48, 52), FrameRange(30, CUT)))
    result = run(placed(changed_order, tmp_path))[1]
    after = hashes(result)
    excluded = [*range(30, CUT), *range(48, 52)]
    fading = [*range(30 - FADE_FRAMES, 30), *range(48 - FADE_FRAMES, 48)]
    fading += range(52, 52 + FADE_FRAMES)
    assert [after[i] for i in excluded] == [plate[i] for i in excluded]
    others = [i for i in range(COUNT) if i not in {*excluded, *fading}]
    assert [after[i] for i in others] == [before[i] for i in others]
    assert any(before[i] != plate[i] for i in excluded)
    assert all(after[i] not in (before[i], plate[i]) for i in range(44, 48))
    new = sum(a != b for a, b in zip(after, plate, strict=True))
    assert result.report.repainted_frames == new < undivided.report.repainted_frames
    parts = [run(placed(changed_order, tmp_path, span))[1] for span in spans(50)]
    assert [h for part in parts for h in hashes(part)] == after


def test_a_shot_of_which_all_is_excluded_is_skipped_with_a_reason(whole, tmp_path):
    result = run(placed(replace(whole, exclude=(FrameRange(0, COUNT),)), tmp_path))[1]
    assert (result.report.state, result.output_path) == (ShotState.SKIPPED, "")
    assert "as it was filmed" in result.report.reason
    assert not Path(placed(whole, tmp_path).output.path).exists()
