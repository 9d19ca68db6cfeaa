"""Model files: where they are, their metadata and their hashes.

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
# Names of shipped models.
HEAD_MOTION, LIP_MOTION = "head_motion", "lip_motion"
LIP_SYNC, SPEECH_ENCODER = "lip_sync", "speech_encoder"
MOUTH_CORRECTION = "mouth_correction"
_SUFFIX = ".safetensors"
_MAX_HEADER_BYTES = 1 << 24
_NAME = re.compile(r"[\w.-]+(?: [\w.-]+)*")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of network weights; `shipped` when it came with Lipflap."""

    name: str
    path: Path
    shipped: bool


def user_models() -> Path:
    """Return the folder of the models that this user trained or added."""
    return platformdirs.user_data_path("lipflap") / "models"


def list_models() -> list[ModelFile]:
    """Return all models that have a name, the user's first; of two with one name the first."""
    found: dict[str, ModelFile] = {}
    for folder in (user_models(), SHIPPED):
        for path in sorted(folder.glob(f"*{_SUFFIX}")):
            found.setdefault(path.stem, ModelFile(path.stem, path, folder == SHIPPED))
    return list(found.values())


def locate(model: str) -> Path:
    """Return the file of a model, given by its name or by a path.

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
        "no such model.",
        where=model,
        fix=f"There are: {', '.join(sorted(mouths)) or 'none'}.",
    )


def mouth_film(model: Path) -> Path:
    """Return where the film of an actor's mouths lies that a personal model brings along."""
    return model.with_suffix(".mouths.mov")


def absolute_name(model: str) -> str:
    """Return a model's name as it is, a model's path as an absolute path."""
    return str(_file(model).absolute()) if _is_path(model) else model


def new_model_path(model: str) -> Path:
    """Return the path for a new model: the path given, or a name among the user's models.

    Raises DubError when it exists already, for a path that does not end in .safetensors, and for a
    name that no file can have.
    """
    if not _is_path(model) and not _NAME.fullmatch(model):
        raise DubError(
            "is not a valid model name.",
            where=model,
            fix="Use letters, digits, spaces, - _ and dots.",
        )
    path = Path(model).expanduser() if _is_path(model) else user_models() / f"{model}{_SUFFIX}"
    if path.suffix != _SUFFIX:
        raise DubError(
            f"does not end in {_SUFFIX}, as models do.",
            where=str(path),
            fix=f"Name it {path.stem or 'model'}{_SUFFIX}.",
        )
    if path.exists():
        raise DubError(
            "exists already; models are never overwritten.",
            where=str(path),
            fix="Choose another name, or remove it first.",
        )
    return path


def read_metadata(path: Path) -> Mapping[str, str]:
    """Return the metadata of a safetensors file: its kind, and its recipe as JSON.

    The file begins with the length of a JSON header, 8 bytes, little-endian.
    Raises DubError when it is damaged or no safetensors file.
    """
    try:
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            if length > _MAX_HEADER_BYTES:
                raise ValueError("its header has no end")
            metadata = json.loads(file.read(length)).get("__metadata__", {})
        return {str(name): str(text) for name, text in metadata.items()}
    except (OSError, ValueError, AttributeError, RecursionError, struct.error) as problem:
        raise DubError(
            f"cannot be read as a model: {problem}.", where=str(path), fix="Copy or train it again."
        ) from problem


def model_kind(path: Path) -> str:
    """Return the kind of network a file holds; empty when it cannot be read."""
    try:
        return read_metadata(path).get("kind", "")
    except DubError:
        return ""


def sha256(path: Path) -> str:
    """Return the hash of a whole file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def shipped_sha256(name: str) -> str | None:
    """Return the hash that a shipped model must have; None for any other."""
    hashes: dict[str, str] = json.loads((SHIPPED / HASHES).read_text(encoding="utf-8"))
    return hashes.get(name)


def _is_path(model: str) -> bool:
    return "/" in model or "\\" in model or model.endswith(_SUFFIX)


def _file(model: str) -> Path:
    path = Path(model).expanduser()
    if path.suffix != _SUFFIX:
        raise DubError(
            f"is not a {_SUFFIX} file; no other kind of model is opened.",
            where=str(path),
            fix="Choose a model that Lipflap trained.",
        )
    return path
