"""Find the media that a cut names on this machine.

A file is taken where the cut says that it lies, else where a rule of the user maps that place to.
Where neither leads to a file, one of its name is looked for in the folders that the user names,
then in the cut's folder, and below them. Of several, the one whose folders agree longest counts:

    the cut names   P:\\show\\reel1\\camA\\C001.mp4
    found           /mnt/reel1/camA/C001.mp4        three names agree: taken
                    /mnt/reel2/camA/C001.mp4        two
"""

import logging
import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lipflap.core.errors import DubError, MediaMissing
from lipflap.plugin.cut.reason import FIND_MEDIA
from lipflap.plugin.job.path_map import Rules, map_path
from lipflap.plugin.timeline.media.disk_names import DiskNames, common_tail, path_keys
from lipflap.plugin.timeline.media.file_index import FileIndex
from lipflap.plugin.timeline.media.media_url import candidate_paths
from lipflap.plugin.timeline.media.sequence_name import SequenceFiles, SequenceName

_log = logging.getLogger(__name__)

_MAX_FILES_OF_CUT = 50_000  # listed below the cut, whose folder may be anyone's home
_MAX_FILES_GIVEN = 500_000  # and below a folder that was named for the purpose
_MIN_BEGINNING = 6  # characters of a name for which longer ones are looked for
_CUT_OFF = (8, 32)  # as many as a reel, or a clip's name, has in an EDL

_TIMECODE = "the clip's timecode"

Holds = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class MediaPlaces:
    """The places of a cut's media on this machine, as the user gives them.

    rules     what the cut names in one folder lies in another
    folders   in and below which files are looked for by their names
    """

    rules: Rules = ()
    folders: tuple[Path, ...] = ()


NO_PLACES = MediaPlaces()


