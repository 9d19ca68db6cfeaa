"""The one way anything here says no to a user."""


class DubError(Exception):
    """What is wrong, where, and what to do about it.

    problem  a sentence: what is wrong
    where    the file, clip or frame it is about
    fix      a sentence: what the user can do
    """

    def __init__(self, problem: str, *, where: str = "", fix: str = "") -> None:
        super().__init__(problem, where, fix)
        self.problem = problem
        self.where = where
        self.fix = fix

    def __str__(self) -> str:
        said = f"{self.where}: {self.problem}" if self.where else self.problem
        return f"{said} {self.fix}".strip()


class MediaMissing(DubError):
    """A picture or sound file is not where the cut says it is."""


class MediaBroken(DubError):
    """A picture or sound file is there but cannot be read as it should."""


class HandlesMissing(DubError):
    """The media does not hold the frames that are asked of it."""


class NoFace(DubError):
    """No face to repaint was found in the whole shot."""


class DiskFull(DubError):
    """A file found no room. The next one would find none either."""


class MemoryShort(DubError):
    """Work did not fit into memory. With less going on beside it, it may."""
