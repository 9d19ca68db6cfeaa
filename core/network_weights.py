"""Networks from their files: of which kind, and their weights, ready to be used."""

from collections.abc import Sequence
from pathlib import Path
from textwrap import shorten

from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn

from lipflap.core.errors import DubError
from lipflap.core.model_files import read_metadata


def check_kind(file: Path, kind: str, expected: str) -> None:
    """Raise DubError unless a file says that it holds this kind of network, in this version.

    expected  what the file should hold, in words
    """
    found = read_metadata(file).get("kind")
    if found != kind:
        raise DubError(f"is not {expected} of this version ({found}).", where=str(file))


def load_weights(
    file: Path, network: nn.Module, expected: str, beside: Sequence[str] = ()
) -> list[Tensor]:
    """Load a file's weights into a network, which learns no more; return what lies beside them.

    expected  what the file should hold, in words
    beside    names of tensors in the file that are none of the network's

    Raises DubError when it is damaged or holds something else.
    """
    try:
        weights = {name: value.float() for name, value in load_file(file).items()}
        others = [weights.pop(name) for name in beside]
        network.load_state_dict(weights)
    except (KeyError, OSError, SafetensorError, RuntimeError) as problem:
        raise DubError(
            f"cannot be read as {expected}: {shorten(str(problem), 160)}.", where=str(file)
        ) from problem
    network.eval().requires_grad_(False)
    return others
