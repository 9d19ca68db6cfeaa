"""Hiero as the sources of others use it; not the program. Install it as the module `hiero`.

Frames of media count from 0, and the last frame of a range counts.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any


class Named:
    def __init__(self, name: str) -> None:
        self._name = name

    def name(self) -> str:
        return self._name

    def isEnabled(self) -> bool:
        return True


class Rate(float):
    def toFloat(self) -> float:
        return float(self)


class MediaSource:
    """A movie; `frames` of a file are not read, as Hiero's are not here."""

    RATE, FRAMES = 25.0, 250

    def __init__(self, path: str) -> None:
        self.path = path

    def singleFile(self) -> bool:
        return True

    def duration(self) -> int:
        return self.FRAMES

    def fileinfos(self) -> list[MediaSource]:
        return [self]

    def filename(self) -> str:
        return self.path

    def startFrame(self) -> int:
        return 0


class Clip:
    def __init__(self, media: MediaSource) -> None:
        self.media, self.bin_item = media, BinItem()

    def mediaSource(self) -> MediaSource:
        return self.media

    def framerate(self) -> Rate:
        return Rate(MediaSource.RATE)

    def binItem(self) -> BinItem:
        return self.bin_item


class Version:
    def __init__(self, clip: Clip) -> None:
        self.clip = clip


class BinItem:
    def __init__(self) -> None:
        self.versions: list[Version] = []

    def addVersion(self, version: Version) -> None:
        self.versions.append(version)


class TrackItem(Named):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.clip: Any = None
        self.times: tuple[int, int, int, int] = (0, 0, 0, 0)
        self.version: Version | None = None
        self.stuck = False  # it does not let its times be set

    def guid(self) -> str:
        return f"guid of {self.name()}"

    def setSource(self, clip: Clip) -> None:
        self.clip = clip
        self.version = Version(clip)

    def source(self) -> Clip:
        return self.clip

    def setTimes(self, *times: int) -> None:
        self.times = (*times[:2], *self.times[2:]) if self.stuck else times

    def timelineIn(self) -> int:
        return self.times[0]

    def timelineOut(self) -> int:
        return self.times[1]

    def sourceIn(self) -> int:
        return self.times[2]

    def sourceOut(self) -> int:
        return self.times[3]

    def playbackSpeed(self) -> float:
        played, lasts = self.times[3] - self.times[2] + 1, self.times[1] - self.times[0] + 1
        return played / lasts

    def linkedItems(self) -> list[Any]:
        return []

    def currentVersion(self) -> Version | None:
        return self.version

    def setCurrentVersion(self, version: Version) -> None:
        self.version, self.clip = version, version.clip


class VideoTrack(Named):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.list: list[TrackItem] = []

    def items(self) -> list[TrackItem]:
        return self.list

    def transitions(self) -> list[Any]:
        return []

    def createTrackItem(self, name: str) -> TrackItem:
        return TrackItem(name)

    def addTrackItem(self, item: TrackItem) -> None:
        self.list.append(item)


class Sequence(Named):
    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.tracks: list[VideoTrack] = []
        self.sounds: list[VideoTrack] = []
        self.undo: list[str] = []

    def framerate(self) -> Rate:
        return Rate(MediaSource.RATE)

    def timecodeStart(self) -> int:
        return 90_000

    def videoTracks(self) -> list[VideoTrack]:
        return self.tracks

    def audioTracks(self) -> list[VideoTrack]:
        return self.sounds

    def addTrack(self, track: VideoTrack) -> VideoTrack:
        self.tracks.append(track)
        return track

    def project(self) -> Sequence:
        return self

    def beginUndo(self, name: str) -> None:
        self.undo.append(name)

    def endUndo(self) -> None:
        self.undo.append("end")

    def shown_at(self, frame: int) -> tuple[str, int]:
        """The file and its frame that are seen at a frame of the sequence."""
        for track in reversed(self.tracks):
            for item in track.list:
                if item.timelineIn() <= frame <= item.timelineOut():
                    return item.clip.media.path, item.sourceIn() + frame - item.timelineIn()
        raise AssertionError(f"nothing is seen at {frame}")


class Menu:
    def __init__(self) -> None:
        self.entries: dict[str, Any] = {}

    def addMenu(self, name: str) -> Menu:
        return self

    def addAction(self, name: str, work: Any) -> None:
        self.entries[name] = work


def modules() -> tuple[dict[str, ModuleType], Menu]:
    """Return the modules to install, and the menu that scripts add to."""
    whole, core, ui = (ModuleType(name) for name in ("hiero", "hiero.core", "hiero.ui"))
    for one in (Clip, MediaSource, Version, VideoTrack):
        setattr(core, one.__name__, one)
    menu = Menu()
    found: dict[str, Any] = {"core": core, "ui": ui}
    whole.__dict__.update(found)
    ui.__dict__.update(menuBar=lambda: menu, activeSequence=lambda: None)
    return {"hiero": whole, "hiero.core": core, "hiero.ui": ui}, menu