@dataclass(slots=True)
class MediaFinder:
    """A finder of media on this machine, which remembers what lies where.

    folder   that relative paths start from, and below which missing media is looked for
    """

    folder: Path
    places: MediaPlaces = NO_PLACES
    _disk: DiskNames = field(default_factory=DiskNames, init=False)
    _found: dict[tuple[str, tuple[str, ...]], tuple[str, list[str]]] = field(
        default_factory=dict, init=False
    )
    _sequences: dict[tuple[str, SequenceName], SequenceFiles | DubError] = field(
        default_factory=dict, init=False
    )
    _beside: dict[tuple[str, SequenceName], SequenceFiles] = field(default_factory=dict, init=False)
    _told: set[tuple[str, str]] = field(default_factory=set, init=False)
    _indices: tuple[FileIndex, ...] = field(init=False)

    def __post_init__(self) -> None:
        given = [FileIndex(folder.absolute(), _MAX_FILES_GIVEN) for folder in self.places.folders]
        self._indices = (*given, FileIndex(self.folder, _MAX_FILES_OF_CUT))

    def find(
        self, url: str, *, file_names: Sequence[str] = ("",), holds: Holds | None = None
    ) -> str:
        """Return the local path of a media URL.

        file_names   for an image sequence: the URL is its folder, these are names of files in it,
                     of which the first that is there is found
        holds        tells of a file whether it holds what the clip uses; decides between several
        Raises DubError for a protocol that is no file, MediaMissing when nothing is found, or
        several files between which nothing decides.
        """
        key = (url, tuple(file_names))
        if key not in self._found:
            self._found[key] = self._search(url, file_names)
        wanted, found = self._found[key]
        held = [path for path in found if holds(path)] if len(found) > 1 and holds else found
        if len(held) != 1:
            raise self._missing(wanted, found)
        if len(found) > 1:
            _log.warning("%s: of %d files, %s holds its timecode.", wanted, len(found), held[0])
        return held[0]

    def find_named(self, names: Sequence[str], holds: Holds, what: str = _TIMECODE) -> str:
        """Return the one file with one of these names, earlier ones first, that holds the clip.

        names   with their endings or without, as clips and reels are named in an EDL; whole ones
                count before those that are only the beginning of a file's name
        what    `holds` asks of a file, in words
        Raises MediaMissing when there is none, or several.
        """
        seen = []
        for name, found in self._files_named(list(dict.fromkeys(names))):
            held = [path for path in found if holds(path)]
            if len(held) == 1:
                if (name, held[0]) not in self._told:
                    _log.warning("%s: %s is taken, which holds %s.", name, held[0], what)
                self._told.add((name, held[0]))
                return held[0]
            if held:
                raise self._missing(name, held)
            seen += found
        *earlier, last = dict.fromkeys(names)
        text = f"{', '.join(earlier)} or {last}" if earlier else last
        if seen:
            raise MediaMissing(
                f"does not hold {what}, and no other file called {text} does.",
                where=", ".join(dict.fromkeys(seen)),
                fix="Check the rate of the cut (--rate), or relink the clip."
                if what == _TIMECODE
                else FIND_MEDIA,
            )
        raise MediaMissing(
            f"No path to its media is found in the cut, and no file called {text} is "
            f"{self.searched()}.",
            fix=FIND_MEDIA,
        )

    def _files_named(self, names: Sequence[str]) -> Iterator[tuple[str, list[str]]]:
        """Yield each name with the files of that name, then with those that begin with it.

        Last, those of which an EDL may have cut off a part.
        """
        for name in names:
            found = (p for one in self._indices for p in (*one.named(name), *one.with_stem(name)))
            yield name, _different_files(found)
        long_enough = [(name, False) for name in names if len(name) >= _MIN_BEGINNING]
        cut_off = [(name, True) for name in names if len(name) in _CUT_OFF]
        for name, within in (*long_enough, *cut_off):
            longer = (i.beginning_with(name, within_word=within) for i in self._indices)
            yield name, _different_files(path for paths in longer for path in paths)

    def find_sequence(self, url: str, sequence: SequenceName) -> SequenceFiles:
        """Return the files of an image sequence.

        url   of one of its files, or of their pattern
        Raises DubError for a protocol that is no file, MediaMissing when nothing is found.
        """
        key = (url, sequence)
        if key not in self._sequences:
            try:
                self._sequences[key] = self._search_sequence(url, sequence)
            except DubError as problem:
                self._sequences[key] = problem
        found = self._sequences[key]
        if isinstance(found, DubError):
            raise found
        return found

    def sequence_beside(self, path: str, sequence: SequenceName) -> SequenceFiles:
        """Return the files of an image sequence in the folder of one of them, which is there."""
        folder = str(Path(path).parent)
        key = (folder, sequence)
        if key not in self._beside:
            numbers = sequence.numbers_in(sorted(os.listdir(folder)))
            self._beside[key] = SequenceFiles(folder, numbers)
        return self._beside[key]

    def _search_sequence(self, url: str, sequence: SequenceName) -> SequenceFiles:
        written = candidate_paths(url, self.folder)
        mapped = [map_path(path, self.places.rules) for path in written]
        folders = [_parent(path) for path in dict.fromkeys((*mapped, *written))]
        for folder in folders:
            there = self._disk.find(folder)
            numbers = sequence.numbers_in(self._disk.names_in(there)) if there else {}
            if there and numbers:
                return SequenceFiles(there, numbers)
        keys = [path_keys(folder) for folder in folders]
        for indices in (self._indices[:-1], self._indices[-1:]):
            found = {k: v for index in indices for k, v in index.folders_of(sequence).items()}
            tails = {at: max(common_tail(path_keys(at), one) for one in keys) for at in found}
            best = [at for at in found if tails[at] == max(tails.values())]
            if len(best) == 1:
                _log.warning("%s is not there; relinked to %s.", mapped[0], best[0])
                return SequenceFiles(best[0], found[best[0]])
            if best:
                raise self._missing(mapped[0], best)
        raise self._missing(mapped[0], [])

    def is_there(self, url: str) -> bool:
        """Return whether a file of just this name is where a media URL says."""
        paths = candidate_paths(url, self.folder)
        mapped = [map_path(path, self.places.rules) for path in paths]
        return any(os.path.isfile(found) for found in map(self._disk.find, mapped) if found)

    def _search(self, url: str, file_names: Sequence[str]) -> tuple[str, list[str]]:
        """Return the path that is wanted, and the files that may be it."""
        written = candidate_paths(url, self.folder)
        mapped = [map_path(path, self.places.rules) for path in written]
        folders = list(dict.fromkeys((*mapped, *written)))
        paths = [_join(folder, name) for name in file_names for folder in folders]
        for path in paths:
            there = self._disk.find(path)
            if there and os.path.isfile(there):
                return path, [there]
        for name in file_names:
            wanted = [_join(folder, name) for folder in folders]
            found = self._longest_tails(wanted)
            if len(found) == 1:
                _log.warning("%s is not there; relinked to %s.", wanted[0], found[0])
            if found:
                return wanted[0], found
        return paths[0], []

    def _longest_tails(self, wanted: Sequence[str]) -> list[str]:
        """Return the files of that name whose folders agree longest with those wanted.

        Looked for in the folders given first, and below the cut where those hold none.
        """
        keys = [path_keys(path) for path in wanted]
        for indices in (self._indices[:-1], self._indices[-1:]):
            found = _different_files(path for one in indices for path in one.named(keys[0][-1]))
            tails = {path: max(common_tail(path_keys(path), one) for one in keys) for path in found}
            if found:
                return [path for path in found if tails[path] == max(tails.values())]
        return []

    def _missing(self, path: str, found: Sequence[str]) -> MediaMissing:
        if found:
            problem = f"is not there, and {len(found)} files of its name are in other places."
            fix = f"Relink the clip to the right one: {', '.join(found)}."
            return MediaMissing(problem, where=path, fix=fix)
        there = self._disk.find(path)
        if there and os.path.isdir(there):
            fix = "Relink the clip to the film in it, or to the first file of its image sequence."
            return MediaMissing("is a folder, not a file.", where=path, fix=fix)
        name = re.split(r"[\\/]", path)[-1]
        return MediaMissing(
            f"is not there, and no {name} is {self.searched()}.",
            where=path,
            fix=FIND_MEDIA,
        )

    def searched(self) -> str:
        """Return in which places media was looked for."""
        places = [f"in {index.folder} or below it" for index in self._indices]
        return ", nor ".join(places)


def _parent(path: str) -> str:
    """Return the folder of a path of Windows or POSIX."""
    return re.split(r"[\\/][^\\/]*$", path)[0] or "/"


def _join(path: str, file_name: str) -> str:
    if not file_name:
        return path
    return path + file_name if path.endswith(("/", "\\")) else f"{path}/{file_name}"


def _different_files(paths: Iterable[str]) -> list[str]:
    """Return paths of different files: a folder may be given that lies in another."""
    return list({os.path.realpath(path): path for path in paths}.values())
