"""The host programs that Lipflap has a script for, and the files that each of them gets."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lipflap.core.errors import DubError
from lipflap.plugin.hosts.places import (
    Folders,
    blender_folders,
    hiero_folders,
    premiere_folders,
    resolve_folders,
)

_HERE = Path(__file__).parent
_OWN_IMPORT = re.compile(r"^(\s*from )lipflap\.plugin\.hosts\.\w+(\.?\w*) import ", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Host:
    """A program, and how Lipflap gets into it.

    can      what an editor can do there
    then     what to do after `lipflap hosts install`
    folders  where the program looks on this machine
    package  path below such a folder that all files of plugin/hosts/NAME go to
    menu     texts of other files that the program itself starts, by their path below such a
             folder; {package!r} stands for the folder that holds the package
    """

    name: str
    program: str
    can: str
    then: str
    folders: Folders
    package: str
    menu: Mapping[str, str] = field(default_factory=dict)


_RESOLVE_MENU = """\
import sys

sys.path.insert(0, {package!r})
from lipflap_resolve.menu import %s

%s(globals())
"""

HOSTS: tuple[Host, ...] = (
    Host(
        name="resolve",
        program="DaVinci Resolve Studio",
        can="opens the panel on the current timeline; brings shots back as takes, on a duplicate",
        then="In Resolve: Workspace > Scripts > Edit > Lipflap panel.",
        folders=resolve_folders,
        package="lipflap/lipflap_resolve",
        menu={
            "Scripts/Edit/Lipflap panel.py": _RESOLVE_MENU % (("open_panel",) * 2),
            "Scripts/Edit/Lipflap bring back.py": _RESOLVE_MENU % (("bring_back",) * 2),
        },
    ),
    Host(
        name="blender",
        program="Blender (video sequencer)",
        can="dubs the sequencer's strips; lays shots above them, or replaces their files",
        then="In Blender: Preferences > Add-ons, switch on Lipflap; then the sequencer's sidebar.",
        folders=blender_folders,
        package="lipflap_vse",
    ),
    Host(
        name="hiero",
        program="Hiero, Nuke Studio",
        can="opens the panel on the active sequence; brings shots back as versions",
        then="Start the program again: its menu Lipflap has two entries.",
        folders=hiero_folders,
        package="lipflap_hiero",
    ),
    Host(
        name="premiere",
        program="Adobe Premiere Pro",
        can="sends the active sequence to a watched folder; imports what comes back",
        then="In the UXP Developer Tool: Add Plugin, lipflap_premiere/manifest.json there, Load.",
        folders=premiere_folders,
        package="lipflap_premiere",
    ),
)


def host(name: str) -> Host:
    """Return a host by its name. Raises DubError."""
    for one in HOSTS:
        if one.name == name.casefold():
            return one
    raise DubError(
        "is no program that Lipflap has a script for.",
        where=name,
        fix=f"Choose one of: {', '.join(one.name for one in HOSTS)}. For others: lipflap watch.",
    )


def files_of(host: Host, folder: Path, command: list[str]) -> dict[Path, bytes]:
    """Return the content of each file that a host gets below a folder.

    command   how Lipflap is started on this machine
    """
    package = folder / host.package
    sources = [path for path in (_HERE / host.name).iterdir() if path.is_file()]
    files = {
        folder / path: text.format(package=str(package.parent)).encode()
        for path, text in host.menu.items()
    }
    if any(path.suffix == ".py" for path in sources):
        shared = [path for path in (_HERE / "script").glob("*.py") if path.stem != "__init__"]
        sources += shared
        files[package / "command.json"] = json.dumps(command).encode()
    files |= {package / path.name: _standing_alone(path) for path in sources}
    return dict(sorted(files.items()))


def _standing_alone(path: Path) -> bytes:
    """Return a file of ours as it stands beside the others in one folder, without Lipflap."""
    if path.suffix != ".py":
        return path.read_bytes()
    text = path.read_text(encoding="utf-8")
    return _OWN_IMPORT.sub(lambda one: f"{one[1]}{one[2] or '.'} import ", text).encode()
