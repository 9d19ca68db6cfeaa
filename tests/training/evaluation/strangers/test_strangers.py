"""Two puppets who never trained, dubbed with each other's sound and measured."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from support.puppets.puppet import Puppet, draw, points_of, puppet_networks
from support.puppets.puppet_shot import HZ, write_movie

from lipflap.core.face.landmarks import INNER_LIP_MIDDLES
from lipflap.core.motion.lip_motion import load_lip_motion
from lipflap.core.motion.lip_shape import SHAPE, measure_actor
from lipflap.core.motion.lip_sync import load_lip_sync
from lipflap.core.order import DubSettings, FrameMap, Picture
from lipflap.core.paint.painter import Networks
from lipflap.core.recording import Recording
from lipflap.core.reference.mouth_plan import MouthBank, plan_mouths
from lipflap.plugin.cli.main import main
from lipflap.training.evaluation.strangers import measure as strangers
from lipflap.training.evaluation.strangers.loudness_motion import LoudnessMotion
from lipflap.training.evaluation.strangers.measure import name_apart

SECONDS = 5


def _film(path: Path, seed: int) -> None:
    """Film a puppet whose mouth is as open as it is loud."""
    rng = np.random.default_rng(seed)
    open_by = np.abs(np.convolve(rng.standard_normal(25 * SECONDS), np.ones(4) / 4, "same")) / 3
    hiss = rng.standard_normal(HZ * SECONDS) * np.repeat(open_by, HZ // 25)
    write_movie(path, _pictures(open_by), Fraction(25), hiss.astype(np.float32))


def _pictures(openings: NDArray) -> Iterator[NDArray[np.uint8]]:
    for opening in openings:
        yield draw([Puppet(80, 50, 40, float(opening))], 160, 144)


@pytest.fixture
def films(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "films"
    folder.mkdir()
    for seed, name in enumerate(("ana", "bob")):
        _film(folder / f"{name}.mkv", seed)

    def load(settings: DubSettings) -> Networks:
        networks = puppet_networks(judge=load_lip_sync())
        return Networks(networks.detectors, networks.paint, load_lip_motion())

    monkeypatch.setattr(strangers, "load_networks", load)
    return folder


def test_a_mouth_held_against_the_truth_is_not_a_copy_of_it() -> None:
    faces = [points_of(Puppet(64, 32, 36, 0.3 + 0.2 * np.sin(n / 3))) for n in range(120)]
    points, frames = np.array(faces, np.float64), np.arange(120)
    bank = MouthBank(frames, points, np.zeros(120))
    copied = plan_mouths(points, bank, np.zeros(120, bool))
    assert np.array_equal(copied.sources, frames)
    forbidden = np.abs(frames[:, None] - frames) <= strangers.EXCLUDED_FRAMES
    others = plan_mouths(points, bank, np.zeros(120, bool), forbidden)
    assert np.abs(others.sources - frames).min() > strangers.EXCLUDED_FRAMES
    fades = others.fading >= 0
    assert np.abs(others.fading - frames)[fades].min(initial=99) > strangers.EXCLUDED_FRAMES


def test_loudness_opens_the_lips_and_silence_closes_them() -> None:
    motion = load_lip_motion()
    sound = np.zeros(16_000 * 4, np.float32)
    sound[24_000:40_000] = np.random.default_rng(0).standard_normal(16_000)
    actor = measure_actor(motion.basis, points_of(Puppet(64, 32, 36, 0.3))[None], np.ones(1, bool))
    latents = LoudnessMotion(motion.basis).latents(sound, 0)
    lips = actor.shapes(latents, np.repeat(actor.pose[None], len(latents), 0))
    upper, lower = (lips[:, SHAPE.index(point), 1] for point in INNER_LIP_MIDDLES)
    assert (lower - upper)[80:120].min() > (lower - upper)[50:70].max()


@pytest.mark.soak
def test_two_films_of_strangers_are_dubbed_and_measured(
    films: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    report = films.parent / "report.html"
    assert main(["train", "evaluate", "--strangers", str(films), "--html", str(report)]) == 0
    text = capsys.readouterr().out
    assert "2 clips measured." in text
    rows = {line[:40].strip(): line for line in text.split("\n\n")[0].splitlines()}
    sharpness = rows["own sound: sharpness inside the mouth /"].split()
    # The stand-in of the network paints one flat grey; filmed mouths are as sharp as filmed ones.
    own, _, network, _, untouched = (float(cell.rstrip("*")) for cell in sharpness[-5:])
    assert own > 0.5 > network
    assert untouched == 1
    assert rows["own sound: lips PSNR"].split()[-1] == "∞"
    page = report.read_text()
    assert "landmark network" in page
    assert "ana" in page


def test_films_of_one_name_are_told_apart_by_their_folders() -> None:
    def film(path: str) -> Recording:
        picture = Picture(path, Fraction(25), 0, None, "")
        frames = FrameMap(Fraction(0), Fraction(1), 9)
        return Recording(Path(path).stem, "", picture, frames, Fraction(25), ())

    films = [film(f"/films/{name}.mkv") for name in ("s1/bin", "s2/bin", "s2/lay")]
    names = [one.name for one in name_apart(films, Path("/films"))]
    assert names == ["s1/bin.mkv", "s2/bin.mkv", "lay"]


def test_one_film_has_no_other_sound(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _film(tmp_path / "ana.mkv", 0)
    assert main(["train", "evaluate", "--strangers", str(tmp_path)]) == 2
    assert "fewer than two films" in capsys.readouterr().err


def test_evaluate_needs_models_and_a_set_or_strangers(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["train", "evaluate", "starter"]) == 2
    assert "--strangers FOLDER" in capsys.readouterr().err
