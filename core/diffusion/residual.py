"""The residual that the diffusion runs on: the difference from the identity frame.

    picture = identity + SPREAD * residual

The residual has about unit variance, which the cosine schedule expects. Skin, beard and light
come from the identity frame's own pixels, not out of the network, which keeps them sharp and free
of grain. SPREAD is the root mean square difference of two mouths of one actor,
in pictures of -1..1.
"""

from torch import Tensor

SPREAD = 0.2


def to_residual(picture: Tensor, identity: Tensor) -> Tensor:
    return (picture - identity) / SPREAD


def from_residual(residual: Tensor, identity: Tensor) -> Tensor:
    return (identity + SPREAD * residual).clamp(-1, 1)
