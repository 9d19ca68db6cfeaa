"""The shipped mouth model: does it follow the voice, on sentences and people it never saw?"""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from lipflap.core.diffusion import checkpoint
from lipflap.core.face.align import crop_from_plate, to_crop
from lipflap.core.face.detect import cascade_detectors
from lipflap.core.face.landmark_net import load_landmarker
from lipflap.core.media.decode import samples
from lipflap.core.media.probe import probe_sound
from lipflap.core.model_files import locate
from lipflap.core.paint.painter import make_guidance
from lipflap.core.voice.log_mel import log_mel, window
from lipflap.training.data.films import recordings_from_films
from lipflap.training.data.prepare import training_clips
from lipflap.training.data.set_files import read_eval_clips, write_set
from lipflap.training.data.validation import EvalClips
from lipflap.training.evaluation.image_metrics import correlation, psnr_db
from lipflap.training.evaluation.lips import openings, points_in_film
from lipflap.training.evaluation.rollout import Generator, SamplingConfig, roll_out

ROOT = Path(__file__).parents[3]
TALKER = ROOT.parent / "shared" / "data" / "grid_s1"
LINE = ROOT / "plugin" / "demo" / "assets"
CPU = torch.device("cpu")


@pytest.mark.slow
@pytest.mark.skipif(not TALKER.is_dir(), reason="the talker's sentences are not here")
def test_sentences_never_seen_are_followed_and_nearer_to_the_truth_than_a_still_mouth(
    tmp_path: Path,
) -> None:
    points_in = load_landmarker().points
    paths = sorted(TALKER.glob("*.mkv"))[::38][:2]
    recordings = [
        replace(recording, frames=replace(recording.frames, count=30))
        for path in paths
        for recording in recordings_from_films(path)
    ]
    write_set(
        training_clips(recordings, cascade_detectors(), points_in, [TALKER.name]), tmp_path / "set"
    )
    judged = read_eval_clips(tmp_path / "set")
    true, starter = judged.mouths, _starter()
    painted = roll_out(starter, true, judged.sound)
    painted_openings, true_openings = (
        openings(points_in_film(judged.crops, m, points_in)) for m in (painted, true)
    )
    mismatched = np.roll(true_openings, 1, 0)
    fit = correlation(painted_openings, true_openings)
    assert fit > correlation(painted_openings, mismatched) + 0.15
    still = np.repeat(true[:, :1], true.shape[1], 1)
    region = starter.mask.numpy() > 0
    assert psnr_db(painted, true, region) > psnr_db(still, true, region)


def test_a_stranger_speaks_when_there_is_sound_and_is_quiet_when_there_is_none() -> None:
    import skimage.data

    points_in = load_landmarker().points
    plate = skimage.data.astronaut()
    points, _, _ = points_in(plate, np.array([170.0, 60.0, 285.0, 175.0]))
    crop = to_crop(plate, crop_from_plate(points[None])[0])
    crops = np.repeat(crop[None, None], 26, axis=1)
    said = np.stack([_sound(speaks=True), _sound(speaks=False)])
    of = EvalClips(("speaking", "silent"), np.repeat(crops, 2, axis=0), said)
    painted = roll_out(_starter(), of.mouths, of.sound)
    speaking, silent = openings(points_in_film(of.crops, painted, points_in))
    assert speaking.std() > 3 * silent[10:].std()


def _starter() -> Generator:
    network = checkpoint.load(locate("starter"), CPU).network
    return Generator(network, SamplingConfig(guidance=make_guidance(1.5)))


def _sound(*, speaks: bool) -> NDArray[np.float32]:
    from fractions import Fraction

    (path, *_) = sorted(LINE.glob("*.flac"))
    info = probe_sound(str(path))
    mono = samples(str(path), 0, info.sample_count).mean(0)
    mel = log_mel(mono if speaks else np.zeros_like(mono), info.sample_rate_hz)
    return np.stack([window(mel, frame, Fraction(25)) for frame in range(26)])
