"""Networks are what an order names, or a refusal that says what is wrong."""

import hashlib
from dataclasses import replace

import pytest
import torch
from support.jobs.orders import make_settings

from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.network import MouthNetwork
from lipflap.core.errors import DubError
from lipflap.core.model_files import locate, sha256
from lipflap.core.order import DubSettings, Mode
from lipflap.core.paint import painter
from lipflap.core.paint.painter import load_networks, load_painter
from lipflap.core.paint.rollout import work_mask

SETTINGS = make_settings(model="none", model_sha256="0", seed=1)


@pytest.fixture
def not_a_model(tmp_path) -> DubSettings:
    path = tmp_path / "mouth.safetensors"
    path.write_bytes(b"not a model")
    name = hashlib.sha256(b"not a model").hexdigest()
    return replace(SETTINGS, model=str(path), model_sha256=name)


def test_another_model_than_the_one_ordered_is_refused(not_a_model):
    with pytest.raises(DubError, match="not the model this shot was ordered with"):
        load_painter(replace(not_a_model, model_sha256="0" * 64))


def test_another_lip_motion_than_the_one_ordered_is_refused():
    settings = replace(SETTINGS, mode=Mode.REFERENCE, lip_motion_sha256="0" * 64)
    with pytest.raises(DubError, match="not the model this shot was ordered with") as refused:
        load_networks(settings)
    assert "lip_motion.safetensors" in str(refused.value)


def test_what_is_no_model_is_refused(not_a_model):
    with pytest.raises(DubError, match=r"mouth\.safetensors"):
        load_painter(not_a_model)


def test_a_model_that_is_not_there_is_refused():
    with pytest.raises(DubError, match="no such model"):
        load_networks(replace(SETTINGS, model="nobody-made-this"))


def test_an_unknown_tracker_is_refused_before_the_model_is_loaded():
    with pytest.raises(DubError, match="no tracker 'psychic'"):
        load_networks(replace(SETTINGS, tracker="psychic"))


@pytest.mark.parametrize(("weight", "rows"), [(1.0, 1), (1.5, 2)])
def test_no_guidance_spares_the_evaluation_in_silence(monkeypatch, weight, rows):
    starter = locate("starter")
    settings = replace(SETTINGS, model="starter", model_sha256=sha256(starter), steps=1)
    monkeypatch.setattr(painter, "batching_pays", lambda device: False)
    evaluated = []
    forward = MouthNetwork.forward

    def counted(network, noisy, t, condition):
        evaluated.append(len(noisy))
        return forward(network, noisy, t, condition)

    monkeypatch.setattr(MouthNetwork, "forward", counted)
    paint = load_painter(replace(settings, guidance=weight))
    picture, noise = torch.zeros(1, 3, 64, 96), torch.zeros(1, 3, 64, 96)
    sound = torch.zeros(1, 80, 32)
    paint(Condition(picture, work_mask(), picture, torch.zeros(1), picture, sound), noise)
    assert evaluated == [rows]
