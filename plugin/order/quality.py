"""Quality presets that an editor chooses from."""

from dataclasses import dataclass

from lipflap.core.errors import DubError


@dataclass(frozen=True, slots=True)
class Quality:
    """Settings of a preset.

    steps     evaluations of the network a frame
    guidance  weight of the sound against silence; 1 saves the evaluation in silence
    about     its purpose, for the help
    """

    steps: int
    guidance: float
    about: str


STANDARD = "standard"

QUALITIES = {
    "draft": Quality(1, 1.0, "twice as fast; mouths of strangers move less"),
    STANDARD: Quality(1, 1.25, "for nearly everything"),
    "final": Quality(1, 1.5, "as long as standard; mouths of strangers move most"),
}


def quality_preset(name: str) -> Quality:
    """Return the preset of this name. Raises DubError when there is none."""
    if name not in QUALITIES:
        raise DubError(
            f"there is no quality {name!r}.", fix=f"Choose one of: {', '.join(QUALITIES)}."
        )
    return QUALITIES[name]
