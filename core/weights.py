"""Where network weights lie, and their hashes. Opens no network: imports no torch."""

import hashlib
from pathlib import Path

import platformdirs

from lipflap.core.errors import DubError

SHIPPED = Path(__file__).parent / "models"


def user_models() -> Path:
    """Folder of the models this user trained or added."""
    return platformdirs.user_data_path("lipflap") / "models"


def locate(model: str) -> Path:
    """The safetensors file of a model's name, or of a path to one.

    Raises DubError when there is none, or when it is no safetensors file.
    """
    if "/" in model or "\\" in model or model.endswith(".safetensors"):
        candidates = [Path(model).expanduser()]
    else:
        candidates = [folder / f"{model}.safetensors" for folder in (user_models(), SHIPPED)]
    for path in candidates:
        if path.suffix != ".safetensors":
            raise DubError(
                "is not a .safetensors file; no other kind of model is opened.", where=str(path)
            )
        if path.is_file():
            return path.resolve()
    known = sorted(p.stem for folder in (SHIPPED, user_models()) for p in folder.glob("*.safe*"))
    raise DubError("no such model.", where=model, fix=f"There are: {', '.join(known) or 'none'}.")


def sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
