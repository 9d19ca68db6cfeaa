"""How alike two faces look, by which one person's is told from another's."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

SAME_APPEARANCE = 0.55  # of 476 portraits, one pair in two thousand is nearer


def nearest_appearance(
    looks: Sequence[NDArray[np.float32]], others: Sequence[NDArray[np.float32]]
) -> int | None:
    """Return the index of the appearance [192] that is most like one of a person's looks [192].

    None if all differ.
    """
    distances = [min(appearance_distance(look, other) for look in looks) for other in others]
    nearest = int(np.argmin(distances)) if distances else None
    return nearest if nearest is not None and distances[nearest] < SAME_APPEARANCE else None


def appearance_distance(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return how different two faces look; below SAME_APPEARANCE they are one person's."""
    return float(np.abs(one - other).mean())
