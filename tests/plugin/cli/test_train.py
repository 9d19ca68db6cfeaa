"""`lipflap train`: what is refused before anything is done, and that what it makes it can go on
with. The training itself is tested in tests/training."""

import json
import logging
import signal
from collections.abc import Iterator
from dataclasses import asdict
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import soundfile
import torch
from safetensors.torch import load_file
from support.puppets.drawn_set import make_drawn_set

from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.network import NetworkShape
from lipflap.core.encode.write_video import write_viewing_copy
from lipflap.core.model_files import read_metadata
from lipflap.core.motion.lip_motion import load_lip_motion
from lipflap.plugin.cli import train
from lipflap.plugin.cli.main import main
from lipflap.training import api
from lipflap.training.motion import features, sentences
from lipflap.training.recipe import Recipe

TINY = NetworkShape(channels=(16, 32, 32), blocks=1, heads=2, cond_dim=64)
RECIPE = {
    "steps": 2, "sequences": 2, "swapped": 0, "warm_up": 1, "own_previous": 0,
    "sync": 0, "perceptual": 0, "adversarial": 0, "average": 0.9,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with a SET of drawn mouths and a recipe of two steps; networks are tiny."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(api, "NetworkShape", lambda: TINY)
    make_drawn_set(tmp_path / "set")
    _write(tmp_path / "recipe.toml", RECIPE)
    yield tmp_path
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    logging.getLogger("lipflap").handlers = []
    logging.getLogger("lipflap").setLevel(logging.NOTSET)


def _write(path: Path, numbers: dict[str, float]) -> None:
    path.write_text("\n".join(f"{name} = {json.dumps(n)}" for name, n in numbers.items()))


MOUTH = ["train", "mouth", "--set", "set", "-o", "run"]


def _weights(path: Path) -> dict[str, torch.Tensor]:
    return checkpoint.load(path, torch.device("cpu")).network.state_dict()


def test_a_run_goes_on_when_asked_to_and_only_then(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*MOUTH, "--resume"]) == 2
    assert "run: holds no run to continue" in capsys.readouterr().err
    assert main([*MOUTH, "--recipe", "recipe.toml"]) == 0
    assert capsys.readouterr().out == "run/model.safetensors\n"
    first = _weights(folder / "run" / "model.safetensors")
    assert main([*MOUTH, "--recipe", "recipe.toml"]) == 2
    assert "run: holds a run already. Continue it with --resume" in capsys.readouterr().err
    assert main([*MOUTH, "--resume"]) == 0
    again = _weights(folder / "run" / "model.safetensors")
    assert all(torch.equal(value, again[name]) for name, value in first.items())


