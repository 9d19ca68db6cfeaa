"""Mouth models in safetensors files: weights, the shape of the network, and the recipe."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from textwrap import shorten

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save as save_tensors

from lipflap.core.diffusion.network import MouthNetwork, NetworkShape
from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_bytes

KIND = "lipflap mouth model 2"


@dataclass(frozen=True, slots=True)
class Model:
    """A network ready to paint, and the recipe of the run that trained it."""

    network: MouthNetwork
    recipe: Mapping[str, object]


def load(path: Path, device: torch.device) -> Model:
    """Load a mouth model. Raises DubError when the file is damaged or holds something else."""
    try:
        with safe_open(path, "pt") as file:
            metadata = file.metadata() or {}
            weights = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as problem:
        raise DubError(f"cannot be read as a model: {problem}.", where=str(path)) from problem
    if metadata.get("kind") != KIND:
        raise DubError(
            f"is not a mouth model of this version (it says {metadata.get('kind')!r}).",
            where=str(path),
        )
    try:
        with torch.device("meta"):  # a shape alone takes no memory; the weights must fit it
            network = MouthNetwork(_parse_shape(metadata["shape"]))
        network.load_state_dict({k: v.float() for k, v in weights.items()}, assign=True)
        recipe: Mapping[str, object] = dict(json.loads(metadata["recipe"]))
    except (KeyError, TypeError, ValueError, RuntimeError, ZeroDivisionError) as problem:
        raise DubError(
            f"does not fit the network of this version: {shorten(str(problem), 160)}.",
            where=str(path),
            fix="Use a model made by this version.",
        ) from problem
    network.eval().requires_grad_(False)
    network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    return Model(network, recipe)


def save(
    network: MouthNetwork, shape: NetworkShape, recipe: Mapping[str, object], path: Path
) -> None:
    """Write a mouth model, weights as float16: half the file at no measurable loss of quality."""
    metadata = {
        "kind": KIND,
        "shape": json.dumps(asdict(shape)),
        "recipe": json.dumps(dict(recipe)),
    }
    weights = {k: v.detach().half().contiguous() for k, v in network.state_dict().items()}
    write_bytes(path, save_tensors(weights, metadata))


def _parse_shape(text: str) -> NetworkShape:
    shape = json.loads(text)
    return NetworkShape(**shape | {"channels": tuple(shape["channels"])})
