"""The dub's sound in FCPXML: connected clips below the storyline."""

from collections.abc import Iterator
from fractions import Fraction

from lipflap.plugin.timeline.dialect.fcpxml.timing import time_of
from lipflap.plugin.timeline.patch.dubbed_shot import Delivery, DubbedSound
from lipflap.plugin.timeline.patch.fcpxml.document import Fcpx, Host, fcpx_time, lanes_of
from lipflap.plugin.timeline.patch.xml_spans import Element, attribute_text

_AUDITIONED = ("asset-clip", "clip", "sync-clip", "mc-clip", "ref-clip", "video", "title", "gap")


def connect_sounds(fcpx: Fcpx, project: Element, delivery: Delivery) -> Iterator[str]:
    """Connect the dub's lines to the clips that play where they start; yield their assets."""
    sequence, spine = project.find("sequence"), project.find("sequence", "spine")
    if sequence is None or spine is None or not delivery.sounds:
        return
    zero = time_of(sequence, "tcStart")
    lowest = min((lane for _, lane in lanes_of(sequence)), default=0)
    tracks = list(dict.fromkeys(sound.track for sound in delivery.sounds))
    identities: dict[str, str] = {}
    for sound in delivery.sounds:
        uri = sound.file.as_uri()
        if uri not in identities:
            identities[uri] = fcpx.new_id(f"lipflap-sound{len(identities) + 1}")
            yield _asset(fcpx, sound, identities[uri])
        host, begin = _host_at(fcpx, spine, zero, sound.record.start)
        offset = host.start + (sound.record.start - begin) * host.scale
        lane = min(lowest, 0) - 1 - tracks.index(sound.track)
        fcpx.connect(host.element, _clip(sound, identities[uri], lane, offset))


def _host_at(fcpx: Fcpx, spine: Element, zero: Fraction, record: Fraction) -> tuple[Host, Fraction]:
    """Return the storyline's clip at a record time, or the last, and where it begins."""
    found: tuple[Host, Fraction] | None = None
    for item in spine.children:
        shown = item
        if item.tag == "audition":
            shown = next((child for child in item.children if child.tag in _AUDITIONED), item)
        if shown.tag not in _AUDITIONED:
            continue
        begin = time_of(item, "offset") - zero
        if found is None or begin <= record:
            found = fcpx.host(shown), begin
    assert found is not None
    return found


def _asset(fcpx: Fcpx, sound: DubbedSound, identity: str) -> str:
    source, name = (attribute_text(text) for text in (sound.file.as_uri(), sound.file.stem))
    head = (
        f'<asset id="{identity}" name="{name}" start="0s" duration="{fcpx_time(sound.seconds)}" '
        f'hasAudio="1" audioSources="1" audioChannels="{sound.channels}" '
        f'audioRate="{sound.sample_rate_hz}"'
    )
    if fcpx.version < (1, 9):
        return f'{head} src="{source}"/>'
    return f'{head}><media-rep kind="original-media" src="{source}"/></asset>'


def _clip(sound: DubbedSound, identity: str, lane: int, offset: Fraction) -> str:
    return (
        f'<asset-clip ref="{identity}" lane="{lane}" offset="{fcpx_time(offset)}" '
        f'name="{attribute_text(sound.name)}" start="{fcpx_time(sound.sound_start)}" '
        f'duration="{fcpx_time(sound.record.seconds)}" '
        f'audioRole="dialogue.{attribute_text(sound.track)}"/>'
    )
