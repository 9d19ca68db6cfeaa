"""Settings of the panel that outlive a session: layout, recent cuts, their JOB folders."""

from pathlib import Path

import platformdirs
from PySide6.QtCore import QByteArray, QSettings

from lipflap.gui.deliver.dialog import DeliveryWishes
from lipflap.plugin.cut.decisions import decisions_path
from lipflap.plugin.cut.languages import job_path
from lipflap.plugin.job.path_map import PathRule
from lipflap.plugin.timeline.media.media_finder import MediaPlaces
from lipflap.plugin.timeline.patch.dubbed_shot import How

_MAX_RECENT = 12
_YES = "yes"


def settings() -> QSettings:
    """Return the panel's own settings file; the host's settings are not touched."""
    path = platformdirs.user_config_path("lipflap") / "panel.ini"
    return QSettings(str(path), QSettings.Format.IniFormat)


def recent_cuts() -> list[Path]:
    """Return cuts that were open and still exist, the latest first."""
    stored = settings().value("recent", [])
    paths = stored if isinstance(stored, list) else [stored] if isinstance(stored, str) else []
    return [Path(path) for path in paths if Path(path).exists()]


def remember_cut(cut: Path) -> None:
    others = [str(path) for path in recent_cuts() if path != cut]
    settings().setValue("recent", [str(cut), *others][:_MAX_RECENT])


def layout(name: str) -> QByteArray | None:
    stored = settings().value(f"layout/{name}")
    return stored if isinstance(stored, QByteArray) else None


def remember_layout(name: str, state: QByteArray) -> None:
    settings().setValue(f"layout/{name}", state)


def job_folder(cut: Path, language: str) -> Path:
    """Return the JOB folder of a dub of a cut: beside it, unless another was chosen."""
    stored = settings().value(f"job{language}/{_key(cut)}")
    return Path(stored) if stored else job_path(cut, language)


def remember_job_folder(cut: Path, language: str, folder: Path) -> None:
    settings().setValue(f"job{language}/{_key(cut)}", str(folder))


def language(cut: Path) -> str:
    """Return the name of the dub of a cut that was open last, as long as it is there."""
    name = str(settings().value(f"language/{_key(cut)}") or "")
    return name if decisions_path(cut, name).exists() else ""


def remember_language(cut: Path, name: str) -> None:
    settings().setValue(f"language/{_key(cut)}", name)


def media_places(cut: Path) -> MediaPlaces:
    """Return where media of a cut was found again on this machine."""
    stored = settings().value(f"media/{_key(cut)}", [])
    lines = stored if isinstance(stored, list) else [stored] if isinstance(stored, str) else []
    places = [line.split("\n") for line in lines]
    rules = tuple(PathRule(*place) for place in places if len(place) == 2)
    folders = tuple(Path(place[0]) for place in places if len(place) == 1)
    return MediaPlaces(rules, tuple(folder for folder in folders if folder.is_dir()))


def remember_media_places(cut: Path, places: MediaPlaces) -> None:
    rules = [f"{rule.source}\n{rule.target}" for rule in places.rules]
    settings().setValue(f"media/{_key(cut)}", [*rules, *map(str, places.folders)])


def delivery_wishes(cut: Path) -> DeliveryWishes:
    """Return how the dubbed cut was wanted the last time."""
    stored = settings().value(f"deliver/{_key(cut)}", [])
    if not (isinstance(stored, list) and len(stored) == 4 and stored[0] in ("", *How)):
        return DeliveryWishes()
    how, markers, sound, mxf = map(str, stored)
    return DeliveryWishes(
        How(how) if how else None, markers == _YES, sound == _YES, Path(mxf) if mxf else None
    )


def remember_delivery(cut: Path, wishes: DeliveryWishes) -> None:
    markers, sound = (_YES if one else "no" for one in (wishes.with_markers, wishes.sound))
    stored = [str(wishes.how or ""), markers, sound, str(wishes.mxf or "")]
    settings().setValue(f"deliver/{_key(cut)}", stored)


def finds_faces() -> bool:
    """Return whether the faces of a cut are looked for after it was opened."""
    return str(settings().value("find_faces", "yes")) == "yes"


def remember_finds_faces(wanted: bool) -> None:
    settings().setValue("find_faces", "yes" if wanted else "no")


def _key(cut: Path) -> str:
    return str(cut).replace("/", "|").replace("\\", "|")
