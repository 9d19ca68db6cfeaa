"""The losses of a mouth model.

    v               distance from the truth, in the mask                    Salimans and Ho 2022
    sync            the sync expert matches the mouth with another sound    Diff2Lip, equation 8
    perceptual      distance from the truth in features (perceptual.py)     Diff2Lip, equation 9
    adversarial     a critic tells painted sequences from filmed ones        Diff2Lip, equation 10

The last three look at the network's x0 estimate of five frames of one noise level. In a swapped
sequence there is no truth: only the sync and the adversarial loss count.
"""

import torch
from torch import Tensor
from torch.nn import functional

from lipflap.core.diffusion.condition import Condition
from lipflap.core.diffusion.network import MouthNetwork
from lipflap.core.diffusion.residual import from_residual, to_residual
from lipflap.core.diffusion.schedule import alpha_sigma
from lipflap.core.face.matte import WORK
from lipflap.training.mouth.batch import FRAMES, Batch
from lipflap.training.mouth.perceptual import Features
from lipflap.training.mouth.sync_network import SyncNetwork
from lipflap.training.recipe import Recipe

LIPS_DOWN_PX, LIPS_ACROSS_PX = 86.0, 64.0


def lips_weight(mask: Tensor, recipe: Recipe) -> Tensor:
    """Return weights [64, 96] of errors: 0 outside the mask, highest on the lips, 1 on average."""
    down = torch.arange(mask.shape[0])[:, None] + WORK.top - LIPS_DOWN_PX
    across = torch.arange(mask.shape[1])[None, :] + WORK.left - LIPS_ACROSS_PX
    near = torch.exp(-((down / 14) ** 2) - (across / 26) ** 2)
    weight = mask * (1 + (recipe.lips_weight - 1) * near.to(mask.device))
    return weight / weight.mean()


def v_error(
    network: MouthNetwork, true: Tensor, condition: Condition, t: Tensor, eps: Tensor
) -> tuple[Tensor, Tensor]:
    """Return the squared error of v [B, 3, H, W] and the x0 estimate as pictures [B, 3, H, W].

    t [B], eps [B, 3, H, W]
    """
    alpha, sigma = (part[:, None, None, None] for part in alpha_sigma(t))
    clean = to_residual(true, condition.identity)
    noisy = (alpha * clean + sigma * eps) * condition.mask
    v = network(noisy, t, condition)
    error = (v - (alpha * eps - sigma * clean)) ** 2
    estimate = from_residual(alpha * noisy - sigma * v, condition.identity)
    return error, torch.where(condition.mask > 0, estimate, condition.plate)


def to_sequences(pictures: Tensor) -> Tensor:
    """Turn samples [5 S, 3, H, W] into sequences [S, 5, 3, H, W]."""
    return pictures.unflatten(0, (-1, FRAMES))


def sync_loss(expert: SyncNetwork, mouths: Tensor, batch: Batch) -> Tensor:
    """Return the cross entropy of sequences [S, 5, 3, H, W] with their sound among all sounds."""
    middle = batch.condition.sound[FRAMES // 2 :: FRAMES]
    audio = expert.embed_audio(torch.cat([middle, batch.negative_audio]))
    scores = expert.embed_video(mouths) @ audio.T * expert.logit_scale.exp()
    return functional.cross_entropy(scores, torch.arange(len(scores), device=scores.device))


def perceptual_loss(features: Features, mouths: Tensor, true: Tensor) -> Tensor:
    """Return the mean distance of sequences [S, 5, 3, H, W] in features, relative in each stage."""
    with torch.no_grad():
        wanted = features(true)
    pairs = zip(features(mouths), wanted, strict=True)
    return torch.stack([(a - b).abs().mean() / b.abs().mean() for a, b in pairs]).mean()
