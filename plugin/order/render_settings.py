"""Settings by which the shots of a cut are rendered."""

from dataclasses import dataclass

from lipflap.core.order import DubSettings


@dataclass(frozen=True, slots=True)
class RenderSettings:
    """Settings that the orders of a cut have in common.

    handles       frames to render beyond what the cut shows, on each side, where media has them
    codec         "source" or one of core.encode.codecs.CODECS
    dub_settings  how to repaint; each cue sets its own face
    references    absolute paths of more films of the actors
    burn_in       a line painted into every frame; empty for none
    """

    handles: int
    codec: str
    dub_settings: DubSettings
    references: tuple[str, ...] = ()
    burn_in: str = ""
