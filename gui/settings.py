"""What the panel remembers between two sittings: layout, recent cuts, where their jobs lie."""

from pathlib import Path

import platformdirs
from PySide6.QtCore import QByteArray, QSettings

_RECENT = 12


def settings() -> QSettings:
    """The panel's own file; the host's settings are not touched."""
    path = platformdirs.user_config_path("lipflap") / "panel.ini"
    return QSettings(str(path), QSettings.Format.IniFormat)


def recent_cuts() -> list[Path]:
    """Cuts that were open and are still there, the latest first."""
    kept = settings().value("recent", [])
    paths = kept if isinstance(kept, list) else [kept] if isinstance(kept, str) else []
    return [Path(path) for path in paths if Path(path).exists()]


def remember_cut(cut: Path) -> None:
    others = [str(path) for path in recent_cuts() if path != cut]
    settings().setValue("recent", [str(cut), *others][:_RECENT])


def layout(name: str) -> QByteArray | None:
    kept = settings().value(f"layout/{name}")
    return kept if isinstance(kept, QByteArray) else None


def remember_layout(name: str, state: QByteArray) -> None:
    settings().setValue(f"layout/{name}", state)


def job_folder(cut: Path) -> Path:
    """Where the renders of a cut go: beside it, if nothing else was chosen."""
    chosen = settings().value(f"job/{_key(cut)}")
    return Path(chosen) if chosen else cut.with_name(f"{cut.stem}.lipflap")


def remember_job_folder(cut: Path, folder: Path) -> None:
    settings().setValue(f"job/{_key(cut)}", str(folder))


def _key(cut: Path) -> str:
    return str(cut).replace("/", "|").replace("\\", "|")
