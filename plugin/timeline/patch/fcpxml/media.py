"""New files as assets of FCPXML, and the moment of them that a clip starts with."""

from fractions import Fraction

from lipflap.plugin.timeline.patch.dubbed_shot import DubbedShot
from lipflap.plugin.timeline.patch.fcpxml.document import Fcpx, Host, fcpx_time
from lipflap.plugin.timeline.patch.xml_spans import attribute_text

LOOKS = {
    "adjust-colorConform",
    "adjust-crop",
    "adjust-corners",
    "adjust-conform",
    "adjust-transform",
    "adjust-blend",
    "adjust-stabilization",
    "adjust-rollingShutter",
    "adjust-360-transform",
    "adjust-reorient",
    "adjust-orientation",
    "adjust-cinematic",
    "filter-video",
    "filter-video-mask",
}
_OF_SOUND = ("audioSources", "audioChannels", "audioRate")


def picture_asset(fcpx: Fcpx, host: Host, shot: DubbedShot, identity: str) -> str:
    """Return the <asset> of a new file."""
    frames = shot.frames
    path = shot.file.with_name(shot.file.name % frames.start) if shot.is_sequence else shot.file
    said = {
        "id": identity,
        "name": path.stem,
        "start": fcpx_time(frames.start / frames.rate),
        "duration": fcpx_time(len(frames) / frames.rate),
        "hasVideo": "1",
    }
    if form := fcpx.format_of(host, shot.is_baked):
        said["format"] = form
    old = fcpx.asset_of(host.element)
    if shot.has_sound and old is not None:
        said |= {"hasAudio": "1"}
        said |= {name: old.attributes[name] for name in _OF_SOUND if name in old.attributes}
    if fcpx.version < (1, 9):
        return f"<asset{_written(said | {'src': path.as_uri()})}>{_filmed(shot)}</asset>"
    source = attribute_text(path.as_uri())
    inside = f'<media-rep kind="original-media" src="{source}"/>{_filmed(shot)}'
    return f"<asset{_written(said | {'videoSources': '1'})}>{inside}</asset>"


def _filmed(shot: DubbedShot) -> str:
    """Return the metadata that names the media which a new file was made of."""
    if shot.filmed is None:
        return ""
    name = attribute_text(str(shot.filmed))
    return f'<metadata><md key="com.lipflap.filmed" value="{name}"/></metadata>'


def _written(attributes: dict[str, str]) -> str:
    return "".join(f' {name}="{attribute_text(text)}"' for name, text in attributes.items())


def shown_start(shot: DubbedShot, host: Host, into: Fraction = Fraction(0)) -> Fraction:
    """Return the local time that a clip of the new file starts with.

    into   seconds of the shot before it
    """
    origin = shot.frames.start / shot.frames.rate
    play = Fraction(1) if shot.is_baked else host.play
    speed = Fraction(1) if shot.is_baked else host.scale * host.play
    shown = shot.first_shown / shot.frames.rate + into * speed
    return origin + (shown - origin) / play
