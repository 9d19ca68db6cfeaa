"""One shot from order to file, with drawn faces and detectors that read them: no weights needed."""

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
import torch
from support.jobs.orders import make_order, make_settings
from support.puppets.puppet import Puppet, draw, puppet_networks

from lipflap.core.errors import DubError, MediaMissing
from lipflap.core.files.fingerprint import fingerprint, fingerprint_of_picture
from lipflap.core.media.decode import pictures
from lipflap.core.media.probe import probe
from lipflap.core.order import DubOrder, FrameMap, Mode, Role, Speech, digest
from lipflap.core.paint.framewise import WINDOW_FRAMES
from lipflap.core.paint.lockstep import run_lockstep
from lipflap.core.paint.painter import batched_across_shots
from lipflap.core.result import DubResult, Progress, ShotState, Stage
from lipflap.core.shot import dub_shot

RATE = Fraction(25)
COUNT = 60
WIDTH, HEIGHT = 256, 192
HZ = 16_000


def voice(*spans: tuple[float, float], seconds: float = COUNT / 25) -> np.ndarray:
    """A sound that is loud, as speech is, in some spans of seconds, over a faint room."""
    rng = np.random.default_rng(7)
    at = np.arange(round(seconds * HZ)) / HZ
    syllables = 0.3 + 0.7 * np.sin(2 * np.pi * 4 * at) ** 2
    on = np.any([(at >= a) & (at < b) for a, b in spans], axis=0) if spans else np.zeros(len(at))
    room = 0.0003 * rng.standard_normal(len(at))
    return (room + on * syllables * 0.2 * rng.standard_normal(len(at))).astype(np.float32)


def talker(i: int) -> Puppet:
    """A face that drifts, and talks in frames 30 to 44."""
    opening = 0.12 + 0.1 * np.sin(1.7 * i) if 30 <= i < 45 else 0.0
    return Puppet(100 + 0.5 * i, 60 + 0.2 * i, 44, opening)


def write_film(path: Path, frames: list[np.ndarray]) -> str:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv444p"
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return str(path)


@pytest.fixture(scope="module")
def film(tmp_path_factory) -> str:
    path = tmp_path_factory.mktemp("film") / "plate.mkv"
    return write_film(path, [draw([talker(i)], WIDTH, HEIGHT) for i in range(COUNT)])


def speech(folder: Path, role: str, sound: np.ndarray, face: int | None = None) -> Speech:
    path = folder / f"{role}{len(list(folder.iterdir()))}.wav"
    soundfile.write(path, sound, HZ)
    return Speech(str(path), role, 0, len(sound), HZ, 0, face, fingerprint(path))


def film_order(film: str, folder: Path, *speeches: Speech) -> DubOrder:
    return make_order(
        folder / "new.mkv",
        film=film,
        fingerprint=fingerprint_of_picture(film),
        rate=RATE,
        frames=COUNT,
        speeches=speeches,
        settings=make_settings(model="none", seed=1),
    )


def run(made: DubOrder, **networks) -> tuple[list[Progress], DubResult]:
    *progress, result = dub_shot(made, puppet_networks(**networks))
    return progress, result


def planes(path: str) -> list[tuple[np.ndarray, ...]]:
    info = probe(path)
    return [
        tuple(plane.copy() for plane in frame.planes)
        for frame in pictures(info, range(info.frame_count))
    ]


def changed(film: str, result: DubResult) -> list[int]:
    pairs = zip(planes(film), planes(result.output_path), strict=True)
    return [
        i
        for i, (old, new) in enumerate(pairs)
        if any(not np.array_equal(a, b) for a, b in zip(old, new, strict=True))
    ]


def test_what_is_spoken_is_repainted_and_what_is_not_is_the_source_bit_for_bit(film, tmp_path):
    made = film_order(
        film,
        tmp_path,
        speech(tmp_path, Role.DUB, voice((0.4, 0.8))),
        speech(tmp_path, Role.PRODUCTION, voice((1.2, 1.8))),
    )
    progress, result = run(made)
    assert result.report.state == ShotState.RENDERED
    touched = changed(film, result)
    assert len(touched) == result.report.repainted_frames
    assert set(range(10, 20)) | set(range(30, 45)) <= set(touched) <= set(range(52))
    assert not set(touched) & {0, 1, 2}
    assert (result.report.faces, result.report.face, result.report.camera_shots) == (1, 0, 1)
    assert result.order_sha256 == digest(made)
    assert result.output_fingerprint == fingerprint_of_picture(made.output.path)
    for stage in (Stage.ANALYSE, Stage.PAINT):
        done = [p.done for p in progress if p.stage == stage]
        assert done == list(range(1, COUNT + 1))
    assert all(p.total == COUNT for p in progress)


