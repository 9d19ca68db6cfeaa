"""The dub's sound on tracks of its own."""

from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import groupby
from pathlib import PurePath

from lipflap.plugin.timeline.dialect.mlt.project import MltProject
from lipflap.plugin.timeline.dialect.mlt.time import time_like
from lipflap.plugin.timeline.patch.dubbed_shot import DubbedSound
from lipflap.plugin.timeline.patch.mlt.clips import property_markup


class SoundTracks:
    """Sound tracks for the lines of a dub, whose files stand in Kdenlive's bin as well."""

    def __init__(
        self,
        project: MltProject,
        sounds: Sequence[DubbedSound],
        bin_ids: Iterator[int],
        like: str,
        prefix: str,
        *,
        is_kdenlive: bool,
    ) -> None:
        self._project, self._like, self._is_kdenlive = project, like, is_kdenlive
        self._prefix = prefix
        files = dict.fromkeys(one.file for one in sounds)
        self._lengths = {
            file: max(self._frames(one.seconds) for one in sounds if one.file == file)
            for file in files
        }
        self._names = {file: f"{prefix}sound{place}" for place, file in enumerate(files)}
        self._ids = {file: next(bin_ids) for file in files}
        ordered = sorted(sounds, key=lambda one: (one.track, one.record.start))
        self._tracks = [list(lines) for _, lines in groupby(ordered, lambda one: one.track)]

    def producers(self) -> list[str]:
        """Return a producer for each file."""
        return [self._producer(file) for file in self._names]

    def _producer(self, path: PurePath) -> str:
        said = {
            "length": str(self._lengths[path]),
            "eof": "pause",
            "resource": str(path),
            "audio_index": "0",
            "video_index": "-1",
            "mlt_service": "avformat-novalidate",
        }
        if self._is_kdenlive:
            said |= {"kdenlive:id": str(self._ids[path]), "kdenlive:clipname": path.stem}
            said["kdenlive:folderid"] = "-1"
        else:
            said["shotcut:caption"] = path.name
        inside = "".join(property_markup(name, value) for name, value in said.items())
        last = self._time(self._lengths[path] - 1)
        head = f'<producer id="{self._names[path]}" in="{self._time(0)}" out="{last}">'
        return f"{head}{inside}</producer>"

    def bin_entries(self) -> list[str]:
        """Return the files' entries in the bin."""
        return [
            f'<entry producer="{name}" in="{self._time(0)}" '
            f'out="{self._time(self._lengths[file] - 1)}"/>'
            for file, name in self._names.items()
        ]

    def tracks(self) -> list[tuple[str, str]]:
        """Return the elements of each track, and the id of what its <track> plays."""
        return [self._track(lines, place) for place, lines in enumerate(self._tracks)]

    def _track(self, lines: Sequence[DubbedSound], place: int) -> tuple[str, str]:
        rows, reached = [], 0
        for line in lines:
            start = max(reached, self._frames(line.record.start))
            count = self._frames(line.record.end) - start
            if count <= 0:
                continue
            if start > reached:
                rows.append(f'<blank length="{self._time(start - reached)}"/>')
            first = self._frames(line.sound_start)
            kept = property_markup("kdenlive:id", str(self._ids[line.file]))
            rows.append(
                f'<entry producer="{self._names[line.file]}" in="{self._time(first)}" '
                f'out="{self._time(first + count - 1)}">{kept if self._is_kdenlive else ""}</entry>'
            )
            reached = start + count
        name = f"{self._prefix}sounds{place}"
        if not self._is_kdenlive:
            said = {"shotcut:audio": "1", "shotcut:name": lines[0].track}
            shown = "".join(property_markup(key, value) for key, value in said.items())
            return f'<playlist id="{name}">{shown}{"".join(rows)}</playlist>', name
        return self._kdenlive_track(name, lines[0].track, "".join(rows), reached), name

    def _kdenlive_track(self, name: str, track: str, rows: str, end: int) -> str:
        mark = property_markup("kdenlive:audio_track", "1")
        lists = f'<playlist id="{name}_a">{mark}{rows}</playlist>\n '
        lists += f'<playlist id="{name}_b">{mark}</playlist>\n '
        shown = property_markup("kdenlive:trackheight", "69")
        shown += property_markup("kdenlive:track_name", track)
        tracks = "".join(f'<track hide="video" producer="{name}_{one}"/>' for one in "ab")
        return (
            f'{lists}<tractor id="{name}" in="{self._time(0)}" out="{self._time(end - 1)}">'
            f"{mark}{shown}{tracks}</tractor>"
        )

    def _frames(self, seconds: Fraction) -> int:
        return round(seconds * self._project.rate)

    def _time(self, frames: int) -> str:
        return time_like(frames, self._project.rate, self._like)
