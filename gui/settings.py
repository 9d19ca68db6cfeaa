"""Settings of the panel that outlive a session: layout, recent cuts, their JOB folders."""

from pathlib import Path

from PySide6.QtCore import QByteArray

from lipflap.gui.background.settings_file import change, store, stored
from lipflap.gui.deliver.dialog import DeliveryWishes
from lipflap.plugin.cut.decisions import decisions_path
from lipflap.plugin.cut.languages import job_path
from lipflap.plugin.job.path_map import PathRule
from lipflap.plugin.timeline.media.media_finder import MediaPlaces
from lipflap.plugin.timeline.patch.dubbed_shot import How

_MAX_RECENT = 12
_YES = "yes"


def recent_cuts() -> list[Path]:
    """Return cuts that were open and still exist, the latest first."""
    return [Path(path) for path in _texts(stored("recent")) if Path(path).exists()]


def remember_cut(cut: Path) -> None:
    def with_cut(recent: object) -> list[str]:
        others = (path for path in _texts(recent) if path != str(cut) and Path(path).exists())
        return [str(cut), *others][:_MAX_RECENT]

    change("recent", with_cut)


def layout(name: str) -> QByteArray | None:
    kept = stored(f"layout/{name}")
    return QByteArray.fromBase64(kept.encode()) if isinstance(kept, str) else None


def remember_layout(name: str, state: QByteArray) -> None:
    store(f"layout/{name}", state.toBase64().toStdString())


def job_folder(cut: Path, language: str) -> Path:
    """Return the JOB folder of a dub of a cut: beside it, unless another was chosen."""
    folder = stored(f"job{language}/{_key(cut)}")
    return Path(folder) if isinstance(folder, str) else job_path(cut, language)


def remember_job_folder(cut: Path, language: str, folder: Path) -> None:
    store(f"job{language}/{_key(cut)}", str(folder))


def language(cut: Path) -> str:
    """Return the name of the dub of a cut that was open last, as long as it is there."""
    name = str(stored(f"language/{_key(cut)}") or "")
    return name if decisions_path(cut, name).exists() else ""


def remember_language(cut: Path, name: str) -> None:
    store(f"language/{_key(cut)}", name)


def media_places(cut: Path) -> MediaPlaces:
    """Return where media of a cut was found again on this machine."""
    places = [line.split("\n") for line in _texts(stored(f"media/{_key(cut)}"))]
    rules = tuple(PathRule(*place) for place in places if len(place) == 2)
    folders = tuple(Path(place[0]) for place in places if len(place) == 1)
    return MediaPlaces(rules, tuple(folder for folder in folders if folder.is_dir()))


def remember_media_places(cut: Path, places: MediaPlaces) -> None:
    rules = [f"{rule.source}\n{rule.target}" for rule in places.rules]
    store(f"media/{_key(cut)}", [*rules, *map(str, places.folders)])


def delivery_wishes(cut: Path) -> DeliveryWishes:
    """Return how the dubbed cut was wanted the last time."""
    kept = _texts(stored(f"deliver/{_key(cut)}"))
    if len(kept) != 4 or kept[0] not in ("", *How):
        return DeliveryWishes()
    how, markers, sound, mxf = kept
    return DeliveryWishes(
        How(how) if how else None, markers == _YES, sound == _YES, Path(mxf) if mxf else None
    )


def remember_delivery(cut: Path, wishes: DeliveryWishes) -> None:
    markers, sound = (_YES if one else "no" for one in (wishes.with_markers, wishes.sound))
    kept = [str(wishes.how or ""), markers, sound, str(wishes.mxf or "")]
    store(f"deliver/{_key(cut)}", kept)


def finds_faces() -> bool:
    """Return whether the faces of a cut are looked for after it was opened."""
    return stored("find_faces") is not False


def remember_finds_faces(wanted: bool) -> None:
    store("find_faces", wanted)


def _texts(kept: object) -> list[str]:
    """Return a list of texts, as far as it is one."""
    return [text for text in kept if isinstance(text, str)] if isinstance(kept, list) else []


def _key(cut: Path) -> str:
    return str(cut).replace("/", "|").replace("\\", "|")