def test_only_the_mouth_changes(film, tmp_path):
    _, result = run(film_order(film, tmp_path, speech(tmp_path, Role.DUB, voice((0.4, 2.0)))))
    old, new = planes(film)[25], planes(result.output_path)[25]
    differs = np.any([a != b for a, b in zip(old, new, strict=True)], axis=0)
    rows, columns = np.nonzero(differs)
    mouth = talker(25)
    eyes = mouth.eyes_px
    assert abs(columns.mean() - mouth.x) < 0.2 * eyes
    assert rows.min() > mouth.y + 0.5 * eyes
    assert np.abs(columns - mouth.x).max() < 1.4 * eyes
    assert differs[round(mouth.y + 1.15 * eyes), round(mouth.x)]


def test_two_runs_give_the_same_file(film, tmp_path):
    made = film_order(film, tmp_path, speech(tmp_path, Role.DUB, voice((0.4, 0.8))))

    def noisy(condition, noise):
        return torch.where(condition.mask > 0, noise.clamp(-1, 1), condition.plate)

    prints = set()
    for seed in (1, 1, 2):
        seeded = replace(made, settings=replace(made.settings, seed=seed))
        prints.add((seed, run(seeded, paint=noisy)[1].output_fingerprint))
    assert len(prints) == 2
    assert len({name for _, name in prints}) == 2


def test_the_walk_knows_the_frame_before_and_hears_the_dub(film, tmp_path):
    seen = []

    def watching(condition, noise):
        seen.append((condition, noise))
        return torch.where(condition.mask > 0, torch.tensor(len(seen) / 100.0), condition.plate)

    run(film_order(film, tmp_path, speech(tmp_path, Role.DUB, voice((0.4, 0.8)))), paint=watching)
    first, *rest = [condition for condition, _ in seen]
    assert first.previous_known.item() == 0
    known = [bool(c.previous_known.item()) for c in rest]
    # One walk for the dub, one for the mouth that moves later on.
    assert known.count(False) <= 1
    for before, (condition, _) in enumerate(seen[1:], start=1):
        if condition.previous_known.item():
            mouths = condition.previous[0][:, condition.mask > 0]
            assert torch.allclose(mouths, torch.tensor(before / 100.0))
    assert all(torch.equal(noise, seen[0][1]) for _, noise in seen)
    loudness = [condition.sound[0, :, 14:18].mean().item() for condition, _ in seen]
    assert max(loudness[5:12]) > loudness[0] + 0.5


def test_frame_by_frame_no_mouth_knows_another_and_a_window_is_painted_at_once(film, tmp_path):
    made = film_order(film, tmp_path, speech(tmp_path, Role.DUB, voice((0.4, 0.8))))
    rows = []

    def watching(condition, noise):
        rows.append(len(noise))
        assert not condition.previous_known.any()
        return torch.where(condition.mask > 0, noise.clamp(-1, 1), condition.plate)

    framewise = replace(made, settings=replace(made.settings, mode=Mode.FRAMEWISE))
    progress, result = run(framewise, paint=watching)
    assert sum(rows) == result.report.repainted_frames
    assert max(rows) == WINDOW_FRAMES
    assert [p.done for p in progress if p.stage == Stage.PAINT] == list(range(1, COUNT + 1))

    def one_by_one(condition, noise):
        singles = [watching(condition.rows(k, k + 1), noise[k : k + 1]) for k in range(len(noise))]
        return torch.cat(singles)

    assert run(framewise, paint=one_by_one)[1].output_fingerprint == result.output_fingerprint


