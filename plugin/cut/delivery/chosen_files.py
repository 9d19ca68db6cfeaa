"""Of several files that would play at one time, the one that is heard.

takes          SH010_de_tk1 SH010_de_tk2            the last
split 5.1      FILM.L FILM.R FILM.C FILM.LFE ...    the centre
stems          FILM_DIALOG FILM_MIX                 the dialogue
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

from lipflap.core.files.spelling import name_key
from lipflap.plugin.cut.delivery.file_names import take_of, without_take
from lipflap.plugin.cut.track_names import names_dialogue, names_mix

_SIDE = re.compile(r"(.+?)[ ._-]((?:[LRC]|Lfe|Sub|[LR](?:s|c|ss|rs|sr|b|w|tf|tr|tm|h|hr)))$", re.I)


def choose_files(starts: Mapping[Path, Fraction]) -> tuple[set[Path], list[str]]:
    """Return the files that are left for others which start at the same time, and notes on them.

    starts   record times of the files
    """
    left: set[Path] = set()
    notes = []
    for chosen, others, why in (*_takes(starts), *_centres(starts), *_mixes(starts)):
        names = ", ".join(file.name for file in others if file not in left)
        left.update(others)
        notes.append(f"{chosen.name} is {why}; left: {names}.")
    return left, notes


_Choice = tuple[Path, Sequence[Path], str]


def _takes(starts: Mapping[Path, Fraction]) -> Iterator[_Choice]:
    taken = [file for file in starts if take_of(file.stem) is not None]
    for group in _groups(taken, starts, lambda file: without_take(file.stem)):
        *others, last = sorted(group, key=lambda file: (take_of(file.stem) or 0, file.name))
        if others:
            yield last, others, "the last take"


def _centres(starts: Mapping[Path, Fraction]) -> Iterator[_Choice]:
    sides = {file: match for file in starts if (match := _SIDE.fullmatch(file.stem))}
    for group in _groups(sides, starts, lambda file: sides[file][1]):
        by_side = {sides[file][2].casefold(): file for file in group}
        if {"l", "r", "c"} <= by_side.keys():
            others = [file for side, file in by_side.items() if side != "c"]
            yield by_side["c"], others, f"the centre of {len(group)} files, and heard"


def _mixes(starts: Mapping[Path, Fraction]) -> Iterator[_Choice]:
    for group in _groups(starts, starts, lambda file: ""):
        dialogue = [file for file in group if names_dialogue(file.stem)]
        mixes = [f for f in group if names_mix(f.stem) and not names_dialogue(f.stem)]
        if dialogue and mixes:
            yield dialogue[0], mixes, "the dialogue of a mix"


def _groups(
    files: Iterable[Path], starts: Mapping[Path, Fraction], name_of: Callable[[Path], str]
) -> list[list[Path]]:
    """Return the files by folder, start, and what their names have in common."""
    groups: dict[tuple[Path, Fraction, str], list[Path]] = {}
    for file in files:
        key = (file.parent, starts[file], name_key(name_of(file)))
        groups.setdefault(key, []).append(file)
    return list(groups.values())
