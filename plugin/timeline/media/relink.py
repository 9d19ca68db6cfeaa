"""Media that an editor finds again: the rule from what the cut names to what is there."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

from lipflap.plugin.job.path_map import PathRule, map_path, pure_path, reverse
from lipflap.plugin.timeline.media.media_finder import MediaPlaces
from lipflap.plugin.timeline.media.sequence_name import parse_sequence_name


def relink(places: MediaPlaces, missing: str, file: Path) -> MediaPlaces:
    """Return the places with a file in the place of one that is missing.

    missing   path at which it was looked for
    Of a file with its own name, what else lay in its folder is looked for beside it, too; so it is
    of the files of an image sequence.
    """
    wanted = pure_path(map_path(missing, reverse(places.rules)))
    is_same = wanted.name.casefold() == file.name.casefold() or parse_sequence_name(wanted.name)
    rule = (
        PathRule(str(wanted.parent), str(file.parent))
        if is_same
        else PathRule(str(wanted), str(file))
    )
    others = tuple(one for one in places.rules if one.source != rule.source)
    return replace(places, rules=(*others, rule))


def join_places(places: Iterable[MediaPlaces]) -> MediaPlaces:
    """Return all places together, each once."""
    found = tuple(places)
    rules = dict.fromkeys(rule for one in found for rule in one.rules)
    folders = dict.fromkeys(folder for one in found for folder in one.folders)
    return MediaPlaces(tuple(rules), tuple(folders))