def test_a_run_goes_on_by_the_recipe_it_was_begun_with(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main([*MOUTH, "--recipe", "recipe.toml"])
    kept = checkpoint.load(folder / "run" / "model.safetensors", torch.device("cpu")).recipe
    assert kept == asdict(Recipe(**RECIPE))  # type: ignore[arg-type]
    assert main([*MOUTH, "--recipe", "recipe.toml", "--resume"]) == 0
    _write(folder / "recipe.toml", RECIPE | {"steps": 5})
    capsys.readouterr()
    assert main([*MOUTH, "--recipe", "recipe.toml", "--resume"]) == 2
    assert "not the recipe this run was begun with" in capsys.readouterr().err


def test_a_run_can_begin_with_the_weights_of_another(folder: Path) -> None:
    main([*MOUTH, "--recipe", "recipe.toml"])
    _write(folder / "recipe.toml", RECIPE | {"steps": 1, "learning_rate": 0.0})
    begun = ["train", "mouth", "--set", "set", "-o", "second", "--recipe", "recipe.toml"]
    assert main([*begun, "--from", "run/model.safetensors"]) == 0
    first, second = (_weights(folder / run / "model.safetensors") for run in ("run", "second"))
    assert all(torch.equal(value, second[name]) for name, value in first.items())


def test_a_student_learns_from_a_teacher(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main([*MOUTH, "--recipe", "recipe.toml"])
    student = ["train", "distil", "--set", "set", "-o", "student", "--recipe", "recipe.toml"]
    assert main([*student, "--teacher", "run/model.safetensors", "--steps", "2"]) == 0
    first, second = (_weights(folder / run / "model.safetensors") for run in ("run", "student"))
    assert any(not torch.equal(value, second[name]) for name, value in first.items())


def _write_film(path: Path, seconds: float = 1.2) -> None:
    """A photograph that sways, and hiss."""
    portrait, count = skimage.data.astronaut()[:256, 96:352], round(25 * seconds)
    moves = (np.array([[1.0, 0, 0.7 * f], [0, 1.0, -0.3 * f]]) for f in range(count))
    plates = (cv2.warpAffine(portrait, m, (256, 256), borderMode=cv2.BORDER_REFLECT) for m in moves)
    path.parent.mkdir(parents=True)
    hiss = 0.1 * np.random.default_rng(1).standard_normal(640 * count)
    soundfile.write(path.with_suffix(".wav"), hiss, 16_000)
    write_viewing_copy(path, plates, Fraction(25), path.with_suffix(".wav"))


@pytest.mark.slow
def test_lip_motion_from_two_films_and_a_second_run_finds_no_face_again(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _write_film(folder / "footage" / "anna" / "one.mp4")
    _write_film(folder / "footage" / "films" / "two.mp4")
    (folder / "who.tsv").write_text("file\tnote\ttalker\ntwo.mp4\t-\tben\n")
    _write(folder / "motion.toml", {"steps": 2, "batch": 2, "voices": 1})
    command = ["train", "motion", "footage", "-o", "motion.safetensors", "--recipe", "motion.toml"]
    command += ["--talkers", "who.tsv", "--hold-out", "ben"]
    assert main(command) == 0
    model = folder / "motion.safetensors"
    first = load_file(model)
    out = capsys.readouterr().out
    assert out.startswith("motion.safetensors\nSentences that did not train: 1, by ben\n")
    assert json.loads(read_metadata(model)["talkers"]) == ["anna"]
    assert json.loads(read_metadata(model)["recipe"])["steps"] == 2
    motion = load_lip_motion(model)
    latents = motion.latents(np.zeros(16_000, np.float32), 0)
    assert np.isfinite(latents).all()

    def refuse(*_: object) -> None:
        raise AssertionError("this was kept")

    monkeypatch.setattr(sentences, "parts_of", refuse)
    monkeypatch.setattr(features, "encode_voice", refuse)
    assert main(command) == 0
    assert capsys.readouterr().out == out
    again = load_file(model)
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert main([*command[:-1], "nobody"]) == 2
    assert "nobody: no speaker in the footage has this name. " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["prepare", "nowhere", "-o", "new"], "nowhere: does not exist."),
        (["prepare", ".", "-o", "new"], "holds no movie files"),
        (["prepare", "recipe.toml", "-o", "new"], "no reader of '.toml' files"),
        (["mouth", "--set", "nowhere", "-o", "new"], "nowhere: is not a prepared set"),
        (["mouth", "--set", "set", "-o", "new", "--recipe", "absent"], "absent: is not a recipe"),
        (["mouth", "--set", "set", "-o", "new", "--from", "nobody"], "nobody: no such model"),
        (["sync", "--set", "nowhere", "-o", "s.safetensors"], "nowhere: is not a prepared set"),
        (["evaluate", "starter", "--set", "set"], "set"),
        (["encoder", "recipe.toml", "-o", "e.safetensors"], "is no Whisper base model"),
        (["motion", "nowhere", "-o", "m.safetensors"], "nowhere: does not exist."),
        (["personalise", "nowhere.otio", "--actor", "A"], "nowhere.otio: does not exist."),
        (["personalise", "none.mp4", "--actor", "A"], "none.mp4: does not exist."),
    ],
)
def test_what_cannot_be_done_is_one_line_and_exit_code_2(
    folder: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    before = set(folder.rglob("*"))
    assert main(["train", *arguments]) == 2
    out, err = capsys.readouterr()
    assert message in err
    assert (out, err.count("\n")) == ("", 1)
    assert set(folder.rglob("*")) == before


def test_without_what_training_needs_it_says_what_to_install(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(train, "find_spec", lambda name: None)
    assert main(MOUTH) == 2
    assert "pip install 'lipflap[train]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    "command",
    [
        "prepare",
        "landmarks",
        "sync",
        "encoder",
        "motion",
        "mouth",
        "distil",
        "personalise",
        "evaluate",
    ],
)
def test_every_training_command_explains_itself(
    capsys: pytest.CaptureFixture[str], command: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["train", command, "--help"])
    assert end.value.code == 0
    assert f"usage: lipflap train {command}" in capsys.readouterr().out
