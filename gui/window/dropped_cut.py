"""A cut that is dropped on the panel."""

from pathlib import Path

from PySide6.QtCore import QMimeData


def dropped_path(data: QMimeData) -> Path | None:
    """Return the one file or folder that is dropped."""
    urls = data.urls()
    path = Path(urls[0].toLocalFile()) if len(urls) == 1 and urls[0].isLocalFile() else None
    return path if path is not None and path.exists() else None
