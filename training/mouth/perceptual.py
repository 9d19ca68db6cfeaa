"""Features in which pictures are near each other when people find them alike.

Those of VGG-16 (Simonyan and Zisserman 2015, arXiv:1409.1556), which LPIPS is built on, where
its weights lie in the cache of torch.hub; else those of our own sync network.
"""

import logging
from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor, hub, nn

from lipflap.core.errors import DubError
from lipflap.training.mouth.sync_network import SyncNetwork

log = logging.getLogger(__name__)

Features = Callable[[Tensor], list[Tensor]]

VGG_FILE = "vgg16-397923af.pth"
VGG_STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512))
IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_SPREAD = (0.229, 0.224, 0.225)


class Vgg(nn.Module):
    """The first four stages of VGG-16, layer numbers as in its public weights."""

    mean: Tensor
    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        channels = 3
        for stage in VGG_STAGES:
            for width in stage:
                layers += [nn.Conv2d(channels, width, 3, padding=1), nn.ReLU()]
                channels = width
            layers.append(nn.MaxPool2d(2))
        self.features = nn.Sequential(*layers)
        self.register_buffer("mean", torch.tensor(IMAGENET_MEAN)[:, None, None], persistent=False)
        self.register_buffer(
            "spread", torch.tensor(IMAGENET_SPREAD)[:, None, None], persistent=False
        )

    def forward(self, mouths: Tensor) -> list[Tensor]:
        """Return each stage's features of sequences [S, 5, 3, H, W] in -1..1, finest first."""
        stages: list[Tensor] = []
        x = ((mouths.flatten(0, 1) + 1) / 2 - self.mean) / self.spread
        for layer in self.features:
            if isinstance(layer, nn.MaxPool2d):
                stages.append(x)
            x = layer(x)
        return stages


def load_features(sync: SyncNetwork, device: torch.device) -> Features:
    """Return the features of VGG-16 where its weights are cached, else those of a sync network.

    Raises DubError when the cached weights are damaged.
    """
    cached = Path(hub.get_dir()) / "checkpoints" / VGG_FILE
    if not cached.is_file():
        return sync.features
    log.info("perceptual loss in the features of %s", cached)
    return load_vgg(cached).to(device)


def load_vgg(path: Path) -> Vgg:
    """Load the public weights of VGG-16. Raises DubError when the file holds something else."""
    network = Vgg()
    wanted = network.state_dict()
    try:
        weights = torch.load(path, map_location="cpu", weights_only=True)
        network.load_state_dict({name: weights[name] for name in wanted})
    except Exception as error:
        raise DubError(
            f"cannot be read as weights of VGG-16: {error}.",
            where=str(path),
            fix="Remove it, or download it again.",
        ) from error
    return network.eval().requires_grad_(False)
