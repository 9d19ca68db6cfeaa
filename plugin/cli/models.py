"""`lipflap models`: list, describe, verify and add models."""

import json
from argparse import Namespace
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
    mouth_film,
    new_model_path,
    read_metadata,
    sha256,
    shipped_sha256,
)
from lipflap.plugin.cli.arguments import AddParser, add_command, add_group
from lipflap.plugin.trust.sign.release_signature import (
    Release,
    ReleaseState,
    check_release,
    sign_release,
)

_SHORT_SHA256 = 12


def add_commands(add_parser: AddParser) -> None:
    add = add_group(add_parser, "models", "List, describe, verify and add models.")
    add_command(add, "list", list_all, "List all models, those that were shipped and your own.")
    show = add_command(add, "show", show_model, "Print the recipe and the card of a model.")
    show.add_argument("model", metavar="MODEL", help="a name, or a .safetensors file")
    about = "Check that models are whole, and those that were shipped unchanged."
    verify = add_command(add, "verify", verify_models, about)
    verify.add_argument("model", metavar="MODEL", nargs="*", help="default: all models")
    verify.add_argument(
        "--release-key",
        metavar="PEM",
        type=Path,
        help="the public key that has to have signed the shipped models; default: the one that "
        "came along, if any",
    )
    about = "Sign the hashes of the shipped models, before a release is packed."
    sign = add_command(add, "sign", sign_models, about)
    sign.add_argument(
        "--key", metavar="PEM", type=Path, required=True, help="the release's private Ed25519 key"
    )
    sign.add_argument(
        "--folder", type=Path, default=SHIPPED, help="of the models; default: the shipped ones"
    )
    about = "Copy a model to your own, to use it by its name."
    copy = add_command(add, "add", add_model, about)
    copy.add_argument("file", metavar="FILE.safetensors", type=Path, help="the model to copy")
    copy.add_argument("--name", help="its new name; default: the name of the file")


def list_all(args: Namespace) -> int:
    rows = [("name", "kind", "MB", "sha256", "from")]
    for model in list_models():
        kind = model_kind(model.path).removeprefix("lipflap ") or "unreadable"
        size = f"{model.path.stat().st_size / 1e6:.1f}"
        origin = "shipped" if model.shipped else "yours"
        rows.append((model.name, kind, size, sha256(model.path)[:_SHORT_SHA256], origin))
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(map(str.ljust, row, widths)).rstrip())
    return 0


def show_model(args: Namespace) -> int:
    for line in describe_model(locate(args.model)):
        print(line.rstrip("\n"))
    return 0


def verify_models(args: Namespace) -> int:
    if args.model:
        paths = [locate(model) for model in args.model]
        models = [ModelFile(path.stem, path, path.parent == SHIPPED) for path in paths]
    else:
        models = list_models()
    release = check_release(SHIPPED, args.release_key)
    for model in models:
        verify(model)
    for model in models:
        print(f"{model.name}: whole")
    if any(model.shipped for model in models):
        print(_describe_release(release))
    return 0


def sign_models(args: Namespace) -> int:
    print(_describe_release(sign_release(args.folder, args.key)))
    return 0


def _describe_release(release: Release) -> str:
    if release.state == ReleaseState.UNSIGNED:
        return "The shipped models have the hashes that came with them; these are not signed."
    return f"The hashes of the shipped models are signed by the key {release.key_sha256}."


def add_model(args: Namespace) -> int:
    print(add(args.file, args.name))
    return 0


def verify(model: ModelFile) -> None:
    """Raise DubError unless a model is whole, finite and, if it was shipped, unchanged."""
    path = model.path
    kind = read_metadata(path).get("kind", "")
    if not kind.startswith("lipflap "):
        raise DubError(f"is not a Lipflap model (its kind is {kind!r}).", where=str(path))
    for name in _not_finite(path):
        raise DubError(f"is damaged: tensor {name} holds infinities or NaN.", where=str(path))
    if model.shipped and shipped_sha256(model.name) != sha256(path):
        raise DubError(
            "is not the file that was shipped.", where=str(path), fix="Install Lipflap again."
        )
    if kind.startswith(MOUTH_KIND):
        import torch

        from lipflap.core.diffusion import checkpoint

        checkpoint.load(path, torch.device("cpu"))


def add(file: Path, name: str | None) -> Path:
    """Copy a model to the user's own, whole or not at all; return the copy. Raises DubError."""
    path = locate(str(file.absolute()))
    verify(ModelFile(file.stem, path, shipped=False))
    place = new_model_path(name or file.stem)
    beside = (path.with_suffix(".md"), place.with_suffix(".md"))
    for old, new in (beside, (mouth_film(path), mouth_film(place))):
        if old.is_file():
            copy_file(old, new)
    copy_file(path, place)
    return place


def describe_model(path: Path) -> list[str]:
    """Return what the file and its card say of a model, in lines of text. Raises DubError."""
    metadata = read_metadata(path)
    lines = [f"{path.stem}: {metadata.get('kind', 'of no known kind')}", f"file    {path}"]
    lines.append(f"sha256  {sha256(path)}")
    for name, text in metadata.items():
        if name != "kind":
            lines += ["", name, *_rows(text)]
    card = path.with_suffix(".md")
    if card.is_file():
        lines += ["", card.read_text(encoding="utf-8", errors="replace")]
    return lines


def _rows(text: str) -> list[str]:
    """Return a JSON object as rows, and any other text as it is."""
    try:
        rows: dict[str, object] = dict(json.loads(text))
    except (ValueError, TypeError, RecursionError):
        return [f"  {text}"]
    return [f"  {name:20} {value}" for name, value in rows.items()]


def _not_finite(path: Path) -> list[str]:
    """Return the names of tensors that hold infinities or NaN. Raises DubError."""
    import numpy as np
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, "np") as file:
            return [n for n in file.keys() if not np.isfinite(file.get_tensor(n)).all()]  # noqa: SIM118
    except (OSError, SafetensorError) as problem:
        raise DubError(f"cannot be read as a model: {problem}.", where=str(path)) from problem
