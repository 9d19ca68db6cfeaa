"""The file of the panel's settings, read anew each time, and written without waiting for the disk.

QSettings flushes its file to the disk twice a change, and whoever reads meanwhile waits: on a busy
disk the window stands still. Here a power cut may undo the last change, and no more.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import platformdirs
from filelock import FileLock

from lipflap.core.errors import DubError
from lipflap.core.files.atomic import write_text

_WAIT_S = 1.0  # for another panel, which holds the file for a millisecond


def stored(key: str) -> object:
    """Return what was stored under a name: as JSON knows it; None for nothing."""
    return _read(_file()).get(key)


def store(key: str, value: object) -> None:
    """Store a value, which JSON knows, under a name."""
    change(key, lambda _before: value)


def change(key: str, after: Callable[[object], object]) -> None:
    """Store what comes after the value that is stored now, whatever other panels do meanwhile.

    A file that cannot be written stays as it is: no work depends on it.
    """
    file = _file()
    with suppress(OSError, DubError):  # a lock that was waited for in vain is an OSError too
        file.parent.mkdir(parents=True, exist_ok=True)
        with FileLock(file.with_suffix(".lock"), timeout=_WAIT_S, poll_interval=0.005):
            values = _read(file)
            values[key] = after(values.get(key))
            write_text(file, json.dumps(values, indent=1))


def _read(file: Path) -> dict[str, object]:
    try:
        values = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return values if isinstance(values, dict) else {}


def _file() -> Path:
    return platformdirs.user_config_path("lipflap") / "panel.json"
