"""Where network weights lie, what they say of themselves, and their hashes.

Opens no network: imports no torch.
"""

import hashlib
import json
import re
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from lipflap.core.errors import DubError

SHIPPED = Path(__file__).parent / "models"
HASHES = "sha256.json"
MOUTH_KIND = "lipflap mouth model"
_SUFFIX = ".safetensors"
_LONGEST_HEADER = 1 << 24
_NAME = re.compile(r"[\w.-]+(?: [\w.-]+)*")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """Weights in a file; `shipped` when they came with the product."""

    name: str
    path: Path
    shipped: bool


def user_models() -> Path:
    """Folder of the models this user trained or added."""
    return platformdirs.user_data_path("lipflap") / "models"


def list_models() -> list[ModelFile]:
    """All models that can be named, those of the user first; of two with one name the first."""
    found: dict[str, ModelFile] = {}
    for folder in (user_models(), SHIPPED):
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            found.setdefault(path.stem, ModelFile(path.stem, path, folder == SHIPPED))
    return list(found.values())


def locate(model: str) -> Path:
    """The safetensors file of a model's name, or of a path to one.

    Raises DubError when there is none, or when it is no safetensors file.
    """
    if _is_path(model):
        candidates = [_file(model)]
    else:
        candidates = [folder / f"{model}{_SUFFIX}" for folder in (user_models(), SHIPPED)]
    for path in candidates:
        if path.is_file():
            return path.resolve()
    mouths = [one.name for one in list_models() if model_kind(one.path).startswith(MOUTH_KIND)]
    raise DubError(
        "no such model.", where=model, fix=f"There are: {', '.join(sorted(mouths)) or 'none'}."
    )


def absolute_name(model: str) -> str:
    """The name of a model, or the whole path of one given as a path, good from any folder."""
    return str(_file(model).absolute()) if _is_path(model) else model


def new_model_path(model: str) -> Path:
    """Where a new model goes: the path it names, or that name among the user's models.

    Raises DubError when there is one already, and for what is no file name.
    """
    if not _is_path(model) and not _NAME.fullmatch(model):
        raise DubError(
            "is no name for a model.", where=model, fix="Use letters, digits, spaces, - _ and dots."
        )
    path = _file(model) if _is_path(model) else user_models() / f"{model}{_SUFFIX}"
    if path.exists():
        raise DubError(
            "is there already; a model is never written over.",
            where=str(path),
            fix="Choose another name, or remove it first.",
        )
    return path


def read_metadata(path: Path) -> Mapping[str, str]:
    """What a safetensors file says of itself: its kind, and its recipe as JSON.

    The file begins with the length of a JSON header, 8 bytes, little-endian.
    Raises DubError when it is damaged or something else.
    """
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > _LONGEST_HEADER:
                raise ValueError("its header has no end")
            told = json.loads(file.read(length)).get("__metadata__", {})
        return {str(name): str(text) for name, text in told.items()}
    except (OSError, ValueError, AttributeError, RecursionError, struct.error) as problem:
        raise DubError(f"cannot be read as a model: {problem}.", where=str(path)) from problem


def model_kind(path: Path) -> str:
    """What kind of network a file holds; empty when it cannot be told."""
    try:
        return read_metadata(path).get("kind", "")
    except DubError:
        return ""


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shipped_sha256(name: str) -> str | None:
    """The hash of a shipped model as it left us; None for what is not shipped."""
    hashes: dict[str, str] = json.loads((SHIPPED / HASHES).read_text(encoding="utf-8"))
    return hashes.get(name)


def _is_path(model: str) -> bool:
    return "/" in model or "\\" in model or model.endswith(_SUFFIX)


def _file(model: str) -> Path:
    path = Path(model).expanduser()
    if path.suffix != _SUFFIX:
        raise DubError(
            f"is not a {_SUFFIX} file; no other kind of model is opened.", where=str(path)
        )
    return path
