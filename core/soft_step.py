"""The soft step, by which mattes fade and one course goes over into another."""

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Number = TypeVar("_Number", bound=np.floating)


def soft_step(part: NDArray[_Number]) -> NDArray[_Number]:
    """Return 0 up to 0, 1 from 1 on, and between them a rise that begins and ends level."""
    inside = np.clip(part, 0, 1)
    return inside * inside * (3 - 2 * inside)
