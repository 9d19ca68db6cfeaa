"""A packed set is trained in miniature on the processor; weights load, their hashes are told."""

import json
import subprocess
from pathlib import Path

import pytest
import torch
from support.puppets.learnable import filmed, take

from lipflap.core.errors import DubError
from lipflap.core.model_files import SPEECH_ENCODER, locate, sha256
from lipflap.core.motion.lip_motion import load_lip_motion
from lipflap.core.motion.weights import ENCODER_SHA256
from lipflap.core.paint.mouth_correction import load_correction
from lipflap.training import gpu_api
from lipflap.training.correction.train import CorrectionRecipe
from lipflap.training.gpu.packed_set import PackedSentence, PackedSet, read_packed, write_packed
from lipflap.training.gpu.train_packed import GpuRun, train_packed
from lipflap.training.gpu.weight_parts import split_weights
from lipflap.training.motion.reading.espeak import Phone
from lipflap.training.motion.reading.read_words import ReadAloud
from lipflap.training.motion.train import MotionRecipe

RUN = GpuRun(
    device=torch.device("cpu"),
    compiled=False,
    minutes=1,
    motion=MotionRecipe(steps=3, batch=2),
    correction=CorrectionRecipe(steps=2, batch=1, critic_from=0.4),
    together=(1, 2),
    seconds=0,
)


def test_both_are_trained_and_what_was_measured_is_told(tmp_path: Path) -> None:
    facts = {ENCODER_SHA256: sha256(locate(SPEECH_ENCODER)), "talkers": '["ana", "bob"]'}
    phones = tuple(Phone(0.2 * n, 0.2 * n + 0.2, ipa) for n, ipa in enumerate(("m", "ɔ") * 5))
    spoken = [PackedSentence(filmed("ana", 1), phones), PackedSentence(filmed("bob", 2))]
    read = [ReadAloud(filmed("eve", 3).sound, phones)]
    write_packed(PackedSet(spoken, read, [take("ana", 3)], facts), tmp_path / "set.safetensors")
    files = train_packed(read_packed(tmp_path / "set.safetensors"), RUN, tmp_path / "back")
    names = ["lip_motion.safetensors", "mouth_correction.safetensors"]
    assert [file.name for file in files] == [*names, "SHA256SUMS", "measured.json"]
    assert load_lip_motion(files[0]).basis.components.shape[1] == 98
    load_correction(files[1])
    subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=tmp_path / "back", check=True)
    told = json.loads(files[3].read_text())
    assert (told["device"], told["lip_motion"]["steps"]) == ("cpu", 3)
    assert told["lip_motion"]["losses"].keys() == {"3"}
    assert told["mouth_correction"]["losses"]["2"] > 0
    measured = [(one["network"], one["together"]) for one in told["lockstep"]]
    assert measured == [(name, n) for n in (1, 2) for name in ("painting", "correction")]
    assert all(one["eager"] > 0 and one["graph"] is None for one in told["lockstep"])


def test_parts_joined_are_the_file(tmp_path: Path) -> None:
    data = bytes(range(250)) * 2
    (tmp_path / "w.safetensors").write_bytes(data)
    (tmp_path / "small").write_bytes(b"it")
    files = split_weights([tmp_path / "w.safetensors", tmp_path / "small"], 200)
    assert [len(file.read_bytes()) for file in files[:4]] == [200, 200, 100, 2]
    assert not (tmp_path / "w.safetensors").exists()
    join = "cat w.safetensors-part* > w.safetensors && sha256sum -c SHA256SUMS"
    subprocess.run(join, shell=True, cwd=tmp_path, check=True)
    assert (tmp_path / "w.safetensors").read_bytes() == data


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device here")
def test_minutes_need_cuda(tmp_path: Path) -> None:
    with pytest.raises(DubError, match="no CUDA device"):
        gpu_api.train_packed(tmp_path / "set.safetensors", tmp_path / "back", 8, None)
