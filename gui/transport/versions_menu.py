"""The menu of the renders of a shot: show an earlier one as the dub, or compare two of them."""

from collections.abc import Callable, Sequence
from time import localtime, strftime

from PySide6.QtWidgets import QMenu

from lipflap.plugin.job.versions import Version


def fill_versions(
    menu: QMenu,
    versions: Sequence[Version],
    shown: Version | None,
    show: Callable[[Version | None, bool], object],
) -> None:
    """Fill the menu with the kept renders of a shot, the latest first.

    shown   the version that is shown now; None for the current render
    show    shows a version, None for the current render; beside the current one where it says so
    """
    menu.clear()
    current = menu.addAction(f"v{len(versions) + 1}, the current one")
    current.setCheckable(True)
    current.setChecked(shown is None)
    current.triggered.connect(lambda: show(None, False))
    for number in range(len(versions), 0, -1):
        version = versions[number - 1]
        action = menu.addAction(f"v{number}, {_made_at(version)}")
        action.setCheckable(True)
        action.setChecked(version == shown)
        action.triggered.connect(lambda _checked, version=version: show(version, False))
    menu.addSeparator()
    for number in range(len(versions), 0, -1):
        version = versions[number - 1]
        action = menu.addAction(f"Compare v{number} with the current one")
        action.triggered.connect(lambda _checked, version=version: show(version, True))


def _made_at(version: Version) -> str:
    changed_s = (version.folder / "result.json").stat().st_mtime
    return strftime("%d %b %H:%M", localtime(changed_s))
