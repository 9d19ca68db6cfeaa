"""What is asked for: a cut, its dub, and how its shots are to be rendered."""

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

from lipflap.core.encode.codecs import CODECS, SOURCE
from lipflap.core.errors import DubError
from lipflap.core.order import DubSettings
from lipflap.core.paint.burn_in import check_burn_in
from lipflap.plugin.cut.cuesheet import NO_DECISIONS, ShotFilter
from lipflap.plugin.cut.decisions import Decisions
from lipflap.plugin.cut.project_settings import ProjectSettings
from lipflap.plugin.order.quality import quality_preset
from lipflap.plugin.order.render_settings import RenderSettings
from lipflap.plugin.timeline.media.media_finder import NO_PLACES, MediaPlaces


@dataclass(frozen=True, slots=True)
class DubRequest:
    """A request to dub a cut.

    dub        track:NAME, a sound file, a folder of them, a cue list or a session of its own; None
               for the one clear dub track
    dub_at     record timecode at which a sound file starts; None for the time that it says, else
               the cut's start
    shots      shots to dub, and the faces to repaint in them
    consent    who allowed the performers' mouths to be changed
    decisions  about single shots and lines; their own dub and consent are ignored
    places     of the cut's media on this machine
    rate       of a cut whose format does not say it; None to find it out
    timeline   name of one of several timelines in the file; * and ? match; empty for the only one
    dub_channel  number of the channel of given sound files that is the voice, from 0 and through
               all their streams; None for the one that is found to be
    require_consent  whether nothing is ordered while somebody's consent is missing
    """

    cut: Path
    dub: str | None
    dub_at: str | None
    shots: ShotFilter
    consent: str
    settings: RenderSettings
    decisions: Decisions = NO_DECISIONS
    places: MediaPlaces = NO_PLACES
    rate: Fraction | None = None
    timeline: str = ""
    dub_channel: int | None = None
    require_consent: bool = False


def default_request(cut: Path, decisions: Decisions) -> DubRequest:
    """Return the request for a cut as decided; as the command line makes it without options.

    decisions   also give the dub, the consent, the references and the settings of the project
    Raises DubError for settings that there are not.
    """
    return DubRequest(
        cut=cut,
        dub=decisions.dub,
        dub_at=decisions.dub_at,
        shots=ShotFilter(),
        consent=decisions.consent,
        settings=render_settings(decisions.project, decisions.references),
        decisions=decisions,
        dub_channel=decisions.dub_channel,
        require_consent=decisions.project.require_consent,
    )


def render_settings(project: ProjectSettings, references: tuple[str, ...]) -> RenderSettings:
    """Return the settings of the orders of a project. Raises DubError for those there are not.

    references   absolute paths of more films of the actors
    """
    if project.codec not in (SOURCE, *CODECS):
        fix = f"Choose one of: {', '.join((SOURCE, *CODECS))}."
        raise DubError(f"there is no codec {project.codec!r}.", fix=fix)
    if project.burn_in:
        check_burn_in(project.burn_in)
    quality = quality_preset(project.quality)
    settings = DubSettings(
        model=project.model,
        model_sha256="",
        steps=quality.steps,
        guidance=quality.guidance,
        mode=project.mode,
        seed=project.seed,
        tracker=project.tracker,
        face=None,
    )
    return RenderSettings(project.handles, project.codec, settings, references, project.burn_in)
