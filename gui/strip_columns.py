"""Which box each pixel column of a row shows, however many boxes share one: worked out for all
columns at once, so that a row of five thousand boxes costs no more than a row of five."""

import numpy as np
from numpy.typing import NDArray

_SLIM_PX = 3  # a box less wide may be hidden by its neighbours


def owners(
    begin: NDArray[np.int64], end: NDArray[np.int64], urgency: NDArray[np.uint8], width_px: int
) -> NDArray[np.int64]:
    """For each column [0, width_px) the index of its box, -1 where there is none.

    begin, end  pixels [begin, end) of boxes in the order of their starts; each shows in one
                column at least
    urgency     of slim boxes that share a column the most urgent is shown, then the last
    """
    if not len(begin):
        return np.full(width_px, -1)
    columns = np.arange(width_px)
    last = np.searchsorted(begin, columns, "right") - 1
    found = np.where((last >= 0) & (columns < np.maximum(end, begin + 1)[last]), last, -1)
    slim = np.flatnonzero((end - begin < _SLIM_PX) & (begin >= 0) & (begin < width_px))
    slim = slim[np.argsort(urgency[slim], kind="stable")]
    found[begin[slim]] = slim
    return found


def edges(begin: NDArray[np.int64], end: NDArray[np.int64], width_px: int) -> NDArray[np.int64]:
    """The last columns of boxes wide enough to be told apart."""
    last = end[end - begin > _SLIM_PX] - 1
    return last[(last >= 0) & (last < width_px)]
