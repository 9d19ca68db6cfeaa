"""Where host programs look for scripts and add-ons of their users, on each system."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from lipflap.core.errors import DubError


@dataclass(frozen=True, slots=True)
class UserFolders:
    """The folders of a user in which programs keep what is theirs.

    system    as sys.platform names it
    roaming   of settings on Windows, %APPDATA%; of no meaning elsewhere
    own       in which Lipflap keeps its own
    """

    system: str
    home: Path
    roaming: Path
    own: Path


def user_folders() -> UserFolders:
    return UserFolders(
        sys.platform,
        Path.home(),
        platformdirs.user_data_path(roaming=True),
        platformdirs.user_data_path("lipflap", appauthor=False),
    )


def resolve_folders(user: UserFolders) -> list[Path]:
    """Return DaVinci Resolve's folder of the user; empty where Resolve never ran."""
    of_resolve = {
        "darwin": user.home
        / "Library/Application Support/Blackmagic Design/DaVinci Resolve/Fusion",
        "win32": user.roaming / "Blackmagic Design/DaVinci Resolve/Support/Fusion",
    }.get(user.system, user.home / ".local/share/DaVinciResolve/Fusion")
    return [of_resolve] if of_resolve.parent.is_dir() else []


_OLDEST_BLENDER = (3, 4)


def blender_folders(user: UserFolders) -> list[Path]:
    """Return the add-on folder of each version of Blender that ran here, from 3.4 on."""
    of_blender = {
        "darwin": user.home / "Library/Application Support/Blender",
        "win32": user.roaming / "Blender Foundation/Blender",
    }.get(user.system, user.home / ".config/blender")
    versions = sorted(of_blender.iterdir()) if of_blender.is_dir() else []
    return [
        version / "scripts" / "addons"
        for version in versions
        if (_version(version.name) or (0,)) >= _OLDEST_BLENDER
    ]


def hiero_folders(user: UserFolders) -> list[Path]:
    """Return the folder of Hiero and Nuke Studio for start-up scripts; empty without them."""
    of_nuke = user.home / ".nuke"
    return [of_nuke / "Python" / "StartupUI"] if of_nuke.is_dir() else []


def premiere_folders(user: UserFolders) -> list[Path]:
    """Return a folder of Lipflap's own, from which Adobe's UXP Developer Tool loads the panel."""
    return [user.own / "hosts"]


def _version(name: str) -> tuple[int, ...] | None:
    parts = name.split(".")
    return tuple(map(int, parts)) if all(part.isdecimal() for part in parts) else None


Folders = Callable[[UserFolders], list[Path]]


def chosen_folders(folders: Folders, into: Path | None, program: str) -> list[Path]:
    """Return where to install. Raises DubError where the program is not found here."""
    if into is not None:
        return [into.absolute()]
    found = folders(user_folders())
    if not found:
        raise DubError(
            "is not found here: it has no folder of its own yet.",
            where=program,
            fix="Start it once, or say where its scripts lie: --into DIR.",
        )
    return found
