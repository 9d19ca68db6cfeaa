"""A model of one puppet, from a film of two: everything but the size of network and faces."""

import logging
import signal
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from support.puppets.puppet import Puppet, draw, puppet_detector, puppet_points
from support.puppets.puppet_shot import HZ, write_movie

from lipflap.core import model_files
from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.errors import DubError
from lipflap.core.media.probe import probe
from lipflap.core.order import FrameMap
from lipflap.plugin.cli.main import main
from lipflap.training.data.films import recordings_from_films
from lipflap.training.evaluation.observe import Evaluators
from lipflap.training.evaluation.sync_scorer import load_sync_scorer
from lipflap.training.personal import personalise
from lipflap.training.recipe import Recipe

SHAPE = NetworkShape(channels=(16, 32, 32), blocks=1, heads=2, cond_dim=64)
RECIPE = Recipe(
    sequences=2, swapped=0, sync=0, perceptual=0, adversarial=0, learning_rate=2e-3, warm_up=5
)
SECONDS = 12


def _film(path: Path) -> Path:
    """Ana speaks for 12 s; there is another puppet in the picture who does not."""
    rng = np.random.default_rng(3)
    open_by = np.abs(np.convolve(rng.standard_normal(25 * SECONDS), np.ones(4) / 4, "same")) / 3
    hiss = rng.standard_normal(HZ * SECONDS) * np.repeat(open_by, HZ // 25)
    write_movie(path, _pictures(open_by), Fraction(25), hiss.astype(np.float32))
    return path


def _pictures(open_by: NDArray) -> Iterator[NDArray[np.uint8]]:
    for opening in open_by:
        listener = Puppet(150, 50, 26, skin=(150, 110, 85), hair=(20, 20, 20))
        yield draw([Puppet(55, 50, 28, float(opening)), listener], 200, 130)


def _stranger() -> MouthNetwork:
    """A network that paints nonsense on everyone."""
    torch.manual_seed(1)
    network = MouthNetwork(SHAPE)
    torch.nn.init.normal_(network.conv_out.weight, std=0.3)
    return network


@pytest.fixture
def reel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A film and a small model to begin with; tools that see puppets; a clock of its own."""
    clock = SimpleNamespace(now=0.0)
    clock.monotonic = lambda: setattr(clock, "now", clock.now + 8) or clock.now
    monkeypatch.setattr(personalise, "time", clock)
    monkeypatch.setattr(model_files, "user_models", lambda: tmp_path / "models")
    monkeypatch.setattr(personalise, "PERSONAL", RECIPE)
    monkeypatch.setattr(personalise, "cascade_detectors", lambda: [puppet_detector])
    monkeypatch.setattr(
        personalise, "load_landmarker", lambda: SimpleNamespace(points=puppet_points)
    )
    monkeypatch.setattr(
        personalise, "load_evaluators", lambda: Evaluators(puppet_points, load_sync_scorer())
    )
    checkpoint.save(_stranger(), SHAPE, {}, tmp_path / "small.safetensors")
    monkeypatch.chdir(tmp_path)
    _film(tmp_path / "film.mkv")
    yield tmp_path
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    logging.getLogger("lipflap").handlers = []
    logging.getLogger("lipflap").setLevel(logging.NOTSET)


COMMAND = ["train", "personalise", "film.mkv", "--actor", "Ana", "--minutes", "1"]
START = ["--from", "./small.safetensors", "--consent", "Ana herself, 3 May"]


@pytest.mark.slow
def test_a_personal_model_is_made_measured_and_found_by_its_name(
    reel: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*COMMAND, *START]) == 0
    shown = capsys.readouterr().out
    made = model_files.locate("Ana")
    assert shown.splitlines()[-1] == str(made)
    old, new = (
        checkpoint.load(path, torch.device("cpu")).network
        for path in (reel / "small.safetensors", made)
    )
    assert any(
        not torch.equal(a, b) for a, b in zip(old.parameters(), new.parameters(), strict=True)
    )
    assert probe(str(model_files.mouth_film(made))).frame_count > 200
    card = made.with_suffix(".md").read_text()
    assert "Ana herself, 3 May" in card
    assert "film.mkv" in card
    before, after = _row(card, "PSNR")
    assert after > before + 2, "it began by painting nonsense"
    assert main([*COMMAND, *START]) == 2
    assert "never overwritten" in capsys.readouterr().err


def _row(card: str, name: str) -> tuple[float, float]:
    """Figures of both models in the row of the card's table that begins so."""
    (row,) = (line for line in card.splitlines() if line.startswith(f"| {name}"))
    before, after = row.split("|")[-3:-1]
    return float(before.split()[0]), float(after.split()[0])


def test_the_actor_is_the_puppet_that_speaks_and_its_last_seconds_judge(reel: Path) -> None:
    parts = personalise.find_actor(list(recordings_from_films(reel / "film.mkv")), "Ana")
    assert all(part.segment.points[:, :, 0].max() < 100 for part in parts)
    learns = [part.segment.end for part in parts if not part.validates]
    judges = [part.segment.start for part in parts if part.validates]
    assert max(learns) == 25 * SECONDS * 5 // 6
    assert min(judges) - max(learns) >= 12


def test_too_little_of_the_actor_is_refused(reel: Path) -> None:
    (whole,) = recordings_from_films(reel / "film.mkv")
    four_seconds = replace(whole, frames=FrameMap(Fraction(0), Fraction(1), 100))
    with pytest.raises(DubError, match="Ana: is seen speaking for too short"):
        personalise.find_actor([four_seconds], "Ana")
