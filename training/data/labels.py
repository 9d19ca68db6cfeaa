"""Labels of faces: the points of each picture of a folder, in its landmarks.npz."""

from collections.abc import Mapping
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from lipflap.core.errors import DubError

LABELS = "landmarks.npz"


def read_labels(folder: Path, *names: str) -> Mapping[str, NDArray]:
    """Return the arrays with these names from a folder's labels. Raises DubError."""
    path = folder / LABELS
    try:
        with path.open("rb") as file, np.load(file) as labels:
            return {name: labels[name] for name in names}
    except (OSError, ValueError, KeyError, EOFError, BadZipFile) as problem:
        raise DubError(
            f"cannot be read as labels of faces: {problem}.",
            where=str(path),
            fix=f"Give a folder of labelled pictures, with its {LABELS}.",
        ) from problem