def test_shots_in_lockstep_become_the_files_they_become_alone(film, tmp_path):
    """Different dubs over one plate, with a painter in whose batches rows could get mixed up."""
    painted_at_once = []

    def paint(condition, noise):
        painted_at_once.append(len(noise))
        loud = condition.sound.mean((1, 2))[:, None, None, None] + 0.1 * condition.previous
        return torch.where(condition.mask > 0, loud.tanh(), condition.plate)

    orders = []
    frames = FrameMap(Fraction(0), Fraction(1), 36)
    for name, said in (("a", (0.4, 0.8)), ("b", (0.5, 1.1)), ("c", (0.9, 1.3))):
        (tmp_path / name).mkdir()
        line = speech(tmp_path / name, Role.DUB, voice(said, seconds=36 / 25))
        made = film_order(film, tmp_path / name, line)
        orders.append(replace(made, shot=name, frames=frames))
    networks = puppet_networks(paint)
    shots = [
        lambda ask, made=made: dub_shot(made, batched_across_shots(networks, ask))
        for made in orders
    ]
    together = {e.shot: e for e in run_lockstep(shots, 3) if isinstance(e, DubResult)}
    assert max(painted_at_once) > 1
    for made in orders:
        alone = run(made, paint=paint)[1]
        assert together[made.shot].output_fingerprint == alone.output_fingerprint
    assert len({result.output_fingerprint for result in together.values()}) == 3


def test_nothing_to_repaint_leaves_no_file(film, tmp_path):
    silent = film_order(
        film,
        tmp_path,
        speech(tmp_path, Role.DUB, voice()),
        speech(tmp_path, Role.PRODUCTION, voice()),
    )
    _, result = run(silent)
    assert (result.report.state, result.output_path) == (ShotState.SKIPPED, "")
    assert result.report.reason
    empty = write_film(tmp_path / "empty.mkv", [draw([], WIDTH, HEIGHT)] * COUNT)
    _, result = run(film_order(empty, tmp_path, speech(tmp_path, Role.DUB, voice((0.4, 0.8)))))
    assert (result.report.state, result.report.faces) == (ShotState.SKIPPED, 0)
    assert not Path(silent.output.path).exists()


def test_closing_midway_leaves_nothing_behind(film, tmp_path):
    folder = tmp_path / "media"
    folder.mkdir()
    made = film_order(film, folder, speech(tmp_path, Role.DUB, voice((0.4, 2.0))))
    events = dub_shot(made, puppet_networks())
    for event in events:
        if isinstance(event, Progress) and (event.stage, event.done) == (Stage.PAINT, 30):
            break
    events.close()
    assert list(folder.iterdir()) == []


def test_a_reversed_shot_is_cast_in_its_own_order(film, tmp_path):
    made = film_order(film, tmp_path, speech(tmp_path, Role.DUB, voice((0.4, 0.8))))
    backwards = replace(made, frames=FrameMap(Fraction(COUNT - 1), Fraction(-1), COUNT))
    _, result = run(backwards)
    old, new = planes(film)[::-1], planes(result.output_path)
    touched = [
        i
        for i in range(COUNT)
        if any(not np.array_equal(a, b) for a, b in zip(old[i], new[i], strict=True))
    ]
    # Without production sound the moving mouth counts too: frames 15-29, seen backwards.
    assert set(range(10, 30)) <= set(touched)
    assert not set(touched) & {0, 1, *range(40, COUNT)}


def test_changed_media_are_refused_by_name(film, tmp_path):
    line = speech(tmp_path, Role.DUB, voice((0.4, 0.8)))
    made = film_order(film, tmp_path, line)
    with pytest.raises(DubError, match=r"plate\.mkv"):
        run(replace(made, picture=replace(made.picture, fingerprint="0")))
    soundfile.write(line.path, voice((1.0, 1.2)), HZ)
    with pytest.raises(DubError, match=r"dub0\.wav"):
        run(made)
    Path(line.path).unlink()
    with pytest.raises(MediaMissing, match=r"dub0\.wav"):
        run(made)


def test_a_model_that_is_not_the_one_ordered_is_refused(film, tmp_path):
    made = film_order(film, tmp_path, speech(tmp_path, Role.DUB, voice((0.4, 0.8))))
    model = tmp_path / "model.safetensors"
    model.write_bytes(b"not that one")
    settings = replace(made.settings, model=str(model), model_sha256="0" * 64)
    with pytest.raises(DubError, match="not the model"):
        next(dub_shot(replace(made, settings=settings)))
