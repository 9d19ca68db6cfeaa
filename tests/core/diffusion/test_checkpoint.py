from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from lipflap.core.diffusion import checkpoint
from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.errors import DubError

SHAPE = NetworkShape(channels=(16, 16, 32), blocks=1, heads=2, cond_dim=32)
CPU = torch.device("cpu")


def test_a_model_comes_back_with_its_weights_and_its_recipe(tmp_path: Path) -> None:
    network = MouthNetwork(SHAPE)
    checkpoint.save(network, SHAPE, {"steps": 7}, tmp_path / "m.safetensors")
    model = checkpoint.load(tmp_path / "m.safetensors", CPU)
    assert model.recipe == {"steps": 7}
    for name, value in network.state_dict().items():
        assert torch.equal(model.network.state_dict()[name], value.half().float()), name


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    save_file({"a": torch.zeros(1)}, tmp_path / "other.safetensors")
    with pytest.raises(DubError, match="not a mouth model"):
        checkpoint.load(tmp_path / "other.safetensors", CPU)


def test_weights_of_another_network_are_refused_by_name(tmp_path: Path) -> None:
    network = MouthNetwork(SHAPE)
    path = tmp_path / "older.safetensors"
    checkpoint.save(network, NetworkShape(channels=(32, 16, 32), cond_dim=32), {}, path)
    with pytest.raises(DubError, match=r"older\.safetensors: does not fit"):
        checkpoint.load(path, CPU)


def test_a_damaged_file_is_refused_by_name(tmp_path: Path) -> None:
    network = MouthNetwork(SHAPE)
    path = tmp_path / "half.safetensors"
    checkpoint.save(network, SHAPE, {}, path)
    path.write_bytes(path.read_bytes()[:5000])
    with pytest.raises(DubError, match=r"half\.safetensors"):
        checkpoint.load(path, CPU)
