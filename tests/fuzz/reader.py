"""How a kind of file is mutated and read."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from random import Random


@dataclass(frozen=True, slots=True)
class Reader:
    """How a kind of file is mutated, and read.

    seeds  healthy files, by name; made once a process
    read   a file in its folder, all the way
    """

    seeds: Callable[[], dict[str, bytes]]
    mutated: Callable[[bytes, Random], bytes]
    read: Callable[[Path], None]


def case(reader: Reader, seed: str, folder: Path) -> Path:
    """The mutated file that `seed` stands for, in a folder of its own."""
    chance = Random(seed)
    name, healthy = chance.choice(sorted(reader.seeds().items()))
    return _placed(name, reader.mutated(healthy, chance), folder)


def healthy(reader: Reader, name: str, folder: Path) -> Path:
    """A file as it is before it is mutated."""
    return _placed(name, reader.seeds()[name], folder)


def _placed(name: str, content: bytes, folder: Path) -> Path:
    path = folder / "case" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.replace(b"@JOB@", str(folder / "case").encode()))
    return path
