"""Settings of a project: how all shots of a cut are rendered where nothing else is decided."""

from dataclasses import dataclass

from lipflap.core.order import Mode

TRACKERS = ("embedded", "face-alignment")


@dataclass(frozen=True, slots=True)
class ProjectSettings:
    """How a cut is rendered; the names are those of options of `lipflap dub`.

    quality          a name in plugin.order.quality
    model            a model by name, or the path of its file
    seed             of what is drawn: the same seed gives the same picture
    tracker          the face detector: one of TRACKERS
    handles          frames to render beyond what the cut shows, on each side
    codec            "source" or one of core.encode.codecs.CODECS
    burn_in          a line painted into every frame; empty for none
    require_consent  whether nothing is ordered while somebody's consent is missing
    """

    quality: str = "standard"
    model: str = "starter"
    mode: Mode = Mode.REFERENCE
    seed: int = 0
    tracker: str = "embedded"
    handles: int = 8
    codec: str = "source"
    burn_in: str = ""
    require_consent: bool = False

    def __post_init__(self) -> None:
        if self.seed < 0 or self.handles < 0:
            raise ValueError("seeds and handles count from 0")
        if self.tracker not in TRACKERS:
            raise ValueError(f"there is no tracker {self.tracker!r}")


NO_SETTINGS = ProjectSettings()
