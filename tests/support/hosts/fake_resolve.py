"""DaVinci Resolve as its scripting documentation and its users describe it; not the program.

What it refuses returns None or False, and raises nothing: names that exist, strings for constants,
overlaps, files that are not there. Frames of media count from 0, those of a timeline from its start
timecode. `last_counts`: whether the last frame of a range counts, which versions differ in.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import opentimelineio as otio

START = 90_000  # 01:00:00:00 at 25
MEDIA_START = 900_000  # 10:00:00:00
MEDIA_FRAMES = 250
RATE = 25.0


@dataclass
class Habits:
    """What differs between versions of Resolve, or between days."""

    last_counts: bool = False
    takes: bool = True
    exports_otio: bool = True
    tracks_by_index: bool = True
    imports: bool = True


@dataclass
class PoolItem:
    path: str
    first: int = 0

    def GetClipProperty(self, name: str) -> str:
        return self.path if name == "File Path" else ""


@dataclass
class Item:
    """A clip on a track; `shows` are its takes: media and the first frame of it."""

    start: int
    duration: int
    shows: list[tuple[PoolItem, int]]
    habits: Habits
    chosen: int = 1
    lengths: list[int] = field(default_factory=list)

    def GetStart(self) -> int:
        return self.start

    def GetDuration(self) -> int:
        return self.lengths[self.chosen - 1] if self.lengths else self.duration

    def GetMediaPoolItem(self) -> PoolItem:
        return self.shows[0][0]

    def GetTakesCount(self) -> int:
        return len(self.shows) if self.lengths else 0

    def GetSelectedTakeIndex(self) -> int:
        return self.chosen if self.lengths else 0

    def AddTake(self, media: Any, first: Any = None, last: Any = None) -> bool:
        numbers = isinstance(first, int) and isinstance(last, int)
        if not self.habits.takes or not isinstance(media, PoolItem) or not numbers:
            return False
        self.lengths = self.lengths or [self.duration]
        self.shows.append((media, first))
        self.lengths.append(last - first + self.habits.last_counts)
        return True

    def SelectTakeByIndex(self, index: int) -> bool:
        if not 1 <= index <= len(self.shows):
            return False
        self.chosen = index
        return True

    def DeleteTakeByIndex(self, index: int) -> bool:
        if not 1 <= index <= len(self.shows) or index == self.chosen:
            return False
        del self.shows[index - 1], self.lengths[index - 1]
        return True

    def shown_at(self, frame: int) -> tuple[str, int] | None:
        media, first = self.shows[self.chosen - 1]
        if not self.start <= frame < self.start + self.GetDuration():
            return None
        return media.path, first + frame - self.start


@dataclass
class Timeline:
    name: str
    habits: Habits
    project: Any = None
    tracks: list[list[Item]] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    sounds: list[tuple[str, int, int]] = field(default_factory=list)

    def GetName(self) -> str:
        return self.name

    def GetStartFrame(self) -> int:
        return START

    def GetTrackCount(self, kind: str) -> int:
        return len(self.tracks) if kind == "video" else 1

    def GetItemListInTrack(self, kind: str, number: int) -> list[Item] | None:
        if kind != "video" or not 1 <= number <= len(self.tracks):
            return None
        return sorted(self.tracks[number - 1], key=lambda one: one.start)

    def AddTrack(self, kind: str, options: Any = None) -> bool:
        if options and not self.habits.tracks_by_index:
            return False
        at = options["index"] if options else len(self.tracks) + 1
        self.tracks.insert(at - 1, [])
        self.names.insert(at - 1, f"Video {at}")
        return True

    def SetTrackName(self, kind: str, number: int, name: str) -> bool:
        self.names[number - 1] = name
        return True

    def DeleteClips(self, items: list[Item], ripple: bool) -> bool:
        for track in self.tracks:
            track[:] = [one for one in track if one not in items]
        return True

    def DuplicateTimeline(self, name: str) -> Timeline | None:
        if any(one.name == name for one in self.project.timelines):
            return None
        project, self.project = self.project, None
        made = copy.deepcopy(self)
        self.project = made.project = project
        made.name = name
        project.timelines.append(made)
        return made

    def Export(self, path: str, kind: Any, subkind: Any) -> bool:
        if kind is not Resolve.EXPORT_OTIO or subkind is not Resolve.EXPORT_NONE:
            return False
        if not self.habits.exports_otio:
            return False
        otio.adapters.write_to_file(self._as_otio(), path)
        return True

    def _as_otio(self) -> otio.schema.Timeline:
        made = otio.schema.Timeline(self.name, global_start_time=_time(START))
        made.metadata["Resolve_OTIO"] = {"Resolve OTIO Meta Version": "1.0"}
        for number, track in enumerate(self.tracks, 1):
            picture = otio.schema.Track(f"Video {number}", kind="Video")
            at = START
            for item in sorted(track, key=lambda one: one.start):
                if item.start > at:
                    picture.append(otio.schema.Gap(duration=_time(item.start - at)))
                media, first = item.shows[0]
                picture.append(_clip(media.path, media.first + first, item.duration, media.first))
                at = item.start + item.duration
            made.tracks.append(picture)
        dub = otio.schema.Track("Dub DE", kind="Audio")
        at = 0
        for path, start, end in self.sounds:
            if start > at:
                dub.append(otio.schema.Gap(duration=_time(start - at)))
            dub.append(_clip(path, start, end - start, 0))
            at = end
        made.tracks.append(dub)
        return made

    def shown_at(self, frame: int) -> tuple[str, int] | None:
        """The file and its frame that are seen at a frame of the timeline, from 0."""
        for track in reversed(self.tracks):
            found = [item.shown_at(START + frame) for item in track]
            if any(found):
                return next(one for one in found if one)
        return None


def _time(frames: int) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frames, RATE)


def _clip(path: str, first: int, frames: int, media_first: int) -> otio.schema.Clip:
    held = otio.opentime.TimeRange(_time(media_first), _time(MEDIA_FRAMES))
    media = otio.schema.ExternalReference(path, held)  # Resolve writes bare paths
    played = otio.opentime.TimeRange(_time(first), _time(frames))
    return otio.schema.Clip(Path(path).name, media, played)


class Folder:
    def __init__(self, name: str) -> None:
        self.name, self.folders, self.clips = name, [], []

    def GetName(self) -> str:
        return self.name

    def GetSubFolderList(self) -> list[Folder]:
        return self.folders

    def GetClipList(self) -> list[PoolItem]:
        return self.clips


class Pool:
    def __init__(self, project: Project, habits: Habits) -> None:
        self.project, self.habits = project, habits
        self.root = self.current = Folder("Master")

    def GetRootFolder(self) -> Folder:
        return self.root

    def AddSubFolder(self, folder: Folder, name: str) -> Folder | None:
        folder.folders.append(Folder(name))
        return folder.folders[-1]

    def SetCurrentFolder(self, folder: Folder) -> bool:
        self.current = folder
        return True

    def ImportMedia(self, paths: list[Any]) -> list[PoolItem] | None:
        known = {clip.path for folder in (self.root, *self.root.folders) for clip in folder.clips}
        if not self.habits.imports or not all(Path(path).is_file() for path in paths):
            return None
        new = [PoolItem(path) for path in paths if path not in known]
        self.current.clips += new
        return new

    def AppendToTimeline(self, placed: list[dict[str, Any]]) -> list[Item | None]:
        (one,) = placed
        track = self.project.current.tracks[one["trackIndex"] - 1]
        length = one["endFrame"] - one["startFrame"] + self.habits.last_counts
        start = one["recordFrame"]
        for other in track:
            if start < other.start + other.GetDuration() and other.start < start + length:
                return [None]
        show = (one["mediaPoolItem"], one["startFrame"])
        track.append(Item(start, length, [show], self.habits))
        return [None]  # as 20.3 does, although the clip is there

    def DeleteTimelines(self, timelines: list[Timeline]) -> bool:
        if self.project.current in timelines:
            return False
        self.project.timelines = [one for one in self.project.timelines if one not in timelines]
        return True


class Project:
    def __init__(self, timeline: Timeline, habits: Habits) -> None:
        self.timelines, self.current = [timeline], timeline
        timeline.project = self
        self.pool = Pool(self, habits)

    def GetName(self) -> str:
        return "A / project"

    def GetCurrentTimeline(self) -> Timeline:
        return self.current

    def SetCurrentTimeline(self, timeline: Timeline) -> bool:
        if timeline not in self.timelines:
            return False
        self.current = timeline
        return True

    def GetMediaPool(self) -> Pool:
        return self.pool


class Resolve:
    """Resolve with one project, in which one timeline is open."""

    EXPORT_OTIO, EXPORT_FCP_7_XML, EXPORT_NONE = object(), object(), object()

    def __init__(self, timeline: Timeline, habits: Habits) -> None:
        self.project = Project(timeline, habits)

    def GetProjectManager(self) -> Resolve:
        return self

    def GetCurrentProject(self) -> Project:
        return self.project
