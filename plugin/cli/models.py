"""`lipflap models`: what models there are, what they say of themselves, whether they are whole."""

import json
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import copy_file
from lipflap.core.model_files import (
    MOUTH_KIND,
    SHIPPED,
    ModelFile,
    list_models,
    locate,
    model_kind,
    new_model_path,
    read_metadata,
    sha256,
    shipped_sha256,
)

_SHORT = 12


def run(asked: Namespace) -> list[str]:
    """Do what one of the commands about models asks for; what to print. Raises DubError."""
    return _COMMANDS[asked.deed](asked)


def verify(model: ModelFile) -> None:
    """Raises DubError unless a model is whole, finite, and as it was shipped if it was."""
    path = model.path
    kind = read_metadata(path).get("kind", "")
    if not kind.startswith("lipflap "):
        raise DubError(f"holds no network of ours (its kind is {kind!r}).", where=str(path))
    for name in _not_finite(path):
        raise DubError(f"holds numbers that are none, in {name}.", where=str(path))
    if model.shipped and shipped_sha256(model.name) != sha256(path):
        raise DubError(
            "is not the file that was shipped.", where=str(path), fix="Install Lipflap again."
        )
    if kind.startswith(MOUTH_KIND):
        import torch

        from lipflap.core.diffusion import checkpoint

        checkpoint.load(path, torch.device("cpu"))


def add(file: Path, name: str | None) -> Path:
    """Copy a model to the user's own, whole or not at all; where it lies. Raises DubError."""
    path = locate(str(file.absolute()))
    verify(ModelFile(file.stem, path, shipped=False))
    place = new_model_path(name or file.stem)
    copy_file(path, place)
    if (card := path.with_suffix(".md")).is_file():
        copy_file(card, place.with_suffix(".md"))
    return place


def _list(asked: Namespace) -> list[str]:
    rows = [("name", "kind", "MB", "sha256", "from")]
    for one in list_models():
        kind = model_kind(one.path).removeprefix("lipflap ") or "unreadable"
        size = f"{one.path.stat().st_size / 1e6:.1f}"
        where = "shipped" if one.shipped else "yours"
        rows.append((one.name, kind, size, sha256(one.path)[:_SHORT], where))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(map(str.ljust, row, widths)).rstrip() for row in rows]


def _show(asked: Namespace) -> list[str]:
    path = locate(asked.model)
    told = read_metadata(path)
    lines = [f"{path.stem}: {told.get('kind', 'of no known kind')}", f"file    {path}"]
    lines.append(f"sha256  {sha256(path)}")
    for name, numbers in told.items():
        if name != "kind":
            lines += ["", name, *_numbers(numbers)]
    card = path.with_suffix(".md")
    if card.is_file():
        lines += ["", card.read_text(encoding="utf-8", errors="replace")]
    return lines


def _numbers(text: str) -> list[str]:
    """A JSON object as rows; anything else as it is."""
    try:
        rows: dict[str, object] = dict(json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return [f"  {text}"]
    return [f"  {name:20} {value}" for name, value in rows.items()]


def _verify(asked: Namespace) -> list[str]:
    if not asked.model:
        found = list_models()
    else:
        paths = [locate(model) for model in asked.model]
        found = [ModelFile(path.stem, path, path.parent == SHIPPED) for path in paths]
    for one in found:
        verify(one)
    return [f"{one.name}: whole" for one in found]


def _add(asked: Namespace) -> list[str]:
    return [str(add(asked.file, asked.name))]


_COMMANDS: dict[str, Callable[[Namespace], list[str]]] = {
    "list": _list,
    "show": _show,
    "verify": _verify,
    "add": _add,
}


def _not_finite(path: Path) -> list[str]:
    """Names of tensors in a file that hold infinities or no numbers. Raises DubError."""
    import numpy as np
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            return [n for n in file.keys() if not np.isfinite(file.get_tensor(n)).all()]  # noqa: SIM118
    except (OSError, SafetensorError) as problem:
        raise DubError(f"cannot be read as a model: {problem}.", where=str(path)) from problem
