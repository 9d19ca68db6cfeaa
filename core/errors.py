"""Errors that a user reads: every one is a DubError."""

from collections.abc import Callable


class DubError(Exception):
    """An error for a user: what is wrong, where, and what to do next.

    problem  a sentence without its subject, which is `where`: "is missing."
    where    the file, clip, track or shot it is about
    fix      a sentence: what the user can do

    >>> print(DubError("is missing.", where="A001.mov", fix="Relink it, or mount its volume."))
    A001.mov: is missing. Relink it, or mount its volume.
    """

    def __init__(self, problem: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(problem, where, fix)
        self.problem = problem
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        problem = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{problem} {self.fix}".strip()

    def __reduce__(self) -> tuple[Callable[..., "DubError"], tuple[object, ...], dict[str, object]]:
        """Return what another process makes it anew from, whatever its class is made from."""
        return _new_error, (type(self), *self.args), self.__dict__


def _new_error(kind: type[DubError], *arguments: object) -> DubError:
    return kind.__new__(kind, *arguments)


class MediaMissing(DubError):
    """An error for a picture or sound file that is not where the cut says it is."""


class MediaBroken(DubError):
    """An error for a picture or sound file that exists but cannot be used as it is."""


class NoPicture(MediaBroken):
    """An error for a file that holds no picture, as sound does."""


class HandlesMissing(DubError):
    """An error for media that does not have the frames that are needed."""


class NoFace(DubError):
    """An error for a shot without a face that can be repainted."""


class DiskFull(DubError):
    """An error for a disk that has no space for a file, nor for the next one."""


class MemoryShort(DubError):
    """An error for work that did not fit into memory; with less beside it, it may."""
