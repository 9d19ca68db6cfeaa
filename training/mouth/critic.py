"""A network that tells painted sequences from filmed ones, and the loss of fooling it.

Hinge loss (Lim and Ye 2017, arXiv:1705.02894) over five frames at once, so that motion counts
too; spectral normalisation (Miyato et al. 2018, arXiv:1802.05957) keeps it in bounds.
"""

from itertools import pairwise

from torch import Tensor, nn
from torch.nn.functional import relu
from torch.nn.utils.parametrizations import spectral_norm

from lipflap.training.mouth.batch import FRAMES


class Critic(nn.Module):
    """Scores [S, 8, 12] of pictures [S, channels, 64, 96], high where they look filmed.

    Sequences [S, 5, 3, 64, 96] are pictures of fifteen channels.
    """

    def __init__(self, channels: int = 3 * FRAMES) -> None:
        super().__init__()
        widths = (channels, 48, 96, 128)
        layers: list[nn.Module] = []
        for before, after in pairwise(widths):
            layers += [spectral_norm(nn.Conv2d(before, after, 4, 2, 1)), nn.LeakyReLU(0.2)]
        self.layers = nn.Sequential(*layers, spectral_norm(nn.Conv2d(widths[-1], 1, 3, 1, 1)))

    def forward(self, mouths: Tensor) -> Tensor:
        scores: Tensor = self.layers(mouths.flatten(1, -3))
        return scores.squeeze(1).float()


def critic_loss(critic: Critic, painted: Tensor, filmed: Tensor) -> Tensor:
    """Return the critic's loss for taking sequences [S, 5, 3, H, W] for the other kind."""
    return relu(1 + critic(painted.detach())).mean() + relu(1 - critic(filmed)).mean()


def fooling_loss(critic: Critic, painted: Tensor) -> Tensor:
    """Return the mouth model's loss for sequences [S, 5, 3, H, W] the critic recognises."""
    return -critic(painted).mean()
